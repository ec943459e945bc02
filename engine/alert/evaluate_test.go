package alert

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestOperators is the truth table of A8, with B-26: what is no number meets nothing, ne included.
func TestOperators(t *testing.T) {
	t.Parallel()
	f := func(operator string, below, equal, above bool) {
		t.Helper()
		require.Equal(t, below, compare(operator, 9, 10), operator)
		require.Equal(t, equal, compare(operator, 10, 10), operator)
		require.Equal(t, above, compare(operator, 11, 10), operator)
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			require.False(t, compare(operator, v, 10), "%s %v", operator, v)
		}
	}
	f("gt", false, false, true)
	f("gte", false, true, true)
	f("lt", true, false, false)
	f("lte", true, true, false)
	f("eq", false, true, false)
	f("ne", true, false, true)
	f(">", false, false, false)
	f("", false, false, false)
	require.True(t, compare("eq", 0.1+0.2, 0.3))
	require.False(t, compare("ne", 0.1+0.2, 0.3))
	require.False(t, compare("eq", 10+2e-9, 10))
}

// TestHysteresis: 10 % below the threshold, percentages 5 points (§9b).
func TestHysteresis(t *testing.T) {
	t.Parallel()
	require.False(t, relaxed("gt", 91, 100, false))
	require.True(t, relaxed("gt", 90, 100, false))
	require.False(t, relaxed("gt", 75.1, 80, true))
	require.True(t, relaxed("gt", 75, 80, true))
	require.False(t, relaxed("lt", 10.5, 10, false))
	require.True(t, relaxed("lt", 11, 10, false))
	require.True(t, relaxed("gt", 0, 0, true))
	require.False(t, relaxed("gte", 0, 0, true), "still met")
	require.True(t, relaxed("gt", 1, 2, true), "a small percentage can clear before it is 0")
	require.False(t, relaxed("gt", math.NaN(), 10, false))
}

// TestCooldown: A3, T7, B-03, B-06, B2.4 and what follows it (§9b).
func TestCooldown(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	require.Equal(t, opened, p.fails("1"))
	require.Equal(t, touched, p.after(14*minute).fails("2"))
	require.Equal(t, []any{int64(2), int64(1), "2"}, []any{p.record().Count, p.record().SuppressedCount, p.record().ExecutionID})
	require.Equal(t, remind, p.passes())
	require.Equal(t, t0+15*minute, p.now)
	require.Equal(t, touched, p.after(minute).fails("3"), "the reminder began another cooldown")
	require.Equal(t, remind, p.passes(), "something new met it")
	require.Equal(t, t0+24*hour+16*minute, p.state.Wake(), "nothing new: only the day's end is waited for")
	require.Equal(t, remind, p.after(hour).fails("4"), "beyond the cooldown at once")
	require.Equal(t, []Transition{Triggered, Reminder, Reminder, Reminder}, p.told)
	require.Len(t, p.records, 1)
	require.Equal(t, []any{int64(4), int64(2)}, []any{p.record().Count, p.record().SuppressedCount})
}

// TestAcknowledgedStaysSilent, and acknowledgements don't expire.
func TestAcknowledgedStaysSilent(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.fails("1")
	p.acts(func(r *Record) {
		_, err := r.Acknowledge(Person{ID: "marek"}, "", p.now)
		require.Nil(t, err)
	})
	require.Equal(t, touched, p.after(minute).fails("2"))
	require.Equal(t, touched, p.after(hour).fails("3"))
	require.Equal(t, p.now+24*hour, p.state.Wake())
	p.acts(func(r *Record) { require.Nil(t, r.Escalate(Person{ID: "marek"}, "", p.now)) })
	require.Equal(t, remind, p.after(minute).fails("4"), "an escalated one is told")
	require.Equal(t, int64(4), p.record().Count)
}

// TestResolvedWithinTheCooldown: never a new record before its end; after it one if something met it.
func TestResolvedWithinTheCooldown(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.fails("1")
	require.Equal(t, closed, p.after(minute).completes("2"))
	require.Equal(t, nothing, p.after(minute).fails("3"))
	require.Equal(t, nothing, p.after(minute).fails("4"))
	require.Equal(t, []any{int64(2), int64(2)}, []any{p.state.Count, p.state.Suppressed})
	require.Equal(t, opened, p.passes())
	require.Equal(t, t0+15*minute, p.now)
	require.Equal(t, []any{"4", int64(2), int64(2), t0 + 3*minute}, []any{p.record().ExecutionID, p.record().Count, p.record().SuppressedCount, p.record().Facts.At})
	require.Equal(t, closed, p.after(minute).completes("5"))

	p = newScene(t, rule(t, ExecutionFailed))
	p.fails("1")
	p.after(minute).completes("2")
	p.after(minute).fails("3")
	require.Equal(t, nothing, p.after(minute).completes("4"))
	require.Equal(t, execution.NoInstant, p.state.Wake(), "well again before the cooldown's end: nothing to tell")
}

// TestResolvedByHand: what somebody closed is not opened again without anything new.
func TestResolvedByHand(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.ends("1", "K-1", execution.Failed, p.now)
	p.acts(func(r *Record) { require.True(t, r.Resolve(Person{ID: "marek"}, "", p.now)) })
	require.Equal(t, nothing, p.see(&Observation{Kind: TimePassed, At: p.now, History: p.history}))
	require.Equal(t, execution.NoInstant, p.state.Wake())
	require.Equal(t, nothing, p.after(minute).ends("2", "K-2", execution.Failed, p.now))
	require.Equal(t, opened, p.passes())
	require.Equal(t, closed, p.ends("3", "K-2", execution.Completed, p.now), "K-1 belongs to the episode that was closed")
}

// TestMeasuredConditionHoldsOnAfterAResolve by hand: a new record when the cooldown is over.
func TestMeasuredConditionHoldsOnAfterAResolve(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, QueueBacklog, Condition{Threshold: number(100)}))
	require.Equal(t, opened, p.queue(101, 0))
	p.acts(func(r *Record) { r.Resolve(Person{ID: "marek"}, "", p.now) })
	require.Equal(t, nothing, p.after(14*minute).queue(150, 0))
	require.Equal(t, opened, p.after(minute).queue(150, 0))
	require.Equal(t, []any{int64(1), int64(150)}, []any{p.record().Count, p.record().Facts.Pending})
}

// TestEngineThatStaysSilentIsToldOfAgain when somebody closed the alert and nothing has changed since; a missed run that was seen to is not.
func TestEngineThatStaysSilentIsToldOfAgain(t *testing.T) {
	t.Parallel()
	for of, after := range map[Builtin][]EffectKind{EngineSilent: opened, ChannelBroken: opened, QueueMissesDeadline: opened, MissedRun: nothing, DeadlineAtRisk: nothing} {
		all := Builtins()
		r := &all[slices.IndexFunc(all, func(r Rule) bool { return r.Builtin == of })]
		p := newScene(t, r)
		look := func() []EffectKind { return p.see(&Observation{Kind: BuiltinJudged, At: p.now, Met: true}) }
		require.Equal(t, opened, look(), of)
		p.acts(func(r *Record) { r.Resolve(Person{ID: "marek"}, "", p.now) })
		p.after(minute)
		require.Equal(t, nothing, look(), of)
		p.after(5 * hour)
		require.Equal(t, after, look(), of)
	}
}

// TestClockSetBack: the cooldown ends a cooldown from now at the latest.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.fails("1")
	p.after(-hour)
	require.Equal(t, touched, p.fails("2"))
	require.Equal(t, p.now+15*minute, p.state.Wake())
	require.Equal(t, remind, p.passes())
	p.after(-hour)
	p.see(&Observation{Kind: TimePassed, At: p.now})
	require.Equal(t, p.now+24*hour, p.state.Wake())
}

// TestSeverityThatRoseBreaksTheCooldown.
func TestSeverityThatRoseBreaksTheCooldown(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.rule.Severity = Warning
	p.fails("1")
	p.rule.Severity = Info
	require.Equal(t, touched, p.after(minute).fails("2"), "a lower one does not")
	p.rule.Severity = Critical
	require.Equal(t, remind, p.see(&Observation{Kind: TimePassed, At: p.now}))
	require.Equal(t, Critical, p.record().Severity)
	require.Equal(t, touched, p.after(minute).fails("3"), "once")
}

// TestLateEvents: §9b.
func TestLateEvents(t *testing.T) {
	t.Parallel()
	f := func(age execution.Instant, imported, late, silent bool) {
		t.Helper()
		p := newScene(t, rule(t, ExecutionFailed))
		run := &Run{ExecutionID: "1", WorkflowID: "jpk", Status: execution.Failed, Ended: true, CompletedAt: p.now - age}
		require.Equal(t, opened, p.see(&Observation{Kind: ExecutionChanged, At: p.now - age, Run: run, Imported: imported}))
		require.Equal(t, []bool{late, silent}, []bool{p.record().Late, p.record().Silent}, age)
		want := touched
		if silent {
			want = remind // what nobody was told hushes nothing
		}
		require.Equal(t, want, p.fails("2"))
		require.False(t, p.record().Silent)
	}
	f(0, false, false, false)
	f(hour, false, false, false)
	f(hour+1, false, true, false)
	f(24*hour, false, true, false)
	f(24*hour+1, false, true, true)
	f(0, true, false, true)

	p := newScene(t, rule(t, ExecutionFailed))
	p.ends("1", "", execution.Failed, p.now-48*hour)
	require.Equal(t, closed, p.passes(), "an old failure expires without a reminder")
	require.Equal(t, Expired, p.record().ResolvedWhy)
}

// TestRuleThatCannotBeEvaluatedIsAnError, never a trigger (B-02), and the state stands.
func TestRuleThatCannotBeEvaluatedIsAnError(t *testing.T) {
	t.Parallel()
	s := NewState("r", "wf:jpk")
	failed := &Observation{Kind: ExecutionChanged, At: t0, Run: &Run{ExecutionID: "1", Status: execution.Failed, Ended: true, CompletedAt: t0}}
	for _, r := range []*Rule{{Type: ConsecutiveFailures, Conditions: []Condition{{}}}, {Type: HighErrorRate, Conditions: []Condition{{}}}, {Type: Custom},
		{Type: SlowExecution}, {Type: QueueBacklog}, {Type: ResourceThreshold}, {Type: "unheard", Conditions: []Condition{{}}}} {
		state, effects, err := Evaluate(r, s, failed, t0)
		require.Error(t, err, r.Type)
		require.Empty(t, effects)
		require.Equal(t, s, state)
	}
	_, _, err := Evaluate(&Rule{Type: ExecutionFailed}, s, &Observation{Kind: ExecutionChanged, At: t0}, t0)
	require.Error(t, err)
}
