package feed

// item is something to send: a frame or a notice.
type item struct {
	frame  *shared
	notice *notice // frame is nil then
	seq    uint64  // of the frame, or the snapshot's asOf: its place in the backlog
	left   bool    // send it with "left":true
	merged bool    // the frame stands for earlier ones of its identity, too
	whole  bool    // no snapshot is outstanding once it is sent
	// parting says that it leaves one subscription and that the session has
	// others of the topic. It stays when a later one comes: that may be of
	// another alone, and a client that breaks off between the two and comes
	// back without the other would never hear that it has left.
	parting bool
}

func (it *item) replaced() bool { return it.frame == nil && it.notice == nil }

// durable is the seq of a durable frame, else 0.
func (it *item) durable() uint64 {
	if it.frame == nil {
		return 0
	}
	return it.frame.Seq
}

// queue holds what waits for one session. Once more than coalesceAfter frames
// wait, a new one replaces the one with the same identity: the old slot is
// dropped and the new appended, so that seq only grows. Guarded by Session.mu.
type queue struct {
	items     []item // some may be replaced
	waiting   int    // not replaced
	pushes    int
	base      int              // items taken since at was made
	at        map[identity]int // place in items plus base; nil while few wait
	framesMax int
	bytesMax  int
}

// push appends a frame and reports whether it fits the limits, which are wider
// while nothing can be let out.
func (q *queue) push(it item, buffering bool) bool {
	if q.waiting > coalesceAfter {
		q.remember()
		id := it.frame.identity()
		if place, ok := q.at[id]; ok && !q.items[place-q.base].parting {
			q.items[place-q.base] = item{}
			it.merged = true
			q.waiting--
		}
		q.at[id] = q.base + len(q.items)
	} else {
		q.at = nil
	}
	q.items = append(q.items, it)
	q.waiting++
	if len(q.items) > 2*max(q.framesMax, q.waiting) {
		q.squeeze()
	}
	framesMax, bytesMax := q.framesMax, q.bytesMax
	if buffering {
		framesMax, bytesMax = max(framesMax, backlogMax), max(bytesMax, backlogBytes)
	}
	const recount = 32 // counting bytes at each push would cost more than it saves
	if q.pushes++; q.pushes%recount == 0 && q.bytes() > bytesMax {
		return false
	}
	return q.waiting <= framesMax
}

// remember notes where each waiting frame is.
func (q *queue) remember() {
	if q.at != nil {
		return
	}
	q.at = make(map[identity]int, 2*len(q.items))
	q.base = 0
	for i := range q.items {
		if !q.items[i].replaced() {
			q.at[q.items[i].frame.identity()] = i
		}
	}
}

func (q *queue) squeeze() {
	n := len(q.items)
	q.items = compact(q.items)
	clear(q.items[len(q.items):n])
	q.at = nil
	q.remember()
}

func (q *queue) bytes() (n int) {
	for i := range q.items {
		if f := q.items[i].frame; f != nil {
			n += f.size()
		}
	}
	return n
}

// take moves up to n frames to dst, oldest first.
func (q *queue) take(dst []item, n int) []item {
	taken := 0
	for taken < len(q.items) && n > 0 {
		it := q.items[taken]
		taken++
		if it.replaced() {
			continue
		}
		if q.at != nil {
			if id := it.frame.identity(); q.at[id] == q.base+taken-1 {
				delete(q.at, id)
			}
		}
		dst = append(dst, it)
		q.waiting--
		n--
	}
	if q.waiting == 0 {
		q.reset()
		return dst
	}
	clear(q.items[:taken])
	q.items = q.items[taken:]
	q.base += taken
	return dst
}

// reset empties the queue. An idle session keeps no more than a small array.
func (q *queue) reset() {
	const keep = 16
	if cap(q.items) > keep {
		q.items = nil
	} else {
		clear(q.items)
		q.items = q.items[:0]
	}
	q.waiting, q.base, q.at = 0, 0, nil
}

// keep drops the frames that the function does not want; it may change them.
func (q *queue) keep(want func(*item) bool) {
	q.items = filtered(q.items, want)
	q.waiting, q.base, q.at = len(q.items), 0, nil
	if q.waiting == 0 {
		q.reset()
	}
}

// filtered keeps the items that are wanted, in the same array.
func filtered(items []item, want func(*item) bool) []item {
	kept := items[:0]
	for i := range items {
		if it := &items[i]; !it.replaced() && want(it) {
			kept = append(kept, *it)
		}
	}
	clear(items[len(kept):])
	return kept
}

// first is the seq of what has to be sent first, 0 when only volatile frames
// wait or nothing.
func first(items []item) uint64 {
	for i := range items {
		if it := &items[i]; it.durable() != 0 || it.notice != nil {
			return it.seq
		}
	}
	return 0
}
