package api

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// RetentionAnswer says how long the organisation keeps what, what the last clean-ups did and what the next one will do.
type RetentionAnswer struct {
	Policy    engine.Retention      `json:"policy"`
	LastRun   *engine.RetentionRun  `json:"lastRun"`
	Runs      []engine.RetentionRun `json:"runs"` // newest first
	NextRunAt execution.Instant     `json:"nextRunAt"`
	Due       RetentionDue          `json:"due"`
}

// RetentionDue counts what the next clean-up removes if nothing more is heard.
type RetentionDue struct {
	Executions int64 `json:"executions"`
	StepData   int64 `json:"stepData"` // executions whose inputs and outputs go
}

// retentionRunsShown is how many clean-ups are told of.
const retentionRunsShown = 30

func (s *Server) getRetention(c *call) error {
	runs, err := c.tenant.RetentionRuns(retentionRunsShown)
	if err != nil {
		return err
	}
	answer := RetentionAnswer{Policy: c.tenant.Policy(), Runs: orEmpty(runs)}
	if len(runs) > 0 {
		answer.LastRun = &runs[0]
	}
	next, err := c.tenant.NextRetention()
	if err != nil {
		return err
	}
	answer.NextRunAt = instant(next)
	if answer.Due.Executions, answer.Due.StepData, err = c.tenant.Due(c.Context()); err != nil {
		return err
	}
	return c.JSON(answer)
}

// postRetention cleans up now.
func (s *Server) postRetention(c *call) error {
	run, err := c.tenant.Retain(c.Context())
	if err != nil {
		return err
	}
	return c.JSON(run)
}

// ErasureInput says what is to be erased: a client, or executions.
type ErasureInput struct {
	ClientRef    string   `json:"clientRef,omitempty"`
	ExecutionIDs []string `json:"executionIds,omitempty"`
	Reason       string   `json:"reason"`
}

// Erasure is the report of an erasure. It does not say whom it was about.
type Erasure struct {
	ID          string               `json:"id"`
	State       string               `json:"state"` // running: it is completed by the server, also after a restart
	RequestedBy engine.Actor         `json:"requestedBy"`
	RequestedAt execution.Instant    `json:"requestedAt"`
	DoneAt      execution.Instant    `json:"doneAt"`
	Reason      string               `json:"reason"`
	OfClient    bool                 `json:"ofClient"`
	Erased      engine.ErasureCounts `json:"erased"`
	Remains     []Remainder          `json:"remains"`
}

// Remainder is what an erasure does not reach, and until when it is there.
type Remainder struct {
	What  string            `json:"what"`
	Where string            `json:"where"`
	Until execution.Instant `json:"until"` // null: nobody here knows, or it stays and tells of no person
}

// ErasurePage lists erasures, newest first.
type ErasurePage struct {
	Items      []Erasure `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

// backupsKeptUsual is how long copies from before an erasure are kept where nobody said.
const backupsKeptUsual = 30 * 24 * time.Hour

// backupsKept is how long the nightly backups are kept.
func (s *Server) backupsKept() time.Duration {
	if kept := s.engine.BackupState().Kept; kept > 0 {
		return kept
	}
	return backupsKeptUsual
}

// remainders are said with every report, so that whoever answers the person who asked can say all.
func remainders(r *engine.Erasure, backupsKept time.Duration) []Remainder {
	backups := execution.NoInstant
	if r.DoneAt.Present() {
		backups = execution.At(r.DoneAt.Time().Add(backupsKept))
	}
	return []Remainder{
		{What: "backups", Where: "copies from before the erasure; what was erased is erased again when one is restored", Until: backups},
		{What: "freePages", Where: "room in the database file that was freed and not used again; flowwatch compact gives it back", Until: execution.NoInstant},
		{What: "outside", Where: "files that were exported, e-mails and messages that were sent", Until: execution.NoInstant},
		{What: "sums", Where: "numbers of hours and days, which tell of no person", Until: execution.NoInstant},
		{What: "audit", Where: "who did something, when, to which execution's id", Until: execution.NoInstant},
	}
}

func (s *Server) newErasure(r *engine.Erasure) Erasure {
	return Erasure{
		ID: r.ID, State: r.State, RequestedBy: r.By, RequestedAt: r.RequestedAt, DoneAt: r.DoneAt, Reason: r.Reason,
		OfClient: r.Client != "", Erased: r.Erased, Remains: remainders(r, s.backupsKept()),
	}
}

// reasonRunesMin is the shortest reason for what cannot be undone.
const reasonRunesMin = 3

// postErasure erases and reports.
func (s *Server) postErasure(c *call) error {
	var in ErasureInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if wrong := in.wrong(); len(wrong) > 0 {
		return errInvalid.With(wrong...)
	}
	r, err := c.tenant.Erase(c.Context(), c.by(), engine.ErasureTarget{ClientRef: in.ClientRef, ExecutionIDs: in.ExecutionIDs}, in.Reason)
	if err != nil {
		return err
	}
	return c.JSON(s.newErasure(r))
}

func (in *ErasureInput) wrong() (wrong []fault.Field) {
	if n := len([]rune(in.Reason)); n < reasonRunesMin || n > reasonRunesMax {
		wrong = append(wrong, fault.Field{Location: "body.reason", Message: fmt.Sprintf("%d to %d characters are required", reasonRunesMin, reasonRunesMax)})
	}
	for i, id := range in.ExecutionIDs {
		if !ingest.ValidID(id) {
			wrong = append(wrong, fault.Field{Location: fmt.Sprintf("body.executionIds[%d]", i), Message: "is no id of an execution"})
			break
		}
	}
	return wrong
}

func (s *Server) listErasures(c *call) error {
	all, err := c.tenant.Erasures()
	if err != nil {
		return err
	}
	page := ErasurePage{Items: []Erasure{}}
	for i := range all {
		page.Items = append(page.Items, s.newErasure(&all[i]))
	}
	return c.JSON(page)
}

func (s *Server) getErasure(c *call) error {
	id, err := c.id("erasureId")
	if err != nil {
		return err
	}
	r, err := c.tenant.Erasure(id)
	if err != nil {
		return err
	}
	return c.JSON(s.newErasure(r))
}

// dataRoutes are about what is kept, and what leaves.
func dataRoutes() []route {
	return []route{
		{method: fiber.MethodGet, path: "/api/admin/retention", summary: "How long what is kept, what the nightly clean-up did and what it will do",
			rights: keeping, handle: (*Server).getRetention, response: RetentionAnswer{}},
		{method: fiber.MethodPost, path: "/api/admin/retention/run", summary: "Clean up now", rights: keeping,
			handle: (*Server).postRetention, response: engine.RetentionRun{}},
		{method: fiber.MethodPost, path: "/api/admin/erasure", summary: "Erase everything about a client or about executions; answers a report",
			rights: keeping, handle: (*Server).postErasure, request: ErasureInput{}, response: Erasure{}},
		{method: fiber.MethodGet, path: "/api/admin/erasure", summary: "Erasures, newest first", rights: keeping,
			handle: (*Server).listErasures, response: ErasurePage{}},
		{method: fiber.MethodGet, path: "/api/admin/erasure/{erasureId}", summary: "The report of an erasure", rights: keeping,
			handle: (*Server).getErasure, response: Erasure{}},
	}
}
