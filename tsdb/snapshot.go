package tsdb

import (
	"fmt"

	"flowwatch/kv"
)

// Snapshot reads one state of some series in a range of time: several questions about them get answers that agree, and their entries are read once. It is
// valid within Scope.Read alone, and for one goroutine.
type Snapshot struct {
	view   *view
	keeper *keptDays
	days   []snapshotDay
	ids    map[Labels]SeriesID
	loaded map[SeriesID][]dayEntry
}

// snapshotDay is a day that was ever written to.
type snapshotDay struct {
	day   Day
	state []byte // its record, borrowed from the transaction
	kept  *keptDay
}

// dayEntry is one day of a series: its hours, and its points when they are needed.
type dayEntry struct {
	day     Day
	hours   *hourly
	retired bool
	entry   *entry // nil until points is called
	view    *view
	id      SeriesID
}

// points returns the entry, which is borrowed from the transaction.
func (d *dayEntry) points() (*entry, error) {
	if d.entry != nil {
		return d.entry, nil
	}
	e, err := findBase(d.view.tx, d.view.scope, d.day, d.id, parseEntry)
	if err == nil && e == nil {
		err = fmt.Errorf("day %s, series %d: the entry is gone: %w", d.day, d.id, ErrCorrupt)
	}
	d.entry = e
	return e, err
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
	r := &Snapshot{
		keeper: &s.db.kept, ids: make(map[Labels]SeriesID, len(series)), loaded: make(map[SeriesID][]dayEntry, len(series)),
	}
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
	r.view = newView(tx, s.kv, DayOf(from), DayOf(to-1), ids)
	return r, r.findDays()
}

// findDays lists the days of the range, with what is kept of them as they are now.
func (r *Snapshot) findDays() (err error) {
	v := r.view
	days.ScanRaw(v.tx, v.scope, kv.Span{From: appendDay(nil, v.first), To: appendDay(nil, v.last+1)}, func(key, state []byte) bool {
		var day Day
		if day, _, err = readDay(key); err == nil {
			r.days = append(r.days, snapshotDay{day: day, state: state})
		}
		return err == nil
	})
	r.keeper.mu.Lock()
	defer r.keeper.mu.Unlock()
	for i := range r.days {
		r.days[i].kept = r.keeper.day(v.scope, r.days[i].day, r.days[i].state)
	}
	return err
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
	found, kept := make([]*digest, len(r.days)), make([]bool, len(r.days))
	r.keeper.mu.Lock()
	for i, d := range r.days {
		found[i], kept[i] = d.kept.series[id]
	}
	r.keeper.mu.Unlock()
	list := make([]dayEntry, 0, len(r.days))
	for i, d := range r.days {
		var e *entry
		if !kept[i] {
			var err error
			if found[i], e, err = r.digest(d, id); err != nil {
				return nil, err
			}
		}
		if g := found[i]; g != nil {
			if e == nil {
				e = g.merged
			}
			list = append(list, dayEntry{day: d.day, hours: &g.hours, retired: g.retired, entry: e, view: r.view, id: id})
		}
	}
	r.loaded[id] = list
	return list, nil
}

// digest reads an entry and keeps what it is about.
func (r *Snapshot) digest(d snapshotDay, id SeriesID) (g *digest, e *entry, err error) {
	e, merged, err := r.view.entry(d.day, id)
	if err != nil {
		return nil, nil, err
	}
	if e != nil {
		g = &digest{retired: e.retired()}
		if err := e.readHours(&g.hours); err != nil {
			return nil, nil, fmt.Errorf("day %s: %w", d.day, err)
		}
		if merged {
			g.merged = e
		}
	}
	r.keeper.mu.Lock()
	r.keeper.put(r.view.scope, d.day, d.kept, id, g)
	r.keeper.mu.Unlock()
	return g, e, nil
}

// Summarize is Scope.Summarize, within the snapshot.
func (r *Snapshot) Summarize(series []Labels, bounds []int64, percents ...float64) ([]Summary, error) {
	shares, err := sharesOf(percents)
	if err == nil {
		err = checkBounds(bounds)
	}
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	a := newSummarizer(bounds, shares)
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
	for _, d := range r.days {
		for i, list := range lists {
			if len(list) == 0 || list[0].day != d.day {
				continue
			}
			lists[i] = list[1:]
			if d.day < first || d.day > last {
				continue
			}
			if err := a.add(&list[0]); err != nil {
				return err
			}
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
	var hour Stats // one for all, because fn may be anything
	for i := range list {
		if err := list[i].eachHour(from, to, &hour, fn); err != nil {
			return fmt.Errorf("sum up hours: %w", err)
		}
	}
	return nil
}

// eachHour is Hours for one day; hour is where each is put for fn.
func (d *dayEntry) eachHour(from, to int64, hour *Stats, fn func(start int64, s *Stats)) error {
	begin := d.day.Start()
	if begin >= to || begin+dayMs <= from {
		return nil
	}
	for i := range d.hours {
		s, start := &d.hours[i], begin+int64(i)*hourMs
		if s.Count == 0 || start >= to || start+hourMs <= from {
			continue
		}
		*hour = *s
		hour.LastAt += begin
		if cut := start < from || start+hourMs > to; cut && !d.retired {
			e, err := d.points()
			if err != nil {
				return err
			}
			*hour = e.within(d.day, max(from, start), min(to, start+hourMs))
		} else if start < from {
			continue
		}
		if hour.Count > 0 {
			fn(start, hour)
		}
	}
	return nil
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
