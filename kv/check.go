package kv

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// interruptEvery is how many keys a check walks before it looks whether it should stop.
const interruptEvery = 1 << 10

// Checker is a Collection or a Journal.
type Checker interface {
	check(tx *Tx, known map[uint32]bool, report func(problem string))
}

// Check looks for damage: bbolt's own check of pages, then the given collections (every record readable and under
// its key, every index entry with its record and every record with its entries) and journals (blocks readable and without
// gaps, sizes right), in all scopes. It calls report, which may be nil, for each problem and returns ErrCorrupt when there
// was any. It holds the writer's place while it runs, so give it time when nobody writes.
func (db *DB) Check(report func(problem string), parts ...Checker) error {
	return db.CheckContext(context.Background(), report, parts...)
}

// CheckContext is Check until the context ends; then it returns the context's error, and what was reported may be wrong. bbolt's own check of
// pages is not interrupted.
func (db *DB) CheckContext(ctx context.Context, report func(problem string), parts ...Checker) error {
	problems := 0
	count := func(problem string) {
		problems++
		if report != nil {
			report(problem)
		}
	}
	err := db.Update(func(tx *Tx) error {
		tx.interrupted = func() bool { return ctx.Err() != nil }
		defer func() { tx.interrupted = nil }()
		checkPages(tx, count)
		if problems > 0 { // Damaged pages cannot be walked.
			return errChecked
		}
		err := guarded(func() error {
			known := checkScopes(tx, count)
			for _, p := range parts {
				p.check(tx, known, count)
			}
			return nil
		})
		if err != nil {
			count("records: " + err.Error())
		}
		return errChecked
	})
	if errors.Is(err, errChecked) && ctx.Err() != nil {
		err = ctx.Err()
	}
	if !errors.Is(err, errChecked) {
		return fmt.Errorf("check: %w", err)
	}
	if problems > 0 {
		return fmt.Errorf("check: %d problems: %w", problems, ErrCorrupt)
	}
	return nil
}

// errChecked rolls the transaction of a check back.
var errChecked = errors.New("checked")

// checkPages is bbolt's own check, after what it cannot survive.
func checkPages(tx *Tx, report func(string)) {
	err := guarded(func() error {
		if err := errors.Join(checkExtents(tx.bolt), checkTree(tx.bolt, true)); err != nil {
			return err // Nothing may follow what leads astray.
		}
		return touch(tx.bolt)
	})
	if err != nil {
		report("pages: " + err.Error())
		return
	}
	for err := range tx.bolt.Check(bbolt.WithKVStringer(keyStart{})) {
		report("pages: " + err.Error())
	}
}

// checkScopes returns the numbers that keys may begin with.
func checkScopes(tx *Tx, report func(string)) map[uint32]bool {
	known := map[uint32]bool{0: true}
	b := tx.bolt.Bucket(scopesBucket)
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		id, rest, err := ReadString(k)
		if err != nil || len(rest) != 0 {
			report(fmt.Sprintf("scopes: tenant id %x cannot be read", k))
			continue
		}
		s, _, err := readScope(b, TenantID(id))
		switch {
		case err != nil:
			report(fmt.Sprintf("scopes: tenant %q: %v", id, err))
		case known[s.number()]:
			report(fmt.Sprintf("scopes: number %d twice", s.number()))
		case uint64(s.number()) > b.Sequence():
			report(fmt.Sprintf("scopes: number %d above the counter %d", s.number(), b.Sequence()))
		default:
			known[s.number()] = true
		}
	}
	return known
}

// eachKey walks a whole bucket, all scopes, and reports keys of none.
func (tx *Tx) eachKey(b *bucket, known map[uint32]bool, report func(string), fn func(s Scope, key, value []byte)) {
	h := tx.read(b)
	if h.bucket == nil {
		return
	}
	c, walked := h.bucket.Cursor(), 0
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if walked++; walked%interruptEvery == 0 && tx.interrupted() {
			return
		}
		n, key, err := ReadUint32(k)
		if err != nil || !known[n] {
			report(fmt.Sprintf("%s: key %x of no scope", b.name, k))
			continue
		}
		fn(Scope{n: n + 1}, key, v)
	}
}

func (c *Collection[T]) check(tx *Tx, known map[uint32]bool, report func(string)) {
	expected := make([]int, len(c.entries))
	tx.eachKey(&c.records, known, report, func(s Scope, key, stored []byte) {
		v, err := c.decode(key, stored)
		if err != nil {
			report(err.Error())
			return
		}
		tx.after.reset(s)
		c.collect(&tx.after, v)
		if string(tx.after.primary[scopeBytes:]) != string(key) {
			report(fmt.Sprintf("%s: record under key %x says it is %x", c.name, key, tx.after.primary[scopeBytes:]))
			return
		}
		for _, e := range tx.after.entries {
			expected[e.index]++
			value, ok := tx.read(&c.entries[e.index]).get(tx.after.key(e))
			switch {
			case !ok:
				report(fmt.Sprintf("%s: record %x lacks its entry %x", c.entries[e.index].name, key, tx.after.key(e)))
			case string(value) != string(c.entryValue(nil, &tx.after, e.index, v)):
				report(fmt.Sprintf("%s: entry %x of record %x holds %x", c.entries[e.index].name, tx.after.key(e), key, value))
			}
		}
	})
	for i := range c.entries {
		c.checkIndex(tx, i, expected[i], known, report)
	}
}

// checkIndex finds entries without a record: each one by its primary key, or by number where an entry does not hold it.
func (c *Collection[T]) checkIndex(tx *Tx, index, expected int, known map[uint32]bool, report func(string)) {
	x, b, stored := &c.spec.Indexes[index], &c.entries[index], 0
	tx.eachKey(b, known, report, func(s Scope, entry, value []byte) {
		stored++
		primary, ok := value, true
		if !x.Unique {
			primary, ok = entryPrimary(entry, value)
		}
		if !ok {
			report(fmt.Sprintf("%s: entry %x holds %x", b.name, entry, value))
			return
		}
		if x.Value != nil {
			return
		}
		if _, ok := c.get(tx, s, primary); !ok {
			report(fmt.Sprintf("%s: entry %x has no record %x", b.name, entry, primary))
		}
	})
	if stored != expected {
		report(fmt.Sprintf("%s: %d entries, the records have %d", b.name, stored, expected))
	}
}

func (j *Journal) check(tx *Tx, known map[uint32]bool, report func(string)) {
	var scope Scope
	var previous block
	tx.eachKey(&j.blocks, known, report, func(s Scope, key, value []byte) {
		b, err := readBlock(key, value)
		if err != nil {
			report(fmt.Sprintf("%s: %v", j.name, err))
			return
		}
		if s == scope && b.first != previous.last+1 {
			report(fmt.Sprintf("%s: block %d to %d follows %d", j.name, b.first, b.last, previous.last))
		}
		if s == scope && b.end != previous.end+uint64(len(b.data)) {
			report(fmt.Sprintf("%s: block %d to %d ends at byte %d after %d, with %d bytes", j.name, b.first, b.last, b.end, previous.end, len(b.data)))
		}
		scope, previous = s, b
	})
}
