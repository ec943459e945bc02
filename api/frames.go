package api

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
)

// request is one message of a client: {"id":…,"event":…,"data":…}. Its data
// is a copy.
type request struct {
	id       *uint64 // nil: none
	event    string
	data     json.RawMessage
	connects bool // it is the packet that joins a namespace of Socket.IO
}

// errBadFrame is returned for what is not a JSON object at all.
var errBadFrame = errors.New("not a JSON object")

var (
	errUnknownEvent = fault.New(fault.Invalid, "unknown_event", "no such event")
	errOtherSignIn  = fault.New(fault.Forbidden, "other_sign_in", "this connection belongs to another organisation, to more rights or to other clients")
)

// readRequest reads a message. With an error that is not errBadFrame the
// request has the id to answer to, if it could be read.
func readRequest(message []byte) (request, error) {
	var raw struct{ ID, Event, Data json.RawMessage }
	if trimmed := bytes.TrimLeft(message, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || !utf8.Valid(message) {
		return request{}, errBadFrame
	}
	if json.Unmarshal(message, &raw) != nil {
		return request{}, errBadFrame
	}
	var r request
	if !isNull(raw.ID) {
		id, err := strconv.ParseUint(string(raw.ID), 10, 64)
		if err != nil {
			return r, invalidData("id", "must be a whole number from 0 on")
		}
		r.id = &id
	}
	if json.Unmarshal(raw.Event, &r.event) != nil || r.event == "" {
		return r, invalidData("event", "must be the name of an event")
	}
	r.data = raw.Data
	return r, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func invalidData(location, message string) error {
	return errInvalid.With(fault.Field{Location: location, Message: message})
}

// read decodes the request's data, an object. None is as good as an empty one.
func (r *request) read(v any) error {
	if isNull(r.data) {
		return nil
	}
	err := json.Unmarshal(r.data, v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return invalidData("data."+wrong.Field, "must not be a JSON "+wrong.Value)
	}
	return invalidData("data", "must be an object")
}

// answerFrame is what answers a request: an ack with data, or an error.
type answerFrame struct {
	ID    *uint64  `json:"id,omitempty"`
	Event string   `json:"event"`
	Data  any      `json:"data,omitempty"`
	Error *refusal `json:"error,omitempty"`
}

// refusal is an error on the wire. Message is in the client's language.
type refusal struct {
	Code         string        `json:"code"`
	Message      string        `json:"message"`
	Retryable    bool          `json:"retryable"`
	RetryAfterMs int64         `json:"retryAfterMs,omitempty"`
	Errors       []fault.Field `json:"errors,omitempty"`
	Instance     string        `json:"instance,omitempty"` // of an internal error: where it is in the log
}

// helloData begins a connection.
type helloData struct {
	Protocol      string            `json:"protocol"`
	ServerTime    execution.Instant `json:"serverTime"`
	HeartbeatMs   int64             `json:"heartbeatMs"`
	AuthTimeoutMs int64             `json:"authTimeoutMs"`
	BuildID       string            `json:"buildId,omitempty"` // of the page that the server has: another one than before means that a page in a browser is old
}

// authData acknowledges a sign-in.
type authData struct {
	Success        bool              `json:"success"`
	UserID         string            `json:"userId"`
	OrganizationID string            `json:"organizationId"`
	Epoch          string            `json:"epoch"`
	Seq            uint64            `json:"seq"`
	ExpiresAt      execution.Instant `json:"expiresAt"`
}

// expiringData warns that a sign-in ends.
type expiringData struct {
	ExpiresAt execution.Instant `json:"expiresAt"`
}

// joinedData acknowledges a subscription.
type joinedData struct {
	Success        bool      `json:"success"`
	SubscriptionID uint32    `json:"subscriptionId"`
	Seq            uint64    `json:"seq"`
	Epoch          string    `json:"epoch"`
	Mode           feed.Mode `json:"mode"`
	Recovered      bool      `json:"recovered"`
}

// doneData acknowledges anything else.
type doneData struct {
	Success bool            `json:"success"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// heartbeatData says how far a client has come if it has got sent frames.
type heartbeatData struct {
	Seq  uint64            `json:"seq"`
	Sent uint64            `json:"sent"`
	TS   execution.Instant `json:"ts"`
}

// frameText is the JSON of a frame that only one client gets.
func frameText(frame answerFrame) []byte {
	text, err := json.Marshal(frame)
	if err != nil {
		panic("BUG: api: marshal a live frame: " + err.Error())
	}
	return text
}

func expiringText(end time.Time) []byte {
	return frameText(answerFrame{Event: "auth:expiring", Data: expiringData{ExpiresAt: execution.At(end)}})
}

// newRefusal shows an error to a client. Internal ones have an id in the log.
func newRefusal(e *fault.Error, english bool, id string) *refusal {
	r := &refusal{
		Code: frameCode(e), Message: e.Message, Errors: e.Fields,
		Retryable:    e.Kind == fault.Exhausted || e.Kind == fault.Unavailable || e.Kind == fault.StorageFull,
		RetryAfterMs: e.RetryAfter.Milliseconds(),
	}
	if !english {
		r.Message = polish(e.Code, statuses[e.Kind])
	}
	if id != "" {
		r.Instance = "urn:uuid:" + id
	}
	return r
}

// frameCode is the protocol's code for an error.
func frameCode(e *fault.Error) string {
	switch e.Kind {
	case fault.Unauthorized:
		return "unauthorized"
	case fault.Forbidden:
		return "forbidden"
	case fault.NotFound:
		return "not_found"
	case fault.Exhausted:
		return "rate_limited"
	case fault.StorageFull, fault.Unavailable:
		return "unavailable"
	case fault.Internal:
		return "internal"
	}
	if e.Code == errUnknownEvent.Code {
		return e.Code
	}
	return "invalid"
}

// Opcodes of WebSocket frames, with the bit that says that one frame is all.
const (
	opText  = 0x81
	opClose = 0x88
	opPing  = 0x89
	opPong  = 0x8A
)

// appendMessage appends a whole WebSocket frame. A server's are not masked.
func appendMessage(dst []byte, op byte, payload []byte) []byte {
	const small, extended16, extended64 = 125, 126, 127
	dst = append(dst, op)
	switch n := len(payload); {
	case n <= small:
		dst = append(dst, byte(n))
	case n <= math.MaxUint16:
		dst = binary.BigEndian.AppendUint16(append(dst, extended16), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, extended64), uint64(n))
	}
	return append(dst, payload...)
}
