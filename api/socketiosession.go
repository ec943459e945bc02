package api

import (
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"flowwatch/api/compat/socketio"
)

// ioSessions are the sessions of Socket.IO that began by polling. It is safe for concurrent use; live bounds their number.
type ioSessions struct {
	mu   sync.Mutex // guards byID
	byID map[string]*ioSession
}

func newIOSessions() *ioSessions { return &ioSessions{byID: map[string]*ioSession{}} }

func (all *ioSessions) of(sid string) *ioSession {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byID[sid]
}

func (all *ioSessions) add(k *ioSession) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.byID[k.sid] = k
}

func (all *ioSessions) drop(sid string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.byID, sid)
}

// ioSession is a guest that polls: whose texts wait until the next poll takes them, so that between two polls it costs what waits, which the hub
// and owedBytesMax bound. A WebSocket may take over.
type ioSession struct {
	*guest
	sid     string
	line    *socketio.Line
	silence *time.Timer   // ends it when the client is not heard of
	told    chan struct{} // closed when the client has been told of the end
	tell    sync.Once
	parted  bool // the last words were said; of the poll
}

// newIOSession begins a session, which ends by itself.
func (s *Server) newIOSession(hands handshake) (*ioSession, error) {
	d := &ioDialect{sid: newIOID(), upgrades: []socketio.Transport{socketio.WebSocket}}
	k := &ioSession{sid: d.sid, line: socketio.NewLine(), told: make(chan struct{})}
	k.guest = newGuest(s, d, hands, newConnection(s.live, func() {}, func() {}))
	k.polled, k.idle = true, true
	if err := s.live.enter(k.connection); err != nil {
		return nil, err
	}
	s.io.add(k)
	k.silence = time.AfterFunc(s.live.times.auth, k.lateOrSilent)
	go k.keep()
	return k, nil
}

// keep waits for the end, lets the client hear of it, and leaves nothing behind.
func (k *ioSession) keep() {
	<-k.ended
	k.silence.Stop()
	linger := time.NewTimer(k.live.times.linger)
	defer linger.Stop()
	select {
	case <-k.told:
	case <-linger.C:
		if k.line.Carried() {
			<-k.told // the WebSocket has limits of its own
		}
	}
	k.server.io.drop(k.sid)
	k.line.Close()
	k.leave()
}

// lateOrSilent ends who was not heard of.
func (k *ioSession) lateOrSilent() {
	k.mu.Lock()
	joined := k.session != nil
	k.mu.Unlock()
	if joined {
		k.end(closedSilent)
	} else {
		k.end(closedAuthLate)
	}
}

// heard gives a client that is signed in its time anew.
func (k *ioSession) heard() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session != nil && k.ending == nil {
		k.silence.Reset(k.live.times.silence)
	}
}

// endTold says that nothing more can be told to the client.
func (k *ioSession) endTold() { k.tell.Do(func() { close(k.told) }) }

// poll waits for what is to be sent. The line is the caller's. After the last
// words, the next poll closes the transport.
func (k *ioSession) poll() (payload []byte) {
	add := func(text []byte) { payload = socketio.AppendText(payload, text) }
	for !k.parted {
		frames, err := k.next()
		if err != nil {
			k.sessionEnded(err)
		}
		d := k.take()
		if d.ending != nil && d.ending.withholds() {
			frames = nil
		}
		k.utter(frames, &d, add)
		k.parted = d.ending != nil
		switch {
		case len(payload) > 0:
			return payload
		case !k.parted && k.line.Hurried():
			return []byte{byte(socketio.NoopPacket)}
		}
	}
	k.endTold()
	if *k.reason() == closedGone {
		return []byte{byte(socketio.NoopPacket)} // it is the client that goes
	}
	return []byte{byte(socketio.ClosePacket)}
}

// post does what the packets of a post say. The line is the caller's.
func (k *ioSession) post(body []byte) error {
	if len(body) > messageBytesMax {
		k.end(closedTooLarge)
		return errBodyTooLarge
	}
	for text := range socketio.Texts(body) {
		if k.reason() != nil {
			break
		}
		k.dialect.hear(k.guest, text)
	}
	k.heard()
	if why := k.reason(); why != nil && (*why == closedPacket || *why == closedBinary) {
		return socketio.ErrRequest
	}
	return nil
}

// carryBy lets a WebSocket carry the session, if the client tries it and it works.
func (k *ioSession) carryBy(conn *websocket.Conn) {
	w := &socket{guest: k.guest, conn: conn, raw: wireOf(conn)}
	if !k.taken(w) {
		_ = w.raw.Close()
		return
	}
	defer k.endTold()
	k.silence.Stop()
	k.carriedBy(w.cutWire, w.stopReading)
	w.prepare()
	w.heard()
	w.carry()
}

// taken reports whether the WebSocket took over. A session that ends meanwhile ends the attempt.
func (k *ioSession) taken(w *socket) bool {
	tried := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-k.ended:
			w.cutWire()
		case <-tried:
		}
	}()
	defer func() {
		close(tried)
		<-watched
	}()
	return k.tried(w)
}

// tried answers the probe and waits for the upgrade.
func (k *ioSession) tried(w *socket) bool {
	if k.line.Ask() != nil {
		return false
	}
	defer k.line.Abandon()
	_ = w.raw.SetReadDeadline(time.Now().Add(k.live.times.auth))
	if !saysPacket(w.conn, socketio.PingPacket) || k.line.Probed() != nil {
		return false
	}
	_ = w.raw.SetWriteDeadline(time.Now().Add(k.live.times.write))
	if w.conn.WriteMessage(websocket.TextMessage, []byte(string(socketio.PongPacket)+socketio.Probe)) != nil {
		return false
	}
	k.wake() // the poll that waits
	if !saysPacket(w.conn, socketio.UpgradePacket) {
		return false
	}
	if k.line.Take() != nil {
		k.end(closedPacket)
		return false
	}
	return true
}

// probeRoom is more than a probe takes: beyond it the library says farewell by itself, before the session knows that it may be tried again.
const probeRoom = 1 << 10

// saysPacket reads a packet and reports whether it is of the kind.
func saysPacket(conn *websocket.Conn, kind socketio.Kind) bool {
	conn.SetReadLimit(probeRoom)
	defer conn.SetReadLimit(0)
	_, text, err := conn.ReadMessage()
	if err != nil {
		return false
	}
	packet, err := socketio.ReadPacket(text)
	return err == nil && packet.Kind == kind
}
