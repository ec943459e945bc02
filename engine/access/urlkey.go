package access

import (
	"fmt"
	"strings"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// URLKey is a key that stands in an address, for programs that can do no better. It is good for one purpose until it is revoked, and for
// nothing else. The key itself is shown once; stored is its hash.
type URLKey struct {
	ID             string    `json:"id"`
	OrganizationID string    `json:"organizationId"`
	WorkflowID     string    `json:"workflowId,omitempty"` // of a script: whose signals it takes
	OwnerID        string    `json:"ownerId,omitempty"`    // of a feed: the user or token whose view it shows
	Name           string    `json:"name"`
	CreatedAt      time.Time `json:"createdAt"`
}

type urlKeyRecord struct {
	URLKey
	Hash []byte `json:"hash"`
}

func (r *urlKeyRecord) hashed() (h secretHash) {
	copy(h[:], r.Hash)
	return h
}

// urlKeyring is all keys of one purpose.
type urlKeyring struct {
	stored           *kv.Collection[urlKeyRecord]
	object           string // of the audit
	created, revoked string // events of the audit
	max              int    // of one organisation
	noun             string

	known map[secretHash]*urlKeyRecord // guarded by the Store's mu
}

func urlKeyCollection(name string) *kv.Collection[urlKeyRecord] {
	encode, decode := kv.JSON[urlKeyRecord]()
	return kv.NewCollection(name, kv.Spec[urlKeyRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *urlKeyRecord) []byte { return append(dst, r.Hash...) },
	})
}

// load takes what is stored into memory, before anybody else has the Store.
func (k *urlKeyring) load(tx *kv.Tx, scope kv.Scope) error {
	return k.stored.Scan(tx, scope, kv.Span{}, func(_ []byte, r *urlKeyRecord) (bool, error) {
		k.known[r.hashed()] = r
		return true, nil
	})
}

// openedBy returns what a key stands for, or ErrNotFound. It does no I/O.
func (s *Store) openedBy(k *urlKeyring, key string) (URLKey, error) {
	if key == "" || len(key) > secretBytesMax {
		return URLKey{}, ErrNotFound
	}
	hash := hashOf(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := k.known[hash]
	if r == nil {
		return URLKey{}, ErrNotFound
	}
	return r.URLKey, nil
}

// createURLKey makes a key, and returns it for this one time. A wrong name is fault.Invalid. allowed is asked while nothing else changes.
func (s *Store) createURLKey(k *urlKeyring, by audit.By, in URLKey, allowed func() error) (URLKey, string, error) {
	in.Name = strings.TrimSpace(in.Name)
	if err := checkName(in.Name); err != nil {
		return URLKey{}, "", err
	}
	chain, err := s.chain(in.OrganizationID)
	if err != nil {
		return URLKey{}, "", err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if err := allowed(); err != nil {
		return URLKey{}, "", err
	}
	if len(s.urlKeys(k, in.OrganizationID)) >= k.max {
		return URLKey{}, "", fault.New(fault.Exhausted, "too_many", "the organisation has too many "+k.noun+"s")
	}
	if in.ID, err = newID(); err != nil {
		return URLKey{}, "", fmt.Errorf("create %s: %w", k.noun, err)
	}
	in.CreatedAt = s.now().UTC()
	key := newSecret()
	hash := hashOf(key)
	r := &urlKeyRecord{URLKey: in, Hash: hash[:]}
	err = s.batch("create "+k.noun, func(tx *kv.Tx) error {
		if err := k.stored.Put(tx, s.scope, r); err != nil {
			return err
		}
		return chain.note(tx, k.created, by, audit.Object{Type: k.object, ID: in.ID}, r.details())
	})
	if err != nil {
		return URLKey{}, "", err
	}
	s.mu.Lock()
	k.known[hash] = r
	s.mu.Unlock()
	return r.URLKey, key, nil
}

func (r *urlKeyRecord) details() map[string]any {
	details := map[string]any{"name": r.Name}
	if r.WorkflowID != "" {
		details["workflowId"] = r.WorkflowID
	}
	if r.OwnerID != "" {
		details["ownerId"] = r.OwnerID
	}
	return details
}

// urlKeys lists the organisation's keys, oldest first.
func (s *Store) urlKeys(k *urlKeyring, organizationID string) (all []URLKey) {
	for _, r := range s.urlKeyRecords(k, func(r *urlKeyRecord) bool { return r.OrganizationID == organizationID }) {
		all = append(all, r.URLKey)
	}
	return sortedByID(all, func(k *URLKey) string { return k.ID })
}

func (s *Store) urlKeyRecords(k *urlKeyring, wanted func(*urlKeyRecord) bool) (all []*urlKeyRecord) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range k.known {
		if wanted(r) {
			all = append(all, r)
		}
	}
	return all
}

// revokeURLKey ends a key at once and for good. An id that is unknown or another organisation's is ErrNotFound.
func (s *Store) revokeURLKey(k *urlKeyring, by audit.By, organizationID, id string) error {
	chain, err := s.chain(organizationID)
	if err != nil {
		return err
	}
	s.change.Lock()
	defer s.change.Unlock()
	gone := s.urlKeyRecords(k, func(r *urlKeyRecord) bool { return r.ID == id && r.OrganizationID == organizationID })
	if len(gone) == 0 {
		return ErrNotFound
	}
	err = s.batch("revoke "+k.noun, func(tx *kv.Tx) error { return s.deleteURLKeys(tx, k, chain, by, gone) })
	if err == nil {
		s.forgetURLKeys(k, gone)
	}
	return err
}

// deleteURLKeys removes keys from disk and notes it.
func (s *Store) deleteURLKeys(tx *kv.Tx, k *urlKeyring, c chain, by audit.By, gone []*urlKeyRecord) error {
	for _, r := range gone {
		if err := k.stored.Delete(tx, s.scope, r); err != nil {
			return err
		}
		if err := c.note(tx, k.revoked, by, audit.Object{Type: k.object, ID: r.ID}, r.details()); err != nil {
			return err
		}
	}
	return nil
}

// forgetURLKeys removes keys from memory, which ends them.
func (s *Store) forgetURLKeys(k *urlKeyring, gone []*urlKeyRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range gone {
		delete(k.known, r.hashed())
	}
}
