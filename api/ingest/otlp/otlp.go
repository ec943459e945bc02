// Package otlp reads what OpenTelemetry exporters send over HTTP, traces and
// metrics, in protobuf or JSON. It is pure.
//
// Workflow engines speak dialects: names of spans and attributes that say which
// span is a run and which a step. dialect.go has the table of them. Any other
// trace is a run with the spans right under its root as steps. What is deeper is
// detail, and ignored.
//
// Spans come when they have ended: parts before the whole, in any order and in
// several requests. Each span is translated by itself. Its trace says which run
// it is of, and whether a part is a step is left to the run (execution.Event.Under).
// Of resources only the name of the service and of the engine are read: others
// say on which machine, by which command and as which user a program runs.
package otlp

import (
	"mime"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// MediaType is that of protobuf.
const MediaType = "application/x-protobuf"

// Prefix begins the ids of executions; KestraPrefix those of Kestra's, whose spans never tell that a run has ended.
const (
	Prefix       = format + ":"
	KestraPrefix = kestraFormat + ":"

	format       = "otlp"
	kestraFormat = format + ":kestra"
)

// SilenceMax is for how long nothing may be heard of a run until it counts as one whose end got lost.
const SilenceMax = 24 * time.Hour

// IsProtobuf reports whether the media type is protobuf; else it must be JSON or none.
func IsProtobuf(contentType string) (bool, error) {
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case contentType == "" || err == nil && media == "application/json":
		return false, nil
	case err == nil && media == MediaType:
		return true, nil
	}
	return false, fault.New(fault.Unsupported, "unsupported_media_type", "send "+MediaType+" or application/json")
}

// DecodeTraces reads a request of the trace service. Positions, rejections and
// what is ignored count spans in the order of the request. Errors: Malformed
// (neither protobuf nor JSON of it), Unsupported (media type), TooLarge.
func DecodeTraces(c *ingest.Codec, body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
	protobuf, err := IsProtobuf(contentType)
	if err != nil {
		return ingest.Batch{}, err
	}
	if err := measure(body, protobuf, traceRequest); err != nil {
		return ingest.Batch{}, err
	}
	traces, cause := unmarshalTraces(body, protobuf)
	var broken map[int]bool
	if cause != nil {
		if traces, broken, err = salvageTraces(body, protobuf); err != nil {
			return ingest.Batch{}, malformed(protobuf, cause)
		}
	}
	if traces.SpanCount() > ItemsMax {
		return ingest.Batch{}, errTooManyItems
	}
	return translate(c, traces, broken, now), nil
}

func malformed(protobuf bool, cause error) error {
	if protobuf {
		return fault.New(fault.Malformed, "malformed_protobuf", "the body is not protobuf of OTLP").Wrap(cause)
	}
	return fault.New(fault.Malformed, "malformed_json", "the body is not JSON of OTLP").Wrap(cause)
}

// span is one span with what surrounds it.
type span struct {
	ptrace.Span
	from       *source
	attributes pcommon.Map
}

// source is a resource.
type source struct {
	service string
	told    map[string]string // attributes that dialects read of it, by name
	dialect *dialect          // that its attributes speak
	engine  bool              // its spans in no dialect are its own affairs
}

// key names a span among all.
type key struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// top says of a span of the request whether it may stand at the top of a run that is told in no dialect.
type top map[key]bool

// translate makes events of all spans but the broken.
func translate(c *ingest.Codec, traces ptrace.Traces, broken map[int]bool, now execution.Instant) ingest.Batch {
	spans := make([]span, 0, traces.SpanCount())
	for _, resource := range traces.ResourceSpans().All() {
		from := newSource(resource.Resource().Attributes())
		for _, scope := range resource.ScopeSpans().All() {
			for _, one := range scope.Spans().All() {
				spans = append(spans, span{one, from, one.Attributes()})
			}
		}
	}
	known := make(top, len(spans))
	speaks := make([]*dialect, len(spans))
	for n := range spans {
		s := &spans[n]
		speaks[n] = dialectOf(s.attributes, s.from)
		known[key{s.TraceID(), s.SpanID()}] = speaks[n] == nil && s.ParentSpanID().IsEmpty()
	}
	return c.Gather(len(spans), now, func(i *ingest.Item, n int) {
		s := &spans[n]
		switch {
		case broken[n]:
			i.Reject(ingest.CodeInvalidField, "the span cannot be decoded")
		case s.TraceID().IsEmpty():
			i.Missing("traceId")
		case s.SpanID().IsEmpty():
			i.Missing("spanId")
		case s.EndTimestamp() == 0:
			i.Missing("endTimeUnixNano")
		case speaks[n] != nil:
			speaks[n].translate(i, s)
		case !s.from.engine:
			plain(i, s, known)
		}
	})
}

// nameBytesMax is how much is read of what many spans or points share: each of them has it copied, cut and digested.
const nameBytesMax = 1 << 10

// newSource reads a resource once for all its spans.
func newSource(attributes pcommon.Map) *source {
	s := &source{told: map[string]string{}}
	for name, v := range attributes.All() {
		switch name {
		case "service.name":
			s.service = cut(word(v))
		case "n8n.instance.id", "cicd.pipeline.name", "cicd.pipeline.run.id":
			s.told[name] = cut(word(v))
		}
		if d := dialectNamed(name); d != nil && d.ofResource {
			s.dialect = d
		}
	}
	s.engine = isEngine(s.service)
	return s
}

// cut is the beginning of a text.
func cut(s string) string {
	if len(s) <= nameBytesMax {
		return s
	}
	return strings.ToValidUTF8(s[:nameBytesMax], "")
}
