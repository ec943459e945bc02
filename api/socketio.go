package api

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fasthttp/websocket"
	fiberws "github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"flowwatch/api/compat/socketio"
)

const (
	socketIOPath  = "/socket.io" // clients put a slash behind it
	ioIDBytes     = 15
	ioPayloadType = "text/plain; charset=UTF-8"
)

// newIOID names a session. Who knows it may poll it.
func newIOID() string {
	var id [ioIDBytes]byte
	_, _ = rand.Read(id[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// socketIO serves clients of socket.io: the hub of /api/monitoring/ws, in their protocol (issue 7; overrides D-07).
func (s *Server) socketIO(c *fiber.Ctx) error {
	err := s.serveIO(c)
	if refused := new(socketio.Refusal); errors.As(err, &refused) {
		return c.Status(refused.Status()).JSON(refused)
	}
	return err
}

func (s *Server) serveIO(c *fiber.Ctx) error {
	q, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return socketio.ErrRequest
	}
	r, err := socketio.ReadRequest(c.Method(), q)
	if err != nil {
		return err
	}
	if !s.sameOrigin(c) {
		return socketio.ErrForbidden
	}
	if origin := c.Get(fiber.HeaderOrigin); slices.Contains(s.options.AllowedOrigins, origin) {
		c.Set(fiber.HeaderAccessControlAllowOrigin, origin) // or the browser would keep what was polled to itself
		c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
		c.Vary(fiber.HeaderOrigin)
	}
	if upgrade := fiberws.IsWebSocketUpgrade(c); upgrade != (r.Transport == socketio.WebSocket) {
		return socketio.ErrRequest
	}
	if r.SID == "" {
		return s.beginIO(c, r.Transport)
	}
	k := s.io.of(r.SID)
	switch {
	case k == nil:
		return socketio.ErrSession
	case r.Transport == socketio.WebSocket:
		c.Locals(serveKey, k.carryBy)
		return s.upgrade(c)
	case c.Method() == http.MethodPost:
		return k.servePost(c)
	}
	return k.servePoll(c)
}

// beginIO begins a session.
func (s *Server) beginIO(c *fiber.Ctx, t socketio.Transport) error {
	address := string([]byte(c.IP()))
	if err := s.live.admit(address); err != nil {
		return err
	}
	hands := handshakeOf(c, address)
	if t == socketio.WebSocket {
		c.Locals(serveKey, func(conn *websocket.Conn) { newSocket(s, conn, &ioDialect{sid: newIOID()}, hands).run() })
		return s.upgrade(c)
	}
	k, err := s.newIOSession(hands)
	if err != nil {
		return err
	}
	return sendPayload(c, k.dialect.hello(k.guest))
}

// servePoll answers with what waits for the client, or comes soon.
func (k *ioSession) servePoll(c *fiber.Ctx) error {
	overlap, err := k.line.BeginPoll()
	if err != nil {
		if overlap {
			k.end(closedPacket)
		}
		return err
	}
	defer k.line.EndPoll()
	payload := k.poll()
	if err := c.Context().SetWriteDeadline(time.Now().Add(k.live.times.write)); err != nil {
		return err
	}
	return sendPayload(c, payload)
}

// servePost takes what the client says.
func (k *ioSession) servePost(c *fiber.Ctx) error {
	overlap, err := k.line.BeginPost()
	if err != nil {
		if overlap {
			k.end(closedPacket)
		}
		return err
	}
	defer k.line.EndPost()
	if err := k.post(c.Request().Body()); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html") // as Engine.IO's own server has it: not text/plain, whose length some telephones got wrong
	return c.SendString("ok")
}

func sendPayload(c *fiber.Ctx, payload []byte) error {
	c.Set(fiber.HeaderContentType, ioPayloadType)
	return c.Send(payload)
}

// socketIORoutes are those of socket.io's clients. Who they are comes in the packet that joins the namespace.
func socketIORoutes() []route {
	query := []parameter{
		{name: "transport", kind: "string", enum: []string{string(socketio.Polling), string(socketio.WebSocket)}},
		{name: "EIO", kind: "string", about: "4"}, {name: "sid", kind: "string", about: "of the session; none begins one"},
	}
	return []route{
		{method: "GET", path: socketIOPath, summary: "Live updates for clients of socket.io 3 and 4, namespace /monitoring: begin, poll or upgrade", public: true,
			handle: plain((*Server).socketIO), endless: true, query: query, media: "text/plain"},
		{method: "POST", path: socketIOPath, summary: "What a client of socket.io says that polls", public: true,
			handle: plain((*Server).socketIO), query: query, accepts: []string{"text/plain"}, media: "text/html"},
	}
}
