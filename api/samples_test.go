package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

const samplesPath = "/api/ingest/samples"

// sample is one of a metric; more are further members.
func sample(metric string, value any, more ...string) string {
	return fmt.Sprintf(`"metric":%q,"value":%v%s`, metric, value, strings.Join(more, ""))
}

// measure sends samples and requires that all are taken.
func (a *appliance) measure(token string, samples ...string) {
	a.t.Helper()
	got := a.send("POST", samplesPath, token, []byte(batch(samples...)))
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(a.t, SampleReceipt{Accepted: len(samples), Rejected: []engine.Rejection{}}, decoded[SampleReceipt](a.t, got))
}

// line is the values of a series, oldest first; nil when there is none.
func (a *appliance) line(token, metric string, labels map[string]string, query ...string) (values []float64) {
	a.t.Helper()
	for _, s := range get[SeriesAnswer](a, "/api/monitoring/system/metrics"+strings.Join(query, ""), token).Series {
		if s.Metric == metric && fmt.Sprint(s.Labels) == fmt.Sprint(labels) {
			for _, p := range s.Points {
				values = append(values, p[1])
			}
		}
	}
	return values
}

var ofEngine = map[string]string{"source": "engine"}

// AC4.1, B-48, S28: what engines measure is a series of their own, in the range asked for and nothing outside it.
func TestSamplesOfEnginesAreSeries(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := func(d time.Duration) string { return `,"timestamp":"` + ago(d) + `"` }
	a.measure(testSecret,
		sample("cpu.usage_percent", 42.5, at(10*time.Minute)), sample("cpu.usage_percent", 40, at(20*time.Minute)), sample("cpu.usage_percent", 41, at(time.Minute)),
		sample("db.active_connections", 7), sample("n8n.memory_leak.bytes", -1.5e9, `,"tags":{"worker":"w-1","source":"engine"}`))
	require.Equal(t, []float64{40, 42.5, 41}, a.line(testSecret, "cpu.usage_percent", ofEngine))
	require.Equal(t, []float64{42.5}, a.line(testSecret, "cpu.usage_percent", ofEngine, "?startTime="+ago(15*time.Minute)+"&endTime="+ago(5*time.Minute)))
	require.Equal(t, []float64{7}, a.line(testSecret, "db.active_connections", ofEngine))
	require.Equal(t, []float64{-1.5e9}, a.line(testSecret, "n8n.memory_leak.bytes", map[string]string{"source": "engine", "worker": "w-1"}))
	// One sample alone, lines, and a clock that is far ahead: received time.
	require.Equal(t, http.StatusOK, a.send("POST", samplesPath, testSecret, []byte(`{`+sample("one", 1, `,"timestamp":"2099-01-01T00:00:00Z"`)+`}`)).status)
	require.Equal(t, []float64{1}, a.line(testSecret, "one", ofEngine))
	lines := a.send("POST", samplesPath, testSecret, []byte("{"+sample("l", 1)+"}\n\n{broken\n{"+sample("l", 2)+"}"), "Content-Type", "application/x-ndjson")
	require.Equal(t, http.StatusOK, lines.status)
	require.Equal(t, 1, decoded[SampleReceipt](t, lines).Rejected[0].Index)

	requireProblem(t, a.send("GET", "/api/monitoring/system/metrics?startTime="+ago(0)+"&endTime="+ago(time.Hour), testSecret, nil), 422, "invalid_field")
}

// A bad sample never rejects its neighbours; when all are bad, and for what is no list of samples, the request is refused.
func TestBadSamplesAreRejectedAlone(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	bad := []struct{ text, code string }{
		{sample("Upper", 1), "invalid_field"}, {sample("", 1), "invalid_field"}, {sample("1st", 1), "invalid_field"},
		{sample("a"+strings.Repeat("b", 100), 1), "invalid_field"}, {sample("a", "1e999"), "invalid_field"}, {sample("a", `"NaN"`), "invalid_field"},
		{sample("cpu.usage_percent", -1), "invalid_field"}, {`"metric":"a"`, "missing_field"}, {sample("a", "null"), "missing_field"},
		{sample("a", 1, `,"timestamp":"yesterday"`), "invalid_timestamp"}, {sample("a", 1, `,"timestamp":"1969-12-31T23:59:59Z"`), "invalid_timestamp"},
		{sample("a", 1, `,"tags":["x"]`), "invalid_field"}, {sample("a", 1, `,"tags":{"k":1}`), "invalid_field"}, {sample("a", 1, `,"tags":{"ż":"x"}`), "invalid_field"},
		{sample("a", 1, `,"tags":{"k":"`+strings.Repeat("x", 65)+`"}`), "invalid_field"}, {sample("a", 1, `,"tags":{"source":"self"}`), "invalid_field"},
		{sample("a", 1, `,"tags":{"k":"a\u001fb"}`), "invalid_field"},
	}
	texts := []string{sample("good", 1)}
	for _, b := range bad {
		texts = append(texts, b.text)
	}
	receipt := decoded[SampleReceipt](t, a.send("POST", samplesPath, testSecret, []byte(batch(texts...))))
	require.Equal(t, 1, receipt.Accepted)
	require.Len(t, receipt.Rejected, len(bad))
	for i, r := range receipt.Rejected {
		require.Equal(t, i+1, r.Index)
		require.Equal(t, bad[i].code, r.Code, bad[i].text)
	}
	p := requireProblem(t, a.send("POST", samplesPath, testSecret, []byte(batch(texts[1:]...))), 422, "all_rejected")
	require.Zero(t, *p.Accepted)
	require.Len(t, *p.Rejected, len(bad))
	require.Equal(t, []string{"malformed"}, codesOf(t, a.send("POST", samplesPath, testSecret, []byte(`[3]`))))

	for body, want := range map[string]int{
		"": 422, "[]": 422, "{": 400, "[{}": 400, "[{}]x": 400, "\xff": 400, `[{"metric":"a","value":NaN}]`: 400,
		batch(slicesOf(1001, sample("a", 1))...): 413,
	} {
		require.Equal(t, want, a.send("POST", samplesPath, testSecret, []byte(body)).status, "%.40s", body)
	}
	require.Equal(t, http.StatusUnsupportedMediaType, a.send("POST", samplesPath, testSecret, []byte("x"), "Content-Type", "text/csv").status)
	a.measure(testSecret, slicesOf(1000, sample("a", 1))...)
	require.Equal(t, http.StatusForbidden, a.send("POST", samplesPath, a.token("", access.OrgAdmin), []byte("{")).status)
	require.Equal(t, http.StatusForbidden, a.send("GET", "/api/monitoring/system/metrics", a.token("", access.Integration), nil).status)
}

func slicesOf(n int, text string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = text
	}
	return all
}

func codesOf(t *testing.T, got answer) (codes []string) {
	t.Helper()
	for _, r := range *decoded[Problem](t, got).Rejected {
		codes = append(codes, r.Code)
	}
	return codes
}

// A series too many is a clear 422, the known ones go on.
func TestSeriesHaveALimit(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	texts := make([]string, 600)
	for i := range texts {
		texts[i] = sample("m", i, fmt.Sprintf(`,"tags":{"k":"%d"}`, i))
	}
	receipt := decoded[SampleReceipt](t, a.send("POST", samplesPath, testSecret, []byte(batch(texts...))))
	require.Equal(t, 500, receipt.Accepted)
	require.Len(t, receipt.Rejected, 100)
	require.Equal(t, []string{"too_many_series"}, codesOf(t, a.send("POST", samplesPath, testSecret, []byte(batch(texts[599])))))
	a.measure(testSecret, texts[:500]...)
	// Other organisations have room of their own.
	a.measure(a.token("other", access.Integration), texts[:10]...)
}

// AC4.1, B-48: what was accepted is there after a restart; it is nobody else's (RLS5), and personal data is in no label (B-101).
func TestSamplesAreDurableApartAndWithoutPersonalData(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	theirs := a.token("theirs", access.Integration, access.Viewer)
	a.measure(theirs, sample("their.gauge", 1), sample("cpu.usage_percent", 99))
	a.measure(testSecret, sample("queue.depth", 3), sample("queue.depth", 5), sample("g", 1, `,"tags":{"who":"44051401359"}`))
	a.restart()
	require.Equal(t, []float64{5}, a.line(testSecret, "queue.depth", ofEngine), "the latest; history follows with tsdb")
	body := string(a.send("GET", "/api/monitoring/system/metrics", testSecret, nil).body)
	require.NotContains(t, body, "44051401359")
	require.NotContains(t, body, "their.gauge")
	require.Equal(t, []float64{1}, a.line(theirs, "their.gauge", ofEngine))
	require.NotContains(t, string(a.send("GET", "/api/monitoring/system/health", testSecret, nil).body), "99")
	require.Contains(t, string(a.send("GET", "/api/monitoring/system/health", theirs, nil).body), "99")
}
