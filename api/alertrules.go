package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const alertsPath = "/api/monitoring/alerts"

// AlertRuleInput makes or changes a rule. Of a change what is absent stays, and workflowId null makes the rule one about all workflows.
type AlertRuleInput struct {
	WorkflowID           json.RawMessage    `json:"workflowId,omitempty"`
	AlertType            *string            `json:"alertType,omitempty"`
	AlertName            *string            `json:"alertName,omitempty"`
	Conditions           *[]alert.Condition `json:"conditions,omitempty"`
	NotificationChannels *[]alert.Channel   `json:"notificationChannels,omitempty"`
	CooldownMinutes      *int               `json:"cooldownMinutes,omitempty"`
	Severity             *string            `json:"severity,omitempty"`
	IsActive             *bool              `json:"isActive,omitempty"`
	Version              *int64             `json:"version,omitempty"`
}

// AlertRule is a rule, its secrets hidden.
type AlertRule struct {
	ID                   string            `json:"id"`
	WorkflowID           *string           `json:"workflowId"`
	AlertType            alert.Type        `json:"alertType"`
	AlertName            string            `json:"alertName"`
	Conditions           []alert.Condition `json:"conditions"`
	NotificationChannels []alert.Channel   `json:"notificationChannels"`
	CooldownMinutes      int               `json:"cooldownMinutes"`
	Severity             alert.Severity    `json:"severity"`
	IsActive             bool              `json:"isActive"`
	Builtin              alert.Builtin     `json:"builtin,omitempty"`
	CreatedAt            execution.Instant `json:"createdAt"`
	CreatedBy            string            `json:"createdBy"`
	UpdatedAt            execution.Instant `json:"updatedAt"`
	Version              int64             `json:"version"`
}

// AlertRulePage lists rules; all fit on one page.
type AlertRulePage struct {
	Items      []AlertRule `json:"items"`
	NextCursor *string     `json:"nextCursor"`
}

func newAlertRule(r *alert.Rule) AlertRule {
	return AlertRule{
		ID: r.ID, WorkflowID: optional(r.WorkflowID), AlertType: r.Type, AlertName: r.Name, Conditions: orEmpty(r.Conditions),
		NotificationChannels: orEmpty(r.Channels), CooldownMinutes: r.CooldownMinutes, Severity: r.Severity, IsActive: r.Active, Builtin: r.Builtin,
		CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy, UpdatedAt: r.UpdatedAt, Version: r.Version,
	}
}

func alertRuleTag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// apply puts what the input says into a rule; what is wrong with it is found later.
func (in *AlertRuleInput) apply(r *alert.Rule) error {
	if len(in.WorkflowID) > 0 {
		var id *string
		if json.Unmarshal(in.WorkflowID, &id) != nil {
			return errInvalid.With(fault.Field{Location: "body.workflowId", Message: "must be a text or null"})
		}
		r.WorkflowID = ""
		if id != nil {
			r.WorkflowID = *id
		}
	}
	if in.AlertType != nil {
		r.Type = alert.Type(*in.AlertType)
	}
	if in.AlertName != nil {
		r.Name = *in.AlertName
	}
	if in.Severity != nil {
		if r.Severity = alert.Severity(*in.Severity); r.Severity == "" {
			return errInvalid.With(fault.Field{Location: "body.severity", Message: "must be info, warning, error or critical"})
		}
	}
	if in.IsActive != nil {
		r.Active = *in.IsActive
	}
	if in.CooldownMinutes != nil {
		if r.CooldownMinutes = *in.CooldownMinutes; r.CooldownMinutes == 0 {
			r.CooldownMinutes = -1 // out of range, and not the default
		}
	}
	if in.NotificationChannels != nil {
		r.Channels = *in.NotificationChannels
	}
	if in.Conditions != nil {
		r.Conditions = *in.Conditions
	}
	return nil
}

func (s *Server) listAlertRules(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	page, err := alertRulePage(c, q)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

func alertRulePage(c *call, q *query) (page AlertRulePage, err error) {
	workflowID := q.id("workflowId")
	var active *bool
	if q.values.Get("isActive") != "" {
		flag := q.flag("isActive", true)
		active = &flag
	}
	if err := q.err(); err != nil {
		return page, err
	}
	page.Items = []AlertRule{}
	rules := c.tenant.AlertRules(workflowID, active)
	for i := range rules {
		page.Items = append(page.Items, newAlertRule(&rules[i]))
	}
	return page, nil
}

func (s *Server) postAlertRule(c *call) error {
	var in AlertRuleInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	made, err := c.makeAlertRule(&in)
	if err != nil {
		return err
	}
	c.Location(alertsPath + "/" + made.ID)
	c.Set(fiber.HeaderETag, alertRuleTag(made.Version))
	return c.Status(http.StatusCreated).JSON(newAlertRule(made))
}

func (c *call) makeAlertRule(in *AlertRuleInput) (*alert.Rule, error) {
	r := alert.Rule{Active: true}
	if err := in.apply(&r); err != nil {
		return nil, err
	}
	return c.tenant.CreateAlertRule(r, c.by())
}

func (s *Server) getAlertRule(c *call) error {
	id, err := c.id("alertId")
	if err != nil {
		return err
	}
	r, err := c.tenant.AlertRule(id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, alertRuleTag(r.Version))
	return c.JSON(newAlertRule(r))
}

func (s *Server) patchAlertRule(c *call) error {
	id, err := c.id("alertId")
	if err != nil {
		return err
	}
	if _, err := c.tenant.AlertRule(id); err != nil {
		return err
	}
	var in AlertRuleInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	r, err := c.changeAlertRule(id, &in)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, alertRuleTag(r.Version))
	return c.JSON(newAlertRule(r))
}

func (c *call) changeAlertRule(id string, in *AlertRuleInput) (*alert.Rule, error) {
	matches := c.ifMatch()
	return c.tenant.ChangeAlertRule(id, c.by(), func(version int64) bool {
		return (in.Version == nil || *in.Version == version) && matches(true, func() string { return alertRuleTag(version) })
	}, in.apply)
}

func (s *Server) deleteAlertRule(c *call) error {
	id, err := c.id("alertId")
	if err != nil {
		return err
	}
	if err := c.tenant.DeleteAlertRule(id, c.by()); err != nil {
		return err
	}
	return c.noContent()
}

// postAlertTest sends a test message to each channel of a rule.
func (s *Server) postAlertTest(c *call) error {
	id, err := c.id("alertId")
	if err != nil {
		return err
	}
	r, err := c.tenant.TestAlertRule(id, c.by())
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(c.tenant.AlertView(r))
}

// BacktestInput is a rule and the time that it is tried on.
type BacktestInput struct {
	Rule  AlertRuleInput    `json:"rule"`
	Start execution.Instant `json:"start"`
	End   execution.Instant `json:"end"`
}

// BacktestAnswer says when the rule would have fired.
type BacktestAnswer struct {
	WouldFire []engine.WouldFire `json:"wouldFire"`
	Runs      int                `json:"runs"`   // that were looked at
	Capped    bool               `json:"capped"` // there were more; the newest were looked at
}

func (s *Server) postBacktest(c *call) error {
	in := BacktestInput{Start: execution.NoInstant, End: execution.NoInstant}
	if err := s.read(c, &in); err != nil {
		return err
	}
	var wrong []fault.Field
	if !in.Start.Present() {
		wrong = append(wrong, fault.Field{Location: "body.start", Message: "is required"})
	}
	if !in.End.Present() || in.Start.Present() && in.End < in.Start {
		wrong = append(wrong, fault.Field{Location: "body.end", Message: "is required, and not before start"})
	}
	if len(wrong) > 0 {
		return errInvalid.With(wrong...)
	}
	r := alert.Rule{Active: true}
	if err := in.Rule.apply(&r); err != nil {
		return err
	}
	fires, runs, capped, err := c.tenant.Backtest(c.Context(), r, in.Start, in.End)
	if err != nil {
		return err
	}
	return c.JSON(BacktestAnswer{WouldFire: orEmpty(fires), Runs: runs, Capped: capped})
}

// alertRuleRoutes are about rules.
func alertRuleRoutes(workflow parameter) []route {
	one := alertsPath + "/{alertId}"
	return []route{
		{method: "GET", path: alertsPath, summary: "Alert rules, built-in ones last", rights: reading, handle: (*Server).listAlertRules,
			query: []parameter{workflow, {name: "isActive", kind: "boolean"}}, response: AlertRulePage{}},
		{method: "POST", path: alertsPath, summary: "Make an alert rule; ETag", rights: alerting, handle: (*Server).postAlertRule,
			request: AlertRuleInput{}, response: AlertRule{}, status: http.StatusCreated},
		{method: "GET", path: one, summary: "One alert rule; ETag", rights: reading, handle: (*Server).getAlertRule, response: AlertRule{}},
		{method: "PATCH", path: one, summary: "Change an alert rule; heeds If-Match and version", rights: alerting, handle: (*Server).patchAlertRule,
			request: AlertRuleInput{}, response: AlertRule{}},
		{method: "DELETE", path: one, summary: "Take an alert rule out of force; its alerts stay", rights: alerting,
			handle: (*Server).deleteAlertRule, status: http.StatusNoContent},
		{method: "POST", path: one + "/test", summary: "Send a test message to each channel of a rule", rights: alerting,
			handle: (*Server).postAlertTest, response: engine.AlertRecord{}, status: http.StatusAccepted},
		{method: "POST", path: alertsPath + "/backtest", summary: "When a rule would have fired", rights: reading,
			handle: (*Server).postBacktest, request: BacktestInput{}, response: BacktestAnswer{}},
	}
}
