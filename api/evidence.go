package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of an evidence pack.
const (
	evidenceBytesMax  = 64 << 20 // of its files, before compression
	evidenceEntries   = 1_000    // of the audit, about one object
	evidenceAlertsMax = 100      // about one object
	evidenceFormat    = 1
)

var errEvidenceTooLarge = fault.New(fault.Invalid, "too_large", "the evidence would be too large: ask for one client, or one execution")

// EvidenceManifest says what a pack holds, of what moment, and what each file must hash to. SHA256SUMS beside it says the same for the program sha256sum, and
// of the manifest too.
type EvidenceManifest struct {
	Format         int               `json:"format"`
	Product        string            `json:"product"` // with its version
	OrganizationID string            `json:"organizationId"`
	Organization   string            `json:"organization"`
	Object         audit.Object      `json:"object"`
	CreatedAt      execution.Instant `json:"createdAt"`
	CreatedBy      audit.Actor       `json:"createdBy"`
	Epoch          string            `json:"epoch"` // the history of the database, and the last number in it
	Seq            uint64            `json:"seq"`
	Audit          audit.Verdict     `json:"audit"` // of the whole chain, with its newest hash
	Files          []EvidenceFile    `json:"files"`
}

// EvidenceFile is one file of a pack.
type EvidenceFile struct {
	Name      string `json:"name"`
	SizeBytes int    `json:"sizeBytes"`
	SHA256    string `json:"sha256"`
}

// evidence is a pack on its way.
type evidence struct {
	manifest EvidenceManifest
	buffer   bytes.Buffer
	zip      *zip.Writer
	sums     strings.Builder
	at       time.Time
	size     int
	err      error // the first; nothing is added after it
}

func (s *Server) newEvidence(c *call, object audit.Object) *evidence {
	e := &evidence{at: s.engine.Now().UTC(), manifest: EvidenceManifest{
		Format: evidenceFormat, Product: "flowwatch " + s.options.Version, OrganizationID: c.principal.OrganizationID, Object: object,
		CreatedAt: execution.At(s.engine.Now()), CreatedBy: c.by().Actor, Epoch: s.engine.Epoch(), Seq: c.tenant.Seq(), Files: []EvidenceFile{},
	}}
	e.zip = zip.NewWriter(&e.buffer)
	if o, err := s.engine.Access().Organization(c.principal.OrganizationID); err == nil {
		e.manifest.Organization = o.Name
	}
	return e
}

// add writes a value as indented JSON.
func (e *evidence) add(name string, v any) {
	if e.err != nil {
		return
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		e.err = fmt.Errorf("evidence %s: %w", name, err)
		return
	}
	e.put(name, data, true)
}

func (e *evidence) put(name string, data []byte, listed bool) {
	if e.size += len(data); e.size > evidenceBytesMax {
		e.err = errEvidenceTooLarge
	}
	if e.err != nil {
		return
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	if listed {
		e.manifest.Files = append(e.manifest.Files, EvidenceFile{Name: name, SizeBytes: len(data), SHA256: hash})
	}
	fmt.Fprintf(&e.sums, "%s  %s\n", hash, name)
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.at})
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		e.err = fmt.Errorf("evidence %s: %w", name, err)
	}
}

// close adds manifest and sums, and returns the pack.
func (e *evidence) close() ([]byte, error) {
	if e.err == nil {
		data, err := json.MarshalIndent(&e.manifest, "", "  ")
		e.err = err
		e.put("manifest.json", data, false)
		e.put("SHA256SUMS", []byte(e.sums.String()), false)
	}
	err := errors.Join(e.err, e.zip.Close())
	return e.buffer.Bytes(), err
}

// run adds an execution with its steps, its timeline, and who did what about it.
func (e *evidence) run(s *Server, c *call, id, folder string) {
	if e.err != nil {
		return
	}
	x, err := c.tenant.Execution(c.Context(), id)
	if err != nil {
		e.err = err
		return
	}
	e.add(folder+"execution.json", newExecutionStatus(&x, c.tenant.Hides(), execution.At(s.engine.Now())))
	l, err := c.tenant.Timeline(c.Context(), id)
	if err == nil {
		var body []byte
		if body, err = timelineJSON(&l); err == nil {
			e.add(folder+"timeline.json", json.RawMessage(body))
		}
	}
	entries, auditErr := c.tenant.AuditOf(engine.ObjectExecution, id, evidenceEntries)
	e.add(folder+"audit.json", entries)
	e.err = errors.Join(e.err, err, auditErr)
	e.alerts(c, engine.AlertFilter{ExecutionID: id, From: execution.NoInstant, To: execution.NoInstant}, folder, nil)
}

// alerts adds alerts with their messages, and who answered them: those of the filter that are wanted; nil: all.
func (e *evidence) alerts(c *call, f engine.AlertFilter, folder string, wanted func(r *alert.Record) bool) {
	if e.err != nil {
		return
	}
	var views []engine.AlertRecord
	entries := []audit.Item{}
	for cursor := ""; ; {
		records, next, err := c.tenant.Alerts(f, cursor, evidenceAlertsMax)
		for i := range records {
			if r := &records[i]; wanted == nil || wanted(r) {
				about, auditErr := c.tenant.AuditOf(engine.ObjectAlert, r.ID, evidenceEntries)
				views, entries, err = append(views, c.tenant.AlertView(r)), append(entries, about...), errors.Join(err, auditErr)
			}
		}
		if e.err = err; err != nil {
			return
		}
		if cursor = next; next == "" || len(views) >= evidenceAlertsMax {
			break
		}
	}
	if len(views) > 0 {
		e.add(folder+"alerts.json", views)
		e.add(folder+"alerts-audit.json", entries)
	}
}

// pack notes that the evidence is given out, and gives it.
func (s *Server) pack(c *call, e *evidence, name string) error {
	verdict, err := c.tenant.VerifyAudit()
	if err != nil {
		return err
	}
	e.manifest.Audit = verdict
	data, err := e.close()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	err = c.tenant.Note(engine.EventEvidenceExported, c.by(), e.manifest.Object, map[string]any{"sha256": hex.EncodeToString(sum[:]), "files": len(e.manifest.Files)})
	if err != nil {
		return err
	}
	name = strings.NewReplacer(":", "_", `"`, "_", "/", "_").Replace(name)
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="dowody-`+name+`.zip"`)
	return c.Send(data)
}

// getEvidence packs what is known of an execution.
func (s *Server) getEvidence(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	e := s.newEvidence(c, audit.Object{Type: engine.ObjectExecution, ID: id})
	e.run(s, c, id, "")
	if e.err != nil {
		return e.err
	}
	return s.pack(c, e, id)
}

// getDeadlineEvidence packs what is known of an obligation: the rule as it is and was, its day, proofs of receipt, the runs that serve it.
func (s *Server) getDeadlineEvidence(c *call) error {
	rule, period, err := c.ofDeadline()
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	client := q.id("clientRef")
	if err := q.err(); err != nil {
		return err
	}
	found, err := c.tenant.DeadlineEvidence(c.Context(), rule, period, client)
	if err != nil {
		return err
	}
	e := s.newEvidence(c, audit.Object{Type: engine.ObjectObligation, ID: rule + ":" + period})
	e.add("rule.json", found.Rule)
	e.add("rule-history.json", found.History)
	if found.Deadline != nil {
		e.add("deadline.json", newDeadlineItem(found.Deadline, prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))))
	}
	e.add("filings.json", found.Filings)
	entries, err := c.tenant.AuditOf(engine.ObjectRule, rule, evidenceEntries)
	e.err = errors.Join(e.err, err)
	e.add("rule-audit.json", entries)
	if client != "" {
		entries, err = c.tenant.AuditOf(engine.ObjectClient, client, evidenceEntries)
		e.err = errors.Join(e.err, err)
		e.add("client-audit.json", entries)
	}
	e.alerts(c, engine.AlertFilter{RuleID: alert.BuiltinID(alert.DeadlineAtRisk), From: execution.NoInstant, To: execution.NoInstant}, "", func(r *alert.Record) bool {
		return r.Facts.Period == period && (r.Facts.Obligation == rule || r.Facts.Obligation == found.Rule.Name.PL)
	})
	e.add("runs.json", map[string]any{"executionIds": orEmpty(found.Runs), "capped": found.Capped})
	for i, id := range found.Runs {
		e.run(s, c, id, fmt.Sprintf("runs/%04d/", i+1))
	}
	if e.err != nil {
		return e.err
	}
	return s.pack(c, e, rule+"-"+period)
}

// evidenceRoutes give evidence for inspections.
func evidenceRoutes() []route {
	proving := []access.Right{access.ExportEvidence}
	const media = "application/zip"
	return []route{
		{method: fiber.MethodGet, path: "/api/monitoring/executions/{executionId}/evidence", rights: proving, media: media,
			summary: "A zip with an execution, its timeline, who did what about it, and a manifest with hashes", handle: (*Server).getEvidence},
		{method: fiber.MethodGet, path: "/api/monitoring/deadlines/{rule}/{period}/evidence", rights: proving, media: media,
			summary: "A zip with a rule, its day, proofs of receipt, the runs that serve it, and a manifest with hashes",
			handle:  (*Server).getDeadlineEvidence, query: []parameter{{name: "clientRef", kind: "string", about: "one client; default all"}}},
	}
}
