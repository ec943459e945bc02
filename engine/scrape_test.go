package engine

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/setting"
)

// A counter is worth its growth a second, from the second look on; one that begins anew is looked at twice again.
func TestRatesAreMadeOfTwoLooks(t *testing.T) {
	t.Parallel()
	percent := 100.0
	one := &setting.Scrape{Name: "n8n", Metrics: []setting.ScrapeMetric{
		{Metric: "process_cpu_seconds_total", As: "cpu.usage_percent", Factor: &percent, Rate: true}, {Metric: "up", As: "up"},
	}}
	at := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	var before map[string]counterValue
	look := func(after time.Duration, text string) (values map[string]float64) {
		sums, err := sumsOf([]byte(text), one.Metrics)
		require.NoError(t, err)
		var samples []Sample
		samples, before, _ = samplesOf(one, sums, at.Add(after), before)
		values = map[string]float64{}
		for _, s := range samples {
			values[s.Metric] = s.Value
		}
		return values
	}
	require.Equal(t, map[string]float64{"up": 1}, look(0, "process_cpu_seconds_total 10\nup 1\n"))
	require.Equal(t, map[string]float64{"up": 1, "cpu.usage_percent": 50}, look(10*time.Second, "process_cpu_seconds_total 15\nup 1\n"))
	require.Equal(t, map[string]float64{"up": 0}, look(20*time.Second, "process_cpu_seconds_total 0.5\nup 0\n"))
	require.Equal(t, map[string]float64{"cpu.usage_percent": 25}, look(30*time.Second, "process_cpu_seconds_total 3\n"))
	_, err := sumsOf([]byte("<html>"), one.Metrics)
	require.ErrorContains(t, err, "no metrics of Prometheus")
}

// An address that cannot be read three times in a row is a warning of health, until it can.
func TestAddressesThatCannotBeReadAreCounted(t *testing.T) {
	t.Parallel()
	b := start(t)
	one := setting.Scrape{Name: "n8n", URL: "http://127.0.0.1:1/metrics", IntervalSeconds: 10, Metrics: []setting.ScrapeMetric{{Metric: "up", As: "up"}}}
	s, job := newScraper(b.engine), &scrapeJob{} // one that does not run by itself
	s.jobs[scrapeKey{b.tenant.id, one.Name}] = job
	for range scrapeFailures {
		require.Zero(t, s.failing(b.tenant))
		s.scrape(t.Context(), b.tenant, one, job) // the address is inside, and nobody allowed it
	}
	require.Equal(t, 1, s.failing(b.tenant))
	require.Contains(t, job.LastError, "--webhook-allow")
	w := newWarning(warnScrape, "", float64(s.failing(b.tenant)), 1)
	require.Equal(t, "Nie udaje się odczytać metryk (adresy: 1)", w.Message)
	require.Equal(t, "Metrics cannot be read (addresses: 1)", w.English())
}

// Addresses of one organisation that do not answer leave a place for those of others.
func TestHangingAddressesLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	b := start(t)
	allow, err := channel.ParseAllow([]string{"127.0.0.1"})
	require.NoError(t, err)
	s := newScraper(b.engine)
	s.getter = channel.NewGetter(allow)
	asked := make(chan struct{}, 2*scrapesAtOnce)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hangs" {
			asked <- struct{}{}
			<-r.Context().Done()
		}
		fmt.Fprintln(w, "up 1")
	}))
	t.Cleanup(server.Close)
	of := func(path string) setting.Scrape {
		return setting.Scrape{Name: "a", URL: server.URL + path, IntervalSeconds: 10, Metrics: []setting.ScrapeMetric{{Metric: "up", As: "up"}}}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var hanging sync.WaitGroup
	for range 2 * scrapesAtOnce {
		hanging.Go(func() { s.scrape(ctx, b.tenant, of("/hangs"), new(scrapeJob)) })
	}
	for range scrapesOfOffice {
		<-asked
	}
	other, err := b.engine.Access().CreateOrganization(audit.System(), "Other")
	require.NoError(t, err)
	tenant, err := b.engine.Tenant(other.ID)
	require.NoError(t, err)
	job := new(scrapeJob)
	s.scrape(ctx, tenant, of("/answers"), job)
	require.Empty(t, job.LastError)
	require.Equal(t, 1, job.Samples)
	require.Empty(t, asked, "no more of one organisation at once")
	cancel()
	hanging.Wait()
	require.Empty(t, s.slots)
	require.Empty(t, b.tenant.scrapeSlots)
}
