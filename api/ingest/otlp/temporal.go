package otlp

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// momentary is how long a span at most lasts that only marks a moment.
const momentary = pcommon.Timestamp(time.Millisecond)

// temporal translates a span of a Temporal SDK's interceptor. A trace may tell of several runs, so the run is the one that the span names. In some SDKs
// RunWorkflow lasts as long as the run; in others it marks the beginning, and CompleteWorkflow the end. Other spans ask for something, and are detail.
func temporal(i *ingest.Item, s *span) {
	operation, kind, _ := strings.Cut(clean(s.Name()), ":")
	id := text(s.attributes, "temporalRunID")
	if id == "" {
		return
	}
	r := run{execution: i.ID(format+":temporal", nil, []byte(id))}
	switch operation {
	case "RunWorkflow", "CompleteWorkflow":
		r.workflow, r.name = i.ID(format+":temporal", nil, []byte(kind)), i.Name([]byte(kind))
		r.external, r.source = text(s.attributes, "temporalWorkflowID"), s.from.service
		if operation == "RunWorkflow" {
			r.tell(i, s, execution.ExecutionStarted, began(s))
		}
		if operation == "CompleteWorkflow" || s.EndTimestamp()-began(s) >= momentary {
			r.end(i, s, ofStatus(s))
		}
	case "RunActivity":
		p := step{id: kind, name: kind}
		if activity := text(s.attributes, "temporalActivityID"); activity != "" {
			p.id += ":" + activity // several of the same kind are several steps; a try of one is an attempt
		}
		r.step(i, s, p, ofStatus(s).stepEnd())
	}
}
