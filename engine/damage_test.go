package engine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// damage cuts an execution's stored document behind its header, as a bad disk would.
func (b *bench) damage(id string) {
	b.t.Helper()
	require.NoError(b.t, b.db.Update(func(tx *kv.Tx) error {
		d, err := b.tenant.loadDocument(tx, id)
		require.NoError(b.t, err)
		cut := *d
		cut.data = d.data[:len(d.data)-8]
		return documents.Replace(tx, b.tenant.scope, d, &cut)
	}))
}

// An execution that the disk has damaged refuses its own events; those of others, also in the same request, are taken.
func TestADamagedExecutionRefusesOnlyItsOwnEvents(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, id := range []string{"bad", "good"} {
		b.ingest(event(id, execution.ExecutionStarted, 0))
		b.ingest(stepTook(id, "a", 0, time.Second, execution.StepCompleted)...)
		b.ingest(event(id, execution.ExecutionCompleted, time.Minute))
	}
	b.checkpointed()
	b.damage("bad")
	receipt := b.ingest(
		event("new", execution.ExecutionStarted, 0), event("bad", execution.ExecutionProgress, 2*time.Minute),
		event("good", execution.ExecutionProgress, 2*time.Minute), event("bad", execution.ExecutionFailed, 3*time.Minute))
	require.Equal(t, 2, receipt.Accepted)
	require.Len(t, receipt.Rejected, 2)
	for i, r := range receipt.Rejected {
		require.Equal(t, "damaged_execution", r.Code)
		require.Equal(t, 1+2*i, r.Index)
	}
	_, err := b.tenant.Execution(context.Background(), "bad")
	require.Error(t, err)
	x, err := b.tenant.Execution(context.Background(), "new")
	require.NoError(t, err)
	require.Equal(t, execution.Running, x.Status)
	require.Len(t, b.list(anyQuery()).Items, 3, "it stays in lists: its header is sound")
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error { // healed, so that closing finds the store sound
		d, err := b.tenant.loadDocument(tx, "bad")
		require.NoError(t, err)
		return documents.Replace(tx, b.tenant.scope, d, nil)
	}))
}
