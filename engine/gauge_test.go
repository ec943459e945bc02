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

// gaugeValues are the values of all engines' series by metric, oldest first.
func (b *bench) gaugeValues(from, to time.Time) map[string][]float64 {
	b.t.Helper()
	all, err := b.tenant.Resources(Range{execution.At(from), execution.At(to)}, "")
	require.NoError(b.t, err)
	values := map[string][]float64{}
	for _, s := range all {
		if s.Labels["source"] == "engine" {
			for _, p := range s.Points {
				values[s.Metric] = append(values[s.Metric], p[1])
			}
		}
	}
	return values
}

// B-48, DB6: every value that was accepted is there after a crash, in the order of their times, in whatever order they came.
func TestEverySampleSurvivesACrash(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.put(sampleAt("a", 2, 0), sampleAt("a", 1, -time.Minute), sampleAt("b", 3, 0))
	b.put(sampleAt("a", 0, -time.Hour))
	b.put(sampleAt("a", 0, -time.Hour)) // sent again
	b.put(sampleAt("a", 9, -time.Minute), sampleAt("a", 4, -time.Minute))
	want := map[string][]float64{"a": {0, 4, 2}, "b": {3}}
	require.Equal(t, want, b.gaugeValues(noon.Add(-time.Hour), noon))
	b.crash()
	require.Equal(t, want, b.gaugeValues(noon.Add(-time.Hour), noon))
	require.Equal(t, map[string][]float64{"a": {4}}, b.gaugeValues(noon.Add(-time.Minute), noon.Add(-time.Second)))
}

// S28: a long range is answered with means, and none is too long.
func TestALongRangeOfResourcesIsAnsweredWithMeans(t *testing.T) {
	t.Parallel()
	b := start(t)
	for day := range 40 {
		at := -time.Duration(day) * 24 * time.Hour
		b.put(sampleAt("a", float64(day), at-time.Minute), sampleAt("a", float64(day)+1, at-2*time.Minute))
	}
	require.Equal(t, []float64{1.5, 0.5}, b.gaugeValues(noon.Add(-36*time.Hour), noon)["a"])
	require.Len(t, b.gaugeValues(noon.AddDate(0, 0, -60), noon)["a"], 40)
	require.NotEmpty(t, b.gaugeValues(time.Unix(0, 0), noon.AddDate(20, 0, 0))["a"])
}

// Whoever names series freely gets no more of them than there may be, and takes no room from the executions.
func TestAHundredThousandSeriesAreRefusedClearly(t *testing.T) {
	t.Parallel()
	b := start(t)
	accepted := 0
	for request := range 100 {
		samples := make([]Sample, 1000)
		for i := range samples {
			samples[i] = sampleAt("own.gauge", 1, 0)
			samples[i].Tags = map[string]string{"number": fmt.Sprint(request, "-", i)}
		}
		n, rejected := b.put(samples...)
		accepted += n
		require.Len(t, rejected, 1000-n)
		for _, r := range rejected {
			require.Equal(t, "too_many_series", r.Code)
		}
	}
	require.Equal(t, gaugesMax, accepted)
	b.ingest(event("x", execution.ExecutionStarted, 0), event("x", execution.ExecutionCompleted, time.Minute))
	m, err := b.tenant.WorkflowMetrics(context.Background(), MetricsQuery{WorkflowID: "invoice-processing", Range: Range{execution.At(noon), execution.At(noon.Add(time.Hour))}})
	require.NoError(t, err)
	require.EqualValues(t, 1, m.TotalExecutions)
}

// B-111: what is computed from events cannot be sent as a sample.
func TestComputedMetricsCannotBeSent(t *testing.T) {
	t.Parallel()
	b := start(t)
	accepted, rejected := b.put(sampleAt("execution.duration_ms", 1, 0), sampleAt("run.count", 1, 0), sampleAt("ok", 1, 0))
	require.Equal(t, 1, accepted)
	require.Len(t, rejected, 2)
	require.Contains(t, rejected[0].Message, "computed from events")
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
