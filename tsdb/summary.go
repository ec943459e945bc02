package tsdb

import (
	"fmt"
	"sort"

	"flowwatch/kv"
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
	parts, err := percentParts(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a := newSummarizer(bounds, parts)
	err = s.db.store.View(func(tx *kv.Tx) error {
		ids, err := s.find(tx, series)
		if err == nil {
			err = a.read(tx, s.kv, ids)
		}
		if err == nil {
			a.finish() // Runs lie in the transaction's memory.
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	return a.buckets, nil
}

// find returns the numbers of the series that exist, each once.
func (s Scope) find(tx *kv.Tx, series []Labels) ([]SeriesID, error) {
	if len(series) > seriesPerQuery {
		return nil, fmt.Errorf("%d series: %w", len(series), ErrSeriesLimit)
	}
	ids, seen := make([]SeriesID, 0, len(series)), make(map[SeriesID]bool, len(series))
	for _, l := range series {
		id, known, err := findSeries(tx, s.kv, l)
		if err != nil {
			return nil, err
		}
		if known && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
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

// summarizer gathers the buckets of one answer.
type summarizer struct {
	bounds  []int64
	parts   []uint64
	buckets []Summary
	runs    [][]run // of each bucket, when percentiles are asked for
}

func newSummarizer(bounds []int64, parts []uint64) *summarizer {
	a := &summarizer{bounds: bounds, parts: parts, buckets: make([]Summary, len(bounds)-1)}
	if len(parts) > 0 {
		a.runs = make([][]run, len(a.buckets))
	}
	return a
}

func (a *summarizer) read(tx *kv.Tx, s kv.Scope, ids []SeriesID) error {
	first, last := DayOf(a.bounds[0]), DayOf(a.bounds[len(a.bounds)-1]-1)
	v, err := newView(tx, s, first, last, ids)
	if err != nil {
		return err
	}
	return v.each(func(day Day, _ SeriesID, e *entry) error { return a.add(day, e) })
}

// add takes one entry into the buckets that its day touches.
func (a *summarizer) add(day Day, e *entry) error {
	h, err := e.hourly()
	if err != nil {
		return err
	}
	begin, end := day.Start(), day.Start()+dayMs
	if b := a.bucket(begin); b >= 0 && a.bounds[b+1] >= end {
		a.addHours(h, b, day)
		a.buckets[b].Retired = a.buckets[b].Retired || e.retired()
		a.addRun(b, run{entry: e})
		return nil
	}
	hours, whole := a.hourBuckets(begin)
	if whole || e.retired() {
		a.addEachHour(h, hours, day, e.retired())
	} else {
		a.addSamples(day, e)
	}
	if len(a.parts) > 0 {
		a.addParts(day, e)
	}
	return nil
}

// bucket returns the one that holds the time, or -1.
func (a *summarizer) bucket(at int64) int {
	n := sort.Search(len(a.bounds), func(i int) bool { return a.bounds[i] > at })
	if n == len(a.bounds) {
		return -1
	}
	return n - 1
}

// hourBuckets returns for each hour of the day the bucket that it begins in, or -1; whole says that no hour is cut by a bound.
func (a *summarizer) hourBuckets(begin int64) (hours [hoursPerDay]int, whole bool) {
	whole = true
	for i := range hours {
		from := begin + int64(i)*hourMs
		hours[i] = a.bucket(from)
		whole = whole && hours[i] == a.bucket(from+hourMs-1)
	}
	return hours, whole
}

func (a *summarizer) addHours(h *hourly, bucket int, day Day) {
	for _, hour := range h {
		hour.LastAt += day.Start()
		a.buckets[bucket].merge(hour)
	}
}

func (a *summarizer) addEachHour(h *hourly, hours [hoursPerDay]int, day Day, retired bool) {
	for i, hour := range h {
		if b := hours[i]; b >= 0 && hour.Count > 0 {
			hour.LastAt += day.Start()
			a.buckets[b].merge(hour)
			a.buckets[b].Retired = a.buckets[b].Retired || retired
		}
	}
}

func (a *summarizer) addSamples(day Day, e *entry) {
	for i := range e.n {
		at := day.Start() + int64(e.at(i))
		if b := a.bucket(at); b >= 0 {
			a.buckets[b].add(at, e.value(i))
		}
	}
}

func (a *summarizer) addRun(bucket int, r run) {
	if len(a.parts) > 0 && r.len() > 0 {
		a.runs[bucket] = append(a.runs[bucket], r)
	}
}

// addParts splits an entry's run among the buckets of its day. Each part is sorted as the whole is.
func (a *summarizer) addParts(day Day, e *entry) {
	first := a.bucket(day.Start())
	at := max(first, 0) // A day that begins before the first bound has its first bucket there.
	begin := day.Start()
	cuts := make([]uint32, 0, hoursPerDay) // ends of the buckets, in ms since the day began
	for b := at; b < len(a.buckets) && a.bounds[b] < begin+dayMs; b++ {
		cuts = append(cuts, uint32(min(a.bounds[b+1]-begin, dayMs)))
	}
	from := uint32(max(a.bounds[at]-begin, 0))
	parts := make([][]uint32, len(cuts))
	for i := range e.n {
		t := e.at(i)
		if t < from || len(cuts) == 0 || t >= cuts[len(cuts)-1] {
			continue
		}
		b := 0
		if len(cuts) > 1 {
			b = sort.Search(len(cuts), func(i int) bool { return cuts[i] > t })
		}
		parts[b] = append(parts[b], uint32(i))
	}
	for b, index := range parts {
		if index != nil {
			a.addRun(at+b, run{entry: e, index: index})
		}
	}
}

// finish computes the percentiles.
func (a *summarizer) finish() {
	for i, runs := range a.runs {
		a.buckets[i].Percentiles = percentilesOf(runs, a.parts)
	}
	a.runs = nil
}
