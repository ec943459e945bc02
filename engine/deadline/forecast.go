package deadline

import (
	"slices"
	"time"

	"flowwatch/tsdb/quantile"
)

// Whether the open runs of an obligation end in time.
const (
	ForecastOnTime  = "onTime"  // also if all take as long as the slow ones do
	ForecastAtRisk  = "atRisk"  // as usual they do; see the reason
	ForecastLate    = "late"    // as usual they do not, or the time is over
	ForecastUnknown = "unknown" // see the reason
)

// Why a forecast says what it says.
const (
	ReasonInTime        = "inTime"
	ReasonUsualTooLong  = "usualRunsEndLate"
	ReasonSlowTooLong   = "slowRunsEndLate"
	ReasonLongerThanAll = "longerThanUsual" // a run takes longer than p95 already
	ReasonFailedRuns    = "failedRuns"      // nobody tried them again yet
	ReasonOver          = "timeIsOver"
	ReasonNothingOpen   = "nothingOpen" // what nobody has queued yet is not known
	ReasonTooLittleData = "tooLittleData"
	ReasonQueueStands   = "queueStands" // nothing ended lately, so the queue has no rate
	ReasonNotAllCounted = "runsCapped"
)

// ForecastStates are the states, from good to bad.
func ForecastStates() []string {
	return []string{ForecastOnTime, ForecastAtRisk, ForecastLate, ForecastUnknown}
}

// ForecastReasons are the reasons of all states.
func ForecastReasons() []string {
	return []string{
		ReasonInTime, ReasonUsualTooLong, ReasonSlowTooLong, ReasonLongerThanAll, ReasonFailedRuns, ReasonOver, ReasonNothingOpen,
		ReasonTooLittleData, ReasonQueueStands, ReasonNotAllCounted,
	}
}

// pastRunsMin is how many completed runs a forecast needs.
const pastRunsMin = 5

// Load is what is known of the runs of one obligation at a moment.
type Load struct {
	Queued      int64          // open runs that have not started
	SpentMs     []int64        // how long each of those that have started has run
	Failed      int64          // failed runs that no later one tried again
	DurationsMs []int64        // of completed runs, in any order; Forecast sorts them
	Clearance   *time.Duration // until the whole queue is empty at its present rate; nil: it has none
	Capped      bool           // not all runs were counted
}

// Forecast says when the open runs end, with all that it was computed from. A
// time is zero, and a number of past runs 0, where nothing tells.
//
// Runs that have started end when they have taken as long as such runs usually
// do (p50), queued ones take so long after the queue as it is now is empty:
// ExpectedAt is the last of these. LatestAt is the same with p95. ReadyAt is the
// bound of part 4.7: as if one run followed the other, each of average length.
type Forecast struct {
	State, Reason       string
	EndsAt              time.Time // until when the obligation can be met
	Queued, Running     int64
	LongerThanUsual     int64 // of those that run: longer than p95 by now
	Failed              int64
	Samples             int64
	AverageMs, P50, P95 float64 // ms
	Clearance           *time.Duration
	ExpectedAt          time.Time
	LatestAt            time.Time
	ReadyAt             time.Time
}

// Forecast judges the load against the moment at which the time runs out.
func (l *Load) Forecast(now, end time.Time) Forecast {
	slices.Sort(l.DurationsMs)
	f := Forecast{
		EndsAt: end, Queued: l.Queued, Running: int64(len(l.SpentMs)), Failed: l.Failed, Clearance: l.Clearance,
		Samples: int64(len(l.DurationsMs)), AverageMs: quantile.Mean(l.DurationsMs),
		P50: quantile.Of(l.DurationsMs, 50), P95: quantile.Of(l.DurationsMs, 95),
	}
	if f.Samples >= pastRunsMin && f.Queued+f.Running > 0 && !l.Capped {
		l.times(&f, now)
	}
	f.State, f.Reason = f.judge(l.Capped, now)
	return f
}

// times computes when the open runs end.
func (l *Load) times(f *Forecast, now time.Time) {
	f.ReadyAt = now.Add(l.serial(f.AverageMs))
	for _, spent := range l.SpentMs {
		if float64(spent) > f.P95 {
			f.LongerThanUsual++
		}
	}
	if l.Queued > 0 && l.Clearance == nil {
		return
	}
	last := func(tookMs float64) time.Time {
		left := time.Duration(0)
		for _, spent := range l.SpentMs {
			left = max(left, bounded(tookMs-float64(spent)))
		}
		if l.Queued > 0 {
			left = max(left, bounded(float64(l.Clearance.Milliseconds())+tookMs))
		}
		return now.Add(left)
	}
	f.ExpectedAt, f.LatestAt = last(f.P50), last(f.P95)
}

// serial is how long the open runs take one after another. What a run has run
// already counts for no more than the average.
func (l *Load) serial(averageMs float64) time.Duration {
	work := averageMs * float64(l.Queued+int64(len(l.SpentMs)))
	for _, spent := range l.SpentMs {
		work -= min(float64(spent), averageMs)
	}
	return bounded(work)
}

// bounded is that many ms, from 0 to longer than any deadline is away.
func bounded(ms float64) time.Duration {
	const longest = 10 * 366 * dayLength
	return time.Duration(min(max(0, ms), float64(longest/time.Millisecond))) * time.Millisecond
}

// judge names the state and its reason.
func (f *Forecast) judge(capped bool, now time.Time) (state, reason string) {
	open := f.Queued + f.Running
	switch {
	case !now.Before(f.EndsAt) && open > 0:
		return ForecastLate, ReasonOver
	case !now.Before(f.EndsAt):
		return ForecastUnknown, ReasonOver
	case capped:
		return ForecastUnknown, ReasonNotAllCounted
	case open == 0 && f.Failed > 0:
		return ForecastAtRisk, ReasonFailedRuns
	case open == 0:
		return ForecastUnknown, ReasonNothingOpen
	case f.Samples < pastRunsMin:
		return ForecastUnknown, ReasonTooLittleData
	case f.ExpectedAt.IsZero():
		return ForecastUnknown, ReasonQueueStands
	case f.ExpectedAt.After(f.EndsAt):
		return ForecastLate, ReasonUsualTooLong
	case f.LatestAt.After(f.EndsAt):
		return ForecastAtRisk, ReasonSlowTooLong
	case f.LongerThanUsual > 0:
		return ForecastAtRisk, ReasonLongerThanAll
	case f.Failed > 0:
		return ForecastAtRisk, ReasonFailedRuns
	}
	return ForecastOnTime, ReasonInTime
}
