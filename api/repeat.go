package api

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/fault"
)

// How long and how many answers are remembered. They are in memory only: one
// may hold a secret.
const (
	repeatsKept    = time.Hour
	repeatsMax     = 1000
	repeatKeyBytes = 255
	repeatHeader   = "Idempotency-Key"
)

var errRepeatDiffers = fault.New(fault.Conflict, "idempotency_conflict", "this Idempotency-Key came with another body before")

// repeats remembers the answers to requests that made something, so that a
// client which lost an answer can ask again and makes nothing twice. It is
// safe for concurrent use.
type repeats struct {
	now func() time.Time

	mu      sync.Mutex // guards the rest
	entries map[repeatKey]*repeat
	order   []repeatKey // oldest first
}

// repeatKey names a request: who sends it, what it makes, and the client's key.
type repeatKey struct{ principal, path, key string }

// repeat is one request and its answer. mu is held while it is answered.
type repeat struct {
	began time.Time

	mu       sync.Mutex // guards the rest
	made     bool
	hash     [sha256.Size]byte // of the body
	body     []byte
	location string
	tag      string // ETag
}

func newRepeats(now func() time.Time) *repeats {
	return &repeats{now: now, entries: map[repeatKey]*repeat{}}
}

// of returns the entry of a request, a new one if it is not known.
func (r *repeats) of(key repeatKey) *repeat {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.order) > 0 && (len(r.order) >= repeatsMax || now.Sub(r.entries[r.order[0]].began) > repeatsKept) {
		delete(r.entries, r.order[0])
		r.order = r.order[1:]
	}
	e := r.entries[key]
	if e == nil {
		e = &repeat{began: now}
		r.entries[key] = e
		r.order = append(r.order, key)
	}
	return e
}

// once handles a request, or answers it as it was answered before.
func (s *Server) once(c *call, r *route) error {
	key := c.Get(repeatHeader)
	if r.status != http.StatusCreated || key == "" {
		return r.handle(s, c)
	}
	if len(key) > repeatKeyBytes {
		return errInvalid.With(fault.Field{Location: "header." + repeatHeader, Message: "at most 255 bytes"})
	}
	hash := sha256.Sum256(c.Request().Body())
	e := s.repeats.of(repeatKey{c.principal.Who(), strings.Clone(c.Path()), strings.Clone(key)})
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.made && e.hash != hash:
		return errRepeatDiffers
	case e.made:
		if e.location != "" {
			c.Location(e.location)
		}
		if e.tag != "" {
			c.Set(fiber.HeaderETag, e.tag)
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Status(http.StatusCreated).Send(e.body)
	}
	if err := r.handle(s, c); err != nil {
		return err
	}
	e.made, e.hash = true, hash
	e.body = append([]byte(nil), c.Response().Body()...)
	e.location = string(c.Response().Header.Peek(fiber.HeaderLocation))
	e.tag = string(c.Response().Header.Peek(fiber.HeaderETag))
	return nil
}
