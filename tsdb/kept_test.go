package tsdb

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// What is kept of a day is of one state: a reader that began before a write goes on seeing what was there, also while others read what is new.
func TestReadersNeverShareWhatOthersMustNotSee(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "duration")
	for i := range 10 {
		h.put(t, l, PointID(i), int64(i)*hourMs, float64(i))
	}
	for round := range 3 { // from chunks, from entries, from both
		count := func(r *Snapshot) uint64 {
			sums, err := r.Summarize([]Labels{l}, []int64{0, dayMs}, 50)
			require.NoError(t, err)
			require.Len(t, sums[0].Percentiles, 1)
			return sums[0].Count
		}
		read := func(inside func(r *Snapshot)) {
			require.NoError(t, h.scope.Read([]Labels{l}, 0, dayMs, func(r *Snapshot) error {
				inside(r)
				return nil
			}))
		}
		before := uint64(10 + round)
		read(func(old *Snapshot) {
			var b Batch
			require.NoError(t, b.Put(l, PointID(100+round), Point{At: hourMs, Value: 7}))
			written := make(chan error)
			go func() { written <- h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &b) }) }()
			require.NoError(t, <-written)
			read(func(fresh *Snapshot) { require.Equal(t, before+1, count(fresh)) })
			require.Equal(t, before, count(old))
		})
		read(func(fresh *Snapshot) { require.Equal(t, before+1, count(fresh)) })
		if round == 0 {
			require.NoError(t, h.scope.Fold(t.Context(), 0))
		}
	}
}

func TestKeptDaysStayWithinTheirBytes(t *testing.T) {
	t.Parallel()
	h, rng := newHouse(t), rand.New(rand.NewPCG(8, 8))
	var k keptDays
	merged := entryOf([]sample{{value: 7}})
	for n := range 100_000 {
		day, state := Day(rng.IntN(4_000)), []byte{byte(n / 40_000)}
		of := k.day(h.scope.kv, day, state)
		require.Equal(t, string(state), of.state)
		var d *digest
		if n%3 > 0 {
			d = &digest{}
		}
		if n%3 > 1 {
			d.merged = &merged
		}
		k.put(h.scope.kv, day, of, SeriesID(rng.IntN(20)), d)
		if n%10_000 != 0 {
			continue
		}
		sum := 0
		for _, d := range k.days {
			sum += d.size
		}
		require.Equal(t, sum, k.size)
		require.LessOrEqual(t, k.size, keptBytesMax)
	}
	require.Greater(t, k.size, keptBytesMax/4, "not all has to go at once")
}

// A day that came back with other points is another state of it.
func TestDroppedDaysAreForgotten(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "duration")
	sum := func() Summary {
		sums, err := h.scope.Summarize([]Labels{l}, []int64{0, dayMs}, 50)
		require.NoError(t, err)
		return sums[0]
	}
	h.put(t, l, 1, 5, 100)
	require.EqualValues(t, 1, sum().Count)
	dropped, err := h.scope.Drop(t.Context(), h.now.AddDate(1, 0, 0))
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	require.Zero(t, sum().Count)
	h.put(t, l, 2, 5, 300)
	require.Equal(t, []float64{300}, sum().Percentiles)
	h.put(t, l, 3, 6, 200)
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	points, err := h.scope.Retire(t.Context(), h.now.AddDate(1, 0, 0))
	require.NoError(t, err)
	require.Equal(t, 2, points)
	s := sum()
	require.EqualValues(t, 2, s.Count)
	require.True(t, s.Retired)
	require.Nil(t, s.Percentiles)
}
