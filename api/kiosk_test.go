package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/compat/trpc"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// share makes a link of a dashboard and returns its key.
func (p *person) share(id string) (key string) {
	p.a.t.Helper()
	got := p.send("POST", dashboardsPath+"/"+id+"/share", "")
	require.Equal(p.a.t, http.StatusCreated, got.status, "%s", got.body)
	link := decoded[DashboardShare](p.a.t, got)
	require.Equal(p.a.t, id, link.ID)
	require.WithinDuration(p.a.t, time.Now().Add(90*24*time.Hour), link.ExpiresAt.Time(), time.Minute)
	at, key, _ := strings.Cut(link.URL, "#")
	require.Equal(p.a.t, p.a.url+"/kiosk/"+id, at)
	return key
}

func (a *appliance) enterKiosk(key string) answer {
	return a.send("POST", "/api/auth/kiosk", "", []byte(`{"key":"`+key+`"}`), "Origin", a.url)
}

// screen signs a screen in by a key.
func (a *appliance) screen(key string) *person {
	a.t.Helper()
	got := a.enterKiosk(key)
	require.Regexp(a.t, `(?i)max-age=777\d{4};`, got.header.Get("Set-Cookie"), "90 days")
	return &person{a: a, cookie: cookieOf(a.t, got)}
}

func (p *person) status(method, path string) int { return p.send(method, path, "").status }

// 9b, ui.md 5.7: the link of a dashboard lets screens read, and nothing else; they see what the sharer may see, now and not when it was shared.
func TestAScreenReadsAndNothingElse(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa := a.person("ola", access.Accountant), a.person("ewa", access.Viewer)
	a.post(testSecret, batch(`"type":"step.completed","executionId":"one","workflowId":"w","clientRef":"K-1","stepId":"s","input":{"note":"wejście"}`,
		`"type":"step.completed","executionId":"two","workflowId":"w","clientRef":"K-2","stepId":"s"`))
	made, second := ola.make("Telewizor", ""), ola.make("Drugi", "")
	screen := a.screen(ola.share(made.ID))

	me := decoded[Me](t, screen.send("GET", "/api/auth/me", ""))
	require.Equal(t, made.ID, me.KioskDashboardID)
	require.Equal(t, []string{"monitoring.read"}, me.Rights)
	require.Equal(t, a.organizationOf(ola), me.OrganizationID)
	shown := made
	shown.HasLink = true
	require.Equal(t, shown, decoded[Dashboard](t, screen.send("GET", dashboardsPath+"/"+made.ID, "")))
	require.Len(t, screen.dashboards(), 2, "it takes turns with the owner's others")
	require.Equal(t, http.StatusOK, screen.status("GET", dashboardsPath+"/"+second.ID))
	requireProblem(t, screen.send("GET", dashboardsPath+"/"+ewa.make("Cudzy", "").ID, ""), 404, "not_found")
	for _, path := range []string{"/executions", "/workflows", "/queue", "/alerts", "/deadlines", "/system/health", "/executions/one"} {
		require.Equal(t, http.StatusOK, screen.status("GET", "/api/monitoring"+path), path)
	}
	step := screen.send("GET", "/api/monitoring/executions/one/steps/s", "")
	require.Equal(t, http.StatusOK, step.status)
	require.NotContains(t, string(step.body), "wejście")
	require.Contains(t, string(ola.send("GET", "/api/monitoring/executions/one/steps/s", "").body), "wejście")

	d := documentOf(a)
	refused := 0
	d.operations(func(method, path string, o *operation) {
		if method == http.MethodGet || strings.HasPrefix(path, "/api/auth/") || strings.HasPrefix(path, "/a/") || strings.HasPrefix(path, "/ping/") || strings.HasPrefix(path, "/v1/") || path == socketIOPath {
			return
		}
		filled := strings.NewReplacer("{dashboardId}", made.ID, "{", "", "}", "").Replace(path)
		refused++
		if got := screen.send(method, filled, "{}"); strings.HasPrefix(path, trpcPath) {
			requireTRPC(t, got, 403, trpc.Forbidden)
		} else {
			requireProblem(t, got, 403, "forbidden")
		}
	})
	require.Greater(t, refused, 25)
	for _, path := range []string{"/api/auth/password", "/api/auth/totp"} {
		require.Equal(t, http.StatusForbidden, screen.send("POST", path, `{"password":"x"}`).status, path)
	}
	requireProblem(t, screen.send("GET", auditPath, ""), 403, "forbidden")
	requireProblem(t, screen.send("GET", dashboardsPath+"/"+made.ID+"/share", ""), 403, "forbidden")

	require.Equal(t, http.StatusOK, screen.status("GET", "/api/monitoring/executions/two"))
	a.limit(ola.id, `["K-1"]`)
	require.Equal(t, http.StatusNotFound, screen.status("GET", "/api/monitoring/executions/two"))
	require.Equal(t, http.StatusOK, screen.status("GET", "/api/monitoring/executions/one"))
	f := a.connect("Cookie", screen.cookie, "Origin", a.url)
	f.must("auth", map[string]any{})
	f.must("subscribe", subscription("execution_updates", "snapshot", true))
	require.NotContains(t, f.take("snapshot").text, `"two"`)
	require.Equal(t, http.StatusNoContent, screen.send("POST", logoutPath, "").status)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", "/api/auth/me"))
}

func (a *appliance) organizationOf(p *person) string {
	return decoded[Me](a.t, p.send("GET", "/api/auth/me", "")).OrganizationID
}

// 9b: a key is good over restarts until the dashboard is shared again, the link is taken back, the dashboard is deleted, or its sharer is gone.
func TestALinkEnds(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, chief := a.person("ola", access.Viewer), a.person("chief", access.OrgAdmin)
	made := ola.make("Telewizor", "")
	one := dashboardsPath + "/" + made.ID
	requireProblem(t, ola.send("GET", one+"/share", ""), 404, "not_found")
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", one+"/share", "").status)
	require.Empty(t, a.entries(testSecret, audit.DashboardUnshared))

	first := ola.share(made.ID)
	require.True(t, decoded[Dashboard](t, ola.send("GET", one, "")).HasLink)
	screen, other := a.screen(first), a.screen(first)
	a.restart()
	require.Equal(t, http.StatusOK, screen.status("GET", one))
	state := decoded[DashboardShareState](t, ola.send("GET", one+"/share", ""))
	require.Equal(t, ola.id, state.SharedBy)
	require.Len(t, state.Screens, 2)
	require.Equal(t, decoded[Me](t, screen.send("GET", "/api/auth/me", "")).ID, state.Screens[0].ID)
	require.NotContains(t, string(mustJSON(t, state)), first)

	second := ola.share(made.ID)
	require.NotEqual(t, first, second)
	for _, ended := range []*person{screen, other} {
		require.Equal(t, http.StatusUnauthorized, ended.status("GET", one))
	}
	requireProblem(t, a.enterKiosk(first), 401, "unauthorized")
	require.Contains(t, string(a.entries(testSecret, audit.DashboardShared)[0].Details), `"rotated":true`)
	screen = a.screen(second)
	f := a.connect("Cookie", screen.cookie, "Origin", a.url)
	f.must("auth", map[string]any{})
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", one+"/share", "").status)
	f.closed(4401)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", one))
	requireProblem(t, a.enterKiosk(second), 401, "unauthorized")
	require.Len(t, a.entries(testSecret, audit.DashboardUnshared), 1)
	require.False(t, decoded[Dashboard](t, ola.send("GET", one, "")).HasLink)

	screen = a.screen(ola.share(made.ID))
	require.Equal(t, http.StatusOK, chief.send("PATCH", usersPath+"/"+ola.id, `{"password":"another password"}`).status)
	require.Equal(t, http.StatusOK, screen.status("GET", one), "a new password is no reason to climb up to the screen")
	require.Equal(t, http.StatusOK, chief.send("PATCH", usersPath+"/"+ola.id, `{"roles":["integration"]}`).status)
	require.Equal(t, http.StatusForbidden, screen.status("GET", one), "who shared it may not read any more")
	require.Equal(t, http.StatusOK, chief.send("PATCH", usersPath+"/"+ola.id, `{"roles":["viewer"],"isActive":false}`).status)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", one))
	require.Equal(t, http.StatusOK, chief.send("PATCH", usersPath+"/"+ola.id, `{"isActive":true}`).status)
	require.Equal(t, http.StatusOK, screen.status("GET", one))
	key := chief.share(made.ID)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", one))
	screen = a.screen(key)
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", one, "").status)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", one))
	requireProblem(t, a.enterKiosk(key), 401, "unauthorized")

	office := ola.a.person("nowa", access.Viewer)
	id := office.dashboards()[0].ID
	screen = a.screen(office.share(id))
	require.Equal(t, id, screen.dashboards()[0].ID, "the office's, which is an own one from then on")
	require.False(t, screen.dashboards()[0].IsOffice)
}

// 9b: unknown keys are all alike, and guessing them is slowed down. A page of another site cannot sign in.
func TestKeysOfLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	got := a.send("POST", "/api/auth/kiosk", "", []byte(`{"key":"x"}`), "Origin", "http://elsewhere.example")
	requireProblem(t, got, 403, "foreign_origin")
	for range guessesPerMinute {
		requireProblem(t, a.enterKiosk("unknown"), 401, "unauthorized")
	}
	limited := a.enterKiosk("unknown")
	requireProblem(t, limited, 429, "rate_limited")
	require.NotEmpty(t, limited.header.Get("Retry-After"))
}

// Who leaves leaves no dashboard: their own go, with links and screens, also when somebody else shared them; so do those of a token. Entries stay.
func TestWhatWasAUsersGoesWithThem(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, chief := a.person("ola", access.Viewer), a.person("chief", access.OrgAdmin)
	made, other, chiefs := ola.make("Telewizor", `,"isDefault":true`), ola.make("Drugi", ""), chief.make("Szefa", "")
	screens := []*person{a.screen(ola.share(made.ID)), a.screen(chief.share(other.ID)), a.screen(chief.share(chiefs.ID))}
	require.Equal(t, http.StatusOK, chief.send("POST", dashboardsPath+"/"+made.ID+"/default", `{"scope":"office"}`).status)
	require.Equal(t, []string{"Telewizor"}, chief.defaults())
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", usersPath+"/"+ola.id, "").status)
	check := func() {
		require.Empty(t, decoded[DashboardPage](t, chief.send("GET", dashboardsPath+"?userId="+ola.id, "")).Items)
		for _, d := range []Dashboard{made, other} {
			requireProblem(t, chief.send("GET", dashboardsPath+"/"+d.ID, ""), 404, "not_found")
		}
		require.Equal(t, []string{"Pulpit biura"}, chief.defaults())
		require.Equal(t, http.StatusUnauthorized, screens[0].status("GET", "/api/auth/me"))
		require.Equal(t, http.StatusUnauthorized, screens[1].status("GET", "/api/auth/me"))
		require.Equal(t, http.StatusOK, screens[2].status("GET", "/api/auth/me"))
	}
	check()
	require.Len(t, a.entries(testSecret, audit.DashboardDeleted), 2)
	a.restart()
	check()

	token := decoded[NewToken](t, chief.send("POST", "/api/admin/tokens", `{"name":"n","roles":["viewer"]}`))
	got := a.send("POST", dashboardsPath, token.Secret, []byte(`{"name":"Programu"}`))
	program := decoded[Dashboard](t, got)
	link := decoded[DashboardShare](t, a.send("POST", dashboardsPath+"/"+program.ID+"/share", token.Secret, nil))
	_, key, _ := strings.Cut(link.URL, "#")
	screen := a.screen(key)
	require.Equal(t, http.StatusOK, screen.status("GET", dashboardsPath+"/"+program.ID))
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", "/api/admin/tokens/"+token.ID, "").status)
	require.Equal(t, http.StatusUnauthorized, screen.status("GET", "/api/auth/me"))
	requireProblem(t, chief.send("GET", dashboardsPath+"/"+program.ID, ""), 404, "not_found")
	var verdict audit.Verdict
	require.NoError(t, json.Unmarshal(a.send("GET", auditPath+"/verify", testSecret, nil).body, &verdict))
	require.True(t, verdict.OK)
}
