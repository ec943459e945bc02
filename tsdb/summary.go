package tsdb

import (
	"fmt"
	"slices"

	"flowwatch/kv"
	"flowwatch/tsdb/quantile"
)

// Summary sums up the points of one bucket.
type Summary struct {
	Stats
	// Percentiles are the ones asked for, in that order; nil when the bucket has no points.
	Percentiles []float64
	// Retired says that retention gave up points of this bucket: Stats count them still, in whole hours by the hour's beginning, Percentiles
	// do not.
	Retired bool
}

// bucketsMax bounds the buckets of one answer.
const bucketsMax = 11_000

// Summarize sums up all points of the given series together, in consecutive buckets: bucket i holds the points from bounds[i],
// included, to bounds[i+1], not included. Percentiles are exact, of Hyndman and Fan's type 4, for percentages from 0 to 100. Series that do not
// exist have no points. Whole days and hours come from stored rollups, the rest from the points themselves; the answer is the same.
func (s Scope) Summarize(series []Labels, bounds []int64, percents ...float64) ([]Summary, error) {
	if err := checkBounds(bounds); err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	var buckets []Summary
	err := s.Read(series, bounds[0], bounds[len(bounds)-1], func(r *Snapshot) (err error) {
		buckets, err = r.Summarize(series, bounds, percents...)
		return err
	})
	return buckets, err
}

// SeriesSummary sums up the points of one series, bucket by bucket.
type SeriesSummary struct {
	Series
	Buckets []Summary
}

// bucketsPerQuery bounds the buckets of all series of one answer.
const bucketsPerQuery = 250_000

// SummarizeEach is Summarize for each of the series that all matchers take, apart, as of one moment. Series without points between the first and the
// last bound are left out. More than 10,000 series are ErrSeriesLimit, more than 250,000 buckets in all ErrPointLimit.
func (s Scope) SummarizeEach(bounds []int64, percents []float64, matchers ...Matcher) (found []SeriesSummary, err error) {
	shares, err := sharesOf(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err == nil {
		err = s.db.store.View(func(tx *kv.Tx) error {
			found, err = s.summarizeEach(tx, bounds, shares, matchers)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	return found, nil
}

func (s Scope) summarizeEach(tx *kv.Tx, bounds []int64, shares []quantile.Share, matchers []Matcher) ([]SeriesSummary, error) {
	series, err := selectSeries(tx, s.kv, matchers, seriesPerQuery)
	if err != nil {
		return nil, err
	}
	ids := make([]SeriesID, len(series))
	for i, v := range series {
		ids[i] = v.ID
	}
	v := newView(tx, s.kv, DayOf(bounds[0]), DayOf(bounds[len(bounds)-1]-1), ids)
	sums := make(map[SeriesID]*summarizer)
	err = v.each(func(day Day, id SeriesID, e *entry) error {
		a := sums[id]
		if a == nil {
			if (len(sums)+1)*(len(bounds)-1) > bucketsPerQuery {
				return fmt.Errorf("more than %d buckets: %w", bucketsPerQuery, ErrPointLimit)
			}
			a = newSummarizer(bounds, shares)
			sums[id] = a
		}
		h, err := e.hourly()
		if err != nil {
			return err
		}
		return a.add(&dayEntry{day: day, hours: h, retired: e.retired(), entry: e})
	})
	var found []SeriesSummary
	for _, v := range series {
		if a := sums[v.ID]; a != nil {
			a.finish()
			if slices.ContainsFunc(a.buckets, func(b Summary) bool { return b.Count > 0 }) {
				found = append(found, SeriesSummary{Series: v, Buckets: a.buckets})
			}
		}
	}
	return found, err
}

func checkBounds(bounds []int64) error {
	if len(bounds) < 2 {
		return fmt.Errorf("%d bounds: %w", len(bounds), ErrRange)
	}
	if len(bounds)-1 > bucketsMax {
		return fmt.Errorf("%d buckets, at most %d: %w", len(bounds)-1, bucketsMax, ErrPointLimit)
	}
	for i, b := range bounds {
		if i > 0 && b <= bounds[i-1] {
			return fmt.Errorf("bound %d after %d: %w", b, bounds[i-1], ErrRange)
		}
		if i < len(bounds)-1 {
			if err := checkTime(b); err != nil {
				return err
			}
		}
	}
	return checkTime(bounds[len(bounds)-1] - 1)
}
