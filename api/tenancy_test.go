package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

// SEC2, B-19: for every route that takes an id, another organisation's id
// answers byte for byte as one that nobody has.
func TestForeignIDsAnswerExactlyAsUnknownOnes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := []access.Role{access.OrgAdmin, access.WorkflowAdmin, access.Integration, access.Accountant, access.Revealer}
	ours, theirs := a.token("ours", admin...), a.token("theirs", admin...)
	a.post(theirs, batch(`"type":"step.started","executionId":"secret","workflowId":"their-workflow","stepId":"secret"`))
	theirRule := a.send("PUT", rulesPath+"/secret", theirs, []byte(ownRule))
	require.Equal(t, http.StatusCreated, theirRule.status, "%s", theirRule.body)
	o, err := a.engine.Access().EnsureOrganization("theirs")
	require.NoError(t, err)
	token := a.engine.Access().Tokens(o.ID)[0].ID
	user := a.user("theirs", "ola", access.Viewer).ID
	asked := a.send("POST", "/api/monitoring/queue/executions/secret/priority", theirs, []byte(`{"priority":"HIGH"}`))
	command := decoded[PriorityReceipt](t, asked).ID

	erasure := decoded[Erasure](t, a.send("POST", erasurePath, theirs, []byte(`{"executionIds":["gone"],"reason":"art. 17"}`))).ID

	tested := 0
	for _, r := range routes() {
		// PUT makes the caller's own workflow; labels are no ids: TestExpressionsReadOneOrganisation.
		if !strings.Contains(r.path, "{") || r.method == http.MethodPut || strings.Contains(r.path, "{label}") {
			continue
		}
		tested++
		workflow := strings.NewReplacer("secret", "their-workflow")
		fill := func(id string) string {
			if strings.Contains(r.path, "{tokenId}") && id == "secret" {
				id = token
			}
			if strings.Contains(r.path, "{userId}") && id == "secret" {
				id = user
			}
			if strings.Contains(r.path, "{commandId}") && id == "secret" {
				id = command
			}
			if strings.Contains(r.path, "{erasureId}") && id == "secret" {
				id = erasure
			}
			return strings.NewReplacer("{executionId}", id, "{erasureId}", id, "{workflowId}", workflow.Replace(id), "{stepId}", id, "{tokenId}", id, "{userId}", id, "{commandId}", id, "{ruleId}", id, "{rule}", id, "{period}", "2026-11").Replace(r.path)
		}
		foreign, unknown := a.send(r.method, fill("secret"), ours, nil), a.send(r.method, fill("unknown"), ours, nil)
		require.Equal(t, http.StatusNotFound, foreign.status, r.path)
		require.Equal(t, string(unknown.body), string(foreign.body), r.path)
		foreign.header.Del("Date")
		unknown.header.Del("Date")
		require.Equal(t, unknown.header, foreign.header, r.path)
	}
	require.GreaterOrEqual(t, tested, 3)

	foreign, unknown := a.send("PUT", rulesPath+"/secret/clients", ours, []byte(quarterly)), a.send("PUT", rulesPath+"/unknown/clients", ours, []byte(quarterly))
	require.Equal(t, http.StatusNotFound, foreign.status)
	require.Equal(t, string(unknown.body), string(foreign.body))

	for _, path := range []string{"/api/monitoring/executions", "/api/monitoring/executions/active", "/api/monitoring/workflows", "/api/monitoring/deadlines", rulesPath} {
		require.NotContains(t, string(a.send("GET", path, ours, nil).body), "secret")
		require.Equal(t, http.StatusOK, a.send("GET", path+"?workflowId=their-workflow", ours, nil).status)
	}
	for _, path := range []string{commandsPath, "/api/monitoring/queue/next", "/api/monitoring/system/consumers", "/api/monitoring/system/metrics", "/api/monitoring/system/health"} {
		require.NotRegexp(t, "secret|their-workflow", string(a.send("GET", path, ours, nil).body), path)
	}
	require.Contains(t, string(a.send("GET", commandsPath, theirs, nil).body), "secret")
	require.Contains(t, string(a.send("GET", "/api/monitoring/system/consumers", theirs, nil).body), "their-workflow")
	require.Zero(t, get[ExecutionPage](a, "/api/monitoring/executions?workflowId=their-workflow", ours).CountsByStatus["running"])
	// The same ids are free for others, and stay apart.
	a.post(ours, batch(`"type":"execution.completed","executionId":"secret","workflowId":"w","organizationId":"`+o.ID+`"`))
	require.Equal(t, "completed", get[ExecutionStatus](a, "/api/monitoring/executions/secret", ours).Status)
	require.Equal(t, "running", get[ExecutionStatus](a, "/api/monitoring/executions/secret", theirs).Status)
	// A declaration is about the caller's own workflow of that id.
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/their-workflow", ours, []byte(`{"name":"Nasz"}`)).status)
	theirList := get[WorkflowPage](a, "/api/monitoring/workflows", theirs).Items
	require.Len(t, theirList, 1)
	require.Equal(t, "their-workflow", theirList[0].WorkflowName)
}

// S22, SEC2: numbers are of one organisation too.
func TestCountsAreOfTheOwnOrganizationOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Integration, access.Viewer), a.token("theirs", access.Integration, access.Viewer)
	a.post(theirs, batch(
		event("execution.queued", "t-1", `,"timestamp":"`+ago(time.Hour)+`"`), event("execution.queued", "t-2"), event("execution.started", "t-3"), event("execution.failed", "t-4")))
	mine := a.post(ours, batch(event("execution.queued", "o-1")))
	require.EqualValues(t, 1, mine.Seq, "each organisation counts for itself")
	q := get[engine.QueueStatus](a, "/api/monitoring/queue", ours)
	require.EqualValues(t, 1, q.PendingCount)
	require.Zero(t, q.ProcessingCount)
	require.Zero(t, q.ProcessingRatePerMinute)
	require.Equal(t, "o-1", q.OldestExecution.ExecutionID)
	page := get[ExecutionPage](a, "/api/monitoring/executions", ours)
	require.Len(t, page.Items, 1)
	total := int64(0)
	for _, n := range page.CountsByStatus {
		total += n
	}
	require.EqualValues(t, 1, total)
	cursor := get[ExecutionPage](a, "/api/monitoring/executions?limit=1", theirs).NextCursor
	require.NotNil(t, cursor)
	for _, item := range get[ExecutionPage](a, "/api/monitoring/executions?cursor="+url.QueryEscape(*cursor), ours).Items {
		require.Equal(t, "o-1", item.ExecutionID, "a foreign cursor shows nothing foreign")
	}
}
