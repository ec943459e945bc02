package engine

import (
	"context"
	"slices"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/tsdb/quantile"
)

const (
	usualFactor     = 1.5 // times what 95 of 100 runs take
	usualRunsMin    = 5
	usualFloor      = time.Minute      // shorter runs are not worth a word
	usualFresh      = 10 * time.Minute // how long what is usual is taken for so
	usualReadsMax   = 20               // workflows whose runs are read in one look
	longRunsEachMax = 1_000
)

// usualRuns is how long runs of a workflow take, in ms, without waiting for somebody.
type usualRuns struct {
	p50, p95 float64
	samples  int
	read     time.Time
}

// lookAtDurations finds executions that run for longer than the workflow's last completed runs did: than p95 of them times a factor, which the
// rule's condition may set, and at least a minute. Of fewer than five runs nothing is usual. Waiting for somebody is no slowness (J2.2).
func (t *Tenant) lookAtDurations(ctx context.Context, r *alertRule) (*builtinLook, error) {
	if r == nil {
		return nil, nil
	}
	l, now := &t.alerts.lookout, t.engine.instant()
	look := &builtinLook{builtin: alert.LongerThanUsual, complete: true}
	factor, kept, reads := builtinThreshold(r, usualFactor), map[string]*usualRuns{}, 0
	for _, id := range t.workflowsRunning() {
		floor := now - execution.Instant(usualFloor)
		if len(t.runningSince(id, floor, 1)) == 0 {
			if u := l.usual[id]; u != nil {
				kept[id] = u
			}
			continue
		}
		u := l.usual[id]
		if (u == nil || time.Since(u.read) > usualFresh) && reads < usualReadsMax {
			reads++
			var err error
			if u, err = t.usualOf(ctx, id); err != nil {
				return nil, err
			}
		}
		if u == nil {
			continue // in the next look
		}
		kept[id] = u
		if u.samples < usualRunsMin {
			continue
		}
		limit := max(usualFloor, time.Duration(u.p95*factor)*time.Millisecond)
		f := noFacts()
		f.LimitMs, f.UsualMs = limit.Milliseconds(), int64(u.p50)
		for _, run := range t.runningSince(id, now-execution.Instant(limit), longRunsEachMax) {
			look.found = append(look.found, finding{executionID: run, Observation: alert.Observation{
				At: now, Met: true, Facts: f, WorkflowID: id, Run: &alert.Run{ExecutionID: run, WorkflowID: id},
			}})
		}
	}
	l.usual = kept
	return look, nil
}

// usualOf reads the workflow's last completed runs.
func (t *Tenant) usualOf(ctx context.Context, workflowID string) (*usualRuns, error) {
	runs, err := t.earlier(ctx, &execution.Summary{WorkflowID: workflowID})
	if err != nil {
		return nil, err
	}
	u := &usualRuns{read: time.Now()}
	durations := make([]int64, 0, len(runs))
	for i := range runs {
		if ms, ok := runs[i].DurationMs(runs[i].CompletedAt); ok {
			durations = append(durations, max(0, ms-runs[i].WaitingMs))
		}
	}
	slices.Sort(durations)
	u.samples, u.p50, u.p95 = len(durations), quantile.Of(durations, 50), quantile.Of(durations, 95)
	return u, nil
}
