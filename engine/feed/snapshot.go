package feed

import "math"

// fill gives a subscription a snapshot: now, or when the client has taken what
// waits for it already. The caller has setup and held the session.
func (s *Session) fill(sub *subscription) error {
	h := s.hub
	h.mu.Lock()
	s.mu.Lock()
	bytes := 0
	for i := range s.backlog {
		bytes += s.backlog[i].notice.size()
	}
	later := s.behind || s.refill || bytes > backlogBytes
	if later {
		sub.stale, s.refill = true, true
		s.forget(sub)
		s.prune(math.MaxUint64)
	}
	fresh := s.lastSeq == 0 && s.beat == 0
	s.mu.Unlock()
	h.mu.Unlock()
	if later {
		return nil
	}
	if err := s.read(sub); err != nil {
		return err
	}
	if fresh && sub.filter.Topic.Volatile() {
		// A client that comes back has nothing to resume here, but may resume
		// others next, and its asOf is ahead of what they missed.
		s.linger()
	}
	return nil
}

// read puts a snapshot of the subscription among what waits. All up to its
// asOf that other subscriptions want is sent before it, and of the
// subscription only what came after.
func (s *Session) read(sub *subscription) error {
	h := s.hub
	rows, asOf, err := h.snapshot(s.source, sub.filter)
	if err != nil {
		return err
	}
	parts := chunks(sub.id, asOf, rows)
	h.mu.Lock()
	defer h.mu.Unlock()
	sub.after = max(sub.after, asOf)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind || s.err != nil {
		return nil
	}
	s.forget(sub)
	s.prune(asOf)
	s.place(parts, asOf)
	return nil
}

// forget drops what waits of a subscription's former snapshot. With it the
// client would hold the subscription to be up to date, though its frames from
// there to the next snapshot are left out. The caller has s.mu.
func (s *Session) forget(sub *subscription) {
	s.backlog = filtered(s.backlog, func(it *item) bool { return it.notice == nil || it.notice.sub != sub.id })
}

// renew reads the next snapshot that is due, one at a time so that no more
// than the client takes is in memory. After a resync all are due.
func (s *Session) renew() {
	s.setup.Lock()
	defer s.setup.Unlock()
	s.hold()
	defer s.release()
	sub := s.nextStale()
	if sub == nil {
		return
	}
	if err := s.read(sub); err != nil {
		s.mu.Lock()
		if s.err == nil {
			s.err = err
		}
		s.mu.Unlock()
	}
}

// nextStale takes a subscription that needs a snapshot; from here on its
// frames are buffered. When none is left the session is whole again.
func (s *Session) nextStale() *subscription {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		sub.stale = sub.stale || s.behind
	}
	s.behind = false
	for _, sub := range s.subs {
		if sub.stale {
			sub.stale, sub.after = false, max(sub.after, h.ring.head())
			return sub
		}
	}
	s.refill = false
	return nil
}
