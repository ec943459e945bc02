package engine

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// outagesMax bounds the outages of an organisation, past ones too; the oldest past ones give way.
const outagesMax = 200

var errUnknownOutage = fault.New(fault.NotFound, "not_found", "no such outage")

// Outages lists known outages, newest first, past ones too.
func (t *Tenant) Outages() []Outage {
	out := slices.Clone(*t.alerts.outages.Load())
	slices.Reverse(out)
	return out
}

// explained reports whether a failure is of a known outage: then it says nothing about the workflow, and counts neither as a failure nor as a success
// (J4).
func (t *Tenant) explained(errorText string, at execution.Instant) bool {
	for _, x := range *t.alerts.outages.Load() {
		if x.Explains(errorText, at) {
			return true
		}
	}
	return false
}

// CreateOutage notes a failure of somebody else. While it lasts, messages about what fails by it wait, and failures by it count for no streak and no
// rate; alerts are raised all the same. fault.Invalid with the fields.
func (t *Tenant) CreateOutage(o alert.Outage, by audit.By) (*Outage, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	now := t.engine.instant()
	x := Outage{Outage: o, CreatedBy: by.Name, CreatedAt: now}
	x.ID, x.Reason = id.String(), t.Hides().Text(x.Reason)
	if err := x.Check(now); err != nil {
		return nil, err
	}
	err = t.alterAlerts(func(w *alertWork) error {
		all := slices.Clone(*t.alerts.outages.Load())
		if len(all) >= outagesMax {
			past := slices.IndexFunc(all, func(x Outage) bool { return x.Until.Present() && x.Until <= now })
			if past < 0 {
				return fault.New(fault.Conflict, "too_many", fmt.Sprintf("an organisation has at most %d outages", outagesMax))
			}
			if err := alertOutages.Delete(w.tx, t.scope, &all[past]); err != nil {
				return fmt.Errorf("delete outage: %w", err)
			}
			all = slices.Delete(all, past, past+1)
		}
		if err := alertOutages.Put(w.tx, t.scope, &x); err != nil {
			return fmt.Errorf("store outage: %w", err)
		}
		w.after = append(w.after, func() { t.setOutages(append(all, x)) })
		return t.note(w.tx, audit.OutageCreated, by, ObjectOutage, x.ID, map[string]any{"cause": x.Cause, "since": x.Since, "until": x.Until, "reason": x.Reason})
	})
	if err != nil {
		return nil, err
	}
	return &x, nil
}

// EndOutage ends an outage now. What it kept back is told if it still holds, and what was told before and still fails is told again (J4.3). Ending one
// that is over changes nothing.
func (t *Tenant) EndOutage(id string, by audit.By) (*Outage, error) {
	var x Outage
	err := t.alterAlerts(func(w *alertWork) error {
		all := slices.Clone(*t.alerts.outages.Load())
		at := slices.IndexFunc(all, func(x Outage) bool { return x.ID == id })
		if at < 0 {
			return errUnknownOutage
		}
		x = all[at]
		if x.Until.Present() && x.Until <= w.now {
			return nil
		}
		covered := x.Outage
		x.Until, x.EndedBy = w.now, by.Name
		if x.Until <= x.Since {
			x.Since = x.Until - 1
		}
		all[at] = x
		if err := alertOutages.Put(w.tx, t.scope, &x); err != nil {
			return fmt.Errorf("store outage: %w", err)
		}
		w.remindOf(&covered)
		w.after = append(w.after, func() { t.setOutages(all) })
		return t.note(w.tx, audit.OutageEnded, by, ObjectOutage, x.ID, map[string]any{"cause": x.Cause, "since": x.Since, "until": x.Until})
	})
	if err != nil {
		return nil, err
	}
	return &x, nil
}

// setOutages lets outages hold. What counts as a failure has changed, so histories are read anew. The caller is the writer.
func (t *Tenant) setOutages(all []Outage) {
	t.alerts.outages.Store(&all)
	t.alerts.histories = map[string]*alert.History{}
	t.engine.outbox.Reconsider(t.scope)
}

// remindOf tells again of what an outage that ends covered and nobody has acknowledged. Who has a message waiting gets that one.
func (w *alertWork) remindOf(x *alert.Outage) {
	for id, r := range w.tenant.alerts.open {
		if r.Status == alert.Acknowledged || !x.Covers(r, w.now) {
			continue
		}
		if record := w.record(id); record != nil {
			w.told = append(w.told, telling{record, alert.Reminder, int(w.now.Ms() / 1000)}) // an ordinal that no count reaches
		}
	}
}
