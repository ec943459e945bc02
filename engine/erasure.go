package engine

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of erasures.
const (
	erasedIDsMax  = 1_000 // executions that one request names
	erasuresMax   = 10_000
	erasureSalted = 16 // bytes of salt

	erasureRoundsMax = 10_000 // parts of a client's executions; who goes on sending them does not keep an erasure going
)

// ErasureTarget is what is to be erased: all of a client, or executions.
type ErasureTarget struct {
	ClientRef    string
	ExecutionIDs []string
}

// The states of an erasure. One that was cut off goes on at the next start.
const (
	ErasureRunning = "running"
	ErasureDone    = "done"
)

// ErasureCounts are what an erasure removed.
type ErasureCounts struct {
	removed
	Filings      int64 `json:"filings"`      // marks of met obligations
	ClientRules  int64 `json:"clientRules"`  // what held for the client's deadlines
	Alerts       int64 `json:"alerts"`       // that named what was erased; that there were any stays
	Messages     int64 `json:"messages"`     // about alerts, whose texts are gone
	Views        int64 `json:"views"`        // saved ones that named what was erased
	AuditDetails int64 `json:"auditDetails"` // entries whose details are gone; who and when stays
}

// Erasure is one erasure: the report for who asked. Of what was erased it holds only hashes, by which it is applied again to a backup that is restored.
type Erasure struct {
	ID          string            `json:"id"`
	State       string            `json:"state"`
	By          Actor             `json:"requestedBy"`
	RequestedAt execution.Instant `json:"requestedAt"`
	DoneAt      execution.Instant `json:"doneAt"`
	Reason      string            `json:"reason"` // masked
	Erased      ErasureCounts     `json:"erased"`

	Salt       string         `json:"salt"`       // hexadecimal
	Client     string         `json:"client"`     // hash of the client's name; "" none
	Executions []string       `json:"executions"` // hashes of ids
	Pending    *ErasureTarget `json:"pending,omitempty"`
}

var erasures = kv.NewCollection("erasures", erasureSpec())

func erasureSpec() kv.Spec[Erasure] {
	encode, decode := kv.JSON[Erasure]()
	return kv.Spec[Erasure]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *Erasure) []byte { return append(dst, r.ID...) },
	}
}

var errNothingToErase = fault.New(fault.Invalid, "invalid_field", "say what is to be erased")

// check says what is wrong with a target.
func (g *ErasureTarget) check() error {
	switch {
	case (g.ClientRef == "") == (len(g.ExecutionIDs) == 0):
		return errNothingToErase.With(fault.Field{Location: "body", Message: "either clientRef or executionIds"})
	case len(g.ExecutionIDs) > erasedIDsMax:
		return errNothingToErase.With(fault.Field{Location: "body.executionIds", Message: fmt.Sprintf("at most %d", erasedIDsMax)})
	}
	return nil
}

// Erase removes everything about a client, or about executions: documents, inputs and outputs, wishes, marks and overrides of deadlines, saved views that name them, details of the
// audit, the journal. Sums of hours and the audit's chain stay; they tell of no client. It is noted before it begins and, once it has begun, is
// completed, also by the next start. An unknown client or id erases nothing and is no error: who asks gets a report. Through a handle that shows some
// clients only, another client or execution is fault.NotFound, as is one that there is not.
func (t *Tenant) Erase(ctx context.Context, by audit.By, target ErasureTarget, reason string) (*Erasure, error) {
	if err := target.check(); err != nil {
		return nil, err
	}
	if err := t.mayErase(&target); err != nil {
		return nil, err
	}
	t = t.entire
	r, err := t.newErasure(by, target, t.Hides().Text(reason))
	if err != nil {
		return nil, err
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := erasures.Put(tx, t.scope, r); err != nil {
			return err
		}
		return audit.Append(tx, t.scope, t.engine.now(), r.entry(audit.ErasureRequested, by))
	})
	if err != nil {
		return nil, storeFault(fmt.Errorf("note the erasure: %w", err))
	}
	t.engine.erased.running.Lock()
	defer t.engine.erased.running.Unlock()
	if err = t.completeErasure(ctx, r, by); err != nil {
		t.engine.erased.open.Store(true)
	}
	return r, err
}

// mayErase is whether the handle shows all that is to be erased.
func (t *Tenant) mayErase(g *ErasureTarget) error {
	if t.clients.All() {
		return nil
	}
	if g.ClientRef != "" && !t.sees(g.ClientRef) {
		return errUnknownClient
	}
	if slices.ContainsFunc(g.ExecutionIDs, func(id string) bool { return !t.Knows("", id) }) {
		return errUnknownExecution
	}
	return nil
}

func (t *Tenant) newErasure(by audit.By, target ErasureTarget, reason string) (*Erasure, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an erasure: %w", err)
	}
	salt := make([]byte, erasureSalted)
	_, _ = rand.Read(salt)
	target.ExecutionIDs = slices.Clone(target.ExecutionIDs)
	r := &Erasure{
		ID: id.String(), State: ErasureRunning, By: Actor{ID: by.ID, Name: by.Name}, RequestedAt: t.engine.instant(), DoneAt: execution.NoInstant,
		Reason: reason, Salt: hex.EncodeToString(salt), Pending: &target, Executions: []string{},
	}
	if target.ClientRef != "" {
		r.Client = r.hash(target.ClientRef)
	}
	for _, x := range target.ExecutionIDs {
		r.Executions = append(r.Executions, r.hash(x))
	}
	slices.Sort(r.Executions)
	r.Executions = slices.Compact(r.Executions)
	return r, nil
}

// hash is how a name that was erased is remembered: SHA-256 of salt and name.
func (r *Erasure) hash(name string) string {
	sum := sha256.Sum256([]byte(r.Salt + name))
	return hex.EncodeToString(sum[:])
}

func (r *Erasure) entry(event string, by audit.By) audit.Entry {
	return audit.Entry{Event: event, By: by, Object: audit.Object{Type: "erasure", ID: r.ID}, Details: map[string]any{
		"reason": r.Reason, "ofClient": r.Client != "", "executions": len(r.Executions), "erased": r.Erased,
	}}
}

// completeErasure erases what is pending, however often it begins. The caller holds running of the list.
func (t *Tenant) completeErasure(ctx context.Context, r *Erasure, by audit.By) error {
	if r.Pending == nil {
		return nil
	}
	counts, err := t.eraseTarget(ctx, r.Pending)
	if err == nil {
		err = t.engine.between(func(w *writer) error { return w.forgetJournal(t) })
	}
	if err == nil {
		err = t.engine.erased.note(t.id, r)
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	done := *r
	done.State, done.DoneAt, done.Erased, done.Pending = ErasureDone, t.engine.instant(), counts, nil
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := erasures.Put(tx, t.scope, &done); err != nil {
			return err
		}
		return audit.Append(tx, t.scope, t.engine.now(), done.entry(audit.ErasureDone, by))
	})
	if err != nil {
		return storeFault(fmt.Errorf("note the end of the erasure: %w", err))
	}
	*r = done
	return nil
}

func (t *Tenant) eraseTarget(ctx context.Context, g *ErasureTarget) (counts ErasureCounts, err error) {
	names, err := t.namesOf(g)
	if err == nil {
		err = t.eraseAlerts(names, &counts)
	}
	if err == nil {
		err = t.eraseViews(names, &counts)
	}
	if err != nil {
		return counts, err
	}
	if err := t.eraseRuns(ctx, g, &counts); err != nil {
		return counts, err
	}
	return counts, t.eraseAlerts(names, &counts) // that were raised meanwhile
}

// eraseRuns removes executions, and what is said of a client.
func (t *Tenant) eraseRuns(ctx context.Context, g *ErasureTarget, counts *ErasureCounts) error {
	leave := func(*execution.Summary, uint64) bool { return true }
	if g.ClientRef != "" {
		leave = func(s *execution.Summary, _ uint64) bool { return s.ClientRef == g.ClientRef }
	}
	for ids := range slices.Chunk(g.ExecutionIDs, removedAtOnce) {
		if err := errors.Join(ctx.Err(), t.eraseExecutions(ids, leave, counts)); err != nil {
			return err
		}
	}
	if g.ClientRef == "" {
		return nil
	}
	for range erasureRoundsMax {
		ids, err := t.someOfClient(ctx, g.ClientRef)
		if err == nil && len(ids) == 0 {
			break
		}
		if err == nil {
			err = t.eraseExecutions(ids, leave, counts)
		}
		if err != nil {
			return err
		}
	}
	return t.eraseClient(g.ClientRef, counts)
}

// someOfClient are some executions of a client that are still there.
func (t *Tenant) someOfClient(ctx context.Context, clientRef string) (ids []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("erase: %w", err)
	}
	q := queryOf("")
	q.ClientRef, q.Limit = clientRef, removedAtOnce
	page, err := t.Executions(ctx, q)
	for i := range page.Items {
		ids = append(ids, page.Items[i].ExecutionID)
	}
	return ids, err
}

func (t *Tenant) eraseExecutions(ids []string, leave func(*execution.Summary, uint64) bool, counts *ErasureCounts) error {
	gone, err := t.removeExecutions(ids, leave)
	counts.removed.add(gone)
	if err != nil {
		return err
	}
	return t.eraseAudit(ids, ObjectExecution, counts)
}

func (t *Tenant) eraseAudit(ids []string, objectType string, counts *ErasureCounts) error {
	n := 0
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		n = 0
		for _, id := range ids {
			one, err := audit.EraseDetails(tx, t.scope, audit.Object{Type: objectType, ID: id})
			if err != nil {
				return err
			}
			n += one
		}
		return nil
	})
	counts.AuditDetails += int64(n)
	return err
}

// eraseClient removes what is said of a client's deadlines.
func (t *Tenant) eraseClient(clientRef string, counts *ErasureCounts) error {
	t.obligations.change.Lock()
	defer t.obligations.change.Unlock()
	filed, rules := int64(0), int64(0)
	err := t.engine.db.Batch(func(tx *kv.Tx) (err error) {
		if filed, err = eraseWhere(tx, t.scope, filings, func(f *Filing) bool { return f.ClientRef == clientRef }); err != nil {
			return err
		}
		rules, err = eraseWhere(tx, t.scope, clientRules, func(r *ClientRule) bool { return r.ClientRef == clientRef })
		return err
	})
	if err != nil {
		return fmt.Errorf("erase deadlines of a client: %w", err)
	}
	counts.Filings += filed
	counts.ClientRules += rules
	t.obligations.forgetClient(clientRef)
	t.engine.raiseSoon()
	return t.eraseAudit([]string{t.clientObject(clientRef)}, ObjectClient, counts)
}

// eraseWhere deletes the records of a collection that gone wants.
func eraseWhere[T any](tx *kv.Tx, s kv.Scope, c *kv.Collection[T], gone func(v *T) bool) (n int64, err error) {
	var all []*T
	err = c.Scan(tx, s, kv.Span{}, func(_ []byte, v *T) (bool, error) {
		if gone(v) {
			all = append(all, v)
		}
		return true, nil
	})
	for _, v := range all {
		err = errors.Join(err, c.Delete(tx, s, v))
	}
	return int64(len(all)), err
}

// Erasures lists all erasures, newest first.
func (t *Tenant) Erasures() (all []Erasure, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return erasures.Scan(tx, t.scope, kv.Span{Reverse: true}, func(_ []byte, r *Erasure) (bool, error) {
			all = append(all, *r)
			return len(all) < erasuresMax, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return all, nil
}

// Erasure is one erasure. An unknown id is fault.NotFound.
func (t *Tenant) Erasure(id string) (r *Erasure, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		r, err = erasures.Get(tx, t.scope, []byte(id))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil, fault.New(fault.NotFound, "not_found", "no such erasure")
	}
	if err != nil {
		return nil, fmt.Errorf("erasure %s: %w", strings.ToValidUTF8(id, "?"), err)
	}
	return r, nil
}
