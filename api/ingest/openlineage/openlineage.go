// Package openlineage reads run events of OpenLineage, as Airflow, dbt, Spark
// and others send them. It is pure. A run without a parent is an execution; one
// with a parent is a step of it, or of the root run where that is named. Events
// of jobs and datasets, and those of type OTHER, are no news of an execution.
package openlineage

import (
	"bytes"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// format begins the ids of executions and workflows.
const format = "openlineage"

// transitions are what an event type means for an execution and for a step.
var transitions = map[string]struct{ execution, step execution.EventType }{
	"START":    {execution.ExecutionStarted, execution.StepStarted},
	"RUNNING":  {execution.ExecutionProgress, execution.StepProgress},
	"COMPLETE": {execution.ExecutionCompleted, execution.StepCompleted},
	"ABORT":    {execution.ExecutionCancelled, execution.StepSkipped},
	"FAIL":     {execution.ExecutionFailed, execution.StepFailed},
}

// Decode reads a run event, a JSON array of them, or one a line. Errors are
// those of Codec.Decode.
func Decode(c *ingest.Codec, body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
	lines, err := ingest.IsLines(contentType)
	if err != nil {
		return ingest.Batch{}, err
	}
	return c.Translate(body, lines, now, ingest.Format{Translate: translate})
}

// job names a job and one run of it.
type job struct{ namespace, name, run []byte }

func jobOf(namespaceAndName, run ingest.Value) job {
	return job{namespaceAndName.Of("namespace").Text(), namespaceAndName.Of("name").Text(), run.Of("runId").Text()}
}

func (j job) whole() bool { return len(j.name) > 0 && len(j.run) > 0 }

// translate adds the event of one run event.
func translate(i *ingest.Item) {
	var kind, at, run, theJob ingest.Value
	i.Members(func(name []byte, v ingest.Value) {
		switch string(name) {
		case "eventType":
			kind = v
		case "eventTime":
			at = v
		case "run":
			run = v
		case "job":
			theJob = v
		}
	})
	if !run.Given() || string(kind.Text()) == "OTHER" {
		if !run.Given() && !i.Of("dataset").Given() && !theJob.Given() {
			i.Missing("run")
		}
		return
	}
	transition, known := transitions[string(kind.Text())]
	own := jobOf(theJob, run)
	switch {
	case !kind.Given():
		i.Missing("eventType")
	case !known:
		i.Reject(ingest.CodeUnknownType, "eventType is not one of START, RUNNING, COMPLETE, ABORT, FAIL and OTHER")
	case len(own.run) == 0:
		i.Missing("run.runId")
	case len(own.name) == 0:
		i.Missing("job.name")
	case !at.Given():
		i.Missing("eventTime")
	default:
		facets := readFacets(run.Of("facets"))
		if top, nested := facets.top(); nested {
			x := i.Add(transition.step, at)
			x.ID = ingest.EventID(own.run, kind.Text(), at.Text())
			facets.step(i, x, top, own)
			return
		}
		x := i.Add(transition.execution, at)
		x.ID = ingest.EventID(own.run, kind.Text(), at.Text())
		facets.execution(i, x, own)
		x.Tags = facets.labels(i)
	}
}

// facets are those of a run that matter here.
type facets struct {
	parent, failure, tags ingest.Value
}

func readFacets(v ingest.Value) (f facets) {
	v.Members(func(name []byte, v ingest.Value) {
		switch string(name) {
		case "parent", "parentRun": // the name that old clients use
			f.parent = v
		case "errorMessage":
			f.failure = v
		case "tags":
			f.tags = v.Of("tags")
		}
	})
	return f
}

// top is the run that this one is a part of: the root's, else the parent's.
func (f *facets) top() (job, bool) {
	for _, v := range [...]ingest.Value{f.parent.Of("root"), f.parent} {
		if top := jobOf(v.Of("job"), v.Of("run")); top.whole() {
			return top, true
		}
	}
	return job{}, false
}

// execution says which execution of which workflow it is.
func (f *facets) execution(i *ingest.Item, x *execution.Event, of job) {
	x.ExecutionID = i.ID(format, nil, of.run)
	x.WorkflowID = i.ID(format, of.namespace, of.name)
	x.WorkflowName = i.Name(of.name)
	x.Metadata = ingest.Origin(x.Type, of.run, of.namespace)
	if x.Type == execution.ExecutionFailed || x.Type == execution.StepFailed {
		x.Error = i.Failure(f.failure.Of("programmingLanguage").Text(), nil, f.failure.Of("message").Text(), f.failure.Of("stackTrace").Text())
	}
}

// step says which step it is: the job's name without that of the workflow. Each
// try is a run of its own, so attempts count by themselves.
func (f *facets) step(i *ingest.Item, x *execution.Event, top, own job) {
	f.execution(i, x, top)
	name := own.name
	if rest, ok := bytes.CutPrefix(name, append(bytes.Clone(top.name), '.')); ok && len(rest) > 0 {
		name = rest
	}
	x.StepID, x.StepName = i.StepID(name), i.Name(name)
}

// labels are the tags of a run, as key:value; true stands for the key alone.
func (f *facets) labels(i *ingest.Item) (tags []string) {
	if !f.tags.IsArray() {
		return nil
	}
	f.tags.Elements(func(tag ingest.Value) bool {
		key, value := tag.Of("key").Text(), tag.Of("value").Word()
		if label := i.Tag(key, value); label != "" {
			tags = append(tags, label)
		}
		return len(tags) < ingest.TagsMax
	})
	return tags
}
