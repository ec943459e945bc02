package engine

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

// silencesMax bounds the silences of an organisation, past ones too; the oldest past ones give way.
const silencesMax = 200

var errUnknownSilence = fault.New(fault.NotFound, "not_found", "no such silence")

// Silences lists them, newest first, past ones too.
func (t *Tenant) Silences() []alert.Silence {
	out := slices.Clone(*t.alerts.silences.Load())
	slices.Reverse(out)
	return out
}

// CreateSilence keeps messages back for a while; alerts are raised all the same. Errors: fault.Invalid with the fields, fault.NotFound for a rule or a
// workflow that is unknown.
func (t *Tenant) CreateSilence(s alert.Silence, by audit.By) (*alert.Silence, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	now := t.engine.instant()
	s.ID, s.CreatedAt, s.CreatedBy, s.Reason = id.String(), now, by.Name, t.Hides().Text(s.Reason)
	if err := s.Check(now); err != nil {
		return nil, err
	}
	if s.WorkflowID != "" && !t.entire.Knows(s.WorkflowID, "") {
		return nil, fault.New(fault.NotFound, "not_found", "no such workflow")
	}
	err = t.alterAlerts(func(w *alertWork) error {
		if s.RuleID != "" && w.rules.byID[s.RuleID] == nil {
			return errUnknownRule
		}
		all := slices.Clone(*t.alerts.silences.Load())
		if len(all) >= silencesMax {
			if all[0].EndsAt > now {
				return fault.New(fault.Conflict, "too_many", fmt.Sprintf("an organisation has at most %d silences", silencesMax))
			}
			if err := alertSilences.Delete(w.tx, t.scope, &all[0]); err != nil {
				return err
			}
			all = all[1:]
		}
		if err := alertSilences.Put(w.tx, t.scope, &s); err != nil {
			return fmt.Errorf("store silence: %w", err)
		}
		details := map[string]any{"alertId": s.RuleID, "workflowId": s.WorkflowID, "startsAt": s.StartsAt, "endsAt": s.EndsAt, "reason": s.Reason}
		w.after = append(w.after, func() {
			all = append(all, s)
			t.alerts.silences.Store(&all)
			t.engine.outbox.Reconsider(t.scope)
		})
		return t.note(w.tx, audit.SilenceCreated, by, ObjectSilence, s.ID, details)
	})
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// DeleteSilence ends a silence; what it kept back is sent if it still holds.
func (t *Tenant) DeleteSilence(id string, by audit.By) error {
	return t.alterAlerts(func(w *alertWork) error {
		all := slices.Clone(*t.alerts.silences.Load())
		at := slices.IndexFunc(all, func(s alert.Silence) bool { return s.ID == id })
		if at < 0 {
			return errUnknownSilence
		}
		gone := all[at]
		if err := alertSilences.Delete(w.tx, t.scope, &gone); err != nil {
			return fmt.Errorf("delete silence: %w", err)
		}
		w.after = append(w.after, func() {
			all = slices.Delete(all, at, at+1)
			t.alerts.silences.Store(&all)
			t.engine.outbox.Reconsider(t.scope)
		})
		return t.note(w.tx, audit.SilenceDeleted, by, ObjectSilence, id, nil)
	})
}
