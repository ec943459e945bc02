// Package fault names the kinds of error that a user may see. A store's or a
// library's error becomes one of them where its meaning is known; whatever is
// not one is Internal: logged with its cause, shown without it. How a kind
// becomes an HTTP status is the API's business.
package fault

import (
	"errors"
	"time"
)

// Kind is the class of an error, as far as its reader has to act on it.
type Kind uint8

// The kinds, each with what it means to the caller.
const (
	Internal     Kind = iota // a bug or a broken machine; details are only logged
	Malformed                // the request cannot be read at all
	Unauthorized             // no valid token or session
	Forbidden                // known caller, missing right
	NotFound                 // unknown, or another organisation's
	Conflict                 // contradicts what is stored
	Stale                    // the caller's version is not the newest
	TooLarge                 // over a named size limit
	Unsupported              // media type or encoding not accepted
	Invalid                  // readable, but a value is not acceptable
	Exhausted                // a limit of rate or queue; try again later
	StorageFull              // could not be made durable; nothing of it is stored
	Unavailable              // starting, stopping or otherwise not ready
)

// Field points at one wrong value. Location is a path such as "body.steps[3].stepId".
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error is an error that may be shown. Code is stable English for programs,
// Message English for people; Err, the cause, is never shown.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	Fields     []Field
	RetryAfter time.Duration // 0 = no hint
	Err        error
}

// New returns an error of the kind.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// With returns a copy of e that also points at the fields.
func (e *Error) With(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// Wrap returns a copy of e with err as its cause.
func (e *Error) Wrap(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// After returns a copy of e that asks the caller to wait for d.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Error gives code, message and cause, for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of returns the Error in err's chain, or an Internal one around err.
// A nil err gives nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "internal error", Err: err}
}
