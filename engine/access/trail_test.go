package access

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// noted are the organisation's entries of an event, newest first, in a chain that is whole.
func (b *bench) noted(org, event string) []audit.Item {
	b.t.Helper()
	scope, err := b.db.Scope(kv.TenantID(org))
	require.NoError(b.t, err)
	v, err := audit.Verify(b.db, scope)
	require.NoError(b.t, err)
	require.True(b.t, v.OK)
	items, next, err := audit.List(b.db, scope, audit.Filter{Event: event}, nil, 1000)
	require.NoError(b.t, err)
	require.Nil(b.t, next)
	return items
}

// TestAFloodOfFailuresIsBoundedAndCounted fails once a second for three minutes, for each of twenty accounts: the disk gets no more than the
// limit, and no failure is forgotten.
func TestAFloodOfFailuresIsBoundedAndCounted(t *testing.T) { // AUD8, SEC
	t.Parallel()
	b := newBench(t)
	org, other := b.org("office"), b.org("other")
	const accounts, seconds = 20, 180
	for second := range seconds {
		for i := range accounts {
			u := User{ID: fmt.Sprint("u", i), OrganizationID: org}
			b.failures.add(&u, fmt.Sprintf("10.0.%d.%d", second, i))
		}
		require.NoError(t, b.NoteFailures())
		b.pass(time.Second)
	}
	require.LessOrEqual(t, len(b.noted(org, audit.LoginFailed)), 3*failuresNotedPerMinute)
	b.pass(time.Minute)
	require.NoError(t, b.NoteFailures())
	require.NoError(t, b.NoteFailures(), "nothing waits")

	count, suppressed := 0, 0
	for _, e := range b.noted(org, audit.LoginFailed) {
		var d struct {
			Count, Suppressed int
			Addresses         []string
		}
		require.NoError(t, json.Unmarshal(e.Details, &d))
		require.NotEmpty(t, d.Addresses)
		require.LessOrEqual(t, len(d.Addresses), failuresNotedAddresses)
		require.Equal(t, d.Addresses[0], e.IP)
		require.LessOrEqual(t, d.Suppressed, d.Count)
		count, suppressed = count+d.Count, suppressed+d.Suppressed
	}
	require.Equal(t, accounts*seconds, count)
	require.Greater(t, suppressed, count/2)
	require.Empty(t, b.noted(other, "monitoring.login."), "of another organisation")
}

// Found by a busy machine: who asked for it while the clock's own call was writing was told that all is noted before it was.
func TestFailuresAreNotedWhenItSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("office")
	scope, err := b.db.Scope(kv.TenantID(org))
	require.NoError(t, err)
	for n := range 20 {
		u := User{ID: fmt.Sprint("u", n), OrganizationID: org}
		b.failures.add(&u, "10.0.0.1")
		var both errgroup.Group
		noted := make([]int, 2)
		for i := range noted {
			both.Go(func() error {
				if err := b.NoteFailures(); err != nil {
					return err
				}
				items, _, err := audit.List(b.db, scope, audit.Filter{Event: audit.LoginFailed}, nil, 1000)
				noted[i] = len(items)
				return err
			})
		}
		require.NoError(t, both.Wait())
		require.Equal(t, []int{n + 1, n + 1}, noted)
	}
}

// TestFailuresWaitUntilTheyCanBeWritten closes the database under them.
func TestFailuresWaitUntilTheyCanBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("office")
	u := b.user("office", "ola", Viewer)
	_, _, err := b.signIn("ola", "wrong")
	require.ErrorIs(t, err, errWrongSignIn)
	held := b.Store
	require.NoError(t, b.db.Close())
	require.Error(t, held.NoteFailures())
	b.open()
	held.db = b.db
	require.NoError(t, held.Close(), "what waits is written at the end")
	found := b.noted(org, audit.LoginFailed)
	require.Len(t, found, 1)
	require.Equal(t, audit.Object{Type: objectUser, ID: u.ID}, found[0].Object)
	require.JSONEq(t, `{"count":1,"suppressed":0,"addresses":["`+found[0].IP+`"]}`, string(found[0].Details))
}

func TestSessionsThatAChangeEndsAreNoted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("office")
	u := b.user("office", "ola", Viewer)
	by := audit.By{Actor: audit.Actor{ID: "boss", Name: "Boss", Type: audit.User}, IP: "10.0.0.9"}
	_, err := b.UpdateUser(by, org, u.ID, UserChange{Name: to("Ola")}, nil)
	require.NoError(t, err)
	require.Empty(t, b.noted(org, audit.SessionsRevoked), "the name ends none")
	_, session := b.signedIn("ola")
	_, err = b.UpdateUser(by, org, u.ID, UserChange{IsActive: to(false)}, nil)
	require.NoError(t, err)
	found := b.noted(org, audit.SessionsRevoked)
	require.Len(t, found, 1)
	require.Equal(t, by.Actor, found[0].Actor)
	require.Equal(t, by.IP, found[0].IP)
	require.JSONEq(t, `{"sessions":["`+session.ID+`"]}`, string(found[0].Details))
}

// AUD8: a session that nobody ended is noted once, by which of its ends it was, also after a restart and a full disk.
func TestSessionsThatLapseAreNotedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("office")
	u := b.user("office", "ola", Viewer)
	ended := func(session, reason string, at time.Time) {
		t.Helper()
		for range 2 { // whoever looks again finds the same
			found := b.noted(org, audit.SessionEnded)
			require.Equal(t, audit.Object{Type: objectSession, ID: session}, found[0].Object)
			require.Equal(t, audit.System().Actor, found[0].Actor)
			require.JSONEq(t, fmt.Sprintf(`{"reason":%q,"userId":%q,"endedAt":%q}`, reason, u.ID, at.Format(time.RFC3339)), string(found[0].Details))
			require.NoError(t, b.Flush())
			b.restart()
			require.NoError(t, b.Flush())
		}
	}
	_, idle := b.signedIn("ola")
	b.pass(sessionIdle)
	require.Empty(t, b.noted(org, audit.SessionEnded))
	b.restart()
	require.NoError(t, b.Flush())
	ended(idle.ID, "idle", b.clock())

	secret, old := b.signedIn("ola")
	end := b.clock().Add(sessionLife)
	for b.clock().Before(end.Add(-sessionIdle / 2)) {
		b.pass(sessionIdle / 2)
		_, err := b.Session(secret)
		require.NoError(t, err)
	}
	b.ms.Store(end.Add(time.Hour).UnixMilli())
	require.NoError(t, b.Flush())
	ended(old.ID, "age", end)

	secret, _ = b.signedIn("ola")
	require.NoError(t, b.EndSession(secret, ""))
	require.NoError(t, b.Flush())
	require.Len(t, b.noted(org, audit.SessionEnded), 2, "who signs out is noted as that alone")
	require.Len(t, b.noted(org, audit.Logout), 1)
}

// What cannot be noted stays, and is noted later: the database is closed under it.
func TestSessionsWaitForTheirNote(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.org("office")
	b.user("office", "ola", Viewer)
	secret, p := b.signedIn("ola")
	b.pass(sessionIdle)
	held := b.Store
	require.NoError(t, b.db.Close())
	require.Error(t, held.Flush())
	_, err := held.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized, "it has ended all the same")
	b.open()
	held.db = b.db
	require.NoError(t, held.Flush())
	require.Len(t, b.noted(org, audit.SessionEnded), 1)
	require.NotContains(t, held.principals, p.ID)
	require.NoError(t, b.Flush())
}

func TestSetUpAndBootstrapAreNoted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org := b.defaultID()
	_, err := b.Bootstrap("a secret of enough length")
	require.NoError(t, err)
	key := b.NewSetupKey()
	in := UserChange{Login: to("admin"), Password: to("correct horse")}
	_, _, err = b.SetUp("wrong", "10.0.0.1", in)
	require.ErrorIs(t, err, ErrUnauthorized)
	require.Empty(t, b.noted(org, audit.SetupUsed))
	_, p, err := b.SetUp(key, "10.0.0.1", in)
	require.NoError(t, err)
	for _, event := range []string{audit.Bootstrapped, audit.TokenCreated, audit.SetupUsed, audit.UserCreated, audit.Login, audit.OrganizationCreated} {
		found := b.noted(org, event)
		require.Len(t, found, 1, event)
		require.NotContains(t, string(found[0].Details), "secret of enough")
	}
	require.Equal(t, p.UserID, b.noted(org, audit.SetupUsed)[0].Actor.ID)
	require.Equal(t, "10.0.0.1", b.noted(org, audit.SetupUsed)[0].IP)
}
