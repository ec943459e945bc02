package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// workflowsMax bounds the catalogue of one organisation. Events of further
// workflows are kept and listed all the same; they only have no entry here.
const workflowsMax = 10_000

// Workflow is one entry of the catalogue: learnt from events (B-73) or
// declared by the engine, which then wins. Durations are ms, 0 = unknown.
type Workflow struct {
	WorkflowID         string               `json:"workflowId"`
	Name               string               `json:"name"`
	Version            string               `json:"version"`
	State              string               `json:"state"` // draft, active, paused, archived
	Tags               []string             `json:"tags"`
	Steps              []execution.PlanStep `json:"steps"`
	ExpectedDurationMs int64                `json:"expectedDurationMs,omitempty"`
	TimeoutMs          int64                `json:"timeoutMs,omitempty"`
	Schedule           *WorkflowSchedule    `json:"schedule,omitempty"`
	Instruction        string               `json:"instruction,omitempty"`  // what to do when it fails
	Owner              string               `json:"owner,omitempty"`        // who looks after it
	ExecutionURL       string               `json:"executionUrl,omitempty"` // of an execution in its engine; {executionId} and {externalId} stand for its ids
	Declared           bool                 `json:"declared"`
	Learnt             execution.Instant    `json:"learnt"`                // time of the first event that told of it as it is
	ScheduledAt        execution.Instant    `json:"scheduledAt,omitzero"`  // since when the schedule is as it is
	VersionSince       execution.Instant    `json:"versionSince,omitzero"` // when the version took the place of another

	unsaved bool
}

var workflows = kv.NewCollection("workflows", workflowSpec())

func workflowSpec() kv.Spec[Workflow] {
	encode, decode := kv.JSON[Workflow]()
	key := func(dst []byte, w *Workflow) []byte { return append(dst, w.WorkflowID...) }
	return kv.Spec[Workflow]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// LastExecution is a workflow's newest execution.
type LastExecution struct {
	ExecutionID string            `json:"executionId"`
	Status      string            `json:"status"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
	Error       *string           `json:"error"`
}

// WorkflowStatus is a workflow with its numbers. Health is judged on the last
// finished runs: healthy, degraded (some of them failed), failing (the newest
// did), unknown (none yet).
type WorkflowStatus struct {
	Workflow
	WorkflowName   string             `json:"workflowName"`
	CountsByStatus map[string]int64   `json:"countsByStatus"`
	Total          int64              `json:"totalExecutions"`
	LastExecution  *LastExecution     `json:"lastExecution"`
	Health         string             `json:"health"`
	LastResults    []string           `json:"lastResults"`       // statuses of the newest executions that the handle shows, newest first
	NextRunAt      *execution.Instant `json:"nextRunAt"`         // by its schedule
	Numbers        *WorkflowNumbers   `json:"numbers,omitempty"` // where they were asked for
}

// healthRuns is how many of the newest executions health looks at.
const healthRuns = 20

// learn notes the workflow of an execution. The caller holds view.
func (t *Tenant) learn(s *execution.Summary) {
	w := t.catalogue[s.WorkflowID]
	switch {
	case s.WorkflowID == "":
	case w == nil:
		if len(t.catalogue) >= workflowsMax {
			return
		}
		t.catalogue[s.WorkflowID] = &Workflow{
			WorkflowID: s.WorkflowID, Name: s.WorkflowName, Version: s.WorkflowVersion,
			State: "active", Learnt: s.FirstSeenAt, unsaved: true,
		}
	case w.unsaved && !w.Declared && s.FirstSeenAt < w.Learnt && s.WorkflowName == w.Name && s.WorkflowVersion == w.Version:
		next := *w
		next.Learnt = s.FirstSeenAt // whichever execution is shown first: after a restart that may be another
		t.catalogue[w.WorkflowID] = &next
	case w.Declared || s.LastEventAt < w.Learnt:
	case s.WorkflowName != "" && s.WorkflowName != w.Name, s.WorkflowVersion != "" && s.WorkflowVersion != w.Version:
		next := *w
		next.Learnt, next.unsaved = s.LastEventAt, true
		if s.WorkflowName != "" {
			next.Name = s.WorkflowName
		}
		if s.WorkflowVersion != "" {
			next.versionAt(w, s.WorkflowVersion, s.LastEventAt)
		}
		t.catalogue[w.WorkflowID] = &next
	}
}

// versionAt gives the workflow a version that it has from a time on, unless old had it already.
func (w *Workflow) versionAt(old *Workflow, version string, at execution.Instant) {
	w.Version = version
	switch {
	case old == nil || old.Version == "":
	case old.Version == version:
		w.VersionSince = old.VersionSince
	default:
		w.VersionSince = at
	}
}

// nameOf is the name to show for an execution's workflow: its id where it has none, and that of the execution as long as nobody said which workflow it
// runs. The caller holds view.
func (t *Tenant) nameOf(s *execution.Summary) string {
	if s.WorkflowName != "" {
		return s.WorkflowName
	}
	if w := t.catalogue[s.WorkflowID]; w != nil && w.Name != "" {
		return w.Name
	}
	return cmp.Or(s.WorkflowID, s.ExecutionID)
}

// PutWorkflow stores what an engine declares of a workflow; it is durable
// when it returns.
func (t *Tenant) PutWorkflow(_ context.Context, w Workflow) error {
	return t.putWorkflow(w, func(*kv.Tx) error { return nil })
}

// putWorkflow stores it, and what beside writes in the same transaction.
func (t *Tenant) putWorkflow(w Workflow, beside func(*kv.Tx) error) error {
	w.Declared, w.Learnt = true, t.engine.instant()
	if w.State == "" {
		w.State = "active"
	}
	t.view.RLock()
	old := t.catalogue[w.WorkflowID]
	full := old == nil && len(t.catalogue) >= workflowsMax
	t.view.RUnlock()
	w.scheduledSince(old)
	w.versionAt(old, w.Version, w.Learnt)
	if full {
		return fault.New(fault.Invalid, "too_many_workflows", fmt.Sprintf("an organisation has at most %d workflows", workflowsMax))
	}
	err := t.engine.db.Batch(func(tx *kv.Tx) error { return errors.Join(workflows.Put(tx, t.scope, &w), beside(tx)) })
	if err != nil {
		return storeFault(fmt.Errorf("put workflow: %w", err))
	}
	t.view.Lock()
	t.catalogue[w.WorkflowID] = &w
	t.view.Unlock()
	if old == nil || old.TimeoutMs != w.TimeoutMs {
		t.alerts.retime.Store(true)
	}
	return nil
}

// Workflows lists the organisation's workflows by name, only the one of an id unless it is "". Counts and health are of
// all clients, the last execution is one that the handle shows.
func (t *Tenant) Workflows(ctx context.Context, only string) ([]WorkflowStatus, error) {
	t.view.RLock()
	out := make([]WorkflowStatus, 0, len(t.catalogue))
	for _, w := range t.catalogue {
		if only != "" && only != w.WorkflowID {
			continue
		}
		s := WorkflowStatus{Workflow: *w, WorkflowName: w.Name, CountsByStatus: map[string]int64{}}
		if s.WorkflowName == "" {
			s.WorkflowName = w.WorkflowID
		}
		for i, n := range t.tally.of(w.WorkflowID) {
			s.CountsByStatus[execution.Status(i).String()] = n
			s.Total += n
		}
		out = append(out, s)
	}
	t.view.RUnlock()
	sort.Slice(out, func(i, j int) bool {
		a, b := strings.ToLower(out[i].WorkflowName), strings.ToLower(out[j].WorkflowName)
		return a < b || a == b && out[i].WorkflowID < out[j].WorkflowID
	})
	for i := range out {
		q := queryOf(out[i].WorkflowID)
		q.Limit = healthRuns
		page, err := t.entire.Executions(ctx, q)
		if err != nil {
			return nil, err
		}
		out[i].LastExecution, out[i].Health = t.judge(page.Items)
		out[i].LastResults = []string{}
		for n := range page.Items {
			if t.sees(page.Items[n].ClientRef) {
				out[i].LastResults = append(out[i].LastResults, page.Items[n].Status.String())
			}
		}
		if s := out[i].Schedule; s != nil && out[i].State == "active" {
			if next, ok := s.next(t.engine.book.Calendar, t.engine.now()); ok {
				at := execution.At(next)
				out[i].NextRunAt = &at
			}
		}
		if !t.clients.All() {
			if out[i].LastExecution, err = t.lastSeen(ctx, q, page.Items); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// lastSeenMost bounds how far back the last execution of some clients is
// looked for, workflow by workflow.
const lastSeenMost = 1_000

// lastSeen is the newest execution that the handle shows, of the workflow's
// newest or else among the newest of its clients; nil when there is none.
func (t *Tenant) lastSeen(ctx context.Context, q Query, newest []Listed) (*LastExecution, error) {
	for i := range newest {
		if t.sees(newest[i].ClientRef) {
			last, _ := t.judge(newest[i : i+1])
			return last, nil
		}
	}
	if len(newest) < q.Limit {
		return nil, nil // those are all
	}
	q.Limit, q.candidatesMost = 1, lastSeenMost
	page, err := t.Executions(ctx, q)
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	last, _ := t.judge(page.Items)
	return last, nil
}

// judge reads health off the newest runs, newest first.
func (t *Tenant) judge(items []Listed) (*LastExecution, string) {
	if len(items) == 0 {
		return nil, "unknown"
	}
	s := &items[0].Summary
	last := &LastExecution{ExecutionID: s.ExecutionID, Status: s.Status.String(), StartedAt: s.StartedAt, CompletedAt: s.CompletedAt}
	if ms, ok := s.DurationMs(t.engine.instant()); ok {
		last.Duration = &ms
	}
	last.Error = PreviewOf(s.Error, t.Hides())
	health, newest := "unknown", true
	for i := range items {
		switch items[i].Status {
		case execution.Completed:
			if newest {
				health = "healthy"
			}
			newest = false
		case execution.Failed:
			if newest {
				return last, "failing"
			}
			return last, "degraded"
		}
	}
	return last, health
}
