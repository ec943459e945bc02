package api

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// J11, api.md 9b: after an erasure nothing names whom it was about: not alerts, messages, their audit, what rules remember, nor any byte of a database that
// is packed afterwards; that there was an alert, when and of which workflow stays.
func TestErasureReachesAlerts(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	h := newHook(t)
	a.rule(fmt.Sprintf(`{"alertType":"execution_failed","alertName":"Failed","notificationChannels":[{"type":"in_app","config":{}},{"type":"webhook","config":{"url":%q}}]}`, h.URL))
	a.rule(`{"alertType":"consecutive_failures","alertName":"In a row","conditions":[{"consecutiveCount":2}],` + inAppChannel + `}`)
	who := `,"clientRef":"K-0147","workflowName":"jpk"`
	a.failed("gone-1", "w", who)
	require.Eventually(t, func() bool { // the others wait for a digest
		for _, d := range get[DeliveryPage](a, deliveriesPath+"?status=delivered", testSecret).Items {
			if d.Channel == "webhook" {
				require.Equal(t, 1, d.Attempts, "the try that succeeded counts")
				return true
			}
		}
		return false
	}, answerLimit, 10*time.Millisecond)
	require.Contains(t, h.got()[0], "gone-1")
	a.failed("gone-2", "w", who)
	a.failed("stays-1", "w", `,"clientRef":"K-2"`) // the episode goes on with another client
	a.failed("gone-3", "w-2", who)
	a.post(testSecret, batch(`"type":"execution.completed","executionId":"fine","workflowId":"w-2","clientRef":"K-0147"`))
	a.failed("gone-4", "w-2", who) // within the cooldown: remembered only
	before := len(a.alerts(""))

	got := a.send("POST", erasurePath, testSecret, []byte(`{"clientRef":"K-0147","reason":"art. 17 RODO"}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	report := decoded[Erasure](t, got)
	require.EqualValues(t, 5, report.Erased.Executions)
	require.Positive(t, report.Erased.Alerts)
	require.Positive(t, report.Erased.Messages)
	require.Positive(t, report.Erased.AuditDetails)
	all := a.alerts("")
	require.Len(t, all, before, "that there were alerts stays")
	named := 0
	for _, r := range all {
		require.NotNil(t, r.WorkflowID)
		if r.ExecutionID != nil {
			named++
			require.Equal(t, "stays-1", *r.ExecutionID)
		}
	}
	require.Equal(t, 2, named, "what is about another client stays")
	for _, path := range []string{alertHistoryPath, deliveriesPath, "/api/monitoring/inbox", auditPath + "?limit=100", alertsPath} {
		require.NotRegexp(t, "K-0147|gone-", string(a.send("GET", path, testSecret, nil).body), path)
	}
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", testSecret).OK)
	require.EqualValues(t, 0, decoded[Erasure](t, a.send("POST", erasurePath, testSecret, []byte(`{"clientRef":"K-0147","reason":"art. 17 RODO"}`))).Erased.Alerts)
	a.restart()
	require.Len(t, a.alerts(""), before)

	a.stop()
	packed := filepath.Join(t.TempDir(), "packed.db")
	text, err := os.ReadFile(a.path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(packed, text, 0o600))
	_, err = kv.Compact(packed, kv.Options{}, nil)
	require.NoError(t, err)
	text, err = os.ReadFile(packed)
	require.NoError(t, err)
	for _, name := range []string{"K-0147", "gone-1", "gone-2", "gone-3", "gone-4"} {
		require.False(t, bytes.Contains(text, []byte(name)), name)
	}
	require.True(t, bytes.Contains(text, []byte("stays-1")))
	a.start()
}

// A15, AC6, B-04: an event whose alert cannot be written is not accepted, and begins no cooldown; when there is room again it is, and raises its one alert.
func TestFullDiskLosesNoAlert(t *testing.T) {
	t.Parallel()
	if !ownProcess(t, time.Minute) {
		return
	}
	a := newAppliance(t)
	a.rule(failedRule)
	f, _ := a.subscribed("alerts")
	limitFiles(t, a.fileSize()+1<<20)
	send := func(n int) answer {
		body := strings.Replace(string(bigEvent(fmt.Sprint("x-", n))), `"workflowId":"w"`, fmt.Sprintf(`"workflowId":"w-%d"`, n), 1)
		end := fmt.Sprintf(`,{"type":"execution.failed","executionId":"x-%d","workflowId":"w-%d","error":"it broke"}]`, n, n)
		return a.send("POST", ingestPath, testSecret, []byte(strings.TrimSuffix(body, "]")+end))
	}
	accepted, refused := 0, 0
	for n := range 200 {
		if got := send(n); got.status != http.StatusOK {
			requireProblem(t, got, http.StatusServiceUnavailable, "storage_full")
			refused = n
			break
		}
		accepted++
	}
	require.Positive(t, refused, "the disk was never full")
	raised := func() int {
		found, cursor := 0, ""
		for {
			page := get[AlertPage](a, alertHistoryPath+"?limit=100&cursor="+cursor, testSecret)
			found += len(page.Items)
			if page.NextCursor == nil {
				return found
			}
			cursor = *page.NextCursor
		}
	}
	require.Equal(t, accepted, raised(), "an alert for each event that was accepted, and no other")
	limitFiles(t, a.fileSize()+256<<20)
	require.Eventually(t, func() bool { return send(refused).status == http.StatusOK }, answerLimit, 10*time.Millisecond)
	require.Equal(t, accepted+1, raised())
	f.await("its frame", func(got *frame) bool {
		return got.Event == "alert:triggered" && strings.Contains(got.text, fmt.Sprintf(`"x-%d"`, refused))
	})
	a.restart()
	require.Equal(t, accepted+1, raised())
}

// B-70, SEC8: retention counts what it removes of alerts beside the rest.
func TestRetentionCountsAlerts(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	got := a.send("POST", "/api/admin/retention/run", a.token("default", access.OrgAdmin), nil)
	for _, name := range []string{"alerts", "messages", "alertRules", "silences"} {
		require.Contains(t, string(got.body), `"`+name+`":0`)
	}
}
