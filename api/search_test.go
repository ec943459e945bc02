package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

// One search answers executions, workflows and clients, and to who is limited to some clients theirs only.
func TestSearch(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		event("execution.started", "run-1", `,"workflowName":"Księgowość","clientRef":"K-1","metadata":{"externalId":"0147/11"}`),
		event("execution.failed", "run-2", `,"workflowName":"Księgowość","clientRef":"K-2","error":{"message":"Bramka nie odpowiada"}`)))
	found := func(q string) SearchAnswer { return get[SearchAnswer](a, "/api/monitoring/search?q="+q, testSecret) }
	got := found("%20ksiegowosc")
	require.Len(t, got.Executions, 2)
	require.Equal(t, []engine.WorkflowName{{WorkflowID: "w", WorkflowName: "Księgowość"}}, got.Workflows)
	require.Empty(t, got.Clients)
	require.Equal(t, "run-2", found("bramka").Executions[0].ExecutionID)
	require.Equal(t, []string{"K-1", "K-2"}, found("k-").Clients)
	require.Len(t, get[SearchAnswer](a, "/api/monitoring/search?q=k&limit=1", testSecret).Executions, 1)
	require.JSONEq(t, `{"executions":[],"workflows":[],"clients":[]}`, string(a.send("GET", "/api/monitoring/search?q=nothing", testSecret, nil).body))
	for _, query := range []string{"", "?q=", "?q=%20", "?q=x&limit=0", "?q=x&limit=101", "?q=" + strings.Repeat("x", nameRunesMax+1), "?q=%01"} {
		requireProblem(t, a.send("GET", "/api/monitoring/search"+query, testSecret, nil), 422, "invalid_field")
	}

	ola := a.person("ola", access.Viewer)
	a.limit(ola.id, `["K-1"]`)
	got = decoded[SearchAnswer](t, ola.send("GET", "/api/monitoring/search?q=k", ""))
	require.Len(t, got.Executions, 1)
	require.Equal(t, []string{"K-1"}, got.Clients)
	require.NotContains(t, string(ola.send("GET", "/api/monitoring/search?q=bramka", "").body), "run-2")
	requireProblem(t, a.send("GET", "/api/monitoring/search?q=k", a.token("", access.Integration), nil), 403, "forbidden")
	require.Equal(t, http.StatusUnauthorized, a.send("GET", "/api/monitoring/search?q=k", "", nil).status)
}
