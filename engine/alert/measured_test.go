package alert

import (
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestQueueBacklog: A15 (101 queued), B-25, B-59 (≤ 90).
func TestQueueBacklog(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, QueueBacklog, Condition{Metric: "pending", Operator: "gt", Threshold: number(100)}))
	require.Equal(t, nothing, p.queue(100, 0))
	require.Equal(t, opened, p.queue(101, 0))
	require.Equal(t, []any{"pending", 101.0, 100.0, int64(101)},
		[]any{p.record().Facts.Metric, p.record().Facts.Value, p.record().Facts.Threshold, p.record().Facts.Pending})
	require.Equal(t, nothing, p.after(second).queue(500, 0), "it goes on: nothing new")
	require.Equal(t, nothing, p.after(second).queue(91, 0))
	require.Equal(t, nothing, p.after(second).queue(120, 0), "within the hysteresis it never ended")
	require.Equal(t, closed, p.after(second).queue(90, 0))

	p = newScene(t, rule(t, QueueBacklog, Condition{Metric: "oldestAgeSeconds", Threshold: number(600)}))
	require.Equal(t, nothing, p.queue(500, 600))
	require.Equal(t, opened, p.queue(1, 601))

	p = newScene(t, rule(t, QueueBacklog, Condition{Operator: "lt", Threshold: number(10)}))
	require.Equal(t, opened, p.queue(9, 0))
	require.Equal(t, nothing, p.after(second).queue(10, 0))
	require.Equal(t, closed, p.after(second).queue(11, 0))
}

// TestWindowMustHold: without a gap, for all of it.
func TestWindowMustHold(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, QueueBacklog, Condition{Threshold: number(100), TimeWindowMinutes: 2}))
	require.Equal(t, nothing, p.queue(101, 0))
	require.Equal(t, nothing, p.after(119*second).queue(101, 0))
	require.Equal(t, opened, p.after(second).queue(101, 0))

	p = newScene(t, rule(t, QueueBacklog, Condition{Threshold: number(100), TimeWindowMinutes: 2}))
	p.queue(101, 0)
	p.after(minute).queue(100, 0)
	require.Equal(t, nothing, p.after(minute).queue(101, 0), "it broke off")
	require.Equal(t, nothing, p.after(6*minute).queue(101, 0), "nobody knows what was between")
	require.Equal(t, nothing, p.see(&Observation{Kind: QueueMeasured, At: p.now - minute, Facts: Facts{Pending: 1}}), "late: says nothing of now")
	require.Equal(t, opened, p.after(2*minute).queue(101, 0))
}

// TestResourceThreshold: A15 (cpu 81 for a minute), B-25, B-59 (cpu back for a minute), fault 5 of the seed.
func TestResourceThreshold(t *testing.T) {
	t.Parallel()
	const cpu = "cpu.usage_percent"
	p := newScene(t, rule(t, ResourceThreshold, Condition{Metric: "cpu", Operator: "gt", Threshold: number(80)}))
	for range 12 {
		require.Equal(t, nothing, p.resource(cpu, 81))
		p.after(5 * second)
	}
	require.Equal(t, opened, p.resource(cpu, 81), "at the first sample that is a minute after the first")
	require.Equal(t, nothing, p.after(5*second).resource(cpu, 75.1))
	require.Equal(t, nothing, p.after(5*second).resource(cpu, 75))
	require.Equal(t, nothing, p.after(59*second).resource(cpu, 10))
	require.Equal(t, nothing, p.after(second/2).resource(cpu, 76), "back up: the minute begins anew")
	require.Equal(t, nothing, p.after(second).resource(cpu, 70))
	require.Equal(t, closed, p.after(minute).resource(cpu, 70))

	p = newScene(t, rule(t, ResourceThreshold, Condition{Metric: "disk", Threshold: number(90), ConsecutiveCount: 3}))
	p.resource("disk.used_percent", 91)
	p.after(second).resource("disk.used_percent", 90)
	p.after(second).resource("disk.used_percent", 91)
	require.Equal(t, nothing, p.after(second).resource("disk.used_percent", 91))
	require.Equal(t, opened, p.after(second).resource("disk.used_percent", 91), "the third in a row")

	p = newScene(t, rule(t, ResourceThreshold, Condition{Metric: "office.scanner.pages", Operator: "lt", Threshold: number(100), ConsecutiveCount: 1}))
	require.Equal(t, opened, p.resource("office.scanner.pages", 99))
	require.Equal(t, nothing, p.after(second).resource(cpu, 200), "another series")
}

// TestSeveralMetricsOfASource: B-30, all of them at once.
func TestSeveralMetricsOfASource(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ResourceThreshold, Condition{Metric: "cpu", Threshold: number(80), ConsecutiveCount: 2},
		Condition{Metric: "memory", Threshold: number(90), ConsecutiveCount: 1}))
	require.Equal(t, nothing, p.resource("cpu.usage_percent", 81))
	require.Equal(t, nothing, p.resource("memory.usage_percent", 91))
	require.Equal(t, opened, p.after(second).resource("cpu.usage_percent", 82))
	require.Equal(t, nothing, p.after(second).resource("memory.usage_percent", 50))
	require.Equal(t, nothing, p.after(second).resource("cpu.usage_percent", 82))
	p.after(30*second).resource("memory.usage_percent", 50)
	require.Equal(t, closed, p.after(31*second).resource("memory.usage_percent", 50))
}

// TestExecutionEventsSayNothingToMeasuredRules: B-25, ne was always true.
func TestExecutionEventsSayNothingToMeasuredRules(t *testing.T) {
	t.Parallel()
	for _, r := range []*Rule{rule(t, QueueBacklog, Condition{Operator: "ne", Threshold: number(1)}), rule(t, ResourceThreshold, Condition{Metric: "cpu",
		Operator: "ne", Threshold: number(1), ConsecutiveCount: 1})} {
		p := newScene(t, r)
		require.Equal(t, nothing, p.runs("a", execution.Failed, 10, 0, nil))
		require.Equal(t, nothing, p.see(&Observation{Kind: TimePassed, At: p.now}))
	}
}
