package execution

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// told are a step's attempts in short: number, status, start and end in seconds.
func told(t *testing.T, events ...Event) string {
	t.Helper()
	s, ok := merged(events...).Step("a")
	require.True(t, ok)
	when := func(i Instant) string {
		if !i.Present() {
			return "-"
		}
		return fmt.Sprint((i - at(0)) / Instant(time.Second))
	}
	var out []string
	for _, a := range s.Attempts {
		out = append(out, fmt.Sprintf("%d %s %s-%s", a.Attempt, a.Status, when(a.StartedAt), when(a.CompletedAt)))
	}
	last := s.Attempts[len(s.Attempts)-1]
	require.Equal(t, last.Status, s.Status)
	require.Equal(t, last.Attempt, s.Attempt)
	return strings.Join(out, ", ")
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	e := func(kind EventType, second int, attempt ...int) Event {
		n := 0
		if len(attempt) > 0 {
			n = attempt[0]
		}
		return stepEvent(fmt.Sprint(kind, second, n), kind, "a", time.Duration(second)*time.Second, attemptOf(n))
	}
	for _, c := range []struct {
		name, want string
		events     []Event
	}{
		{"begun", "1 running 1--", []Event{e(StepStarted, 1)}},
		{"done", "1 completed 1-3", []Event{e(StepStarted, 1), e(StepCompleted, 3)}},
		{"skipped without a start", "1 skipped --3", []Event{e(StepSkipped, 3)}},
		{"only progress", "1 running 2--", []Event{e(StepProgress, 2)}},
		{"the end came before its start by the clock", "1 completed 3-2", []Event{e(StepStarted, 3), e(StepCompleted, 2)}},
		{"n-th start is attempt n", "1 failed 1-2, 2 completed 3-4",
			[]Event{e(StepStarted, 3), e(StepCompleted, 4), e(StepFailed, 2), e(StepStarted, 1)}},
		{"an end belongs to the latest start not after it", "1 running 1--, 2 failed 3-3",
			[]Event{e(StepStarted, 1), e(StepStarted, 3), e(StepFailed, 3)}},
		{"numbers are believed", "2 completed 1-5, 3 running 2--",
			[]Event{e(StepStarted, 2, 3), e(StepStarted, 1, 2), e(StepCompleted, 5, 2)}},
		{"an end beats a start, the latest end wins", "1 failed 1-4",
			[]Event{e(StepStarted, 1), e(StepCompleted, 2), e(StepFailed, 4), e(StepStarted, 6, 1)}},
		{"retrying ends an attempt", "1 retrying 1--", []Event{e(StepStarted, 1), e(StepRetrying, 2)}},
		{"and the next one follows", "1 failed 1-2, 2 running 3--", []Event{e(StepStarted, 1), e(StepRetrying, 2), e(StepStarted, 3)}},
		{"after a failure it announces the next", "1 failed 1-2, 2 retrying ---",
			[]Event{e(StepStarted, 1), e(StepFailed, 2), e(StepRetrying, 2)}},
		{"which then begins", "1 failed 1-2, 2 completed 4-5",
			[]Event{e(StepStarted, 1), e(StepFailed, 2), e(StepRetrying, 3), e(StepStarted, 4), e(StepCompleted, 5)}},
		{"announced by its number", "1 failed 1-2, 2 running 4--",
			[]Event{e(StepStarted, 1, 1), e(StepFailed, 2, 1), e(StepRetrying, 3, 2), e(StepStarted, 4, 2)}},
	} {
		require.Equal(t, c.want, told(t, c.events...), c.name)
	}
}

func TestADurationStandsForAStartThatNobodyReported(t *testing.T) {
	t.Parallel()
	end := stepEvent("1", StepCompleted, "a", 10*time.Second)
	end.DurationMs = 4000
	require.Equal(t, "1 completed 6-10", told(t, end))
	require.Equal(t, "1 completed 9-10", told(t, end, stepEvent("2", StepStarted, "a", 9*time.Second)), "B-83: counts only where there is no start")
	require.Equal(t, at(6*time.Second), merged(end).Summary().StartedAt)
}

// AC2.1e, AC2.2c: each attempt keeps its error and what it used.
func TestAttemptsKeepErrorsAndMeasures(t *testing.T) {
	t.Parallel()
	measured := func(e Event, cpu float64, failure string) Event {
		e.CPUPercent = cpu
		if failure != "" {
			e.Error = &ErrorInfo{Message: failure}
		}
		return e
	}
	x := merged(
		stepEvent("1", StepStarted, "a", 0),
		measured(stepEvent("2", StepFailed, "a", time.Second), 10, "no answer"),
		stepEvent("3", StepStarted, "a", 2*time.Second),
		measured(stepEvent("4", StepProgress, "a", 3*time.Second), 55, ""),
	)
	s, _ := x.Step("a")
	require.Nil(t, s.Error, "the attempt under way has none")
	require.InDelta(t, 55.0, s.CPUPercent, 0)
	require.Equal(t, "no answer", s.Attempts[0].Error.Message)
	require.InDelta(t, 10.0, s.Attempts[0].CPUPercent, 0)
	require.InDelta(t, Unknown, s.MemoryMB, 0)
	end := measured(stepEvent("5", StepFailed, "a", 4*time.Second), 60, "still none")
	Apply(x, &end)
	s, _ = x.Step("a")
	require.InDelta(t, 60.0, s.CPUPercent, 0, "the end says it last")
	require.Equal(t, "still none", s.Error.Message)
}

func TestAStepStillOpenEndsWithItsExecution(t *testing.T) {
	t.Parallel()
	for kind, want := range map[EventType]StepStatus{ExecutionCompleted: Done, ExecutionFailed: Broken, ExecutionCancelled: Skipped} {
		end := bare("end", kind, 9*time.Second)
		end.Error = &ErrorInfo{Message: "power"}
		start := bare("start", ExecutionStarted, 0)
		start.Plan = plan(2)
		x := merged(start, stepEvent("a", StepStarted, "s0", time.Second), end)
		s, _ := x.Step("s0")
		require.Equal(t, want, s.Status)
		require.True(t, s.Interrupted)
		require.Equal(t, at(9*time.Second), s.CompletedAt)
		require.Equal(t, kind == ExecutionFailed, s.Error != nil)
		never, _ := x.Step("s1")
		require.Equal(t, Planned, never.Status, "what never began did not end")
		require.Empty(t, x.Summary().CurrentSteps)
		late := stepEvent("late", StepCompleted, "s0", 8*time.Second)
		Apply(x, &late)
		s, _ = x.Step("s0")
		require.Equal(t, Done, s.Status, "a late end of its own wins")
		require.False(t, s.Interrupted)
	}
}

func TestInputAndOutputAreNamedByTheirEvents(t *testing.T) {
	t.Parallel()
	in := stepEvent("in", StepStarted, "a", 0)
	in.HasInput = true
	out := stepEvent("out", StepCompleted, "a", time.Second)
	out.HasOutput = true
	s, _ := merged(out, in).Step("a")
	require.Equal(t, in.Hash(), s.InputEvent)
	require.Equal(t, out.Hash(), s.OutputEvent)
}

func TestAStepsNameIsWhatWasSaidLast(t *testing.T) {
	t.Parallel()
	start := bare("start", ExecutionStarted, time.Second)
	start.Plan = []PlanStep{{StepID: "a", Name: "Odczyt"}, {StepID: "b", Name: "b"}}
	named := func(step, name string, after time.Duration) Event {
		e := stepEvent(step+name, StepProgress, step, after)
		e.StepName = name
		return e
	}
	name := func(id string, events ...Event) string {
		s, _ := merged(append(events, start)...).Step(id)
		return s.Name
	}
	require.Equal(t, "Odczyt", name("a"))
	require.Equal(t, "Odczyt", name("a", named("a", "OCR", 0)))
	require.Equal(t, "OCR", name("a", named("a", "OCR", 2*time.Second)))
	require.Equal(t, "Księgowanie", name("b", named("b", "Księgowanie", 0)), "an id is no name")
	require.Equal(t, "extra", name("extra", stepEvent("1", StepStarted, "extra", 0)))
}

func TestInstantsAreUTCWithMilliseconds(t *testing.T) {
	t.Parallel()
	for in, want := range map[Instant]string{
		0: `"1970-01-01T00:00:00.000Z"`, NoInstant: `null`, at(0) + 1_500_000: `"2026-11-24T08:00:00.001500Z"`,
		at(0) + 1: `"2026-11-24T08:00:00.000000001Z"`,
	} {
		got, err := in.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		var back Instant
		require.NoError(t, back.UnmarshalJSON(got))
		require.Equal(t, in, back)
	}
}

// The short way for the usual step says what the long way says.
func TestAPlainStepsAttemptIsTheDerivedOne(t *testing.T) {
	t.Parallel()
	kinds := []EventType{StepCompleted, StepFailed, StepSkipped}
	for n := range 200 {
		after := func(i int) time.Duration { return time.Duration(i%3) * time.Second }
		events := []Event{
			stepEvent("a", StepStarted, "s", after(n), attemptOf(n%4)),
			stepEvent("b", kinds[n%len(kinds)], "s", after(n/3), attemptOf(n/9%4)),
		}
		x := merged(events...)
		s := x.steps["s"]
		if s.plain() {
			require.Equal(t, s.derivedAttempts(), s.attempts(), "%d", n)
		}
	}
}
