package kv

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// Tx is one transaction. It is valid until the function it was given to returns, and belongs to one goroutine.
type Tx struct {
	bolt    *bbolt.Tx
	handles map[*bucket]handle
	arena   arena    // values wait here for the commit
	key     []byte   // scratch: a scoped key
	before  entrySet // index entries of the stored record
	after   entrySet // index entries of the new record

	interrupted func() bool // of a check
}

// bucket names one bbolt bucket. Its address is the identity by which a Tx remembers the opened handle.
type bucket struct {
	name []byte
	fill float64
}

// handle is an opened bucket. Looking a bucket up costs a search and several allocations, a cursor two more.
type handle struct {
	bucket *bbolt.Bucket // nil when the bucket does not exist yet
	cursor *bbolt.Cursor // for point reads only: a scan has its own
}

func newTx() *Tx {
	tx := &Tx{handles: make(map[*bucket]handle)}
	tx.before.emit = tx.before.add
	tx.after.emit = tx.after.add
	return tx
}

func (tx *Tx) begin(bt *bbolt.Tx) {
	tx.bolt = bt
	// Whatever an earlier transaction left in the arena is on disk or forgotten by now.
	tx.arena.reset()
}

func (tx *Tx) end() {
	tx.bolt = nil
	clear(tx.handles)
}

// read returns the bucket's handle; its bucket is nil when nothing was ever written to it.
func (tx *Tx) read(b *bucket) handle {
	if tx.bolt == nil {
		panic("BUG: kv.Tx used after its transaction ended")
	}
	h, ok := tx.handles[b]
	if !ok {
		if h.bucket = tx.bolt.Bucket(b.name); h.bucket != nil {
			h.bucket.FillPercent = b.fill
			h.cursor = h.bucket.Cursor()
		}
		tx.handles[b] = h
	}
	return h
}

// write returns the bucket's handle and creates the bucket if need be.
func (tx *Tx) write(b *bucket) (handle, error) {
	h := tx.read(b)
	if !tx.bolt.Writable() {
		panic(fmt.Sprintf("BUG: write to %s in a read transaction", b.name))
	}
	if h.bucket != nil {
		return h, nil
	}
	created, err := tx.bolt.CreateBucket(b.name)
	if err != nil {
		return h, fmt.Errorf("create bucket %s: %w", b.name, err)
	}
	created.FillPercent = b.fill
	h = handle{bucket: created, cursor: created.Cursor()}
	tx.handles[b] = h
	return h, nil
}

// get returns the value stored under exactly this key. The value is borrowed.
func (h handle) get(key []byte) (value []byte, ok bool) {
	if h.bucket == nil {
		return nil, false
	}
	k, v := h.cursor.Seek(key)
	if k == nil || !bytes.Equal(k, key) {
		return nil, false
	}
	return v, true
}

// delete removes the key if it is there.
func (h handle) delete(key []byte) error {
	if _, ok := h.get(key); !ok {
		return nil
	}
	return h.cursor.Delete()
}
