package engine

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// alertsExaminedMax bounds how many records one page looks at; beyond, its cursor goes on.
const alertsExaminedMax = 5_000

var errUnknownAlert = fault.New(fault.NotFound, "not_found", "no such alert")

// AlertFilter selects records. Empty fields select all; times are of the trigger, inclusive, execution.NoInstant for none.
type AlertFilter struct {
	Statuses                        []alert.RecordStatus
	Severities                      []alert.Severity
	RuleID, WorkflowID, ExecutionID string
	From, To                        execution.Instant
}

func (f *AlertFilter) matches(r *alert.Record) bool {
	return (len(f.Statuses) == 0 || slices.Contains(f.Statuses, r.Status)) &&
		(len(f.Severities) == 0 || slices.Contains(f.Severities, r.Severity)) &&
		(f.RuleID == "" || f.RuleID == r.RuleID) && (f.WorkflowID == "" || f.WorkflowID == r.WorkflowID) &&
		(f.ExecutionID == "" || f.ExecutionID == r.ExecutionID) &&
		(!f.From.Present() || r.TriggeredAt >= f.From) && (!f.To.Present() || r.TriggeredAt <= f.To)
}

// index is the narrowest index for the filter, and its prefix; "" when all records must be read.
func (f *AlertFilter) index() (name string, prefix []byte) {
	switch {
	case f.ExecutionID != "":
		return byAlertRun, kv.AppendString(nil, f.ExecutionID)
	case f.RuleID != "":
		return byAlertRule, kv.AppendString(nil, f.RuleID)
	case f.WorkflowID != "":
		return byAlertWorkflow, kv.AppendString(nil, f.WorkflowID)
	case len(f.Statuses) == 1:
		return byAlertStatus, kv.AppendString(nil, string(f.Statuses[0]))
	case len(f.Severities) == 1:
		return byAlertSeverity, kv.AppendString(nil, string(f.Severities[0]))
	}
	return "", nil
}

// Alerts lists records, newest first; next is "" after the last. A page may hold fewer than limit and have a next. What is about a client whom the handle
// does not show is left out. A bad cursor is fault.Invalid.
func (t *Tenant) Alerts(f AlertFilter, cursor string, limit int) (items []alert.Record, next string, err error) {
	index, prefix := f.index()
	span := kv.Span{Prefix: prefix, Reverse: true}
	if cursor != "" {
		raw, err := hex.DecodeString(cursor)
		if err != nil || !bytes.HasPrefix(raw, prefix) {
			return nil, "", errBadCursor
		}
		span.After = raw
	}
	examined, more := 0, false
	err = t.engine.db.View(func(tx *kv.Tx) (err error) {
		visit := func(entry, id []byte) bool {
			if more = len(items) == limit || examined == alertsExaminedMax; more {
				return false
			}
			var r *alert.Record
			if r, err = alertRecords.Get(tx, t.scope, slices.Clone(id)); err != nil {
				return false
			}
			examined++
			next = hex.EncodeToString(entry)
			if f.From.Present() && r.TriggeredAt < f.From {
				return false // ids rise with the time of the trigger
			}
			if t.seesAlert(r) && f.matches(r) {
				items = append(items, *r)
			}
			return true
		}
		if index == "" {
			alertRecords.ScanRaw(tx, t.scope, span, func(key, _ []byte) bool { return visit(key, key) })
		} else {
			alertRecords.ScanIndex(tx, t.scope, index, span, visit)
		}
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list alerts: %w", err)
	}
	if !more {
		next = ""
	}
	return items, next, nil
}

// Alert is one record; fault.NotFound when it is unknown, or about a client whom the handle does not show.
func (t *Tenant) Alert(id string) (r *alert.Record, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		r, err = alertRecords.Get(tx, t.scope, []byte(id))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) || err == nil && !t.seesAlert(r) {
		return nil, errUnknownAlert
	}
	if err != nil {
		return nil, fmt.Errorf("alert %s: %w", id, err)
	}
	return r, nil
}

// AcknowledgeAlert notes who takes care of an alert. The first acknowledgement stands: who repeats it gets its data. One that is resolved is
// fault.Conflict.
func (t *Tenant) AcknowledgeAlert(id, comment string, by audit.By) (*alert.Record, error) {
	return t.actOnAlert(id, comment, func(w *alertWork, r *alert.Record) (bool, error) {
		changed, wrong := r.Acknowledge(personOf(by), comment, w.now)
		if wrong != nil {
			return false, wrong
		}
		if !changed {
			return false, nil
		}
		w.note(audit.AlertAcknowledged, by, r, map[string]any{"alertId": r.RuleID, "userId": by.ID})
		w.tell(r, alert.AcknowledgedByOne)
		return true, nil
	})
}

// ResolveAlert closes an alert. Repeating it changes nothing.
func (t *Tenant) ResolveAlert(id, comment string, by audit.By) (*alert.Record, error) {
	return t.actOnAlert(id, comment, func(w *alertWork, r *alert.Record) (bool, error) {
		if !r.Resolve(personOf(by), comment, w.now) {
			return false, nil
		}
		w.noteResolved(r, by)
		w.tell(r, alert.ResolvedAway)
		return true, nil
	})
}

func personOf(by audit.By) alert.Person { return alert.Person{ID: by.ID, Name: by.Name} }

// EscalateAlert passes an alert on to the next level.
func (t *Tenant) EscalateAlert(id, comment string, by audit.By) (*alert.Record, error) {
	return t.actOnAlert(id, comment, func(w *alertWork, r *alert.Record) (bool, error) { return w.escalate(r, by, comment), w.err })
}

// escalate passes a record on, and reports whether that was possible.
func (w *alertWork) escalate(r *alert.Record, by audit.By, comment string) bool {
	if err := r.Escalate(personOf(by), comment, w.now); err != nil {
		w.err = errors.Join(w.err, err)
		return false
	}
	r.NextEscalation = w.tenant.nextEscalation(r, w.now)
	w.note(audit.AlertEscalated, by, r, map[string]any{"alertId": r.RuleID, "level": r.EscalationLevel})
	w.tell(r, alert.EscalatedUp)
	return true
}

// actOnAlert lets somebody change one record. When do reports that nothing has changed, the record is answered as it is.
func (t *Tenant) actOnAlert(id, comment string, do func(w *alertWork, r *alert.Record) (changed bool, err error)) (*alert.Record, error) {
	stored, err := t.Alert(id)
	if err != nil {
		return nil, err
	}
	if wrong := alert.CheckComment(comment); wrong != nil {
		return nil, wrong
	}
	err = t.alterAlerts(func(w *alertWork) error {
		r := w.record(id)
		if r == nil { // resolved, meanwhile or long ago
			if r, err = alertRecords.Get(w.tx, t.scope, []byte(id)); err != nil {
				return err
			}
		}
		stored = r
		changed, err := do(w, r)
		if err != nil {
			return err
		}
		if !changed {
			w.drop(id)
			return nil
		}
		w.follow(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// follow lets the state of a record's scope know what became of it.
func (w *alertWork) follow(r *alert.Record) {
	k := stateKey{r.RuleID, r.Key}
	s := *w.state(k)
	if s.RecordID == r.ID {
		s.Follow(r)
		w.states[k] = &s
	}
}

// drop forgets a record that was taken for changing and has not changed.
func (w *alertWork) drop(id string) {
	delete(w.records, id)
	w.order = slices.DeleteFunc(w.order, func(other string) bool { return other == id })
}

// seesAlert reports whether the handle shows an alert: one about an execution as it shows the execution, one about a queue or a machine always.
func (t *Tenant) seesAlert(r *alert.Record) bool {
	return r.ExecutionID == "" && r.ClientRef == "" || t.sees(r.ClientRef)
}
