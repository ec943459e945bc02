package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

const (
	cloudeventsMedia = "application/cloudevents+json"
	batchMedia       = "application/cloudevents-batch+json"
)

// cloud is a CloudEvent of the Serverless Workflow vocabulary.
func cloud(id, kind, data string) string {
	return `{"specversion":"1.0","id":"` + id + `","source":"/silnik","type":"io.serverlessworkflow.` + kind + `.v1","data":{"workflowId":"r-1",` + data + `}}`
}

// story is a run whose second task fails.
var story = []string{
	cloud("1", "workflow.started", `"name":"jpk","version":"2","startedAt":"2026-11-23T10:00:00Z"`),
	cloud("2", "task.started", `"name":"jpk","taskReference":"pobranie","startedAt":"2026-11-23T10:00:00Z"`),
	cloud("3", "task.completed", `"name":"jpk","taskReference":"pobranie","completedAt":"2026-11-23T10:00:01Z","output":{"nip":"526-000-12-46"}`),
	cloud("4", "task.started", `"name":"jpk","taskReference":"wyliczenie","startedAt":"2026-11-23T10:00:01Z"`),
	cloud("5", "task.faulted", `"name":"jpk","taskReference":"wyliczenie","faultedAt":"2026-11-23T10:00:02Z","error":{"type":"validation","detail":"NIP 526-000-12-46"}`),
	cloud("6", "workflow.faulted", `"name":"jpk","faultedAt":"2026-11-23T10:00:02Z","error":{"type":"validation","detail":"NIP 526-000-12-46"}`),
}

func (a *appliance) door(path, token, media string, body []byte, headers ...string) IngestReceipt {
	a.t.Helper()
	got := a.send("POST", path, token, body, append([]string{"Content-Type", media}, headers...)...)
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	return decoded[IngestReceipt](a.t, got)
}

// The state is a function of the set of events: whatever the order in which they come, in one request or in many, once or twice.
func TestCloudEventsMakeTheSameRunInAnyOrder(t *testing.T) {
	t.Parallel()
	forward, backward := newAppliance(t), newAppliance(t)
	got := forward.door(cloudeventsPath, testSecret, batchMedia, []byte("["+strings.Join(story, ",")+"]"))
	require.Equal(t, IngestReceipt{Accepted: 6, Rejected: got.Rejected, Seq: got.Seq}, got)
	got = forward.door(cloudeventsPath, testSecret, "application/x-ndjson", []byte(strings.Join(story, "\n")))
	require.Equal(t, 6, got.Duplicates)
	turned := slices.Clone(story)
	slices.Reverse(turned)
	for _, one := range turned {
		require.Equal(t, 1, backward.door(cloudeventsPath, testSecret, cloudeventsMedia, []byte(one)).Accepted)
	}
	var states [2]string
	for i, a := range []*appliance{forward, backward} {
		found := get[ExecutionPage](a, "/api/monitoring/executions?q=r-1", testSecret)
		require.Len(t, found.Items, 1, "found by the id that the engine gave it")
		id := found.Items[0].ExecutionID
		require.True(t, strings.HasPrefix(id, "serverless:silnik."), id)
		x := get[map[string]any](a, "/api/monitoring/executions/"+id, testSecret)
		require.Equal(t, "failed", x["status"])
		require.Equal(t, "jpk", x["workflowName"])
		require.Len(t, x["steps"], 2)
		for _, varies := range []string{"seq", "asOf", "serverTime", "lastEventAt", "receivedAt"} {
			delete(x, varies)
		}
		text, err := json.Marshal(x)
		require.NoError(t, err)
		states[i] = string(text)
		require.NotContains(t, states[i], "526-000-12-46", "masked as on the native route")
		detail := a.send("GET", "/api/monitoring/executions/"+id+"/steps/pobranie", testSecret, nil)
		require.Contains(t, string(detail.body), "nip")
		require.NotContains(t, string(detail.body), "526-000-12-46")
	}
	require.Equal(t, states[0], states[1])
}

// A bad item costs none of its neighbours, and the answer is that of the native route.
func TestDoorsAnswerAsTheNativeRoute(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	got := a.door(cloudeventsPath, testSecret, batchMedia, []byte(`[7,`+story[0]+`,{"specversion":"1.0"},`+story[1]+`]`))
	require.Equal(t, 2, got.Accepted)
	require.Equal(t, []string{"malformed", "missing_field"}, []string{got.Rejected[0].Code, got.Rejected[1].Code})
	require.Equal(t, []int{0, 2}, []int{got.Rejected[0].Index, got.Rejected[1].Index})
	for _, path := range []string{cloudeventsPath, openlineagePath, n8nPath} {
		refused := a.send("POST", path, testSecret, []byte(`[{"a":1},{"b":2}]`), "Content-Type", "application/json")
		p := requireProblem(t, refused, http.StatusUnprocessableEntity, "all_rejected")
		require.Equal(t, 0, *p.Accepted)
		require.Len(t, *p.Rejected, 2)
		requireProblem(t, a.send("POST", path, testSecret, []byte(`[]`), "Content-Type", "application/json"), http.StatusUnprocessableEntity, "empty")
		requireProblem(t, a.send("POST", path, testSecret, []byte(`{`), "Content-Type", "application/json"), http.StatusBadRequest, "malformed_json")
		requireProblem(t, a.send("POST", path, testSecret, []byte("\xff"), "Content-Type", "application/json"), http.StatusBadRequest, "not_utf8")
		requireProblem(t, a.send("POST", path, testSecret, []byte(`x`), "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type")
		many := "[" + strings.TrimSuffix(strings.Repeat(`{"a":1},`, 5001), ",") + "]"
		requireProblem(t, a.send("POST", path, testSecret, []byte(many), "Content-Type", "application/json"), http.StatusRequestEntityTooLarge, "too_many_events")
		large := []byte(`{"a":"` + strings.Repeat("x", 8<<20) + `"}`)
		requireProblem(t, a.send("POST", path, testSecret, large, "Content-Type", "application/json"), http.StatusRequestEntityTooLarge, "body_too_large")
		requireProblem(t, a.send("POST", path, a.token("", access.OrgAdmin), []byte(`{}`)), http.StatusForbidden, "forbidden")
		requireProblem(t, a.send("POST", path, "", []byte(`{}`)), http.StatusUnauthorized, "unauthorized")
	}
}

// What a door takes instead is said beside the sentence, which is Polish by default and the same for all doors.
func TestDoorsSayWhatContentTheyTake(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, c := range []struct{ path, header, value, location, named string }{
		{ingestPath, "Content-Type", "text/plain", "header.Content-Type", "application/json or application/x-ndjson"},
		{cloudeventsPath, "Content-Type", "text/plain", "header.Content-Type", "application/cloudevents+json"},
		{"/v1/traces", "Content-Type", "text/plain", "header.Content-Type", "application/x-protobuf"},
		{remoteWritePath, "Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request", "header.Content-Type", "remote write 1.0"},
		{ingestPath, "Content-Encoding", "br", "header.Content-Encoding", "gzip, zstd"},
	} {
		got := a.send("POST", c.path, testSecret, []byte(`{}`), "Content-Type", "application/json", c.header, c.value)
		require.Equal(t, http.StatusUnsupportedMediaType, got.status, "%s: %s", c.path, got.body)
		p := decoded[Problem](t, got)
		require.Len(t, p.Errors, 1, c.path)
		require.Equal(t, c.location, p.Errors[0].Location)
		require.Contains(t, p.Errors[0].Message, c.named)
		require.NotContains(t, p.Detail, "json", "not every door takes it")
	}
}

// The binary mode: attributes in headers, data in the body.
func TestBinaryCloudEventsAreTaken(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	data := []byte(`{"workflowId":"w","workflowName":"Lista płac"}`)
	headers := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/kadry", "Ce-Type", "io.flowwatch.execution.started", "Ce-Subject", "lista-11", "Ce-Time", "2026-11-23T10:00:00Z"}
	require.Equal(t, 1, a.door(cloudeventsPath, testSecret, "application/json", data, headers...).Accepted)
	x := get[ExecutionStatus](a, "/api/monitoring/executions/lista-11", testSecret)
	require.Equal(t, "Lista płac", x.WorkflowName)
	require.Equal(t, "running", x.Status)
	require.Equal(t, 1, a.door(cloudeventsPath, testSecret, "application/json", data, headers...).Duplicates)
}

// Tekton sends the binary mode, and a token only as the password of its address. Its runs and those of CDEvents are seen with their steps, masked as others.
func TestPipelinesOfTektonAndCDEventsAreSeen(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("flowwatch:"+testSecret))
	tekton := func(id, kind, data string) {
		got := a.send("POST", cloudeventsPath, "", []byte(data), "Authorization", basic, "Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", id,
			"Ce-Source", "/apis/tekton.dev/v1/namespaces/biuro/runs/"+id, "Ce-Type", "dev.tekton.event."+kind+".v1", "Ce-Time", "2026-11-23T10:00:00Z")
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		require.Equal(t, 1, decoded[IngestReceipt](t, got).Accepted)
	}
	const failed = `"status":{"startTime":"2026-11-23T09:59:00Z","completionTime":"2026-11-23T10:00:00Z","conditions":[{"type":"Succeeded","reason":"Failed","message":"NIP 526-000-12-46"}]}`
	tekton("2", "taskrun.failed", `{"taskRun":{"metadata":{"name":"w-1-t","namespace":"biuro","labels":{"tekton.dev/pipelineTask":"testy"},"ownerReferences":[{"kind":"PipelineRun","uid":"u-1"}]},`+failed+`}}`)
	tekton("3", "pipelinerun.failed", `{"pipelineRun":{"metadata":{"name":"w-1","namespace":"biuro","uid":"u-1"},"spec":{"pipelineRef":{"name":"wydanie"}},`+failed+`}}`)
	cdevent := func(id, kind, content string) string {
		return `{"specversion":"1.0","id":"` + id + kind + `","source":"/ci","type":"dev.cdevents.` + kind + `.0.2.0","time":"2026-11-23T10:00:00Z","data":{"subject":{"id":"` + id + `","content":{` + content + `}}}}`
	}
	got := a.door(cloudeventsPath, testSecret, batchMedia, []byte("["+strings.Join([]string{
		cdevent("t", "taskrun.finished", `"taskName":"testy","pipelineRun":{"id":"p"},"outcome":"error","errors":"NIP 526-000-12-46"`),
		cdevent("p", "pipelinerun.finished", `"pipelineName":"wydanie","outcome":"failure"`), cdevent("a", "artifact.published", ""),
	}, ",")+"]"))
	require.Equal(t, []int{2, 1}, []int{got.Accepted, got.Ignored})
	for _, id := range []string{"tekton:biuro:u-1", get[ExecutionPage](a, "/api/monitoring/executions?workflowId=cdevents:wydanie", testSecret).Items[0].ExecutionID} {
		x := a.send("GET", "/api/monitoring/executions/"+id, testSecret, nil)
		state := decoded[ExecutionStatus](t, x)
		require.Equal(t, []string{"failed", "wydanie"}, []string{state.Status, state.WorkflowName}, id)
		require.Len(t, state.Steps, 1)
		require.Equal(t, []string{"testy", "failed"}, []string{state.Steps[0].StepID, state.Steps[0].Status})
		require.NotContains(t, string(x.body), "526-000-12-46")
	}
}

// A task is a step of its DAG run, each try an attempt; what is news of no run is counted and not refused.
func TestOpenLineageRunsAreSteps(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const parent = `"facets":{"parent":{"run":{"runId":"dag-1"},"job":{"namespace":"default","name":"miesiac"}}}`
	of := func(kind, second, run, name, more string) string {
		return `{"eventType":"` + kind + `","eventTime":"2026-11-23T10:00:` + second + `Z","run":{"runId":"` + run + `"` + more + `},"job":{"namespace":"default","name":"` + name + `"}}`
	}
	body := "[" + strings.Join([]string{
		of("COMPLETE", "09", "dag-1", "miesiac", ""), of("COMPLETE", "08", "try-2", "miesiac.vat", ","+parent), of("START", "05", "try-2", "miesiac.vat", ","+parent),
		of("FAIL", "03", "try-1", "miesiac.vat", ","+parent), of("START", "01", "try-1", "miesiac.vat", ","+parent), of("START", "00", "dag-1", "miesiac", ""),
		`{"eventTime":"2026-11-23T10:00:00Z","dataset":{}}`,
	}, ",") + "]"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	got := a.door(openlineagePath, testSecret, "application/json", packed.Bytes(), "Content-Encoding", "gzip")
	require.Equal(t, 6, got.Accepted)
	require.Equal(t, 1, got.Ignored)
	require.Empty(t, got.Rejected)
	x := get[ExecutionStatus](a, "/api/monitoring/executions/openlineage:dag-1", testSecret)
	require.Equal(t, "completed", x.Status)
	require.Len(t, x.Steps, 1)
	step := get[StepDetail](a, "/api/monitoring/executions/openlineage:dag-1/steps/vat", testSecret)
	require.Len(t, step.Attempts, 2)
	require.Equal(t, "completed", step.Status)
	require.Equal(t, 1, a.door(openlineagePath, testSecret, "application/json", []byte(`{"eventType":"OTHER","run":{"runId":"x"},"job":{"name":"y"}}`)).Ignored)
}

// n8n says that a node has finished before it says that the run failed at it.
func TestN8nRunsFailAtTheirNode(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	of := func(id, name, second, more string) string {
		return `{"id":"` + id + `","ts":"2026-11-23T10:00:` + second + `Z","eventName":"n8n.` + name + `","payload":{"executionId":"7","workflowId":"1","workflowName":"Faktury"` + more + `}}`
	}
	body := "[" + strings.Join([]string{
		of("4", "workflow.failed", "03", `,"lastNodeExecuted":"VAT","errorMessage":"bramka"`), of("3", "node.finished", "02", `,"nodeName":"VAT"`),
		of("2", "node.started", "01", `,"nodeName":"VAT"`), of("1", "workflow.started", "00", ""),
	}, ",") + "]"
	require.Equal(t, 5, a.door(n8nPath+"?instance=biuro", testSecret, "application/json", []byte(body)).Accepted)
	x := get[ExecutionStatus](a, "/api/monitoring/executions/n8n:biuro:7", testSecret)
	require.Equal(t, "failed", x.Status)
	require.Len(t, x.Steps, 1)
	require.Equal(t, "failed", x.Steps[0].Status)
	report := `{"execution":{"id":"8","error":{"message":"x"},"lastNodeExecuted":"VAT"},"workflow":{"id":"1","name":"Faktury"}}`
	require.Equal(t, 2, a.door(n8nPath, testSecret, "application/json", []byte(report)).Accepted)
	require.Equal(t, "failed", get[ExecutionStatus](a, "/api/monitoring/executions/n8n:8", testSecret).Status)
	requireProblem(t, a.send("POST", n8nPath+"?instance=a%20b", testSecret, []byte(report)), http.StatusUnprocessableEntity, "invalid_field")
}
