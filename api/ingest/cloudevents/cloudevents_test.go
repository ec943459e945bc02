package cloudevents

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/fault"
)

func decode(t testing.TB, body, contentType string) ingest.Batch {
	t.Helper()
	batch, err := Decode(ingest.NewCodec(), Request{Body: []byte(body), ContentType: contentType}, ingesttest.Now)
	require.NoError(t, err)
	return batch
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, name := range ingesttest.Inputs(t) {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		media := BatchMediaType
		if strings.HasSuffix(name, ".ndjson") {
			media = "application/x-ndjson"
		}
		batch := decode(t, string(body), media)
		ingesttest.Golden(t, name, &batch)
	}
}

// An event of our own vocabulary is the native event with the envelope's words in it.
func TestOwnEventsAreNativeOnes(t *testing.T) {
	t.Parallel()
	const rest = `"executionId":"x","workflowId":"w","stepId":"s","error":{"message":"m","code":7},"metadata":{"a":1},"tags":["b"]`
	batch := decode(t, `{"specversion":"1.0","id":"1","source":"/s","type":"io.flowwatch.step.failed","time":"2026-11-23T12:00:00Z","data":{`+rest+`,"eventId":"other","type":"step.started","timestamp":"2020-01-01T00:00:00Z"}}`, MediaType)
	native, err := ingest.NewCodec().Decode([]byte(`{"type":"step.failed","timestamp":"2026-11-23T12:00:00Z",`+rest+`}`), "", "org", ingesttest.Now)
	require.NoError(t, err)
	require.Len(t, batch.Events, 1)
	require.Equal(t, ingest.EventID([]byte("/s"), []byte("1")), batch.Events[0].ID)
	batch.Events[0].ID = native.Events[0].ID
	require.Equal(t, native.Events, batch.Events)
}

// The binary mode says the same as the structured one.
func TestBinaryModeIsTheSameEvent(t *testing.T) {
	t.Parallel()
	data := `{"workflowId":"jpk-1","namespace":"biuro","name":"jpk","startedAt":"2026-11-23T10:00:00Z"}`
	attributes := map[string]string{
		"specversion": "1.0", "id": "ż\"1", "source": "/silnik", "type": "io.serverlessworkflow.workflow.started.v1", "time": "2026-11-23T10:00:00Z", "data": "ignored",
	}
	encoded := map[string]string{}
	for name, value := range attributes {
		encoded[name] = url.PathEscape(value)
	}
	batch, err := Decode(ingest.NewCodec(), Request{Body: []byte(data), ContentType: "application/json", Attributes: encoded}, ingesttest.Now)
	require.NoError(t, err)
	structured := decode(t, fmt.Sprintf(`{"specversion":"1.0","id":"ż\"1","source":"/silnik","type":%q,"time":"2026-11-23T10:00:00Z","data":%s}`, attributes["type"], data), MediaType)
	require.Equal(t, structured, batch)

	for body, code := range map[string]string{`{"a":1},"b":{`: "malformed_json", `{`: "malformed_json"} {
		_, err = Decode(ingest.NewCodec(), Request{Body: []byte(body), Attributes: attributes}, ingesttest.Now)
		require.Equal(t, code, fault.Of(err).Code)
	}
	_, err = Decode(ingest.NewCodec(), Request{Body: []byte(`<x/>`), ContentType: "text/xml", Attributes: attributes}, ingesttest.Now)
	require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
	_, err = Decode(ingest.NewCodec(), Request{Body: []byte(`{}`), ContentType: "text/plain"}, ingesttest.Now)
	require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
}

// The HTTP binding tells the modes by the content type; in the structured one, headers may repeat attributes.
func TestTheContentTypeTellsTheMode(t *testing.T) {
	t.Parallel()
	const event = `{"specversion":"1.0","id":"1","source":"/s","type":"io.flowwatch.execution.started","subject":"x","data":{"workflowId":"w"}}`
	repeated := map[string]string{"specversion": "1.0", "id": "1", "source": "/s", "type": "io.flowwatch.execution.started", "subject": "%22x%22"}
	for media, body := range map[string]string{MediaType + "; charset=utf-8": event, BatchMediaType: "[" + event + "]"} {
		batch, err := Decode(ingest.NewCodec(), Request{Body: []byte(body), ContentType: media, Attributes: repeated}, ingesttest.Now)
		require.NoError(t, err)
		require.Equal(t, decode(t, body, media), batch, media)
		require.Len(t, batch.Events, 1, "%s: %v", media, batch.Rejected)
	}
}

// A task is called by the last part of a pointer to it; a name that holds a slash is whole.
func TestTasksAreCalledByTheirNames(t *testing.T) {
	t.Parallel()
	for reference, name := range map[string]string{
		"/do/0/vat": "vat", "#/do/1/try/0/vat": "vat", "do/0/vat": "vat", "/do/0/vat/": "vat", "vat": "vat", "Faktury / KSeF": "Faktury / KSeF", "a/b": "a/b",
	} {
		batch := decode(t, fmt.Sprintf(`{"specversion":"1.0","id":"1","source":"/s","type":"io.serverlessworkflow.task.started.v1",
			"data":{"workflowId":"w","name":"w","taskReference":%q}}`, reference), MediaType)
		require.Len(t, batch.Events, 1, "%s: %v", reference, batch.Rejected)
		require.Equal(t, name, batch.Events[0].StepName, reference)
	}
}

// Engines that look alike after cleaning stay apart, and the same event of two
// of them is two events.
func TestSourcesAreKeptApart(t *testing.T) {
	t.Parallel()
	var ids, events []string
	for _, source := range []string{"/a/b", "/a-b", "a-b", "a:b", strings.Repeat("x", 300), strings.Repeat("x", 301)} {
		batch := decode(t, `{"specversion":"1.0","id":"1","source":"`+source+`","type":"io.serverlessworkflow.workflow.started.v1","data":{"workflowId":"r","name":"n"}}`, "")
		require.Len(t, batch.Events, 1, "%v", batch.Rejected)
		ids, events = append(ids, batch.Events[0].ExecutionID), append(events, batch.Events[0].ID)
	}
	for _, all := range [][]string{ids, events} {
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(all))), 6, "%v", all)
	}
}

// FuzzDecode: whatever is sent harms no neighbour, and what comes out of it is sound.
func FuzzDecode(f *testing.F) {
	for _, name := range ingesttest.Inputs(f) {
		body, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(body)
		for line := range bytes.Lines(body) { // of an array, too: one event each
			f.Add(bytes.TrimRight(bytes.TrimSpace(line), ","))
		}
	}
	codec := ingest.NewCodec()
	good := `{"specversion":"1.0","id":"g","source":"/s","type":"io.flowwatch.execution.started","data":{"executionId":"good","workflowId":"w"}}`
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return
		}
		batch, err := Decode(codec, Request{Body: slices.Concat([]byte(good+"\n"), body, []byte("\n"+good)), ContentType: "application/x-ndjson"}, ingesttest.Now)
		if err != nil {
			require.Equal(t, "too_many_events", fault.Of(err).Code)
			return
		}
		ingesttest.Sound(t, &batch)
		require.Equal(t, "good", batch.Events[0].ExecutionID)
		require.Equal(t, "good", batch.Events[len(batch.Events)-1].ExecutionID)
		batch, err = Decode(codec, Request{Body: body, Attributes: map[string]string{"specversion": "1.0", "id": string(body), "source": "/s", "type": "io.serverlessworkflow.task.faulted.v1"}}, ingesttest.Now)
		if err == nil {
			ingesttest.Sound(t, &batch)
		}
	})
}
