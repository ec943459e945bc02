package feed

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/execution"
)

// Session is the subscriptions of one connection and what waits for it. One
// goroutine calls Next and Heartbeat; the other methods are for any.
type Session struct {
	hub       *Hub
	source    Source
	clients   execution.Clients // whose executions it is told of
	epoch     string
	principal string
	wake      chan struct{} // filled when there may be something to do

	setup sync.Mutex // held while subscriptions are made, dropped or refilled

	subs   []*subscription // guarded by Hub.mu, as are the next two
	hit    *shared         // the frame being published, if already in Hub.hits
	hitAt  int
	lastID uint32 // guarded by setup

	mu        sync.Mutex // guards the rest
	backlog   []item     // replays and snapshots in seq order, before queue
	queue     queue
	held      bool      // a subscription is being made: nothing is let out
	buffering bool      // held, or was and the queue is not yet merged with the backlog
	heldTill  time.Time // a resume may be followed by another
	heldMost  time.Time // the end of all resumes
	floor     uint64    // nothing is let out before the publisher has come so far
	floorFrom time.Time // when it was first waited for
	behind    bool      // overflown: frames are dropped until the refill
	resync    string    // reason of a resync that is to be said
	refill    bool      // new snapshots are due: of all, after a resync, or of those that are stale
	lost      bool      // frames after lostAt were not published
	lostAt    uint64
	resyncs   []time.Time
	goaway    *notice
	err       error
	lastSeq   uint64 // last durable seq or asOf let out
	beat      uint64 // last seq of a heartbeat
	sent      uint64
	drained   time.Time

	batch []item    // of Next
	out   []Message // of Next
	timer *time.Timer
}

// Message is one frame for the wire. Its bytes are shared and must not be
// changed.
type Message struct {
	Text  []byte // {"event":…,"seq":…,"data":…}
	Seq   uint64 // 0: none
	Event string
	// Resumable says that a client which has all up to here misses nothing
	// when it resumes after Seq. Between the snapshots of several
	// subscriptions it is false: those that follow are still owed.
	Resumable bool
	from      int
}

// Data is the frame's "data".
func (m *Message) Data() []byte { return m.Text[m.from : len(m.Text)-1] }

// Epoch names the history that the session's seqs belong to. Sessions that see
// other clients have another one: who comes back after the clients have changed
// cannot go on from what it had.
func (s *Session) Epoch() string { return s.epoch }

// offer queues a frame. It is called with Hub.mu held.
func (s *Session) offer(it item) {
	s.mu.Lock()
	if s.buffering && s.due(time.Now()) {
		s.settle() // or who does not read would keep the wider limits
	}
	if !s.behind && s.err == nil && !s.queue.push(it, s.buffering) {
		s.overflow(slowConsumer)
	}
	s.mu.Unlock()
	s.signal()
}

// overlaps reports whether a frame of the topic may be of several
// subscriptions. The caller has Hub.mu.
func (s *Session) overlaps(t Topic) bool {
	n := 0
	for _, sub := range s.subs {
		if sub.filter.Topic == t {
			n++
		}
	}
	return n > 1
}

// Reasons of a resync.
const (
	slowConsumer = "slow_consumer"
	gap          = "gap"
	Erased       = "erased"  // something was erased, and may be shown nowhere any more
	Removed      = "removed" // something is older than it is kept
)

// overflow drops what waits; the client is told and gets a new snapshot.
func (s *Session) overflow(reason string) {
	if s.behind || s.err != nil {
		return
	}
	s.queue.reset()
	s.backlog = nil
	s.behind, s.resync, s.lost = true, reason, false
	now := time.Now()
	recent := s.resyncs[:0]
	for _, at := range s.resyncs {
		if now.Sub(at) < resyncWindow {
			recent = append(recent, at)
		}
	}
	s.resyncs = append(recent, now)
	if len(s.resyncs) >= ResyncsMax {
		s.err = ErrSlow
	}
}

// miss notes that frames after seq were not published. It is called with
// Hub.mu held, which guards subs.
func (s *Session) miss(seq uint64) {
	durable := false
	for _, sub := range s.subs {
		durable = durable || !sub.filter.Topic.Volatile()
	}
	if !durable {
		return
	}
	s.mu.Lock()
	if !s.lost && !s.behind {
		s.lost, s.lostAt = true, seq
	}
	s.mu.Unlock()
	s.signal()
}

func (s *Session) dismiss(goaway *notice) {
	s.mu.Lock()
	s.goaway = goaway
	s.mu.Unlock()
	s.signal()
}

func (s *Session) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close ends the session: its subscriptions are gone and Next returns
// ErrClosed. Closing again is harmless.
func (s *Session) Close() {
	s.hub.drop(s)
	s.mu.Lock()
	if s.err == nil {
		s.err = ErrClosed
	}
	s.queue.reset()
	s.backlog = nil
	s.mu.Unlock()
	s.signal()
}

// Next waits for frames and returns them, oldest first; the slice is valid
// until the next call. A value from poke makes it return early, with none.
// Frames that come fast are returned together, a batch each few milliseconds;
// after a pause the first is returned at once. The error is ErrSlow,
// ErrRestart, ErrClosed, or the source's when a snapshot could not be read.
func (s *Session) Next(poke <-chan struct{}) ([]Message, error) {
	for {
		do, wait := s.step()
		switch do {
		case deliver:
			return s.messages(), nil
		case fail:
			return nil, s.failure()
		case renew:
			s.renew()
			continue
		case recover:
			s.catchUp()
			continue
		case advance:
			s.advance()
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			due = s.after(wait)
		}
		select {
		case <-s.wake:
		case <-due:
		case <-poke:
			return nil, nil
		}
	}
}

// action is what Next has to do.
type action uint8

const (
	idle    action = iota // wait, for a while if there is something that must wait
	deliver               // hand out batch or out
	fail                  // the session has ended
	renew                 // a snapshot for each subscription
	recover               // fetch frames that were not published
	advance               // go on without a publisher that is late
)

// step decides what to do now. If frames must wait it says how long.
func (s *Session) step() (do action, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = s.out[:0]
	now := time.Now()
	switch {
	case s.err != nil:
		return fail, 0
	case s.goaway != nil:
		return s.part(now), 0
	case s.resync != "":
		n := newNotice("resync", fmt.Appendf(nil, `{"reason":%q,"seq":%d}`, s.resync, s.hub.head.Load()))
		s.batch = append(s.batch[:0], item{notice: n})
		s.resync, s.refill = "", true
		return deliver, 0
	case s.held:
		return idle, 0
	case s.lost:
		return recover, 0
	case s.refill && len(s.backlog) == 0:
		return renew, 0
	}
	if s.buffering {
		if do, wait := s.ripe(now); do != deliver {
			return do, wait
		}
		if !s.settle() {
			s.signal() // to come back and say the resync
			return idle, 0
		}
	}
	if len(s.backlog) == 0 && s.queue.waiting == 0 {
		return idle, 0
	}
	if wait := s.drained.Add(s.hub.limits.Pace).Sub(now); wait > 0 {
		return idle, wait
	}
	s.drained = now
	s.takeBatch(batchFrames, batchBytes)
	return deliver, 0
}

// due reports whether what was buffered can be let out.
func (s *Session) due(now time.Time) bool {
	return !s.held && !now.Before(s.heldTill) && s.hub.head.Load() >= s.floor
}

// ripe answers deliver when what was buffered is due.
func (s *Session) ripe(now time.Time) (do action, wait time.Duration) {
	if wait := s.heldTill.Sub(now); wait > 0 {
		return idle, wait
	}
	if s.due(now) {
		return deliver, 0
	}
	if s.floorFrom.IsZero() {
		s.floorFrom = now
	}
	if now.Sub(s.floorFrom) >= floorMost {
		s.floorFrom = time.Time{}
		return advance, 0
	}
	return idle, floorPoll
}

// part lets out what waits, if nothing is missing from it, and then the
// goaway; after it the session ends.
func (s *Session) part(now time.Time) action {
	whole := !s.held && !s.behind && !s.lost && !s.refill
	if whole && s.buffering {
		do, _ := s.ripe(now)
		whole = do == deliver && s.settle()
	}
	s.batch = s.batch[:0]
	if whole {
		s.takeBatch(len(s.backlog)+s.queue.waiting, math.MaxInt)
	}
	s.batch = append(s.batch, item{notice: s.goaway})
	s.err = ErrRestart
	return deliver
}

// takeBatch moves up to n items to the batch, and no more after that many
// bytes of snapshots.
func (s *Session) takeBatch(n, bytes int) {
	s.batch = s.batch[:0]
	m := 0
	for m < len(s.backlog) && m < n && bytes > 0 {
		bytes -= s.backlog[m].notice.size()
		m++
	}
	s.batch = append(s.batch, s.backlog[:m]...)
	clear(s.backlog[:m])
	if s.backlog = s.backlog[m:]; len(s.backlog) == 0 {
		s.backlog = nil
		s.batch = s.queue.take(s.batch, n-m)
	}
	owed := s.refill || s.lost || slices.ContainsFunc(s.backlog, func(it item) bool { return it.notice != nil })
	for i := len(s.batch) - 1; i >= 0; i-- {
		it := &s.batch[i]
		it.whole = !owed
		owed = owed || it.notice != nil
		if it.frame != nil {
			s.sent++
		}
		if it.notice != nil || it.durable() != 0 {
			s.lastSeq = max(s.lastSeq, it.seq)
		}
	}
}

// messages turns the batch into wire texts, outside the lock: a frame's first
// session makes its text.
func (s *Session) messages() []Message {
	for i := range s.batch {
		it := &s.batch[i]
		if it.frame == nil {
			s.out = append(s.out, Message{Text: it.notice.text, Event: it.notice.event, from: it.notice.from})
			continue
		}
		e := it.frame.textFor(s.clients, it.left)
		s.out = append(s.out, Message{
			Text: e.text, Seq: it.frame.Seq, Event: it.frame.Event, Resumable: it.whole && it.frame.Seq != 0, from: e.from,
		})
	}
	clear(s.batch)
	const keep = 16
	if cap(s.batch) > keep {
		s.batch = nil
	} else {
		s.batch = s.batch[:0]
	}
	return s.out
}

func (s *Session) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// after returns the session's one timer, set anew.
func (s *Session) after(d time.Duration) <-chan time.Time {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	return s.timer.C
}

// Heartbeat returns a seq up to which everything that matches was handed out
// by Next, the snapshots before it too, and the number of frames that Next
// handed out in all; snapshots, resyncs and goaways are not counted. It is for
// the goroutine that calls Next, after it has written what Next returned.
func (s *Session) Heartbeat() (seq, sent uint64) {
	head := s.hub.head.Load() // before the queue is looked at: all up to it is there
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buffering || s.behind || s.lost || s.resync != "" || s.refill {
		return s.beat, s.sent
	}
	if f := first(s.backlog); f != 0 {
		head = min(head, f-1)
	} else if f := first(s.queue.items); f != 0 {
		head = min(head, f-1)
	}
	s.beat = max(s.beat, head)
	return s.beat, s.sent
}

// Sent is the number of frames that Next has handed out.
func (s *Session) Sent() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}
