package engine

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify/channel"
)

// alertRulesMax bounds the rules of an organisation (B-98).
const alertRulesMax = 500

var (
	errUnknownRule   = fault.New(fault.NotFound, "not_found", "no such rule")
	errDuplicateRule = fault.New(fault.Conflict, "duplicate_rule", "there is the same rule already")
	errTooManyRules  = fault.New(fault.Conflict, "too_many", fmt.Sprintf("an organisation has at most %d rules", alertRulesMax))
	errStaleAlert    = fault.New(fault.Stale, "stale", "the rule was changed meanwhile")
	errBuiltinRule   = fault.New(fault.Conflict, "builtin_rule", "a built-in rule can be switched off, not deleted")
	errOtherType     = fault.New(fault.Invalid, "invalid_field", "the type of a rule cannot change").
				With(fault.Field{Location: "body.alertType", Message: "cannot change"})
)

// AlertRules lists the rules in force, newest first, built-in ones last; of one workflow or of all, active ones or others or both. Secrets are hidden.
func (t *Tenant) AlertRules(workflowID string, active *bool) []alert.Rule {
	out := []alert.Rule{}
	for _, r := range t.alerts.rules.Load().all {
		if (workflowID == "" || r.WorkflowID == workflowID) && (active == nil || r.Active == *active) {
			out = append(out, *r.shown())
		}
	}
	slices.SortStableFunc(out, func(a, b alert.Rule) int {
		return cmp.Or(cmp.Compare(a.Builtin, b.Builtin), cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// AlertRule is a rule in force, its secrets hidden; fault.NotFound when there is none.
func (t *Tenant) AlertRule(id string) (*alert.Rule, error) {
	r := t.alerts.rules.Load().byID[id]
	if r == nil {
		return nil, errUnknownRule
	}
	return r.shown(), nil
}

// CreateAlertRule stores a rule, which is in force when it returns. Errors: fault.Invalid with the fields, fault.NotFound for a workflow that is unknown,
// fault.Conflict for a rule that is there already.
func (t *Tenant) CreateAlertRule(r alert.Rule, by audit.By) (*alert.Rule, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	now := t.engine.instant()
	r.ID, r.Builtin, r.Version, r.CreatedBy, r.UpdatedBy = id.String(), "", 1, by.ID, by.ID
	r.CreatedAt, r.UpdatedAt, r.DeletedAt = now, now, execution.NoInstant
	next, err := t.checkedRule(&r, nil)
	if err != nil {
		return nil, err
	}
	err = t.alterAlerts(func(w *alertWork) error {
		if len(w.rules.all) >= alertRulesMax+len(alert.Builtins()) {
			return errTooManyRules
		}
		if w.duplicates(next) {
			return errDuplicateRule
		}
		return w.putRule(next, audit.AlertCreated, by, map[string]any{"alertId": r.ID, "alertType": r.Type, "conditions": r.Conditions})
	})
	if err != nil {
		return nil, err
	}
	return next.shown(), nil
}

// ChangeAlertRule lets change a rule, for matches of the present version only. Its type stays.
func (t *Tenant) ChangeAlertRule(id string, by audit.By, matches func(version int64) bool, change func(r *alert.Rule) error) (*alert.Rule, error) {
	var next *alertRule
	err := t.alterAlerts(func(w *alertWork) error {
		old := w.rules.byID[id]
		switch {
		case old == nil:
			return errUnknownRule
		case !matches(old.Version):
			return errStaleAlert
		}
		r := *old.shown()
		if err := change(&r); err != nil {
			return err
		}
		if r.Type != old.Type {
			return errOtherType
		}
		r.ID, r.Builtin, r.CreatedAt, r.CreatedBy = old.ID, old.Builtin, old.CreatedAt, old.CreatedBy
		r.Version, r.UpdatedAt, r.UpdatedBy = old.Version+1, w.now, by.ID
		var err error
		if next, err = t.checkedRule(&r, old); err != nil {
			return err
		}
		if w.duplicates(next) {
			return errDuplicateRule
		}
		if !next.Active || next.WorkflowID != old.WorkflowID {
			w.closeScopes(id, "rule_changed")
		}
		return w.putRule(next, audit.AlertUpdated, by, ruleDifferences(&old.Rule, &next.Rule))
	})
	if err != nil {
		return nil, err
	}
	return next.shown(), nil
}

// DeleteAlertRule takes a rule out of force. Its records stay (B-21).
func (t *Tenant) DeleteAlertRule(id string, by audit.By) error {
	return t.alterAlerts(func(w *alertWork) error {
		old := w.rules.byID[id]
		switch {
		case old == nil:
			return errUnknownRule
		case old.Builtin != "":
			return errBuiltinRule
		}
		gone := *old
		gone.DeletedAt, gone.UpdatedBy = w.now, by.ID
		w.closeScopes(id, "rule_deleted")
		return w.putRule(&gone, audit.AlertDeleted, by, map[string]any{"alertId": id, "alertName": old.Name})
	})
}

// checkedRule is a rule as it is stored: valid, of a known workflow, its secrets sealed. old is what it takes the place of; nil: nothing.
func (t *Tenant) checkedRule(r *alert.Rule, old *alertRule) (*alertRule, error) {
	fields := t.checkChannels(r, old)
	if err := r.Normalise(); err != nil {
		fields = append(slices.Clone(err.Fields), fields...)
	}
	if len(fields) > 0 {
		return nil, fault.New(fault.Invalid, "invalid_field", "the rule is not valid").With(fields...)
	}
	if r.WorkflowID != "" && !t.entire.Knows(r.WorkflowID, "") {
		return nil, fault.New(fault.NotFound, "not_found", "no such workflow")
	}
	return t.sealRule(r)
}

// checkChannels fills in the secrets that a rule's channels have left hidden, and says what is wrong with the channels.
func (t *Tenant) checkChannels(r *alert.Rule, old *alertRule) (fields []fault.Field) {
	var former []alert.Channel
	if old != nil {
		former = old.Channels
	}
	kept, wrong := channel.Keep(r.Channels, former, func(ref string) (string, bool) { return t.ruleSecret(old, ref) })
	r.Channels = kept
	for _, f := range wrong {
		fields = append(fields, fault.Field{Location: "body.notificationChannels" + f.Location, Message: f.Message})
	}
	for i, c := range r.Channels {
		_, wrong := channel.ParseTargets(c, t.engine.webhookAllow)
		for _, f := range wrong {
			fields = append(fields, fault.Field{Location: fmt.Sprintf("body.notificationChannels[%d].%s", i, f.Location), Message: f.Message})
		}
	}
	return fields
}

// sealRule is a rule as it is stored.
func (t *Tenant) sealRule(r *alert.Rule) (*alertRule, error) {
	next := &alertRule{Rule: *r, Sealed: map[string][]byte{}}
	next.Channels = make([]alert.Channel, len(r.Channels))
	for i, c := range r.Channels {
		stored, ref, secret, err := channel.Split(c)
		if err != nil {
			return nil, fmt.Errorf("channel of a rule: %w", err)
		}
		next.Channels[i] = stored
		if ref == "" {
			continue
		}
		if next.Sealed[ref], err = t.sealSecret(t.secretOfRule(r.ID, ref), secret); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// secretOfRule is what a secret of a rule's channel is sealed under.
func (t *Tenant) secretOfRule(rule, ref string) string { return t.secretName("alert", rule+"/"+ref) }

// ruleSecret is a secret of a rule's channel; false when there is none, or it cannot be opened with the key file.
func (t *Tenant) ruleSecret(r *alertRule, ref string) (string, bool) {
	if r == nil {
		return "", false
	}
	return t.openSecret(t.secretOfRule(r.ID, ref), r.Sealed[ref])
}

// shown is a rule without its secrets.
func (r *alertRule) shown() *alert.Rule {
	out := r.Rule
	out.Channels = make([]alert.Channel, len(r.Channels))
	for i, c := range r.Channels {
		out.Channels[i] = channel.Shown(c)
	}
	return &out
}

func (w *alertWork) duplicates(r *alertRule) bool {
	return slices.ContainsFunc(w.rules.all, func(o *alertRule) bool { return o.ID != r.ID && o.Same(&r.Rule) })
}

// putRule stores a rule; when the transaction is committed it is the one in force, or gone.
func (w *alertWork) putRule(r *alertRule, event string, by audit.By, details any) error {
	t := w.tenant
	err := errors.Join(alertRules.Put(w.tx, t.scope, r), t.note(w.tx, event, by, ObjectAlertRule, r.ID, details))
	if err != nil {
		return fmt.Errorf("store alert rule: %w", err)
	}
	all := slices.DeleteFunc(slices.Clone(w.rules.all), func(o *alertRule) bool { return o.ID == r.ID })
	if !r.DeletedAt.Present() {
		all = append(all, r)
	}
	w.after = append(w.after, func() {
		t.alerts.rules.Store(newRuleSet(all))
		t.setTimers()
		t.alerts.changed = append(t.alerts.changed, r.ID) // a severity that rose breaks the cooldown
	})
	return nil
}

// closeScopes forgets what a rule remembers, and closes its open records: nobody watches any more whether they are over.
func (w *alertWork) closeScopes(rule, why string) {
	a := &w.tenant.alerts
	for k := range a.states {
		if k.rule == rule {
			w.states[k] = freshState(k)
		}
	}
	for id, r := range a.open {
		if r.RuleID != rule {
			continue
		}
		if record := w.record(id); record != nil && record.Resolve(alert.Person{ID: audit.System().ID}, "", w.now) {
			record.ResolvedWhy = why
			w.noteResolved(record, audit.System())
			w.tell(record, alert.ResolvedAway)
		}
	}
}

// ruleDifferences are what a change did, as the audit tells it.
func ruleDifferences(old, next *alert.Rule) map[string]any {
	changes := map[string]any{}
	add := func(field string, a, b any) {
		if fmt.Sprint(a) != fmt.Sprint(b) {
			changes[field] = map[string]any{"old": a, "new": b}
		}
	}
	add("alertName", old.Name, next.Name)
	add("workflowId", old.WorkflowID, next.WorkflowID)
	add("severity", old.Severity, next.Severity)
	add("cooldownMinutes", old.CooldownMinutes, next.CooldownMinutes)
	add("isActive", old.Active, next.Active)
	if !slices.EqualFunc(old.Conditions, next.Conditions, func(a, b alert.Condition) bool { return reflect.DeepEqual(a, b) }) {
		changes["conditions"] = map[string]any{"old": old.Conditions, "new": next.Conditions}
	}
	if fmt.Sprint(old.Channels) != fmt.Sprint(next.Channels) {
		changes["notificationChannels"] = "changed" // addresses are personal data
	}
	return map[string]any{"alertId": next.ID, "changes": changes}
}
