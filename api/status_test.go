package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// status reads an execution.
func (a *appliance) status(id string) ExecutionStatus {
	a.t.Helper()
	return get[ExecutionStatus](a, "/api/monitoring/executions/"+id, testSecret)
}

// plan is the declaration of n steps, s-0 and so on.
func plan(n int) string {
	var steps []string
	for i := range n {
		steps = append(steps, fmt.Sprintf(`{"stepId":"s-%d","name":"Krok %d"}`, i, i))
	}
	return `,"steps":[` + strings.Join(steps, ",") + `]`
}

// stepEvents is one event of a kind for each of the steps.
func stepEvents(kind, executionID string, from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, event(kind, executionID, fmt.Sprintf(`,"stepId":"s-%d"`, i)))
	}
	return all
}

// T1, AC1.1b, AC1.1c: ten steps, five done, the sixth runs.
func TestHalfOfTheStepsDoneIsFiftyPercent(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e", plan(10))))
	a.post(testSecret, batch(append(stepEvents("step.completed", "e", 0, 5), event("step.started", "e", `,"stepId":"s-5"`))...))
	x := a.status("e")
	require.Equal(t, "running", x.Status)
	require.Equal(t, 50, x.Progress)
	require.Equal(t, "Krok 5", *x.CurrentStep)
	require.Len(t, x.Steps, 10)
	require.Equal(t, 5, x.StepsDone)
	require.Equal(t, 10, x.StepsTotal)
}

// T2, S11: the duration of what runs is the time since its start.
func TestDurationOfARunningExecutionGrows(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e", `,"timestamp":"`+ago(30*time.Second)+`"`)))
	d := *a.status("e").Duration
	require.GreaterOrEqual(t, d, int64(30_000))
	require.Less(t, d, int64(35_000))
	require.Eventually(t, func() bool { return *a.status("e").Duration > d }, answerLimit, time.Millisecond)
}

// S9, B-31: declared steps count, each once; skipped is done, failed is not.
func TestProgressCountsDeclaredStepsOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for name, c := range map[string]struct {
		declared int
		events   func(id string) []string
		progress int
	}{
		"nothing declared":           {0, func(string) []string { return nil }, 0},
		"one of three":               {3, func(id string) []string { return stepEvents("step.completed", id, 0, 1) }, 33},
		"two of three":               {3, func(id string) []string { return stepEvents("step.completed", id, 0, 2) }, 67},
		"a skipped one":              {2, func(id string) []string { return stepEvents("step.skipped", id, 0, 1) }, 50},
		"a failed one":               {2, func(id string) []string { return stepEvents("step.failed", id, 0, 1) }, 0},
		"all, but it still runs":     {2, func(id string) []string { return stepEvents("step.completed", id, 0, 2) }, 99},
		"completed with a step less": {2, func(id string) []string { return []string{event("execution.completed", id)} }, 100},
		"completed without steps":    {0, func(id string) []string { return []string{event("execution.completed", id)} }, 100},
		"a step twice": {4, func(id string) []string {
			return append(stepEvents("step.completed", id, 0, 1), event("step.completed", id, `,"stepId":"s-0","attempt":2`))
		}, 25},
		"failed half way": {2, func(id string) []string {
			return append(stepEvents("step.completed", id, 0, 1), event("execution.failed", id))
		}, 50},
		"a step outside the plan": {2, func(id string) []string {
			return append(stepEvents("step.completed", id, 0, 1), event("step.completed", id, `,"stepId":"extra"`))
		}, 50},
	} {
		id := strings.NewReplacer(" ", "-", ",", "").Replace(name)
		a.post(testSecret, batch(append([]string{event("execution.started", id, plan(c.declared))}, c.events(id)...)...))
		require.Equal(t, c.progress, a.status(id).Progress, name)
	}
}

// B-78: what the engine reports counts only where nothing can be computed.
func TestComputedProgressWinsOverTheReportedOne(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		event("execution.started", "steps", plan(4)), event("step.completed", "steps", `,"stepId":"s-0"`), event("execution.progress", "steps", `,"progress":80`),
		event("execution.started", "none"), event("execution.progress", "none", `,"progress":100`)))
	x := a.status("steps")
	require.Equal(t, 25, x.Progress)
	require.Equal(t, 80, *x.ReportedProgress)
	require.Equal(t, 99, a.status("none").Progress)
}

// B-32, B-33: steps stand in declared order, and all that run are named.
func TestParallelStepsAreAllCurrentInDeclaredOrder(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		event("execution.started", "e", plan(4)), event("step.started", "e", `,"stepId":"s-2"`), event("step.started", "e", `,"stepId":"s-1"`),
		event("step.started", "e", `,"stepId":"own","stepName":"Własny"`)))
	x := a.status("e")
	require.Equal(t, "Krok 1", *x.CurrentStep)
	require.Equal(t, []string{"Krok 1", "Krok 2", "Własny"}, x.CurrentSteps)
	var ids []string
	for _, step := range x.Steps {
		ids = append(ids, step.StepID)
	}
	require.Equal(t, []string{"s-0", "s-1", "s-2", "s-3", "own"}, ids)
	require.False(t, x.Steps[4].Declared)
	require.Nil(t, x.Steps[1].Duration, "B-82")

	a.post(testSecret, batch(append(stepEvents("step.completed", "e", 1, 3), event("step.completed", "e", `,"stepId":"own"`))...))
	x = a.status("e")
	require.Nil(t, x.CurrentStep) // S10
	require.Empty(t, x.CurrentSteps)
}

// AC2.1a: all declared steps are there, also those that nothing is known of.
func TestDeclaredStepsAreShownBeforeTheyBegin(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(append(stepEvents("step.completed", "e", 0, 3), event("execution.queued", "e", plan(12)))...))
	x := a.status("e")
	require.Len(t, x.Steps, 12)
	for i, step := range x.Steps {
		require.Equal(t, fmt.Sprint("s-", i), step.StepID)
		require.Equal(t, i < 3, step.Status == "completed")
		require.Equal(t, i >= 3, step.Status == "pending")
	}
}

// B-34: clocks that disagree make no negative duration, and waiting is told
// apart. B-83: where no start is known the engine's own duration counts.
func TestDurationsAreNeverNegativeAndHaveASource(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := func(second int) string { return fmt.Sprintf(`,"timestamp":"2026-11-23T14:00:%02dZ"`, second) }
	a.post(testSecret, batch(
		event("execution.started", "skewed", at(10)), event("execution.completed", "skewed", at(5)),
		event("execution.started", "waited", at(0)), event("execution.waiting", "waited", at(10)),
		event("execution.resumed", "waited", at(30)), event("execution.completed", "waited", at(40)),
		event("execution.completed", "told", at(40), `,"durationMs":15000`),
		event("execution.started", "measured", at(0)), event("execution.completed", "measured", at(40), `,"durationMs":15000`)))
	require.Zero(t, *a.status("skewed").Duration)
	require.EqualValues(t, 40_000, *a.status("waited").Duration)
	require.EqualValues(t, 20_000, a.status("waited").WaitingMs)
	told := a.status("told")
	require.EqualValues(t, 15_000, *told.Duration)
	require.Equal(t, time.Date(2026, 11, 23, 14, 0, 25, 0, time.UTC), told.StartedAt.Time().UTC())
	require.EqualValues(t, 40_000, *a.status("measured").Duration)
}

// B-76: what has ended stays so, whatever comes later.
func TestFinishedExecutionsDoNotGoBack(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, kind := range []string{"completed", "failed", "cancelled"} {
		a.post(testSecret, batch(event("execution.started", kind), event("execution."+kind, kind)))
		a.post(testSecret, batch(
			event("execution.started", kind), event("execution.progress", kind, `,"progress":5`), event("execution.waiting", kind), event("step.started", kind, `,"stepId":"s"`)))
		require.Equal(t, kind, a.status(kind).Status)
	}
}

// B-96: a retry is an execution of its own that says whose it is.
func TestRetryNamesWhatItRetries(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.failed", "first"), event("execution.started", "second", `,"retryOf":"first","attempt":2`)))
	x := a.status("second")
	require.Equal(t, "first", *x.RetryOf)
	require.Equal(t, 2, x.Attempt)
	require.Equal(t, "failed", a.status("first").Status)
}

// B-37: what waits has a time too, so it is found by a range.
func TestPendingExecutionsAreFoundByTheTimeTheyWereQueued(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "e", `,"timestamp":"2026-11-23T14:00:00Z"`)))
	for query, n := range map[string]int{"from=2026-11-23T14:00:00Z&to=2026-11-23T14:00:00Z": 1, "from=2026-11-23T14:00:01Z": 0} {
		page := get[ExecutionPage](a, "/api/monitoring/executions?"+query, testSecret)
		require.Len(t, page.Items, n)
		require.EqualValues(t, n, page.CountsByStatus["pending"])
	}
}

// AC1.2b: executions of one workflow do not mix.
func TestConcurrentExecutionsHaveTheirOwnProgress(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var events []string
	for n := 1; n <= 5; n++ {
		id := fmt.Sprint("e-", n)
		events = append(append(events, event("execution.started", id, plan(10))), stepEvents("step.completed", id, 0, n)...)
	}
	a.post(testSecret, batch(events...))
	items := get[ExecutionPage](a, "/api/monitoring/executions/active?workflowId=w", testSecret).Items
	require.Len(t, items, 5) // AC1.2a
	for _, item := range items {
		require.Equal(t, fmt.Sprint("e-", item.Progress/10), item.ExecutionID)
	}
}

// AC2.1e, B-68, B-69: a preview is one masked line.
func TestErrorPreviewIsOneMaskedLine(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const pesel = "44051401359"
	a.post(testSecret, batch(
		event("step.failed", "e", `,"stepId":"s","error":{"code":"E","message":"PESEL `+pesel+` `+strings.Repeat("ż", 300)+`\ndruga","stack":"at main.go"}`),
		event("execution.failed", "e", `,"error":"PESEL `+pesel+`\nat main.go"`)))
	x := a.status("e")
	for _, preview := range []string{*x.Error, *x.Steps[0].Error} {
		require.NotContains(t, preview, pesel)
		require.NotContains(t, preview, "druga")
		require.NotContains(t, preview, "main.go")
		require.LessOrEqual(t, len([]rune(preview)), 200)
	}
}
