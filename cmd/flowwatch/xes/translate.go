package xes

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/eventlog"
)

const (
	metadataKeysMax  = 100      // of a trace; more are left out
	metadataBytesMax = 16 << 10 // a server takes twice as much
	planStepsMax     = 1000     // of a trace; the steps after them follow in the order of time
	format           = "xes"    // begins the ids of events
)

// Translator makes events of the traces of one log. The zero value is ready but for its fields. Not safe for concurrent use.
type Translator struct {
	WorkflowID   string // of all executions; an id
	WorkflowName string
	Prefix       string // before each execution's id; an id or empty. Logs number their traces from 1.

	Left Left // what was in the traces so far and makes no event

	traces int
	seen   map[string]int
}

// Left counts what a log holds beyond executions and steps.
type Left struct {
	EmptyTraces int // without any event that has a time
	Nameless    int // events without an activity
	Timeless    int // events without a time
	Transitions int // such as schedule, assign or suspend, which neither begin nor end a visit
}

// visit is one pass of an activity.
type visit struct {
	stepID string
	name   string
	key    [2]string // activity and instance
}

// Events is a trace as an engine would have reported it: started with the first of its events, completed with the last, cancelled
// if the log says that the case was aborted. It is empty for a trace without times.
func (t *Translator) Events(trace *Trace) []ingest.Event {
	t.traces++
	events := t.timed(trace)
	if len(events) == 0 {
		t.Left.EmptyTraces++
		return nil
	}
	name := trace.Name
	if name == "" {
		name = "trace " + strconv.Itoa(t.traces)
	}
	x := &translation{Translator: t, id: t.executionID(name), visits: map[string]int{}}
	first, last := events[0].At, events[len(events)-1].At
	begin := x.event("execution.started", first)
	begin.WorkflowName, begin.Metadata = t.WorkflowName, metadata(name, trace.Attributes)
	x.out = append(x.out, begin)
	for i := range events {
		x.step(&events[i])
	}
	x.out[0].Steps = x.plan[:min(len(x.plan), planStepsMax)]
	x.out = append(x.out, x.event(x.end(), last))
	return x.out
}

// timed is the events with a time in the order of time, and of the file where times are equal.
func (t *Translator) timed(trace *Trace) []Event {
	events := make([]Event, 0, len(trace.Events))
	for _, e := range trace.Events {
		if e.Timed {
			events = append(events, e)
		} else {
			t.Left.Timeless++
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events
}

// executionID tells traces apart that have the same name.
func (t *Translator) executionID(name string) string {
	if t.seen == nil {
		t.seen = map[string]int{}
	}
	id := eventlog.Identifier(name)
	t.seen[id]++
	return t.Prefix + eventlog.Visited(id, t.seen[id])
}

// translation is the work on one trace.
type translation struct {
	*Translator
	id      string
	visits  map[string]int // by the activity's identifier
	open    []visit        // in the order of their starts
	aborted bool
	plan    []ingest.EventStep // all visits in the order of the log, which times alone do not tell
	out     []ingest.Event
}

func (x *translation) end() string {
	if x.aborted {
		return "execution.cancelled"
	}
	return "execution.completed"
}

// step makes an event of the transitions that begin or end a visit.
func (x *translation) step(e *Event) {
	kind := ""
	switch e.Transition {
	case "start":
		kind = "step.started"
	case "complete":
		kind = "step.completed"
	case "ate_abort":
		kind = "step.failed"
	case "pi_abort":
		kind, x.aborted = "step.failed", true
	case "autoskip", "manualskip", "withdraw":
		kind = "step.skipped"
	default:
		x.Left.Transitions++
		return
	}
	if eventlog.Shown(e.Name) == "" {
		x.Left.Nameless++
		return
	}
	data := object(e.Attributes)
	if kind == "step.started" {
		v := x.begin(e)
		x.open = append(x.open, v)
		out := x.stepEvent(kind, v, e.At)
		out.Input = data
		x.out = append(x.out, out)
		return
	}
	v, begun := x.finish(e)
	out := x.stepEvent(kind, v, e.At)
	out.Output = data
	if !begun { // it took no time that the log knows of
		out.DurationMs = new(float64)
	}
	if kind == "step.failed" {
		out.Error = eventlog.Encoded(map[string]string{"code": e.Transition, "message": "aborted"})
	}
	x.out = append(x.out, out)
}

// begin opens the next visit of an activity.
func (x *translation) begin(e *Event) visit {
	id := eventlog.Identifier(e.Name)
	x.visits[id]++
	v := visit{stepID: eventlog.Visited(id, x.visits[id]), name: eventlog.Shown(e.Name), key: [2]string{e.Name, e.Instance}}
	x.plan = append(x.plan, ingest.EventStep{StepID: v.stepID, Name: v.name})
	return v
}

// finish closes the visit that began first and is still open; begun is false when there is none.
func (x *translation) finish(e *Event) (v visit, begun bool) {
	at := slices.IndexFunc(x.open, func(v visit) bool { return v.key == [2]string{e.Name, e.Instance} })
	if at < 0 {
		return x.begin(e), false
	}
	v = x.open[at]
	x.open = slices.Delete(x.open, at, at+1)
	return v, true
}

func (x *translation) stepEvent(kind string, v visit, at time.Time) ingest.Event {
	e := x.event(kind, at)
	e.StepID, e.StepName = v.stepID, v.name
	e.EventID = eventlog.EventID(format, kind, v.stepID, e.Timestamp)
	return e
}

func (x *translation) event(kind string, at time.Time) ingest.Event {
	timestamp := at.UTC().Format(time.RFC3339Nano)
	return ingest.Event{
		EventID: eventlog.EventID(format, kind, "", timestamp), Type: kind, Timestamp: timestamp, ExecutionID: x.id, WorkflowID: x.WorkflowID,
	}
}

// metadata keeps a trace's own name and attributes, as many as fit.
func metadata(name string, attributes []Attribute) json.RawMessage {
	const externalID = "externalId"
	kept := map[string]any{externalID: eventlog.Readable(name)}
	size := len(name)
	for _, a := range attributes {
		value := jsonValue(a.Value)
		size += len(a.Key) + len(eventlog.Encoded(value))
		if a.Key == externalID || len(kept) == metadataKeysMax || size > metadataBytesMax {
			continue
		}
		kept[eventlog.Readable(a.Key)] = value
	}
	return eventlog.Encoded(kept)
}

// object is an event's attributes as the data of its step; nil if it has none.
func object(attributes []Attribute) json.RawMessage {
	if len(attributes) == 0 {
		return nil
	}
	values := make(map[string]any, len(attributes))
	for _, a := range attributes {
		values[eventlog.Readable(a.Key)] = jsonValue(a.Value)
	}
	return eventlog.Encoded(values)
}

func jsonValue(v any) any {
	switch v := v.(type) {
	case string:
		return eventlog.Readable(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return v
}
