package otlp

import (
	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// n8n translates a span of n8n, whose nodes know neither run nor workflow but their trace. A run that waits ends its span; when it goes on it has another
// one in the same trace, under the first.
func n8n(i *ingest.Item, s *span) {
	switch s.Name() {
	case "node.execute":
		name := text(s.attributes, "n8n.node.name")
		if name == "" {
			i.Missing("n8n.node.name")
			return
		}
		r := ofTrace(i, s, "", "")
		r.step(i, s, step{id: name, name: name}, ofStatus(s).stepEnd())
	case "workflow.execute":
		n8nRun(i, s)
	}
}

// remote are the flags of a span that knows of its parent from another process.
const remote, remoteKnown = 0x200, 0x100

func n8nRun(i *ingest.Item, s *span) {
	resumed := n8nResumed(s)
	if !resumed && !s.ParentSpanID().IsEmpty() && s.Flags()&(remote|remoteKnown) == remoteKnown {
		return // what another workflow runs is a part of its run
	}
	workflow := text(s.attributes, "n8n.workflow.id")
	r := ofTrace(i, s, i.ID("n8n", nil, []byte(workflow)), i.Name([]byte(text(s.attributes, "n8n.workflow.name"))))
	r.version = i.Name([]byte(text(s.attributes, "n8n.workflow.version_id")))
	r.external, r.source = text(s.attributes, "n8n.execution.id"), s.from.told["n8n.instance.id"]
	kind := execution.ExecutionStarted
	if resumed {
		kind = execution.ExecutionResumed
	}
	r.tell(i, s, kind, began(s))
	switch text(s.attributes, "n8n.execution.status") {
	case "waiting":
		r.tell(i, s, execution.ExecutionWaiting, s.EndTimestamp())
	case "error", "crashed":
		r.end(i, s, failed)
	case "canceled":
		r.end(i, s, cancelled)
	default:
		r.end(i, s, ofStatus(s))
	}
}

func n8nResumed(s *span) bool {
	for _, link := range s.Links().All() {
		if text(link.Attributes(), "n8n.continuation.reason") == "resume" {
			return true
		}
	}
	return false
}
