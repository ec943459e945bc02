package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheBinaryRefusesInOneLine runs the built binary where only a process of its own shows the truth: no room on the disk, and two
// processes on one directory.
func TestTheBinaryRefusesInOneLine(t *testing.T) {
	t.Parallel()
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"))
	server.start(t)
	for _, id := range []string{"run-1", "run-2", "run-3", "run-4"} { // more than a file may hold below
		_, _, _, err := server.do("POST", "/api/ingest/events", childSecret, bigEvent(id))
		require.NoError(t, err)
	}
	refused := func(limited bool, words string, args ...string) {
		t.Helper()
		cmd := exec.Command(server.binary, args...)
		if limited { // files may not grow beyond 16 KiB, as if the disk were full
			cmd = exec.Command("sh", append([]string{"-c", `ulimit -f 32; exec "$0" "$@"`, server.binary}, args...)...)
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		began := time.Now()
		err := cmd.Run()
		exit := new(exec.ExitError)
		require.ErrorAs(t, err, &exit, "%s", &stdout)
		require.Equal(t, 1, exit.ExitCode(), "%s", &stderr)
		require.Less(t, time.Since(began), 5*time.Second)
		require.Regexp(t, `\Aflowwatch: [^\n]+\n\z`, stderr.String())
		require.Contains(t, stderr.String(), words)
		require.Empty(t, stdout.String())
	}
	refused(false, "the data directory "+server.data+" is in use by another process", "serve", "--data", server.data, "--listen", "127.0.0.1:0")
	refused(false, "the address "+server.address+" is taken", "serve", "--data", filepath.Join(t.TempDir(), "d"), "--listen", server.address)

	out := filepath.Join(t.TempDir(), "b.fwb")
	require.NoError(t, os.WriteFile(out, []byte("of last week"), 0o600))
	refused(true, "there is no room for the backup "+out, "backup", "--out", out, "--server", "http://"+server.address, "--token", childSecret)
	server.stop(t)
	kept, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "of last week", string(kept))
	require.NoError(t, exec.Command(server.binary, "backup", "--out", out, "--data", server.data).Run())

	fresh := filepath.Join(t.TempDir(), "fresh")
	refused(true, "the disk of the data directory "+fresh+" is full", "serve", "--data", fresh, "--listen", "127.0.0.1:0")
	refused(true, "the disk of the data directory "+fresh+" is full", "token", "create", "--org", "o", "--role", "viewer", "--data", fresh)
	target := filepath.Join(t.TempDir(), "target")
	refused(true, "the disk of the data directory "+target+" is full", "restore", "--data", target, out)
	entries, err := os.ReadDir(target)
	require.NoError(t, err)
	require.Empty(t, entries)
	require.NoError(t, exec.Command(server.binary, "restore", "--data", target, out).Run(), "with room again")
	require.NoError(t, exec.Command(server.binary, "serve", "--help").Run())

	again := newChild(t, server.binary, fresh)
	again.start(t)
	again.stop(t)
	again.check(t)
}
