package tsdb

import (
	"fmt"

	"flowwatch/kv"
)

// Snapshot reads one state of some series in a range of time: several questions about them get answers that agree, and their entries are read once. It is
// valid within Scope.Read alone, and for one goroutine.
type Snapshot struct {
	view   *view
	days   []Day
	ids    map[Labels]SeriesID
	loaded map[SeriesID][]dayEntry
}

// dayEntry is an entry with its day, and its hours.
type dayEntry struct {
	day   Day
	entry *entry
	hours *hourly
}

// Read calls fn with the state of these series from one time, included, to another, not included, and returns its error as it is. Other series, and
// what is outside of the range, are not in the snapshot: they have no points there. It holds a read transaction meanwhile: be brief.
func (s Scope) Read(series []Labels, from, to int64, fn func(r *Snapshot) error) error {
	return s.db.store.View(func(tx *kv.Tx) error {
		r, err := s.snapshot(tx, series, from, to)
		if err != nil {
			return fmt.Errorf("read series: %w", err)
		}
		return fn(r)
	})
}

func (s Scope) snapshot(tx *kv.Tx, series []Labels, from, to int64) (*Snapshot, error) {
	if err := checkBounds([]int64{from, to}); err != nil {
		return nil, err
	}
	if len(series) > seriesPerQuery {
		return nil, fmt.Errorf("%d series: %w", len(series), ErrSeriesLimit)
	}
	r := &Snapshot{ids: make(map[Labels]SeriesID, len(series)), loaded: make(map[SeriesID][]dayEntry, len(series))}
	var ids []SeriesID
	for _, l := range series {
		id, known, err := findSeries(tx, s.kv, l)
		if err != nil {
			return nil, err
		}
		if _, again := r.ids[l]; known && !again {
			r.ids[l] = id
			ids = append(ids, id)
		}
	}
	var err error
	if r.view, err = newView(tx, s.kv, DayOf(from), DayOf(to-1), ids); err != nil {
		return nil, err
	}
	err = r.view.eachDay(func(day Day) error {
		r.days = append(r.days, day)
		return nil
	})
	return r, err
}

// entries returns those of a series, in order of days.
func (r *Snapshot) entries(l Labels) ([]dayEntry, error) {
	id, known := r.ids[l]
	if !known {
		return nil, nil
	}
	if list, done := r.loaded[id]; done {
		return list, nil
	}
	list, hours := make([]dayEntry, 0, len(r.days)), make([]hourly, len(r.days))
	for _, day := range r.days {
		e, err := r.view.entry(day, id)
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		h := &hours[len(list)]
		if err := e.readHours(h); err != nil {
			return nil, fmt.Errorf("day %s: %w", day, err)
		}
		list = append(list, dayEntry{day, e, h})
	}
	r.loaded[id] = list
	return list, nil
}

// Summarize is Scope.Summarize, within the snapshot.
func (r *Snapshot) Summarize(series []Labels, bounds []int64, percents ...float64) ([]Summary, error) {
	parts, err := percentParts(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a := newSummarizer(bounds, parts)
	if err := r.sum(a, series); err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a.finish() // Runs lie in the transaction's memory.
	return a.buckets, nil
}

// sum adds day by day, within a day in the order of the series: sums of fractions depend on it.
func (r *Snapshot) sum(a *summarizer, series []Labels) error {
	lists := make([][]dayEntry, 0, len(series))
	seen := make(map[Labels]bool, len(series))
	for _, l := range series {
		list, err := r.entries(l)
		if err != nil {
			return err
		}
		if !seen[l] {
			seen[l] = true
			lists = append(lists, list)
		}
	}
	first, last := DayOf(a.bounds[0]), DayOf(a.bounds[len(a.bounds)-1]-1)
	for _, day := range r.days {
		for i, list := range lists {
			if len(list) == 0 || list[0].day != day {
				continue
			}
			lists[i] = list[1:]
			if day < first || day > last {
				continue
			}
			a.add(day, list[0].entry, list[0].hours)
		}
	}
	return nil
}

// Hours calls fn with each hour of UTC from one time, included, to another, not included, that holds points of a series, in order: with its beginning, in
// Unix milliseconds, and what its points sum up to, which fn may read until it returns. A range of any length costs no more than what is in it. An
// hour that an end of the range cuts counts what is within; where retention gave its points up, all of it if it begins within.
func (r *Snapshot) Hours(series Labels, from, to int64, fn func(start int64, s *Stats)) error {
	list, err := r.entries(series)
	if err != nil {
		return fmt.Errorf("sum up hours: %w", err)
	}
	for i := range list {
		list[i].eachHour(from, to, fn)
	}
	return nil
}

func (d *dayEntry) eachHour(from, to int64, fn func(start int64, s *Stats)) {
	begin := d.day.Start()
	if begin >= to || begin+dayMs <= from {
		return
	}
	var hour Stats // one for all, because fn may be anything
	for i := range d.hours {
		s, start := &d.hours[i], begin+int64(i)*hourMs
		if s.Count == 0 || start >= to || start+hourMs <= from {
			continue
		}
		hour = *s
		hour.LastAt += begin
		if cut := start < from || start+hourMs > to; cut && !d.entry.retired() {
			hour = d.entry.within(d.day, max(from, start), min(to, start+hourMs))
		} else if start < from {
			continue
		}
		if hour.Count > 0 {
			fn(start, &hour)
		}
	}
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
