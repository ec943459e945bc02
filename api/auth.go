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

const logoutPath = "/api/auth/logout"

// SessionInput exchanges the key of a one-time link.
type SessionInput struct {
	Key string `json:"key"`
}

// LoginInput signs a person in.
type LoginInput struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	TOTP     string `json:"totp,omitempty"` // one-time password or recovery code; needed when the answer was totp_required
}

// SetupInput makes the first administrator.
type SetupInput struct {
	Key      string  `json:"key"`
	Login    string  `json:"login"`
	Password string  `json:"password"`
	Name     *string `json:"name,omitempty"`
	Email    *string `json:"email,omitempty"`
}

// PasswordInput changes the own password.
type PasswordInput struct {
	Password    string `json:"password"` // the present one
	NewPassword string `json:"newPassword"`
}

// FactorInput proves by the password that it is the user who asks.
type FactorInput struct {
	Password string `json:"password"`
}

// Factor is what an authenticator program needs.
type Factor struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"` // otpauth://, for a QR code
}

// FactorCode is a one-time password.
type FactorCode struct {
	Code string `json:"code"`
}

// RecoveryCodes are each good for one sign-in without the telephone.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

// Me is who the caller is. Users have what their User has; of tokens and
// links the login is empty. Rights are the names that the role matrix gives.
type Me struct {
	ID               string            `json:"id"`
	Login            string            `json:"login"`
	Name             string            `json:"name"`
	Email            string            `json:"email"`
	Phone            string            `json:"phone"`
	Kind             access.Kind       `json:"kind"`
	OrganizationID   string            `json:"organizationId"`
	OrganizationName string            `json:"organizationName"`
	Roles            []access.Role     `json:"roles"`
	Rights           []string          `json:"rights"`
	Clients          []string          `json:"clients"`
	IsActive         bool              `json:"isActive"`
	TOTP             bool              `json:"totp"`
	ExpiresAt        execution.Instant `json:"expiresAt"`
	KioskDashboardID string            `json:"kioskDashboardId,omitempty"` // of a screen: what it shows
}

// SessionAnswer answers a sign-in.
type SessionAnswer struct {
	User Me `json:"user"`
}

// postLogin signs in with a password.
func (s *Server) postLogin(c *call) error {
	var in LoginInput
	if err := s.readOwn(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().SignIn(access.Credentials{
		Login: in.Login, Password: in.Password, Code: in.TOTP, Address: c.address(),
	})
	if err != nil {
		return err
	}
	return s.enter(c, secret, p)
}

// postSetup makes the first administrator. As a link's, its key counts on this
// machine only, unless others are meant to reach it.
func (s *Server) postSetup(c *call) error {
	if !s.options.LinkFromAnywhere && !fromLoopback(c.Ctx) {
		return errNotLoopback
	}
	var in SetupInput
	if err := s.readOwn(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().SetUp(in.Key, c.address(), access.UserChange{
		Login: &in.Login, Password: &in.Password, Name: in.Name, Email: in.Email,
	})
	if err != nil {
		return err
	}
	return s.enter(c, secret, p)
}

// readOwn reads the body of a request that a foreign page must not send,
// though it needs no session.
func (s *Server) readOwn(c *call, v any) error {
	if !s.sameOrigin(c.Ctx) {
		return errForeignOrigin
	}
	return s.read(c, v)
}

// enter gives the browser its new session. One that it had before ends: a
// sign-in never goes on with a session that somebody else may know.
func (s *Server) enter(c *call, secret string, p access.Principal) error {
	return s.enterFor(c, secret, p, cookieLife)
}

// enterFor is enter with a cookie of another life.
func (s *Server) enterFor(c *call, secret string, p access.Principal, life time.Duration) error {
	if former := strings.Clone(c.Cookies(sessionCookie)); former != "" {
		if err := s.engine.Access().EndSession(former, c.address()); err != nil {
			return err
		}
	}
	s.setCookie(c.Ctx, secret, int(life.Seconds()))
	return c.JSON(SessionAnswer{User: s.me(p)})
}

// startSession turns a link's key into a session cookie.
func (s *Server) startSession(c *call) error {
	if !s.options.LinkFromAnywhere && !fromLoopback(c.Ctx) {
		return errNotLoopback
	}
	var in SessionInput
	if err := s.readOwn(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().Redeem(in.Key, c.address())
	if err != nil {
		return err
	}
	return s.enter(c, secret, p)
}

// endSession ends the session of the cookie, whatever else the request carries.
func (s *Server) endSession(c *call) error {
	if secret := strings.Clone(c.Cookies(sessionCookie)); secret != "" {
		if err := s.engine.Access().EndSession(secret, c.address()); err != nil {
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
		ID: p.Who(), Login: p.Login, Name: p.Name, Kind: p.Kind, OrganizationID: p.OrganizationID, Roles: orEmpty(p.Roles),
		Rights: []string{}, Clients: orEmpty(p.Clients), IsActive: true, ExpiresAt: instant(p.ExpiresAt),
		KioskDashboardID: p.Kiosk,
	}
	for _, r := range p.Rights() {
		m.Rights = append(m.Rights, r.String())
	}
	if u, err := s.engine.Access().User(p.OrganizationID, p.UserID); err == nil {
		m.Email, m.Phone, m.TOTP = u.Email, u.Phone, u.SecondFactor
	}
	if o, err := s.engine.Access().Organization(p.OrganizationID); err == nil {
		m.OrganizationName = o.Name
	}
	return m
}

// postPassword changes the caller's password. The cookie is a new session's.
func (s *Server) postPassword(c *call) error {
	var in PasswordInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().ChangePassword(c.by(), c.principal, in.Password, in.NewPassword)
	if err != nil {
		return err
	}
	return s.enter(c, secret, p)
}

func (s *Server) postFactor(c *call) error {
	var in FactorInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	secret, uri, err := s.engine.Access().EnrolFactor(c.by(), c.principal, in.Password)
	if err != nil {
		return err
	}
	return c.JSON(Factor{Secret: secret, URI: uri})
}

func (s *Server) confirmFactor(c *call) error {
	var in FactorCode
	if err := s.read(c, &in); err != nil {
		return err
	}
	codes, err := s.engine.Access().ConfirmFactor(c.by(), c.principal, in.Code)
	if err != nil {
		return err
	}
	return c.JSON(RecoveryCodes{Codes: codes})
}

func (s *Server) dropFactor(c *call) error {
	var in FactorInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if err := s.engine.Access().DropFactor(c.by(), c.principal, in.Password); err != nil {
		return err
	}
	return c.noContent()
}
