package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"

	"flowwatch/kv"
)

// verifiedAtOnce is how many entries are checked in one read transaction.
const verifiedAtOnce = 10_000

// Verdict is what a check of a chain has found.
type Verdict struct {
	OK          bool    `json:"ok"`
	Checked     uint64  `json:"checked"`     // entries that are there
	FirstBroken *string `json:"firstBroken"` // id of the first wrong entry, or the number of one that is missing
	Erased      uint64  `json:"erased"`      // entries whose texts were erased
	Dropped     uint64  `json:"dropped"`     // entries that were older than their retention
	Last        uint64  `json:"last"`        // the number of the newest entry
	Head        string  `json:"head"`        // the newest hash, hexadecimal: note it elsewhere
}

// Verify checks the whole chain: each entry's hash, each text's digest, no gap, and that its ends are where they should be. Entries that come
// meanwhile are not looked at. Errors are the store's.
func Verify(db *kv.DB, s kv.Scope) (v Verdict, err error) {
	var end head
	var w walk
	if err = db.View(func(tx *kv.Tx) error {
		h, err := heads.Read(tx, s)
		if err != nil {
			return err
		}
		end = *h
		w = walk{seq: end.Dropped, hash: end.Base, end: end.Seq}
		if first, last := ends(tx, s); first < end.Dropped+1 || last > end.Seq {
			w.broken = fmt.Sprint(end.Seq + 1) // entries outside the chain
		}
		return nil
	}); err != nil {
		return v, fmt.Errorf("verify audit: %w", err)
	}
	for more := w.broken == ""; more; {
		if err = db.View(func(tx *kv.Tx) error { more, err = w.on(tx, s); return err }); err != nil {
			return v, fmt.Errorf("verify audit: %w", err)
		}
	}
	w.finish(&end)
	return Verdict{
		OK: w.broken == "", Checked: w.checked, FirstBroken: orNull(w.broken), Erased: w.erased, Dropped: end.Dropped, Last: end.Seq,
		Head: hex.EncodeToString(end.Hash),
	}, nil
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// ends are the numbers of the oldest and newest stored entry; of none, what any chain's ends agree with.
func ends(tx *kv.Tx, s kv.Scope) (first, last uint64) {
	first = math.MaxUint64
	records.ScanRaw(tx, s, kv.Span{}, func(key, _ []byte) bool {
		first, _, _ = kv.ReadUint64(key)
		return false
	})
	records.ScanRaw(tx, s, kv.Span{Reverse: true}, func(key, _ []byte) bool {
		last, _, _ = kv.ReadUint64(key)
		return false
	})
	return first, last
}

// walk goes along a chain.
type walk struct {
	seq, end        uint64 // the entry that was checked last, and the last to be checked
	hash            []byte // of the entry that was checked last
	checked, erased uint64
	broken          string
}

// on checks the next entries; more is false at the end or at what is broken. An entry that cannot be read is broken.
func (w *walk) on(tx *kv.Tx, s kv.Scope) (more bool, err error) {
	n := 0
	rest := kv.Span{From: recordKey(w.seq + 1), To: recordKey(w.end + 1)}
	err = records.Scan(tx, s, rest, func(_ []byte, r *record) (bool, error) {
		n++
		w.step(r)
		return w.broken == "" && n < verifiedAtOnce, nil
	})
	if err != nil {
		w.broken, err = fmt.Sprint(w.seq+1), nil
	}
	return w.broken == "" && n == verifiedAtOnce, err
}

// step checks the entry behind the last one.
func (w *walk) step(r *record) {
	switch {
	case r.Seq != w.seq+1:
		w.broken = fmt.Sprint(w.seq + 1)
		return
	case !r.Who.holds() || !r.Details.holds() || !bytes.Equal(r.chained(w.hash), r.Hash):
		w.broken = r.ID
		return
	}
	w.seq, w.hash = r.Seq, r.Hash
	w.checked++
	if r.Who.erased() || r.Details.erased() {
		w.erased++
	}
}

// finish checks that the chain ends with the head.
func (w *walk) finish(end *head) {
	if w.broken == "" && (w.seq != end.Seq || !bytes.Equal(w.hash, end.Hash)) {
		w.broken = fmt.Sprint(w.seq + 1)
	}
}
