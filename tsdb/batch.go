package tsdb

import (
	"cmp"
	"fmt"
	"slices"

	"flowwatch/kv"
)

// Batch gathers changes of points, for Scope.Apply. The zero value is an empty batch. It belongs to one goroutine. Of several changes of one point
// the last counts.
type Batch struct {
	series  map[Labels]int
	labels  []Labels
	changes []batchChange
}

// batchChange is a change before its series has a number.
type batchChange struct {
	day    Day
	series int // in Batch.labels
	order  int // in which it was added
	change
}

// batchMax bounds the changes of a batch, and so what one transaction writes.
const batchMax = 1_000_000

// Put adds a point, or replaces the one of the same series, UTC day and id. A point that moves to another day, or to another series, must also be
// deleted where it was. It returns ErrValue for NaN and infinities, ErrTime for years outside of 0 to 9999, ErrLabels for the zero Labels,
// ErrPointLimit for more than 1,000,000 changes; then the batch is as before.
func (b *Batch) Put(l Labels, id PointID, p Point) error {
	value, err := checkValue(p.Value)
	if err == nil {
		err = checkTime(p.At)
	}
	if err == nil {
		err = b.check(l)
	}
	if err != nil {
		return fmt.Errorf("put point of %s: %w", l, err)
	}
	day, at := splitTime(p.At)
	b.add(l, day, change{sample: sample{at: at, value: value, id: id}})
	return nil
}

// Delete removes the point of this series and id from the UTC day of the given time, if it is there.
func (b *Batch) Delete(l Labels, id PointID, at int64) error {
	err := checkTime(at)
	if err == nil {
		err = b.check(l)
	}
	if err != nil {
		return fmt.Errorf("delete point of %s: %w", l, err)
	}
	b.add(l, DayOf(at), change{sample: sample{id: id}, deleted: true})
	return nil
}

func (b *Batch) check(l Labels) error {
	if l.IsZero() {
		return fmt.Errorf("no labels: %w", ErrLabels)
	}
	if len(b.changes) == batchMax {
		return fmt.Errorf("more than %d changes in a batch: %w", batchMax, ErrPointLimit)
	}
	return nil
}

func (b *Batch) add(l Labels, day Day, c change) {
	n, known := b.series[l]
	if !known {
		if b.series == nil {
			b.series = make(map[Labels]int)
		}
		n = len(b.labels)
		b.series[l] = n
		b.labels = append(b.labels, l)
	}
	b.changes = append(b.changes, batchChange{day: day, series: n, order: len(b.changes), change: c})
}

// Len returns the number of changes.
func (b *Batch) Len() int { return len(b.changes) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	clear(b.series)
	b.labels, b.changes = b.labels[:0], b.changes[:0]
}

// sort orders the changes by day and series, one for each point.
func (b *Batch) sort() {
	slices.SortFunc(b.changes, func(x, y batchChange) int {
		return cmp.Or(cmp.Compare(x.day, y.day), cmp.Compare(x.series, y.series), cmp.Compare(x.id, y.id), cmp.Compare(x.order, y.order))
	})
	kept := b.changes[:0]
	for i, c := range b.changes {
		if i+1 < len(b.changes) {
			if next := b.changes[i+1]; next.day == c.day && next.series == c.series && next.id == c.id {
				continue
			}
		}
		kept = append(kept, c)
	}
	for i := range kept {
		kept[i].order = i // More may be added after this Apply.
	}
	b.changes = kept
}

// Apply writes the batch in the caller's transaction, so that points are durable with what they were computed from, or not at all. It is one record for
// each day that the batch touches; gather the changes of a whole checkpoint. Applying a batch twice is applying it once. Series that are
// new are registered. Those for which there is no room are not, and Apply returns how many of the changes it left out for that: the rest of the
// transaction need not suffer for a label that somebody filled with numbers. Room tells beforehand. The batch may be applied again, added to or
// reset afterwards.
func (s Scope) Apply(tx *kv.Tx, b *Batch) (left int, err error) {
	if len(b.changes) == 0 {
		return 0, nil
	}
	if left, err = s.apply(tx, b); err != nil {
		return 0, fmt.Errorf("apply points: %w", err)
	}
	return left, nil
}

func (s Scope) apply(tx *kv.Tx, b *Batch) (left int, err error) {
	b.sort()
	h, err := readHead(tx, s.kv)
	if err != nil {
		return 0, err
	}
	ids, err := s.number(tx, h, b)
	if err != nil {
		return 0, err
	}
	changes := make([]seriesChange, 0, len(b.changes))
	for rest := b.changes; len(rest) > 0; {
		day := rest[0].day
		changes = changes[:0]
		for len(rest) > 0 && rest[0].day == day {
			if id := ids[rest[0].series]; id != 0 {
				changes = append(changes, seriesChange{series: id, change: rest[0].change})
			} else if !rest[0].deleted {
				left++
			}
			rest = rest[1:]
		}
		if len(changes) == 0 {
			continue
		}
		h.Seq++
		if err := s.writeChunk(tx, day, h.Seq, appendChunk(nil, changes)); err != nil {
			return 0, err
		}
	}
	return left, h.store(tx, s.kv)
}

// number returns the ids of the batch's series. A series that is only deleted from and not known stays unknown, with id 0, and so does a new one
// without room.
func (s Scope) number(tx *kv.Tx, h *head, b *Batch) ([]SeriesID, error) {
	ids, written := make([]SeriesID, len(b.labels)), make([]bool, len(b.labels))
	for _, c := range b.changes {
		written[c.series] = written[c.series] || !c.deleted
	}
	for i, l := range b.labels {
		id, known, err := findSeries(tx, s.kv, l)
		if err == nil && !known && written[i] && int(h.Series) < s.db.options.SeriesMax {
			id, err = addSeries(tx, s.kv, h, l)
		}
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

// Room returns ErrSeriesLimit when writing to all of these series would give the organisation more of them than it may have. Ask before accepting
// what names series freely.
func (s Scope) Room(series ...Labels) error {
	err := s.db.store.View(func(tx *kv.Tx) error {
		h, err := readHead(tx, s.kv)
		if err != nil {
			return err
		}
		fresh := make(map[Labels]bool)
		for _, l := range series {
			_, known, err := findSeries(tx, s.kv, l)
			if err != nil {
				return err
			}
			if !known {
				fresh[l] = true
			}
		}
		if n := int(h.Series) + len(fresh); len(fresh) > 0 && n > s.db.options.SeriesMax {
			return fmt.Errorf("there would be %d series, at most %d: %w", n, s.db.options.SeriesMax, ErrSeriesLimit)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("room for series: %w", err)
	}
	return nil
}

func (s Scope) writeChunk(tx *kv.Tx, day Day, seq uint64, data []byte) error {
	if err := chunks.Replace(tx, s.kv, nil, &chunk{day: day, seq: seq, data: data}); err != nil {
		return err
	}
	was, err := readDayState(tx, s.kv, day)
	if err != nil {
		return err
	}
	is := dayState{Day: day}
	if was != nil {
		is = *was
	}
	is.Seq, is.WrittenAt = seq, s.db.options.Now().UnixMilli()
	is.Chunks++
	is.ChunkBytes += int64(len(data))
	return days.Replace(tx, s.kv, was, &is)
}
