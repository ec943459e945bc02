package socketio

import "sync"

// Line says who carries the packets of a session that began by polling: polls
// and posts, one of each at a time, until a WebSocket that was probed takes
// over. It is safe for concurrent use; NewLine makes one.
type Line struct {
	mu      sync.Mutex // guards the rest
	free    sync.Cond  // on mu: a poll or a post has ended
	state   lineState
	polling bool // a poll is being answered
	posting bool
}

type lineState uint8

const (
	polled  lineState = iota // polls alone
	asked                    // a WebSocket is there
	probed                   // and it works: polls are to end
	carried                  // the WebSocket alone
	closed                   // nobody any more
)

// NewLine returns the line of a new session.
func NewLine() *Line {
	l := &Line{}
	l.free.L = &l.mu
	return l
}

// BeginPoll lets a poll be answered, until EndPoll. ErrRequest means that polls
// are over; or, with overlap, that there is one already, which ends the session.
func (l *Line) BeginPoll() (overlap bool, err error) { return l.begin(&l.polling) }

// EndPoll follows a BeginPoll without an error.
func (l *Line) EndPoll() { l.end(&l.polling) }

// BeginPost is BeginPoll for what the client sends.
func (l *Line) BeginPost() (overlap bool, err error) { return l.begin(&l.posting) }

// EndPost follows a BeginPost without an error.
func (l *Line) EndPost() { l.end(&l.posting) }

func (l *Line) begin(busy *bool) (overlap bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *busy || l.state >= carried {
		return *busy, ErrRequest
	}
	*busy = true
	return false, nil
}

func (l *Line) end(busy *bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*busy = false
	l.free.Broadcast()
}

// Ask announces a WebSocket. There is one at a time.
func (l *Line) Ask() error { return l.step(polled, asked) }

// Probed says that the WebSocket works: from now on Hurried.
func (l *Line) Probed() error { return l.step(asked, probed) }

func (l *Line) step(from, to lineState) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != from {
		return ErrRequest
	}
	l.state = to
	return nil
}

// Hurried says that polls are to be answered at once, with a NoopPacket if
// there is nothing else: the client waits for the last one.
func (l *Line) Hurried() bool { return l.is(probed) }

// Take gives the line to the WebSocket; it waits for the last poll. A client
// whose WebSocket was not probed, or that is still posting, does not keep to
// the protocol.
func (l *Line) Take() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != probed || l.posting {
		return ErrRequest
	}
	l.state = carried
	for l.polling {
		l.free.Wait()
	}
	return nil
}

// Abandon goes back to polls after a WebSocket that did not take over.
func (l *Line) Abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state < carried {
		l.state = polled
	}
}

// Carried reports whether the WebSocket took over.
func (l *Line) Carried() bool { return l.is(carried) }

func (l *Line) is(state lineState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state == state
}

// Close lets nobody carry the line any more; it waits for a poll and a post.
func (l *Line) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = closed
	for l.polling || l.posting {
		l.free.Wait()
	}
}
