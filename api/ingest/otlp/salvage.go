package otlp

import (
	"encoding/json"
	"errors"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"
)

// pdata decodes all of a request or none. So that one that is malformed, such as a span whose id has 7 bytes, costs no other, a request that cannot be
// decoded is taken apart: each resource and each item is decoded by itself, once, as a request of its own.

// parts are what the lists of a request are called in JSON. In protobuf they have the numbers 1, 2 and 2, and a resource 1.
type parts struct{ resources, scopes, items string }

var (
	traceParts  = parts{"resourceSpans", "scopeSpans", "spans"}
	metricParts = parts{"resourceMetrics", "scopeMetrics", "metrics"}
)

// piece is a resource with its items, not decoded.
type piece struct {
	resource []byte
	items    [][]byte
}

var errUnsound = errors.New("nothing of it can be decoded")

// salvage calls begin with each resource and take with each of its items, each as a request, and lost where that fails. Error: none succeeded.
func salvage(body []byte, protobuf bool, of parts, begin, take func(request []byte) error, lost func()) error {
	split, asRequest := of.split, of.request
	if protobuf {
		split, asRequest = splitProtobuf, protobufRequest
	}
	pieces, err := split(body)
	if err != nil {
		return err
	}
	taken := 0
	for _, p := range pieces {
		broken := begin(asRequest(p.resource, nil)) != nil
		for _, item := range p.items {
			if broken || take(asRequest(nil, item)) != nil {
				lost()
			} else {
				taken++
			}
		}
	}
	if taken == 0 {
		return errUnsound
	}
	return nil
}

// split takes JSON apart.
func (of parts) split(body []byte) (all []piece, err error) {
	for _, resource := range listIn(body, of.resources, &err) {
		p := piece{resource: memberOf(resource, "resource", &err)}
		for _, scope := range listIn(resource, of.scopes, &err) {
			for _, item := range listIn(scope, of.items, &err) {
				p.items = append(p.items, item)
			}
		}
		all = append(all, p)
	}
	return all, err
}

func memberOf(object []byte, name string, err *error) json.RawMessage {
	var members map[string]json.RawMessage
	*err = errors.Join(*err, json.Unmarshal(object, &members))
	return members[name]
}

func listIn(object []byte, name string, err *error) (list []json.RawMessage) {
	if member := memberOf(object, name, err); member != nil {
		*err = errors.Join(*err, json.Unmarshal(member, &list))
	}
	return list
}

// request is JSON with that resource or item alone.
func (of parts) request(resource, item []byte) []byte {
	one := map[string]any{}
	if resource != nil {
		one["resource"] = json.RawMessage(resource)
	}
	if item != nil {
		one[of.scopes] = []any{map[string]any{of.items: []any{json.RawMessage(item)}}}
	}
	body, _ := json.Marshal(map[string]any{of.resources: []any{one}}) // of JSON that was read
	return body
}

// splitProtobuf takes protobuf apart, which measure has found sound.
func splitProtobuf(body []byte) (all []piece, _ error) {
	for _, resource := range fieldsOf(body, 1) {
		p := piece{}
		for _, about := range fieldsOf(resource, 1) {
			p.resource = about
		}
		for _, scope := range fieldsOf(resource, 2) {
			p.items = append(p.items, fieldsOf(scope, 2)...)
		}
		all = append(all, p)
	}
	return all, nil
}

// fieldsOf are the messages that a message has in a field.
func fieldsOf(message []byte, number protowire.Number) (all [][]byte) {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeField(message)
		if size < 0 {
			return all
		}
		if n == number && kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(message)
			inner, _ := protowire.ConsumeBytes(message[tag:])
			all = append(all, inner)
		}
		message = message[size:]
	}
	return all
}

func protobufRequest(resource, item []byte) []byte {
	one := fieldIf(nil, 1, resource)
	if item != nil {
		one = fieldIf(one, 2, fieldIf(nil, 2, item))
	}
	return fieldIf(nil, 1, one)
}

// fieldIf appends a field with a message, if there is one.
func fieldIf(dst []byte, number protowire.Number, message []byte) []byte {
	if message == nil {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), message)
}

// salvageTraces decodes what can be of traces. broken are the places of spans that cannot; empty ones stand there.
func salvageTraces(body []byte, protobuf bool) (all ptrace.Traces, broken map[int]bool, err error) {
	all, broken = ptrace.NewTraces(), map[int]bool{}
	var spans ptrace.SpanSlice
	seen := 0
	err = salvage(body, protobuf, traceParts, func(request []byte) error {
		resource := all.ResourceSpans().AppendEmpty()
		one, err := unmarshalTraces(request, protobuf)
		if err == nil && one.ResourceSpans().Len() == 1 {
			one.ResourceSpans().At(0).MoveTo(resource)
		}
		spans = resource.ScopeSpans().AppendEmpty().Spans()
		return err
	}, func(request []byte) error {
		one, err := unmarshalTraces(request, protobuf)
		if err != nil {
			return err
		}
		if one.SpanCount() != 1 {
			return errUnsound
		}
		one.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).MoveTo(spans.AppendEmpty())
		seen++
		return nil
	}, func() {
		broken[seen] = true
		spans.AppendEmpty()
		seen++
	})
	return all, broken, err
}

// salvageMetrics decodes what can be of metrics. broken are those that cannot, with empty ones in their places.
func salvageMetrics(body []byte, protobuf bool) (all pmetric.Metrics, broken map[int]bool, err error) {
	all, broken = pmetric.NewMetrics(), map[int]bool{}
	var metrics pmetric.MetricSlice
	seen := 0
	err = salvage(body, protobuf, metricParts, func(request []byte) error {
		resource := all.ResourceMetrics().AppendEmpty()
		one, err := unmarshalMetrics(request, protobuf)
		if err == nil && one.ResourceMetrics().Len() == 1 {
			one.ResourceMetrics().At(0).MoveTo(resource)
		}
		metrics = resource.ScopeMetrics().AppendEmpty().Metrics()
		return err
	}, func(request []byte) error {
		one, err := unmarshalMetrics(request, protobuf)
		if err != nil {
			return err
		}
		if one.MetricCount() != 1 {
			return errUnsound
		}
		one.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).MoveTo(metrics.AppendEmpty())
		seen++
		return nil
	}, func() {
		broken[seen] = true
		metrics.AppendEmpty()
		seen++
	})
	return all, broken, err
}

func unmarshalTraces(body []byte, protobuf bool) (ptrace.Traces, error) {
	if protobuf {
		return new(ptrace.ProtoUnmarshaler).UnmarshalTraces(body)
	}
	return new(ptrace.JSONUnmarshaler).UnmarshalTraces(body)
}

func unmarshalMetrics(body []byte, protobuf bool) (pmetric.Metrics, error) {
	if protobuf {
		return new(pmetric.ProtoUnmarshaler).UnmarshalMetrics(body)
	}
	return new(pmetric.JSONUnmarshaler).UnmarshalMetrics(body)
}
