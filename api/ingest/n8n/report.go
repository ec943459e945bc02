package n8n

import (
	"fmt"
	"slices"
	"strconv"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// outcomes are how a run ended, by n8n's name of its status.
var outcomes = map[string]execution.EventType{
	"success":  execution.ExecutionCompleted,
	"error":    execution.ExecutionFailed,
	"crashed":  execution.ExecutionFailed,
	"canceled": execution.ExecutionCancelled,
	"waiting":  execution.ExecutionWaiting,
}

// told is a report: what n8n gives to its hook workflow.postExecute, when a run
// ended or was put to sleep. It has all nodes that ran until then, also those
// of before it slept; startedAt is when it was woken last.
type told struct {
	run
	item      *ingest.Item
	workflow  ingest.Value
	status    string
	startedAt execution.Instant // NoInstant: it never began
	stoppedAt execution.Instant
	last      []byte // the node that ran last
	failure   *execution.ErrorInfo
	timedOut  bool
	tries     []try // in order of time
}

// report adds all that a report says.
func report(i *ingest.Item, instance []byte) {
	t, ok := readReport(i, instance)
	if !ok {
		return
	}
	t.begin()
	for k := range t.tries {
		t.step(&t.tries[k])
	}
	kind, known := outcomes[t.status]
	if !known {
		return // it is under way
	}
	if t.timedOut {
		kind = execution.ExecutionFailed
	}
	steps := plan(i, t.workflow, t.first())
	if kind == execution.ExecutionCompleted {
		t.skip(steps)
	}
	e := t.at(kind, t.stoppedAt)
	e.Plan, e.Error, e.TimedOut = steps, t.failure, t.timedOut
	if kind == execution.ExecutionWaiting {
		e.Error = nil
		if until, ok := i.Of("run").Of("waitTill").Instant(); ok {
			describe(e, "waitTill", until.Time().Format("2006-01-02T15:04:05.000Z07:00"))
		}
	}
}

func readReport(i *ingest.Item, instance []byte) (t told, ok bool) {
	t = told{item: i, workflow: i.Of("workflow"), startedAt: execution.NoInstant}
	t.run = runOf(i, t.workflow, instance)
	run := i.Of("run")
	end := i.Of("at")
	if stopped := run.Of("stoppedAt"); stopped.Given() {
		end = stopped
	}
	switch t.stoppedAt, ok = end.Instant(); {
	case len(t.execution) == 0:
		i.Missing("executionId")
		return t, false
	case !run.IsObject():
		i.Missing("run")
		return t, false
	case !ok:
		i.Reject(ingest.CodeInvalidTimestamp, "run.stoppedAt, or at, must be RFC 3339 with offset, from 1970 on")
		return t, false
	}
	t.startedAt, _ = run.Of("startedAt").Instant()
	t.mode, t.status, t.last = run.Of("mode").Text(), string(run.Of("status").Text()), run.Of("lastNodeExecuted").Text()
	t.parent, t.retryOf = run.Of("parent", "executionId").Word(), run.Of("retryOf").Word()
	t.failure = failureOf(i, run.Of("error"))
	t.timedOut = t.status == "canceled" && string(run.Of("error", "reason").Text()) == timedOut
	t.tries = t.readTries(run.Of("runData"))
	if len(t.tries) > triesMax {
		i.Reject(ingest.CodeTooLarge, fmt.Sprintf("a report has at most %d runs of nodes: send the rest in another", triesMax))
		return t, false
	}
	return t, true
}

// triesMax bounds the runs of nodes in one report.
const triesMax = 2_500

// Limits are the limits of what the hook sends, as clients are told them: counts.
func Limits() map[string]int { return map[string]int{"n8nRunsPerReport": triesMax} }

// failureOf reads an error of n8n. Its description says what its message leaves out.
func failureOf(i *ingest.Item, v ingest.Value) *execution.ErrorInfo {
	message := v.Of("message").Text()
	if more := v.Of("description").Text(); len(more) > 0 && string(more) != string(message) {
		message = slices.Concat(message, []byte("\n"), more)
	}
	return i.Failure(v.Of("name").Text(), v.Of("code").Word(), message, v.Of("stack").Text())
}

// try is one run of a node.
type try struct {
	node       []byte
	attempt    int
	start, end execution.Instant
	tookMs     int64
	status     string
	value      ingest.Value
}

// readTries reads the runs of all nodes. A run that was begun again, or from
// the editor, brings along what an earlier execution did: that is left out.
func (t *told) readTries(runData ingest.Value) (tries []try) {
	again := slices.Contains([]string{"retry", "manual"}, string(t.mode))
	runData.Members(func(node []byte, list ingest.Value) {
		place := 0
		list.Elements(func(v ingest.Value) bool {
			one, ok := t.readTry(node, place, v)
			place++
			if ok && !(again && one.start < t.startedAt) {
				tries = append(tries, one)
			}
			return len(tries) <= triesMax
		})
	})
	slices.SortStableFunc(tries, func(a, b try) int { return int(min(max(a.start-b.start, -1), 1)) })
	return tries
}

func (t *told) readTry(node []byte, place int, v ingest.Value) (one try, ok bool) {
	start, ok := sinceMs(v.Of("startTime"))
	if !ok || len(node) == 0 {
		return try{}, false
	}
	one = try{node: node, attempt: attempt(v.Of("run"), place), start: start, end: start, status: string(v.Of("executionStatus").Text()), value: v}
	one.tookMs, ok = v.Of("executionTime").Whole()
	if !ok || one.tookMs > dayMs*daysMax {
		one.tookMs = 0
	}
	one.end += execution.Instant(one.tookMs * nanosPerMs)
	if seen, ok := sinceMs(v.Of("finishedAt")); ok {
		one.end = max(one.end, seen)
	}
	if one.failed() {
		// What was said live is that it finished. Of several ends the latest holds, and this one knows better.
		if t.status == "error" && string(node) == string(t.last) {
			one.end = max(one.end, t.stoppedAt)
		}
		one.end++
	}
	return one, true
}

func (o *try) failed() bool { return o.status == "error" || o.status == "crashed" }

const (
	nanosPerMs = 1_000_000
	dayMs      = 86_400_000
	daysMax    = 3_650
	// Numbers below are seconds: n8n writes such when it finds that it had crashed.
	msMin = 100_000_000_000
	msMax = 1<<63/nanosPerMs - 2*dayMs*daysMax
)

// sinceMs is a time in milliseconds since 1970.
func sinceMs(v ingest.Value) (execution.Instant, bool) {
	ms, ok := v.Whole()
	if ms < msMin {
		ms *= 1_000
	}
	return execution.Instant(ms * nanosPerMs), ok && ms <= msMax
}

// at adds an event of the run itself.
func (t *told) at(kind execution.EventType, at execution.Instant) *execution.Event {
	return t.label(t.item, t.item.AddAt(kind, nanos(at)), instantID(at))
}

func instantID(at execution.Instant) []byte { return strconv.AppendInt(nil, int64(at), 10) }

// first is the node that the run began with.
func (t *told) first() []byte {
	if len(t.tries) == 0 {
		return nil
	}
	return t.tries[0].node
}

// begin adds when the run began, and when it was woken.
func (t *told) begin() {
	switch {
	case !t.startedAt.Present():
	case len(t.tries) > 0 && t.tries[0].start < t.startedAt:
		t.at(execution.ExecutionStarted, t.tries[0].start)
		t.at(execution.ExecutionResumed, t.startedAt)
	default:
		t.at(execution.ExecutionStarted, t.startedAt)
	}
}

// step adds the events of one run of a node.
func (t *told) step(one *try) {
	t.stepAt(execution.StepStarted, one, one.start)
	switch {
	case one.failed():
		e := t.stepAt(execution.StepFailed, one, one.end)
		e.DurationMs, e.Error = one.tookMs, failureOf(t.item, one.value.Of("error"))
		one.measure(e)
	case one.status == "success":
		e := t.stepAt(execution.StepCompleted, one, one.end)
		e.DurationMs = one.tookMs
		one.measure(e)
	}
}

func (t *told) stepAt(kind execution.EventType, one *try, at execution.Instant) *execution.Event {
	e := t.label(t.item, t.item.AddAt(kind, nanos(at)), instantID(at), one.node, strconv.AppendInt(nil, int64(one.attempt), 10))
	e.StepID, e.StepName, e.Attempt = t.item.StepID(one.node), t.item.Name(one.node), one.attempt
	return e
}

// measure adds how large the node's output is and, where the hook was asked to
// send it, the output itself.
func (o *try) measure(e *execution.Event) {
	if size, ok := o.value.Of("outputBytes").Whole(); ok && size <= sizeMax {
		e.OutputBytes = size
	}
	if output := o.value.Of("output"); output.Given() {
		e.Output, e.HasOutput = output.Raw(), true
	}
}

const sizeMax = 1 << 53

// skip adds that planned nodes did not run: a run that ended well went another way.
func (t *told) skip(steps []execution.PlanStep) {
	ran := make(map[string]struct{}, len(t.tries))
	for k := range t.tries {
		ran[t.item.StepID(t.tries[k].node)] = struct{}{}
	}
	for k := range steps {
		if _, did := ran[steps[k].StepID]; did {
			continue
		}
		e := t.label(t.item, t.item.AddAt(execution.StepSkipped, nanos(t.stoppedAt)), []byte(steps[k].StepID))
		e.StepID, e.StepName = steps[k].StepID, steps[k].Name
	}
}

// nanos is a time since 1970; n8n tells of none before.
func nanos(at execution.Instant) uint64 { return uint64(max(0, at)) } // #nosec G115 -- not below 0
