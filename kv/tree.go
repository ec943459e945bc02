package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// What bbolt's pages look like; FORMAT.md draws them. Numbers are in the machine's own byte order.
const (
	pageHeaderBytes  = 16 // id 8, kind 2, count 2, overflow 4
	elementBytes     = 16 // in a branch: position 4, key size 4, page 8; in a leaf: flags 4, position 4, key size 4, value size 4
	pageBranch       = 0x01
	pageLeaf         = 0x02
	elementBucket    = 0x01
	bucketValueBytes = 16 // root page 8, sequence 8; a root of 0 means that the bucket's page follows inline
)

// tree walks the pages of a file from the root on. bbolt follows a branch that leads back to itself for ever, so this goes first: when it finds
// nothing, each page is reached once.
type tree struct {
	file     io.ReaderAt
	pageSize uint64
	pages    uint64 // in use
	buckets  bool   // follow them, not only the root
	seen     map[uint64]bool
}

// checkTree finds branches that lead to no page, to one of another kind, or to one that belongs to another branch: in the root, and if asked in
// all buckets.
func checkTree(bt *bbolt.Tx, buckets bool) error {
	file, err := os.Open(bt.DB().Path())
	if err != nil {
		return err
	}
	pageSize := uint64(bt.DB().Info().PageSize)
	t := &tree{file: file, pageSize: pageSize, pages: uint64(bt.Size()) / pageSize, buckets: buckets, seen: make(map[uint64]bool)}
	return errors.Join(t.walk(uint64(bt.Cursor().Bucket().Root()), true), file.Close())
}

// walk visits the page and all below it. Only the leaves of the root hold buckets.
func (t *tree) walk(id uint64, root bool) error {
	if id >= t.pages || t.seen[id] {
		return fmt.Errorf("page %d of %d is reached twice or not there: %w", id, t.pages, ErrCorrupt)
	}
	t.seen[id] = true
	header, err := t.read(id, pageHeaderBytes)
	if err != nil {
		return err
	}
	kind, count := binary.NativeEndian.Uint16(header[8:]), int(binary.NativeEndian.Uint16(header[10:]))
	if kind != pageBranch && kind != pageLeaf {
		return fmt.Errorf("page %d is of kind %#x: %w", id, kind, ErrCorrupt)
	}
	if kind == pageLeaf && !root {
		return nil // What is in it is not followed anywhere.
	}
	overflow := uint64(binary.NativeEndian.Uint32(header[12:]))
	if overflow >= t.pages-id {
		return fmt.Errorf("page %d of %d claims %d more: %w", id, t.pages, overflow, ErrCorrupt)
	}
	page, err := t.read(id, (1+overflow)*t.pageSize)
	if err != nil {
		return err
	}
	for i := range count {
		at := pageHeaderBytes + i*elementBytes
		if at+elementBytes > len(page) {
			return fmt.Errorf("page %d of %d bytes claims %d elements: %w", id, len(page), count, ErrCorrupt)
		}
		if kind == pageBranch {
			err = t.walk(binary.NativeEndian.Uint64(page[at+8:]), root)
		} else {
			err = t.walkBucket(page[at:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walkBucket visits the pages of the bucket that a leaf of the root names: element is the page from its element on.
func (t *tree) walkBucket(element []byte) error {
	if binary.NativeEndian.Uint32(element)&elementBucket == 0 {
		return nil
	}
	position, keySize := uint64(binary.NativeEndian.Uint32(element[4:])), uint64(binary.NativeEndian.Uint32(element[8:]))
	at := position + keySize
	if at+bucketValueBytes > uint64(len(element)) {
		return fmt.Errorf("a bucket at byte %d of %d: %w", at, len(element), ErrCorrupt)
	}
	if root := binary.NativeEndian.Uint64(element[at:]); root != 0 && t.buckets {
		return t.walk(root, false)
	}
	return nil
}

func (t *tree) read(id, bytes uint64) ([]byte, error) {
	data := make([]byte, bytes)
	if _, err := t.file.ReadAt(data, int64(id*t.pageSize)); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	return data, nil
}
