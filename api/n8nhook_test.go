package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest/n8n"
)

// The machine of n8n fetches the hook by one command, without a token.
func TestTheHookForN8nIsHandedOut(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	got := a.send("GET", n8nHookPath, "", nil)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, n8nHookMedia, got.header.Get("Content-Type"))
	require.Contains(t, got.header.Get("Content-Disposition"), `filename="flowwatch-hook.cjs"`)
	require.Equal(t, string(n8n.File), string(got.body))
	require.NotContains(t, string(got.body), testSecret)
}

// What the hook sends is masked as on the native route, and sent again it changes nothing.
func TestWhatTheHookOfN8nSendsIsTaken(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	message := func(more string) string {
		return `{"at":"2026-11-23T10:00:03Z","executionId":"7","workflow":{"id":"w","name":"Faktury"},` + more + "}\n"
	}
	node := `"runData":{"VAT":[{"run":0,"startTime":1795428001000,"executionTime":500,"executionStatus":`
	begun := message(`"event":"node-pre-execute","node":"VAT","run":0`)
	sleeps := message(`"hook":"workflow.postExecute","run":{"status":"waiting","startedAt":"2026-11-23T10:00:00Z","stoppedAt":"2026-11-23T10:00:02Z",` + node + `"waiting"}]}}`)
	fails := message(`"hook":"workflow.postExecute","run":{"status":"error","startedAt":"2026-11-23T10:00:02.5Z","stoppedAt":"2026-11-23T10:00:03Z","lastNodeExecuted":"VAT",` +
		`"error":{"message":"NIP 526-000-12-46"},` + node + `"error","error":{"message":"NIP 526-000-12-46"},"output":[{"nip":"526-000-12-46"}],"outputBytes":23}]}}`)
	const lines, path = "application/x-ndjson", "/api/monitoring/executions/n8n:biuro:7"
	require.Equal(t, 1, a.door(n8nPath+"?instance=biuro", testSecret, lines, []byte(begun)).Accepted)
	require.Equal(t, "running", get[ExecutionStatus](a, path, testSecret).Status)
	require.Equal(t, 3, a.door(n8nPath+"?instance=biuro", testSecret, lines, []byte(sleeps)).Accepted)
	require.Equal(t, "waiting", get[ExecutionStatus](a, path, testSecret).Status)
	got := a.door(n8nPath+"?instance=biuro", testSecret, lines, []byte(fails+sleeps+fails+begun))
	require.Equal(t, 10, got.Duplicates, "what was told before, and the second report")
	x := get[ExecutionStatus](a, path, testSecret)
	require.Equal(t, "failed", x.Status)
	require.Equal(t, "failed", x.Steps[0].Status)
	for _, page := range []string{path, path + "/steps/VAT"} {
		body := string(a.send("GET", page, testSecret, nil).body)
		require.Contains(t, body, "NIP")
		require.NotContains(t, body, "526-000-12-46")
	}
}
