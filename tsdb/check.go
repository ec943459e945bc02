package tsdb

import (
	"fmt"

	"flowwatch/kv"
)

// Collections are the collections that the package keeps, for kv.DB.Check: it reads every record, verifies every entry and chunk, and holds series to
// their index.
func Collections() []kv.Checker { return []kv.Checker{catalogue, heads, chunks, days, entries} }

// Check looks for what kv.DB.Check cannot see, in all scopes: days whose record does not count what they hold, points of no series, and segments
// whose files are damaged or count other points than the entries. It calls report for each problem, and returns ErrCorrupt when there was any.
// Segments that are damaged do no harm; Maintain builds them again.
func (db *DB) Check(report func(problem string)) error {
	db.maintain.Lock()
	defer db.maintain.Unlock()
	scopes, err := db.scopes()
	problems := 0
	for i, s := range scopes {
		if err == nil {
			err = s.check(func(problem string) {
				problems++
				report(fmt.Sprintf("series of scope %d: %s", i, problem))
			})
		}
	}
	if err != nil {
		return fmt.Errorf("check series: %w", err)
	}
	if problems > 0 {
		return fmt.Errorf("check series: %d problems: %w", problems, ErrCorrupt)
	}
	return nil
}

func (s Scope) check(report func(string)) error {
	return s.db.store.View(func(tx *kv.Tx) error {
		c := checking{scope: s.kv, report: report, held: make(map[Day]dayState), series: make(map[SeriesID]bool)}
		if err := c.readCatalogue(tx); err != nil {
			return err
		}
		c.countEntries(tx)
		c.countChunks(tx)
		err := days.Scan(tx, s.kv, kv.Span{}, func(_ []byte, d *dayState) (bool, error) {
			c.compareDay(d)
			s.checkSegment(tx, d, report)
			return true, nil
		})
		for day := range c.held {
			report(fmt.Sprintf("day %s has points and no record", day))
		}
		return err
	})
}

// checking counts what one scope holds.
type checking struct {
	scope  kv.Scope
	report func(string)
	held   map[Day]dayState // counted, by day; those whose record is still to come
	series map[SeriesID]bool
}

func (c *checking) readCatalogue(tx *kv.Tx) error {
	h, err := readHead(tx, c.scope)
	if err != nil {
		return err
	}
	err = catalogue.Scan(tx, c.scope, kv.Span{}, func(_ []byte, v *Series) (bool, error) {
		c.series[v.ID] = true
		if uint32(v.ID) > h.LastSeries {
			c.report(fmt.Sprintf("series %d is above the counter %d", v.ID, h.LastSeries))
		}
		return true, nil
	})
	if len(c.series) != int(h.Series) {
		c.report(fmt.Sprintf("%d series, counted %d", len(c.series), h.Series))
	}
	return err
}

func (c *checking) need(day Day, id SeriesID) {
	if !c.series[id] {
		c.report(fmt.Sprintf("day %s has points of the unknown series %d", day, id))
	}
}

func (c *checking) countEntries(tx *kv.Tx) {
	entries.ScanRaw(tx, c.scope, kv.Span{}, func(key, data []byte) bool {
		day, id, err := readEntryKey(key)
		if err != nil {
			c.report(err.Error())
			return true
		}
		c.need(day, id)
		d := c.held[day]
		d.EntryBytes += int64(len(data))
		c.held[day] = d
		return true
	})
}

func (c *checking) countChunks(tx *kv.Tx) {
	chunks.ScanRaw(tx, c.scope, kv.Span{}, func(key, data []byte) bool {
		day, seq, err := readChunkKey(key)
		if err == nil {
			err = eachGroup(data, func(id SeriesID, _ []byte) bool {
				c.need(day, id)
				return true
			})
		}
		if err != nil {
			c.report(err.Error())
			return true
		}
		d := c.held[day]
		d.Chunks++
		d.ChunkBytes += int64(len(data))
		d.Seq = seq
		c.held[day] = d
		return true
	})
}

func (c *checking) compareDay(d *dayState) {
	held := c.held[d.Day]
	delete(c.held, d.Day)
	if held.Chunks != d.Chunks || held.ChunkBytes != d.ChunkBytes || held.EntryBytes != d.EntryBytes || held.Seq > d.Seq {
		c.report(fmt.Sprintf("day %s has %d chunks of %d bytes and entries of %d, its record says %d, %d and %d",
			d.Day, held.Chunks, held.ChunkBytes, held.EntryBytes, d.Chunks, d.ChunkBytes, d.EntryBytes))
	}
}

// checkSegment compares a sealed day with its entries.
func (s Scope) checkSegment(tx *kv.Tx, d *dayState, report func(string)) {
	if s.db.library == nil || !d.sealed() || d.Segment.Name == "" {
		return
	}
	series, err := readSegmentSeries(tx, s.kv, d.Day)
	if err != nil {
		report(fmt.Sprintf("day %s: %v", d.Day, err))
		return
	}
	// What has the right sum was read back when it was built.
	dir := s.db.library.dir(d.Day, d.Segment.Name)
	sum, err := sumSegment(dir)
	if err == nil && sum != d.Segment.SHA256 {
		err = fmt.Errorf("sum %s, should be %s: %w", sum, d.Segment.SHA256, ErrCorrupt)
	}
	if err == nil {
		err = countSegment(dir, series)
	}
	if err != nil {
		report(fmt.Sprintf("day %s: segment %s: %v", d.Day, d.Segment.Name, err))
	}
}
