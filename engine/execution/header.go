package execution

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// A document is a header, from which lists are made, and a body, which holds
// the rest of what rebuilds the execution. The header:
//
//	byte      documentVersion
//	byte      status * 4 + priority
//	byte      unit: 10^(3 * unit) ns is the greatest of 1 ns, 1 µs, 1 ms that divides all times
//	uvarint   flags, that say which of the optional fields follow
//	varint    base: FirstSeenAt in units since 1970
//	varint    LastEventAt: as all times from here on in units since base
//	id        ExecutionID
//	text      WorkflowID
//	byte      Progress; uvarint StepsDone; uvarint StepsTotal
//	…         the optional fields, in the order of their flags
const documentVersion = 1

const (
	withWorkflowName uint64 = 1 << iota
	withWorkflowVersion
	withEnginePriority
	withClientRef
	withRetryOf
	withTags
	withDeadline
	withMetadata
	withError
	withCurrentSteps
	withQueuedAt
	withStartedAt
	withCompletedAt
	withWaited
	withWaitingSince
	withReportedProgress
	withAttempt
	withTimedOut
	withSkewed
	// What only the body's reader needs.
	withActive
	withWholeError // the header's error is all of it
	withAside      // tops and aside follow the steps
)

// errorHeaderMax is how much of an error's first line the header holds; lists
// show less.
const errorHeaderMax = 1024

// headline is the part of an error that the header holds.
func headline(e *ErrorInfo) ErrorInfo {
	h := ErrorInfo{Type: e.Type, Code: e.Code, Message: strings.TrimSpace(e.Message)}
	if end := strings.IndexAny(h.Message, "\r\n"); end >= 0 {
		h.Message = h.Message[:end]
	}
	if len(h.Message) > errorHeaderMax {
		h.Message = strings.ToValidUTF8(h.Message[:errorHeaderMax], "")
	}
	return h
}

func (s *Summary) flags() (f uint64) {
	for flag, on := range [...]bool{
		s.WorkflowName != "", s.WorkflowVersion != "", s.EnginePriority != "", s.ClientRef != "", s.RetryOf != "",
		s.Tags != nil, s.Deadline.Present(), s.Metadata != nil, s.Error != nil, len(s.CurrentSteps) > 0,
		s.QueuedAt.Present(), s.StartedAt.Present(), s.CompletedAt.Present(), s.WaitingMs != 0, s.WaitingSince.Present(),
		s.ReportedProgress != Unknown, s.Attempt != 1, s.TimedOut, s.ClockSkewed,
	} {
		if on {
			f |= 1 << flag
		}
	}
	return f
}

// scale turns instants into units since a base.
type scale struct {
	base Instant
	unit byte
}

var unitNanos = [...]Instant{1, 1_000, 1_000_000}

func (c scale) append(dst []byte, at Instant) []byte {
	return binary.AppendVarint(dst, int64((at-c.base)/unitNanos[c.unit]))
}

func (r *source) instant(c scale) Instant {
	return c.base + Instant(r.varint())*unitNanos[c.unit]
}

// appendHeader writes s; flags are s's own and those for the body.
func appendHeader(dst []byte, s *Summary, flags uint64, c scale) []byte {
	dst = append(dst, documentVersion, byte(s.Status)<<2|byte(s.Priority), c.unit)
	dst = binary.AppendUvarint(dst, flags)
	dst = binary.AppendVarint(dst, int64(c.base/unitNanos[c.unit]))
	dst = c.append(dst, s.LastEventAt)
	dst = appendText(appendID(dst, s.ExecutionID), s.WorkflowID)
	dst = binary.AppendUvarint(append(dst, byte(s.Progress)), uint64(s.StepsDone))
	dst = binary.AppendUvarint(dst, uint64(s.StepsTotal))
	dst = appendTextIf(appendTextIf(appendTextIf(dst, s.WorkflowName), s.WorkflowVersion), s.EnginePriority)
	dst = appendTextIf(appendTextIf(dst, s.ClientRef), s.RetryOf)
	if s.Tags != nil {
		dst = appendTexts(dst, s.Tags)
	}
	if s.Deadline.Present() {
		dst = binary.AppendVarint(dst, int64(s.Deadline))
	}
	if s.Metadata != nil {
		dst = appendText(dst, s.Metadata)
	}
	if s.Error != nil {
		h := headline(s.Error)
		dst = appendText(appendText(appendText(dst, h.Type), h.Code), h.Message)
	}
	if len(s.CurrentSteps) > 0 {
		dst = appendTexts(dst, s.CurrentSteps)
	}
	for _, at := range [...]Instant{s.QueuedAt, s.StartedAt, s.CompletedAt} {
		if at.Present() {
			dst = c.append(dst, at)
		}
	}
	if s.WaitingMs != 0 {
		dst = binary.AppendUvarint(dst, uint64(s.WaitingMs))
	}
	if s.WaitingSince.Present() {
		dst = c.append(dst, s.WaitingSince)
	}
	if s.ReportedProgress != Unknown {
		dst = append(dst, byte(s.ReportedProgress))
	}
	if s.Attempt != 1 {
		dst = binary.AppendUvarint(dst, uint64(s.Attempt))
	}
	return dst
}

// DecodeSummary reads a document's header. The summary holds copies of its own.
func DecodeSummary(data []byte) (Summary, error) {
	r := source{data: data}
	s, _, _ := r.header()
	if err := r.err(); err != nil {
		return Summary{}, fmt.Errorf("execution header: %w", err)
	}
	return s, nil
}

func (r *source) header() (s Summary, flags uint64, c scale) {
	version, state := r.byte(), r.byte()
	c.unit = r.byte()
	if version != documentVersion || state>>2 > byte(Cancelled) || int(c.unit) >= len(unitNanos) {
		r.fail()
		return s, 0, scale{}
	}
	s.Status, s.Priority = Status(state>>2), Priority(state&3)
	flags = r.uvarint()
	c.base = Instant(r.varint()) * unitNanos[c.unit]
	s.FirstSeenAt, s.LastEventAt = c.base, r.instant(c)
	s.ExecutionID, s.WorkflowID = r.id(), r.text()
	s.Progress, s.StepsDone, s.StepsTotal = int(r.byte()), int(r.uvarint()), int(r.uvarint())
	r.words(&s, flags)
	r.times(&s, flags, c)
	return s, flags, c
}

func (r *source) words(s *Summary, f uint64) {
	s.WorkflowName, s.WorkflowVersion = r.textIf(f, withWorkflowName), r.textIf(f, withWorkflowVersion)
	s.EnginePriority, s.ClientRef, s.RetryOf = r.textIf(f, withEnginePriority), r.textIf(f, withClientRef), r.textIf(f, withRetryOf)
	if f&withTags != 0 {
		if s.Tags = r.texts(); s.Tags == nil {
			s.Tags = []string{}
		}
	}
	s.Deadline = NoInstant
	if f&withDeadline != 0 {
		s.Deadline = Instant(r.varint())
	}
	if f&withMetadata != 0 {
		s.Metadata = r.copied()
	}
	if f&withError != 0 {
		s.Error = &ErrorInfo{Type: r.text(), Code: r.text(), Message: r.text()}
	}
	if f&withCurrentSteps != 0 {
		if s.CurrentSteps = r.texts(); len(s.CurrentSteps) > 0 {
			s.CurrentStep = s.CurrentSteps[0]
		}
	}
}

func (r *source) times(s *Summary, f uint64, c scale) {
	s.QueuedAt, s.StartedAt, s.CompletedAt = r.instantIf(c, f, withQueuedAt), r.instantIf(c, f, withStartedAt), r.instantIf(c, f, withCompletedAt)
	if f&withWaited != 0 {
		s.WaitingMs = int64(r.uvarint())
	}
	s.WaitingSince = r.instantIf(c, f, withWaitingSince)
	s.ReportedProgress, s.Attempt = Unknown, 1
	if f&withReportedProgress != 0 {
		s.ReportedProgress = int(r.byte())
	}
	if f&withAttempt != 0 {
		s.Attempt = int(r.uvarint())
	}
	s.TimedOut, s.ClockSkewed = f&withTimedOut != 0, f&withSkewed != 0
}

func (r *source) instantIf(c scale, f, flag uint64) Instant {
	if f&flag == 0 {
		return NoInstant
	}
	return r.instant(c)
}
