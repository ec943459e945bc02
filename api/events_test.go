package api

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

func packed(t *testing.T, encoding string, data []byte) []byte {
	t.Helper()
	if encoding == "zstd" {
		w, err := zstd.NewWriter(nil)
		require.NoError(t, err)
		return w.EncodeAll(data, nil)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// What is refused leaves nothing behind.
func TestRefusedRequestsStoreNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	good := `{"type":"execution.started","executionId":"e","workflowId":"w"}`
	bomb := bytes.Repeat([]byte(" "), 64<<20)
	many := "[" + strings.Repeat(good+",", 5000) + good + "]"
	for _, c := range []struct {
		name    string
		body    []byte
		headers []string
		status  int
		code    string
	}{
		{"cut", []byte("[" + good), nil, 400, "malformed_json"},
		{"two values", []byte(good + good), nil, 400, "malformed_json"},
		{"not UTF-8", []byte(strings.Replace(good, `"w"`, "\"\xff\"", 1)), nil, 400, "not_utf8"},
		{"raw NUL", []byte(strings.Replace(good, `"w"`, "\"\x00\"", 1)), nil, 400, "malformed_json"},
		{"bottomless", bytes.Repeat([]byte("["), 1<<20), nil, 400, "malformed_json"},
		{"bottomless inside an event", []byte(`{"input":` + strings.Repeat(`{"a":`, 1<<20)), nil, 400, "malformed_json"},
		{"words", []byte("execution.started"), nil, 400, "malformed_json"},
		{"a number", []byte("5"), nil, 422, "all_rejected"},
		{"null", []byte("null"), nil, 422, "all_rejected"},
		{"a string", []byte(`"execution.started"`), nil, 422, "all_rejected"},
		{"lists in a list", []byte("[[],[[]]]"), nil, 422, "all_rejected"},
		{"blank", []byte(" \r\n"), nil, 422, "empty"},
		{"blank lines", []byte("\n\n"), []string{"Content-Type", "application/x-ndjson"}, 422, "empty"},
		{"bad lines", []byte("{\n5\n"), []string{"Content-Type", "application/x-ndjson"}, 422, "all_rejected"},
		{"too large", bytes.Repeat([]byte(" "), 8<<20+1), nil, 413, "body_too_large"},
		{"too many lines", bytes.Repeat([]byte(good+"\n"), 5001), []string{"Content-Type", "application/x-ndjson"}, 413, "too_many_events"},
		{"no zstd", []byte(good), []string{"Content-Encoding", "zstd"}, 400, "malformed_encoding"},
		{"gzip cut", packed(t, "gzip", []byte(good))[:20], []string{"Content-Encoding", "gzip"}, 400, "malformed_encoding"},
		{"empty", []byte(""), nil, 422, "empty"},
		{"no event", []byte("[]"), nil, 422, "empty"},
		{"too many", []byte(many), nil, 413, "too_many_events"},
		{"media type", []byte(good), []string{"Content-Type", "text/csv"}, 415, "unsupported_media_type"},
		{"encoding", []byte(good), []string{"Content-Encoding", "br"}, 415, "unsupported_encoding"},
		{"no gzip", []byte(good), []string{"Content-Encoding", "gzip"}, 400, "malformed_encoding"},
		{"gzip bomb", packed(t, "gzip", bomb), []string{"Content-Encoding", "gzip"}, 413, "body_too_large"},
		{"zstd bomb", packed(t, "zstd", bomb), []string{"Content-Encoding", "zstd"}, 413, "body_too_large"},
		{"only bad ones", []byte(`[{"executionId":"a/b"},5]`), nil, 422, "all_rejected"},
	} {
		got := a.send("POST", ingestPath, testSecret, c.body, c.headers...)
		p := requireProblem(t, got, c.status, c.code)
		if c.code == "all_rejected" {
			require.Equal(t, 0, *p.Accepted)
			require.Equal(t, 0, *p.Duplicates)
			require.NotEmpty(t, *p.Rejected, c.name)
		}
	}
	page := get[ExecutionPage](a, "/api/monitoring/executions", testSecret)
	require.Empty(t, page.Items)
	require.Empty(t, get[WorkflowPage](a, "/api/monitoring/workflows", testSecret).Items)
}

// S1, B-76: one bad event never harms its neighbours.
func TestEachEventIsJudgedAloneAndNamed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	event := func(id, members string) string {
		return `{"type":"execution.started","workflowId":"w","executionId":"` + id + `"` + members + `}`
	}
	deep := strings.Repeat(`{"a":`, 64) + "1" + strings.Repeat("}", 64)
	got := a.post(testSecret, "["+strings.Join([]string{
		event("good-1", ""), event("a/b", ""), event("x", `,"timestamp":"1969-01-01T00:00:00Z"`), event("x", `,"workflowName":"a\u0000b"`),
		`{"type":"execution.vanished","workflowId":"w","executionId":"x"}`, event("active", ""), `{"type":"step.started","workflowId":"w","executionId":"x"}`,
		event("x", `,"input":"`+strings.Repeat("x", 1<<20)+`"`), event("future", `,"timestamp":"9999-01-01T00:00:00Z"`),
		event("ancient", `,"timestamp":"1970-01-01T00:00:00Z"`), event("x", `,"input":`+deep), event("x", `,"tags":"vat"`), event("x", `,"progress":"50"`),
		event("x", `,"steps":{}`), event("x", `,"metadata":[]`), event("x", `,"timedOut":"yes"`), event("x", `,"timestamp":1700000000`), event("x", `,"retryOf":7`),
	}, ",")+"]")
	require.Equal(t, 3, got.Accepted)
	require.Equal(t, 1, got.OlderThanRetention)
	codes := map[int]string{}
	for _, r := range got.Rejected {
		codes[r.Index] = r.Code
	}
	require.Equal(t, map[int]string{
		1: "invalid_id", 2: "invalid_timestamp", 3: "invalid_field", 4: "unknown_type", 5: "invalid_id", 6: "missing_field", 7: "too_large",
		10: "invalid_field", 11: "invalid_field", 12: "invalid_field", 13: "invalid_field", 14: "invalid_field", 15: "invalid_field", 16: "invalid_timestamp",
		17: "invalid_id",
	}, codes)
	page := get[ExecutionPage](a, "/api/monitoring/executions", testSecret)
	require.Len(t, page.Items, 3)
	// B-75: a clock that is far ahead is not believed.
	future := get[ExecutionStatus](a, "/api/monitoring/executions/future", testSecret)
	require.True(t, future.ClockSkewed)
	require.WithinDuration(t, time.Now(), future.StartedAt.Time(), time.Minute)
	require.EqualValues(t, 0, get[ExecutionStatus](a, "/api/monitoring/executions/ancient", testSecret).StartedAt)
}

func TestPackedAndLinedBodiesAreRead(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for i, c := range [][]string{
		{"gzip", "application/json"}, {"zstd", "application/json; charset=utf-8"}, {"identity", "application/x-ndjson"},
		{"", "application/ndjson"}, {"gzip", ""},
	} {
		body := []byte(fmt.Sprintf(`{"type":"execution.started","executionId":"e%d","workflowId":"w"}`, i))
		if c[0] == "gzip" || c[0] == "zstd" {
			body = packed(t, c[0], body)
		}
		got := a.send("POST", ingestPath, testSecret, body, "Content-Encoding", c[0], "Content-Type", c[1])
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		require.Equal(t, 1, decoded[IngestReceipt](t, got).Accepted)
	}
}

// B-76: an event is known again by its id or by what it says, in a request,
// over requests and over a restart. The first one wins.
func TestRepeatedEventsAreDuplicates(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	started := event("execution.started", "e", `,"eventId":"1","priority":"HIGH"`)
	told := event("execution.progress", "e", `,"timestamp":"2026-11-23T14:00:00Z","progress":7`)
	receipt := a.post(testSecret, batch(started, started, told, told))
	require.Equal(t, 2, receipt.Accepted)
	require.Equal(t, 2, receipt.Duplicates)
	other := event("execution.failed", "e", `,"eventId":"1","priority":"LOW"`) // the same id
	for _, come := range []func(){func() {}, a.restart} {
		come()
		again := a.post(testSecret, batch(started, told, other))
		require.Zero(t, again.Accepted)
		require.Equal(t, 3, again.Duplicates)
		require.Empty(t, again.Rejected)
		require.Equal(t, receipt.Seq, again.Seq, "nothing changed")
		x := get[ExecutionStatus](a, "/api/monitoring/executions/e", testSecret)
		require.Equal(t, "running", x.Status)
		require.Equal(t, "HIGH", x.Priority)
	}
	// Without an id and a time there is nothing to know it by.
	unnamed := event("execution.progress", "e", `,"progress":8`)
	require.Equal(t, 2, a.post(testSecret, batch(unnamed, unnamed)).Accepted)
}

// B-76: what an execution is does not depend on the order in which its events
// came. B-36: every state has its event.
func TestOrderOfEventsDoesNotMatter(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	at := func(second int) string { return fmt.Sprintf(`,"timestamp":"2026-11-23T14:00:%02dZ"`, second) }
	story := func(id string) []string {
		return []string{
			event("execution.queued", id, at(0), `,"steps":[{"stepId":"a","name":"A"},{"stepId":"b","name":"B"},{"stepId":"c","name":"C"}]`),
			event("execution.started", id, at(5), `,"clientRef":"K1"`), event("step.started", id, at(6), `,"stepId":"a","input":{"n":1}`),
			event("step.failed", id, at(7), `,"stepId":"a","error":{"code":"E1","message":"raz"}`), event("step.retrying", id, at(8), `,"stepId":"a"`),
			event("step.started", id, at(9), `,"stepId":"a","attempt":2`), event("step.completed", id, at(12), `,"stepId":"a","attempt":2,"output":{"n":2}`),
			event("execution.waiting", id, at(13)), event("execution.resumed", id, at(23)), event("step.skipped", id, at(24), `,"stepId":"b"`),
			event("step.started", id, at(25), `,"stepId":"c"`), event("step.progress", id, at(26), `,"stepId":"c","progress":50`),
			event("step.completed", id, at(30), `,"stepId":"c"`), event("execution.completed", id, at(31)),
		}
	}
	look := func(id string) string {
		text := string(a.send("GET", "/api/monitoring/executions/"+id, testSecret, nil).body)
		text += string(a.send("GET", "/api/monitoring/executions/"+id+"/steps/a", testSecret, nil).body)
		text = strings.ReplaceAll(text, `"`+id+`"`, `"x"`)
		return regexp.MustCompile(`"(seq|lastEventAt)":[^,}]*`).ReplaceAllString(text, "")
	}
	a.post(testSecret, batch(story("in-order")...))
	want := look("in-order")
	require.Contains(t, want, `"status":"completed"`)
	require.Contains(t, want, `"waitingMs":10000`)
	for i := range 20 {
		id := fmt.Sprint("shuffled-", i)
		events := story(id)
		rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		half := len(events) / 2
		a.post(testSecret, batch(events[:half]...))
		a.post(testSecret, batch(append(events[half:], events[0])...))
		require.Equal(t, want, look(id), strings.Join(events, "\n"))
	}
}

// When it is answered it is on disk: all that was read before a restart is
// read after it.
func TestWhatWasAnsweredIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	reader := a.token("", access.Accountant)
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/w", testSecret, []byte(`{"name":"JPK_V7M","tags":["vat"]}`)).status)
	a.post(testSecret, batch(
		event("execution.queued", "queued", `,"timestamp":"2026-11-23T14:00:00Z","priority":"LOW"`),
		event("step.started", "running", `,"timestamp":"2026-11-23T14:00:00Z","stepId":"s","input":{"a":1}`),
		event("step.failed", "failed", `,"timestamp":"2026-11-23T14:00:00Z","stepId":"s","error":"x"`),
		event("execution.failed", "failed", `,"timestamp":"2026-11-23T14:00:01Z","error":"x"`)))
	ticking := regexp.MustCompile(`"(duration|oldestMessageAge|ageSeconds|currentAverageWaitSeconds|averageWaitSeconds)":\d+`)
	look := func() (all []string) {
		for _, path := range []string{"executions", "executions/active", "executions/queued", "executions/running", "executions/failed",
			"executions/running/steps/s", "executions/failed/steps/s", "workflows", "queue"} {
			got := a.send("GET", "/api/monitoring/"+path, reader, nil)
			require.Equal(t, http.StatusOK, got.status)
			all = append(all, ticking.ReplaceAllString(string(got.body), ""))
		}
		return all
	}
	before := look()
	a.restart()
	require.Equal(t, before, look())
}

// A body may come in pieces, without its length, or after it was asked for.
// What is refused then is refused as ever.
func TestBodiesInPiecesAreRead(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	send := func(method, path, token, body string, headers ...string) answer {
		r, err := http.NewRequest(method, a.url+path, io.MultiReader(strings.NewReader(body))) // hides the length
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := a.client.Do(r)
		require.NoError(t, err)
		defer response.Body.Close()
		read, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return answer{response.StatusCode, response.Header, read}
	}
	large := func(mib int) string { return batch(event("execution.started", "x")) + strings.Repeat(" ", mib<<20) }
	require.Equal(t, http.StatusOK, send("POST", ingestPath, testSecret, batch(event("execution.started", "e"))).status)
	require.Equal(t, http.StatusOK, send("POST", ingestPath, testSecret, batch(event("execution.started", "f")), "Expect", "100-continue").status)
	require.Equal(t, http.StatusOK, send("POST", ingestPath, testSecret, batch(event("execution.started", "g"))+strings.Repeat(" ", 7<<20)).status)
	for _, c := range []struct {
		method, path, token string
		mib, status         int
		code                string
	}{
		{"POST", ingestPath, testSecret, 8, 413, "body_too_large"},
		{"POST", ingestPath, testSecret, 40, 413, "body_too_large"},
		{"POST", ingestPath, "wrong", 1, 401, "unauthorized"},
		{"POST", ingestPath, a.token("", access.Viewer), 40, 403, "forbidden"},
		{"POST", "/api/nothing", testSecret, 8, 404, "not_found"},
		{"PATCH", ingestPath, testSecret, 8, 405, "method_not_allowed"},
		{"PUT", "/api/ingest/workflows/w", testSecret, 8, 413, "body_too_large"},
	} {
		requireProblem(t, send(c.method, c.path, c.token, large(c.mib)), c.status, c.code)
	}
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions", testSecret).Items, 3)
	require.Eventually(t, func() bool {
		room := &a.server.bodies
		room.mu.Lock()
		defer room.mu.Unlock()
		return room.all == 0 && len(room.each) == 0
	}, answerLimit, time.Millisecond, "nothing is held of requests that are over")
}
