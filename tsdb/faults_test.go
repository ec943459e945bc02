package tsdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// The tests of this file pin faults that tstorage has when it is used as its documentation says, and that must not show through. Others are
// elsewhere: labels in labels_test.go, bad numbers and times in points_test.go, kills and full disks in crash_test.go, damaged files in seal_test.go.

// tstorage answers a late point with nil and drops it, or keeps it out of sight until a flush.
func TestLatePointsAreNeverDropped(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		t.Run(fmt.Sprintf("sealed %t", sealed), func(t *testing.T) {
			t.Parallel()
			h, l := newHouse(t), labels(t, "m")
			now := h.now.UnixMilli()
			h.put(t, l, 0, now, 0)
			for i, late := range []int64{1, 5000, 60_000, 5 * 60_000, 90 * 60_000, 2 * hourMs, 4 * hourMs, dayMs, 30 * dayMs} {
				if sealed {
					h.quiet(t)
				}
				h.put(t, l, PointID(i+1), now-late, float64(i+1))
				require.Equal(t, []Point{{now - late, float64(i + 1)}}, h.points(t, now-late, now-late+1, l), "late by %d ms", late)
			}
			require.Len(t, h.points(t, atMin, atMax, l), 10)
			h.close(t)
			h.open(t)
			require.Len(t, h.points(t, atMin, atMax, l), 10)
		})
	}
}

// tstorage dies with SIGBUS when a month of backfill rotates its partitions, and stores none of it after a live point.
func TestAMonthOfBackfillAfterALivePoint(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	now := h.now.UnixMilli()
	h.put(t, l, 9999, now, 1)
	for hour := range int64(720) {
		h.put(t, l, PointID(hour), now-(720-hour)*hourMs, float64(hour))
		if hour%100 == 0 {
			h.quiet(t)
		}
	}
	require.Len(t, h.points(t, atMin, atMax, l), 721)
	h.quiet(t)
	require.Len(t, h.points(t, atMin, atMax, l), 721)
}

// In tstorage, a query between two points overwrites the later one, and one point a year ahead spoils what comes after.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	now := h.now.UnixMilli()
	want := []Point{{now, 1}, {now + hourMs/2, 2}, {now + 2*hourMs, 3}, {now + 365*dayMs, 4}}
	for i, p := range want {
		h.put(t, l, PointID(i), p.At, p.Value)
	}
	for range 3 {
		require.Equal(t, want[:2], h.points(t, now, now+hourMs, l))
		require.Equal(t, want[1:], h.points(t, now+1, atMax, l))
		require.Equal(t, want, h.points(t, atMin, atMax, l))
		h.quiet(t)
	}
}

// What a query returned is the caller's: tstorage hands out its own memory.
func TestAnswersAreTheCallers(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	h.put(t, l, 2, 6, 2)
	for range 2 {
		got := h.points(t, 0, 6, l)
		_ = append(got, Point{99, 99})
		got[0] = Point{98, 98}
		require.Equal(t, []Point{{5, 1}, {6, 2}}, h.points(t, 0, dayMs, l))
		h.quiet(t)
	}
}

// tstorage accepts points while its clock goes back, and drops some.
func TestAClockThatGoesBackLosesNothing(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	for i := range 5 {
		h.put(t, l, PointID(i), h.now.UnixMilli(), float64(i))
		h.now = h.now.Add(-2 * time.Hour)
		require.NoError(t, h.db.Maintain(t.Context()))
	}
	require.Len(t, h.points(t, atMin, atMax, l), 5)
	h.quiet(t)
	require.Len(t, h.points(t, atMin, atMax, l), 5)
}

// In tstorage a subset of labels, or none, finds nothing, and {a=""} is {b=""}.
func TestFewerLabelsFindMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, labels(t, "m", "a", "1", "b", "2"), 1, 5, 1)
	h.put(t, labels(t, "m", "a", "1"), 1, 5, 2)
	h.put(t, labels(t, "m", "a", "", "b", ""), 1, 5, 3)
	for want, matchers := range map[int][]Matcher{3: {Metric("m")}, 2: {Equal("a", "1")}, 1: {Equal("a", ""), Equal("b", "")}} {
		found, err := h.scope.Points(0, dayMs, matchers...)
		require.NoError(t, err)
		require.Len(t, found, want)
	}
}

// Two processes, or two stores of one, cannot have the same directory open: the database's lock is the store's.
func TestAStoreIsOpenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := kv.Open(h.path, kv.Options{})
	require.ErrorIs(t, err, kv.ErrLocked)
}

// Writers who create the same series, readers, folds and seals at once: tstorage loses acknowledged points there, or the process. Run it with -race.
func TestWritersReadersAndSealsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var clock atomic.Int64
	h.db.options.Now = func() time.Time { return time.UnixMilli(clock.Add(sealQuiet.Milliseconds() / 3)) }
	const writers, batches = 4, 40
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writing, others sync.WaitGroup
	errs := make(chan error, 100)
	for w := range writers {
		writing.Go(func() { h.writeBatches(uint64(w), batches, errs) })
	}
	others.Go(func() {
		for ctx.Err() == nil {
			if err := h.db.Maintain(ctx); err != nil && ctx.Err() == nil {
				errs <- err
				return
			}
		}
	})
	for range 2 {
		others.Go(func() { h.readUntil(ctx, errs) })
	}
	writing.Wait()
	cancel()
	others.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	requireTotal := func() {
		sums, err := h.scope.Summarize(allLabels(t, h), []int64{0, 4 * dayMs})
		require.NoError(t, err)
		require.EqualValues(t, writers*batches*5, sums[0].Count)
		found, err := h.scope.Points(0, 4*dayMs)
		require.NoError(t, err)
		require.Len(t, found, 10)
	}
	requireTotal()
	clock.Add(dayMs)
	require.NoError(t, h.db.Maintain(t.Context()))
	requireTotal()
}

// writeBatches shares series with other writers, and ids with none.
func (h *house) writeBatches(writer uint64, batches int, errs chan<- error) {
	rng := rand.New(rand.NewPCG(writer, 1))
	for i := range batches {
		var b Batch
		for k := range 5 {
			l, err := NewLabels("m", "i", fmt.Sprint(i%10))
			if err == nil {
				err = b.Put(l, PointID(int(writer)*1000+i*10+k), Point{At: int64(i%10%4)*dayMs + rng.Int64N(dayMs), Value: 1})
			}
			if err != nil {
				errs <- err
			}
		}
		if err := h.store.Batch(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &b) }); err != nil {
			errs <- err
		}
	}
}

// readUntil sees points become more, never fewer.
func (h *house) readUntil(ctx context.Context, errs chan<- error) {
	for last := 0; ctx.Err() == nil; {
		found, err := h.scope.Points(0, 4*dayMs)
		n := 0
		for _, of := range found {
			n += len(of.Points)
		}
		if err == nil && n < last {
			err = fmt.Errorf("%d points after %d", n, last)
		}
		if err != nil {
			errs <- err
			return
		}
		last = n
	}
}

func allLabels(t *testing.T, h *house) (all []Labels) {
	t.Helper()
	found, err := h.scope.Series()
	require.NoError(t, err)
	for _, s := range found {
		all = append(all, s.Labels)
	}
	return all
}
