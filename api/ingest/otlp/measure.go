package otlp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"flowwatch/api/ingest"
	"flowwatch/engine/fault"
)

// Limits of a request, by which is known before it is decoded that this takes no more memory than its size lets expect: an empty message takes two bytes
// on the wire, and hundreds in memory.
const (
	ItemsMax    = 20_000  // spans, or points of metrics
	ElementsMax = 600_000 // messages of protobuf within others
	ObjectsMax  = 200_000 // of JSON, and nulls, each of which stands for one
	DepthMax    = 64      // to which all that is nested
)

var (
	errTooManyItems    = fault.New(fault.TooLarge, "too_many_items", fmt.Sprintf("the request holds more than %d spans or points", ItemsMax))
	errTooManyElements = fault.New(fault.TooLarge, "too_many_elements", "the request has too many parts for its size, or they are nested too deep")
)

// shape says of a message which fields are messages that matter. One without fields is a text.
type shape struct {
	fields map[uint64]*shape
	item   bool // at most ItemsMax of these
}

var (
	keyValue       = attribute()
	traceRequest   = withSpans()
	metricsRequest = withPoints()
)

// attribute is a name with a value, which may be a list of values or of attributes.
func attribute() *shape {
	value := &shape{}
	one := &shape{fields: map[uint64]*shape{2: value}}
	value.fields = map[uint64]*shape{5: {fields: map[uint64]*shape{1: value}}, 6: {fields: map[uint64]*shape{1: one}}}
	return one
}

func withSpans() *shape {
	event := &shape{fields: map[uint64]*shape{3: keyValue}}
	link := &shape{fields: map[uint64]*shape{4: keyValue}}
	return requestOf(&shape{item: true, fields: map[uint64]*shape{9: keyValue, 11: event, 13: link}})
}

// withPoints is a request of metrics. Points of the kinds of histograms have their attributes and exemplars in places of their own.
func withPoints() *shape {
	points := func(attributes, exemplars uint64) *shape {
		exemplar := &shape{fields: map[uint64]*shape{7: keyValue}}
		return &shape{fields: map[uint64]*shape{1: {item: true, fields: map[uint64]*shape{attributes: keyValue, exemplars: exemplar}}}}
	}
	const gauge, sum, histogram, exponential, summary, metadata = 5, 7, 9, 10, 11, 12
	return requestOf(&shape{fields: map[uint64]*shape{
		gauge: points(7, 5), sum: points(7, 5), histogram: points(9, 8), exponential: points(1, 11), summary: points(7, 6), metadata: keyValue,
	}})
}

// requestOf is a request whose items stand in scopes, and these in resources.
func requestOf(item *shape) *shape {
	text := &shape{}
	entity := &shape{fields: map[uint64]*shape{3: text, 4: text}}
	scope, resource := &shape{fields: map[uint64]*shape{3: keyValue}}, &shape{fields: map[uint64]*shape{1: keyValue, 3: entity}}
	scoped := &shape{fields: map[uint64]*shape{1: scope, 2: item}}
	const deprecated = 1000 // the number that scopes had in their first version; who decodes still reads it
	sourced := &shape{fields: map[uint64]*shape{1: resource, 2: scoped, deprecated: scoped}}
	return &shape{fields: map[uint64]*shape{1: sourced}}
}

// measure refuses a body that would take too much to decode.
func measure(body []byte, protobuf bool, request *shape) error {
	switch {
	case len(body) > ingest.BodyBytesMax:
		return ingest.ErrBodyTooLarge
	case !protobuf && !modest(body):
		return errTooManyElements
	case !protobuf:
		return nil
	}
	c := counter{}
	err := c.count(body, request, 0)
	switch {
	case errors.Is(err, errNotProtobuf):
		return malformed(true, err)
	case c.items > ItemsMax:
		return errTooManyItems
	case err != nil || c.elements > ElementsMax:
		return errTooManyElements
	}
	return nil
}

// modest reports whether JSON has no more objects, and none deeper, than it may.
func modest(body []byte) bool {
	objects, depth, quoted := 0, 0, false
	for at := 0; at < len(body); at++ {
		switch c := body[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > DepthMax {
				return false
			}
			if c == '{' {
				objects++
			}
		case c == 'n': // of null
			objects++
		case c == '}', c == ']':
			depth--
		}
	}
	return objects <= ObjectsMax
}

var errNotProtobuf = errors.New("not protobuf")

// counter counts the messages within a message.
type counter struct{ elements, items int }

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// count ends early when there are too many: what follows does not matter then.
func (c *counter) count(body []byte, of *shape, depth int) error {
	if depth > DepthMax {
		return errTooManyElements
	}
	for len(body) > 0 && c.elements <= ElementsMax && c.items <= ItemsMax {
		tag, n := binary.Uvarint(body)
		if n <= 0 {
			return errNotProtobuf
		}
		body = body[n:]
		var size uint64
		switch tag & 7 {
		case wireVarint:
			if _, n = binary.Uvarint(body); n <= 0 {
				return errNotProtobuf
			}
			size = uint64(n)
		case wireFixed64:
			size = 8
		case wireFixed32:
			size = 4
		case wireBytes:
			if size, n = binary.Uvarint(body); n <= 0 {
				return errNotProtobuf
			}
			body = body[n:]
		default:
			return errNotProtobuf // groups, which OTLP has none of
		}
		if size > uint64(len(body)) {
			return errNotProtobuf
		}
		if inner := of.fields[tag>>3]; inner != nil && tag&7 == wireBytes {
			c.elements++
			if inner.item {
				c.items++
			}
			if inner.fields != nil {
				if err := c.count(body[:size], inner, depth+1); err != nil {
					return err
				}
			}
		}
		body = body[size:]
	}
	return nil
}
