package quantile

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func hundreds(n int) (all []int64) {
	for i := range n {
		all = append(all, int64(100*(i+1)))
	}
	return all
}

// B-01, S17, T4.
func TestPercentilesAreOfTypeFour(t *testing.T) {
	t.Parallel()
	f := func(n int, p50, p95, p99 float64) {
		t.Helper()
		values := hundreds(n)
		require.InDelta(t, p50, Of(values, 50), 1e-9)
		require.InDelta(t, p95, Of(values, 95), 1e-9)
		require.InDelta(t, p99, Of(values, 99), 1e-9)
	}
	f(0, 0, 0, 0)
	f(1, 100, 100, 100)
	f(2, 100, 190, 198)
	f(3, 150, 285, 297)
	f(10, 500, 950, 990)
}

func TestPercentilesStayWithinTheValuesAndRise(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		values := make([]float64, 1+random.IntN(40))
		for i := range values {
			values[i] = float64(random.IntN(50))
		}
		slices.Sort(values)
		former := Of(values, 0)
		require.InDelta(t, values[0], former, 0)
		for percent := 1; percent <= 100; percent++ {
			next := Of(values, percent)
			require.GreaterOrEqual(t, next, former)
			former = next
		}
		require.InDelta(t, values[len(values)-1], former, 0)
	}
}

// A run of 771 days is real, and a millisecond of it counts.
func TestLongDurationsKeepTheirMilliseconds(t *testing.T) {
	t.Parallel()
	const days771 = 771 * 24 * 3_600_000
	require.InDelta(t, days771+0.5, Of([]int64{days771, days771 + 1, days771 + 2}, 50), 1e-4)
	require.InDelta(t, days771+1, Mean([]int64{days771, days771 + 2}), 0)
	require.Zero(t, Mean[int64](nil))
}

// What is found through a position is the formula of B-01 in whole numbers, to the last bit, also for parts of a percent.
func TestPositionsAreTheFormula(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 2_000 {
		values := make([]int64, 1+random.IntN(300))
		for i := range values {
			values[i] = random.Int64N(1 << (1 + random.IntN(36)))
		}
		slices.Sort(values)
		thousandths := random.IntN(100_001) // of a percent
		n := len(values)
		rank, rest := n*thousandths/100_000, n*thousandths%100_000
		want := float64(values[max(rank, 1)-1])
		if rank > 0 && rank < n {
			want += float64((values[rank]-values[rank-1])*int64(rest)) / 100_000
		}
		share, ok := ShareOf(float64(thousandths) / 1000)
		require.True(t, ok)
		at := At(uint64(n), share)
		next := min(at.Index+1, uint64(n)-1)
		require.InDelta(t, want, at.Between(float64(values[at.Index]), float64(values[next])), 0, "%d thousandths of %d", thousandths, n)
		if thousandths%1000 == 0 {
			require.InDelta(t, want, Of(values, thousandths/1000), 0)
		}
	}
	for _, percent := range []float64{-0.1, 100.1} {
		_, ok := ShareOf(percent)
		require.False(t, ok)
	}
}
