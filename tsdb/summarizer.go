package tsdb

import (
	"slices"
	"sort"

	"flowwatch/tsdb/quantile"
)

// summarizer gathers the buckets of one answer.
type summarizer struct {
	bounds  []int64
	shares  []quantile.Share
	buckets []Summary
	runs    [][]run // of each bucket, when percentiles are asked for
	where   []int16 // scratch: the bucket of each sample, from the first that its day touches
}

func newSummarizer(bounds []int64, shares []quantile.Share) *summarizer {
	a := &summarizer{bounds: bounds, shares: shares, buckets: make([]Summary, len(bounds)-1)}
	if len(shares) > 0 {
		a.runs = make([][]run, len(a.buckets))
	}
	return a
}

// add takes one day of a series into the buckets that it touches.
func (a *summarizer) add(d *dayEntry) error {
	begin := d.day.Start()
	if b := a.bucket(begin); b >= 0 && a.bounds[b+1] >= begin+dayMs {
		for _, hour := range d.hours {
			hour.LastAt += begin
			a.buckets[b].merge(hour)
		}
		a.buckets[b].Retired = a.buckets[b].Retired || d.retired
		if len(a.shares) == 0 {
			return nil
		}
		e, err := d.points()
		if err == nil {
			a.addRun(b, run{entry: e})
		}
		return err
	}
	at := a.locate(begin)
	a.addHours(at, d)
	if d.retired || (!at.cut && len(a.shares) == 0) {
		return nil
	}
	e, err := d.points()
	if err == nil {
		a.split(at, e)
	}
	return err
}

// bucket returns the one that holds the time, or -1.
func (a *summarizer) bucket(at int64) int {
	n := sort.Search(len(a.bounds), func(i int) bool { return a.bounds[i] > at })
	if n == len(a.bounds) {
		return -1
	}
	return n - 1
}

// between reports whether all buckets lie between two times: neither is in one, and yet they are not on the same side.
func (a *summarizer) between(from, to int64) bool {
	return from < a.bounds[0] && to >= a.bounds[len(a.bounds)-1]
}

// addHours counts each hour that no bound cuts; of what is retired, which has nothing else, each where it begins.
func (a *summarizer) addHours(at *locator, d *dayEntry) {
	for i, hour := range d.hours {
		if hour.Count == 0 {
			continue
		}
		b := at.hours[i]
		if d.retired {
			b = a.bucket(at.begin + int64(i)*hourMs)
		}
		if b >= 0 {
			hour.LastAt += at.begin
			a.buckets[b].merge(hour)
			a.buckets[b].Retired = a.buckets[b].Retired || d.retired
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
		if at.hours[i] != last || a.between(from, from+hourMs-1) {
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

func (a *summarizer) addRun(bucket int, r run) {
	if len(a.shares) > 0 && r.len() > 0 {
		a.runs[bucket] = append(a.runs[bucket], r)
	}
}

// nowhere is the bucket of a sample that none holds.
const nowhere = -1

// split looks at each sample of a day: it adds up those whose hour a bound cuts, and gives each bucket the part of the entry's run that is its own,
// which is sorted as the whole is.
func (a *summarizer) split(at *locator, e *entry) {
	parts := len(a.shares) > 0
	ends := make([]int, at.count+1) // ends[b+1] counts, and then is where the part of bucket b ends, and that of the next begins
	a.where = slices.Grow(a.where[:0], e.n)[:e.n]
	for i := range a.where {
		ms := e.at(i)
		b := at.hours[ms/uint32(hourMs)]
		if b == hourCut {
			if b = a.bucket(at.begin + int64(ms)); b >= 0 {
				a.buckets[b].add(at.begin+int64(ms), e.value(i))
			}
		}
		a.where[i] = nowhere
		if b >= 0 && parts {
			a.where[i] = int16(b - at.first) // bucketsMax fits
			ends[b-at.first+1]++
		}
	}
	if !parts {
		return
	}
	for b := range at.count {
		ends[b+1] += ends[b]
	}
	index, next := make([]uint32, ends[at.count]), slices.Clone(ends)
	for i, b := range a.where {
		if b != nowhere {
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

// finish computes the percentiles.
func (a *summarizer) finish() {
	for i, runs := range a.runs {
		a.buckets[i].Percentiles = percentilesOf(runs, a.shares)
	}
	a.runs = nil
}
