// Package remotewrite reads requests of Prometheus' remote write 1.0: a WriteRequest of protocol buffers in one block of snappy. It is pure, and keeps
// nothing of the body. What a series is worth is not decided here.
package remotewrite

import (
	"errors"
	"fmt"
	"math"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"

	"flowwatch/api/ingest"
	"flowwatch/engine/fault"
)

// Limits of one request.
const (
	samplesMax = 50_000  // of all series together
	seriesMax  = 50_000  // however few samples they have
	labelsMax  = 500_000 // of all series together
)

// Limits are the limits of one request, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"remoteWriteSamples": samplesMax, "remoteWriteSeries": seriesMax, "remoteWriteLabels": labelsMax}
}

// MediaType is that of a request; its parameter proto says which message is in it.
const MediaType = "application/x-protobuf"

const messageName = "prometheus.WriteRequest"

// Series is one series of a request, valid or not.
type Series struct {
	Identity   string   // equal for equal labels, as they were written
	Pairs      []string // names and values
	Samples    []Sample
	Histograms int
}

// Sample is a value at a time in Unix ms.
type Sample struct {
	At    int64
	Value float64
}

// CheckHeaders says whether a body may be of remote write 1.0. A sender of 2.0 is told that it is not taken here, so that it falls back.
func CheckHeaders(contentType, encoding string) error {
	media, parameters, err := mime.ParseMediaType(contentType)
	switch proto := parameters["proto"]; {
	case err != nil || media != MediaType:
		return fault.New(fault.Unsupported, "unsupported_media_type", "send "+MediaType)
	case proto != "" && proto != messageName:
		return fault.New(fault.Unsupported, "unsupported_media_type", "remote write 1.0 only: send "+MediaType+";proto="+messageName)
	case encoding != "" && !strings.EqualFold(encoding, "snappy"):
		return fault.New(fault.Unsupported, "unsupported_encoding", "send snappy, in its block format")
	}
	return nil
}

var (
	errSnappy  = fault.New(fault.Malformed, "malformed_encoding", "the body is no block of snappy")
	errMessage = fault.New(fault.Malformed, "malformed_protobuf", "the body holds no WriteRequest of remote write 1.0")
	errCounts  = fault.New(fault.TooLarge, "too_many_samples", fmt.Sprintf("a request holds at most %d samples, %d series and %d labels",
		samplesMax, seriesMax, labelsMax))
)

// Decode reads a body. An error is a fault of the whole request: what cannot be read is never taken in part.
func Decode(body []byte) ([]Series, error) {
	size, err := snappy.DecodedLen(body)
	switch {
	case errors.Is(err, snappy.ErrTooLarge), err == nil && size > ingest.BodyBytesMax:
		return nil, ingest.ErrBodyTooLarge
	case err != nil:
		return nil, errSnappy.Wrap(err)
	}
	plain, err := snappy.Decode(nil, body)
	if err != nil {
		return nil, errSnappy.Wrap(err)
	}
	d := decoder{text: string(plain)}
	err = eachField(plain, 0, func(f field) error {
		if f.number != 1 || f.kind != protowire.BytesType {
			return nil // metadata, and what is not known yet
		}
		return d.series(f)
	})
	if err != nil {
		return nil, err
	}
	for i := range d.all { // the memory of all has its place now
		s := &d.all[i]
		s.Pairs, s.Samples = d.pairs[d.ends[i].pairs:d.ends[i+1].pairs:d.ends[i+1].pairs], d.samples[d.ends[i].samples:d.ends[i+1].samples:d.ends[i+1].samples]
	}
	return d.all, nil
}

// decoder gathers what is read, all pairs and all samples one behind the other.
type decoder struct {
	text    string // the whole message; strings of labels are parts of it
	all     []Series
	pairs   []string
	samples []Sample
	ends    []ends // before each series, and behind the last
}

type ends struct{ pairs, samples int }

// series reads a TimeSeries: labels 1, samples 2, exemplars 3, histograms 4.
func (d *decoder) series(of field) error {
	if d.ends == nil {
		d.ends = append(d.ends, ends{})
	}
	if len(d.all) == seriesMax {
		return errCounts
	}
	var s Series
	labelsEnd := of.at
	err := eachField(of.bytes, of.at, func(f field) error {
		if f.kind != protowire.BytesType {
			return nil
		}
		switch f.number {
		case 1:
			labelsEnd = f.at + len(f.bytes)
			return d.label(f)
		case 2:
			return d.sample(f)
		case 4:
			s.Histograms++
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.Identity = d.text[of.at:labelsEnd]
	d.all, d.ends = append(d.all, s), append(d.ends, ends{len(d.pairs), len(d.samples)})
	return nil
}

// label reads a Label: name 1, value 2.
func (d *decoder) label(of field) error {
	if len(d.pairs) == 2*labelsMax {
		return errCounts
	}
	var name, value string
	err := eachField(of.bytes, of.at, func(f field) error {
		if f.kind != protowire.BytesType || f.number > 2 {
			return nil
		}
		text := d.text[f.at : f.at+len(f.bytes)]
		if !utf8.ValidString(text) {
			return errMessage.With(fault.Field{Location: "body", Message: "a label is not UTF-8"})
		}
		if f.number == 1 {
			name = text
		} else {
			value = text
		}
		return nil
	})
	d.pairs = append(d.pairs, name, value)
	return err
}

// sample reads a Sample: value 1, timestamp 2. What is not there is 0.
func (d *decoder) sample(of field) error {
	if len(d.samples) == samplesMax {
		return errCounts
	}
	var s Sample
	err := eachField(of.bytes, of.at, func(f field) error {
		switch {
		case f.number == 1 && f.kind == protowire.Fixed64Type:
			s.Value = math.Float64frombits(f.word)
		case f.number == 2 && f.kind == protowire.VarintType:
			s.At = int64(f.word)
		}
		return nil
	})
	d.samples = append(d.samples, s)
	return err
}

// field is one of a message: bytes of BytesType, word of the numbers. at is where its bytes begin in the whole message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	word   uint64
	at     int
}

// eachField calls fn with each field of a message that begins at a place of the whole.
func eachField(message []byte, at int, fn func(field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errMessage.Wrap(protowire.ParseError(n))
		}
		message, at = message[n:], at+n
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
			f.at = at + n - len(f.bytes)
		case protowire.Fixed64Type:
			f.word, n = protowire.ConsumeFixed64(message)
		case protowire.VarintType:
			f.word, n = protowire.ConsumeVarint(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return errMessage.Wrap(protowire.ParseError(n))
		}
		message, at = message[n:], at+n
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}
