package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/deadline"
)

// api.md 6: a backtest looks at all that was accepted before it was asked for, also what no document holds yet.
func TestABacktestSeesWhatWasJustReported(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for round := range 3 {
		for n := range 3 {
			a.run(fmt.Sprint("bad-", round, "-", n), "execution.failed")
		}
		body := fmt.Sprintf(`{"rule":%s,"start":"2026-01-01T00:00:00Z","end":%q}`,
			ruleWith(t, `{"alertType":"consecutive_failures","conditions":[{"consecutiveCount":3}]}`), time.Now().UTC().Format(time.RFC3339Nano))
		got := decoded[BacktestAnswer](t, a.send("POST", alertsPath+"/backtest", testSecret, []byte(body)))
		require.Equal(t, 3*(round+1), got.Runs)
		require.Len(t, got.WouldFire, 1)
	}
}

// api.md 1: malformed JSON is 400, a field that is wrong 422, and it is named. What is no time is a wrong field.
func TestWhatIsNoTimeIsAWrongField(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	rule := string(ruleWith(t, `{"workflowId":null}`))
	for _, c := range []struct{ path, body, field string }{
		{silencesPath, `{"reason":"a pause","endsAt":"tomorrow"}`, "body.endsAt"},
		{silencesPath, `{"reason":"a pause","endsAt":5}`, "body.endsAt"},
		{silencesPath, `{"reason":"a pause","endsAt":"` + soon(1) + `","startsAt":"2026-11-23"}`, "body.startsAt"},
		{silencesPath, `{"reason":"a pause","endsAt":"9999-01-01T00:00:00Z"}`, "body.endsAt"},
		{outagesPath, `{"cause":"KSeF","reason":"an outage","until":"jutro"}`, "body.until"},
		{alertsPath + "/backtest", `{"rule":` + rule + `,"start":"2026-01-01","end":"2026-02-01T00:00:00Z"}`, "body.start"},
		{alertsPath + "/backtest", `{"rule":` + rule + `,"start":"0001-01-01T00:00:00Z","end":"2026-02-01T00:00:00Z"}`, "body.start"},
	} {
		got := a.send("POST", c.path, testSecret, []byte(c.body))
		requireProblem(t, got, http.StatusUnprocessableEntity, "invalid_field")
		require.Equal(t, c.field, decoded[Problem](t, got).Errors[0].Location, "%s: %s", c.body, got.body)
	}
	requireProblem(t, a.send("POST", silencesPath, testSecret, []byte(`{"endsAt":`)), http.StatusBadRequest, "malformed_json")
}

// api.md 9: control characters but tabs and ends of lines are refused in what people write, and nothing of it is cut in silence.
func TestWhatPeopleSayOfAlertsIsText(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("before", "execution.completed")
	a.rule(`{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`)
	a.run("bad", "execution.failed")
	one := alertHistoryPath + "/" + a.alerts("")[0].ID
	for _, action := range []string{"escalate", "acknowledge", "resolve"} {
		for _, text := range []string{`a\u0000b`, `a\u0007b`, `a\u0085b`, strings.Repeat("x", 1001)} {
			got := a.send("POST", one+"/"+action, testSecret, []byte(`{"comment":"`+text+`"}`))
			requireProblem(t, got, http.StatusUnprocessableEntity, "invalid_field")
			require.Equal(t, "body.comment", decoded[Problem](t, got).Errors[0].Location)
		}
		require.Empty(t, a.alerts("")[0].Comments, "nothing is stored on an error")
	}
	done := decoded[engine.AlertRecord](t, a.send("POST", one+"/resolve", testSecret, []byte(`{"comment":"`+strings.Repeat("ż", 997)+`\n\t."}`)))
	require.Equal(t, "resolved", done.Status)
	require.Len(t, done.Comments, 1)

	for path, body := range map[string]string{
		silencesPath: `{"reason":"a\u0000pause","endsAt":"` + soon(1) + `"}`, outagesPath: `{"cause":"KS\u0000eF","reason":"an outage"}`,
		outagesPath + "?": `{"cause":"KSeF","reason":"an\u001boutage"}`,
	} {
		require.Equal(t, http.StatusUnprocessableEntity, a.send("POST", path, testSecret, []byte(body)).status, body)
	}
}

// requirements.md 3.5: the page behind a link tells the time as the message does, on the clocks of the office, and who acknowledged.
func TestAnswerPageTellsTheOfficesTime(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := a.linked("Failed", "")
	require.Equal(t, http.StatusOK, a.send("POST", path, "", []byte(`{"action":"acknowledge"}`), "Accept", "application/json").status)
	at := a.alerts("")[0].TriggeredAt.Time().In(deadline.Zone())
	for language, say := range map[string][2]string{"pl": {"02.01.2006, 15:04", "Potwierdzone przez"}, "en": {"2 Jan 2006, 15:04", "Acknowledged by"}} {
		page := string(a.send("GET", path, "", nil, "Accept", "text/html", "Accept-Language", language).body)
		require.Contains(t, page, ">"+at.Format(say[0]))
		require.Contains(t, page, "<dt>"+say[1]+"</dt><dd>link: ")
		require.NotContains(t, page, "UTC")
	}
}
