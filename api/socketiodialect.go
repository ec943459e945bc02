package api

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"flowwatch/api/compat/socketio"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
)

// monitoring is the one namespace.
const monitoring = "/monitoring"

// closedPacket ends who does not speak Socket.IO.
var closedPacket = closing{4400, socketio.ErrMalformed.Error()}

// exception is the event by which the seed's gateway tells of an error that no
// acknowledgement was asked for.
const exception = "exception"

// exceptionData is its data. Code is the refusal's, or the close code.
type exceptionData struct {
	Status  string `json:"status"`
	Code    any    `json:"code"`
	Message string `json:"message"`
	Event   string `json:"event,omitempty"` // which one was refused
}

// refusedData acknowledges what was refused.
type refusedData struct {
	Success bool     `json:"success"`
	Error   *refusal `json:"error"`
}

// ioDialect is Socket.IO 5 on Engine.IO 4: the same events and answers as
// flowwatch.v1, in packets of the namespace.
type ioDialect struct {
	sid      string               // of the session
	upgrades []socketio.Transport // what may carry it instead
}

func (d *ioDialect) hello(g *guest) []byte {
	h := socketio.Handshake{SID: d.sid, MaxPayload: messageBytesMax}
	for _, t := range d.upgrades {
		h.Upgrades = append(h.Upgrades, string(t))
	}
	times := g.live.times
	h.PingInterval, h.PingTimeout = times.heartbeat.Milliseconds(), (times.silence - times.heartbeat).Milliseconds()
	return h.Text()
}

// hear reads a packet of Engine.IO. Whatever is none ends the connection.
func (d *ioDialect) hear(g *guest, text []byte) {
	packet, err := socketio.ReadPacket(text)
	if err == nil {
		switch packet.Kind {
		case socketio.PongPacket:
		case socketio.ClosePacket:
			g.end(closedGone)
		case socketio.MessagePacket:
			err = d.hearMessage(g, packet.Text)
		default: // only a WebSocket that is tried says others
			err = socketio.ErrMalformed
		}
	}
	switch {
	case errors.Is(err, socketio.ErrBinary):
		g.end(closedBinary)
	case err != nil:
		g.end(closedPacket)
	}
}

// hearMessage does what a packet of Socket.IO asks for.
func (d *ioDialect) hearMessage(g *guest, text []byte) error {
	m, err := socketio.ReadMessage(text)
	joined := g.tenant != nil
	switch {
	case err != nil:
		return err
	case m.Type == socketio.Connect && m.Namespace != monitoring:
		g.owe(socketio.AppendConnectError(nil, m.Namespace, "Invalid namespace", nil), false)
		return nil
	case m.Namespace != monitoring, joined == (m.Type == socketio.Connect):
		return socketio.ErrMalformed
	case m.Type == socketio.Ack:
		return nil // nothing was asked
	case m.Type == socketio.Disconnect:
		g.end(closedGone)
		return nil
	}
	r := request{id: m.ID, event: m.Name, data: m.Argument}
	if m.Type == socketio.Connect {
		r.id, r.event, r.connects = nil, "auth", true
	}
	g.handle(&r, nil)
	return nil
}

// frame is the hub's event with its data, in which the seq stands as in B-55.
func (d *ioDialect) frame(scratch []byte, m *feed.Message) []byte {
	data := m.Data()
	if m.Seq == 0 || len(data) <= len("{}") {
		return socketio.AppendEvent(scratch, monitoring, m.Event, data)
	}
	const member = `,"seq":`
	whole := make([]byte, 0, len(data)+len(member)+20)
	whole = append(append(whole, data[:len(data)-1]...), member...)
	return socketio.AppendEvent(scratch, monitoring, m.Event, append(strconv.AppendUint(whole, m.Seq, 10), '}'))
}

func (d *ioDialect) ack(r *request, data any) []byte {
	switch {
	case r.connects:
		return socketio.AppendConnect(nil, monitoring, d.sid)
	case r.id == nil:
		return nil
	}
	return socketio.AppendAck(nil, monitoring, *r.id, jsonOf(data))
}

func (d *ioDialect) refusal(r *request, e *refusal) []byte {
	switch {
	case r.connects:
		return socketio.AppendConnectError(nil, monitoring, e.Code, jsonOf(e))
	case r.id == nil:
		return exceptionText(exceptionData{Code: e.Code, Message: e.Message, Event: r.event})
	}
	return socketio.AppendAck(nil, monitoring, *r.id, jsonOf(refusedData{Error: e}))
}

func (d *ioDialect) expiring(end time.Time) []byte {
	return socketio.AppendEvent(nil, monitoring, "auth:expiring", jsonOf(expiringData{ExpiresAt: execution.At(end)}))
}

func (d *ioDialect) beat(*guest) []byte { return []byte{byte(socketio.PingPacket)} }

// parting tells who need not come back why, before the namespace is left: the client closes the transport then. It does so after it has emitted what it
// got, which it does not do once the transport is closed. Others come back by themselves when their transport is closed.
func (d *ioDialect) parting(why *closing, joined bool) ([][]byte, bool) {
	if !joined || !why.final() {
		return nil, why.final()
	}
	return [][]byte{exceptionText(exceptionData{Code: why.code, Message: why.text}), socketio.AppendDisconnect(nil, monitoring)}, true
}

func exceptionText(data exceptionData) []byte {
	data.Status = "error"
	return socketio.AppendEvent(nil, monitoring, exception, jsonOf(data))
}

// jsonOf is the JSON of what only one client is told.
func jsonOf(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: api: marshal an answer of Socket.IO: " + err.Error())
	}
	return text
}
