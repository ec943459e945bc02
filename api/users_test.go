package api

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

const testPassword = "hasło na próbę"

// user makes a user of the organisation of that name.
func (a *appliance) user(organization, login string, roles ...access.Role) access.User {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization(organization)
	require.NoError(a.t, err)
	password := testPassword
	u, err := a.engine.Access().CreateUser(audit.System(), o.ID, access.UserChange{Login: &login, Roles: &roles, Password: &password})
	require.NoError(a.t, err)
	return u
}

func (a *appliance) login(login, password string, headers ...string) answer {
	a.t.Helper()
	body, err := json.Marshal(LoginInput{Login: login, Password: password})
	require.NoError(a.t, err)
	return a.send("POST", "/api/auth/login", "", body, headers...)
}

// cookieOf is the session that an answer sets, as a request's header has it.
func cookieOf(t *testing.T, got answer) string {
	t.Helper()
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	require.Regexp(t, `^flowwatch_session=[a-z2-7]{52}$`, cookie)
	return cookie
}

// B-74: a person signs in with a password, and every sign-in makes a session of its own.
func TestSignInMakesANewSessionAndEndsTheFormer(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	u := a.user("Biuro", "anna", access.OrgAdmin)
	got := a.login("Anna", testPassword)
	cookie := cookieOf(t, got)
	for _, part := range []string{"HttpOnly", "SameSite=Strict", "path=/"} {
		require.Contains(t, got.header.Get("Set-Cookie"), part)
	}
	require.NotContains(t, strings.ToLower(got.header.Get("Set-Cookie")), "secure", "there is no TLS")
	me := decoded[SessionAnswer](t, got).User
	require.Equal(t, []any{u.ID, "anna", "anna", "Biuro", true}, []any{me.ID, me.Login, me.Name, me.OrganizationName, me.IsActive})
	require.Contains(t, me.Rights, "users.manage")
	require.NotContains(t, me.Rights, "organizations.manage")
	require.NotContains(t, string(got.body), "argon2id")

	planted := "flowwatch_session=" + strings.Repeat("a", 52)
	next := cookieOf(t, a.login("anna", testPassword, "Cookie", cookie))
	require.NotEqual(t, cookie, next)
	requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie), 401, "unauthorized")
	require.NotEqual(t, planted, cookieOf(t, a.login("anna", testPassword, "Cookie", planted)), "a session is never the one that came")
	requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Cookie", planted), 401, "unauthorized")

	a.restart()
	require.Equal(t, u.ID, decoded[Me](t, a.send("GET", "/api/auth/me", "", nil, "Cookie", next)).ID)
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", next).status)
	requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Cookie", next), 401, "unauthorized")
}

// Whatever is wrong with a sign-in, the answer is the same; after ten there is none for a while.
func TestWrongSignInsLookAlikeAndAreLimited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.user("default", "anna", access.OrgAdmin)
	wrong := a.login("anna", "wrong password")
	requireProblem(t, wrong, 401, "wrong_login")
	require.Empty(t, wrong.header.Get("Set-Cookie"))
	unknown := a.login("nobody", testPassword)
	require.Equal(t, string(wrong.body), string(unknown.body))
	requireProblem(t, a.login("anna", testPassword, "Origin", "http://evil.example"), 403, "foreign_origin")
	for range 9 {
		requireProblem(t, a.login("anna", "wrong password"), 401, "wrong_login")
	}
	got := a.login("anna", testPassword)
	requireProblem(t, got, 429, "too_many_attempts")
	require.Regexp(t, `^[1-9]\d*$`, got.header.Get("Retry-After"))
	requireProblem(t, a.send("POST", "/api/auth/login", "", []byte(`{`)), 400, "malformed_json")
	requireProblem(t, a.send("POST", "/api/auth/login", "", []byte(`{"login":7}`)), 422, "invalid_field")
}

// A secret in an address is no secret: it is not looked at.
func TestATokenInAURLIsNoProof(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, name := range []string{"token", "access_token", "api_key", "key"} {
		requireProblem(t, a.send("GET", "/api/auth/me?"+name+"="+testSecret, "", nil), 401, "unauthorized")
		requireProblem(t, a.send("GET", "/api/monitoring/stream?"+name+"="+testSecret, "", nil), 401, "unauthorized")
	}
}

func TestUsersAreManagedByTheOrganisationsAdministrator(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("office", access.OrgAdmin)
	a.user("office", "anna", access.OrgAdmin)
	post := func(token, body string) answer { return a.send("POST", usersPath, token, []byte(body)) }
	got := post(admin, `{"login":"zofia","name":"Zofia Nowak","email":"z@biuro.pl","phone":"+48 600 100 200","roles":["viewer"],
		"clients":[],"password":"`+testPassword+`","id":"mine","organizationId":"ignored","createdBy":"me"}`)
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.NotContains(t, string(got.body), "password")
	made := decoded[User](t, got)
	require.Empty(t, made.Clients)
	require.True(t, made.IsActive)
	path := usersPath + "/" + made.ID
	require.Equal(t, path, got.header.Get("Location"))
	require.Len(t, get[UserPage](a, usersPath, admin).Items, 2)
	require.Equal(t, made, get[User](a, path, admin))

	for body, code := range map[string]int{
		`{}`: 422, `{"login":"x","roles":["viewer"]}`: 422, `{"login":"x","password":"short","roles":["viewer"]}`: 422,
		`{"login":"x","password":"` + testPassword + `"}`: 422, `{"login":"ZOFIA","password":"` + testPassword + `","roles":["viewer"]}`: 409,
		`{"login":"x","password":"` + testPassword + `","roles":["appliance_admin"]}`: 403, `{"login":"x","roles":"viewer"}`: 422,
		`{"login":"x","password":"` + testPassword + `","roles":["viewer"],"clients":[""]}`: 422,
	} {
		require.Equal(t, code, post(admin, body).status, body)
	}

	patch := func(body string, headers ...string) answer {
		return a.send("PATCH", path, admin, []byte(body), headers...)
	}
	etag := got.header.Get("ETag")
	changed := patch(`{"roles":["accountant"],"clients":[]}`, "If-Match", etag)
	require.Equal(t, []access.Role{access.Accountant}, decoded[User](t, changed).Roles)
	require.Equal(t, "Zofia Nowak", decoded[User](t, changed).Name, "what is absent stays")
	requireProblem(t, patch(`{"name":"x"}`, "If-Match", etag), 412, "stale")
	requireProblem(t, patch(`{"name":"x","version":1}`), 412, "stale")
	require.Equal(t, http.StatusOK, patch(`{"name":"x","version":2}`, "If-Match", changed.header.Get("ETag")).status)
	requireProblem(t, patch(`{"roles":["appliance_admin"]}`), 403, "forbidden")
	requireProblem(t, a.send("DELETE", path, admin, nil, "If-Match", etag), 412, "stale")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", path, admin, nil).status)
	requireProblem(t, a.send("GET", path, admin, nil), 404, "not_found")
}

// "The last org_admin cannot be removed", and an organisation's administrator has no power over the appliance's.
func TestAdministratorsAreProtected(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	one := usersPath + "/" + a.user("default", "anna", access.OrgAdmin).ID
	boss := usersPath + "/" + a.user("default", "boss", access.ApplianceAdmin).ID
	requireProblem(t, a.send("PATCH", one, admin, []byte(`{"roles":["viewer"]}`)), 409, "last_org_admin")
	requireProblem(t, a.send("PATCH", one, admin, []byte(`{"isActive":false}`)), 409, "last_org_admin")
	requireProblem(t, a.send("DELETE", one, admin, nil), 409, "last_org_admin")
	requireProblem(t, a.send("PATCH", boss, admin, []byte(`{"password":"`+testPassword+`"}`)), 403, "forbidden")
	requireProblem(t, a.send("DELETE", boss, admin, nil), 403, "forbidden")

	o, err := a.engine.Access().EnsureOrganization("another")
	require.NoError(t, err)
	body := `{"login":"iza","roles":["org_admin"],"password":"` + testPassword + `","organizationId":"` + o.ID + `"}`
	made := decoded[User](t, a.send("POST", usersPath, testSecret, []byte(body)))
	require.Equal(t, o.ID, made.OrganizationID, "an appliance administrator names the organisation")
	require.Len(t, get[UserPage](a, usersPath+"?organizationId="+o.ID, testSecret).Items, 1)
	requireProblem(t, a.send("GET", usersPath+"?organizationId=unknown", testSecret, nil), 404, "not_found")
}

// J9.2, J9.3: a change of rights reaches sessions and live connections without another sign-in; who is deactivated loses them.
func TestRightsChangeInOpenSessionsAndSockets(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	u := a.user("default", "zofia", access.Viewer)
	a.post(testSecret, batch(event("execution.queued", "e")))
	cookie := cookieOf(t, a.login("zofia", testPassword))
	const wish = "/api/monitoring/queue/executions/e/priority"
	prioritise := func() int {
		return a.send("POST", wish, "", []byte(`{"priority":"HIGH"}`), "Cookie", cookie).status
	}
	require.Equal(t, http.StatusForbidden, prioritise())
	connect := func() *follower { return a.connect("Cookie", cookie, "Origin", a.url) }
	f := connect()
	require.Equal(t, u.ID, f.must("auth", map[string]any{}).Data.UserID)
	f.must("subscribe", subscription("execution_updates"))

	patch := func(body string) {
		got := a.send("PATCH", usersPath+"/"+u.ID, testSecret, []byte(body))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	}
	patch(`{"roles":["accountant"]}`)
	require.Equal(t, http.StatusAccepted, prioritise())
	f.must("get:queue:status", nil)
	patch(`{"roles":["integration"]}`)
	f.closed(4401)

	patch(`{"roles":["viewer"]}`)
	f = connect()
	f.must("auth", map[string]any{})
	patch(`{"isActive":false}`)
	f.closed(4401)
	requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie), 401, "unauthorized")
	requireProblem(t, a.login("zofia", testPassword), 401, "wrong_login")
}

// Sockets of one user count together, whatever the session.
func TestAUserHasTenLiveConnectionsInAll(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	a.user("default", "anna", access.Viewer)
	cookies := []string{cookieOf(t, a.login("anna", testPassword)), cookieOf(t, a.login("anna", testPassword))}
	for i := range liveOfSessionMax {
		a.connect("Cookie", cookies[i%2], "Origin", a.url).must("auth", map[string]any{})
	}
	f := a.connect("Cookie", cookies[0], "Origin", a.url)
	f.refused("rate_limited", "auth", map[string]any{})
	f.closed(4429)
}

func TestThePasswordIsChangedByItsOwner(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.user("default", "anna", access.OrgAdmin)
	cookie, other := cookieOf(t, a.login("anna", testPassword)), cookieOf(t, a.login("anna", testPassword))
	change := func(body string, headers ...string) answer {
		return a.send("POST", "/api/auth/password", "", []byte(body), append(headers, "Cookie", cookie)...)
	}
	requireProblem(t, change(`{"password":"wrong password","newPassword":"another password"}`), 422, "wrong_password")
	requireProblem(t, change(`{"password":"`+testPassword+`","newPassword":"short"}`), 422, "invalid_field")
	requireProblem(t, change(`{}`, "Origin", "http://evil.example"), 403, "foreign_origin")
	next := cookieOf(t, change(`{"password":"`+testPassword+`","newPassword":"another password"}`))
	for _, ended := range []string{cookie, other} {
		requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Cookie", ended), 401, "unauthorized")
	}
	require.Equal(t, http.StatusOK, a.send("GET", "/api/auth/me", "", nil, "Cookie", next).status)
	requireProblem(t, a.send("POST", "/api/auth/password", testSecret, []byte(`{"password":"x","newPassword":"another password"}`)), 403, "no_user")
}

func TestOneTimePasswordsAreTurnedOnAndOff(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.user("default", "anna", access.OrgAdmin)
	cookie := cookieOf(t, a.login("anna", testPassword))
	post := func(path, body string) answer { return a.send("POST", path, "", []byte(body), "Cookie", cookie) }
	proof := `{"password":"` + testPassword + `"}`
	enrolled := decoded[Factor](t, post("/api/auth/totp", proof))
	require.Contains(t, enrolled.URI, "secret="+enrolled.Secret)
	requireProblem(t, post("/api/auth/totp/confirm", `{"code":"nothing"}`), 422, "wrong_code")
	codes := decoded[RecoveryCodes](t, post("/api/auth/totp/confirm", `{"code":"`+totpOf(t, enrolled.Secret)+`"}`)).Codes
	require.Len(t, codes, 8)
	require.True(t, decoded[Me](t, a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie)).TOTP)
	requireProblem(t, a.login("anna", testPassword), 401, "totp_required")
	requireProblem(t, a.login("anna", "wrong password"), 401, "wrong_login")
	with := func(code string) answer {
		return a.send("POST", "/api/auth/login", "", []byte(`{"login":"anna","password":"`+testPassword+`","totp":"`+code+`"}`))
	}
	requireProblem(t, with("000000x"), 401, "wrong_login")
	cookieOf(t, with(codes[0]))
	require.Equal(t, http.StatusNoContent, post("/api/auth/totp/disable", proof).status)
	cookieOf(t, a.login("anna", testPassword))
}

func TestSetUpMakesTheFirstAdministratorAndClosesForGood(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	key := a.engine.Access().NewSetupKey()
	setup := func(key string, headers ...string) answer {
		return a.send("POST", "/api/auth/setup", "", []byte(`{"key":"`+key+`","login":"anna","name":"Anna","password":"`+testPassword+`"}`), headers...)
	}
	requireProblem(t, setup("wrong"), 401, "unauthorized")
	requireProblem(t, setup(key, "Origin", "http://evil.example"), 403, "foreign_origin")
	got := setup(key)
	cookie := cookieOf(t, got)
	require.Equal(t, "Anna", decoded[SessionAnswer](t, got).User.Name)
	require.Len(t, decoded[UserPage](t, a.send("GET", usersPath, "", nil, "Cookie", cookie)).Items, 1)
	requireProblem(t, setup(key), 409, "setup_closed")
	a.restart()
	requireProblem(t, setup(a.engine.Access().NewSetupKey()), 409, "setup_closed")
}

// totpOf is what an authenticator program shows now (RFC 6238).
func totpOf(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	require.NoError(t, err)
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&0xf:])&0x7fffffff%1_000_000)
}
