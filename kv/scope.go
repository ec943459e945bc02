package kv

import (
	"encoding/binary"
	"fmt"
	"math"

	"go.etcd.io/bbolt"
)

// TenantID names one organisation. Any bytes up to 255 are allowed, the empty name too; ids are compared byte by byte.
type TenantID string

const (
	tenantBytesMax = 255                // longest TenantID
	scopeNumberMax = math.MaxUint32 - 1 // Scope holds number + 1, and a span ends at the next number
	scopeBytes     = 4                  // every key of a collection, an index or a journal begins with the scope's number
)

// Scope is the handle of one organisation's data: code that holds a Scope cannot name another's records.
// Scopes are comparable and may be shared between goroutines. The zero value is invalid and panics on use.
// A Scope belongs to the DB that gave it out.
type Scope struct {
	n uint32 // the stored number plus one, so that the zero value is no tenant
}

// number returns the key prefix.
func (s Scope) number() uint32 {
	if s.n == 0 {
		panic("BUG: zero kv.Scope used")
	}
	return s.n - 1
}

// append writes the scope's key prefix.
func (s Scope) append(dst []byte) []byte { return binary.BigEndian.AppendUint32(dst, s.number()) }

// appendEnd writes the first key behind the scope.
func (s Scope) appendEnd(dst []byte) []byte { return binary.BigEndian.AppendUint32(dst, s.number()+1) }

// System returns the appliance's own scope, which is no organisation's.
func (db *DB) System() Scope { return Scope{n: 1} }

// Scope returns the handle of one organisation. The first use registers it in a transaction of its own, so do not call
// Scope for a new organisation inside Update or Batch: it would wait for itself. Later calls cost a map lookup.
func (db *DB) Scope(id TenantID) (Scope, error) {
	known, _ := db.scopes.Load(id)
	if s, ok := known.(Scope); ok {
		return s, nil
	}
	if len(id) > tenantBytesMax {
		return Scope{}, fmt.Errorf("open scope: tenant id of %d bytes, at most %d", len(id), tenantBytesMax)
	}
	s, found, err := db.findScope(id)
	if err == nil && !found {
		s, err = db.registerScope(id)
	}
	if err != nil {
		return Scope{}, fmt.Errorf("open scope of tenant %q: %w", id, err)
	}
	db.scopes.Store(id, s)
	return s, nil
}

func (db *DB) findScope(id TenantID) (s Scope, known bool, err error) {
	err = db.View(func(tx *Tx) error {
		s, known, err = readScope(tx.bolt.Bucket(scopesBucket), id)
		return err
	})
	return s, known, err
}

func (db *DB) registerScope(id TenantID) (s Scope, err error) {
	err = db.Update(func(tx *Tx) error {
		b := tx.bolt.Bucket(scopesBucket)
		var known bool
		if s, known, err = readScope(b, id); err != nil || known {
			return err
		}
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if n > scopeNumberMax {
			return fmt.Errorf("all %d scope numbers are used", uint64(scopeNumberMax))
		}
		s = Scope{n: uint32(n) + 1}
		return b.Put(AppendString(nil, id), s.append(nil))
	})
	return s, err
}

func readScope(b *bbolt.Bucket, id TenantID) (s Scope, known bool, err error) {
	v := b.Get(AppendString(nil, id))
	if v == nil {
		return Scope{}, false, nil
	}
	n, rest, err := ReadUint32(v)
	if err != nil || len(rest) != 0 || n == 0 || n > scopeNumberMax {
		return Scope{}, false, fmt.Errorf("scope number %x: %w", v, ErrCorrupt)
	}
	return Scope{n: n + 1}, true, nil
}

// Tenants returns the registered organisations in byte order of their ids.
func (db *DB) Tenants() ([]TenantID, error) {
	var ids []TenantID
	err := db.View(func(tx *Tx) error {
		return tx.Tenants(func(id TenantID, _ Scope) error {
			ids = append(ids, id)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return ids, nil
}

// Tenants calls fn for each organisation that is registered in the state of tx, in byte order of their ids. An error of fn ends it.
func (tx *Tx) Tenants(fn func(id TenantID, s Scope) error) error {
	b := tx.bolt.Bucket(scopesBucket)
	return b.ForEach(func(k, _ []byte) error {
		id, rest, err := ReadString(k)
		if err != nil || len(rest) != 0 {
			return fmt.Errorf("tenant id %x: %w", k, ErrCorrupt)
		}
		s, _, err := readScope(b, TenantID(id))
		if err != nil {
			return err
		}
		return fn(TenantID(id), s)
	})
}
