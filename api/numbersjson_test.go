package api

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/execution"
)

// What is written by hand is what encoding/json would write.
func TestNumbersAreWrittenAsTheirTypesSay(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 6))
	requireSame := func(want any, got []byte, err error) {
		t.Helper()
		require.NoError(t, err)
		text, err := json.Marshal(want)
		require.NoError(t, err)
		require.Equal(t, string(text), string(got))
	}
	for round := range 50 {
		m := WorkflowMetrics{WorkflowMetrics: engine.WorkflowMetrics{
			WorkflowID: "w", WorkflowName: `"executionsByHour":{} <Zły>`, MetricsSummary: engine.MetricsSummary{
				TimeRange: engine.TimeRange{Start: someInstant(random), End: someInstant(random)}, SuccessRate: 93.33,
			},
			ExecutionsByStatus: map[string]int64{"failed": 1, "completed": random.Int64()},
			ByOutcome:          map[string]engine.Outcome{"failed": {Count: 1, MinDuration: someNumber(random)}},
		}}
		if round%2 == 0 {
			m.Previous = &engine.MetricsSummary{AverageDuration: 0.5}
		}
		for hour := range random.IntN(50) {
			at := time.Unix(int64(hour)*3600, 0).UTC()
			m.ExecutionsByHour = append(m.ExecutionsByHour, engine.TimeCount{Key: at.Format("2006-01-02T15"), Count: random.Int64()})
			m.ExecutionsByDay = engine.CountByTime{{Key: "1970-01-01", Count: int64(hour)}}
			m.ExecutionsByWeek = engine.CountByTime{{Key: "1970-W01", Count: 1}, {Key: "1970-W02", Count: 0}}
		}
		body, err := metricsJSON(m)
		requireSame(m, body, err)

		trend := Trend{Points: []engine.TrendPoint{}, Degradation: engine.Degradation{Degraded: true, Since: someInstant(random), Samples: 5}}
		for range random.IntN(5) {
			trend.Points = append(trend.Points, engine.TrendPoint{
				Start: someInstant(random), End: someInstant(random), Total: random.Int64(), Completed: 7, Failed: 0,
				SuccessRate: someNumber(random), AverageDuration: someNumber(random), P50: someNumber(random), P95: someNumber(random), P99: someNumber(random),
			})
		}
		body, err = trendJSON(Trend{Degradation: trend.Degradation}, trend.Points)
		requireSame(trend, body, err)
		body, err = trendJSON(OfficeTrend{}, trend.Points)
		requireSame(OfficeTrend{Points: trend.Points}, body, err)
	}
}

// someNumber is nothing, or a number as the engine rounds them.
func someNumber(random *rand.Rand) *float64 {
	if random.IntN(4) == 0 {
		return nil
	}
	v := rounded(float64(random.Int64N(1<<50)) / float64(1+random.IntN(1000)))
	return &v
}

// someInstant has whole seconds, or digits down to milli-, micro- or nanoseconds, or is none.
func someInstant(random *rand.Rand) execution.Instant {
	unit := []int64{0, 1, 1e3, 1e6, 1e9}[random.IntN(5)]
	if unit == 0 {
		return execution.NoInstant
	}
	return execution.Instant(random.Int64N(2e18) / unit * unit)
}
