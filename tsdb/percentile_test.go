package tsdb

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func hundreds(n int) (values []float64) {
	for i := range n {
		values = append(values, float64(100*(i+1)))
	}
	return values
}

func TestPercentilesAreThoseOfRequirementB01(t *testing.T) {
	t.Parallel()
	f := func(values []float64, want ...float64) {
		t.Helper()
		h := newHouse(t)
		l := labels(t, "duration")
		h.apply(t, func(b *Batch) {
			for i, v := range values {
				require.NoError(t, b.Put(l, PointID(i), Point{At: int64(i) * hourMs, Value: v}))
			}
		})
		for range 2 { // from chunks, then from entries
			got, err := h.scope.Summarize([]Labels{l}, []int64{0, dayMs}, 50, 95, 99)
			require.NoError(t, err)
			require.Equal(t, want, got[0].Percentiles)
			require.NoError(t, h.scope.Fold(t.Context(), 0))
		}
	}
	f(hundreds(10), 500, 950, 990)
	f(hundreds(1), 100, 100, 100)
	f(hundreds(2), 100, 190, 198)
	f(hundreds(3), 150, 285, 297)
	f([]float64{5, 5, 5, 5}, 5, 5, 5)
	f(nil)
}

func TestPercentagesOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, p := range []float64{-0.1, 100.1, nan()} {
		_, err := h.scope.Summarize(nil, []int64{0, 1}, p)
		require.ErrorIs(t, err, ErrRange)
	}
}

// Runs of all widths, floats, parts and empty ones together give what sorting all of their values gives.
func TestRanksAreFoundWithoutMerging(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	for round := range 300 {
		var runs []run
		var all []float64
		for range 1 + rng.IntN(20) {
			samples := make([]sample, rng.IntN(1+round))
			for i := range samples {
				samples[i] = sample{at: uint32(i), id: PointID(i), value: someNumber(rng, round)}
			}
			slices.SortFunc(samples, byValue)
			e := entryOf(samples)
			r := run{entry: &e}
			if rng.IntN(2) == 0 {
				r.index = []uint32{}
				for i := range samples {
					if rng.IntN(3) > 0 {
						r.index = append(r.index, uint32(i))
					}
				}
			}
			runs = append(runs, r)
			for i := range r.len() {
				all = append(all, fromOrderKey(r.key(i)))
			}
		}
		if len(all) == 0 {
			continue
		}
		slices.Sort(all)
		s := selector{runs: runs}
		for i := range 22 {
			rank := rng.IntN(len(all))
			if i < 2 {
				rank = i * (len(all) - 1)
			}
			value, next := s.ranked(uint64(rank))
			sameNumber(t, all[rank], value)
			sameNumber(t, all[min(rank+1, len(all)-1)], next)
		}
	}
}

// someNumber is whole and small in some rounds, has many equals in others, is anything in the rest.
func someNumber(rng *rand.Rand, round int) float64 {
	switch round % 4 {
	case 0:
		return float64(rng.IntN(5))
	case 1:
		return float64(rng.Int64N(1 << (1 + rng.IntN(50))))
	case 2:
		return float64(rng.IntN(7)-3) / 2
	}
	return rng.NormFloat64() * 1e9
}

func TestOrderKeysSortAsNumbers(t *testing.T) {
	t.Parallel()
	values := []float64{-1.7976931348623157e308, -1e9, -2, -1.5, -5e-324, 0, 5e-324, 1, 1.5, 2, 1e9, 1.7976931348623157e308}
	for i, v := range values {
		sameNumber(t, v, fromOrderKey(orderKey(v)))
		if i > 0 {
			require.Less(t, orderKey(values[i-1]), orderKey(v), "%v", v)
		}
	}
}
