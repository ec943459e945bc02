package access

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

const testPassword = "hasło na próbę"

func (b *bench) user(org, login string, roles ...Role) User {
	b.t.Helper()
	password := testPassword
	u, err := b.CreateUser(audit.System(), b.org(org), UserChange{Login: &login, Roles: &roles, Password: &password})
	require.NoError(b.t, err)
	return u
}

func (b *bench) signIn(login, password string) (string, Principal, error) {
	return b.SignIn(Credentials{Login: login, Password: password, Address: "192.0.2.1"})
}

func (b *bench) signedIn(login string) (string, Principal) {
	b.t.Helper()
	secret, p, err := b.signIn(login, testPassword)
	require.NoError(b.t, err)
	return secret, p
}

func to[T any](v T) *T { return &v }

func TestAUserSignsInAndTheSessionSurvivesAKill(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	u := b.user("Biuro", "Anna", OrgAdmin)
	secret, p := b.signedIn("anna")
	assert.Equal(t, u.ID, p.Who())
	assert.Equal(t, u.ID, p.UserID)
	assert.NotEqual(t, u.ID, p.ID)
	assert.Equal(t, b.org("Biuro"), p.OrganizationID)
	b.restart()
	again, err := b.Session(secret)
	require.NoError(t, err)
	assert.Equal(t, p.UserID, again.UserID)
	assert.Equal(t, []Role{OrgAdmin}, again.Roles)
	_, _ = b.signedIn("ANNA")
	content, err := os.ReadFile(b.path)
	require.NoError(t, err)
	for _, clear := range []string{testPassword, secret} {
		assert.False(t, bytes.Contains(content, []byte(clear)))
	}
}

// An unknown login costs the same work and gets the same answer as a wrong password.
func TestAnUnknownLoginIsNotToldFromAWrongPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("default", "anna", OrgAdmin)
	ola := b.user("default", "ola", Viewer)
	_, err := b.UpdateUser(audit.System(), ola.OrganizationID, ola.ID, UserChange{IsActive: to(false)}, nil)
	require.NoError(t, err)
	for _, in := range [][2]string{{"anna", "wrong password"}, {"nobody", testPassword}, {"ola", testPassword}, {"", ""}, {strings.Repeat("x", 9999), "x"}} {
		before := b.hasher.done.Load()
		_, _, err := b.signIn(in[0], in[1])
		assert.Equal(t, errWrongSignIn, err, in[0])
		assert.EqualValues(t, 1, b.hasher.done.Load()-before, in[0])
	}
}

// Ten wrong passwords in a minute lock an account out at one address, and the right one does not help.
func TestTooManyWrongPasswordsLockOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("default", "anna", OrgAdmin)
	b.user("default", "ola", Viewer)
	for range failuresOfAccountMax {
		_, _, err := b.signIn("anna", "wrong password")
		require.ErrorIs(t, err, errWrongSignIn)
	}
	before := b.hasher.done.Load()
	for _, login := range []string{"anna", "ANNA"} {
		_, _, err := b.signIn(login, testPassword)
		assert.Equal(t, fault.Exhausted, fault.Of(err).Kind)
		assert.Equal(t, lockoutFirst, fault.Of(err).RetryAfter)
	}
	assert.Equal(t, before, b.hasher.done.Load(), "who is locked out makes no work")
	_, _ = b.signedIn("ola")
	_, _, err := b.SignIn(Credentials{Login: "anna", Password: testPassword, Address: "192.0.2.2"})
	require.NoError(t, err)
	b.pass(lockoutFirst)
	_, _ = b.signedIn("anna")

	for i := range failuresOfAddressMax {
		_, _, err := b.signIn(strings.Repeat("x", i+1), "wrong password")
		require.ErrorIs(t, err, errWrongSignIn)
	}
	_, _, err = b.signIn("anna", testPassword)
	assert.Equal(t, fault.Exhausted, fault.Of(err).Kind, "an address that tries many logins")
}

func TestAPasswordHashedAtAFormerCostIsHashedAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	u := b.user("default", "anna", OrgAdmin)
	a, err := b.account(u.OrganizationID, u.ID)
	require.NoError(t, err)
	cheap := argon2Cost{memoryKiB: 64, passes: 1, lanes: 1}
	salt := make([]byte, saltBytes)
	require.NoError(t, b.replaceOwn(a, audit.System(), audit.FactorEnabled, func(r *userRecord) error {
		r.Password = cheap.encode(salt, b.hasher.hash(testPassword, salt, cheap))
		return nil
	}))
	secret, _ := b.signedIn("anna")
	assert.False(t, outdated(a.record.Load().Password))
	b.restart()
	_, err = b.Session(secret)
	require.NoError(t, err, "that is no new password")
	_, _ = b.signedIn("anna")
}

// J9.2: a change of rights holds at once, in sessions that are open.
func TestAChangeOfAUserHoldsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("default", "anna", OrgAdmin)
	u := b.user("default", "zofia", Viewer)
	secret, p := b.signedIn("zofia")
	var told atomic.Int32
	cancel := b.OnChange(func(id string) {
		if id == p.ID {
			told.Add(1)
		}
	})
	defer cancel()
	changed, err := b.UpdateUser(audit.System(), u.OrganizationID, u.ID, UserChange{Roles: &[]Role{Accountant}, Clients: &[]string{"K-2", "K-1", "K-2"}}, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, changed.Version)
	now, err := b.Session(secret)
	require.NoError(t, err)
	assert.Equal(t, []Role{Accountant}, now.Roles)
	assert.Equal(t, []string{"K-1", "K-2"}, now.Clients)
	assert.EqualValues(t, 1, told.Load())

	_, err = b.UpdateUser(audit.System(), u.OrganizationID, u.ID, UserChange{IsActive: to(false)}, nil)
	require.NoError(t, err)
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	assert.EqualValues(t, 2, told.Load())
	b.restart()
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized)
	_, err = b.UpdateUser(audit.System(), u.OrganizationID, u.ID, UserChange{IsActive: to(true)}, nil)
	require.NoError(t, err)
	_, err = b.Session(secret)
	require.ErrorIs(t, err, ErrUnauthorized, "who is back signs in anew")
}

func TestANewPasswordEndsAllSessionsButTheNewOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("default", "anna", OrgAdmin)
	first, p := b.signedIn("anna")
	second, _ := b.signedIn("anna")
	_, _, err := b.ChangePassword(audit.System(), p, "wrong password", "another password")
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	_, _, err = b.ChangePassword(audit.System(), p, testPassword, "short")
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	third, _, err := b.ChangePassword(audit.System(), p, testPassword, "another password")
	require.NoError(t, err)
	for _, secret := range []string{first, second} {
		_, err := b.Session(secret)
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	_, err = b.Session(third)
	require.NoError(t, err)
	_, _, err = b.signIn("anna", testPassword)
	require.ErrorIs(t, err, errWrongSignIn)
	_, _, err = b.ChangePassword(audit.System(), Principal{Kind: KindToken}, testPassword, "another password")
	assert.Equal(t, fault.Forbidden, fault.Of(err).Kind)
	for range failuresOfAccountMax {
		_, _, err = b.ChangePassword(audit.System(), p, "wrong password", "another password")
		assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	}
	_, _, err = b.ChangePassword(audit.System(), p, "another password", "a third password")
	assert.Equal(t, fault.Exhausted, fault.Of(err).Kind, "a stolen session guesses as slowly")
}

// The organisation keeps somebody who can manage it, also when two are removed at once.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("theirs", "boss", OrgAdmin) // of no help
	anna, ewa := b.user("ours", "anna", OrgAdmin), b.user("ours", "ewa", OrgAdmin)
	var group sync.WaitGroup
	var kept atomic.Int32
	for _, u := range []User{anna, ewa} {
		group.Go(func() {
			if b.DeleteUser(audit.System(), u.OrganizationID, u.ID, nil) != nil {
				kept.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, kept.Load())
	last := b.Users(anna.OrganizationID)[0]
	for _, change := range []UserChange{{Roles: &[]Role{Viewer}}, {IsActive: to(false)}} {
		_, err := b.UpdateUser(audit.System(), last.OrganizationID, last.ID, change, nil)
		require.ErrorIs(t, err, ErrLastAdministrator)
	}
	require.ErrorIs(t, b.DeleteUser(audit.System(), last.OrganizationID, last.ID, nil), ErrLastAdministrator)
	b.user("ours", "iza", OrgAdmin)
	_, err := b.UpdateUser(audit.System(), last.OrganizationID, last.ID, UserChange{Roles: &[]Role{Viewer}}, nil)
	require.NoError(t, err)
}

func TestUsersAreCheckedAndTheirLoginsUnique(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	anna := b.user("ours", "anna", OrgAdmin)
	ewa := b.user("theirs", "ewa", OrgAdmin)
	_, err := b.CreateUser(audit.System(), b.org("theirs"), UserChange{Login: to("ANNA"), Roles: &[]Role{Viewer}, Password: to(testPassword)})
	require.ErrorIs(t, err, errUserTaken)
	_, err = b.UpdateUser(audit.System(), ewa.OrganizationID, ewa.ID, UserChange{Login: to("Anna")}, nil)
	require.ErrorIs(t, err, errUserTaken)
	_, err = b.UpdateUser(audit.System(), ewa.OrganizationID, ewa.ID, UserChange{Login: to("Ewa")}, nil)
	require.NoError(t, err, "it is her own")
	_, err = b.UpdateUser(audit.System(), anna.OrganizationID, ewa.ID, UserChange{Name: to("x")}, nil)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, b.DeleteUser(audit.System(), anna.OrganizationID, ewa.ID, nil), ErrNotFound)
	_, err = b.UpdateUser(audit.System(), anna.OrganizationID, anna.ID, UserChange{Name: to("x")}, func(u User) bool { return u.Version == 7 })
	require.ErrorIs(t, err, errStaleUser)
	require.ErrorIs(t, b.DeleteUser(audit.System(), anna.OrganizationID, anna.ID, func(User) bool { return false }), errStaleUser)
	for _, change := range []UserChange{
		{Login: to("")}, {Login: to("a b")}, {Login: to(strings.Repeat("x", 129))}, {Name: to("a\x00")}, {Email: to("nobody")},
		{Email: to("Anna <a@b.pl>")}, {Phone: to("call me")}, {Roles: &[]Role{}}, {Roles: &[]Role{"king"}}, {Clients: &[]string{""}},
		{Clients: to(make([]string, 1))}, {Password: to("short")},
	} {
		_, err := b.UpdateUser(audit.System(), anna.OrganizationID, anna.ID, change, nil)
		assert.Equal(t, fault.Invalid, fault.Of(err).Kind, "%+v", change)
	}
	_, err = b.UpdateUser(audit.System(), anna.OrganizationID, anna.ID, UserChange{Email: to("anna@biuro.pl"), Phone: to("+48 600 100 200")}, nil)
	require.NoError(t, err)
	require.NoError(t, b.DeleteUser(audit.System(), ewa.OrganizationID, b.user("theirs", "x", Viewer).ID, nil))
	_ = b.user("ours", "x", Viewer) // the login is free again
	b.restart()
	assert.Len(t, b.Users(anna.OrganizationID), 2)
	found, err := b.UserNamed("ANNA")
	require.NoError(t, err)
	assert.Equal(t, "anna@biuro.pl", found.Email)
}

func TestAOneTimePasswordIsAskedForOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.user("default", "anna", OrgAdmin)
	_, p := b.signedIn("anna")
	_, _, err := b.EnrolFactor(audit.System(), p, "wrong password")
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind)
	_, err = b.ConfirmFactor(audit.System(), p, "000000")
	require.ErrorIs(t, err, errNoEnrolment)
	text, _, err := b.EnrolFactor(audit.System(), p, testPassword)
	require.NoError(t, err)
	_, _ = b.signedIn("anna") // not in force yet
	_, err = b.ConfirmFactor(audit.System(), p, "nothing")
	require.ErrorIs(t, err, errWrongCode)
	secret, err := totpEncoding.DecodeString(text)
	require.NoError(t, err)
	code := func() string { return totpCode(secret, uint64(b.clock().Unix()/30)) }
	recovery, err := b.ConfirmFactor(audit.System(), p, code())
	require.NoError(t, err)
	_, _, err = b.EnrolFactor(audit.System(), p, testPassword)
	require.ErrorIs(t, err, errFactorThere)

	with := func(code string) error {
		_, _, err := b.SignIn(Credentials{Login: "anna", Password: testPassword, Code: code, Address: "192.0.2.1"})
		return err
	}
	require.ErrorIs(t, with(""), ErrCodeRequired)
	require.ErrorIs(t, with(code()), errWrongSignIn, "it was used to confirm")
	b.pass(totpPeriod)
	require.NoError(t, with(code()))
	b.restart()
	require.ErrorIs(t, with(code()), errWrongSignIn, "a restart does not make it good again")
	require.NoError(t, with(recovery[0]))
	require.ErrorIs(t, with(recovery[0]), errWrongSignIn)

	require.NoError(t, b.DropFactor(audit.System(), p, testPassword))
	require.NoError(t, with(""))
}

func TestResetForgetsTheOneTimePasswordToo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	u := b.user("default", "anna", OrgAdmin)
	a, err := b.account(u.OrganizationID, u.ID)
	require.NoError(t, err)
	require.NoError(t, b.replaceOwn(a, audit.System(), audit.FactorEnabled, func(r *userRecord) error {
		r.Factor = &secondFactor{Secret: []byte("x"), Confirmed: true}
		return nil
	}))
	require.ErrorIs(t, b.ResetPassword(audit.System(), "nobody", "a new password"), ErrNotFound)
	require.NoError(t, b.ResetPassword(audit.System(), "Anna", NewPassword()+"!"))
	require.NoError(t, b.ResetPassword(audit.System(), "Anna", "a new password"))
	_, _, err = b.signIn("anna", "a new password")
	require.NoError(t, err)
}

func TestSetUpMakesTheFirstAdministratorOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.True(t, b.SetupOpen())
	forgotten := b.NewSetupKey()
	key := b.NewSetupKey()
	first := UserChange{Login: to("anna"), Password: to(testPassword), Roles: &[]Role{Viewer}, IsActive: to(false)}
	for _, wrong := range []string{"", "x", forgotten, strings.Repeat("x", 9999)} {
		_, _, err := b.SetUp(wrong, "", first)
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	_, _, err := b.SetUp(key, "", UserChange{Login: to("anna"), Password: to("short")})
	assert.Equal(t, fault.Invalid, fault.Of(err).Kind, "the key stays good")
	var group sync.WaitGroup
	var made atomic.Int32
	for _, login := range []string{"anna", "eve"} {
		group.Go(func() {
			in := first
			in.Login = &login
			if _, p, err := b.SetUp(key, "", in); err == nil {
				made.Add(1)
				assert.Equal(t, []Role{ApplianceAdmin, OrgAdmin, WorkflowAdmin}, p.Roles)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, made.Load())
	require.False(t, b.SetupOpen())
	_, _, err = b.SetUp(b.NewSetupKey(), "", first)
	require.ErrorIs(t, err, errSetupClosed)
}

func TestTheSetUpKeyExpires(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.NewSetupKey()
	b.pass(linkLife)
	_, _, err := b.SetUp(key, "", UserChange{Login: to("anna"), Password: to(testPassword)})
	require.ErrorIs(t, err, ErrUnauthorized)
}
