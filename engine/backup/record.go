package backup

import (
	"encoding/binary"
	"fmt"
	"time"

	"flowwatch/kv"
)

// Record is what is known of one attempt. It stands in the appliance's own scope.
type Record struct {
	StartedAt  time.Time     `json:"startedAt"`
	Duration   time.Duration `json:"duration"`
	Name       string        `json:"name"`      // of the file, "" when none came of it
	SizeBytes  int64         `json:"sizeBytes"` // of the file
	Database   int64         `json:"database"`  // bytes of the database in it
	VerifiedAt time.Time     `json:"verifiedAt"`
	Error      string        `json:"error"` // "": it was restored and found sound

	Present bool `json:"-"` // the file is still where it was put
}

// records holds the attempts by time.
var records = kv.NewCollection("backups", recordSpec())

func recordSpec() kv.Spec[Record] {
	encode, decode := kv.JSON[Record]()
	key := func(dst []byte, r *Record) []byte { return appendKey(dst, r.StartedAt.UnixMilli()) }
	return kv.Spec[Record]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

func appendKey(dst []byte, ms int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(max(0, ms)))
}

// Collections lists what the package stores, for kv's check.
func Collections() []kv.Checker { return []kv.Checker{records} }

// put stores a record and forgets those that tell of nothing any more: older than keep, except the last good one.
func put(tx *kv.Tx, s kv.Scope, r *Record, keep time.Duration) error {
	if err := records.Put(tx, s, r); err != nil {
		return fmt.Errorf("note backup: %w", err)
	}
	var old []*Record
	err := records.Scan(tx, s, kv.Span{To: appendKey(nil, r.StartedAt.Add(-keep).UnixMilli())}, func(_ []byte, r *Record) (bool, error) {
		old = append(old, r)
		return len(old) < forgottenEach, nil
	})
	if err != nil {
		return fmt.Errorf("forget backups: %w", err)
	}
	good := r.Error == ""
	for i := len(old) - 1; i >= 0; i-- {
		if !good && old[i].Error == "" {
			good = true
			continue
		}
		if err := records.Delete(tx, s, old[i]); err != nil {
			return fmt.Errorf("forget backups: %w", err)
		}
	}
	return nil
}

// list returns up to limit records before a time, newest first; a zero time is the end.
func list(tx *kv.Tx, s kv.Scope, before time.Time, limit int) (all []Record, err error) {
	span := kv.Span{Reverse: true}
	if !before.IsZero() {
		span.To = appendKey(nil, before.UnixMilli())
	}
	err = records.Scan(tx, s, span, func(_ []byte, r *Record) (bool, error) {
		all = append(all, *r)
		return len(all) < limit, nil
	})
	return all, err
}
