package otlp

import "flowwatch/api/ingest"

// results are what the semantic conventions of CI/CD call the end of a pipeline or a task.
var results = map[string]outcome{
	"success": ended, "failure": failed, "error": failed, "timeout": timedOut, "cancellation": cancelled, "skip": skipped,
}

// pipeline translates a span by the semantic conventions of CI/CD: what names a task is a step, at whatever depth; what stands at the top of the trace
// or tells of a run is the run.
func pipeline(i *ingest.Item, s *span) {
	task, id := text(s.attributes, "cicd.pipeline.task.name"), text(s.attributes, "cicd.pipeline.run.id")
	atTop := s.ParentSpanID().IsEmpty()
	switch {
	case atTop || task == "" && (id != "" || text(s.attributes, "cicd.pipeline.result") != ""):
		name := ofSpanOrSource(s, "cicd.pipeline.name")
		name = orElse(orElse(name, task), clean(s.Name()))
		r := ofTrace(i, s, i.ID(format, []byte(s.from.service), []byte(name)), i.Name([]byte(name)))
		r.external, r.source = ofSpanOrSource(s, "cicd.pipeline.run.id"), s.from.service
		r.whole(i, s, resultOf(s, "cicd.pipeline.result"))
	case task != "":
		r := ofTrace(i, s, "", "")
		r.step(i, s, step{id: task, name: task}, resultOf(s, "cicd.pipeline.task.run.result").stepEnd())
	}
}

// resultOf is what an attribute says of the end, else the span's status.
func resultOf(s *span, attribute string) outcome {
	if result, known := results[text(s.attributes, attribute)]; known {
		return result
	}
	return ofStatus(s)
}

func ofSpanOrSource(s *span, attribute string) string {
	return orElse(text(s.attributes, attribute), s.from.told[attribute])
}
