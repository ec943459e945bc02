package n8n

import (
	"strconv"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// events are those of n8n's event bus, as the hook forwards them, that are news
// of an execution. workflow-resume is the hook's own: n8n tells nobody that it
// wakes a run.
var events = map[string]execution.EventType{
	"execution-throttled":  execution.ExecutionQueued,
	"workflow-pre-execute": execution.ExecutionStarted,
	"workflow-resume":      execution.ExecutionResumed,
	"execution-cancelled":  execution.ExecutionCancelled,
	"node-pre-execute":     execution.StepStarted,
	"node-post-execute":    execution.StepCompleted,
}

const timedOut = "timeout" // why n8n itself ended a run that took too long

// news adds the event of a message that the hook sent while the run went on.
func news(i *ingest.Item, event string, instance []byte) {
	kind, known := events[event]
	if !known {
		return // of users, credentials, what the report of a run says better
	}
	workflow := i.Of("workflow")
	x := runOf(i, workflow, instance)
	at := i.Of("at")
	node := i.Of("node").Text()
	switch {
	case len(x.execution) == 0:
		i.Missing("executionId")
		return
	case !at.Given():
		i.Missing("at")
		return
	case kind.IsStep() && len(node) == 0:
		i.Missing("node")
		return
	}
	reason := string(i.Of("reason").Text())
	if kind == execution.ExecutionCancelled && reason == timedOut {
		kind = execution.ExecutionFailed
	}
	e := i.Add(kind, at)
	e.TimedOut = kind == execution.ExecutionFailed
	if !kind.IsStep() {
		x.label(i, e, at.Text())
		return
	}
	e.Attempt = attempt(i.Of("run"), 0)
	x.label(i, e, at.Text(), node, strconv.AppendInt(nil, int64(e.Attempt), 10))
	e.StepID, e.StepName = i.StepID(node), i.Name(node)
	if kind == execution.StepStarted {
		e.Plan = plan(i, workflow, node)
	}
}

// runOf is the run that the hook's message is about.
func runOf(i *ingest.Item, workflow ingest.Value, instance []byte) run {
	return run{
		instance: instance, execution: i.Of("executionId").Word(),
		workflow: workflow.Of("id").Word(), name: workflow.Of("name").Text(), version: workflow.Of("versionId").Word(),
	}
}

// attemptMax bounds the runs of a node that are told apart.
const attemptMax = 1_000_000

// attempt counts from 1 the runs of a node in an execution, which n8n counts
// from 0; when it is not said it is the place in its list.
func attempt(said ingest.Value, place int) int {
	if n, ok := said.Whole(); ok {
		place = int(min(n, attemptMax))
	}
	return min(place+1, attemptMax)
}
