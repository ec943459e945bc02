package engine

import (
	"context"
	"encoding/binary"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// Bottleneck is what one step of a workflow took, over the runs that began in
// a range. Durations are ms. ShareOfTotal is its part of what all steps took
// together, in percent. DeviationPercent is how much longer the average is
// than in the range of the same length before; null where there was too little.
type Bottleneck struct {
	StepID           string   `json:"stepId"`
	Name             string   `json:"name"`
	Count            int64    `json:"count"` // runs in which it ended, completed or failed
	AverageDuration  float64  `json:"averageDuration"`
	P95              float64  `json:"p95"`
	WaitAverage      float64  `json:"waitAverage"` // before it began (B-86)
	Failures         int64    `json:"failures"`    // tries that failed
	ShareOfTotal     float64  `json:"shareOfTotal"`
	DeviationPercent *float64 `json:"deviationPercent"`
}

// Bottlenecks are the steps of a workflow, the greatest share first.
type Bottlenecks struct {
	Items      []Bottleneck
	Runs       int64 // that were looked at
	RunsCapped bool  // only the newest were
}

// Limits of a look for bottlenecks.
const (
	bottleneckRunsMax   = 100_000   // runs of a range, read or kept
	bottleneckItemsMax  = 1_000     // steps of an answer
	deviationSamplesMin = 5         // runs of the range before
	loadValuesMax       = 1_000_000 // durations that are kept, 8 bytes each
	runsBetweenChecks   = 64        // looks at the caller's patience
)

// Bottlenecks sums up the steps of a workflow's runs that began in the range.
// Of more than 100,000 runs the newest count. The caller knows that the
// workflow exists.
func (t *Tenant) Bottlenecks(ctx context.Context, workflowID string, r Range) (*Bottlenecks, error) {
	t = t.entire // of all clients
	if err := t.settled(ctx); err != nil {
		return nil, err
	}
	now, err := t.readLoad(ctx, workflowID, r)
	if err != nil {
		return nil, fmt.Errorf("bottlenecks of %s: %w", workflowID, err)
	}
	before, err := t.readLoad(ctx, workflowID, r.Before())
	if err != nil {
		return nil, fmt.Errorf("earlier bottlenecks of %s: %w", workflowID, err)
	}
	out := &Bottlenecks{Items: []Bottleneck{}, Runs: now.runs, RunsCapped: now.capped}
	steps, total := now.load.Steps()
	for _, s := range steps[:min(len(steps), bottleneckItemsMax)] {
		b := Bottleneck{
			StepID: s.StepID, Name: s.Name, Count: s.Count, AverageDuration: rounded(s.AverageMs()), P95: rounded(s.P95Ms()),
			WaitAverage: rounded(s.WaitAverageMs()), Failures: s.Failures, ShareOfTotal: rounded(s.Share(total)),
		}
		if then := before.load.Step(s.StepID); then != nil && then.Count >= deviationSamplesMin && then.AverageMs() > 0 {
			percent := rounded((s.AverageMs() - then.AverageMs()) / then.AverageMs() * 100)
			b.DeviationPercent = &percent
		}
		out.Items = append(out.Items, b)
	}
	return out, nil
}

// loadRead is what was read of a range.
type loadRead struct {
	load   timeline.Load
	runs   int64
	capped bool
}

// readLoad sums up a range, from its newest day back. Whole UTC days are kept.
func (t *Tenant) readLoad(ctx context.Context, workflowID string, r Range) (loadRead, error) {
	var sum loadRead
	first, last, ok, err := t.runDays(workflowID, r)
	if err != nil || !ok {
		return sum, err
	}
	for day := last; day >= first && !sum.capped; day-- {
		from, to := execution.At(timeOfDay(day)), execution.At(timeOfDay(day+1))-1
		whole := from >= r.From && to <= r.To
		key := loadKey{t.organization, workflowID, day}
		var part *loadRead
		version := uint64(0)
		if whole {
			part, version = t.engine.loads.get(key)
		}
		if part == nil {
			part = &loadRead{}
			if err := t.readRuns(ctx, workflowID, Range{max(from, r.From), min(to, r.To)}, int(bottleneckRunsMax-sum.runs), part); err != nil {
				return sum, err
			}
			if whole && !part.capped {
				t.engine.loads.put(key, part, version)
			}
		}
		sum.load.Merge(&part.load)
		sum.runs += part.runs
		sum.capped = part.capped || sum.runs >= bottleneckRunsMax && day > first
	}
	return sum, nil
}

// runDays are the days of the workflow's first and last run in the range.
func (t *Tenant) runDays(workflowID string, r Range) (first, last tsdb.Day, ok bool, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		for _, reverse := range []bool{false, true} {
			t.eachRun(tx, workflowID, r, reverse, func(key []byte) bool {
				at, _, readErr := kv.ReadInt64(key)
				err, ok = readErr, readErr == nil
				if day := tsdb.DayOf(execution.Instant(at).Ms()); reverse {
					last = day
				} else {
					first = day
				}
				return false
			})
		}
		return err
	})
	return first, last, ok, err
}

// eachRun walks over the document keys of a workflow's runs in a range.
func (t *Tenant) eachRun(tx *kv.Tx, workflowID string, r Range, reverse bool, visit func(key []byte) bool) {
	q := queryOf(workflowID)
	q.From, q.To = r.From, r.To
	s := &scan{tenant: t, tx: tx, query: &q, reverse: reverse}
	s.walk(s.sources()[0], position{}, func(key []byte, _ func() (*Listed, error)) bool { return visit(key) })
}

// readRuns adds the steps of the runs of a range, newest first, up to a limit.
func (t *Tenant) readRuns(ctx context.Context, workflowID string, r Range, limit int, sum *loadRead) error {
	return t.engine.db.View(func(tx *kv.Tx) (err error) {
		t.eachRun(tx, workflowID, r, true, func(key []byte) bool {
			if int(sum.runs) >= limit {
				sum.capped = true
				return false
			}
			if sum.runs%runsBetweenChecks == 0 {
				err = ctx.Err()
			}
			var run timeline.Run
			if err == nil {
				run, err = t.runAt(tx, key)
			}
			if err == nil {
				sum.load.Add(&run)
				sum.runs++
			}
			return err == nil
		})
		return err
	})
}

// runAt reads the execution of a document's key.
func (t *Tenant) runAt(tx *kv.Tx, key []byte) (r timeline.Run, err error) {
	data, ok := documents.GetRaw(tx, t.scope, key)
	if !ok {
		return r, fmt.Errorf("run %s: %w", documentID(key), kv.ErrNotFound)
	}
	_, n := binary.Uvarint(data)
	x, err := execution.Decode(data[max(0, n):], t.words)
	if err != nil {
		return r, fmt.Errorf("run %s: %w", documentID(key), err)
	}
	return timeline.Run{Summary: x.Summary(), Steps: x.Steps()}, nil
}
