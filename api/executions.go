package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
)

// ExecutionPage is one page of a list. CountsByStatus has all six statuses and
// heeds every filter but status; it is left out on counts=false. CountsCapped
// says that counts are at least so high, Truncated that a sort by duration
// looked at the newest matches only.
type ExecutionPage struct {
	Items          []ExecutionSummary `json:"items"`
	NextCursor     *string            `json:"nextCursor"`
	CountsByStatus map[string]int64   `json:"countsByStatus,omitempty"`
	CountsCapped   bool               `json:"countsCapped,omitempty"`
	Truncated      bool               `json:"truncated,omitempty"`
}

// executionQuery reads which executions are meant, and in which order.
func executionQuery(q *query) engine.Query {
	find := engine.Query{
		Statuses: q.statuses("status"), WorkflowID: q.id("workflowId"), ClientRef: q.text("clientRef", nameRunesMax),
		Tag: q.text("tag", nameRunesMax), Text: q.text("q", nameRunesMax), Priority: q.priority(),
		MinDurationMs: q.duration("minDurationMs"), MaxDurationMs: q.duration("maxDurationMs"), Sort: q.sort(),
	}
	find.From, find.To = q.span()
	return find
}

// listExecutions filters by status (AC1.2c, B-63) and the rest.
func (s *Server) listExecutions(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	find := executionQuery(q)
	find.Cursor, find.Limit, find.Counts = q.cursor(), q.limit(), q.flag("counts", true)
	if err := q.err(); err != nil {
		return err
	}
	page, err := c.tenant.Executions(c.Context(), find)
	if err != nil {
		return err
	}
	answer := s.executionPage(c.tenant, &page)
	if find.Counts {
		answer.CountsByStatus = make(map[string]int64, len(page.Counts))
		for status, n := range page.Counts {
			answer.CountsByStatus[execution.Status(status).String()] = n
		}
		answer.CountsCapped = page.CountsCapped
	}
	return c.JSON(answer)
}

// listActive is the seed's getActiveExecutions (S27, B-95).
func (s *Server) listActive(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	page, err := s.activePage(c, q)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

func (s *Server) activePage(c *call, q *query) (answer ExecutionPage, err error) {
	workflowID, cursor, limit := q.id("workflowId"), q.cursor(), q.limit()
	if err := q.err(); err != nil {
		return answer, err
	}
	page, err := c.tenant.Active(c.Context(), workflowID, cursor, limit)
	if err != nil {
		return answer, err
	}
	return s.executionPage(c.tenant, &page), nil
}

// AttentionPage is what failed and waits for somebody. Total counts all of it, or is at least what it says: totalCapped.
type AttentionPage struct {
	Items       []ExecutionSummary `json:"items"`
	NextCursor  *string            `json:"nextCursor"`
	Total       int                `json:"total"`
	TotalCapped bool               `json:"totalCapped"`
}

// listAttention is the failed executions that need somebody (AC8.1c). What is older than the list is found by its filters among all executions.
func (s *Server) listAttention(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	workflowID, from, limit := q.id("workflowId"), q.time("from"), q.limit()
	if err := q.err(); err != nil {
		return err
	}
	found, err := c.tenant.NeedAttention(c.Context(), workflowID, from, limit)
	if err != nil {
		return err
	}
	page := s.executionPage(c.tenant, &engine.Page{Items: found.Items})
	return c.JSON(AttentionPage{Items: page.Items, Total: found.Total, TotalCapped: found.TotalCapped})
}

func (s *Server) executionPage(t *engine.Tenant, page *engine.Page) ExecutionPage {
	now := execution.At(s.engine.Now())
	answer := ExecutionPage{
		Items: make([]ExecutionSummary, len(page.Items)), NextCursor: optional(page.NextCursor), Truncated: page.Truncated,
	}
	for i := range page.Items {
		l := &page.Items[i]
		answer.Items[i] = newExecutionSummary(l, t.WorkflowName(&l.Summary), t.Hides(), now)
	}
	return answer
}

func (s *Server) getExecution(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	body, err := s.executionJSON(c.Context(), c.tenant, c.principal, id)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

// executionJSON is the answer about one execution, over REST and WebSocket
// alike (W9). An unknown id is fault.NotFound.
func (s *Server) executionJSON(ctx context.Context, t *engine.Tenant, _ access.Principal, id string) ([]byte, error) {
	x, err := t.Execution(ctx, id)
	if err != nil {
		return nil, err
	}
	return json.Marshal(newExecutionStatus(&x, t.Hides(), execution.At(s.engine.Now())))
}

func (s *Server) getStep(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	stepID, err := c.id("stepId")
	if err != nil {
		return err
	}
	x, err := c.tenant.Step(c.Context(), id, stepID)
	if err != nil {
		return err
	}
	part, object := c.principal.ID+"\x00"+stepID, audit.Object{Type: engine.ObjectExecution, ID: id}
	if c.principal.Can(access.ReadStepData) && (x.Input != nil || x.Output != nil) {
		c.tenant.NotePartSeldom(part, engine.EventStepDataViewed, c.by(), object, map[string]any{"step": stepID})
	}
	out := newStepDetail(&x, c.principal, c.tenant.Hides())
	if failed, stack := out.failures(); failed && c.principal.Can(access.ReadStack) { // B-68
		c.tenant.NotePartSeldom(part, engine.EventErrorViewed, c.by(), object, map[string]any{"step": stepID, "stack": stack})
	}
	return c.JSON(out)
}

func (s *Server) getQueue(c *call) error {
	body, err := s.queueJSON(c.tenant)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

// queueJSON is the answer about the queue, over REST and WebSocket alike.
func (s *Server) queueJSON(t *engine.Tenant) ([]byte, error) {
	return json.Marshal(t.Queue())
}

// id is an id in the path, as a copy. What cannot be one is unknown.
func (c *call) id(name string) (string, error) {
	id, err := url.PathUnescape(c.Params(name))
	if err != nil || !ingest.ValidID(id) {
		return "", errNotFound
	}
	return string([]byte(id)), nil
}

func (c *call) sendJSON(body []byte) error {
	c.Set("Content-Type", "application/json")
	return c.Send(body)
}

func (c *call) noContent() error {
	c.Status(http.StatusNoContent)
	return nil
}
