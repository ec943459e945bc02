package engine

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// AC8.1c: what is remembered for all pages is never older than the last change, and what was erased is not remembered.
func TestWhatNeedsAttentionIsRememberedUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	b := start(t)
	needs := func() (ids []string) {
		a, err := b.tenant.NeedAttention(context.Background(), "", execution.NoInstant, 10)
		require.NoError(t, err)
		for i := range a.Items {
			ids = append(ids, a.Items[i].ExecutionID)
		}
		return ids
	}
	require.Empty(t, needs())
	b.ingest(event("x", execution.ExecutionFailed, 0), event("y", execution.ExecutionFailed, 1))
	require.Equal(t, []string{"y", "x"}, needs())
	require.Len(t, b.tenant.attention.answers, 1)
	require.Equal(t, []string{"y", "x"}, needs())
	b.erase(ErasureTarget{ExecutionIDs: []string{"y"}})
	require.Equal(t, []string{"x"}, needs())
	b.ingest(event("z", execution.ExecutionFailed, 2))
	require.Equal(t, []string{"z", "x"}, needs())
}

func TestAnAnswerThatARemovalOvertookIsNotRemembered(t *testing.T) {
	t.Parallel()
	var k knownAttention
	ask := attentionAsk{limit: 1}
	_, known, removed := k.at(7, ask)
	require.False(t, known)
	k.forget()
	k.keep(7, removed, ask, Attention{Total: 1})
	_, known, removed = k.at(7, ask)
	require.False(t, known)
	k.keep(7, removed, ask, Attention{Total: 2})
	a, known, _ := k.at(7, ask)
	require.True(t, known)
	require.Equal(t, 2, a.Total)
	k.keep(6, removed, ask, Attention{Total: 3})
	_, known, _ = k.at(8, ask)
	require.False(t, known, "something changed")
	for i := range 2 * attentionAsksKept {
		k.keep(7, removed, attentionAsk{limit: i}, Attention{})
		require.LessOrEqual(t, len(k.answers), attentionAsksKept)
	}
}
