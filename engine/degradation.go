package engine

import (
	"context"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/tsdb"
)

// When a workflow counts as degraded (B-85): its last week against the four
// weeks before.
const (
	recentDays          = 7
	baselineDays        = 28
	slowerPercent       = 25.0
	failingPoints       = -5.0
	degradationRuns     = 20 // finished executions in each
	degradationDaysBack = 90 // how far its beginning is looked for
)

const dayMs = int64(24 * time.Hour / time.Millisecond)

// Degradation compares the finished executions of a week with those of the
// four weeks before. Changes are nil where one of the two has none.
type Degradation struct {
	Degraded            bool              `json:"degraded"`
	Since               execution.Instant `json:"since"` // the beginning of its first day
	P95ChangePercent    *float64          `json:"p95ChangePercent"`
	SuccessChangePoints *float64          `json:"successChangePoints"`
	Samples             int64             `json:"samples"`
	BaselineSamples     int64             `json:"baselineSamples"`
}

// Degradation judges a workflow as of a time, of now if that is in the future.
func (t *Tenant) Degradation(ctx context.Context, workflowID string, at execution.Instant) (d Degradation, err error) {
	if !t.knows(workflowID) {
		return d, errUnknownWorkflow
	}
	if err := t.settled(ctx); err != nil {
		return d, err
	}
	end := min(at, t.engine.instant()).Ms() + 1
	labels := labelsOf(workflowID)
	judge := func(days int64, fn func(s *tsdb.Snapshot) error) {
		if err == nil {
			err = t.series.Read(labels[:officeKinds], end-days*dayMs, end, fn)
		}
	}
	judge(recentDays+baselineDays, func(s *tsdb.Snapshot) error {
		d, err = degradationAt(s, labels, end)
		return err
	})
	if d.Degraded {
		judge(recentDays+baselineDays+degradationDaysBack+1, func(s *tsdb.Snapshot) error {
			d.Since, err = degradedSince(s, labels, end, t.engine.zone)
			return err
		})
	}
	return d, seriesFault(err)
}

// degradationAt judges the time before end, in Unix ms.
func degradationAt(s *tsdb.Snapshot, l *[pointKinds]tsdb.Labels, end int64) (Degradation, error) {
	numbers := make([]trendNumbers, 2)
	if err := readTrend(s, l, judgedBounds(end), numbers); err != nil {
		return Degradation{}, err
	}
	return judged(&numbers[0], &numbers[1]), nil
}

// judgedBounds are those of the four weeks and the week before end.
func judgedBounds(end int64) []int64 {
	return []int64{end - (recentDays+baselineDays)*dayMs, end - recentDays*dayMs, end}
}

// judged compares a week with the four before it.
func judged(base, recent *trendNumbers) Degradation {
	d := Degradation{
		Since: execution.NoInstant, Samples: recent.completed + recent.failed, BaselineSamples: base.completed + base.failed,
	}
	if d.Samples == 0 || d.BaselineSamples == 0 {
		return d
	}
	points := percentOf(recent.completed, d.Samples) - percentOf(base.completed, d.BaselineSamples)
	d.SuccessChangePoints = shown(points)
	enough := d.Samples >= degradationRuns && d.BaselineSamples >= degradationRuns
	d.Degraded = enough && points <= failingPoints
	if was := base.percentiles[1]; base.timed > 0 && recent.timed > 0 && was > 0 {
		change := 100 * (recent.percentiles[1] - was) / was
		d.P95ChangePercent = shown(change)
		timed := recent.timed >= degradationRuns && base.timed >= degradationRuns
		d.Degraded = d.Degraded || timed && change >= slowerPercent
	}
	return d
}

// degradedSince goes back day by day to the first one at whose end the
// workflow was degraded already, and returns its beginning.
func degradedSince(s *tsdb.Snapshot, l *[pointKinds]tsdb.Labels, end int64, zone *time.Location) (execution.Instant, error) {
	days, err := tsdb.LocalDays(end-degradationDaysBack*dayMs, end, zone)
	if err != nil {
		return execution.NoInstant, err
	}
	first := len(days) - 2 // the day that end is in
	for ; first > 0; first-- {
		before, err := degradationAt(s, l, days[first])
		if err != nil {
			return execution.NoInstant, err
		}
		if !before.Degraded {
			break
		}
	}
	return instantOfMs(days[first]), nil
}
