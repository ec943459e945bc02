package tsdb

import (
	"fmt"

	"flowwatch/kv"
)

// Snapshot reads one state of an organisation's series: several questions get answers that agree. It is valid within Scope.Read alone.
type Snapshot struct {
	scope Scope
	tx    *kv.Tx
}

// Read calls fn with the state of the last commit, and returns its error as it is. It holds a read transaction meanwhile: be brief.
func (s Scope) Read(fn func(r Snapshot) error) error {
	return s.db.store.View(func(tx *kv.Tx) error { return fn(Snapshot{scope: s, tx: tx}) })
}

// Summarize is Scope.Summarize.
func (r Snapshot) Summarize(series []Labels, bounds []int64, percents ...float64) ([]Summary, error) {
	parts, err := percentParts(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a := newSummarizer(bounds, parts)
	ids, err := r.scope.find(r.tx, series)
	if err == nil {
		err = a.read(r.tx, r.scope.kv, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a.finish() // Runs lie in the transaction's memory.
	return a.buckets, nil
}

// Hour sums up the points of one hour of UTC.
type Hour struct {
	Start int64 // Unix milliseconds
	Stats
}

// Hours returns the hours from one time, included, to another, not included, that hold points of a series, in order. A range of any length costs no more
// than what is in it. An hour that an end of the range cuts counts what is within; where retention gave its points up, all of it if it
// begins within.
func (r Snapshot) Hours(series Labels, from, to int64) ([]Hour, error) {
	hours, err := r.hours(series, from, to)
	if err != nil {
		return nil, fmt.Errorf("sum up hours: %w", err)
	}
	return hours, nil
}

func (r Snapshot) hours(series Labels, from, to int64) (hours []Hour, err error) {
	if err := checkBounds([]int64{from, to}); err != nil {
		return nil, err
	}
	ids, err := r.scope.find(r.tx, []Labels{series})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	v, err := newView(r.tx, r.scope.kv, DayOf(from), DayOf(to-1), ids)
	if err != nil {
		return nil, err
	}
	err = v.each(func(day Day, _ SeriesID, e *entry) error {
		h, err := e.hourly()
		if err != nil {
			return err
		}
		begin := day.Start()
		for i, stats := range h {
			hour := Hour{Start: begin + int64(i)*hourMs, Stats: stats}
			hour.LastAt += begin
			cut := hour.Start < from || hour.Start+hourMs > to
			if cut && !e.retired() {
				hour.Stats = e.within(day, max(from, hour.Start), min(to, hour.Start+hourMs))
			} else if cut && hour.Start < from {
				continue
			}
			if hour.Count > 0 && hour.Start < to {
				hours = append(hours, hour)
			}
		}
		return nil
	})
	return hours, err
}

// within sums up the points from one time, included, to another, not included.
func (e *entry) within(day Day, from, to int64) (s Stats) {
	for i := range e.n {
		if at := day.Start() + int64(e.at(i)); at >= from && at < to {
			s.add(at, e.value(i))
		}
	}
	return s
}
