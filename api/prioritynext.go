package api

import (
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// QueuedItem is one of the queue with its place in the order in which Flowwatch
// would take it. Engines keep their own order, and priority is the engine's (B-89).
type QueuedItem struct {
	ExecutionSummary
	Position        int                     `json:"position"` // from 1
	Score           int                     `json:"score"`
	ScoreParts      engine.Score            `json:"scoreParts"`
	Boost           *engine.Raise           `json:"boost"` // the deadline that raises it
	BoostReason     *string                 `json:"boostReason"`
	BoostForbidden  *engine.BoostMark       `json:"boostForbidden"`
	PriorityRequest *engine.PriorityRequest `json:"priorityRequest"`
}

// QueuedPage lists the first of the queue; there are no further pages.
type QueuedPage struct {
	Items      []QueuedItem `json:"items"`
	NextCursor *string      `json:"nextCursor"`
}

// BoostInput says whether deadlines may raise an execution.
type BoostInput struct {
	Allowed *bool  `json:"allowed"`
	Reason  string `json:"reason,omitempty"`
}

// BoostAnswer is what holds now. Forbidden says who forbids it and why; null: nobody.
type BoostAnswer struct {
	ExecutionID string            `json:"executionId"`
	Allowed     bool              `json:"allowed"`
	Forbidden   *engine.BoostMark `json:"forbidden"`
}

// listNextQueued is B-89's order of the queue, by priority, deadline, age and wishes.
func (s *Server) listNextQueued(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	next, now := c.tenant.NextQueued(limit), execution.At(s.engine.Now())
	page := QueuedPage{Items: make([]QueuedItem, len(next))}
	for i := range next {
		x := &next[i]
		item := QueuedItem{
			ExecutionSummary: newExecutionSummary(&x.Listed, x.WorkflowTitle, c.tenant.Hides(), now), Position: i + 1, Score: x.Score.Sum(), ScoreParts: x.Score,
			Boost: x.Raise, BoostForbidden: x.Mark, PriorityRequest: x.Wish,
		}
		if x.Raise != nil {
			item.BoostReason = &x.Raise.BoostReason
		}
		page.Items[i] = item
	}
	return c.JSON(page)
}

// postBoost lets a person undo what deadlines do to an execution, and undo that.
func (s *Server) postBoost(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	if !c.tenant.Knows("", id) {
		return errNotFound
	}
	var in BoostInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	var wrong []fault.Field
	if in.Allowed == nil {
		wrong = append(wrong, fault.Field{Location: "body.allowed", Message: "must be true or false"})
	}
	if !validText(in.Reason) {
		wrong = append(wrong, fault.Field{Location: "body.reason", Message: "at most 500 characters, without control characters"})
	}
	if len(wrong) > 0 {
		return errInvalid.With(wrong...)
	}
	answer := BoostAnswer{ExecutionID: id, Allowed: *in.Allowed}
	if answer.Allowed {
		err = c.tenant.AllowBoost(c.Context(), id, c.by())
	} else {
		var mark engine.BoostMark
		mark, err = c.tenant.ForbidBoost(c.Context(), id, c.by(), in.Reason)
		answer.Forbidden = &mark
	}
	if err != nil {
		return err
	}
	return c.JSON(answer)
}
