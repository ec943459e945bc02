package cloudevents

import (
	"bytes"

	"flowwatch/api/ingest"
)

// CDEvents are named by subject, predicate and version: dev.cdevents.pipelinerun.finished.0.2.0.
const (
	cdeventsPrefix = "dev.cdevents."
	cdeventsFormat = "cdevents"
)

// predicates of runs of pipelines and tasks. How one has finished is its outcome.
var predicates = map[string]phase{"queued": queued, "started": started, "finished": completed}

// outcomes are those of the versions 0.1 to 0.3, and cancel as senders spell it.
var outcomes = map[string]phase{
	"success": completed, "failure": failed, "error": failed, "cancel": cancelled, "cancelled": cancelled, "canceled": cancelled,
}

// cdevent adds the event of a name such as taskrun.started.0.1.1. Those about artifacts, branches and all else are no news of a run.
func cdevent(i *ingest.Item, e *envelope, name []byte) {
	subject, rest, _ := bytes.Cut(name, []byte("."))
	if string(subject) != "pipelinerun" && string(subject) != "taskrun" {
		return
	}
	predicate, version, _ := bytes.Cut(rest, []byte("."))
	reached, known := predicates[string(predicate)]
	switch {
	case !known || len(version) == 0 || version[0] < '0' || version[0] > '9':
		i.Reject(ingest.CodeUnknownType, "type is not one of the known types")
		return
	case !e.data.IsObject():
		i.Reject(ingest.CodeInvalidField, "data must be a JSON object")
		return
	}
	about := e.data.Of("subject")
	content := about.Of("content")
	id := firstText(about.Of("id").Word(), e.subject.Text())
	if len(id) == 0 {
		i.Missing("data.subject.id")
		return
	}
	p := pipelineEvent{phase: reached, at: e.time}
	if _, said := e.data.Of("context", "timestamp").Instant(); said && !p.at.Given() {
		p.at = e.data.Of("context", "timestamp")
	}
	if reached == completed && !p.finish(i, content) {
		return
	}
	p.external, p.source = id, firstText(about.Of("source").Text(), e.source.Text())
	workflow := content.Of("pipelineName").Word()
	if string(subject) == "taskrun" {
		workflow = p.ofTask(content, e)
	}
	// A source may be one run; a pipeline has many.
	p.workflow, p.name = i.ID(cdeventsFormat, nil, workflow), i.Name(workflow)
	p.execution = i.ID(cdeventsFormat, p.source, p.external)
	p.tell(i, e)
}

// finish reads how a run has finished. Older versions let senders be silent about that.
func (p *pipelineEvent) finish(i *ingest.Item, content ingest.Value) (ok bool) {
	p.errors = content.Of("errors").Text()
	outcome := content.Of("outcome").Text()
	switch how, known := outcomes[string(bytes.ToLower(outcome))]; {
	case known:
		p.phase = how
	case len(outcome) > 0 || content.Of("outcome").Raw() != nil:
		i.Reject(ingest.CodeInvalidField, "data.subject.content.outcome must be success, failure, error or cancel")
		return false
	case len(p.errors) > 0:
		p.phase = failed
	}
	return true
}

// ofTask makes the event one of a step, if the task is of a pipeline's run; else the task is a workflow of its own, whose name it returns. A step is known
// by the name of its task: the ids of tasks' runs are new in each run, and a task that runs again is the same step once more.
func (p *pipelineEvent) ofTask(content ingest.Value, e *envelope) (workflow []byte) {
	run := content.Of("pipelineRun")
	name := content.Of("taskName").Word()
	of := run.Of("id").Word()
	if len(of) == 0 {
		return name
	}
	p.task = firstText(name, p.external)
	p.external, p.source = of, firstText(run.Of("source").Text(), e.source.Text())
	return nil
}
