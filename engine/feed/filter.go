package feed

import (
	"flowwatch/engine/execution"
)

// Filter selects frames of one topic. An empty id or an empty list of statuses
// matches everything.
type Filter struct {
	Topic                   Topic
	WorkflowID, ExecutionID string
	Statuses                []execution.Status // of the execution, also for steps
}

// Matches reports whether an execution in this state is selected.
func (f *Filter) Matches(workflowID, executionID string, status execution.Status) bool {
	return f.concerns(workflowID, executionID) && f.mask().has(status)
}

// concerns is Matches without the status.
func (f *Filter) concerns(workflowID, executionID string) bool {
	return (f.ExecutionID == "" || f.ExecutionID == executionID) && (f.WorkflowID == "" || f.WorkflowID == workflowID)
}

// statuses is a set of execution.Status, a bit each. Zero is no filter.
type statuses uint8

func (f *Filter) mask() statuses {
	var m statuses
	for _, s := range f.Statuses {
		m |= 1 << s
	}
	return m
}

func (m statuses) has(s execution.Status) bool { return m == 0 || m&(1<<s) != 0 }

// match is how a frame meets a subscription.
type match uint8

const (
	apart   match = iota // not selected
	leaving              // its execution was selected before this change and is no more
	within               // selected
)

// subscription is one filter of one session. Guarded by Hub.mu.
type subscription struct {
	id      uint32
	session *Session
	filter  Filter
	mask    statuses
	after   uint64 // the client has all up to this seq: from a snapshot or its own past
	stale   bool   // it waits for a snapshot and gets no frames before
	slot    int    // place in its list of the index
}

// concerns reports whether a frame is about what is subscribed to, whatever
// its status and seq. What is about a client whom the session does not see, or
// about an execution without one, does not concern a session that sees some
// clients only: a frame that forgets to name its client is seen by too few.
func (s *subscription) concerns(f *Frame) bool {
	return !s.stale && f.Topic == s.filter.Topic && s.filter.concerns(f.WorkflowID, f.ExecutionID) &&
		(f.ExecutionID == "" && f.ClientRef == "" || s.session.clients.Include(f.ClientRef))
}

// match compares a frame with the subscription.
func (s *subscription) match(f *Frame) match {
	switch {
	case !s.concerns(f):
		return apart
	case f.Seq != 0 && f.Seq <= s.after:
		return apart
	case s.mask.has(f.Status):
		return within
	case f.HasFormer && s.mask.has(f.Former):
		return leaving
	}
	return apart
}

// meets is match, or missed for a frame that stands for several.
func (s *subscription) meets(it *item) match {
	if it.merged {
		return s.missed(&it.frame.Frame)
	}
	return s.match(&it.frame.Frame)
}

// missed compares a frame that tells the present state after an unknown
// number of changes: whatever is not selected now may have left meanwhile.
func (s *subscription) missed(f *Frame) match {
	m := s.match(f)
	if m == apart && f.Seq > s.after && s.concerns(f) {
		return leaving
	}
	return m
}

// same reports whether two subscriptions select the same frames.
func (s *subscription) same(f *Filter) bool {
	return s.filter.Topic == f.Topic && s.filter.WorkflowID == f.WorkflowID &&
		s.filter.ExecutionID == f.ExecutionID && s.mask == f.mask()
}
