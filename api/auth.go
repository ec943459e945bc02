package api

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

// cookieLife is as long as a session can last; the server ends it earlier when
// it is not used.
const cookieLife = 7 * 24 * time.Hour

// SessionInput exchanges the key of a one-time link.
type SessionInput struct {
	Key string `json:"key"`
}

// Me is who the caller is.
type Me struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Kind             access.Kind       `json:"kind"`
	OrganizationID   string            `json:"organizationId"`
	OrganizationName string            `json:"organizationName"`
	Roles            []access.Role     `json:"roles"`
	ExpiresAt        execution.Instant `json:"expiresAt"`
}

// SessionAnswer answers a sign-in.
type SessionAnswer struct {
	User Me `json:"user"`
}

// startSession turns a link's key into a session cookie.
func (s *Server) startSession(c *call) error {
	if !s.options.LinkFromAnywhere && !fromLoopback(c.Ctx) {
		return errNotLoopback
	}
	if !s.sameOrigin(c.Ctx) {
		return errForeignOrigin
	}
	var in SessionInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().Redeem(in.Key)
	if err != nil {
		return err
	}
	s.setCookie(c.Ctx, secret, int(cookieLife.Seconds()))
	return c.JSON(SessionAnswer{User: s.me(p)})
}

// endSession ends the session of the cookie, whatever else the request carries.
func (s *Server) endSession(c *call) error {
	if secret := strings.Clone(c.Cookies(sessionCookie)); secret != "" {
		if err := s.engine.Access().EndSession(secret); err != nil {
			return err
		}
	}
	s.setCookie(c.Ctx, "", -1)
	return c.noContent()
}

func (s *Server) setCookie(c *fiber.Ctx, secret string, maxAge int) {
	cookie := &fiber.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", MaxAge: maxAge,
		HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, Secure: c.Context().IsTLS(),
	}
	if maxAge < 0 {
		cookie.Expires = time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

func (s *Server) getMe(c *call) error { return c.JSON(s.me(c.principal)) }

func (s *Server) me(p access.Principal) Me {
	m := Me{
		ID: p.ID, Name: p.Name, Kind: p.Kind, OrganizationID: p.OrganizationID, Roles: orEmpty(p.Roles), ExpiresAt: instant(p.ExpiresAt),
	}
	if o, err := s.engine.Access().Organization(p.OrganizationID); err == nil {
		m.OrganizationName = o.Name
	}
	return m
}
