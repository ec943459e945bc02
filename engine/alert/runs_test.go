package alert

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestSlowAtTheEnd: A6, B-27: failed runs too, the operator honoured, waiting is not slowness (§9b).
func TestSlowAtTheEnd(t *testing.T) {
	t.Parallel()
	f := func(c Condition, status execution.Status, ms, waited int64, fires bool) {
		t.Helper()
		p := newScene(t, rule(t, SlowExecution, c))
		p.runs("a", status, ms, waited, nil)
		require.Equal(t, fires, len(p.records) == 1, "%+v %v %d", c, status, ms)
	}
	limit := Condition{Metric: "duration", Operator: "gt", Threshold: number(5000)}
	f(limit, execution.Completed, 5000, 0, false)
	f(limit, execution.Completed, 5001, 0, true)
	f(limit, execution.Failed, 5001, 0, true)
	f(limit, execution.Cancelled, 9000, 0, false)
	f(limit, execution.Completed, 9000, 4000, false)
	f(limit, execution.Completed, 9000, execution.Unknown, true)
	f(limit, execution.Completed, execution.Unknown, 0, false)
	f(limit, execution.Running, 5001, 0, true)
	f(limit, execution.Waiting, 9000, 4000, false)
	f(limit, execution.Pending, execution.Unknown, 0, false)
	f(Condition{Operator: "gte", Threshold: number(5), Unit: "s"}, execution.Completed, 5000, 0, true)
	f(Condition{Threshold: number(1), Unit: "min"}, execution.Completed, 60_001, 0, true)
	f(Condition{Threshold: number(1), Unit: "h"}, execution.Completed, 60_001, 0, false)
	f(Condition{Threshold: number(0)}, execution.Completed, 1, 0, true)
	f(Condition{Operator: "lt", Threshold: number(5000)}, execution.Running, 10, 0, false)
	f(Condition{Operator: "lt", Threshold: number(5000)}, execution.Completed, 10, 0, true)
}

// TestSlowFiresOncePerExecution: J2.3; and closes when none is slow and the latest was within.
func TestSlowFiresOncePerExecution(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, SlowExecution, Condition{Threshold: number(1000)}))
	require.Equal(t, opened, p.runs("a", execution.Running, 1001, 0, nil))
	require.Equal(t, nothing, p.runs("a", execution.Running, 2000, 0, nil))
	require.Equal(t, touched, p.runs("b", execution.Running, 1500, 0, nil))
	require.Equal(t, nothing, p.runs("a", execution.Completed, 3000, 0, nil), "told as still running")
	require.Equal(t, nothing, p.runs("c", execution.Completed, 10, 0, nil), "b still is")
	require.Equal(t, nothing, p.after(second).runs("b", execution.Failed, 3000, 0, nil))
	require.Equal(t, closed, p.after(second).runs("d", execution.Completed, 1000, 0, nil))
	require.Equal(t, int64(2), p.record().Count)
}

// TestTimeoutOfAHungRun: A15, B2.5: without an event, by the deadline that Due tells.
func TestTimeoutOfAHungRun(t *testing.T) {
	t.Parallel()
	r := rule(t, ExecutionTimeout, Condition{Threshold: number(1), Unit: "s"})
	p := newScene(t, r)
	run := &Run{ExecutionID: "a", WorkflowID: "jpk", Status: execution.Running, DurationMs: 400, WaitedMs: 100}
	due := r.Due(&p.state, run, p.now)
	require.Equal(t, p.now+701*millisecond, due)
	p.now = due
	require.Equal(t, opened, p.runs("a", execution.Running, 1101, 100, nil))
	require.Equal(t, []any{1001.0, int64(1000)}, []any{p.record().Facts.Value, p.record().Facts.LimitMs})
	require.Equal(t, execution.NoInstant, r.Due(&p.state, run, p.now), "noted")
	require.Equal(t, nothing, p.runs("b", execution.Completed, 5000, 0, nil), "one that ended does not hang")
	require.Equal(t, touched, p.runs("c", execution.Running, 5000, 0, nil))
	require.Equal(t, nothing, p.runs("a", execution.Cancelled, 5000, 0, nil))
	require.Equal(t, closed, p.runs("c", execution.Completed, 5000, 0, nil))
}

// TestTimeoutOfTheWorkflow is used where the rule says none.
func TestTimeoutOfTheWorkflow(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionTimeout))
	see := func(timeout int64) []EffectKind {
		return p.see(&Observation{Kind: ExecutionChanged, At: p.now, Run: &Run{ExecutionID: "a", Status: execution.Running, DurationMs: 10, TimeoutMs: timeout}})
	}
	require.Equal(t, nothing, see(0))
	require.Equal(t, nothing, see(10))
	require.Equal(t, opened, see(9))
}

// TestDue says the first millisecond at which the rule is met, and never what time alone does not bring.
func TestDue(t *testing.T) {
	t.Parallel()
	f := func(r *Rule, run Run, left execution.Instant) {
		t.Helper()
		s := NewState("r", "wf:jpk")
		due := r.Due(&s, &run, t0)
		if left < 0 {
			require.Equal(t, execution.NoInstant, due)
			return
		}
		require.Equal(t, t0+left*millisecond, due)
		run.DurationMs += int64(left)
		if run.Values != nil {
			run.Values = map[string]float64{"duration": float64(run.DurationMs), "stepCount": 3}
		}
		require.True(t, r.meets(&run))
		run.DurationMs--
		if run.Values != nil {
			run.Values["duration"]--
		}
		require.True(t, left == 0 || !r.meets(&run))
	}
	running := Run{ExecutionID: "a", Status: execution.Running, DurationMs: 400}
	waiting := Run{ExecutionID: "a", Status: execution.Waiting, DurationMs: 400, WaitedMs: 100}
	slow := rule(t, SlowExecution, Condition{Threshold: number(1000)})
	f(slow, running, 601)
	f(rule(t, SlowExecution, Condition{Operator: "gte", Threshold: number(999.5)}), running, 600)
	f(rule(t, SlowExecution, Condition{Threshold: number(1000)}, Condition{Threshold: number(2), Unit: "s"}), running, 1601)
	f(slow, Run{ExecutionID: "a", Status: execution.Running, DurationMs: 5000}, 0)
	f(slow, waiting, -1)
	f(slow, Run{Status: execution.Pending, DurationMs: execution.Unknown}, -1)
	f(slow, Run{Status: execution.Completed, DurationMs: 5000}, -1)
	f(rule(t, SlowExecution, Condition{Operator: "lt", Threshold: number(1000)}), running, -1)
	f(rule(t, SlowExecution, Condition{Threshold: number(math.MaxFloat64)}), running, -1)
	f(rule(t, ExecutionFailed), running, -1)
	duration := Condition{Metric: "duration", Operator: "gt", Threshold: number(1000)}
	waiting.Values = map[string]float64{"duration": 400}
	f(rule(t, Custom, duration), waiting, 601)
	f(rule(t, Custom, duration, Condition{Metric: "stepCount", Operator: "eq", Threshold: number(3)}), waiting, 601)
	f(rule(t, Custom, duration, Condition{Metric: "stepCount", Operator: "eq", Threshold: number(9)}), Run{Status: execution.Running, DurationMs: 5000,
		Values: map[string]float64{"duration": 5000, "stepCount": 3}}, -1)
	f(rule(t, Custom, Condition{Metric: "progress", Operator: "gt", Threshold: number(1)}), running, -1)
}

// TestCustom: A8, B-26: all conditions, and what is missing or no number is not met by any operator.
func TestCustom(t *testing.T) {
	t.Parallel()
	f := func(values map[string]float64, fires bool, conditions ...Condition) {
		t.Helper()
		p := newScene(t, rule(t, Custom, conditions...))
		p.runs("a", execution.Running, 10, 0, values)
		require.Equal(t, fires, len(p.records) == 1, "%v %+v", values, conditions)
	}
	for _, operator := range operators {
		c := Condition{Metric: "meta.kwota", Operator: operator, Threshold: number(10)}
		f(nil, false, c)
		f(map[string]float64{"meta.other": 10}, false, c)
		f(map[string]float64{"meta.kwota": math.NaN()}, false, c)
		for _, v := range []float64{9, 10, 11} {
			f(map[string]float64{"meta.kwota": v}, compare(operator, v, 10), c)
		}
	}
	steps, retries := Condition{Metric: "failedSteps", Operator: "gte", Threshold: number(1)}, Condition{Metric: "retryCount", Operator: "gt", Threshold: number(2)}
	f(map[string]float64{"failedSteps": 1, "retryCount": 2}, false, steps, retries)
	f(map[string]float64{"failedSteps": 1, "retryCount": 3}, true, steps, retries)
	f(map[string]float64{"duration": 120_001}, true, Condition{Metric: "duration", Operator: "gt", Threshold: number(2), Unit: "min"})
	f(map[string]float64{"waitSeconds": 100}, false, Condition{Metric: "waitSeconds", Operator: "gt", Threshold: number(2), Unit: "min"})
}

// TestCustomOverTime: each execution counts once.
func TestCustomOverTime(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, Custom, Condition{Metric: "retryCount", Operator: "gt", Threshold: number(2)}))
	many, few := map[string]float64{"retryCount": 3}, map[string]float64{"retryCount": 0}
	require.Equal(t, opened, p.runs("a", execution.Running, 1, 0, many))
	require.Equal(t, nothing, p.runs("a", execution.Running, 2, 0, many))
	require.Equal(t, nothing, p.runs("a", execution.Completed, 3, 0, many))
	require.Equal(t, "retryCount", p.record().Facts.Metric)
	require.Equal(t, closed, p.after(second).runs("b", execution.Completed, 3, 0, few))
}

// TestBuiltin: Open, Touch and Close as of other rules.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	r := Builtins()[0]
	p := newScene(t, &r)
	judge := func(met, fresh bool, run string) []EffectKind {
		o := &Observation{Kind: BuiltinJudged, At: p.now, Met: met, New: fresh, Facts: Facts{Obligation: "jpk-v7m", Period: "2026-10"}}
		if run != "" {
			o.Run = &Run{ExecutionID: run, WorkflowID: "jpk"}
		}
		return p.see(o)
	}
	require.Equal(t, nothing, judge(false, false, ""))
	require.Equal(t, opened, judge(true, false, ""))
	require.Equal(t, []any{Custom, DeadlineAtRisk, "jpk-v7m"}, []any{p.record().Type, p.record().Builtin, p.record().Facts.Obligation})
	require.Equal(t, nothing, judge(true, false, ""))
	require.Equal(t, touched, judge(true, true, ""))
	require.Equal(t, touched, judge(true, false, "a"))
	require.Equal(t, nothing, judge(true, false, "a"))
	require.Equal(t, closed, judge(false, false, ""))

	p = newScene(t, &r)
	judge(true, false, "a")
	judge(true, false, "b")
	require.Equal(t, nothing, judge(false, false, "a"), "b still meets it")
	require.Equal(t, closed, judge(false, false, "b"))
}

// TestBuiltinsAndPresetsAreAcceptable, and presets off until somebody confirms them.
func TestBuiltinsAndPresetsAreAcceptable(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, r := range Builtins() {
		require.Nil(t, r.Normalise(), r.Name)
		require.Equal(t, "builtin:"+string(r.Builtin), r.ID)
		require.False(t, ids[r.ID])
		ids[r.ID] = true
	}
	workflows := map[string]bool{}
	for _, preset := range Presets() {
		r := preset.Rule
		before, err := json.Marshal(r)
		require.NoError(t, err)
		require.Nil(t, r.Normalise(), r.Name)
		after, err := json.Marshal(r)
		require.NoError(t, err)
		require.JSONEq(t, string(before), string(after), "normalised already")
		require.False(t, r.Active)
		require.False(t, ids[preset.ID])
		ids[preset.ID], workflows[preset.Workflow] = true, true
	}
	for _, name := range []string{"jpk-generation", "tax-filing", "payroll", "month-end-closing"} {
		require.True(t, workflows[name], name)
	}
}
