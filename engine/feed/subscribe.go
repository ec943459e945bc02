package feed

import (
	"fmt"
	"math"
	"slices"

	"flowwatch/engine/fault"
)

// Position is where a client stands in an organisation's history.
type Position struct {
	Epoch string
	Seq   uint64
}

// Mode is how a subscription begins.
type Mode string

// The modes: with the frames that come from now on, after those that were
// missed, or after a snapshot.
const (
	Live     Mode = "live"
	Replay   Mode = "replay"
	Snapshot Mode = "snapshot"
)

// Request asks for a subscription. With Since it begins with what changed
// after that, each thing once and with its present state; where that is not
// possible, or with Snapshot, it begins with a snapshot.
type Request struct {
	Filter   Filter
	Since    *Position // nil: not resumed
	Snapshot bool
}

// Joined answers a Request.
type Joined struct {
	SubscriptionID uint32
	Seq            uint64 // the hub's at that moment: all later frames are sent, or are in the snapshot
	Epoch          string
	Mode           Mode
	Recovered      bool // Since was honoured: nothing is missing
}

// Subscribe adds a subscription to the session. It calls ack with the answer
// before Next lets out any frame of the subscription; ack must not block nor
// call the session. A filter that the session has already keeps its id, and no
// change is delivered twice: it is answered with a snapshot if that is wanted
// or the position is before the subscription's. The error is fault.NotFound
// for ids that the source does not know, fault.Exhausted over
// Limits.Subscriptions, ErrClosed, or the source's; ack is not called then.
func (s *Session) Subscribe(r Request, ack func(Joined)) error {
	f, h := r.Filter, s.hub
	if (f.WorkflowID != "" || f.ExecutionID != "") && !s.source.Knows(f.WorkflowID, f.ExecutionID) {
		return fault.New(fault.NotFound, "not_found", "no such workflow or execution")
	}
	if r.Since != nil && (r.Since.Epoch != s.epoch || r.Since.Seq > h.source.Seq()) {
		r.Since, r.Snapshot = nil, true // of another history
	}
	s.setup.Lock()
	defer s.setup.Unlock()
	s.hold()
	defer s.release()
	sub, head, fresh, err := s.register(r)
	if err != nil {
		return err
	}
	j := Joined{SubscriptionID: sub.id, Seq: head, Epoch: s.epoch, Mode: Live}
	switch {
	case r.Since != nil:
		j.Mode, j.Recovered, err = s.resume(sub, fresh, r.Since.Seq)
	case r.Snapshot:
		j.Mode, err = Snapshot, s.fill(sub)
	}
	if err != nil {
		if fresh {
			s.remove(func(other *subscription) bool { return other == sub })
		}
		return err
	}
	ack(j)
	return nil
}

// register finds the subscription that is asked for or makes it. Its frames
// after the head are buffered.
func (s *Session) register(r Request) (sub *subscription, head uint64, fresh bool, err error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	head = h.ring.head()
	if _, ok := h.sessions[s]; !ok {
		return nil, head, false, ErrClosed
	}
	for _, sub := range s.subs {
		if sub.same(&r.Filter) {
			return sub, head, false, nil
		}
	}
	if len(s.subs) >= h.limits.Subscriptions {
		return nil, head, false, fault.New(fault.Exhausted, "too_many_subscriptions",
			fmt.Sprintf("no more than %d subscriptions on a connection", h.limits.Subscriptions))
	}
	s.lastID++
	sub = &subscription{id: s.lastID, session: s, filter: r.Filter, mask: r.Filter.mask(), after: head}
	sub.filter.Statuses = slices.Clone(r.Filter.Statuses)
	if r.Since != nil {
		sub.after = r.Since.Seq
	}
	s.subs = append(s.subs, sub)
	h.index[sub.filter.Topic].add(sub)
	return sub, head, true, nil
}

// Unsubscribe ends a subscription and reports whether there was one. Frames
// that Next has handed out may still be on their way.
func (s *Session) Unsubscribe(id uint32) bool {
	s.setup.Lock()
	defer s.setup.Unlock()
	return s.remove(func(sub *subscription) bool { return sub.id == id }) > 0
}

// UnsubscribeFilter ends the subscriptions whose filter selects the same as f
// and returns their number.
func (s *Session) UnsubscribeFilter(f Filter) int {
	s.setup.Lock()
	defer s.setup.Unlock()
	return s.remove(func(sub *subscription) bool { return sub.same(&f) })
}

// remove ends subscriptions. What waits only for them is not sent any more.
// The caller has setup.
func (s *Session) remove(which func(*subscription) bool) int {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	before := len(s.subs)
	s.subs = slices.DeleteFunc(s.subs, func(sub *subscription) bool {
		if !which(sub) {
			return false
		}
		h.index[sub.filter.Topic].remove(sub)
		return true
	})
	if len(s.subs) == before {
		return 0
	}
	s.mu.Lock()
	s.prune(math.MaxUint64)
	s.mu.Unlock()
	return before - len(s.subs)
}
