package timeline

import (
	"cmp"
	"slices"

	"flowwatch/engine/execution"
)

// slowestMax is how many of the slowest steps are named.
const slowestMax = 10

// Timeline is when the steps of an execution ran. Durations are Unknown where
// nothing is known; those of what still runs go on to the moment it was drawn.
type Timeline struct {
	ExecutionID            string
	Status                 execution.Status
	StartedAt, CompletedAt execution.Instant
	AsOf                   execution.Instant // when it was drawn; of what has ended its end
	TotalMs                int64             // from start to end, not the sum of the steps (AC3.1c)
	ActiveMs               int64             // without the time in waiting
	StepsMs                int64             // the sum of the steps
	TotalWaitMs            int64             // the sum of the waits before steps
	QueuedMs               int64             // in the queue before the start
	CriticalPath           []string
	SlowestSteps           []string // the longest first
	Rows                   []Row    // by start; steps that have not begun at the end, in the order to show
	SampleSize             int      // runs that it is compared with
}

// Row is one step. What has not begun stands in the row after the last, and
// has no offset, duration and wait.
type Row struct {
	StepID, Name  string
	Row           int
	Status        execution.StepStatus
	Attempt       int
	Interrupted   bool
	Begun         bool
	StartOffsetMs int64
	DurationMs    int64 // of all attempts with what passed between them; Unknown without a start
	WaitBeforeMs  int64
	ShareOfTotal  float64 // percent; Unknown where there is no total
	Average       *Average
	Segments      []Segment // of several attempts each that has a start; none of one
}

// Segment is one try of a step.
type Segment struct {
	Attempt       int
	Status        execution.StepStatus
	StartOffsetMs int64
	DurationMs    int64
}

// Draw derives the timeline of a run as of now.
func Draw(r *Run, h History, now execution.Instant) Timeline {
	if r.CompletedAt.Present() {
		now = r.CompletedAt
	}
	t := Timeline{
		ExecutionID: r.ExecutionID, Status: r.Status, StartedAt: r.StartedAt, CompletedAt: r.CompletedAt, AsOf: now,
		TotalMs: execution.Unknown, ActiveMs: execution.Unknown, QueuedMs: r.queuedMs(r.StartedAt), SampleSize: h.Size(),
	}
	if ms, ok := r.DurationMs(now); ok {
		t.TotalMs, t.ActiveMs = ms, max(0, ms-r.waitedMs(now))
	}
	bars := r.bars(now)
	waits, averages := link(bars), h.averages(bars)
	row, rows := pack(bars)
	t.Rows = make([]Row, 0, len(r.Steps))
	begun := make([]bool, len(r.Steps))
	origin := r.origin()
	for i := range bars {
		begun[bars[i].order] = true
		t.add(&bars[i], row[i], waits.waitMs[i], averages[i], origin, now.Ms()-origin)
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; !begun[i] {
			t.Rows = append(t.Rows, Row{
				StepID: s.StepID, Name: s.Name, Row: rows, Status: s.Status, Attempt: s.Attempt,
				DurationMs: execution.Unknown, WaitBeforeMs: execution.Unknown, ShareOfTotal: execution.Unknown,
			})
		}
	}
	for _, i := range critical(bars, waits) {
		t.CriticalPath = append(t.CriticalPath, bars[i].step.StepID)
	}
	t.SlowestSteps = slowest(bars)
	return t
}

// waitedMs is how long the execution was in waiting.
func (r *Run) waitedMs(now execution.Instant) int64 {
	ms := r.WaitingMs
	if r.WaitingSince.Present() {
		ms += max(0, now.Ms()-r.WaitingSince.Ms())
	}
	return ms
}

func (t *Timeline) add(b *bar, row int, waitMs int64, average *Average, origin, now int64) {
	s := b.step
	r := Row{
		StepID: s.StepID, Name: s.Name, Row: row, Status: s.Status, Attempt: s.Attempt, Interrupted: s.Interrupted,
		Begun: true, StartOffsetMs: b.start, DurationMs: b.durationMs(), WaitBeforeMs: waitMs,
		ShareOfTotal: execution.Unknown, Average: average, Segments: segments(s, origin, now),
	}
	t.TotalWaitMs += waitMs
	if b.timed {
		t.StepsMs += r.DurationMs
		r.ShareOfTotal = share(r.DurationMs, t.TotalMs)
	}
	t.Rows = append(t.Rows, r)
}

// share is a part in percent, at most 100: steps may outlive their execution.
func share(part, whole int64) float64 {
	switch whole {
	case execution.Unknown:
		return execution.Unknown
	case 0:
		return 0
	}
	return min(100, float64(part)/float64(whole)*100)
}

func segments(s *execution.Step, origin, now int64) []Segment {
	if len(s.Attempts) < 2 {
		return nil // the bar says it all
	}
	out := make([]Segment, 0, len(s.Attempts))
	for i := range s.Attempts {
		a := &s.Attempts[i]
		if !a.StartedAt.Present() {
			continue
		}
		from, to := a.StartedAt.Ms()-origin, now
		if a.CompletedAt.Present() {
			to = a.CompletedAt.Ms() - origin
		}
		out = append(out, Segment{a.Attempt, a.Status, from, max(0, to-from)})
	}
	return out
}

// slowest are the steps that took longest.
func slowest(bars []bar) []string {
	var top []*bar
	for i := range bars {
		b := &bars[i]
		if b.durationMs() <= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, b, func(a, b *bar) int {
			return cmp.Or(cmp.Compare(b.durationMs(), a.durationMs()), -1) // of equal ones the first to start
		})
		top = slices.Insert(top, at, b)
		top = top[:min(len(top), slowestMax)]
	}
	out := make([]string, len(top))
	for i, b := range top {
		out[i] = b.step.StepID
	}
	return out
}
