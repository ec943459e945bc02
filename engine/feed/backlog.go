package feed

import (
	"slices"
	"time"
)

// hold stops the session's frames, which are buffered from now on, while its
// subscriptions change. The caller has setup.
func (s *Session) hold() {
	s.mu.Lock()
	s.held, s.buffering = true, true
	s.mu.Unlock()
}

// release ends the hold.
func (s *Session) release() {
	s.mu.Lock()
	s.held = false
	s.mu.Unlock()
	s.signal()
}

// place puts items in seq order into the backlog, to be let out when the
// publisher has come to the floor. The caller has s.mu and held the session.
func (s *Session) place(items []item, floor uint64) {
	s.backlog = merge(s.backlog, items)
	if floor > s.floor {
		s.floor, s.floorFrom = floor, time.Time{}
	}
}

// settle puts what was queued meanwhile in its place in the backlog. What is
// queued later has a greater seq than all of it, because the publisher is past
// the floor. It reports false when that is too much. The caller has s.mu.
func (s *Session) settle() bool {
	s.buffering = false
	s.heldTill, s.heldMost, s.floorFrom = time.Time{}, time.Time{}, time.Time{}
	if len(s.backlog) == 0 && s.queue.waiting <= s.queue.framesMax {
		return true // and goes on coalescing
	}
	waited := s.queue.take(nil, s.queue.waiting)
	volatile := waited[:0:0]
	durable := filtered(waited, func(it *item) bool {
		if it.durable() == 0 {
			volatile = append(volatile, *it)
			return false
		}
		return true
	})
	s.backlog = merge(s.backlog, durable)
	// A volatile frame may be older than the latest value that was read, but
	// then a newer one will come; it must not be overtaken by that value.
	for _, it := range volatile {
		if n := len(s.backlog); n > 0 {
			it.seq = s.backlog[n-1].seq
		}
		s.backlog = append(s.backlog, it)
	}
	if len(s.backlog) > backlogMax {
		s.overflow(slowConsumer)
		return false
	}
	return true
}

// merge joins two lists that are in seq order. A frame that is in both is
// taken once, and what a snapshot as of its seq says comes after it.
func merge(a, b []item) []item {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	out := make([]item, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		x, y := &a[0], &b[0]
		switch {
		case x.seq == y.seq && x.durable() != 0 && y.durable() != 0:
			x.left = x.left && y.left
			x.merged = x.merged || y.merged
			b = b[1:]
		case y.seq < x.seq, y.seq == x.seq && x.durable() == 0 && y.durable() != 0:
			out, b = append(out, *y), b[1:]
		default:
			out, a = append(out, *x), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// prune drops what waits up to the seq but is of no subscription any more.
// The caller has Hub.mu and s.mu.
func (s *Session) prune(seq uint64) {
	want := func(it *item) bool {
		switch {
		case it.notice != nil:
			return slices.ContainsFunc(s.subs, func(sub *subscription) bool { return sub.id == it.notice.sub })
		case it.durable() > seq:
			return true
		}
		return it.wanted(s.subs)
	}
	s.backlog = filtered(s.backlog, want)
	s.queue.keep(want)
}

// wanted reports whether a frame is of any of the subscriptions, and notes
// whether it has left them all. The caller has Hub.mu.
func (it *item) wanted(subs []*subscription) bool {
	best := apart
	for _, sub := range subs {
		best = max(best, sub.meets(it))
	}
	it.left = best == leaving
	return best != apart
}
