package access

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// bench is a store on a real database, with a clock that stands still.
type bench struct {
	*Store
	t    *testing.T
	path string
	db   *kv.DB
	ms   atomic.Int64
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "flowwatch.db")}
	b.ms.Store(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC).UnixMilli())
	b.open()
	t.Cleanup(func() {
		assert.NoError(t, b.db.Check(func(p string) { t.Error(p) }, Collections()...))
		assert.NoError(t, b.db.Close())
	})
	return b
}

func (b *bench) open() {
	var err error
	b.db, err = kv.Open(b.path, kv.Options{})
	require.NoError(b.t, err)
	b.Store, err = NewStore(b.db, func() time.Time { return time.UnixMilli(b.ms.Load()) })
	require.NoError(b.t, err)
}

// restart is what a kill leaves: nothing is flushed.
func (b *bench) restart() {
	require.NoError(b.t, b.db.Close())
	b.open()
}

func (b *bench) pass(d time.Duration) { b.ms.Add(d.Milliseconds()) }

func (b *bench) clock() time.Time { return time.UnixMilli(b.ms.Load()).UTC() }

func (b *bench) alive(id string) bool {
	_, err := b.Present(id)
	return err == nil
}

func (b *bench) token(org string, roles ...Role) (Token, string) {
	b.t.Helper()
	token, secret, err := b.CreateToken(audit.System(), TokenInput{Name: "t", OrganizationID: org, Roles: roles})
	require.NoError(b.t, err)
	return token, secret
}

func (b *bench) org(name string) string {
	b.t.Helper()
	o, err := b.EnsureOrganization(name)
	require.NoError(b.t, err)
	return o.ID
}

func TestFirstStartMakesTheOrganizationDefault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.Organizations()
	require.Len(t, all, 1)
	assert.Equal(t, "default", all[0].Name)
	assert.Len(t, all[0].ID, 36)
	b.restart()
	assert.Equal(t, all, b.Organizations())
	assert.True(t, b.HasOrganization(all[0].ID))
	assert.False(t, b.HasOrganization("x"))
}

func TestOrganizationNamesAreUniqueAndChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.org(" Biuro Nowak ")
	assert.Equal(t, id, b.org("Biuro Nowak"))
	_, err := b.CreateOrganization(audit.System(), "Biuro Nowak")
	assert.Equal(t, fault.Conflict, fault.Of(err).Kind)
	o, err := b.CreateOrganization(audit.System(), "Inne")
	require.NoError(t, err)
	got, err := b.Organization(o.ID)
	require.NoError(t, err)
	assert.Equal(t, o, got)
	_, err = b.Organization("x")
	require.ErrorIs(t, err, ErrNotFound)
	for _, name := range []string{"", "  ", "a\nb", "\xff", strings.Repeat("ż", nameRunesMax+1)} {
		_, err := b.EnsureOrganization(name)
		assert.Equal(t, fault.Invalid, fault.Of(err).Kind, name)
	}
	b.restart()
	assert.Equal(t, id, b.org("Biuro Nowak"))
}

// B-64, requirements 2.7.
func TestTheTableOfRightsIsTheRoleMatrix(t *testing.T) {
	t.Parallel()
	f := func(r Right, want ...Role) {
		t.Helper()
		for _, role := range Roles() {
			has := false
			for _, w := range want {
				has = has || w == role
			}
			assert.Equal(t, has, Principal{Roles: []Role{role}}.Can(r), "%s, right %d", role, r)
		}
	}
	f(ReadMonitoring, Viewer, Accountant, WorkflowAdmin, OrgAdmin, Auditor)
	f(ReadStepData, Accountant, WorkflowAdmin)
	f(ReadStack, WorkflowAdmin)
	f(Ingest, Integration)
	f(Prioritise, Accountant, WorkflowAdmin)
	f(ManageTokens, OrgAdmin)
	f(ManageAnyTokens, ApplianceAdmin)
	f(ManageOrganizations, ApplianceAdmin)
	f(Backup, ApplianceAdmin)
	f(EditDeadlines, OrgAdmin)
	f(FileDeadlines, Accountant, OrgAdmin)
	f(rightCount)
	for r := range rightCount {
		assert.NotEmpty(t, grants[r], "right %d is granted to nobody", r)
	}
	assert.False(t, Principal{}.Can(ReadMonitoring))
	both := Principal{Roles: []Role{Viewer, Integration}}
	assert.True(t, both.Can(ReadMonitoring) && both.Can(Ingest), "several roles give the union")
}

func TestOnlyAnApplianceAdministratorMakesAnother(t *testing.T) {
	t.Parallel()
	assert.True(t, Principal{Roles: []Role{OrgAdmin}}.MayGrant([]Role{WorkflowAdmin, Integration}))
	assert.False(t, Principal{Roles: []Role{OrgAdmin}}.MayGrant([]Role{Viewer, ApplianceAdmin}))
	assert.False(t, Principal{Roles: []Role{WorkflowAdmin}}.MayGrant([]Role{Viewer}))
	assert.True(t, Principal{Roles: []Role{ApplianceAdmin}}.MayGrant([]Role{ApplianceAdmin}))
}

func TestRolesAreParsed(t *testing.T) {
	t.Parallel()
	got, err := ParseRoles([]string{" viewer", "auditor", "viewer"})
	require.NoError(t, err)
	assert.Equal(t, []Role{Auditor, Viewer}, got)
	for _, names := range [][]string{nil, {""}, {"admin"}, {"viewer", "Viewer"}} {
		_, err := ParseRoles(names)
		assert.Equal(t, fault.Invalid, fault.Of(err).Kind, names)
	}
}

func TestATokensSecretIsShownOnceAndStoredHashed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	token, secret := b.token(org, Viewer, Integration, Viewer)
	assert.Regexp(t, `^fw_[0-9a-f]{32}_[a-z2-7]{52}$`, secret)
	assert.Equal(t, []Role{Integration, Viewer}, token.Roles)
	p, err := b.Authenticate(secret)
	require.NoError(t, err)
	assert.Equal(t, Principal{ID: token.ID, Name: "t", OrganizationID: org, Roles: token.Roles, Kind: KindToken}, p)
	b.restart()
	again, err := b.Authenticate(secret)
	require.NoError(t, err)
	assert.Equal(t, p, again)

	_, random, _ := strings.Cut(secret[3:], "_")
	data, err := os.ReadFile(b.path)
	require.NoError(t, err)
	assert.False(t, bytes.Contains(data, []byte(random)))
	assert.True(t, bytes.Contains(data, []byte(token.ID)))
	for _, bad := range []string{"", "x", secret[:len(secret)-1], secret + "a", strings.Repeat("x", 1<<20)} {
		_, err := b.Authenticate(bad)
		require.ErrorIs(t, err, ErrUnauthorized)
		_, err = b.Session(bad)
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized, "a token is no session")
}

func TestTokenInputIsChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	f := func(kind fault.Kind, in TokenInput) {
		t.Helper()
		_, _, err := b.CreateToken(audit.System(), in)
		assert.Equal(t, kind, fault.Of(err).Kind)
	}
	f(fault.Invalid, TokenInput{OrganizationID: org, Roles: []Role{Viewer}})
	f(fault.Invalid, TokenInput{Name: "t", OrganizationID: org})
	f(fault.Invalid, TokenInput{Name: "t", OrganizationID: org, Roles: []Role{"root"}})
	f(fault.Invalid, TokenInput{Name: "t", OrganizationID: org, Roles: []Role{Viewer}, ExpiresAt: b.clock()})
	f(fault.NotFound, TokenInput{Name: "t", OrganizationID: "x", Roles: []Role{Viewer}})
	assert.Empty(t, b.Tokens(org))
}

// B-19: another organisation's id answers exactly like an unknown one.
func TestTokensOfAnotherOrganizationCannotBeSeenOrRevoked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	mine, foreign := b.org("default"), b.org("Inne")
	own, _ := b.token(mine, OrgAdmin)
	theirs, secret := b.token(foreign, Viewer)
	assert.Equal(t, []Token{own}, b.Tokens(mine))
	unknown := b.RevokeToken(audit.System(), mine, "0193")
	require.ErrorIs(t, unknown, ErrNotFound)
	assert.Equal(t, unknown, b.RevokeToken(audit.System(), mine, theirs.ID))
	_, err := b.Authenticate(secret)
	assert.NoError(t, err)
}

// SEC1: what listens to revocations closes live sockets.
func TestARevokedTokenIsRefusedAtOnceAndAfterARestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	token, secret := b.token(org, Viewer)
	_, kept := b.token(org, Viewer)
	var told []string
	cancel := b.OnChange(func(id string) { told = append(told, id) })
	assert.True(t, b.alive(token.ID))
	require.NoError(t, b.RevokeToken(audit.System(), org, token.ID))
	assert.Equal(t, []string{token.ID}, told)
	assert.False(t, b.alive(token.ID))
	require.ErrorIs(t, b.RevokeToken(audit.System(), org, token.ID), ErrNotFound)
	_, err := b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	cancel()
	b.restart()
	_, err = b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	p, err := b.Authenticate(kept)
	require.NoError(t, err)
	require.NoError(t, b.RevokeToken(audit.System(), org, p.ID))
	assert.Len(t, told, 1, "cancelled listeners hear nothing")
}

func TestAnExpiredTokenIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	token, secret, err := b.CreateToken(audit.System(), TokenInput{
		Name: "audyt", OrganizationID: org, Roles: []Role{Auditor}, ExpiresAt: b.clock().Add(time.Hour),
	})
	require.NoError(t, err)
	b.pass(time.Hour - time.Millisecond)
	p, err := b.Authenticate(secret)
	require.NoError(t, err)
	assert.Equal(t, token.ExpiresAt, p.ExpiresAt)
	b.pass(time.Millisecond)
	_, err = b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	assert.False(t, b.alive(token.ID))
	b.restart()
	_, err = b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	assert.Len(t, b.Tokens(org), 1, "it stays listed until it is revoked")
}

func TestTheLastUseIsWrittenAtMostEveryFiveMinutes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	_, secret := b.token(org, Viewer)
	use := func() {
		_, err := b.Authenticate(secret)
		require.NoError(t, err)
	}
	assert.True(t, b.Tokens(org)[0].LastUsedAt.IsZero())
	use()
	first := b.clock()
	require.NoError(t, b.Flush())
	b.pass(usesWrittenEvery - time.Second)
	use()
	assert.Equal(t, b.clock(), b.Tokens(org)[0].LastUsedAt)
	before := b.db.Stats()
	require.NoError(t, b.Flush())
	assert.Equal(t, before, b.db.Stats(), "nothing is written")
	b.restart()
	assert.Equal(t, first, b.Tokens(org)[0].LastUsedAt)
	use()
	require.NoError(t, b.Store.Close())
	last := b.clock()
	b.restart()
	assert.Equal(t, last, b.Tokens(org)[0].LastUsedAt)
}

func TestTheBootstrapTokenIsMadeOnTheFirstStartOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const secret, other = "bootstrap-secret-1", "bootstrap-secret-2"
	f := func(secret string, want Bootstrapped) {
		t.Helper()
		got, err := b.Bootstrap(secret)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := b.Bootstrap("fifteen-bytes!!")
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	f(secret, BootstrapMade)
	p, err := b.Authenticate(secret)
	require.NoError(t, err)
	assert.Equal(t, b.org("default"), p.OrganizationID)
	assert.ElementsMatch(t, []Role{ApplianceAdmin, OrgAdmin, WorkflowAdmin, Integration}, p.Roles)
	b.restart()
	f(secret, BootstrapKept)
	f(other, BootstrapIgnored)
	f("", BootstrapNone)
	_, err = b.Authenticate(other)
	require.ErrorIs(t, err, ErrUnauthorized)
	require.NoError(t, b.RevokeToken(audit.System(), p.OrganizationID, p.ID))
	f(secret, BootstrapKept)
	_, err = b.Authenticate(secret)
	require.ErrorIs(t, err, ErrUnauthorized, "revoked stays revoked")
}

func TestALaterBootstrapSecretChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got, err := b.Bootstrap("")
	require.NoError(t, err)
	assert.Equal(t, BootstrapNone, got)
	b.restart()
	got, err = b.Bootstrap("bootstrap-secret-1")
	require.NoError(t, err)
	assert.Equal(t, BootstrapIgnored, got)
	assert.Empty(t, b.Tokens(b.org("default")))
}

func TestAuthenticateIsSafeBesideRevocation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("default")
	_, kept := b.token(org, Viewer)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := b.Authenticate(kept); err != nil {
					t.Error(err)
				}
				if _, err := b.Authenticate("unknown"); !errors.Is(err, ErrUnauthorized) {
					t.Error(err)
				}
				b.Tokens(org)
			}
		})
	}
	for range 20 {
		token, secret := b.token(org, Viewer)
		_, err := b.Authenticate(secret)
		require.NoError(t, err)
		b.pass(time.Minute)
		require.NoError(t, b.Flush())
		require.NoError(t, b.RevokeToken(audit.System(), org, token.ID))
		_, err = b.Authenticate(secret)
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	close(stop)
	group.Wait()
}
