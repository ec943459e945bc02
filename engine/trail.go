package engine

import (
	"fmt"
	"sync"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// What the engine and the API note. A change is noted in its own transaction; reading is noted by Note and NoteSeldom.
const (
	eventPrioritised      = "monitoring.queue.prioritised"
	eventBoostForbidden   = "monitoring.queue.boost_forbidden"
	eventBoostAllowed     = "monitoring.queue.boost_allowed"
	eventRuleChanged      = "monitoring.deadline.rule.changed"
	eventRuleConfirmed    = "monitoring.deadline.rule.confirmed"
	eventClientRule       = "monitoring.deadline.client_rule.changed"
	eventFiled            = "monitoring.deadline.filed"
	eventStepDataRevealed = "monitoring.stepdata.revealed"
	eventSettingsChanged  = "monitoring.settings.changed"
	EventMetricsExported  = "monitoring.metrics.exported"
	EventStepDataViewed   = "monitoring.stepdata.viewed"
	EventSubscribed       = "monitoring.subscription.created"
	EventAuditRead        = "monitoring.audit.read"
	EventAuditExported    = "monitoring.audit.exported"
)

// The types of objects that entries are about.
const (
	ObjectExecution = "execution"
	ObjectWorkflow  = "workflow"
	ObjectRule      = "deadline_rule"
	ObjectClient    = "client"
	ObjectAudit     = "audit"
	ObjectSettings  = "settings"

	ObjectSubscription = "subscription"
)

// actorOf is who acts, as records keep it.
func actorOf(by audit.By) Actor { return Actor{ID: by.ID, Name: by.Name} }

// note adds an entry to the transaction of a change.
func (t *Tenant) note(tx *kv.Tx, event string, by audit.By, objectType, id string, details any) error {
	return audit.Append(tx, t.scope, t.engine.now(), audit.Entry{
		Event: event, By: by, Object: audit.Object{Type: objectType, ID: id}, Details: details,
	})
}

// Note adds an entry about what changes nothing here, an export for instance. It is durable when it returns; what is noted must not be given out after
// an error.
func (t *Tenant) Note(event string, by audit.By, object audit.Object, details any) error {
	err := t.engine.db.Batch(func(tx *kv.Tx) error { return t.note(tx, event, by, object.Type, object.ID, details) })
	if err != nil {
		return storeFault(err)
	}
	return nil
}

// NoteSeldom is Note at most once in five minutes for the same event, actor and object: who opens a page again adds nothing (D-06). An error is
// logged only: reading goes on while the disk is full.
func (t *Tenant) NoteSeldom(event string, by audit.By, object audit.Object, details any) {
	if !t.seldom.first(fmt.Sprintf("%s\x00%s\x00%s\x00%s", event, by.ID, object.Type, object.ID), t.engine.now()) {
		return
	}
	if err := t.Note(event, by, object, details); err != nil {
		t.engine.log.Error("note in the audit", "tenant", t.id, "event", event, "err", err)
	}
}

// Limits of what is noted seldom.
const (
	seldomWithin = 5 * time.Minute
	seldomMax    = 20_000 // that are remembered; beyond, the oldest round is forgotten
)

// seldom remembers what was noted in the last five minutes. The zero value is empty. Safe for concurrent use.
type seldom struct {
	mu    sync.Mutex // guards noted
	noted map[string]time.Time
}

// first reports whether the key was not seen within seldomWithin, and remembers it.
func (s *seldom) first(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.noted[key]; ok && now.Sub(at) < seldomWithin {
		return false
	}
	if len(s.noted) >= seldomMax {
		for k, at := range s.noted {
			if now.Sub(at) >= seldomWithin {
				delete(s.noted, k)
			}
		}
	}
	if s.noted == nil || len(s.noted) >= seldomMax {
		s.noted = map[string]time.Time{}
	}
	s.noted[key] = now
	return true
}

// Audit lists the organisation's entries, newest first: see audit.List.
func (t *Tenant) Audit(f audit.Filter, after []byte, limit int) ([]audit.Item, []byte, error) {
	return audit.List(t.engine.db, t.scope, f, after, limit)
}

// VerifyAudit checks the organisation's chain: see audit.Verify.
func (t *Tenant) VerifyAudit() (audit.Verdict, error) { return audit.Verify(t.engine.db, t.scope) }
