package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// What the engine and the API note. A change is noted in its own transaction; reading is noted by Note and NoteSeldom.
const (
	EventMetricsExported = audit.MetricsExported
	EventStepDataViewed  = audit.StepDataViewed
	EventErrorViewed     = audit.ErrorViewed
	EventSubscribed      = audit.Subscribed
	EventAuditRead       = audit.Read
	EventAuditExported   = audit.Exported

	EventEvidenceExported = audit.EvidenceExported
)

// The types of objects that entries are about.
const (
	ObjectExecution = "execution"
	ObjectWorkflow  = "workflow"
	ObjectRule      = "deadline_rule"
	ObjectClient    = "client"
	ObjectAudit     = "audit"
	ObjectSettings  = "settings"

	ObjectObligation = "obligation"

	ObjectSubscription = "subscription"

	ObjectAlert     = "alert"
	ObjectAlertRule = "alert_rule"
	ObjectSilence   = "silence"
	ObjectOutage    = "outage"

	ObjectWebhook = "webhook"
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
	t.NotePartSeldom("", event, by, object, details)
}

// NotePartSeldom is NoteSeldom for each part of an object, as one session's reading of one step.
func (t *Tenant) NotePartSeldom(part, event string, by audit.By, object audit.Object, details any) {
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%s\x00%s", event, by.ID, object.Type, object.ID, part)
	if !t.seldom.first(key, t.engine.now()) {
		return
	}
	if err := t.Note(event, by, object, details); err != nil {
		t.seldom.again(key, t.engine.now())
		t.engine.log.Error("note in the audit", "tenant", t.id, "event", event, "err", err)
	}
}

// Limits of what is noted seldom.
const (
	seldomWithin = 5 * time.Minute
	seldomRetry  = 10 * time.Second // after what could not be written
	seldomMax    = 20_000           // that are remembered; beyond, the oldest round is forgotten
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

// again lets the key be noted again after seldomRetry: it was not.
func (s *seldom) again(key string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted[key] = now.Add(seldomRetry - seldomWithin)
}

// clientObject is a client's id in the chain: a hash, because what is in the chain cannot be erased. The name stands in the details, which can. Who knows
// the name finds the entries by it.
func (t *Tenant) clientObject(clientRef string) string {
	const bytesKept = 16
	sum := sha256.Sum256([]byte(t.id + "\x00" + clientRef))
	return hex.EncodeToString(sum[:bytesKept])
}

// Audit lists the organisation's entries, newest first: see audit.List. A bad cursor is fault.Invalid.
func (t *Tenant) Audit(f audit.Filter, after []byte, limit int) ([]audit.Item, []byte, error) {
	if f.ObjectType == ObjectClient && f.ObjectID != "" {
		f.ObjectID = t.clientObject(f.ObjectID)
	}
	items, next, err := audit.List(t.engine.db, t.scope, f, after, limit)
	if errors.Is(err, audit.ErrCursor) {
		return nil, nil, errBadCursor
	}
	return items, next, err
}

// VerifyAudit checks the organisation's chain: see audit.Verify.
func (t *Tenant) VerifyAudit() (audit.Verdict, error) { return audit.Verify(t.engine.db, t.scope) }
