package otlp

import "flowwatch/api/ingest"

// plain translates a span of a trace that is told in no dialect: the root is the run, named by the root and its service; what stands right under it is a
// step. A step goes by its name, so that it can be compared with that of other runs; one of the same name is another attempt.
func plain(i *ingest.Item, s *span, known top) {
	name := clean(s.Name())
	parent := s.ParentSpanID()
	if parent.IsEmpty() {
		r := ofTrace(i, s, i.ID(format, []byte(s.from.service), []byte(orElse(name, "trace"))), i.Name([]byte(name)))
		id := s.TraceID()
		r.external, r.source = id.String(), s.from.service
		r.whole(i, s, ofStatus(s)).Top = place(i, s.SpanID())
		return
	}
	if atTop, here := known[key{s.TraceID(), parent}]; here && !atTop {
		return // a part of a part, and that is known now
	}
	r := ofTrace(i, s, "", "")
	r.step(i, s, step{id: orElse(name, "span"), name: orElse(name, "span"), under: place(i, parent)}, ofStatus(s).stepEnd())
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
