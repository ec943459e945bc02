package tsdb

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

func TestTimeZeroAndTimesBeforeItAreTimes(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	want := []Point{{At: atMin, Value: 1}, {At: -dayMs, Value: 2}, {At: -1, Value: 3}, {At: 0, Value: 4}, {At: 1, Value: 5}, {At: atMax, Value: 6}}
	for i, p := range want {
		h.put(t, l, PointID(i), p.At, p.Value)
	}
	require.Equal(t, want, h.points(t, atMin, atMax+1, l))
	require.Equal(t, want[2:4], h.points(t, -1, 1, l), "the end is not included")
	for _, p := range want {
		require.NoError(t, h.scope.Fold(t.Context(), DayOf(p.At)))
	}
	require.Equal(t, want, h.points(t, atMin, atMax+1, l))
	sums, err := h.scope.Summarize([]Labels{l}, []int64{atMin, atMax + 1})
	require.NoError(t, err)
	require.Equal(t, Stats{Count: 6, Sum: 21, Min: 1, Max: 6, Last: 6, LastAt: atMax}, sums[0].Stats)
}

func TestNumbersThatAreNoneAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	l := labels(t, "cpu.usage_percent")
	var b Batch
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		err := b.Put(l, 1, Point{Value: v})
		require.ErrorIs(t, err, ErrValue)
		require.ErrorContains(t, err, "cpu.usage_percent")
	}
	require.ErrorIs(t, b.Put(l, 1, Point{At: atMax + 1}), ErrTime)
	require.ErrorIs(t, b.Put(l, 1, Point{At: math.MinInt64}), ErrTime)
	require.ErrorIs(t, b.Delete(l, 1, math.MaxInt64), ErrTime)
	require.ErrorIs(t, b.Put(Labels{}, 1, Point{}), ErrLabels)
	require.ErrorIs(t, b.Delete(Labels{}, 1, 0), ErrLabels)
	require.Zero(t, b.Len(), "what was refused is not in the batch")
	b.changes = make([]batchChange, batchMax)
	require.ErrorIs(t, b.Put(l, 1, Point{}), ErrPointLimit)
	require.ErrorIs(t, b.Delete(l, 1, 0), ErrPointLimit)
}

func TestABatchMayGoOnAfterItWasApplied(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	var b Batch
	apply := func() {
		require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &b) }))
	}
	apply()
	for i := range 5 {
		require.NoError(t, b.Put(l, 1, Point{At: 5, Value: float64(i)}))
		require.NoError(t, b.Put(l, PointID(9-i), Point{At: 9, Value: float64(i)}))
	}
	apply()
	require.NoError(t, b.Put(l, 1, Point{At: 6, Value: 99}))
	apply()
	require.Equal(t, []Point{{6, 99}}, h.points(t, 5, 9, l), "the last of them counts")
	b.Reset()
	require.NoError(t, b.Delete(l, 1, 0))
	require.Equal(t, 1, b.Len())
	apply()
	require.Nil(t, h.points(t, 5, 9, l))
	require.Len(t, h.points(t, 9, 10, l), 5)
}

// Who gives up the transaction gives up the points and the new series with it.
func TestWhatIsNotCommittedIsNotThere(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	var b Batch
	require.NoError(t, b.Put(l, 1, Point{At: 5, Value: 1}))
	stop := errors.New("stop")
	require.ErrorIs(t, h.store.Update(func(tx *kv.Tx) error {
		require.NoError(t, applyAll(tx, h.scope, &b))
		return stop
	}), stop)
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Empty(t, found)
	h.put(t, labels(t, "other"), 1, 5, 2)
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &b) }))
	require.Equal(t, []Point{{5, 1}}, h.points(t, 0, 10, l))
	require.Equal(t, []Point{{5, 2}}, h.points(t, 0, 10, labels(t, "other")))
	h.check(t)
}

func TestNumbersKeepTheirBits(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	values := []float64{math.Copysign(0, -1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 0.1, 1 << 60, integersBelow + 2}
	for i, v := range values {
		h.put(t, l, PointID(i), int64(i), v)
	}
	for range 2 {
		got := h.points(t, 0, 100, l)
		require.Len(t, got, len(values))
		for i, v := range values[1:] {
			sameNumber(t, v, got[i+1].Value)
		}
		sameNumber(t, 0, got[0].Value)
		require.NoError(t, h.scope.Fold(t.Context(), 0))
	}
}

func TestEqualTimesOfDifferentPointsAreAllKept(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 1000, 30)
	h.put(t, l, 2, 1000, 10)
	h.put(t, l, 3, 1000, 10)
	want := []Point{{1000, 10}, {1000, 10}, {1000, 30}}
	require.Equal(t, want, h.points(t, 0, dayMs, l))
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	require.Equal(t, want, h.points(t, 0, dayMs, l))
}

func TestApplyingTwiceIsApplyingOnce(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	write := func(b *Batch) {
		require.NoError(t, b.Put(l, NewPointID("run", "step", "1"), Point{At: 5, Value: 7}))
		require.NoError(t, b.Delete(l, NewPointID("run", "step", "2"), 5))
	}
	for range 3 {
		h.apply(t, write)
		require.Equal(t, []Point{{5, 7}}, h.points(t, 0, dayMs, l))
		require.NoError(t, h.scope.Fold(t.Context(), 0))
		require.Equal(t, []Point{{5, 7}}, h.points(t, 0, dayMs, l))
	}
}

func TestPointsOfAnyAgeAreReadAtOnce(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	now := h.now.UnixMilli()
	ages := []int64{0, 1000, 60_000, 3 * hourMs, dayMs, 30 * dayMs, 400 * dayMs, 20_000 * dayMs, -365 * dayMs}
	for i, age := range ages {
		h.put(t, l, PointID(i), now-age, float64(i))
		require.Equal(t, []Point{{now - age, float64(i)}}, h.points(t, now-age, now-age+1, l), "age %d ms", age)
	}
	require.Len(t, h.points(t, atMin, atMax, l), len(ages))
}

func TestAPointMovesToAnotherDay(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, dayMs-1, 10)
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	move := func(b *Batch) {
		require.NoError(t, b.Delete(l, 1, dayMs-1))
		require.NoError(t, b.Put(l, 1, Point{At: dayMs, Value: 11}))
	}
	h.apply(t, move)
	require.Equal(t, []Point{{dayMs, 11}}, h.points(t, 0, 2*dayMs, l))
	sums, err := h.scope.Summarize([]Labels{l}, []int64{0, dayMs, 2 * dayMs}, 50)
	require.NoError(t, err)
	require.Zero(t, sums[0], "nothing is left where it was")
	require.Equal(t, []float64{11}, sums[1].Percentiles)
}

func TestAPointOfTheWrongDayIsNotDeleted(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 10)
	h.apply(t, func(b *Batch) { require.NoError(t, b.Delete(l, 1, dayMs)) })
	require.Equal(t, []Point{{5, 10}}, h.points(t, 0, dayMs, l))
}

func TestPointIDsTellPartsApart(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, NewPointID("ab", "c"), NewPointID("a", "bc"))
	require.NotEqual(t, NewPointID("a"), NewPointID("a", ""))
	require.EqualValues(t, 0x6852d125822cf709, NewPointID("run", "step", "1"), "ids are stored: they stay as they are")
}

func TestAggregationsOfABucket(t *testing.T) {
	t.Parallel()
	var none, some Stats
	for i, v := range []float64{4, 1, 7} {
		some.add(int64(i), v)
	}
	for a, want := range map[Aggregation]float64{Sum: 12, Avg: 4, Min: 1, Max: 7, Count: 3, Last: 7} {
		got, ok := a.Of(some)
		require.True(t, ok)
		sameNumber(t, want, got)
		_, ok = a.Of(none)
		require.Equal(t, a == Count, ok, a)
	}
	for _, unknown := range []Aggregation{"median", ""} {
		require.Panics(t, func() { unknown.Of(some) }, "callers know the six")
	}
}
