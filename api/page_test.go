package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestPageIsServedWithoutATokenAndTheAPIIsNeverIt(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("console.log(1);", 500)
	a := newAppliance(t, func(o *Options) {
		o.UI = fstest.MapFS{
			"index.html": {Data: []byte("<!doctype html>")}, "assets/app.js": {Data: []byte(script)}, "licenses/react.txt": {Data: []byte("MIT")},
		}
	})
	for path, want := range map[string]string{
		"/": "<!doctype html>", "/executions/n8n:1.2?tab=steps": "<!doctype html>", "/executions": "<!doctype html>", "/assets/app.js": script, "/licenses/react.txt": "MIT",
	} {
		got := a.send("GET", path, "", nil)
		require.Equal(t, http.StatusOK, got.status, path)
		require.Equal(t, want, string(got.body), path)
		require.Equal(t, "no-cache", got.header.Get("Cache-Control"))
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", got.header.Get("Referrer-Policy"))
		for _, part := range []string{"default-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
			require.Contains(t, got.header.Get("Content-Security-Policy"), part)
		}
	}
	for _, path := range []string{"/assets/none.js", "/favicon.ico", "/licenses/none.txt", "/feed/key/none.csv", "/prometheus/api/v1/none", "/trpc", "/v1/logs", "/integrations/n8n"} {
		requireProblem(t, a.send("GET", path, "", nil), 404, "not_found")
	}
	requireProblem(t, a.send("GET", "/api/none", testSecret, nil), 404, "not_found")
	requireProblem(t, a.send("GET", "/api/none", "", nil), 401, "unauthorized")
	requireProblem(t, a.send("POST", "/executions", "", []byte("{}")), 405, "method_not_allowed")

	got := a.send("GET", "/assets/app.js", "", nil, "Accept-Encoding", "br, gzip;q=0.5")
	require.Equal(t, "gzip", got.header.Get("Content-Encoding"))
	require.Less(t, len(got.body), 1000)
	require.Equal(t, "text/javascript; charset=utf-8", got.header.Get("Content-Type"))
	etag := got.header.Get("ETag")
	again := a.send("GET", "/assets/app.js", "", nil, "Accept-Encoding", "gzip", "If-None-Match", `"x", W/`+etag)
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)
	plain := a.send("GET", "/assets/app.js", "", nil, "Accept-Encoding", "gzip;q=0", "If-None-Match", etag)
	require.Equal(t, http.StatusOK, plain.status)
	require.Equal(t, script, string(plain.body))
	require.Equal(t, http.StatusOK, a.send("HEAD", "/", "", nil).status)
}

// B-84: health without a token, numbers with one unless they are public.
func TestProbesAndMetrics(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.JSONEq(t, `{"status":"ok"}`, string(a.send("GET", "/healthz", "", nil).body))
	require.Equal(t, http.StatusOK, a.send("GET", "/readyz", "", nil).status)
	requireProblem(t, a.send("GET", "/metrics", "", nil), 401, "unauthorized")
	requireProblem(t, a.send("GET", "/openapi.json", "", nil), 401, "unauthorized")
	text := string(a.send("GET", "/metrics", testSecret, nil).body)
	require.Contains(t, text, `flowwatch_http_requests_total{method="GET",route="/healthz",status="2xx"} 1`)
	require.Contains(t, text, "flowwatch_ingest_events_total")
	require.Contains(t, text, "flowwatch_live_connections 0")

	public := newAppliance(t, func(o *Options) { o.MetricsPublic = true })
	require.Equal(t, http.StatusOK, public.send("GET", "/metrics", "", nil).status)
	require.Equal(t, http.StatusOK, public.send("GET", "/openapi.json", "", nil).status)
}

// A server that stops says so to who asks whether it is ready, and to who
// writes; what it has is still read.
func TestStoppingEngineIsNotReady(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e")))
	require.NoError(t, a.engine.Close())
	require.Equal(t, http.StatusServiceUnavailable, a.send("GET", "/readyz", "", nil).status)
	got := a.send("POST", ingestPath, testSecret, []byte(batch(event("execution.started", "f"))))
	requireProblem(t, got, http.StatusServiceUnavailable, "stopping")
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, a.send("GET", "/healthz", "", nil).status)
	require.Equal(t, "running", a.status("e").Status)
}

func TestMetaTellsVersionEnumsAndLimits(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	m := get[Meta](a, "/api/monitoring/meta", testSecret)
	require.Equal(t, "test", m.Version)
	require.Equal(t, []string{"pending", "running", "waiting", "completed", "failed", "cancelled"}, m.Enums["status"])
	require.Equal(t, []string{"HIGH", "NORMAL", "LOW"}, m.Enums["priority"])
	require.Len(t, m.Enums["eventType"], 14)
	require.Equal(t, 5000, m.Limits["eventsPerRequest"])
	require.NotEmpty(t, m.Epoch)
}

// A page that is open when the program is replaced learns that another one is there, as long as it is another one.
func TestTheHelloNamesTheBuildOfThePage(t *testing.T) {
	t.Parallel()
	built := func(script string) string {
		a := newAppliance(t, func(o *Options) {
			o.UI = fstest.MapFS{"index.html": {Data: []byte("<the page>")}, "assets/index.js": {Data: []byte(script)}}
		})
		build := func() string {
			var hello struct {
				Data struct {
					BuildID string `json:"buildId"`
				} `json:"data"`
			}
			require.NoError(t, json.Unmarshal([]byte(a.open(a.wsURL()).take("hello").text), &hello))
			return hello.Data.BuildID
		}
		first := build()
		require.NotEmpty(t, first)
		a.restart()
		require.Equal(t, first, build(), "a restart is no new page")
		return first
	}
	require.NotEqual(t, built("one"), built("two"))
}
