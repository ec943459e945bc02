// Package ingest reads what workflow engines send and makes execution.Event
// of it. It is pure: no I/O, no clock, no state between calls but memory that
// is used again. One bad event never harms its neighbours; a body that cannot
// be read at all is refused as a whole.
//
// Events are read by a scanner of its own, because encoding/json would cost
// more than all the rest of the way to the disk; a fuzz test holds the two to
// the same verdict and the same values.
package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of a request.
const (
	BodyBytesMax  = 8 << 20 // after decompression
	EventsMax     = 5_000
	EventBytesMax = 1 << 20

	translatedMax = 4 * EventsMax // events of items of another format, which may be news of many
)

// Codes of rejected events.
const (
	CodeMalformed        = "malformed"
	CodeUnknownType      = "unknown_type"
	CodeMissingField     = "missing_field"
	CodeInvalidID        = "invalid_id"
	CodeInvalidTimestamp = "invalid_timestamp"
	CodeInvalidField     = "invalid_field"
	CodeTooLarge         = "too_large"
)

// Rejection says why one event was not taken. Index counts the events of the
// request from 0.
type Rejection struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Batch is what a body held. Positions[i] is the index of Events[i] in the
// request. Inputs and outputs of events alias the body; all else is copied.
// Named[i] is what Rejected[i] is about, as far as it was read. Ignored counts
// items of other formats that are no news of an execution.
type Batch struct {
	Events    []execution.Event
	Positions []int
	Rejected  []Rejection
	Named     []Names
	Ignored   int
}

// Names are the valid ids in an event that was rejected.
type Names struct{ WorkflowID, ExecutionID, StepID string }

// Codec decodes bodies. It is safe for concurrent use.
type Codec struct {
	decoders sync.Pool
}

// NewCodec returns a codec.
func NewCodec() *Codec {
	return &Codec{decoders: sync.Pool{New: func() any { return new(decoder) }}}
}

// Decode reads one event, a JSON array of events, or NDJSON, as the media type
// says; none is JSON. The organisation goes into event ids that are derived
// from content. Errors are about the request as a whole: Malformed (not JSON,
// not UTF-8), Unsupported (media type), TooLarge (over a limit), Invalid with
// code "empty" (no event in it).
func (c *Codec) Decode(body []byte, contentType, organizationID string, now execution.Instant) (Batch, error) {
	lines, err := IsLines(contentType)
	if err != nil {
		return Batch{}, err
	}
	return c.decode(body, lines, organizationID, now, Format{})
}

// decode reads a body whose items are in the format; in none, they are events.
func (c *Codec) decode(body []byte, lines bool, organizationID string, now execution.Instant, f Format) (Batch, error) {
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	switch {
	case len(body) > BodyBytesMax:
		return Batch{}, ErrBodyTooLarge
	case !utf8.Valid(body):
		return Batch{}, fault.New(fault.Malformed, "not_utf8", "the body is not UTF-8")
	}
	d, ok := c.decoders.Get().(*decoder)
	if !ok {
		panic("BUG: ingest: the pool holds something else than decoders")
	}
	defer c.decoders.Put(d)
	d.format = f
	batch, err := d.decode(body, lines, organizationID, now)
	d.format = Format{}
	if err == nil && len(batch.Events)+len(batch.Rejected)+batch.Ignored == 0 {
		err = fault.New(fault.Invalid, "empty", "the request holds no event")
	}
	if err != nil {
		return Batch{}, err
	}
	return batch, nil
}

// ErrBodyTooLarge is returned for bodies over BodyBytesMax.
var ErrBodyTooLarge = fault.New(fault.TooLarge, "body_too_large", fmt.Sprintf("the body is larger than %d bytes", BodyBytesMax))

var errTooMany = fault.New(fault.TooLarge, "too_many_events", fmt.Sprintf("the request holds more than %d events", EventsMax))

// IsLines reports whether the media type is NDJSON; else it must be JSON, none,
// or one of also. Any other is fault.Unsupported.
func IsLines(contentType string, also ...string) (bool, error) {
	if contentType == "" || contentType == "application/json" {
		return false, nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
	case media == "application/json", slices.Contains(also, media):
		return false, nil
	case media == "application/x-ndjson", media == "application/ndjson":
		return true, nil
	}
	return false, fault.New(fault.Unsupported, "unsupported_media_type",
		"send "+strings.Join(append([]string{"application/json"}, also...), ", ")+" or application/x-ndjson")
}

// decode reads the whole body, which is UTF-8.
func (d *decoder) decode(body []byte, lines bool, organizationID string, now execution.Instant) (Batch, error) {
	d.organization, d.now = organizationID, now
	d.data, d.at, d.deepest = body, 0, 0
	d.index = 0
	n := min(EventsMax, d.expected(lines))
	d.batch = Batch{Events: make([]execution.Event, 0, n), Positions: make([]int, 0, n)}
	err := d.body(lines)
	batch := d.batch
	d.batch, d.data, d.organization = Batch{}, nil, ""
	clear(d.outline)
	return batch, err
}

// expected is about how many events the body holds.
func (d *decoder) expected(lines bool) int {
	switch {
	case d.format.Translate == nil:
		return bytes.Count(d.data, []byte(`"executionId"`))
	case lines:
		return bytes.Count(d.data, []byte("\n")) + 1
	}
	return bytes.Count(d.data, []byte("},")) + 1
}

func (d *decoder) body(lines bool) error {
	if lines {
		return d.lines()
	}
	d.space()
	if d.at == len(d.data) {
		return nil
	}
	var err error
	if d.data[d.at] == '[' {
		d.at++
		err = d.array()
	} else {
		err = d.element(0)
	}
	if err != nil {
		return err
	}
	if d.space(); d.at != len(d.data) {
		return d.malformed()
	}
	return nil
}

// array reads events up to the closing bracket.
func (d *decoder) array() error {
	if d.space(); d.next(']') {
		return nil
	}
	for {
		d.space()
		if err := d.element(1); err != nil {
			return err
		}
		d.space()
		if d.next(']') {
			return nil
		}
		if !d.next(',') {
			return d.malformed()
		}
	}
}

// lines reads an event a line; what is no event is rejected alone.
func (d *decoder) lines() error {
	whole := d.data
	for len(whole) > 0 {
		line := whole
		if end := bytes.IndexByte(whole, '\n'); end >= 0 {
			line, whole = whole[:end], whole[end+1:]
		} else {
			whole = nil
		}
		d.data, d.at = line, 0
		if d.space(); d.at == len(line) {
			continue
		}
		index, events, rejected, ignored := d.index, len(d.batch.Events), len(d.batch.Rejected), d.batch.Ignored
		err := d.element(0)
		if errors.Is(err, errTooMany) {
			return err
		}
		if d.space(); err != nil || d.at != len(line) {
			d.batch.Events, d.batch.Positions = d.batch.Events[:events], d.batch.Positions[:events]
			d.batch.Rejected = append(d.batch.Rejected[:rejected],
				Rejection{Index: index, Code: CodeMalformed, Message: "the line is not one JSON object"})
			d.batch.Named = append(d.batch.Named[:rejected], Names{})
			d.batch.Ignored = ignored
			d.index = index + 1
		}
	}
	return nil
}

// element reads one value that should be an event. An error means that the
// text is no JSON; anything else that is wrong rejects the event.
func (d *decoder) element(depth int) error {
	index := d.index
	if d.index++; d.index > EventsMax {
		return errTooMany
	}
	start, events := d.at, len(d.batch.Events)
	d.deepest = 0
	isObject := start < len(d.data) && d.data[start] == '{'
	var ok bool
	if isObject {
		d.begin()
		ok = d.members(depth, d.format.Translate != nil)
	} else {
		_, ok = d.skip(depth)
	}
	if !ok {
		return d.malformed()
	}
	d.code = ""
	switch {
	case d.at-start > EventBytesMax:
		d.reject(CodeTooLarge, fmt.Sprintf("an event has at most %d bytes", EventBytesMax))
	case !isObject:
		d.reject(CodeMalformed, "an event is a JSON object")
	case d.deepest-depth > depthMax:
		d.reject(CodeInvalidField, fmt.Sprintf("nested more than %d deep", depthMax))
	case d.format.Translate != nil:
		d.item(index)
	default:
		d.batch.Events = append(d.batch.Events, execution.Event{})
		if d.event(&d.batch.Events[events]); d.code == "" {
			d.batch.Positions = append(d.batch.Positions, index)
		}
	}
	if d.code != "" {
		d.giveUp(index, events)
	}
	if len(d.batch.Events) > translatedMax {
		return errTooMany
	}
	return nil
}

// giveUp rejects an item with its events, which are those from the one at events on.
func (d *decoder) giveUp(index, events int) {
	b := &d.batch
	var about Names
	if len(b.Events) > events {
		first := &b.Events[events]
		about = Names{WorkflowID: first.WorkflowID, ExecutionID: first.ExecutionID, StepID: first.StepID}
	}
	b.Events = b.Events[:events]
	b.Rejected, b.Named = append(b.Rejected, Rejection{Index: index, Code: d.code, Message: d.message}), append(b.Named, about)
}

func (d *decoder) malformed() error {
	return fault.New(fault.Malformed, "malformed_json", fmt.Sprintf("the body is not JSON, from byte %d on", d.at)).
		With(fault.Field{Location: "body", Message: "not JSON"})
}
