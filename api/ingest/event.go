package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"flowwatch/engine/execution"
)

// Limits of one event.
const (
	NameRunesMax     = 255
	TagsMax          = 32
	TagRunesMax      = 64
	metadataBytesMax = 32 << 10
	metadataKeysMax  = 200
	AttemptMax       = 1_000_000
	progressMax      = 100
	measureMax       = 1 << 53  // durations and sizes; beyond, JSON numbers are not exact
	errorBytesMax    = 16 << 10 // of a message; what is longer is cut
	stackBytesMax    = 64 << 10
	aheadMax         = 5 * time.Minute
)

// decoder reads one body. The first thing wrong with an event is kept in code
// and message; the methods that read fields give zero values from then on.
type decoder struct {
	scanner
	fields       fields
	organization string
	now          execution.Instant
	index        int // of the next event
	batch        Batch
	code         string
	message      string
	recent       recent
	format       Format     // without Translate: the items are events
	outline      []outlined // the members of the item that is translated
	native       bool       // fields are of an event that stands in it
	engine       engineName // that the last ids were of
}

func (d *decoder) reject(code, message string) {
	if d.code == "" {
		d.code, d.message = code, message
	}
}

func (d *decoder) refuse(code string, f field, message string) {
	if d.code == "" {
		d.code, d.message = code, fieldNames[f]+" "+message
	}
}

// given reports whether the event carries the field; null is as good as absent.
func (d *decoder) given(f field) bool { return d.fields[f].kind > null }

// event turns d.fields into e.
func (d *decoder) event(e *execution.Event) {
	d.kind(e)
	d.news(e)
	if e.ID == "" && d.code == "" {
		e.ID = d.identity()
	}
}

// news reads all but the type, and identity where none is given.
func (d *decoder) news(e *execution.Event) {
	e.ExecutionID = d.id(fieldExecutionID, true)
	if e.ExecutionID == "active" {
		d.refuse(CodeInvalidID, fieldExecutionID, `must not be "active"`)
	}
	e.WorkflowID = d.id(fieldWorkflowID, true)
	e.StepID = d.id(fieldStepID, e.Type.IsStep())
	e.ID = d.id(fieldEventID, false)
	e.RetryOf = d.id(fieldRetryOf, false)
	d.times(e)
	e.WorkflowName = d.name(fieldWorkflowName)
	e.WorkflowVersion = d.name(fieldWorkflowVersion)
	e.StepName = d.name(fieldStepName)
	e.ClientRef = d.name(fieldClientRef)
	d.priority(e)
	d.measures(e)
	e.TimedOut = d.flag(fieldTimedOut)
	if d.given(fieldTags) {
		e.Tags = d.tags()
	}
	if d.given(fieldSteps) {
		e.Plan = d.plan()
	}
	if d.given(fieldError) {
		e.Error = d.failure()
	}
	if d.given(fieldMetadata) {
		e.Metadata = d.metadata()
	}
	if d.given(fieldInput) {
		e.Input, e.HasInput = d.raw(d.fields[fieldInput]), true
	}
	if d.given(fieldOutput) {
		e.Output, e.HasOutput = d.raw(d.fields[fieldOutput]), true
	}
}

// identity makes the id of an event that came without one. Only an event that
// says when it happened can be known again.
func (d *decoder) identity() string {
	if d.given(fieldTimestamp) {
		return d.derivedID()
	}
	id, err := uuid.NewV7()
	if err != nil {
		panic("BUG: ingest: no randomness: " + err.Error())
	}
	return id.String()
}

func (d *decoder) kind(e *execution.Event) {
	if !d.given(fieldType) {
		d.refuse(CodeMissingField, fieldType, "is required")
		return
	}
	b, ok := d.text(fieldType)
	if ok {
		e.Type, ok = execution.ParseEventType(string(b))
	}
	if !ok {
		d.refuse(CodeUnknownType, fieldType, "is not one of the known types")
	}
}

// text is the inside of a string, escapes resolved; it may alias the body.
func (d *decoder) text(f field) ([]byte, bool) { return d.textOf(d.fields[f]) }

func (d *decoder) id(f field, required bool) string {
	if !d.given(f) {
		if required {
			d.refuse(CodeMissingField, f, "is required")
		}
		return ""
	}
	b, ok := d.text(f)
	if !ok || !validID(b) {
		d.refuse(CodeInvalidID, f, "must be a string of 1 to 128 characters of A-Z a-z 0-9 . _ : -")
		return ""
	}
	if f == fieldEventID {
		return string(b) // never comes again, unlike the others
	}
	return d.recent.string(b)
}

func (d *decoder) name(f field) string {
	if !d.given(f) {
		return ""
	}
	b, ok := d.text(f)
	if !ok || !validName(b, NameRunesMax) {
		d.refuse(CodeInvalidField, f, "must be a string of at most 255 characters without control characters")
		return ""
	}
	return d.recent.string(b)
}

func (d *decoder) flag(f field) bool {
	if d.given(f) && d.fields[f].kind != boolean {
		d.refuse(CodeInvalidField, f, "must be true or false")
	}
	return d.given(f) && d.data[d.fields[f].start] == 't'
}

// priority maps what engines say to the three that there are (B-44).
func (d *decoder) priority(e *execution.Event) {
	original := d.name(fieldPriority)
	switch {
	case original == "":
	case original == "HIGH":
		e.Priority = execution.High
	case original == "NORMAL":
		e.Priority = execution.Normal
	case original == "LOW":
		e.Priority = execution.Low
	case bytes.EqualFold([]byte(original), []byte("critical")):
		e.Priority, e.EnginePriority = execution.High, original
	default:
		e.Priority, e.EnginePriority = execution.Normal, original
	}
}

// times reads timestamp and deadline. A clock that is far ahead is not
// believed: the event happened when it was received (B-75).
func (d *decoder) times(e *execution.Event) {
	e.ReceivedAt, e.Timestamp, e.Deadline = d.now, d.now, execution.NoInstant
	if at, given := d.moment(fieldTimestamp); given {
		d.happened(e, at)
	}
	if at, given := d.moment(fieldDeadline); given {
		if at.seconds >= deadlineEnd {
			d.refuse(CodeInvalidTimestamp, fieldDeadline, "must be before the year 2262")
			return
		}
		e.Deadline = at.instant()
	}
}

func (d *decoder) happened(e *execution.Event, at moment) {
	if at.seconds > secondsMax-1 || at.instant() > d.now+execution.Instant(aheadMax) {
		e.ClockSkewed = true
	} else {
		e.Timestamp = at.instant()
	}
}

func (m moment) instant() execution.Instant {
	return execution.Instant(m.seconds*nanosPerSecond + m.nanos)
}

func (d *decoder) moment(f field) (m moment, given bool) {
	if !d.given(f) {
		return moment{}, false
	}
	b, ok := d.text(f)
	if ok {
		m, ok = parseTime(b)
	}
	if !ok || m.seconds < 0 {
		d.refuse(CodeInvalidTimestamp, f, "must be RFC 3339 with offset, from 1970 on")
		return moment{}, false
	}
	return m, true
}

// tags are a set of short names.
func (d *decoder) tags() []string {
	var tags []string
	ok := d.each(d.fields[fieldTags], func(v value) bool {
		b, ok := d.textOf(v)
		if !ok || len(b) == 0 || !validName(b, TagRunesMax) || len(tags) == TagsMax {
			return false
		}
		tags = append(tags, d.recent.string(b))
		return true
	})
	if !ok {
		d.refuse(CodeInvalidField, fieldTags, fmt.Sprintf("must be at most %d strings of 1 to %d characters", TagsMax, TagRunesMax))
		return nil
	}
	return tags
}

// failure reads error: a string, or an object with a message.
func (d *decoder) failure() *execution.ErrorInfo {
	v := d.fields[fieldError]
	if v.kind == text {
		if message, ok := d.running(v, errorBytesMax); ok {
			return &execution.ErrorInfo{Message: message}
		}
	}
	var info execution.ErrorInfo
	ok := v.kind == object && d.eachMember(v, func(name []byte, v value) bool {
		if v.kind == null {
			return true
		}
		var ok bool
		switch string(name) {
		case "message":
			info.Message, ok = d.running(v, errorBytesMax)
		case "stack":
			info.Stack, ok = d.running(v, stackBytesMax)
		case "type":
			info.Type, ok = d.word(v)
		case "code":
			if v.kind == number { // of HTTP, of an exit
				info.Code, ok = string(d.raw(v)), v.end-v.start <= NameRunesMax
			} else {
				info.Code, ok = d.word(v)
			}
		default:
			return true
		}
		return ok
	})
	if !ok || info == (execution.ErrorInfo{}) && v.kind == object {
		d.refuse(CodeInvalidField, fieldError, "must be a string or {type, code, message, stack} of strings without control characters")
		return nil
	}
	return &info
}

func (d *decoder) word(v value) (string, bool) {
	b, ok := d.textOf(v)
	if !ok || !validName(b, NameRunesMax) {
		return "", false
	}
	return d.recent.string(b), true
}

// running reads a text that may have lines; what is over bytesMax is cut.
func (d *decoder) running(v value, bytesMax int) (string, bool) {
	b, ok := d.textOf(v)
	if !ok || hasControl(b, true) {
		return "", false
	}
	if len(b) <= bytesMax {
		return string(b), true
	}
	return string(b[:cutBefore(b, bytesMax)]) + "…", true
}

// cutBefore is where to cut a text that is longer than bytesMax: before the word, and the groups of a number, that would be cut in two, because half of a
// number is not recognised as one and would not be masked. A word of more than 64 bytes is no number; it is cut between two runes.
func cutBefore(b []byte, bytesMax int) int {
	const backMax = 64
	cut := bytesMax
	for !utf8.RuneStart(b[cut]) {
		cut--
	}
	word := cut
	for cut-word < backMax && word > 0 && inWord(b[word-1]) {
		word--
	}
	if cut-word == backMax {
		return cut
	}
	number := word
	for word-number < backMax && number > 0 && bytes.IndexByte([]byte("0123456789 +-()"), b[number-1]) >= 0 {
		number--
	}
	return number
}

func inWord(c byte) bool {
	return c >= utf8.RuneSelf || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || bytes.IndexByte([]byte("@._%+-"), c) >= 0
}

// metadata is kept as it was sent.
func (d *decoder) metadata() json.RawMessage {
	v := d.fields[fieldMetadata]
	keys := 0
	ok := v.kind == object && v.end-v.start <= metadataBytesMax && d.eachMember(v, func([]byte, value) bool {
		keys++
		return keys <= metadataKeysMax
	})
	if !ok || d.escapesControl(v) {
		d.refuse(CodeInvalidField, fieldMetadata,
			fmt.Sprintf("must be an object of at most %d bytes and %d keys without control characters", metadataBytesMax, metadataKeysMax))
		return nil
	}
	return bytes.Clone(d.raw(v))
}

// escapesControl looks for control characters in any text of v.
func (d *decoder) escapesControl(v value) bool {
	raw := d.raw(v)
	if bytes.IndexByte(raw, '\\') < 0 && bytes.IndexByte(raw, 0x7F) < 0 && bytes.IndexByte(raw, 0xC2) < 0 {
		return false
	}
	inside := scanner{data: raw}
	for inside.at < len(raw) {
		if raw[inside.at] != '"' {
			inside.at++
			continue
		}
		start := inside.at + 1
		if escaped, ok := inside.text(); ok {
			b := raw[start : inside.at-1]
			if escaped {
				b = unquoted(b)
			}
			if hasControl(b, true) {
				return true
			}
		}
	}
	return false
}
