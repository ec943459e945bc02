package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// B-73: the catalogue is what engines declare and what events tell.
func TestDeclaredWorkflowsAreListed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	put := func(id, body string) answer {
		return a.send("PUT", "/api/ingest/workflows/"+id, testSecret, []byte(body))
	}
	got := put("vat", `{"name":"JPK_V7M","version":"2","tags":["vat"],"steps":[{"stepId":"a","name":"A"}],"expectedDurationMs":1000,"organizationId":"x"}`)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	a.post(testSecret, batch(`"type":"execution.started","executionId":"e","workflowId":"learnt","workflowName":"Nauczony"`))
	page := get[WorkflowPage](a, "/api/monitoring/workflows", testSecret)
	require.Len(t, page.Items, 2)
	require.Equal(t, "JPK_V7M", page.Items[0].WorkflowName)
	require.Equal(t, "Nauczony", page.Items[1].WorkflowName)
	for body, field := range map[string]string{
		`{}`: "name", `{"name":""}`: "name", `{"name":"a\u0000"}`: "name", `{"name":"a","state":"gone"}`: "state", `{"name":"a","tags":[""]}`: "tags[0]",
		`{"name":"a","steps":[{"stepId":"x"},{"stepId":"x"}]}`: "steps[1].stepId", `{"name":"a","timeoutMs":-1}`: "timeoutMs", `{"name":"a","tags":5}`: "tags",
	} {
		p := requireProblem(t, put("w", body), 422, "invalid_field")
		require.Equal(t, "body."+field, p.Errors[0].Location, body)
	}
}

// Each workflow comes with its counts, its last execution and its health.
func TestWorkflowsTellHowTheyAre(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	of := func(workflow, kind, id string, d time.Duration) string {
		return fmt.Sprintf(`"type":%q,"executionId":%q,"workflowId":%q,"timestamp":%q`, kind, id, workflow, ago(d))
	}
	run := func(workflow, kind, id string, minutesAgo time.Duration) []string {
		return []string{of(workflow, "execution.started", id, minutesAgo*time.Minute), of(workflow, kind, id, minutesAgo*time.Minute-time.Second)}
	}
	var events []string
	events = append(events, run("good", "execution.failed", "g-0", 2000)...)
	for i := range 30 {
		events = append(events, run("good", "execution.completed", fmt.Sprint("g-", i+1), time.Duration(90-i))...)
	}
	events = append(append(events, run("failing", "execution.completed", "f-1", 9)...), run("failing", "execution.failed", "f-2", 8)...)
	events = append(events, of("failing", "execution.started", "f-3", time.Minute))
	events = append(append(events, run("degraded", "execution.failed", "d-1", 9)...), run("degraded", "execution.completed", "d-2", 8)...)
	events = append(events, of("new", "execution.queued", "n-1", time.Minute))
	a.post(testSecret, batch(events...))
	declared := `{"name":"Zamknięcie","steps":[{"stepId":"a","name":"A","dependsOn":["b"]},{"stepId":"b"}]}`
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/silent", testSecret, []byte(declared)).status)

	got := a.send("GET", "/api/monitoring/workflows", testSecret, nil)
	health, last, total := map[string]string{}, map[string]string{}, map[string]int64{}
	for _, w := range decoded[WorkflowPage](t, got).Items {
		health[w.WorkflowID], total[w.WorkflowID] = w.Health, w.Total
		if w.LastExecution != nil {
			last[w.WorkflowID] = w.LastExecution.ExecutionID + " " + w.LastExecution.Status
		}
		require.Len(t, w.CountsByStatus, 6)
	}
	require.Equal(t, map[string]string{"good": "healthy", "failing": "failing", "degraded": "degraded", "new": "unknown", "silent": "unknown"}, health)
	require.Equal(t, map[string]string{"good": "g-30 completed", "failing": "f-3 running", "degraded": "d-2 completed", "new": "n-1 pending"}, last)
	require.Equal(t, map[string]int64{"good": 31, "failing": 3, "degraded": 2, "new": 1, "silent": 0}, total)
	require.Contains(t, string(got.body), `"steps":[{"stepId":"a","name":"A","dependsOn":["b"]},{"stepId":"b","name":"b"`)
}

// The declared name wins over what events say, and a new declaration over the
// old one. Nothing of a refused one is kept.
func TestLatestDeclarationOfAWorkflowWins(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	put := func(body string) answer {
		return a.send("PUT", "/api/ingest/workflows/w", testSecret, []byte(body))
	}
	a.post(testSecret, batch(event("execution.started", "e", `,"workflowName":"Nauczona"`)))
	require.Equal(t, http.StatusOK, put(`{"name":"Pierwsza"}`).status)
	require.Equal(t, http.StatusOK, put(`{"name":"Druga","state":"PAUSED"}`).status)
	requireProblem(t, put(`{"name":"Trzecia","timeoutMs":-1}`), 422, "invalid_field")
	for range 2 {
		items := get[WorkflowPage](a, "/api/monitoring/workflows", testSecret).Items
		require.Len(t, items, 1)
		require.Equal(t, "Druga", items[0].WorkflowName)
		require.Equal(t, "paused", items[0].State)
		a.post(testSecret, batch(event("execution.started", "f", `,"workflowName":"Nauczona"`)))
		a.restart()
	}
}

func TestBadDeclarationsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	good := []byte(`{"name":"JPK_V7M"}`)
	for _, c := range []struct {
		body    []byte
		headers []string
		status  int
		code    string
	}{
		{good, []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type"},
		{good, []string{"Content-Encoding", "br"}, 415, "unsupported_encoding"},
		{good, []string{"Content-Encoding", "gzip"}, 400, "malformed_encoding"},
		{[]byte("{\"name\":\"\xff\"}"), nil, 400, "not_utf8"},
		{[]byte(`{"name":`), nil, 400, "malformed_json"},
		{[]byte(""), nil, 400, "malformed_json"},
		{[]byte(`[]`), nil, 422, "invalid_field"},
		{bytes.Repeat([]byte(" "), 5<<20), nil, 413, "body_too_large"},
		{packed(t, "gzip", bytes.Repeat([]byte(" "), 5<<20)), []string{"Content-Encoding", "gzip"}, 413, "body_too_large"},
		{packed(t, "zstd", bytes.Repeat([]byte(" "), 50<<20)), []string{"Content-Encoding", "zstd"}, 413, "body_too_large"},
		{[]byte(`{"name":"` + strings.Repeat("ż", 256) + `"}`), nil, 422, "invalid_field"},
		{[]byte(`{"name":"a","tags":["` + strings.Repeat(`t","`, 32) + `t"]}`), nil, 422, "invalid_field"},
		{[]byte(`{"name":"a","steps":[{"stepId":"a/b"}]}`), nil, 422, "invalid_field"},
		{[]byte(`{"name":"a","steps":[{"stepId":"a","dependsOn":["a b"]}]}`), nil, 422, "invalid_field"},
		{[]byte(`{"name":"a","expectedDurationMs":-1}`), nil, 422, "invalid_field"},
		{[]byte(`{"name":"a","steps":[` + strings.Repeat(`{},`, 20_000) + `{}]}`), nil, 422, "invalid_field"},
	} {
		requireProblem(t, a.send("PUT", "/api/ingest/workflows/w", testSecret, c.body, c.headers...), c.status, c.code)
	}
	require.Empty(t, get[WorkflowPage](a, "/api/monitoring/workflows", testSecret).Items)
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/w", testSecret, packed(t, "zstd", good), "Content-Encoding", "zstd").status)
}

// The list is short unless it is asked for more.
func TestWorkflowsTellNumbersWhenAsked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.run("one", "execution.completed")
	const path = "/api/monitoring/workflows"
	require.Nil(t, get[WorkflowPage](a, path, testSecret).Items[0].Numbers)
	w := get[WorkflowPage](a, path+"?numbers=true", testSecret).Items[0]
	require.Equal(t, int64(1), w.Numbers.Week.Total)
	require.Equal(t, []string{"completed"}, w.LastResults)
	require.Empty(t, get[WorkflowPage](a, path+"?workflowId=nobody", testSecret).Items)
	require.Len(t, get[WorkflowPage](a, path+"?workflowId="+w.WorkflowID, testSecret).Items, 1)
	requireProblem(t, a.send("GET", path+"?numbers=all", testSecret, nil), 422, "invalid_field")
}
