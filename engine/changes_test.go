package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
)

func snapshot(t *testing.T, b *bench, f feed.Filter) (uint64, []map[string]any) {
	t.Helper()
	var out []map[string]any
	asOf, err := b.tenant.Snapshot(f, func(items []json.RawMessage) {
		for _, raw := range items {
			var item map[string]any
			require.NoError(t, json.Unmarshal(raw, &item))
			out = append(out, item)
		}
	})
	require.NoError(t, err)
	return asOf, out
}

func TestASnapshotHoldsWhatIsLiveAndSaysAsOfWhen(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("done", execution.ExecutionStarted, 0), event("done", execution.ExecutionCompleted, time.Second))
	b.ingest(event("live", execution.ExecutionStarted, 0), event("live", execution.StepStarted, 0, step("a")))
	asOf, items := snapshot(t, b, feed.Filter{Topic: feed.ExecutionUpdates})
	require.Equal(t, b.tenant.Seq(), asOf)
	require.Len(t, items, 1)
	require.Equal(t, "live", items[0]["executionId"])
	_, items = snapshot(t, b, feed.Filter{Topic: feed.ExecutionUpdates, ExecutionID: "done"})
	require.Equal(t, "completed", items[0]["status"], "the one named, whatever its state")
	_, items = snapshot(t, b, feed.Filter{Topic: feed.StepUpdates, ExecutionID: "live"})
	require.Equal(t, "running", items[0]["status"])
	_, items = snapshot(t, b, feed.Filter{Topic: feed.QueueStatus})
	require.Contains(t, items[0], "pendingByPriority")
}

// architecture.md 6 "Journal and resume": after a restart each changed entity
// comes once, with its present state and last seq.
func TestWhatWasMissedComesOnceWithItsPresentState(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("old", execution.ExecutionStarted, 0))
	seen := b.tenant.Seq()
	for i := range 5 {
		b.ingest(event("run", execution.ExecutionProgress, time.Duration(i)*time.Second, func(e *execution.Event) { e.Progress = i * 10 }))
		b.ingest(event("run", execution.StepStarted, time.Duration(i)*time.Second, step("s")))
	}
	b.crash()
	frames, ok := b.tenant.Since(seen, 1000)
	require.True(t, ok)
	require.Len(t, frames, 2)
	require.Equal(t, "step:update", frames[0].Event)
	require.Equal(t, "execution:update", frames[1].Event)
	require.Equal(t, b.tenant.Seq(), frames[1].Seq)
	require.Less(t, frames[0].Seq, frames[1].Seq)

	none, ok := b.tenant.Since(b.tenant.Seq(), 1000)
	require.True(t, ok)
	require.Empty(t, none)
	_, ok = b.tenant.Since(b.tenant.Seq()+1, 1000)
	require.False(t, ok, "a seq of another history")
	for i := range 10 {
		b.ingest(event(fmt.Sprintf("more-%d", i), execution.ExecutionStarted, 0))
	}
	_, ok = b.tenant.Since(seen, 5)
	require.False(t, ok, "never a part of it")
}

func TestOnlyOwnIdsAreKnown(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("run", execution.ExecutionStarted, 0), event("done", execution.ExecutionCompleted, 0))
	b.checkpointed()
	for _, c := range []struct {
		workflow, execution string
		known               bool
	}{
		{"", "", true}, {"invoice-processing", "", true}, {"", "run", true}, {"", "done", true},
		{"nope", "", false}, {"", "nope", false}, {"nope", "run", false}, {"invoice-processing", "nope", false},
	} {
		require.Equal(t, c.known, b.tenant.Knows(c.workflow, c.execution), "%+v", c)
	}
}
