package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of samples.
const (
	SamplesMax       = 1_000 // of a request
	sampleTagsMax    = 16
	sampleNameMax    = 100 // bytes of a metric's name
	sampleTagNameMax = 64  // bytes
	sourceTag        = "source"
	sourceEngine     = "engine"
)

// Sample is one value that an engine measured. To a client no time, which is
// also the zero of Timestamp, means the server's; decoded samples have one.
type Sample struct {
	Metric    string            `json:"metric"`
	Value     float64           `json:"value"`
	Timestamp execution.Instant `json:"timestamp,omitempty"`
	Tags      map[string]string `json:"tags,omitempty"`
}

// SampleBatch is what a body held. Positions[i] is the index of Samples[i] in
// the request.
type SampleBatch struct {
	Samples   []Sample
	Positions []int
	Rejected  []Rejection
}

var errTooManySamples = fault.New(fault.TooLarge, "too_many_samples", fmt.Sprintf("the request holds more than %d samples", SamplesMax))

// DecodeSamples reads a sample, a JSON array of samples, or NDJSON. One bad
// sample never harms its neighbours. Errors are those of Codec.Decode, with the
// code "too_many_samples" for too many.
func DecodeSamples(body []byte, contentType string, now execution.Instant) (SampleBatch, error) {
	lines, err := IsLines(contentType)
	if err != nil {
		return SampleBatch{}, err
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	switch {
	case len(body) > BodyBytesMax:
		return SampleBatch{}, ErrBodyTooLarge
	case !utf8.Valid(body):
		return SampleBatch{}, fault.New(fault.Malformed, "not_utf8", "the body is not UTF-8")
	}
	texts, err := sampleTexts(body, lines)
	if err != nil {
		return SampleBatch{}, err
	}
	if len(texts) == 0 {
		return SampleBatch{}, fault.New(fault.Invalid, "empty", "the request holds no sample")
	}
	var b SampleBatch
	for i, text := range texts {
		s, code, message := decodeSample(text, now)
		if code != "" {
			b.Rejected = append(b.Rejected, Rejection{Index: i, Code: code, Message: message})
			continue
		}
		b.Samples, b.Positions = append(b.Samples, s), append(b.Positions, i)
	}
	return b, nil
}

// sampleTexts cuts a body into its samples.
func sampleTexts(body []byte, lines bool) (texts []json.RawMessage, err error) {
	if lines {
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if len(texts) == SamplesMax {
				return nil, errTooManySamples
			}
			texts = append(texts, line)
		}
		return texts, nil
	}
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil, nil
	}
	if body[0] != '[' {
		var one json.RawMessage
		if err := json.Unmarshal(body, &one); err != nil {
			return nil, notJSON(err)
		}
		return []json.RawMessage{one}, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	for d.More() {
		var next json.RawMessage
		if err := d.Decode(&next); err != nil {
			return nil, notJSON(err)
		}
		if len(texts) == SamplesMax {
			return nil, errTooManySamples
		}
		texts = append(texts, next)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, notJSON(err)
	}
	return texts, nil
}

func notJSON(err error) error {
	return fault.New(fault.Malformed, "malformed_json", "the body is not JSON").
		With(fault.Field{Location: "body", Message: "not JSON"}).Wrap(err)
}

// decodeSample reads one; code is "" when it is good.
func decodeSample(text json.RawMessage, now execution.Instant) (s Sample, code, message string) {
	var raw struct {
		Metric, Value, Timestamp, Tags json.RawMessage
	}
	if err := json.Unmarshal(text, &raw); err != nil || text[0] != '{' {
		return s, CodeMalformed, "a sample is a JSON object"
	}
	if without(raw.Metric) || without(raw.Value) {
		return s, CodeMissingField, "metric and value are required"
	}
	if err := json.Unmarshal(raw.Metric, &s.Metric); err != nil || !validMetric(s.Metric) {
		return s, CodeInvalidField, "metric must match [a-z][a-z0-9_.]{0,99}"
	}
	if err := json.Unmarshal(raw.Value, &s.Value); err != nil {
		s.Value = math.NaN()
	}
	if message = s.unfit(); message != "" {
		return s, CodeInvalidField, message
	}
	if s.Timestamp = now; !without(raw.Timestamp) {
		at, ok := sampleTime(raw.Timestamp)
		if !ok {
			return s, CodeInvalidTimestamp, "timestamp must be RFC 3339 with offset, from 1970 on"
		}
		s.measuredAt(at, now)
	}
	if !without(raw.Tags) {
		var ok bool
		if s.Tags, ok = sampleTags(raw.Tags); !ok {
			return s, CodeInvalidField, fmt.Sprintf("tags must be at most %d names of letters, digits, _ and . with strings of at most %d "+
				"characters; source is engine", sampleTagsMax, TagRunesMax)
		}
	}
	return s, "", ""
}

// unfit is what is wrong with the value; "": nothing.
func (s *Sample) unfit() string {
	switch {
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		return "value must be a finite number"
	case s.Value < 0 && neverNegative(s.Metric):
		return s.Metric + " cannot be negative"
	}
	return ""
}

// measuredAt sets the time, but to now where a clock is far ahead, which is not believed.
func (s *Sample) measuredAt(at moment, now execution.Instant) {
	if s.Timestamp = now; at.seconds <= secondsMax-1 && at.instant() <= now+execution.Instant(aheadMax) {
		s.Timestamp = at.instant()
	}
}

// NewSample is a sample as another format has it: so many nanoseconds after 1970 began, 0: now. Its names are made to fit, and tags left out that cannot.
// why is what is wrong with it; "": nothing.
func NewSample(metric string, value float64, nanos uint64, tags map[string]string, now execution.Instant) (s Sample, why string) {
	s = Sample{Metric: fitted(strings.ToLower(metric), sampleNameMax), Value: value, Timestamp: now, Tags: make(map[string]string, len(tags))}
	if !validMetric(s.Metric) {
		return s, "the name of the metric must begin with a letter"
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		label, text := fitted(name, sampleTagNameMax), []rune(string(printable([]byte(tags[name]), false)))
		if len(text) > 0 && validTagName(label) && label != sourceTag && len(s.Tags) < sampleTagsMax {
			s.Tags[label] = string(text[:min(len(text), TagRunesMax)])
		}
	}
	if nanos != 0 {
		s.measuredAt(moment{seconds: int64(nanos / nanosPerSecond), nanos: int64(nanos % nanosPerSecond)}, now) // #nosec G115 -- a billionth of 64 bits
	}
	return s, s.unfit()
}

// fitted has underscores for all that names of metrics and tags cannot hold.
func fitted(name string, bytesMax int) string {
	fit := []byte(name[:min(len(name), bytesMax)])
	for i, c := range fit {
		if !idBytes[c] || c == ':' || c == '-' {
			fit[i] = '_'
		}
	}
	return string(fit)
}

func without(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func sampleTime(v json.RawMessage) (moment, bool) {
	var text string
	if err := json.Unmarshal(v, &text); err != nil {
		return moment{}, false
	}
	at, ok := parseTime([]byte(text))
	return at, ok && at.seconds >= 0
}

// sampleTags reads labels, without the source: it is always the engine.
func sampleTags(v json.RawMessage) (map[string]string, bool) {
	var tags map[string]string
	if err := json.Unmarshal(v, &tags); err != nil || len(tags) > sampleTagsMax {
		return nil, false
	}
	if source, ok := tags[sourceTag]; ok && source != sourceEngine {
		return nil, false
	}
	delete(tags, sourceTag)
	for name, value := range tags {
		if !validTagName(name) || value == "" || !validName(value, TagRunesMax) {
			return nil, false
		}
	}
	return tags, true
}

func validMetric(name string) bool {
	if len(name) == 0 || len(name) > sampleNameMax || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func validTagName(name string) bool {
	if len(name) == 0 || len(name) > sampleTagNameMax || name[0] >= '0' && name[0] <= '9' || name[0] == '.' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !idBytes[c] || c == ':' || c == '-' {
			return false
		}
	}
	return true
}

// neverNegative reports whether the metric is one of those with a meaning of their own.
func neverNegative(metric string) bool {
	switch metric {
	case "cpu.usage_percent", "memory.used_mb", "memory.usage_percent", "disk.used_percent", "db.active_connections", "queue.depth":
		return true
	}
	return false
}
