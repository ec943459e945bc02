package tsdb

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// tenDays has two series on 10 days before now, written on those days, and sealed.
func tenDays(t *testing.T) (h *house, keep, raw Labels, today int64) {
	t.Helper()
	h, keep, raw = newHouse(t), labels(t, "runs"), labels(t, "raw")
	h.now = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)
	for range 10 {
		today = DayOf(h.now.UnixMilli()).Start()
		h.apply(t, func(b *Batch) {
			for i := range 20 {
				require.NoError(t, b.Put(keep, PointID(i), Point{At: today + int64(i)*hourMs, Value: float64(100 * i)}))
				require.NoError(t, b.Put(raw, PointID(i), Point{At: today + int64(i)*hourMs + 5, Value: float64(i) / 2}))
			}
		})
		h.quiet(t)
		h.now = h.now.Add(24*time.Hour - sealQuiet)
	}
	return h, keep, raw, today
}

func TestDropRemovesWholeDays(t *testing.T) {
	t.Parallel()
	h, keep, _, today := tenDays(t)
	h.put(t, labels(t, "old"), 1, today-9*dayMs, 1)
	h.now = h.now.Add(-7 * 24 * time.Hour) // As if the late point had come a week ago.
	h.put(t, labels(t, "old"), 1, today-9*dayMs, 1)
	h.now = h.now.Add(7 * 24 * time.Hour)
	before := h.now.Add(-5 * 24 * time.Hour)

	n, err := h.scope.Drop(t.Context(), before)
	require.NoError(t, err)
	require.Equal(t, 5, n)
	got := h.points(t, atMin, atMax, keep)
	require.Len(t, got, 5*20)
	require.Equal(t, today-4*dayMs, got[0].At)
	require.Len(t, h.segmentDirs(t), 5)
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Len(t, found, 2, "a series without any point is forgotten")
	h.check(t)

	n, err = h.scope.Drop(t.Context(), before)
	require.NoError(t, err)
	require.Zero(t, n)
	h.put(t, labels(t, "new"), 1, 5, 1)
	found, err = h.scope.Series(Metric("new"))
	require.NoError(t, err)
	require.EqualValues(t, 4, found[0].ID, "numbers are not given twice")
	h.check(t)
}

func TestAnImportedOldLogIsAsYoungAsItsImport(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	n, err := h.scope.Drop(t.Context(), h.now.Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, n)
	h.now = h.now.Add(2 * time.Hour)
	n, err = h.scope.Drop(t.Context(), h.now.Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Nil(t, h.points(t, 0, dayMs, l))
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Empty(t, found)
	h.check(t)
}

func TestADayThatHasNotEndedIsNotDropped(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, h.now.UnixMilli(), 1)
	h.now = h.now.Add(time.Hour)
	n, err := h.scope.Drop(t.Context(), h.now)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestRetireKeepsTheHours(t *testing.T) {
	t.Parallel()
	h, keep, raw, today := tenDays(t)
	from, to := today-9*dayMs, today+dayMs
	hours, err := Intervals(from, to, time.Hour)
	require.NoError(t, err)
	ask := func(l Labels, bounds []int64) []Summary {
		sums, err := h.scope.Summarize([]Labels{l}, bounds, 50)
		require.NoError(t, err)
		return sums
	}
	wantKept, wantHours := ask(keep, hours), ask(raw, hours)
	before := h.now.Add(-5 * 24 * time.Hour)
	n, err := h.scope.Retire(t.Context(), before, Metric("raw"))
	require.NoError(t, err)
	require.Equal(t, 5*20, n)
	n, err = h.scope.Retire(t.Context(), before, Metric("raw"))
	require.NoError(t, err)
	require.Zero(t, n, "once")

	for range 2 { // from entries, then sealed again
		require.Equal(t, wantKept, ask(keep, hours))
		require.Len(t, h.points(t, from, to, keep), 200)
		require.Len(t, h.points(t, from, to, raw), 100)
		got := ask(raw, hours)
		for i, s := range got {
			require.Equal(t, wantHours[i].Stats, s.Stats)
			require.Equal(t, hours[i] < today-4*dayMs && s.Count > 0, s.Retired, "hour %d", i)
			require.Equal(t, s.Retired || s.Count == 0, s.Percentiles == nil)
		}
		whole := ask(raw, []int64{from, to})[0]
		require.EqualValues(t, 200, whole.Count)
		require.True(t, whole.Retired)
		h.check(t)
		require.NoError(t, h.db.Maintain(t.Context()))
		require.Len(t, h.segmentDirs(t), 10)
	}

	h.put(t, raw, 3, from+3*hourMs+6, 99)
	h.put(t, raw, 99, from+7, 99)
	require.Equal(t, wantHours[:24], withoutRetired(ask(raw, hours)[:24], wantHours[:24]), "a late stub does not come in again")
	h.quiet(t)
	require.Equal(t, wantHours[:24], withoutRetired(ask(raw, hours)[:24], wantHours[:24]))
	h.check(t)
}

// withoutRetired puts back what retirement takes, to compare the rest.
func withoutRetired(got, want []Summary) []Summary {
	for i := range got {
		got[i].Retired, got[i].Percentiles = false, want[i].Percentiles
	}
	return got
}

// Hours that a bound cuts are counted where they begin, and say so.
func TestRetiredHoursAreNotCut(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 10, 1)
	h.put(t, l, 2, hourMs-1, 2)
	h.now = h.now.Add(time.Hour)
	n, err := h.scope.Retire(t.Context(), h.now)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	sums, err := h.scope.Summarize([]Labels{l}, []int64{-5, hourMs / 2, hourMs, 2 * hourMs}, 50)
	require.NoError(t, err)
	require.Equal(t, []Summary{{Stats: Stats{Count: 2, Sum: 3, Min: 1, Max: 2, Last: 2, LastAt: hourMs - 1}, Retired: true}, {}, {}}, sums)
}

func TestEraseLeavesNothingOfOneOrganisation(t *testing.T) {
	t.Parallel()
	h, keep, _, today := tenDays(t)
	kvOther, err := h.store.Scope("other")
	require.NoError(t, err)
	other := h.db.Scope(kvOther)
	var b Batch
	require.NoError(t, b.Put(keep, 1, Point{At: today, Value: 42}))
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, other, &b) }))
	h.quiet(t)
	h.put(t, labels(t, "waiting"), 1, today, 1)

	require.NoError(t, h.scope.Erase(t.Context()))
	require.Nil(t, h.points(t, atMin, atMax, keep))
	names, err := h.scope.LabelNames()
	require.NoError(t, err)
	require.Empty(t, names)
	require.Len(t, h.segmentDirs(t), 1, "the other organisation's")
	found, err := other.Points(atMin, atMax)
	require.NoError(t, err)
	require.Len(t, found, 1)
	h.check(t)
	require.NoError(t, h.store.View(func(tx *kv.Tx) error {
		require.False(t, holds(tx, h.scope.kv))
		return nil
	}))

	require.NoError(t, h.scope.Erase(t.Context()), "twice is once")
	h.put(t, labels(t, "again"), 1, today, 1)
	series, err := h.scope.Series()
	require.NoError(t, err)
	require.EqualValues(t, 4, series[0].ID, "numbers are not given twice")
	h.quiet(t)
	h.check(t)
}

func TestEraseOfManySeriesTakesSeveralTransactions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i := range keysPerTx + 10 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i)), 1, Point{At: 5, Value: 1}))
		}
	})
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	h.now = h.now.Add(time.Hour)
	_, err := h.scope.Drop(t.Context(), h.now)
	require.NoError(t, err)
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Empty(t, found)
	h.check(t)
	before := h.store.Stats().Commits
	h.apply(t, func(b *Batch) {
		for i := range keysPerTx + 10 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i)), 1, Point{At: 5, Value: 1}))
		}
	})
	require.NoError(t, h.scope.Erase(t.Context()))
	require.Greater(t, h.store.Stats().Commits, before+2)
	h.check(t)
}

func TestSeriesThatOnlyWaitInChunksAreNotForgotten(t *testing.T) {
	t.Parallel()
	h, _, _, today := tenDays(t)
	h.put(t, labels(t, "waiting"), 1, today, 1)
	n, err := h.scope.Drop(t.Context(), h.now.Add(-5*24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.Equal(t, []Point{{today, 1}}, h.points(t, atMin, atMax, labels(t, "waiting")))
	h.check(t)
}

func TestForgottenSeriesMakeRoomForOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.db.options.SeriesMax = 2
	for i := range 6 {
		h.put(t, labels(t, "m", "i", fmt.Sprint(i)), 1, 5, 1)
		h.now = h.now.Add(time.Hour)
		n, err := h.scope.Drop(t.Context(), h.now)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
}

func TestDiscardLeavesNothingOfAgedDays(t *testing.T) {
	t.Parallel()
	h, keep, raw, today := tenDays(t)
	before := h.now.Add(-5 * 24 * time.Hour)
	n, err := h.scope.Discard(t.Context(), before, Metric("raw"))
	require.NoError(t, err)
	require.Equal(t, 5*20, n)
	require.Equal(t, today-4*dayMs+5, h.points(t, atMin, atMax, raw)[0].At)
	sums, err := h.scope.Summarize([]Labels{raw}, []int64{atMin, today - 4*dayMs})
	require.NoError(t, err)
	require.Zero(t, sums[0].Count, "sums of hours go too")
	require.Len(t, h.points(t, atMin, atMax, keep), 10*20, "other series stay")
	h.check(t)

	n, err = h.scope.Discard(t.Context(), before, Metric("raw"))
	require.NoError(t, err)
	require.Zero(t, n)
	h.now = h.now.Add(72 * time.Hour)
	_, err = h.scope.Discard(t.Context(), h.now, Metric("raw"))
	require.NoError(t, err)
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Len(t, found, 1, "a series without any point is forgotten")
	h.check(t)
}

func TestPointsOfReadsChosenSeriesUpToALimit(t *testing.T) {
	t.Parallel()
	h, keep, raw, today := tenDays(t)
	found, err := h.scope.Series(Metric("raw"))
	require.NoError(t, err)
	got, err := h.scope.PointsOf(found, today, today+dayMs, 20)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, h.points(t, today, today+dayMs, raw), got[0].Points)
	_, err = h.scope.PointsOf(found, today, today+dayMs, 19)
	require.ErrorIs(t, err, ErrPointLimit)
	_, err = h.scope.PointsOf(found, today, today, 19)
	require.ErrorIs(t, err, ErrRange)
	require.NotEqual(t, keep, raw)
}
