package otlp

import (
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// kestra translates a span of Kestra. Several runs may share a trace, so the run is the one that the span names. The executor has a span for each change
// of a run, the worker one for each task; none of them says that the run has ended.
func kestra(i *ingest.Item, s *span) {
	id, namespace, flow := text(s.attributes, "kestra.executionId"), text(s.attributes, "kestra.namespace"), text(s.attributes, "kestra.flowId")
	if id == "" {
		return // a trigger that looks for something to run
	}
	r := run{
		execution: i.ID(kestraFormat, nil, []byte(id)), workflow: i.ID(kestraFormat, []byte(namespace), []byte(flow)),
		name: i.Name([]byte(flow)), external: id, source: namespace,
	}
	task := text(s.attributes, "kestra.uid")
	if task == "" {
		r.tell(i, s, execution.ExecutionStarted, began(s))
		return
	}
	name := clean(s.Name())
	name = name[strings.LastIndexAny(name, ". ")+1:] // WORKER - io.kestra.plugin.core.log.Log
	r.step(i, s, step{id: task, name: orElse(name, task)}, ofStatus(s).stepEnd())
}
