package otlp

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
)

// Answer is what a service says of a request that it has taken, if not whole. The names of what was rejected differ by service.
type Answer struct {
	Rejected int
	Message  string // why, or a hint; ""
	rejected string // the name of the count in JSON
}

// OfTraces is the answer of the trace service.
func OfTraces(rejected int, message string) Answer {
	return Answer{Rejected: rejected, Message: message, rejected: "rejectedSpans"}
}

// OfMetrics is the answer of the metrics service.
func OfMetrics(rejected int, message string) Answer {
	return Answer{Rejected: rejected, Message: message, rejected: "rejectedDataPoints"}
}

// Fields of the messages that are written here; both services number theirs alike.
const (
	fieldPartialSuccess = 1
	fieldRejected       = 1
	fieldErrorMessage   = 2
	fieldStatusCode     = 1
	fieldStatusMessage  = 2
)

// Protobuf is the answer in protobuf: nothing when all was taken.
func (a Answer) Protobuf() []byte {
	if a.Rejected == 0 && a.Message == "" {
		return nil
	}
	partial := appendText(appendNumber(nil, fieldRejected, a.Rejected), fieldErrorMessage, a.Message)
	return appendText(nil, fieldPartialSuccess, string(partial))
}

// JSON is the answer in JSON, where 64 bits are texts.
func (a Answer) JSON() []byte {
	answer := map[string]map[string]string{}
	if a.Rejected != 0 || a.Message != "" {
		answer["partialSuccess"] = map[string]string{a.rejected: strconv.Itoa(a.Rejected), "errorMessage": a.Message}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic("BUG: otlp: texts that are no JSON: " + err.Error())
	}
	return text
}

// codes are those of gRPC that OTLP's Status has, by HTTP status.
var codes = map[int]int{400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 413: 3, 415: 3, 422: 3, 429: 8, 503: 14}

const codeInternal = 13

// Status is an error in protobuf.
func Status(httpStatus int, message string) []byte {
	code, known := codes[httpStatus]
	if !known {
		code = codeInternal
	}
	return appendText(appendNumber(nil, fieldStatusCode, code), fieldStatusMessage, message)
}

func appendNumber(dst []byte, field uint64, n int) []byte {
	if n == 0 {
		return dst
	}
	return binary.AppendUvarint(binary.AppendUvarint(dst, field<<3|wireVarint), uint64(n)) // #nosec G115 -- counts and codes
}

func appendText(dst []byte, field uint64, text string) []byte {
	if text == "" {
		return dst
	}
	return append(binary.AppendUvarint(binary.AppendUvarint(dst, field<<3|wireBytes), uint64(len(text))), text...)
}
