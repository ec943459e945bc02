package engine

import (
	"context"
	"fmt"
	"slices"

	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/kv"
)

// EvidenceRunsMax bounds the runs that one obligation's evidence holds.
const EvidenceRunsMax = 500

// DeadlineEvidence is what is known of one obligation: of all clients, or of one.
type DeadlineEvidence struct {
	Deadline *Deadline // nil while the rule is switched off
	Rule     *DeadlineRule
	History  []RuleVersion
	Filings  []Filing
	Runs     []string // ids of executions that serve it, newest first, at most EvidenceRunsMax
	Capped   bool     // there are more runs
}

// DeadlineEvidence gathers it. An unknown rule, period, or a client that the handle does not show is fault.NotFound.
func (t *Tenant) DeadlineEvidence(ctx context.Context, rule, period, clientRef string) (*DeadlineEvidence, error) {
	r, history, err := t.DeadlineRule(ctx, rule)
	if err != nil {
		return nil, err
	}
	if clientRef != "" && !t.sees(clientRef) {
		return nil, errUnknownClient
	}
	held := &r.Rule
	if own := t.clientRulesOf(rule)[clientRef]; clientRef != "" && own != nil && !own.Removed {
		if other := r.For(&own.Override); other != nil {
			held = other
		}
	}
	occurrence, ok := held.Of(t.engine.book.Calendar, period)
	if !ok {
		return nil, errNoPeriod
	}
	out := &DeadlineEvidence{Rule: r, History: history}
	if err := t.serving(r, occurrence.Due, period, clientRef, out); err != nil {
		return nil, err
	}
	out.Filings, err = t.filingsFor(rule, period, clientRef)
	return out, err
}

// serving fills in the deadline and the runs that serve it.
func (t *Tenant) serving(r *DeadlineRule, due deadline.Day, period, clientRef string, out *DeadlineEvidence) error {
	l := &serving{tenant: t, now: t.engine.instant(), calendar: t.engine.book.Calendar, client: clientRef}
	if err := l.lay([]DeadlineRule{*r}, due, due); err != nil || len(l.rules) == 0 {
		return err
	}
	l.rules[0].collect = EvidenceRunsMax + 1
	l.know()
	if err := t.engine.db.View(l.count); err != nil {
		return fmt.Errorf("evidence of %s %s: %w", r.ID, period, err)
	}
	for i := range l.rules[0].terms {
		if l.rules[0].terms[i].Period == period {
			ids := l.rules[0].deadlines[i].ids
			out.Runs, out.Capped = ids[:min(len(ids), EvidenceRunsMax)], len(ids) > EvidenceRunsMax || l.capped
		}
	}
	list := l.list(due, due).Items
	if k := slices.IndexFunc(list, func(d Deadline) bool { return d.Period == period }); k >= 0 {
		out.Deadline = &list[k]
	}
	return nil
}

func (t *Tenant) filingsFor(rule, period, clientRef string) (found []Filing, err error) {
	found = []Filing{}
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return filings.Scan(tx, t.scope, kv.Span{Prefix: filingsOf(nil, rule, period)}, func(_ []byte, f *Filing) (bool, error) {
			if t.sees(f.ClientRef) && (clientRef == "" || f.ClientRef == clientRef) {
				found = append(found, *f)
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("filings of %s %s: %w", rule, period, err)
	}
	return found, nil
}

// AuditOf are the newest entries about an object, at most limit.
func (t *Tenant) AuditOf(objectType, id string, limit int) ([]audit.Item, error) {
	items, _, err := t.Audit(audit.Filter{ObjectType: objectType, ObjectID: id}, nil, limit)
	return items, err
}
