package resource

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// AC4.2a, B-50: 80 is no warning, 81 is one at once; it goes when the value was 5 points lower for a minute, whatever happens between.
func TestAWarningComesAboveItsThresholdAndGoesAfterACalmMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w Watch
		see := func(value float64, changed, warned bool) {
			t.Helper()
			require.Equal(t, changed, w.Observe(value, 80, time.Now()), "%v", value)
			require.Equal(t, warned, w.Warned, "%v", value)
		}
		pass := func(d time.Duration) { <-time.After(d) }
		see(80, false, false)
		see(80.01, true, true)
		see(99, false, true)
		see(76, false, true) // lower, but not by 5 points
		pass(2 * time.Minute)
		see(76, false, true)
		see(75, false, true)
		pass(59 * time.Second)
		see(75, false, true)
		see(76, false, true) // the minute begins again
		see(10, false, true)
		pass(time.Minute)
		see(75.1, false, true)
		see(75, false, true)
		pass(time.Minute)
		see(75, true, false)
		see(80, false, false)
		see(81, true, true)
	})
}

func TestThresholdsAreThoseOfTheRequirements(t *testing.T) {
	t.Parallel()
	limits := DefaultThresholds()
	for metric, want := range map[string]float64{CPUPercent: 80, MemoryPercent: 85, DiskPercent: 85} {
		_, threshold, ok := limits.Of(metric)
		require.True(t, ok)
		require.InDelta(t, want, threshold, 0, metric)
	}
	for _, metric := range []string{MemoryMB, DBConnections, QueueDepth, "own.gauge"} {
		_, _, ok := limits.Of(metric)
		require.False(t, ok, metric)
	}
}
