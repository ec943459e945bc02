package execution

import "slices"

// Step is a step as people see it. Numbers are Unknown, times NoInstant and
// event hashes 0 where nothing was said.
type Step struct {
	StepID      string
	Name        string
	Status      StepStatus
	StartedAt   Instant
	CompletedAt Instant
	Attempt     int // 0: not begun
	Error       *ErrorInfo
	DependsOn   []string
	Declared    bool // by the plan
	Interrupted bool // still open when the execution ended; shown ended with it
	Progress    int  // percent

	CPUPercent, MemoryMB    float64
	InputBytes, OutputBytes int64

	InputEvent, OutputEvent uint64 // Event.Hash of those that carried input and output
	Attempts                []Attempt
}

// Attempt is one try of a step.
type Attempt struct {
	Attempt                 int
	Status                  StepStatus
	StartedAt, CompletedAt  Instant
	Error                   *ErrorInfo
	CPUPercent, MemoryMB    float64
	InputBytes, OutputBytes int64
}

// Steps derives all steps: those of the plan in its order, then the others by
// start and id (B-32).
func (x *Execution) Steps() []Step {
	out := make([]Step, 0, max(len(x.plan), len(x.steps)))
	room := make([]Attempt, 0, len(x.steps)) // of steps that were tried once, as nearly all
	for i := range x.plan {
		out = append(out, x.plannedStep(i, &room))
	}
	var others []*step
	for _, s := range x.steps {
		if s.order == unplanned {
			others = append(others, s)
		}
	}
	slices.SortFunc(others, compareSteps)
	for _, s := range others {
		out = append(out, x.shown(s, &room))
	}
	return out
}

// Step derives one step; false when there is none with the id.
func (x *Execution) Step(id string) (Step, bool) {
	if i, ok := x.planned[id]; ok {
		return x.plannedStep(i, new([]Attempt)), true
	}
	if s := x.steps[id]; s != nil {
		return x.shown(s, new([]Attempt)), true
	}
	return Step{}, false
}

func (x *Execution) plannedStep(i int, room *[]Attempt) Step {
	p := &x.plan[i]
	if s := x.steps[p.StepID]; s != nil {
		return x.shown(s, room)
	}
	name := p.Name
	if name == "" {
		name = p.StepID
	}
	return Step{
		StepID: p.StepID, Name: name, DependsOn: p.DependsOn, Declared: true, StartedAt: NoInstant, CompletedAt: NoInstant,
		Progress: Unknown, CPUPercent: Unknown, MemoryMB: Unknown, InputBytes: Unknown, OutputBytes: Unknown,
	}
}

// shown derives a step that events told of. Its attempts stand in room, where many steps may have theirs.
func (x *Execution) shown(s *step, room *[]Attempt) Step {
	var marks [2]*mark
	var only [1]attempt
	all := only[:]
	if s.endedPlainly() {
		only[0] = s.plainAttempt(&marks)
	} else {
		all = s.derivedAttempts()
	}
	return x.shownBy(s, all, room)
}

// Latest derives a step as Step does, but may leave all attempts before the last out.
func (x *Execution) Latest(id string) (Step, bool) {
	s := x.steps[id]
	if s == nil || !s.inOrder() {
		return x.Step(id)
	}
	return x.shownBy(s, []attempt{s.latest()}, new([]Attempt)), true
}

// shownBy derives a step from its attempts.
func (x *Execution) shownBy(s *step, all []attempt, room *[]Attempt) Step {
	out := Step{
		StepID: s.id, Name: x.nameOf(s), Progress: Unknown, InputEvent: s.input.hash, OutputEvent: s.output.hash,
	}
	if s.order != unplanned {
		out.Declared, out.DependsOn = true, x.plan[s.order].DependsOn
	}
	begin := len(*room)
	for i := range all {
		*room = append(*room, s.shown(&all[i], i == len(all)-1))
	}
	out.Attempts = (*room)[begin:len(*room):len(*room)]
	last := &out.Attempts[len(all)-1]
	if x.end != nil && last.Status.Open() {
		x.interrupt(last)
		out.Interrupted = true
	}
	out.Status, out.Attempt, out.Error = last.Status, last.Attempt, last.Error
	out.StartedAt, out.CompletedAt = last.StartedAt, last.CompletedAt
	out.CPUPercent, out.MemoryMB, out.InputBytes, out.OutputBytes = last.CPUPercent, last.MemoryMB, last.InputBytes, last.OutputBytes
	if s.progress.of(&all[len(all)-1], true) {
		out.Progress = int(s.progress.value)
	}
	return out
}

// shown is an attempt as people see it: one that was retried has failed.
func (s *step) shown(a *attempt, highest bool) Attempt {
	out := Attempt{
		Attempt: a.number, Status: a.status, StartedAt: a.startedAt, CompletedAt: a.endedAt, Error: a.failure(),
		CPUPercent: s.measured(a, cpuPercent, highest), MemoryMB: s.measured(a, memoryMB, highest),
		InputBytes:  int64(s.measured(a, inputBytes, highest)),
		OutputBytes: int64(s.measured(a, outputBytes, highest)),
	}
	if a.status == Retrying && !highest {
		out.Status, out.CompletedAt = Broken, a.retried.at
	}
	return out
}

// interrupt shows an attempt that was still open ended with its execution.
func (x *Execution) interrupt(a *Attempt) {
	a.CompletedAt = x.end.at
	switch x.end.kind {
	case ExecutionFailed:
		a.Status = Broken
		if a.Error == nil {
			a.Error = x.end.err
		}
	case ExecutionCancelled:
		a.Status = Skipped
	default:
		a.Status = Done
	}
}

// Spent is what the latest attempt of a step has used so far. Times are
// NoInstant and numbers Unknown where nothing was said.
type Spent struct {
	StartedAt, EndedAt   Instant
	CPUPercent, MemoryMB float64
}

// Spent is what a step used; false when there is none with the id.
func (x *Execution) Spent(stepID string) (Spent, bool) {
	s := x.steps[stepID]
	if s == nil {
		return Spent{}, false
	}
	return s.spent(), true
}

// Spending calls fn for each step that is being worked on, or was when the
// execution ended.
func (x *Execution) Spending(fn func(Spent)) {
	for _, s := range x.open {
		fn(s.spent())
	}
}

func (s *step) spent() Spent {
	var a attempt
	var marks [2]*mark
	switch {
	case len(s.starts) == 1 && (len(s.stops) == 0 || len(s.stops) == 1 && s.plain()): // the usual step, without memory of its own
		marks[0] = &s.starts[0]
		a = attempt{number: s.now.attempt, startedAt: s.now.startedAt, endedAt: s.now.endedAt, marks: marks[:1]}
		if len(s.stops) == 1 {
			marks[1] = &s.stops[0]
			a.marks = marks[:2]
		}
	case s.inOrder():
		a = s.latest()
	default:
		all := s.attempts()
		a = all[len(all)-1]
	}
	return Spent{a.startedAt, a.endedAt, s.measured(&a, cpuPercent, true), s.measured(&a, memoryMB, true)}
}
