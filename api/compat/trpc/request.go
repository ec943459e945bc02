// Package trpc is the wire of tRPC 10 and 11 over HTTP, without a transformer:
// which procedures a request calls, with which inputs, and how their results
// and errors are answered. It is pure; what procedures do is its caller's.
//
// What it does is in trpc.io/docs/rpc (HTTP RPC specification) and in
// @trpc/server 11, whose table of codes it has.
package trpc

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// AcceptHeader is that by which a client asks for a stream, and AcceptStream
// what it then says.
const (
	AcceptHeader = "trpc-accept"
	AcceptStream = "application/jsonl"
)

// CallsMax is how many procedures one request may call.
const CallsMax = 50

// Errors of requests.
var (
	ErrTooMany   = errors.New("the batch calls too many procedures")
	ErrMalformed = errors.New("the input is not JSON")
	ErrNoObject  = errors.New("the input of a batch must be an object")
)

// Request is which procedures are called.
type Request struct {
	Batch  bool // the answer is an array
	Stream bool // of a batch: the answer is a line of JSON, as a stream's head
	Paths  []string
}

// ReadRequest reads the path below the procedures' root, as it was sent, whether
// the query says that it is a batch, and what AcceptHeader says. The request is
// good to be answered with the error, too.
func ReadRequest(path string, query url.Values, accept string) (Request, error) {
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	r := Request{Batch: query.Get("batch") == "1"}
	r.Stream = r.Batch && accept == AcceptStream
	if !r.Batch {
		r.Paths = []string{plain}
		return r, nil
	}
	if strings.Count(plain, ",") >= CallsMax {
		r.Paths = []string{strings.SplitN(plain, ",", 2)[0]}
		return r, ErrTooMany
	}
	r.Paths = strings.Split(plain, ",")
	return r, nil
}

// Inputs reads the input of each call; nil for those without one. text is the
// query's or the body. The inputs are copies.
func (r *Request) Inputs(text []byte) ([]json.RawMessage, error) {
	all := make([]json.RawMessage, len(r.Paths))
	if len(text) == 0 {
		return all, nil
	}
	if !r.Batch {
		if json.Unmarshal(text, &all[0]) != nil {
			return nil, ErrMalformed
		}
		return all, nil
	}
	if !json.Valid(text) {
		return nil, ErrMalformed
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(text, &named) != nil || named == nil {
		return nil, ErrNoObject
	}
	for i := range all {
		all[i] = named[strconv.Itoa(i)]
	}
	return all, nil
}

// Limits are those that a client may meet.
func Limits() map[string]int { return map[string]int{"trpcCalls": CallsMax} }
