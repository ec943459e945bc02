package api

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"flowwatch/api/ingest/otlp"
	"flowwatch/engine"
	"flowwatch/engine/fault"
)

const problemType = "application/problem+json"

// statuses is the one table from the kind of an error to its HTTP status.
var statuses = [...]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Malformed:    http.StatusBadRequest,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Forbidden:    http.StatusForbidden,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Stale:        http.StatusPreconditionFailed,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Unsupported:  http.StatusUnsupportedMediaType,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.Exhausted:    http.StatusTooManyRequests,
	fault.StorageFull:  http.StatusServiceUnavailable,
	fault.Unavailable:  http.StatusServiceUnavailable,
}

var (
	errForbidden     = fault.New(fault.Forbidden, "forbidden", "your role does not allow this")
	errForeignOrigin = fault.New(fault.Forbidden, "foreign_origin", "the request comes from another site")
	errNotLoopback   = fault.New(fault.Forbidden, "loopback_only", "the link can only be opened on the server's own machine")
	errNotFound      = fault.New(fault.NotFound, "not_found", "no such thing here")
	errBackupRuns    = fault.New(fault.Exhausted, "backup_runs", "another backup is being read").After(30 * time.Second)
	// errMethodNotAllowed has a status of its own, which no engine knows of.
	errMethodNotAllowed = fiber.ErrMethodNotAllowed
)

// Problem is an error as RFC 9457 has it. Accepted, Duplicates and Rejected
// are there when all events of an ingest request were rejected.
type Problem struct {
	Type       string              `json:"type"`
	Title      string              `json:"title"`
	Status     int                 `json:"status"`
	Detail     string              `json:"detail"`
	Code       string              `json:"code"`
	Instance   string              `json:"instance,omitempty"`
	Errors     []fault.Field       `json:"errors"`
	Accepted   *int                `json:"accepted,omitempty"`
	Duplicates *int                `json:"duplicates,omitempty"`
	Rejected   *[]engine.Rejection `json:"rejected,omitempty"`
}

// failed answers any error of a handler, of Fiber or of the HTTP server.
func (s *Server) failed(c *fiber.Ctx, err error) error {
	var own *fiber.Error
	switch {
	case !errors.As(err, &own):
		return s.problem(c, err)
	case own.Code == http.StatusNotFound:
		return s.problem(c, errNotFound)
	}
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(own.Code)), " ", "_")
	return s.writeStatus(c, own.Code, Problem{Code: code})
}

// notReceived answers a body that was not read to its end. The checks that come
// before its size were not made yet; what is still under way is read and dropped
// then, because a client that is busy sending sees no answer.
func (s *Server) notReceived(c *fiber.Ctx, cause error) error {
	c.Context().SetConnectionClose()
	if refused := new(fault.Error); !errors.As(cause, &refused) {
		return s.failed(c, cause)
	}
	if conn := c.Context().Conn(); conn != nil {
		drain(conn, c.Context().RequestBodyStream(), drainPauseMax)
	}
	for i := range s.routes {
		r := &s.routes[i]
		if r.method != c.Method() || !r.matches(c.Path()) {
			continue
		}
		if r.path == remoteWritePath && errors.Is(cause, errBodiesFull) {
			cause = errProtobufBusy
		}
		k := &call{Ctx: c, working: s.working}
		if err := s.admit(k, r); err != nil {
			cause = err
		}
		s.turnedAway(k, r, cause)
		return s.told(c, r, cause)
	}
	return s.unknown(c, strings.Clone(c.Path()))
}

// problem answers err as what its kind says.
func (s *Server) problem(c *fiber.Ctx, err error) error {
	e := fault.Of(err)
	if e.Kind != fault.Internal {
		return s.writeProblem(c, e, "")
	}
	id := uuid.NewString()
	s.log.Error("a request failed", "id", id, "method", c.Method(), "route", c.Route().Path, "err", err)
	return s.writeProblem(c, e, id)
}

func (s *Server) writeProblem(c *fiber.Ctx, e *fault.Error, id string) error {
	p := Problem{Code: e.Code, Detail: e.Message, Errors: e.Fields}
	if id != "" {
		p.Instance = "urn:uuid:" + id
	}
	switch {
	case e.RetryAfter > 0:
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds())))))
	case e.Kind == fault.Exhausted, e.Kind == fault.StorageFull, e.Kind == fault.Unavailable:
		c.Set(fiber.HeaderRetryAfter, "1")
	}
	if e.Kind == fault.Unsupported && len(p.Errors) == 0 {
		p.Errors = []fault.Field{{Location: unsupportedHeader(e.Code), Message: e.Message}} // what to send, in every language
	}
	if e.Kind == fault.Unauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="flowwatch"`)
	}
	return s.writeStatus(c, statuses[e.Kind], p)
}

func unsupportedHeader(code string) string {
	if code == "unsupported_encoding" {
		return "header.Content-Encoding"
	}
	return "header.Content-Type"
}

// writeStatus completes p, whose Detail is English, and sends it.
func (s *Server) writeStatus(c *fiber.Ctx, status int, p Problem) error {
	p.Type, p.Title, p.Status = "about:blank", http.StatusText(status), status
	if p.Errors == nil {
		p.Errors = []fault.Field{}
	}
	protobuf := inProtobuf(c) // its Status is told to developers, in English
	if !protobuf && !prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		p.Detail = polish(p.Code, status)
	} else if p.Detail == "" {
		p.Detail = p.Title
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic("BUG: api: marshal a problem: " + err.Error())
	}
	c.Set(fiber.HeaderContentType, problemType)
	if protobuf {
		body = otlp.Status(status, p.Code+": "+p.Detail)
		c.Set(fiber.HeaderContentType, otlp.MediaType)
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(body)
}

// prefersEnglish reads Accept-Language: Polish is the default, also when
// neither is named.
func prefersEnglish(header string) bool {
	en, pl := 0.0, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := quality(parameters)
		switch language, _, _ := strings.Cut(strings.ToLower(tag), "-"); language {
		case "en":
			en = max(en, q)
		case "pl":
			pl = max(pl, q)
		}
	}
	return en > pl
}

// quality is the weight of a choice in an Accept header: 1 unless it says so.
func quality(parameters string) float64 {
	value, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
	if n, err := strconv.ParseFloat(value, 64); found && err == nil {
		return n
	}
	return 1
}

// unknown answers a path and method that no route has: whoever may not know
// learns nothing, then comes 404, then 405.
func (s *Server) unknown(c *fiber.Ctx, path string) error {
	if _, err := s.principal(c); err != nil {
		return s.problem(c, err)
	}
	var allowed []string
	for i := range s.routes {
		if r := &s.routes[i]; r.matches(path) {
			allowed = append(allowed, r.method)
			if r.method == http.MethodGet && !r.endless {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if len(allowed) == 0 {
		return s.problem(c, errNotFound)
	}
	slices.Sort(allowed)
	c.Set(fiber.HeaderAllow, strings.Join(slices.Compact(allowed), ", "))
	return s.failed(c, errMethodNotAllowed)
}
