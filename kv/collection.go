package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Spec says how records of type T are stored. Its functions must be pure and safe for concurrent use.
type Spec[T any] struct {
	// Version is stored with every record and given back to Decode.
	Version uint8
	// Key appends the record's primary key: order-preserving parts, at most 32 KiB with the index key before it.
	Key func(dst []byte, v *T) []byte
	// Encode appends the record's stored form. Key parts need not be repeated in it.
	Encode func(dst []byte, v *T) []byte
	// Decode reads a record that was stored with the given version. key and data are borrowed: copy what stays.
	Decode func(version uint8, key, data []byte) (*T, error)
	// Indexes of the collection. Their entries change with the record, in the same transaction.
	Indexes []Index[T]
	// Fill is how full a page of records is left when it splits, 0.1 to 1. Default: 0.95, for keys that rise.
	Fill float64
}

// Index says under which other keys a record is found.
type Index[T any] struct {
	// Name of the index, unique in its collection.
	Name string
	// Unique indexes hold one record a key; a second one is refused with ErrConflict.
	Unique bool
	// Keys emits the record's keys in this index: none, one or many. The key may be reused after emit returns. Repeated keys are one.
	// Unless the index is unique no key may begin with another whole one, because the primary key follows it; parts of key.go never do.
	Keys func(v *T, emit func(key []byte))
	// Value appends what a unique index stores beside the key. Default: the record's primary key.
	Value func(dst []byte, v *T) []byte
	// Fill is how full an index page is left when it splits, 0.1 to 1. Default: 0.75.
	Fill float64
}

// Collection stores records of one type under their primary key, apart for each Scope. It holds no data itself: it may be shared
// by transactions, goroutines and databases.
type Collection[T any] struct {
	name    string
	spec    Spec[T]
	records bucket
	entries []bucket // one for each of spec.Indexes
}

// NewCollection describes a collection. Names are fixed for ever: they are the names of stored buckets.
func NewCollection[T any](name string, s Spec[T]) *Collection[T] {
	if s.Key == nil || s.Encode == nil || s.Decode == nil {
		panic(fmt.Sprintf("BUG: collection %q lacks Key, Encode or Decode", name))
	}
	c := &Collection[T]{name: name, spec: s, records: newBucket(name, "", s.Fill, fillRising)}
	seen := make(map[string]bool)
	for _, x := range s.Indexes {
		if x.Name == "" || seen[x.Name] || x.Keys == nil || (x.Value != nil && !x.Unique) {
			panic(fmt.Sprintf("BUG: collection %q has a wrong index %q", name, x.Name))
		}
		seen[x.Name] = true
		c.entries = append(c.entries, newBucket(name, x.Name, x.Fill, fillMixed))
	}
	return c
}

// newBucket describes the bucket of a collection's records, or of one of its indexes.
func newBucket(name, index string, fill, fillDefault float64) bucket {
	if name == "" || strings.Contains(name, "#") || strings.HasPrefix(name, reservedPrefix) {
		panic(fmt.Sprintf("BUG: bucket name %q", name))
	}
	if index != "" {
		name += "#" + index
	}
	if fill == 0 {
		fill = fillDefault
	}
	return bucket{name: []byte(name), fill: fill}
}

// Name returns the name given to NewCollection.
func (c *Collection[T]) Name() string { return c.name }

// index returns the position of a named index.
func (c *Collection[T]) index(name string) int {
	for i := range c.spec.Indexes {
		if c.spec.Indexes[i].Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("BUG: collection %q has no index %q", c.name, name))
}

// Get returns the record with the primary key, or ErrNotFound. The record is the caller's.
func (c *Collection[T]) Get(tx *Tx, s Scope, key []byte) (*T, error) {
	stored, ok := c.get(tx, s, key)
	if !ok {
		return nil, fmt.Errorf("get %s: %w", c.name, ErrNotFound)
	}
	return c.decode(key, stored)
}

// GetRaw returns the stored form of a record, without its version byte. It is borrowed.
func (c *Collection[T]) GetRaw(tx *Tx, s Scope, key []byte) (data []byte, ok bool) {
	stored, ok := c.get(tx, s, key)
	if !ok || len(stored) == 0 {
		return nil, false
	}
	return stored[1:], true
}

func (c *Collection[T]) get(tx *Tx, s Scope, key []byte) ([]byte, bool) {
	tx.key = append(s.append(tx.key[:0]), key...)
	return tx.read(&c.records).get(tx.key)
}

func (c *Collection[T]) decode(key, stored []byte) (*T, error) {
	if len(stored) == 0 {
		return nil, fmt.Errorf("read %s record %x: no version: %w", c.name, key, ErrCorrupt)
	}
	v, err := c.spec.Decode(stored[0], key, stored[1:])
	if err != nil {
		return nil, fmt.Errorf("read %s record %x: %w", c.name, key, err)
	}
	return v, nil
}

// Put stores the record, over one with the same primary key if there is one. It reads and decodes the old record to move its
// index entries; use Replace where that record is known.
func (c *Collection[T]) Put(tx *Tx, s Scope, v *T) error {
	old, err := c.stored(tx, s, v)
	if err != nil {
		return err
	}
	return c.Replace(tx, s, old, v)
}

// Delete removes the record with v's primary key and its index entries. Deleting what is not there is no error.
func (c *Collection[T]) Delete(tx *Tx, s Scope, v *T) error {
	old, err := c.stored(tx, s, v)
	if err != nil || old == nil {
		return err
	}
	return c.Replace(tx, s, old, nil)
}

// stored returns the stored record with v's primary key, or nil.
func (c *Collection[T]) stored(tx *Tx, s Scope, v *T) (*T, error) {
	key := c.spec.Key(nil, v)
	old, err := c.Get(tx, s, key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// A record that reads back under another key would leave itself and its entries behind.
	if says := c.spec.Key(nil, old); !bytes.Equal(says, key) {
		return nil, fmt.Errorf("read %s record %x: it says it is %x: %w", c.name, key, says, ErrCorrupt)
	}
	return old, nil
}

// Replace stores v in place of old. The caller knows that old is exactly what is stored, nil when nothing is; their primary
// keys may differ. A nil v removes old. On ErrConflict nothing was changed.
func (c *Collection[T]) Replace(tx *Tx, s Scope, old, v *T) error {
	records, err := tx.write(&c.records)
	if err != nil {
		return fmt.Errorf("store %s: %w", c.name, err)
	}
	tx.before.reset(s)
	tx.after.reset(s)
	if old != nil {
		c.collect(&tx.before, old)
	}
	if v != nil {
		c.collect(&tx.after, v)
	}
	if err := c.moveEntries(tx, old, v); err != nil {
		return fmt.Errorf("store %s: %w", c.name, err)
	}
	if err := c.moveRecord(tx, records, old, v); err != nil {
		return fmt.Errorf("store %s: %w", c.name, err)
	}
	return nil
}

func (c *Collection[T]) moveRecord(tx *Tx, records handle, old, v *T) error {
	if old != nil && (v == nil || string(tx.before.primary) != string(tx.after.primary)) {
		if err := records.delete(tx.before.primary); err != nil {
			return err
		}
	}
	if v == nil {
		return nil
	}
	value := tx.arena.keep(c.spec.Encode(append(tx.arena.tail(), c.spec.Version), v))
	return records.bucket.Put(tx.after.primary, value)
}

// Scan calls fn for the records of the span in the order of their primary keys until fn returns more = false or an error, which
// Scan returns. key is borrowed, the record is the caller's. fn must not write to this collection.
func (c *Collection[T]) Scan(tx *Tx, s Scope, sp Span, fn func(key []byte, v *T) (more bool, err error)) error {
	var failure error
	tx.read(&c.records).walk(s, sp, func(key, stored []byte) bool {
		v, err := c.decode(key, stored)
		more := false
		if err == nil {
			more, err = fn(key, v)
		}
		failure = err
		return more && err == nil
	})
	return failure
}

// ScanRaw calls fn for the stored forms of the span's records, without version byte, until it returns false. Both slices are
// borrowed. fn must not write to this collection.
func (c *Collection[T]) ScanRaw(tx *Tx, s Scope, sp Span, fn func(key, data []byte) bool) {
	tx.read(&c.records).walk(s, sp, func(key, stored []byte) bool {
		return len(stored) == 0 || fn(key, stored[1:])
	})
}

// Lookup returns what a unique index stores under the key: the Value of its record, or else its primary key. It is borrowed.
func (c *Collection[T]) Lookup(tx *Tx, s Scope, index string, key []byte) (value []byte, ok bool) {
	i := c.index(index)
	if !c.spec.Indexes[i].Unique {
		panic(fmt.Sprintf("BUG: index %q of %q is not unique", index, c.name))
	}
	tx.key = append(s.append(tx.key[:0]), key...)
	return tx.read(&c.entries[i]).get(tx.key)
}

// ScanIndex calls fn for the entries of the span in key order until it returns false. entry is the emitted key, in an index that is not
// unique followed by the primary key: it is what Span.After takes. primary is the record's primary key, in a unique index
// with a Value that value. Both are borrowed. fn must not write to this collection.
func (c *Collection[T]) ScanIndex(tx *Tx, s Scope, index string, sp Span, fn func(entry, primary []byte) bool) {
	i := c.index(index)
	unique := c.spec.Indexes[i].Unique
	tx.read(&c.entries[i]).walk(s, sp, func(entry, value []byte) bool {
		if unique {
			return fn(entry, value)
		}
		primary, ok := entryPrimary(entry, value)
		return !ok || fn(entry, primary)
	})
}

// Under returns all records whose key in an index begins with a prefix, in the order of the index. They are the caller's. The index
// has no Value.
func (c *Collection[T]) Under(tx *Tx, s Scope, index string, prefix []byte) (all []*T, err error) {
	var keys [][]byte
	c.ScanIndex(tx, s, index, Span{Prefix: prefix}, func(_, primary []byte) bool {
		keys = append(keys, bytes.Clone(primary))
		return true
	})
	for _, key := range keys {
		v, err := c.Get(tx, s, key)
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", index, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// entryPrimary cuts the primary key off an entry that is not unique; the entry's value holds its length.
func entryPrimary(entry, value []byte) (primary []byte, ok bool) {
	n, size := binary.Uvarint(value)
	if size <= 0 || size != len(value) || n > uint64(len(entry)) {
		return nil, false
	}
	return entry[len(entry)-int(n):], true
}
