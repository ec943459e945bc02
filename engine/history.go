package engine

import (
	"context"
	"fmt"
	"sync"

	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
)

// Limits of what one comparison with earlier runs looks at.
const (
	earlierFirst    = timeline.RunsMax + 10 // runs of the first look: nearly all have completed
	earlierPagesMax = 5
	earlierStepsMax = 100_000 // steps of all runs; larger runs are compared with fewer
)

// earlier finds the newest completed runs of an execution's workflow, without
// itself: those of its version, or where there is none those of any. They are
// those of all clients: what is told of them are means, and never which they were.
func (t *Tenant) earlier(ctx context.Context, s *execution.Summary) ([]Listed, error) {
	t = t.entire
	if s.WorkflowID == "" {
		return nil, nil
	}
	var same, others []Listed
	q := queryOf(s.WorkflowID)
	q.Limit = earlierFirst
	for range earlierPagesMax {
		page, err := t.Executions(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("earlier runs of %s: %w", s.WorkflowID, err)
		}
		for i := range page.Items {
			l := &page.Items[i]
			switch {
			case l.Status != execution.Completed || l.ExecutionID == s.ExecutionID:
			case l.WorkflowVersion == s.WorkflowVersion:
				same = append(same, *l)
			case len(others) < timeline.RunsMax:
				others = append(others, *l)
			}
		}
		if len(same) >= timeline.RunsMax || page.NextCursor == "" {
			break
		}
		q.Cursor, q.Limit = page.NextCursor, PageLimitMax
	}
	if len(same) == 0 {
		return others, nil
	}
	return same[:min(len(same), timeline.RunsMax)], nil
}

// history reads the steps of the earlier runs, as far as they fit the limit.
func (t *Tenant) history(ctx context.Context, s *execution.Summary) (timeline.History, error) {
	t = t.entire
	runs, err := t.earlier(ctx, s)
	if err != nil {
		return timeline.History{}, err
	}
	samples, steps := make([]*timeline.Sample, 0, len(runs)), 0
	for i := range runs {
		if steps += runs[i].StepsTotal; steps > earlierStepsMax && i > 0 {
			break
		}
		sample, err := t.sample(&runs[i])
		if err != nil {
			return timeline.History{}, err
		}
		samples = append(samples, sample)
		if err := ctx.Err(); err != nil {
			return timeline.History{}, fmt.Errorf("earlier runs of %s: %w", s.WorkflowID, err)
		}
	}
	return timeline.NewHistory(samples), nil
}

// sample is what comparisons keep of one completed run.
func (t *Tenant) sample(l *Listed) (*timeline.Sample, error) {
	kept := &t.engine.samples
	if s := kept.get(sampleKey{t.organization, l.ExecutionID, l.Seq}); s != nil {
		return s, nil
	}
	r, seq, err := t.run(l.ExecutionID)
	if err != nil {
		return nil, fmt.Errorf("earlier run %s: %w", l.ExecutionID, err)
	}
	s := timeline.NewSample(&r)
	kept.put(sampleKey{t.organization, l.ExecutionID, seq}, s)
	return s, nil
}

// run reads an execution with its steps, and the seq of its last frame.
func (t *Tenant) run(id string) (r timeline.Run, seq uint64, err error) {
	err = t.withExecution(id, func(x *execution.Execution, last uint64) {
		r.Summary, r.Steps, seq = x.Summary(), x.Steps(), last
	})
	return r, seq, err
}

// samplesStepsMax bounds the samples that are kept, by their steps: about 10 MB.
const samplesStepsMax = 200_000

// sampleKey names a run as it was after one frame.
type sampleKey struct {
	of          *organization
	executionID string
	seq         uint64
}

// samples keeps what was read of completed runs, which seldom change: asking
// for the timelines of a workflow's runs one by one reads each earlier run
// once. The zero value is empty. Safe for concurrent use.
type samples struct {
	mu    sync.Mutex // guards all below
	kept  map[sampleKey]*timeline.Sample
	order []sampleKey // oldest first
	steps int
}

func (s *samples) get(k sampleKey) *timeline.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[k]
}

func (s *samples) put(k sampleKey, v *timeline.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[sampleKey]*timeline.Sample{}
	}
	if s.kept[k] != nil {
		return
	}
	s.kept[k], s.order = v, append(s.order, k)
	s.steps += sampleWeight(v)
	for s.steps > samplesStepsMax {
		oldest := s.order[0]
		s.order = s.order[1:]
		s.steps -= sampleWeight(s.kept[oldest])
		delete(s.kept, oldest)
	}
}

// sampleWeight counts a sample's own size as that of some steps.
func sampleWeight(v *timeline.Sample) int { return 4 + v.Steps() }
