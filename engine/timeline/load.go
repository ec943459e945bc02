package timeline

import (
	"cmp"
	"slices"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/tsdb/quantile"
)

// StepLoad is what one step took in several runs: in those where it ended by
// itself, completed or failed, and its beginning is known.
type StepLoad struct {
	StepID, Name string
	Count        int64
	Failures     int64 // tries that failed, also where a later one succeeded
	sumMs        int64
	waitMs       int64
	durationsMs  []int64
	named        execution.Instant // when Name was heard of
}

// Load is what the steps of several runs took. The zero Load is empty. Whoever
// only reads it may share it.
type Load struct {
	steps map[string]*StepLoad
}

// Add counts the steps of a run.
func (l *Load) Add(r *Run) {
	bars := r.bars(r.LastEventAt)
	waits := link(bars).waitMs
	for i := range bars {
		b := &bars[i]
		s := b.step
		if !b.timed || !b.ended || s.Interrupted || s.Status != execution.Done && s.Status != execution.Broken {
			continue
		}
		of := l.step(s.StepID)
		of.merge(&StepLoad{
			Name: s.Name, named: r.SortTime(), Count: 1, Failures: failedTries(s), sumMs: b.durationMs(), waitMs: waits[i],
		})
		of.durationsMs = append(of.durationsMs, b.durationMs())
	}
}

// failedTries are those that failed; of a step without tries its end.
func failedTries(s *execution.Step) (n int64) {
	for i := range s.Attempts {
		if s.Attempts[i].Status == execution.Broken {
			n++
		}
	}
	if n == 0 && s.Status == execution.Broken {
		n = 1
	}
	return n
}

// Merge adds what other runs took.
func (l *Load) Merge(o *Load) {
	for id, s := range o.steps {
		of := l.step(id)
		of.merge(s)
		of.durationsMs = append(of.durationsMs, s.durationsMs...)
	}
}

// Values is how many durations the load holds, for whoever keeps it.
func (l *Load) Values() (n int) {
	for _, s := range l.steps {
		n += len(s.durationsMs)
	}
	return n
}

// Step is the load of one step; nil when no run had it.
func (l *Load) Step(id string) *StepLoad { return l.steps[id] }

// Steps are all, the greatest share of the total first, and the total, in ms.
func (l *Load) Steps() (steps []*StepLoad, totalMs int64) {
	for _, s := range l.steps {
		steps = append(steps, s)
		totalMs += s.sumMs
	}
	slices.SortFunc(steps, func(a, b *StepLoad) int {
		return cmp.Or(cmp.Compare(b.sumMs, a.sumMs), strings.Compare(a.StepID, b.StepID))
	})
	return steps, totalMs
}

func (l *Load) step(id string) *StepLoad {
	s := l.steps[id]
	if s == nil {
		if l.steps == nil {
			l.steps = map[string]*StepLoad{}
		}
		s = &StepLoad{StepID: id, named: execution.NoInstant}
		l.steps[id] = s
	}
	return s
}

// merge adds all but the durations. The newest name counts, and of several
// that are as new the last in order, so that the order of adding does not.
func (s *StepLoad) merge(o *StepLoad) {
	s.Count, s.Failures, s.sumMs, s.waitMs = s.Count+o.Count, s.Failures+o.Failures, s.sumMs+o.sumMs, s.waitMs+o.waitMs
	if o.Name != "" && (s.Name == "" || o.named > s.named || o.named == s.named && o.Name > s.Name) {
		s.Name, s.named = o.Name, o.named
	}
}

// AverageMs is the mean duration.
func (s *StepLoad) AverageMs() float64 { return float64(s.sumMs) / float64(max(1, s.Count)) }

// WaitAverageMs is the mean wait before the step (B-86).
func (s *StepLoad) WaitAverageMs() float64 { return float64(s.waitMs) / float64(max(1, s.Count)) }

// P95Ms is the exact 95th percentile of the durations, Hyndman and Fan's type 4.
func (s *StepLoad) P95Ms() float64 {
	return quantile.Of(slices.Sorted(slices.Values(s.durationsMs)), 95)
}

// Share is the step's part of the total, in percent.
func (s *StepLoad) Share(totalMs int64) float64 { return share(s.sumMs, totalMs) }
