package api

import (
	"context"
	"encoding/base64"
	"net"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

const (
	sessionCookie = "flowwatch_session"
	principalKey  = "flowwatch.principal"
)

// call is one request on its way through a route: who asks, and the handle of
// the organisation that they belong to. Both are empty on public routes.
type call struct {
	*fiber.Ctx
	principal access.Principal
	tenant    *engine.Tenant
	door      string // of the route
	working   context.Context
}

// Context lasts until the server stops. Fiber's own, of the same name, belongs to the connection's next request when this one has ended, and a
// context that was derived from it may still be reading it then.
func (c *call) Context() context.Context { return c.working }

// guard does what comes before every handler: 401, 403 and 429 in this order.
// Whatever the handler does, the request is counted and gets an answer.
func (s *Server) guard(r *route) fiber.Handler {
	counters := s.metrics.of(r.method, r.path)
	return func(c *fiber.Ctx) (err error) {
		began := time.Now()
		defer func() {
			if cause := recover(); cause != nil {
				err = s.panicked(c, cause)
			}
			counters.count(c.Response().StatusCode(), time.Since(began))
		}()
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderCacheControl, "no-store")
		k := &call{Ctx: c, door: r.door, working: s.working}
		err = s.admit(k, r)
		if err == nil {
			err = s.once(k, r)
		}
		if err != nil {
			s.turnedAway(k, r, err)
		}
		return s.told(c, r, err)
	}
}

// told answers an error as the route's clients know errors.
func (s *Server) told(c *fiber.Ctx, r *route, err error) error {
	switch {
	case err == nil:
		return nil
	case r.tell != nil:
		return r.tell(s, c, err)
	}
	return s.failed(c, err)
}

// admit decides whether the request may reach the route's handler.
func (s *Server) admit(k *call, r *route) error {
	if r.public || r.document && s.options.MetricsPublic {
		return nil
	}
	var err error
	if k.principal, err = s.principal(k.Ctx); err != nil {
		return err
	}
	if len(r.rights) > 0 && !slices.ContainsFunc(r.rights, k.principal.Can) {
		return errForbidden
	}
	if k.principal.Kiosk != "" && !isRead(k.Method()) && r.path != logoutPath {
		return errForbidden // a screen on the wall reads, and nothing else
	}
	if k.principal.Kind == access.KindSession && !isRead(k.Method()) && !s.sameOrigin(k.Ctx) {
		return errForeignOrigin
	}
	if s.options.RateLimit && !r.unlimited {
		if err := s.rates.take(k.principal.Who()); err != nil {
			return err
		}
	}
	k.tenant, err = s.tenantOf(k.principal)
	return err
}

// tenantOf is the handle of what a caller may see: the only way to data here,
// so that no handler has to think of whose executions it reads (B-81).
func (s *Server) tenantOf(p access.Principal) (*engine.Tenant, error) {
	t, err := s.engine.Tenant(p.OrganizationID)
	if err != nil {
		return nil, err
	}
	return t.Limited(p.Clients), nil
}

func isRead(method string) bool { return method == fiber.MethodGet || method == fiber.MethodHead }

// principal is who sends the request, by API token or session cookie. An error
// is fault.Unauthorized.
func (s *Server) principal(c *fiber.Ctx) (access.Principal, error) {
	if p, ok := c.Locals(principalKey).(access.Principal); ok {
		return p, nil
	}
	p, err := s.identify(&c.Request().Header)
	if err == nil {
		c.Locals(principalKey, p)
	}
	return p, err
}

// identify reads who sends a request from its header alone. An Authorization
// that is no good is not made good by a cookie. Nothing else is looked at: a
// token in a URL ends up in logs and histories.
func (s *Server) identify(h *fasthttp.RequestHeader) (access.Principal, error) {
	authorization := h.Peek(fiber.HeaderAuthorization)
	if len(authorization) == 0 {
		secret := h.Cookie(sessionCookie)
		if len(secret) == 0 {
			return access.Principal{}, access.ErrUnauthorized
		}
		return s.engine.Access().Session(string(secret))
	}
	secret, ok := tokenOf(string(authorization))
	if !ok {
		return access.Principal{}, access.ErrUnauthorized
	}
	return s.engine.Access().Authenticate(secret)
}

// tokenOf reads a bearer token, or one given as the password of HTTP Basic.
func tokenOf(authorization string) (string, bool) {
	scheme, value, _ := strings.Cut(authorization, " ")
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return value, value != ""
	case strings.EqualFold(scheme, "Basic"):
		plain, err := base64.StdEncoding.DecodeString(value)
		_, password, found := strings.Cut(string(plain), ":")
		return password, err == nil && found && password != ""
	}
	return "", false
}

// sameOrigin reports whether a browser sends the request on behalf of this
// server's own page. Programs say nothing of the kind and may pass. Under TLS
// a page of plain HTTP is foreign: anybody on the network may have made it.
// Without, the page may be that of a proxy which speaks TLS.
func (s *Server) sameOrigin(c *fiber.Ctx) bool {
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		site := c.Get("Sec-Fetch-Site")
		return site == "" || site == "same-origin" || site == "none"
	}
	if slices.Contains(s.options.AllowedOrigins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || c.Context().IsTLS() && u.Scheme != "https" {
		return false
	}
	return u.Host != "" && u.Host == string(c.Request().Host())
}

// fromLoopback reports whether the request comes from this machine.
func fromLoopback(c *fiber.Ctx) bool {
	ip := net.ParseIP(c.IP())
	return ip != nil && ip.IsLoopback()
}

// panicked turns a bug into an answer that can be found again in the log.
func (s *Server) panicked(c *fiber.Ctx, cause any) error {
	id := uuid.NewString()
	s.log.Error("a handler panicked", "id", id, "cause", cause, "stack", string(debug.Stack()))
	c.Response().ResetBody()
	return s.writeProblem(c, &fault.Error{Kind: fault.Internal, Code: "internal"}, id)
}
