package execution

import "encoding/json"

// EventType says what an engine reports.
type EventType uint8

// The types, in the order of the API.
const (
	ExecutionQueued EventType = iota
	ExecutionStarted
	ExecutionProgress
	ExecutionWaiting
	ExecutionResumed
	ExecutionCompleted
	ExecutionFailed
	ExecutionCancelled
	StepStarted
	StepProgress
	StepCompleted
	StepFailed
	StepSkipped
	StepRetrying
)

var eventTypeNames = [...]string{
	"execution.queued", "execution.started", "execution.progress", "execution.waiting", "execution.resumed",
	"execution.completed", "execution.failed", "execution.cancelled",
	"step.started", "step.progress", "step.completed", "step.failed", "step.skipped", "step.retrying",
}

// String is the type's name in the API.
func (t EventType) String() string { return nameOf(eventTypeNames[:], int(t)) }

// IsStep reports whether events of the type are about a step.
func (t EventType) IsStep() bool { return t >= StepStarted }

// Ends reports whether events of the type end an execution.
func (t EventType) Ends() bool { return t >= ExecutionCompleted && t <= ExecutionCancelled }

// ParseEventType finds a type by its name in the API.
func ParseEventType(name string) (EventType, bool) {
	i, ok := indexOf(eventTypeNames[:], name)
	return EventType(i), ok
}

// Unknown is the value of a number that an event does not carry.
const Unknown = -1

// Event is one report of an engine, valid and complete. Numbers that it does
// not carry are Unknown, times NoInstant, Attempt is 0.
type Event struct {
	ID         string // unique in its execution
	Type       EventType
	Timestamp  Instant // when it happened
	ReceivedAt Instant

	ExecutionID, WorkflowID       string
	WorkflowName, WorkflowVersion string
	Priority                      Priority
	EnginePriority                string     // as the engine said it, where that is none of the three
	Plan                          []PlanStep // nil: none declared
	StepID, StepName              string
	Attempt                       int
	Input, Output                 json.RawMessage
	HasInput, HasOutput           bool // also after Input and Output were put elsewhere
	Error                         *ErrorInfo
	DurationMs                    int64
	CPUPercent, MemoryMB          float64
	InputBytes, OutputBytes       int64
	Progress                      int // percent
	TimedOut                      bool
	RetryOf                       string
	ClientRef                     string
	Tags                          []string // nil: not said
	Deadline                      Instant
	Metadata                      json.RawMessage // nil: not said
	ClockSkewed                   bool            // the engine's clock was ahead; Timestamp is ReceivedAt
	Began                         Instant         // of an end: when began what it ended, as if a start had told it; 0: it does not say
	Top                           string          // names what stands at the top of the execution, see aside.go; of no event that is Under something
	Under                         string          // of a step: it is one only if what it names stands at the top; "": it is, as in the journal when that is known
}

// PlanStep is one declared step.
type PlanStep struct {
	StepID    string   `json:"stepId"`
	Name      string   `json:"name"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// ErrorInfo is what an engine says of a failure.
type ErrorInfo struct {
	Type, Code, Message, Stack string
}

// tellsStart reports whether the event is an end that says when began what it ended.
func (e *Event) tellsStart() bool {
	switch e.Type {
	case ExecutionCompleted, ExecutionFailed, ExecutionCancelled, StepCompleted, StepFailed, StepSkipped, StepRetrying:
		return e.Began != 0
	default:
		return false
	}
}

// earliest is the earliest time that the event tells of.
func (e *Event) earliest() Instant {
	if e.tellsStart() {
		return min(e.Began, e.Timestamp)
	}
	return e.Timestamp
}

// Hash is the id in 64 bits, by which an execution knows its events and the
// store their payloads; never 0. It is FNV-1a with the finalizer of
// MurmurHash3, which spreads ids that differ in their last digits only.
func (e *Event) Hash() uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := 0; i < len(e.ID); i++ {
		h = (h ^ uint64(e.ID[i])) * prime
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return max(h, 1)
}
