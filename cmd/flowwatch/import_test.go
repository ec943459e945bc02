package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

const returnsLog = "xes/testdata/returns.xes"

// importer is a server with a token that may send and read.
func importer(t *testing.T) (server *running, token string) {
	t.Helper()
	data := empty(t)
	token = tokenFor(t, data, "office", "integration,viewer,accountant")
	return serveOn(t, data), token
}

func sendLog(t *testing.T, server *running, token, format, path string, flags ...string) result {
	t.Helper()
	return flowwatch(t, append([]string{"import", path, "--format", format, "--server", server.url, "--token", token}, flags...)...)
}

func TestImportOfAnXESLogIsItsExecutionsStepsAndTimes(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	done := sendLog(t, server, token, "xes", returnsLog).requireDone(t)
	require.Equal(t, "4 executions, 23 events: 23 accepted, 0 duplicates, 0 refused\n", done.stdout)
	require.Contains(t, done.stderr, "left out: 1 trace without an event that has a time\n")
	require.Equal(t, map[string]int{"pending": 0, "running": 0, "waiting": 0, "completed": 3, "failed": 0, "cancelled": 1},
		counts(t, server.url, token))

	var x api.ExecutionStatus
	workflow := "Zwroty_ksiazek.f0ac68baffc35fe6"
	read(t, server.url, token, "/api/monitoring/executions/"+workflow+":1", &x)
	require.Equal(t, "completed", x.Status)
	require.Equal(t, "Zwroty książek", x.WorkflowName)
	require.EqualValues(t, 2*60*60*1000, *x.Duration)
	require.JSONEq(t, `{"externalId":"1","volumes":2}`, string(x.Metadata))
	var steps []string
	for _, s := range x.Steps {
		steps = append(steps, fmt.Sprintf("%s %s %d", s.Name, s.Status, *s.Duration))
	}
	require.Equal(t, []string{
		"take back completed 0", "look over completed 270500", "look over completed 60000", "odłóż na półkę completed 0",
	}, steps, "in the order of the log, each visit for itself")
	var step api.StepDetail
	read(t, server.url, token, "/api/monitoring/executions/"+workflow+":1/steps/look_over", &step)
	require.JSONEq(t, `{"org:resource":"Halina"}`, string(step.Input))

	read(t, server.url, token, "/api/monitoring/executions/"+workflow+":2", &x)
	require.Equal(t, "cancelled", x.Status)
	read(t, server.url, token, "/api/monitoring/executions/"+workflow+":2:2", &x)
	require.Equal(t, "completed", x.Status)
	require.True(t, x.Steps[0].Interrupted, "begun and never ended")

	again := sendLog(t, server, token, "xes", zipped(t, returnsLog)).requireDone(t)
	require.Equal(t, "4 executions, 23 events: 0 accepted, 23 duplicates, 0 refused\n", again.stdout)
}

func TestImportNamesExecutionsAsItIsTold(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	sendLog(t, server, token, "xes", returnsLog, "--workflow", "returns").requireDone(t)
	sendLog(t, server, token, "xes", returnsLog, "--workflow", "returns", "--prefix", "").requireDone(t)
	sendLog(t, server, token, "xes", returnsLog, "--workflow", "returns", "--prefix", "2024-").requireDone(t)
	sendLog(t, server, token, "xes", returnsLog, "--workflow", strings.Repeat("w", 128)).requireDone(t)
	nameless := file(t, "archive.xes", `<log><trace><event><string key="concept:name" value="a"/>`+
		`<date key="time:timestamp" value="2024-01-01T00:00:00Z"/></event></trace></log>`)
	sendLog(t, server, token, "xes", nameless).requireDone(t)
	for _, id := range []string{"returns:1", "1", "2024-1", "archive:trace_1"} {
		var x api.ExecutionStatus
		read(t, server.url, token, "/api/monitoring/executions/"+id, &x)
		require.Equal(t, "completed", x.Status)
	}
}

func TestImportOfLinesTakesAllButTheBadOnes(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	good := []string{
		eventLine("1", "execution.started"), eventLine("2", "step.nonsense"), "", "{broken", "\xff\xfe", eventLine("6", "execution.completed"),
	}
	log := file(t, "events.ndjson", "\xEF\xBB\xBF"+strings.Join(good, "\r\n"))
	done := sendLog(t, server, token, "ndjson", log)
	done.requireLine(t, exitWrong, "3 events of "+log+" refused, the first at line 2: unknown_type")
	require.Equal(t, "5 events: 2 accepted, 0 duplicates, 3 refused\n", done.stdout)
	require.Equal(t, 1, counts(t, server.url, token)["completed"])

	large := eventLine("7", "execution.progress") + "\n" + strings.Repeat("x", 3<<20) + "\n" + eventLine("8", "execution.progress") + "\n"
	done = sendLog(t, server, token, "ndjson", zipped(t, file(t, "large.ndjson", large)))
	done.requireLine(t, exitWrong, "1 event of ", "at line 2: too_large")
	require.Equal(t, "3 events: 2 accepted, 0 duplicates, 1 refused\n", done.stdout)
}

func TestImportSendsLogsThatAreLargerThanARequest(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	var log strings.Builder
	const events = 7 * batchEventsMax / 2
	for n := range events {
		fmt.Fprintf(&log, `{"type":"execution.completed","executionId":"run-%d","workflowId":"w","timestamp":"2026-11-24T08:00:00Z"}`+"\n", n)
	}
	path := file(t, "events.ndjson", log.String())
	sendLog(t, server, token, "ndjson", path).requireDone(t)
	require.Equal(t, events, counts(t, server.url, token)["completed"])
	again := sendLog(t, server, token, "ndjson", path).requireDone(t)
	require.Equal(t, fmt.Sprintf("%d events: 0 accepted, %d duplicates, 0 refused\n", events, events), again.stdout, "ids come from the content")
}

func TestImportSaysWhatIsWrongWithALog(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	f := func(format, path string, words ...string) {
		t.Helper()
		sendLog(t, server, token, format, path).requireLine(t, exitWrong, append(words, path)...)
	}
	f("xes", filepath.Join(t.TempDir(), "missing.xes"), "no such file")
	f("xes", t.TempDir(), "is a directory")
	f("xes", file(t, "empty.xes", ""), "line 1: the file holds no XES log")
	f("xes", file(t, "page.xes", "<html/>"), "line 1: this is no XES log")
	f("xes", file(t, "none.xes", "<log></log>"), "there is no event in")
	f("ndjson", file(t, "none.ndjson", "\n\n"), "there is no event in")
	whole, err := os.ReadFile(returnsLog)
	require.NoError(t, err)
	f("xes", file(t, "cut.xes", string(whole[:3000])), "line 71: the XML is broken: unexpected EOF", "the 8 events before it were taken")
	packed, err := os.ReadFile(zipped(t, returnsLog))
	require.NoError(t, err)
	f("xes", file(t, "cut.xes.gz", string(packed[:400])), "the compressed file is cut off")
	packed[len(packed)-8] ^= 0xff // of the checksum
	f("xes", file(t, "bad.xes.gz", string(packed)), "the compressed file is damaged")
	f("ndjson", file(t, "bad.gz", "\x1f\x8bnonsense"), "the compressed file is")
}

func TestImportNeedsAServerThatTakesEvents(t *testing.T) {
	t.Parallel()
	server, _ := importer(t)
	sendLog(t, server, "fw_wrong", "xes", returnsLog).requireLine(t, exitWrong, "the server does not know the token")
	server.stop(t)
	sendLog(t, server, "fw_wrong", "xes", returnsLog).requireLine(t, exitWrong, "no server answers at "+server.url)
}

// TestImportWaitsForABusyServer puts a gate before a real server that says "later" to the first requests, with and without a time.
func TestImportWaitsForABusyServer(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	target, err := url.Parse(server.url)
	require.NoError(t, err)
	var asked atomic.Int32
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			r.URL.Scheme, r.URL.Host, r.RequestURI = target.Scheme, target.Host, ""
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			defer answer.Body.Close()
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body)
		}
	}))
	defer gate.Close()
	done := sendLog(t, &running{url: gate.URL}, token, "xes", returnsLog).requireDone(t)
	require.Equal(t, "4 executions, 23 events: 23 accepted, 0 duplicates, 0 refused\n", done.stdout)
	require.Contains(t, done.stderr, "the server asks to wait")
	require.EqualValues(t, 3, asked.Load())
}

func TestImportStopsAtASignal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		cancel()
	}))
	defer busy.Close()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"import", returnsLog, "--format", "xes", "--server", busy.URL, "--token", "t"}, nil, &stdout, &stderr)
	require.Equal(t, exitWrong, code)
	require.Contains(t, stderr.String(), "stopped after 0 events; import "+returnsLog+" again to send the rest")
	require.Empty(t, stdout.String())
}

// zipped is a copy of a file, compressed.
func zipped(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file(t, filepath.Base(path)+".gz", b.String())
}
