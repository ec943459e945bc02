package api

import (
	"encoding/base64"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

const (
	auditPath      = "/api/audit"
	auditFilterMax = 255 // characters
)

// AuditPage is a page of who did what, newest first.
type AuditPage struct {
	Items      []audit.Item `json:"items"`
	NextCursor *string      `json:"nextCursor"`
}

// auditFilter reads what is asked for. object is a type, or type:id.
func auditFilter(q *query) (f audit.Filter) {
	from, to := q.time("from", "start", "startTime"), q.time("to", "end", "endTime")
	if from.Present() {
		f.From = from.Time()
	}
	if to.Present() {
		f.To = to.Time()
	}
	if from.Present() && to.Present() && to < from {
		q.wrong("to", "before from")
	}
	f.ActorID, f.Event = q.text("actor", auditFilterMax), q.text("event", auditFilterMax)
	f.ObjectType, f.ObjectID, _ = strings.Cut(q.text("object", auditFilterMax), ":")
	return f
}

// wholeOrganization refuses whoever sees only some clients: entries are about all.
func (c *call) wholeOrganization() error {
	if len(c.principal.Clients) > 0 {
		return errForbidden
	}
	return nil
}

func (s *Server) listAudit(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	f, limit := auditFilter(q), q.limit()
	after, bad := base64.RawURLEncoding.DecodeString(q.cursor())
	if bad != nil {
		q.wrong("cursor", "not a cursor of this list")
	}
	if err := q.err(); err != nil {
		return err
	}
	if len(after) == 0 {
		after = nil
	}
	c.noteAuditRead()
	items, next, err := c.tenant.Audit(f, after, limit)
	if err != nil {
		return err
	}
	return c.JSON(AuditPage{Items: items, NextCursor: optional(base64.RawURLEncoding.EncodeToString(next))})
}

// noteAuditRead notes that somebody reads the audit (J10.4).
func (c *call) noteAuditRead() {
	c.tenant.NoteSeldom(engine.EventAuditRead, c.by(), audit.Object{Type: engine.ObjectAudit}, nil)
}

// verifyAudit checks the whole chain.
func (s *Server) verifyAudit(c *call) error {
	c.noteAuditRead()
	v, err := c.tenant.VerifyAudit()
	if err != nil {
		return err
	}
	return c.JSON(v)
}

// ofWhole is a handler for those who see the whole organisation.
func ofWhole(handle func(s *Server, c *call) error) func(*Server, *call) error {
	return func(s *Server, c *call) error {
		if err := c.wholeOrganization(); err != nil {
			return err
		}
		return handle(s, c)
	}
}

// auditRoutes tell who did what.
func auditRoutes(limit, cursor parameter) []route {
	auditing := []access.Right{access.ReadAudit}
	filters := []parameter{
		{name: "from", kind: "string", about: "RFC 3339, inclusive"}, {name: "to", kind: "string", about: "RFC 3339, inclusive"},
		{name: "actor", kind: "string", about: "the id of who acted"},
		{name: "event", kind: "string", about: "whole, or a beginning that ends with a dot"},
		{name: "object", kind: "string", about: "a type, or type:id"},
	}
	file := append(append([]parameter(nil), filters...), parameter{name: "format", kind: "string", enum: []string{"csv", "json"}, about: "default csv"},
		parameter{name: "locale", kind: "string", enum: []string{"pl", "C"}, about: "of csv; default pl"})
	return []route{
		{method: fiber.MethodGet, path: auditPath, summary: "Who did what, newest first", rights: auditing,
			handle: ofWhole((*Server).listAudit), query: append(append([]parameter(nil), filters...), cursor, limit), response: AuditPage{}},
		{method: fiber.MethodGet, path: auditPath + "/verify", summary: "Check that no entry was changed, removed or put between", rights: auditing,
			handle: ofWhole((*Server).verifyAudit), response: audit.Verdict{}},
		{method: fiber.MethodGet, path: auditPath + "/export", summary: "The audit as a file, with the verdict about its chain", rights: auditing,
			handle: ofWhole((*Server).exportAudit), query: file, response: AuditExport{}},
	}
}
