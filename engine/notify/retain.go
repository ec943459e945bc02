package notify

import (
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// Retain removes texts of messages after 30 days and items of inboxes after 90, at most 200 of each, within the caller's transaction. Call it
// until it returns 0. Deliveries go with their record: see Forget.
func Retain(tx *kv.Tx, s kv.Scope, now execution.Instant) (removed int, err error) {
	n, err := dropOld(tx, s, bodies, bodyEnd(now))
	if err != nil {
		return 0, fmt.Errorf("retain messages: %w", err)
	}
	m, err := dropOld(tx, s, inbox, inboxEnd(now))
	if err != nil {
		return 0, fmt.Errorf("retain inboxes: %w", err)
	}
	return n + m, nil
}

func dropOld[T any](tx *kv.Tx, s kv.Scope, c *kv.Collection[T], end execution.Instant) (n int, err error) {
	return dropBy(tx, s, c, byTime, kv.Span{To: kv.AppendInt64(nil, int64(end))})
}

// dropBy removes at most sliceMax of what an index finds.
func dropBy[T any](tx *kv.Tx, s kv.Scope, c *kv.Collection[T], index string, span kv.Span) (n int, err error) {
	var keys [][]byte
	c.ScanIndex(tx, s, index, span, func(_, primary []byte) bool {
		keys = append(keys, append([]byte(nil), primary...))
		return len(keys) < sliceMax
	})
	for _, key := range keys {
		v, err := c.Get(tx, s, key)
		if err != nil {
			return n, err
		}
		if err := c.Replace(tx, s, v, nil); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Forget removes all that is about a record: its rows, sent or not, what messages with them said, and items of inboxes. Rows are few.
func Forget(tx *kv.Tx, s kv.Scope, recordID string) error {
	rows, err := rowsOf(tx, s, recordID)
	if err != nil {
		return fmt.Errorf("forget deliveries: %w", err)
	}
	for _, r := range rows {
		if r.Message != 0 {
			if err := bodies.Delete(tx, s, &body{Seq: r.Message}); err != nil {
				return fmt.Errorf("forget deliveries: %w", err)
			}
		}
		if err := outbox.Replace(tx, s, r, nil); err != nil {
			return fmt.Errorf("forget deliveries: %w", err)
		}
	}
	for {
		n, err := dropBy(tx, s, inbox, byRecord, kv.Span{Prefix: kv.AppendString(nil, recordID)})
		if err != nil {
			return fmt.Errorf("forget inbox: %w", err)
		}
		if n < sliceMax {
			return nil
		}
	}
}

// Restored ends what a restored backup had not sent, at most 200 rows a call: they may have been sent since, and are old. Call it until it
// returns 0, before Dispatcher.Run. Whoever wants them sent says Resend.
func Restored(tx *kv.Tx, s kv.Scope, now execution.Instant) (ended int, err error) {
	for _, state := range []State{Sending, Retrying, Queued} {
		seqs, err := stateSeqs(tx, s, state, sliceMax-ended)
		if err != nil {
			return ended, fmt.Errorf("end restored deliveries: %w", err)
		}
		for _, seq := range seqs {
			if _, err := edit(tx, s, seq, func(r *Row) { r.State, r.LastError, r.At = Dead, whyRestored, now }); err != nil {
				return ended, fmt.Errorf("end restored deliveries: %w", err)
			}
			ended++
		}
		if ended >= sliceMax {
			break
		}
	}
	return ended, nil
}
