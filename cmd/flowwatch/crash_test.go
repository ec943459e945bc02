package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const (
	crashRoundsDefault = 3
	crashWriters       = 6
	crashBatchMax      = 25
	crashInFlight      = 4 // executions that a writer has open at a time
)

// TestCrashLosesNothingThatWasAnswered kills the process at random moments under load, again and again on one directory. After each
// kill: the store is sound, every answered event is there and no event is there twice, the request in flight is there whole or not at
// all, and a live client resumes with what it already had. FLOWWATCH_CRASH_ROUNDS sets the rounds.
func TestCrashLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	rounds := crashRoundsDefault
	if text := os.Getenv("FLOWWATCH_CRASH_ROUNDS"); text != "" {
		var err error
		rounds, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"))
	server.start(t)

	client := newFollower("ws://"+server.address+"/api/monitoring/ws", childSecret)
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan struct{})
	go func() { defer close(followed); client.run(ctx) }()
	t.Cleanup(func() { cancel(); <-followed })

	writers := make([]*crashWriter, crashWriters)
	for i := range writers {
		writers[i] = &crashWriter{server: server, random: rand.New(rand.NewPCG(uint64(i), uint64(time.Now().UnixNano())))}
	}
	for round := range rounds {
		loadAndKill(t, server, writers)
		server.check(t)
		server.start(t)
		touched, answered := 0, 0
		for _, w := range writers {
			touched += len(w.touched)
			answered += w.answered
			w.verify(t)
		}
		requireTotals(t, server, writers)
		t.Logf("round %d: %d events answered in all, %d executions of the round verified", round+1, answered, touched)
	}
	require.Eventually(t, func() bool { return client.caughtUp(server) }, 15*time.Second, 20*time.Millisecond,
		"the live client never saw the last state: %s", client)
	resumed := client.requireSameAsREST(t, server)
	require.GreaterOrEqual(t, resumed, rounds, "the live client went on after each kill")
	cancel()
	<-followed
	server.stop(t)
	server.check(t)
}

// loadAndKill lets all writers write and kills the process after a random time; it returns when every writer has noticed.
func loadAndKill(t *testing.T, server *child, writers []*crashWriter) {
	t.Helper()
	var wait sync.WaitGroup
	for _, w := range writers {
		wait.Go(w.write)
	}
	<-time.After(100*time.Millisecond + rand.N(400*time.Millisecond))
	server.kill()
	wait.Wait()
	for _, w := range writers {
		require.NoError(t, w.fault, "%s", server.output)
	}
}

// requireTotals compares the server's counters with what the writers know: a counter that an event moved twice, or not at all, shows.
func requireTotals(t *testing.T, server *child, writers []*crashWriter) {
	t.Helper()
	want := map[string]int{"pending": 0, "running": 0, "waiting": 0, "completed": 0, "failed": 0, "cancelled": 0}
	for _, w := range writers {
		for _, x := range w.open {
			if x.sent > 0 {
				want[x.status(x.sent)]++
			}
		}
		for status, n := range w.finished {
			want[status] += n
		}
	}
	var page struct{ CountsByStatus map[string]int }
	require.NoError(t, server.get("/api/monitoring/executions?limit=1", childSecret, &page))
	require.Equal(t, want, page.CountsByStatus)
	requireNumbers(t, server, want)
}

// requireNumbers holds the series against the same counts: a point that was lost, or is there twice, shows.
func requireNumbers(t *testing.T, server *child, want map[string]int) {
	t.Helper()
	finished := want["completed"] + want["failed"]
	var metrics struct {
		ExecutionsByStatus map[string]int
		SampleSize         int
		AverageDuration    float64
		Percentiles        map[string]float64
	}
	span := url.Values{}
	span.Set("startTime", time.Now().Add(-24*time.Hour).Format(time.RFC3339))
	span.Set("endTime", time.Now().Add(time.Hour).Format(time.RFC3339))
	require.NoError(t, server.get("/api/monitoring/workflows/crash/metrics?"+span.Encode(), childSecret, &metrics))
	require.Equal(t, want, metrics.ExecutionsByStatus)
	require.Equal(t, finished, metrics.SampleSize)
	if took := float64(crashEvents - 2); finished > 0 { // an event each ms, from the start to the end
		require.InDelta(t, took, metrics.AverageDuration, 0)
		require.Equal(t, map[string]float64{"p50": took, "p95": took, "p99": took}, metrics.Percentiles)
	}
	var values struct {
		Series []struct {
			Metric string
			Points [][2]float64
		}
	}
	span.Set("aggregation", "count")
	span.Set("metricTypes", "execution.completed,execution.failed,execution.duration_ms")
	require.NoError(t, server.get("/api/monitoring/metrics?"+span.Encode(), childSecret, &values))
	counts := map[string]int{"execution.duration_ms": finished, "execution.completed": want["completed"], "execution.failed": want["failed"]}
	for _, s := range values.Series {
		require.Equal(t, counts[s.Metric], int(s.Points[0][1]), s.Metric)
		delete(counts, s.Metric)
	}
	for metric, n := range counts {
		require.Zero(t, n, "%s has no series", metric)
	}
}

// crashExecution is one execution as its engine knows it: nine events, of which the first sent have been answered.
type crashExecution struct {
	id    string
	base  time.Time
	fails bool
	sent  int
}

const (
	crashSteps  = 3
	crashEvents = 2 + 2*crashSteps + 1
)

// event is the n-th event, from 0. It names no attempt, so a step.started that was applied twice would count as a second attempt.
func (x *crashExecution) event(n int) map[string]any {
	e := map[string]any{
		"eventId": fmt.Sprintf("%s-%d", x.id, n), "executionId": x.id, "workflowId": "crash",
		"timestamp": x.base.Add(time.Duration(n) * time.Millisecond).Format(time.RFC3339Nano),
	}
	switch {
	case n == 0:
		plan := make([]map[string]any, crashSteps)
		for i := range plan {
			plan[i] = map[string]any{"stepId": "step-" + strconv.Itoa(i), "name": "Step " + strconv.Itoa(i)}
		}
		e["type"], e["steps"] = "execution.queued", plan
	case n == 1:
		e["type"] = "execution.started"
	case n == crashEvents-1 && x.fails:
		e["type"], e["error"] = "execution.failed", "the ledger does not balance"
	case n == crashEvents-1:
		e["type"] = "execution.completed"
	default:
		e["type"], e["stepId"] = "step.completed", "step-"+strconv.Itoa((n-2)/2)
		if n%2 == 0 {
			e["type"], e["input"] = "step.started", map[string]any{"document": x.id}
		}
	}
	return e
}

// status is what the server must show when it has the first n events.
func (x *crashExecution) status(n int) string {
	switch {
	case n == 1:
		return "pending"
	case n < crashEvents:
		return "running"
	case x.fails:
		return "failed"
	}
	return "completed"
}

// steps is the status and attempt of each step when the server has the first n events.
func (x *crashExecution) steps(n int) []string {
	steps := make([]string, crashSteps)
	for i := range steps {
		switch started := 3 + 2*i; {
		case n > started:
			steps[i] = "completed 1"
		case n == started:
			steps[i] = "running 1"
		default:
			steps[i] = "pending 0"
		}
	}
	return steps
}

// crashWriter is an engine that reports its executions one request after the other.
type crashWriter struct {
	server   *child
	random   *rand.Rand
	open     []*crashExecution
	finished map[string]int
	answered int

	touched []*crashExecution // executions with an answered event since the last verify
	batches [][]byte          // the answered requests of this round
	sizes   []int
	pending []*crashExecution // the request that got no answer, event by event
	body    []byte
	fault   error // an answer that should not have been given
}

// write reports until the server is gone.
func (w *crashWriter) write() {
	for {
		w.compose()
		status, _, answer, err := w.server.do(http.MethodPost, "/api/ingest/events", childSecret, w.body)
		if err != nil {
			return
		}
		if !w.accept(status, answer, len(w.pending), 0) {
			return
		}
	}
}

// compose puts the next events of the open executions into one request.
func (w *crashWriter) compose() {
	events := make([]map[string]any, 0, crashBatchMax)
	reached := map[*crashExecution]int{}
	w.pending = nil
	for range 1 + w.random.IntN(crashBatchMax) {
		x := w.pick(reached)
		n := x.sent + reached[x]
		events = append(events, x.event(n))
		reached[x]++
		w.pending = append(w.pending, x)
	}
	w.body, _ = json.Marshal(events)
}

// pick chooses an open execution that still has an event to send, or opens one.
func (w *crashWriter) pick(reached map[*crashExecution]int) *crashExecution {
	for range 3 {
		if len(w.open) < crashInFlight {
			break
		}
		if x := w.open[w.random.IntN(len(w.open))]; x.sent+reached[x] < crashEvents {
			return x
		}
	}
	x := &crashExecution{id: uuid.NewString(), base: time.Now().UTC(), fails: w.random.IntN(5) == 0}
	w.open = append(w.open, x)
	return x
}

// accept takes the answer to the pending request; it must have taken in all events but the given number of duplicates.
func (w *crashWriter) accept(status int, answer []byte, accepted, duplicates int) bool {
	var receipt struct{ Accepted, Duplicates int }
	if err := json.Unmarshal(answer, &receipt); err != nil || status != http.StatusOK || receipt.Accepted != accepted || receipt.Duplicates != duplicates {
		w.fault = fmt.Errorf("want %d accepted and %d duplicates, got %d %s", accepted, duplicates, status, answer)
		return false
	}
	w.batches, w.sizes = append(w.batches, w.body), append(w.sizes, len(w.pending))
	w.answered += len(w.pending)
	seen := map[*crashExecution]bool{}
	for _, x := range w.pending {
		x.sent++
		if !seen[x] {
			seen[x] = true
			w.touched = append(w.touched, x)
		}
	}
	w.pending = nil
	return true
}

// verify compares the restarted server with what this writer was answered, then sends everything again: all of it must be known.
func (w *crashWriter) verify(t *testing.T) {
	t.Helper()
	arrived := w.pendingArrived(t)
	accepted := len(w.pending)
	if arrived {
		accepted = 0
	}
	if len(w.pending) > 0 {
		again := len(w.pending) - accepted
		status, _, answer, err := w.server.do(http.MethodPost, "/api/ingest/events", childSecret, w.body)
		require.NoError(t, err)
		require.True(t, w.accept(status, answer, accepted, again), "the request in flight, sent again: %v", w.fault)
	}
	for i, body := range w.batches {
		status, _, answer, err := w.server.do(http.MethodPost, "/api/ingest/events", childSecret, body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s", answer)
		var receipt struct{ Accepted, Duplicates int }
		require.NoError(t, json.Unmarshal(answer, &receipt))
		require.Equal(t, w.sizes[i], receipt.Duplicates, "events that were answered are known: %s", answer)
		require.Zero(t, receipt.Accepted)
	}
	done := map[string]bool{}
	for _, x := range w.touched {
		if !done[x.id] {
			done[x.id] = true
			x.requireState(t, w.server, x.sent)
		}
	}
	w.settle()
}

// pendingArrived says whether the request in flight at the kill was stored. It was stored whole or not at all, on top of everything
// that was answered before.
func (w *crashWriter) pendingArrived(t *testing.T) bool {
	t.Helper()
	more := map[*crashExecution]int{}
	for _, x := range w.pending {
		more[x]++
	}
	arrived, known := false, false
	for x, n := range more {
		has := x.matches(w.server, x.sent+n)
		if !has {
			x.requireState(t, w.server, x.sent)
		}
		require.True(t, !known || has == arrived, "one part of a request was stored and another was not")
		arrived, known = has, true
	}
	return arrived
}

// settle forgets what has been verified and is finished.
func (w *crashWriter) settle() {
	if w.finished == nil {
		w.finished = map[string]int{}
	}
	open := w.open[:0]
	for _, x := range w.open {
		if x.sent < crashEvents {
			open = append(open, x)
		} else {
			w.finished[x.status(x.sent)]++
		}
	}
	w.open, w.touched, w.batches, w.sizes = open, nil, nil, nil
}

// shown is an execution as the server answers it, in the words of crashExecution.
func (x *crashExecution) shown(server *child) (string, []string, error) {
	var answer struct {
		Status string
		Steps  []struct {
			StepID, Status string
			Attempt        int
		}
	}
	status, _, body, err := server.do(http.MethodGet, "/api/monitoring/executions/"+x.id, childSecret, nil)
	if err != nil || status == http.StatusNotFound {
		return "", nil, err
	}
	if status != http.StatusOK {
		return "", nil, fmt.Errorf("GET execution: %d %s", status, body)
	}
	if err = json.Unmarshal(body, &answer); err != nil {
		return "", nil, err
	}
	steps := make([]string, len(answer.Steps))
	for i, s := range answer.Steps {
		steps[i] = s.Status + " " + strconv.Itoa(s.Attempt)
		if s.Status == "pending" {
			steps[i] = "pending 0"
		}
	}
	return answer.Status, steps, nil
}

func (x *crashExecution) matches(server *child, n int) bool {
	status, steps, err := x.shown(server)
	return err == nil && n > 0 && status == x.status(n) && strings.Join(steps, ",") == strings.Join(x.steps(n), ",")
}

func (x *crashExecution) requireState(t *testing.T, server *child, n int) {
	t.Helper()
	status, steps, err := x.shown(server)
	require.NoError(t, err)
	if n == 0 {
		require.Empty(t, status, "execution %s: never answered, yet there in part", x.id)
		return
	}
	require.Equal(t, x.status(n), status, "execution %s after %d events", x.id, n)
	require.Equal(t, x.steps(n), steps, "execution %s after %d events", x.id, n)
}

// TestFullDiskRefusesAndRecovers fills the file system under a running server: writers get 503 storage_full and nothing of what was
// refused is stored, reads go on, and when space returns ingestion goes on in the same process.
func TestFullDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		t.Skipf("a small file system of our own cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	server := newChild(t, buildBinary(t), filepath.Join(disk, "data"))
	server.start(t)
	ballast := filepath.Join(disk, "ballast")
	fillDisk(t, ballast)

	var answered []string
	refused, retryAfter := "", ""
	for n := 0; refused == ""; n++ {
		require.Less(t, n, 2000, "the disk never filled")
		id := "run-" + strconv.Itoa(n)
		status, header, body, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, bigEvent(id))
		require.NoError(t, err, "%s", server.output)
		if status == http.StatusOK {
			answered = append(answered, id)
			continue
		}
		require.Equal(t, http.StatusServiceUnavailable, status, "%s", body)
		require.Contains(t, string(body), `"storage_full"`)
		refused, retryAfter = id, header.Get("Retry-After")
	}
	_, err := strconv.Atoi(retryAfter)
	require.NoError(t, err, "Retry-After is whole seconds: %q", retryAfter)

	requireStored := func() {
		for _, id := range answered {
			require.NoError(t, server.get("/api/monitoring/executions/"+id, childSecret, &struct{}{}))
		}
	}
	requireStored()
	status, _, _, err := server.do(http.MethodGet, "/api/monitoring/executions/"+refused, childSecret, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, status, "what was refused is not shown")

	pid := server.cmd.Process.Pid
	require.NoError(t, os.Remove(ballast))
	require.Eventually(t, func() bool {
		status, _, body, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, bigEvent(refused))
		require.NoError(t, err, "%s", server.output)
		if status != http.StatusOK {
			return false
		}
		require.Contains(t, string(body), `"accepted":1`, "nothing of what was refused had been stored")
		return true
	}, 10*time.Second, 50*time.Millisecond, "ingestion goes on when space returns")
	require.Equal(t, pid, server.cmd.Process.Pid)
	answered = append(answered, refused)
	requireStored()
	server.kill()
	server.check(t)
	server.start(t)
	requireStored()
	server.stop(t)
	server.check(t)
}

// TestANearlyFullDiskKeepsStatesWithoutStepData fills the file system under a running server to more than 95 %: states are kept, inputs are
// not any more, and health says so (J12, B-102).
func TestANearlyFullDiskKeepsStatesWithoutStepData(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		t.Skipf("a small file system of our own cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	server := newChild(t, buildBinary(t), filepath.Join(disk, "data"))
	server.start(t)
	step := func(id string) (reason string) {
		t.Helper()
		body := fmt.Sprintf(`{"eventId":"%[1]s","type":"step.started","executionId":"%[1]s","workflowId":"w","stepId":"s","input":{"invoice":"FV/1"}}`, id)
		status, _, answer, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, []byte(body))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s", answer)
		var detail struct {
			Input struct{ Invoice, Reason string }
		}
		require.NoError(t, server.get("/api/monitoring/executions/"+id+"/steps/s", childSecret, &detail))
		require.Equal(t, detail.Input.Reason == "", detail.Input.Invoice == "FV/1")
		return detail.Input.Reason
	}
	require.Empty(t, step("early"))
	var room struct {
		Level          string
		UsedPercent    float64
		CaptureStopped bool
	}
	fillTo(t, filepath.Join(disk, "ballast"), 2300<<10)
	require.Eventually(t, func() bool {
		require.NoError(t, server.get("/api/monitoring/system/storage", childSecret, &room))
		return room.CaptureStopped
	}, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, "critical", room.Level)
	require.Greater(t, room.UsedPercent, 95.0)
	require.Equal(t, "disk_critical", step("late"))
	require.Empty(t, step("early"), "what was kept stays")
	var health struct {
		Status   string
		Warnings []struct{ Code string }
	}
	require.NoError(t, server.get("/api/monitoring/system/health", childSecret, &health))
	require.Equal(t, "red", health.Status)
	require.Contains(t, fmt.Sprint(health.Warnings), "disk_critical")
	require.Contains(t, fmt.Sprint(health.Warnings), "capture_stopped")
	server.stop(t)
	server.check(t)
}

// fillDisk writes a file until a few hundred KiB are left.
func fillDisk(t *testing.T, path string) { fillTo(t, path, 768<<10) }

// fillTo writes a file that leaves so many bytes.
func fillTo(t *testing.T, path string, left int64) {
	t.Helper()
	var fs syscall.Statfs_t
	require.NoError(t, syscall.Statfs(filepath.Dir(path), &fs))
	size := int64(fs.Bavail)*fs.Bsize - left
	require.Positive(t, size)
	require.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
}

// bigEvent is a request of one event that does not compress. It is large by its metadata: step data would not be kept any more once the disk is nearly full.
func bigEvent(id string) []byte {
	noise := make([]byte, 12<<10)
	for i := range noise {
		noise[i] = "abcdefghijklmnopqrstuvwxyz0123456789+-"[rand.IntN(38)]
	}
	body, _ := json.Marshal(map[string]any{
		"eventId": "e-" + id, "type": "execution.started", "executionId": id, "workflowId": "big",
		"timestamp": time.Now().UTC().Format(time.RFC3339Nano), "metadata": map[string]string{"scan": string(noise)},
	})
	return body
}
