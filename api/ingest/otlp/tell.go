package otlp

import (
	"encoding/hex"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// run is the run that a span is of.
type run struct {
	execution, workflow, name, version string
	external, source                   string // as the engine calls the run, and itself
}

// ofTrace is the run that a trace is, under a workflow.
func ofTrace(i *ingest.Item, s *span, workflow, name string) run {
	id := s.TraceID()
	var digits [2 * len(id)]byte
	hex.Encode(digits[:], id[:])
	return run{execution: i.ID(format, nil, digits[:]), workflow: workflow, name: name}
}

// place is a span's id as an event names it.
func place(i *ingest.Item, id pcommon.SpanID) string {
	var digits [2 * len(id)]byte
	hex.Encode(digits[:], id[:])
	return i.StepID(digits[:])
}

// tell adds an event that the span tells of the run.
func (r *run) tell(i *ingest.Item, s *span, kind execution.EventType, nanos pcommon.Timestamp) *execution.Event {
	e := i.AddAt(kind, uint64(nanos))
	trace, id := s.TraceID(), s.SpanID()
	e.ID = ingest.EventID(trace[:], id[:], []byte(kind.String()))
	e.ExecutionID, e.WorkflowID, e.WorkflowName, e.WorkflowVersion = r.execution, r.workflow, r.name, r.version
	if r.external != "" {
		e.Metadata = ingest.Origin(kind, []byte(r.external), []byte(r.source))
	}
	return e
}

// began is when a span began; that is not always said.
func began(s *span) pcommon.Timestamp {
	if at := s.StartTimestamp(); at != 0 && at < s.EndTimestamp() {
		return at
	}
	return s.EndTimestamp()
}

// outcome is how a run or a step ended, in the words of engines.
type outcome uint8

const (
	ended outcome = iota
	failed
	timedOut
	cancelled
	skipped
)

// ofStatus is what a span's own status says.
func ofStatus(s *span) outcome {
	if s.Status().Code() == ptrace.StatusCodeError {
		return failed
	}
	return ended
}

// whole tells that the run began and ended with the span.
func (r *run) whole(i *ingest.Item, s *span, how outcome) *execution.Event {
	e := r.end(i, s, how)
	i.Began(e, uint64(began(s)))
	return e
}

// end tells that the run ended with the span.
func (r *run) end(i *ingest.Item, s *span, how outcome) *execution.Event {
	kind := execution.ExecutionCompleted
	switch how {
	case failed, timedOut:
		kind = execution.ExecutionFailed
	case cancelled, skipped:
		kind = execution.ExecutionCancelled
	case ended:
	}
	e := r.tell(i, s, kind, s.EndTimestamp())
	if e.TimedOut = how == timedOut; kind == execution.ExecutionFailed {
		e.Error = failure(i, s)
	}
	return e
}

// step is a step as an engine names it. attempt 0: it does not count them.
type step struct {
	id, name string
	attempt  int
	under    string
}

// step tells that a step of the run began and ended with the span.
func (r *run) step(i *ingest.Item, s *span, p step, kind execution.EventType) {
	e := r.tell(i, s, kind, s.EndTimestamp())
	i.Began(e, uint64(began(s)))
	e.StepID, e.StepName, e.Attempt, e.Under = i.StepID([]byte(p.id)), i.Name([]byte(p.name)), p.attempt, p.under
	if kind == execution.StepFailed || kind == execution.StepRetrying {
		e.Error = failure(i, s)
	}
}

// stepEnd is the event that a step ends with.
func (o outcome) stepEnd() execution.EventType {
	switch o {
	case failed, timedOut:
		return execution.StepFailed
	case cancelled, skipped:
		return execution.StepSkipped
	case ended:
	}
	return execution.StepCompleted
}

// failure is the last exception that the span recorded, else what its status says.
func failure(i *ingest.Item, s *span) *execution.ErrorInfo {
	kind, message, stack := text(s.attributes, "error.type"), clean(s.Status().Message()), ""
	for _, event := range s.Events().All() {
		if event.Name() != "exception" {
			continue
		}
		about := event.Attributes()
		if said := text(about, "exception.type"); said != "" {
			kind = said
		}
		if said := text(about, "exception.message"); said != "" {
			message = said
		}
		stack = text(about, "exception.stacktrace")
	}
	return i.Failure([]byte(kind), nil, []byte(orElse(message, kind)), []byte(stack))
}

// text is an attribute that is a text or a number; "" of all else.
func text(attributes pcommon.Map, name string) string {
	v, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return word(v)
}

// word is a text or a number; "" of all else.
func word(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return clean(v.Str())
	case pcommon.ValueTypeInt:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return ""
	}
}

// whole number of an attribute, which may be a text; 0 if it is none.
func number(attributes pcommon.Map, name string) int64 {
	n, _ := strconv.ParseInt(text(attributes, name), 10, 64)
	return n
}

// clean is valid UTF-8, which protobuf does not see to.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
