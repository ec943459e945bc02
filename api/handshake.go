package api

import (
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

const (
	liveProtocol  = "flowwatch.v1"
	handshakeKey  = "flowwatch.handshake"
	socketBufSize = 1024 // for reading; the server writes on its own
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
func newUpgrade(s *Server) fiber.Handler {
	return websocket.New(func(wrapper *websocket.Conn) {
		hands, ok := wrapper.Locals(handshakeKey).(handshake)
		if !ok {
			panic("BUG: api: a socket without its handshake")
		}
		// The wrapper is used again for other clients: only what is in it is kept.
		newSocket(s, wrapper.Conn, hands).run()
	}, websocket.Config{
		Subprotocols:   []string{liveProtocol},
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
	h := handshake{
		address: address, english: prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)),
		foreign: !speaksOurs(c.Get("Sec-WebSocket-Protocol")),
	}
	// A cookie goes with whatever a browser sends, so it counts only where the
	// browser says that the own page is asking.
	if c.Get(fiber.HeaderOrigin) != "" {
		h.cookie = strings.Clone(c.Cookies(sessionCookie))
	}
	c.Locals(handshakeKey, h)
	return s.upgrade(c)
}

// speaksOurs reads Sec-WebSocket-Protocol: a client that offers nothing
// speaks ours.
func speaksOurs(offered string) bool {
	if strings.TrimSpace(offered) == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(offered, ","), func(name string) bool { return strings.TrimSpace(name) == liveProtocol })
}
