package notify

import (
	"fmt"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// lateWait is how long late records gather for one digest.
const lateWait = execution.Instant(time.Minute)

// Plan is what a transition of the record writes into the outbox: a row for each target, once. ordinal counts reminders, and is the level of
// escalations; else 0. Whom a resolve is told says Told. A silent record plans nothing; an acknowledgement is told in the app only.
// Targets of in_app are single users ("user:<id>"): their rows are delivered with the transaction.
func Plan(r *alert.Record, t alert.Transition, ordinal int, channels []Target, now execution.Instant) []Row {
	if r.Silent {
		return nil
	}
	var rows []Row
	seen := map[string]bool{}
	for _, to := range channels {
		key := RowKey(r.ID, t, ordinal, to)
		if seen[key] || (t == alert.AcknowledgedByOne && to.Type != InApp) {
			continue
		}
		seen[key] = true
		to.Secret = ""
		row := Row{
			Key: key, RecordID: r.ID, Transition: t, Ordinal: ordinal, To: to, Group: r.Type, Severity: r.Severity,
			TriggeredAt: r.TriggeredAt, CreatedAt: now, At: now, State: Queued, Late: r.Late,
		}
		row.begin(now)
		if to.Type == InApp {
			row.State, row.Attempts = Delivered, 1
		}
		rows = append(rows, row)
	}
	return rows
}

// Append writes rows into the organisation's outbox, and their items into the inboxes. A row whose key is there already is left out, so
// repeats are harmless. Call Dispatcher.Wake after the commit.
func Append(tx *kv.Tx, s kv.Scope, rows []Row) error {
	h, err := heads.Read(tx, s)
	if err != nil {
		return fmt.Errorf("append to outbox: %w", err)
	}
	before := *h
	for i := range rows {
		r := rows[i]
		if _, there := outbox.Lookup(tx, s, byKey, kv.AppendString(nil, r.Key)); there {
			continue
		}
		h.Row++
		r.Seq = h.Row
		if err := outbox.Replace(tx, s, nil, &r); err != nil {
			return fmt.Errorf("append to outbox: %w", err)
		}
		if r.To.Type != InApp {
			continue
		}
		item := InboxItem{RecordID: r.RecordID, Kind: string(r.Transition), Severity: r.Severity, At: r.CreatedAt, Late: r.Late}
		if err := addItem(tx, s, h, userOf(r.To), item); err != nil {
			return err
		}
	}
	if *h == before {
		return nil
	}
	if err := heads.Put(tx, s, h); err != nil {
		return fmt.Errorf("append to outbox: %w", err)
	}
	return nil
}

// Told are the targets that heard of the record, or will: those whom its resolve concerns.
func Told(tx *kv.Tx, s kv.Scope, recordID string) (targets []Target, err error) {
	rows, err := rowsOf(tx, s, recordID)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if name := string(r.To.Type) + "\x00" + r.To.Address; r.firing() && (r.open() || r.State == Delivered) && !seen[name] {
			seen[name] = true
			targets = append(targets, r.To)
		}
	}
	return targets, nil
}
