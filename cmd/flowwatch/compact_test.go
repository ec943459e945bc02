package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

func TestCompactKeepsWhatIsThereAndRefusesARunningServer(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	server := serveOn(t, data)
	var before, after api.ExecutionStatus
	read(t, server.url, token, "/api/monitoring/executions/run-1", &before)
	history := epoch(t, server, token)
	flowwatch(t, "compact", "--data", data).requireLine(t, exitWrong, data, "in use by another process", "stop it")
	server.stop(t)

	said := flowwatch(t, "compact", "--data", data).requireDone(t).stdout
	for _, words := range []string{data, "before", ": ok"} {
		require.Contains(t, said, words)
	}
	flowwatch(t, "check", "--data", data).requireDone(t)
	server = serveOn(t, data)
	read(t, server.url, token, "/api/monitoring/executions/run-1", &after)
	require.Equal(t, before, after)
	require.Equal(t, history, epoch(t, server, token), "live clients go on")
	server.stop(t)

	nowhere := empty(t)
	flowwatch(t, "compact", "--data", nowhere).requireLine(t, exitWrong, "no flowwatch.db", nowhere)
	require.NoDirExists(t, nowhere)
}

func TestCompactThatIsStoppedOrFindsDamageChangesNothing(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"compact", "--data", data}, nil, &stdout, &stderr)
	result{code: code, stdout: stdout.String(), stderr: stderr.String()}.requireLine(t, exitWrong, "stopped; nothing was changed")
	flowwatch(t, "check", "--data", data).requireDone(t)

	spoil(t, data)
	before, err := os.ReadFile(directory(data).database())
	require.NoError(t, err)
	flowwatch(t, "compact", "--data", data).requireLine(t, exitWrong, "the data directory "+data+" is damaged")
	after, err := os.ReadFile(directory(data).database())
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "the evidence stays")
	entries, err := os.ReadDir(data)
	require.NoError(t, err)
	for _, e := range entries {
		require.NotContains(t, e.Name(), "compacting")
	}
}

// What does not fit is refused before anything is written, by restore and by compact.
func TestASmallDiskIsSeenBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	out := filepath.Join(t.TempDir(), "b.tar.zst")
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=200k,mode=0700"); err != nil {
		t.Skipf("a small file system of our own cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	ballast := filepath.Join(disk, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 176<<10), 0o600))
	target := filepath.Join(disk, "new")
	flowwatch(t, "restore", "--data", target, out).requireLine(t, exitWrong, "the disk of the data directory "+target+" is full", "are needed and")
	left, err := os.ReadDir(target)
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, os.Remove(ballast))
	flowwatch(t, "restore", "--data", target, out).requireDone(t)
	flowwatch(t, "compact", "--data", target).requireLine(t, exitWrong, "the disk of the data directory "+target+" is full", "bytes are needed in")
	flowwatch(t, "check", "--data", target).requireDone(t)
}
