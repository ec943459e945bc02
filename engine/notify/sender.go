// Package notify tells people about alerts: an outbox whose rows are written in the transaction of what they tell, and a dispatcher that sends
// them. Each row reaches its target at least once or ends visibly dead; a crash between sending and noting it costs one repetition.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// Type names a kind of channel.
type Type string

// The channels.
const (
	Email   Type = "email"
	Slack   Type = "slack"
	SMS     Type = "sms"
	Webhook Type = "webhook"
	InApp   Type = "in_app"
)

// Target is one address of a channel. Type and Address together name it: rows of equal ones are sent one after another, in order.
type Target struct {
	Type    Type       `json:"type"`
	Address string     `json:"address"` // in full: mailbox, E.164 number, URL; of in_app "user:<id>" or "role:<name>"
	Secret  string     `json:"-"`       // of a webhook's signature, filled in by Office.Target; "": none
	Options Delivering `json:"options,omitzero"`
}

// Delivering is what a channel's configuration says beside the address.
type Delivering struct {
	Cc        []string `json:"cc,omitempty"`        // e-mail
	Encoding  string   `json:"encoding,omitempty"`  // sms: gsm7 (default) or ucs2
	SecretRef string   `json:"secretRef,omitempty"` // names the secret for Office.Target; "": there is none
	Channel   string   `json:"channel,omitempty"`   // slack
}

// Message is what a Sender sends. Each channel takes the members that are its own.
type Message struct {
	Key      string // the same for every try of one transition to one target: idempotency key, stem of the Message-ID
	Thread   string // Key of the first message of the episode to this target; "": this is the first
	Severity alert.Severity
	At       execution.Instant // when what it tells happened

	Subject string          // e-mail, one line
	Text    string          // e-mail, plain
	HTML    string          // e-mail; "": none
	SMS     string          // encoded as Options.Encoding says
	Slack   json.RawMessage // the body of the POST
	JSON    json.RawMessage // webhook: the body of the POST
	Media   string          // webhook: of what type it is; "": application/json
}

// Sender sends messages of one channel type. It is called from many goroutines, for one target from one at a time. The context ends with the
// try's time-out. A nil error means that the target's server has taken the message; every other error is a *Failure, or counts as Temporary.
type Sender interface {
	Send(ctx context.Context, to Target, m *Message) error
}

// Class says what follows from a failure.
type Class uint8

// The classes.
const (
	Temporary     Class = iota // later again: SMTP 4xx, HTTP 408, 425, 429, 5xx
	Network                    // nobody was reached: the target's circuit opens, the try is not counted
	Permanent                  // this message will never be taken: SMTP 550–554, HTTP 400, 404, 410, 422, a number that is none
	Misconfigured              // no message will be until somebody changes the settings: SMTP 535, HTTP 401, 403, a revoked webhook
)

// Failure is an error of a Sender with its class.
type Failure struct {
	Class      Class
	RetryAfter time.Duration // of Temporary: what the server asked for; 0: nothing
	Err        error
}

// Error is the cause's text.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Fail returns err with its class; nil stays nil.
func Fail(c Class, err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Class: c, Err: err}
}

// failureOf is the classified error of a Sender.
func failureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Class: Temporary, Err: err}
}
