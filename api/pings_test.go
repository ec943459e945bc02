package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

func (a *appliance) pingKey(workflowID string) NewPingKey {
	a.t.Helper()
	got := a.send("POST", pingKeysPath, testSecret, []byte(`{"name":"Kopia nocna","workflowId":"`+workflowID+`"}`))
	require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
	return decoded[NewPingKey](a.t, got)
}

// ping sends a signal and requires that it is taken.
func (a *appliance) ping(method, path, body string) {
	a.t.Helper()
	got := a.send(method, path, "", []byte(body), "Content-Type", "text/plain")
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	if method != http.MethodHead {
		require.Equal(a.t, "OK\n", string(got.body))
	}
}

func (a *appliance) runsOf(workflowID string) []ExecutionSummary {
	a.t.Helper()
	return get[ExecutionPage](a, "/api/monitoring/executions?workflowId="+workflowID, testSecret).Items
}

// Who makes an address says also when the script is expected; what an engine declared of the workflow stays.
func TestAPingKeyTakesTheScheduleOfItsScript(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	a.send("PUT", "/api/ingest/workflows/kopia", testSecret, []byte(`{"name":"Kopia","owner":"Tomek","version":"2"}`))
	got := a.send("POST", pingKeysPath, admin, []byte(`{"name":"Kopia nocna","workflowId":"kopia","schedule":{"cron":"30 2 * * *","graceMinutes":20,"workingDaysOnly":true}}`))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Equal(t, "30 2 * * *", decoded[NewPingKey](t, got).Schedule.Cron)
	noted := string(a.send("GET", "/api/audit?event="+audit.WorkflowScheduled, admin, nil).body)
	require.Contains(t, noted, `"id":"kopia"`)
	require.Contains(t, noted, "30 2 * * *")
	w := get[WorkflowPage](a, "/api/monitoring/workflows?workflowId=kopia", testSecret).Items[0]
	require.Equal(t, []string{"Kopia", "Tomek", "2"}, []string{w.Name, w.Owner, w.Version})
	require.NotNil(t, w.NextRunAt)
	require.Equal(t, 20, get[PingKeyPage](a, pingKeysPath, admin).Items[0].Schedule.GraceMinutes)

	a.send("POST", pingKeysPath, admin, []byte(`{"name":"Druga","workflowId":"druga","schedule":{"cron":"@hourly"}}`))
	require.Equal(t, "Druga", get[WorkflowPage](a, "/api/monitoring/workflows?workflowId=druga", testSecret).Items[0].Name)
	bad := requireProblem(t, a.send("POST", pingKeysPath, admin, []byte(`{"name":"x","workflowId":"x","schedule":{"cron":"61 * * * *","graceMinutes":-1}}`)), http.StatusUnprocessableEntity, "invalid_field")
	require.Equal(t, []string{"body.schedule.cron", "body.schedule.graceMinutes"}, []string{bad.Errors[0].Location, bad.Errors[1].Location})
	require.Len(t, get[PingKeyPage](a, pingKeysPath, admin).Items, 2, "nothing is made of what is wrong")
}

// A start and an end that name the run are one execution, with the output masked; another run goes on beside it.
func TestPingsPairByTheirRun(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k := a.pingKey("kopia")
	at := "/ping/" + k.Key
	require.Equal(t, a.url+at, k.URL)
	a.ping("GET", at+"/start?rid=r-1", "")
	a.ping("HEAD", at+"/start?rid=r-2", "")
	a.ping("POST", at+"/log?rid=r-1", "krok 1")
	require.Equal(t, "running", a.runsOf("kopia")[0].Status)
	a.ping("POST", at+"/3?rid=r-1", "kopiuję\nNIP 526-000-12-46 odrzucony\n")
	a.ping("POST", at+"/3?rid=r-1", "kopiuję\nNIP 526-000-12-46 odrzucony\n")
	a.ping("POST", at+"/0?rid=r-2", "gotowe")
	runs := a.runsOf("kopia")
	require.Len(t, runs, 2)
	failed := "ping:" + k.ID + ":r-1"
	x := get[ExecutionStatus](a, "/api/monitoring/executions/"+failed, testSecret)
	require.Equal(t, "failed", x.Status)
	require.Equal(t, "Kopia nocna", x.WorkflowName)
	step := string(a.send("GET", "/api/monitoring/executions/"+failed+"/steps/run", testSecret, nil).body)
	require.Contains(t, step, "kopiuję")
	require.Contains(t, step, `"code":"3"`)
	require.NotContains(t, step, "526-000-12-46")
	require.Equal(t, "completed", get[ExecutionStatus](a, "/api/monitoring/executions/ping:"+k.ID+":r-2", testSecret).Status)
}

// Without a name, an end belongs to the latest run that is open; where none is, it is a run of its own.
func TestPingsWithoutARunMeanTheLatest(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k, other := a.pingKey("kopia"), a.pingKey("kopia")
	at := "/ping/" + k.Key
	a.ping("GET", "/ping/"+other.Key+"/start", "")
	a.ping("GET", at+"/start?rid=old", "")
	a.ping("GET", at+"/start", "")
	require.Len(t, a.runsOf("kopia"), 3)
	a.ping("GET", at+"/fail", "")
	a.ping("GET", at, "")
	states := map[string]string{}
	for _, run := range a.runsOf("kopia") {
		owner := "this"
		if strings.HasPrefix(run.ExecutionID, "ping:"+other.ID) {
			owner = "other"
		}
		states[owner+" "+run.Status] = run.ExecutionID
	}
	require.Len(t, states, 3, "%v", states)
	require.Contains(t, states, "other running", "keys are apart")
	require.Equal(t, "ping:"+k.ID+":old", states["this completed"])
	require.Contains(t, states, "this failed")
	a.ping("POST", at+"/", "sam")
	a.ping("POST", at+"/", "sam")
	require.Len(t, a.runsOf("kopia"), 5)
	since := url.QueryEscape(time.Now().Add(-time.Minute).Format(time.RFC3339))
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions?workflowId=kopia&from="+since, testSecret).Items, 5, "a run without a start counts as one that came (missed_run)")
}

// A key is shown once and stored as its hash; who makes and revokes it is noted; revoked, it is as unknown as one that never was.
func TestPingKeysAreMadeAndRevoked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k := a.pingKey("kopia")
	require.Len(t, k.Key, 52)
	list := a.send("GET", pingKeysPath, testSecret, nil)
	require.Contains(t, string(list.body), k.ID)
	require.NotContains(t, string(list.body), k.Key)
	require.Contains(t, string(a.entries(testSecret, audit.PingKeyCreated)[0].Details), `"kopia"`)
	a.restart()
	a.ping("GET", "/ping/"+k.Key, "")
	for body, location := range map[string]string{`{"name":"","workflowId":"w"}`: "body.name", `{"name":"x","workflowId":"a b"}`: "body.workflowId", `{"name":"x"}`: "body.workflowId"} {
		p := requireProblem(t, a.send("POST", pingKeysPath, testSecret, []byte(body)), http.StatusUnprocessableEntity, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location)
	}
	requireProblem(t, a.send("POST", pingKeysPath, a.token("", access.WorkflowAdmin, access.Integration), []byte(`{}`)), http.StatusForbidden, "forbidden")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", pingKeysPath+"/"+k.ID, testSecret, nil).status)
	require.Len(t, a.entries(testSecret, audit.PingKeyRevoked), 1)
	requireProblem(t, a.send("DELETE", pingKeysPath+"/"+k.ID, testSecret, nil), http.StatusNotFound, "not_found")
	unknown, revoked := a.send("GET", "/ping/unknown", "", nil), a.send("GET", "/ping/"+k.Key, "", nil)
	require.Equal(t, http.StatusNotFound, revoked.status)
	require.Equal(t, unknown.body, revoked.body)
	a.restart()
	require.Equal(t, http.StatusNotFound, a.send("GET", "/ping/"+k.Key, "", nil).status)
}

func TestWrongSignalsAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := "/ping/" + a.pingKey("kopia").Key
	for _, path := range []string{"/256", "/stop", "/-1"} {
		require.Equal(t, http.StatusNotFound, a.send("GET", at+path, "", nil).status, path)
	}
	requireProblem(t, a.send("GET", at+"?rid=a%20b", "", nil), http.StatusUnprocessableEntity, "invalid_field")
	require.Equal(t, http.StatusMethodNotAllowed, a.send("PUT", at, testSecret, nil).status)
	require.Equal(t, http.StatusRequestEntityTooLarge, a.send("POST", at, "", make([]byte, bodyBytesKnownMax+1)).status)
	require.Empty(t, a.runsOf("kopia"))
	a.ping("POST", at, strings.Repeat("linia wyjścia\n", 4000))
}

// Who guesses keys is slowed down by address; who has a key is not held up by it.
func TestGuessedPingKeysAreLimited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	at := "/ping/" + a.pingKey("kopia").Key
	for range guessesPerMinute {
		require.Equal(t, http.StatusNotFound, a.send("GET", "/ping/guess/start", "", nil).status)
	}
	limited := a.send("GET", "/ping/guess", "", nil)
	requireProblem(t, limited, http.StatusTooManyRequests, "rate_limited")
	require.NotEmpty(t, limited.header.Get("Retry-After"))
	a.ping("GET", at, "")
}

// A backup says a lot. Who knows no address is given no more room than anybody.
func TestAPingTakesTheWholeOutput(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	key := a.pingKey("kopia").Key
	output := strings.Repeat("kopiowanie pliku\n", 90_000/17)
	a.ping("POST", "/ping/"+key+"/start?rid=r", "")
	a.ping("POST", "/ping/"+key+"/3?rid=r", output)
	runs := a.runsOf("kopia")
	require.Len(t, runs, 1)
	require.Equal(t, "failed", runs[0].Status)
	got := a.send("POST", "/ping/unknown-key-0123456789/fail", "", []byte(output), "Content-Type", "text/plain")
	require.Equal(t, http.StatusRequestEntityTooLarge, got.status)
}

// What a small body becomes counts as if it had been sent: nothing beyond what anybody may have for who is not known.
func TestNobodyUnknownInflatesMuch(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	bomb := packed(t, "gzip", []byte(strings.Repeat(" ", 1<<20)))
	got := a.send("POST", "/api/auth/login", "", bomb, "Content-Type", "application/json", "Content-Encoding", "gzip")
	require.Equal(t, http.StatusRequestEntityTooLarge, got.status, "%s", got.body)
	require.Equal(t, http.StatusBadRequest, a.send("POST", "/api/admin/settings", testSecret, bomb, "Content-Type", "application/json", "Content-Encoding", "gzip").status/100*100, "who is known has room")
}
