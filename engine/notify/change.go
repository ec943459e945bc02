package notify

import (
	"errors"
	"fmt"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// Bounds of the rows that one transaction changes, so that it keeps nobody waiting: of clean-ups, and of what is being sent, which comes in the midst of the
// day.
const (
	sliceMax     = 200
	sendSliceMax = 50
)

// fallbackSliceMax is that of rows of which a fallback is considered: all targets of a network that is down ask for them at once.
const fallbackSliceMax = 20

// edit changes the row if it is still open, and returns it as it is then; nil: it is not open any more.
func edit(tx *kv.Tx, s kv.Scope, seq uint64, fn func(r *Row)) (*Row, error) {
	old, err := outbox.Get(tx, s, rowKey(seq))
	if errors.Is(err, kv.ErrNotFound) || (err == nil && !old.open()) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("outbox row %d: %w", seq, err)
	}
	r := *old
	fn(&r)
	if err := outbox.Replace(tx, s, old, &r); err != nil {
		return nil, fmt.Errorf("outbox row %d: %w", seq, err)
	}
	return &r, nil
}

// stateSeqs are the first rows of a state.
func stateSeqs(tx *kv.Tx, s kv.Scope, state State, limit int) (seqs []uint64, err error) {
	outbox.ScanIndex(tx, s, byState, kv.Span{Prefix: kv.AppendString(nil, state)}, func(_, primary []byte) bool {
		var seq uint64
		if seq, _, err = kv.ReadUint64(primary); err == nil {
			seqs = append(seqs, seq)
		}
		return err == nil && len(seqs) < limit
	})
	return seqs, err
}

// apply makes the changes, tells the audit of dead rows and the inboxes that something did not arrive.
func apply(tx *kv.Tx, o Office, changes []change, now execution.Instant) error {
	var dead []*Row
	for _, c := range changes {
		r, err := edit(tx, o.Scope(), c.seq, c.edit)
		if err != nil {
			return err
		}
		if r != nil && r.State == Dead {
			dead = append(dead, r)
		}
	}
	return bury(tx, o, dead, now)
}

// bury notes dead rows, and puts one item about them into the inboxes of those who look after alerts.
func bury(tx *kv.Tx, o Office, dead []*Row, now execution.Instant) error {
	if len(dead) == 0 {
		return nil
	}
	for _, r := range dead {
		if err := o.Noted(tx, r); err != nil {
			return fmt.Errorf("note delivery: %w", err)
		}
	}
	users, err := o.Overseers(tx)
	if err != nil {
		return fmt.Errorf("who looks after alerts: %w", err)
	}
	h, err := heads.Read(tx, o.Scope())
	if err != nil {
		return err
	}
	first := dead[0]
	for _, user := range users {
		item := InboxItem{
			RecordID: first.RecordID, Kind: undeliveredTag, Severity: first.Severity, At: now, Channel: first.To.Type, Target: first.To.Masked(),
			Error: first.LastError, Count: len(dead),
		}
		if err := addItem(tx, o.Scope(), h, user, item); err != nil {
			return err
		}
	}
	return heads.Put(tx, o.Scope(), h)
}

// fallBack tells the next target of what this row's target does not get; once for each transition of a record.
func fallBack(tx *kv.Tx, o Office, seq uint64, now execution.Instant) error {
	old, err := outbox.Get(tx, o.Scope(), rowKey(seq))
	if errors.Is(err, kv.ErrNotFound) || (err == nil && (old.FellBack || old.Fallback)) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("outbox row %d: %w", seq, err)
	}
	planned, err := planFallBack(tx, o, old, now, nil)
	if err != nil {
		return err
	}
	r := *old
	r.FellBack = true
	if err := outbox.Replace(tx, o.Scope(), old, &r); err != nil {
		return fmt.Errorf("outbox row %d: %w", seq, err)
	}
	return appendPlanned(tx, o, planned, now)
}

// appendPlanned appends rows that the outbox has planned by itself.
func appendPlanned(tx *kv.Tx, o Office, rows []Row, now execution.Instant) error {
	if err := o.Planned(tx, rows, now); err != nil {
		return fmt.Errorf("plan messages: %w", err)
	}
	return Append(tx, o.Scope(), rows)
}

// planFallBack is what a fallback of the row appends. It only reads, so that a look at many rows holds up nobody who writes. What first says no to was
// considered for another target: all of them lead to the same.
func planFallBack(tx *kv.Tx, o Office, r *Row, now execution.Instant, first func(transition string) bool) ([]Row, error) {
	if first != nil && !first(r.transition()) {
		return nil, nil
	}
	record, err := o.Record(tx, r.RecordID)
	if errors.Is(err, kv.ErrNotFound) || (err == nil && record.Status == alert.Resolved) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fall back: %w", err)
	}
	rows, err := rowsOf(tx, o.Scope(), r.RecordID)
	if err != nil {
		return nil, err
	}
	tried := map[string]bool{}
	var targets []Target
	for _, other := range rows {
		if other.Transition != r.Transition || other.Ordinal != r.Ordinal {
			continue
		}
		if other.Fallback || (other.State == Delivered && other.To.Type != InApp) {
			return nil, nil
		}
		tried[RowKey("", "", 0, other.To)] = true
		targets = append(targets, other.To)
	}
	next, err := o.Fallback(tx, record, targets)
	if err != nil {
		return nil, fmt.Errorf("fall back: %w", err)
	}
	for _, to := range next {
		if tried[RowKey("", "", 0, to)] {
			continue
		}
		planned := Plan(record, r.Transition, r.Ordinal, []Target{to}, now)
		for i := range planned {
			planned[i].Fallback = true
		}
		return planned, nil
	}
	return nil, nil
}

// tellOver tells the row's target that the record is resolved, and that it had begun: the row itself came too late.
func tellOver(tx *kv.Tx, o Office, w *ready, now execution.Instant) error {
	rows := Plan(w.record, alert.ResolvedAway, 0, []Target{w.row.To}, now)
	for i := range rows {
		rows[i].Delayed = true
		stored, there := outbox.Lookup(tx, o.Scope(), byKey, kv.AppendString(nil, rows[i].Key))
		if !there {
			continue
		}
		old, err := outbox.Get(tx, o.Scope(), append([]byte(nil), stored...))
		if err != nil {
			return fmt.Errorf("tell of a resolve: %w", err)
		}
		if old.open() || old.State == Delivered {
			return nil
		}
		again := rows[i]
		again.Seq, again.CreatedAt, again.At = old.Seq, old.CreatedAt, now
		return outbox.Replace(tx, o.Scope(), old, &again)
	}
	return Append(tx, o.Scope(), rows)
}
