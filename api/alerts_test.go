package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

// run sends an execution of workflow w from its start to its end.
func (a *appliance) run(id, end string, more ...string) {
	a.t.Helper()
	now := time.Now().UTC()
	a.post(testSecret, fmt.Sprintf(`[{%s},{%s}]`,
		event("execution.started", id, `,"workflowName":"jpk-generation","timestamp":"`+now.Add(-time.Minute).Format(time.RFC3339Nano)+`"`),
		event(end, id, `,"timestamp":"`+now.Format(time.RFC3339Nano)+`"`, strings.Join(more, ""))))
}

// rule makes an alert rule.
func (a *appliance) rule(body string) AlertRule {
	a.t.Helper()
	got := a.send("POST", alertsPath, testSecret, []byte(body))
	require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
	require.NotEmpty(a.t, got.header.Get("ETag"))
	return decoded[AlertRule](a.t, got)
}

func (a *appliance) alerts(query string) []engine.AlertRecord {
	a.t.Helper()
	return get[AlertPage](a, alertHistoryPath+"?"+query, testSecret).Items
}

const inAppChannel = `"notificationChannels":[{"type":"in_app","config":{}}]`

// T6, A9, AC6.1a, B-11, B-16: a failed execution raises one alert, which is active; whoever sees it finds the run ended and counted.
func TestFailedExecutionRaisesAlert(t *testing.T) {
	a := newAppliance(t)
	a.run("before", "execution.failed")
	r := a.rule(`{"alertType":"execution_failed","alertName":"Tax filing failed",` + inAppChannel + `}`)
	require.Equal(t, "error", string(r.Severity), "A10")
	require.Equal(t, 15, r.CooldownMinutes, "Z5.5")
	a.run("good", "execution.completed")
	require.Empty(t, a.alerts(""))
	a.run("bad", "execution.failed", `,"error":"PESEL 44051401359 is wrong"`)
	all := a.alerts("")
	require.Len(t, all, 1)
	got := all[0]
	require.Equal(t, "active", got.Status)
	require.Equal(t, "bad", *got.ExecutionID)
	require.Equal(t, r.ID, got.AlertID)
	require.Equal(t, "w", *got.WorkflowID)
	require.Contains(t, got.Message, "jpk-generation")
	require.NotContains(t, string(mustJSON(t, got)), "44051401359", "B-66")
	require.Equal(t, int64(1), got.Count)
	require.Equal(t, "failed", get[ExecutionStatus](a, "/api/monitoring/executions/bad", testSecret).Status)
	require.EqualValues(t, 2, get[WorkflowMetrics](a, "/api/monitoring/workflows/w/metrics?"+during(time.Now().Add(-time.Hour), time.Now()), testSecret).FailedExecutions)
}

// B-13, B-14: the same workflow's failures raise alerts, and make a row, in the organisation whose token told them alone, whatever an event says of another.
func TestRulesFireInTheirOrganisationAlone(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	theirs := a.token("theirs", access.Integration, access.WorkflowAdmin)
	failed := `{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`
	inARow := `{"workflowId":"w","alertType":"consecutive_failures","alertName":"In a row","conditions":[{"consecutiveCount":2}],` + inAppChannel + `}`
	for _, token := range []string{testSecret, theirs} {
		a.post(token, batch(event("execution.completed", "before", "")))
		for _, body := range []string{failed, inARow} {
			require.Equal(t, http.StatusCreated, a.send("POST", alertsPath, token, []byte(body)).status)
		}
	}
	own := get[Me](a, "/api/auth/me", testSecret).OrganizationID
	a.post(theirs, batch(event("execution.failed", "one", `,"organizationId":"`+own+`","tenantId":"`+own+`"`)))
	require.Len(t, get[AlertPage](a, alertHistoryPath, theirs).Items, 1)
	require.Empty(t, a.alerts(""))
	a.post(testSecret, batch(event("execution.failed", "two", "")))
	require.Len(t, a.alerts(""), 1, "one of theirs and one of ours are no row")
	require.Len(t, get[AlertPage](a, alertHistoryPath, theirs).Items, 1)
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

// T7, A3, B-03, B-06: within the cooldown nothing new is raised, also after a restart; what was kept back is counted.
func TestCooldownHoldsAcrossRestart(t *testing.T) {
	a := newAppliance(t)
	a.run("before", "execution.completed")
	a.rule(`{"alertType":"execution_failed","alertName":"Failed","cooldownMinutes":15,` + inAppChannel + `}`)
	a.run("bad-1", "execution.failed")
	a.restart()
	a.run("bad-2", "execution.failed")
	all := a.alerts("status=active")
	require.Len(t, all, 1)
	require.Equal(t, int64(2), all[0].Count)
	require.Equal(t, "bad-2", *all[0].ExecutionID)
	a.run("good", "execution.completed")
	require.Empty(t, a.alerts("status=active"))
	require.Equal(t, "system", *a.alerts("status=resolved")[0].ResolvedBy)
	a.run("bad-3", "execution.failed")
	require.Len(t, a.alerts(""), 1, "within the cooldown never a new one, even after a resolve")
}

// T8, AC6.2a, B-02, B-08, B-15: the third failure in a row raises a critical alert at once, and tells who watches.
func TestConsecutiveFailuresRaiseAtTheThird(t *testing.T) {
	a := newAppliance(t)
	a.run("zero", "execution.completed")
	a.rule(`{"workflowId":"w","alertType":"consecutive_failures","alertName":"JPK in a row","conditions":[{"consecutiveCount":3}],` + inAppChannel + `}`)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("alerts"))
	a.run("one", "execution.failed")
	a.run("two", "execution.failed")
	require.Empty(t, a.alerts(""))
	a.run("three", "execution.failed")
	all := a.alerts("")
	require.Len(t, all, 1)
	require.Equal(t, "critical", string(all[0].Severity))
	got := f.take("alert:triggered")
	require.Contains(t, got.text, all[0].ID)
	a.run("four", "execution.failed")
	require.Len(t, a.alerts(""), 1, "B-12")
	a.run("five", "execution.completed")
	update := f.await("the end", func(got *frame) bool { return got.Event == "alert:update" && strings.Contains(got.text, `"resolved"`) })
	require.Greater(t, update.Seq, got.Seq)
}

// A12, A13, B-22: states, first acknowledgement wins, what is resolved stays resolved.
func TestAlertIsAnswered(t *testing.T) {
	a := newAppliance(t)
	a.run("before", "execution.completed")
	a.rule(`{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`)
	a.run("bad", "execution.failed")
	id := a.alerts("")[0].ID
	one := alertHistoryPath + "/" + id
	first := decoded[engine.AlertRecord](t, a.send("POST", one+"/acknowledge", testSecret, []byte(`{"comment":"looking"}`)))
	require.Equal(t, "acknowledged", first.Status)
	require.Len(t, first.Comments, 1)
	require.NotEmpty(t, first.Comments[0].ByName)
	require.Equal(t, *first.AckName, first.Comments[0].ByName, "a comment names its writer")
	again := decoded[engine.AlertRecord](t, a.send("POST", one+"/acknowledge", a.token("", "accountant"), nil))
	require.Equal(t, first.AcknowledgedBy, again.AcknowledgedBy)
	require.Equal(t, first.AcknowledgedAt, again.AcknowledgedAt)
	up := decoded[engine.AlertRecord](t, a.send("POST", one+"/escalate", testSecret, nil))
	require.Equal(t, "escalated", up.Status)
	require.Equal(t, 1, up.EscalationLevel)
	done := decoded[engine.AlertRecord](t, a.send("POST", one+"/resolve", testSecret, nil))
	require.Equal(t, "resolved", done.Status)
	require.NotNil(t, done.ResolvedBy)
	require.Equal(t, done, decoded[engine.AlertRecord](t, a.send("POST", one+"/resolve", testSecret, nil)))
	requireProblem(t, a.send("POST", one+"/acknowledge", testSecret, nil), http.StatusConflict, "already_resolved")
	requireProblem(t, a.send("POST", one+"/escalate", testSecret, nil), http.StatusConflict, "already_resolved")
	requireProblem(t, a.send("POST", one+"/resolve", a.token("", "viewer"), nil), http.StatusForbidden, "forbidden")
}

// hook is a server that takes webhooks.
type hook struct {
	*httptest.Server
	mu     sync.Mutex // guards the rest
	bodies []string
	header []http.Header
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.bodies, h.header = append(h.bodies, string(body)), append(h.header, r.Header.Clone())
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.bodies...)
}

// AC6.2b, AC6.2c, AC6.2d, B-92: a webhook tells what happened, signed; its link shows and answers the alert.
func TestWebhookTellsAndLinkAnswers(t *testing.T) {
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	h := newHook(t)
	a.run("before", "execution.completed")
	r := a.rule(fmt.Sprintf(`{"alertType":"execution_failed","alertName":"Failed","notificationChannels":[{"type":"webhook","config":{"url":%q,"secret":"s3cret-of-hook"}}]}`, h.URL))
	require.NotContains(t, string(mustJSON(t, r)), "s3cret")
	a.run("bad", "execution.failed", `,"error":"it broke"`)
	require.Eventually(t, func() bool { return len(h.got()) == 1 }, answerLimit, 10*time.Millisecond)
	var body struct {
		Event    string
		Metadata map[string]string
		Links    struct{ View, Acknowledge, Escalate string }
	}
	require.NoError(t, json.Unmarshal([]byte(h.got()[0]), &body))
	require.Equal(t, "alert.triggered", body.Event)
	require.Equal(t, "bad", body.Metadata["executionId"])
	mac := hmac.New(sha256.New, []byte("s3cret-of-hook"))
	mac.Write([]byte(h.header[0].Get("X-Flowwatch-Timestamp") + "." + h.got()[0]))
	require.Equal(t, "sha256="+hex.EncodeToString(mac.Sum(nil)), h.header[0].Get("X-Flowwatch-Signature"))
	record := a.alerts("")[0]
	require.Eventually(t, func() bool { return a.alerts("")[0].Deliveries[0].Status == "delivered" }, answerLimit, 10*time.Millisecond)
	require.Contains(t, string(a.send("GET", "/metrics", testSecret, nil).body), `flowwatch_deliveries_total{channel="webhook",result="delivered"} 1`)

	path := strings.TrimPrefix(body.Links.Acknowledge, a.url)
	require.Len(t, strings.TrimPrefix(path, "/a/"), 12)
	page := a.send("GET", path, "", nil, "Accept", "text/html")
	require.Equal(t, http.StatusOK, page.status, "%s", page.body)
	require.Contains(t, string(page.body), "Potwierdź")
	require.Equal(t, "active", a.alerts("")[0].Status, "a GET changes nothing")
	got := a.send("POST", path, "", []byte("action=acknowledge"), "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(t, "acknowledged", a.alerts("")[0].Status)
	require.Equal(t, http.StatusOK, a.send("POST", path, "", []byte(`{"action":"acknowledge"}`), "Accept", "application/json").status)
	for range 2 {
		got := a.send("POST", path, "", []byte(`{"action":"escalate"}`), "Accept", "application/json")
		require.Equal(t, 1, decoded[engine.AlertRecord](t, got).EscalationLevel, "%s", got.body)
	}
	require.Equal(t, http.StatusNotFound, a.send("GET", "/a/AAAAAAAAAAAA", "", nil).status)
	a.send("POST", alertHistoryPath+"/"+record.ID+"/resolve", testSecret, nil)
	requireProblem(t, a.send("POST", path, "", []byte(`{"action":"acknowledge"}`), "Accept", "application/json"), http.StatusConflict, "already_resolved")
}

// A15, B-25: rules that time decides fire without any event.
func TestTimeFiresRules(t *testing.T) {
	a := newAppliance(t)
	started := time.Now().UTC().Add(-time.Hour)
	a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.started", "hangs", `,"timestamp":"`+started.Format(time.RFC3339Nano)+`"`)))
	limit := time.Since(started).Milliseconds() + 1_500
	a.rule(fmt.Sprintf(`{"alertType":"execution_timeout","alertName":"Hangs","conditions":[{"metric":"duration","operator":"gt","threshold":%d}],%s}`, limit, inAppChannel))
	a.rule(`{"alertType":"queue_backlog","alertName":"Queue","conditions":[{"metric":"pending","operator":"gt","threshold":2}],` + inAppChannel + `}`)
	require.Empty(t, a.alerts(""))
	for i := range 3 {
		a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.queued", fmt.Sprintf("waits-%d", i))))
	}
	require.Eventually(t, func() bool { return len(a.alerts("")) == 2 }, answerLimit, 20*time.Millisecond)
	a.post(testSecret, fmt.Sprintf(`[{%s},{%s},{%s}]`, event("execution.started", "waits-0"), event("execution.started", "waits-1"), event("execution.completed", "hangs")))
	require.Eventually(t, func() bool { return len(a.alerts("status=resolved")) == 2 }, answerLimit, 20*time.Millisecond)
}
