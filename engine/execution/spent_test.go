package execution

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// B-87: what a step used is that of its latest attempt, whether it still runs, ended, or was left open.
func TestSpentIsOfTheLatestAttempt(t *testing.T) {
	t.Parallel()
	x := New("x")
	apply := func(kind EventType, at Instant, cpu float64) {
		require.Equal(t, Applied, Apply(x, &Event{
			ID: kind.String() + string(rune('a'+at)), Type: kind, Timestamp: at, ExecutionID: "x", StepID: "s", Deadline: NoInstant,
			DurationMs: Unknown, CPUPercent: cpu, MemoryMB: Unknown, InputBytes: Unknown, OutputBytes: Unknown, Progress: Unknown,
		}))
	}
	spent := func() Spent {
		s, ok := x.Spent("s")
		require.True(t, ok)
		return s
	}
	_, ok := x.Spent("s")
	require.False(t, ok)
	apply(StepStarted, 1, Unknown)
	require.Equal(t, Spent{1, NoInstant, Unknown, Unknown}, spent())
	apply(StepProgress, 2, 30)
	require.Equal(t, Spent{1, NoInstant, 30, Unknown}, spent())
	var open []Spent
	x.Spending(func(s Spent) { open = append(open, s) })
	require.Equal(t, []Spent{{1, NoInstant, 30, Unknown}}, open)
	apply(StepCompleted, 3, 50)
	require.Equal(t, Spent{1, 3, 50, Unknown}, spent())
	apply(StepStarted, 5, Unknown)
	require.Equal(t, Spent{5, NoInstant, Unknown, Unknown}, spent(), "a second attempt has used nothing known yet")
	apply(StepFailed, 7, 10)
	require.Equal(t, Spent{5, 7, 10, Unknown}, spent())
}
