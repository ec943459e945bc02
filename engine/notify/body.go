package notify

import (
	"fmt"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	bodyDays     = 30
	bodyBytesMax = 16 << 10 // of a text; longer ones are cut
)

// body is what a message said, kept for a while under the number of its first row.
type body struct {
	Seq     uint64            `json:"seq"`
	Rows    []uint64          `json:"rows"` // that it told
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	At      execution.Instant `json:"at"`
}

var bodies = kv.NewCollection("outbox_bodies", bodySpec())

func bodySpec() kv.Spec[body] {
	encode, decode := kv.JSON[body]()
	return kv.Spec[body]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, b *body) []byte { return kv.AppendUint64(dst, b.Seq) },
		Indexes: []kv.Index[body]{
			{Name: byTime, Keys: func(b *body, emit func([]byte)) { emit(kv.AppendInt64(nil, int64(b.At))) }},
		},
	}
}

// keepBody stores what was sent: the text of the channel, or the JSON of a webhook.
func keepBody(tx *kv.Tx, s kv.Scope, m *message, sent *Message, to Type, now execution.Instant) error {
	b := &body{Seq: m.first(), Subject: sent.Subject, At: now}
	for _, w := range m.parts {
		b.Rows = append(b.Rows, w.row.Seq)
	}
	switch to {
	case SMS:
		b.Text = sent.SMS
	case Slack:
		b.Text = string(sent.Slack)
	case Webhook:
		b.Text = string(sent.JSON)
	default:
		b.Text = sent.Text
	}
	b.Text = b.Text[:min(len(b.Text), bodyBytesMax)]
	if err := bodies.Put(tx, s, b); err != nil {
		return fmt.Errorf("keep message: %w", err)
	}
	return nil
}

// bodyEnd is before what bodies are old.
func bodyEnd(now execution.Instant) execution.Instant {
	return now - execution.Instant(bodyDays*24*time.Hour)
}
