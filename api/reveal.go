package api

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// RevealInput says why step data are looked at in clear.
type RevealInput struct {
	Reason string `json:"reason"` // 3 to 500 characters
}

// Revealed is a step's data in clear. A page hides them at ExpiresAt.
type Revealed struct {
	ExecutionID string            `json:"executionId"`
	StepID      string            `json:"stepId"`
	Input       json.RawMessage   `json:"input"`
	Output      json.RawMessage   `json:"output"`
	ExpiresAt   execution.Instant `json:"expiresAt"`
}

const (
	revealReasonMin = 3
	revealReasonMax = 500
)

func (s *Server) postReveal(c *call) error {
	id, err := c.id("executionId")
	if err != nil {
		return err
	}
	stepID, err := c.id("stepId")
	if err != nil {
		return err
	}
	if _, err := c.tenant.Step(c.Context(), id, stepID); err != nil {
		return err
	}
	var in RevealInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if utf8.RuneCountInString(in.Reason) < revealReasonMin || !ingest.ValidName(in.Reason, revealReasonMax) {
		return errInvalid.With(fault.Field{Location: "body.reason", Message: "3 to 500 characters without control characters"})
	}
	x, err := c.tenant.Reveal(c.Context(), c.by(), id, stepID, in.Reason)
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	return c.JSON(Revealed{ExecutionID: id, StepID: stepID, Input: x.Input, Output: x.Output,
		ExpiresAt: execution.At(s.engine.Now().Add(engine.RevealedFor))})
}

func revealRoutes() []route {
	return []route{{method: "POST", path: "/api/monitoring/executions/{executionId}/steps/{stepId}/reveal",
		summary: "A step's input and output in clear, if captured in full; noted with the reason", rights: []access.Right{access.RevealStepData},
		handle: (*Server).postReveal, request: RevealInput{}, response: Revealed{}}}
}
