package webhook

import (
	"encoding/json"
	"fmt"

	"flowwatch/engine/execution"
)

// The forms of a body: one event, or several (CloudEvents 1.0, structured and batched mode of HTTP).
const (
	MediaType      = "application/cloudevents+json"
	BatchMediaType = "application/cloudevents-batch+json"
)

// typePrefix begins the types of our CloudEvents, of those that engines may send us, too.
const typePrefix = "io.flowwatch."

// Envelope is an event on its way out: a CloudEvent, whose id is unique in its source and the same for every subscription.
type Envelope struct {
	SpecVersion string            `json:"specversion"`
	ID          string            `json:"id"`
	Source      string            `json:"source"`
	Type        string            `json:"type"`
	Subject     string            `json:"subject,omitempty"`
	Time        execution.Instant `json:"time"`
	Sequence    string            `json:"sequence,omitempty"` // orders events of one source as they were accepted (extension "sequence")
	ContentType string            `json:"datacontenttype"`
	Data        any               `json:"data"`
}

// NewEnvelope is an event of an organisation. seq 0: it has no place among the others.
func NewEnvelope(organizationID, id, name, subject string, at execution.Instant, seq uint64, data any) *Envelope {
	e := &Envelope{
		SpecVersion: "1.0", ID: id, Source: "/flowwatch/" + organizationID, Type: typePrefix + name, Subject: subject, Time: at,
		ContentType: "application/json", Data: data,
	}
	if seq > 0 {
		e.Sequence = fmt.Sprintf("%020d", seq)
	}
	return e
}

// Body is what is sent: the one event, or an array of them.
func Body(all []json.RawMessage, batch bool) []byte {
	if !batch {
		return all[0]
	}
	out := []byte{'['}
	for i, one := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, one...)
	}
	return append(out, ']')
}
