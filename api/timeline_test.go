package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
)

// at is the time of an event, some ms after a morning in the past.
func at(ms int) string {
	morning := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return `,"timestamp":"` + morning.Add(time.Duration(ms)*time.Millisecond).Format(time.RFC3339Nano) + `"`
}

// worked is a step that ran from one time to another.
func worked(id, stepID string, from, to int, more ...string) []string {
	said := `,"stepId":"` + stepID + `"` + strings.Join(more, "")
	return []string{event("step.started", id, said, at(from)), event("step.completed", id, said, at(to))}
}

func (a *appliance) timeline(id string) Timeline {
	a.t.Helper()
	return get[Timeline](a, "/api/monitoring/executions/"+id+"/timeline", testSecret)
}

func (l *Timeline) row(t *testing.T, stepID string) TimelineRow {
	t.Helper()
	i := slices.IndexFunc(l.Rows, func(r TimelineRow) bool { return r.StepID == stepID })
	require.GreaterOrEqual(t, i, 0, stepID)
	return l.Rows[i]
}

// payment is a run of payment-processing: eight steps, two of them parallel, that take stretch times as long.
func payment(id string, stretch int) []string {
	all := []string{event("execution.queued", id, at(-1000), `,"steps":[`+
		`{"stepId":"s1","name":"Odbiór"},{"stepId":"s2","name":"Walidacja","dependsOn":["s1"]},`+
		`{"stepId":"s3","name":"Limit","dependsOn":["s2"]},{"stepId":"s4","name":"Lista VAT","dependsOn":["s2"]},`+
		`{"stepId":"s5","name":"Akceptacja","dependsOn":["s3","s4"]},{"stepId":"s6","name":"Przelew","dependsOn":["s5"]},`+
		`{"stepId":"s7","name":"Księgowanie","dependsOn":["s6"]},{"stepId":"s8","name":"Powiadomienie","dependsOn":["s7"]}]`)}
	all = append(all, event("execution.started", id, at(0)))
	for i, span := range [][2]int{{100, 300}, {300, 500}, {600, 900}, {500, 1500}, {1600, 2600}, {2600, 4600}, {4700, 4800}, {4800, 4900}} {
		all = append(all, worked(id, fmt.Sprint("s", i+1), span[0]*stretch, span[1]*stretch)...)
	}
	return append(all, event("execution.completed", id, at(5000*stretch)))
}

// AC3.1a–c, AC3.2a, AC3.2b, B-86: under the names of the contract.
func TestTimelineOfAPayment(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(payment("e", 1)...))
	got := a.send("GET", "/api/monitoring/executions/e/timeline", testSecret, nil)
	require.Equal(t, http.StatusOK, got.status)
	var raw map[string]any
	require.NoError(t, json.Unmarshal(got.body, &raw))
	for _, name := range strings.Fields("executionId startedAt completedAt totalDuration activeDuration criticalPath rows totalWaitMs slowestSteps") {
		require.Contains(t, raw, name)
	}
	for _, name := range strings.Fields("stepId name row status startOffsetMs duration waitBeforeMs attempt shareOfTotal average") {
		require.Contains(t, raw["rows"].([]any)[0], name)
	}

	l := decoded[Timeline](t, got)
	require.Len(t, l.Rows, 8)
	require.EqualValues(t, 5000, *l.TotalDuration)
	require.EqualValues(t, 4900, l.StepsDuration, "the sum is another number")
	require.EqualValues(t, 1000, *l.QueueDuration)
	require.NotEqual(t, l.row(t, "s3").Row, l.row(t, "s4").Row, "parallel")
	require.Equal(t, l.row(t, "s1").Row, l.row(t, "s2").Row)
	require.Equal(t, []string{"s1", "s2", "s4", "s5", "s6", "s7", "s8"}, l.CriticalPath)
	require.Equal(t, []string{"s6", "s4", "s5", "s3", "s1", "s2", "s7", "s8"}, l.SlowestSteps)
	waits := int64(0)
	for _, r := range l.Rows {
		waits += *r.WaitBeforeMs
	}
	require.EqualValues(t, 100+100+100+100, waits)
	require.Equal(t, waits, l.TotalWaitMs)
	require.InDelta(t, 40, *l.row(t, "s6").ShareOfTotal, 0)
	require.EqualValues(t, 2600, *l.row(t, "s6").StartOffsetMs)
	require.Nil(t, l.row(t, "s6").Average, "there is no other run")
}

// AC3.2c: the mean, the exact percentiles of B-01, how many runs, and the deviation, with at most two decimals.
func TestTimelineComparesWithEarlierRuns(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for i := 1; i <= 10; i++ {
		id := fmt.Sprint("past-", i)
		a.post(testSecret, batch(slices.Concat([]string{event("execution.started", id, at(0))}, worked(id, "a", 0, 100*i),
			[]string{event("execution.completed", id, at(100*i))})...))
	}
	a.post(testSecret, batch(slices.Concat([]string{event("execution.started", "e", at(0))}, worked("e", "a", 0, 700), worked("e", "b", 700, 800),
		[]string{event("execution.completed", "e", at(800))})...))
	l := a.timeline("e")
	require.Equal(t, 10, l.SampleSize)
	average := l.row(t, "a").Average
	deviation := 27.27
	require.Equal(t, &StepAverage{DurationMs: 550, P50: 500, P95: 950, SampleSize: 10, DeviationPercent: &deviation}, average)
	require.Nil(t, l.row(t, "b").Average)

	require.Nil(t, a.status("e").AverageDuration, "it has ended")
	a.post(testSecret, batch(event("execution.started", "running", `,"timestamp":"`+ago(100*time.Millisecond)+`"`),
		`"type":"execution.started","executionId":"other","workflowId":"other"`))
	require.InDelta(t, 572.73, *a.status("running").AverageDuration, 0)
	require.LessOrEqual(t, *a.status("running").ETAMs, int64(472), "572 on average with e itself")
	require.Nil(t, a.status("other").AverageDuration)
	require.Nil(t, a.status("other").ETAMs)
}

// What runs grows, what waits is not active, what has not begun has no times.
func TestTimelineOfWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	a, ago := newAppliance(t), before(time.Now())
	since := func(d time.Duration) string { return `,"timestamp":"` + ago(d) + `"` }
	a.post(testSecret, batch(
		event("execution.queued", "pending", since(time.Minute), plan(2)),
		event("execution.started", "running", since(time.Minute), plan(3)),
		event("step.started", "running", `,"stepId":"s-0"`, since(50*time.Second)),
		event("execution.started", "waiting", since(time.Minute)), event("execution.waiting", "waiting", since(40*time.Second)),
	))
	l := a.timeline("pending")
	require.Nil(t, l.TotalDuration)
	require.Nil(t, l.ActiveDuration)
	require.Nil(t, l.QueueDuration)
	require.False(t, l.StartedAt.Present())
	require.Len(t, l.Rows, 2)
	require.Equal(t, TimelineRow{StepID: "s-0", Name: "Krok 0", Status: "pending", Attempts: []TimelineAttempt{}}, l.Rows[0])
	require.Empty(t, l.CriticalPath)
	require.NotNil(t, l.SlowestSteps)

	l = a.timeline("running")
	require.False(t, l.CompletedAt.Present())
	require.InDelta(t, 60_000, *l.TotalDuration, 5_000)
	require.InDelta(t, 50_000, *l.row(t, "s-0").Duration, 5_000)
	require.InDelta(t, 10_000, *l.row(t, "s-0").WaitBeforeMs, 0)
	require.Equal(t, 1, l.row(t, "s-2").Row)
	grown := *l.row(t, "s-0").Duration
	require.Eventually(t, func() bool { l := a.timeline("running"); return *l.row(t, "s-0").Duration > grown }, answerLimit, time.Millisecond)

	l = a.timeline("waiting")
	require.InDelta(t, 60_000, *l.TotalDuration, 5_000)
	require.EqualValues(t, 20_000, *l.ActiveDuration)
	require.Empty(t, l.Rows)
}

func TestTimelineOfEveryEnd(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for end, status := range map[string]string{"failed": "failed", "cancelled": "skipped", "completed": "completed"} {
		a.post(testSecret, batch(slices.Concat([]string{
			event("execution.started", end, at(0), plan(4)), event("step.skipped", end, `,"stepId":"s-1"`, at(120)),
			event("step.started", end, `,"stepId":"s-2"`, at(150)), event("execution."+end, end, at(400)),
		}, worked(end, "s-0", 0, 100))...))
		l := a.timeline(end)
		require.Equal(t, end, l.Status)
		require.EqualValues(t, 400, *l.TotalDuration)
		open := l.row(t, "s-2")
		require.True(t, open.Interrupted)
		require.Equal(t, status, open.Status)
		require.EqualValues(t, 250, *open.Duration)
		skipped := l.row(t, "s-1")
		require.Equal(t, "skipped", skipped.Status)
		require.Nil(t, skipped.Duration)
		require.EqualValues(t, 120, *skipped.StartOffsetMs)
		require.Nil(t, l.row(t, "s-3").StartOffsetMs)
	}
}

func TestTimelineShowsRetriesAsSegments(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const ofStep = `,"stepId":"s"`
	a.post(testSecret, batch(
		event("execution.started", "e", at(0)), event("step.started", "e", ofStep, at(0)), event("step.failed", "e", ofStep, at(100)),
		event("step.retrying", "e", ofStep, at(150)), event("step.started", "e", ofStep, at(200)), event("step.completed", "e", ofStep, at(500)),
		event("execution.completed", "e", at(500))))
	l := a.timeline("e")
	require.Len(t, l.Rows, 1)
	require.Equal(t, []TimelineAttempt{{1, "failed", 0, 100}, {2, "completed", 200, 300}}, l.Rows[0].Attempts)
	require.EqualValues(t, 500, *l.Rows[0].Duration)
	require.Equal(t, 2, l.Rows[0].Attempt)
	require.Equal(t, []string{"s"}, l.CriticalPath)
}

func TestTimelineOfTwentyThousandSteps(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const steps = 20_000
	a.post(testSecret, batch(event("execution.started", "e", at(0), plan(steps))))
	for from := 0; from < steps; from += 2_000 {
		var events []string
		for i := from; i < from+2_000; i++ {
			events = append(events, worked("e", fmt.Sprint("s-", i), i/4*10, i/4*10+9)...)
		}
		a.post(testSecret, batch(events...))
	}
	a.post(testSecret, batch(event("execution.completed", "e", at(steps/4*10))))
	l := a.timeline("e")
	require.Len(t, l.Rows, steps)
	require.Len(t, l.CriticalPath, steps/4)
	for i := range l.Rows {
		require.Less(t, l.Rows[i].Row, 4)
	}
}

// The rows are written by hand: byte for byte as encoding/json writes the declared shape.
func TestTimelinesAreWrittenAsTheyAreDeclared(t *testing.T) {
	t.Parallel()
	percent, tiny := -12.345, 0.001
	names := []string{"s", "Zażółć", "<&>", "\"\\", "a\tb", "\x7f", "\u2028", "🧾"}
	l := timeline.Timeline{ExecutionID: "e", TotalMs: 5, ActiveMs: execution.Unknown, QueuedMs: execution.Unknown}
	for i, name := range names {
		l.Rows = append(l.Rows, timeline.Row{
			StepID: "s", Name: name, Row: i, Status: execution.Broken, Begun: i%2 == 0, StartOffsetMs: -1, DurationMs: int64(i - 1), WaitBeforeMs: 7,
			Attempt: 2, Interrupted: i == 3, ShareOfTotal: float64(i-1) * 1.005,
		})
	}
	l.Rows[1].Average = &timeline.Average{DurationMs: 66_614_400_000.126, P50: 0.1, P95: 1e12, SampleSize: 30, DeviationPercent: &percent}
	l.Rows[2].Average = &timeline.Average{DeviationPercent: &tiny}
	l.Rows[3].Average = &timeline.Average{}
	l.Rows[4].Segments = []timeline.Segment{{Attempt: 1, Status: execution.Broken, StartOffsetMs: 3, DurationMs: 4}, {Attempt: 2, Status: execution.Done}}
	body, err := timelineJSON(&l)
	require.NoError(t, err)
	var declared Timeline
	require.NoError(t, json.Unmarshal(body, &declared))
	require.Len(t, declared.Rows, len(names))
	again, err := json.Marshal(declared)
	require.NoError(t, err)
	require.Equal(t, string(again), string(body))
	l.Rows = nil
	body, err = timelineJSON(&l)
	require.NoError(t, err)
	require.Contains(t, string(body), `"rows":[]}`)
}

// B-19, AC3: no right or no such execution, no timeline.
func TestTimelinesNeedTheRightToRead(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(payment("e", 1)...))
	integration, viewer := a.token("", access.Integration), a.token("", access.Viewer)
	for _, path := range []string{"/timeline", "/explain"} {
		path = "/api/monitoring/executions/e" + path
		require.Equal(t, http.StatusOK, a.send("GET", path, viewer, nil).status)
		requireProblem(t, a.send("GET", path, integration, nil), http.StatusForbidden, "forbidden")
		requireProblem(t, a.send("GET", path, "", nil), http.StatusUnauthorized, "unauthorized")
		requireProblem(t, a.send("GET", strings.Replace(path, "/e/", "/b%20d/", 1), viewer, nil), http.StatusNotFound, "not_found")
		requireProblem(t, a.send("POST", path, viewer, nil), http.StatusMethodNotAllowed, "method_not_allowed")
	}
}

// Why it was slow, with numbers and in the reader's language; of a failure only what may be seen.
func TestExplanationsSpeakTheReadersLanguage(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for i := range 10 {
		a.post(testSecret, batch(payment(fmt.Sprint("past-", i), 1)...))
	}
	a.post(testSecret, batch(payment("slow", 20)...))
	const path = "/api/monitoring/executions/slow/explain"
	polish := a.send("GET", path, testSecret, nil)
	require.Equal(t, "pl", polish.header.Get("Content-Language"))
	x := decoded[Explanation](t, polish)
	require.Equal(t, "Wykonanie trwało 1 min 40 s, dłużej niż zwykle: typowo 5 s, w 90% przypadków do 5 s (z 10 wykonań).", x.Summary)
	require.Contains(t, x.Sentences, "Krok „Przelew” trwał 40 s, o 38 s dłużej niż typowo (typowo 2 s, w 90% przypadków do 2 s, z 10 wykonań).")
	step := "s6"
	require.Contains(t, x.Facts, ExplanationFact{Name: "stepDuration", Value: 40_000, Unit: "ms", StepID: &step})
	english := a.send("GET", path, testSecret, nil, "Accept-Language", "en-GB,en;q=0.9")
	require.Equal(t, "en", english.header.Get("Content-Language"))
	require.Contains(t, decoded[Explanation](t, english).Summary, "The execution took 1 min 40 s, longer than usual")

	a.post(testSecret, batch(
		`"type":"step.failed","executionId":"bad","workflowId":"other","stepId":"s","stepName":"VAT","error":"Zły PESEL 44051401359\nat x"`,
		`"type":"execution.failed","executionId":"bad","workflowId":"other"`))
	x = get[Explanation](a, "/api/monitoring/executions/bad/explain", testSecret)
	told := strings.Join(x.Sentences, "\n")
	require.Contains(t, told, "Nie powiódł się krok „VAT”.")
	require.Contains(t, told, "Silnik podał powód: Zły PESEL")
	require.NotContains(t, told, "44051401359")
	require.NotContains(t, told, "at x")
	require.Contains(t, told, "Za mało danych")
}
