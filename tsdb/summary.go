package tsdb

import (
	"fmt"
	"slices"
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
	parts, err := percentParts(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err == nil {
		err = s.db.store.View(func(tx *kv.Tx) error {
			found, err = s.summarizeEach(tx, bounds, parts, matchers)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	return found, nil
}

func (s Scope) summarizeEach(tx *kv.Tx, bounds []int64, parts []uint64, matchers []Matcher) ([]SeriesSummary, error) {
	series, err := selectSeries(tx, s.kv, matchers, seriesPerQuery)
	if err != nil {
		return nil, err
	}
	ids := make([]SeriesID, len(series))
	for i, v := range series {
		ids[i] = v.ID
	}
	v, err := newView(tx, s.kv, DayOf(bounds[0]), DayOf(bounds[len(bounds)-1]-1), ids)
	if err != nil {
		return nil, err
	}
	sums := make(map[SeriesID]*summarizer)
	err = v.each(func(day Day, id SeriesID, e *entry) error {
		a := sums[id]
		if a == nil {
			if (len(sums)+1)*(len(bounds)-1) > bucketsPerQuery {
				return fmt.Errorf("more than %d buckets: %w", bucketsPerQuery, ErrPointLimit)
			}
			a = newSummarizer(bounds, parts)
			sums[id] = a
		}
		return a.add(day, e)
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
	where   []int   // scratch: the bucket of each sample
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
	begin := day.Start()
	if b := a.bucket(begin); b >= 0 && a.bounds[b+1] >= begin+dayMs {
		for _, hour := range h {
			hour.LastAt += begin
			a.buckets[b].merge(hour)
		}
		a.buckets[b].Retired = a.buckets[b].Retired || e.retired()
		a.addRun(b, run{entry: e})
		return nil
	}
	at := a.locate(begin)
	if !at.cut || e.retired() {
		a.addHours(h, begin, e.retired())
	} else {
		for i := range e.n {
			if b := at.bucket(e.at(i)); b >= 0 {
				a.buckets[b].add(begin+int64(e.at(i)), e.value(i))
			}
		}
	}
	a.addParts(at, h, e)
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

// addHours counts each hour where it begins.
func (a *summarizer) addHours(h *hourly, begin int64, retired bool) {
	for i, hour := range h {
		if hour.Count == 0 {
			continue
		}
		if b := a.bucket(begin + int64(i)*hourMs); b >= 0 {
			hour.LastAt += begin
			a.buckets[b].merge(hour)
			a.buckets[b].Retired = a.buckets[b].Retired || retired
		}
	}
}

// locator finds the buckets of one day's times: by the hour, unless a bound cuts it.
type locator struct {
	a     *summarizer
	begin int64
	first int // the least bucket that the day touches
	count int // buckets that it touches
	cut   bool
	hours [hoursPerDay]int // the bucket of an hour, or -1, or hourCut
}

const hourCut = -2

func (a *summarizer) locate(begin int64) *locator {
	at := &locator{a: a, begin: begin, first: max(a.bucket(begin), 0)}
	for i := range at.hours {
		from := begin + int64(i)*hourMs
		at.hours[i] = a.bucket(from)
		last := a.bucket(from + hourMs - 1)
		if at.hours[i] != last {
			at.hours[i], at.cut = hourCut, true
		}
		at.count = max(at.count, last-at.first+1)
	}
	// The day may end behind the last bound.
	for at.first+at.count < len(a.buckets) && a.bounds[at.first+at.count] < begin+dayMs {
		at.count++
	}
	return at
}

// bucket returns the one of a time in ms since the day began, or -1.
func (at *locator) bucket(ms uint32) int {
	if b := at.hours[int64(ms)/hourMs]; b != hourCut {
		return b
	}
	return at.a.bucket(at.begin + int64(ms))
}

func (a *summarizer) addRun(bucket int, r run) {
	if len(a.parts) > 0 && r.len() > 0 {
		a.runs[bucket] = append(a.runs[bucket], r)
	}
}

// addParts splits an entry's run among the buckets of its day. Each part is sorted as the whole is.
func (a *summarizer) addParts(at *locator, h *hourly, e *entry) {
	if len(a.parts) == 0 || e.n == 0 || at.count == 0 {
		return
	}
	ends := a.countParts(at, h, e) // ends[b+1] is where the part of bucket b ends, and that of the next begins
	index, next := make([]uint32, ends[at.count]), slices.Clone(ends)
	for i := range e.n {
		b := at.hours[e.at(i)/uint32(hourMs)] - at.first
		if at.cut {
			b = a.where[i]
		}
		if b >= 0 {
			index[next[b]] = uint32(i)
			next[b]++
		}
	}
	for b := range at.count {
		if from, to := ends[b], ends[b+1]; from < to {
			a.addRun(at.first+b, run{entry: e, index: index[from:to:to]})
		}
	}
}

// countParts adds up how many samples fall into the buckets. Where no bound cuts an hour its stats tell; else the samples do, and a.where remembers.
func (a *summarizer) countParts(at *locator, h *hourly, e *entry) (ends []int) {
	ends = make([]int, at.count+1)
	if at.cut {
		a.where = slices.Grow(a.where[:0], e.n)[:e.n]
		for i := range e.n {
			b := at.bucket(e.at(i)) - at.first
			if a.where[i] = b; b >= 0 {
				ends[b+1]++
			}
		}
	} else {
		for i, hour := range h {
			if b := at.hours[i] - at.first; b >= 0 {
				ends[b+1] += int(hour.Count)
			}
		}
	}
	for b := range at.count {
		ends[b+1] += ends[b]
	}
	return ends
}

// finish computes the percentiles.
func (a *summarizer) finish() {
	for i, runs := range a.runs {
		a.buckets[i].Percentiles = percentilesOf(runs, a.parts)
	}
	a.runs = nil
}
