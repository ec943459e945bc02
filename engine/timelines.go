package engine

import (
	"context"

	"flowwatch/engine/execution"
	"flowwatch/engine/timeline"
	"flowwatch/tsdb/quantile"
)

// Timeline draws when an execution's steps ran, beside the last completed runs
// of its workflow. It looks at a bounded number of them. An unknown id is
// fault.NotFound.
func (t *Tenant) Timeline(ctx context.Context, id string) (timeline.Timeline, error) {
	r, h, err := t.compared(ctx, id)
	if err != nil {
		return timeline.Timeline{}, err
	}
	return timeline.Draw(&r, h, t.engine.instant()), nil
}

// Explain says why an execution was slow or failed. Errors are as of Timeline.
func (t *Tenant) Explain(ctx context.Context, id string, l timeline.Language) (timeline.Explanation, error) {
	r, h, err := t.compared(ctx, id)
	if err != nil {
		return timeline.Explanation{}, err
	}
	return timeline.Explain(timeline.Case{Run: &r, History: h, Now: t.engine.instant(), Language: l, Preview: t.preview}), nil
}

func (t *Tenant) compared(ctx context.Context, id string) (timeline.Run, timeline.History, error) {
	r, _, err := t.run(id)
	if err != nil {
		return r, timeline.History{}, err
	}
	h, err := t.history(ctx, &r.Summary)
	return r, h, err
}

// preview is an error as people may see it, "" of none.
func (t *Tenant) preview(e *execution.ErrorInfo) string {
	if line := PreviewOf(e, t.Hides()); line != nil {
		return *line
	}
	return ""
}

// usual is how long runs of the workflow of an execution that has not ended
// take, in ms, and how long it itself will take from now if it is one of them:
// 0 when it should have ended. Both are Unknown where nothing is known, the
// second also of what has not started. An execution that has ended is what it
// is, whatever others do: its timeline compares it.
func (t *Tenant) usual(ctx context.Context, s *execution.Summary) (averageMs float64, etaMs int64, err error) {
	averageMs, etaMs = execution.Unknown, execution.Unknown
	if s.Status.Terminal() {
		return averageMs, etaMs, nil
	}
	runs, err := t.earlier(ctx, s)
	if err != nil {
		return averageMs, etaMs, err
	}
	durations := make([]int64, 0, len(runs))
	for i := range runs {
		if ms, ok := runs[i].DurationMs(runs[i].CompletedAt); ok {
			durations = append(durations, ms)
		}
	}
	if len(durations) == 0 {
		return averageMs, etaMs, nil
	}
	averageMs = quantile.Mean(durations)
	if elapsed, started := s.DurationMs(t.engine.instant()); started {
		etaMs = max(0, int64(averageMs)-elapsed)
	}
	return averageMs, etaMs, nil
}
