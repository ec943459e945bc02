// Package n8n reads what n8n tells: the messages of its log streaming to a
// webhook, what an error workflow posts, which is the item that its Error
// Trigger node gives, and what the hook that Flowwatch ships for it (File) sends.
// It is pure. Ids begin with n8n and the name of the instance, because each
// counts its executions from 1.
package n8n

import (
	"encoding/json"
	"strconv"
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

const format = "n8n"

// messages are the names of log streaming that are news of an execution.
var messages = map[string]execution.EventType{
	"n8n.workflow.started":    execution.ExecutionStarted,
	"n8n.workflow.success":    execution.ExecutionCompleted,
	"n8n.workflow.failed":     execution.ExecutionFailed,
	"n8n.workflow.crashed":    execution.ExecutionFailed,
	"n8n.workflow.cancelled":  execution.ExecutionCancelled,
	"n8n.node.started":        execution.StepStarted,
	"n8n.node.finished":       execution.StepCompleted,
	"n8n.queue.job.enqueued":  execution.ExecutionQueued,
	"n8n.execution.throttled": execution.ExecutionQueued,
}

// Decode reads a message, a JSON array of them, or one a line. instance names
// the n8n that sends, "" where there is but one. Errors are those of
// Codec.Decode.
func Decode(c *ingest.Codec, body []byte, contentType, instance string, now execution.Instant) (ingest.Batch, error) {
	lines, err := ingest.IsLines(contentType)
	if err != nil {
		return ingest.Batch{}, err
	}
	return c.Translate(body, lines, now, ingest.Format{Translate: func(i *ingest.Item) { translate(i, []byte(instance)) }})
}

// translate adds the events of one message.
func translate(i *ingest.Item, instance []byte) {
	name := i.Of("eventName")
	if name.Given() {
		message(i, string(name.Text()), instance)
		return
	}
	if event := i.Of("event"); event.Given() {
		news(i, string(event.Text()), instance)
		return
	}
	if hook := i.Of("hook"); hook.Given() {
		if string(hook.Text()) == "workflow.postExecute" {
			report(i, instance)
		}
		return
	}
	if failed := i.Of("execution"); failed.IsObject() {
		failure(i, failed, failed.Of("lastNodeExecuted").Text(), instance)
		return
	}
	if trigger := i.Of("trigger"); trigger.IsObject() { // it failed before there was an execution
		failure(i, trigger, trigger.Of("error", "node", "name").Text(), instance)
		return
	}
	i.Missing("eventName, event, hook, execution or trigger")
}

// message adds the events of a message of log streaming.
func message(i *ingest.Item, name string, instance []byte) {
	kind, known := messages[name]
	payload := i.Of("payload")
	switch {
	case !known && strings.HasPrefix(name, "n8n."):
		return // of users, credentials, workers
	case !known:
		i.Reject(ingest.CodeUnknownType, "eventName is not one of n8n's")
		return
	}
	at, id := i.Of("ts"), i.Of("id").Word()
	if len(id) == 0 {
		i.Missing("id")
		return
	}
	x := run{instance: instance, execution: payload.Of("executionId").Word(), workflow: payload.Of("workflowId").Word(), name: payload.Of("workflowName").Text()}
	node := payload.Of("nodeName").Text()
	if kind == execution.ExecutionFailed {
		node = payload.Of("lastNodeExecuted").Text()
	}
	failure := func() *execution.ErrorInfo { return i.Failure(nil, nil, payload.Of("errorMessage").Text(), nil) }
	switch {
	case len(x.execution) == 0:
		i.Missing("payload.executionId")
	case kind.IsStep() && len(node) == 0:
		i.Missing("payload.nodeName")
	case kind == execution.ExecutionFailed:
		x.failed(i, at, node, failure, id)
	default:
		e := x.add(i, kind, at, id)
		if kind.IsStep() {
			e.StepID, e.StepName = i.StepID(node), i.Name(node)
		}
	}
}

// failure adds the events of an error workflow: what failed, and at which node. n8n numbers only executions that it saves; one that it does not is a run too.
func failure(i *ingest.Item, failed ingest.Value, node, instance []byte) {
	workflow, cause := i.Of("workflow"), failed.Of("error")
	x := run{instance: instance, execution: failed.Of("id").Word(), workflow: workflow.Of("id").Word(), name: workflow.Of("name").Text(), retryOf: failed.Of("retryOf").Word()}
	switch {
	case len(x.execution) > 0:
	case cause.Given():
		x.execution = unsaved(i, workflow, cause)
	default:
		i.Missing("execution.id")
		return
	}
	failure := func() *execution.ErrorInfo {
		return i.Failure(cause.Of("name").Text(), cause.Of("code").Word(), cause.Of("message").Text(), cause.Of("stack").Text())
	}
	x.failed(i, ingest.Value{}, node, failure, []byte("error-workflow"))
}

// unsaved names an execution that has no number by what is known of its failure, and by when that was: the same may happen again.
func unsaved(i *ingest.Item, workflow, cause ingest.Value) []byte {
	when := cause.Of("timestamp").Word()
	if len(when) == 0 {
		when = strconv.AppendInt(nil, int64(i.Received()), 10)
	}
	return append([]byte("unsaved-"), ingest.EventID(when, workflow.Raw(), cause.Raw())...)
}

// run is an execution as n8n names it, and what is known of it.
type run struct {
	instance, execution, workflow, name, version, retryOf []byte

	mode   []byte // what began it: webhook, trigger, manual, …
	parent []byte // the execution that it is a part of
}

// add adds an event of the run.
func (r *run) add(i *ingest.Item, kind execution.EventType, at ingest.Value, id []byte) *execution.Event {
	return r.label(i, i.Add(kind, at), id)
}

// label says whose event it is. Sent again, it is known by id, its execution
// and its kind.
func (r *run) label(i *ingest.Item, e *execution.Event, id ...[]byte) *execution.Event {
	parts := append([][]byte{r.execution}, id...)
	e.ID = ingest.EventID(append(parts, []byte(e.Type.String()))...)
	e.ExecutionID = i.ID(format, r.instance, r.execution)
	e.WorkflowID = i.ID(format, r.instance, r.workflow)
	e.WorkflowName, e.WorkflowVersion = i.Name(r.name), i.Name(r.version)
	e.RetryOf = i.ID(format, r.instance, r.retryOf)
	e.Metadata = ingest.Origin(e.Type, r.execution, r.instance)
	describe(e, "mode", i.Name(r.mode))
	describe(e, "parentExecutionId", i.ID(format, r.instance, r.parent))
	return e
}

// describe adds to the event's metadata, which steps have none of.
func describe(e *execution.Event, name, text string) {
	if len(e.Metadata) == 0 || text == "" {
		return
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("BUG: n8n: a text that is no JSON: " + err.Error())
	}
	e.Metadata = append(append(append(e.Metadata[:len(e.Metadata)-1], `,"`+name+`":`...), quoted...), '}')
}

// failed adds the end of the run, and of the node that it ended at: n8n tells
// that a node has finished, not how.
func (r *run) failed(i *ingest.Item, at ingest.Value, node []byte, failure func() *execution.ErrorInfo, id []byte) {
	if len(node) > 0 {
		e := r.add(i, execution.StepFailed, at, id)
		e.StepID, e.StepName, e.Error = i.StepID(node), i.Name(node), failure()
	}
	r.add(i, execution.ExecutionFailed, at, id).Error = failure()
}
