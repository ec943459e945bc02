package api

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

// socket is one WebSocket. The goroutine of its handler reads; a second one,
// and nobody else, writes.
type socket struct {
	*connection
	server *Server
	conn   *websocket.Conn // the reader's
	raw    net.Conn        // the wire itself: what conn wraps cannot be closed
	hands  handshake

	// Of the reader.
	principal access.Principal
	tenant    *engine.Tenant
	epoch     string // of the session at the hub
	messages  *rate.Limiter
	over      int
}

func newSocket(s *Server, conn *websocket.Conn, hands handshake) *socket {
	k := &socket{server: s, conn: conn, raw: wireOf(conn), hands: hands}
	k.connection = newConnection(s.live, func() { _ = k.raw.Close() }, func() {
		_ = k.raw.SetReadDeadline(time.Now().Add(s.live.times.linger))
	})
	return k
}

// wireOf finds the connection below the one whose Close does nothing while
// the handler runs.
func wireOf(conn *websocket.Conn) net.Conn {
	if hijacked, ok := conn.NetConn().(interface{ UnsafeConn() net.Conn }); ok {
		return hijacked.UnsafeConn()
	}
	return conn.NetConn()
}

// run serves the socket until it ends. When it returns, nothing of it is left
// that could touch the connection, which others get next.
func (k *socket) run() {
	if err := k.live.enter(k.connection); err != nil {
		k.end(closingOf(err))
		k.write() // nobody else does
		return
	}
	defer k.live.leave(k.connection)
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write()
	}()
	defer func() {
		k.end(closedGone)
		<-written
		if k.session != nil {
			k.session.Close()
		}
		k.server.log.Debug("live connection closed",
			"principal", k.principal.ID, "organization", k.principal.OrganizationID, "code", k.reason().code)
	}()
	defer func() {
		if cause := recover(); cause != nil {
			k.panicked(cause)
		}
	}()
	k.read()
}

func (k *socket) panicked(cause any) {
	k.server.log.Error("a live connection panicked", "cause", cause, "stack", string(debug.Stack()))
	k.end(closedBroken)
}

// read reads until the client leaves or is silent for too long. After the end
// it goes on for a moment and drops what comes: a connection that is closed
// with something unread loses what was written to it last.
func (k *socket) read() {
	k.prepare()
	for {
		kind, r, err := k.conn.NextReader()
		if err != nil {
			k.lost(err)
			return
		}
		if k.reason() != nil {
			continue
		}
		k.heard()
		if kind != websocket.TextMessage {
			k.end(closedBadFrame)
			continue
		}
		k.receive(r)
	}
}

// prepare sets the handlers and limits, and greets.
func (k *socket) prepare() {
	k.conn.SetPingHandler(func(data string) error {
		k.heard()
		k.oweEcho(data)
		return nil
	})
	k.conn.SetPongHandler(func(string) error {
		k.heard()
		return nil
	})
	k.conn.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = websocket.CloseNormalClosure
		}
		k.end(closing{code: code})
		return nil
	})
	if k.hands.foreign {
		k.end(closedVersion)
		return
	}
	times := k.live.times
	k.mu.Lock()
	if k.ending == nil {
		_ = k.raw.SetReadDeadline(time.Now().Add(times.auth))
	}
	k.mu.Unlock()
	k.owe(frameText(answerFrame{Event: "hello", Data: helloData{
		Protocol: liveProtocol, ServerTime: instant(k.server.engine.Now()),
		HeartbeatMs: times.heartbeat.Milliseconds(), AuthTimeoutMs: times.auth.Milliseconds(),
	}}), false)
}

// heard gives a client that is signed in its time anew.
func (k *socket) heard() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session != nil && k.ending == nil {
		_ = k.raw.SetReadDeadline(time.Now().Add(k.live.times.silence))
	}
}

// lost ends the socket because nothing can be read any more.
func (k *socket) lost(err error) {
	var late net.Error
	switch {
	case !errors.As(err, &late) || !late.Timeout():
		k.end(closedGone)
	case k.tenant == nil:
		k.end(closedAuthLate)
	default:
		k.end(closedSilent)
	}
}

// readBuffers hold messages while they are read. An idle socket has none.
var readBuffers = sync.Pool{New: func() any { return new([messageBytesMax + 1]byte) }}

// receive reads one message and does what it asks for.
func (k *socket) receive(r io.Reader) {
	buffer, ok := readBuffers.Get().(*[messageBytesMax + 1]byte)
	if !ok {
		panic("BUG: api: a strange read buffer")
	}
	defer readBuffers.Put(buffer)
	n, err := io.ReadFull(r, buffer[:])
	switch {
	case err == nil:
		k.end(closedTooLarge)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		k.handle(buffer[:n])
	}
	// Any other error is permanent: the next read returns it.
}

// handle does what a message asks for. Messages are done in their order (B-80).
func (k *socket) handle(message []byte) {
	r, err := readRequest(message)
	if errors.Is(err, errBadFrame) {
		k.end(closedBadFrame)
		return
	}
	if k.tenant == nil {
		k.signIn(&r, err)
		return
	}
	k.settle()
	if !k.inTime(&r) {
		return
	}
	if present, gone := k.live.access.Present(k.principal.ID); gone == nil {
		if !slices.Equal(k.principal.Clients, present.Clients) {
			k.end(closedChanged) // the handle is that of the former clients
			return
		}
		k.principal = present // rights may have changed; if it is gone, the connection is ended already or soon
	}
	if err == nil {
		do, known := commands[r.event]
		if !known {
			do = unknownCommand
		}
		err = do(k, &r)
	}
	if err != nil {
		k.refuse(&r, err)
	}
	k.room()
}

// inTime refuses what comes too fast, and ends a socket that goes on (SEC5).
func (k *socket) inTime(r *request) bool {
	if k.messages == nil {
		k.messages = rate.NewLimiter(messagesPerSecond, messagesBurst)
	}
	if k.messages.Allow() {
		if k.messages.Tokens() >= messagesBurst-1 {
			k.over = 0 // it was calm for a while
		}
		return true
	}
	if k.over++; k.over > messagesOverMax {
		k.end(closedTooMany)
		return false
	}
	k.refuse(r, errTooFast)
	return false
}

var errTooFast = fault.New(fault.Exhausted, "rate_limited", "too many messages").After(time.Second)

// answer acknowledges a request. The ids tell the client to which.
func (k *socket) answer(r *request, data any) {
	k.owe(frameText(answerFrame{ID: r.id, Event: "ack", Data: data}), false)
}

// refuse answers a request with an error.
func (k *socket) refuse(r *request, err error) {
	e, id := fault.Of(err), ""
	if e.Kind == fault.Internal {
		id = uuid.NewString()
		k.server.log.Error("a live request failed", "id", id, "event", r.event, "err", err)
	}
	k.owe(frameText(answerFrame{ID: r.id, Event: "error", Error: newRefusal(e, k.hands.english, id)}), false)
}
