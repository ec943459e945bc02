package api

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

const usersPath = "/api/admin/users"

// UserPatch changes a user; what is absent stays. A password ends the user's
// sessions. Version, like If-Match, says which state the change is meant for.
type UserPatch struct {
	Login    *string        `json:"login,omitempty"`
	Name     *string        `json:"name,omitempty"`
	Email    *string        `json:"email,omitempty"`
	Phone    *string        `json:"phone,omitempty"`
	Roles    *[]access.Role `json:"roles,omitempty"`
	Clients  *[]string      `json:"clients,omitempty"` // clientRefs whose executions the user sees; empty: all
	IsActive *bool          `json:"isActive,omitempty"`
	Password *string        `json:"password,omitempty"`
	Version  *int64         `json:"version,omitempty"`
}

// UserInput makes a user: login, password and roles at least. OrganizationID
// is heeded from an appliance administrator only.
type UserInput struct {
	UserPatch
	OrganizationID string `json:"organizationId,omitempty"`
}

// User is a person who signs in with a password.
type User struct {
	ID             string            `json:"id"`
	OrganizationID string            `json:"organizationId"`
	Login          string            `json:"login"`
	Name           string            `json:"name"`
	Email          string            `json:"email"`
	Phone          string            `json:"phone"`
	Roles          []access.Role     `json:"roles"`
	Clients        []string          `json:"clients"`
	IsActive       bool              `json:"isActive"`
	TOTP           bool              `json:"totp"`
	Version        int64             `json:"version"`
	CreatedAt      execution.Instant `json:"createdAt"`
	UpdatedAt      execution.Instant `json:"updatedAt"`
}

// UserPage lists users; all fit on one page.
type UserPage struct {
	Items      []User  `json:"items"`
	NextCursor *string `json:"nextCursor"`
}

func newUser(u access.User) User {
	return User{
		ID: u.ID, OrganizationID: u.OrganizationID, Login: u.Login, Name: u.Name, Email: u.Email, Phone: u.Phone,
		Roles: orEmpty(u.Roles), Clients: orEmpty(u.Clients), IsActive: u.IsActive, TOTP: u.SecondFactor, Version: u.Version,
		CreatedAt: instant(u.CreatedAt), UpdatedAt: instant(u.UpdatedAt),
	}
}

func (p *UserPatch) change() access.UserChange {
	return access.UserChange{
		Login: p.Login, Name: p.Name, Email: p.Email, Phone: p.Phone,
		Roles: p.Roles, Clients: p.Clients, IsActive: p.IsActive, Password: p.Password,
	}
}

// allowed is whether the caller may make the change.
func (p *UserPatch) allowed(c *call) error {
	if p.Roles != nil && !c.principal.MayGrant(*p.Roles) {
		return errForbidden
	}
	return nil
}

// staff is the organisation whose people a request is about.
func (s *Server) staff(c *call) (organizationID string, err error) {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return "", err
	}
	asked := q.id("organizationId")
	return s.organizationOf(c, asked, access.ManageAnyUsers), q.err()
}

func (s *Server) listUsers(c *call) error {
	organizationID, err := s.staff(c)
	if err != nil {
		return err
	}
	if !s.engine.Access().HasOrganization(organizationID) {
		return errNotFound
	}
	page := UserPage{Items: []User{}}
	for _, u := range s.engine.Access().Users(organizationID) {
		page.Items = append(page.Items, newUser(u))
	}
	return c.JSON(page)
}

func (s *Server) postUser(c *call) error {
	var in UserInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if err := in.allowed(c); err != nil {
		return err
	}
	organizationID := s.organizationOf(c, in.OrganizationID, access.ManageAnyUsers)
	u, err := s.engine.Access().CreateUser(c.by(), organizationID, in.change())
	if err != nil {
		return err
	}
	c.Location(usersPath + "/" + u.ID)
	c.Set(fiber.HeaderETag, userTag(u))
	return c.Status(http.StatusCreated).JSON(newUser(u))
}

// ofUser reads which user a route is about. One with more rights than the
// caller may give is not the caller's to change.
func (s *Server) ofUser(c *call) (u access.User, err error) {
	id, err := c.id("userId")
	if err != nil {
		return u, err
	}
	organizationID, err := s.staff(c)
	if err != nil {
		return u, err
	}
	if u, err = s.engine.Access().User(organizationID, id); err != nil {
		return u, err
	}
	if !isRead(c.Method()) && !c.principal.MayGrant(u.Roles) {
		return u, errForbidden
	}
	return u, nil
}

func (s *Server) getUser(c *call) error {
	u, err := s.ofUser(c)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, userTag(u))
	return c.JSON(newUser(u))
}

func (s *Server) patchUser(c *call) error {
	u, err := s.ofUser(c)
	if err != nil {
		return err
	}
	var in UserPatch
	if err := s.read(c, &in); err != nil {
		return err
	}
	if err := in.allowed(c); err != nil {
		return err
	}
	u, err = s.engine.Access().UpdateUser(c.by(), u.OrganizationID, u.ID, in.change(), c.ofVersion(in.Version))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, userTag(u))
	return c.JSON(newUser(u))
}

func (s *Server) deleteUser(c *call) error {
	u, err := s.ofUser(c)
	if err != nil {
		return err
	}
	if err := s.engine.Access().DeleteUser(c.by(), u.OrganizationID, u.ID, c.ofVersion(nil)); err != nil {
		return err
	}
	return c.noContent()
}

// userTag is a user's entity tag as headers have it.
func userTag(u access.User) string { return `"` + strconv.FormatInt(u.Version, 10) + `"` }

// ofVersion is what If-Match, or the version in a body, ask of a user before
// a change. Without both any state will do.
func (c *call) ofVersion(version *int64) access.Precondition {
	matches := c.ifMatch()
	return func(u access.User) bool {
		return (version == nil || *version == u.Version) && matches(true, func() string { return userTag(u) })
	}
}
