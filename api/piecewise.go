package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"flowwatch/engine/access"
)

// said is what the header of a request said.
type said struct {
	method, path string
	principal    access.Principal // without an id: nobody known
}

// noteHeader remembers the header of a request whose body comes in pieces: the
// HTTP server forgets it when the body turns out to be too large.
func (s *Server) noteHeader(h *fasthttp.RequestHeader, p access.Principal) {
	s.piecewise.Store(h, said{string(h.Method()), strings.Clone(pathOf(h)), p})
}

// recallHeader is what the header said of the request, if it was forgotten or
// not, and removes the note of it.
func (s *Server) recallHeader(c *fiber.Ctx) said {
	h := &c.Request().Header
	noted, found := s.piecewise.LoadAndDelete(h)
	if note, ok := noted.(said); found && ok && h.ContentLength() == 0 {
		if note.principal.ID != "" {
			c.Locals(principalKey, note.principal)
		}
		return note
	}
	return said{method: c.Method(), path: strings.Clone(c.Path())}
}
