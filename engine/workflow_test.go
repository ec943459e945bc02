package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

func of(workflowID, name string) func(*execution.Event) {
	return func(e *execution.Event) { e.WorkflowID, e.WorkflowName = workflowID, name }
}

func listed(t *testing.T, b *bench) map[string]WorkflowStatus {
	t.Helper()
	all, err := b.tenant.Workflows(context.Background(), "")
	require.NoError(t, err)
	out := map[string]WorkflowStatus{}
	for _, w := range all {
		out[w.WorkflowID] = w
	}
	return out
}

// B-73: a workflow is known from its first event on, and what the engine declares wins.
func TestWorkflowsAreLearntAndDeclared(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("a", execution.ExecutionStarted, 0, of("payroll", "Lista płac")))
	b.ingest(event("b", execution.ExecutionStarted, time.Minute, of("payroll", "Płace")))
	b.ingest(event("c", execution.ExecutionStarted, -time.Hour, of("payroll", "Stara nazwa")))
	check := func(name string, declared bool) {
		w := listed(t, b)["payroll"]
		require.Equal(t, name, w.WorkflowName)
		require.Equal(t, declared, w.Declared)
		require.Equal(t, int64(3), w.Total)
		require.Equal(t, int64(3), w.CountsByStatus["running"])
		require.Equal(t, "b", w.LastExecution.ExecutionID)
	}
	check("Płace", false)
	b.checkpointed()
	b.crash()
	check("Płace", false)
	require.NoError(t, b.tenant.PutWorkflow(context.Background(), Workflow{WorkflowID: "payroll", Name: "Wynagrodzenia"}))
	b.ingest(event("b", execution.ExecutionProgress, 2*time.Minute, of("payroll", "Płace")))
	check("Wynagrodzenia", true)
	b.crash()
	check("Wynagrodzenia", true)
}

// Found by a backup under load: since when a workflow was known depended on which of its executions was looked at first, and a restart asks them in no order.
func TestSinceWhenAWorkflowIsKnownDoesNotDependOnTheOrderOfItsExecutions(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 20 {
		b.ingest(event(fmt.Sprint("x", (i*7)%20), execution.ExecutionStarted, time.Duration((i*7)%20)*time.Minute, of("payroll", "Lista płac")))
	}
	since := listed(t, b)["payroll"].Learnt
	require.Equal(t, event("x0", execution.ExecutionStarted, 0).Timestamp, since)
	b.crash()
	require.Equal(t, since, listed(t, b)["payroll"].Learnt)
}

func TestHealthIsThatOfTheLastFinishedRuns(t *testing.T) {
	t.Parallel()
	b := start(t)
	ends := map[string][]execution.EventType{
		"unknown":  {execution.ExecutionStarted, execution.ExecutionCancelled},
		"healthy":  {execution.ExecutionCompleted, execution.ExecutionCompleted, execution.ExecutionStarted},
		"degraded": {execution.ExecutionFailed, execution.ExecutionCompleted, execution.ExecutionStarted},
		"failing":  {execution.ExecutionCompleted, execution.ExecutionFailed, execution.ExecutionCancelled},
	}
	for health, runs := range ends {
		for i, end := range runs {
			id, at := fmt.Sprintf("%s-%d", health, i), time.Duration(i)*time.Minute
			b.ingest(event(id, execution.ExecutionStarted, at, of(health, health)))
			if end != execution.ExecutionStarted {
				b.ingest(event(id, end, at+time.Second, of(health, health)))
			}
		}
	}
	all := listed(t, b)
	require.Len(t, all, len(ends))
	for health := range ends {
		require.Equal(t, health, all[health].Health)
	}
	require.Equal(t, []string{"running", "completed", "failed"}, all["degraded"].LastResults, "newest first")
}

// A schedule's next time is told while the workflow is active; the day of a change of versions is kept, a version that is told again changes nothing.
func TestWorkflowTellsItsNextRunAndWhenItsVersionChanged(t *testing.T) {
	t.Parallel()
	b := start(t)
	put := func(version, state string) WorkflowStatus {
		t.Helper()
		w := Workflow{WorkflowID: "jpk", Name: "JPK", Version: version, State: state, Schedule: &WorkflowSchedule{Cron: "30 2 * * *", WorkingDaysOnly: true}}
		require.NoError(t, b.tenant.PutWorkflow(context.Background(), w))
		return listed(t, b)["jpk"]
	}
	first := put("1", "active")
	require.Zero(t, first.VersionSince)
	now := b.clock.now().In(deadline.Zone())
	require.NotNil(t, first.NextRunAt)
	next := time.UnixMilli(first.NextRunAt.Ms()).In(deadline.Zone())
	require.True(t, next.After(now) && next.Sub(now) < 5*24*time.Hour, "%s after %s", next, now)
	require.Equal(t, "02:30", next.Format("15:04"))
	b.at(time.Hour)
	changed := put("2", "active")
	require.Equal(t, changed.Learnt, changed.VersionSince)
	b.at(2 * time.Hour)
	require.Equal(t, changed.VersionSince, put("2", "active").VersionSince)
	require.Nil(t, put("2", "paused").NextRunAt)
}

// The numbers of a list: today by the organisation's clock, the last week, and what is usual.
func TestWorkflowsWithNumbers(t *testing.T) {
	t.Parallel()
	b := start(t)
	run := func(id string, after, took time.Duration, end execution.EventType) {
		b.ingest(event(id, execution.ExecutionStarted, after, of("jpk", "JPK")))
		b.ingest(event(id, end, after+took, of("jpk", "JPK")))
	}
	run("today", -time.Hour, time.Second, execution.ExecutionCompleted)
	run("night", -30*time.Hour, 3*time.Second, execution.ExecutionFailed)
	run("before", -10*24*time.Hour, 2*time.Second, execution.ExecutionCompleted)
	all, err := b.tenant.Workflows(context.Background(), "")
	require.NoError(t, err)
	require.Nil(t, all[0].Numbers)
	require.NoError(t, b.tenant.AddNumbers(context.Background(), all))
	n := all[0].Numbers
	require.Equal(t, RunNumbers{Total: 1, Completed: 1, SuccessRate: shown(100), P95: shown(1000)}, n.Today)
	require.Equal(t, int64(2), n.Week.Total)
	require.Equal(t, shown(50), n.Week.SuccessRate)
	require.Equal(t, RunNumbers{Total: 1, Completed: 1, SuccessRate: shown(100), P95: shown(2000)}, n.Usual)
	require.False(t, n.Degraded, "too few runs")
}

// Many pages ask for the numbers every few seconds: they are computed again when a run changed, and once a minute.
func TestWorkflowNumbersAreComputedWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	b := start(t)
	numbers := func() *WorkflowNumbers {
		all, err := b.tenant.Workflows(context.Background(), "jpk")
		require.NoError(t, err)
		require.NoError(t, b.tenant.AddNumbers(context.Background(), all))
		return all[0].Numbers
	}
	run := func(id string, end execution.EventType) {
		b.ingest(event(id, execution.ExecutionStarted, -time.Hour, of("jpk", "JPK")), event(id, end, -time.Hour+time.Second, of("jpk", "JPK")))
	}
	run("one", execution.ExecutionCompleted)
	first := numbers()
	require.Same(t, first, numbers())
	run("two", execution.ExecutionFailed)
	second := numbers()
	require.Equal(t, int64(2), second.Today.Total)
	require.Equal(t, int64(1), second.Today.Failed)
	require.Same(t, second, numbers())
	b.at(numbersHold + time.Second)
	require.NotSame(t, second, numbers())
	require.Equal(t, second, numbers())
}
