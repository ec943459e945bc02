package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"

	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of what one organisation may say of its deadlines.
const (
	ownRulesMax     = 1_000  // rules changed, confirmed or made
	ruleVersionsMax = 1_000  // of one rule
	filingsMax      = 10_000 // of one rule and period: a client each
	formerMax       = 20     // references that a filing had before
)

// The states of a rule. What an office has not confirmed is only a template.
const (
	RuleTemplate  = "template"
	RuleConfirmed = "confirmed"
)

// Where the text of a rule comes from.
const (
	originShipped = "shipped"
	originOffice  = "office"
)

// What a version of a rule is: the text changed, or somebody stands for it.
const (
	ruleChanged   = "changed"
	ruleConfirmed = "confirmed"
)

// Actor is who did something, by the name that they had then.
type Actor struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Confirmation says that somebody of the office stands for a rule. It is about
// the text with that fingerprint and no other.
type Confirmation struct {
	By          Actor             `json:"by"`
	At          execution.Instant `json:"at"`
	Source      string            `json:"source"`     // where they read it
	ValidUntil  *deadline.Day     `json:"validUntil"` // included; null: until the rule changes
	Fingerprint string            `json:"-"`
}

// repeats says that c tells only what was told before, on the same day.
func (c *Confirmation) repeats(before *Confirmation) bool {
	sameEnd := c.ValidUntil == before.ValidUntil || c.ValidUntil != nil && before.ValidUntil != nil && *c.ValidUntil == *before.ValidUntil
	return sameEnd && c.By.ID == before.By.ID && c.Source == before.Source && deadline.DayOf(c.At.Time()) == deadline.DayOf(before.At.Time())
}

// DeadlineRule is a rule as it holds in one organisation.
type DeadlineRule struct {
	deadline.Rule
	State       string        `json:"state"` // template or confirmed
	Confirmed   bool          `json:"confirmed"`
	Confirm     *Confirmation `json:"confirm"`
	Origin      string        `json:"origin"`      // shipped, or office when the office changed or made it
	NewTemplate bool          `json:"newTemplate"` // the shipped rule is another than when the office changed it
	Version     int64         `json:"version"`
}

// ETag changes whenever the rule does, also when a new release brings it.
func (r *DeadlineRule) ETag() string {
	const marks = 8
	return fmt.Sprintf("%d-%s", r.Version, r.Fingerprint()[:marks])
}

// RuleVersion is one change of a rule: evidence of what held when, and who said so.
type RuleVersion struct {
	Version int64             `json:"version"`
	Change  string            `json:"change"` // changed or confirmed
	By      Actor             `json:"by"`
	At      execution.Instant `json:"at"`
	Reason  string            `json:"reason"`
	Rule    deadline.Rule     `json:"rule"`
	Confirm *Confirmation     `json:"confirm"`
}

// ruleRecord is a stored RuleVersion. The shipped text is version 1 of its rule and not stored.
type ruleRecord struct {
	RuleVersion
	Confirmed string `json:"confirmed"` // fingerprint of what the confirmation is about
	Own       bool   `json:"own"`       // the text is the office's; else the shipped one holds, switched on or off as here
	Template  string `json:"template"`  // fingerprint of the shipped rule at that time; "" there was none
}

var ruleRecords = kv.NewCollection("deadline_rules", ruleSpec())

func ruleSpec() kv.Spec[ruleRecord] {
	encode, decode := kv.JSON[ruleRecord]()
	return kv.Spec[ruleRecord]{
		Version: 1, Encode: encode,
		Key: func(dst []byte, r *ruleRecord) []byte {
			return kv.AppendUint64(kv.AppendString(dst, r.Rule.ID), uint64(r.Version))
		},
		Decode: func(version uint8, key, data []byte) (*ruleRecord, error) {
			r, err := decode(version, key, data)
			if err == nil && r.Confirm != nil {
				r.Confirm.Fingerprint = r.Confirmed
			}
			return r, err
		},
	}
}

// obligations holds the newest version of each rule that the organisation has
// said something of.
type obligations struct {
	// change is held over each change, from its checks to its effect in memory. It is taken before mu.
	change  sync.Mutex
	mu      sync.RWMutex // guards newest and clients; never held over I/O
	newest  map[string]*ruleRecord
	clients map[string]clientRuleMap // by rule
}

func (o *obligations) load(tx *kv.Tx, s kv.Scope) error {
	o.newest = map[string]*ruleRecord{}
	err := ruleRecords.Scan(tx, s, kv.Span{}, func(_ []byte, r *ruleRecord) (bool, error) {
		o.newest[r.Rule.ID] = r
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("deadline rules: %w", err)
	}
	return o.loadClients(tx, s)
}

// rule is a rule as it holds today; nil when there is none of that id.
func (t *Tenant) rule(id string, today deadline.Day) *DeadlineRule {
	t.obligations.mu.RLock()
	r := t.obligations.newest[id]
	t.obligations.mu.RUnlock()
	return held(t.engine.book.Rule(id), r, today)
}

// held joins what is shipped with what the office last said.
func held(shipped *deadline.Rule, r *ruleRecord, today deadline.Day) *DeadlineRule {
	out := &DeadlineRule{State: RuleTemplate, Origin: originShipped, Version: 1}
	switch {
	case r == nil && shipped == nil:
		return nil
	case r == nil:
		out.Rule = *shipped
		return out
	case r.Own || shipped == nil: // a rule that an office relies on does not go with an update
		out.Rule, out.Origin = r.Rule, originOffice
		out.NewTemplate = shipped != nil && shipped.Fingerprint() != r.Template
	default:
		out.Rule = *shipped
		out.Enabled = r.Rule.Enabled
	}
	out.Version = r.Version
	if c := r.Confirm; c != nil && c.Fingerprint == out.Fingerprint() && (c.ValidUntil == nil || today <= *c.ValidUntil) {
		out.State, out.Confirmed, out.Confirm = RuleConfirmed, true, c
	}
	return out
}

// DeadlineRules lists all rules: the shipped ones in the order of their file,
// then the office's own by id.
func (t *Tenant) DeadlineRules(context.Context) []DeadlineRule { return t.heldRules() }

func (t *Tenant) heldRules() []DeadlineRule {
	today := deadline.DayOf(t.engine.now())
	book := t.engine.book
	out := make([]DeadlineRule, 0, len(book.Rules))
	var own []string
	t.obligations.mu.RLock()
	defer t.obligations.mu.RUnlock()
	for i := range book.Rules {
		out = append(out, *held(&book.Rules[i], t.obligations.newest[book.Rules[i].ID], today))
	}
	for id := range t.obligations.newest {
		if book.Rule(id) == nil {
			own = append(own, id)
		}
	}
	slices.Sort(own)
	for _, id := range own {
		out = append(out, *held(nil, t.obligations.newest[id], today))
	}
	return out
}

// DeadlineRule returns a rule and its changes, newest first. An unknown id is fault.NotFound.
func (t *Tenant) DeadlineRule(_ context.Context, id string) (*DeadlineRule, []RuleVersion, error) {
	r := t.rule(id, deadline.DayOf(t.engine.now()))
	if r == nil {
		return nil, nil, errNoRule
	}
	history := []RuleVersion{}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		span := kv.Span{Prefix: kv.AppendString(nil, id), Reverse: true}
		return ruleRecords.Scan(tx, t.scope, span, func(_ []byte, v *ruleRecord) (bool, error) {
			history = append(history, v.RuleVersion)
			return true, nil
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("history of deadline rule %s: %w", id, err)
	}
	return r, history, nil
}

var (
	errNoRule    = fault.New(fault.NotFound, "not_found", "no such deadline rule")
	errNoPeriod  = fault.New(fault.NotFound, "not_found", "the rule has no such period")
	errStaleRule = fault.New(fault.Stale, "stale", "the rule was changed meanwhile")
)

// Precondition judges the present rule before a change, nil when there is none.
type Precondition func(current *DeadlineRule) bool

// PutDeadlineRule changes a rule or makes one. A confirmation stays only with
// the text that it was given for. Putting what is there already changes
// nothing. made says that there was no such rule. It is durable when it returns.
func (t *Tenant) PutDeadlineRule(_ context.Context, by audit.By, rule deadline.Rule, reason string, ok Precondition) (r *DeadlineRule, made bool, err error) {
	rule.Tidy()
	t.obligations.change.Lock()
	defer t.obligations.change.Unlock()
	current := t.rule(rule.ID, deadline.DayOf(t.engine.now()))
	if !ok(current) {
		return nil, false, errStaleRule
	}
	if current != nil && current.Enabled == rule.Enabled && current.Fingerprint() == rule.Fingerprint() {
		return current, false, nil
	}
	shipped := t.engine.book.Rule(rule.ID)
	next := ruleRecord{Own: shipped == nil || shipped.Fingerprint() != rule.Fingerprint()}
	next.RuleVersion = RuleVersion{Change: ruleChanged, By: actorOf(by), Reason: reason, Rule: rule}
	if current != nil && current.Confirm != nil && current.Confirm.Fingerprint == rule.Fingerprint() {
		next.Confirm = current.Confirm
	}
	r, err = t.storeRule(by, &next, current)
	return r, current == nil, err
}

// ConfirmDeadlineRule notes that an actor stands for the rule as it is now. It
// is durable when it returns. Saying the same again on the same day changes
// nothing. An unknown id is fault.NotFound.
func (t *Tenant) ConfirmDeadlineRule(_ context.Context, by audit.By, id string, c Confirmation, ok Precondition) (*DeadlineRule, error) {
	t.obligations.change.Lock()
	defer t.obligations.change.Unlock()
	current := t.rule(id, deadline.DayOf(t.engine.now()))
	if current == nil {
		return nil, errNoRule
	}
	if !ok(current) {
		return nil, errStaleRule
	}
	c.By, c.At, c.Fingerprint = actorOf(by), t.engine.instant(), current.Fingerprint()
	if current.Confirm != nil && c.repeats(current.Confirm) {
		return current, nil
	}
	next := ruleRecord{Own: current.Origin == originOffice}
	next.RuleVersion = RuleVersion{Change: ruleConfirmed, By: c.By, Rule: current.Rule, Confirm: &c}
	return t.storeRule(by, &next, current)
}

// storeRule commits the version after current. The caller holds change.
func (t *Tenant) storeRule(by audit.By, next *ruleRecord, current *DeadlineRule) (*DeadlineRule, error) {
	id := next.Rule.ID
	next.Version, next.At = 2, t.engine.instant()
	if current != nil {
		next.Version = current.Version + 1
	}
	if next.Confirm != nil {
		next.Confirmed = next.Confirm.Fingerprint
	}
	shipped := t.engine.book.Rule(id)
	if shipped != nil {
		next.Template = shipped.Fingerprint()
	}
	t.obligations.mu.RLock()
	before := t.obligations.newest[id]
	full := before == nil && len(t.obligations.newest) >= ownRulesMax
	t.obligations.mu.RUnlock()
	if next.Change == ruleConfirmed && before != nil && before.Own {
		next.Template = before.Template // whoever confirms an old text has not seen the new template
	}
	if full || next.Version > ruleVersionsMax {
		return nil, fault.New(fault.Invalid, "too_many", "no more changes of deadline rules can be kept")
	}
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := ruleRecords.Put(tx, t.scope, next); err != nil {
			return err
		}
		return t.note(tx, ruleEvents[next.Change], by, ObjectRule, id, ruleDetails(next, current))
	})
	if err != nil {
		return nil, storeFault(fmt.Errorf("put deadline rule: %w", err))
	}
	t.obligations.mu.Lock()
	t.obligations.newest[id] = next
	t.obligations.mu.Unlock()
	t.engine.raiseSoon()
	return held(shipped, next, deadline.DayOf(t.engine.now())), nil
}

var ruleEvents = map[string]string{ruleChanged: audit.RuleChanged, ruleConfirmed: audit.RuleConfirmed}

// ruleDetails are what an entry tells of a version: its number and fingerprints, by which its text is found in the rule's history.
func ruleDetails(next *ruleRecord, current *DeadlineRule) map[string]any {
	details := map[string]any{"version": next.Version, "fingerprint": next.Rule.Fingerprint(), "enabled": next.Rule.Enabled, "reason": next.Reason}
	if current != nil {
		details["former"] = current.Fingerprint()
	}
	if c := next.Confirm; c != nil {
		details["source"] = c.Source
	}
	return details
}

// Filing is the mark that a client's obligation was met, with the office's
// proof of receipt where there is one.
type Filing struct {
	Rule      string            `json:"rule"`
	Period    string            `json:"period"`
	ClientRef string            `json:"clientRef"`
	UPO       *string           `json:"upo"`
	FiledBy   Actor             `json:"filedBy"`
	FiledAt   execution.Instant `json:"filedAt"`
	Former    []FormerFiling    `json:"former"` // what was there before, oldest first
}

// FormerFiling is a mark that a later one replaced.
type FormerFiling struct {
	UPO     *string           `json:"upo"`
	FiledBy Actor             `json:"filedBy"`
	FiledAt execution.Instant `json:"filedAt"`
}

var filings = kv.NewCollection("deadline_filings", filingSpec())

func filingSpec() kv.Spec[Filing] {
	encode, decode := kv.JSON[Filing]()
	return kv.Spec[Filing]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, f *Filing) []byte {
			return kv.AppendString(filingsOf(dst, f.Rule, f.Period), f.ClientRef)
		},
	}
}

// filingsOf is the key prefix of one deadline's filings.
func filingsOf(dst []byte, rule, period string) []byte {
	return kv.AppendString(kv.AppendString(dst, rule), period)
}

// FileDeadline marks a client's obligation as met; it is durable when it
// returns. Repeating a mark answers the first one; another proof replaces it
// and keeps the former. A rule or period that does not exist is fault.NotFound.
func (t *Tenant) FileDeadline(_ context.Context, by audit.By, rule, period, clientRef, upo string) (*Filing, error) {
	if err := t.HasDeadline(rule, period); err != nil {
		return nil, err
	}
	if !t.sees(clientRef) {
		return nil, errUnknownClient
	}
	next := Filing{Rule: rule, Period: period, ClientRef: clientRef, FiledBy: actorOf(by), FiledAt: t.engine.instant(), Former: []FormerFiling{}}
	if upo != "" {
		next.UPO = &upo
	}
	var stored *Filing
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		before, err := filings.Get(tx, t.scope, kv.AppendString(filingsOf(nil, rule, period), clientRef))
		switch {
		case errors.Is(err, kv.ErrNotFound):
			stored = &next
			if t.entire.countFilings(tx, rule, period) >= filingsMax {
				return fault.New(fault.Invalid, "too_many", "no more clients can be marked for this deadline")
			}
			return t.putFiling(tx, stored, by)
		case err != nil:
			return err
		case next.UPO == nil || before.UPO != nil && *before.UPO == upo:
			stored = before
			return nil
		case len(before.Former) >= formerMax:
			return fault.New(fault.Invalid, "too_many", "the proof was replaced too often")
		}
		replaced := next
		replaced.Former = append(slices.Clone(before.Former), FormerFiling{UPO: before.UPO, FiledBy: before.FiledBy, FiledAt: before.FiledAt})
		stored = &replaced
		return t.putFiling(tx, stored, by)
	})
	if err != nil {
		return nil, storeFault(fmt.Errorf("file deadline: %w", err))
	}
	t.engine.raiseSoon()
	return stored, nil
}

func (t *Tenant) putFiling(tx *kv.Tx, f *Filing, by audit.By) error {
	if err := filings.Put(tx, t.scope, f); err != nil {
		return err
	}
	return t.note(tx, audit.Filed, by, ObjectClient, t.clientObject(f.ClientRef),
		map[string]any{"clientRef": f.ClientRef, "rule": f.Rule, "period": f.Period, "upo": f.UPO})
}

// HasDeadline is fault.NotFound when there is no such rule, or no such period of it.
func (t *Tenant) HasDeadline(rule, period string) error {
	r := t.rule(rule, deadline.DayOf(t.engine.now()))
	if r == nil {
		return errNoRule
	}
	if _, ok := r.Of(t.engine.book.Calendar, period); !ok {
		return errNoPeriod
	}
	return nil
}

// FilingPage is a page of a deadline's filings; NextCursor is "" at the end.
type FilingPage struct {
	Items      []Filing
	NextCursor string
}

// Filings lists the clients whose obligation is marked as met, by client. A
// rule or period that does not exist is fault.NotFound.
func (t *Tenant) Filings(_ context.Context, rule, period, cursor string, limit int) (FilingPage, error) {
	if err := t.HasDeadline(rule, period); err != nil {
		return FilingPage{}, err
	}
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return FilingPage{}, errBadCursor
	}
	page := FilingPage{Items: []Filing{}}
	span := kv.Span{Prefix: filingsOf(nil, rule, period)}
	if cursor != "" {
		span.After = kv.AppendString(slices.Clone(span.Prefix), after)
	}
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return filings.Scan(tx, t.scope, span, func(_ []byte, f *Filing) (bool, error) {
			if !t.sees(f.ClientRef) {
				return true, nil
			}
			if len(page.Items) == limit {
				page.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(page.Items[limit-1].ClientRef))
				return false, nil
			}
			page.Items = append(page.Items, *f)
			return true, nil
		})
	})
	if err != nil {
		return FilingPage{}, fmt.Errorf("filings of %s %s: %w", rule, period, err)
	}
	return page, nil
}

// isFiled says whether a client's obligation is marked as met.
func (t *Tenant) isFiled(tx *kv.Tx, rule, period, clientRef string) bool {
	_, filed := filings.GetRaw(tx, t.scope, kv.AppendString(filingsOf(nil, rule, period), clientRef))
	return filed
}

// countFilings counts the handle's clients that are marked.
func (t *Tenant) countFilings(tx *kv.Tx, rule, period string) (n int64) {
	span := kv.Span{Prefix: filingsOf(nil, rule, period)}
	filings.ScanRaw(tx, t.scope, span, func(key, _ []byte) bool {
		if client, _, err := kv.ReadString(key[len(span.Prefix):]); err == nil && t.sees(client) {
			n++
		}
		return true
	})
	return n
}
