package execution

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// concludedEnd is an end that was concluded from what was heard until last.
func concludedEnd(kind EventType, last, now time.Duration) Event {
	e := bare(ConcludedID(at(last)), kind, now)
	e.WorkflowID = ""
	return e
}

// inAnyOrder requires that the events lead to one state, whatever their order and through documents, and returns it.
func inAnyOrder(t *testing.T, events ...Event) Summary {
	t.Helper()
	want := merged(events...)
	var permute func(done, rest []Event)
	permute = func(done, rest []Event) {
		if len(rest) == 0 {
			x := New("run")
			for i := range done {
				Apply(x, &done[i])
				var err error
				x, err = Decode(Encode(nil, x, nil), nil)
				require.NoError(t, err)
			}
			require.Equal(t, want.Summary(), x.Summary())
			require.Equal(t, Encode(nil, want, nil), Encode(nil, x, nil))
		}
		for i := range rest {
			left := append(append([]Event(nil), rest[:i]...), rest[i+1:]...)
			permute(append(done[:len(done):len(done)], rest[i]), left)
		}
	}
	permute(nil, events)
	return want.Summary()
}

func TestAnEndThatWasConcludedGivesWayToAnyThatIsTold(t *testing.T) {
	t.Parallel()
	started, lost := bare("s", ExecutionStarted, 0), concludedEnd(ExecutionFailed, 0, 24*time.Hour)
	lost.TimedOut, lost.Error = true, &ErrorInfo{Type: "unheard"}
	s := inAnyOrder(t, started, lost)
	require.Equal(t, Failed, s.Status)
	require.Equal(t, at(24*time.Hour), s.CompletedAt)
	require.Equal(t, at(0), s.LastEventAt, "of it nothing was heard")
	for _, end := range []time.Duration{time.Hour, 24 * time.Hour, 30 * time.Hour} {
		s = inAnyOrder(t, started, lost, bare("e", ExecutionCompleted, end))
		require.Equal(t, Completed, s.Status, "%v", end)
		require.Equal(t, at(end), s.CompletedAt)
		require.Nil(t, s.Error)
	}
	old := lost
	old.ID = concludedOnce
	s = inAnyOrder(t, started, old, bare("e", ExecutionCompleted, 30*time.Hour))
	require.Equal(t, Completed, s.Status, "also one that an older version concluded")
}

func TestWhatHappensLaterTakesAConcludedEndBack(t *testing.T) {
	t.Parallel()
	first := stepEvent("1", StepCompleted, "a", time.Minute)
	first.Tags = []string{"nightly"}
	assumed := concludedEnd(ExecutionCompleted, time.Minute, time.Minute)
	s := inAnyOrder(t, first, assumed)
	require.Equal(t, Completed, s.Status)
	require.Equal(t, []string{"nightly", AssumedTag}, s.Tags)

	later := stepEvent("2", StepFailed, "b", 48*time.Hour)
	s = inAnyOrder(t, first, assumed, later)
	require.Equal(t, Running, s.Status)
	require.Equal(t, []string{"nightly"}, s.Tags, "nothing of the end is left")
	again := concludedEnd(ExecutionFailed, 48*time.Hour, 48*time.Hour)
	s = inAnyOrder(t, first, assumed, later, again)
	require.Equal(t, Failed, s.Status)
	require.Equal(t, at(48*time.Hour), s.CompletedAt)

	lost := concludedEnd(ExecutionFailed, time.Minute, 25*time.Hour)
	lost.TimedOut = true
	s = inAnyOrder(t, first, lost, stepEvent("2", StepStarted, "b", 24*time.Hour))
	require.Equal(t, Running, s.Status, "also what happened before it was concluded, and was told later")
}
