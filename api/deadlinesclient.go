package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/deadline"
	"flowwatch/engine/fault"
)

// ClientRulePage lists what holds for clients instead of a rule.
type ClientRulePage struct {
	Items      []engine.ClientRule `json:"items"`
	NextCursor *string             `json:"nextCursor"`
}

// ClientRuleInput says what holds for a client instead of a rule. What was
// answered may be sent back: who, when and removed are not the sender's to say.
type ClientRuleInput struct {
	ClientRef string `json:"clientRef"`
	deadline.Override
	Reason  string          `json:"reason"` // on what ground; evidence
	DocRef  string          `json:"docRef,omitempty"`
	Version *int64          `json:"version,omitempty"` // that the sender saw
	Rule    json.RawMessage `json:"rule,omitempty"`
	Removed json.RawMessage `json:"removed,omitempty"`
	By      json.RawMessage `json:"by,omitempty"`
	At      json.RawMessage `json:"at,omitempty"`
}

// listClientRules lists the clients, or with clientRef all versions for one.
func (s *Server) listClientRules(c *call) error {
	id, err := c.knownDeadlineRule()
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	limit, cursor, client := q.limit(), q.cursor(), q.text("clientRef", nameRunesMax)
	if err := q.err(); err != nil {
		return err
	}
	if client != "" {
		history, err := c.tenant.ClientRuleHistory(c.Context(), id, client)
		if err != nil {
			return err
		}
		return c.JSON(ClientRulePage{Items: history})
	}
	page, err := c.tenant.ClientRules(c.Context(), id, cursor, limit)
	if err != nil {
		return err
	}
	return c.JSON(ClientRulePage{Items: page.Items, NextCursor: optional(page.NextCursor)})
}

// putClientRule says what holds for a client.
func (s *Server) putClientRule(c *call) error {
	id, err := c.knownDeadlineRule()
	if err != nil {
		return err
	}
	var text json.RawMessage
	if err := s.read(c, &text); err != nil {
		return err
	}
	in := ClientRuleInput{Override: deadline.NewOverride()}
	if err := deadline.Decode(text, &in, "body."); err != nil {
		return err
	}
	if in.Exceptions == nil {
		in.Exceptions = []deadline.Exception{}
	}
	var fields []fault.Field
	if in.ClientRef == "" || !ingest.ValidName(in.ClientRef, nameRunesMax) {
		fields = append(fields, fault.Field{Location: "body.clientRef", Message: "1 to 255 characters without control characters"})
	}
	if strings.TrimSpace(in.Reason) == "" || !ingest.ValidName(in.Reason, reasonRunesMax) {
		fields = append(fields, fault.Field{Location: "body.reason", Message: "1 to 2000 characters without control characters"})
	}
	if !ingest.ValidName(in.DocRef, nameRunesMax) {
		fields = append(fields, fault.Field{Location: "body.docRef", Message: "at most 255 characters without control characters"})
	}
	if len(fields) > 0 {
		return errInvalid.With(fields...)
	}
	next := engine.ClientRule{RuleID: id, ClientRef: in.ClientRef, Reason: in.Reason, DocRef: in.DocRef, Override: in.Override}
	r, made, err := c.tenant.PutClientRule(c.Context(), c.by(), next, c.clientPrecondition(in.Version))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, `"`+r.ETag()+`"`)
	if made {
		c.Status(http.StatusCreated)
	}
	return c.JSON(r)
}

// deleteClientRule lets the rule hold for the client as it is, again.
func (s *Server) deleteClientRule(c *call) error {
	id, err := c.knownDeadlineRule()
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	client, reason := q.text("clientRef", nameRunesMax), q.text("reason", reasonRunesMax)
	if client == "" {
		q.wrong("clientRef", "must be a client's reference")
	}
	if err := q.err(); err != nil {
		return err
	}
	next := engine.ClientRule{
		RuleID: id, ClientRef: client, Reason: reason, Removed: true, Override: deadline.NewOverride(),
	}
	if _, _, err := c.tenant.PutClientRule(c.Context(), c.by(), next, c.clientPrecondition(nil)); err != nil {
		return err
	}
	return c.noContent()
}

// clientPrecondition is what If-Match, or the version in a body, ask of what
// holds for a client before it is changed.
func (c *call) clientPrecondition(version *int64) engine.ClientPrecondition {
	matches := c.ifMatch()
	return func(current *engine.ClientRule) bool {
		if version != nil && (current == nil || current.Version != *version) {
			return false
		}
		return matches(current != nil, func() string { return `"` + current.ETag() + `"` })
	}
}
