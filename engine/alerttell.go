package engine

import (
	"fmt"
	"slices"
	"strings"

	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/setting"
)

// telling is a transition of a record that somebody is to hear of.
type telling struct {
	record     *alert.Record
	transition alert.Transition
	ordinal    int
}

// tell has the messages of a transition planned when the transaction has done all else: some make others needless.
func (w *alertWork) tell(r *alert.Record, transition alert.Transition) {
	ordinal := 0
	switch transition {
	case alert.Reminder:
		r.Reminder = max(r.Reminder+1, int(r.Count)) // a severity that rises is told without another hit
		ordinal = r.Reminder
	case alert.EscalatedUp:
		ordinal = r.EscalationLevel
	case alert.Triggered, alert.ResolvedAway, alert.AcknowledgedByOne, alert.Tested:
	}
	w.told = append(w.told, telling{r, transition, ordinal})
}

// planAll plans the messages of the transaction.
func (w *alertWork) planAll() error {
	for _, one := range w.told {
		if err := w.plan(one); err != nil {
			return fmt.Errorf("plan messages of alert %s: %w", one.record.ID, err)
		}
	}
	return nil
}

func (w *alertWork) plan(one telling) error {
	t, r := w.tenant, one.record
	targets, err := w.targets(r, one.transition)
	if err != nil {
		return err
	}
	if one.transition == alert.Triggered || one.transition == alert.Reminder {
		targets = w.withoutThoseOfStreak(r, targets)
	}
	targets = slices.DeleteFunc(targets, func(to notify.Target) bool { return !t.mayTell(r, to) })
	rows := notify.Plan(r, one.transition, one.ordinal, targets, w.now)
	if err := (office{t}).Planned(w.tx, rows, w.now); err != nil {
		return err
	}
	w.planned = w.planned || len(rows) > 0
	return notify.Append(w.tx, t.scope, rows)
}

// withoutThoseOfStreak leaves out who hears of the same failed execution by consecutive_failures, which says more. Who hears only of the failure still
// does.
func (w *alertWork) withoutThoseOfStreak(r *alert.Record, targets []notify.Target) []notify.Target {
	if r.Type != alert.ExecutionFailed || r.ExecutionID == "" {
		return targets
	}
	streak := func(o *alert.Record) bool {
		return o.Type == alert.ConsecutiveFailures && o.ExecutionID == r.ExecutionID && o.Status != alert.Resolved && !o.Silent
	}
	drop := func(o *alert.Record) {
		if !streak(o) {
			return
		}
		rule := w.rules.byID[o.RuleID]
		if rule == nil {
			return
		}
		heard := w.tenant.ruleTargets(rule)
		targets = slices.DeleteFunc(targets, func(to notify.Target) bool {
			return slices.ContainsFunc(heard, func(by notify.Target) bool { return by.Type == to.Type && by.Address == to.Address })
		})
	}
	for _, id := range w.order {
		drop(w.records[id])
	}
	for id, o := range w.tenant.alerts.open {
		if w.records[id] == nil {
			drop(o)
		}
	}
	return targets
}

// targets are whom a transition is told: the rule's channels, of an escalation those of its level, of an end those who heard of the beginning.
func (w *alertWork) targets(r *alert.Record, transition alert.Transition) ([]notify.Target, error) {
	t := w.tenant
	switch transition {
	case alert.ResolvedAway, alert.AcknowledgedByOne:
		return notify.Told(w.tx, t.scope, r.ID)
	case alert.EscalatedUp:
		levels := t.Settings().Escalation
		if n := r.EscalationLevel; n >= 1 && n <= len(levels) {
			return t.addresses(levels[n-1].Channels), nil
		}
	case alert.Triggered, alert.Reminder:
	}
	rule := w.rules.byID[r.RuleID]
	if rule == nil {
		return notify.Told(w.tx, t.scope, r.ID)
	}
	return t.ruleTargets(rule), nil
}

// mayTell is whether a target may hear of a record: in the application nobody is told of clients whom they don't see (B-81).
func (t *Tenant) mayTell(r *alert.Record, to notify.Target) bool {
	id, isUser := strings.CutPrefix(to.Address, "user:")
	if to.Type != notify.InApp || !isUser {
		return true
	}
	u, err := t.engine.access.User(t.id, id)
	return err == nil && t.Limited(u.Clients).seesAlert(r)
}

// ruleTargets are the addresses of a rule's channels, each of its people alone.
func (t *Tenant) ruleTargets(r *alertRule) []notify.Target {
	var all []notify.Target
	for _, c := range r.Channels {
		targets, _ := channel.ParseTargets(c, t.engine.webhookAllow) // it was checked when it was stored
		for _, to := range targets {
			if to.Options.SecretRef != "" {
				to.Options.SecretRef = r.ID + "/" + to.Options.SecretRef
			}
			all = append(all, to)
		}
	}
	return t.expand(all)
}

// addresses are the targets of an escalation.
func (t *Tenant) addresses(all []setting.Destination) (out []notify.Target) {
	for i := range all {
		c, err := destinationChannel(&all[i])
		if err != nil {
			continue // it was checked when it was set
		}
		targets, _ := channel.ParseTargets(c, t.engine.webhookAllow)
		out = append(out, targets...)
	}
	return t.expand(out)
}

// expand names the people whom an in-app target is for.
func (t *Tenant) expand(targets []notify.Target) (out []notify.Target) {
	for _, to := range targets {
		role, isRole := strings.CutPrefix(to.Address, "role:")
		if to.Type != notify.InApp || !isRole && to.Address != channel.Everybody {
			out = append(out, to)
			continue
		}
		for _, u := range t.engine.access.Users(t.id) {
			if u.IsActive && (!isRole || slices.Contains(u.Roles, access.Role(role))) {
				out = append(out, notify.User(u.ID))
			}
		}
	}
	return out
}
