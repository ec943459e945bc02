package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/tsdb"
)

// Range is a range of time. Both ends belong to it.
type Range struct {
	From, To execution.Instant
}

// ms are the ends in Unix ms; to does not belong to the range.
func (r Range) ms() (from, to int64) { return r.From.Ms(), r.To.Ms() + 1 }

// Before is the range of the same length, to the millisecond, that ends where
// this one begins.
func (r Range) Before() Range {
	const earliestMs = -9_000_000_000_000 // what an Instant can hold, and some
	from, to := r.ms()
	return Range{From: instantOfMs(max(earliestMs, from-(to-from))), To: instantOfMs(from - 1)}
}

// Interval is the length of a trend's buckets.
type Interval string

// The intervals. Hours and what is shorter are of UTC, days and weeks of the
// organisation's calendar: a day may have 23 or 25 hours, a week begins on Monday.
const (
	IntervalMinute  Interval = "1m"
	Interval5Min    Interval = "5m"
	IntervalQuarter Interval = "15m"
	IntervalHour    Interval = "1h"
	IntervalDay     Interval = "1d"
	IntervalWeek    Interval = "1w"
)

// bounds are those of the buckets that hold the range, each whole. Too many
// are fault.Invalid.
func (i Interval) bounds(r Range, zone *time.Location) (bounds []int64, err error) {
	from, to := r.ms()
	switch i {
	case IntervalDay:
		bounds, err = tsdb.LocalDays(from, to, zone)
	case IntervalWeek:
		bounds, err = tsdb.LocalWeeks(from, to, zone)
	case IntervalMinute, Interval5Min, IntervalQuarter, IntervalHour:
		step, _ := time.ParseDuration(string(i))
		bounds, err = tsdb.Intervals(from, to, step)
	default:
		return nil, fmt.Errorf("interval %q", i)
	}
	return bounds, seriesFault(err)
}

var (
	errTooManyPoints = fault.New(fault.Invalid, "too_many_points", "the answer would hold more than 11,000 points a series: "+
		"ask for a shorter range or a longer interval")
	errTooManySeries = fault.New(fault.Invalid, "too_many_series", "the answer would hold too many series: ask for one workflow")
)

// seriesFault turns an error of the series store into what a reader may see.
func seriesFault(err error) error {
	switch {
	case errors.Is(err, tsdb.ErrPointLimit):
		return errTooManyPoints.Wrap(err)
	case errors.Is(err, tsdb.ErrSeriesLimit):
		return errTooManySeries.Wrap(err)
	}
	return err
}

// TrendPoint is one bucket of a trend. Durations are ms, rates percent; what a
// bucket without finished executions does not have is nil. Where the range
// begins or ends within a bucket, only what is in the range counts.
type TrendPoint struct {
	Start           execution.Instant `json:"start"`
	End             execution.Instant `json:"end"` // the next one's start
	Total           int64             `json:"total"`
	Completed       int64             `json:"completed"`
	Failed          int64             `json:"failed"`
	SuccessRate     *float64          `json:"successRate"`
	AverageDuration *float64          `json:"averageDuration"`
	P50             *float64          `json:"p50"`
	P95             *float64          `json:"p95"`
	P99             *float64          `json:"p99"`
}

// trendNumbers are what a bucket is made of.
type trendNumbers struct {
	total, completed, failed int64
	timed                    int64 // executions with a duration
	sum                      float64
	percentiles              [3]float64 // of 50, 95, 99; only where timed > 0
}

// shownPercents are the percentiles that numbers come with.
var shownPercents = []float64{50, 95, 99}

// Trend sums up a workflow's executions, or with "" those of the whole
// organisation, in buckets by their start. Buckets without any are there too.
func (t *Tenant) Trend(ctx context.Context, workflowID string, r Range, interval Interval) ([]TrendPoint, error) {
	if workflowID != "" && !t.knows(workflowID) {
		return nil, errUnknownWorkflow
	}
	whole, err := interval.bounds(r, t.engine.zone)
	if err != nil {
		return nil, err
	}
	if err := t.settled(ctx); err != nil {
		return nil, err
	}
	numbers, err := t.trendNumbers(workflowID, whole, r)
	if err != nil {
		return nil, err
	}
	points := make([]TrendPoint, len(numbers))
	for i := range numbers {
		points[i] = numbers[i].point()
		points[i].Start, points[i].End = instantOfMs(whole[i]), instantOfMs(whole[i+1])
	}
	return points, nil
}

func instantOfMs(ms int64) execution.Instant { return execution.Instant(ms * int64(time.Millisecond)) }

func (n *trendNumbers) point() TrendPoint {
	p := TrendPoint{Total: n.total, Completed: n.completed, Failed: n.failed}
	if finished := n.completed + n.failed; finished > 0 {
		p.SuccessRate = shown(percentOf(n.completed, finished))
	}
	if n.timed > 0 {
		p.AverageDuration = shown(n.sum / float64(n.timed))
		p.P50, p.P95, p.P99 = shown(n.percentiles[0]), shown(n.percentiles[1]), shown(n.percentiles[2])
	}
	return p
}

// percentOf is 0 of nothing.
func percentOf(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}

// rounded has at most two decimals.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

func shown(v float64) *float64 {
	v = rounded(v)
	return &v
}

// trendNumbers returns those of the buckets, of which the first and the last
// are cut to the range.
func (t *Tenant) trendNumbers(workflowID string, whole []int64, r Range) ([]trendNumbers, error) {
	bounds := append([]int64(nil), whole...)
	from, to := r.ms()
	bounds[0], bounds[len(bounds)-1] = max(bounds[0], from), min(bounds[len(bounds)-1], to)
	numbers := make([]trendNumbers, len(bounds)-1)
	versions, known := make([]uint64, len(numbers)), make([]bool, len(numbers))
	key := func(i int) trendKey { return trendKey{workflowID: workflowID, from: bounds[i], to: bounds[i+1]} }
	for i := range numbers {
		numbers[i], versions[i], known[i] = t.trends.get(key(i))
	}
	for i := 0; i < len(numbers); {
		end := i
		for end < len(numbers) && !known[end] {
			end++
		}
		if end > i {
			if err := t.readTrend(workflowID, bounds[i:end+1], numbers[i:end]); err != nil {
				return nil, seriesFault(err)
			}
		}
		i = end + 1
	}
	for i := range numbers {
		if !known[i] && bounds[i] == whole[i] && bounds[i+1] == whole[i+1] {
			t.trends.put(key(i), numbers[i], versions[i])
		}
	}
	return numbers, nil
}

// readTrend fills in the numbers of consecutive buckets, as of one moment.
func (t *Tenant) readTrend(workflowID string, bounds []int64, numbers []trendNumbers) error {
	labels := labelsOf(workflowID)
	return t.series.Read(labels[:officeKinds], bounds[0], bounds[len(bounds)-1], func(s *tsdb.Snapshot) error {
		return readTrend(s, labels, bounds, numbers)
	})
}

func readTrend(s *tsdb.Snapshot, l *[pointKinds]tsdb.Labels, bounds []int64, numbers []trendNumbers) error {
	took, err := s.Summarize(l[runTookCompleted:runTookFailed+1], bounds, shownPercents...)
	if err != nil {
		return err
	}
	// Of both that took their time the failed ones are few, and the rest completed.
	var counts [4][]tsdb.Summary
	for i, kinds := range [4][]tsdb.Labels{
		l[runTookFailed : runTookFailed+1], l[runFailed : runFailed+1], l[runCompleted : runCompleted+1],
		{l[runPending], l[runRunning], l[runWaiting], l[runCancelled]},
	} {
		if counts[i], err = s.Summarize(kinds, bounds); err != nil {
			return err
		}
	}
	for i := range numbers {
		n, tookFailed := &numbers[i], int64(counts[0][i].Count)
		*n = trendNumbers{timed: int64(took[i].Count), sum: took[i].Sum}
		n.failed = tookFailed + int64(counts[1][i].Count)
		n.completed = n.timed - tookFailed + int64(counts[2][i].Count)
		n.total = n.completed + n.failed + int64(counts[3][i].Count)
		copy(n.percentiles[:], took[i].Percentiles)
	}
	return nil
}
