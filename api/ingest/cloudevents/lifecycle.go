package cloudevents

import (
	"bytes"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// format begins the ids of executions and workflows of this vocabulary.
const format = "serverless"

// kinds are what the lifecycle events tell us, by scope and verb.
var kinds = map[string]execution.EventType{
	"workflow.created": execution.ExecutionQueued, "workflow.started": execution.ExecutionStarted,
	"workflow.suspended": execution.ExecutionWaiting, "workflow.resumed": execution.ExecutionResumed,
	"workflow.cancelled": execution.ExecutionCancelled, "workflow.faulted": execution.ExecutionFailed,
	"workflow.completed": execution.ExecutionCompleted,
	"task.started":       execution.StepStarted, "task.suspended": execution.StepProgress, "task.resumed": execution.StepProgress,
	"task.retried": execution.StepRetrying, "task.cancelled": execution.StepSkipped, "task.faulted": execution.StepFailed,
	"task.completed": execution.StepCompleted,
}

// silent are lifecycle events that others repeat, or that are about nothing
// that is shown.
var silent = map[string]bool{
	"workflow.status-changed": true, "workflow.correlation-started": true, "workflow.correlation-completed": true, "workflow.retried": true,
	"task.created": true, "task.status-changed": true,
}

// story is what the data of a lifecycle event say. The specification names a
// run by its qualified name, its document by workflowId, and its Java SDK by
// workflow: all three are read.
type story struct {
	name, namespace, version, workflow, workflowID, task, reference, failure, input, output, at ingest.Value
	definition                                                                                  bool
}

func readStory(data ingest.Value, verb []byte) (s story) {
	var definition ingest.Value
	data.Members(func(name []byte, v ingest.Value) {
		if string(name) == "definition" {
			definition = v
		} else {
			s.read(name, v, verb)
		}
	})
	if s.definition = definition.IsObject(); s.definition {
		if !s.workflow.Given() {
			s.workflow = s.name
		}
		s.name, s.namespace, s.version = ingest.Value{}, ingest.Value{}, ingest.Value{}
		definition.Members(func(name []byte, v ingest.Value) { s.readDefinition(name, v) })
	}
	return s
}

// read notes a member of the data; verb is what happened.
func (s *story) read(name []byte, v ingest.Value, verb []byte) {
	switch string(name) {
	case "workflow":
		s.workflow = v
	case "workflowId":
		s.workflowID = v
	case "task":
		s.task = v
	case "taskReference":
		s.reference = v
	case "error":
		s.failure = v
	case "input":
		s.input = v
	case "output":
		s.output = v
	default:
		if at, ok := bytes.CutSuffix(name, []byte("At")); ok && bytes.Equal(at, verb) {
			s.at = v
			return
		}
		s.readDefinition(name, v)
	}
}

func (s *story) readDefinition(name []byte, v ingest.Value) {
	switch string(name) {
	case "name":
		s.name = v
	case "namespace":
		s.namespace = v
	case "version":
		s.version = v
	}
}

// instance is the run that the event is about. Where only a name is given, it
// is the run's, and the workflow is what other events say.
func (s *story) instance(subject ingest.Value) []byte {
	for _, v := range [...]ingest.Value{s.workflow, s.workflowID} {
		if id := v.Word(); len(id) > 0 {
			return id
		}
	}
	id := subject.Text()
	switch {
	case s.definition, len(id) > 0 && !bytes.Equal(id, s.name.Text()):
		return id
	}
	id = s.name.Text()
	s.name = ingest.Value{}
	return id
}

// lifecycle adds the event of a name such as task.faulted.v1.
func lifecycle(i *ingest.Item, e *envelope, name []byte) {
	name, ok := bytes.CutSuffix(name, []byte(".v1"))
	kind, known := kinds[string(name)]
	switch {
	case ok && silent[string(name)]:
		return
	case !ok || !known:
		i.Reject(ingest.CodeUnknownType, "type is not one of the known types")
		return
	case !e.data.IsObject():
		i.Reject(ingest.CodeInvalidField, "data must be a JSON object")
		return
	}
	_, verb, _ := bytes.Cut(name, []byte("."))
	s := readStory(e.data, verb)
	instance := s.instance(e.subject)
	if len(instance) == 0 {
		i.Missing("data.workflowId")
		return
	}
	at := s.at
	if !at.Given() {
		at = e.time
	}
	source := e.source.Text()
	x := i.Add(kind, at)
	x.ID = ingest.EventID(source, e.id.Text())
	x.ExecutionID = i.ID(format, source, instance)
	x.Metadata = ingest.Origin(kind, instance, source)
	s.describe(i, x, source)
	if kind.IsStep() {
		s.step(i, x)
	}
}

// describe says which workflow it is, and what went in and out.
func (s *story) describe(i *ingest.Item, x *execution.Event, source []byte) {
	if name := s.name.Text(); len(name) > 0 {
		var buffer [128]byte
		qualified := buffer[:0]
		if namespace := s.namespace.Text(); len(namespace) > 0 {
			qualified = append(append(qualified, namespace...), '.')
		}
		x.WorkflowID = i.ID(format, source, append(qualified, name...))
		x.WorkflowName = i.Name(name)
		x.WorkflowVersion = i.Name(s.version.Word())
	}
	if raw := s.input.Raw(); raw != nil {
		x.Input, x.HasInput = raw, true
	}
	if raw := s.output.Raw(); raw != nil {
		x.Output, x.HasOutput = raw, true
	}
	if x.Type != execution.ExecutionFailed && x.Type != execution.StepFailed && x.Type != execution.StepRetrying {
		return
	}
	if s.failure.IsObject() {
		message := s.failure.Of("detail").Text()
		if len(message) == 0 {
			message = s.failure.Of("title").Text()
		}
		x.Error = i.Failure(s.failure.Of("type").Word(), s.failure.Of("status").Word(), message, nil)
	} else {
		x.Error = i.Failure(nil, nil, s.failure.Text(), nil)
	}
}

// step says which task it is: a name, or a JSON pointer into the document that ends in one; the Java SDK leaves out the first slash.
func (s *story) step(i *ingest.Item, x *execution.Event) {
	reference := s.task.Text()
	if len(reference) == 0 {
		reference = s.reference.Text()
	}
	if x.StepID = i.StepID(bytes.Trim(reference, "/")); x.StepID == "" {
		i.Missing("data.task")
		return
	}
	for _, root := range []string{"/", "#/", "do/"} {
		if pointer, ok := bytes.CutPrefix(reference, []byte(root)); ok {
			pointer = bytes.TrimRight(pointer, "/")
			reference = pointer[bytes.LastIndexByte(pointer, '/')+1:]
			break
		}
	}
	x.StepName = i.Name(reference)
}
