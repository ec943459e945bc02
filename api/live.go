package api

import (
	"context"
	"sync"
	"time"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

// When clients of a server that stops are asked to come back.
const (
	returnAfterMin = 200 * time.Millisecond
	returnAfterMax = 5 * time.Second
)

// liveTimes are the periods of live connections. Zero fields get the
// contract's values; tests shorten them.
type liveTimes struct {
	auth      time.Duration // from the handshake to the sign-in; 5 s
	heartbeat time.Duration // between two signs of life; 15 s
	look      time.Duration // how soon an expiry is noticed; 3 s
	warning   time.Duration // how long before its sign-in ends a client is told; 1 min
	silence   time.Duration // how long a client may leave pings unanswered; 45 s
	write     time.Duration // how long one write may take; 10 s
	linger    time.Duration // how long a client's answer to a close frame is waited for; 1 s
	drain     time.Duration // how long clients may take to leave; 4 s
}

func (t liveTimes) withDefaults() liveTimes {
	for _, field := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&t.auth, 5 * time.Second}, {&t.heartbeat, 15 * time.Second}, {&t.look, 3 * time.Second},
		{&t.warning, time.Minute}, {&t.silence, 45 * time.Second}, {&t.write, 10 * time.Second},
		{&t.linger, time.Second}, {&t.drain, 4 * time.Second},
	} {
		if *field.value == 0 {
			*field.value = field.otherwise
		}
	}
	return t
}

var (
	errLeaving  = fault.New(fault.Unavailable, "restarting", "the server is restarting").After(time.Second)
	errLiveFull = fault.New(fault.Unavailable, "too_many_connections", "the server has no room for another live connection").
			After(5 * time.Second)
)

// live is what all live connections of a server share. It is safe for
// concurrent use.
type live struct {
	access     *access.Store
	now        func() time.Time
	times      liveTimes
	max        int    // connections of all organisations
	limited    bool   // false: handshakes and connections have no limits
	handshakes *rates // by address
	failures   *rates // by address
	forget     func() // ends the wait for changes of rights

	mu          sync.Mutex // guards the rest
	connections map[*connection]struct{}
	leaving     bool
	empty       chan struct{} // closed when the server is leaving and the last connection has gone
}

func newLive(e *engine.Engine, times liveTimes, limited bool) *live {
	l := &live{
		access: e.Access(), now: e.Now, times: times.withDefaults(), max: liveRoom(descriptors()), limited: limited,
		handshakes: newRates(handshakesPerSecond, handshakesBurst), failures: newRates(failuresPerSecond, failuresBurst),
		connections: map[*connection]struct{}{}, empty: make(chan struct{}),
	}
	l.forget = l.access.OnChange(l.changed)
	return l
}

// liveRoom is how many live connections there may be when the process may have
// so many descriptors: some are left for the requests of others.
func liveRoom(descriptors int) int {
	if descriptors == 0 {
		return liveMax
	}
	return min(liveMax, max(1, descriptors/4*3))
}

// admit decides whether an address may make another handshake.
func (l *live) admit(address string) error {
	l.mu.Lock()
	err := l.room()
	l.mu.Unlock()
	if err == nil && l.limited {
		err = l.handshakes.take(address)
	}
	return err
}

// room reports whether another connection has a place. The caller has mu.
func (l *live) room() error {
	switch {
	case l.leaving:
		return errLeaving
	case len(l.connections) >= l.max:
		return errLiveFull
	}
	return nil
}

// failed counts a wrong secret, and is fault.Exhausted when there were too many.
func (l *live) failed(address string) error {
	if !l.limited {
		return nil
	}
	return l.failures.take(address)
}

// enter counts a connection in, if it has a place.
func (l *live) enter(c *connection) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(); err != nil {
		return err
	}
	l.connections[c] = struct{}{}
	return nil
}

// leave counts a connection out. Everything of it must have ended.
func (l *live) leave(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.connections, c)
	if l.leaving && len(l.connections) == 0 {
		close(l.empty)
	}
}

// count is the number of connections.
func (l *live) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.connections)
}

// limit is how many connections a principal may have; 0 is no limit.
func (l *live) limit(p access.Principal) int {
	switch {
	case !l.limited:
		return 0
	case p.Kind == access.KindSession:
		return liveOfSessionMax
	}
	return liveOfTokenMax
}

// changed looks after the connections of a principal that may be none any
// more, or may see something else.
func (l *live) changed(principalID string) {
	for _, c := range l.all() {
		if c.of(principalID) {
			c.check()
		}
	}
}

func (l *live) all() []*connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*connection, 0, len(l.connections))
	for c := range l.connections {
		all = append(all, c)
	}
	return all
}

// refuse lets no more connections in, and reports whether it is the first to
// ask for that.
func (l *live) refuse() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leaving {
		return false
	}
	l.leaving = true
	if len(l.connections) == 0 {
		close(l.empty)
	}
	return true
}

// drainSockets asks all live connections to come back later and waits until
// they have gone. Who does not go in time is cut off.
func (s *Server) drainSockets(ctx context.Context) {
	l := s.live
	if l.refuse() {
		l.forget()
		s.engine.Drain("restart", [2]time.Duration{returnAfterMin, returnAfterMax})
		for _, c := range l.all() {
			if c.of("") || c.away() { // no hub knows those that have not signed in, and who does not poll hears of none
				c.end(closedRestart)
			}
		}
	}
	late := time.NewTimer(l.times.drain)
	defer late.Stop()
	select {
	case <-l.empty:
		return
	case <-late.C:
	case <-ctx.Done():
	}
	for _, c := range l.all() {
		c.end(closedRestart)
		c.cut()
	}
	select {
	case <-l.empty:
	case <-ctx.Done():
	}
}
