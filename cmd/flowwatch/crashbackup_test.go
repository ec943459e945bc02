package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv/archive"
)

const (
	backupCrashRounds = 6
	loadFor           = 600 * time.Millisecond
)

// crashRounds is how often a command is killed; FLOWWATCH_CRASH_ROUNDS sets it.
func crashRounds(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("FLOWWATCH_CRASH_ROUNDS")
	if text == "" {
		return usual
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err)
	return rounds
}

// heavy is a directory of some megabytes that no server uses any more.
func heavy(t *testing.T, binary string) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	server := newChild(t, binary, data)
	server.start(t)
	for n := range 200 {
		status, _, body, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, bigEvent("run-"+strconv.Itoa(n)))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s", body)
	}
	server.stop(t)
	return data
}

// command runs the binary to its end and requires that it was content.
func command(t *testing.T, binary string, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, args...).CombinedOutput()
	require.NoError(t, err, "%v: %s", args, out)
	return string(out)
}

// killed runs the binary and kills it within the time that it usually takes; it says whether that came too late.
func killed(t *testing.T, usual time.Duration, binary string, args ...string) (finished bool) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	require.NoError(t, cmd.Start())
	<-time.After(rand.N(usual)) // any moment is right
	_ = cmd.Process.Kill()
	return cmd.Wait() == nil
}

// took is how long the binary works on it.
func took(t *testing.T, binary string, args ...string) time.Duration {
	t.Helper()
	began := time.Now()
	command(t, binary, args...)
	return time.Since(began)
}

// TestCrashOfBackupRestoreAndCompactLeavesOldOrNew kills the commands at random moments: a backup file is always a whole one, a new
// directory is either restored or can still be, a compacted one is sound and holds the same. FLOWWATCH_CRASH_ROUNDS sets the rounds.
func TestCrashOfBackupRestoreAndCompactLeavesOldOrNew(t *testing.T) {
	t.Parallel()
	crashOfBackup(t, "")
}

// TestCrashOfEncryptedBackupLeavesOldOrNew is the same with a key.
func TestCrashOfEncryptedBackupLeavesOldOrNew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "backup.key")
	_, err := archive.MakeKeyFile(path, time.Now())
	require.NoError(t, err)
	crashOfBackup(t, path)
}

func crashOfBackup(t *testing.T, keyFile string) {
	t.Helper()
	binary, rounds := buildBinary(t), crashRounds(t, backupCrashRounds)
	data := heavy(t, binary)
	folder := t.TempDir()
	var key *archive.Key
	keyed := func(args ...string) []string { return args }
	if keyFile != "" {
		var err error
		key, err = archive.ReadKeyFile(keyFile)
		require.NoError(t, err)
		keyed = func(args ...string) []string { return append(args, "--backup-key-file", keyFile) }
	}
	out := filepath.Join(folder, "b.tar.zst")
	usual := took(t, binary, keyed("backup", "--out", out, "--data", data)...)
	manifest := func(path string) archive.Manifest {
		t.Helper()
		a, err := archive.Open(path, key)
		require.NoError(t, err)
		require.Equal(t, key != nil, a.Encrypted())
		require.NoError(t, err, "what has the name of a backup is one")
		require.NoError(t, a.Close())
		return a.Manifest
	}
	first, ends := manifest(out), 0
	for range rounds {
		if killed(t, usual, binary, keyed("backup", "--out", out, "--data", data)...) {
			ends++
		}
		require.Equal(t, first.Organizations, manifest(out).Organizations)
		entries, err := os.ReadDir(data)
		require.NoError(t, err)
		for _, e := range entries {
			require.NotContains(t, e.Name(), "backup", "the local copy has no name")
		}
	}
	t.Logf("backup: %d killed, %d had ended", rounds-ends, ends)

	usual, ends = took(t, binary, keyed("restore", "--data", filepath.Join(t.TempDir(), "new"), out)...), 0
	for range rounds {
		target := filepath.Join(t.TempDir(), "new")
		killed(t, usual, binary, keyed("restore", "--data", target, out)...)
		if _, err := os.Stat(filepath.Join(target, "flowwatch.db")); err == nil {
			ends++
		} else {
			command(t, binary, keyed("restore", "--data", target, out)...)
		}
		require.Contains(t, command(t, binary, "check", "--data", target), ": ok")
		again := filepath.Join(t.TempDir(), "again.tar.zst")
		command(t, binary, keyed("backup", "--out", again, "--data", target)...)
		require.Equal(t, first.Organizations, manifest(again).Organizations)
		require.NotEqual(t, first.Epoch, manifest(again).Epoch)
	}
	t.Logf("restore: %d killed, %d had ended", rounds-ends, ends)
	if key == nil {
		crashOfCompact(t, binary, data, out, manifest)
	}
}

func crashOfCompact(t *testing.T, binary, data, out string, manifest func(path string) archive.Manifest) {
	t.Helper()
	first, ends, rounds := manifest(out), 0, crashRounds(t, backupCrashRounds)
	usual := took(t, binary, "compact", "--data", data)
	for range rounds {
		if killed(t, usual, binary, "compact", "--data", data) {
			ends++
		}
		require.Contains(t, command(t, binary, "check", "--data", data), ": ok")
		command(t, binary, "backup", "--out", out, "--data", data)
		require.Equal(t, first.Organizations, manifest(out).Organizations)
		require.Equal(t, first.Epoch, manifest(out).Epoch)
	}
	t.Logf("compact: %d killed, %d had ended", rounds-ends, ends)
}

// TestCrashWhileTheServerBacksUp kills the appliance while its nightly backup is made: no half file has the name of a backup, and the
// next start makes it.
func TestCrashWhileTheServerBacksUp(t *testing.T) {
	t.Parallel()
	binary := buildBinary(t)
	crashOfServer(t, binary, ".tar.zst")
	key := filepath.Join(t.TempDir(), "backup.key")
	_, err := archive.MakeKeyFile(key, time.Now())
	require.NoError(t, err)
	crashOfServer(t, binary, ".tar.zst.age", "--backup-key-file", key)
}

func crashOfServer(t *testing.T, binary, suffix string, keyFlags ...string) {
	t.Helper()
	data, dir := heavy(t, binary), filepath.Join(t.TempDir(), "nights")
	server := newChild(t, binary, data, append([]string{"--backup-dir", dir}, keyFlags...)...)
	for range crashRounds(t, backupCrashRounds) {
		server.start(t) // a backup is due at once
		<-time.After(rand.N(150 * time.Millisecond))
		server.kill()
		names, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
		require.NoError(t, err)
		for _, name := range names {
			command(t, binary, append([]string{"restore", "--verify", name}, keyFlags...)...)
			require.NoError(t, os.Remove(name)) // the next one is due again
		}
		server.check(t)
	}
	server.start(t)
	require.Eventually(t, func() bool {
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		return len(names) == 1 && strings.HasSuffix(names[0], suffix)
	}, 2*childStartLimit, 20*time.Millisecond, "one good backup, and nothing that a killed one left")
	left, err := filepath.Glob(filepath.Join(data, ".verify-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	server.stop(t)
}

// TestABackupUnderLoadAnswersLikeTheOriginal copies a server while engines write to it. The copy is one state of it: when it is told the
// same events again, it answers every query as the original does. A copy of the quiet server does so at once, numbers of changes included.
func TestABackupUnderLoadAnswersLikeTheOriginal(t *testing.T) {
	t.Parallel()
	binary, folder := buildBinary(t), t.TempDir()
	original := newChild(t, binary, filepath.Join(folder, "original"))
	original.start(t)
	writers := make([]*crashWriter, 4)
	for i := range writers {
		writers[i] = &crashWriter{server: original, random: rand.New(rand.NewPCG(7, uint64(i)))}
	}
	copyTo := func(name string) archive.Manifest {
		t.Helper()
		path := filepath.Join(folder, name+".tar.zst")
		status, header, body, err := original.do(http.MethodPost, "/api/admin/backup", childSecret, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s", body)
		require.Contains(t, header.Get("Content-Disposition"), ".tar.zst")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		command(t, binary, "restore", "--data", filepath.Join(folder, name), path)
		a, err := archive.Open(path, nil)
		require.NoError(t, err)
		require.NoError(t, a.Close())
		return a.Manifest
	}
	var stop atomic.Bool
	var wait sync.WaitGroup
	for _, w := range writers {
		wait.Go(func() { w.writeUntil(&stop) })
	}
	<-time.After(loadFor)
	during := copyTo("during")
	<-time.After(loadFor)
	stop.Store(true)
	wait.Wait()
	for _, w := range writers {
		w.finish(t) // what runs would be older in each answer
	}
	quiet := copyTo("quiet")
	require.Less(t, during.Organizations[0].Seq, quiet.Organizations[0].Seq, "it was copied while there was load")

	want := answersOf(t, original, writers, true)
	again := newChild(t, binary, filepath.Join(folder, "quiet"))
	again.start(t)
	requireSameAnswers(t, want, answersOf(t, again, writers, true))
	again.stop(t)

	late := newChild(t, binary, filepath.Join(folder, "during"))
	late.start(t)
	var meta struct{ Seq uint64 }
	require.NoError(t, late.get("/api/monitoring/meta", childSecret, &meta))
	require.Equal(t, during.Organizations[0].Seq, meta.Seq, "the manifest says what is in it")
	known := 0
	for _, w := range writers {
		known += w.sendAgain(t, late)
	}
	require.Positive(t, known, "part of it was in the copy")
	requireSameAnswers(t, answersOf(t, original, writers, false), answersOf(t, late, writers, false))
	late.stop(t)
	late.check(t)
	original.stop(t)
}

// writeUntil reports until it is told to stop.
func (w *crashWriter) writeUntil(stop *atomic.Bool) {
	for !stop.Load() {
		w.compose()
		status, _, answer, err := w.server.do(http.MethodPost, "/api/ingest/events", childSecret, w.body)
		if err != nil {
			w.fault = err
			return
		}
		if !w.accept(status, answer, len(w.pending), 0) {
			return
		}
	}
}

// finish reports what its open executions still have to tell.
func (w *crashWriter) finish(t *testing.T) {
	t.Helper()
	require.NoError(t, w.fault)
	events := []map[string]any{}
	w.pending = nil
	for _, x := range w.open {
		for n := x.sent; n < crashEvents; n++ {
			events, w.pending = append(events, x.event(n)), append(w.pending, x)
		}
	}
	if len(events) == 0 {
		return
	}
	var err error
	w.body, err = json.Marshal(events)
	require.NoError(t, err)
	status, _, answer, err := w.server.do(http.MethodPost, "/api/ingest/events", childSecret, w.body)
	require.NoError(t, err)
	require.True(t, w.accept(status, answer, len(w.pending), 0), "%v", w.fault)
}

// sendAgain tells another server all that was answered, and returns how much of it was known.
func (w *crashWriter) sendAgain(t *testing.T, server *child) (known int) {
	t.Helper()
	for i, body := range w.batches {
		status, _, answer, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s", answer)
		var receipt struct{ Accepted, Duplicates int }
		require.NoError(t, json.Unmarshal(answer, &receipt))
		require.Equal(t, w.sizes[i], receipt.Accepted+receipt.Duplicates)
		known += receipt.Duplicates
	}
	return known
}

// volatile are the fields that follow the clock, not what was sent.
var volatile = []string{
	"asOf", "averageWaitSeconds", "currentAverageWaitSeconds", "processingRatePerMinute", "processingRate15m", "estimatedClearanceSeconds", "forecast",
}

// answersOf asks everything that a page shows, by path.
func answersOf(t *testing.T, server *child, writers []*crashWriter, numbered bool) map[string]any {
	t.Helper()
	span := url.Values{}
	span.Set("start", time.Now().Add(-24*time.Hour).Truncate(time.Hour).Format(time.RFC3339))
	span.Set("end", time.Now().Add(24*time.Hour).Truncate(time.Hour).Format(time.RFC3339))
	paths := []string{
		"/api/monitoring/executions?limit=100", "/api/monitoring/executions?limit=100&status=failed", "/api/monitoring/executions?limit=100&status=running",
		"/api/monitoring/executions/active?limit=100", "/api/monitoring/workflows", "/api/monitoring/queue", "/api/monitoring/queue/next",
		"/api/monitoring/workflows/crash/metrics?" + span.Encode(), "/api/monitoring/workflows/crash/trend?interval=1h&" + span.Encode(),
		"/api/monitoring/trend?interval=1d&" + span.Encode(), "/api/monitoring/workflows/crash/bottlenecks?" + span.Encode(),
		"/api/monitoring/workflows/crash/export?format=json&" + span.Encode(),
		"/api/monitoring/metrics?aggregation=sum&interval=1m&metricTypes=execution.duration_ms,execution.completed,execution.failed,step.duration_ms&" +
			strings.NewReplacer("start=", "startTime=", "end=", "endTime=").Replace(span.Encode()),
		"/api/monitoring/deadlines?from=2026-12-01&to=2027-01-31", "/api/monitoring/deadlines/rules", "/api/admin/organizations",
	}
	for _, w := range writers {
		for i, x := range w.touched {
			if i%17 == 0 { // some of them
				one := "/api/monitoring/executions/" + x.id
				paths = append(paths, one, one+"/timeline", one+"/explain", one+"/steps/step-0")
			}
		}
	}
	answers := map[string]any{}
	for _, path := range paths {
		status, _, body, err := server.do(http.MethodGet, path, childSecret, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, "%s: %s", path, body)
		var v any
		require.NoError(t, json.Unmarshal(body, &v), path)
		answers[path] = steady(v, numbered)
	}
	return answers
}

// steady leaves out what follows the clock and, unless numbered, the numbers of changes.
func steady(v any, numbered bool) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			switch {
			case key == "seq" && !numbered, slices.Contains(volatile, key):
				delete(v, key)
			default:
				v[key] = steady(value, numbered)
			}
		}
	case []any:
		for i := range v {
			v[i] = steady(v[i], numbered)
		}
	}
	return v
}

func requireSameAnswers(t *testing.T, want, got map[string]any) {
	t.Helper()
	require.Len(t, got, len(want))
	for path, answer := range want {
		require.Equal(t, fmt.Sprint(answer), fmt.Sprint(got[path]), path)
	}
	require.Greater(t, len(want), 20)
}
