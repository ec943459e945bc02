package api

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest/otlp"
	"flowwatch/engine/access"
)

// recorded is what n8n sent.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("ingest/otlp/testdata/n8n-" + name)
	require.NoError(t, err)
	return body
}

// export sends a request of OTLP and requires what it is answered.
func (a *appliance) export(path, media string, body []byte, want string, headers ...string) {
	a.t.Helper()
	got := a.send("POST", path, testSecret, body, append([]string{"Content-Type", media}, headers...)...)
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(a.t, media, got.header.Get("Content-Type"))
	require.Equal(a.t, want, string(got.body))
}

// n8n as it was recorded: it asks first whether somebody is here; then come four runs, one of which goes to sleep, and that run when it goes on.
func TestN8nIsUnderstoodByItsTraces(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]string{
		"in order": {"1-four-runs-one-waiting.pb", "2-resumed-run.pb"}, "the other way round": {"2-resumed-run.json", "1-four-runs-one-waiting.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAppliance(t)
			hello := a.send("HEAD", tracesPath, "", nil)
			require.Equal(t, http.StatusOK, hello.status)
			for range 2 {
				for _, file := range order {
					if strings.HasSuffix(file, ".pb") {
						a.exportInChunks(tracesPath, recorded(t, file))
					} else {
						a.export(tracesPath, "application/json", packed(t, "gzip", recorded(t, file)), "{}", "Content-Encoding", "gzip")
					}
				}
			}
			page := get[ExecutionPage](a, "/api/monitoring/executions", testSecret)
			statuses := map[string]string{}
			for _, x := range page.Items {
				statuses[x.WorkflowName] = x.Status
			}
			require.Equal(t, map[string]string{
				"Faktura do KSeF": "completed", "Faktura do KSeF (awaria)": "failed", "Wysyłka z ponowieniem": "completed", "Miesięczne zamknięcie (czeka)": "completed",
			}, statuses)

			slept := get[ExecutionStatus](a, "/api/monitoring/executions/otlp:ebe5b293a9cea1b950bf9a25ed885e29", testSecret)
			require.Equal(t, "n8n:flowWait00000001", slept.WorkflowID)
			require.Equal(t, int64(70_088), *slept.Duration)
			require.InDelta(t, 70_005, slept.WaitingMs, 1)
			require.Len(t, slept.Steps, 5)
			broken := get[ExecutionPage](a, "/api/monitoring/executions?q=awaria", testSecret).Items[0]
			require.Equal(t, "KSeF 503: service unavailable [line 1]", *broken.Error)
			steps := get[ExecutionStatus](a, "/api/monitoring/executions/"+broken.ExecutionID, testSecret).Steps
			require.Equal(t, "failed", steps[len(steps)-1].Status)
			require.Equal(t, "Send to KSeF", steps[len(steps)-1].Name)
		})
	}
}

// exportInChunks sends protobuf as n8n does, without saying how much it is.
func (a *appliance) exportInChunks(path string, body []byte) {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodPost, a.url+path, io.MultiReader(bytes.NewReader(body[:100]), bytes.NewReader(body[100:])))
	require.NoError(a.t, err)
	r.SetBasicAuth("n8n", testSecret)
	r.Header.Set("Content-Type", otlp.MediaType)
	response, err := a.client.Do(r)
	require.NoError(a.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	require.Equal(a.t, http.StatusOK, response.StatusCode, "%s", answer)
	require.Empty(a.t, answer)
}

// spanJSON is a span in JSON; more are further members.
func spanJSON(id, parent, name string, from, to time.Time, more string) string {
	return fmt.Sprintf(`{"traceId":"5b8efff798038103d269b633813fc60c","spanId":%q,"parentSpanId":%q,"name":%q,"startTimeUnixNano":"%d","endTimeUnixNano":"%d"%s}`,
		id, parent, name, from.UnixNano(), to.UnixNano(), more)
}

func exportJSON(spans ...string) []byte {
	return []byte(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"jpk"}}]},"scopeSpans":[{"spans":[` +
		strings.Join(spans, ",") + `]}]}]}`)
}

// A trace without its root runs; what is under the root are its steps when that comes, and what is deeper is none.
func TestATraceRunsUntilItsRootComes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const path = "/api/monitoring/executions/otlp:5b8efff798038103d269b633813fc60c"
	from := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	after := func(s int) time.Time { return from.Add(time.Duration(s) * time.Second) }
	a.export(tracesPath, "application/json", exportJSON(spanJSON("00000000000000a2", "00000000000000a1", "SELECT", after(2), after(3), "")), "{}")
	a.export(tracesPath, "application/json", exportJSON(
		spanJSON("00000000000000a1", "00000000000000a0", "pobranie", after(1), after(4), ""),
		spanJSON("00000000000000a3", "00000000000000a0", "wysyłka", after(4), after(6), `,"status":{"code":2,"message":"NIP 526-000-12-46 odrzucony"}`)), "{}")
	x := get[ExecutionStatus](a, path, testSecret)
	require.Equal(t, "running", x.Status)
	require.Equal(t, x.ExecutionID, x.WorkflowName, "nobody said what it runs")
	require.Empty(t, x.Steps)
	require.Equal(t, after(1).UnixMilli(), x.StartedAt.Ms())
	a.export(tracesPath, "application/json", exportJSON(spanJSON("00000000000000a0", "", "jpk", from, after(7), `,"status":{"code":2}`)), "{}")
	x = get[ExecutionStatus](a, path, testSecret)
	require.Equal(t, "failed", x.Status)
	require.Equal(t, "jpk", x.WorkflowName)
	require.Equal(t, int64(7_000), *x.Duration)
	require.Len(t, x.Steps, 2)
	require.Equal(t, []string{"pobranie", "wysyłka"}, []string{x.Steps[0].Name, x.Steps[1].Name})
	require.Equal(t, int64(3_000), *x.Steps[0].Duration)
	require.Contains(t, *x.Steps[1].Error, "odrzucony")
	require.NotContains(t, *x.Steps[1].Error, "526-000-12-46", "masked as on the native route")

	theirs := a.token("elsewhere", access.Integration, access.Viewer)
	requireProblem(t, a.send("GET", path, theirs, nil), http.StatusNotFound, "not_found")
	got := a.send("POST", tracesPath, theirs, exportJSON(spanJSON("00000000000000a0", "", "cudze", from, after(9), "")))
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, x.Seq, get[ExecutionStatus](a, path, testSecret).Seq, "another organisation's trace of the same id is another run")
}

// partial is a partial success in protobuf.
func partial(rejected int, message string) string {
	inner := append([]byte{0x08, byte(rejected), 0x12}, binary.AppendUvarint(nil, uint64(len(message)))...)
	inner = append(inner, message...)
	return string(append(binary.AppendUvarint([]byte{0x0a}, uint64(len(inner))), inner...))
}

// What cannot be taken costs none of its neighbours, and is counted with the reason, in the format of the request.
func TestExportsArePartlyTaken(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	bad := func(id string) string { return `{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"` + id + `"}` }
	body := exportJSON(bad("00000000000000b1"), spanJSON("00000000000000b0", "", "jpk", now, now, ""), bad("00000000000000b2"), `{}`)
	a.export(tracesPath, "application/json", body,
		`{"partialSuccess":{"errorMessage":"span 0: endTimeUnixNano is required; span 3: traceId is required","rejectedSpans":"3"}}`)
	require.Equal(t, "completed", get[ExecutionStatus](a, "/api/monitoring/executions/otlp:5b8efff798038103d269b633813fc60c", testSecret).Status)
	a.export(tracesPath, otlp.MediaType, []byte("\x0a\x06\x12\x04\x12\x02\x0a\x00"), partial(1, "span 0: traceId is required"))
	a.export(tracesPath, otlp.MediaType, nil, "")
	a.export(tracesPath, "application/json", []byte("{}"), "{}")
}

// Errors are a Status to who speaks protobuf, and problems to all others; 429 and the size of bodies are as on the native route.
func TestRefusedExportsAreToldInTheirFormat(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	status := func(got answer, status int, code byte, message string) {
		t.Helper()
		require.Equal(t, status, got.status, "%s", got.body)
		require.Equal(t, otlp.MediaType, got.header.Get("Content-Type"))
		require.Equal(t, []byte{0x08, code, 0x12, byte(len(message))}, got.body[:4], "%s", hex.EncodeToString(got.body))
		require.Equal(t, message, string(got.body[4:]))
	}
	protobuf := []string{"Content-Type", otlp.MediaType}
	for _, path := range []string{tracesPath, metricsPath} {
		status(a.send("POST", path, testSecret, []byte("{}"), protobuf...), http.StatusBadRequest, 3, "malformed_protobuf: the body is not protobuf of OTLP")
		status(a.send("POST", path, "", []byte{}, protobuf...), http.StatusUnauthorized, 16, "unauthorized: no valid token or session")
		status(a.send("POST", path, a.token("", access.OrgAdmin), []byte{}, protobuf...), http.StatusForbidden, 7, "forbidden: your role does not allow this")
		status(a.send("POST", path, testSecret, make([]byte, 17<<20), protobuf...), http.StatusRequestEntityTooLarge, 3, "body_too_large: the body is too large")
		bomb := packed(t, "gzip", make([]byte, 9<<20))
		status(a.send("POST", path, testSecret, bomb, append(protobuf, "Content-Encoding", "gzip")...), http.StatusRequestEntityTooLarge, 3,
			"body_too_large: the body is larger than 8388608 bytes")
		requireProblem(t, a.send("POST", path, testSecret, []byte("{")), http.StatusBadRequest, "malformed_json")
		requireProblem(t, a.send("POST", path, testSecret, []byte("x"), "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type")
		requireProblem(t, a.send("POST", path, testSecret, []byte("{}"), "Content-Encoding", "br"), http.StatusUnsupportedMediaType, "unsupported_encoding")
		requireProblem(t, a.send("GET", path, testSecret, nil), http.StatusMethodNotAllowed, "method_not_allowed")
	}
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	require.True(t, a.server.bodies.take(o.ID, bodiesOfOfficeMax-1<<20))
	full := a.send("POST", tracesPath, testSecret, make([]byte, 4<<20), protobuf...)
	require.Equal(t, http.StatusTooManyRequests, full.status)
	require.Equal(t, "1", full.header.Get("Retry-After"))
	a.server.bodies.giveBack(o.ID, bodiesOfOfficeMax-1<<20)
}

// Gauges are series of the engine; what is none is told.
func TestMetricsOfExportersAreSeries(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := time.Now().Add(-time.Minute).UnixNano()
	body := fmt.Sprintf(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"n8n"}}]},"scopeMetrics":[{"metrics":[
		{"name":"queue.depth","gauge":{"dataPoints":[{"timeUnixNano":"%d","asInt":"7"}]}},
		{"name":"process.cpu.utilization","gauge":{"dataPoints":[{"timeUnixNano":"%d","asDouble":0.5}]}},
		{"name":"runs","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"asInt":"1"}]}}]}]}]}`, at, at)
	a.export(metricsPath, "application/json", []byte(body), `{"partialSuccess":{"errorMessage":"point 2: runs: a counter only grows, or tells of changes","rejectedDataPoints":"1"}}`)
	labels := map[string]string{"source": "engine", "service": "n8n"}
	require.Equal(t, []float64{7}, a.line(testSecret, "queue.depth", labels))
	require.Equal(t, []float64{50}, a.line(testSecret, "cpu.usage_percent", labels))
	a.export(metricsPath, otlp.MediaType, nil, "")
}

// A request of some kilobytes may take much to read: as many as there are places are read at once, and the next waits for its turn.
func TestExportsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for range protobufAtOnce {
		a.server.telemetry <- struct{}{}
	}
	var freed atomic.Int64
	go func() {
		for range 2 {
			freed.Add(1)
			<-a.server.telemetry
		}
	}()
	a.export(tracesPath, "application/json", []byte("{}"), "{}")
	require.NotZero(t, freed.Load(), "not before there was a place")
	a.export(metricsPath, "application/json", []byte("{}"), "{}")
	require.Eventually(t, func() bool { return len(a.server.telemetry) == protobufAtOnce-2 }, answerLimit, time.Millisecond, "places are given back")
}
