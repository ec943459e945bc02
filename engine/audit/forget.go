package audit

import (
	"fmt"
	"time"

	"flowwatch/kv"
)

// ErasePerson removes name and address of an actor from the chain's entries, which stay whole; the actor's id stays too. It looks at limit entries
// behind the number after, and says where to go on; 0: at the end.
func ErasePerson(tx *kv.Tx, s kv.Scope, actorID string, after uint64, limit int) (erased int, next uint64, err error) {
	return eraseWhere(tx, s, after, limit, func(r *record) bool {
		if r.ActorID != actorID || r.Who.erased() {
			return false
		}
		r.Who.Salt, r.Who.Text = nil, nil
		return true
	})
}

// EraseDetails removes the details of all entries about one object, which stay in the chain.
func EraseDetails(tx *kv.Tx, s kv.Scope, o Object) (erased int, err error) {
	var keys [][]byte
	records.ScanIndex(tx, s, byObject, kv.Span{Prefix: objectKey(o)}, func(_, primary []byte) bool {
		keys = append(keys, append([]byte(nil), primary...))
		return true
	})
	for _, key := range keys {
		r, err := records.Get(tx, s, key)
		if err != nil {
			return erased, fmt.Errorf("erase audit details: %w", err)
		}
		if r.Details.erased() {
			continue
		}
		r.Details.Salt, r.Details.Text = nil, nil
		if err := records.Put(tx, s, r); err != nil {
			return erased, fmt.Errorf("erase audit details: %w", err)
		}
		erased++
	}
	return erased, nil
}

// EraseDetailsNaming removes the details of entries about objects of a type whose details names says so of, as JSON. It looks at limit entries behind
// the number after, and says where to go on; 0: at the end.
func EraseDetailsNaming(
	tx *kv.Tx, s kv.Scope, objectType string, names func(details []byte) bool, after uint64, limit int,
) (erased int, next uint64, err error) {
	return eraseWhere(tx, s, after, limit, func(r *record) bool {
		if r.ObjectType != objectType || r.Details.erased() || !names(r.Details.Text) {
			return false
		}
		r.Details.Salt, r.Details.Text = nil, nil
		return true
	})
}

func eraseWhere(tx *kv.Tx, s kv.Scope, after uint64, limit int, change func(r *record) bool) (erased int, next uint64, err error) {
	var changed []*record
	n := 0
	err = records.Scan(tx, s, kv.Span{From: recordKey(after + 1)}, func(_ []byte, r *record) (bool, error) {
		if n == limit {
			next = r.Seq - 1
			return false, nil
		}
		n++
		if change(r) {
			changed = append(changed, r)
		}
		return true, nil
	})
	for _, r := range changed {
		if err == nil {
			err = records.Put(tx, s, r)
		}
	}
	if err != nil {
		return 0, 0, fmt.Errorf("erase audit names: %w", err)
	}
	return len(changed), next, nil
}

// Drop removes at most limit of the oldest entries that are from before the time, and keeps the hash of the last one, so that the rest can still be
// verified. It stops at the first entry that is newer. more says that there are others to drop.
func Drop(tx *kv.Tx, s kv.Scope, before time.Time, limit int) (dropped int, more bool, err error) {
	h, err := heads.Read(tx, s)
	if err != nil {
		return 0, false, fmt.Errorf("drop audit: %w", err)
	}
	var old []*record
	err = records.Scan(tx, s, kv.Span{}, func(_ []byte, r *record) (bool, error) {
		if r.AtMs >= before.UnixMilli() {
			return false, nil
		}
		if len(old) == limit {
			more = true
			return false, nil
		}
		old = append(old, r)
		return true, nil
	})
	for _, r := range old {
		if err == nil {
			err = records.Replace(tx, s, r, nil)
		}
	}
	if err == nil && len(old) > 0 {
		last := old[len(old)-1]
		h.Dropped, h.Base = last.Seq, last.Hash
		err = heads.Put(tx, s, h)
	}
	if err != nil {
		return 0, false, fmt.Errorf("drop audit: %w", err)
	}
	return len(old), more, nil
}
