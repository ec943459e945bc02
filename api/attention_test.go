package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// AC8.1c: what failed needs somebody until an alert about it is answered, or the same workflow succeeds for the same client later.
func TestFailuresNeedAttentionUntilSomebodyOrALaterSuccessTakesCare(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ended := func(id, workflow, client, end string, minutesAgo int) string {
		at := ago(time.Duration(minutesAgo) * time.Minute)
		of := `"executionId":"` + id + `","workflowId":"` + workflow + `"`
		if client != "" {
			of += `,"clientRef":"` + client + `"`
		}
		return batch(of+`,"type":"execution.started","timestamp":"`+at+`"`, of+`,"type":"execution.`+end+`","error":{"message":"`+id+`"},"timestamp":"`+ago(0)+`"`)
	}
	for _, events := range []string{
		ended("good-first", "w", "K-1", "completed", 50),
		ended("made-good", "w", "K-2", "failed", 40), ended("retry", "w", "K-2", "completed", 30),
		ended("other-client", "w", "K-1", "failed", 20), ended("no-client", "w", "", "failed", 10), ended("elsewhere", "v", "K-2", "failed", 5),
	} {
		a.post(testSecret, events)
	}
	open := func(token, query string) (ids []string) {
		page := get[AttentionPage](a, "/api/monitoring/attention?"+query, token)
		for _, one := range page.Items {
			ids = append(ids, one.ExecutionID)
		}
		require.False(t, page.TotalCapped)
		require.GreaterOrEqual(t, page.Total, len(ids))
		return ids
	}
	require.Equal(t, []string{"elsewhere", "no-client", "other-client"}, open(testSecret, "limit=50"))
	require.Equal(t, []string{"no-client", "other-client"}, open(testSecret, "workflowId=w"))
	require.Equal(t, []string{"elsewhere"}, open(testSecret, "from="+ago(7*time.Minute)))
	cut := get[AttentionPage](a, "/api/monitoring/attention?limit=1", testSecret)
	require.Len(t, cut.Items, 1)
	require.Equal(t, 3, cut.Total)
	requireProblem(t, a.send("GET", "/api/monitoring/attention?limit=101", testSecret, nil), 422, "invalid_field")

	a.post(testSecret, ended("retry-no-client", "w", "", "completed", 1))
	require.Equal(t, []string{"elsewhere", "other-client"}, open(testSecret, ""))

	a.rule(`{"alertType":"execution_failed","alertName":"Failed",` + inAppChannel + `}`)
	a.post(testSecret, ended("told", "u", "K-3", "failed", 0))
	require.Equal(t, []string{"told", "elsewhere", "other-client"}, open(testSecret, ""), "an alert that nobody answered")
	record := a.alerts("executionId=told")[0]
	require.Equal(t, http.StatusOK, a.send("POST", alertHistoryPath+"/"+record.ID+"/acknowledge", testSecret, nil).status)
	require.Equal(t, []string{"elsewhere", "other-client"}, open(testSecret, ""))

	ola := a.person("ola", access.Accountant)
	a.limit(ola.id, `["K-1"]`)
	page := decoded[AttentionPage](t, ola.send("GET", "/api/monitoring/attention", ""))
	require.Len(t, page.Items, 1)
	require.Equal(t, "other-client", page.Items[0].ExecutionID)
	require.Equal(t, 1, page.Total)
}
