package api

import (
	"slices"
	"sync"
	"time"

	"flowwatch/engine/access"
	"flowwatch/engine/feed"
)

// Limits of what a client may be owed besides its frames, which the hub bounds.
const owedBytesMax = 1 << 20

// connection is what a WebSocket and a stream of events have in common: whose
// it is, where its frames come from, when it has to give a sign of life, and
// why it ends. One goroutine sends, alone; whoever has something for it leaves
// it here and pokes. The methods are for any goroutine, and none of them waits
// for the wire but room and settle.
type connection struct {
	live  *live
	poke  chan struct{} // wakes the sender
	ended chan struct{} // closed at the end

	mu        sync.Mutex       // guards the rest
	cutWire   func()           // closes the wire, in whatever state it is
	stop      func()           // makes the reader give up soon; called once, with mu held
	polled    bool             // a sender is there only while the client polls
	idle      bool             // it is polled, and what a sender took last is on its way or there
	drained   sync.Cond        // on mu: owed was taken, or the end has come
	principal access.Principal // whose it is; without an id before the sign-in
	session   *feed.Session
	expires   time.Time // when the sign-in ends, as the client knows it; zero: never, or the client has been warned
	owed      []owed
	owedBytes int
	owedLate  bool   // one of them is late
	pong      []byte // answer to the latest ping; nil: none is due
	beatDue   bool
	looks     int
	expiring  time.Time // when the sign-in ends, for the client to be told; zero: nothing is to be said
	watch     *time.Timer
	ending    *closing
}

// owed is one text for the client that is no frame of the hub.
type owed struct {
	text []byte
	// late says that the hub's frames which are on their way come first: after
	// the answer to an unsubscribe there must be none. All others come before
	// them, because frames follow the answer to their subscribe.
	late bool
}

// due is what the sender has to send besides the hub's frames.
type due struct {
	owed     []owed
	pong     []byte
	beat     bool
	expiring time.Time // zero: nothing is to be said
	ending   *closing
	joined   bool // there is a session
}

func newConnection(l *live, cut, stop func()) *connection {
	c := &connection{live: l, cutWire: cut, stop: stop, poke: make(chan struct{}, 1), ended: make(chan struct{})}
	c.drained.L = &c.mu
	return c
}

// carriedBy says that another wire carries the connection, and a sender of its own.
func (c *connection) carriedBy(cut, stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cutWire, c.stop, c.polled, c.idle = cut, stop, false, false
	if c.ending != nil {
		stop()
	}
}

// cut closes the wire, whoever uses it.
func (c *connection) cut() {
	c.mu.Lock()
	cut := c.cutWire
	c.mu.Unlock()
	cut()
}

// belong says whose the connection is and where its frames come from. From now
// on it ends when the principal does. The answer to the sign-in, if there is
// one, is owed in the same step: who has read it is told of a restart.
func (c *connection) belong(p access.Principal, session *feed.Session, answer []byte) {
	c.mu.Lock()
	c.principal, c.session = p, session
	if answer != nil {
		c.push(owed{text: answer})
	}
	if c.ending == nil {
		c.watch = time.AfterFunc(c.live.times.look, c.look)
	}
	c.mu.Unlock()
	c.wake()
	c.check()
}

// become says whose the connection is from now on.
func (c *connection) become(p access.Principal) {
	c.mu.Lock()
	c.principal = p
	c.mu.Unlock()
	c.check()
}

// check ends the connection of a principal that is none any more, or that may
// not see what it is sent (J9). What changed between the check of the secret
// and belong or become told nobody.
func (c *connection) check() {
	c.mu.Lock()
	former := c.principal
	c.mu.Unlock()
	present, err := c.live.access.Present(former.ID)
	switch {
	case err != nil, former.Can(access.ReadMonitoring) && !present.Can(access.ReadMonitoring):
		c.end(closedUnauthorized)
	case !slices.Equal(former.Clients, present.Clients):
		c.end(closedChanged)
	}
}

// warnBefore has the client told before its sign-in ends, at the moment given.
func (c *connection) warnBefore(end time.Time) {
	c.mu.Lock()
	c.expires = end
	c.mu.Unlock()
}

// look is called again and again: an expiry is told by nobody, and heartbeats
// are due.
func (c *connection) look() {
	c.check()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil {
		return
	}
	if !c.expires.IsZero() && c.expires.Sub(c.live.now()) <= c.live.times.warning {
		c.expiring, c.expires = c.expires, time.Time{}
		c.wake()
	}
	if c.looks++; time.Duration(c.looks)*c.live.times.look >= c.live.times.heartbeat {
		if c.polled && c.beatDue { // nobody asked for the last one
			c.finish(closedSlow)
			return
		}
		c.looks, c.beatDue = 0, true
		c.wake()
	}
	c.watch.Reset(c.live.times.look)
}

// owe leaves a text for the sender.
func (c *connection) owe(text []byte, late bool) {
	c.mu.Lock()
	c.push(owed{text, late})
	c.mu.Unlock()
	c.wake()
}

// push is owe for who has mu and wakes the sender.
func (c *connection) push(o owed) {
	o.late = o.late && !c.idle // no frames are on their way
	c.owed = append(c.owed, o)
	c.owedBytes += len(o.text)
	c.owedLate = c.owedLate || o.late
}

// oweEcho leaves the answer to a ping. Only the latest has to be answered.
func (c *connection) oweEcho(data string) {
	c.mu.Lock()
	c.pong = []byte(data)
	c.mu.Unlock()
	c.wake()
}

// room waits until the client has taken enough of what it is owed. A client
// that asks but does not read is not read from any more; one that polls would
// have to poll first, and has gone too far.
func (c *connection) room() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.owedBytes > owedBytesMax && c.ending == nil {
		if c.polled {
			c.finish(closedSlow)
			return
		}
		c.drained.Wait()
	}
}

// settle waits until the sender has taken what is late: it must not come
// after what is not.
func (c *connection) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.owedLate && c.ending == nil {
		c.drained.Wait()
	}
}

// end ends the connection; the first reason counts.
func (c *connection) end(why closing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(why)
}

// finish is end for who has mu.
func (c *connection) finish(why closing) {
	if c.ending == nil {
		c.ending = &why
		if c.watch != nil {
			c.watch.Stop()
		}
		close(c.ended)
		c.stop()
		c.drained.Broadcast()
	}
	c.wake()
}

// take hands the sender what is due.
func (c *connection) take() due {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := due{owed: c.owed, pong: c.pong, beat: c.beatDue, expiring: c.expiring, ending: c.ending, joined: c.session != nil}
	c.owed, c.owedBytes, c.owedLate, c.pong, c.beatDue, c.expiring = nil, 0, false, nil, false, time.Time{}
	c.idle = c.polled
	c.drained.Broadcast()
	return d
}

// next waits for frames of the hub or for something else to send.
func (c *connection) next() ([]feed.Message, error) {
	c.mu.Lock()
	session := c.session
	c.idle = false
	c.mu.Unlock()
	if session == nil {
		<-c.poke
		return nil, nil
	}
	return session.Next(c.poke)
}

// away reports whether nobody is there to send to.
func (c *connection) away() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle
}

// reason is why the connection ends, nil as long as it does not.
func (c *connection) reason() *closing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// of reports whether the connection is the principal's.
func (c *connection) of(principalID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.principal.ID == principalID
}

func (c *connection) wake() {
	select {
	case c.poke <- struct{}{}:
	default:
	}
}
