package tsdb

import (
	"slices"
	"sort"
)

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

// add takes one day of a series into the buckets that it touches.
func (a *summarizer) add(d *dayEntry) error {
	begin := d.day.Start()
	if b := a.bucket(begin); b >= 0 && a.bounds[b+1] >= begin+dayMs {
		for _, hour := range d.hours {
			hour.LastAt += begin
			a.buckets[b].merge(hour)
		}
		a.buckets[b].Retired = a.buckets[b].Retired || d.retired
		if len(a.parts) == 0 {
			return nil
		}
		e, err := d.points()
		if err == nil {
			a.addRun(b, run{entry: e})
		}
		return err
	}
	at := a.locate(begin)
	if !at.cut || d.retired {
		a.addHours(d.hours, begin, d.retired)
	}
	if d.retired || (!at.cut && len(a.parts) == 0) {
		return nil
	}
	e, err := d.points()
	if err != nil {
		return err
	}
	if at.cut {
		for i := range e.n {
			if b := at.bucket(e.at(i)); b >= 0 {
				a.buckets[b].add(begin+int64(e.at(i)), e.value(i))
			}
		}
	}
	a.addParts(at, d.hours, e)
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

// between reports whether all buckets lie between two times: neither is in one, and yet they are not on the same side.
func (a *summarizer) between(from, to int64) bool {
	return from < a.bounds[0] && to >= a.bounds[len(a.bounds)-1]
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
