package alert

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// finished makes runs of one workflow, a minute apart: F failed, C completed, X cancelled; each took its number of ms.
func finished(outcomes string, ms int64) []Run {
	var runs []Run
	for i, o := range outcomes {
		status := map[rune]execution.Status{'F': execution.Failed, 'C': execution.Completed, 'X': execution.Cancelled}[o]
		end := t0 + minutes(i)
		runs = append(runs, Run{ExecutionID: fmt.Sprint(i), WorkflowID: "jpk", Status: status, StartedAt: end - execution.Instant(ms)*millisecond,
			CompletedAt: end, Seq: uint64(i), DurationMs: ms})
	}
	return runs
}

// TestBacktest evaluates as live does: what would have fired, with its value.
func TestBacktest(t *testing.T) {
	t.Parallel()
	f := func(r *Rule, runs []Run, from, to execution.Instant, want ...Fire) {
		t.Helper()
		require.Equal(t, append([]Fire(nil), want...), append([]Fire(nil), Backtest(r, slices.Values(Lived(r, runs)), from, to)...))
	}
	streak := rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: 3})
	f(streak, finished("FFCFXFFFC", 10), t0, t0+hour, Fire{At: t0 + 6*minute, Value: 3})
	f(streak, finished("FFFC", 10), t0+2*minute, t0+hour, Fire{At: t0 + 2*minute, Value: 3})
	f(streak, finished("FFFC", 10), t0+2*minute+1, t0+hour)
	f(streak, finished("FFFC", 10), t0, t0+2*minute-1)
	f(rule(t, ExecutionFailed), finished("FCFC", 10), t0, t0+hour, Fire{At: t0, Value: 1})
	f(rule(t, ExecutionFailed), finished("FCF", 10), t0, t0+hour, Fire{At: t0, Value: 1}, Fire{At: t0 + 15*minute, Value: 1})
	f(rule(t, SlowExecution, Condition{Threshold: number(2000)}), finished("C", 5000), t0-hour, t0+hour, Fire{At: t0 - 2999*millisecond, Value: 2001})
	f(rule(t, SlowExecution, Condition{Threshold: number(2000)}), finished("X", 5000), t0-hour, t0+hour, Fire{At: t0 - 2999*millisecond, Value: 2001})
	f(rule(t, SlowExecution, Condition{Threshold: number(5000)}), finished("CC", 5000), t0, t0+hour)
	f(rule(t, ExecutionTimeout, Condition{Threshold: number(2), Unit: "s"}), finished("F", 5000), t0-hour, t0+hour, Fire{At: t0 - 2999*millisecond, Value: 2001})
	f(rule(t, HighErrorRate, Condition{Threshold: number(10)}), finished("CCCCCCCCFF", 10), t0, t0+hour, Fire{At: t0 + 9*minute, Value: 20})
	paused := rule(t, ExecutionFailed)
	paused.Active = false
	f(paused, finished("F", 10), t0, t0+hour, Fire{At: t0, Value: 1})
	f(&Rule{Type: Custom}, finished("F", 10), t0, t0+hour)
}

// TestBacktestOfMeasurements.
func TestBacktestOfMeasurements(t *testing.T) {
	t.Parallel()
	var seen []Observation
	for i := range 100 {
		seen = append(seen, Observation{Kind: ResourceMeasured, At: t0 + execution.Instant(i)*5*second, Value: float64(i),
			Facts: Facts{Metric: "cpu.usage_percent", Source: "host"}})
	}
	got := Backtest(rule(t, ResourceThreshold, Condition{Metric: "cpu", Threshold: number(80)}), slices.Values(seen), t0, t0+hour)
	require.Equal(t, []Fire{{At: t0 + 93*5*second, Value: 93}}, got)
}
