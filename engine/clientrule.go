package engine

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of what holds for single clients.
const (
	clientRulesMax        = 5_000 // of one organisation, removed ones included
	clientRuleVersionsMax = 200   // of one rule and client
)

// ClientRule is a version of what holds for one client instead of a rule: a
// quarterly payer whom a monthly rule does not concern, another fiscal year, a
// postponement (part 4.5).
type ClientRule struct {
	RuleID    string            `json:"rule"`
	ClientRef string            `json:"clientRef"`
	Version   int64             `json:"version"` // from 1
	Removed   bool              `json:"removed"` // the rule holds for the client as it is, again
	By        Actor             `json:"by"`
	At        execution.Instant `json:"at"`
	Reason    string            `json:"reason"`
	DocRef    string            `json:"docRef"` // of the decision or agreement
	deadline.Override
}

// ETag changes with each version.
func (r *ClientRule) ETag() string { return fmt.Sprintf("%d", r.Version) }

// same says that two versions have the same effect and the same ground.
func (r *ClientRule) same(o *ClientRule) bool {
	return r.Removed == o.Removed && r.Reason == o.Reason && r.DocRef == o.DocRef && reflect.DeepEqual(r.Override, o.Override)
}

var clientRules = kv.NewCollection("deadline_clients", clientRuleSpec())

func clientRuleSpec() kv.Spec[ClientRule] {
	encode, decode := kv.JSON[ClientRule]()
	return kv.Spec[ClientRule]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *ClientRule) []byte {
			return kv.AppendUint64(clientRuleOf(dst, r.RuleID, r.ClientRef), uint64(r.Version))
		},
	}
}

// clientRuleOf is the key prefix of all versions for one client.
func clientRuleOf(dst []byte, rule, clientRef string) []byte {
	return kv.AppendString(kv.AppendString(dst, rule), clientRef)
}

// clientRuleMap holds the newest version for each client of a rule, removed ones
// included. It is replaced, never changed.
type clientRuleMap map[string]*ClientRule

func (o *obligations) loadClients(tx *kv.Tx, s kv.Scope) error {
	o.clients = map[string]clientRuleMap{}
	err := clientRules.Scan(tx, s, kv.Span{}, func(_ []byte, r *ClientRule) (bool, error) {
		if o.clients[r.RuleID] == nil {
			o.clients[r.RuleID] = clientRuleMap{}
		}
		o.clients[r.RuleID][r.ClientRef] = r
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("deadline rules of clients: %w", err)
	}
	return nil
}

// clientRulesOf are those of one rule, for the handle's clients. The map must not be changed.
func (t *Tenant) clientRulesOf(rule string) clientRuleMap {
	t.obligations.mu.RLock()
	all := t.obligations.clients[rule]
	t.obligations.mu.RUnlock()
	if t.clients.All() {
		return all
	}
	seen := clientRuleMap{}
	for client, r := range all {
		if t.sees(client) {
			seen[client] = r
		}
	}
	return seen
}

// ClientPrecondition judges what holds for a client before a change, nil when
// there is nothing.
type ClientPrecondition func(current *ClientRule) bool

// PutClientRule says what holds for a client instead of a rule, or with Removed
// that nothing does. Saying what holds already changes nothing. It is durable
// when it returns. Errors: an unknown rule, or removing what is not there, is
// fault.NotFound; what does not go with the rule fault.Invalid.
func (t *Tenant) PutClientRule(_ context.Context, by audit.By, next ClientRule, ok ClientPrecondition) (r *ClientRule, made bool, err error) {
	if !t.sees(next.ClientRef) {
		return nil, false, errUnknownClient
	}
	t.obligations.change.Lock()
	defer t.obligations.change.Unlock()
	rule := t.rule(next.RuleID, deadline.DayOf(t.engine.now()))
	if rule == nil {
		return nil, false, errNoRule
	}
	last := t.clientRulesOf(next.RuleID)[next.ClientRef]
	current := last
	if last != nil && last.Removed {
		current = nil
	}
	switch {
	case next.Removed && current == nil:
		return nil, false, errNoClientRule
	case !next.Removed:
		if fields := next.Check(&rule.Rule, "body."); len(fields) > 0 {
			return nil, false, fault.New(fault.Invalid, "invalid_field", "a field is not valid").With(fields...)
		}
	}
	if !ok(current) {
		return nil, false, errStaleRule
	}
	if current != nil && current.same(&next) {
		return current, false, nil
	}
	next.By, next.Version, next.At = actorOf(by), 1, t.engine.instant()
	if last != nil {
		next.Version = last.Version + 1
	}
	return &next, current == nil, t.storeClientRule(by, &next)
}

var errNoClientRule = fault.New(fault.NotFound, "not_found", "nothing else holds for the client")

// storeClientRule commits a version. The caller holds change.
func (t *Tenant) storeClientRule(by audit.By, next *ClientRule) error {
	t.obligations.mu.RLock()
	kept := 0
	for _, of := range t.obligations.clients {
		kept += len(of)
	}
	of := t.obligations.clients[next.RuleID]
	t.obligations.mu.RUnlock()
	if next.Version == 1 && kept >= clientRulesMax || next.Version > clientRuleVersionsMax {
		return fault.New(fault.Invalid, "too_many", "no more exceptions for clients can be kept")
	}
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := clientRules.Put(tx, t.scope, next); err != nil {
			return err
		}
		return t.note(tx, audit.ClientRuleChanged, by, ObjectClient, t.clientObject(next.ClientRef), map[string]any{
			"clientRef": next.ClientRef,
			"rule":      next.RuleID, "version": next.Version, "removed": next.Removed, "override": next.Override,
		})
	})
	if err != nil {
		return storeFault(fmt.Errorf("put deadline rule of a client: %w", err))
	}
	changed := maps.Clone(of)
	if changed == nil {
		changed = clientRuleMap{}
	}
	changed[next.ClientRef] = next
	t.obligations.mu.Lock()
	t.obligations.clients[next.RuleID] = changed
	t.obligations.mu.Unlock()
	t.engine.raiseSoon()
	return nil
}

// forgetClient takes what holds for a client out of memory. The caller holds change.
func (o *obligations) forgetClient(clientRef string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for rule, of := range o.clients {
		if of[clientRef] != nil {
			left := maps.Clone(of)
			delete(left, clientRef)
			o.clients[rule] = left
		}
	}
}

// ClientRulePage is a page of what holds for clients; NextCursor is "" at the end.
type ClientRulePage struct {
	Items      []ClientRule
	NextCursor string
}

// ClientRules lists what holds for clients instead of a rule, by client. An
// unknown rule is fault.NotFound.
func (t *Tenant) ClientRules(_ context.Context, rule, cursor string, limit int) (ClientRulePage, error) {
	if t.rule(rule, deadline.DayOf(t.engine.now())) == nil {
		return ClientRulePage{}, errNoRule
	}
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return ClientRulePage{}, errBadCursor
	}
	page := ClientRulePage{Items: []ClientRule{}}
	all := t.clientRulesOf(rule)
	for _, client := range slices.Sorted(maps.Keys(all)) {
		if r := all[client]; !r.Removed && client > string(after) {
			if len(page.Items) == limit {
				page.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(page.Items[limit-1].ClientRef))
				break
			}
			page.Items = append(page.Items, *r)
		}
	}
	return page, nil
}

// ClientRuleHistory lists all versions for one client, newest first: none when
// nothing was ever said of them. An unknown rule is fault.NotFound.
func (t *Tenant) ClientRuleHistory(_ context.Context, rule, clientRef string) ([]ClientRule, error) {
	if t.rule(rule, deadline.DayOf(t.engine.now())) == nil {
		return nil, errNoRule
	}
	history := []ClientRule{}
	if !t.sees(clientRef) {
		return history, nil
	}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		span := kv.Span{Prefix: clientRuleOf(nil, rule, clientRef), Reverse: true}
		return clientRules.Scan(tx, t.scope, span, func(_ []byte, r *ClientRule) (bool, error) {
			history = append(history, *r)
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("history of deadline rule %s for a client: %w", rule, err)
	}
	return history, nil
}
