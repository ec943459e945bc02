package execution

import (
	"encoding/json"
	"slices"
	"strings"
)

// Summary is an execution as lists show it. Strings are "", times NoInstant
// and ReportedProgress is Unknown where nothing was said.
type Summary struct {
	ExecutionID      string
	WorkflowID       string
	WorkflowName     string
	WorkflowVersion  string
	Status           Status
	Priority         Priority
	EnginePriority   string
	Progress         int // percent (B-31)
	ReportedProgress int
	CurrentStep      string
	CurrentSteps     []string // at most CurrentStepsMax
	StepsDone        int
	StepsTotal       int
	QueuedAt         Instant
	StartedAt        Instant
	CompletedAt      Instant
	FirstSeenAt      Instant // time of the earliest event
	LastEventAt      Instant // time of the latest event
	Deadline         Instant
	WaitingMs        int64   // spent waiting until WaitingSince
	WaitingSince     Instant // while it waits
	Attempt          int
	RetryOf          string
	ClientRef        string
	Tags             []string
	Error            *ErrorInfo
	TimedOut         bool
	ClockSkewed      bool
	Metadata         json.RawMessage
}

// CurrentStepsMax bounds the steps that a summary names as being worked on.
const CurrentStepsMax = 100

// SortTime is what lists are ordered by: when it started, else was queued,
// else was first heard of.
func (s *Summary) SortTime() Instant {
	switch {
	case s.StartedAt.Present():
		return s.StartedAt
	case s.QueuedAt.Present():
		return s.QueuedAt
	}
	return s.FirstSeenAt
}

// DurationMs is how long the execution took, or has been running; false when
// it never started (S11, B-34).
func (s *Summary) DurationMs(now Instant) (ms int64, ok bool) {
	if !s.StartedAt.Present() {
		return 0, false
	}
	if s.CompletedAt.Present() {
		now = s.CompletedAt
	}
	return max(0, now.Ms()-s.StartedAt.Ms()), true
}

// Summary derives what lists show. Its slices are x's: don't change them.
func (x *Execution) Summary() Summary {
	first, last := x.span()
	s := Summary{
		ExecutionID: x.id, WorkflowID: x.workflowID, WorkflowName: x.workflowName, WorkflowVersion: x.workflowVersion,
		Status: x.status(), Priority: x.priority, EnginePriority: x.enginePriority, ReportedProgress: x.progress,
		QueuedAt: x.queued, StartedAt: x.startedAt(), CompletedAt: NoInstant, FirstSeenAt: first, LastEventAt: last,
		Deadline: x.deadline, Attempt: x.attempt, RetryOf: x.retryOf, ClientRef: x.clientRef, Tags: x.shownTags(),
		ClockSkewed: x.skewed, Metadata: x.metadata,
	}
	s.WaitingMs, s.WaitingSince = x.waited()
	if x.end != nil {
		s.CompletedAt, s.Error, s.TimedOut = x.end.at, x.end.err, x.end.timedOut
	} else if s.CurrentSteps = x.current(); len(s.CurrentSteps) > 0 {
		s.CurrentStep = s.CurrentSteps[0]
	}
	s.StepsDone, s.StepsTotal = x.counted(s.Status)
	s.Progress = x.percent(s.Status, s.StepsDone, s.StepsTotal)
	return s
}

func (x *Execution) status() Status {
	switch {
	case x.end != nil && x.end.kind == ExecutionFailed:
		return Failed
	case x.end != nil && x.end.kind == ExecutionCancelled:
		return Cancelled
	case x.end != nil:
		return Completed
	case len(x.turns) > 0 && x.turns[len(x.turns)-1].kind == ExecutionWaiting:
		return Waiting
	case x.active, len(x.aside) > 0:
		return Running
	}
	return Pending
}

// startedAt is the earliest start, else the earliest time of a step, else what
// the end says of the duration; while all is aside, the earliest time of that.
func (x *Execution) startedAt() Instant {
	for _, t := range x.turns {
		if t.kind == ExecutionStarted {
			return t.at
		}
	}
	at := NoInstant
	for _, s := range x.steps {
		at = earliest(at, earliest(s.first, s.now.begun))
	}
	if !at.Present() && x.end != nil && x.end.durationMs != Unknown {
		at = x.end.at.back(x.end.durationMs)
	}
	if !at.Present() && !x.first.Present() {
		at = x.asideOf[0]
	}
	return at
}

// waited sums the times in waiting, which steps never end.
func (x *Execution) waited() (ms int64, since Instant) {
	since = NoInstant
	close := func(at Instant) {
		if since.Present() {
			ms += max(0, at.Ms()-since.Ms())
			since = NoInstant
		}
	}
	for _, t := range x.turns {
		switch {
		case x.end != nil && t.at > x.end.at:
			continue
		case t.kind != ExecutionWaiting:
			close(t.at)
		case !since.Present():
			since = t.at
		}
	}
	if x.end != nil {
		close(x.end.at)
	}
	return ms, since
}

// current names the steps being worked on, in the order of the plan (B-33).
func (x *Execution) current() []string {
	if len(x.open) == 0 {
		return nil
	}
	var first []*step
	for _, s := range x.open {
		at, _ := slices.BinarySearchFunc(first, s, compareSteps)
		if at < CurrentStepsMax {
			first = slices.Insert(first, at, s)
			first = first[:min(len(first), CurrentStepsMax)]
		}
	}
	names := make([]string, len(first))
	for i, s := range first {
		names[i] = x.nameOf(s)
	}
	return names
}

// compareSteps orders by plan, then start, then id (B-32).
func compareSteps(a, b *step) int {
	switch {
	case a.order != b.order && a.order < b.order:
		return -1
	case a.order != b.order:
		return 1
	case a.sortTime() != b.sortTime():
		return compareInstants(a.sortTime(), b.sortTime())
	}
	return strings.Compare(a.id, b.id)
}

// sortTime is when the step first began.
func (s *step) sortTime() Instant {
	if s.now.begun.Present() {
		return s.now.begun
	}
	return s.first
}

// nameOf is a step's name: what was said last, by the plan or by its events.
func (x *Execution) nameOf(s *step) string {
	if s.order == unplanned {
		if s.name != "" {
			return s.name
		}
		return s.id
	}
	declared := x.plan[s.order].Name
	if s.name != "" && (s.named.followed(x.fields[fieldPlan]) || declared == s.id || declared == "") {
		return s.name
	}
	if declared == "" {
		return s.id
	}
	return declared
}

// counted is how many steps are done, and of how many: those of the plan, or
// without a plan those known.
func (x *Execution) counted(status Status) (done, total int) {
	if len(x.plan) > 0 {
		done, total = x.done.planned, len(x.plan)
	} else {
		done, total = x.done.others, len(x.steps)
	}
	if status == Completed { // what was still open is shown completed
		for _, s := range x.open {
			if len(x.plan) == 0 || s.order != unplanned {
				done++
			}
		}
	}
	return done, total
}

// percent is the progress (B-31, B-78): computed where steps are known.
func (x *Execution) percent(status Status, done, total int) int {
	const almost = 99
	switch {
	case status == Completed:
		return 100
	case total == 0:
		return min(max(0, x.progress), almost)
	}
	if status.Terminal() {
		done = x.done.planned
		if len(x.plan) == 0 {
			done = x.done.others
		}
	}
	return min((200*done+total)/(2*total), almost)
}
