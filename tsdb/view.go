package tsdb

import (
	"fmt"

	"flowwatch/kv"
)

// view reads the entries of some series and days as they are in one transaction: what was folded, merged with the changes that were not.
type view struct {
	tx          *kv.Tx
	scope       kv.Scope
	first, last Day // both included
	ids         []SeriesID
	changes     map[dayChanges][]change // nil until an entry is asked for
}

// dayChanges names the changes of one series on one day.
type dayChanges struct {
	day    Day
	series SeriesID
}

func newView(tx *kv.Tx, s kv.Scope, first, last Day, ids []SeriesID) *view {
	return &view{tx: tx, scope: s, first: first, last: last, ids: ids}
}

// readChanges finds what is not folded, once.
func (v *view) readChanges() (err error) {
	if v.changes != nil {
		return nil
	}
	wanted := make(map[SeriesID]bool, len(v.ids))
	for _, id := range v.ids {
		wanted[id] = true
	}
	v.changes, err = readChunks(v.tx, v.scope, v.first, v.last, func(id SeriesID) bool { return wanted[id] })
	return err
}

// readChunks returns the changes that wait in the chunks of the days, for the series that are wanted, in the order they came.
func readChunks(tx *kv.Tx, s kv.Scope, first, last Day, wanted func(SeriesID) bool) (map[dayChanges][]change, error) {
	changes := make(map[dayChanges][]change)
	var failure error
	chunks.ScanRaw(tx, s, kv.Span{From: appendDay(nil, first), To: appendDay(nil, last+1)}, func(key, data []byte) bool {
		day, _, err := readDay(key)
		if err == nil {
			err = addChunk(changes, day, data, wanted)
		}
		failure = err
		return err == nil
	})
	if failure != nil {
		return nil, failure
	}
	return changes, nil
}

func addChunk(changes map[dayChanges][]change, day Day, data []byte, wanted func(SeriesID) bool) error {
	var failure error
	err := eachGroup(data, func(id SeriesID, group []byte) bool {
		if wanted(id) {
			of := dayChanges{day: day, series: id}
			changes[of], failure = readChanges(changes[of], group)
		}
		return failure == nil
	})
	if err == nil {
		err = failure
	}
	if err != nil {
		return fmt.Errorf("day %s: %w", day, err)
	}
	return nil
}

// each calls fn for each series of each day that has an entry, in order of days. The entry is borrowed from the transaction.
func (v *view) each(fn func(day Day, id SeriesID, e *entry) error) error {
	return v.eachDay(func(day Day) error { return v.eachOf(day, fn) })
}

// eachDay calls fn for each day of the range that was ever written to, in order.
func (v *view) eachDay(fn func(day Day) error) error {
	for day, ok := v.nextDay(v.first); ok; day, ok = v.nextDay(day + 1) {
		if err := fn(day); err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls fn for each series that has an entry on the day.
func (v *view) eachOf(day Day, fn func(day Day, id SeriesID, e *entry) error) error {
	for _, id := range v.ids {
		e, _, err := v.entry(day, id)
		if err == nil && e != nil {
			err = fn(day, id, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nextDay returns the first day from this one on that was ever written to, so that a range of centuries costs no more than what is in it.
func (v *view) nextDay(day Day) (next Day, ok bool) {
	days.ScanRaw(v.tx, v.scope, kv.Span{From: appendDay(nil, day), To: appendDay(nil, v.last+1)}, func(key, _ []byte) bool {
		next, _, _ = readDay(key)
		ok = true
		return false
	})
	return next, ok
}

// entry returns what is known of a series on a day, or nil. It is borrowed from the transaction, unless it is merged from an entry and its changes.
func (v *view) entry(day Day, id SeriesID) (e *entry, merged bool, err error) {
	if err := v.readChanges(); err != nil {
		return nil, false, err
	}
	base, err := readBase(v.tx, v.scope, day, id)
	if err != nil {
		return nil, false, err
	}
	changes := v.changes[dayChanges{day: day, series: id}]
	if len(changes) == 0 || (base != nil && base.retired()) {
		return base, false, nil
	}
	if base == nil {
		base = &entry{}
	}
	samples := merge(base, changes)
	if len(samples) == 0 {
		return nil, false, nil
	}
	own := entryOf(samples)
	return &own, true, nil
}

// readBase returns what was folded, or nil.
func readBase(tx *kv.Tx, s kv.Scope, day Day, id SeriesID) (*entry, error) {
	return findBase(tx, s, day, id, readEntry)
}

// findBase is readBase with a choice of what is believed: readEntry, or parseEntry where the checksum was right before.
func findBase(tx *kv.Tx, s kv.Scope, day Day, id SeriesID, read func([]byte) (entry, error)) (*entry, error) {
	var key [8]byte
	data, ok := entries.GetRaw(tx, s, appendEntryKey(key[:0], day, id))
	if !ok {
		return nil, nil
	}
	e, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("day %s, series %d: %w", day, id, err)
	}
	return &e, nil
}
