package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

// terminal is a server with a token for who works at a terminal, and what it was asked to say so far.
type terminal struct {
	t      *testing.T
	server *running
	data   string
	token  string
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	data := empty(t)
	token := tokenFor(t, data, "office", "integration,workflow_admin")
	return &terminal{t: t, data: data, token: token, server: serveOn(t, data)}
}

// post sends events of the API.
func (s *terminal) post(lines ...string) {
	s.t.Helper()
	log := file(s.t, "events.ndjson", strings.Join(lines, "\n"))
	sendLog(s.t, s.server, s.token, "ndjson", log).requireDone(s.t)
}

// raise makes a rule that tells of failures, if there is none, and lets an execution of the workflow fail.
func (s *terminal) raise(executionID string) {
	s.t.Helper()
	body := `{"workflowId":"w","alertType":"execution_failed","alertName":"Nieudane","notificationChannels":[{"type":"in_app","config":{}}]}`
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.url+"/api/monitoring/alerts", strings.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	require.NoError(s.t, answer.Body.Close())
	require.Contains(s.t, []int{http.StatusCreated, http.StatusConflict}, answer.StatusCode)
	s.post(`{"type":"execution.failed","executionId":"` + executionID + `","workflowId":"w","error":"NIP odrzucony","timestamp":"` + time.Now().Format(time.RFC3339Nano) + `"}`)
}

// run is a command at the terminal, to its end.
func (s *terminal) run(args ...string) result {
	s.t.Helper()
	return flowwatch(s.t, append(args, "--server", s.server.url, "--token", s.token)...)
}

// following is a command that goes on.
type following struct {
	stdout, stderr output
	stop           func()
	ended          chan int
}

func (s *terminal) follow(args ...string) *following {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	f := &following{stop: stop, ended: make(chan int, 1)}
	go func() {
		f.ended <- run(ctx, append(args, "--server", s.server.url, "--token", s.token), nil, &f.stdout, &f.stderr)
	}()
	s.t.Cleanup(stop)
	return f
}

func (f *following) await(t *testing.T, words ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, w := range words {
			if !strings.Contains(f.stdout.String()+f.stderr.String(), w) {
				return false
			}
		}
		return true
	}, testStartLimit, testPollEvery, "%q of %s%s", words, &f.stdout, &f.stderr)
}

// joined waits until the server has a live connection.
func (s *terminal) joined() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, body := ask(s.t, s.server.url, s.token, "/metrics")
		return strings.Contains(string(body), "flowwatch_live_connections 1")
	}, testStartLimit, testPollEvery)
}

func TestTailShowsWhatHappensOnTheOfficesClocksAndGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.post(`{"type":"execution.started","executionId":"old","workflowId":"w","workflowName":"JPK V7M","timestamp":"2026-11-24T07:00:00Z"}`)
	f := s.follow("tail", "--type", "executions,steps,alerts")
	for n := 0; !strings.Contains(f.stdout.String(), "beat"); n++ { // until it listens
		s.post(`{"type":"execution.queued","executionId":"beat","workflowId":"w"}`)
		require.Less(t, n, 1000)
	}
	s.post(
		`{"type":"execution.started","executionId":"r-1","workflowId":"w","workflowName":"JPK V7M","clientRef":"K-7","timestamp":"2026-11-24T08:00:00Z"}`,
		`{"type":"step.started","executionId":"r-1","workflowId":"w","stepId":"s","stepName":"Wysyłka","timestamp":"2026-11-24T08:00:01Z"}`)
	s.post(`{"type":"step.failed","executionId":"r-1","workflowId":"w","stepId":"s","stepName":"Wysyłka","error":"brak\npodpisu","timestamp":"2026-11-24T08:00:04Z"}`)
	s.raise("r-2")
	f.await(t, "2026-11-24 09:00:0", "▶ running", "JPK V7M  r-1  K-7", "✗ failed        step   Wysyłka  r-1  3.0 s  brak", "✗ failed          0 %  JPK V7M  r-2  NIP odrzucony",
		"! active        alert  ERROR", "flowwatch ack ")
	require.NotContains(t, f.stdout.String(), "old", "what happened before is no news")
	require.NotContains(t, f.stdout.String(), "\x1b", "no colour where there is no terminal")

	address := strings.TrimPrefix(s.server.url, "http://")
	s.server.stop(t)
	f.await(t, "flowwatch: ", "; trying again\n")
	require.Equal(t, 1, strings.Count(f.stderr.String(), "trying again"), "said once")
	s.server = begin(t, "serve", "--data", s.data, "--listen", address, "--rate-limit", "0")
	s.post(`{"type":"execution.completed","executionId":"r-3","workflowId":"w"}`) // perhaps before it is connected again
	f.await(t, "connected to "+s.server.url, "r-3")
	require.NotContains(t, f.stderr.String(), "missing", "it resumed")

	f.stop()
	require.Equal(t, exitDone, <-f.ended, "%s", &f.stderr)
}

func TestTailFiltersAndSpeaksJSON(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.post(`{"type":"execution.started","executionId":"r-1","workflowId":"w"}`, `{"type":"execution.started","executionId":"r-2","workflowId":"other"}`)
	f := s.follow("tail", "--json", "--type", "executions", "--workflow", "w", "--status", "failed,completed")
	s.joined()
	ids := []string{}
	for n := 0; len(ids) == 0; n++ { // until it listens
		require.Less(t, n, 1000)
		s.post(`{"type":"execution.failed","executionId":"r-1","workflowId":"w","error":"x","eventId":"e-1"}`, `{"type":"execution.completed","executionId":"r-2","workflowId":"other"}`,
			`{"type":"execution.completed","executionId":"r-3","workflowId":"w","retryOf":"r-1"}`)
		for line := range strings.Lines(f.stdout.String()) {
			var frame struct {
				Event string
				Seq   uint64
				Data  struct{ ExecutionID, WorkflowID, Status string }
			}
			require.NoError(t, json.Unmarshal([]byte(line), &frame), line)
			require.Equal(t, "execution:update", frame.Event)
			require.Positive(t, frame.Seq)
			require.Equal(t, "w", frame.Data.WorkflowID)
			ids = append(ids, frame.Data.ExecutionID)
		}
		if len(ids) == 0 {
			s.post(`{"type":"execution.failed","executionId":"more-` + time.Now().Format("150405.000000") + `","workflowId":"w","error":"x"}`)
		}
	}
	f.stop()
	require.Equal(t, exitDone, <-f.ended)

	s.run("tail", "--workflow", "nobody").requireLine(t, exitWrong, "no such workflow or execution")
	s.token = "fw_wrong"
	s.run("tail").requireLine(t, exitWrong, "the server does not know the token")
}

func TestTailWaitsForAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.server.stop(t)
	f := s.follow("tail", "--type", "queue")
	f.await(t, "flowwatch: no server answers at "+s.server.url+": connection refused; trying again\n")
	s.server = begin(t, "serve", "--data", s.data, "--listen", strings.TrimPrefix(s.server.url, "http://"), "--rate-limit", "0")
	f.await(t, "connected to ")
	s.post(`{"type":"execution.queued","executionId":"q-1","workflowId":"w"}`)
	f.await(t, "queue  1 waiting, 0 running")
	f.stop()
	require.Equal(t, exitDone, <-f.ended)
}

func TestRunsAreATableOrLinesOfJSON(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	require.Equal(t, "no executions\n", s.run("runs").requireDone(t).stdout)
	s.post(
		`{"type":"execution.started","executionId":"r-1","workflowId":"w","workflowName":"JPK V7M","clientRef":"K-7","tags":["vat"],"timestamp":"2026-11-24T08:00:00Z"}`,
		`{"type":"execution.failed","executionId":"r-1","workflowId":"w","error":"brak podpisu","timestamp":"2026-11-24T08:01:30Z"}`,
		`{"type":"execution.started","executionId":"r-2","workflowId":"v","priority":"HIGH","timestamp":"2026-11-25T23:30:00Z"}`)
	done := s.run("runs").requireDone(t)
	lines := strings.Split(strings.TrimSpace(done.stdout), "\n")
	require.Len(t, lines, 3)
	require.Regexp(t, `^STARTED +STATUS +% +DURATION +EXECUTION +WORKFLOW +CLIENT +STEP OR ERROR$`, lines[0])
	require.Regexp(t, `^2026-11-26 00:30:00  ▶ running +0 +.+  r-2 +v$`, lines[1], "the office's clocks")
	require.Regexp(t, `^2026-11-24 09:00:00  ✗ failed +0 +1 min 30 s +r-1 +JPK V7M +K-7 +brak podpisu$`, lines[2])

	only := func(want string, args ...string) {
		t.Helper()
		done := s.run(append([]string{"runs", "--json"}, args...)...).requireDone(t)
		var ids []string
		for line := range strings.Lines(done.stdout) {
			var x api.ExecutionSummary
			require.NoError(t, json.Unmarshal([]byte(line), &x))
			ids = append(ids, x.ExecutionID)
		}
		require.Equal(t, want, strings.Join(ids, " "), "%v", args)
	}
	only("r-2 r-1")
	only("r-1 r-2", "--sort", "startedAt")
	only("r-1", "--status", "failed,cancelled")
	only("r-1", "PODPIS")
	only("r-1", "--client", "K-7")
	only("r-1", "--tag", "vat")
	only("r-2", "--priority", "HIGH")
	only("r-1", "--workflow", "w")
	only("r-1", "--max-duration", "2m")
	only("r-2", "--from", "2026-11-26")
	only("r-1", "--to", "2026-11-25")
	only("", "--from", "0s")

	done = s.run("runs", "--limit", "1").requireDone(t)
	require.Contains(t, done.stderr, "there are more than 1; --limit N shows more")
	for _, args := range [][]string{{"--limit", "0"}, {"--from", "yesterday"}, {"--min-duration", "-1s"}, {"--status", "broken"}, {"--sort", "name"}} {
		require.Equal(t, exitUsage, s.run(append([]string{"runs"}, args...)...).code, "%v", args)
	}
	s.server.stop(t)
	s.run("runs").requireLine(t, exitWrong, "no server answers at")
}

func TestRunsGoThroughAllPages(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	var events []string
	for n := range 250 {
		events = append(events, fmt.Sprintf(`{"type":"execution.started","executionId":"r-%d","workflowId":"w"}`, n))
	}
	s.post(events...)
	require.Equal(t, 250, strings.Count(s.run("runs", "--json", "--limit", "1000").requireDone(t).stdout, "\n"))
	require.Equal(t, 130, strings.Count(s.run("runs", "--json", "--limit", "130").requireDone(t).stdout, "\n"))
}

func TestAckListsAndAcknowledgesAlerts(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	require.Equal(t, "no alert waits for an answer\n", s.run("ack").requireDone(t).stdout)
	s.post(`{"type":"execution.started","executionId":"r-0","workflowId":"w"}`)
	s.raise("r-1")
	var listed string
	require.Eventually(t, func() bool {
		listed = s.run("ack").requireDone(t).stdout
		return strings.Contains(listed, "! ERROR")
	}, testStartLimit, testPollEvery)
	lines := strings.Split(strings.TrimSpace(listed), "\n")
	require.Len(t, lines, 2)
	require.Regexp(t, `^20\d\d-\d\d-\d\d \d\d:\d\d  ! ERROR +[0-9a-f-]{36}  Proces „w” nie powiódł się`, lines[1])
	id := strings.Fields(lines[1])[4]
	done := s.run("ack", id, "--comment", "dzwonię do klienta").requireDone(t)
	require.Regexp(t, `^✓ acknowledged  .+  by command line at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\n$`, done.stdout)
	require.Equal(t, "no alert waits for an answer\n", s.run("ack").requireDone(t).stdout)
	again := s.run("ack", id, "--json").requireDone(t)
	require.Contains(t, again.stdout, "dzwonię do klienta")

	s.run("ack", "unknown").requireLine(t, exitWrong, "the server answered 404 not_found")
	require.Equal(t, exitUsage, s.run("ack", "--comment", "x").code)
	s.token = tokenFor(t, empty(t), "office", "viewer")
	s.run("ack", id).requireLine(t, exitWrong, "does not know the token")
}

func TestQueueShowsPlacesAndTimes(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	require.Equal(t, "0 waiting, 0 running\n", s.run("queue").requireDone(t).stdout)
	s.post(
		`{"type":"execution.queued","executionId":"q-1","workflowId":"w","clientRef":"K-1"}`, `{"type":"execution.queued","executionId":"q-2","workflowId":"w","priority":"HIGH"}`,
		`{"type":"execution.queued","executionId":"r-1","workflowId":"w"}`, `{"type":"execution.started","executionId":"r-1","workflowId":"w"}`,
		`{"type":"execution.completed","executionId":"r-1","workflowId":"w"}`)
	var lines []string
	require.Eventually(t, func() bool {
		lines = strings.Split(strings.TrimSpace(s.run("queue").requireDone(t).stdout), "\n")
		return len(lines) == 4
	}, testStartLimit, testPollEvery)
	require.Regexp(t, `^2 waiting, 0 running; the oldest for .+ done a minute; clear in about `, lines[0])
	require.Regexp(t, `^PLACE +ETA +WAITS +PRIORITY +EXECUTION +WORKFLOW`, lines[1])
	require.Regexp(t, `^1 +~.+ HIGH +q-2 +w`, lines[2])
	require.Regexp(t, `^2 +~.+ NORMAL +q-1 +w +K-1`, lines[3])
	var whole struct {
		Queue struct{ PendingCount int }
		Items []api.QueuedItem
	}
	require.NoError(t, json.Unmarshal([]byte(s.run("queue", "--json").requireDone(t).stdout), &whole))
	require.Equal(t, 2, whole.Queue.PendingCount)
	require.Len(t, whole.Items, 2)
	require.Equal(t, exitUsage, s.run("queue", "--limit", "101").code)
}

func TestATableFitsItsTerminalAndObeysNobody(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := &screen{w: &b, width: 44, zone: time.UTC}
	row := []cell{{"2026-11-24 09:00:00", dim}, state("failed"), text("Bardzo długa nazwa procesu księgowego"), {"a\x1b[31mb\u202ec\nd", red}}
	require.NoError(t, s.table(columns("SINCE|STATUS|NAME|TEXT", "NAME", "TEXT"), [][]cell{row, row}))
	for line := range strings.Lines(b.String()) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 44)
	}
	require.NotContains(t, b.String(), "\x1b")
	require.NotContains(t, b.String(), "\u202e")
	b.Reset()
	s.colour, s.width = true, 12
	require.NoError(t, s.line(state("completed"), text("Księga")))
	require.Equal(t, "\x1b[32m✓ completed\x1b[0m\n", b.String(), "what has no room is left out")
	b.Reset()
	s.width = 16
	require.NoError(t, s.line(state("completed"), text("Księga")))
	require.Equal(t, "\x1b[32m✓ completed\x1b[0m  Ks…\n", b.String())
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	t.Parallel()
	of := func(all map[string]string) bool {
		return colours(func(name string) (string, bool) { v, ok := all[name]; return v, ok })
	}
	require.True(t, of(map[string]string{"TERM": "xterm"}))
	require.True(t, of(map[string]string{"TERM": "xterm", "NO_COLOR": ""}))
	require.False(t, of(map[string]string{"TERM": "xterm", "NO_COLOR": "1"}))
	require.False(t, of(map[string]string{"TERM": "dumb"}))
	require.False(t, of(nil))
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer null.Close()
	s := (&program{stdout: null}).screen()
	require.False(t, s.colour)
	require.Zero(t, s.width)
}
