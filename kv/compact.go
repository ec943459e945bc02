package kv

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

const (
	compactingSuffix  = ".compacting" // of a new file that is not proved yet
	compactBatchBytes = 16 << 20      // written in one transaction, which is in memory until it is committed
	compactPart       = 8             // a new file needs this part of the old one more than is in use, at most, for its pages are fuller
)

// Compacted says what Compact did.
type Compacted struct{ BeforeBytes, AfterBytes int64 }

// Compact writes the file at path anew, without the pages that are not in use, and with them what was deleted. The new file takes
// the old one's place when check, which may be nil, found it sound and it was compared with the old one, record by record. Whatever
// happens, and when the process is killed, the old or the new file is there, whole. It returns the errors of Open, ErrLocked while a
// process uses the file, and ErrFull, before it writes anything, when there is no room for both.
func Compact(path string, o Options, check func(*DB) error) (_ Compacted, err error) {
	if _, err := os.Stat(path); err != nil { // Open would make it
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	db, err := Open(path, o) // and with it the lock, until the new file has its name
	if err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	fresh := path + compactingSuffix
	defer func() {
		if err != nil {
			_ = os.Remove(fresh)
		}
	}()
	sizes := Compacted{BeforeBytes: fileBytes(path)}
	used := db.Size() - db.Stats().FreeBytes
	if err := requireRoom(filepath.Dir(path), used+used/compactPart+growBytes); err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	if err := compactInto(fresh, db, o); err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	if err := proveCompacted(fresh, db, o, check); err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	sizes.AfterBytes = fileBytes(fresh)
	if err := errors.Join(os.Rename(fresh, path), syncDirectory(filepath.Dir(path))); err != nil {
		return Compacted{}, fmt.Errorf("compact: %w", err)
	}
	return sizes, nil
}

// removeCompacting removes what a Compact left that was killed. Call it while the file at path is locked.
func removeCompacting(path string) error {
	if err := os.Remove(path + compactingSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what is left of compacting: %w", err)
	}
	return nil
}

func fileBytes(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// compactInto copies all buckets to a new file.
func compactInto(fresh string, db *DB, o Options) (err error) {
	target, err := openBolt(fresh, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return withSpace(guarded(func() error { return bbolt.Compact(target, db.bolt.Load(), compactBatchBytes) }))
}

// proveCompacted opens the new file as a database and compares it.
func proveCompacted(fresh string, db *DB, o Options, check func(*DB) error) (err error) {
	made, err := Open(fresh, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	if check != nil {
		if err := check(made); err != nil {
			return err
		}
	}
	before, err := db.contentHash()
	if err != nil {
		return err
	}
	after, err := made.contentHash()
	if err == nil && !bytes.Equal(before, after) {
		err = fmt.Errorf("the new file holds something else: %w", ErrCorrupt)
	}
	return err
}

// contentHash is a hash of all that the buckets hold, wherever it lies in the file.
func (db *DB) contentHash() (sum []byte, err error) {
	h := sha256.New()
	err = db.View(func(tx *Tx) error {
		return guarded(func() error {
			return tx.bolt.ForEach(func(name []byte, b *bbolt.Bucket) error {
				hashPart(h, name)
				hashPart(h, AppendUint64(nil, b.Sequence()))
				pairs := 0
				err := b.ForEach(func(k, v []byte) error {
					pairs++
					hashPart(h, k)
					hashPart(h, v)
					return nil
				})
				hashPart(h, AppendUint64(nil, uint64(pairs)))
				return err
			})
		})
	})
	return h.Sum(nil), err
}

// hashPart adds bytes and their length, so that no two sequences of parts look alike.
func hashPart(h hash.Hash, part []byte) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(part)))
	h.Write(size[:])
	h.Write(part)
}
