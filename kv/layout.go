package kv

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// LayoutVersion is the layout of stored data that this package reads and writes. A change of it is a step
// in package migrations.
const LayoutVersion = 1

const epochChars = 12 // 60 random bits

// The package's own buckets. The names of collections and journals cannot begin with reservedPrefix.
var (
	metaBucket   = []byte(reservedPrefix + "meta")
	scopesBucket = []byte(reservedPrefix + "scopes")
	layoutKey    = []byte("layout")
	epochKey     = []byte("epoch")
	createdKey   = []byte("created")
)

const reservedPrefix = "kv."

// prepare creates the meta bucket of a new file or reads an existing one.
func (db *DB) prepare(now time.Time) error {
	fresh := false
	err := db.View(func(tx *Tx) error {
		if b := tx.bolt.Bucket(metaBucket); b != nil {
			if tx.bolt.Bucket(scopesBucket) == nil {
				return fmt.Errorf("no bucket %q: %w", scopesBucket, ErrCorrupt)
			}
			return db.readMeta(b)
		}
		if k, _ := tx.bolt.Cursor().First(); k != nil {
			return fmt.Errorf("no layout version beside bucket %q: %w", k, ErrCorrupt)
		}
		fresh = true
		return nil
	})
	if err != nil || !fresh {
		return err
	}
	return db.Update(func(tx *Tx) error {
		b, err := tx.bolt.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		_, err = tx.bolt.CreateBucket(scopesBucket)
		return errors.Join(err,
			b.Put(layoutKey, AppendUint32(nil, LayoutVersion)),
			b.Put(epochKey, []byte(newEpoch())),
			b.Put(createdKey, AppendInt64(nil, now.UnixMilli())),
			db.readMeta(b))
	})
}

func (db *DB) readMeta(b *bbolt.Bucket) error {
	layout, rest, err := ReadUint32(b.Get(layoutKey))
	if err != nil || len(rest) != 0 {
		return fmt.Errorf("read layout version %x: %w", b.Get(layoutKey), ErrCorrupt)
	}
	if layout > LayoutVersion {
		return fmt.Errorf("layout %d, this program knows %d: %w", layout, LayoutVersion, ErrNewer)
	}
	epoch := string(b.Get(epochKey))
	if epoch == "" {
		return fmt.Errorf("no epoch: %w", ErrCorrupt)
	}
	db.layout.Store(int64(layout))
	db.epoch.Store(&epoch)
	return nil
}

func newEpoch() string { return strings.ToLower(rand.Text()[:epochChars]) }

// Layout returns the layout version of the stored data, at most LayoutVersion.
func (db *DB) Layout() int { return int(db.layout.Load()) }

// Migrate runs fn and raises the layout version to the given one in one transaction. The version must be the next one.
// Only package migrations calls it.
func (db *DB) Migrate(to int, fn func(*Tx) error) error {
	if to != db.Layout()+1 || to > LayoutVersion {
		panic(fmt.Sprintf("BUG: migrate layout %d to %d of %d", db.Layout(), to, LayoutVersion))
	}
	err := db.Update(func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.bolt.Bucket(metaBucket).Put(layoutKey, AppendUint32(nil, uint32(to)))
	})
	if err != nil {
		return fmt.Errorf("migrate to layout %d: %w", to, err)
	}
	db.layout.Store(int64(to))
	return nil
}

// Epoch returns the random id of this database's history, 12 lower-case letters and digits. Sequence numbers of different
// epochs cannot be compared.
func (db *DB) Epoch() string { return *db.epoch.Load() }

// RenewEpoch begins a new history. Call it after a restore, because the sequence may have gone back.
func (db *DB) RenewEpoch() error {
	epoch := newEpoch()
	err := db.Update(func(tx *Tx) error { return tx.bolt.Bucket(metaBucket).Put(epochKey, []byte(epoch)) })
	if err != nil {
		return fmt.Errorf("renew epoch: %w", err)
	}
	db.epoch.Store(&epoch)
	return nil
}

// Created returns when the database was created, to the millisecond, in UTC.
func (db *DB) Created() (created time.Time, err error) {
	err = db.View(func(tx *Tx) error {
		ms, _, err := ReadInt64(tx.bolt.Bucket(metaBucket).Get(createdKey))
		created = time.UnixMilli(ms).UTC()
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("read creation time: %w", err)
	}
	return created, nil
}
