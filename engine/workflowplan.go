package engine

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify/text"
	"flowwatch/engine/schedule"
	"flowwatch/kv"
)

// WorkflowSchedule is when a workflow is expected to run, on the clocks of Europe/Warsaw: see package schedule.
type WorkflowSchedule struct {
	Cron            string `json:"cron"`
	GraceMinutes    int    `json:"graceMinutes"`    // how late a run may begin
	WorkingDaysOnly bool   `json:"workingDaysOnly"` // not on Saturdays, Sundays and holidays
}

// Check says what is wrong with the times; "": nothing.
func (s *WorkflowSchedule) Check() string {
	if _, err := schedule.Parse(s.Cron); err != nil {
		return err.Error()
	}
	return ""
}

// scheduledSince notes since when the schedule is as it is: nothing that was due before is missed.
func (w *Workflow) scheduledSince(old *Workflow) {
	w.ScheduledAt = execution.Instant(0)
	switch {
	case w.Schedule == nil:
	case old != nil && old.Schedule != nil && *old.Schedule == *w.Schedule:
		w.ScheduledAt = old.ScheduledAt
	default:
		w.ScheduledAt = w.Learnt
	}
}

// ScheduleOf is when a workflow is expected to run, nil if that was never said.
func (t *Tenant) ScheduleOf(workflowID string) *WorkflowSchedule {
	t.view.RLock()
	defer t.view.RUnlock()
	if w := t.catalogue[workflowID]; w != nil {
		return w.Schedule
	}
	return nil
}

// ScheduleWorkflow says when a workflow is expected to run. All else that is known of it stays; the name is for one that is not known yet.
func (t *Tenant) ScheduleWorkflow(by audit.By, workflowID, name string, s WorkflowSchedule) error {
	t.view.RLock()
	w := Workflow{WorkflowID: workflowID, Name: name, Tags: []string{}, Steps: []execution.PlanStep{}}
	if known := t.catalogue[workflowID]; known != nil {
		w = *known
	}
	t.view.RUnlock()
	w.Schedule = &s
	return t.putWorkflow(w, func(tx *kv.Tx) error { return t.note(tx, audit.WorkflowScheduled, by, ObjectWorkflow, workflowID, s) })
}

// expected is the last time up to now at which the workflow was to run, and the one before; ok is false when there is none.
func (s *WorkflowSchedule) expected(c *deadline.Calendar, now time.Time) (latest, before time.Time, ok bool) {
	plan, err := schedule.Parse(s.Cron)
	if err != nil { // it was checked when it was stored
		return latest, before, false
	}
	return plan.Latest(now.In(deadline.Zone()), s.off(c))
}

// next is the first time after now at which the workflow is to run; ok is false when there is none.
func (s *WorkflowSchedule) next(c *deadline.Calendar, now time.Time) (at time.Time, ok bool) {
	plan, err := schedule.Parse(s.Cron)
	if err != nil {
		return at, false
	}
	return plan.Next(now.In(deadline.Zone()), s.off(c))
}

// off says which days have no times; nil: none by themselves.
func (s *WorkflowSchedule) off(c *deadline.Calendar) func(noon time.Time) bool {
	if !s.WorkingDaysOnly {
		return nil
	}
	return func(noon time.Time) bool { return c.Off(deadline.DayOf(noon), true) != "" }
}

// advice is what the owner of a record's workflow wrote down, for messages about it.
func (t *Tenant) advice(r *alert.Record) text.Advice {
	t.view.RLock()
	w := t.catalogue[r.WorkflowID]
	t.view.RUnlock()
	if w == nil {
		return text.Advice{}
	}
	return text.Advice{Instruction: w.Instruction, Owner: w.Owner, OpenURL: t.executionURL(w, r.ExecutionID)}
}

// executionURL is where an execution stands in its engine; "" where that is not known.
func (t *Tenant) executionURL(w *Workflow, executionID string) string {
	if w.ExecutionURL == "" || executionID == "" {
		return ""
	}
	externalID := executionID
	if strings.Contains(w.ExecutionURL, "{externalId}") {
		if s, err := t.entire.summaryOf(executionID); err == nil {
			externalID = externalIDOf(&s)
		}
	}
	return strings.NewReplacer("{executionId}", url.PathEscape(executionID), "{externalId}", url.PathEscape(externalID)).Replace(w.ExecutionURL)
}

// externalIDOf is the id that the engine itself gave an execution.
func externalIDOf(s *execution.Summary) string {
	var fields map[string]any
	if len(s.Metadata) > 0 && json.Unmarshal(s.Metadata, &fields) == nil {
		if id, ok := fields[externalIDName].(string); ok && id != "" {
			return id
		}
	}
	return s.ExecutionID
}

// WorkflowNamed is the id of the workflow of that name, or that id, whatever the case; "" when there is none. Of several it is the first by id.
func (t *Tenant) WorkflowNamed(name string) (id string) {
	if name == "" {
		return ""
	}
	t.view.RLock()
	defer t.view.RUnlock()
	for _, w := range t.catalogue {
		if (strings.EqualFold(w.Name, name) || strings.EqualFold(w.WorkflowID, name)) && (id == "" || w.WorkflowID < id) {
			id = w.WorkflowID
		}
	}
	return id
}
