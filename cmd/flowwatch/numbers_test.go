package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/engine"
)

// AC7.1, T11: the metrics of an imported log are those of its executions, to the last digit.
func TestMetricsOfAnImportedLogAreThoseOfItsExecutions(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	sendLog(t, server, token, "xes", returnsLog).requireDone(t)
	var page api.ExecutionPage
	read(t, server.url, token, "/api/monitoring/executions?limit=100", &page)
	require.Len(t, page.Items, 4)
	zone, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	var took []int64
	statuses := map[string]int64{"pending": 0, "running": 0, "waiting": 0, "completed": 0, "failed": 0, "cancelled": 0}
	byHour, byDay := map[string]int64{}, map[string]int64{}
	for _, x := range page.Items {
		statuses[x.Status]++
		byHour[x.StartedAt.Time().Format("2006-01-02T15")]++
		byDay[x.StartedAt.Time().In(zone).Format(time.DateOnly)]++
		if x.Status == "completed" || x.Status == "failed" {
			took = append(took, x.CompletedAt.Ms()-x.StartedAt.Ms())
		}
	}
	var m api.WorkflowMetrics
	read(t, server.url, token, "/api/monitoring/workflows/"+page.Items[0].WorkflowID+"/metrics?start=1970-01-01T00:00:00Z&end=2100-01-01T00:00:00Z", &m)
	require.Equal(t, statuses, m.ExecutionsByStatus)
	require.Equal(t, byHour, m.ExecutionsByHour.Map())
	require.Equal(t, byDay, m.ExecutionsByDay.Map())
	require.EqualValues(t, len(took), m.SampleSize)
	total := int64(0)
	for _, ms := range took {
		total += ms
	}
	require.InDelta(t, math.Round(100*float64(total)/float64(len(took)))/100, m.AverageDuration, 0)
	require.Equal(t, engine.Percentiles{P50: type4(took, 50), P95: type4(took, 95), P99: type4(took, 99)}, m.Percentiles)
}

// type4 is the percentile of B-01, computed in whole numbers and shown with two decimals.
func type4(values []int64, p int64) float64 {
	slices.Sort(values)
	n := int64(len(values))
	whole, rest := n*p/100, n*p%100
	switch {
	case whole < 1:
		return float64(values[0])
	case whole >= n:
		return float64(values[n-1])
	}
	return float64(100*values[whole-1]+rest*(values[whole]-values[whole-1])) / 100
}
