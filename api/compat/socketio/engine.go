// Package socketio is the wire of socket.io's clients 3 and 4: packets of
// Engine.IO 4, which long polling and WebSocket carry, and within them those of
// Socket.IO 5. It reads and writes texts and knows who may carry a session's;
// sockets, clients and what they ask for are its caller's.
//
// What it does is in github.com/socketio/engine.io-protocol (README.md, v4) and
// github.com/socketio/socket.io-protocol (Readme.md, v5). Packets with binary
// attachments are refused: nobody has a use for them here.
package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// Kind is the first character of an Engine.IO packet.
type Kind byte

// The kinds of packets.
const (
	OpenPacket    Kind = '0' // by the server, first: Handshake
	ClosePacket   Kind = '1'
	PingPacket    Kind = '2' // by the server; by the client only to probe
	PongPacket    Kind = '3'
	MessagePacket Kind = '4' // a Message
	UpgradePacket Kind = '5' // by the client: the WebSocket carries everything from here on
	NoopPacket    Kind = '6' // by the server: ends a poll
)

// Probe is the text of the ping and pong by which a client tries a WebSocket.
const Probe = "probe"

const (
	protocolVersion = "4"
	binaryMark      = 'b'    // of a packet in base64, while polling
	separator       = '\x1e' // between packets of one poll or post
)

// Errors of texts of clients.
var (
	ErrMalformed = errors.New("not a packet of Engine.IO 4 and Socket.IO 5")
	ErrBinary    = errors.New("binary packets are not taken")
)

// Packet is one of Engine.IO. Text is a part of what it was read from.
type Packet struct {
	Kind Kind
	Text []byte
}

// ReadPacket reads a packet of a client.
func ReadPacket(text []byte) (Packet, error) {
	switch {
	case len(text) == 0 || !utf8.Valid(text):
		return Packet{}, ErrMalformed
	case text[0] == binaryMark:
		return Packet{}, ErrBinary
	}
	p := Packet{Kind: Kind(text[0]), Text: text[1:]}
	fits := false
	switch p.Kind {
	case PingPacket:
		fits = string(p.Text) == Probe
	case PongPacket, ClosePacket, UpgradePacket:
		fits = len(p.Text) == 0
	case MessagePacket:
		fits = true
	}
	if !fits {
		return Packet{}, ErrMalformed
	}
	return p, nil
}

// Texts are the packets of one post, as they were written.
func Texts(body []byte) iter.Seq[[]byte] { return bytes.SplitSeq(body, []byte{separator}) }

// AppendText appends a packet's text to what a poll answers.
func AppendText(payload, text []byte) []byte {
	if len(payload) > 0 {
		payload = append(payload, separator)
	}
	return append(payload, text...)
}

// Handshake begins a session. Times are in ms.
type Handshake struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"` // what it may be carried by instead
	PingInterval int64    `json:"pingInterval"`
	PingTimeout  int64    `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"` // bytes of a message, and of a post
}

// Text is the packet.
func (h Handshake) Text() []byte {
	if h.Upgrades == nil {
		h.Upgrades = []string{}
	}
	body, err := json.Marshal(h)
	if err != nil {
		panic("BUG: socketio: marshal a handshake: " + err.Error())
	}
	return append([]byte{byte(OpenPacket)}, body...)
}

// Transport carries packets.
type Transport string

// The transports. WebTransport is not offered.
const (
	Polling   Transport = "polling"
	WebSocket Transport = "websocket"
)

// Refusal is an error of a request, with the codes of Engine.IO's own server.
type Refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// The refusals.
var (
	ErrTransport = &Refusal{0, "Transport unknown"}
	ErrSession   = &Refusal{1, "Session ID unknown"}
	ErrMethod    = &Refusal{2, "Bad handshake method"}
	ErrRequest   = &Refusal{3, "Bad request"}
	ErrForbidden = &Refusal{4, "Forbidden"}
	ErrVersion   = &Refusal{5, "Unsupported protocol version"}
)

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

// Status is that of HTTP.
func (r *Refusal) Status() int {
	if r == ErrForbidden {
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// Request is what the query of a request says.
type Request struct {
	Transport Transport
	SID       string // "": a new session
}

// ReadRequest reads the query of a request. The version counts in the first
// request of a session only, as with Engine.IO's own server.
func ReadRequest(method string, query url.Values) (Request, error) {
	r := Request{Transport: Transport(query.Get("transport")), SID: query.Get("sid")}
	switch {
	case r.Transport != Polling && r.Transport != WebSocket:
		return r, ErrTransport
	case r.SID != "":
		return r, nil
	case method != http.MethodGet:
		return r, ErrMethod
	case query.Get("EIO") != protocolVersion:
		return r, ErrVersion
	}
	return r, nil
}
