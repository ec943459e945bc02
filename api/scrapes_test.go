package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

const postgresMetrics = `# HELP pg_stat_activity_count connections
# TYPE pg_stat_activity_count gauge
pg_stat_activity_count{datname="biuro",state="active"} 7
pg_stat_activity_count{datname="biuro",state="idle"} 5
pg_stat_activity_count{datname="inna",state="active"} 2 1700000000000
process_resident_memory_bytes 1.048576e+08
strange NaN
`

const scrapesPath = "/api/admin/scrapes"

// scrapeSetting sets one address to be read, and what to make of it.
func scrapeSetting(address, metrics string) []byte {
	return fmt.Appendf(nil, `{"scrapes":[{"name":"postgres","url":%q,"intervalSeconds":10,"metrics":[%s]}]}`, address, metrics)
}

const connections = `{"metric":"pg_stat_activity_count","labels":{"state":"active"},"as":"db.active_connections"},
	{"metric":"process_resident_memory_bytes","as":"memory.used_mb","factor":9.5367431640625e-07}`

func (a *appliance) scraped(until func(s Scrape) bool) (last Scrape) {
	a.t.Helper()
	require.Eventually(a.t, func() bool {
		page := get[ScrapePage](a, scrapesPath, testSecret)
		if len(page.Items) == 0 {
			return false
		}
		last = page.Items[0]
		return until(last)
	}, answerLimit, 20*time.Millisecond, "%+v", &last)
	return last
}

// AC4.1c: what programs expose for Prometheus becomes samples by what the organisation sets; a failure is seen, with its reason.
func TestMetricsElsewhereBecomeSamples(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var asked atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept"))
		if broken.Load() {
			http.Error(w, "konserwacja", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, postgresMetrics)
	}))
	t.Cleanup(server.Close)
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	require.Empty(t, get[ScrapePage](a, scrapesPath, testSecret).Items)
	got := a.send("PATCH", "/api/admin/settings", testSecret, scrapeSetting(server.URL+"/metrics", connections))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	good := a.scraped(func(s Scrape) bool { return s.State == "ok" })
	require.Equal(t, 2, good.Samples)
	require.Nil(t, good.LastError)
	require.Contains(t, asked.Load(), "version=0.0.4")
	ofScrape := map[string]string{"source": "engine", "scrape": "postgres"}
	require.Equal(t, []float64{9}, a.line(testSecret, "db.active_connections", ofScrape))
	require.Equal(t, []float64{100}, a.line(testSecret, "memory.used_mb", ofScrape))

	// Other metrics are another address's business: a changed one is read anew, and tells what is missing.
	got = a.send("PATCH", "/api/admin/settings", testSecret, scrapeSetting(server.URL, connections+`,{"metric":"strange","as":"strange"}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	partly := a.scraped(func(s Scrape) bool { return s.State == "failed" && s.URL == server.URL })
	require.Contains(t, *partly.LastError, "strange")
	require.Equal(t, 2, partly.Samples, "what is there is taken")

	broken.Store(true)
	a.send("PATCH", "/api/admin/settings", testSecret, scrapeSetting(server.URL+"/other", connections))
	failed := a.scraped(func(s Scrape) bool { return s.State == "failed" && strings.HasSuffix(s.URL, "/other") })
	require.Contains(t, *failed.LastError, "HTTP 503: konserwacja")
	require.False(t, failed.LastSuccessAt.Present())

	require.Equal(t, http.StatusOK, a.send("PATCH", "/api/admin/settings", testSecret, []byte(`{"scrapes":null}`)).status)
	require.Empty(t, get[ScrapePage](a, scrapesPath, testSecret).Items)
	require.Contains(t, string(a.send("GET", "/api/audit", testSecret, nil).body), "postgres", "who set it is noted")
}

// Inner addresses are refused unless the administrator allowed them, when they are set and when they are dialled; another organisation sees nothing of it.
func TestScrapesReachNoInnerAddress(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for body, location := range map[string]string{
		string(scrapeSetting("http://127.0.0.1:5432/metrics", connections)):                                                "body.scrapes[0].url",
		string(scrapeSetting("http://intranet/metrics", connections)):                                                      "body.scrapes[0].url",
		string(scrapeSetting("ftp://example.com/metrics", connections)):                                                    "body.scrapes[0].url",
		string(scrapeSetting("http://anna:haslo@example.com/metrics", connections)):                                        "body.scrapes[0].url",
		string(scrapeSetting("http://example.com/metrics", ``)):                                                            "body.scrapes[0].metrics",
		string(scrapeSetting("http://example.com/metrics", `{"metric":"a b","as":"x"}`)):                                   "body.scrapes[0].metrics[0].metric",
		string(scrapeSetting("http://example.com/metrics", `{"metric":"a","as":"X"}`)):                                     "body.scrapes[0].metrics[0].as",
		string(scrapeSetting("http://example.com/metrics", `{"metric":"a","as":"execution.duration_ms"}`)):                 "body.scrapes[0].metrics[0].as",
		`{"scrapes":[{"name":"x y","url":"http://example.com","intervalSeconds":10,"metrics":[{"metric":"a","as":"b"}]}]}`: "body.scrapes[0].name",
		`{"scrapes":[{"name":"x","url":"http://example.com","intervalSeconds":9,"metrics":[{"metric":"a","as":"b"}]}]}`:    "body.scrapes[0].intervalSeconds",
	} {
		p := requireProblem(t, a.send("PATCH", "/api/admin/settings", testSecret, []byte(body)), http.StatusUnprocessableEntity, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location, body)
	}
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		fmt.Fprint(w, postgresMetrics)
	}))
	t.Cleanup(server.Close)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	require.Equal(t, http.StatusOK, a.send("PATCH", "/api/admin/settings", testSecret, scrapeSetting(server.URL, connections)).status)
	a.scraped(func(s Scrape) bool { return s.State == "ok" })
	a.allow = nil
	a.restart()
	before := reached.Load()
	refused := a.scraped(func(s Scrape) bool { return s.State == "failed" })
	require.Contains(t, *refused.LastError, "--webhook-allow")
	require.Equal(t, before, reached.Load())
	other := a.token("other", access.OrgAdmin)
	require.Empty(t, get[ScrapePage](a, scrapesPath, other).Items)
	require.Equal(t, http.StatusForbidden, a.send("GET", scrapesPath, a.token("", access.Viewer), nil).status)
}
