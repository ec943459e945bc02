package execution

import "slices"

// Outcome says what Apply did with an event.
type Outcome uint8

// The outcomes.
const (
	Applied   Outcome = iota
	Aside             // noted, and merged when what it is under turns out to be the top
	Duplicate         // its id was applied before; nothing changed
	Full              // the execution has EventsMax events, or AsideMax aside; nothing changed
)

// Apply merges an event, which must be of this execution and have an ID, into
// x. It keeps no reference to Input and Output.
func Apply(x *Execution, e *Event) Outcome {
	h := e.Hash()
	x.released = nil
	aside := e.Under != "" && !x.hasTop(e.Under)
	switch {
	case x.seen.has(h):
		return Duplicate
	case len(x.seen.list) >= EventsMax, aside && len(x.aside) >= AsideMax:
		return Full
	}
	x.seen.add(h)
	if aside {
		x.putAside(e)
		return Aside
	}
	x.merge(e, h)
	if e.Top != "" && e.Under == "" && !x.hasTop(e.Top) {
		x.addTop(e.Top)
	}
	return Applied
}

// merge adds what an event says.
func (x *Execution) merge(e *Event, h uint64) {
	if e.Type.Ends() && IsConcluded(e.ID) {
		x.mergeConcluded(e, h)
		return
	}
	x.first, x.last = earliest(x.first, e.earliest()), max(x.last, e.Timestamp)
	x.skewed = x.skewed || e.ClockSkewed
	x.applyFields(e)
	if e.Type.IsStep() {
		x.active = true
		x.applyStep(e, h)
	} else {
		x.applyLife(e, h)
	}
	x.reopen()
}

// wins notes the event as the one that decides a field, if it is.
func (x *Execution) wins(f field, e *Event) bool {
	s := stamp{e.Timestamp, e.ID}
	if !s.after(x.fields[f]) {
		return false
	}
	x.fields[f] = s
	return true
}

// applyFields takes what any event may carry.
func (x *Execution) applyFields(e *Event) {
	if e.WorkflowID != "" && x.wins(fieldWorkflowID, e) {
		x.workflowID = e.WorkflowID
	}
	if e.WorkflowName != "" && x.wins(fieldWorkflowName, e) {
		x.workflowName = e.WorkflowName
	}
	if e.WorkflowVersion != "" && x.wins(fieldWorkflowVersion, e) {
		x.workflowVersion = e.WorkflowVersion
	}
	if e.Priority != PriorityNone && x.wins(fieldPriority, e) {
		x.priority, x.enginePriority = e.Priority, e.EnginePriority
	}
	if e.ClientRef != "" && x.wins(fieldClientRef, e) {
		x.clientRef = e.ClientRef
	}
	if e.Tags != nil && x.wins(fieldTags, e) {
		x.tags = e.Tags
	}
	if e.Deadline.Present() && x.wins(fieldDeadline, e) {
		x.deadline = e.Deadline
	}
	if e.Metadata != nil && x.wins(fieldMetadata, e) {
		x.metadata = e.Metadata
	}
	if e.RetryOf != "" && x.wins(fieldRetryOf, e) {
		x.retryOf = e.RetryOf
	}
	if e.Plan != nil && x.wins(fieldPlan, e) {
		x.setPlan(e.Plan)
	}
}

// applyLife takes what an event about the execution itself says.
func (x *Execution) applyLife(e *Event, h uint64) {
	if e.Attempt != 0 && x.wins(fieldAttempt, e) {
		x.attempt = e.Attempt
	}
	if e.Progress != Unknown && x.wins(fieldProgress, e) {
		x.progress = e.Progress
	}
	if e.HasInput && x.wins(fieldInput, e) {
		x.input = h
	}
	switch e.Type {
	case ExecutionQueued:
		x.queued = earliest(x.queued, e.Timestamp)
	case ExecutionStarted, ExecutionWaiting, ExecutionResumed:
		x.active = true
		x.addTurn(turn{e.Timestamp, e.Type})
	case ExecutionCompleted, ExecutionFailed, ExecutionCancelled:
		if e.tellsStart() {
			x.active = true
			x.addTurn(turn{e.Began, ExecutionStarted})
		}
		x.applyEnd(e, h)
	default:
		x.active = true
	}
}

func (x *Execution) addTurn(t turn) {
	at, known := slices.BinarySearchFunc(x.turns, t, compareTurns)
	if !known {
		x.turns = slices.Insert(x.turns, at, t)
	}
}

func compareTurns(a, b turn) int {
	if a.at != b.at {
		return compareInstants(a.at, b.at)
	}
	return int(a.kind) - int(b.kind)
}

func compareInstants(a, b Instant) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// applyEnd keeps the earliest end that was told; at the same time failed,
// cancelled, completed; of the same kind the greatest id. Of ends that were
// concluded it keeps the one that knew most.
func (x *Execution) applyEnd(e *Event, h uint64) {
	n := &end{stamp: stamp{e.Timestamp, e.ID}, kind: e.Type, durationMs: e.DurationMs, err: e.Error, timedOut: e.TimedOut}
	if e.HasOutput {
		n.output = h
	}
	if x.end == nil || n.before(x.end) {
		x.end = n
	}
}

func (e *end) before(o *end) bool {
	switch concluded := e.concluded(); {
	case concluded != o.concluded():
		return !concluded
	case concluded && e.basis() != o.basis():
		return e.basis() > o.basis()
	case e.at != o.at:
		return e.at < o.at
	case e.kind != o.kind:
		return endRank(e.kind) < endRank(o.kind)
	}
	return e.id > o.id
}

func endRank(kind EventType) int {
	switch kind {
	case ExecutionFailed:
		return 0
	case ExecutionCancelled:
		return 1
	}
	return 2
}

// setPlan replaces the declared steps and recounts by the new ones.
func (x *Execution) setPlan(plan []PlanStep) {
	x.plan = plan
	x.planned = make(map[string]int, len(plan))
	for i := range plan {
		x.planned[plan[i].StepID] = i
	}
	x.done, x.open = tallies{}, nil
	for _, s := range x.steps {
		s.order = x.orderOf(s.id)
		x.count(s, 1)
	}
}

// orderOf is a step's place in the plan, unplanned when it has none.
func (x *Execution) orderOf(id string) int {
	if i, ok := x.planned[id]; ok {
		return i
	}
	return unplanned
}

// applyStep leaves the event's mark on its step.
func (x *Execution) applyStep(e *Event, h uint64) {
	s := x.steps[e.StepID]
	if s == nil {
		s = &step{id: e.StepID, order: x.orderOf(e.StepID), first: NoInstant}
		x.steps[e.StepID] = s
	} else {
		x.count(s, -1)
	}
	s.apply(e, h)
	s.settle()
	x.count(s, 1)
}

// count adds a step to the counters (n = 1) or takes it out (n = -1).
func (x *Execution) count(s *step, n int) {
	switch {
	case s.now.status.Open() && n > 0:
		x.open = append(x.open, s)
	case s.now.status.Open():
		if i := slices.Index(x.open, s); i >= 0 {
			x.open = slices.Delete(x.open, i, i+1)
		}
	case s.now.status.counts() && s.order == unplanned:
		x.done.others += n
	case s.now.status.counts():
		x.done.planned += n
	}
}
