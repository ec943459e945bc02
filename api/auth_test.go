package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/kv"
	"flowwatch/kv/archive"
)

func (a *appliance) link() string {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(a.t, err)
	key, err := a.engine.Access().NewLink(access.LinkOptions{OneTime: true, OrganizationID: o.ID, Roles: []access.Role{access.OrgAdmin, access.WorkflowAdmin}})
	require.NoError(a.t, err)
	return key
}

func TestTokenIsAlsoTakenAsThePasswordOfBasic(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	basic := func(plain string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(plain)) }
	for header, status := range map[string]int{
		basic("anyone:" + testSecret): 200, basic(":" + testSecret): 200, "bearer  " + testSecret: 200,
		basic(testSecret): 401, basic("x:y"): 401, "Basic %%%": 401, "Bearer": 401, testSecret: 401, "Digest " + testSecret: 401,
	} {
		require.Equal(t, status, a.send("GET", "/api/auth/me", "", nil, "Authorization", header).status, header)
	}
	me := get[Me](a, "/api/auth/me", testSecret)
	require.Equal(t, "default", me.OrganizationName)
	require.Contains(t, me.Roles, access.ApplianceAdmin)
}

func TestLinkBecomesASessionOnceAndTheSessionEnds(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	key := `{"key":"` + a.link() + `"}`
	requireProblem(t, a.send("POST", "/api/auth/session", "", []byte(`{"key":"x"}`)), 401, "unauthorized")
	requireProblem(t, a.send("POST", "/api/auth/session", "", []byte(key), "Origin", "http://evil.example"), 403, "foreign_origin")
	got := a.send("POST", "/api/auth/session", "", []byte(key))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	cookie := got.header.Get("Set-Cookie")
	for _, part := range []string{"flowwatch_session=", "HttpOnly", "SameSite=Strict", "path=/"} {
		require.Contains(t, cookie, part)
	}
	require.NotContains(t, strings.ToLower(cookie), "secure")
	requireProblem(t, a.send("POST", "/api/auth/session", "", []byte(key)), 401, "unauthorized")

	cookie, _, _ = strings.Cut(cookie, ";")
	me := func(headers ...string) answer {
		return a.send("GET", "/api/auth/me", "", nil, append(headers, "Cookie", cookie)...)
	}
	require.Equal(t, access.KindSession, decoded[Me](t, me()).Kind)
	requireProblem(t, me("Authorization", "Bearer nonsense"), 401, "unauthorized")
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", cookie).status)
	requireProblem(t, me(), 401, "unauthorized")
}

// A session's cookie goes with whatever a browser sends, so a write has to come from the own page.
func TestWritesWithACookieComeFromTheOwnPage(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.AllowedOrigins = []string{"https://office.example"} })
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{nil, 422}, {[]string{"Origin", a.url}, 422}, {[]string{"Origin", "https://office.example"}, 422}, {[]string{"Sec-Fetch-Site", "same-origin"}, 422},
		{[]string{"Origin", "http://evil.example"}, 403}, {[]string{"Origin", "null"}, 403}, {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403}, {[]string{"Origin", a.url + ".evil.example"}, 403},
	} {
		got := a.send("POST", "/api/admin/tokens", "", []byte(`{}`), append(c.headers, "Cookie", cookie)...)
		require.Equal(t, c.status, got.status, "%v %s", c.headers, got.body)
	}
	require.Equal(t, http.StatusOK, a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie, "Origin", "http://evil.example").status)
}

func TestTokensAreMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("office", access.OrgAdmin)
	post := func(token, body string) answer { return a.send("POST", "/api/admin/tokens", token, []byte(body)) }
	got := post(admin, `{"name":"n8n","roles":["integration"],"organizationId":"ignored","expiresAt":"2099-01-01T00:00:00+01:00"}`)
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	made := decoded[NewToken](t, got)
	me := get[Me](a, "/api/auth/me", made.Secret)
	require.Equal(t, "office", me.OrganizationName)
	require.Equal(t, []access.Role{access.Integration}, me.Roles)
	list := a.send("GET", "/api/admin/tokens", admin, nil)
	require.NotContains(t, string(list.body), made.Secret)
	require.Len(t, decoded[TokenPage](t, list).Items, 2)

	requireProblem(t, post(admin, `{"name":"x","roles":["appliance_admin"]}`), 403, "forbidden")
	for _, body := range []string{`{}`, `{"name":"x","roles":[]}`, `{"name":"x","roles":["king"]}`, `{"name":"","roles":["viewer"]}`,
		`{"name":"x","roles":["viewer"],"expiresAt":"2020-01-01T00:00:00Z"}`, `{"name":"x","roles":["viewer"],"expiresAt":"tomorrow"}`, `{"name":"x","roles":"viewer"}`} {
		p := requireProblem(t, post(admin, body), 422, "invalid_field")
		require.NotEmpty(t, p.Errors, body)
	}
	require.Equal(t, http.StatusNoContent, a.send("DELETE", "/api/admin/tokens/"+made.ID, admin, nil).status)
	requireProblem(t, a.send("GET", "/api/auth/me", made.Secret, nil), 401, "unauthorized")
	requireProblem(t, a.send("DELETE", "/api/admin/tokens/"+made.ID, admin, nil), 404, "not_found")
	// An appliance administrator may name the organisation.
	got = post(testSecret, `{"name":"x","roles":["viewer"],"organizationId":"`+me.OrganizationID+`"}`)
	require.Equal(t, me.OrganizationID, decoded[NewToken](t, got).OrganizationID)
}

func TestOrganizationsAreMadeByTheApplianceAdministratorOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	post := func(token, body string) answer {
		return a.send("POST", "/api/admin/organizations", token, []byte(body))
	}
	requireProblem(t, post(a.token("", access.OrgAdmin), `{"name":"x"}`), 403, "forbidden")
	got := post(testSecret, `{"name":"Biuro Żółw"}`)
	require.Equal(t, http.StatusCreated, got.status)
	made := decoded[Organization](t, got)
	require.NotEmpty(t, made.ID)
	requireProblem(t, post(testSecret, `{"name":"Biuro Żółw"}`), 409, "duplicate_name")
	requireProblem(t, post(testSecret, `{"name":" "}`), 422, "invalid_field")
	require.Len(t, get[OrganizationPage](a, "/api/admin/organizations", testSecret).Items, 2)
}

func TestBackupIsAWholeDatabase(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	receipt, me := a.post(testSecret, batch(`"type":"execution.started","executionId":"e","workflowId":"w"`)), get[Me](a, "/api/auth/me", testSecret)
	got := a.send("POST", "/api/admin/backup", testSecret, nil)
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.header.Get("Content-Disposition"), "flowwatch-")
	folder := t.TempDir()
	packed, path := filepath.Join(folder, "copy.tar.zst"), filepath.Join(folder, "copy.db")
	require.NoError(t, os.WriteFile(packed, got.body, 0o600))
	backup, err := archive.Open(packed, nil)
	require.NoError(t, err)
	require.Equal(t, a.engine.Epoch(), backup.Manifest.Epoch)
	require.Equal(t, a.server.options.Version, backup.Manifest.Product)
	require.Equal(t, []archive.Organization{{ID: me.OrganizationID, Seq: receipt.Seq}}, backup.Manifest.Organizations)
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, errors.Join(backup.Database(file), file.Close(), backup.Close()))
	db, err := kv.Open(path, kv.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Check(func(problem string) { t.Error(problem) }))
	require.NoError(t, db.Close())
	require.Eventually(t, func() bool { return !a.server.backupOn.Load() }, answerLimit, time.Millisecond)
	require.Equal(t, http.StatusOK, a.send("POST", "/api/admin/backup", testSecret, nil).status)
}

func TestTooManyRequestsOfOneCallerAreTold(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	first, other := a.token("", access.Viewer), a.token("", access.Viewer)
	p, err := a.engine.Access().Authenticate(first)
	require.NoError(t, err)
	require.True(t, a.server.rates.of(p.ID).AllowN(time.Now(), requestsBurst-1))
	require.Eventually(t, func() bool {
		return a.send("GET", "/api/auth/me", first, nil).status == http.StatusTooManyRequests
	}, 20*time.Second, time.Microsecond)
	a.server.rates.of(p.ID).AllowN(time.Now(), 1)
	require.Equal(t, http.StatusOK, a.send("GET", "/api/auth/me", other, nil).status)
	a.server.rates.of(p.ID).SetBurst(0)
	got := a.send("GET", "/api/auth/me", first, nil)
	requireProblem(t, got, 429, "rate_limited")
	require.Regexp(t, `^[1-9]\d*$`, got.header.Get("Retry-After"))
}
