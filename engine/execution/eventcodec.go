package execution

import "encoding/binary"

// An event in the journal is a byte for its type, a uvarint of flags that say
// what follows, then, in the order of the flags, what it carries. Timestamp and
// ReceivedAt are always there: the first as a varint, the second as a varint
// less the first. Inputs and outputs are stored apart; only that they were
// there is kept.
const (
	hasWorkflowName uint64 = 1 << iota
	hasWorkflowVersion
	hasPriority
	hasEnginePriority
	hasPlan
	hasStepID
	hasStepName
	hasAttempt
	hasInput
	hasOutput
	hasError
	hasDuration
	hasCPU
	hasMemory
	hasInputBytes
	hasOutputBytes
	hasProgress
	isTimedOut
	hasRetryOf
	hasClientRef
	hasTags
	hasDeadline
	hasMetadata
	isSkewed
	hasTop
	hasUnder
	hasBegan
)

func (e *Event) flags() (f uint64) {
	for flag, on := range [...]bool{
		e.WorkflowName != "", e.WorkflowVersion != "", e.Priority != PriorityNone, e.EnginePriority != "", e.Plan != nil,
		e.StepID != "", e.StepName != "", e.Attempt != 0, e.HasInput, e.HasOutput, e.Error != nil, e.DurationMs != Unknown,
		e.CPUPercent != Unknown, e.MemoryMB != Unknown, e.InputBytes != Unknown, e.OutputBytes != Unknown, e.Progress != Unknown,
		e.TimedOut, e.RetryOf != "", e.ClientRef != "", e.Tags != nil, e.Deadline.Present(), e.Metadata != nil, e.ClockSkewed,
		e.Top != "", e.Under != "", e.Began != 0,
	} {
		if on {
			f |= 1 << flag
		}
	}
	return f
}

// AppendEvent appends the journal's form of e.
func AppendEvent(dst []byte, e *Event) []byte {
	f := e.flags()
	dst = binary.AppendUvarint(append(dst, byte(e.Type)), f)
	dst = binary.AppendVarint(dst, int64(e.Timestamp))
	dst = binary.AppendVarint(dst, int64(e.ReceivedAt-e.Timestamp))
	dst = appendID(appendID(appendText(dst, e.WorkflowID), e.ExecutionID), e.ID)
	dst = appendTextIf(dst, e.WorkflowName)
	dst = appendTextIf(dst, e.WorkflowVersion)
	if f&hasPriority != 0 {
		dst = append(dst, byte(e.Priority))
	}
	dst = appendTextIf(dst, e.EnginePriority)
	if f&hasPlan != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.Plan)))
		for i := range e.Plan {
			dst = appendPlanStep(dst, &e.Plan[i])
		}
	}
	dst = appendTextIf(appendTextIf(dst, e.StepID), e.StepName)
	if f&hasAttempt != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.Attempt))
	}
	if f&hasError != 0 {
		dst = appendError(dst, e.Error)
	}
	dst = appendNumbers(dst, e, f)
	dst = appendTextIf(appendTextIf(dst, e.RetryOf), e.ClientRef)
	if f&hasTags != 0 {
		dst = appendTexts(dst, e.Tags)
	}
	if f&hasDeadline != 0 {
		dst = binary.AppendVarint(dst, int64(e.Deadline))
	}
	if f&hasMetadata != 0 {
		dst = appendText(dst, e.Metadata)
	}
	dst = appendTextIf(appendTextIf(dst, e.Top), e.Under)
	if f&hasBegan != 0 {
		dst = binary.AppendVarint(dst, int64(e.Timestamp-e.Began))
	}
	return dst
}

func appendNumbers(dst []byte, e *Event, f uint64) []byte {
	if f&hasDuration != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.DurationMs))
	}
	if f&hasCPU != 0 {
		dst = appendFloat(dst, e.CPUPercent)
	}
	if f&hasMemory != 0 {
		dst = appendFloat(dst, e.MemoryMB)
	}
	if f&hasInputBytes != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.InputBytes))
	}
	if f&hasOutputBytes != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.OutputBytes))
	}
	if f&hasProgress != 0 {
		dst = append(dst, byte(e.Progress))
	}
	return dst
}

func appendTextIf(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	return appendText(dst, s)
}

// ReadEvent reads what AppendEvent wrote and returns what follows it. The
// event holds copies of its own.
func ReadEvent(data []byte) (e Event, rest []byte, err error) {
	r := source{data: data}
	e = r.event()
	if e.ID == "" || e.ExecutionID == "" {
		r.fail()
	}
	return e, r.data, wrapped("event", r.err())
}

// Skimmed is what tells events apart that somebody looks for. Its bytes are borrowed.
type Skimmed struct {
	Type       EventType
	Timestamp  Instant
	WorkflowID []byte
	ID         []byte // nil: it is none that Flowwatch makes, but a UUID or a hash
	Aside      bool   // nobody knows yet whether it is of a step; it comes again when it is
}

// Concluded reports whether it is an end that nobody told, but Flowwatch concluded when it was written.
func (s *Skimmed) Concluded() bool { return s.Type.Ends() && IsConcluded(s.ID) }

// SkimEvent reads little of what AppendEvent wrote and returns what follows it all. It copies nothing.
func SkimEvent(data []byte) (s Skimmed, rest []byte, err error) {
	r, head := source{data: data, skims: true}, source{data: data, skims: true}
	e := r.event()
	s.Type, s.Timestamp = e.Type, e.Timestamp
	head.byte()
	s.Aside = head.uvarint()&hasUnder != 0
	head.varint()
	head.varint()
	s.WorkflowID = head.bytes(head.count(1))
	head.id()
	if form := head.uvarint(); form > idText {
		s.ID = head.bytes(int(min(form-idText, uint64(len(head.data)))))
	}
	return s, r.data, wrapped("event", r.err())
}

// event reads an event, whose ids may be missing.
func (r *source) event() (e Event) {
	kind, f := r.byte(), r.uvarint()
	if kind > byte(StepRetrying) {
		r.fail()
	}
	e = Event{
		Type: EventType(kind), Deadline: NoInstant, HasInput: f&hasInput != 0, HasOutput: f&hasOutput != 0,
		TimedOut: f&isTimedOut != 0, ClockSkewed: f&isSkewed != 0,
		DurationMs: Unknown, CPUPercent: Unknown, MemoryMB: Unknown, InputBytes: Unknown, OutputBytes: Unknown, Progress: Unknown,
	}
	e.Timestamp = Instant(r.varint())
	e.ReceivedAt = e.Timestamp + Instant(r.varint())
	e.WorkflowID, e.ExecutionID, e.ID = r.text(), r.id(), r.id()
	e.WorkflowName, e.WorkflowVersion = r.textIf(f, hasWorkflowName), r.textIf(f, hasWorkflowVersion)
	if f&hasPriority != 0 {
		e.Priority = Priority(r.byte())
	}
	e.EnginePriority = r.textIf(f, hasEnginePriority)
	if f&hasPlan != 0 {
		e.Plan = make([]PlanStep, r.count(3))
		for i := range e.Plan {
			e.Plan[i] = r.planStep()
		}
	}
	e.StepID, e.StepName = r.textIf(f, hasStepID), r.textIf(f, hasStepName)
	if f&hasAttempt != 0 {
		e.Attempt = int(r.uvarint())
	}
	if f&hasError != 0 {
		e.Error = r.error()
	}
	r.numbers(&e, f)
	e.RetryOf, e.ClientRef = r.textIf(f, hasRetryOf), r.textIf(f, hasClientRef)
	if f&hasTags != 0 {
		e.Tags = append([]string{}, r.texts()...)
	}
	if f&hasDeadline != 0 {
		e.Deadline = Instant(r.varint())
	}
	if f&hasMetadata != 0 {
		e.Metadata = r.copied()
	}
	e.Top, e.Under = r.textIf(f, hasTop), r.textIf(f, hasUnder)
	if f&hasBegan != 0 {
		e.Began = e.Timestamp - Instant(r.varint())
	}
	if e.Priority > Low {
		r.fail()
	}
	return e
}

func (r *source) numbers(e *Event, f uint64) {
	if f&hasDuration != 0 {
		e.DurationMs = int64(r.uvarint())
	}
	if f&hasCPU != 0 {
		e.CPUPercent = r.number()
	}
	if f&hasMemory != 0 {
		e.MemoryMB = r.number()
	}
	if f&hasInputBytes != 0 {
		e.InputBytes = int64(r.uvarint())
	}
	if f&hasOutputBytes != 0 {
		e.OutputBytes = int64(r.uvarint())
	}
	if f&hasProgress != 0 {
		e.Progress = int(r.byte())
	}
}

func (r *source) textIf(f, flag uint64) string {
	if f&flag == 0 {
		return ""
	}
	return r.text()
}
