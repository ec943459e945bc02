package kv

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// entrySet holds the primary key and the index entries of one record, as they are stored: with the scope's number. Its memory is used again
// for the next record.
type entrySet struct {
	scope   Scope
	primary []byte // whole key of the record
	buf     []byte // keys of the entries, one after another
	entries []entry
	index   int // of the entries being added
	unique  bool
	emit    func(key []byte) // add, bound once
}

// entry is a key in entrySet.buf.
type entry struct {
	index, start, end int
}

func (e *entrySet) reset(s Scope) {
	e.scope = s
	e.primary, e.buf, e.entries = s.append(e.primary[:0]), e.buf[:0], e.entries[:0]
}

// add takes one key that a record emits for the present index.
func (e *entrySet) add(key []byte) {
	start := len(e.buf)
	e.buf = append(e.scope.append(e.buf), key...)
	if !e.unique {
		e.buf = append(e.buf, e.primary[scopeBytes:]...)
	}
	e.entries = append(e.entries, entry{index: e.index, start: start, end: len(e.buf)})
}

func (e *entrySet) key(x entry) []byte { return e.buf[x.start:x.end] }

// sort orders the entries by index and key, each once.
func (e *entrySet) sort() {
	if len(e.entries) < 2 {
		return
	}
	slices.SortFunc(e.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.index, b.index), bytes.Compare(e.key(a), e.key(b)))
	})
	e.entries = slices.CompactFunc(e.entries, func(a, b entry) bool {
		return a.index == b.index && bytes.Equal(e.key(a), e.key(b))
	})
}

// collect fills the set with the record's primary key and entries.
func (c *Collection[T]) collect(e *entrySet, v *T) {
	e.primary = c.spec.Key(e.primary, v)
	for i := range c.spec.Indexes {
		x := &c.spec.Indexes[i]
		e.index, e.unique = i, x.Unique
		x.Keys(v, e.emit)
	}
	e.sort()
}

// moveEntries turns the entries of tx.before into those of tx.after.
func (c *Collection[T]) moveEntries(tx *Tx, old, v *T) error {
	// Refuse before anything is changed, so that a caller may go on after ErrConflict.
	err := eachChange(&tx.before, &tx.after, func(was, is *entry) error {
		if was != nil || !c.spec.Indexes[is.index].Unique {
			return nil
		}
		if _, taken := tx.read(&c.entries[is.index]).get(tx.after.key(*is)); taken {
			return fmt.Errorf("index %s: %w", c.spec.Indexes[is.index].Name, ErrConflict)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachChange(&tx.before, &tx.after, func(was, is *entry) error {
		if is == nil {
			h, err := tx.write(&c.entries[was.index])
			if err != nil {
				return err
			}
			return h.delete(tx.before.key(*was))
		}
		if was != nil && !c.valueMoved(tx, is.index, old, v) {
			return nil
		}
		h, err := tx.write(&c.entries[is.index])
		if err != nil {
			return err
		}
		return h.bucket.Put(tx.after.key(*is), tx.arena.keep(c.entryValue(tx.arena.tail(), &tx.after, is.index, v)))
	})
}

// entryValue appends what an entry of the record stores.
func (c *Collection[T]) entryValue(dst []byte, e *entrySet, index int, v *T) []byte {
	x := &c.spec.Indexes[index]
	primary := e.primary[scopeBytes:]
	switch {
	case !x.Unique:
		return binary.AppendUvarint(dst, uint64(len(primary)))
	case x.Value != nil:
		return x.Value(dst, v)
	}
	return append(dst, primary...)
}

// valueMoved reports whether an entry whose key stays must be written again.
func (c *Collection[T]) valueMoved(tx *Tx, index int, old, v *T) bool {
	x := &c.spec.Indexes[index]
	switch {
	case !x.Unique:
		return false // The primary key is a part of the entry's key.
	case x.Value == nil:
		return !bytes.Equal(tx.before.primary, tx.after.primary)
	}
	tx.key = x.Value(tx.key[:0], old)
	was := len(tx.key)
	tx.key = x.Value(tx.key, v)
	return !bytes.Equal(tx.key[:was], tx.key[was:])
}

// eachChange calls fn for every entry of both sets in order, with nil for the set that lacks it.
func eachChange(before, after *entrySet, fn func(was, is *entry) error) error {
	i, j := 0, 0
	for i < len(before.entries) || j < len(after.entries) {
		var was, is *entry
		order := 0
		switch {
		case i == len(before.entries):
			order = 1
		case j == len(after.entries):
			order = -1
		default:
			a, b := before.entries[i], after.entries[j]
			order = cmp.Or(cmp.Compare(a.index, b.index), bytes.Compare(before.key(a), after.key(b)))
		}
		if order <= 0 {
			was = &before.entries[i]
			i++
		}
		if order >= 0 {
			is = &after.entries[j]
			j++
		}
		if err := fn(was, is); err != nil {
			return err
		}
	}
	return nil
}
