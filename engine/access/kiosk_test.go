package access

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

func nothingElse(*kv.Tx) error { return nil }

// 9b: a screen stays signed in for as long as its link is good, used or not, and no longer, whatever restarts in between.
func TestAScreenStaysForNinetyDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sharer := Principal{OrganizationID: b.org("default")}
	token, _, err := b.CreateToken(audit.System(), TokenInput{Name: "t", OrganizationID: sharer.OrganizationID, Roles: []Role{Accountant}})
	require.NoError(t, err)
	key, until, err := b.Share(audit.System(), Principal{ID: token.ID, OrganizationID: sharer.OrganizationID, Roles: token.Roles}, "d", nothingElse)
	require.NoError(t, err)
	require.Equal(t, b.clock().Add(90*24*time.Hour).UTC(), until)
	secret, p, err := b.EnterKiosk(key, "")
	require.NoError(t, err)
	require.Equal(t, until, p.ExpiresAt)
	for r := range rightCount {
		require.Equal(t, r == ReadMonitoring, p.Can(r), r)
	}
	b.pass(60 * 24 * time.Hour)
	require.NoError(t, b.Flush())
	b.restart()
	p, err = b.Session(secret)
	require.NoError(t, err, "not used for 60 days")
	require.Equal(t, until, p.ExpiresAt)
	require.Equal(t, "d", p.Kiosk)
	b.pass(until.Sub(b.clock()) - time.Second)
	_, err = b.Session(secret)
	require.NoError(t, err)
	_, _, err = b.EnterKiosk(key, "")
	require.NoError(t, err)
	b.pass(time.Second)
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	_, _, err = b.EnterKiosk(key, "")
	require.ErrorIs(t, err, ErrUnauthorized)
	_, err = b.Kiosk(sharer.OrganizationID, "d")
	require.ErrorIs(t, err, ErrNotFound)
}

// A link has so many screens: beyond, the one unused longest is signed out. An organisation has so many links; those that have expired don't count.
func TestLinksAndScreensHaveLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	token, _, err := b.CreateToken(audit.System(), TokenInput{Name: "t", OrganizationID: org, Roles: []Role{Viewer}})
	require.NoError(t, err)
	sharer := Principal{ID: token.ID, OrganizationID: org, Roles: token.Roles}
	share := func(id string) (string, error) {
		key, _, err := b.Share(audit.System(), sharer, id, nothingElse)
		return key, err
	}
	key, err := share("d0")
	require.NoError(t, err)
	var secrets []string
	for range kioskSessionsPerLinkMax + 1 {
		b.pass(time.Minute)
		secret, _, err := b.EnterKiosk(key, "")
		require.NoError(t, err)
		secrets = append(secrets, secret)
	}
	_, err = b.Session(secrets[0])
	require.ErrorIs(t, err, ErrUnauthorized)
	_, err = b.Session(secrets[1])
	require.NoError(t, err)
	for i := 1; i < kiosksPerOrganizationMax; i++ {
		_, err = share("d" + string(rune('0'+i)))
		require.NoError(t, err)
	}
	_, err = share("more")
	require.ErrorIs(t, err, errTooManyKiosks)
	_, err = share("d0")
	require.NoError(t, err, "it takes the place of another")
	b.pass(kioskLife)
	_, err = share("more")
	require.NoError(t, err)
}
