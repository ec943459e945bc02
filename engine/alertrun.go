package engine

import (
	"encoding/json"
	"math"
	"slices"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	historyRuns  = 1_000 // of a workflow's newest executions, that its history begins with
	historiesMax = 256   // that are in memory
)

// runOf is an execution as rules see it. ended says that it has ended just now.
func (t *Tenant) runOf(s *execution.Summary, seq uint64, now execution.Instant, ended bool) *alert.Run {
	run := &alert.Run{
		ExecutionID: s.ExecutionID, WorkflowID: s.WorkflowID, WorkflowName: t.WorkflowName(s), ClientRef: s.ClientRef,
		Status: s.Status, Ended: ended, StartedAt: s.StartedAt, CompletedAt: s.CompletedAt, Seq: seq,
		DurationMs: execution.Unknown, WaitedMs: waitedMs(s, now), Step: s.CurrentStep, StepsTotal: s.StepsTotal,
	}
	if ms, ok := s.DurationMs(now); ok {
		run.DurationMs = ms
	}
	t.view.RLock()
	if w := t.catalogue[s.WorkflowID]; w != nil {
		run.TimeoutMs = w.TimeoutMs
	}
	t.view.RUnlock()
	if s.Status == execution.Failed {
		if preview := PreviewOf(s.Error, t.Hides()); preview != nil {
			run.Error = *preview
		}
		run.Step = ""
	}
	run.Step = t.Hides().Text(run.Step)
	return run
}

// tellStep says which step failed.
func (t *Tenant) tellStep(run *alert.Run, x *execution.Execution) {
	if run.Status == execution.Failed {
		run.Step, run.StepIndex = failedStep(x)
		run.Step = t.Hides().Text(run.Step)
	}
}

// waitedMs is how long an execution has waited for somebody's decision.
func waitedMs(s *execution.Summary, now execution.Instant) int64 {
	if !s.WaitingSince.Present() {
		return s.WaitingMs
	}
	if s.CompletedAt.Present() {
		now = s.CompletedAt
	}
	return s.WaitingMs + max(0, now.Ms()-s.WaitingSince.Ms())
}

// failedStep is the step that failed last, and its place from 1; "" when none did. One that failed by itself comes before one that its execution's end
// interrupted.
func failedStep(x *execution.Execution) (name string, index int) {
	for i, p := range slices.Backward(x.Steps()) {
		if p.Status == execution.Broken && (index == 0 || !p.Interrupted) {
			name, index = p.Name, i+1
			if !p.Interrupted {
				break
			}
		}
	}
	return name, index
}

// runValues are the numbers that custom rules compare (B-26).
func runValues(s *execution.Summary, x *execution.Execution, run *alert.Run) map[string]float64 {
	values := map[string]float64{"progress": float64(s.Progress), "stepCount": float64(s.StepsTotal), "retryCount": 0, "failedSteps": 0}
	if run.DurationMs != execution.Unknown {
		values["duration"] = float64(run.DurationMs)
	}
	if queued := waitingSince(s); queued.Present() && s.StartedAt.Present() {
		values["waitSeconds"] = float64(max(0, s.StartedAt.Ms()-queued.Ms())) / 1000
	}
	for _, p := range x.Steps() {
		if p.Status == execution.Broken {
			values["failedSteps"]++
		}
		values["retryCount"] += float64(max(0, p.Attempt-1))
		addKnown(values, "inputBytes", p.InputBytes)
		addKnown(values, "outputBytes", p.OutputBytes)
	}
	if len(s.Metadata) > 0 {
		var fields map[string]any
		if json.Unmarshal(s.Metadata, &fields) == nil {
			for name, v := range fields {
				if n, ok := v.(float64); ok && !math.IsInf(n, 0) {
					values["meta."+name] = n
				}
			}
		}
	}
	return values
}

func addKnown(values map[string]float64, name string, n int64) {
	if n != execution.Unknown {
		values[name] += float64(n)
	}
}

// outcomeOf is a run's end; false for one that is none.
func outcomeOf(run *alert.Run) (alert.Outcome, bool) {
	if run.Status != execution.Completed && run.Status != execution.Failed {
		return alert.Outcome{}, false
	}
	return alert.Outcome{
		At: run.CompletedAt, Seq: run.Seq, ExecutionID: run.ExecutionID, ClientRef: run.ClientRef, Step: run.Step, Error: run.Error,
		Failed: run.Status == execution.Failed,
	}, true
}

// outcomes is how the workflow's runs ended, as far as they are committed; it is read once and then kept. The caller is the writer.
func (t *Tenant) outcomes(tx *kv.Tx, workflowID string, now execution.Instant) *alert.History {
	if h := t.alerts.histories[workflowID]; h != nil {
		return h
	}
	h := alert.NewHistory()
	add := func(s *execution.Summary, seq uint64) {
		if o, ok := outcomeOf(t.runOf(s, seq, now, false)); ok && !(o.Failed && t.explained(o.Error, o.At)) {
			h.Add(o)
		}
	}
	span, n := kv.Span{Prefix: kv.AppendString(nil, workflowID), Reverse: true}, 0
	documents.ScanIndex(tx, t.scope, byWorkflow, span, func(_, primary []byte) bool {
		d, err := documents.Get(tx, t.scope, slices.Clone(primary))
		if err != nil { // a history with a gap is better than events that are refused for it
			t.engine.log.Error("history of a workflow", "tenant", t.id, "workflow", workflowID, "err", err)
			return true
		}
		if t.entries[d.summary.ExecutionID] == nil && d.summary.Status.Terminal() {
			add(&d.summary, d.seq)
		}
		n++
		return n < historyRuns
	})
	for _, en := range t.entries {
		if en.sum.counted && en.sum.status.Terminal() && en.sum.workflowID == workflowID {
			s := en.x.Summary()
			add(&s, en.seq)
		}
	}
	t.alerts.histories[workflowID] = h
	return h
}
