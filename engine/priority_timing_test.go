package engine

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// BenchmarkRaisedQueue measures one pass over a full queue that a deadline
// raises, and the first hundred of it. Most runs are above what is asked for.
func BenchmarkRaisedQueue(b *testing.B) {
	db, err := kv.Open(filepath.Join(b.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(b, err)
	c := &clock{at: noon}
	e, err := Open(Options{DB: db, Logger: slog.New(slog.DiscardHandler), Now: c.now})
	require.NoError(b, err)
	tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
	require.NoError(b, err)
	var events []execution.Event
	for i := range liveMax {
		events = append(events, queued(fmt.Sprintf("run-%06d", i), "jpk-v7", 0, forClient(fmt.Sprint("K-", i%300)), withPriority(execution.High)))
		if len(events) == 5_000 {
			_, err := tenant.Ingest(b.Context(), events)
			require.NoError(b, err)
			events = events[:0]
		}
	}
	require.NoError(b, e.Close()) // no passes but ours
	for _, r := range deadline.Shipped().Rules {
		_, err := tenant.ConfirmDeadlineRule(b.Context(), anna, r.ID, Confirmation{}, anyRule)
		require.NoError(b, err)
	}
	b.Run("pass", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, tenant.raiseQueue())
		}
	})
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			require.Len(b, tenant.NextQueued(100), 100)
		}
	})
	b.Run("status", func(b *testing.B) {
		for b.Loop() {
			require.EqualValues(b, liveMax, tenant.Queue().RaisedCount)
		}
	})
	require.NoError(b, db.Close())
}
