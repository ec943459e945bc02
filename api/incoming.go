package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"flowwatch/api/ingest"
	"flowwatch/engine/fault"
)

// Limits of bodies on their way, by which memory is given for what has arrived and not for what was announced.
const (
	bodyBytesFirst    = 16 << 10  // what a body is given before any of it has come, or more up to bodyBytesPooledMax if it announces more
	bodyGrowth        = 4         // how much more it is given when that is full
	bodiesBytesMax    = 256 << 20 // of all bodies over bodyBytesPooledMax together
	bodiesOfOfficeMax = bodiesBytesMax / 2
)

var (
	errBodyTooLarge = fault.New(fault.TooLarge, "body_too_large", "the body is too large")
	errBodiesFull   = fault.New(fault.Exhausted, "bodies_full", "too many large requests at a time")
)

// bodyRoom is the memory of large bodies, shared between organisations.
type bodyRoom struct {
	mu   sync.Mutex // guards the rest
	all  int
	each map[string]int // by organisation; without those that have none
}

// take is whether n more bytes are given.
func (r *bodyRoom) take(organizationID string, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all+n > bodiesBytesMax || r.each[organizationID]+n > bodiesOfOfficeMax {
		return false
	}
	r.all += n
	r.each[organizationID] += n
	return true
}

func (r *bodyRoom) giveBack(organizationID string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all -= n
	if r.each[organizationID] -= n; r.each[organizationID] == 0 {
		delete(r.each, organizationID)
	}
}

// inflatedRoom is the room of bodies, for one that a caller has sent compressed. Who is not known has none.
type inflatedRoom struct {
	bodies       *bodyRoom
	organization string
}

// Take implements ingest.Room.
func (r inflatedRoom) Take(n int) error {
	switch {
	case r.organization == "":
		return ingest.ErrBodyTooLarge
	case !r.bodies.take(r.organization, n):
		return errBodiesFull
	}
	return nil
}

// GiveBack implements ingest.Room.
func (r inflatedRoom) GiveBack(n int) { r.bodies.giveBack(r.organization, n) }

// inflate is the request's body without its encoding; it holds until release is called.
func (s *Server) inflate(c *call) (body []byte, release func(), err error) {
	return s.inflater.Inflate(c.Request().Body(), string(c.Request().Header.ContentEncoding()), inflatedRoom{&s.bodies, c.principal.OrganizationID})
}

// incoming is a body that is being received, whole, before its request is looked at. It belongs to one goroutine.
type incoming struct {
	server       *Server
	header       *fasthttp.RequestHeader
	announced    int // chunked: it does not say
	limit        int // the most that its sender may send
	known        bool
	organization string // whose room it takes
	data         []byte
	taken        int // of the room
}

// receive reads the body of a request, which is in place of its stream then, and returns what frees its memory again. An error says why it was not read to
// its end.
func (s *Server) receive(ctx *fasthttp.RequestCtx) (free func(), err error) {
	stream := ctx.Request.BodyStream()
	if stream == nil {
		return func() {}, nil
	}
	h := &ctx.Request.Header
	in := &incoming{server: s, header: h, announced: h.ContentLength(), limit: bodyBytesUnknownMax}
	if err := in.read(stream); err != nil {
		in.free()
		return nil, err
	}
	ctx.Request.SetBodyRaw(in.data)
	return in.free, nil
}

func (in *incoming) read(stream io.Reader) error {
	if in.announced > in.limit {
		if in.identify(); in.announced > in.limit {
			return errBodyTooLarge
		}
	}
	in.data = in.server.smallBody(in.announced)
	for {
		if len(in.data) == cap(in.data) {
			if err := in.grow(); err != nil {
				return err
			}
		}
		n, err := stream.Read(in.data[len(in.data):cap(in.data)])
		in.data = in.data[:len(in.data)+n]
		if len(in.data) > in.limit {
			if in.identify(); len(in.data) > in.limit {
				return errBodyTooLarge
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return brokenBody(err)
		}
	}
}

// brokenBody is what is said of a body that ended early, came too slowly or was no good.
func brokenBody(err error) error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fiber.ErrRequestTimeout
	}
	return fiber.NewError(http.StatusBadRequest, err.Error())
}

// identify raises the limit to what the sender may send, if that is somebody known. It is asked for large bodies only.
func (in *incoming) identify() {
	if in.known {
		return
	}
	in.known = true
	if organization := in.server.pingedBy(pathOf(in.header)); organization != "" {
		in.organization, in.limit = organization, bodyBytesKnownMax
		return
	}
	p, err := in.server.identify(in.header)
	if err != nil {
		return
	}
	in.organization, in.limit = p.OrganizationID, bodyBytesKnownMax
	if in.server.takesEvents(pathOf(in.header)) {
		in.limit = bodyBytesIngestMax
	}
}

// grow gives the body more memory, of the room where it is more than anybody may have: as much as it needs, or a few times what has come.
func (in *incoming) grow() error {
	next, taken := bodyGrowth*cap(in.data), 0
	if next > bodyBytesUnknownMax {
		in.identify()
	}
	if in.announced == chunked {
		next = min(next, in.limit+1) // one more, to see that it is too large
	} else {
		next = min(next, in.announced)
	}
	if next > bodyBytesUnknownMax+1 {
		if taken = next; !in.server.bodies.take(in.organization, taken) {
			return errBodiesFull
		}
	}
	former, formerTaken := in.data, in.taken
	in.data, in.taken = append(make([]byte, 0, next), former...), taken
	in.server.reuse(former)
	in.server.bodies.giveBack(in.organization, formerTaken)
	return nil
}

// smallBody is memory for the beginning of a body, which may be of use a second time: for all of it if what is announced is what anybody may have.
func (s *Server) smallBody(announced int) []byte {
	size := min(max(announced, bodyBytesFirst), bodyBytesPooledMax)
	if former, ok := s.smallBodies.Get().(*[]byte); ok && cap(*former) >= size {
		return (*former)[:0]
	}
	return make([]byte, 0, size)
}

// reuse keeps the memory of a body if it is small.
func (s *Server) reuse(data []byte) {
	if cap(data) > 0 && cap(data) <= bodyBytesPooledMax {
		s.smallBodies.Put(&data)
	}
}

// free gives the body's memory back. Nothing of it is used any more.
func (in *incoming) free() {
	in.server.reuse(in.data)
	in.server.bodies.giveBack(in.organization, in.taken)
	in.data, in.taken = nil, 0
}
