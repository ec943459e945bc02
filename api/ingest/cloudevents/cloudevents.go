// Package cloudevents reads CloudEvents 1.0 of four vocabularies: Flowwatch's
// own, io.flowwatch.execution.started and so on, whose data are an event of
// /api/ingest/events, the lifecycle of the Serverless Workflow specification,
// io.serverlessworkflow.workflow.started.v1 and so on, CDEvents, and Tekton's
// own. It is pure. Events are known again by source and id, as CloudEvents asks.
package cloudevents

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Media types of the structured modes.
const (
	MediaType      = "application/cloudevents+json"
	BatchMediaType = "application/cloudevents-batch+json"
)

// Prefixes of the types.
const (
	ownPrefix       = "io.flowwatch."
	lifecyclePrefix = "io.serverlessworkflow."
)

// HeaderPrefix begins the names of headers that hold attributes, in lower case.
const HeaderPrefix = "ce-"

// Request is what a request says.
type Request struct {
	Body        []byte
	ContentType string
	Attributes  map[string]string // of headers, without HeaderPrefix; with a specversion the body is the data of one event unless ContentType is an envelope's
}

var form = ingest.Format{Translate: translate, Native: "data"}

// Decode reads a request in structured, batch or binary mode, or an event a
// line. Errors are those of Codec.Decode.
func Decode(c *ingest.Codec, r Request, now execution.Instant) (ingest.Batch, error) {
	if r.Attributes["specversion"] != "" && !isEnvelope(r.ContentType) {
		body, err := structured(&r)
		if err != nil {
			return ingest.Batch{}, err
		}
		return c.Translate(body, false, now, form)
	}
	lines, err := ingest.IsLines(r.ContentType, MediaType, BatchMediaType)
	if err != nil {
		return ingest.Batch{}, err
	}
	return c.Translate(r.Body, lines, now, form)
}

// structured is an event of the binary mode in the structured one.
func structured(r *Request) ([]byte, error) {
	body := bytes.TrimSpace(r.Body)
	switch {
	case len(r.Body) > ingest.BodyBytesMax:
		return nil, ingest.ErrBodyTooLarge
	case r.ContentType != "" && !isJSON(r.ContentType):
		return nil, fault.New(fault.Unsupported, "unsupported_media_type", "the data of an event must be JSON")
	case len(body) > 0 && !json.Valid(body):
		return nil, fault.New(fault.Malformed, "malformed_json", "the body is not JSON").With(fault.Field{Location: "body", Message: "not JSON"})
	}
	attributes := make(map[string]string, len(r.Attributes))
	for name, value := range r.Attributes {
		if plain, err := url.PathUnescape(value); err == nil { // the binding has headers percent-encoded
			value = plain
		}
		attributes[name] = strings.ToValidUTF8(value, "\uFFFD")
	}
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if name == "data" || name == "data_base64" {
			continue
		}
		pair, err := json.Marshal(map[string]string{name: attributes[name]})
		if err != nil {
			return nil, fault.New(fault.Malformed, "malformed_header", "a header is no attribute").Wrap(err)
		}
		out.WriteByte(',')
		out.Write(pair[1 : len(pair)-1])
	}
	if len(body) > 0 {
		out.WriteString(`,"data":`)
		out.Write(body)
	}
	out.WriteByte('}')
	text := out.Bytes()
	text[0] = '{'
	return text, nil
}

// isEnvelope reports whether the body holds events, attributes included. Senders may repeat those in headers; the content type decides.
func isEnvelope(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == MediaType || media == BatchMediaType)
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// envelope are the attributes of an event that matter here.
type envelope struct {
	specversion, id, source, kind, time, subject, contentType, data, base64 ingest.Value
}

// read takes the attributes of the item.
func (e *envelope) read(i *ingest.Item) {
	i.Members(func(name []byte, v ingest.Value) {
		switch string(name) {
		case "specversion":
			e.specversion = v
		case "id":
			e.id = v
		case "source":
			e.source = v
		case "type":
			e.kind = v
		case "time":
			e.time = v
		case "subject":
			e.subject = v
		case "datacontenttype":
			e.contentType = v
		case "data":
			e.data = v
		case "data_base64":
			e.base64 = v
		}
	})
}

// missing is the first required attribute that is not given, "" if none is.
func (e *envelope) missing() string {
	switch {
	case len(e.specversion.Text()) == 0:
		return "specversion"
	case len(e.id.Text()) == 0:
		return "id"
	case len(e.source.Text()) == 0:
		return "source"
	case len(e.kind.Text()) == 0:
		return "type"
	}
	return ""
}

// translate makes an event of ours of one CloudEvent.
func translate(i *ingest.Item) {
	var e envelope
	e.read(i)
	if name := e.missing(); name != "" {
		i.Missing(name)
		return
	}
	switch contentType := e.contentType.Text(); {
	case string(e.specversion.Text()) != "1.0":
		i.Reject(ingest.CodeInvalidField, "specversion must be 1.0")
	case len(contentType) > 0 && string(contentType) != "application/json" && !isJSON(string(contentType)):
		i.Reject(ingest.CodeInvalidField, "datacontenttype must be JSON")
	case e.base64.Given():
		decoded(i, &e)
	default:
		dispatch(i, &e)
	}
}

func dispatch(i *ingest.Item, e *envelope) {
	name := e.kind.Text()
	if own, ok := bytes.CutPrefix(name, []byte(ownPrefix)); ok {
		if kind, known := execution.ParseEventType(string(own)); known {
			i.Native(ingest.Envelope{Type: kind, Time: e.time, Subject: e.subject, ID: ingest.EventID(e.source.Text(), e.id.Text())})
			return
		}
	} else if rest, ok := bytes.CutPrefix(name, []byte(lifecyclePrefix)); ok {
		lifecycle(i, e, rest)
		return
	} else if rest, ok := bytes.CutPrefix(name, []byte(cdeventsPrefix)); ok {
		cdevent(i, e, rest)
		return
	} else if rest, ok := bytes.CutPrefix(name, []byte(tektonPrefix)); ok {
		tekton(i, e, rest)
		return
	}
	i.Reject(ingest.CodeUnknownType, "type is not one of the known types")
}

// decoded translates an event whose data are encoded: the same with plain ones.
func decoded(i *ingest.Item, e *envelope) {
	data, err := base64.StdEncoding.AppendDecode(nil, e.base64.Text())
	if err != nil || e.data.Given() || !json.Valid(data) {
		i.Reject(ingest.CodeInvalidField, "data_base64 must be JSON in base64, and there must be no data beside it")
		return
	}
	var text bytes.Buffer
	i.Members(func(name []byte, v ingest.Value) {
		if quoted, err := json.Marshal(string(name)); err == nil && v.Given() && string(name) != "data_base64" {
			text.WriteByte(',')
			text.Write(quoted)
			text.WriteByte(':')
			text.Write(v.Raw())
		}
	})
	text.WriteString(`,"data":`)
	text.Write(data)
	text.WriteByte('}')
	text.Bytes()[0] = '{'
	i.Again(text.Bytes())
}
