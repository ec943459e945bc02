package alert

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestFailureFiresAndNothingElseDoes: A4, T6, B2.1.
func TestFailureFiresAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	for _, status := range []execution.Status{execution.Pending, execution.Running, execution.Waiting, execution.Completed, execution.Cancelled} {
		p := newScene(t, rule(t, ExecutionFailed))
		require.Equal(t, nothing, p.runs("a", status, 1000, 0, nil), status)
	}
	p := newScene(t, rule(t, ExecutionFailed))
	require.Equal(t, opened, p.fails("a"))
	rec := p.record()
	require.Equal(t, Active, rec.Status)
	require.Equal(t, Error, rec.Severity)
	require.Equal(t, []any{"a", "jpk", "timeout 30s", int64(1)}, []any{rec.ExecutionID, rec.WorkflowID, rec.Facts.Error, rec.Count})
}

// TestAllClearNeedsEachClient: §9b, false all-clear.
func TestAllClearNeedsEachClient(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.ends("1", "K-1", execution.Failed, p.now)
	p.after(minute).ends("2", "K-2", execution.Failed, p.now)
	p.after(minute).ends("3", "", execution.Failed, p.now)
	require.Equal(t, nothing, p.after(minute).ends("4", "K-2", execution.Completed, p.now))
	require.Equal(t, nothing, p.ends("5", "K-3", execution.Completed, p.now))
	require.Equal(t, nothing, p.ends("6", "", execution.Completed, p.now))
	require.Equal(t, nothing, p.ends("7", "K-1", execution.Completed, t0-minute), "a success before the failure, told late, is no improvement")
	require.Equal(t, nothing, p.ends("8", "K-1", execution.Cancelled, p.now))
	require.Equal(t, closed, p.ends("9", "K-1", execution.Completed, p.now))
	require.Equal(t, []any{Resolved, "system", Cleared, int64(3), int64(2)},
		[]any{p.record().Status, p.record().ResolvedBy, p.record().ResolvedWhy, p.record().Count, p.record().SuppressedCount})
}

// TestLateFailureOfAClientThatSucceededSince ends as if it had come in order.
func TestLateFailureOfAClientThatSucceededSince(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.ends("2", "K-1", execution.Completed, p.now)
	require.Equal(t, []EffectKind{Open, Close}, p.ends("1", "K-1", execution.Failed, p.now-minute))
}

// TestFailureWithoutImprovementExpires a day after the last one (§9b).
func TestFailureWithoutImprovementExpires(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	p.fails("a")
	require.Equal(t, remind, p.passes(), "once at the cooldown's end")
	p.after(10 * hour).fails("b")
	last := p.now
	require.Equal(t, closed, p.passes(), "told just then, nothing new since")
	require.Equal(t, last+24*hour, p.now)
	require.Equal(t, Resolved, p.record().Status)
}

// TestTooManyClientsAreNotForgotten: what is not kept cannot clear by itself.
func TestTooManyClientsAreNotForgotten(t *testing.T) {
	t.Parallel()
	r, s := rule(t, ExecutionFailed), NewState("r", "wf:jpk")
	end := func(client int, status execution.Status, at execution.Instant) []Effect {
		state, effects, err := Evaluate(r, s, &Observation{Kind: ExecutionChanged, At: at, Run: &Run{ExecutionID: fmt.Sprint(client, at),
			ClientRef: fmt.Sprint(client), Status: status, Ended: true, CompletedAt: at}}, at)
		require.NoError(t, err)
		s = state
		return effects
	}
	for i := range scopeItemsMax + 1 {
		end(i, execution.Failed, t0)
	}
	require.Len(t, s.Clients, scopeItemsMax)
	for i := range scopeItemsMax {
		require.Empty(t, end(i, execution.Completed, t0+minute))
	}
	require.True(t, s.Open())
}

// TestConsecutiveFailures: A5, AC6.2a, T8, B-08, B-09, B-10, and faults 1–3 of the seed.
func TestConsecutiveFailures(t *testing.T) {
	t.Parallel()
	f := func(n int, outcomes string, want EffectKind, fires bool) {
		t.Helper()
		p := newScene(t, rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: n}))
		var last []EffectKind
		for i, o := range outcomes {
			id := fmt.Sprint(i)
			switch p.after(minute); o {
			case 'F':
				last = p.fails(id)
			case 'C':
				last = p.completes(id)
			case 'X':
				last = p.ends(id, "", execution.Cancelled, p.now)
			case 'r':
				last = p.runs(id, execution.Running, 10, 0, nil)
			}
		}
		if !fires {
			require.Equal(t, nothing, last, outcomes)
			return
		}
		require.Equal(t, []EffectKind{want}, last, outcomes)
	}
	f(3, "F", 0, false)
	f(3, "FF", 0, false)
	f(3, "FFF", Open, true)
	f(3, "FFCF", 0, false)
	f(3, "FFrF", Open, true)
	f(3, "FXFXF", Open, true)
	f(3, "FFFX", 0, false)
	f(3, "FFFF", Touch, true)
	f(3, "FFFC", Close, true)
	f(3, "CCC", 0, false)
	f(1, "F", Open, true)
	f(0, "FFF", Open, true)
	f(0, "FF", 0, false)
}

// TestStreakKnowsLateOutcomes: order is by (completedAt, seq), not by arrival.
func TestStreakKnowsLateOutcomes(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: 3}))
	p.after(10 * minute)
	p.ends("1", "", execution.Failed, t0+minute)
	p.ends("3", "", execution.Failed, t0+3*minute)
	require.Equal(t, opened, p.ends("2", "", execution.Failed, t0+2*minute))
	require.Equal(t, nothing, p.ends("0", "", execution.Completed, t0), "before the streak")
	require.Equal(t, closed, p.ends("4", "", execution.Completed, t0+150*1_000_000_000), "a success in the midst was no streak")

	p = newScene(t, rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: 2}))
	p.after(hour)
	p.ends("2", "", execution.Completed, t0+2*minute)
	p.ends("3", "", execution.Failed, t0+3*minute)
	require.Equal(t, nothing, p.ends("1", "", execution.Failed, t0+minute), "not in the streak")
	require.Equal(t, opened, p.ends("4", "", execution.Failed, t0+4*minute))
}

// TestStreakOfARuleCreatedLater needs all N, of which earlier ones count.
func TestStreakOfARuleCreatedLater(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: 3}))
	for i := range 2 {
		p.history.Add(Outcome{At: t0 - minutes(10-i), ExecutionID: fmt.Sprint("old", i), Failed: true})
	}
	require.Equal(t, opened, p.fails("new"))
	require.Equal(t, []any{3, t0 - minutes(10)}, []any{p.record().Facts.InRow, p.record().Facts.RowSince})
	require.Len(t, p.record().Facts.Recent, 3)
	require.Equal(t, "new", p.record().Facts.Recent[0].ExecutionID)
}

// TestHighErrorRate: A7, B-28, B-29.
func TestHighErrorRate(t *testing.T) {
	t.Parallel()
	f := func(c Condition, completed, failed int, fires bool) {
		t.Helper()
		p := newScene(t, rule(t, HighErrorRate, c))
		for i := range completed {
			require.Equal(t, nothing, p.completes(fmt.Sprint("c", i)))
		}
		for i := range failed {
			p.fails(fmt.Sprint("f", i))
		}
		require.Equal(t, fires, len(p.records) == 1, "%+v %d/%d", c, failed, completed+failed)
	}
	seed := Condition{Threshold: number(0.1)}
	f(seed, 7, 2, false)
	f(seed, 9, 1, false)
	f(seed, 8, 2, true)
	f(Condition{}, 8, 2, true)
	f(Condition{Threshold: number(10)}, 9, 1, false)
	f(Condition{Threshold: number(10)}, 8, 2, true)
	f(Condition{Threshold: number(10), Operator: "gte"}, 9, 1, true)
	f(Condition{Threshold: number(0)}, 9, 1, true)
	f(Condition{Threshold: number(0)}, 10, 0, false)
	f(Condition{Threshold: number(0.5), Unit: "percent"}, 99, 1, true)
	f(Condition{Threshold: number(0.5), MinSample: 2}, 0, 2, true)
	f(Condition{Threshold: number(1)}, 0, 20, false)
}

// TestErrorRateResolvesAsFailuresAgeOut without an event: 5 points below the threshold, or when the window is empty.
func TestErrorRateResolvesAsFailuresAgeOut(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, HighErrorRate, Condition{Threshold: number(10), TimeWindowMinutes: 30}))
	p.fails("f1")
	p.fails("f2")
	for i := range 8 {
		p.after(minute).completes(fmt.Sprint("a", i))
	}
	require.Len(t, p.records, 1)
	require.InDelta(t, 20, p.record().Facts.Percent, 1e-9)
	for i := range 8 {
		require.Equal(t, nothing, p.after(minute).completes(fmt.Sprint("b", i)), "%d: in the band", i)
	}
	for p.record().Status != Resolved {
		require.Less(t, p.now, t0+40*minute)
		p.passes()
	}
	require.InDelta(t, float64(t0+30*minute), float64(p.now), float64(askRateEvery+1), "when both failures are 30 minutes old")
}

// TestWindowsOfConditionsAreTheirOwn: B-30.
func TestWindowsOfConditionsAreTheirOwn(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, HighErrorRate, Condition{Threshold: number(10), TimeWindowMinutes: 60}, Condition{Threshold: number(50), TimeWindowMinutes: 5,
		MinSample: 2}))
	for i := range 10 {
		require.Equal(t, nothing, p.completes(fmt.Sprint("c", i)))
	}
	p.after(10 * minute)
	require.Equal(t, nothing, p.fails("1"), "too few in the short window")
	require.Equal(t, opened, p.fails("2"))
}

// TestAnEndThatNobodyTold is news when it is concluded, and no longer when the true one takes its place.
func TestAnEndThatNobodyTold(t *testing.T) {
	t.Parallel()
	p := newScene(t, rule(t, ExecutionFailed))
	ends := func(status execution.Status, at, known, instead execution.Instant) []EffectKind {
		run := &Run{ExecutionID: "1", WorkflowID: "jpk", Status: status, Ended: true, CompletedAt: at, Seq: 1}
		return p.see(&Observation{Kind: ExecutionChanged, At: at, Known: known, Instead: instead, Run: run, History: p.history})
	}
	before := p.now
	p.after(26 * hour)
	require.Equal(t, opened, ends(execution.Failed, before, p.now, 0))
	require.Equal(t, []Transition{Triggered}, p.told)
	require.False(t, p.record().Late)
	require.Equal(t, p.now+expireAfter, p.state.Again, "a day without improvement begins now")
	require.Equal(t, closed, ends(execution.Completed, before-hour, 0, before), "earlier than what was concluded")
}
