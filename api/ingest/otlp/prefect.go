package otlp

import (
	"strings"

	"flowwatch/api/ingest"
)

// prefect translates a span of Prefect 3. A flow that another one runs is a step of that.
func prefect(i *ingest.Item, s *span) {
	kind, name := text(s.attributes, "prefect.run.type"), clean(s.Name())
	switch {
	case kind == "":
		return
	case kind == "flow" && s.ParentSpanID().IsEmpty():
		r := ofTrace(i, s, i.ID(format+":prefect", nil, []byte(orElse(name, kind))), i.Name([]byte(name)))
		r.external, r.source = text(s.attributes, "prefect.run.id"), s.from.service
		r.whole(i, s, ofStatus(s))
	default:
		r := ofTrace(i, s, "", "")
		r.step(i, s, step{id: orElse(withoutKey(name), kind), name: orElse(name, kind)}, ofStatus(s).stepEnd())
	}
}

// withoutKey is the name of a task without the three digits that tell its runs apart.
func withoutKey(name string) string {
	at := len(name) - 4
	if at > 0 && name[at] == '-' && strings.Trim(name[at+1:], "0123456789abcdef") == "" {
		return name[:at]
	}
	return name
}
