// Package ping reads the signals of scripts that can do no more than open an
// address: they have begun, they are done, they have failed, this is their
// output. It is pure. A script is a workflow, a run of it an execution with one
// step, which keeps what the script wrote.
package ping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// OutputBytesMax bounds the output that is kept of a signal: its end, because
// that is where scripts say what went wrong.
const OutputBytesMax = 10 << 10

const (
	exitMax         = 255
	messageLines    = 3 // of the output, that are the error
	messageBytesMax = 1 << 10
	format          = "ping"
	stepID          = "run"
)

// Kind is what a signal says.
type Kind uint8

// The kinds.
const (
	Start Kind = iota
	Success
	Failure
	Log
)

var kindNames = [...]string{"start", "success", "fail", "log"}

// Signal is one request to a ping address.
type Signal struct {
	Kind Kind
	Exit int // of Failure, 0: not said
}

// Parse reads the last part of the address: "" and 0 say that all went well.
func Parse(word string) (Signal, bool) {
	switch word {
	case "", "0":
		return Signal{Kind: Success}, true
	case "start":
		return Signal{Kind: Start}, true
	case "fail":
		return Signal{Kind: Failure}, true
	case "log":
		return Signal{Kind: Log}, true
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > exitMax || strconv.Itoa(n) != word {
		return Signal{}, false
	}
	return Signal{Kind: Failure, Exit: n}, true
}

// Check is the script that a key stands for. KeyID keeps its runs apart from
// those of other keys.
type Check struct {
	KeyID, WorkflowID, Name string
}

// Prefix begins the ids of the check's executions.
func (c *Check) Prefix() string { return format + ":" + c.KeyID + ":" }

// ExecutionID is the run that a script names by rid; false: rid is no id.
func (c *Check) ExecutionID(rid string) (string, bool) {
	id := c.Prefix() + rid
	return id, rid != "" && ingest.ValidID(id)
}

// Events are what the signal says of the run executionID. unique tells apart
// signals that say the same; "": the same signal of the same run is one.
func (c *Check) Events(s Signal, executionID, unique string, output []byte, now execution.Instant) []execution.Event {
	kept := tail(output)
	step, whole := c.event(executionID, unique, s, now), c.event(executionID, unique, s, now)
	step.StepID, step.StepName = stepID, c.Name
	if len(kept) > 0 {
		step.Output, step.HasOutput = quoted(kept), true
		step.OutputBytes = int64(len(output))
	}
	switch s.Kind {
	case Start:
		step.Type, whole.Type = execution.StepStarted, execution.ExecutionStarted
	case Success:
		step.Type, whole.Type = execution.StepCompleted, execution.ExecutionCompleted
	case Failure:
		step.Type, whole.Type = execution.StepFailed, execution.ExecutionFailed
		step.Error = s.failure(kept)
		whole.Error = step.Error
	case Log:
		step.Type = execution.StepProgress
	}
	whole.Metadata = ingest.Origin(whole.Type, []byte(strings.TrimPrefix(executionID, c.Prefix())), nil)
	step.ID = ingest.EventID([]byte(whole.ID), []byte(stepID))
	if s.Kind == Log {
		return []execution.Event{step}
	}
	return []execution.Event{whole, step}
}

func (c *Check) event(executionID, unique string, s Signal, now execution.Instant) execution.Event {
	return execution.Event{
		ID:          ingest.EventID([]byte(executionID), []byte(kindNames[s.Kind]), []byte(strconv.Itoa(s.Exit)), []byte(unique)),
		ExecutionID: executionID, WorkflowID: c.WorkflowID, WorkflowName: c.Name, Timestamp: now, ReceivedAt: now, Deadline: execution.NoInstant,
		DurationMs: execution.Unknown, CPUPercent: execution.Unknown, MemoryMB: execution.Unknown, InputBytes: execution.Unknown,
		OutputBytes: execution.Unknown, Progress: execution.Unknown,
	}
}

// failure is the exit code, and the last lines that the script wrote.
func (s Signal) failure(output []byte) *execution.ErrorInfo {
	info := execution.ErrorInfo{Type: "exit", Message: lastLines(output)}
	if s.Exit != 0 {
		info.Code = strconv.Itoa(s.Exit)
	}
	if info.Message == "" {
		info.Message = "fail"
		if s.Exit != 0 {
			info.Message = fmt.Sprintf("exit code %d", s.Exit)
		}
	}
	return &info
}

func lastLines(output []byte) string {
	lines := bytes.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' })
	lines = lines[max(0, len(lines)-messageLines):]
	text := string(bytes.TrimSpace(bytes.Join(lines, []byte("\n"))))
	if len(text) > messageBytesMax {
		text = string(afterCut([]byte(text), len(text)-messageBytesMax))
	}
	return text
}

// tail is the end of an output as text: valid, without control characters.
func tail(output []byte) []byte {
	if len(output) > OutputBytesMax {
		output = afterCut(output, len(output)-OutputBytesMax)
	}
	return bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return ' '
		}
		return r
	}, bytes.ToValidUTF8(output, []byte("\uFFFD")))
}

// afterCut drops at least n bytes, up to the end of a line where one is near,
// else up to the end of the word and the number there: half a number is not
// known as one and would not be masked.
func afterCut(b []byte, n int) []byte {
	rest := b[n:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 && end < len(rest)/2 {
		return rest[end+1:]
	}
	for len(rest) > 0 && !utf8.RuneStart(rest[0]) {
		rest = rest[1:]
	}
	rest = bytes.TrimLeftFunc(rest, inWord)
	return bytes.TrimLeftFunc(rest, inNumber)
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("@._%+-", r)
}

func inNumber(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(" +-()", r) }

func quoted(output []byte) json.RawMessage {
	text, err := json.Marshal(string(output))
	if err != nil {
		panic("BUG: ping: a string that is no JSON: " + err.Error())
	}
	return text
}
