package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"time"
)

const (
	playedIDBytes = 12 // of the hash that is the id of an event that is played
	offsetMax     = 100 * 365 * 24 * time.Hour
)

// Pace is how a log is played: as if what happened at First happened at Began, and all that came after it Speed times as fast.
type Pace struct {
	First, Began time.Time
	Speed        float64 // above 0
	Prefix       string  // before the ids of executions
}

// TimeOf is when an event says that it happened; zero if it does not.
func TimeOf(event []byte) time.Time {
	var said map[string]json.RawMessage
	if json.Unmarshal(event, &said) != nil {
		return time.Time{}
	}
	at, _ := ParseTime(textIn(said["timestamp"]))
	return at
}

// Offset is how long after Began a time of the log is played; 0 for what lies before First.
func (p *Pace) Offset(at time.Time) time.Duration {
	seconds := at.Sub(p.First).Seconds() / p.Speed
	return time.Duration(min(max(seconds, 0), offsetMax.Seconds()) * float64(time.Second))
}

// Event is an event as it is sent: all its times moved, its duration shorter, and with an id of its own, since it is not what happened
// then. What is no JSON object stays as it is.
func (p *Pace) Event(event []byte) []byte {
	var e map[string]json.RawMessage
	if err := json.Unmarshal(event, &e); err != nil || e == nil {
		return event
	}
	for _, name := range []string{"timestamp", "deadline"} {
		if at, ok := ParseTime(textIn(e[name])); ok {
			e[name] = Encoded(p.moved(at))
		}
	}
	var duration *float64
	if json.Unmarshal(e["durationMs"], &duration) == nil && duration != nil {
		most := math.Copysign(math.MaxFloat64, *duration) // as large as a number can be
		if played := *duration / p.Speed; !math.IsInf(played, 0) {
			most = played
		}
		e["durationMs"] = Encoded(most)
	}
	if id := textIn(e["eventId"]); id != "" {
		sum := sha256.Sum256([]byte(id + "\x00" + strconv.FormatInt(p.Began.UnixNano(), 10)))
		e["eventId"] = Encoded("replay-" + hex.EncodeToString(sum[:playedIDBytes]))
	}
	for _, name := range []string{"executionId", "retryOf"} {
		if id := textIn(e[name]); id != "" && p.Prefix != "" {
			e[name] = Encoded(p.Prefix + id)
		}
	}
	return Encoded(e)
}

// moved is a time of the log as it is played; a deadline may lie before the log.
func (p *Pace) moved(at time.Time) string {
	moved := p.Began.Add(p.Offset(at))
	if at.Before(p.First) {
		moved = p.Began.Add(-p.Offset(p.First.Add(p.First.Sub(at))))
	}
	return moved.UTC().Format(time.RFC3339Nano)
}

// textIn is a JSON string's text; "" for anything else.
func textIn(raw json.RawMessage) (text string) {
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}
