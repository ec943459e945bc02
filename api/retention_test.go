package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

const erasurePath = "/api/admin/erasure"

func TestErasureLeavesNothingInAnyAnswer(t *testing.T) { // J11, api.md 9b
	t.Parallel()
	a := newAppliance(t)
	org := a.token("default", access.OrgAdmin, access.Integration, access.Accountant)
	a.post(org, batch(
		`"type":"step.started","executionId":"x","workflowId":"w","stepId":"s","clientRef":"K-0147","input":{"opis":"Kowalski"}`,
		`"type":"execution.failed","executionId":"x","workflowId":"w","clientRef":"K-0147","error":"Kowalski"`,
		`"type":"execution.completed","executionId":"y","workflowId":"w","clientRef":"K-2"`))
	const filed = "/api/monitoring/deadlines/vat-ue/2026-11/filed"
	require.Equal(t, http.StatusOK, a.send("POST", filed, org, []byte(`{"clientRef":"K-0147","upo":"UPO-1"}`)).status)
	require.Equal(t, http.StatusOK, a.send("POST", filed, org, []byte(`{"clientRef":"K-2"}`)).status)
	require.Len(t, get[AuditPage](a, auditPath+"?object=client:K-0147", org).Items, 1)
	require.Equal(t, http.StatusOK, a.send("GET", auditPath+"/export?object=client:K-0147", org, nil).status)
	answer := a.send("POST", erasurePath, org, []byte(`{"clientRef":"K-0147","reason":"art. 17 RODO"}`))
	require.Equal(t, http.StatusOK, answer.status, "%s", answer.body)
	report := decoded[Erasure](t, answer)
	require.Equal(t, engine.ErasureDone, report.State)
	require.EqualValues(t, 1, report.Erased.Executions)
	require.EqualValues(t, 1, report.Erased.Filings)
	require.Contains(t, string(a.send("GET", auditPath+"?limit=100", org, nil).body), "K-2")
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", org).OK)
	require.NotEmpty(t, report.Remains)
	require.NotContains(t, string(answer.body), "K-0147")

	require.Equal(t, http.StatusNotFound, a.send("GET", "/api/monitoring/executions/x", org, nil).status)
	for _, path := range []string{"/api/monitoring/executions", "/api/monitoring/executions?clientRef=K-0147", erasurePath, "/api/monitoring/workflows", auditPath + "?limit=100", filed} {
		require.NotRegexp(t, "K-0147|Kowalski", string(a.send("GET", path, org, nil).body), path)
	}
	require.Equal(t, report, get[Erasure](a, erasurePath+"/"+report.ID, org))
	require.Len(t, get[ErasurePage](a, erasurePath, org).Items, 1)
	require.Empty(t, get[ErasurePage](a, erasurePath, a.token("other", access.OrgAdmin)).Items)
}

func TestErasureRefusesWhatIsNotClear(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	org := a.token("default", access.OrgAdmin)
	for body, location := range map[string]string{
		`{"reason":"art. 17"}`: "body",
		`{"clientRef":"K","executionIds":["x"],"reason":"art. 17"}`: "body",
		`{"clientRef":"K"}`:                                     "body.reason",
		`{"clientRef":"K","reason":"x"}`:                        "body.reason",
		`{"executionIds":["x","not an id"],"reason":"art. 17"}`: "body.executionIds[1]",
	} {
		answer := a.send("POST", erasurePath, org, []byte(body))
		require.Equal(t, http.StatusUnprocessableEntity, answer.status, body)
		require.Contains(t, string(answer.body), `"`+location+`"`, body)
	}
	require.Empty(t, get[ErasurePage](a, erasurePath, org).Items)
}

func TestRetentionSaysWhatItDidAndWillDo(t *testing.T) { // B-70, SEC8
	t.Parallel()
	a := newAppliance(t)
	org := a.token("default", access.OrgAdmin)
	before := get[RetentionAnswer](a, "/api/admin/retention", org)
	require.Nil(t, before.LastRun)
	require.Equal(t, engine.Retention{StepDataDays: 30, RawMetricsDays: 45, ExecutionsDays: 2190, AlertHistoryDays: 2190, AuditDays: 2190}, before.Policy)
	require.True(t, before.NextRunAt.Present())
	run := decoded[engine.RetentionRun](t, a.send("POST", "/api/admin/retention/run", org, nil))
	after := get[RetentionAnswer](a, "/api/admin/retention", org)
	require.Equal(t, &run, after.LastRun)
	require.Len(t, after.Runs, 1)
}
