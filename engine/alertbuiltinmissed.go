package engine

import (
	"context"
	"fmt"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

const (
	startsEarly  = 5 * time.Minute  // how long before its time a run may begin, at most
	graceMin     = 10 * time.Second // events are on their way that long
	settleMissed = 2 * time.Minute  // after the start, for what was due while the appliance was off
)

// expectation is a time at which a workflow was to run.
type expectation struct {
	workflow *Workflow // as it was declared; entries of the catalogue are replaced, never changed
	minute   int64     // of the clock when it was computed
	at, from execution.Instant
	exists   bool
	ran      bool // it has
}

// lookAtSchedules finds the workflows that did not run at their last time, and have not since. What was due before the schedule was declared is not
// missed; workflows that are paused, archived or drafts miss nothing.
func (t *Tenant) lookAtSchedules(ctx context.Context, r *alertRule) (*builtinLook, error) {
	if r == nil {
		return nil, nil
	}
	now, look := t.engine.now(), &builtinLook{builtin: alert.MissedRun, complete: true}
	kept := map[string]*expectation{}
	for _, w := range t.scheduled() {
		grace := max(graceMin, time.Duration(w.Schedule.GraceMinutes)*time.Minute)
		x := t.alerts.lookout.schedules[w.WorkflowID]
		if minute := now.UnixMilli() / graceMin.Milliseconds(); x == nil || x.workflow != w || x.minute != minute {
			x = t.expect(w, now.Add(-grace), x)
			x.minute = minute
		}
		kept[w.WorkflowID] = x
		due := x.at + execution.Instant(grace)
		if !x.exists || x.at <= w.ScheduledAt || x.ran {
			continue
		}
		f := finding{Observation: alert.Observation{At: due, Met: true, WorkflowID: w.WorkflowID, WorkflowName: w.title(), Facts: noFacts()}}
		f.Facts.At = x.at
		if opened := t.engine.opened; due < execution.At(opened) && now.Sub(opened) < settleMissed {
			f.onlyKnown = true
		} else {
			var err error
			if x.ran, err = t.ranSince(ctx, w.WorkflowID, x.from); err != nil {
				return nil, err
			}
		}
		if !x.ran {
			look.found = append(look.found, f)
		}
	}
	t.alerts.lookout.schedules = kept
	return look, nil
}

// scheduled are the workflows in force that have a schedule.
func (t *Tenant) scheduled() (all []*Workflow) {
	t.view.RLock()
	defer t.view.RUnlock()
	for _, w := range t.catalogue {
		if w.Schedule != nil && w.State == "active" {
			all = append(all, w)
		}
	}
	return all
}

// expect is the last time up to a moment at which the workflow was to run. What was found of that time before stands.
func (t *Tenant) expect(w *Workflow, now time.Time, old *expectation) *expectation {
	x := &expectation{workflow: w}
	latest, before, ok := w.Schedule.expected(t.engine.book.Calendar, now)
	if x.exists = ok; !ok {
		return x
	}
	early := startsEarly
	if !before.IsZero() {
		early = min(early, latest.Sub(before)/2)
	}
	x.at, x.from = execution.At(latest), execution.At(latest.Add(-early))
	x.ran = old != nil && old.exists && old.at == x.at && old.ran
	return x
}

// ranSince reports whether an execution of the workflow was queued or has begun since.
func (t *Tenant) ranSince(ctx context.Context, workflowID string, since execution.Instant) (bool, error) {
	q := queryOf(workflowID)
	q.From, q.Limit = since, 1
	page, err := t.entire.Executions(ctx, q)
	if err != nil {
		return false, fmt.Errorf("runs of %s: %w", workflowID, err)
	}
	return len(page.Items) > 0, nil
}

// title is the name to show.
func (w *Workflow) title() string {
	if w.Name != "" {
		return w.Name
	}
	return w.WorkflowID
}
