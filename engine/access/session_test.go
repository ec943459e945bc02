package access

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

func (b *bench) link(o LinkOptions) string {
	b.t.Helper()
	if o.OrganizationID == "" {
		o.OrganizationID = b.org("default")
	}
	o.Roles = []Role{OrgAdmin}
	key, err := b.NewLink(o)
	require.NoError(b.t, err)
	return key
}

func (b *bench) session() (string, Principal) {
	b.t.Helper()
	secret, p, err := b.Redeem(b.link(LinkOptions{Name: "setup", OneTime: true}), "")
	require.NoError(b.t, err)
	return secret, p
}

func TestAOneTimeLinkMakesOneSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.link(LinkOptions{Name: "setup", OneTime: true})
	var made atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, _, err := b.Redeem(key, ""); err == nil {
				made.Add(1)
			} else {
				require.ErrorIs(t, err, ErrUnauthorized)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, made.Load())
}

func TestALinksSessionHasItsRolesAndOrganization(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("Inne")
	key := b.link(LinkOptions{OrganizationID: org})
	secret, p, err := b.Redeem(key, "")
	require.NoError(t, err)
	assert.Equal(t, Principal{
		ID: p.ID, Name: "link", OrganizationID: org, Roles: []Role{OrgAdmin}, Kind: KindSession, ExpiresAt: b.clock().Add(sessionIdle),
	}, p)
	got, err := b.Session(secret)
	require.NoError(t, err)
	assert.Equal(t, p, got)
	_, err = b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized, "a session is no token")
	_, other, err := b.Redeem(key, "")
	require.NoError(t, err, "this key may be used again")
	assert.NotEqual(t, p.ID, other.ID)
	assert.Empty(t, b.Tokens(org))
	require.ErrorIs(t, b.RevokeToken(audit.System(), org, p.ID), ErrNotFound, "a session is no token")
}

func TestLinksExpireAndAreForgottenByARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, o := range []LinkOptions{{}, {OneTime: true, TTL: time.Minute}} {
		key := b.link(o)
		b.pass(max(o.TTL, time.Minute))
		if o.TTL == 0 {
			b.pass(linkLife - time.Minute)
		}
		_, _, err := b.Redeem(key, "")
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	key := b.link(LinkOptions{})
	b.restart()
	_, _, err := b.Redeem(key, "")
	require.ErrorIs(t, err, ErrUnauthorized)
	_, _, err = b.Redeem("", "")
	require.ErrorIs(t, err, ErrUnauthorized)
}

func TestLinksAreCheckedAndLimited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	_, err := b.NewLink(LinkOptions{OrganizationID: "x", Roles: []Role{Viewer}})
	require.ErrorIs(t, err, ErrNotFound)
	_, err = b.NewLink(LinkOptions{OrganizationID: org})
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	for range linksMax {
		b.link(LinkOptions{})
	}
	_, err = b.NewLink(LinkOptions{OrganizationID: org, Roles: []Role{Viewer}})
	assert.Equal(t, fault.Exhausted, fault.Of(err).Kind)
	b.pass(linkLife)
	b.link(LinkOptions{})
}

// "A browser session survives a restart or kill of the server."
func TestASessionSurvivesAKillAndIsStoredHashed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secret, p := b.session()
	b.restart()
	got, err := b.Session(secret)
	require.NoError(t, err)
	assert.Equal(t, p, got)
	data, err := os.ReadFile(b.path)
	require.NoError(t, err)
	assert.False(t, bytes.Contains(data, []byte(secret)))
}

func TestASessionSlidesTwelveHoursAndEndsAfterSevenDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secret, p := b.session()
	started := b.clock()
	for b.clock().Add(sessionIdle - time.Hour).Before(started.Add(sessionLife)) {
		b.pass(sessionIdle - time.Hour)
		got, err := b.Session(secret)
		require.NoError(t, err)
		want := b.clock().Add(sessionIdle)
		if end := started.Add(sessionLife); want.After(end) {
			want = end
		}
		assert.Equal(t, want, got.ExpiresAt)
		require.NoError(t, b.Flush())
		b.restart()
	}
	b.ms.Store(started.Add(sessionLife).UnixMilli())
	_, err := b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	assert.False(t, b.alive(p.ID))

	idle, p := b.session()
	b.pass(sessionIdle - time.Millisecond)
	assert.True(t, b.alive(p.ID), "looking does not prolong")
	b.pass(time.Millisecond)
	_, err = b.Session(idle)
	require.ErrorIs(t, err, ErrUnauthorized)
}

func TestFlushRemovesExpiredSessionsFromDiskAndMemory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, p := b.session()
	b.pass(sessionIdle)
	b.restart()
	secret, _ := b.session()
	require.NoError(t, b.Flush())
	assert.NotContains(t, b.principals, p.ID)
	assert.Len(t, b.secrets, 1)
	b.restart()
	assert.Len(t, b.secrets, 1)
	_, err := b.Session(secret)
	assert.NoError(t, err)
}

func TestAnEndedSessionIsRefusedAndItsListenersTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secret, p := b.session()
	var told []string
	defer b.OnChange(func(id string) { told = append(told, id) })()
	require.NoError(t, b.EndSession(secret, ""))
	require.NoError(t, b.EndSession(secret, ""), "ending twice is harmless")
	assert.Equal(t, []string{p.ID}, told)
	_, err := b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	b.restart()
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
}

func TestTheSessionUnusedLongestMakesRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	oldest, p := b.session()
	b.pass(time.Minute)
	// The rest of the limit is filled in memory; it is the count that matters.
	for i := range sessionsPerOrganizationMax - 1 {
		c := &credential{createdAt: b.clock(), principal: Principal{
			ID: string(rune('a'+i%26)) + time.Duration(i).String(), OrganizationID: org, Kind: KindSession, ExpiresAt: b.clock().Add(sessionLife),
		}}
		c.hash[0], c.hash[1], c.hash[2] = 1, byte(i), byte(i>>8)
		c.usedMs.Store(b.clock().UnixMilli())
		b.add(c)
	}
	var told []string
	defer b.OnChange(func(id string) { told = append(told, id) })()
	newest, _ := b.session()
	assert.Equal(t, []string{p.ID}, told)
	_, err := b.Session(oldest)
	require.ErrorIs(t, err, ErrUnauthorized)
	_, err = b.Session(newest)
	require.NoError(t, err)
	found := b.noted(org, audit.SessionEnded)
	require.Len(t, found, 1, "AUD8")
	assert.Equal(t, p.ID, found[0].Object.ID)
	assert.Contains(t, string(found[0].Details), `"reason":"limit"`)
}
