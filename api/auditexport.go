package api

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

// Limits of files of the audit.
const (
	auditExportPage = 500 // entries read at once; no read transaction lasts longer than a page
	auditExportsMax = 4   // files written at the same time

	auditExportRetry = 10 * time.Second
)

var errAuditExportsRun = fault.New(fault.Exhausted, "too_many", "other files of the audit are being written").After(auditExportRetry)

// AuditExport is the audit as a file, newest first. The verdict's head is the hash of the newest entry of the chain: kept apart, it proves that nothing
// before it was changed.
type AuditExport struct {
	Items   []audit.Item  `json:"items"`
	Verdict audit.Verdict `json:"verdict"`
}

// exportAudit writes the entries that a filter takes as a file. That it was exported is noted first. The chain is verified before anything
// is sent; a failure later cuts the connection, so that half a file never looks whole.
func (s *Server) exportAudit(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	f, format, locale := auditFilter(q), q.choice("format", "csv", "csv", "json"), q.choice("locale", "pl", "pl", "C")
	if err := q.err(); err != nil {
		return err
	}
	if s.auditExports.Add(1) > auditExportsMax {
		s.auditExports.Add(-1)
		return errAuditExportsRun
	}
	done := func() { s.auditExports.Add(-1) }
	tenant := c.tenant
	verdict, err := notedVerdict(tenant, c.by(), f, format)
	if err != nil {
		done()
		return err
	}
	f.UpTo = verdict.Last
	run := func(write func()) {
		s.exports.Go(func() {
			defer done()
			write()
		})
	}
	media := map[string]string{"json": fiber.MIMEApplicationJSON, "csv": "text/csv; charset=utf-8"}[format]
	return c.download("audit."+format, media, run, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if format == "json" {
			return errors.Join(writeAuditJSON(b, tenant, f, &verdict), b.Flush())
		}
		return errors.Join(writeAuditCSV(b, tenant, f, &verdict, locale == "pl"), b.Flush())
	})
}

// notedVerdict notes the export and verifies the chain with that entry.
func notedVerdict(t *engine.Tenant, by audit.By, f audit.Filter, format string) (audit.Verdict, error) {
	object := f.ObjectType
	if object != engine.ObjectClient { // a client's name could not be erased from here
		object += ":" + f.ObjectID
	}
	details := map[string]any{"format": format, "event": f.Event, "actor": f.ActorID, "object": object, "from": f.From, "to": f.To}
	if err := t.Note(engine.EventAuditExported, by, audit.Object{Type: engine.ObjectAudit}, details); err != nil {
		return audit.Verdict{}, err
	}
	return t.VerifyAudit()
}

// eachEntry calls fn for all entries that the filter takes, newest first, page by page.
func eachEntry(t *engine.Tenant, f audit.Filter, fn func(*audit.Item) error) error {
	for after := []byte(nil); ; {
		items, next, err := t.Audit(f, after, auditExportPage)
		if err != nil {
			return err
		}
		for i := range items {
			if err := fn(&items[i]); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		after = next
	}
}

// writeAuditJSON writes an AuditExport.
func writeAuditJSON(b *bufio.Writer, t *engine.Tenant, f audit.Filter, verdict *audit.Verdict) error {
	separator := `{"items":[`
	err := eachEntry(t, f, func(it *audit.Item) error {
		line, err := json.Marshal(it)
		_, _ = b.WriteString(separator)
		separator = ","
		if _, failed := b.Write(line); err == nil {
			err = failed
		}
		return err
	})
	if err != nil {
		return err
	}
	if separator != "," {
		_, _ = b.WriteString(separator)
	}
	last, err := json.Marshal(verdict)
	_, _ = b.WriteString(`],"verdict":`)
	_, _ = b.Write(last)
	return errors.Join(err, b.WriteByte('}'))
}

var auditColumns = []string{"seq", "id", "at", "event", "actorId", "actorName", "actorType", "ip", "objectType", "objectId", "details", "erased", "hash"}

// writeAuditCSV writes a line an entry, and last the verdict about the chain with its newest hash. Polish spreadsheets want to be told the encoding
// and a semicolon.
func writeAuditCSV(b *bufio.Writer, t *engine.Tenant, f audit.Filter, verdict *audit.Verdict, polish bool) error {
	w := csv.NewWriter(b)
	if polish {
		_, _ = b.WriteString("\ufeff")
		w.Comma, w.UseCRLF = ';', true
	}
	_ = w.Write(auditColumns)
	err := eachEntry(t, f, func(it *audit.Item) error {
		line := []string{
			strconv.FormatUint(it.Seq, 10), it.ID, wireTime(it.At), it.Event, it.Actor.ID, it.Actor.Name, it.Actor.Type, it.IP,
			it.Object.Type, it.Object.ID, string(it.Details), strconv.FormatBool(it.Erased), it.Hash,
		}
		for k := range line {
			line[k] = textCell(line[k])
		}
		return w.Write(line)
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(verdict)
	if err != nil {
		return err
	}
	last := make([]string, len(auditColumns))
	last[3], last[10], last[12] = "verdict", string(text), verdict.Head
	_ = w.Write(last)
	w.Flush()
	return w.Error()
}
