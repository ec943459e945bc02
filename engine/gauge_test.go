package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func sampleAt(metric string, value float64, at time.Duration) Sample {
	return Sample{Metric: metric, Value: value, Timestamp: execution.At(noon.Add(at))}
}

func (b *bench) put(samples ...Sample) (accepted int, rejected []Rejection) {
	b.t.Helper()
	accepted, rejected, err := b.tenant.PutSamples(context.Background(), samples)
	require.NoError(b.t, err)
	return accepted, rejected
}

// What was accepted is there after a crash: the newest by its own time, in whatever order it came.
func TestTheNewestSampleOfASeriesSurvivesACrash(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.put(sampleAt("a", 2, 0), sampleAt("a", 1, -time.Minute), sampleAt("b", 3, 0))
	b.put(sampleAt("a", 0, -time.Hour))
	b.crash()
	got := map[string]float64{}
	for _, s := range b.tenant.Resources(noon.Add(-2*time.Hour), noon) {
		if s.Labels["source"] == "engine" {
			require.Len(t, s.Points, 1)
			got[s.Metric] = s.Points[0][1]
		}
	}
	require.Equal(t, map[string]float64{"a": 2, "b": 3}, got)
}

// A warning survives a restart while its value is fresh, and not longer (B-50).
func TestAWarningOfAFreshSampleSurvivesARestart(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.put(sampleAt("cpu.usage_percent", 90, 0))
	b.restart()
	require.Contains(t, codes(b.tenant.SystemHealth().Warnings), "cpu")
	b.clock.set(noon.Add(6 * time.Minute))
	for _, w := range b.tenant.SystemHealth().Warnings {
		require.False(t, w.Code == "cpu" && w.Source == "engine", "nothing is known any more")
	}
}

// Series that were silent for a day give their places to new ones, in memory and on disk.
func TestSilentSeriesMakeRoom(t *testing.T) {
	t.Parallel()
	b := start(t)
	var all []Sample
	for i := range gaugesMax {
		all = append(all, sampleAt(fmt.Sprint("g", i), 1, 0))
	}
	b.put(all...)
	_, rejected := b.put(sampleAt("more", 1, 0), sampleAt("g1", 2, 0))
	require.Equal(t, "too_many_series", rejected[0].Code)
	require.Len(t, rejected, 1)
	b.clock.set(noon.Add(25 * time.Hour))
	accepted, rejected := b.put(sampleAt("more", 1, 25*time.Hour), sampleAt("g7", 1, 25*time.Hour))
	require.Equal(t, 2, accepted)
	require.Empty(t, rejected)
	require.Len(t, b.tenant.gauges.latest, 2)
	b.restart()
	require.Len(t, b.tenant.gauges.latest, 2)
}
