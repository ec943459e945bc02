package execution

// StepMeasure is what is known of one try of a step that has ended. Numbers
// are Unknown where nothing was said.
type StepMeasure struct {
	StepID               string
	Attempt              int
	CompletedAt          Instant
	DurationMs           int64 // Unknown: it never said that it began
	CPUPercent, MemoryMB float64
}

// Measures calls fn for each attempt that completed or failed, retried ones
// too, in no order. What was skipped, and what was still open when the
// execution ended, has none.
func (x *Execution) Measures(fn func(StepMeasure)) {
	for _, s := range x.steps {
		if len(s.starts) == 1 && len(s.stops) == 1 && s.plain() {
			marks := [...]*mark{&s.starts[0], &s.stops[0]}
			a := attempt{
				number: s.now.attempt, status: s.now.status, startedAt: s.now.startedAt, endedAt: s.now.endedAt, marks: marks[:],
			}
			s.measure(&a, true, fn)
			continue
		}
		if len(s.stops) == 0 {
			continue
		}
		all := s.attempts()
		for i := range all {
			a, highest := &all[i], i == len(all)-1
			if a.status == Retrying && !highest {
				a.status, a.endedAt = Broken, a.retried.at
			}
			s.measure(a, highest, fn)
		}
	}
}

// measure tells of an attempt that ended by itself.
func (s *step) measure(a *attempt, highest bool, fn func(StepMeasure)) {
	if a.status != Done && a.status != Broken {
		return
	}
	m := StepMeasure{
		StepID: s.id, Attempt: a.number, CompletedAt: a.endedAt, DurationMs: Unknown,
		CPUPercent: s.measured(a, cpuPercent, highest), MemoryMB: s.measured(a, memoryMB, highest),
	}
	if a.startedAt.Present() {
		m.DurationMs = max(0, a.endedAt.Ms()-a.startedAt.Ms())
	}
	fn(m)
}
