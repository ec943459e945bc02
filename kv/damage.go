package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// guarded runs fn and turns its panic into ErrCorrupt, and so too a memory fault: damaged pages make bbolt panic, and point behind the
// end of the file, where reading its mapping would end the process.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return fn()
}

// checkHead refuses a file that is shorter than its own meta page says, such as a copy that was cut off, and one whose root leads astray,
// where bbolt would never come back from. It reads nothing but the meta pages and those of the root, which are few.
func checkHead(path string) (err error) {
	for range replacedMax {
		before, missing := os.Stat(path)
		if errors.Is(missing, fs.ErrNotExist) || (missing == nil && before.Size() == 0) {
			return nil // A new one.
		}
		err = checkHeadOf(path, before)
		if after, gone := os.Stat(path); gone != nil || os.SameFile(before, after) {
			break
		} // Else Compact put another one there, and parts of both may have been read.
	}
	return err
}

func checkHeadOf(path string, info fs.FileInfo) error {
	b, err := bbolt.Open(path, fileMode, &bbolt.Options{Timeout: lockWait, ReadOnly: true})
	if err != nil {
		return openError(path, err)
	}
	err = b.View(func(bt *bbolt.Tx) error {
		if info.Size() < bt.Size() {
			return fmt.Errorf("open database %s: %d bytes of %d are there: %w", path, info.Size(), bt.Size(), ErrCorrupt)
		}
		if err := checkTree(bt, false); err != nil {
			return fmt.Errorf("open database %s: %w", path, err)
		}
		return nil
	})
	return errors.Join(err, b.Close())
}

// checkExtents finds a page that claims to go on behind the end of the file. bbolt's check would count each page that it claims.
func checkExtents(bt *bbolt.Tx) error {
	total := int(bt.Size()) / bt.DB().Info().PageSize
	for id := 0; id < total; {
		p, err := bt.Page(id)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		id++
		if p.Type == "free" {
			continue // What it once was does not matter.
		}
		if p.OverflowCount > total-id {
			return fmt.Errorf("page %d of %d claims %d more: %w", p.ID, total, p.OverflowCount, ErrCorrupt)
		}
		id += p.OverflowCount
	}
	return nil
}

// touch reads both ends of every key and value, in all buckets, and seeks each key, which reads those of the pages above it. It
// does so on the caller's own goroutine: bbolt's check has one of its own, where a fault cannot be caught.
func touch(bt *bbolt.Tx) error {
	sum := byte(0)
	ends := func(data []byte) {
		if len(data) > 0 {
			sum += data[0] + data[len(data)-1]
		}
	}
	roots := bt.Cursor()
	for name, _ := roots.First(); name != nil; name, _ = roots.Next() {
		ends(name)
		b := bt.Bucket(name)
		if b == nil {
			return fmt.Errorf("key %s is not a bucket: %w", keyStart{}.KeyToString(name), ErrCorrupt)
		}
		c, seeker := b.Cursor(), b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			ends(k)
			ends(v)
			seeker.Seek(k)
			if v == nil {
				return fmt.Errorf("key %s in %s is a bucket: %w", keyStart{}.KeyToString(k), name, ErrCorrupt)
			}
		}
	}
	runtime.KeepAlive(sum) // What nobody needs might not be read.
	return nil
}

// keyStart shows the beginning of a key in bbolt's reports. A damaged length may claim gigabytes, and bbolt's own way reads them all.
type keyStart struct{}

const keyStartBytes = 64

// KeyToString implements bbolt.KVStringer.
func (keyStart) KeyToString(key []byte) string {
	return fmt.Sprintf("%x", key[:min(len(key), keyStartBytes)])
}

// ValueToString implements bbolt.KVStringer.
func (k keyStart) ValueToString(value []byte) string { return k.KeyToString(value) }
