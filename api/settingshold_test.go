package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

// B-50, B-101: a threshold holds as soon as it is set, in its organisation alone.
func TestThresholdsHoldAtOnceAndInTheirOrganisationAlone(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := []access.Role{access.OrgAdmin, access.Integration}
	ours, theirs := a.token("ours", admin...), a.token("theirs", admin...)
	for _, token := range []string{ours, theirs} {
		for i := range 3 {
			a.post(token, batch(event("execution.queued", fmt.Sprint("q", i))))
		}
	}
	warning := func(token string) *engine.Warning {
		return get[engine.QueueStatus](a, "/api/monitoring/queue", token).Warning
	}
	disk := func(token string) (codes []string) {
		for _, w := range get[engine.SystemHealth](a, "/api/monitoring/system/health", token).Warnings {
			codes = append(codes, w.Code)
		}
		return codes
	}
	require.Nil(t, warning(ours))
	_, got := a.settings(t, ours, `{"thresholds":{"queueWarnDepth":2,"memWarnPercent":1}}`)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Eventually(t, func() bool { w := warning(ours); return w != nil && w.Threshold == 2 }, answerLimit, 10*time.Millisecond)
	require.Nil(t, warning(theirs))
	require.Eventually(t, func() bool { // as soon as the machine is measured
		for _, code := range disk(ours) {
			if code == "memory" {
				return true
			}
		}
		return false
	}, answerLimit, 50*time.Millisecond)
	require.NotContains(t, disk(theirs), "memory")

	a.restart()
	require.NotNil(t, warning(ours), "and after a restart")
	_, got = a.settings(t, ours, `{"thresholds":null}`)
	require.Equal(t, http.StatusOK, got.status)
	require.Eventually(t, func() bool { return warning(ours) == nil }, answerLimit, 10*time.Millisecond)
}

func TestSettingsOfAnotherVersionAreNotOverwritten(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	first := a.send("PATCH", settingsPath, admin, []byte(`{"publicUrl":"https://a.example"}`))
	tag := first.header.Get("ETag")
	require.Equal(t, http.StatusOK, a.send("PATCH", settingsPath, admin, []byte(`{"publicUrl":"https://b.example"}`), "If-Match", tag).status)
	require.Equal(t, http.StatusPreconditionFailed, a.send("PATCH", settingsPath, admin, []byte(`{"publicUrl":"https://c.example"}`), "If-Match", tag).status)
	s, _ := a.settings(t, admin, "")
	require.Equal(t, "https://b.example", s.PublicURL)
}

func TestSettingsSayWhichFieldIsWrong(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for patch, location := range map[string]string{
		`{"retention":{"stepDataDays":-1}}`:             "body.retention.stepDataDays",
		`{"retention":{"auditDays":0}}`:                 "body.retention.auditDays",
		`{"retention":{"executionsDays":7}}`:            "body.retention.executionsDays",
		`{"thresholds":{"queueWarnDepth":"many"}}`:      "body.thresholds.queueWarnDepth",
		`{"thresholds":{"cpuWarnPercent":101}}`:         "body.thresholds.cpuWarnPercent",
		`{"capture":{"stepData":"everything"}}`:         "body.capture.stepData",
		`{"capture":{"stepData":"full"}}`:               "body.capture.reason",
		`{"publicUrl":"javascript:alert(1)"}`:           "body.publicUrl",
		`{"smtp":{"host":"mail.example","port":99999}}`: "body.smtp.port",
	} {
		got := a.send("PATCH", settingsPath, testSecret, []byte(patch))
		require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s: %s", patch, got.body)
		var p struct {
			Errors []struct{ Location string }
		}
		require.NoError(t, json.Unmarshal(got.body, &p))
		require.NotEmpty(t, p.Errors, patch)
		var all []string
		for _, e := range p.Errors {
			all = append(all, e.Location)
		}
		require.Contains(t, all, location, patch)
	}
	s, _ := a.settings(t, testSecret, "")
	require.Zero(t, s.Version, "nothing was stored")
}
