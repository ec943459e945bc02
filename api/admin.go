package api

import (
	"net/http"
	"time"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// TokenInput makes an API token. OrganizationID is heeded from an appliance
// administrator only; others make tokens of their own organisation.
type TokenInput struct {
	Name           string        `json:"name"`
	Roles          []access.Role `json:"roles"`
	OrganizationID string        `json:"organizationId,omitempty"`
	ExpiresAt      *string       `json:"expiresAt,omitempty"`
}

// Token is an API token without its secret.
type Token struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	OrganizationID string            `json:"organizationId"`
	Roles          []access.Role     `json:"roles"`
	CreatedAt      execution.Instant `json:"createdAt"`
	ExpiresAt      execution.Instant `json:"expiresAt"`
	LastUsedAt     execution.Instant `json:"lastUsedAt"`
}

// NewToken is a token with its secret, which nobody can show again.
type NewToken struct {
	Token
	Secret string `json:"token"`
}

// TokenPage lists tokens; all fit on one page.
type TokenPage struct {
	Items      []Token `json:"items"`
	NextCursor *string `json:"nextCursor"`
}

// OrganizationInput makes an organisation.
type OrganizationInput struct {
	Name string `json:"name"`
}

// Organization is one tenant of the appliance.
type Organization struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	CreatedAt execution.Instant `json:"createdAt"`
}

// OrganizationPage lists organisations; all fit on one page.
type OrganizationPage struct {
	Items      []Organization `json:"items"`
	NextCursor *string        `json:"nextCursor"`
}

// organizationOf is the organisation that a request is about: the one asked
// for, if the caller has the right to name any.
func (s *Server) organizationOf(c *call, asked string, any access.Right) string {
	if asked != "" && c.principal.Can(any) {
		return asked
	}
	return c.principal.OrganizationID
}

func (s *Server) listTokens(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	asked := q.id("organizationId")
	if err := q.err(); err != nil {
		return err
	}
	organizationID := s.organizationOf(c, asked, access.ManageAnyTokens)
	if !s.engine.Access().HasOrganization(organizationID) {
		return errNotFound
	}
	page := TokenPage{Items: []Token{}}
	for _, t := range s.engine.Access().Tokens(organizationID) {
		page.Items = append(page.Items, newToken(t))
	}
	return c.JSON(page)
}

func (s *Server) postToken(c *call) error {
	var in TokenInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	expires := time.Time{}
	if in.ExpiresAt != nil {
		var err error
		if expires, err = time.Parse(time.RFC3339Nano, *in.ExpiresAt); err != nil || expires.Year() > 2200 {
			return errInvalid.With(fault.Field{Location: "body.expiresAt", Message: "must be a time in RFC 3339 with offset"})
		}
	}
	if !c.principal.MayGrant(in.Roles) {
		return errForbidden
	}
	token, secret, err := s.engine.Access().CreateToken(c.by(), access.TokenInput{
		Name: in.Name, OrganizationID: s.organizationOf(c, in.OrganizationID, access.ManageAnyTokens), Roles: in.Roles, ExpiresAt: expires,
	})
	if err != nil {
		return err
	}
	c.Location("/api/admin/tokens/" + token.ID)
	return c.Status(http.StatusCreated).JSON(NewToken{Token: newToken(token), Secret: secret})
}

// deleteToken revokes a token at once. An appliance administrator may name the
// token's organisation in the query.
func (s *Server) deleteToken(c *call) error {
	id, err := c.id("tokenId")
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	organizationID := s.organizationOf(c, q.id("organizationId"), access.ManageAnyTokens)
	if err := q.err(); err != nil {
		return err
	}
	if err := s.engine.Access().RevokeToken(c.by(), organizationID, id); err != nil {
		return err
	}
	return c.noContent()
}

func newToken(t access.Token) Token {
	return Token{
		ID: t.ID, Name: t.Name, OrganizationID: t.OrganizationID, Roles: orEmpty(t.Roles),
		CreatedAt: instant(t.CreatedAt), ExpiresAt: instant(t.ExpiresAt), LastUsedAt: instant(t.LastUsedAt),
	}
}

func (s *Server) listOrganizations(c *call) error {
	page := OrganizationPage{Items: []Organization{}}
	for _, o := range s.engine.Access().Organizations() {
		page.Items = append(page.Items, Organization{ID: o.ID, Name: o.Name, CreatedAt: instant(o.CreatedAt)})
	}
	return c.JSON(page)
}

func (s *Server) postOrganization(c *call) error {
	var in OrganizationInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	o, err := s.engine.Access().CreateOrganization(c.by(), in.Name)
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(Organization{ID: o.ID, Name: o.Name, CreatedAt: instant(o.CreatedAt)})
}
