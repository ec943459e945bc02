package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/setting"
)

// dueEscalations are the open records that nobody has acknowledged in time.
func (t *Tenant) dueEscalations() (ids []string) {
	now := t.engine.instant()
	for id, r := range t.alerts.open {
		if r.NextEscalation.Present() && r.NextEscalation <= now && r.Status != alert.Acknowledged {
			ids = append(ids, id)
		}
	}
	return ids
}

// nextEscalation is when a record goes on to the next people if nobody acknowledges it; NoInstant: never. Levels are the settings' in their order. One
// with working hours waits for them, unless a critical alert is about a deadline of two working days or fewer (J3.2).
func (t *Tenant) nextEscalation(r *alert.Record, from execution.Instant) execution.Instant {
	levels := t.Settings().Escalation
	if r.Silent || r.EscalationLevel >= len(levels) {
		return execution.NoInstant
	}
	level := &levels[r.EscalationLevel]
	at := from + execution.Instant(time.Duration(level.AfterMinutes)*time.Minute)
	if level.WorkingHours == nil || t.cannotWait(r) {
		return at
	}
	return execution.At(level.WorkingHours.Next(at.Time(), t.engine.zone, t.dayOff))
}

// cannotWait says that a record is critical and a confirmed deadline near that is its own, or that its workflow serves; of one about no workflow, any.
func (t *Tenant) cannotWait(r *alert.Record) bool {
	if r.Severity != alert.Critical {
		return false
	}
	if r.Facts.Obligation != "" {
		return r.Facts.BusinessDays <= riskDays
	}
	near := t.alerts.near.Load()
	return near != nil && (near.workflows[r.WorkflowID] || r.WorkflowID == "" && near.any)
}

// escalateByItself passes a record on whose time has come. A level whose working hours were set, or an alert that lost its haste, since then waits.
func (w *alertWork) escalateByItself(id string) {
	r := w.record(id)
	if r == nil {
		return
	}
	levels := w.tenant.Settings().Escalation
	if r.EscalationLevel >= len(levels) {
		r.NextEscalation = execution.NoInstant // there are fewer levels by now
		return
	}
	if hours := levels[r.EscalationLevel].WorkingHours; hours != nil && !w.tenant.cannotWait(r) {
		if at := execution.At(hours.Next(w.now.Time(), w.tenant.engine.zone, w.tenant.dayOff)); at > w.now {
			r.NextEscalation = at
			return
		}
	}
	if w.escalate(r, audit.System(), "") {
		w.follow(r)
	}
}

// destinationChannel is a destination as a rule's channel: of a text "email:a@b.pl", "sms:+48…", "in_app:role:org_admin", or a mailbox or a number as
// it is.
func destinationChannel(d *setting.Destination) (alert.Channel, error) {
	if d.Type != "" {
		return alert.Channel{Type: d.Type, Config: d.Config}, nil
	}
	kind, address, found := strings.Cut(d.Text, ":")
	switch {
	case found:
	case strings.Contains(d.Text, "@"):
		kind, address = string(notify.Email), d.Text
	default:
		kind, address = string(notify.SMS), d.Text
	}
	config := map[string]any{"to": []string{address}, "url": address, "webhookUrl": address}
	if role, isRole := strings.CutPrefix(address, "role:"); isRole {
		config["roles"] = []string{role}
	} else if user, isUser := strings.CutPrefix(address, "user:"); isUser {
		config["userIds"] = []string{user}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return alert.Channel{}, fmt.Errorf("destination: %w", err)
	}
	return alert.Channel{Type: kind, Config: text}, nil
}

// checkDestinations says what is wrong with the channels of escalations that are not as they were. Those with a secret are refused: a setting is shown
// as it is, and a rule keeps its channels' secrets sealed.
func (t *Tenant) checkDestinations(old, next []setting.Escalation) (fields []fault.Field) {
	known := map[string]bool{}
	name := func(d *setting.Destination) string { return d.Text + "\x00" + d.Type + "\x00" + string(d.Config) }
	for i := range old {
		for j := range old[i].Channels {
			known[name(&old[i].Channels[j])] = true
		}
	}
	for i := range next {
		for j := range next[i].Channels {
			d := &next[i].Channels[j]
			if known[name(d)] {
				continue
			}
			at := fmt.Sprintf("body.escalation[%d].channels[%d]", i, j)
			for _, f := range t.checkDestination(d) {
				if d.Type != "" {
					f.Location = at + "." + f.Location
				} else {
					f.Location = at
				}
				fields = append(fields, f)
			}
		}
	}
	return slices.CompactFunc(fields, func(a, b fault.Field) bool { return a == b })
}

func (t *Tenant) checkDestination(d *setting.Destination) []fault.Field {
	c, err := destinationChannel(d)
	if err != nil {
		return []fault.Field{{Location: "config", Message: "is of the wrong type"}}
	}
	if _, wrong := channel.ParseTargets(c, t.engine.webhookAllow); len(wrong) > 0 {
		return wrong
	}
	if _, ref, _, err := channel.Split(c); err != nil || ref != "" {
		return []fault.Field{{Location: "config", Message: "has a secret, which a setting would show: name this channel in a rule, where it is sealed"}}
	}
	return nil
}
