package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

const eventIDBytes = 10 // of the hash that is an event's id

// FormatError is a file that is not in its format, or is cut off or broken.
type FormatError struct {
	Line    int // of the file, from 1; 0: of none
	Problem string
}

// Error names the line.
func (e *FormatError) Error() string {
	if e.Line == 0 {
		return e.Problem
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
}

// EventID is the same whenever a log is read, and one of its own for each event of an execution. The step is empty for events of the
// execution itself.
func EventID(format, kind, stepID, timestamp string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + stepID + "\x00" + timestamp))
	return format + "-" + hex.EncodeToString(sum[:eventIDBytes])
}

// ParseTime reads ISO 8601 as logs write it, also in its basic form. A time without an offset is UTC.
func ParseTime(s string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", "20060102T150405Z0700",
	} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Encoded is v as JSON, which it must have.
func Encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("BUG: values of a log are no JSON: " + err.Error())
	}
	return raw
}
