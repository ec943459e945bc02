package timeline

import (
	"slices"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/tsdb/quantile"
)

// RunsMax is how many earlier runs a run is compared with.
const RunsMax = 30

// Sample is what comparisons keep of a completed run. Immutable.
type Sample struct {
	durationMs, queuedMs int64  // Unknown where it has none
	steps                []pace // by id
}

// pace is one completed step of a sample.
type pace struct {
	stepID                 string
	durationMs, waitMs     int64
	inputBytes, cpuPercent float64
}

// NewSample keeps of a completed run the steps that it completed.
func NewSample(r *Run) *Sample {
	s := &Sample{durationMs: execution.Unknown, queuedMs: r.queuedMs(r.StartedAt)}
	if ms, ok := r.DurationMs(r.CompletedAt); ok {
		s.durationMs = ms
	}
	bars := r.bars(r.CompletedAt)
	waits := link(bars).waitMs
	s.steps = make([]pace, 0, len(bars))
	for i := range bars {
		b := &bars[i]
		if b.step.Status != execution.Done || b.step.Interrupted {
			continue
		}
		s.steps = append(s.steps, pace{
			b.step.StepID, b.durationMs(), waits[i], inputOf(b.step), processorOf(b.step),
		})
	}
	slices.SortFunc(s.steps, func(a, b pace) int { return strings.Compare(a.stepID, b.stepID) })
	return s
}

// inputOf is the size of what the latest attempt that said so received.
func inputOf(s *execution.Step) float64 {
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if v := s.Attempts[i].InputBytes; v != execution.Unknown {
			return float64(v)
		}
	}
	return execution.Unknown
}

// processorOf is what the latest attempt that said so used of the processor, in percent.
func processorOf(s *execution.Step) float64 {
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if v := s.Attempts[i].CPUPercent; v != execution.Unknown {
			return v
		}
	}
	return execution.Unknown
}

// Steps is how many steps the sample holds.
func (s *Sample) Steps() int { return len(s.steps) }

// queuedMs is how long the run stood in the queue until a time; Unknown when
// nobody said that it was queued or that it started.
func (r *Run) queuedMs(until execution.Instant) int64 {
	if !r.QueuedAt.Present() || !until.Present() {
		return execution.Unknown
	}
	return max(0, until.Ms()-r.QueuedAt.Ms())
}

// History is the earlier runs that one run is compared with. The zero History
// knows of none. Safe for concurrent use as long as nobody changes it.
type History struct {
	samples []*Sample
}

// NewHistory takes the samples of at most RunsMax completed runs of the same
// workflow, the run that is compared not among them.
func NewHistory(samples []*Sample) History {
	return History{samples: samples[:min(len(samples), RunsMax)]}
}

// Size is how many runs it knows.
func (h History) Size() int { return len(h.samples) }

// runs collects a number of every run, in rising order, without those unknown.
func (h History) runs(pick func(*Sample) int64) []int64 {
	out := make([]int64, 0, len(h.samples))
	for _, s := range h.samples {
		if v := pick(s); v != execution.Unknown {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// step collects a number of one step of every run, in rising order.
func (h History) step(id string, pick func(*pace) float64) []float64 {
	out := make([]float64, 0, len(h.samples))
	for _, s := range h.samples {
		at, found := slices.BinarySearchFunc(s.steps, id, func(p pace, id string) int { return strings.Compare(p.stepID, id) })
		if !found {
			continue
		}
		if v := pick(&s.steps[at]); v != execution.Unknown {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// Average is how long a step of earlier runs took. DeviationPercent is how
// much longer this time; nil where that cannot be said (yet).
type Average struct {
	DurationMs, P50, P95 float64
	SampleSize           int
	DeviationPercent     *float64
}

// averages compares the bars with the same steps of the runs: nil where no run
// completed such a step.
func (h History) averages(bars []bar) []*Average {
	out := make([]*Average, len(bars))
	if len(h.samples) == 0 {
		return out
	}
	place := make(map[string]int, len(bars))
	for i := range bars {
		place[bars[i].step.StepID] = i
	}
	size := len(h.samples)
	durations, counts := make([]int64, size*len(bars)), make([]int, len(bars))
	for _, s := range h.samples {
		for i := range s.steps {
			p := &s.steps[i]
			if at, ok := place[p.stepID]; ok && p.durationMs != execution.Unknown {
				durations[size*at+counts[at]] = p.durationMs
				counts[at]++
			}
		}
	}
	all, deviations := make([]Average, len(bars)), make([]float64, len(bars)) // together, for there may be 20,000
	for i, n := range counts {
		if n == 0 {
			continue
		}
		values := durations[size*i : size*i+n]
		slices.Sort(values)
		all[i] = newAverage(values)
		if percent, known := deviation(&all[i], &bars[i]); known {
			deviations[i] = percent
			all[i].DeviationPercent = &deviations[i]
		}
		out[i] = &all[i]
	}
	return out
}

func newAverage(rising []int64) Average {
	return Average{
		DurationMs: quantile.Mean(rising), P50: quantile.Of(rising, 50), P95: quantile.Of(rising, 95), SampleSize: len(rising),
	}
}

// deviation is how much longer than the average a bar took, in percent, where that can be said.
func deviation(a *Average, b *bar) (percent float64, known bool) {
	ms := float64(b.durationMs())
	switch {
	case !b.timed, !b.ended && ms < a.DurationMs: // it may still take as long
		return 0, false
	case a.DurationMs > 0:
		return (ms - a.DurationMs) / a.DurationMs * 100, true
	}
	return 0, ms == 0
}
