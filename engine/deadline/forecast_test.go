package deadline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func pointer[T any](v T) *T { return &v }

// hours repeats a duration of that many hours, in ms.
func hours(n int, each float64) (all []int64) {
	for range n {
		all = append(all, int64(each*float64(time.Hour.Milliseconds())))
	}
	return all
}

// Part 4.7: whether what is open gets done, why, and silence where nobody can know.
func TestForecastsSayOnlyWhatRunsTell(t *testing.T) {
	t.Parallel()
	now := day(t, "2026-11-25").Start()
	end := now.Add(24 * time.Hour)
	slow := append(hours(19, 1), hours(1, 30)...) // p50 1 h, p95 1 h; with two slow ones p95 is 30 h
	slower := append(hours(18, 1), hours(2, 30)...)
	for name, v := range map[string]struct {
		load          Load
		at            time.Time
		state, reason string
	}{
		"nothing open":            {Load{DurationsMs: hours(9, 1)}, now, ForecastUnknown, ReasonNothingOpen},
		"only failed":             {Load{DurationsMs: hours(9, 1), Failed: 1}, now, ForecastAtRisk, ReasonFailedRuns},
		"too little":              {Load{DurationsMs: hours(4, 1), SpentMs: []int64{0}}, now, ForecastUnknown, ReasonTooLittleData},
		"no data at all":          {Load{Queued: 1, Clearance: pointer(time.Hour)}, now, ForecastUnknown, ReasonTooLittleData},
		"capped":                  {Load{DurationsMs: hours(9, 1), SpentMs: []int64{0}, Capped: true}, now, ForecastUnknown, ReasonNotAllCounted},
		"queue stands":            {Load{DurationsMs: hours(9, 1), Queued: 1}, now, ForecastUnknown, ReasonQueueStands},
		"running, queue stands":   {Load{DurationsMs: hours(9, 1), SpentMs: []int64{0}}, now, ForecastOnTime, ReasonInTime},
		"queue just in time":      {Load{DurationsMs: hours(9, 1), Queued: 99, Clearance: pointer(23 * time.Hour)}, now, ForecastOnTime, ReasonInTime},
		"queue too long":          {Load{DurationsMs: hours(9, 1), Queued: 1, Clearance: pointer(23*time.Hour + time.Millisecond)}, now, ForecastLate, ReasonUsualTooLong},
		"usual runs too long":     {Load{DurationsMs: hours(9, 25), SpentMs: []int64{0}}, now, ForecastLate, ReasonUsualTooLong},
		"has run for two hours":   {Load{DurationsMs: hours(9, 25), SpentMs: hours(1, 2)}, now, ForecastOnTime, ReasonInTime},
		"one slow run of twenty":  {Load{DurationsMs: slow, SpentMs: []int64{0}}, now, ForecastOnTime, ReasonInTime},
		"two slow runs of twenty": {Load{DurationsMs: slower, SpentMs: []int64{0}}, now, ForecastAtRisk, ReasonSlowTooLong},
		"longer than usual":       {Load{DurationsMs: hours(9, 1), SpentMs: hours(1, 1.5)}, now, ForecastAtRisk, ReasonLongerThanAll},
		"failed besides":          {Load{DurationsMs: hours(9, 1), SpentMs: []int64{0}, Failed: 1}, now, ForecastAtRisk, ReasonFailedRuns},
		"over, open":              {Load{DurationsMs: hours(9, 1), SpentMs: []int64{0}}, end, ForecastLate, ReasonOver},
		"over, nothing open":      {Load{DurationsMs: hours(9, 1), Failed: 1}, end, ForecastUnknown, ReasonOver},
		"beyond all numbers":      {Load{DurationsMs: []int64{5 << 58, 5 << 58, 5 << 58, 5 << 58, 5 << 58}, Queued: 1 << 40, Clearance: pointer(time.Hour)}, now, ForecastLate, ReasonUsualTooLong},
	} {
		f := v.load.Forecast(v.at, end)
		require.Equal(t, []string{v.state, v.reason}, []string{f.State, f.Reason}, name)
		require.Contains(t, ForecastStates(), f.State)
		require.Contains(t, ForecastReasons(), f.Reason)
		require.Equal(t, end, f.EndsAt)
	}
}

// 5.14: what is not known is absent, and what was computed from is shown.
func TestForecastsShowWhatTheyRestOn(t *testing.T) {
	t.Parallel()
	now := day(t, "2026-11-25").Start()
	load := Load{Queued: 2, SpentMs: hours(2, 0.5), Failed: 1, DurationsMs: append(hours(5, 2), hours(5, 1)...), Clearance: pointer(3 * time.Hour)}
	hour := float64(time.Hour.Milliseconds())
	require.Equal(t, Forecast{
		State: ForecastAtRisk, Reason: ReasonFailedRuns, EndsAt: now.Add(24 * time.Hour), Queued: 2, Running: 2, Failed: 1, Samples: 10,
		AverageMs: 1.5 * hour, P50: hour, P95: 2 * hour, Clearance: load.Clearance,
		ExpectedAt: now.Add(4 * time.Hour), LatestAt: now.Add(5 * time.Hour), ReadyAt: now.Add(5 * time.Hour),
	}, load.Forecast(now, now.Add(24*time.Hour)))
	load.Clearance = nil
	f := load.Forecast(now, now.Add(24*time.Hour))
	require.Zero(t, f.ExpectedAt)
	require.Zero(t, f.LatestAt)
	require.Equal(t, now.Add(5*time.Hour), f.ReadyAt, "one after another, whatever the queue does")
}
