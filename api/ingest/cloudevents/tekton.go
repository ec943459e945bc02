package cloudevents

import (
	"bytes"

	"flowwatch/api/ingest"
)

// Tekton's own events are named by resource and state: dev.tekton.event.pipelinerun.started.v1. Their data hold the whole resource, of which parameters are
// not read: masking goes by names, and theirs stand beside the values.
const (
	tektonPrefix = "dev.tekton.event."
	tektonFormat = "tekton"
)

// tektonStates are the states that tell something; unknown is said of whatever changes meanwhile.
var tektonStates = map[string]phase{"started": started, "running": started, "successful": completed, "failed": failed}

// tektonCancelled are the reasons of a failure that somebody wished, tektonTimeouts those of one for want of time.
var (
	tektonCancelled = map[string]bool{"Cancelled": true, "PipelineRunCancelled": true, "TaskRunCancelled": true}
	tektonTimeouts  = map[string]bool{"PipelineRunTimeout": true, "TaskRunTimeout": true}
)

// tektonNames says where the definition of a resource, and what it is of, are told.
type tektonNames struct{ resource, reference, label string }

var (
	tektonPipeline = tektonNames{"pipelineRun", "pipelineRef", "tekton.dev/pipeline"}
	tektonTask     = tektonNames{"taskRun", "taskRef", "tekton.dev/task"}
)

// tekton adds the event of a name such as taskrun.failed.v1. Other resources are no runs.
func tekton(i *ingest.Item, e *envelope, name []byte) {
	name, versioned := bytes.CutSuffix(name, []byte(".v1"))
	resource, state, _ := bytes.Cut(name, []byte("."))
	names := tektonPipeline
	switch string(resource) {
	case "pipelinerun":
	case "taskrun":
		names = tektonTask
	default:
		return
	}
	reached, known := tektonStates[string(state)]
	switch {
	case versioned && string(state) == "unknown":
		return
	case !versioned || !known:
		i.Reject(ingest.CodeUnknownType, "type is not one of the known types")
		return
	}
	run := e.data.Of(names.resource)
	metadata := run.Of("metadata")
	if len(metadata.Of("name").Text()) == 0 {
		i.Missing("data." + names.resource + ".metadata.name")
		return
	}
	p := pipelineEvent{phase: reached, source: metadata.Of("namespace").Text()}
	p.resource(run.Of("status"), e)
	id := firstText(metadata.Of("uid").Text(), metadata.Of("name").Text())
	p.external = metadata.Of("name").Text()
	if parent := tektonParent(metadata); len(parent) > 0 && names == tektonTask {
		labels := metadata.Of("labels")
		p.task = firstText(labels.Of("tekton.dev/pipelineTask").Text(), p.external)
		id, p.external = parent, firstText(labels.Of("tekton.dev/pipelineRun").Text(), parent)
	} else {
		workflow := names.workflow(run, metadata)
		p.workflow, p.name = i.ID(tektonFormat, p.source, workflow), i.Name(workflow)
	}
	p.execution = i.ID(tektonFormat, p.source, id)
	p.tell(i, e)
}

// resource reads when and how the state was reached.
func (p *pipelineEvent) resource(status ingest.Value, e *envelope) {
	p.at, p.began = status.Of("startTime"), status.Of("startTime")
	if p.phase != started {
		p.at = status.Of("completionTime")
	}
	if !p.at.Given() {
		p.at = e.time
	}
	status.Of("conditions").Elements(func(condition ingest.Value) bool {
		if string(condition.Of("type").Text()) != "Succeeded" {
			return true
		}
		p.errorKind, p.errors = condition.Of("reason").Text(), condition.Of("message").Text()
		return false
	})
	if p.phase == failed && tektonCancelled[string(p.errorKind)] {
		p.phase = cancelled
	}
	p.timedOut = tektonTimeouts[string(p.errorKind)]
}

// tektonParent is the uid of the pipeline's run that a task's run is of, by who owns it; older or newer versions also say it in a label.
func tektonParent(metadata ingest.Value) (uid []byte) {
	metadata.Of("ownerReferences").Elements(func(owner ingest.Value) bool {
		if string(owner.Of("kind").Text()) == "PipelineRun" {
			uid = owner.Of("uid").Text()
		}
		return len(uid) == 0
	})
	labels := metadata.Of("labels")
	return firstText(uid, labels.Of("tekton.dev/pipelineRunUID").Text(), labels.Of("tekton.dev/pipelineRun").Text())
}

// workflow is what the run is of: a definition in the cluster, else the beginning of its name, which a run of a definition inside it shares with the next.
func (n tektonNames) workflow(run, metadata ingest.Value) []byte {
	return firstText(run.Of("spec", n.reference, "name").Text(), bytes.TrimRight(metadata.Of("generateName").Text(), "-."),
		metadata.Of("labels", n.label).Text(), metadata.Of("name").Text())
}
