package api

import (
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

// procedure is one of the seed's, and the route of REST that it shares its work with. A query has ask, a mutation change.
type procedure struct {
	as     string // the route
	rights []access.Right
	input  []inputMember // of a query
	ask    func(s *Server, c *call, q *query) (any, error)
	change func(c *call, input json.RawMessage) (any, error)
}

// inputMember is one of a query's input.
type inputMember struct {
	name     string
	kind     inputKind
	required bool
}

type inputKind uint8

const (
	inputText inputKind = iota
	inputInteger
	inputFlag
	inputTexts
)

var procedures = map[string]*procedure{
	"getExecutionStatus": {as: "GET /api/monitoring/executions/{executionId}", rights: reading, input: []inputMember{{"executionId", inputText, true}},
		ask: func(s *Server, c *call, q *query) (any, error) {
			id := q.id("executionId")
			if err := q.err(); err != nil {
				return nil, err
			}
			return s.executionJSON(c.Context(), c.tenant, c.principal, id)
		}},
	"getActiveExecutions": {as: "GET /api/monitoring/executions/active", rights: reading,
		input: []inputMember{{name: "workflowId"}, {name: "limit", kind: inputInteger}, {name: "cursor"}},
		ask:   func(s *Server, c *call, q *query) (any, error) { return s.activePage(c, q) }},
	"getWorkflowMetrics": {as: "GET /api/monitoring/workflows/{workflowId}/metrics", rights: reading,
		input: append(withinTimes("workflowId"), inputMember{name: "executionId"}, inputMember{name: "metricTypes", kind: inputTexts}, inputMember{name: "aggregation"},
			inputMember{name: "interval"}, inputMember{name: "outcome"}, inputMember{name: "compare"}),
		ask: func(s *Server, c *call, q *query) (any, error) {
			id := q.id("workflowId")
			if err := checkMetricsQuery(c, q); err != nil {
				return nil, err
			}
			return s.workflowMetrics(c, id, q)
		}},
	"getSystemMetrics": {as: "GET /api/monitoring/system/metrics", rights: reading, input: append(withinTimes(), inputMember{name: "interval"}),
		ask: func(s *Server, c *call, q *query) (any, error) { return s.systemMetrics(c, q) }},
	"getQueueStatus": {as: "GET /api/monitoring/queue", rights: reading,
		ask: func(s *Server, c *call, _ *query) (any, error) { return s.queueJSON(c.tenant) }},
	"getAlerts": {as: "GET " + alertsPath, rights: reading, input: []inputMember{{name: "workflowId"}, {name: "isActive", kind: inputFlag}},
		ask: func(_ *Server, c *call, q *query) (any, error) { return alertRulePage(c, q) }},
	"getAlertHistory": {as: "GET " + alertHistoryPath, rights: reading,
		input: []inputMember{{name: "status"}, {name: "severity"}, {name: "workflowId"}, {name: "executionId"}, {name: "alertId"}, {name: "limit", kind: inputInteger}, {name: "cursor"}},
		ask:   func(_ *Server, c *call, q *query) (any, error) { return alertPage(c, q) }},
	"getDashboards": {as: "GET " + dashboardsPath, rights: reading,
		ask: func(_ *Server, c *call, q *query) (any, error) { return dashboardPage(c, q) }},

	"createAlert":      {as: "POST " + alertsPath, rights: alerting, change: createAlert},
	"updateAlert":      {as: "PATCH " + alertsPath + "/{alertId}", rights: alerting, change: updateAlert},
	"deleteAlert":      {as: "DELETE " + alertsPath + "/{alertId}", rights: alerting, change: deleteAlert},
	"acknowledgeAlert": {as: "POST " + alertHistoryPath + "/{alertHistoryId}/acknowledge", rights: acknowledging, change: acknowledgeAlert},
	"createDashboard":  {as: "POST " + dashboardsPath, rights: owning, change: createDashboard},
	"updateDashboard":  {as: "PATCH " + dashboardsPath + "/{dashboardId}", rights: owning, change: updateDashboard},
}

// withinTimes are members that the seed's metricsQuerySchema requires.
func withinTimes(more ...string) (all []inputMember) {
	for _, name := range append(more, "startTime", "endTime") {
		all = append(all, inputMember{name, inputText, true})
	}
	return all
}

// checkMetricsQuery checks what the seed's schema has for series, and numbers of a workflow have no use for (Z8).
func checkMetricsQuery(c *call, q *query) error {
	known, err := metricsKnown(c.tenant, q)
	if err != nil {
		return err
	}
	q.id("executionId")
	q.words("metricTypes", known)
	q.choice("aggregation", "", aggregations()...)
	q.choice("interval", "", seriesIntervals...)
	return q.err()
}

func procedureNames() []string { return slices.Sorted(maps.Keys(procedures)) }

func (p *procedure) mutates() bool { return p.change != nil }

func (p *procedure) call(s *Server, c *call, input json.RawMessage) (any, error) {
	if p.mutates() {
		return p.change(c, input)
	}
	q, err := p.query(input)
	if err != nil {
		return nil, err
	}
	return p.ask(s, c, q)
}

var errInputObject = errInvalid.With(fault.Field{Location: "input", Message: "must be an object"})

// query makes of an input what the route of REST reads. Members that the procedure does not know are ignored, and null is none.
func (p *procedure) query(input json.RawMessage) (*query, error) {
	var members map[string]json.RawMessage
	if !isNull(input) && json.Unmarshal(input, &members) != nil {
		return nil, errInputObject
	}
	q := &query{values: url.Values{}}
	for _, m := range p.input {
		raw := members[m.name]
		if isNull(raw) {
			if m.required {
				q.wrong(m.name, "is required")
			}
			continue
		}
		values, wrong := m.kind.read(raw)
		switch {
		case wrong != "":
			q.wrong(m.name, wrong)
		case m.required && values[0] == "":
			q.wrong(m.name, "is required")
		default:
			q.values[m.name] = values
		}
	}
	return q, q.err()
}

// read is a member's text as a query has it, or what is wrong with it.
func (k inputKind) read(raw json.RawMessage) (values []string, wrong string) {
	switch k {
	case inputInteger:
		var n float64
		if json.Unmarshal(raw, &n) != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return nil, "must be a whole number"
		}
		return []string{strconv.Itoa(int(n))}, ""
	case inputFlag:
		var flag bool
		if json.Unmarshal(raw, &flag) != nil {
			return nil, "must be true or false"
		}
		return []string{strconv.FormatBool(flag)}, ""
	case inputTexts:
		if json.Unmarshal(raw, &values) != nil {
			return nil, "must be an array of texts"
		}
		return values, ""
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, "must be a text"
	}
	return []string{text}, ""
}

// readInput decodes the input of a mutation.
func readInput(input json.RawMessage, v any) error {
	if isNull(input) {
		return errInputObject
	}
	if err := json.Unmarshal(input, v); err != nil {
		return decodeFault(err)
	}
	return nil
}

// inputID checks the id that a mutation is about.
func inputID(name, id string) error {
	switch {
	case id == "":
		return errInvalid.With(fault.Field{Location: "input." + name, Message: "is required"})
	case !ingest.ValidID(id):
		return errInvalid.With(fault.Field{Location: "input." + name, Message: "not an id: 1 to 128 characters of A-Z a-z 0-9 . _ : -"})
	}
	return nil
}

// errNoUpdates: a change that names its members beside the id would else be answered as done, and change nothing.
var errNoUpdates = errInvalid.With(fault.Field{Location: "input.updates", Message: "is required"})

// ofUpdates places what is wrong with a body of REST where an input has it.
func ofUpdates(err error) error {
	f := fault.Of(err)
	if len(f.Fields) == 0 {
		return err
	}
	moved := *f
	moved.Fields = make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		if rest, ok := strings.CutPrefix(field.Location, "body"); ok {
			field.Location = "input.updates" + rest
		}
		moved.Fields[i] = field
	}
	return &moved
}

// deleted answers the removal of something.
type deleted struct {
	Success bool `json:"success"`
}

func createAlert(c *call, input json.RawMessage) (any, error) {
	var in AlertRuleInput
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	r, err := c.makeAlertRule(&in)
	if err != nil {
		return nil, err
	}
	return newAlertRule(r), nil
}

func updateAlert(c *call, input json.RawMessage) (any, error) {
	var in struct {
		AlertID string          `json:"alertId"`
		Updates *AlertRuleInput `json:"updates"`
	}
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	if err := inputID("alertId", in.AlertID); err != nil {
		return nil, err
	}
	if in.Updates == nil {
		return nil, errNoUpdates
	}
	r, err := c.changeAlertRule(in.AlertID, in.Updates)
	if err != nil {
		return nil, ofUpdates(err)
	}
	return newAlertRule(r), nil
}

func deleteAlert(c *call, input json.RawMessage) (any, error) {
	var in struct {
		AlertID string `json:"alertId"`
	}
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	if err := inputID("alertId", in.AlertID); err != nil {
		return nil, err
	}
	if err := c.tenant.DeleteAlertRule(in.AlertID, c.by()); err != nil {
		return nil, err
	}
	return deleted{Success: true}, nil
}

func acknowledgeAlert(c *call, input json.RawMessage) (any, error) {
	var in struct {
		AlertHistoryID string `json:"alertHistoryId"`
		AlertAction
	}
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	if err := inputID("alertHistoryId", in.AlertHistoryID); err != nil {
		return nil, err
	}
	r, err := c.tenant.AcknowledgeAlert(in.AlertHistoryID, in.Comment, c.by())
	if err != nil {
		return nil, err
	}
	return c.tenant.AlertView(r), nil
}

func createDashboard(c *call, input json.RawMessage) (any, error) {
	var in CreateDashboardInput
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	v, err := c.makeDashboard(&in)
	if err != nil {
		return nil, err
	}
	return newDashboard(v), nil
}

func updateDashboard(c *call, input json.RawMessage) (any, error) {
	var in struct {
		DashboardID string                `json:"dashboardId"`
		Updates     *CreateDashboardInput `json:"updates"`
	}
	if err := readInput(input, &in); err != nil {
		return nil, err
	}
	if err := inputID("dashboardId", in.DashboardID); err != nil {
		return nil, err
	}
	if in.Updates == nil {
		return nil, errNoUpdates
	}
	v, err := c.changeDashboard(in.DashboardID, in.Updates)
	if err != nil {
		return nil, ofUpdates(err)
	}
	return newDashboard(v), nil
}
