package api

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/compat/trpc"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// answersAnybody are the only routes that need no proof of who asks (api.md 1); the two sockets, and Socket.IO's, ask for it in their first message.
var answersAnybody = []string{
	"POST /api/auth/login", "POST /api/auth/setup", "POST /api/auth/session", "GET /healthz", "GET /readyz", "GET /api/monitoring/ws", "GET /monitoring",
	"GET /a/{token}", "POST /a/{token}", "GET /a.css", // who has the link of a message may answer it (B-92)
	"POST /api/auth/kiosk",
	"GET /ping/{key}", "POST /ping/{key}", "GET /ping/{key}/{signal}", "POST /ping/{key}/{signal}", // scripts can do no better
	"GET /socket.io", "POST /socket.io",
	"GET /feed/{key}/alerts.atom", "GET /feed/{key}/deadlines.ics", "GET /feed/{key}/deadlines.csv", "GET /feed/{key}/executions.csv", // nor can calendars and spreadsheets
	"HEAD /v1/traces",                          // an exporter looks whether somebody is there, and has nothing to show yet
	"GET /integrations/n8n/flowwatch-hook.cjs", // the same for everybody, without secrets, fetched by a machine that has no session
	"GET /ca.crt",                              // a certificate is public, and who fetches it has no way in yet
}

// guarded calls fn for each route of openapi.json that asks who the caller is; endless ones among them.
func guarded(d *document, fn func(method, path string)) (n int) {
	d.operations(func(method, path string, _ *operation) {
		if !slices.Contains(answersAnybody, method+" "+path) {
			n++
			fn(method, strings.NewReplacer("{", "", "}", "").Replace(path))
		}
	})
	return n
}

// B-64, W2, SEC1: each route that is not for everybody answers 401, and the same 401, to whoever cannot prove who it is, whatever is wrong with
// the proof; nothing is set, and the body is not looked at.
func TestEveryRouteAsksWhoTheCallerIs(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	d := documentOf(a)
	everything := access.Roles()
	expired, revoked := "", ""
	_, expired = a.newToken("default", 100*time.Millisecond, everything...)
	id, revoked := a.newToken("default", 0, everything...)
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	require.NoError(t, a.engine.Access().RevokeToken(audit.System(), o.ID, id))
	u := a.user("default", "anna", everything...)
	leaver := a.user("default", "jan", everything...)
	session, left := cookieOf(t, a.login("anna", testPassword)), cookieOf(t, a.login("jan", testPassword))
	over := cookieOf(t, a.login("anna", testPassword))
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", over).status)
	require.Equal(t, http.StatusOK, a.send("PATCH", usersPath+"/"+leaver.ID, testSecret, []byte(`{"isActive":false}`)).status)
	require.Eventually(t, func() bool { return a.send("GET", "/api/auth/me", expired, nil).status == 401 }, answerLimit, 10*time.Millisecond)
	secretOf := func(cookie string) string { return strings.TrimPrefix(cookie, "flowwatch_session=") }
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+password))
	}

	proofs := map[string][]string{
		"none": nil, "empty": {"Authorization", "Bearer "}, "unknown": {"Authorization", "Bearer " + strings.Repeat("a", 52)}, "no scheme": {"Authorization", testSecret},
		"another scheme": {"Authorization", "Token " + testSecret}, "a token's beginning": {"Authorization", "Bearer " + testSecret[:len(testSecret)-1]},
		"expired": {"Authorization", "Bearer " + expired}, "revoked": {"Authorization", "Bearer " + revoked}, "expired as a password": {"Authorization", basic(expired)},
		"a person's password":  {"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anna:"+testPassword))},
		"a session as a token": {"Authorization", "Bearer " + secretOf(session)}, "a token as a session": {"Cookie", "flowwatch_session=" + testSecret},
		"a session that is over": {"Cookie", over}, "a session of who has left": {"Cookie", left}, "a session of nobody": {"Cookie", "flowwatch_session=" + strings.Repeat("b", 52)},
		"a good session beside a bad token": {"Cookie", session, "Authorization", "Bearer " + revoked}, "an id as a session": {"Cookie", "flowwatch_session=" + u.ID},
	}
	want := a.send("GET", "/api/auth/me", "", nil)
	requireProblem(t, want, 401, "unauthorized")
	asked := guarded(&d, func(method, path string) {
		for name, headers := range proofs {
			got := a.send(method, path, "", []byte(`{`), headers...)
			require.Equal(t, 401, got.status, "%s %s: %s: %s", method, path, name, got.body)
			if strings.HasPrefix(path, trpcPath) {
				require.Equal(t, path, trpcPath+"/"+requireTRPC(t, got, 401, trpc.Unauthorized).Error.Data.Path, name)
			} else {
				require.Equal(t, string(want.body), string(got.body), "%s %s: %s", method, path, name)
			}
			require.Empty(t, got.header.Values("Set-Cookie"), "%s %s: %s", method, path, name)
		}
		for _, name := range []string{"token", "access_token", "authorization", "api_key", "key", "flowwatch_session"} {
			for _, secret := range []string{testSecret, secretOf(session)} {
				got := a.send(method, path+"?"+name+"="+secret, "", nil)
				require.Equal(t, 401, got.status, "%s %s?%s: a secret in an address is no secret", method, path, name)
			}
		}
	})
	require.Greater(t, asked, 40)
	for _, route := range answersAnybody {
		method, path, _ := strings.Cut(route, " ")
		require.Contains(t, d.Paths[path], strings.ToLower(method), "a route that is gone may not stay in the list")
	}
}

// B-64: who signed in by password is refused what none of the roles grants, as a token is.
func TestSessionsHaveTheRightsOfTheirRolesOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	d := documentOf(a)
	a.user("default", "zofia", access.Viewer)
	cookie := cookieOf(t, a.login("zofia", testPassword))
	refused := 0
	guarded(&d, func(method, path string) {
		if path == "/api/monitoring/stream" || strings.HasPrefix(path, "/api/auth/") {
			return
		}
		got := a.send(method, path, "", []byte(`{}`), "Cookie", cookie, "Origin", a.url)
		require.NotEqual(t, 401, got.status, path)
		reads := method == http.MethodGet && (strings.HasPrefix(path, "/api/monitoring/") && !strings.HasSuffix(path, "/evidence") || path == "/metrics" || path == "/openapi.json")
		reads = reads || strings.HasPrefix(path, trpcPath) && (method == http.MethodGet || strings.HasSuffix(path, "procedures"))
		reads = reads || strings.HasPrefix(path, dashboardsPath) || strings.HasPrefix(path, viewsPath) || strings.HasPrefix(path, prometheusPath) || slices.Contains(writesNothing, method+" "+path)
		require.Equal(t, !reads, got.status == http.StatusForbidden, "%s %s: %s", method, path, got.body)
		if !reads {
			refused++
		}
	})
	require.Greater(t, refused, 15)
}

// A page of somebody else's, or one that a forged name leads here, writes nothing with a person's cookie and opens no socket.
func TestForgedOriginsAndHostsAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	d := documentOf(a)
	a.user("default", "anna", access.Roles()...)
	cookie := cookieOf(t, a.login("anna", testPassword))
	host := strings.TrimPrefix(a.url, "http://")
	forged := [][]string{
		{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", a.url + ".evil.example"}, {"Origin", "http://evil.example/" + host}, {"Origin", "http://" + host + "@evil.example"},
		{"Origin", "http://" + strings.Split(host, ":")[0]}, {"Origin", "file://"}, {"Origin", host}, {"Origin", "http://evil.example", "Referer", a.url + "/"},
		{"Origin", a.url, "Host", "evil.example"}, {"Origin", "http://evil.example", "X-Forwarded-Host", "evil.example"},
		{"Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
	}
	written := 0
	guarded(&d, func(method, path string) {
		if isRead(method) {
			return
		}
		written++
		for _, headers := range forged {
			got := a.send(method, path, "", []byte(`{}`), append(slices.Clone(headers), "Cookie", cookie)...)
			require.Equal(t, 403, got.status, "%s %s: %v: %s", method, path, headers, got.body)
			code := decoded[Problem](t, got).Code
			if strings.HasPrefix(path, trpcPath) {
				code = requireTRPC(t, got, 403, trpc.Forbidden).Error.Data.Reason
			}
			require.Equal(t, "foreign_origin", code, "%s %s: %v", method, path, headers)
		}
	})
	require.Greater(t, written, 15)
	for _, path := range []string{"/api/auth/login", "/api/auth/setup", "/api/auth/session"} { // a foreign page signs nobody in
		for _, headers := range forged {
			got := a.send("POST", path, "", []byte(`{"login":"anna","password":"`+testPassword+`","key":"`+a.link()+`"}`), headers...)
			require.Equal(t, 403, got.status, "%s: %v: %s", path, headers, got.body)
			require.Empty(t, got.header.Values("Set-Cookie"))
		}
	}
	for _, headers := range forged {
		_, got, err := a.dial(a.wsURL(), append(slices.Clone(headers), "Cookie", cookie)...)
		require.Error(t, err, headers)
		require.Equal(t, 403, got.status, "%v", headers)
	}
	// A cookie without an Origin is no browser's own page: the socket does not take it for a proof.
	f := a.connect("Cookie", cookie)
	f.refused("unauthorized", "auth", map[string]any{})
	f.closed(4401)
	// The name that a request claims leads nowhere else: neither addresses nor cookies are made of it.
	got := a.send("POST", "/api/auth/login", "", []byte(`{"login":"anna","password":"`+testPassword+`"}`), "Host", "evil.example")
	require.NotContains(t, strings.ToLower(got.header.Get("Set-Cookie")), "domain")
	require.NotContains(t, string(got.body)+got.header.Get("Location"), "evil.example")
}

// Session fixation: whichever way somebody signs in, the session is a new one, and the one that came with the request is over, also where it was
// a good one of somebody else's.
func TestASessionIsNeverTheOneThatCame(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	key := a.engine.Access().NewSetupKey()
	a.user("other", "anna", access.Viewer)
	a.user("other", "mallory", access.Viewer)
	me := func(cookie string) answer { return a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie) }
	current := ""
	ways := map[string]func(planted string) answer{
		"login": func(planted string) answer { return a.login("anna", testPassword, "Cookie", planted) },
		"link": func(planted string) answer {
			return a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`), "Cookie", planted)
		},
		"setup": func(planted string) answer {
			k := key
			key = "used"
			return a.send("POST", "/api/auth/setup", "", []byte(`{"key":"`+k+`","login":"first","password":"`+testPassword+`"}`), "Cookie", planted)
		},
		"password": func(string) answer {
			current = cookieOf(t, a.login("anna", testPassword))
			return a.send("POST", "/api/auth/password", "", []byte(`{"password":"`+testPassword+`","newPassword":"`+testPassword+`"}`), "Cookie", current)
		},
	}
	for name, enter := range ways {
		planted := map[string]string{"made up": "flowwatch_session=" + strings.Repeat("c", 52), "good": cookieOf(t, a.login("mallory", testPassword))}
		for kind, cookie := range planted {
			if name == "setup" && kind == "made up" || name == "password" && kind == "made up" {
				continue // once
			}
			entered := cookieOf(t, enter(cookie))
			require.NotEqual(t, cookie, entered, "%s, %s", name, kind)
			require.Equal(t, http.StatusOK, me(entered).status, name)
			if name == "password" {
				cookie = current
			}
			require.Equal(t, 401, me(cookie).status, "%s: the session that came is over", name)
		}
	}
	// A sign-in that fails ends nothing, and makes nothing.
	cookie := cookieOf(t, a.login("mallory", testPassword))
	got := a.login("anna", "wrong password", "Cookie", cookie)
	requireProblem(t, got, 401, "wrong_login")
	require.Empty(t, got.header.Values("Set-Cookie"))
	require.Equal(t, "mallory", decoded[Me](t, me(cookie)).Login)
}

// Who guesses learns nothing: unknown logins, wrong passwords, people who have left and logins that cannot be are answered with the same bytes,
// and are locked out at the same count. That each costs one hashing is tested where hashing is.
func TestGuessesLearnNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.user("default", "anna", access.OrgAdmin)
	left := a.user("default", "jan", access.Viewer)
	require.Equal(t, http.StatusOK, a.send("PATCH", usersPath+"/"+left.ID, testSecret, []byte(`{"isActive":false}`)).status)
	want := a.login("anna", "wrong password")
	requireProblem(t, want, 401, "wrong_login")
	for _, guess := range [][2]string{
		{"nobody", testPassword}, {"jan", testPassword}, {"", testPassword}, {"anna", ""}, {"an\x00na", testPassword}, {strings.Repeat("x", 5000), testPassword}, {left.ID, testPassword},
	} {
		got := a.login(guess[0], guess[1])
		require.Equal(t, want.status, got.status, "%.20q", guess[0])
		require.Equal(t, string(want.body), string(got.body), "%.20q", guess[0])
		for _, header := range []string{"Date", "Content-Length"} {
			want.header.Del(header)
			got.header.Del(header)
		}
		require.Equal(t, want.header, got.header, "%.20q", guess[0])
	}
	count := func(login string) (n int) {
		for a.login(login, "wrong password").status == 401 {
			n++
			require.Less(t, n, 50)
		}
		return n
	}
	require.Equal(t, count("somebody"), count("nobody-else"))
	require.Equal(t, 8, count("anna"), "one guess with a wrong password and one without any came before")
}
