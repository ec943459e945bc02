package execution

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// T1, B-31, B-33: a run with ten steps, five of them completed, one running.
func TestProgressCountsDoneStepsOfThePlan(t *testing.T) {
	t.Parallel()
	start := bare("start", ExecutionStarted, 0)
	start.Plan = plan(10)
	x := merged(start)
	require.Zero(t, x.Summary().Progress)
	for i := range 5 {
		id := fmt.Sprintf("s%d", i)
		a := stepEvent("a"+id, StepStarted, id, time.Duration(i)*time.Second)
		b := stepEvent("b"+id, StepCompleted, id, time.Duration(i+1)*time.Second)
		Apply(x, &a)
		Apply(x, &b)
	}
	six := stepEvent("six", StepStarted, "s5", 6*time.Second)
	Apply(x, &six)
	s := x.Summary()
	require.Equal(t, Running, s.Status)
	require.Equal(t, 50, s.Progress)
	require.Equal(t, "Krok 5", s.CurrentStep)
	require.Equal(t, []string{"Krok 5"}, s.CurrentSteps)
	require.Equal(t, 5, s.StepsDone)
	require.Equal(t, 10, s.StepsTotal)
	require.Len(t, x.Steps(), 10)
	require.Equal(t, "completed", x.Steps()[0].Status.String())
	require.Equal(t, "pending", x.Steps()[9].Status.String())
}

// S9, B-31: rounded half up, skipped is done, each step once, never 100 before the end.
func TestProgressRoundsAndIsCapped(t *testing.T) {
	t.Parallel()
	progress := func(total int, events ...Event) int {
		start := bare("start", ExecutionStarted, 0)
		start.Plan = plan(total)
		return merged(append([]Event{start}, events...)...).Summary().Progress
	}
	done := func(i int) Event {
		return stepEvent(fmt.Sprint("done", i), StepCompleted, fmt.Sprint("s", i), time.Second)
	}
	require.Zero(t, progress(0), "no step declared")
	require.Equal(t, 33, progress(3, done(0)))
	require.Equal(t, 67, progress(3, done(0), done(1)))
	require.Equal(t, 13, progress(8, done(0)), "12.5 rounds up")
	require.Equal(t, 50, progress(2, stepEvent("skip", StepSkipped, "s0", 0)))
	require.Equal(t, 99, progress(1, done(0)), "all steps done, but not the execution")
	require.Equal(t, 100, progress(3, bare("end", ExecutionCompleted, time.Minute)))
	require.Equal(t, 33, progress(3, done(0), bare("end", ExecutionFailed, time.Minute)), "the last value stays")
	require.Equal(t, 50, progress(2, done(0), stepEvent("more", StepCompleted, "extra", time.Second)), "a step outside the plan does not count")
	twice := stepEvent("again", StepCompleted, "s0", 2*time.Second, attemptOf(2))
	require.Equal(t, 50, progress(2, done(0), twice), "a step that was tried twice counts once")
}

// B-31, B-78: without a plan the known steps count; without any step, what the engine says.
func TestProgressWithoutAPlan(t *testing.T) {
	t.Parallel()
	told := func(percent int, after time.Duration) Event {
		e := bare(fmt.Sprint("told", percent), ExecutionProgress, after)
		e.Progress = percent
		return e
	}
	s := merged(told(40, 0), told(100, time.Second)).Summary()
	require.Equal(t, 99, s.Progress)
	require.Equal(t, 100, s.ReportedProgress)
	s = merged(told(80, 0), stepEvent("1", StepCompleted, "a", 0), stepEvent("2", StepStarted, "b", 0)).Summary()
	require.Equal(t, 50, s.Progress, "computed wins")
	require.Equal(t, 80, s.ReportedProgress)
}

// B-36, B-95: the states before the end.
func TestStatusBeforeTheEnd(t *testing.T) {
	t.Parallel()
	queued, started := bare("q", ExecutionQueued, 0), bare("s", ExecutionStarted, time.Second)
	waiting, resumed := bare("w", ExecutionWaiting, 2*time.Second), bare("r", ExecutionResumed, 3*time.Second)
	step := stepEvent("st", StepStarted, "a", 4*time.Second)
	status := func(events ...Event) Status { return merged(events...).Summary().Status }
	require.Equal(t, Pending, status(queued))
	require.Equal(t, Running, status(started, queued))
	require.Equal(t, Waiting, status(queued, started, waiting))
	require.Equal(t, Waiting, status(queued, started, waiting, step), "a step never ends waiting")
	require.Equal(t, Running, status(resumed, waiting, started))
	same := bare("r", ExecutionResumed, 2*time.Second)
	require.Equal(t, Running, status(same, waiting), "at the same time resumed comes after waiting")
	require.Equal(t, Running, status(step), "a step makes an execution that never started run")
	require.Equal(t, at(4*time.Second), merged(step, queued).Summary().StartedAt)
}

// B-76: an end is never undone; of several the earliest wins.
func TestTheEarliestEndWinsForGood(t *testing.T) {
	t.Parallel()
	end := func(id string, kind EventType, after time.Duration) Event {
		e := bare(id, kind, after)
		e.Error = &ErrorInfo{Message: id}
		return e
	}
	completed, failed := end("c", ExecutionCompleted, 5*time.Second), end("f", ExecutionFailed, 6*time.Second)
	started := bare("s", ExecutionStarted, 10*time.Second)
	s := merged(failed, started, completed).Summary()
	require.Equal(t, Completed, s.Status, "a start that comes or happened later does not reopen")
	require.Equal(t, at(5*time.Second), s.CompletedAt)
	require.Equal(t, "c", s.Error.Message, "the error is that of the end that wins")
	ms, ok := s.DurationMs(at(time.Hour))
	require.True(t, ok)
	require.Zero(t, ms, "B-34: never negative")
	kinds := []EventType{ExecutionCompleted, ExecutionCancelled, ExecutionFailed}
	for i, want := range []Status{Completed, Cancelled, Failed} {
		var events []Event
		for _, kind := range kinds[:i+1] {
			events = append(events, end(kind.String(), kind, time.Second))
		}
		require.Equal(t, want, merged(events...).Summary().Status, "at the same time failed, cancelled, completed")
	}
}

// T2, S11, B-34: durations, with and without a start.
func TestDurations(t *testing.T) {
	t.Parallel()
	s := merged(bare("s", ExecutionStarted, 0)).Summary()
	ms, ok := s.DurationMs(at(30 * time.Second))
	require.True(t, ok)
	require.EqualValues(t, 30_000, ms)
	s = merged(bare("q", ExecutionQueued, 0)).Summary()
	_, ok = s.DurationMs(at(time.Minute))
	require.False(t, ok, "not started")
	end := bare("end", ExecutionCompleted, time.Minute)
	end.DurationMs = 20_000
	require.Equal(t, at(40*time.Second), merged(end).Summary().StartedAt, "durationMs counts where there is no start")
	require.Equal(t, at(10*time.Second), merged(end, bare("s", ExecutionStarted, 10*time.Second)).Summary().StartedAt)
	long := bare("end", ExecutionCompleted, 771*24*time.Hour)
	s = merged(bare("s", ExecutionStarted, 0), long).Summary()
	ms, _ = s.DurationMs(at(0))
	require.EqualValues(t, 771*24*3600*1000, ms, "B-65")
	epoch := bare("old", ExecutionStarted, 0)
	epoch.Timestamp = 0
	s = merged(epoch, bare("end", ExecutionCompleted, 0)).Summary()
	require.True(t, s.StartedAt.Present(), "1970-01-01T00:00:00Z is a time")
}

// B-34: the time in waiting is known apart.
func TestWaitingIsMeasured(t *testing.T) {
	t.Parallel()
	events := []Event{
		bare("s", ExecutionStarted, 0), bare("w1", ExecutionWaiting, 10*time.Second), bare("r1", ExecutionResumed, 25*time.Second),
		bare("w2", ExecutionWaiting, 40*time.Second),
	}
	s := merged(events...).Summary()
	require.EqualValues(t, 15_000, s.WaitingMs)
	require.Equal(t, at(40*time.Second), s.WaitingSince)
	s = merged(append(events, bare("end", ExecutionCompleted, 45*time.Second))...).Summary()
	require.EqualValues(t, 20_000, s.WaitingMs)
	require.False(t, s.WaitingSince.Present())
}

// B-32, B-33: several steps at once, in the order of the plan.
func TestSeveralStepsAtOnce(t *testing.T) {
	t.Parallel()
	start := bare("start", ExecutionStarted, 0)
	start.Plan = plan(3)
	x := merged(stepEvent("x", StepStarted, "extra", 0), stepEvent("2", StepStarted, "s2", time.Second),
		stepEvent("0", StepStarted, "s0", 2*time.Second), start)
	require.Equal(t, []string{"Krok 0", "Krok 2", "extra"}, x.Summary().CurrentSteps)
	var ids []string
	for _, s := range x.Steps() {
		ids = append(ids, s.StepID)
	}
	require.Equal(t, []string{"s0", "s1", "s2", "extra"}, ids)
	require.Equal(t, []string{"s0"}, x.Steps()[1].DependsOn)
}

func TestALargeFanOutNamesTheFirstSteps(t *testing.T) {
	t.Parallel()
	start := bare("start", ExecutionStarted, 0)
	start.Plan = plan(2 * CurrentStepsMax)
	x := merged(start)
	for i := 2*CurrentStepsMax - 1; i >= 0; i-- {
		e := stepEvent(fmt.Sprint("e", i), StepStarted, fmt.Sprint("s", i), time.Second)
		Apply(x, &e)
	}
	s := x.Summary()
	require.Len(t, s.CurrentSteps, CurrentStepsMax)
	require.Equal(t, "Krok 0", s.CurrentStep)
	require.Equal(t, fmt.Sprint("Krok ", CurrentStepsMax-1), s.CurrentSteps[CurrentStepsMax-1])
}

func TestTheLastEventThatCarriesAFieldDecidesIt(t *testing.T) {
	t.Parallel()
	said := func(id, client string, after time.Duration) Event {
		e := bare(id, ExecutionProgress, after)
		e.ClientRef, e.Tags = client, []string{client}
		return e
	}
	silent := bare("z", ExecutionProgress, time.Hour)
	a, b, c := said("a", "first", 0), said("b", "second", time.Second), said("c", "third", time.Second)
	for _, events := range [][]Event{{a, b, c, silent}, {silent, c, b, a}, {b, c, a, silent}} {
		s := merged(events...).Summary()
		require.Equal(t, "third", s.ClientRef, "later wins, at the same time the greater id")
		require.Equal(t, []string{"third"}, s.Tags)
	}
}

// B-96: a retried execution says of what, and which attempt it is.
func TestRetriedExecution(t *testing.T) {
	t.Parallel()
	e := bare("1", ExecutionStarted, 0)
	require.Equal(t, 1, merged(e).Summary().Attempt)
	e.RetryOf, e.Attempt = "run-0", 2
	s := merged(e, stepEvent("2", StepStarted, "a", time.Second, attemptOf(7))).Summary()
	require.Equal(t, "run-0", s.RetryOf)
	require.Equal(t, 2, s.Attempt, "a step's attempt is the step's")
}

// B-75: a skewed clock is told.
func TestASkewedClockIsTold(t *testing.T) {
	t.Parallel()
	e := bare("1", ExecutionStarted, 0)
	e.ClockSkewed = true
	require.True(t, merged(e, bare("2", ExecutionCompleted, time.Second)).Summary().ClockSkewed)
}

func TestAnExecutionIsFullAtItsLimit(t *testing.T) {
	t.Parallel()
	x := New("run")
	for i := range EventsMax {
		e := stepEvent(fmt.Sprint(i), StepProgress, "s", time.Duration(i))
		require.Equal(t, Applied, Apply(x, &e))
	}
	e := bare("one more", ExecutionCompleted, time.Second)
	require.Equal(t, Full, Apply(x, &e))
	again := stepEvent("0", StepProgress, "s", 0)
	require.Equal(t, Duplicate, Apply(x, &again))
	require.Equal(t, Running, x.Summary().Status)
}
