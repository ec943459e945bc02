package execution

import (
	"strconv"
	"strings"
)

// Some ends are told by nobody: Flowwatch concludes them from silence. Such an end gives way to any other, whatever the times, and holds only while nothing
// later is heard of than what it was concluded from. Its event's id says what that was, so that what is concluded once more is another event.

// concludedPrefix begins the ids of such ends; the time of the last event that was heard, in nanoseconds, follows. Those of older versions are called
// concludedOnce, and were concluded as of their own time.
const (
	concludedPrefix = "flowwatch:unheard:"
	concludedOnce   = "unheard"
)

// AssumedTag marks executions that have ended as far as anybody can tell.
const AssumedTag = "end:assumed"

// ConcludedID is the id of an end that was concluded from an execution whose last event is of that time.
func ConcludedID(last Instant) string {
	return concludedPrefix + strconv.FormatInt(int64(last), 10)
}

// IsConcluded reports whether an end with that event id was concluded.
func IsConcluded[S ~string | ~[]byte](id S) bool {
	return string(id) == concludedOnce || strings.HasPrefix(string(id), concludedPrefix)
}

// Concluded reports whether the execution has ended by an end that nobody told.
func (x *Execution) Concluded() bool { return x.end != nil && x.end.concluded() }

func (s stamp) concluded() bool { return IsConcluded(s.id) }

// basis is the time of the last event that the end was concluded from.
func (s stamp) basis() Instant {
	if at, err := strconv.ParseInt(strings.TrimPrefix(s.id, concludedPrefix), 10, 64); err == nil {
		return min(s.at, Instant(at))
	}
	return s.at
}

// mergeConcluded takes an end that nobody told. All else that it carries would outlive it.
func (x *Execution) mergeConcluded(e *Event, h uint64) {
	basis := stamp{e.Timestamp, e.ID}.basis()
	x.first, x.last = earliest(x.first, basis), max(x.last, basis)
	x.applyEnd(e, h)
	x.reopen()
}

// reopen takes back an end that was concluded from less than is known.
func (x *Execution) reopen() {
	if x.Concluded() && x.end.basis() < x.last {
		x.end = nil
	}
}

// assumed reports whether the execution has ended as far as anybody can tell.
func (x *Execution) assumed() bool { return x.Concluded() && !x.end.timedOut }

// shownTags are what events said, and whether the end is assumed.
func (x *Execution) shownTags() []string {
	if !x.assumed() {
		return x.tags
	}
	return append(x.tags[:len(x.tags):len(x.tags)], AssumedTag)
}

// withoutMark takes the mark of an assumed end off the tags of a document.
func (x *Execution) withoutMark() {
	n := len(x.tags)
	if !x.assumed() || n == 0 || x.tags[n-1] != AssumedTag {
		return
	}
	if x.tags = x.tags[:n-1]; n == 1 && x.fields[fieldTags].id == "" {
		x.tags = nil
	}
}
