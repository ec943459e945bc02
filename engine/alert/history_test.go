package alert

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestHistoryDoesNotCareForOrder: nor for repetition.
func TestHistoryDoesNotCareForOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var outcomes []Outcome
	for i := range 300 {
		outcomes = append(outcomes, Outcome{At: t0 + execution.Instant(rng.IntN(100))*minute, Seq: uint64(i), ExecutionID: fmt.Sprint(i), Failed: rng.IntN(3) > 0})
	}
	inOrder := NewHistory()
	sorted := slices.Clone(outcomes)
	slices.SortFunc(sorted, func(a, b Outcome) int { return a.moment().Compare(b.moment()) })
	for _, o := range sorted {
		require.True(t, inOrder.Add(o))
	}
	for range 5 {
		rng.Shuffle(len(outcomes), func(i, j int) { outcomes[i], outcomes[j] = outcomes[j], outcomes[i] })
		h := NewHistory()
		for _, o := range outcomes {
			require.True(t, h.Add(o))
			require.False(t, h.Add(o))
		}
		require.Equal(t, inOrder.outcomes, h.outcomes)
		require.Equal(t, inOrder.buckets, h.buckets)
	}
}

// TestHistoryReplacesWhatItKnew of an execution.
func TestHistoryReplacesWhatItKnew(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	h.Add(Outcome{At: t0, ExecutionID: "a", Failed: true})
	require.True(t, h.Add(Outcome{At: t0 + minute, ExecutionID: "a"}))
	n, first, lastGood, recent := h.Streak()
	require.Equal(t, []any{0, execution.NoInstant, t0 + minute}, []any{n, first, lastGood})
	require.Empty(t, recent)
	failed, finished := h.Window(t0+minute, 60)
	require.Equal(t, []int64{0, 1}, []int64{failed, finished})
}

// TestHistoryIsBounded: beyond 1,000 outcomes, windows are counted by the minute.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	for i := range 3000 {
		h.Add(Outcome{At: t0 + execution.Instant(i)*minute, ExecutionID: fmt.Sprint(i), Failed: i%2 == 0})
	}
	require.Len(t, h.outcomes, outcomesMax)
	require.Len(t, h.ends, outcomesMax)
	require.Len(t, h.buckets, bucketsMax)
	now := t0 + 2999*minute
	failed, finished := h.Window(now, 60)
	require.Equal(t, []int64{30, 61}, []int64{failed, finished}, "both ends included")
	failed, finished = h.Window(now, 1440)
	require.Equal(t, []int64{720, 1441}, []int64{failed, finished})
	h.Add(Outcome{At: t0, ExecutionID: "late"})
	require.Len(t, h.outcomes, outcomesMax)
	_, again := h.Window(now, 1440)
	require.Equal(t, finished, again)
	h.Add(Outcome{At: now - 1200*minute, ExecutionID: "late, of this day"})
	_, again = h.Window(now, 1440)
	require.Equal(t, finished+1, again)
}

// TestStreakTellsTheStory: first, last success, 5 latest, newest first.
func TestStreakTellsTheStory(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	h.Add(Outcome{At: t0, ExecutionID: "good"})
	for i := 1; i <= 7; i++ {
		h.Add(Outcome{At: t0 + minutes(i), ExecutionID: fmt.Sprint(i), Failed: true, Step: "wysyłka", Error: "503"})
	}
	n, first, lastGood, recent := h.Streak()
	require.Equal(t, []any{7, t0 + minute, t0}, []any{n, first, lastGood})
	require.Len(t, recent, 5)
	require.Equal(t, RecentFailure{ExecutionID: "7", At: t0 + 7*minute, Step: "wysyłka", Error: "503"}, recent[0])
}
