package api

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

func (a *appliance) health() engine.SystemHealth {
	a.t.Helper()
	return get[engine.SystemHealth](a, "/api/monitoring/system/health", testSecret)
}

// warning is the one of a source with the code; nil when there is none.
func warningOf(h engine.SystemHealth, code, source string) *engine.Warning {
	for i := range h.Warnings {
		if w := &h.Warnings[i]; w.Code == code && w.Source == source {
			return w
		}
	}
	return nil
}

// AC4.1a to AC4.1e: own process, host and queue are sampled every five seconds, each source apart.
func TestOwnResourcesAreSampled(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "q")))
	own := map[string]string{"source": "self"}
	require.Eventually(t, func() bool { return len(a.line(testSecret, "memory.used_mb", own)) >= 2 }, answerLimit, 50*time.Millisecond)
	for _, metric := range []string{"cpu.usage_percent", "memory.used_mb", "memory.usage_percent", "disk.used_percent"} {
		require.NotEmpty(t, a.line(testSecret, metric, own), metric)
	}
	require.NotEmpty(t, a.line(testSecret, "cpu.usage_percent", map[string]string{"source": "host"}))
	require.NotEmpty(t, a.line(testSecret, "db.active_connections", map[string]string{"source": "self", "database": "bbolt transactions"}))
	depths := a.line(testSecret, "queue.depth", own)
	require.InDelta(t, 1, depths[len(depths)-1], 0)
	require.Nil(t, a.line(testSecret, "cpu.usage_percent", ofEngine), "nobody said any: absent, not 0")
	for _, s := range get[SeriesAnswer](a, "/api/monitoring/system/metrics", testSecret).Series {
		if s.Metric == "memory.used_mb" && s.Labels["source"] == "self" {
			require.InDelta(t, 5000, s.Points[1][0]-s.Points[0][0], 1000)
		}
	}
}

// AC4.2a, B-50, B-102: more than 80 % warns within one refresh, without any rule; 80 does not. It is told in both languages.
func TestAnEnginesCPUWarnsWithoutARule(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.measure(testSecret, sample("cpu.usage_percent", 80), sample("memory.usage_percent", 85), sample("disk.used_percent", 85))
	for _, code := range []string{"cpu", "memory", "disk"} {
		require.Nil(t, warningOf(a.health(), code, "engine"))
	}
	a.measure(testSecret, sample("cpu.usage_percent", 81.5), sample("memory.usage_percent", 86), sample("disk.used_percent", 86))
	h := a.health()
	require.Equal(t, "yellow", h.Status)
	require.InDelta(t, 85, h.Thresholds.MemWarnPercent, 0)
	w := warningOf(h, "cpu", "engine")
	require.InDelta(t, 81.5, w.Value, 0)
	require.InDelta(t, 80, w.Threshold, 0)
	require.Contains(t, w.Message, "procesor silnika 81,5% (próg 80%)")
	require.Contains(t, h.Reasons, w.Message)
	require.NotNil(t, warningOf(h, "memory", "engine"))
	require.NotNil(t, warningOf(h, "disk", "engine"))
	english := decoded[engine.SystemHealth](t, a.send("GET", "/api/monitoring/system/health", testSecret, nil, "Accept-Language", "en"))
	require.Contains(t, warningOf(english, "cpu", "engine").Message, "processor of the engine 81.5% (threshold 80%)")
	require.Contains(t, english.Reasons, warningOf(english, "cpu", "engine").Message)
	a.measure(testSecret, sample("cpu.usage_percent", 76.25))
	calming := warningOf(a.health(), "cpu", "engine")
	require.NotNil(t, calming, "not low enough to be calm")
	require.Equal(t, "Niedawno przekroczono próg zasobów: procesor silnika, teraz 76,25% (próg 80%)", calming.Message)
	english = decoded[engine.SystemHealth](t, a.send("GET", "/api/monitoring/system/health", testSecret, nil, "Accept-Language", "en"))
	require.Equal(t, "A threshold was passed lately: processor of the engine, now 76.25% (threshold 80%)", warningOf(english, "cpu", "engine").Message)
	a.measure(testSecret, sample("cpu.usage_percent", 10))
	require.NotNil(t, warningOf(a.health(), "cpu", "engine"), "low, and not calm for a minute yet")
}

// AC5.2a, B-102: the queue's warning makes the system yellow too.
func TestALongQueueIsAReasonForYellow(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.NotNil(t, a.health().Warnings)
	var events []string
	for i := range 101 {
		events = append(events, event("execution.queued", fmt.Sprint("e-", i)))
	}
	a.post(testSecret, batch(events...))
	require.InDelta(t, 101, warningOf(a.health(), "queue_backlog", "").Value, 0)
	require.NotEqual(t, "green", a.health().Status)
}

// AC4.1e, B-50: metrics:update carries the values of all sources, and comes at once when a threshold is crossed.
func TestMetricsStreamCarriesResources(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f, _ := a.subscribed("metrics_stream")
	type metrics struct {
		Resources []engine.ResourceValue
		Warnings  []engine.Warning
		Status    string
		CPU       *float64 `json:"cpu.usage_percent"`
		Pending   *int     `json:"queue.pending"`
		Depth     *float64 `json:"queue.depth"`
	}
	next := func() (m metrics) {
		t.Helper()
		var whole struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(f.take("metrics:update").text), &whole))
		require.NoError(t, json.Unmarshal(whole.Data, &m))
		return m
	}
	m := next()
	for m.CPU == nil {
		m = next()
	}
	require.NotNil(t, m.Pending)
	require.NotNil(t, m.Depth)
	sources := map[string]bool{}
	for _, r := range m.Resources {
		sources[r.Source] = true
		require.True(t, r.At.Present())
	}
	require.Equal(t, map[string]bool{"self": true, "host": true}, sources)

	began := time.Now()
	a.measure(testSecret, sample("cpu.usage_percent", 95))
	warned := func() *engine.Warning {
		return warningOf(engine.SystemHealth{Warnings: next().Warnings}, "cpu", "engine")
	}
	for warned() == nil {
		require.Less(t, time.Since(began), 4*time.Second)
	}
}

// AC5.2a, B-50: metrics:update comes when the queue's warning comes, before its turn.
func TestMetricsStreamTellsOfALongQueueAtOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f, _ := a.subscribed("metrics_stream")
	f.take("metrics:update")
	for !strings.Contains(f.take("metrics:update").text, "cpu.usage_percent") { // the next in turn comes in five seconds
	}
	began := time.Now()
	var events []string
	for i := range 101 {
		events = append(events, event("execution.queued", fmt.Sprint("e-", i)))
	}
	a.post(testSecret, batch(events...))
	for !strings.Contains(f.take("metrics:update").text, "queue_backlog") {
	}
	require.Less(t, time.Since(began), 3*time.Second)
}

// AC4.1a, B-48: a watched process is the engine's; one that is gone is a reason, not a 0.
func TestAWatchedProcessIsTheEngines(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.watch = fmt.Sprint(os.Getpid())
	a.restart()
	labels := map[string]string{"source": "engine", "process": a.watch}
	require.Eventually(t, func() bool { return len(a.line(testSecret, "memory.used_mb", labels)) > 0 }, answerLimit, 20*time.Millisecond)
	require.Nil(t, warningOf(a.health(), "process_missing", "engine"))
	a.watch = "no-such-program"
	a.restart()
	require.Eventually(t, func() bool { return warningOf(a.health(), "process_missing", "engine") != nil }, answerLimit, 20*time.Millisecond)
	require.NotEqual(t, "green", a.health().Status)
}

// AC4.2c, B-87: workflows by what their running steps use; steps of a workflow side by side sum up.
func TestConsumersAreRankedByCPU(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	step := func(workflow, id, more string) string {
		return fmt.Sprintf(`"type":"step.started","executionId":"x-%s","workflowId":%q,"workflowName":"Nazwa %s","stepId":%q%s`, workflow, workflow, workflow, id, more)
	}
	empty := get[ConsumerPage](a, "/api/monitoring/system/consumers", testSecret)
	require.NotNil(t, empty.Items)
	require.Equal(t, "5m", empty.Window)
	a.post(testSecret, batch(step("light", "a", ""), step("heavy", "a", ""), step("heavy", "b", "")))
	byTime := get[ConsumerPage](a, "/api/monitoring/system/consumers?window=1h", testSecret)
	require.Equal(t, engine.BasisStepSeconds, byTime.Basis, "no engine said any CPU, and the answer says so")
	require.Equal(t, "heavy", byTime.Items[0].WorkflowID)
	require.Nil(t, byTime.Items[0].CPUPercent)
	require.InDelta(t, 66.67, *byTime.Items[0].SharePercent, 1)

	a.post(testSecret, batch(step("light", "a", `,"cpuUsagePercent":20`), step("heavy", "a", `,"cpuUsagePercent":40,"memoryUsageMb":100`),
		step("heavy", "b", `,"cpuUsagePercent":20,"memoryUsageMb":50`), step("unknown", "a", "")))
	got := get[ConsumerPage](a, "/api/monitoring/system/consumers?window=5m", testSecret)
	require.Equal(t, engine.BasisCPU, got.Basis)
	require.Len(t, got.Items, 3)
	heavy, light, unknown := got.Items[0], got.Items[1], got.Items[2]
	require.Equal(t, "Nazwa heavy", heavy.WorkflowName)
	require.InDelta(t, 60, *heavy.CPUPercent, 1)
	require.InDelta(t, 150, *heavy.MemoryMb, 2)
	require.InDelta(t, 75, *heavy.SharePercent, 1)
	require.InDelta(t, 20, *light.CPUPercent, 1)
	require.Nil(t, light.MemoryMb)
	require.InDelta(t, 25, *light.SharePercent, 1)
	require.Equal(t, "unknown", unknown.WorkflowID)
	require.Nil(t, unknown.CPUPercent)
	require.Nil(t, unknown.SharePercent)
	requireProblem(t, a.send("GET", "/api/monitoring/system/consumers?window=7d", testSecret, nil), 422, "invalid_field")
}

// DB7, AC5: the queue's history is a list like others, newest first; it has the warning when it came.
func TestQueueHistoryIsListed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.Equal(t, QueueSnapshotPage{Items: []engine.QueueSnapshot{}}, get[QueueSnapshotPage](a, "/api/monitoring/queue/history", testSecret))
	var events []string
	for i := range 101 {
		events = append(events, event("execution.queued", fmt.Sprint("q", i)))
	}
	a.post(testSecret, batch(events...))
	var page QueueSnapshotPage
	require.Eventually(t, func() bool {
		page = get[QueueSnapshotPage](a, "/api/monitoring/queue/history?limit=1", testSecret)
		return len(page.Items) == 1 && page.Items[0].Warning != nil
	}, answerLimit, 50*time.Millisecond)
	require.EqualValues(t, 101, page.Items[0].PendingCount)
	require.EqualValues(t, 101, page.Items[0].PendingByPriority["NORMAL"])
	require.WithinDuration(t, time.Now(), page.Items[0].RecordedAt.Time(), 10*time.Second)
	other := a.token("other", access.Viewer)
	require.Empty(t, get[QueueSnapshotPage](a, "/api/monitoring/queue/history", other).Items)
	requireProblem(t, a.send("GET", "/api/monitoring/queue/history?cursor=x", testSecret, nil), 422, "invalid_field")
}

// B-111, Z8: own gauges can be asked for as metrics, by those who have them; one series a source and tags.
func TestOwnGaugesAreMetrics(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.measure(testSecret, sample("ksef.waiting", 3, `,"tags":{"env":"test"}`), sample("ksef.waiting", 5, `,"tags":{"env":"prod"}`))
	path := "/api/monitoring/metrics?" + during(time.Now().Add(-time.Minute), time.Now().Add(time.Minute)) + "&metricTypes=ksef.waiting"
	series := get[SeriesAnswer](a, path, testSecret).Series
	require.Len(t, series, 2)
	for _, s := range series {
		require.Equal(t, "engine", s.Labels["source"])
		require.InDelta(t, map[string]float64{"test": 3, "prod": 5}[s.Labels["env"]], s.Points[0][1], 0)
	}
	require.Len(t, get[SeriesAnswer](a, path+"&aggregation=max&interval=1h", testSecret).Series, 2)
	require.Empty(t, get[SeriesAnswer](a, path+"&workflowId=w", testSecret).Series, "a gauge belongs to no workflow")
	requireProblem(t, a.send("GET", path, a.token("other", access.Viewer), nil), 422, "invalid_field")
}

// api.md 9a: the steps of a workflow by their share of the total.
func TestBottlenecksAreListed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	step := func(kind, id string, after time.Duration) string {
		return fmt.Sprintf(`"type":"step.%s","executionId":"x","workflowId":"w","stepId":%q,"stepName":"Krok","timestamp":%q`, kind, id, at.Add(after).UTC().Format(time.RFC3339Nano))
	}
	a.post(testSecret, batch(`"type":"execution.started","executionId":"x","workflowId":"w","timestamp":"`+at.UTC().Format(time.RFC3339Nano)+`"`,
		step("started", "a", 0), step("completed", "a", 3*time.Second), step("started", "b", 5*time.Second), step("failed", "b", 6*time.Second)))
	page := get[BottleneckPage](a, "/api/monitoring/workflows/w/bottlenecks", testSecret)
	require.EqualValues(t, 1, page.Runs)
	require.Equal(t, []engine.Bottleneck{
		{StepID: "a", Name: "Krok", Count: 1, AverageDuration: 3000, P95: 3000, ShareOfTotal: 75},
		{StepID: "b", Name: "Krok", Count: 1, AverageDuration: 1000, P95: 1000, WaitAverage: 2000, Failures: 1, ShareOfTotal: 25},
	}, page.Items)
	requireProblem(t, a.send("GET", "/api/monitoring/workflows/w/bottlenecks", a.token("other", access.Viewer), nil), 404, "not_found")
}

func TestTheRoomForTheDataIsToldToEverybody(t *testing.T) { // J12
	t.Parallel()
	a := newAppliance(t)
	for _, token := range []string{testSecret, a.token("", access.Viewer)} {
		got := get[engine.Storage](a, "/api/monitoring/system/storage", token)
		require.Positive(t, got.TotalBytes)
		require.NotNil(t, got.UsedPercent)
		require.Positive(t, got.DatabaseBytes)
		require.Nil(t, got.BytesPerDay, "nothing is known of less than a day")
		require.Nil(t, got.DaysUntilFull)
		require.InDelta(t, 85, got.WarnPercent, 0)
		require.InDelta(t, 95, got.CriticalPercent, 0)
	}
	requireProblem(t, a.send("GET", "/api/monitoring/system/storage", a.token("", access.Integration), nil), 403, "forbidden")
}
