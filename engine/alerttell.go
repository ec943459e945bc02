package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
)

// tell plans the messages of a transition, in the transaction of it.
func (w *alertWork) tell(r *alert.Record, transition alert.Transition) {
	if w.tx == nil {
		return
	}
	if err := w.plan(r, transition); err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("plan messages of alert %s: %w", r.ID, err))
	}
}

func (w *alertWork) plan(r *alert.Record, transition alert.Transition) error {
	t := w.tenant
	targets, err := w.targets(r, transition)
	if err != nil {
		return err
	}
	ordinal := 0
	switch transition {
	case alert.Reminder:
		ordinal = int(r.Count)
	case alert.EscalatedUp:
		ordinal = r.EscalationLevel
	case alert.Triggered, alert.ResolvedAway, alert.AcknowledgedByOne:
	}
	targets = slices.DeleteFunc(targets, func(to notify.Target) bool { return !t.mayTell(r, to) })
	rows := notify.Plan(r, transition, ordinal, targets, w.now)
	for i := range rows {
		if rows[i].To.Type == notify.InApp {
			continue
		}
		if err := t.allowLink(w.tx, r, rows[i].To, w.now); err != nil {
			return err
		}
	}
	return notify.Append(w.tx, t.scope, rows)
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

// addresses are the targets of an escalation: "email:a@b.pl", "sms:+48…", "in_app:role:org_admin", or a mailbox or a number as it is.
func (t *Tenant) addresses(all []string) (out []notify.Target) {
	for _, text := range all {
		kind, address, found := strings.Cut(text, ":")
		switch {
		case found:
		case strings.Contains(text, "@"):
			kind, address = string(notify.Email), text
		default:
			kind, address = string(notify.SMS), text
		}
		config := map[string]any{"to": []string{address}, "url": address, "webhookUrl": address}
		if role, isRole := strings.CutPrefix(address, "role:"); isRole {
			config["roles"] = []string{role}
		} else if user, isUser := strings.CutPrefix(address, "user:"); isUser {
			config["userIds"] = []string{user}
		}
		text, err := json.Marshal(config)
		if err != nil {
			continue
		}
		targets, _ := channel.ParseTargets(alert.Channel{Type: kind, Config: text}, t.engine.webhookAllow)
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
