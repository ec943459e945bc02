package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// unpacked reads a pack and checks its hashes as sha256sum would.
func unpacked(t *testing.T, a answer) (files map[string]string, m EvidenceManifest) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	r, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	require.NoError(t, err)
	files = map[string]string{}
	for _, f := range r.File {
		w, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(w)
		require.NoError(t, err)
		files[f.Name] = string(data)
	}
	checked := 0
	for line := range strings.Lines(files["SHA256SUMS"]) {
		want, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		sum := sha256.Sum256([]byte(files[name]))
		require.Equal(t, want, hex.EncodeToString(sum[:]), name)
		checked++
	}
	require.Equal(t, len(files)-1, checked, "all but the sums themselves")
	require.NoError(t, json.Unmarshal([]byte(files["manifest.json"]), &m))
	require.Len(t, m.Files, len(files)-2)
	for _, f := range m.Files {
		require.Len(t, files[f.Name], f.SizeBytes)
		require.Contains(t, files["SHA256SUMS"], f.SHA256+"  "+f.Name)
	}
	return files, m
}

func TestEvidenceOfAnExecution(t *testing.T) { // J10
	t.Parallel()
	a := newAppliance(t)
	work, auditor := a.token("default", access.Integration, access.WorkflowAdmin), a.token("default", access.Auditor)
	a.post(work, batch(`"type":"step.started","executionId":"x","workflowId":"w","stepId":"s","input":{"opis":"tajne"}`))
	a.send("POST", "/api/monitoring/queue/executions/x/priority", work, []byte(`{"priority":"HIGH","reason":"termin"}`))
	files, m := unpacked(t, a.send("GET", "/api/monitoring/executions/x/evidence", auditor, nil))
	require.Equal(t, audit.Object{Type: "execution", ID: "x"}, m.Object)
	require.True(t, m.Audit.OK)
	require.Equal(t, "default", m.Organization)
	require.Contains(t, files["execution.json"], `"executionId": "x"`)
	require.Contains(t, files["timeline.json"], `"stepId"`)
	require.Contains(t, files["audit.json"], "monitoring.queue.prioritised")
	require.NotContains(t, strings.Join([]string{files["execution.json"], files["timeline.json"], files["audit.json"]}, ""), "tajne", "step data are no evidence")
	require.Len(t, a.entries(auditor, "monitoring.evidence.exported"), 1)
	require.Equal(t, http.StatusForbidden, a.send("GET", "/api/monitoring/executions/x/evidence", work, nil).status)
}

func TestEvidenceOfAnObligation(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	all := a.token("default", access.Integration, access.OrgAdmin, access.Accountant)
	a.post(all, batch(
		`"type":"execution.completed","executionId":"one","workflowId":"vat-ue","workflowName":"VAT-UE","clientRef":"K-1","tags":["vat-ue"],"deadline":"2026-12-25T12:00:00Z"`,
		`"type":"execution.completed","executionId":"two","workflowId":"vat-ue","workflowName":"VAT-UE","clientRef":"K-2","tags":["vat-ue"],"deadline":"2026-12-25T12:00:00Z"`))
	require.Equal(t, http.StatusOK, a.send("POST", "/api/monitoring/deadlines/vat-ue/2026-11/filed", all, []byte(`{"clientRef":"K-1","upo":"UPO-77"}`)).status)
	const path = "/api/monitoring/deadlines/vat-ue/2026-11/evidence"
	files, m := unpacked(t, a.send("GET", path+"?clientRef=K-1", all, nil))
	require.Equal(t, audit.Object{Type: "obligation", ID: "vat-ue:2026-11"}, m.Object)
	require.Contains(t, files["filings.json"], "UPO-77")
	require.Contains(t, files["client-audit.json"], "monitoring.deadline.filed")
	require.Contains(t, files["rule.json"], `"vat-ue"`)
	require.Contains(t, files["deadline.json"], `"due"`)
	require.Contains(t, files["runs.json"], `"one"`)
	require.NotContains(t, files["runs.json"], `"two"`)
	require.Contains(t, files["runs/0001/execution.json"], `"one"`)

	files, _ = unpacked(t, a.send("GET", path, all, nil))
	require.Contains(t, files["runs.json"], `"two"`)
	require.Equal(t, http.StatusNotFound, a.send("GET", "/api/monitoring/deadlines/vat-ue/2026-13/evidence", all, nil).status)
	require.Equal(t, http.StatusNotFound, a.send("GET", "/api/monitoring/deadlines/none/2026-11/evidence", all, nil).status)
}
