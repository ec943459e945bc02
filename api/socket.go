package api

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
)

// socket is a WebSocket that carries a guest's connection. The goroutine of its
// handler reads; a second one, and nobody else, writes.
type socket struct {
	*guest
	conn *websocket.Conn // the reader's
	raw  net.Conn        // the wire itself: what conn wraps cannot be closed
}

func newSocket(s *Server, conn *websocket.Conn, d dialect, hands handshake) *socket {
	k := &socket{conn: conn, raw: wireOf(conn)}
	k.guest = newGuest(s, d, hands, newConnection(s.live, k.cutWire, k.stopReading))
	return k
}

// cutWire closes the wire, in whatever state it is.
func (k *socket) cutWire() { _ = k.raw.Close() }

// stopReading makes the reader give up soon.
func (k *socket) stopReading() { _ = k.raw.SetReadDeadline(time.Now().Add(k.live.times.linger)) }

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
	defer k.leave()
	k.prepare()
	k.mu.Lock()
	if k.ending == nil {
		_ = k.raw.SetReadDeadline(time.Now().Add(k.live.times.auth))
	}
	k.mu.Unlock()
	if k.hands.foreign {
		k.end(closedVersion)
	} else {
		k.owe(k.dialect.hello(k.guest), false)
	}
	k.carry()
}

// carry reads and writes until the end.
func (k *socket) carry() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write()
	}()
	defer func() {
		k.end(closedGone)
		<-written
	}()
	defer func() {
		if cause := recover(); cause != nil {
			k.panicked(cause)
		}
	}()
	k.read()
}

// read reads until the client leaves or is silent for too long. After the end
// it goes on for a moment and drops what comes: a connection that is closed
// with something unread loses what was written to it last.
func (k *socket) read() {
	for {
		kind, r, err := k.conn.NextReader()
		if err != nil {
			k.lost(err)
			return
		}
		if k.reason() != nil {
			continue
		}
		if kind != websocket.TextMessage {
			k.end(closedBinary)
			continue
		}
		k.heard()
		k.receive(r)
		k.heard() // the first text may have been the sign-in
	}
}

// prepare sets the handlers of control frames.
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
		k.dialect.hear(k.guest, buffer[:n])
	}
	// Any other error is permanent: the next read returns it.
}
