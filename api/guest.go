package api

import (
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
)

// guest is who asks over a live connection, and what they may: the same
// whatever they speak and however it is carried. Its fields are of who reads
// what it says, one at a time.
type guest struct {
	*connection
	server   *Server
	dialect  dialect
	hands    handshake
	messages *rate.Limiter
	over     int

	principal access.Principal
	tenant    *engine.Tenant
	epoch     string // of the session at the hub
}

// dialect is how a guest's texts are read and written.
type dialect interface {
	// hello begins a connection.
	hello(g *guest) []byte
	// hear does what a text of the client says.
	hear(g *guest, text []byte)
	// frame is the text of a frame of the hub; it may be written into scratch.
	frame(scratch []byte, m *feed.Message) []byte
	// ack and refusal answer a request; nil: the client wants no answer.
	ack(r *request, data any) []byte
	refusal(r *request, e *refusal) []byte
	// expiring warns that a sign-in ends.
	expiring(end time.Time) []byte
	// beat is a sign of life.
	beat(g *guest) []byte
	// parting is what is said before the connection is closed. leaves says that
	// the client then closes it, and is given a moment to do so.
	parting(why *closing, joined bool) (texts [][]byte, leaves bool)
}

func newGuest(s *Server, d dialect, hands handshake, c *connection) *guest {
	return &guest{connection: c, server: s, dialect: d, hands: hands}
}

// handle does what a request asks for; err says what is wrong with it. Requests
// are done in their order (B-80).
func (k *guest) handle(r *request, err error) {
	if k.tenant == nil {
		k.signIn(r, err)
		return
	}
	k.settle()
	if !k.inTime(r) {
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
		err = do(k, r)
	}
	if err != nil {
		k.refuse(r, err)
	}
	k.room()
}

// inTime refuses what comes too fast, and ends a connection that goes on (SEC5).
func (k *guest) inTime(r *request) bool {
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

// answer acknowledges a request.
func (k *guest) answer(r *request, data any) { k.say(k.dialect.ack(r, data), false) }

// say is owe where there may be nothing to say.
func (k *guest) say(text []byte, late bool) {
	if text != nil {
		k.owe(text, late)
	}
}

// refuse answers a request with an error.
func (k *guest) refuse(r *request, err error) {
	e, id := fault.Of(err), ""
	if e.Kind == fault.Internal {
		id = uuid.NewString()
		k.server.log.Error("a live request failed", "id", id, "event", r.event, "err", err)
	}
	k.say(k.dialect.refusal(r, newRefusal(e, k.hands.english, id)), false)
}

func (k *guest) panicked(cause any) {
	k.server.log.Error("a live connection panicked", "cause", cause, "stack", string(debug.Stack()))
	k.end(closedBroken)
}

// sessionEnded ends the connection with its session at the hub.
func (k *guest) sessionEnded(err error) {
	why := closingOf(err)
	if why == closedBroken {
		k.server.log.Error("a live session failed", "principal", k.principal.ID, "err", err)
	}
	k.end(why)
}

// leave closes the session at the hub, when nobody sends any more.
func (k *guest) leave() {
	if k.session != nil {
		k.session.Close()
	}
	k.live.leave(k.connection)
	k.server.log.Debug("live connection closed",
		"principal", k.principal.ID, "organization", k.principal.OrganizationID, "code", k.reason().code)
}

// native is flowwatch.v1: a JSON object a text.
type native struct{}

func (native) hello(g *guest) []byte {
	times := g.live.times
	return frameText(answerFrame{Event: "hello", Data: helloData{
		Protocol: liveProtocol, ServerTime: instant(g.server.engine.Now()),
		HeartbeatMs: times.heartbeat.Milliseconds(), AuthTimeoutMs: times.auth.Milliseconds(),
		BuildID: g.server.page.build,
	}})
}

func (native) hear(g *guest, text []byte) {
	r, err := readRequest(text)
	if errors.Is(err, errBadFrame) {
		g.end(closedBadFrame)
		return
	}
	g.handle(&r, err)
}

func (native) frame(_ []byte, m *feed.Message) []byte { return m.Text }

// ack names the request by its id, as refusal does.
func (native) ack(r *request, data any) []byte {
	return frameText(answerFrame{ID: r.id, Event: "ack", Data: data})
}

func (native) refusal(r *request, e *refusal) []byte {
	return frameText(answerFrame{ID: r.id, Event: "error", Error: e})
}

func (native) expiring(end time.Time) []byte { return expiringText(end) }

func (native) beat(g *guest) []byte {
	seq, sent := g.session.Heartbeat()
	return frameText(answerFrame{Event: "heartbeat", Data: heartbeatData{Seq: seq, Sent: sent, TS: instant(g.server.engine.Now())}})
}

func (native) parting(*closing, bool) ([][]byte, bool) { return nil, false }
