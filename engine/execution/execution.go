// Package execution merges the events of one execution into its state.
//
// It is pure: no clock, no I/O, no log. What an Execution shows depends on the
// set of its events alone, not on their order or repetition:
//
//   - a plain field has the value of the event with the greatest (timestamp,
//     id) that carries it;
//   - queuedAt and startedAt are the earliest of their events; of several ends
//     the earliest wins, at the same time failed before cancelled before
//     completed; an end that was told is never undone, for others see
//     concluded.go;
//   - a step keeps the marks that its events left (starts, ends, retries), and
//     attempts are derived from all of them, see attempt.go;
//   - what is a step only below the top waits until the top is known, see aside.go.
//
// document.go writes an execution as the store keeps it, header.go the part of
// it that lists read, eventcodec.go the journal's form of an event.
package execution

import "slices"

// EventsMax is how many events one execution takes.
const EventsMax = 100_000

// Execution is the merged state of one execution. It is not safe for
// concurrent use; methods that only read may be called at the same time.
type Execution struct {
	id   string
	seen seen

	fields [fieldCount]stamp // who said the value of each field

	workflowID, workflowName, workflowVersion string
	priority                                  Priority
	enginePriority                            string
	clientRef, retryOf                        string
	tags                                      []string
	deadline                                  Instant
	metadata                                  []byte
	attempt, progress                         int
	input                                     uint64 // Event.Hash of the one that carried it

	first, last Instant // times of the earliest and the latest event that is not aside
	queued      Instant // earliest execution.queued
	turns       []turn  // started, waiting and resumed, in order
	active      bool    // something other than queued and an end was reported
	skewed      bool
	end         *end

	plan    []PlanStep
	planned map[string]int // index of each step in plan
	steps   map[string]*step
	open    []*step // being worked on
	done    tallies // steps that are done

	tops     []string   // what events named so, rising
	aside    []Event    // of what may turn out to be steps
	asideOf  [2]Instant // the earliest and the latest time of those
	released []Event    // from aside, by the event that was applied last
}

// WorkflowID is the workflow that the execution runs; "" until an event said so.
func (x *Execution) WorkflowID() string { return x.workflowID }

// Ended reports whether the execution has ended.
func (x *Execution) Ended() bool { return x.end != nil }

// ClientRef is the client whom the execution is about; "" when none was named.
func (x *Execution) ClientRef() string { return x.clientRef }

// tallies counts steps by whether the plan has them.
type tallies struct{ planned, others int }

// turn is an event that made the execution run or wait.
type turn struct {
	at   Instant
	kind EventType // ExecutionStarted, ExecutionWaiting or ExecutionResumed: in this order at the same time
}

// end is the event that ended the execution.
type end struct {
	stamp
	kind       EventType
	durationMs int64
	err        *ErrorInfo
	timedOut   bool
	output     uint64 // Event.Hash if it carried one
}

// New returns an execution of which nothing is known.
func New(id string) *Execution {
	return &Execution{
		id: id, deadline: NoInstant, first: NoInstant, last: NoInstant, queued: NoInstant,
		attempt: 1, progress: Unknown, steps: map[string]*step{}, asideOf: [2]Instant{NoInstant, NoInstant},
	}
}

// field names what the last event that carries it decides.
type field int

const (
	fieldWorkflowID field = iota
	fieldWorkflowName
	fieldWorkflowVersion
	fieldPriority
	fieldPlan
	fieldClientRef
	fieldTags
	fieldDeadline
	fieldMetadata
	fieldRetryOf
	fieldAttempt
	fieldProgress
	fieldInput
	fieldCount
)

// stamp is an event's place among all of its execution; the zero stamp is
// before any of them.
type stamp struct {
	at Instant
	id string
}

// after reports whether s wins over o.
func (s stamp) after(o stamp) bool {
	return o.id == "" || s.at > o.at || s.at == o.at && s.id > o.id
}

// seen is a set of event hashes: a list as long as it is short.
type seen struct {
	list []uint64
	set  map[uint64]struct{} // of list, when that is long and was asked
}

const seenListMax = 48

func (s *seen) has(h uint64) bool {
	if len(s.list) <= seenListMax {
		return slices.Contains(s.list, h)
	}
	if s.set == nil { // what is only read never comes here
		s.set = make(map[uint64]struct{}, 2*len(s.list))
		for _, h := range s.list {
			s.set[h] = struct{}{}
		}
	}
	_, ok := s.set[h]
	return ok
}

func (s *seen) add(h uint64) {
	s.list = append(s.list, h)
	if s.set != nil {
		s.set[h] = struct{}{}
	}
}
