package api

import (
	"bufio"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

const (
	auditPath       = "/api/audit"
	auditExportMax  = 200_000 // entries in one file; more are asked for by time
	auditExportPage = 500     // entries read at once
	auditFilterMax  = 255     // characters
)

var errAuditTooLong = fault.New(fault.Invalid, "too_many", "the file would have too many entries: ask for a shorter time")

// AuditPage is a page of who did what, newest first.
type AuditPage struct {
	Items      []audit.Item `json:"items"`
	NextCursor *string      `json:"nextCursor"`
}

// AuditExport is the audit as a file. Head is the newest hash of the chain: kept apart, it proves that nothing before it was changed.
type AuditExport struct {
	Items   []audit.Item  `json:"items"`
	Verdict audit.Verdict `json:"verdict"`
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
		c.tenant.NoteSeldom(engine.EventAuditRead, c.by(), audit.Object{Type: engine.ObjectAudit}, nil)
	}
	items, next, err := c.tenant.Audit(f, after, limit)
	if err != nil {
		return err
	}
	return c.JSON(AuditPage{Items: items, NextCursor: optional(base64.RawURLEncoding.EncodeToString(next))})
}

// verifyAudit checks the whole chain.
func (s *Server) verifyAudit(c *call) error {
	v, err := c.tenant.VerifyAudit()
	if err != nil {
		return err
	}
	return c.JSON(v)
}

// exportAudit writes the entries that a filter takes as a file. That it was exported is noted first.
func (s *Server) exportAudit(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	f, format, locale := auditFilter(q), q.choice("format", "csv", "csv", "json"), q.choice("locale", "pl", "pl", "C")
	if err := q.err(); err != nil {
		return err
	}
	details := map[string]any{"format": format, "event": f.Event, "actor": f.ActorID, "object": f.ObjectType + ":" + f.ObjectID, "from": f.From, "to": f.To}
	if err := c.tenant.Note(engine.EventAuditExported, c.by(), audit.Object{Type: engine.ObjectAudit}, details); err != nil {
		return err
	}
	e, err := newAuditExport(c.tenant, f)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="audit.`+format+`"`)
	if format == "json" {
		return c.JSON(e)
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return e.csv(bufio.NewWriter(c.Response().BodyWriter()), locale == "pl")
}

func newAuditExport(t *engine.Tenant, f audit.Filter) (*AuditExport, error) {
	e := &AuditExport{Items: []audit.Item{}}
	for after := []byte(nil); ; {
		items, next, err := t.Audit(f, after, auditExportPage)
		if err != nil {
			return nil, err
		}
		if e.Items = append(e.Items, items...); len(e.Items) > auditExportMax {
			return nil, errAuditTooLong
		}
		if next == nil {
			break
		}
		after = next
	}
	verdict, err := t.VerifyAudit()
	e.Verdict = verdict
	return e, err
}

var auditColumns = []string{"seq", "id", "at", "event", "actorId", "actorName", "actorType", "ip", "objectType", "objectId", "details", "erased", "hash"}

// csv writes a line an entry, newest first, and last the verdict about the chain with its newest hash.
func (e *AuditExport) csv(b *bufio.Writer, polish bool) error {
	w := csv.NewWriter(b)
	if polish {
		_, _ = b.WriteString("\ufeff")
		w.Comma, w.UseCRLF = ';', true
	}
	_ = w.Write(auditColumns)
	for i := range e.Items {
		it := &e.Items[i]
		line := []string{
			strconv.FormatUint(it.Seq, 10), it.ID, wireTime(it.At), it.Event, it.Actor.ID, it.Actor.Name, it.Actor.Type, it.IP,
			it.Object.Type, it.Object.ID, string(it.Details), strconv.FormatBool(it.Erased), it.Hash,
		}
		for k := range line {
			line[k] = textCell(line[k])
		}
		_ = w.Write(line)
	}
	verdict, err := json.Marshal(e.Verdict)
	if err != nil {
		return err
	}
	last := make([]string, len(auditColumns))
	last[3], last[10], last[12] = "verdict", string(verdict), e.Verdict.Head
	_ = w.Write(last)
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return b.Flush()
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
