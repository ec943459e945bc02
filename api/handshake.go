package api

import (
	"strings"
	"sync"
	"unicode"

	fasthttpws "github.com/fasthttp/websocket"
	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

const (
	liveProtocol   = "flowwatch.v1"
	protocolHeader = "Sec-WebSocket-Protocol"
	serveKey       = "flowwatch.serve" // what is done with the socket: func(*websocket.Conn)
	socketBufSize  = 1024              // for reading; the server writes on its own
)

// handshake is all that a socket keeps of the request that made it.
type handshake struct {
	address string // of the client, for limits; never logged
	cookie  string // the browser session's secret, "" unless the own page sends it
	english bool   // the language of messages
	foreign bool   // protocols were offered, but not ours
}

// newUpgrade returns what makes sockets of requests. There is no compression:
// a limit of bytes on the wire would be none for what they unfold to.
func newUpgrade() fiber.Handler {
	return websocket.New(func(wrapper *websocket.Conn) {
		serve, ok := wrapper.Locals(serveKey).(func(*fasthttpws.Conn))
		if !ok {
			panic("BUG: api: a socket that nobody serves")
		}
		serve(wrapper.Conn) // the wrapper is used again for other clients: only what is in it is kept
	}, websocket.Config{
		ReadBufferSize: socketBufSize, WriteBufferSize: socketBufSize, WriteBufferPool: new(sync.Pool),
	})
}

// socket makes a WebSocket of the request (W1). Who it is comes in the first
// message: a token in an address would end up in logs.
func (s *Server) socket(c *fiber.Ctx) error {
	address := c.IP()
	if err := s.live.admit(address); err != nil {
		return err
	}
	if !s.sameOrigin(c) {
		return errForeignOrigin
	}
	if !websocket.IsWebSocketUpgrade(c) {
		c.Set(fiber.HeaderUpgrade, "websocket")
		return fiber.ErrUpgradeRequired
	}
	offered := c.Get(protocolHeader)
	protocol := agreed(offered)
	if protocol != "" {
		c.Set(protocolHeader, protocol)
	}
	hands := handshakeOf(c, address)
	hands.foreign = strings.TrimSpace(offered) != "" && protocol != liveProtocol
	c.Locals(serveKey, func(conn *fasthttpws.Conn) { newSocket(s, conn, native{}, hands).run() })
	return s.upgrade(c)
}

// handshakeOf is what is kept of a request that begins a live connection. A
// cookie goes with whatever a browser sends, so it counts only where the browser
// says that the own page is asking.
func handshakeOf(c *fiber.Ctx, address string) handshake {
	h := handshake{address: address, english: prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))}
	if c.Get(fiber.HeaderOrigin) != "" || c.Get("Sec-Fetch-Site") == "same-origin" {
		h.cookie = strings.Clone(c.Cookies(sessionCookie))
	}
	return h
}

// agreed is the answer to the sub-protocols that a client offers: ours among them; else the first, since browsers give up on an answer
// without any and would not hear the close code that says why; none when none is offered.
func agreed(offered string) string {
	var first string
	for name := range strings.SplitSeq(offered, ",") {
		switch name = strings.TrimSpace(name); {
		case name == liveProtocol:
			return liveProtocol
		case first == "" && websocketToken(name):
			first = strings.Clone(name)
		}
	}
	return first
}

// websocketToken reports whether a name is one that RFC 9110 5.6.2 calls a token, and not empty.
func websocketToken(name string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(marks, r)
	})
}
