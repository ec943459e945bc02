package feed

import "time"

// resume lets a subscription go on from where its client was. If that is not
// possible it begins anew with a snapshot: a part of what was missed is never
// sent. The caller has setup and held the session.
func (s *Session) resume(sub *subscription, fresh bool, seq uint64) (mode Mode, recovered bool, err error) {
	// Only who has setup changes the subscription.
	ok, waits := false, !fresh && !sub.stale && s.whole()
	switch {
	case sub.filter.Topic.Volatile():
		if fresh || waits {
			ok, err = s.latest(sub)
		}
	case waits && seq >= sub.after:
		return Replay, true, nil // all since then was handed out or waits
	case fresh:
		if items, floor, reached := s.since(sub, seq); reached {
			ok = s.placeReplay(items, floor)
		}
	default: // the client has lost what this session gave it
	}
	if err == nil && !ok {
		err = s.fill(sub)
	}
	s.linger()
	if ok {
		return Replay, true, err
	}
	return Snapshot, false, err
}

// whole reports whether nothing that waited was dropped.
func (s *Session) whole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.behind
}

// linger holds frames back for a moment: the client may resume more.
func (s *Session) linger() {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !now.Before(s.heldTill) {
		s.heldMost = now.Add(resumeGraceMax)
	}
	if s.heldTill = now.Add(resumeGrace); s.heldTill.After(s.heldMost) {
		s.heldTill = s.heldMost
	}
}

// since is what the subscription would have got after the seq, from the ring
// or else from the source; the publisher may not have come to the floor yet.
func (s *Session) since(sub *subscription, seq uint64) (items []item, floor uint64, ok bool) {
	h := s.hub
	h.mu.Lock()
	frames, ok := h.ring.tail(seq)
	h.mu.Unlock()
	if ok {
		items, ok = replay(frames, sub, h.limits.ReplayFrames)
		return items, 0, ok
	}
	return s.fetch(seq, sub)
}

// fetch reads from the source what one subscription missed after the seq, or
// all of the session if it is nil.
func (s *Session) fetch(seq uint64, only *subscription) (items []item, floor uint64, ok bool) {
	h := s.hub
	frames, ok := h.since(seq)
	if !ok {
		return nil, 0, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	subs := s.subs
	if only != nil {
		subs = []*subscription{only}
	}
	for i := range frames {
		it := item{frame: &shared{Frame: frames[i]}, seq: frames[i].Seq, merged: true}
		if it.wanted(subs) {
			items = append(items, it)
			floor = it.seq
		}
	}
	return items, floor, true
}

// placeReplay reports false when the client may believe to be past some of it
// already, or lost what waits.
func (s *Session) placeReplay(items []item, floor uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind || len(items) > 0 && items[0].seq <= max(s.lastSeq, s.beat) {
		return false
	}
	s.place(items, floor)
	return true
}

// latest resumes a volatile topic with its latest value.
func (s *Session) latest(sub *subscription) (bool, error) {
	rows, asOf, err := s.hub.snapshot(s.source, sub.filter)
	if err != nil {
		return false, err
	}
	items := make([]item, 0, len(rows))
	for _, row := range rows {
		items = append(items, item{seq: asOf, frame: &shared{Frame: Frame{
			Event: sub.filter.Topic.latestEvent(), Topic: sub.filter.Topic,
			Data: func(dst []byte) []byte { return append(dst, row...) },
		}}})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind {
		return false, nil
	}
	s.place(items, 0)
	return true, nil
}

// catchUp fetches what the publisher left out.
func (s *Session) catchUp() {
	s.setup.Lock()
	defer s.setup.Unlock()
	s.hold()
	defer s.release()
	s.mu.Lock()
	at := s.lostAt
	s.lost = false // what is left out from now on is noted again
	s.mu.Unlock()
	items, floor, ok := s.fetch(at, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !ok:
		s.overflow(gap)
	case !s.behind && s.err == nil:
		s.place(items, floor)
	}
}

// advance gives up waiting for the publisher. It may have left out the last
// frames before the session came, and then says so only with its next ones.
func (s *Session) advance() {
	s.mu.Lock()
	floor := s.floor
	s.mu.Unlock()
	s.hub.advance(floor)
}
