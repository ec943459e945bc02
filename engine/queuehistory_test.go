package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/setting"
)

// record does what the recorder does when its time has come.
func (b *bench) record() {
	b.t.Helper()
	newRecorder(b.engine).record(true)
}

// history is all of the queue's history, page by page.
func (b *bench) history(from, to time.Time, limit int) (all []QueueSnapshot) {
	b.t.Helper()
	cursor := ""
	for {
		items, next, err := b.tenant.QueueHistory(Range{execution.At(from), execution.At(to)}, cursor, limit)
		require.NoError(b.t, err)
		all = append(all, items...)
		if cursor = next; cursor == "" {
			return all
		}
	}
}

// DB7, IX7: snapshots come every 15 seconds, newest first, survive a crash, and are read page by page.
func TestQueueHistorySurvivesACrash(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.record()
	require.Empty(t, b.history(noon.Add(-time.Hour), noon.Add(time.Hour), 10), "nothing is known: there is nothing to tell")
	for i := range 5 {
		b.ingest(event(fmt.Sprint("x", i), execution.ExecutionQueued, time.Duration(i)*recordEvery))
		b.clock.set(noon.Add(time.Duration(i) * recordEvery))
		b.record()
	}
	b.crash()
	all := b.history(noon, noon.Add(time.Minute), 2)
	require.Len(t, all, 5)
	for i, s := range all {
		require.EqualValues(t, 5-i, s.PendingCount)
		require.Equal(t, execution.At(noon.Add(time.Duration(4-i)*recordEvery)), s.RecordedAt)
		require.Equal(t, "executions", s.QueueName)
		require.Equal(t, s.PendingCount, s.PendingByPriority["NORMAL"])
	}
	require.Len(t, b.history(noon.Add(recordEvery), noon.Add(2*recordEvery), 10), 2, "both ends belong to the range")
	_, _, err := b.tenant.QueueHistory(Range{execution.At(noon), execution.At(noon)}, "x", 10)
	require.ErrorIs(t, err, errBadCursor)

	series, err := b.tenant.Series(t.Context(), SeriesQuery{Metrics: []string{"queue.depth", "queue.pending"}, Range: Range{execution.At(noon), execution.At(noon.Add(time.Hour))}})
	require.NoError(t, err)
	require.Len(t, series, 2)
	require.Equal(t, [2]float64{float64(noon.UnixMilli()), 1}, series[0].Points[0])
	require.Len(t, series[1].Points, 5)
	require.Equal(t, map[string]string{"source": "self"}, series[1].Labels)
}

// AC5.2a, B-50: when the warning comes and goes is recorded at once; an idle queue once a minute; old snapshots go.
func TestQueueHistoryHasCrossingsAndForgets(t *testing.T) {
	t.Parallel()
	b := start(t)
	var events []execution.Event
	for i := range int(setting.Default().Thresholds.QueueWarnDepth) + 1 {
		events = append(events, event(fmt.Sprint("x", i), execution.ExecutionQueued, 0))
	}
	b.ingest(events...)
	require.Eventually(t, func() bool { return len(b.history(noon, noon, 10)) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.NotNil(t, b.history(noon, noon, 10)[0].Warning)

	for i := range events {
		events[i].Type, events[i].ID = execution.ExecutionCancelled, fmt.Sprint("c", i)
	}
	b.clock.set(noon.Add(time.Second))
	b.ingest(events...)
	require.Eventually(t, func() bool { return len(b.history(noon.Add(time.Second), noon.Add(time.Second), 10)) == 1 }, 10*time.Second, 10*time.Millisecond)
	require.Nil(t, b.history(noon.Add(time.Second), noon.Add(time.Second), 10)[0].Warning)
	for i := range 9 {
		b.clock.set(noon.Add(time.Duration(i+1) * recordEvery))
		b.record()
	}
	require.Len(t, b.history(noon.Add(2*time.Second), noon.Add(time.Hour), 10), 2, "nothing waits, runs or changes")

	queueHistoryKept := time.Duration(setting.Default().Retention.RawMetricsDays) * 24 * time.Hour
	b.clock.set(noon.Add(queueHistoryKept + 30*time.Second))
	b.record()
	require.Len(t, b.history(noon, noon.Add(queueHistoryKept*2), 100), 3)
}

// DB6, D-09: what the appliance measured of its machine is the same for all, and there after a restart.
func TestOwnResourcesSurviveARestart(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.engine.machine.sample()
	b.record()
	b.clock.set(noon.Add(time.Minute))
	b.restart()
	all, err := b.tenant.Resources(Range{execution.At(noon), execution.At(noon.Add(time.Second))}, "")
	require.NoError(t, err)
	found := map[string]string{}
	for _, s := range all {
		found[s.Metric] = s.Labels["source"]
	}
	require.Equal(t, "self", found["memory.used_mb"])
	require.Contains(t, found, "disk.used_percent")
}
