package api

import (
	"net/http"
	"unicode/utf8"

	"github.com/google/uuid"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	wishRunesMax = 500

	answerTaken   = "acknowledged"
	answerRefused = "refused"
)

// PriorityInput wishes that an execution have a priority.
type PriorityInput struct {
	Priority string `json:"priority" enum:"priority"`
	Reason   string `json:"reason,omitempty"`
}

// PriorityReceipt answers a wish that is noted. The engine decides, see
// ExecutionStatus.priorityRequest.
type PriorityReceipt struct {
	ID          string               `json:"id"`
	ExecutionID string               `json:"executionId"`
	Priority    string               `json:"priority" enum:"priority"`
	State       engine.PriorityState `json:"state"`
	RequestedAt execution.Instant    `json:"requestedAt"`
}

// Command is what Flowwatch asks of an engine. It is given until it is answered.
type Command struct {
	ID          string            `json:"id"`
	Type        string            `json:"type"` // priority
	ExecutionID string            `json:"executionId"`
	WorkflowID  string            `json:"workflowId"`
	Priority    string            `json:"priority" enum:"priority"`
	Reason      string            `json:"reason"`
	RequestedAt execution.Instant `json:"requestedAt"`
	Boost       *engine.Raise     `json:"boost"` // the deadline for which a rule asks; null: a person asks
}

// CommandPage lists the commands that no engine has answered, oldest first.
type CommandPage struct {
	Items      []Command `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

// CommandAnswer is what an engine says to a command. Outcome is acknowledged,
// which is the default, or refused.
type CommandAnswer struct {
	Outcome string `json:"outcome,omitempty"`
	Message string `json:"message,omitempty"`
}

// postPriority notes a wish (AC5.2c, B-89).
func (s *Server) postPriority(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	if !c.tenant.Knows("", id) {
		return errNotFound
	}
	var input PriorityInput
	if err := s.read(c, &input); err != nil {
		return err
	}
	priority, ok := execution.ParsePriority(input.Priority)
	var wrong []fault.Field
	if !ok {
		wrong = append(wrong, fault.Field{Location: "body.priority", Message: "must be HIGH, NORMAL or LOW"})
	}
	if !validText(input.Reason) {
		wrong = append(wrong, fault.Field{Location: "body.reason", Message: "at most 500 characters, without control characters"})
	}
	if len(wrong) > 0 {
		return errInvalid.With(wrong...)
	}
	r, err := c.tenant.RequestPriority(c.Context(), id, priority, input.Reason, c.by())
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(PriorityReceipt{
		ID: r.ID, ExecutionID: r.ExecutionID, Priority: r.Priority, State: r.State, RequestedAt: r.RequestedAt,
	})
}

func validText(s string) bool {
	return utf8.ValidString(s) && ingest.ValidName(s, wishRunesMax)
}

// listCommands gives engines what they are asked (B-89).
func (s *Server) listCommands(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	cursor, limit := q.cursor(), q.limit()
	if cursor != "" && uuid.Validate(cursor) != nil {
		q.wrong("cursor", "not a cursor of this list")
	}
	if err := q.err(); err != nil {
		return err
	}
	open, next, err := c.tenant.Commands(c.Context(), cursor, limit)
	if err != nil {
		return err
	}
	page := CommandPage{Items: make([]Command, len(open)), NextCursor: optional(next)}
	for i := range open {
		r := &open[i]
		page.Items[i] = Command{
			ID: r.ID, Type: "priority", ExecutionID: r.ExecutionID, WorkflowID: r.WorkflowID,
			Priority: r.Priority, Reason: r.Reason, RequestedAt: r.RequestedAt, Boost: r.Boost,
		}
	}
	return c.JSON(page)
}

// answerCommand notes what an engine says. No body is an acknowledgement.
func (s *Server) answerCommand(c *call) error {
	id, err := c.id("commandId")
	if err != nil {
		return err
	}
	if _, err := c.tenant.Command(id); err != nil {
		return err
	}
	var answer CommandAnswer
	if len(c.Request().Body()) > 0 {
		if err := s.read(c, &answer); err != nil {
			return err
		}
	}
	var wrong []fault.Field
	if answer.Outcome != "" && answer.Outcome != answerTaken && answer.Outcome != answerRefused {
		wrong = append(wrong, fault.Field{Location: "body.outcome", Message: "must be acknowledged or refused"})
	}
	if !validText(answer.Message) {
		wrong = append(wrong, fault.Field{Location: "body.message", Message: "at most 500 characters, without control characters"})
	}
	if len(wrong) > 0 {
		return errInvalid.With(wrong...)
	}
	r, err := c.tenant.AnswerCommand(c.Context(), id, answer.Outcome != answerRefused, answer.Message)
	if err != nil {
		return err
	}
	return c.JSON(r)
}
