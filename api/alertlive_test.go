package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// soon is so many hours from now, as the API takes times.
func soon(hours int) string {
	return time.Now().Add(time.Duration(hours) * time.Hour).UTC().Format(time.RFC3339)
}

// failed sends an execution of a workflow of its own that fails.
func (a *appliance) failed(id, workflow, more string) {
	a.t.Helper()
	a.post(testSecret, batch(`"type":"execution.failed","executionId":"`+id+`","workflowId":"`+workflow+`","error":"it broke"`+more))
}

const failedRule = `{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`

// AC6.2a, A-4: who was away gets each alert that changed once, in its present state, also when the server was restarted meanwhile; a snapshot holds
// those that are not resolved.
func TestAlertsAreResumed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(failedRule)
	f, joined := a.subscribed("alerts", "snapshot", true)
	require.Empty(t, f.had("snapshot").Data.Items)
	a.failed("one", "w-1", "")
	first := f.take("alert:triggered")
	at := map[string]any{"epoch": joined.Data.Epoch, "seq": first.Seq}
	s := a.sse("/api/monitoring/stream?type=alerts", testSecret)
	require.NoError(t, f.conn.Close())

	a.failed("two", "w-2", "")
	s.take("alert:triggered")
	require.NoError(t, s.response.Body.Close())
	a.failed("three", "w-3", "")
	a.post(testSecret, batch(`"type":"execution.completed","executionId":"good","workflowId":"w-2"`))
	resumed := func() {
		t.Helper()
		again := a.follow(testSecret)
		require.Equal(t, "replay", again.must("subscribe", subscription("alerts", "since", at)).Data.Mode)
		for _, want := range []string{`"three"`, `"resolved"`} {
			again.await(want, func(*frame) bool { return strings.Contains(strings.Join(again.texts(), ""), want) })
		}
		seen, status := map[string]int{}, map[string]string{}
		for _, got := range again.seen {
			if strings.HasPrefix(got.Event, "alert:") {
				r := recordOf(t, got)
				seen[*r.ExecutionID+" "+got.Event]++
				status[*r.ExecutionID] = r.Status
			}
		}
		for what, n := range seen {
			require.Equal(t, 1, n, what)
		}
		require.Equal(t, map[string]string{"two": "resolved", "three": "active"}, status)
		requireRising(t, again.seen)

		stream := a.sse("/api/monitoring/stream?type=alerts", testSecret, "Last-Event-ID", s.last)
		for !strings.Contains(fmt.Sprint(stream.seen), `"three"`) || !strings.Contains(fmt.Sprint(stream.seen), `"resolved"`) {
			stream.next()
		}
		require.NotContains(t, fmt.Sprint(stream.seen), `"one"`)
	}
	resumed()
	a.restart()
	resumed()

	g, _ := a.subscribed("alerts", "snapshot", true)
	var items struct {
		Data struct{ Items []engine.AlertRecord }
	}
	require.NoError(t, json.Unmarshal([]byte(g.had("snapshot").text), &items))
	require.Len(t, items.Data.Items, 2)
	for _, r := range items.Data.Items {
		require.Equal(t, "active", r.Status)
	}
	only, _ := a.subscribed("alerts", "snapshot", true, "workflowId", "w-3")
	require.Contains(t, only.had("snapshot").text, `"three"`)
	require.NotContains(t, only.had("snapshot").text, `"one"`)
}

func recordOf(t *testing.T, f frame) engine.AlertRecord {
	t.Helper()
	var got struct{ Data engine.AlertRecord }
	require.NoError(t, json.Unmarshal([]byte(f.text), &got), f.text)
	return got.Data
}

// B-81, SEC2: who sees some clients only is told of their alerts, in lists, frames, snapshots, after a pause and in the inbox; an alert about failures
// of several clients names the own ones.
func TestAlertsAreOfTheOwnClients(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(failedRule)
	a.rule(`{"alertType":"consecutive_failures","alertName":"In a row","conditions":[{"consecutiveCount":2}],` + inAppChannel + `}`)
	_, cookie := a.limitedUser("zofia", `["K-1"]`, access.Accountant)
	ask := func(method, path string) answer {
		return a.send(method, path, "", nil, "Cookie", cookie, "Origin", a.url)
	}
	connect := func() *follower {
		f := a.connect("Cookie", cookie, "Origin", a.url)
		f.must("auth", map[string]any{})
		return f
	}
	f := connect()
	joined := f.must("subscribe", subscription("alerts", "snapshot", true))
	s := a.sse("/api/monitoring/stream?type=alerts", "", "Authorization", "", "Cookie", cookie)
	a.failed("foreign", "w-foreign", `,"clientRef":"K-2"`)
	a.failed("nobodys", "w-nobody", "")
	a.failed("foreign-row", "w-row", `,"clientRef":"K-2"`)
	a.failed("own-row", "w-row", `,"clientRef":"K-1"`)
	a.failed("own", "w-own", `,"clientRef":"K-1"`)
	f.await("own", func(got *frame) bool { return strings.Contains(got.text, `"own"`) })
	for !strings.Contains(fmt.Sprint(s.seen), `"own"`) {
		s.next()
	}
	again := connect()
	again.must("subscribe", subscription("alerts", "since", map[string]any{"epoch": joined.Data.Epoch, "seq": joined.Data.Seq}))
	again.await("own", func(got *frame) bool { return strings.Contains(got.text, `"own"`) })
	fresh := connect()
	fresh.must("subscribe", subscription("alerts", "snapshot", true))
	snapshot := fresh.had("snapshot").text
	require.Contains(t, snapshot, `"own-row"`)
	list := ask("GET", alertHistoryPath)
	require.Len(t, decoded[AlertPage](t, list).Items, 3, "own, own-row by two rules: %s", list.body)
	inbox := ask("GET", "/api/monitoring/inbox")
	require.NotEmpty(t, decoded[InboxPage](t, inbox).Items)
	texts := []string{snapshot, string(list.body), string(ask("GET", deliveriesPath).body), string(inbox.body)}
	for _, got := range append(append(f.seen, again.seen...), fresh.seen...) {
		texts = append(texts, got.text)
	}
	for _, got := range s.seen {
		texts = append(texts, got.data)
	}
	require.NotRegexp(t, "foreign|nobodys|K-2", strings.Join(texts, "\n"))

	whole := a.alerts("workflowId=w-row")
	require.Contains(t, string(mustJSON(t, whole)), "foreign-row", "who sees all is told of both")
	for _, r := range a.alerts("workflowId=w-foreign") {
		for _, action := range []string{"acknowledge", "resolve", "escalate"} {
			requireProblem(t, ask("POST", alertHistoryPath+"/"+r.ID+"/"+action), http.StatusNotFound, "not_found")
		}
		require.Equal(t, "active", a.alerts("workflowId=w-foreign")[0].Status)
	}
}

// B-23: a severity that is given as a status counts as a severity, and says that this will not stay so.
func TestSeverityAsStatusIsDeprecated(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(failedRule)
	a.failed("one", "w-1", "")
	for query, want := range map[string]string{"status=error": "true", "severity=error": "", "status=active": "", "status=critical": "true", "status=active&status=error": "true"} {
		got := a.send("GET", alertHistoryPath+"?"+query, testSecret, nil)
		require.Equal(t, want, got.header.Get("Deprecation"), query)
		n := 1
		if query == "status=critical" {
			n = 0
		}
		require.Len(t, decoded[AlertPage](t, got).Items, n, query)
	}
	requireProblem(t, a.send("GET", alertHistoryPath+"?status=firing", testSecret, nil), http.StatusUnprocessableEntity, "invalid_field")
	requireProblem(t, a.send("GET", alertHistoryPath+"?limit=101", testSecret, nil), http.StatusUnprocessableEntity, "invalid_field")
}

// P10, A14: history is read in pages, the newest first, by workflow and time.
func TestHistoryIsReadInPages(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(failedRule)
	for i := range 7 {
		a.failed(fmt.Sprint("x-", i), fmt.Sprint("w-", i), "")
	}
	var seen []string
	for cursor := ""; ; {
		page := get[AlertPage](a, alertHistoryPath+"?limit=3&cursor="+cursor, testSecret)
		for _, r := range page.Items {
			seen = append(seen, *r.ExecutionID)
		}
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	require.Equal(t, []string{"x-6", "x-5", "x-4", "x-3", "x-2", "x-1", "x-0"}, seen)
	require.Len(t, a.alerts("workflowId=w-3&executionId=x-3&status=active&severity=error"), 1)
	require.Empty(t, a.alerts("workflowId=w-3&executionId=x-4"))
	require.Empty(t, a.alerts("to=2020-01-01T00:00:00Z"))
	require.Len(t, a.alerts("from=2020-01-01T00:00:00Z"), 7)
}

// AUD1–AUD4, AUD8: each thing that happens to rules and alerts is noted once, by whom, and a repetition is not.
func TestAlertsAreAudited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	all := a.token("default", access.OrgAdmin, access.WorkflowAdmin, access.Integration)
	a.post(all, batch(event("execution.completed", "before")))
	r := decoded[AlertRule](t, a.send("POST", alertsPath, all, []byte(failedRule)))
	a.failed("bad", "w", "")
	a.failed("bad-2", "w", "")
	a.failed("bad-3", "w", "")
	id := a.alerts("")[0].ID
	one, rule := alertHistoryPath+"/"+id, alertsPath+"/"+r.ID
	silence := decoded[Silence](t, a.send("POST", silencesPath, all, []byte(`{"alertId":"`+r.ID+`","reason":"a pause","endsAt":"`+soon(1)+`"}`)))
	for _, step := range []struct{ method, path, body string }{
		{"POST", one + "/acknowledge", ``}, {"POST", one + "/acknowledge", ``}, {"POST", one + "/escalate", ``},
		{"POST", one + "/resolve", ``}, {"POST", one + "/resolve", ``}, {"PATCH", rule, `{"alertName":"Renamed"}`}, {"POST", rule + "/test", ``},
		{"DELETE", silencesPath + "/" + silence.ID, ``}, {"DELETE", rule, ``},
	} {
		got := a.send(step.method, step.path, all, []byte(step.body))
		require.Less(t, got.status, 300, "%s %s: %s", step.method, step.path, got.body)
	}
	for event, want := range map[string][]string{
		"monitoring.alert.created":      {"alert_rule", r.ID, `"alertType":"execution_failed"`, audit.Token},
		"monitoring.alert.triggered":    {"alert", id, `"executionId":"bad","severity":"error"`, audit.Nobody},
		"monitoring.alert.suppressed":   {"alert", id, `"until"`, audit.Nobody},
		"monitoring.alert.acknowledged": {"alert", id, `"userId"`, audit.Token},
		"monitoring.alert.escalated":    {"alert", id, `"level":1`, audit.Token},
		"monitoring.alert.resolved":     {"alert", id, `"alertId"`, audit.Token},
		"monitoring.alert.updated":      {"alert_rule", r.ID, `"new":"Renamed","old":"Failed"`, audit.Token},
		"monitoring.alert.tested":       {"alert_rule", r.ID, ``, audit.Token},
		"monitoring.alert.deleted":      {"alert_rule", r.ID, ``, audit.Token},
		"monitoring.silence.created":    {"silence", silence.ID, `"reason":"a pause"`, audit.Token},
		"monitoring.silence.deleted":    {"silence", silence.ID, ``, audit.Token},
	} {
		found := a.entries(all, event)
		require.Len(t, found, 1, event)
		require.Equal(t, []string{want[0], want[1]}, []string{found[0].Object.Type, found[0].Object.ID}, event)
		require.Contains(t, string(found[0].Details), want[2], event)
		require.Equal(t, want[3], found[0].Actor.Type, event)
	}
	a.rule(strings.Replace(failedRule, "Failed", "Once more", 1))
	a.failed("late", "w-late", "")
	a.post(all, batch(`"type":"execution.completed","executionId":"fine","workflowId":"w-late"`))
	require.Equal(t, audit.Nobody, a.entries(all, "monitoring.alert.resolved")[0].Actor.Type, "AUD4")
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", all).OK)
}

// J10: evidence of an execution holds its alerts, how they were told, and who answered.
func TestEvidenceHoldsAlerts(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(failedRule)
	a.failed("bad", "w", "")
	id := a.alerts("")[0].ID
	require.Equal(t, http.StatusOK, a.send("POST", alertHistoryPath+"/"+id+"/acknowledge", testSecret, []byte(`{"comment":"looking"}`)).status)
	files, _ := unpacked(t, a.send("GET", "/api/monitoring/executions/bad/evidence", testSecret, nil))
	for _, want := range []string{id, `"acknowledged"`, `"looking"`} {
		require.Contains(t, files["alerts.json"], want)
	}
	require.Contains(t, files["alerts.json"], `"deliveries"`)
	require.Contains(t, files["alerts-audit.json"], "monitoring.alert.triggered")
	require.Contains(t, files["alerts-audit.json"], "monitoring.alert.acknowledged")
	a.post(testSecret, batch(event("execution.completed", "good")))
	files, _ = unpacked(t, a.send("GET", "/api/monitoring/executions/good/evidence", testSecret, nil))
	require.NotContains(t, files, "alerts.json")
}
