// Package xes reads event logs in XES (IEEE 1849), one trace at a time, and makes of each trace the events of one execution.
//
// A trace is an execution, an activity a step, each visit of an activity a step of its own. The same log gives the same
// events with the same ids, whenever it is read. The package is pure but for the reader that it is given.
package xes

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"flowwatch/cmd/flowwatch/eventlog"
)

// Limits of one trace. A server takes 100,000 events for an execution, its start and end among them; a whole trace is in memory.
const (
	TraceEventsMax     = 99_998
	traceAttributesMax = 1000
	eventAttributesMax = 1000
)

// Standard keys of the extensions that every log uses.
const (
	keyName       = "concept:name"
	keyInstance   = "concept:instance"
	keyTransition = "lifecycle:transition"
	keyTime       = "time:timestamp"
)

// Attribute is one key with its value: a string, int64, float64, bool or time.Time.
type Attribute struct {
	Key   string
	Value any
}

// Event is one line of a trace. Name is the activity; Transition is in lower case and "complete" when the log says none.
type Event struct {
	Line       int
	Name       string
	Instance   string // tells activities apart that run beside each other; mostly empty
	Transition string
	Timed      bool // whether At is known; time 0 is a time
	At         time.Time
	Attributes []Attribute // but for the standard ones
}

// Trace is one case of a log. Events are in the order of the file.
type Trace struct {
	Line       int // of the file, from 1
	Name       string
	Attributes []Attribute // but for the name
	Events     []Event
}

// Reader reads one log. Not safe for concurrent use.
type Reader struct {
	xml   *xml.Decoder
	file  *file
	begun bool
	name  string
}

// file remembers what went wrong below the parser.
type file struct {
	in  *bufio.Reader
	err error
}

// Read reads on.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.in.Read(p)
	return n, f.note(err)
}

// ReadByte is what the parser calls.
func (f *file) ReadByte() (byte, error) {
	b, err := f.in.ReadByte()
	return b, f.note(err)
}

func (f *file) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return err
}

// NewReader reads from r, which is not compressed.
func NewReader(r io.Reader) *Reader {
	f := &file{in: bufio.NewReader(r)}
	d := xml.NewDecoder(f)
	d.CharsetReader = latin
	return &Reader{xml: d, file: f}
}

// Name is what the log calls itself, as far as it has said so before the last trace read; empty if it has not.
func (r *Reader) Name() string { return r.name }

// Next returns the next trace, which is the caller's, or io.EOF after the last one. Errors of what is written in the file are a
// eventlog.FormatError, others come from the reader underneath.
func (r *Reader) Next() (*Trace, error) {
	if !r.begun {
		if err := r.begin(); err != nil {
			return nil, err
		}
		r.begun = true
	}
	for {
		start, err := r.child()
		switch {
		case err != nil:
			return nil, err
		case start == nil:
			return nil, r.end()
		case start.Name.Local == "trace":
			return r.trace()
		}
		a, err := r.attribute(start)
		if err != nil {
			return nil, err
		}
		if a != nil && a.Key == keyName {
			r.name = textOf(a.Value)
		}
	}
}

// begin finds the log element.
func (r *Reader) begin() error {
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return r.wrong("the file holds no XES log")
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != "log" {
				return r.wrong("this is no XES log: it begins with <" + start.Name.Local + ">")
			}
			return nil
		}
	}
}

// end requires that nothing follows the log.
func (r *Reader) end() error {
	for {
		token, err := r.token()
		if err != nil {
			return err // io.EOF is the end that Next promises
		}
		if _, ok := token.(xml.StartElement); ok {
			return r.wrong("something follows the log")
		}
	}
}

func (r *Reader) trace() (*Trace, error) {
	t := &Trace{Line: r.line()}
	for {
		start, err := r.child()
		switch {
		case err != nil:
			return nil, err
		case start == nil:
			return t, nil
		case start.Name.Local == "event":
			if len(t.Events) == TraceEventsMax {
				return nil, r.wrong(fmt.Sprintf("a trace has more than %d events", TraceEventsMax))
			}
			e, err := r.event()
			if err != nil {
				return nil, err
			}
			t.Events = append(t.Events, e)
			continue
		}
		a, err := r.attribute(start)
		if err != nil {
			return nil, err
		}
		switch {
		case a == nil:
		case a.Key == keyName:
			t.Name = textOf(a.Value)
		case len(t.Attributes) < traceAttributesMax:
			t.Attributes = append(t.Attributes, *a)
		}
	}
}

func (r *Reader) event() (Event, error) {
	e := Event{Line: r.line(), Transition: "complete"}
	for {
		start, err := r.child()
		if err != nil || start == nil {
			return e, err
		}
		a, err := r.attribute(start)
		if err != nil {
			return e, err
		}
		if a == nil {
			continue
		}
		switch a.Key {
		case keyName:
			e.Name = textOf(a.Value)
		case keyInstance:
			e.Instance = textOf(a.Value)
		case keyTransition:
			e.Transition = strings.ToLower(textOf(a.Value))
		case keyTime:
			at, ok := a.Value.(time.Time)
			if !ok {
				return e, r.wrong(fmt.Sprintf("%s %q is not a time", keyTime, textOf(a.Value)))
			}
			e.At, e.Timed = at, true
		default:
			if len(e.Attributes) < eventAttributesMax {
				e.Attributes = append(e.Attributes, *a)
			}
		}
	}
}

// attribute reads the rest of an element; nil if it is none with a plain value. What is nested in it is left out.
func (r *Reader) attribute(start *xml.StartElement) (*Attribute, error) {
	var key, value string
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "key":
			key = a.Value
		case "value":
			value = a.Value
		}
	}
	kind := start.Name.Local
	if err := r.xml.Skip(); err != nil {
		return nil, r.explain(err)
	}
	switch kind {
	case "string", "id", "date", "int", "float", "boolean":
		return &Attribute{Key: key, Value: valueOf(kind, value)}, nil
	}
	return nil, nil
}

// child returns the next element below the present one; nil after its last.
func (r *Reader) child() (*xml.StartElement, error) {
	for {
		token, err := r.token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

func (r *Reader) token() (xml.Token, error) {
	token, err := r.xml.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, r.explain(err)
	}
	return token, err
}

// explain turns what the parser says into a FormatError.
func (r *Reader) explain(err error) error {
	if r.file.err != nil {
		return fmt.Errorf("line %d: %w", r.line(), r.file.err)
	}
	if encoding := encodingError(""); errors.As(err, &encoding) {
		return r.wrong(encoding.Error())
	}
	if syntax := new(xml.SyntaxError); errors.As(err, &syntax) {
		return &eventlog.FormatError{Line: syntax.Line, Problem: "the XML is broken: " + syntax.Msg}
	}
	return r.wrong("the XML cannot be read: " + strings.TrimPrefix(err.Error(), "xml: "))
}

func (r *Reader) wrong(problem string) error {
	return &eventlog.FormatError{Line: r.line(), Problem: problem}
}

func (r *Reader) line() int {
	line, _ := r.xml.InputPos()
	return line
}

// valueOf reads a value of the kind; one that is not well written stays a string.
func valueOf(kind, value string) any {
	value = strings.TrimSpace(value)
	switch kind {
	case "date":
		if at, ok := eventlog.ParseTime(value); ok {
			return at
		}
	case "int":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	case "float":
		if n, err := strconv.ParseFloat(value, 64); err == nil && n-n == 0 { // neither infinite nor not a number
			return n
		}
	case "boolean":
		if b, err := strconv.ParseBool(value); err == nil {
			return b
		}
	}
	return value
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

// latin makes UTF-8 of the one other encoding in which logs are written.
func latin(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "latin1", "latin-1":
		return &latinReader{in: in}, nil
	}
	return nil, encodingError(name)
}

// encodingError is the name of an encoding that is not known.
type encodingError string

// Error says what to do.
func (e encodingError) Error() string {
	return "the encoding " + string(e) + " is not known; convert the file to UTF-8"
}

// latinReader reads ISO 8859-1.
type latinReader struct {
	in   io.Reader
	left bytes.Buffer
}

// Read gives UTF-8.
func (l *latinReader) Read(p []byte) (int, error) {
	if l.left.Len() == 0 {
		piece := make([]byte, len(p))
		n, err := l.in.Read(piece)
		for _, b := range piece[:n] {
			l.left.WriteRune(rune(b))
		}
		if n == 0 {
			return 0, err
		}
	}
	return l.left.Read(p)
}
