package trpc

import (
	"encoding/json"
	"net/http"
)

// Code names why a call failed.
type Code string

// The codes that are answered.
const (
	BadRequest         Code = "BAD_REQUEST"
	Unauthorized       Code = "UNAUTHORIZED"
	Forbidden          Code = "FORBIDDEN"
	NotFound           Code = "NOT_FOUND"
	MethodNotSupported Code = "METHOD_NOT_SUPPORTED"
	Conflict           Code = "CONFLICT"
	PreconditionFailed Code = "PRECONDITION_FAILED"
	PayloadTooLarge    Code = "PAYLOAD_TOO_LARGE"
	UnsupportedMedia   Code = "UNSUPPORTED_MEDIA_TYPE"
	TooManyRequests    Code = "TOO_MANY_REQUESTS"
	Internal           Code = "INTERNAL_SERVER_ERROR"
	ServiceUnavailable Code = "SERVICE_UNAVAILABLE"
)

// codes has the number of JSON-RPC and the status of HTTP of each.
var codes = map[Code]struct{ number, status int }{
	BadRequest:         {-32600, http.StatusBadRequest},
	Unauthorized:       {-32001, http.StatusUnauthorized},
	Forbidden:          {-32003, http.StatusForbidden},
	NotFound:           {-32004, http.StatusNotFound},
	MethodNotSupported: {-32005, http.StatusMethodNotAllowed},
	Conflict:           {-32009, http.StatusConflict},
	PreconditionFailed: {-32012, http.StatusPreconditionFailed},
	PayloadTooLarge:    {-32013, http.StatusRequestEntityTooLarge},
	UnsupportedMedia:   {-32015, http.StatusUnsupportedMediaType},
	TooManyRequests:    {-32029, http.StatusTooManyRequests},
	Internal:           {-32603, http.StatusInternalServerError},
	ServiceUnavailable: {-32603, http.StatusServiceUnavailable},
}

// Status is that of HTTP.
func (c Code) Status() int { return codes[c].status }

// Issue is what is wrong with a member of the input.
type Issue struct {
	Location string `json:"location"` // input, or input.member
	Message  string `json:"message"`
}

// Error is why a call failed.
type Error struct {
	Code    Code
	Message string
	Reason  string // a stable name beside the code; "": none
	Path    string // of the procedure
	Issues  []Issue
}

// Response answers one call: Data is JSON, Error is nil if there is no error.
type Response struct {
	Data  json.RawMessage
	Error *Error
}

type errorShape struct {
	Message string    `json:"message"`
	Code    int       `json:"code"`
	Data    errorData `json:"data"`
}

type errorData struct {
	Code       Code    `json:"code"`
	HTTPStatus int     `json:"httpStatus"`
	Path       string  `json:"path"`
	Reason     string  `json:"reason,omitempty"`
	Errors     []Issue `json:"errors,omitempty"`
}

type resultShape struct {
	Result struct {
		Data json.RawMessage `json:"data"`
	} `json:"result"`
}

// MarshalJSON writes the envelope.
func (r Response) MarshalJSON() ([]byte, error) {
	if e := r.Error; e != nil {
		return json.Marshal(struct {
			Error errorShape `json:"error"`
		}{errorShape{Message: e.Message, Code: codes[e.Code].number, Data: errorData{
			Code: e.Code, HTTPStatus: e.Code.Status(), Path: e.Path, Reason: e.Reason, Errors: e.Issues,
		}}})
	}
	var shape resultShape
	shape.Result.Data = r.Data
	return json.Marshal(shape)
}

// status is that of one answer.
func (r *Response) status() int {
	if r.Error != nil {
		return r.Error.Code.Status()
	}
	return http.StatusOK
}

// Answer is the body and the status of a request's answers, one for each call:
// 207 where they differ. A client that streams takes errors from what is
// streamed alone, so that theirs are a part, too. All of its answers are in the
// head; nothing is left to come.
func (r *Request) Answer(all []Response) (body []byte, status int, err error) {
	status = all[0].status()
	for i := range all {
		if all[i].status() != status {
			status = http.StatusMultiStatus
		}
	}
	switch {
	case r.Stream:
		head := make(map[int][1][1]Response, len(all))
		for i := range all {
			head[i] = [1][1]Response{{all[i]}}
		}
		if status != http.StatusOK {
			status = http.StatusMultiStatus
		}
		body, err = json.Marshal(head)
		body = append(body, '\n')
	case r.Batch:
		body, err = json.Marshal(all)
	default:
		body, err = json.Marshal(all[0])
	}
	return body, status, err
}
