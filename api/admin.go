package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
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

// postBackup streams an archive of the whole database. Nothing is sent before
// the copy is made, so that a failure has an answer; a failure later cuts the
// connection, so that half a file never looks whole.
func (s *Server) postBackup(c *call) error {
	if !s.backupOn.CompareAndSwap(false, true) {
		return errBackupRuns
	}
	copied, sink := io.Pipe()
	s.backups.Go(func() {
		defer s.backupOn.Store(false)
		_, err := s.engine.Backup(sink)
		sink.CloseWithError(err)
	})
	r := bufio.NewReader(copied)
	if _, err := r.Peek(1); err != nil {
		_ = copied.Close()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("backup: %w", err)
	}
	name := "flowwatch-" + s.engine.Now().UTC().Format("20060102-150405") + ".tar.zst"
	c.Set("Content-Type", "application/zstd")
	c.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Context().SetBodyStream(&backupReader{Reader: r, copied: copied, conn: c.Context().Conn()}, -1)
	return nil
}

// backupReader gives a client time as long as it goes on reading.
type backupReader struct {
	io.Reader
	copied *io.PipeReader
	conn   net.Conn
}

// Read reads the next piece, which the client may take a minute to receive.
func (r *backupReader) Read(p []byte) (int, error) {
	if err := r.conn.SetWriteDeadline(time.Now().Add(answerWriteTimeout)); err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	return r.Reader.Read(p)
}

// Close ends the copying, also when the client went away.
func (r *backupReader) Close() error { return r.copied.Close() }
