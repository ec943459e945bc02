package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/compat/trpc"
	"flowwatch/engine/access"
)

// trpcAnswer is an answer to one call.
type trpcAnswer struct {
	Result *struct{ Data json.RawMessage }
	Error  *struct {
		Message string
		Code    int
		Data    struct {
			Code       trpc.Code
			HTTPStatus int
			Path       string
			Reason     string
			Errors     []trpc.Issue
		}
	}
}

// called is what the procedure answers, by the method that it takes.
func (a *appliance) called(token, name, input string, headers ...string) answer {
	a.t.Helper()
	if procedures[name] != nil && procedures[name].mutates() {
		return a.send("POST", trpcPath+"/"+trpcRouter+name, token, []byte(input), headers...)
	}
	return a.send("GET", trpcPath+"/"+trpcRouter+name+"?input="+url.QueryEscape(input), token, nil, headers...)
}

func requireTRPC(t *testing.T, got answer, status int, code trpc.Code) trpcAnswer {
	t.Helper()
	require.Equal(t, status, got.status, "%s", got.body)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	answered := decoded[trpcAnswer](t, got)
	require.NotNil(t, answered.Error, "%s", got.body)
	require.Equal(t, code, answered.Error.Data.Code, "%s", got.body)
	require.Equal(t, status, answered.Error.Data.HTTPStatus)
	require.NotEmpty(t, answered.Error.Message)
	return answered
}

// P1 to P14: the seed's procedures are all there, and each is a route's work.
func TestProceduresAreTheSeeds(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.Fields(`acknowledgeAlert createAlert createDashboard deleteAlert getActiveExecutions getAlertHistory getAlerts getDashboards
		getExecutionStatus getQueueStatus getSystemMetrics getWorkflowMetrics updateAlert updateDashboard`), procedureNames())
	table := routes()
	for name, p := range procedures {
		require.NotEqual(t, p.ask == nil, p.change == nil, name)
		at := slices.IndexFunc(table, func(r route) bool { return r.method+" "+r.path == p.as })
		require.GreaterOrEqual(t, at, 0, "%s: %s", name, p.as)
		require.Equal(t, table[at].rights, p.rights, name)
	}
}

func TestProceduresTellErrorsAsTRPCDoes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	requireTRPC(t, a.called("", "getQueueStatus", ""), 401, trpc.Unauthorized)
	requireTRPC(t, a.called("wrong", "createAlert", "{}"), 401, trpc.Unauthorized)
	requireTRPC(t, a.called(a.token("", access.Viewer), "createAlert", "{}"), 403, trpc.Forbidden)
	requireTRPC(t, a.called(testSecret, "getNothing", ""), 404, trpc.NotFound)
	requireTRPC(t, a.send("GET", "/trpc/other.getQueueStatus", testSecret, nil), 404, trpc.NotFound)
	requireTRPC(t, a.send("GET", "/trpc/monitoring.createAlert", testSecret, nil), 405, trpc.MethodNotSupported)
	requireTRPC(t, a.send("POST", "/trpc/monitoring.getQueueStatus", testSecret, []byte("{}")), 405, trpc.MethodNotSupported)
	requireTRPC(t, a.called(testSecret, "createAlert", `{"alertName":`), 400, trpc.BadRequest)
	requireTRPC(t, a.called(testSecret, "createAlert", ""), 400, trpc.BadRequest)
	requireTRPC(t, a.called(testSecret, "createAlert", "[]"), 400, trpc.BadRequest)
	requireTRPC(t, a.called(testSecret, "createAlert", "{}", "Content-Type", "text/plain"), 415, trpc.UnsupportedMedia)
	requireTRPC(t, a.called(testSecret, "createAlert", "{}", "Content-Encoding", "br"), 415, trpc.UnsupportedMedia)
	requireTRPC(t, a.called(testSecret, "createAlert", `{"alertName":"`+strings.Repeat("x", bodyBytesKnownMax)+`"}`), 413, trpc.PayloadTooLarge)
	requireTRPC(t, a.called(testSecret, "createAlert", "{\"alertName\":\"\xff\"}"), 400, trpc.BadRequest)
	requireTRPC(t, a.send("GET", "/trpc/monitoring.getQueueStatus?input=%zz", testSecret, nil), 400, trpc.BadRequest)
	got := requireTRPC(t, a.called(testSecret, "getActiveExecutions", `{"limit":101}`, "Accept-Language", "en"), 400, trpc.BadRequest)
	require.Equal(t, "a field is not valid: input.limit: must be from 1 to 100", got.Error.Message)
	require.Equal(t, "monitoring.getActiveExecutions", got.Error.Data.Path)
	require.Equal(t, "invalid_field", got.Error.Data.Reason)
	require.Equal(t, []trpc.Issue{{Location: "input.limit", Message: "must be from 1 to 100"}}, got.Error.Data.Errors)
	polish := requireTRPC(t, a.called(testSecret, "getActiveExecutions", `{"limit":101}`), 400, trpc.BadRequest)
	require.True(t, strings.HasPrefix(polish.Error.Message, "Co najmniej jedno pole ma niepoprawną wartość: input.limit: "), polish.Error.Message)
}

// Inputs are read by the seed's schemas: types, required members, ranges.
func TestProceduresReadTheirInputs(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e")))
	const times = `"startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z"`
	for _, c := range []struct{ name, input, wrong string }{
		{"getQueueStatus", ``, ""}, {"getQueueStatus", `{"x":1}`, ""}, {"getDashboards", `null`, ""},
		{"getExecutionStatus", `{"executionId":"e"}`, ""}, {"getExecutionStatus", ``, "input.executionId"}, {"getExecutionStatus", `{"executionId":1}`, "input.executionId"},
		{"getExecutionStatus", `{"executionId":"a b"}`, "input.executionId"}, {"getExecutionStatus", `[]`, "input"}, {"getExecutionStatus", `{"executionId":""}`, "input.executionId"},
		{"getActiveExecutions", ``, ""}, {"getActiveExecutions", `{"limit":1,"workflowId":"w"}`, ""}, {"getActiveExecutions", `{"limit":100,"workflowId":null}`, ""},
		{"getActiveExecutions", `{"limit":0}`, "input.limit"}, {"getActiveExecutions", `{"limit":1.5}`, "input.limit"}, {"getActiveExecutions", `{"limit":1e300}`, "input.limit"},
		{"getActiveExecutions", `{"limit":"1"}`, "input.limit"},
		{"getWorkflowMetrics", `{"workflowId":"w",` + times + `}`, ""},
		{"getWorkflowMetrics", `{"workflowId":"w",` + times + `,"aggregation":"avg","interval":"1h","metricTypes":["execution.duration_ms"],"executionId":"e"}`, ""},
		{"getWorkflowMetrics", `{` + times + `}`, "input.workflowId"}, {"getWorkflowMetrics", `{"workflowId":"w"}`, "input.startTime"},
		{"getWorkflowMetrics", `{"workflowId":"w",` + times + `,"aggregation":"median"}`, "input.aggregation"},
		{"getWorkflowMetrics", `{"workflowId":"w",` + times + `,"metricTypes":"x"}`, "input.metricTypes"},
		{"getWorkflowMetrics", `{"workflowId":"w",` + times + `,"metricTypes":["x"]}`, "input.metricTypes"},
		{"getWorkflowMetrics", `{"workflowId":"w","startTime":"2026-01-02T00:00:00Z","endTime":"2026-01-01T00:00:00Z"}`, "input.end"},
		{"getWorkflowMetrics", `{"workflowId":"w","startTime":"yesterday","endTime":"2026-01-01T00:00:00Z"}`, "input.startTime"},
		{"getSystemMetrics", `{` + times + `}`, ""}, {"getSystemMetrics", `{}`, "input.endTime"},
		{"getAlerts", `{"isActive":false}`, ""}, {"getAlerts", `{"isActive":"false"}`, "input.isActive"},
		{"getAlertHistory", `{"status":"critical","limit":1}`, ""}, {"getAlertHistory", `{"status":"active"}`, ""}, {"getAlertHistory", `{"status":"x"}`, "input.status"},
		{"deleteAlert", `{}`, "input.alertId"}, {"deleteAlert", `{"alertId":7}`, "input.alertId"}, {"deleteAlert", `{"alertId":"ä"}`, "input.alertId"},
		{"acknowledgeAlert", `{}`, "input.alertHistoryId"}, {"updateAlert", `{"updates":{}}`, "input.alertId"}, {"updateDashboard", `{"updates":{}}`, "input.dashboardId"},
		{"updateAlert", `{"alertId":"a","alertName":"Nowa"}`, "input.updates"}, {"updateAlert", `{"alertId":"a","updates":null}`, "input.updates"},
		{"updateDashboard", `{"dashboardId":"d","name":"Nowy"}`, "input.updates"}, {"updateDashboard", `{"dashboardId":"d","updates":null}`, "input.updates"},
		{"createAlert", `{"severity":7}`, "input.severity"}, {"createDashboard", `{"widgets":[{"id":"a"}]}`, "input.widgets[0].position"},
	} {
		got := a.called(testSecret, c.name, c.input)
		if c.wrong == "" {
			require.Equal(t, http.StatusOK, got.status, "%s %s: %s", c.name, c.input, got.body)
			continue
		}
		failed := requireTRPC(t, got, 400, trpc.BadRequest)
		require.True(t, slices.ContainsFunc(failed.Error.Data.Errors, func(i trpc.Issue) bool { return i.Location == c.wrong }), "%s %s: %s", c.name, c.input, got.body)
	}
}

// A batch answers each call by itself; how many it may have, and that each counts as a request, is bounded.
func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	many := func(n int) answer {
		return a.send("GET", trpcPath+"/"+strings.TrimSuffix(strings.Repeat("monitoring.getQueueStatus,", n), ",")+"?batch=1", testSecret, nil)
	}
	got := many(trpc.CallsMax)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Len(t, decoded[[]trpcAnswer](t, got), trpc.CallsMax)
	got = many(trpc.CallsMax + 1)
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Equal(t, "too_many_calls", decoded[[]trpcAnswer](t, got)[0].Error.Data.Reason)
	require.Equal(t, trpc.CallsMax, get[Meta](a, "/api/monitoring/meta", testSecret).Limits["trpcCalls"])

	got = a.send("GET", "/trpc/monitoring.getQueueStatus,monitoring.deleteAlert,x?batch=1&input=%7B%7D", testSecret, nil)
	require.Equal(t, http.StatusMultiStatus, got.status)
	all := decoded[[]trpcAnswer](t, got)
	require.NotNil(t, all[0].Result)
	require.Equal(t, trpc.MethodNotSupported, all[1].Error.Data.Code)
	require.Equal(t, trpc.NotFound, all[2].Error.Data.Code)
	for _, input := range []string{"[]", "7", "null"} {
		got = a.send("GET", "/trpc/monitoring.getQueueStatus,monitoring.getAlerts?batch=1&input="+input, testSecret, nil)
		require.Equal(t, http.StatusBadRequest, got.status, input)
		require.Len(t, decoded[[]trpcAnswer](t, got), 2)
	}
	limited := false
	for range 3 * requestsBurst / trpc.CallsMax {
		got = many(trpc.CallsMax)
		limited = limited || strings.Contains(string(got.body), string(trpc.TooManyRequests))
	}
	require.True(t, limited, "each call counts")
	require.NotEmpty(t, got.header.Get("Retry-After"))
}

// A page of another site changes nothing with the session of who looks at it, and a screen on the wall changes nothing at all.
func TestProceduresHeedWhereASessionIsUsed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	dashboard := `{"name":"Pulpit","layout":{},"widgets":[]}`
	requireTRPC(t, a.called("", "createDashboard", dashboard, "Cookie", cookie, "Origin", "https://elsewhere.example"), 403, trpc.Forbidden)
	require.Equal(t, http.StatusOK, a.called("", "createDashboard", dashboard, "Cookie", cookie, "Origin", a.url).status)
	require.Equal(t, http.StatusOK, a.called("", "getDashboards", "", "Cookie", cookie).status)
}

// Another organisation's things are answered as things that there are not, by every procedure that can name one; nothing of them changes.
func TestProceduresKnowNothingOfOtherOrganisations(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := []access.Role{access.OrgAdmin, access.WorkflowAdmin, access.Integration, access.Accountant}
	ours, theirs := a.token("ours", admin...), a.token("theirs", admin...)
	a.post(theirs, batch(`"type":"execution.started","executionId":"secret","workflowId":"their-workflow"`))
	a.post(ours, batch(event("execution.queued", "own")))
	their := a.raised(theirs, "secret-failed", `"clientRef":"their-client"`, "their-workflow")
	board := decoded[Dashboard](t, a.send("POST", dashboardsPath, theirs, []byte(`{"name":"their-dashboard"}`))).ID
	const times = `"startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z"`
	rule := `{"workflowId":"%s","alertType":"execution_failed","alertName":"abc","notificationChannels":[{"type":"in_app","config":{}}]}`
	asked := map[string][][2]string{ // an input that names something, and what is theirs
		"getExecutionStatus": {{`{"executionId":"%s"}`, "secret"}}, "getActiveExecutions": {{`{"workflowId":"%s"}`, "their-workflow"}},
		"getWorkflowMetrics": {{`{"workflowId":"%s",` + times + `}`, "their-workflow"}}, "getAlerts": {{`{"workflowId":"%s"}`, "their-workflow"}},
		"getAlertHistory": {{`{"workflowId":"%s"}`, "their-workflow"}, {`{"executionId":"%s"}`, "secret-failed"}, {`{"alertId":"%s"}`, their.rule}},
		"createAlert":     {{rule, "their-workflow"}}, "updateAlert": {{`{"alertId":"%s","updates":{"isActive":false}}`, their.rule}},
		"deleteAlert": {{`{"alertId":"%s"}`, their.rule}}, "acknowledgeAlert": {{`{"alertHistoryId":"%s"}`, their.record}},
		"updateDashboard":  {{`{"dashboardId":"%s","updates":{"name":"Przejęty"}}`, board}},
		"getSystemMetrics": nil, "getQueueStatus": nil, "getDashboards": nil, "createDashboard": nil,
	}
	for _, name := range procedureNames() {
		inputs, thought := asked[name]
		require.True(t, thought, "a procedure that nobody thought about: %s", name)
		for _, c := range inputs {
			foreign, unknown := a.called(ours, name, fmt.Sprintf(c[0], c[1])), a.called(ours, name, fmt.Sprintf(c[0], "unknown"))
			require.Equal(t, unknown.status, foreign.status, "%s: %s", name, foreign.body)
			require.Equal(t, string(unknown.body), string(foreign.body), name)
			require.NotContains(t, string(foreign.body), "secret", name)
		}
	}
	for _, name := range []string{"getQueueStatus", "getDashboards", "getSystemMetrics", "getAlerts", "getAlertHistory", "getActiveExecutions"} {
		got := a.called(ours, name, `{`+times+`}`)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", name, got.body)
		require.NotRegexp(t, "secret|their-", string(got.body), name)
	}
	require.Equal(t, http.StatusOK, a.send("GET", alertsPath+"/"+their.rule, theirs, nil).status)
	require.True(t, decoded[AlertRule](t, a.send("GET", alertsPath+"/"+their.rule, theirs, nil)).IsActive)
	require.Equal(t, "their-dashboard", decoded[Dashboard](t, a.send("GET", dashboardsPath+"/"+board, theirs, nil)).Name)
	require.Contains(t, string(a.send("GET", alertHistoryPath+"/"+their.record, theirs, nil).body), `"status":"active"`)
}
