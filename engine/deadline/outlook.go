package deadline

import "time"

// How near a deadline is, as the traffic light of the page shows it.
const (
	LightGrey  = "grey"  // more than 10 working days
	LightBlue  = "blue"  // 10 or fewer
	LightAmber = "amber" // 5 or fewer
	LightRed   = "red"   // 2 or fewer, or 5 or fewer and something failed
	LightBlack = "black" // over
)

// Light is the colour of an obligation with so many working days left to ActBy.
func (o *Occurrence) Light(today Day, left int, failed bool) string {
	const far, near, soon = 10, 5, 2
	switch {
	case today > o.Due:
		return LightBlack
	case today > o.ActBy, left <= soon, failed && left <= near:
		return LightRed
	case left <= near:
		return LightAmber
	case left <= far:
		return LightBlue
	}
	return LightGrey
}

// Past is what the completed runs of an obligation tell about one to come.
type Past struct {
	Runs    int64
	TotalMs int64
}

// pastRunsMin is how many runs a forecast needs.
const pastRunsMin = 5

// Forecast says when the open runs would be done if nothing ran beside anything
// else, each taking as long as such runs took on average. That is the latest
// that can be told from what is known: runs that nobody has started are not in it.
type Forecast struct {
	OpenRuns          int64
	AverageDurationMs int64
	SampleSize        int64
	ReadyAt           time.Time
	InTime            bool
}

// Forecast is nil when nothing is open, when the time is over, or when too few
// runs were completed to tell. spentMs is how long each of those that run has
// run already, which counts for no more than the average.
func (p Past) Forecast(open int64, spentMs []int64, now, end time.Time) *Forecast {
	if open == 0 || p.Runs < pastRunsMin || !now.Before(end) {
		return nil
	}
	average := p.TotalMs / p.Runs
	const longest = int64(10 * 366 * dayLength / time.Millisecond)
	work := longest
	if average == 0 || open <= longest/average {
		work = open * average
	}
	for _, ms := range spentMs {
		work -= min(ms, average)
	}
	work = max(0, work)
	ready := now.Add(time.Duration(work) * time.Millisecond)
	return &Forecast{OpenRuns: open, AverageDurationMs: average, SampleSize: p.Runs, ReadyAt: ready, InTime: !ready.After(end)}
}
