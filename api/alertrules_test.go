package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// ruleWith is a good rule with some members replaced; null takes a member away.
func ruleWith(t *testing.T, changes string) []byte {
	t.Helper()
	body := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal([]byte(`{"alertType":"slow_execution","alertName":"Too slow",`+
		`"conditions":[{"metric":"duration","operator":"gt","threshold":1000}],`+inAppChannel+`}`), &body))
	with := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal([]byte(changes), &with), changes)
	for name, value := range with {
		if body[name] = value; string(value) == "null" {
			delete(body, name)
		}
	}
	text, err := json.Marshal(body)
	require.NoError(t, err)
	return text
}

// ruleTrial sends rules that are good and rules that are not.
type ruleTrial struct {
	*appliance
	made int
}

func newRuleTrial(t *testing.T) *ruleTrial {
	t.Helper()
	a := newAppliance(t)
	a.run("before", "execution.completed")
	return &ruleTrial{appliance: a}
}

// good requires that a rule is taken.
func (r *ruleTrial) good(changes string) {
	r.t.Helper()
	r.made++
	body := ruleWith(r.t, changes)
	if !strings.Contains(changes, "alertName") { // no two are alike (B-98)
		body = []byte(strings.Replace(string(body), "Too slow", fmt.Sprint("Too slow ", r.made), 1))
	}
	got := r.send("POST", alertsPath, testSecret, body)
	require.Equal(r.t, http.StatusCreated, got.status, "%s: %s", body, got.body)
}

// bad requires that a rule is refused for one of its fields.
func (r *ruleTrial) bad(field, changes string) {
	r.t.Helper()
	body := ruleWith(r.t, changes)
	got := r.send("POST", alertsPath, testSecret, body)
	require.Equal(r.t, http.StatusUnprocessableEntity, got.status, "%s: %s", body, got.body)
	var fields []string
	for _, e := range decoded[Problem](r.t, got).Errors {
		fields = append(fields, e.Location)
	}
	require.Contains(r.t, strings.Join(fields, " "), field, "%s: %s", body, got.body)
}

// Z1–Z3, B-15, AC6.1: types, severities and channels.
func TestRulesAreOfKnownTypesAndChannels(t *testing.T) {
	t.Parallel()
	a := newRuleTrial(t)
	good, bad := a.good, a.bad
	for alertType, conditions := range map[string]string{ // Z1
		"execution_failed": `[]`, "consecutive_failures": `[{"consecutiveCount":3}]`, "execution_timeout": `[{"metric":"duration","operator":"gt","threshold":1}]`,
		"high_error_rate": `[{"metric":"errorRate","operator":"gt","threshold":10}]`, "slow_execution": `[{"metric":"duration","operator":"gt","threshold":1}]`,
		"queue_backlog": `[{"metric":"pending","operator":"gt","threshold":1}]`, "resource_threshold": `[{"metric":"cpu","operator":"gt","threshold":80}]`,
		"custom": `[{"metric":"progress","operator":"gte","threshold":50}]`,
	} {
		good(`{"alertType":"` + alertType + `","conditions":` + conditions + `}`)
	}
	for _, word := range []string{`"foo"`, `""`, `"EXECUTION_FAILED"`, `null`} {
		bad("alertType", `{"alertType":`+word+`}`)
	}
	for _, word := range []string{"info", "warning", "error", "critical"} { // Z2
		good(`{"severity":"` + word + `"}`)
	}
	for _, word := range []string{"", "fatal", "ERROR"} {
		bad("severity", `{"severity":"`+word+`"}`)
	}
	bad("notificationChannels[0].type", `{"notificationChannels":[{"type":"teams","config":{}}]}`) // Z3, AC6.1d
	for _, config := range []string{`[]`, `"x"`, `1`} {
		bad("notificationChannels[0].config", `{"notificationChannels":[{"type":"in_app","config":`+config+`}]}`)
	}
	for kind, config := range map[string][2]string{
		"email": {`{"to":["a@example.pl"]}`, `{}`}, "slack": {`{"webhookUrl":"https://hooks.slack.com/services/T/B/x"}`, `{"webhookUrl":"http://127.0.0.1/x"}`},
		"sms": {`{"to":["+48600100200"]}`, `{"to":["12"]}`}, "webhook": {`{"url":"https://example.com/hook"}`, `{"url":"http://169.254.169.254/latest"}`},
	} {
		good(`{"notificationChannels":[{"type":"` + kind + `","config":` + config[0] + `}]}`)
		bad("notificationChannels[0]", `{"notificationChannels":[{"type":"`+kind+`","config":`+config[1]+`}]}`)
	}
}

// Z4, Z5, B-26, B-62: each limit of a rule at both of its sides; what is refused is named by its path.
func TestRulesAreTakenUpToTheirLimitsAndNotBeyond(t *testing.T) {
	t.Parallel()
	a := newRuleTrial(t)
	good, bad := a.good, a.bad
	condition := func(more string) string {
		return `{"conditions":[{"metric":"duration","operator":"gt","threshold":1` + more + `}]}`
	}
	for _, operator := range []string{"gt", "gte", "lt", "lte", "eq", "ne"} { // Z4.2
		good(`{"alertType":"custom","conditions":[{"metric":"progress","operator":"` + operator + `","threshold":1}]}`)
	}
	bad("conditions[0].operator", `{"conditions":[{"metric":"duration","operator":">","threshold":1}]}`)
	bad("conditions[0].metric", `{"alertType":"custom","conditions":[{"operator":"gt","threshold":1}]}`) // Z4.1
	bad("conditions[0].metric", `{"alertType":"custom","conditions":[{"metric":"constructor","operator":"gt","threshold":1}]}`)
	for _, value := range []string{`"1"`, `null`, `true`} { // Z4.3
		bad("conditions[0].threshold", `{"conditions":[{"metric":"duration","operator":"gt","threshold":`+value+`}]}`)
	}
	good(`{"conditions":[{"metric":"duration","operator":"gt","threshold":0}]}`)
	good(`{"alertType":"custom","conditions":[{"metric":"meta.balance","operator":"lt","threshold":-1.5}]}`)
	for _, n := range []string{"1", "1440"} { // Z4.4
		good(condition(`,"timeWindowMinutes":` + n))
	}
	for _, n := range []string{"0", "1441", "1.5", `"1"`, "-1"} {
		bad("conditions[0].timeWindowMinutes", condition(`,"timeWindowMinutes":`+n))
	}
	for _, n := range []string{"1", "100"} { // Z4.5
		good(condition(`,"consecutiveCount":` + n))
	}
	for _, n := range []string{"0", "101", "1.5"} {
		bad("conditions[0].consecutiveCount", condition(`,"consecutiveCount":`+n))
	}
	for _, name := range []string{"żół", strings.Repeat("ż", 255)} { // Z5.2
		good(`{"alertName":"` + name + `"}`)
	}
	for _, name := range []string{"ab", "  ab  ", "", strings.Repeat("ż", 256)} {
		bad("alertName", `{"alertName":"`+name+`"}`)
	}
	bad("conditions", `{"conditions":[]}`)                     // Z5.3
	bad("notificationChannels", `{"notificationChannels":[]}`) // Z5.4
	for _, n := range []string{"5", "1440"} {                  // Z5.5
		good(`{"cooldownMinutes":` + n + `}`)
	}
	for _, n := range []string{"4", "1441", "0", "-5"} {
		bad("cooldownMinutes", `{"cooldownMinutes":`+n+`}`)
	}
	good(`{"workflowId":"w"}`) // Z5.1
	bad("workflowId", `{"workflowId":"no id"}`)
	bad("workflowId", `{"workflowId":7}`)
	requireProblem(t, a.send("POST", alertsPath, testSecret, ruleWith(t, `{"workflowId":"unknown"}`)), http.StatusNotFound, "not_found")
	require.Len(t, get[AlertRulePage](a.appliance, alertsPath, testSecret).Items, a.made+6, "and the built-in ones")
}

// B-97: another organisation's workflow is one that does not exist, for rules and for silences; so is another's rule.
func TestRulesAreAboutTheOwnWorkflows(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	theirs := a.token("theirs", access.Integration, access.WorkflowAdmin)
	a.post(theirs, batch(`"type":"execution.completed","executionId":"x","workflowId":"their-workflow"`))
	rule := decoded[AlertRule](t, a.send("POST", alertsPath, theirs, ruleWith(t, `{"workflowId":"their-workflow"}`)))
	for path, body := range map[string]string{
		alertsPath:               string(ruleWith(t, `{"workflowId":"their-workflow"}`)),
		alertsPath + "/backtest": `{"start":"2026-01-01T00:00:00Z","end":"2026-02-01T00:00:00Z","rule":` + string(ruleWith(t, `{"workflowId":"their-workflow"}`)) + `}`,
		silencesPath:             `{"workflowId":"their-workflow","reason":"a pause","endsAt":"` + soon(1) + `"}`,
		silencesPath + "?":       `{"alertId":"` + rule.ID + `","reason":"a pause","endsAt":"` + soon(1) + `"}`,
	} {
		requireProblem(t, a.send("POST", path, testSecret, []byte(body)), http.StatusNotFound, "not_found")
	}
}

// A1, DB3, B-17: a rule is stored as it was sent, by whom the token says, whatever the body says; with the severity of its type, or its own.
func TestRuleIsStoredAsItWasSent(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("before", "execution.completed")
	for alertType, severity := range map[string]string{"execution_failed": "error", "consecutive_failures": "critical", "high_error_rate": "critical"} {
		body := `{"alertType":"` + alertType + `","alertName":"By default","conditions":[{}],` + inAppChannel + `}`
		require.Equal(t, severity, string(a.rule(body).Severity), "A10")
		require.Equal(t, "info", string(a.rule(strings.Replace(body, `"alertName"`, `"severity":"info","alertName"`, 1)).Severity))
	}
	made := a.rule(`{"workflowId":"w","alertType":"slow_execution","alertName":" Wolno ","conditions":[{"metric":"duration","operator":"gte","threshold":2.5,"unit":"min"}],
		"cooldownMinutes":30,"id":"mine","createdBy":"somebody","createdAt":"2020-01-01T00:00:00Z","version":7,"organizationId":"other",` + inAppChannel + `}`)
	me := get[Me](a, "/api/auth/me", testSecret)
	require.Contains(t, made.CreatedBy, me.ID)
	require.NotEqual(t, "mine", made.ID)
	require.Equal(t, int64(1), made.Version)
	require.NotEqual(t, 2020, made.CreatedAt.Time().Year())
	require.Equal(t, []any{"Wolno", "slow_execution", "w", 30, true, "warning"},
		[]any{made.AlertName, string(made.AlertType), *made.WorkflowID, made.CooldownMinutes, made.IsActive, string(made.Severity)})
	require.Equal(t, []any{"duration", "gte", 2.5, "min"}, []any{made.Conditions[0].Metric, made.Conditions[0].Operator, *made.Conditions[0].Threshold, made.Conditions[0].Unit})
	require.Equal(t, made, get[AlertRule](a, alertsPath+"/"+made.ID, testSecret))
	a.restart()
	require.Equal(t, made, get[AlertRule](a, alertsPath+"/"+made.ID, testSecret))
}

// B-18, A14: a change touches what it names, heeds the version, and makes a rule silent or general.
func TestRuleIsChangedInPart(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("before", "execution.completed")
	made := a.rule(`{"workflowId":"w","alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`)
	one := alertsPath + "/" + made.ID
	patch := func(body string, headers ...string) answer {
		return a.send("PATCH", one, testSecret, []byte(body), headers...)
	}
	tag := a.send("GET", one, testSecret, nil).header.Get("ETag")

	paused := decoded[AlertRule](t, patch(`{"isActive":false}`, "If-Match", tag))
	require.False(t, paused.IsActive)
	require.Equal(t, made.Version+1, paused.Version)
	paused.IsActive, paused.Version, paused.UpdatedAt = true, made.Version, made.UpdatedAt
	require.Equal(t, made, paused, "nothing else has changed")
	requireProblem(t, patch(`{"isActive":true}`, "If-Match", tag), http.StatusPreconditionFailed, "stale")
	requireProblem(t, patch(`{"isActive":true,"version":1}`), http.StatusPreconditionFailed, "stale")
	a.run("quiet", "execution.failed")
	require.Empty(t, a.alerts(""), "A2")
	general := patch(`{"isActive":true,"workflowId":null,"version":2}`)
	require.Nil(t, decoded[AlertRule](t, general).WorkflowID, "%s", general.body)
	requireProblem(t, patch(`{"alertType":"custom"}`), http.StatusUnprocessableEntity, "invalid_field")
	require.Equal(t, http.StatusUnprocessableEntity, patch(`{"cooldownMinutes":4}`).status)
	a.post(testSecret, batch(`"type":"execution.failed","executionId":"other","workflowId":"another"`))
	require.Len(t, a.alerts(""), 1)

	page := func(query string) int { return len(get[AlertRulePage](a, alertsPath+"?"+query, testSecret).Items) }
	b := a.rule(`{"workflowId":"w","alertType":"custom","alertName":"Part","isActive":false,"conditions":[{"metric":"progress","operator":"gt","threshold":1}],` + inAppChannel + `}`)
	require.Equal(t, []int{8, 1, 1, 0}, []int{page(""), page("workflowId=w"), page("workflowId=w&isActive=false"), page("workflowId=w&isActive=true")}, b.ID)
}

// B-21, A14: a rule that is deleted fires no more, and what it raised stays with all that is told of it.
func TestHistoryOutlivesItsRule(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("before", "execution.completed")
	made := a.rule(`{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`)
	a.run("bad", "execution.failed")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", alertsPath+"/"+made.ID, testSecret, nil).status)
	requireProblem(t, a.send("GET", alertsPath+"/"+made.ID, testSecret, nil), http.StatusNotFound, "not_found")
	requireProblem(t, a.send("DELETE", alertsPath+"/"+made.ID, testSecret, nil), http.StatusNotFound, "not_found")
	a.run("bad-2", "execution.failed")
	a.restart()
	all := a.alerts("alertId=" + made.ID)
	require.Len(t, all, 1)
	require.Equal(t, []any{"Failed", "resolved", "bad", "jpk-generation"}, []any{all[0].AlertName, all[0].Status, *all[0].ExecutionID, *all[0].WorkflowName})
}

// B-98: an identical rule is refused, whatever the order of its members; so is the 501st.
func TestRulesAreNeitherRepeatedNorWithoutEnd(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	body := func(n int) []byte { return ruleWith(t, fmt.Sprintf(`{"alertName":"Rule %d"}`, n)) }
	for n := range 500 {
		require.Equal(t, http.StatusCreated, a.send("POST", alertsPath, testSecret, body(n)).status)
	}
	requireProblem(t, a.send("POST", alertsPath, testSecret, body(500)), http.StatusConflict, "too_many")
	page := get[AlertRulePage](a, alertsPath, testSecret)
	require.Equal(t, http.StatusNoContent, a.send("DELETE", alertsPath+"/"+page.Items[0].ID, testSecret, nil).status)
	requireProblem(t, a.send("POST", alertsPath, testSecret, body(7)), http.StatusConflict, "duplicate_rule")
	requireProblem(t, a.send("PATCH", alertsPath+"/"+page.Items[1].ID, testSecret, body(7)), http.StatusConflict, "duplicate_rule")
	require.Equal(t, http.StatusCreated, a.send("POST", alertsPath, testSecret, body(500)).status)
}

// api.md 9: who lost the answer asks again with the key, and makes one rule and one silence.
func TestRulesAndSilencesAreMadeOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for path, body := range map[string][]byte{
		alertsPath: ruleWith(t, `{}`), silencesPath: []byte(`{"reason":"a pause","endsAt":"` + soon(1) + `"}`),
	} {
		first := a.send("POST", path, testSecret, body, "Idempotency-Key", "k")
		again := a.send("POST", path, testSecret, body, "Idempotency-Key", "k")
		require.Equal(t, http.StatusCreated, first.status, "%s", first.body)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, first.header.Get("Location"), again.header.Get("Location"))
		require.Equal(t, first.header.Get("ETag"), again.header.Get("ETag"))
		other := append([]byte(" "), body...)
		requireProblem(t, a.send("POST", path, testSecret, other, "Idempotency-Key", "k"), http.StatusConflict, "idempotency_conflict")
	}
	require.Len(t, get[SilencePage](a, silencesPath, testSecret).Items, 1)
	require.Len(t, get[AlertRulePage](a, alertsPath, testSecret).Items, 7)
}
