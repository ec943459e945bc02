package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

const (
	pesel   = "44051401359"
	iban    = "PL61109010140000071219812874"
	plain12 = "12345678901"
)

func (a *appliance) capturedStep(t *testing.T, id string) StepDetail {
	t.Helper()
	a.post(testSecret, fmt.Sprintf(`[{"type":"execution.started","executionId":%[1]q,"workflowId":"w"},
		{"type":"step.completed","executionId":%[1]q,"workflowId":"w","stepId":"s","stepName":"S","input":{"x":"%[2]s %[3]s %[4]s","kontrahent":"Nowak"}}]`, id, pesel, plain12, iban))
	var s StepDetail
	got := a.send("GET", "/api/monitoring/executions/"+id+"/steps/s", testSecret, nil)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	require.NoError(t, json.Unmarshal(got.body, &s))
	return s
}

// 5.13 Minimise, Mask, Reveal; §9b Capture.
func TestCaptureKeepsWhatItsModeSays(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	s := a.capturedStep(t, "masked")
	require.EqualValues(t, "masked", s.Capture)
	require.NotContains(t, string(s.Input), pesel)
	require.NotContains(t, string(s.Input), iban)
	require.Contains(t, string(s.Input), plain12)
	require.Contains(t, string(s.Input), "Nowak")

	a.settings(t, testSecret, `{"masking":{"keys":["Kontrahent"]}}`)
	require.NotContains(t, string(a.capturedStep(t, "own-key").Input), "Nowak")

	a.settings(t, testSecret, `{"capture":{"stepData":"off"}}`)
	s = a.capturedStep(t, "off")
	require.EqualValues(t, "off", s.Capture)
	require.Nil(t, s.InputSizeBytes)
	require.Equal(t, "null", string(s.Input))

	a.settings(t, testSecret, `{"capture":{"workflows":{"w":{"stepData":"sizes"}}}}`)
	s = a.capturedStep(t, "sizes")
	require.EqualValues(t, "sizes", s.Capture)
	require.Positive(t, *s.InputSizeBytes)
	require.Equal(t, "null", string(s.Input))

	revealer := a.token("", access.Revealer, access.WorkflowAdmin)
	reveal := func(id, token, body string) answer {
		return a.send("POST", "/api/monitoring/executions/"+id+"/steps/s/reveal", token, []byte(body))
	}
	require.Equal(t, http.StatusConflict, reveal("masked", revealer, `{"reason":"szukam"}`).status)
	require.Equal(t, http.StatusForbidden, reveal("masked", a.token("", access.WorkflowAdmin), `{"reason":"szukam"}`).status)
	a.stop()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(a.path), "*"))
	require.NoError(t, err)
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			require.NotContains(t, string(text), pesel, f)
			require.NotContains(t, string(text), iban, f)
		}
	}
	a.start()
	a.settings(t, testSecret, `{"capture":{"workflows":{"w":{"stepData":"full","reason":"szukamy przyczyny"}}}}`)
	s = a.capturedStep(t, "full")
	require.EqualValues(t, "full", s.Capture)
	require.NotContains(t, string(s.Input), pesel, "masked on display")
	require.Equal(t, http.StatusUnprocessableEntity, reveal("full", revealer, `{"reason":"x"}`).status)
	others := slices.DeleteFunc(access.Roles(), func(r access.Role) bool { return r == access.WorkflowAdmin })
	for _, roles := range [][]access.Role{{access.Revealer}, {access.WorkflowAdmin}, others} { // 2.7: a workflow_admin, and only if granted
		refused := reveal("full", a.token("", roles...), `{"reason":"dla sprawy"}`)
		requireProblem(t, refused, http.StatusForbidden, "forbidden")
		require.NotContains(t, string(refused.body), pesel)
	}
	require.Contains(t, string(a.send("GET", "/api/audit?event=monitoring.stepdata.revealed", testSecret, nil).body), `"items":[]`)
	got := reveal("full", revealer, `{"reason":"dla `+pesel+`"}`)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	require.Contains(t, string(got.body), pesel)
	trail := string(a.send("GET", "/api/audit?event=monitoring.stepdata.revealed", testSecret, nil).body)
	require.Contains(t, trail, `"fields":["input"]`)
	require.NotContains(t, trail, pesel)
}
