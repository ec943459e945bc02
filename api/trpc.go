package api

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"flowwatch/api/compat/trpc"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

const (
	trpcPath   = "/trpc"
	trpcRouter = "monitoring." // the seed's router: what its procedures' names begin with
)

// trpcCodes is the table from the kind of an error to tRPC's code. What does not fit a schema is BAD_REQUEST, as with zod.
var trpcCodes = [...]trpc.Code{
	fault.Internal: trpc.Internal, fault.Malformed: trpc.BadRequest, fault.Unauthorized: trpc.Unauthorized, fault.Forbidden: trpc.Forbidden,
	fault.NotFound: trpc.NotFound, fault.Conflict: trpc.Conflict, fault.Stale: trpc.PreconditionFailed, fault.TooLarge: trpc.PayloadTooLarge,
	fault.Unsupported: trpc.UnsupportedMedia, fault.Invalid: trpc.BadRequest, fault.Exhausted: trpc.TooManyRequests,
	fault.StorageFull: trpc.ServiceUnavailable, fault.Unavailable: trpc.ServiceUnavailable,
}

var (
	errNoProcedure = fault.New(fault.NotFound, "not_found", "no such procedure")
	errTRPCCalls   = fault.New(fault.Malformed, "too_many_calls", trpc.ErrTooMany.Error())
	errTRPCInput   = fault.New(fault.Malformed, "malformed_json", "the input is not JSON")
)

// trpcRequestOf is which procedures a request calls.
func trpcRequestOf(c *fiber.Ctx) (trpc.Request, url.Values, error) {
	values, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return trpc.Request{Paths: []string{""}}, nil, fault.New(fault.Malformed, "malformed_query", "the query is not well encoded").Wrap(err)
	}
	path := strings.TrimPrefix(string(c.Request().URI().PathOriginal()), trpcPath+"/")
	r, err := trpc.ReadRequest(strings.TrimSuffix(path, "/"), values, c.Get(trpc.AcceptHeader))
	if err != nil {
		err = errTRPCCalls
	}
	return r, values, err
}

// trpc answers the seed's procedures: the answers of REST in tRPC's envelope (P1 to P14, B-91).
func (s *Server) trpc(c *call) error {
	r, values, err := trpcRequestOf(c.Ctx)
	if err != nil {
		return err
	}
	var inputs []json.RawMessage
	read := func(text []byte) error {
		inputs, err = r.Inputs(text)
		switch {
		case errors.Is(err, trpc.ErrNoObject):
			return errInvalid.With(fault.Field{Location: "input", Message: "must be an object of the calls' inputs"})
		case err != nil:
			return errTRPCInput
		}
		return nil
	}
	if c.Method() == http.MethodPost {
		err = s.withBody(c, read)
	} else {
		err = read([]byte(values.Get("input")))
	}
	if err != nil {
		return err
	}
	all := make([]trpc.Response, len(r.Paths))
	for i, path := range r.Paths {
		data, err := s.callProcedure(c, path, inputs[i], i > 0)
		if err != nil {
			all[i].Error = s.trpcError(c.Ctx, path, err)
			continue
		}
		all[i].Data = data
	}
	return sendTRPC(c.Ctx, &r, all)
}

// callProcedure is one call. Those of a batch after the first count for the rate limit like requests of their own.
func (s *Server) callProcedure(c *call, path string, input json.RawMessage, counts bool) (json.RawMessage, error) {
	name, known := strings.CutPrefix(path, trpcRouter)
	p := procedures[name]
	switch {
	case !known || p == nil:
		return nil, errNoProcedure
	case p.mutates() != (c.Method() == http.MethodPost):
		return nil, errMethodNotAllowed
	case !slices.ContainsFunc(p.rights, c.principal.Can):
		return nil, errForbidden
	}
	if counts && s.options.RateLimit {
		if err := s.rates.take(c.principal.Who()); err != nil {
			return nil, err
		}
	}
	answer, err := p.call(s, c, input)
	if err != nil {
		return nil, err
	}
	if raw, ok := answer.([]byte); ok {
		return raw, nil
	}
	return json.Marshal(answer)
}

// trpcFailed answers each call of a request with the error.
func (s *Server) trpcFailed(c *fiber.Ctx, err error) error {
	r, _, _ := trpcRequestOf(c) // what is wrong with it is the error
	all := make([]trpc.Response, len(r.Paths))
	for i, path := range r.Paths {
		all[i].Error = s.trpcError(c, path, err)
	}
	return sendTRPC(c, &r, all)
}

func sendTRPC(c *fiber.Ctx, r *trpc.Request, all []trpc.Response) error {
	body, status, err := r.Answer(all)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Vary(trpc.AcceptHeader)
	return c.Status(status).Send(body)
}

// trpcError is an error in tRPC's shape, in the language of the request.
func (s *Server) trpcError(c *fiber.Ctx, path string, err error) *trpc.Error {
	if own := new(fiber.Error); errors.As(err, &own) {
		return &trpc.Error{Code: trpc.MethodNotSupported, Path: path, Message: "Unsupported " + c.Method() + "-request to procedure at path " + strconv.Quote(path)}
	}
	f := fault.Of(err)
	e := &trpc.Error{Code: trpcCodes[f.Kind], Path: path, Reason: f.Code, Message: f.Message}
	if !prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		e.Message = polish(f.Code, statuses[f.Kind])
	}
	switch f.Kind {
	case fault.Internal:
		id := uuid.NewString()
		s.log.Error("a procedure failed", "id", id, "procedure", path, "err", err)
		e.Message += " (urn:uuid:" + id + ")"
	case fault.Unauthorized:
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="flowwatch"`)
	case fault.Exhausted, fault.StorageFull, fault.Unavailable:
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
	}
	for i, field := range f.Fields {
		issue := trpc.Issue{Location: inputLocation(field.Location), Message: field.Message}
		e.Issues = append(e.Issues, issue)
		between := "; "
		if i == 0 {
			between, e.Message = ": ", strings.TrimSuffix(e.Message, ".")
		}
		e.Message += between + issue.Location + ": " + issue.Message
	}
	return e
}

// inputLocation is where in the input stands what REST has in its query or body.
func inputLocation(location string) string {
	for _, prefix := range []string{"query", "body"} {
		if rest, ok := strings.CutPrefix(location, prefix); ok && (rest == "" || rest[0] == '.') {
			return "input" + rest
		}
	}
	return location
}

// trpcRoutes are those of the seed's procedures, each by its own name and several in a batch.
func trpcRoutes() []route {
	input := parameter{name: "input", kind: "string", about: "JSON; of a batch: an object from \"0\" on"}
	batch := parameter{name: "batch", kind: "string", enum: []string{"1"}, about: "the answer is an array"}
	made := func(method, name, summary string, rights []access.Right) route {
		r := route{method: method, path: trpcPath + "/" + name, summary: summary, rights: rights, handle: (*Server).trpc, tell: (*Server).trpcFailed,
			query: []parameter{batch}, media: fiber.MIMEApplicationJSON}
		if method == http.MethodGet {
			r.query = append(r.query, input)
		} else {
			r.accepts = []string{fiber.MIMEApplicationJSON}
		}
		return r
	}
	var all []route
	for _, name := range procedureNames() {
		p, method := procedures[name], http.MethodGet
		if p.mutates() {
			method = http.MethodPost
		}
		all = append(all, made(method, trpcRouter+name, "tRPC: what "+p.as+" answers", p.rights))
	}
	return append(all, made(http.MethodGet, "{procedures}", "tRPC: several queries, their names joined by commas", nil),
		made(http.MethodPost, "{procedures}", "tRPC: several mutations, their names joined by commas", nil))
}
