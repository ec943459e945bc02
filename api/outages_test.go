package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/alert"
)

// J4: an outage is noted, shown and ended over REST, by who may silence.
func TestOutages(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	requireProblem(t, a.send("POST", outagesPath, testSecret, []byte(`{"cause":"ksef","reason":""}`)), 422, "invalid_fields")
	got := a.send("POST", outagesPath, testSecret, []byte(`{"cause":"ksef.mf.gov.pl","reason":"Awaria w BIP","link":"https://ksef.example/"}`))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	made := decoded[Outage](t, got)
	require.True(t, made.Active)
	require.False(t, made.Until.Present())
	require.Equal(t, []Outage{made}, get[OutagePage](a, outagesPath, testSecret).Items)
	viewer := a.token("", access.Viewer)
	requireProblem(t, a.send("POST", outagesPath+"/"+made.ID+"/end", viewer, nil), 403, "forbidden")
	requireProblem(t, a.send("POST", outagesPath+"/unknown/end", testSecret, nil), 404, "not_found")
	require.Equal(t, http.StatusNotFound, a.send("POST", outagesPath+"/"+made.ID+"/end", a.token("theirs", access.OrgAdmin), nil).status)
	ended := decoded[Outage](t, a.send("POST", outagesPath+"/"+made.ID+"/end", testSecret, nil))
	require.False(t, ended.Active)
	require.Equal(t, []Outage{ended}, get[OutagePage](a, outagesPath, viewer).Items)
}

// api.md 9b: what a workflow's owner wrote down, and when it is to run, is checked, kept and shown.
func TestWorkflowTakesScheduleAndAdvice(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const path = "/api/ingest/workflows/jpk"
	put := func(body string) answer { return a.send("PUT", path, testSecret, []byte(body)) }
	got := put(`{"name":"jpk-generation","schedule":{"cron":"30 2 * * mon-fri","graceMinutes":20,"workingDaysOnly":true},
		"instruction":"Sprawdź certyfikat.\nPotem uruchom ponownie.","owner":"A. Nowak","executionUrl":"https://n8n.biuro.example/execution/{externalId}"}`)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	shown := func() engine.WorkflowStatus {
		all := get[WorkflowPage](a, "/api/monitoring/workflows", testSecret).Items
		require.Len(t, all, 1)
		return all[0]
	}
	a.restart()
	w := shown()
	require.Equal(t, &engine.WorkflowSchedule{Cron: "30 2 * * mon-fri", GraceMinutes: 20, WorkingDaysOnly: true}, w.Schedule)
	require.Equal(t, "A. Nowak", w.Owner)
	require.Contains(t, w.Instruction, "certyfikat")
	require.Equal(t, "https://n8n.biuro.example/execution/{externalId}", w.ExecutionURL)
	for body, location := range map[string]string{
		`{"name":"x","schedule":{"cron":"61 2 * * *"}}`:                  "body.schedule.cron",
		`{"name":"x","schedule":{"graceMinutes":5}}`:                     "body.schedule.cron",
		`{"name":"x","schedule":{"cron":"@daily","graceMinutes":-1}}`:    "body.schedule.graceMinutes",
		`{"name":"x","executionUrl":"javascript:alert(1)"}`:              "body.executionUrl",
		`{"name":"x","executionUrl":"https://a:b@example.pl/"}`:          "body.executionUrl",
		`{"name":"x","owner":"` + strings.Repeat("a", 256) + `"}`:        "body.owner",
		`{"name":"x","instruction":"` + strings.Repeat("a", 4001) + `"}`: "body.instruction",
	} {
		got := put(body)
		requireProblem(t, got, 422, "invalid_field")
		require.Contains(t, string(got.body), location, body)
	}
	require.Equal(t, http.StatusOK, put(`{"name":"jpk-generation"}`).status)
	require.Nil(t, shown().Schedule, "a declaration says all that there is")
}

// Presets are offered for the workflows that there are, and are rules once they are POSTed; built-in rules are changed, and neither made nor deleted.
func TestPresetsAndBuiltinRules(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("one", "execution.completed")
	presets := get[AlertPresetPage](a, presetsPath, testSecret).Items
	require.NotEmpty(t, presets)
	made := 0
	for _, p := range presets {
		if p.Workflow == "jpk-generation" || p.Workflow == "" {
			require.True(t, p.Available, p.ID)
			got := a.send("POST", alertsPath, testSecret, mustJSON(t, p.Rule))
			require.Equal(t, http.StatusCreated, got.status, "%s %s", p.ID, got.body)
			made++
			continue
		}
		require.False(t, p.Available, p.ID)
		require.Nil(t, p.WorkflowID)
	}
	require.Greater(t, made, 3)

	path := alertsPath + "/builtin:" + string(alert.MissedRun)
	got := a.send("PATCH", path, testSecret, []byte(`{"isActive":false,"severity":"critical"}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	a.restart()
	r := get[AlertRule](a, path, testSecret)
	require.False(t, r.IsActive)
	require.Equal(t, alert.Critical, r.Severity)
	requireProblem(t, a.send("DELETE", path, testSecret, nil), 409, "builtin_rule")
	got = a.send("POST", alertsPath, testSecret, []byte(`{"alertType":"custom","alertName":"Mój własny","builtin":"missed_run",`+inAppChannel+`}`))
	require.Equal(t, 422, got.status, "%s", got.body)
}

// J1: the page reads what the morning's mail tells.
func TestMorningReportOverREST(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("bad", "execution.failed", `,"error":"PESEL 44051401359"`)
	m := get[MorningReport](a, morningPath, testSecret)
	require.Equal(t, 1, m.FailedTotal)
	require.Equal(t, "bad", m.Failed[0].ExecutionID)
	require.NotContains(t, string(mustJSON(t, m)), "44051401359")
	require.Less(t, m.From, m.To)
}

// Escalation's channels are shown as they were given; those with secrets are refused.
func TestEscalationChannelsAreShownAsGiven(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const path = "/api/admin/settings"
	got := a.send("PATCH", path, testSecret, []byte(`{"escalation":[{"afterMinutes":30,"channels":["anna@example.pl",{"type":"sms","config":{"to":["+48600100200"]}}],
		"workingHours":{"from":"06:30","to":"17:00"}},{"afterMinutes":60,"channels":["sms:+48600100201"]}]}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Contains(t, string(a.send("GET", path, testSecret, nil).body),
		`"escalation":[{"afterMinutes":30,"channels":["anna@example.pl",{"type":"sms","config":{"to":["+48600100200"]}}],"workingHours":{"from":"06:30","to":"17:00"}},{"afterMinutes":60,"channels":["sms:+48600100201"]}]`)
	got = a.send("PATCH", path, testSecret, []byte(`{"escalation":[{"afterMinutes":30,"channels":[{"type":"slack","config":{"webhookUrl":"https://hooks.slack.com/services/T/B/x"}}]}]}`))
	requireProblem(t, got, 422, "invalid_field")
	require.Contains(t, string(got.body), "sealed")
	require.NotContains(t, string(got.body), "services/T")
}
