package api

import (
	"net/http"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const silencesPath = "/api/monitoring/silences"

// SilenceInput keeps messages back: of a rule, of a workflow, of both, or of everything.
type SilenceInput struct {
	AlertID    string            `json:"alertId,omitempty"` // the rule's
	WorkflowID string            `json:"workflowId,omitempty"`
	StartsAt   execution.Instant `json:"startsAt"` // null: now
	EndsAt     execution.Instant `json:"endsAt"`
	Reason     string            `json:"reason"`
}

// Silence is a time without messages. Alerts are raised and shown all the same.
type Silence struct {
	ID         string            `json:"id"`
	AlertID    *string           `json:"alertId"`
	WorkflowID *string           `json:"workflowId"`
	StartsAt   execution.Instant `json:"startsAt"`
	EndsAt     execution.Instant `json:"endsAt"`
	Reason     string            `json:"reason"`
	CreatedBy  string            `json:"createdBy"`
	CreatedAt  execution.Instant `json:"createdAt"`
}

// SilencePage lists silences; all fit on one page.
type SilencePage struct {
	Items      []Silence `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

func newSilence(s *alert.Silence) Silence {
	return Silence{
		ID: s.ID, AlertID: optional(s.RuleID), WorkflowID: optional(s.WorkflowID), StartsAt: s.StartsAt, EndsAt: s.EndsAt, Reason: s.Reason,
		CreatedBy: s.CreatedBy, CreatedAt: s.CreatedAt,
	}
}

func (s *Server) listSilences(c *call) error {
	page := SilencePage{Items: []Silence{}}
	all := c.tenant.Silences()
	for i := range all {
		page.Items = append(page.Items, newSilence(&all[i]))
	}
	return c.JSON(page)
}

func (s *Server) postSilence(c *call) error {
	in := SilenceInput{StartsAt: execution.NoInstant, EndsAt: execution.NoInstant}
	if err := s.read(c, &in); err != nil {
		return err
	}
	if !in.EndsAt.Present() {
		return errInvalid.With(fault.Field{Location: "body.endsAt", Message: "is required"})
	}
	if !in.StartsAt.Present() {
		in.StartsAt = execution.At(s.engine.Now())
	}
	made, err := c.tenant.CreateSilence(alert.Silence{
		RuleID: in.AlertID, WorkflowID: in.WorkflowID, StartsAt: in.StartsAt, EndsAt: in.EndsAt, Reason: in.Reason,
	}, c.by())
	if err != nil {
		return err
	}
	c.Location(silencesPath + "/" + made.ID)
	return c.Status(http.StatusCreated).JSON(newSilence(made))
}

func (s *Server) deleteSilence(c *call) error {
	id, err := c.id("silenceId")
	if err != nil {
		return err
	}
	if err := c.tenant.DeleteSilence(id, c.by()); err != nil {
		return err
	}
	return c.noContent()
}

// silenceRoutes are about times without messages.
func silenceRoutes() []route {
	return []route{
		{method: "GET", path: silencesPath, summary: "Silences, newest first", rights: reading, handle: (*Server).listSilences, response: SilencePage{}},
		{method: "POST", path: silencesPath, summary: "Keep messages back for a while, at most 7 days", rights: alerting, handle: (*Server).postSilence,
			request: SilenceInput{}, response: Silence{}, status: http.StatusCreated},
		{method: "DELETE", path: silencesPath + "/{silenceId}", summary: "End a silence", rights: alerting, handle: (*Server).deleteSilence,
			status: http.StatusNoContent},
	}
}
