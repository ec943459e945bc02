package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// toldOfAFailure is an appliance of which a webhook with a secret has heard of a failure, by the first rule.
func toldOfAFailure(t *testing.T) (a *appliance, h *hook, channel string, first AlertRule) {
	t.Helper()
	a, h = newAppliance(t), newHook(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	a.run("before", "execution.completed")
	channel = fmt.Sprintf(`"notificationChannels":[{"type":"webhook","config":{"url":%q,"secret":"s3cret-of-hook"}}]`, h.URL)
	first = a.rule(`{"alertType":"execution_failed","alertName":"First",` + channel + `}`)
	a.run("bad", "execution.failed")
	require.Eventually(t, func() bool { return len(h.got()) == 1 }, answerLimit, 5*time.Millisecond)
	return a, h, channel, first
}

// B-51, B-52: the end of an alert is told where its beginning was, after its rule was deleted too, and other rules go on telling by the same address.
func TestTheEndOfADeletedRulesAlertIsTold(t *testing.T) {
	t.Parallel()
	a, h, channel, first := toldOfAFailure(t)
	a.rule(`{"alertType":"queue_backlog","alertName":"Second","conditions":[{"metric":"pending","operator":"gt","threshold":0}],` + channel + `}`)
	require.Equal(t, http.StatusNoContent, a.send("DELETE", alertsPath+"/"+first.ID, testSecret, nil).status)
	require.Eventually(t, func() bool { return len(h.got()) == 2 }, answerLimit, 5*time.Millisecond)
	require.Contains(t, h.got()[1], `"alert.resolved"`)
	a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.queued", "waits")))
	require.Eventually(t, func() bool { return len(h.got()) == 3 }, answerLimit, 5*time.Millisecond)
	require.Contains(t, h.got()[2], "Second")
	for _, r := range a.alerts("") {
		require.NotEqual(t, "custom", r.AlertType, "no channel is said to be broken")
	}
}

// A channel that a rule no longer names gets nothing more by it; others that have the address do.
func TestAChannelThatARuleGaveUpIsLeftAlone(t *testing.T) {
	t.Parallel()
	a, h, channel, first := toldOfAFailure(t)
	got := a.send("PATCH", alertsPath+"/"+first.ID, testSecret, []byte(`{`+inAppChannel+`}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	a.rule(`{"alertType":"queue_backlog","alertName":"Second","conditions":[{"metric":"pending","operator":"gt","threshold":0}],` + channel + `}`)
	a.run("good", "execution.completed")
	a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.queued", "waits")))
	require.Eventually(t, func() bool { return len(h.got()) == 2 }, answerLimit, 5*time.Millisecond)
	require.Contains(t, h.got()[1], "Second")
	require.Eventually(t, func() bool { return len(get[DeliveryPage](a, deliveriesPath+"?status=dead", testSecret).Items) == 1 }, answerLimit, 5*time.Millisecond)
	for _, r := range a.alerts("") {
		require.NotEqual(t, "custom", r.AlertType, "no channel is said to be broken")
	}
}

// Samples of one request say what they would have said one by one.
func TestABatchOfSamplesFiresAtItsNth(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.rule(`{"alertType":"resource_threshold","alertName":"CPU","conditions":[{"metric":"cpu","operator":"gt","threshold":80,"consecutiveCount":3}],` + inAppChannel + `}`)
	at := func(n int) string {
		return `,"timestamp":"` + time.Now().Add(time.Duration(n-10)*time.Second).UTC().Format(time.RFC3339Nano) + `"`
	}
	a.measure(testSecret, sample("cpu.usage_percent", 95, at(0)), sample("cpu.usage_percent", 95, at(1)), sample("cpu.usage_percent", 95, at(2)),
		sample("cpu.usage_percent", 50, at(3)))
	require.Eventually(t, func() bool { return len(a.alerts("")) == 1 }, answerLimit, 10*time.Millisecond)
}

// A severity that rises is told at once, although nothing was met again since the last message (api.md 9b).
func TestASeverityThatRisesIsTold(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	h := newHook(t)
	started := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339Nano)
	a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.started", "hangs", `,"timestamp":"`+started+`"`)))
	r := a.rule(fmt.Sprintf(`{"alertType":"execution_timeout","alertName":"Hangs","severity":"info","conditions":[{"metric":"duration","operator":"gt","threshold":1000}],`+
		`"notificationChannels":[{"type":"webhook","config":{"url":%q}}]}`, h.URL))
	require.Eventually(t, func() bool { return len(h.got()) == 1 }, answerLimit, 5*time.Millisecond)
	for _, severity := range []string{"warning", "critical"} {
		got := a.send("PATCH", alertsPath+"/"+r.ID, testSecret, []byte(`{"severity":"`+severity+`"}`))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		require.Eventually(t, func() bool {
			items := get[DeliveryPage](a, deliveriesPath+"?limit=100", testSecret).Items
			n := 0
			for _, d := range items {
				if d.Transition == "reminder" {
					n++
				}
			}
			return n >= map[string]int{"warning": 1, "critical": 2}[severity]
		}, answerLimit, 10*time.Millisecond, severity)
	}
}

// B-25: a limit of time that an engine declares holds for what runs already.
func TestALimitThatIsDeclaredLaterHoldsForWhatRuns(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	started := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339Nano)
	a.post(testSecret, fmt.Sprintf(`{%s}`, event("execution.started", "hangs", `,"timestamp":"`+started+`"`)))
	a.rule(`{"alertType":"execution_timeout","alertName":"Hangs",` + inAppChannel + `}`)
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/w", testSecret, []byte(`{"name":"W","timeoutMs":60000}`)).status)
	require.Eventually(t, func() bool { return len(a.alerts("")) == 1 }, answerLimit, 10*time.Millisecond)
}

// B-92: who is told instead of somebody else can answer by the link, too.
func TestTheLinkInAFallbacksMessageHolds(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	gateway := newHook(t)
	gone := newTaker(t)
	gone.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	_, got := a.settings(t, testSecret, fmt.Sprintf(`{"publicUrl":"https://flowwatch.biuro.pl","sms":{"url":%q,"body":"{to} {text}"},"escalation":[{"afterMinutes":30,"channels":["sms:+48600100201"]}]}`, gateway.URL))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	a.run("before", "execution.completed")
	a.rule(fmt.Sprintf(`{"alertType":"execution_failed","alertName":"Failed","severity":"critical","notificationChannels":[{"type":"webhook","config":{"url":%q}}]}`, gone.URL))
	a.run("bad", "execution.failed")
	require.Eventually(t, func() bool { return len(gateway.got()) == 1 }, answerLimit, 5*time.Millisecond)
	link := regexp.MustCompile(`/a/[\w-]{12}`).FindString(strings.ReplaceAll(gateway.got()[0], "%2F", "/"))
	require.NotEmpty(t, link, gateway.got()[0])
	require.Equal(t, http.StatusOK, a.send("GET", link, "", nil, "Accept", "text/html").status)
}
