package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// auditLookedAt bounds the entries of the audit that one transaction of an erasure looks at.
const auditLookedAt = 2_000

// erasedNames are whom an erasure is about, as alerts and views name them.
type erasedNames struct {
	client string          // "": none
	ids    map[string]bool // of executions, of the client too
}

func (n *erasedNames) run(executionID, client string) bool {
	return n.client != "" && n.client == client || n.ids[executionID]
}

// text reports whether a message names one of them.
func (n *erasedNames) text(text string) bool {
	if n.client != "" && strings.Contains(text, n.client) {
		return true
	}
	return n.execution(text)
}

// execution reports whether a text has the id of one of the executions.
func (n *erasedNames) execution(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("._:-", r)
	})
	return slices.ContainsFunc(words, func(word string) bool {
		return n.run(word, "") || n.run(strings.TrimRight(word, "._:-"), "")
	})
}

// details reports whether an entry of the audit names one of them.
func (n *erasedNames) details(text []byte) bool {
	var d struct {
		ExecutionID string `json:"executionId"`
	}
	return bytes.Contains(text, []byte("executionId")) && json.Unmarshal(text, &d) == nil && n.run(d.ExecutionID, "")
}

// blank takes out of a record what names them, and reports whether anything did. That there was an alert, when and of which workflow stays.
func (n *erasedNames) blank(r *alert.Record) bool {
	if n.run(r.ExecutionID, r.ClientRef) {
		at := r.Facts.At
		r.ExecutionID, r.ClientRef, r.Facts = "", "", noFacts()
		r.Facts.At = at
		for i := range r.Comments {
			r.Comments[i].Text = ""
		}
		return true
	}
	before := len(r.Facts.Recent)
	named := n.run(r.Facts.OldestExecution, "")
	if named {
		r.Facts.OldestExecution = ""
	}
	r.Facts.Recent = slices.DeleteFunc(slices.Clone(r.Facts.Recent), func(f alert.RecentFailure) bool { return n.run(f.ExecutionID, f.ClientRef) })
	return named || len(r.Facts.Recent) < before
}

// forget takes them out of what a rule remembers, and reports whether anything was there.
func (n *erasedNames) forget(s *alert.State) bool {
	changed := false
	if h := s.Hushed; h != nil && (h.Run != nil && n.run(h.Run.ExecutionID, h.Run.ClientRef) || n.run(h.Facts.OldestExecution, "") ||
		slices.ContainsFunc(h.Facts.Recent, func(f alert.RecentFailure) bool { return n.run(f.ExecutionID, f.ClientRef) })) {
		s.Hushed, changed = nil, true
	}
	if at := slices.Index(s.Clients, n.client); n.client != "" && at >= 0 {
		s.Clients = slices.Delete(slices.Clone(s.Clients), at, at+1)
		if at < len(s.FailedAt) {
			s.FailedAt = slices.Delete(slices.Clone(s.FailedAt), at, at+1)
		}
		changed = true
	}
	kept := slices.DeleteFunc(slices.Clone(s.Executions), func(id string) bool { return n.run(id, "") })
	if len(kept) < len(s.Executions) {
		s.Executions, changed = kept, true
	}
	return changed
}

// eraseAlerts takes out of alerts, messages, their audit and what rules remember what names whom an erasure is about. Done twice it changes nothing more.
func (t *Tenant) eraseAlerts(n *erasedNames, counts *ErasureCounts) error {
	named, err := t.alertsNaming(n)
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(named, removedAtOnce) {
		if err := t.alterAlerts(func(w *alertWork) error { return w.blank(ids, n) }); err != nil {
			return fmt.Errorf("erase alerts: %w", err)
		}
		counts.Alerts += int64(len(ids))
	}
	if err := t.alterAlerts(func(w *alertWork) error { w.forgetNames(n); return nil }); err != nil {
		return fmt.Errorf("erase what rules remember: %w", err)
	}
	if err := t.eraseMessages(named, n, counts); err != nil {
		return err
	}
	return t.eraseAlertAudit(n, counts)
}

// namesOf are the names of a target. Which executions are a client's is known only as long as they are stored.
func (t *Tenant) namesOf(g *ErasureTarget) (*erasedNames, error) {
	n := &erasedNames{client: g.ClientRef, ids: map[string]bool{}}
	for _, id := range g.ExecutionIDs {
		n.ids[id] = true
	}
	if g.ClientRef == "" {
		return n, nil
	}
	t.view.RLock()
	for id, l := range t.shown {
		if l.ClientRef == g.ClientRef {
			n.ids[id] = true
		}
	}
	t.view.RUnlock()
	var failed error
	err := t.engine.db.View(func(tx *kv.Tx) error {
		documents.ScanIndex(tx, t.scope, byClient, kv.Span{Prefix: kv.AppendString(nil, g.ClientRef)}, func(_, primary []byte) bool {
			d, err := documents.Get(tx, t.scope, slices.Clone(primary))
			if failed = err; err == nil {
				n.ids[d.summary.ExecutionID] = true
			}
			return err == nil
		})
		return failed
	})
	if err != nil {
		return nil, fmt.Errorf("look for a client's executions: %w", err)
	}
	return n, nil
}

// alertsNaming are the ids of records that name them.
func (t *Tenant) alertsNaming(n *erasedNames) (ids []string, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return alertRecords.Scan(tx, t.scope, kv.Span{}, func(_ []byte, r *alert.Record) (bool, error) {
			if copied := *r; n.blank(&copied) {
				ids = append(ids, r.ID)
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("look for alerts: %w", err)
	}
	return ids, nil
}

// blank blanks records, whether they are resolved or not.
func (w *alertWork) blank(ids []string, n *erasedNames) error {
	for _, id := range ids {
		r := w.record(id)
		if r == nil {
			var err error
			if r, err = alertRecords.Get(w.tx, w.tenant.scope, []byte(id)); errors.Is(err, kv.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
			w.change(r)
		}
		r.Comments = slices.Clone(r.Comments)
		n.blank(r)
	}
	return nil
}

func (w *alertWork) forgetNames(n *erasedNames) {
	for k, s := range w.tenant.alerts.states {
		copied := *s
		if n.forget(&copied) {
			w.states[k] = &copied
		}
	}
	w.after = append(w.after, func() { w.tenant.alerts.histories = map[string]*alert.History{} })
}

func (t *Tenant) eraseMessages(records []string, n *erasedNames, counts *ErasureCounts) error {
	gone := 0
	err := t.engine.db.Batch(func(tx *kv.Tx) (err error) {
		gone, err = notify.ForgetTexts(tx, t.scope, records, n.text)
		return err
	})
	counts.Messages += int64(gone)
	return storeFault(err)
}

func (t *Tenant) eraseAlertAudit(n *erasedNames, counts *ErasureCounts) error {
	for after := uint64(0); ; {
		erased, next := 0, uint64(0)
		err := t.engine.db.Batch(func(tx *kv.Tx) (err error) {
			erased, next, err = audit.EraseDetailsNaming(tx, t.scope, ObjectAlert, n.details, after, auditLookedAt)
			return err
		})
		if err != nil {
			return storeFault(err)
		}
		counts.AuditDetails += int64(erased)
		if after = next; next == 0 {
			return nil
		}
	}
}
