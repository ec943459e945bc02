package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

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
