package notify

import (
	"errors"
	"fmt"
	"slices"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// ForgetTexts removes what was said in messages about the records, and what was said in any message whose text names. The rows stay, without
// what servers answered: that messages went out, when and to whom is no text. It returns how many texts are gone.
func ForgetTexts(tx *kv.Tx, s kv.Scope, records []string, names func(text string) bool) (forgotten int, err error) {
	said := map[uint64]bool{}
	for _, id := range records {
		rows, err := rowsOf(tx, s, id)
		if err != nil {
			return 0, fmt.Errorf("forget messages: %w", err)
		}
		for _, r := range rows {
			said[r.Seq] = true
			if r.LastError == "" {
				continue
			}
			blank := *r
			blank.LastError = ""
			if err := outbox.Replace(tx, s, r, &blank); err != nil {
				return 0, fmt.Errorf("forget messages: %w", err)
			}
		}
	}
	var gone []*body
	err = bodies.Scan(tx, s, kv.Span{}, func(_ []byte, b *body) (bool, error) {
		if names(b.Subject) || names(b.Text) || slices.ContainsFunc(b.Rows, func(seq uint64) bool { return said[seq] }) {
			gone = append(gone, b)
		}
		return true, nil
	})
	for _, b := range gone {
		err = errors.Join(err, bodies.Delete(tx, s, b))
	}
	if err != nil {
		return 0, fmt.Errorf("forget messages: %w", err)
	}
	return len(gone), nil
}

// ForgetTrials removes rows from before a time whose records' ids begin with prefix, of at most 200 records: messages by which somebody tried
// channels. Call it until it returns 0.
func ForgetTrials(tx *kv.Tx, s kv.Scope, prefix string, before execution.Instant) (forgotten int, err error) {
	var ids []string
	outbox.ScanIndex(tx, s, byRecord, kv.Span{Prefix: []byte(prefix)}, func(_, primary []byte) bool {
		var r *Row
		if r, err = outbox.Get(tx, s, slices.Clone(primary)); err != nil || r.CreatedAt >= before {
			return false // ids rise with time
		}
		if len(ids) == 0 || ids[len(ids)-1] != r.RecordID {
			ids = append(ids, r.RecordID)
		}
		return len(ids) < sliceMax
	})
	for _, id := range ids {
		err = errors.Join(err, Forget(tx, s, id))
	}
	if err != nil {
		return 0, fmt.Errorf("forget trials: %w", err)
	}
	return len(ids), nil
}
