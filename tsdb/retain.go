package tsdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"flowwatch/kv"
)

// keysPerTx bounds what one transaction of Erase or of the catalogue's cleaning removes, that ingestion does not wait long for its turn.
const keysPerTx = 5_000

// aged reports whether the day ended, and was written for the last time, before the time. So an old log that was imported yesterday is as young as
// yesterday.
func (d *dayState) aged(before time.Time) bool {
	ms := before.UnixMilli()
	return d.Day.Start()+dayMs <= ms && d.WrittenAt < ms
}

// Drop removes all of the days that ended, and were last written, before the time: points, rollups and segments, each day at once. Series
// that have nothing left are forgotten. It returns how many days went. Call it again to go on after an error.
func (s Scope) Drop(ctx context.Context, before time.Time) (dropped int, err error) {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	var old []Day
	err = s.agedDays(before, func(d *dayState) { old = append(old, d.Day) })
	for _, day := range old {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			break
		}
		var gone bool
		if gone, err = s.dropDay(day, before); gone {
			dropped++
		}
	}
	if err == nil && dropped > 0 {
		err = s.forgetSeries(ctx)
	}
	if err != nil {
		return dropped, fmt.Errorf("drop days before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return dropped, nil
}

func (s Scope) agedDays(before time.Time, fn func(d *dayState)) error {
	return s.eachDay(kv.Span{To: appendDay(nil, DayOf(before.UnixMilli()))}, func(d *dayState) bool {
		if d.aged(before) {
			fn(d)
		}
		return true
	})
}

// dropDay needs db.maintain. It looks again whether the day has aged, because it may have been written since.
func (s Scope) dropDay(day Day, before time.Time) (gone bool, err error) {
	var d *dayState
	err = s.db.store.Update(func(tx *kv.Tx) error {
		if d, err = readDayState(tx, s.kv, day); err != nil || d == nil || !d.aged(before) {
			return err
		}
		prefix := kv.Span{Prefix: appendDay(nil, day)}
		err := errors.Join(removeChunks(tx, s.kv, prefix, math.MaxInt), removeEntries(tx, s.kv, prefix, math.MaxInt))
		gone = err == nil
		return errors.Join(err, days.Replace(tx, s.kv, d, nil))
	})
	if err != nil || !gone {
		return false, err
	}
	return true, s.removeSegment(d)
}

// removeSegment removes the files of a day whose record is gone or names them no longer.
func (s Scope) removeSegment(d *dayState) error {
	if s.db.library == nil || d.Segment == nil || d.Segment.Name == "" {
		return nil
	}
	return s.db.library.remove(d.Day, d.Segment.Name)
}

// removeEntries and removeChunks delete at most limit records of the span. Of a record only its key is read.
func removeEntries(tx *kv.Tx, s kv.Scope, sp kv.Span, limit int) error {
	return removeSome(entries, tx, s, sp, limit, func(key []byte, r *entryRecord) (err error) {
		r.day, r.series, err = readEntryKey(key)
		return err
	})
}

func removeChunks(tx *kv.Tx, s kv.Scope, sp kv.Span, limit int) error {
	return removeSome(chunks, tx, s, sp, limit, func(key []byte, c *chunk) (err error) {
		c.day, c.seq, err = readChunkKey(key)
		return err
	})
}

func removeSome[T any](from *kv.Collection[T], tx *kv.Tx, s kv.Scope, sp kv.Span, limit int, readKey func([]byte, *T) error) error {
	var gone []T
	var err error
	from.ScanRaw(tx, s, sp, func(key, _ []byte) bool {
		var one T
		if err = readKey(key, &one); err == nil {
			gone = append(gone, one)
		}
		return err == nil && len(gone) < limit
	})
	for i := range gone {
		err = errors.Join(err, from.Replace(tx, s, &gone[i], nil))
	}
	return err
}

// Retire gives up the points of the series that all matchers take, on the days that aged as for Drop, and keeps the stats of their hours. From then
// on Points has none of them, Summarize says Retired, and what arrives late for a series and day that were retired is ignored, for it could be a
// part of what was given up. It returns how many points went.
func (s Scope) Retire(ctx context.Context, before time.Time, matchers ...Matcher) (points int, err error) {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	if points, err = s.giveUp(ctx, before, matchers, retiredForm); err != nil {
		return points, fmt.Errorf("retire points before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return points, nil
}

// Discard is Retire without the stats of hours: on the days that aged nothing is left of the series, and those that have nothing on any other day are
// forgotten. What arrives late is taken, until the next Discard.
func (s Scope) Discard(ctx context.Context, before time.Time, matchers ...Matcher) (points int, err error) {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	points, err = s.giveUp(ctx, before, matchers, func(*entry) ([]byte, error) { return nil, nil })
	if err == nil && points > 0 {
		err = s.forgetSeries(ctx)
	}
	if err != nil {
		return points, fmt.Errorf("discard points before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return points, nil
}

func retiredForm(e *entry) ([]byte, error) {
	if e.retired() {
		return nil, errKept
	}
	return e.retire(nil)
}

// errKept is what a form answers of an entry that stays as it is.
var errKept = errors.New("the entry stays")

// giveUp rewrites the series' entries of aged days in another form; an empty one removes them. It needs db.maintain.
func (s Scope) giveUp(ctx context.Context, before time.Time, matchers []Matcher, form func(*entry) ([]byte, error)) (points int, err error) {
	var old []Day
	taken, err := s.allSeries(matchers)
	if err == nil && len(taken) > 0 {
		err = s.agedDays(before, func(d *dayState) { old = append(old, d.Day) })
	}
	for _, day := range old {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			break
		}
		var n int
		n, err = s.giveUpDay(ctx, day, taken, form)
		points += n
	}
	return points, err
}

// allSeries returns the numbers of all series that the matchers take, however many.
func (s Scope) allSeries(matchers []Matcher) (map[SeriesID]bool, error) {
	taken := make(map[SeriesID]bool)
	err := s.db.store.View(func(tx *kv.Tx) error {
		found, err := selectSeries(tx, s.kv, matchers, s.db.options.SeriesMax)
		for _, v := range found {
			taken[v.ID] = true
		}
		return err
	})
	return taken, err
}

// giveUpDay needs db.maintain. A day without points to give up is only read.
func (s Scope) giveUpDay(ctx context.Context, day Day, taken map[SeriesID]bool, form func(*entry) ([]byte, error)) (points int, err error) {
	if err := s.fold(ctx, day); err != nil {
		return 0, err
	}
	var old []entryRecord
	err = s.db.store.View(func(tx *kv.Tx) (err error) {
		old, points, err = givenUpEntries(tx, s.kv, day, taken, form)
		return err
	})
	if err != nil || len(old) == 0 {
		return 0, err
	}
	var was *dayState
	err = s.db.store.Update(func(tx *kv.Tx) error {
		for i := range old {
			var was, is *entryRecord = nil, &old[i]
			if len(is.data) == 0 {
				was, is = is, nil
			}
			if err := entries.Replace(tx, s.kv, was, is); err != nil {
				return err
			}
		}
		if was, err = readDayState(tx, s.kv, day); err != nil || was == nil {
			return err
		}
		is := *was
		is.Segment, is.EntryBytes = nil, entryBytes(tx, s.kv, day)
		return days.Replace(tx, s.kv, was, &is)
	})
	if err != nil || was == nil {
		return 0, err
	}
	return points, s.removeSegment(was) // Maintain builds one without these points.
}

// givenUpEntries returns what the entries of the series become, and how many points they lose.
func givenUpEntries(tx *kv.Tx, s kv.Scope, day Day, taken map[SeriesID]bool, form func(*entry) ([]byte, error)) (changed []entryRecord, points int, err error) {
	entries.ScanRaw(tx, s, kv.Span{Prefix: appendDay(nil, day)}, func(key, data []byte) bool {
		_, id, keyErr := readEntryKey(key)
		if err = keyErr; err != nil || !taken[id] {
			return err == nil
		}
		var e entry
		if e, err = readEntry(data); err != nil {
			return false
		}
		r := entryRecord{day: day, series: id}
		if r.data, err = form(&e); errors.Is(err, errKept) {
			err = nil
			return true
		}
		changed, points = append(changed, r), points+e.n
		return err == nil
	})
	return changed, points, err
}

func entryBytes(tx *kv.Tx, s kv.Scope, day Day) (bytes int64) {
	entries.ScanRaw(tx, s, kv.Span{Prefix: appendDay(nil, day)}, func(_, data []byte) bool {
		bytes += int64(len(data))
		return true
	})
	return bytes
}

// Erase removes all of the scope: points, series, segments. Only the counters stay, so that no number is given twice. It takes several transactions;
// call it again to go on after an error. Who writes to the scope meanwhile may leave what was written.
func (s Scope) Erase(ctx context.Context) error {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	for left := true; left; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("erase series: %w", err)
		}
		var gone []dayState
		err := s.db.store.Update(func(tx *kv.Tx) (err error) {
			left, gone, err = s.eraseSome(tx)
			return err
		})
		for i := range gone {
			if err == nil {
				err = s.removeSegment(&gone[i])
			}
		}
		if err != nil {
			return fmt.Errorf("erase series: %w", err)
		}
	}
	return nil
}

// eraseSome removes a part, and returns the days that went with it. left is false when there was nothing any more.
func (s Scope) eraseSome(tx *kv.Tx) (left bool, gone []dayState, err error) {
	left = holds(tx, s.kv)
	err = errors.Join(removeEntries(tx, s.kv, kv.Span{}, keysPerTx), removeChunks(tx, s.kv, kv.Span{}, keysPerTx))
	if err != nil {
		return left, nil, err
	}
	err = days.Scan(tx, s.kv, kv.Span{}, func(_ []byte, d *dayState) (bool, error) {
		gone = append(gone, *d)
		return len(gone) < keysPerTx, nil
	})
	for i := range gone {
		err = errors.Join(err, days.Replace(tx, s.kv, &gone[i], nil))
	}
	return left, gone, errors.Join(err, s.forget(tx, nil))
}

// holds reports whether the scope has any record but its head.
func holds(tx *kv.Tx, s kv.Scope) (some bool) {
	found := func(_, _ []byte) bool {
		some = true
		return false
	}
	entries.ScanRaw(tx, s, kv.Span{}, found)
	chunks.ScanRaw(tx, s, kv.Span{}, found)
	days.ScanRaw(tx, s, kv.Span{}, found)
	catalogue.ScanRaw(tx, s, kv.Span{}, found)
	return some
}
