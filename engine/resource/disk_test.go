package resource

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGrowthIsTheSlopeOfTheLastTwoWeeks(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sizes := func(hours int, bytes func(hour int) int64) (all []Size) {
		for h := range hours + 1 {
			all = append(all, Size{start.Add(time.Duration(h) * time.Hour), bytes(h)})
		}
		return all
	}
	f := func(want float64, all []Size) {
		t.Helper()
		got, ok := Growth(all)
		require.True(t, ok)
		require.InDelta(t, want, got, math.Abs(want)/1000+0.001)
	}
	const gib = 1 << 30
	f(24000, sizes(24, func(h int) int64 { return 500*gib + int64(h)*1000 }))
	f(-2400, sizes(100, func(h int) int64 { return 500*gib - int64(h)*100 }))
	f(0, sizes(48, func(int) int64 { return gib }))
	f(gib, sizes(30*24, func(h int) int64 { // it grew faster before, which does not count any more
		if h < 10*24 {
			return int64(h) * gib
		}
		return 1000*gib + int64(h)*gib/24
	}))
	f(24000, sizes(240, func(h int) int64 { return int64(h)*1000 + int64(h%2)*300 })) // saws
	for _, few := range [][]Size{nil, sizes(0, func(int) int64 { return 1 }), sizes(23, func(h int) int64 { return int64(h) })} {
		_, ok := Growth(few)
		require.False(t, ok, "a day must have been seen")
	}
}

func TestDiskIsMeasured(t *testing.T) {
	t.Parallel()
	d, ok := ReadDisk(t.Context(), t.TempDir())
	require.True(t, ok)
	require.Positive(t, d.Total)
	require.LessOrEqual(t, d.Used+d.Free, d.Total)
	require.Greater(t, d.UsedPercent(), 0.0)
	_, ok = ReadDisk(t.Context(), filepath.Join(t.TempDir(), "missing"))
	require.False(t, ok)
	require.InDelta(t, 75, Disk{Total: 500, Used: 300, Free: 100}.UsedPercent(), 0, "what is reserved counts for nobody")
	require.Zero(t, Disk{}.UsedPercent())
}
