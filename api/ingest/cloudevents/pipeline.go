package cloudevents

import (
	"bytes"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// phase is where a run of a pipeline, or of a task, has come to.
type phase uint8

const (
	queued phase = iota
	started
	completed
	failed
	cancelled
)

// ofRun is the event of an execution, ofTask that of a step.
var (
	ofRun = map[phase]execution.EventType{
		queued: execution.ExecutionQueued, started: execution.ExecutionStarted, completed: execution.ExecutionCompleted,
		failed: execution.ExecutionFailed, cancelled: execution.ExecutionCancelled,
	}
	ofTask = map[phase]execution.EventType{
		started: execution.StepStarted, completed: execution.StepCompleted, failed: execution.StepFailed, cancelled: execution.StepSkipped,
	}
)

// pipelineEvent is what CDEvents and Tekton tell alike.
type pipelineEvent struct {
	phase             phase
	at, began         ingest.Value // began: of what has ended, if it is said
	execution         string
	external, source  []byte // as the engine calls the run, and itself
	workflow, name    string
	task              []byte // empty: the event is of the run itself
	errorKind, errors []byte
	timedOut          bool
}

// tell adds the event. One of a task that waits is none: a step begins when it starts.
func (p *pipelineEvent) tell(i *ingest.Item, e *envelope) {
	kind := ofRun[p.phase]
	if len(p.task) > 0 {
		if p.phase == queued {
			return
		}
		kind = ofTask[p.phase]
	}
	x := i.Add(kind, p.at)
	x.ID = ingest.EventID(e.source.Text(), e.id.Text(), e.kind.Text()) // there are senders who give all events of a run one id
	x.ExecutionID, x.WorkflowID, x.WorkflowName = p.execution, p.workflow, p.name
	x.Metadata = ingest.Origin(kind, p.external, p.source)
	if len(p.task) > 0 {
		x.StepID, x.StepName = i.StepID(p.task), i.Name(p.task)
	}
	if began, ok := p.began.Instant(); ok && p.phase >= completed {
		i.Began(x, uint64(began)) // #nosec G115 -- Instant is from 1970 on
	}
	if p.phase == failed {
		x.Error = i.Failure(p.errorKind, nil, p.errors, nil)
		x.TimedOut = p.timedOut && len(p.task) == 0
	}
}

// firstText is the first that is not empty.
func firstText(texts ...[]byte) []byte {
	for _, t := range texts {
		if len(bytes.TrimSpace(t)) > 0 {
			return t
		}
	}
	return nil
}
