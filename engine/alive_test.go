package engine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// A sign of life means that writer and store work: neither a writer that hangs nor a store that is closed gives one.
func TestAliveNeedsTheWriterAndTheStore(t *testing.T) {
	t.Parallel()
	db, err := kv.Open(t.TempDir()+"/flowwatch.db", kv.Options{})
	require.NoError(t, err)
	e, err := Open(Options{DB: db})
	require.NoError(t, err)
	alive := func(limit time.Duration) error {
		ctx, done := context.WithTimeout(t.Context(), limit)
		defer done()
		return e.Alive(ctx)
	}
	require.NoError(t, alive(10*time.Second))

	held, release := make(chan struct{}), make(chan struct{})
	updated := make(chan error, 1)
	go func() {
		updated <- db.Update(func(*kv.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held // as if the disk hung in a commit
	require.ErrorContains(t, alive(1500*time.Millisecond), "does not answer")
	require.Error(t, alive(1500*time.Millisecond))
	close(release)
	require.NoError(t, <-updated)
	require.Eventually(t, func() bool { return alive(5*time.Second) == nil }, 20*time.Second, 10*time.Millisecond)

	e.writer.storageFull.Store(true)
	require.ErrorIs(t, alive(5*time.Second), kv.ErrFull)
	e.writer.storageFull.Store(false)
	require.NoError(t, e.Close())
	require.ErrorContains(t, alive(time.Second), "has stopped")
	require.NoError(t, db.Close())
}
