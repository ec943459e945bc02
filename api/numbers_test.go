package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

// runs are events of finished executions of a workflow: the start, the duration and the end of each.
func runs(workflowID, prefix, kind string, startedAt time.Time, durations ...time.Duration) string {
	var events []string
	for i, d := range durations {
		for _, e := range []struct {
			kind string
			at   time.Time
		}{{"execution.started", startedAt}, {kind, startedAt.Add(d)}} {
			events = append(events, fmt.Sprintf(`"type":%q,"executionId":"%s-%d","workflowId":%q,"workflowName":"=Zły","timestamp":%q`,
				e.kind, prefix, i, workflowID, e.at.Format(time.RFC3339Nano)))
		}
	}
	return batch(events...)
}

func spread(n int, each time.Duration) (all []time.Duration) {
	for i := range n {
		all = append(all, time.Duration(i+1)*each)
	}
	return all
}

func during(from, to time.Time) string {
	return "start=" + url.QueryEscape(from.Format(time.RFC3339Nano)) + "&end=" + url.QueryEscape(to.Format(time.RFC3339Nano))
}

// T3, T4, T11, AC7.1: what was posted is counted at once, exactly.
func TestMetricsOfTheSeed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	durations := spread(10, 100*time.Millisecond)
	a.post(testSecret, runs("w", "ok", "execution.completed", at, durations[:8]...))
	a.post(testSecret, runs("w", "bad", "execution.failed", at, durations[8:]...))
	path := "/api/monitoring/workflows/w/metrics?" + during(at, at)
	m := get[WorkflowMetrics](a, path, testSecret)
	require.EqualValues(t, 10, m.TotalExecutions, "both ends are inclusive (S12)")
	require.EqualValues(t, 8, m.SuccessfulExecutions)
	require.EqualValues(t, 2, m.FailedExecutions)
	require.InDelta(t, 80.0, m.SuccessRate, 0)
	require.InDelta(t, 550.0, m.AverageDuration, 0)
	require.Equal(t, engine.Percentiles{P50: 500, P95: 950, P99: 990}, m.Percentiles)
	require.Equal(t, "linear_ecdf", m.PercentileMethod)
	require.Equal(t, map[string]int64{at.UTC().Format("2006-01-02T15"): 10}, m.ExecutionsByHour.Map())
	require.Len(t, m.ExecutionsByStatus, 6)
	require.Equal(t, at.UTC(), m.TimeRange.Start.Time())

	for i := range 90 {
		a.post(testSecret, runs("w", fmt.Sprint("more-", i), "execution.completed", at.Add(time.Duration(i)*time.Second), time.Second))
		if i%30 == 0 {
			require.EqualValues(t, 11+i, get[WorkflowMetrics](a, "/api/monitoring/workflows/w/metrics", testSecret).TotalExecutions)
		}
	}
	m = get[WorkflowMetrics](a, "/api/monitoring/workflows/w/metrics?compare=previous", testSecret)
	require.EqualValues(t, 100, m.TotalExecutions)
	require.InDelta(t, 98.0, m.SuccessRate, 0)
	require.Zero(t, m.Previous.TotalExecutions)
	a.restart()
	require.Equal(t, m.MetricsSummary.Percentiles, get[WorkflowMetrics](a, "/api/monitoring/workflows/w/metrics", testSecret).Percentiles)
}

// AC7.1d, B-40: hours are of UTC, days and weeks of the office, whose clocks change.
func TestDaysAreThoseOfTheOffice(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for i, at := range []string{
		"2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z", // 23 hours
		"2025-10-25T21:59:59Z", "2025-10-25T22:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T22:59:59Z", "2025-10-26T23:00:00Z", // 25 hours
		"1970-01-01T00:00:00Z", "2025-12-31T23:30:00Z",
	} {
		started, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		a.post(testSecret, runs("w", fmt.Sprint("r-", i), "execution.completed", started, time.Minute))
	}
	m := get[WorkflowMetrics](a, "/api/monitoring/workflows/w/metrics?start=1900-01-01T00:00:00Z&end=2100-01-01T00:00:00%2B01:00", testSecret)
	require.Equal(t, map[string]int64{
		"2026-03-28": 1, "2026-03-29": 4, "2026-03-30": 1, "2025-10-25": 1, "2025-10-26": 4, "2025-10-27": 1, "1970-01-01": 1, "2026-01-01": 1,
	}, m.ExecutionsByDay.Map())
	require.Equal(t, map[string]int64{"2026-W13": 5, "2026-W14": 1, "2025-W43": 5, "2025-W44": 1, "1970-W01": 1, "2026-W01": 1}, m.ExecutionsByWeek.Map())
	require.EqualValues(t, 14, m.TotalExecutions)
	for _, zone := range []string{"+02:00", "%2B02:00"} { // B-108: a plus that was not encoded is a space
		points := get[Trend](a, "/api/monitoring/workflows/w/trend?start=2026-03-29T00:00:00%2B01:00&end=2026-03-29T23:59:59"+zone, testSecret).Points
		require.Len(t, points, 1)
		require.Equal(t, 23*time.Hour, points[0].End.Time().Sub(points[0].Start.Time()))
		require.EqualValues(t, 4, points[0].Total)
	}
	autumn := get[OfficeTrend](a, "/api/monitoring/trend?startTime=2025-10-24T22:00:00Z&endTime=2025-10-27T22:59:59.999Z", testSecret).Points
	require.Len(t, autumn, 3)
	require.Equal(t, 25*time.Hour, autumn[1].End.Time().Sub(autumn[1].Start.Time()))
	require.EqualValues(t, 4, autumn[1].Total)
	hours := get[Trend](a, "/api/monitoring/workflows/w/trend?interval=1h&start=2025-10-26T00:00:00Z&end=2025-10-26T01:59:59Z", testSecret).Points
	require.Len(t, hours, 2)
	require.EqualValues(t, 1, hours[0].Total)
	weeks := get[Trend](a, "/api/monitoring/workflows/w/trend?interval=1w&start=2025-10-20T00:00:00Z&end=2025-11-01T00:00:00Z", testSecret).Points
	require.Equal(t, []int64{5, 1}, []int64{weeks[0].Total, weeks[1].Total})
}

// AC7.2a, AC7.2b: thirty days, and what has no executions is null, not 0.
func TestTrendShowsGaps(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, runs("w", "r", "execution.completed", time.Now().Add(-49*time.Hour), time.Second, 3*time.Second))
	got := a.send("GET", "/api/monitoring/workflows/w/trend", testSecret, nil)
	points := decoded[Trend](t, got).Points
	require.GreaterOrEqual(t, len(points), 30)
	require.Contains(t, string(got.body), `"total":0,"completed":0,"failed":0,"successRate":null,"averageDuration":null,"p50":null,"p95":null,"p99":null`)
	full := 0
	for i := range points {
		if points[i].Total > 0 {
			full++
			require.InDelta(t, 100.0, *points[i].SuccessRate, 0)
			require.InDelta(t, 2000.0, *points[i].AverageDuration, 0)
		}
	}
	require.Equal(t, 1, full)
	require.Contains(t, string(got.body), `"degradation":{"degraded":false,"since":null,"p95ChangePercent":null,`)
}

// B-85, AC7.2c.
func TestDegradationIsFoundWithTheDayItBegan(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	zone, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	end := time.Date(2026, 5, 20, 18, 0, 0, 0, zone)
	for day := range 35 {
		slow, kind := 100*time.Millisecond, "execution.completed"
		if day < 4 {
			slow = 130 * time.Millisecond
		}
		at := end.AddDate(0, 0, -day).Add(-6 * time.Hour)
		for _, workflowID := range []string{"slow", "failing", "well", "few"} {
			durations := []time.Duration{slow, slow, slow, slow, slow}
			switch {
			case workflowID == "few" && day > 3:
				continue
			case workflowID == "well" || workflowID == "failing":
				durations = spread(5, 100*time.Millisecond)
			}
			a.post(testSecret, runs(workflowID, fmt.Sprint(workflowID, day), kind, at, durations...))
		}
		if day < 3 {
			a.post(testSecret, runs("failing", fmt.Sprint("f", day), "execution.failed", at, time.Second))
		}
	}
	of := func(workflowID string) engine.Degradation {
		return get[Trend](a, "/api/monitoring/workflows/"+workflowID+"/trend?"+during(end.AddDate(0, 0, -30), end), testSecret).Degradation
	}
	slow := of("slow")
	require.True(t, slow.Degraded)
	require.InDelta(t, 30.0, *slow.P95ChangePercent, 0)
	require.Equal(t, time.Date(2026, 5, 17, 0, 0, 0, 0, zone).UTC(), slow.Since.Time())
	require.EqualValues(t, 35, slow.Samples)
	require.EqualValues(t, 140, slow.BaselineSamples)
	failing := of("failing")
	require.True(t, failing.Degraded)
	require.InDelta(t, -7.89, *failing.SuccessChangePoints, 0)
	for _, workflowID := range []string{"well", "few"} {
		d := of(workflowID)
		require.False(t, d.Degraded, workflowID)
		require.False(t, d.Since.Present(), workflowID)
	}
}

// AC7.2d: the file says what the API says, in the form a Polish spreadsheet or a program takes.
func TestExportIsWhatTheAPISays(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	a.post(testSecret, runs("w:1", "r", "execution.completed", at, 100*time.Millisecond, 151*time.Millisecond, 203*time.Millisecond))
	a.post(testSecret, runs("w:1", "f", "execution.failed", at, time.Second))
	span := "start=2026-11-20T00:00:00%2B01:00&end=2026-11-21T23:59:59.999%2B01:00"
	path := "/api/monitoring/workflows/w:1/export?" + span
	got := a.send("GET", path, testSecret, nil)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "text/csv; charset=utf-8", got.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="w_1.csv"`, got.header.Get("Content-Disposition"))
	lines := strings.Split(string(got.body), "\r\n")
	require.Equal(t, "\ufeffstart;end;total;completed;failed;successRate;averageDuration;p50;p95;p99", lines[0])
	require.Equal(t, "2026-11-19T23:00:00.000Z;2026-11-20T23:00:00.000Z;4;3;1;75,00;363,5;151;840,6;968,12", lines[1])
	require.Equal(t, "2026-11-20T23:00:00.000Z;2026-11-21T23:00:00.000Z;0;0;0;;;;;", lines[2])
	require.Equal(t, "2026-11-19T23:00:00.000Z;2026-11-21T22:59:59.999Z;4;3;1;75,00;363,5;151;840,6;968,12", lines[3])
	require.Len(t, lines, 5)
	plain := string(a.send("GET", path+"&locale=C", testSecret, nil).body)
	require.Equal(t, "2026-11-19T23:00:00.000Z,2026-11-20T23:00:00.000Z,4,3,1,75.00,363.5,151,840.6,968.12", strings.Split(plain, "\n")[1])
	require.True(t, strings.HasPrefix(plain, "start,end,"))
	require.NotContains(t, plain, "\r")
	e := get[Export](a, path+"&format=json", testSecret)
	require.Equal(t, get[WorkflowMetrics](a, "/api/monitoring/workflows/w:1/metrics?"+span, testSecret).WorkflowMetrics, e.Metrics)
	require.Equal(t, get[Trend](a, "/api/monitoring/workflows/w:1/trend?"+span, testSecret).Points, e.Points)
	require.Equal(t, "'=2+3", textCell("=2+3"))
	for _, text := range []string{"+1", "-1", "@a", "\ta", "\ra"} {
		require.Equal(t, "'"+text, textCell(text))
	}
	require.Equal(t, "a=b", textCell("a=b"))
}

// Z8, B-41, B-111: each aggregation and interval, computed by hand.
func TestSeriesAggregate(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := time.Date(2026, 11, 20, 22, 58, 0, 0, time.UTC) // two minutes before the office's midnight
	a.post(testSecret, runs("w", "r", "execution.completed", at, time.Second, 3*time.Second, 90*time.Second, 150*time.Second))
	a.post(testSecret, runs("v", "f", "execution.failed", at, time.Second))
	span := "startTime=2026-11-20T00:00:00Z&endTime=2026-11-21T12:00:00Z"
	read := func(more string) []engine.Series {
		return get[SeriesAnswer](a, "/api/monitoring/metrics?"+span+"&workflowId=w&metricTypes=execution.duration_ms"+more, testSecret).Series
	}
	raw := read("")
	require.Len(t, raw, 1)
	require.Equal(t, "execution.duration_ms", raw[0].Metric)
	require.Equal(t, map[string]string{"workflowId": "w"}, raw[0].Labels)
	ms := float64(at.UnixMilli())
	require.Equal(t, [][2]float64{{ms + 1000, 1000}, {ms + 3000, 3000}, {ms + 90_000, 90_000}, {ms + 150_000, 150_000}}, raw[0].Points)
	start := float64(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).UnixMilli())
	for aggregation, want := range map[string]float64{"avg": 61_000, "sum": 244_000, "min": 1000, "max": 150_000, "count": 4, "last": 150_000} {
		require.Equal(t, [][2]float64{{start, want}}, read("&aggregation=" + aggregation)[0].Points, aggregation)
	}
	minute := 60_000.0
	for interval, want := range map[string][][2]float64{
		"1m":  {{ms, 2}, {ms + minute, 1}, {ms + 2*minute, 1}},
		"5m":  {{ms - 3*minute, 3}, {ms + 2*minute, 1}},
		"15m": {{ms - 13*minute, 3}, {ms + 2*minute, 1}},
		"1h":  {{ms - 58*minute, 3}, {ms + 2*minute, 1}},
		"1d":  {{ms + 2*minute - 24*60*minute, 3}, {ms + 2*minute, 1}},
		"1w":  {{ms + 2*minute - 5*24*60*minute, 4}},
	} {
		require.Equal(t, want, read("&aggregation=count&interval=" + interval)[0].Points, interval)
	}
	both := get[SeriesAnswer](a, "/api/monitoring/metrics?"+span+"&metricTypes=execution.completed,execution.failed&metricTypes=cpu.usage_percent", testSecret).Series
	require.Len(t, both, 2)
	require.Equal(t, "v", both[1].Labels["workflowId"])
	one := get[SeriesAnswer](a, "/api/monitoring/metrics?"+span+"&executionId=r-1&aggregation=sum", testSecret).Series
	require.Equal(t, [][2]float64{{start, 3000}}, one[1].Points)
	a.post(testSecret, runs("u", "u", "execution.completed", at, time.Millisecond, time.Millisecond, 2*time.Millisecond))
	mean := get[SeriesAnswer](a, "/api/monitoring/metrics?"+span+"&workflowId=u&metricTypes=execution.duration_ms&aggregation=avg", testSecret).Series
	require.Equal(t, [][2]float64{{start, 1.33}}, mean[0].Points, "as averageDuration has it: at most two decimals")
	require.Empty(t, get[SeriesAnswer](a, "/api/monitoring/metrics?startTime=2031-01-01T00:00:00Z&endTime=2032-01-01T00:00:00Z", testSecret).Series)
}

// B-41: bad questions are refused with what is wrong about them.
func TestBadRangesAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, runs("w", "r", "execution.completed", time.Now(), time.Second))
	const w, span = "/api/monitoring/workflows/w", "startTime=2026-11-20T00:00:00Z&endTime=2026-11-21T12:00:00Z"
	const reversed = "start=2026-11-21T00:00:00%2B02:00&end=2026-11-20T00:00:00%2B02:00"
	for path, field := range map[string]string{
		w + "/metrics?start=2026-11-21T00:00:00Z&end=2026-11-20T00:00:00Z":          "end",
		w + "/metrics?start=2026-11-21":                                             "start",
		w + "/metrics?end=tomorrow":                                                 "end",
		w + "/metrics?endTime=99999-01-01T00:00:00Z":                                "endTime",
		w + "/metrics?outcome=running":                                              "outcome",
		w + "/metrics?compare=next":                                                 "compare",
		w + "/trend?interval=2h":                                                    "interval",
		w + "/trend?startTime=2026-11-21T00:00:00Z&endTime=2026-11-20T00:00:00Z":    "end",
		w + "/export?format=xml":                                                    "format",
		w + "/bottlenecks?start=2026-11-21T00:00:00Z&end=2026-11-20T00:00:00Z":      "end",
		"/api/monitoring/queue/history?limit=101":                                   "limit",
		"/api/monitoring/queue/history?start=x":                                     "start",
		"/api/monitoring/queue/history?" + reversed:                                 "end",
		"/api/monitoring/system/metrics?" + reversed:                                "end",
		"/api/monitoring/system/metrics?interval=2m":                                "interval",
		w + "/export?locale=de":                                                     "locale",
		"/api/monitoring/trend?interval=1m":                                         "interval",
		"/api/monitoring/metrics?endTime=2026-11-20T00:00:00Z":                      "startTime",
		"/api/monitoring/metrics?" + span + "&metricTypes=execution.duration_ms,no": "metricTypes",
		"/api/monitoring/metrics?" + span + "&aggregation=p50":                      "aggregation",
		"/api/monitoring/metrics?" + span + "&interval=7m":                          "interval",
		"/api/monitoring/metrics?" + span + "&workflowId=a/b":                       "workflowId",
	} {
		p := requireProblem(t, a.send("GET", path, testSecret, nil), 422, "invalid_field")
		require.Equal(t, "query."+field, p.Errors[0].Location, path)
	}
	for _, path := range []string{
		w + "/trend?interval=1h&start=2020-01-01T00:00:00Z&end=2026-01-01T00:00:00Z",
		"/api/monitoring/metrics?startTime=2026-11-01T00:00:00Z&endTime=2026-11-21T12:00:00Z&interval=1m",
	} {
		requireProblem(t, a.send("GET", path, testSecret, nil), 422, "too_many_points")
	}
	for _, path := range []string{
		"/api/monitoring/workflows/unknown/metrics?start=x", "/api/monitoring/workflows/unknown/trend?interval=x",
		"/api/monitoring/workflows/unknown/export?format=x", "/api/monitoring/workflows/unknown/bottlenecks?start=x", "/api/monitoring/metrics?" + span + "&executionId=unknown",
	} {
		requireProblem(t, a.send("GET", path, testSecret, nil), 404, "not_found")
	}
	future := get[WorkflowMetrics](a, w+"/metrics?start=2031-01-01T00:00:00Z&compare=previous", testSecret)
	require.Zero(t, future.TotalExecutions)
	require.Empty(t, future.ExecutionsByHour)
	require.EqualValues(t, 1, get[WorkflowMetrics](a, w+"/metrics?start=1700-01-01T00:00:00Z&end=2200-12-31T00:00:00Z&compare=previous", testSecret).TotalExecutions)
}

// AC8.1, SEC2: numbers are of the own organisation.
func TestNumbersAreOfTheOwnOrganizationOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Integration, access.Viewer), a.token("theirs", access.Integration, access.Viewer)
	a.post(theirs, runs("same", "t", "execution.failed", time.Now(), time.Second, time.Second))
	a.post(ours, runs("same", "o", "execution.completed", time.Now(), time.Second))
	m := get[WorkflowMetrics](a, "/api/monitoring/workflows/same/metrics", ours)
	require.EqualValues(t, 1, m.TotalExecutions)
	require.InDelta(t, 100.0, m.SuccessRate, 0)
	total := int64(0)
	for _, p := range get[OfficeTrend](a, "/api/monitoring/trend", ours).Points {
		total += p.Total
	}
	require.EqualValues(t, 1, total)
	now := time.Now()
	span := "startTime=" + url.QueryEscape(now.Add(-time.Hour).Format(time.RFC3339)) + "&endTime=" + url.QueryEscape(now.Add(time.Hour).Format(time.RFC3339))
	for _, s := range get[SeriesAnswer](a, "/api/monitoring/metrics?"+span, ours).Series {
		require.NotEqual(t, "execution.failed", s.Metric)
	}
	require.Empty(t, get[SeriesAnswer](a, "/api/monitoring/metrics?"+span+"&workflowId=theirs", ours).Series)
	requireProblem(t, a.send("GET", "/api/monitoring/metrics?"+span+"&executionId=t-0", ours, nil), 404, "not_found")
	require.Equal(t, http.StatusForbidden, a.send("GET", "/api/monitoring/trend", a.token("ours", access.Integration), nil).status)
}
