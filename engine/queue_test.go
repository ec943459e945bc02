package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/setting"
)

// T5, B-43, B-44, S21, S22, S23: the numbers move with each event, whoever looked before.
func TestQueueCountsPendingByPriority(t *testing.T) {
	t.Parallel()
	b := start(t)
	for priority, n := range map[execution.Priority]int{execution.High: 10, execution.Normal: 20, execution.Low: 5} {
		for i := range n {
			b.ingest(event(fmt.Sprintf("%s-%d", priority, i), execution.ExecutionQueued, 0,
				func(e *execution.Event) { e.Priority = priority }))
		}
	}
	check := func(pending, high, processing int64) {
		t.Helper()
		q := b.tenant.Queue()
		require.Equal(t, pending, q.PendingCount)
		require.Equal(t, map[string]int64{"HIGH": high, "NORMAL": 20, "LOW": 5}, q.PendingByPriority)
		require.Equal(t, processing, q.ProcessingCount)
	}
	check(35, 10, 0)
	b.ingest(event("HIGH-3", execution.ExecutionStarted, time.Second))
	check(34, 9, 1)
	b.crash()
	check(34, 9, 1)
}

func TestAnEmptyQueueHasThreeZeros(t *testing.T) {
	t.Parallel()
	q := start(t).tenant.Queue()
	require.Equal(t, map[string]int64{"HIGH": 0, "NORMAL": 0, "LOW": 0}, q.PendingByPriority)
	require.Zero(t, q.OldestMessageAge)
	require.Nil(t, q.OldestExecution)
	require.Zero(t, q.AverageWaitSeconds)
	require.Nil(t, q.CurrentAverageWaitSeconds)
	require.Nil(t, q.EstimatedClearanceSeconds)
	require.Nil(t, q.Warning)
}

// S24, S25, S26, B-45, B-46, B-47.
func TestQueueWaitsAndRates(t *testing.T) {
	t.Parallel()
	b := start(t)
	run := func(id string, queued, started, completed time.Duration) {
		b.ingest(event(id, execution.ExecutionQueued, queued), event(id, execution.ExecutionStarted, started))
		if completed != 0 {
			b.ingest(event(id, execution.ExecutionCompleted, completed))
		}
	}
	run("waited-10", -100*time.Second, -90*time.Second, -30*time.Second)
	run("waited-20", -100*time.Second, -80*time.Second, 0)
	run("long-ago", -3*time.Hour, -2*time.Hour, -5*time.Minute)
	b.ingest(event("oldest", execution.ExecutionQueued, -120*time.Second), event("newer", execution.ExecutionQueued, -60*time.Second))
	check := func() {
		q := b.tenant.Queue()
		require.Equal(t, int64(15), q.AverageWaitSeconds, "also the running one, not the one of two hours ago")
		require.Equal(t, int64(120), q.OldestMessageAge)
		require.Equal(t, "oldest", q.OldestExecution.ExecutionID)
		require.Equal(t, int64(90), *q.CurrentAverageWaitSeconds)
		require.Equal(t, int64(1), q.ProcessingRatePerMinute)
		require.InDelta(t, 2.0/15, q.ProcessingRate15m, 0.01)
		require.Equal(t, int64(900), *q.EstimatedClearanceSeconds)
		require.Equal(t, int64(1), q.ProcessingCount)
	}
	check()
	b.checkpointed()
	b.crash()
	check()
	b.ingest(event("oldest", execution.ExecutionStarted, -time.Second))
	require.Equal(t, "newer", b.tenant.Queue().OldestExecution.ExecutionID)
}

// B-50: strictly above the depth, and calm only at 90 % of it.
func TestBacklogWarningHasHysteresis(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range int(setting.Default().Thresholds.QueueWarnDepth) {
		b.ingest(event(fmt.Sprint(i), execution.ExecutionQueued, 0))
	}
	require.Nil(t, b.tenant.Queue().Warning)
	b.ingest(event("one-more", execution.ExecutionQueued, 0))
	require.NotNil(t, b.tenant.Queue().Warning)
	for i := range 10 {
		b.ingest(event(fmt.Sprint(i), execution.ExecutionCancelled, time.Second))
	}
	require.NotNil(t, b.tenant.Queue().Warning)
	b.ingest(event("one-more", execution.ExecutionCancelled, time.Second))
	require.Nil(t, b.tenant.Queue().Warning)
}
