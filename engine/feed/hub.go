package feed

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Source is what a hub asks of the engine, for its organisation. Its methods
// are called by sockets' goroutines at the same time.
type Source interface {
	// Snapshot emits the state that f selects, as it was at asOf: every change
	// up to asOf is in it and none after. Volatile topics emit one item.
	Snapshot(f Filter, emit func(items []json.RawMessage)) (asOf uint64, err error)
	// Since returns a frame for everything of a durable topic that changed
	// after seq, once, with its present state and the seq of its last change,
	// in seq order. ok is false when history does not reach back to seq or
	// more than limit changed.
	Since(seq uint64, limit int) (frames []Frame, ok bool)
	// Knows reports whether the ids, "" for any, are of the organisation.
	Knows(workflowID, executionID string) bool
	// Seq is the seq of the last change that Snapshot would show.
	Seq() uint64
}

// Hub is the live hub of one organisation. It is safe for concurrent use;
// durable frames are published by one goroutine.
type Hub struct {
	source  Source
	epoch   string
	limits  Limits
	reading chan struct{} // a place for each read of the source

	head     atomic.Uint64 // every frame up to here was offered to the sessions
	count    atomic.Int64  // sessions
	lastLeft atomic.Int64  // when the last session left, UnixNano

	mu         sync.Mutex // guards the rest, and subscriptions
	ring       ring
	index      [topicCount]index
	sessions   map[*Session]struct{}
	principals map[string]int
	closed     bool
	hits       []hit // of the frame being published
}

// hit is a session that wants a frame.
type hit struct {
	session         *Session
	leaving, within bool // of any subscription
}

// NewHub returns the hub of one organisation. The epoch names the history that
// the source's seqs belong to.
func NewHub(source Source, epoch string, o Limits) *Hub {
	h := &Hub{
		source: source, epoch: epoch, limits: o.withDefaults(),
		sessions: map[*Session]struct{}{}, principals: map[string]int{},
	}
	h.reading = make(chan struct{}, h.limits.SnapshotsAtOnce)
	h.ring = ring{framesMax: h.limits.RingFrames, bytesMax: h.limits.RingBytes}
	h.ring.reset(source.Seq())
	h.ring.erase() // what was before this hub is the source's to say
	h.head.Store(h.ring.base)
	return h
}

// Listening reports whether frames are of use to anybody: a session is
// connected, or was a moment ago and may come back to resume. While it is
// false the publisher may leave frames out and publish an empty slice.
func (h *Hub) Listening() bool {
	if h.count.Load() > 0 {
		return true
	}
	left := h.lastLeft.Load()
	return left != 0 && time.Since(time.Unix(0, left)) < h.limits.ListeningLingers
}

// Publish offers frames to the sessions that subscribed to them, in order. It
// never blocks on a socket. Durable frames carry consecutive seqs and are
// published after they became visible in the source; a hole in them, or an
// empty slice while the source is ahead, says that frames were left out, and
// sessions are then given what they missed from the source.
func (h *Hub) Publish(frames []Frame) {
	visible := uint64(0)
	if len(frames) == 0 {
		visible = h.source.Seq()
		if visible <= h.head.Load() {
			return
		}
	}
	slab := make([]shared, len(frames))
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range frames {
		f := &slab[i]
		f.Frame = frames[i]
		if f.Seq == 0 {
			h.offer(f)
			continue
		}
		if head := h.ring.head(); f.Seq <= head {
			continue
		} else if f.Seq != head+1 {
			h.skip(f.Seq - 1)
		}
		h.ring.push(f)
		h.offer(f)
	}
	if visible > h.ring.head() {
		h.skip(visible)
	}
	h.head.Store(h.ring.head())
}

// Forget drops all frames that are kept or wait, because something that they tell of is gone: Erased or Removed. All sessions begin anew with snapshots,
// and so does who comes back from before, unless the source vouches for it.
func (h *Hub) Forget(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring.erase()
	for s := range h.sessions {
		s.mu.Lock()
		s.overflow(reason)
		s.mu.Unlock()
		s.signal()
	}
}

// skip moves the head past frames that were not published.
func (h *Hub) skip(seq uint64) {
	for s := range h.sessions {
		s.miss(h.ring.head())
	}
	h.ring.reset(seq)
}

// offer gives a frame to each session that wants it, once.
func (h *Hub) offer(f *shared) {
	h.hits = h.hits[:0]
	h.index[f.Topic].each(&f.Frame, func(sub *subscription) {
		m := sub.match(&f.Frame)
		if m == apart {
			return
		}
		s := sub.session
		if s.hit == nil || s.hit != f {
			s.hit, s.hitAt = f, len(h.hits)
			h.hits = append(h.hits, hit{session: s})
		}
		w := &h.hits[s.hitAt]
		w.leaving, w.within = w.leaving || m == leaving, w.within || m == within
	})
	for i := range h.hits {
		w := &h.hits[i]
		w.session.hit = nil
		w.session.offer(item{
			frame: f, seq: f.Seq, left: !w.within, parting: w.leaving && w.session.overlaps(f.Topic),
		})
		*w = hit{}
	}
}

// Options describe a new session.
type Options struct {
	Principal string // whose connections are counted together
	Limit     int    // sessions that the principal may have; 0 = no limit

	Clients execution.Clients // whose executions the session is told of; zero: all
	Source  Source            // what its snapshots and ids come from, which must show those clients only; nil: the hub's
}

// Connect opens a session. It is fault.Exhausted when the principal has too
// many and fault.Unavailable when the hub is closed.
func (h *Hub) Connect(o Options) (*Session, error) {
	s := &Session{hub: h, source: o.Source, clients: o.Clients, principal: o.Principal, wake: make(chan struct{}, 1)}
	if s.source == nil {
		s.source = h.source
	}
	s.epoch = EpochOf(h.epoch, o.Clients)
	s.queue.framesMax, s.queue.bytesMax = h.limits.QueueFrames, h.limits.QueueBytes
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fault.New(fault.Unavailable, "restarting", "the server is restarting")
	}
	if o.Limit > 0 && h.principals[o.Principal] >= o.Limit {
		return nil, fault.New(fault.Exhausted, "rate_limited",
			fmt.Sprintf("no more than %d live connections at a time", o.Limit)).After(connectRetry)
	}
	h.sessions[s] = struct{}{}
	h.principals[o.Principal]++
	h.count.Add(1)
	return s, nil
}

const connectRetry = 5 * time.Second

// EpochOf names an organisation's history as those see it who see the clients
// only: with other clients it is another history.
func EpochOf(epoch string, clients execution.Clients) string {
	if clients.All() {
		return epoch
	}
	return epoch + "." + clients.Fingerprint()
}

// Epoch names the history that seqs belong to.
func (h *Hub) Epoch() string { return h.epoch }

// Close sends goaway to all sessions and lets none connect any more. A client
// is asked to come back after a time between the two, chosen by itself.
func (h *Hub) Close(reason string, after [2]time.Duration) {
	goaway := newNotice("goaway", fmt.Appendf(nil, `{"reason":%q,"reconnectAfterMs":[%d,%d]}`,
		reason, after[0].Milliseconds(), after[1].Milliseconds()))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for s := range h.sessions {
		s.dismiss(goaway)
	}
}

// drop forgets a session and its subscriptions.
func (h *Hub) drop(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.sessions[s]; !ok {
		return
	}
	delete(h.sessions, s)
	for _, sub := range s.subs {
		h.index[sub.filter.Topic].remove(sub)
	}
	s.subs = nil
	if h.principals[s.principal]--; h.principals[s.principal] == 0 {
		delete(h.principals, s.principal)
	}
	if h.count.Add(-1) == 0 {
		h.lastLeft.Store(time.Now().UnixNano())
	}
}

// advance moves the head to a seq that the source shows but whose frames are
// not published, as if the publisher had left them out. It ignores them if
// they come after all.
func (h *Hub) advance(seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if seq > h.ring.head() {
		h.skip(seq)
		h.head.Store(h.ring.head())
	}
}

// since reads the source, a bounded number of sessions at a time.
func (h *Hub) since(seq uint64) (frames []Frame, ok bool) {
	h.reading <- struct{}{}
	defer func() { <-h.reading }()
	return h.source.Since(seq, h.limits.ReplayFrames)
}

// snapshot reads the source, a bounded number of sessions at a time.
func (h *Hub) snapshot(of Source, f Filter) (items []json.RawMessage, asOf uint64, err error) {
	h.reading <- struct{}{}
	defer func() { <-h.reading }()
	asOf, err = of.Snapshot(f, func(some []json.RawMessage) { items = append(items, some...) })
	if err != nil {
		return nil, 0, fmt.Errorf("snapshot of %s: %w", f.Topic, err)
	}
	return items, asOf, nil
}
