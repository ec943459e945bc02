package tsdb

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

func (h *house) day(t testing.TB, day Day) dayState {
	t.Helper()
	d, err := h.scope.dayState(day)
	require.NoError(t, err)
	require.NotNil(t, d)
	return *d
}

func TestDaysWithManyChunksAreFolded(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	for i := range foldChunksMin - 1 {
		h.put(t, l, PointID(i), int64(i), 1)
	}
	h.put(t, l, 1, dayMs, 1)
	require.NoError(t, h.db.Maintain(t.Context()))
	require.Equal(t, foldChunksMin-1, h.day(t, 0).Chunks, "few chunks wait")
	h.put(t, l, 77, 77, 1)
	require.NoError(t, h.db.Maintain(t.Context()))
	d := h.day(t, 0)
	require.Zero(t, d.Chunks)
	require.Zero(t, d.ChunkBytes)
	require.Positive(t, d.EntryBytes)
	require.Equal(t, 1, h.day(t, 1).Chunks)
	require.Len(t, h.points(t, 0, dayMs, l), foldChunksMin)
}

// Big entries are not rewritten for a few bytes, but no day collects chunks without end.
func TestFoldingWaitsUntilItPays(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000)
	d := dayState{Chunks: foldChunksMin, ChunkBytes: 100, EntryBytes: 400, WrittenAt: now.UnixMilli()}
	require.True(t, d.foldDue(now))
	d.EntryBytes = 401
	require.False(t, d.foldDue(now))
	require.True(t, d.foldDue(now.Add(foldQuiet)), "nothing more seems to come")
	d.Chunks = foldChunksMax
	require.True(t, d.foldDue(now))
	d = dayState{Chunks: 1, ChunkBytes: foldBytesMin, EntryBytes: foldBytesMin, WrittenAt: now.UnixMilli()}
	require.True(t, d.foldDue(now), "few but big")
	require.False(t, (&dayState{}).foldDue(now))
}

func TestSizesOfADayAreThoseOfItsRecords(t *testing.T) {
	t.Parallel()
	w := newWalker(t, 2)
	for range 30 {
		w.change()
		w.foldSome()
	}
	requireSizes(t, w.house)
	for day := range w.days() {
		require.NoError(t, w.scope.Fold(t.Context(), day))
	}
	requireSizes(t, w.house)
}

func TestTheBackgroundFoldsAndStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, l := newHouse(t), labels(t, "m")
		for i := range foldChunksMin {
			h.put(t, l, PointID(i), int64(i), 1)
		}
		h.db.Start(slog.New(slog.DiscardHandler))
		<-time.After(maintainEvery)
		synctest.Wait()
		require.Zero(t, h.day(t, 0).Chunks)
		require.NoError(t, h.db.Close())
		require.NoError(t, h.db.Close())
	})
}

// dayState returns the day's record as of the last commit, or nil.
func (s Scope) dayState(day Day) (d *dayState, err error) {
	err = s.db.store.View(func(tx *kv.Tx) error {
		d, err = readDayState(tx, s.kv, day)
		return err
	})
	return d, err
}
