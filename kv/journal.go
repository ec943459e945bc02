package kv

import (
	"encoding/binary"
	"fmt"
)

// Journal stores blocks of consecutive sequence numbers, apart for each Scope: oldest blocks leave, new ones follow
// the newest without a gap. Like a Collection it holds no data itself and may be shared.
type Journal struct {
	name   string
	blocks bucket
}

const (
	journalVersion     = 1
	journalHeaderBytes = 1 + 8 + 8 // version, first, end
)

// NewJournal describes a journal. Its name is fixed for ever: it is the name of the stored bucket.
func NewJournal(name string) *Journal {
	return &Journal{name: name, blocks: newBucket(name, "", fillRising, fillRising)}
}

// Name returns the name given to NewJournal.
func (j *Journal) Name() string { return j.name }

// block is one stored block; data is borrowed.
type block struct {
	first, last uint64
	end         uint64 // bytes of data in this and all blocks that ever were before it
	data        []byte
}

func readBlock(key, value []byte) (block, error) {
	if len(key) != 8 || len(value) < journalHeaderBytes || value[0] != journalVersion {
		return block{}, fmt.Errorf("journal block %x of %d bytes: %w", key, len(value), ErrCorrupt)
	}
	b := block{
		first: binary.BigEndian.Uint64(value[1:]),
		last:  binary.BigEndian.Uint64(key),
		end:   binary.BigEndian.Uint64(value[9:]),
		data:  value[journalHeaderBytes:],
	}
	if b.first > b.last || b.end < uint64(len(b.data)) {
		return block{}, fmt.Errorf("journal block %d to %d, end %d, %d bytes: %w", b.first, b.last, b.end, len(b.data), ErrCorrupt)
	}
	return b, nil
}

// Append stores the block of the sequence numbers first to last, both included. In a journal that has blocks first must be the
// newest last plus one, else Append returns ErrSequence. data is copied.
func (j *Journal) Append(tx *Tx, s Scope, first, last uint64, data []byte) error {
	newest, ok, err := j.edge(tx, s, true)
	if err != nil {
		return fmt.Errorf("append to %s: %w", j.name, err)
	}
	if first > last || (ok && first != newest.last+1) {
		return fmt.Errorf("append %d to %d after %d to %s: %w", first, last, newest.last, j.name, ErrSequence)
	}
	h, err := tx.write(&j.blocks)
	if err != nil {
		return err
	}
	v := append(tx.arena.tail(), journalVersion)
	v = AppendUint64(v, first)
	v = AppendUint64(v, newest.end+uint64(len(data)))
	v = tx.arena.keep(append(v, data...))
	tx.key = AppendUint64(s.append(tx.key[:0]), last)
	if err := h.bucket.Put(tx.key, v); err != nil {
		return fmt.Errorf("append to %s: %w", j.name, err)
	}
	return nil
}

// edge returns the newest or the oldest block.
func (j *Journal) edge(tx *Tx, s Scope, newest bool) (b block, ok bool, err error) {
	tx.read(&j.blocks).walk(s, Span{Reverse: newest}, func(key, value []byte) bool {
		b, err = readBlock(key, value)
		ok = err == nil
		return false
	})
	return b, ok, err
}

// Last returns the sequence numbers of the newest block; ok is false when there is none.
func (j *Journal) Last(tx *Tx, s Scope) (first, last uint64, ok bool) {
	b, ok, _ := j.edge(tx, s, true)
	return b.first, b.last, ok
}

// Since calls fn for the blocks with last > seq, oldest first, until it returns false. The first of them may begin at or
// before seq. data is borrowed. fn must not write to the journal.
func (j *Journal) Since(tx *Tx, s Scope, seq uint64, fn func(first, last uint64, data []byte) bool) {
	if seq+1 == 0 {
		return
	}
	tx.read(&j.blocks).walk(s, Span{From: AppendUint64(nil, seq+1)}, func(key, value []byte) bool {
		b, err := readBlock(key, value)
		return err != nil || fn(b.first, b.last, b.data)
	})
}

// Trim removes the oldest blocks while drop says so, at most maxBlocks of them, and returns how many. The newest block always stays,
// so that the sequence goes on after a restart. data is borrowed.
func (j *Journal) Trim(tx *Tx, s Scope, maxBlocks int, drop func(first, last uint64, data []byte) bool) (int, error) {
	_, newest, _ := j.Last(tx, s)
	var keys [][]byte
	tx.read(&j.blocks).walk(s, Span{}, func(key, value []byte) bool {
		b, err := readBlock(key, value)
		if len(keys) == maxBlocks || err != nil || b.last == newest || !drop(b.first, b.last, b.data) {
			return false
		}
		keys = append(keys, append(s.append(nil), key...))
		return true
	})
	for _, key := range keys {
		h, err := tx.write(&j.blocks)
		if err == nil {
			err = h.delete(key)
		}
		if err != nil {
			return 0, fmt.Errorf("trim %s: %w", j.name, err)
		}
	}
	return len(keys), nil
}

// Blank removes all blocks but the newest, whose data becomes blank, so that nothing is left of what the journal held and the sequence goes on. blank must
// not be longer than any block's data. An empty journal stays as it is.
func (j *Journal) Blank(tx *Tx, s Scope, blank []byte) error {
	newest, ok, err := j.edge(tx, s, true)
	if err != nil || !ok {
		return err
	}
	if len(blank) > len(newest.data) {
		return fmt.Errorf("blank %s with %d bytes, the newest block has %d", j.name, len(blank), len(newest.data))
	}
	for more := true; more; {
		n, err := j.Trim(tx, s, blanksAtOnce, func(_, _ uint64, _ []byte) bool { return true })
		if err != nil {
			return err
		}
		more = n == blanksAtOnce
	}
	h, err := tx.write(&j.blocks)
	if err != nil {
		return err
	}
	v := append(tx.arena.tail(), journalVersion)
	v = AppendUint64(AppendUint64(v, newest.first), newest.end)
	v = tx.arena.keep(append(v, blank...))
	tx.key = AppendUint64(s.append(tx.key[:0]), newest.last)
	if err := h.bucket.Put(tx.key, v); err != nil {
		return fmt.Errorf("blank %s: %w", j.name, err)
	}
	return nil
}

const blanksAtOnce = 4096

// Size returns the bytes of data in all blocks of the scope. It reads two blocks.
func (j *Journal) Size(tx *Tx, s Scope) (bytes int64) {
	oldest, ok, _ := j.edge(tx, s, false)
	newest, _, _ := j.edge(tx, s, true)
	if !ok {
		return 0
	}
	return int64(newest.end - oldest.end + uint64(len(oldest.data)))
}
