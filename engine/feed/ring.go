package feed

import (
	"slices"
	"sync/atomic"
)

// ring keeps the latest durable frames without a gap: those with a seq above
// base, up to base + the number kept. Guarded by Hub.mu, but for bytes.
type ring struct {
	frames    []*shared // the first start ones were dropped
	start     int
	base      uint64
	doubtedTo uint64       // who stood here or before may show what is gone since: the source knows
	bytes     atomic.Int64 // of encoded frames in it
	framesMax int
	bytesMax  int64
}

func (r *ring) len() int { return len(r.frames) - r.start }

// head is the seq of the last frame, or where the next one follows.
func (r *ring) head() uint64 { return r.base + uint64(r.len()) }

// push adds the frame after head.
func (r *ring) push(f *shared) {
	f.enter(&r.bytes)
	r.frames = append(r.frames, f)
	for r.len() > r.framesMax || r.len() > 0 && r.bytes.Load() > r.bytesMax {
		r.drop()
	}
}

func (r *ring) drop() {
	r.frames[r.start].leave()
	r.frames[r.start] = nil
	r.start++
	r.base++
	if r.start >= 64 && r.start > len(r.frames)/2 {
		n := copy(r.frames, r.frames[r.start:])
		clear(r.frames[n:])
		r.frames, r.start = r.frames[:n], 0
	}
}

// reset forgets everything up to seq, because what led there was not seen.
func (r *ring) reset(seq uint64) {
	for _, f := range r.frames[r.start:] {
		f.leave()
	}
	r.frames, r.start, r.base = nil, 0, seq
}

// erase forgets everything, because something that was told of is gone.
func (r *ring) erase() {
	r.reset(r.head())
	r.doubtedTo = r.base
}

// tail returns the frames after the seq. ok is false when the ring does not
// reach back so far, or something may be gone since.
func (r *ring) tail(seq uint64) (frames []*shared, ok bool) {
	if seq < r.base || seq <= r.doubtedTo && r.doubtedTo > 0 {
		return nil, false
	}
	if seq >= r.head() {
		return nil, true
	}
	return slices.Clone(r.frames[r.start+int(seq-r.base):]), true
}

// replay returns what s would have got of the frames, the last of each
// identity only, in seq order. ok is false when there are more than limit.
func replay(frames []*shared, s *subscription, limit int) (items []item, ok bool) {
	last := make(map[identity]int)
	for _, f := range frames {
		if !s.concerns(&f.Frame) {
			continue
		}
		m, id := s.match(&f.Frame), f.identity()
		at, seen := last[id]
		if m == apart && !seen {
			continue // was outside before and still is
		}
		if seen {
			items[at] = item{}
		} else if len(last) == limit {
			return nil, false
		}
		last[id] = len(items)
		items = append(items, item{frame: f, seq: f.Seq, left: m != within, merged: seen})
	}
	return compact(items), true
}

// compact removes items that were replaced.
func compact(items []item) []item {
	kept := items[:0]
	for _, it := range items {
		if !it.replaced() {
			kept = append(kept, it)
		}
	}
	return kept
}
