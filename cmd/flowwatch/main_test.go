package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongCommandLinesAreExitCode2InOneLine(t *testing.T) {
	t.Parallel()
	log := file(t, "events.ndjson", "{}\n")
	f := func(words string, args ...string) {
		t.Helper()
		flowwatch(t, args...).requireLine(t, exitUsage, words)
	}
	f("see flowwatch --help", "dance")
	f("--nonsense", "serve", "--nonsense")
	f("--org", "token", "create", "--role", "viewer")
	f("--role", "token", "create", "--org", "o")
	f("the roles are viewer, accountant, workflow_admin, org_admin, auditor, integration, appliance_admin",
		"token", "create", "--org", "o", "--role", "viewer,king", "--data", empty(t))
	f("exclude each other", "token", "create", "--org", "o", "--role", "viewer", "--data", "d", "--server", "http://localhost", "--token", "t")
	f("--server needs --token", "token", "create", "--org", "o", "--role", "viewer", "--server", "http://localhost")
	f("is not an address such as", "token", "create", "--org", "o", "--role", "viewer", "--server", "localhost:8080", "--token", "t")
	f("--out", "backup", "--data", "d")
	f("--data", "restore", "file")
	f("expected", "restore", "--data", "d")
	f("--format", "import", log, "--token", "t")
	f("--format", "import", log, "--format", "csv", "--token", "t")
	f("--token", "import", log, "--format", "ndjson")
	f("--workflow is for XES", "import", log, "--format", "ndjson", "--token", "t", "--workflow", "w")
	f("--prefix is for XES", "import", log, "--format", "ndjson", "--token", "t", "--prefix", "p")
	f("--speed is from above 0", "import", log, "--format", "ndjson", "--token", "t", "--speed", "0")
	f("--workflow must be", "import", log, "--format", "xes", "--token", "t", "--workflow", "a b")
	f("--prefix must be", "import", log, "--format", "xes", "--token", "t", "--prefix", "a/")
	f("--rate", "simulate", "--rate", "0", "--token", "t")
	f("--rate", "simulate", "--rate", "many", "--token", "t")
	f("--duration", "simulate", "--duration", "-1s", "--token", "t")
	f("--rate-limit", "serve", "--rate-limit", "7", "--data", empty(t))
	f("is not an address", "serve", "--listen", "8080", "--data", empty(t))
	f("--webhook-allow", "serve", "--webhook-allow", "10.0.0.0/8,no host", "--data", empty(t))
	f("--watch-process", "serve", "--watch-process", "/usr/bin/node", "--data", empty(t))
	f("--insecure-lan", "serve", "--listen", "0.0.0.0:0", "--data", empty(t))
	f("--insecure-lan", "demo", "--listen", ":0")
	f("--backup-at", "serve", "--backup-at", "25:00", "--data", empty(t))
	f("--backup-keep", "serve", "--backup-keep", "0", "--data", empty(t))
	f("--backup-dir", "serve", "--backup-dir", log, "--data", empty(t))
	data := empty(t)
	f("is the data directory", "serve", "--backup-dir", data+"/.", "--data", data)
}

func TestHelpIsForPeople(t *testing.T) {
	t.Parallel()
	all := flowwatch(t).requireDone(t)
	require.Empty(t, all.stderr)
	for _, command := range []string{
		"serve", "demo", "token create", "import", "simulate", "tail", "runs", "ack", "queue", "backup", "restore", "check", "compact", "healthcheck", "version",
	} {
		require.Contains(t, all.stdout, command)
		help := flowwatch(t, append(strings.Fields(command), "--help")...).requireDone(t)
		require.Contains(t, help.stdout, "Usage: flowwatch "+command)
	}
	serve := flowwatch(t, "serve", "--help").requireDone(t)
	for _, twin := range []string{"$FLOWWATCH_DATA", "$FLOWWATCH_LISTEN", "$FLOWWATCH_RATE_LIMIT", "FLOWWATCH_BOOTSTRAP_TOKEN"} {
		require.Contains(t, serve.stdout, twin)
	}
}

func TestEveryFlagHasATwinInTheEnvironment(t *testing.T) { // not parallel: the environment is the process's
	data, other := empty(t), empty(t)
	t.Setenv("FLOWWATCH_DATA", data)
	t.Setenv("FLOWWATCH_ORG", "Biuro Testowe")
	t.Setenv("FLOWWATCH_ROLE", "viewer,integration")
	secret := strings.TrimSpace(flowwatch(t, "token", "create").requireDone(t).stdout)
	require.Contains(t, flowwatch(t, "check").requireDone(t).stdout, data)

	t.Setenv("FLOWWATCH_LISTEN", "127.0.0.1:0")
	server := begin(t, "serve")
	t.Setenv("FLOWWATCH_SERVER", server.url)
	t.Setenv("FLOWWATCH_TOKEN", secret)
	t.Setenv("FLOWWATCH_FORMAT", "ndjson")
	done := flowwatch(t, "import", file(t, "events.ndjson", eventLine("1", "execution.started")+"\n")).requireDone(t)
	require.Equal(t, "1 event: 1 accepted, 0 duplicates, 0 refused\n", done.stdout)
	require.Equal(t, "ready\n", flowwatch(t, "healthcheck").requireDone(t).stdout)

	// The command line counts more than the environment, which has both a directory and a server.
	flowwatch(t, "token", "create", "--data", other).requireDone(t)
	flowwatch(t, "check", "--data", other).requireDone(t)
}

func TestVersionSaysWhatThisBinaryIs(t *testing.T) {
	t.Parallel()
	line := flowwatch(t, "version").requireDone(t).stdout
	require.True(t, strings.HasPrefix(line, "flowwatch "+version), line)
	require.Contains(t, line, runtime.Version())
	require.Equal(t, 1, strings.Count(line, "\n"))
}

func TestHealthcheckNeedsAServerThatIsReady(t *testing.T) {
	t.Parallel()
	server := serveOn(t, empty(t))
	require.Equal(t, "ready\n", flowwatch(t, "healthcheck", "--server", server.url).requireDone(t).stdout)
	require.Equal(t, "ready\n", flowwatch(t, "healthcheck", "--listen", strings.TrimPrefix(server.url, "http://")).requireDone(t).stdout)
	server.stop(t)
	flowwatch(t, "healthcheck", "--server", server.url).requireLine(t, exitWrong, "no server answers at "+server.url)
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	data := empty(t)
	flowwatch(t, "check", "--data", data).requireLine(t, exitWrong, "no flowwatch.db in the data directory "+data)
	require.NoDirExists(t, data, "looking makes nothing")
	tokenFor(t, data, "office", "viewer")
	lines := strings.Split(strings.TrimSpace(flowwatch(t, "check", "--data", data).requireDone(t).stdout), "\n")
	require.True(t, strings.HasSuffix(lines[len(lines)-1], ": ok"), lines)

	newer(t, filepath.Join(data, databaseName))
	flowwatch(t, "check", "--data", data).requireLine(t, exitWrong, data, "newer version")
}

// TestCheckPrintsEachProblem renames an execution in one place after the other: some are remains of older commits, others are not.
func TestCheckPrintsEachProblem(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	database := filepath.Join(data, databaseName)
	whole, err := os.ReadFile(database)
	require.NoError(t, err)
	found := 0
	for at := range whole {
		if !bytes.HasPrefix(whole[at:], []byte("run-1")) {
			continue
		}
		broken := bytes.Clone(whole)
		copy(broken[at:], "run-2")
		require.NoError(t, os.WriteFile(database, broken, 0o600))
		wrong := flowwatch(t, "check", "--data", data)
		if wrong.code == exitDone {
			continue
		}
		found++
		wrong.requireLine(t, exitWrong, "the data directory "+data+" is damaged", "restore a backup")
		require.NotEmpty(t, strings.TrimSpace(wrong.stdout))
		require.NotContains(t, wrong.stdout, ": ok")
	}
	require.Positive(t, found)
}

// eventLine is a line of NDJSON about the execution "run-1", whose id and time come from a number of two digits at most.
func eventLine(n, kind string) string {
	return `{"eventId":"` + n + `","type":"` + kind + `","executionId":"run-1","workflowId":"w","timestamp":"2026-11-24T08:00:` +
		strings.Repeat("0", 2-len(n)) + n + `Z"}`
}

func TestHealthcheckLooksNoNameUp(t *testing.T) { // an image from scratch has neither /etc/hosts nor a resolver
	t.Parallel()
	for listen, want := range map[string]string{
		"0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", "localhost:1": "127.0.0.1:1",
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:8080": "[::1]:8080", "10.0.0.5:1": "10.0.0.5:1",
	} {
		require.Equal(t, want, loopbackOf(listen), listen)
	}
}
