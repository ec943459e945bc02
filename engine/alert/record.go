package alert

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of what people write.
const (
	commentRunesMax = 1000
	commentsMax     = 100
)

// bySystem is who resolved a record when nobody did.
const bySystem = "system"

var (
	errResolved = fault.New(fault.Conflict, "already_resolved", "the alert is resolved")
	errComment  = fault.New(fault.Invalid, "invalid_field", "the comment is no text of at most 1000 characters").
			With(fault.Field{Location: "body.comment", Message: "at most 1000 characters, without control characters"})
	errManyRemarks = fault.New(fault.Conflict, "too_many_comments", "the alert has 100 comments, which is the most")
)

// NewRecord is the record that an Open begins. The caller puts id into the state's RecordID, and fills in what it knows more of: the
// workflow's name, the time of the next escalation, Seq.
func NewRecord(id string, r *Rule, s *State, e *Effect, now execution.Instant) *Record {
	rule := r.withoutSecrets()
	rec := &Record{
		ID: id, RuleID: r.ID, RuleName: r.Name, Type: r.Type, Builtin: r.Builtin, Key: s.Key, WorkflowID: r.WorkflowID, WorkflowName: e.WorkflowName,
		Severity: e.Severity, Facts: e.Facts, Status: Active, Count: s.Count, SuppressedCount: e.Suppressed, Late: e.Late, Silent: e.Silent,
		TriggeredAt: now, LastSeenAt: now, AcknowledgedAt: execution.NoInstant, EscalatedAt: execution.NoInstant,
		NextEscalation: execution.NoInstant, ResolvedAt: execution.NoInstant, Rule: rule,
	}
	if id, ok := strings.CutPrefix(s.Key, keyWorkflow); ok {
		rec.WorkflowID = id
	}
	if rec.Severity == "" {
		rec.Severity = r.severity()
	}
	rec.seen(e)
	return rec
}

// withoutSecrets is a copy that keeps which channels there are, not how they are reached.
func (r *Rule) withoutSecrets() *Rule {
	c := *r
	c.Conditions = slices.Clone(r.Conditions)
	c.Channels = make([]Channel, len(r.Channels))
	for i := range r.Channels {
		c.Channels[i] = Channel{Type: r.Channels[i].Type}
	}
	return &c
}

// Apply carries a Touch, Remind or Close into the record. s is the state after the evaluation that gave e.
func (r *Record) Apply(s *State, e *Effect, now execution.Instant) {
	if r.Status == Resolved {
		return
	}
	switch e.Kind {
	case Close:
		r.Status, r.ResolvedBy, r.ResolvedAt, r.ResolvedWhy, r.NextEscalation = Resolved, bySystem, now, e.Why, execution.NoInstant
		return
	case Touch:
		r.SuppressedCount += e.Suppressed
	case Remind:
		r.Severity = e.Severity
		r.Silent = r.Silent && e.Silent
		r.Late = r.Late && e.Late
	}
	r.Count = s.Count
	if e.News {
		r.LastSeenAt, r.Facts = now, e.Facts
		r.seen(e)
	}
}

// seen names the run of the effect.
func (r *Record) seen(e *Effect) {
	if e.Run == nil {
		return
	}
	r.ExecutionID, r.ClientRef = e.Run.ExecutionID, e.Run.ClientRef
	if e.Run.WorkflowID != "" {
		r.WorkflowID = e.Run.WorkflowID
	}
	if e.Run.WorkflowName != "" {
		r.WorkflowName = e.Run.WorkflowName
	}
}

// Acknowledge notes who looks after it. The first wins: a repetition changes nothing. After an escalation it is a new one (B-22).
func (r *Record) Acknowledge(by Person, comment string, now execution.Instant) (changed bool, err *fault.Error) {
	switch r.Status {
	case Resolved:
		return false, errResolved
	case Acknowledged:
		return false, nil
	}
	if err := r.comment(by, comment, now); err != nil {
		return false, err
	}
	r.Status, r.AcknowledgedBy, r.AckName, r.AcknowledgedAt, r.NextEscalation = Acknowledged, by.ID, by.Name, now, execution.NoInstant
	return true, nil
}

// Escalate takes the record one level up.
func (r *Record) Escalate(by Person, comment string, now execution.Instant) *fault.Error {
	if r.Status == Resolved {
		return errResolved
	}
	if err := r.comment(by, comment, now); err != nil {
		return err
	}
	r.Status, r.EscalatedAt = Escalated, now
	r.EscalationLevel++
	return nil
}

// Resolve closes the record for good. A repetition changes nothing. A comment that is too long or one too many is cut or left out: see
// CheckComment.
func (r *Record) Resolve(by Person, comment string, now execution.Instant) (changed bool) {
	if r.Status == Resolved {
		return false
	}
	if runes := []rune(comment); len(runes) > commentRunesMax {
		comment = string(runes[:commentRunesMax])
	}
	_ = r.comment(by, comment, now) // that the hundredth comment is full must not keep it open
	r.Status, r.ResolvedBy, r.ResolvedName, r.ResolvedAt, r.NextEscalation = Resolved, by.ID, by.Name, now, execution.NoInstant
	return true
}

// CheckComment says whether the text is acceptable as a comment.
func CheckComment(text string) *fault.Error {
	if utf8.RuneCountInString(text) > commentRunesMax || !readable(text) {
		return errComment
	}
	return nil
}

// readable reports whether the text has no control characters but tabs and ends of lines.
func readable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\t' && c != '\n' && c != '\r' })
}

func (r *Record) comment(by Person, text string, now execution.Instant) *fault.Error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if err := CheckComment(text); err != nil {
		return err
	}
	if len(r.Comments) >= commentsMax {
		return errManyRemarks
	}
	r.Comments = append(r.Comments, Comment{By: by.ID, ByName: by.Name, At: now, Text: text})
	return nil
}
