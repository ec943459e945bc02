package api

import (
	"slices"
	"strconv"

	"flowwatch/engine"
	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
)

const (
	alertHistoryPath  = "/api/monitoring/alert-history"
	alertLimitDefault = 50
)

var (
	alertStatuses   = texts([]alert.RecordStatus{alert.Active, alert.Acknowledged, alert.Escalated, alert.Resolved})
	alertSeverities = texts(alert.Severities())
)

// AlertPage is a page of alerts, newest first. It may hold fewer than limit and have a nextCursor.
type AlertPage struct {
	Items      []engine.AlertRecord `json:"items"`
	NextCursor *string              `json:"nextCursor"`
}

// AlertDetail is an alert with the rule as it was when it was raised, without its channels' settings; null where that was not kept.
type AlertDetail struct {
	engine.AlertRecord
	Rule *AlertRule `json:"rule"`
}

// AlertAction is what somebody says when they act on an alert.
type AlertAction struct {
	Comment string `json:"comment,omitempty"`
}

// alertFilter reads which alerts are meant. A severity given as a status counts as a severity (B-23).
func alertFilter(q *query) (f engine.AlertFilter, deprecated bool) {
	f = engine.AlertFilter{RuleID: q.id("alertId"), WorkflowID: q.id("workflowId"), ExecutionID: q.id("executionId")}
	for _, word := range q.words("status", slices.Concat(alertStatuses, alertSeverities)) {
		if slices.Contains(alertStatuses, word) {
			f.Statuses = append(f.Statuses, alert.RecordStatus(word))
		} else {
			f.Severities, deprecated = append(f.Severities, alert.Severity(word)), true
		}
	}
	for _, word := range q.words("severity", alertSeverities) {
		f.Severities = append(f.Severities, alert.Severity(word))
	}
	f.From, f.To = q.span()
	return f, deprecated
}

// limitOr is limit with another default.
func (q *query) limitOr(otherwise int) int {
	if q.values.Get("limit") == "" {
		return otherwise
	}
	return q.limit()
}

func (s *Server) listAlerts(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	page, err := alertPage(c, q)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

func alertPage(c *call, q *query) (page AlertPage, err error) {
	f, deprecated := alertFilter(q)
	cursor, limit := q.cursor(), q.limitOr(alertLimitDefault)
	if err := q.err(); err != nil {
		return page, err
	}
	if deprecated {
		c.Set("Deprecation", "true")
	}
	records, next, err := c.tenant.Alerts(f, cursor, limit)
	if err != nil {
		return page, err
	}
	page = AlertPage{Items: make([]engine.AlertRecord, len(records)), NextCursor: optional(next)}
	for i := range records {
		page.Items[i] = c.tenant.AlertView(&records[i])
	}
	return page, nil
}

func (s *Server) getAlert(c *call) error {
	id, err := c.id("alertHistoryId")
	if err != nil {
		return err
	}
	r, err := c.tenant.Alert(id)
	if err != nil {
		return err
	}
	detail := AlertDetail{AlertRecord: c.tenant.AlertView(r)}
	if r.Rule != nil {
		rule := newAlertRule(r.Rule)
		detail.Rule = &rule
	}
	return c.JSON(detail)
}

// actOnAlert is a handler by which somebody changes the state of an alert.
func actOnAlert(act func(t *engine.Tenant, id, comment string, by audit.By) (*alert.Record, error)) func(s *Server, c *call) error {
	return func(s *Server, c *call) error {
		id, err := c.id("alertHistoryId")
		if err != nil {
			return err
		}
		if _, err := c.tenant.Alert(id); err != nil {
			return err
		}
		var in AlertAction
		if len(c.Request().Body()) > 0 {
			if err := s.read(c, &in); err != nil {
				return err
			}
		}
		r, err := act(c.tenant, id, in.Comment, c.by())
		if err != nil {
			return err
		}
		return c.JSON(c.tenant.AlertView(r))
	}
}

// alertHistoryRoutes are about what was raised.
func alertHistoryRoutes(cursor, workflow parameter) []route {
	one := alertHistoryPath + "/{alertHistoryId}"
	filter := []parameter{
		{name: "status", kind: "string", repeated: true, enum: alertStatuses}, {name: "severity", kind: "string", repeated: true, enum: alertSeverities},
		workflow, {name: "executionId", kind: "string"}, {name: "alertId", kind: "string", about: "of the rule"},
		{name: "from", kind: "date-time", about: "of the trigger, inclusive"}, {name: "to", kind: "date-time"}, cursor,
		{name: "limit", kind: "integer", about: "1 to 100, default " + strconv.Itoa(alertLimitDefault)},
	}
	return []route{
		{method: "GET", path: alertHistoryPath, summary: "Alerts, newest first", rights: reading, handle: (*Server).listAlerts, query: filter, response: AlertPage{}},
		{method: "GET", path: one, summary: "One alert with its deliveries, and the rule as it was", rights: reading, handle: (*Server).getAlert,
			response: AlertDetail{}},
		{method: "POST", path: one + "/acknowledge", summary: "Say that somebody takes care; the first one stands", rights: acknowledging,
			handle: actOnAlert((*engine.Tenant).AcknowledgeAlert), request: AlertAction{}, response: engine.AlertRecord{}},
		{method: "POST", path: one + "/resolve", summary: "Close an alert", rights: resolving,
			handle: actOnAlert((*engine.Tenant).ResolveAlert), request: AlertAction{}, response: engine.AlertRecord{}},
		{method: "POST", path: one + "/escalate", summary: "Pass an alert on to the next level", rights: resolving,
			handle: actOnAlert((*engine.Tenant).EscalateAlert), request: AlertAction{}, response: engine.AlertRecord{}},
	}
}
