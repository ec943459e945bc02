// Package timeline derives when the steps of one execution ran, what they
// waited for, what decided the total, how it compares with earlier runs, and
// why the execution was slow or failed. It is pure: no clock, no I/O.
//
// All offsets and durations are whole milliseconds, offsets since the
// execution's start; they may be negative when an engine's clocks disagree.
package timeline

import (
	"cmp"
	"slices"

	"flowwatch/engine/execution"
)

// Run is one execution with its steps in the order to show.
type Run struct {
	execution.Summary
	Steps []execution.Step
}

// bar is when one step ran.
type bar struct {
	step       *execution.Step
	order      int // among the steps to show
	start, end int64
	timed      bool // its start is known; else start and end are when it was heard of
	ended      bool // end is final
}

// origin is the time that offsets count from.
func (r *Run) origin() int64 {
	if r.StartedAt.Present() {
		return r.StartedAt.Ms()
	}
	return r.SortTime().Ms()
}

// bars are the steps that have begun, by start, then end, then in the order
// to show: what ended no later than another started comes before it.
func (r *Run) bars(now execution.Instant) []bar {
	origin := r.origin()
	all := make([]bar, 0, len(r.Steps))
	for i := range r.Steps {
		if b, begun := newBar(&r.Steps[i], origin, now.Ms()-origin); begun {
			b.order = i
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b bar) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	return all
}

// newBar spans all attempts of a step, with what passed between them.
func newBar(s *execution.Step, origin, now int64) (b bar, begun bool) {
	from := execution.NoInstant
	for i := range s.Attempts {
		if at := s.Attempts[i].StartedAt; at.Present() && (!from.Present() || at < from) {
			from = at
		}
	}
	b = bar{step: s, timed: from.Present(), ended: s.CompletedAt.Present() && !s.Status.Open()}
	switch {
	case b.timed:
		b.start = from.Ms() - origin
	case b.ended:
		b.start = s.CompletedAt.Ms() - origin
	default:
		return b, false
	}
	b.end = now
	if b.ended {
		b.end = s.CompletedAt.Ms() - origin
	}
	b.end = max(b.start, b.end)
	return b, true
}

// durationMs is how long the step took, or has taken; Unknown without a start.
func (b *bar) durationMs() int64 {
	if !b.timed {
		return execution.Unknown
	}
	return b.end - b.start
}
