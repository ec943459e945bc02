package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inbox is a real socket as systemd's.
func inbox(t *testing.T) (path string, next func() string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "fw") // the test's own folder is too long a name for a socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path = filepath.Join(folder, "s")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return path, func() string {
		t.Helper()
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(testStartLimit)))
		b := make([]byte, 100)
		n, err := conn.Read(b)
		require.NoError(t, err)
		return string(b[:n])
	}
}

func TestServeTellsSystemdHowItIs(t *testing.T) { // not parallel: the environment is the process's
	path, next := inbox(t)
	t.Setenv(notifyEnv, path)
	t.Setenv(watchdogEnv, "300000")
	for _, flags := range [][]string{{}, {"--tls", "auto"}} {
		server := begin(t, append([]string{"serve", "--data", empty(t), "--listen", "127.0.0.1:0"}, flags...)...)
		require.Equal(t, readyStatus, next())
		for range 3 {
			require.Equal(t, watchdogStatus, next())
		}
		server.stop(t)
		state := next()
		for state == watchdogStatus {
			state = next()
		}
		require.Equal(t, stoppingStatus, state)
		require.NotContains(t, server.stderr.String(), "systemd was not told")
	}
	t.Setenv(watchdogPIDEnv, "1")
	require.Zero(t, newNotifier().watchdog, "it is another process's")
	t.Setenv(watchdogPIDEnv, "")
	t.Setenv(watchdogEnv, "soon")
	require.Zero(t, newNotifier().watchdog)
	t.Setenv(notifyEnv, "relative")
	require.Equal(t, notifier{}, newNotifier())

	t.Setenv(notifyEnv, path+"-gone")
	server := begin(t, "serve", "--data", empty(t), "--listen", "127.0.0.1:0")
	require.Eventually(t, func() bool { return strings.Contains(server.stderr.String(), "systemd was not told") }, testStartLimit, testPollEvery)
	server.stop(t)
}

func TestServicePrintsAHardenedUnit(t *testing.T) {
	t.Parallel()
	text := flowwatch(t, "service", "print", "--listen", "0.0.0.0:443", "--tls", "auto", "--tls-name", "monitor.kowalski.pl").requireDone(t).stdout
	require.Contains(t, text, " serve --data /var/lib/flowwatch --listen 0.0.0.0:443 --tls auto --tls-name monitor.kowalski.pl\n")
	require.Contains(t, text, "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n")
	require.NotContains(t, text, "{")
	plain := flowwatch(t, "service", "print").requireDone(t).stdout
	require.Contains(t, plain, "\nCapabilityBoundingSet=\n")
	flowwatch(t, "service", "print", "--listen", "0.0.0.0:8080").requireLine(t, exitUsage, "add --tls auto")
	require.Equal(t, `"a b%%c$$d"`, unitWord("a b%c$d"))

	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	out, err := exec.Command(analyze, "verify", file(t, unitName, text)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), unitName+":")
}

func TestServiceInstallPutsTheUnitInPlaceAndStartsIt(t *testing.T) { // not parallel: the environment is the process's
	bin, folder := t.TempDir(), t.TempDir()
	said := filepath.Join(bin, "said")
	t.Setenv("PATH", bin)
	install := func() result { return flowwatch(t, "service", "install", "--folder", folder) }
	install().requireLine(t, exitWrong, "no systemctl")
	require.NoFileExists(t, filepath.Join(folder, unitName))

	script := "#!/bin/sh\necho \"$@\" >>" + said + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "systemctl"), []byte(script), 0o700))
	require.Contains(t, install().requireDone(t).stdout, "set-up link")
	words, err := os.ReadFile(said)
	require.NoError(t, err)
	require.Equal(t, "daemon-reload\nenable flowwatch.service\nrestart flowwatch.service\n", string(words))
	unit, err := os.ReadFile(filepath.Join(folder, unitName))
	require.NoError(t, err)
	require.Equal(t, flowwatch(t, "service", "print").stdout, string(unit))

	require.NoError(t, os.WriteFile(filepath.Join(bin, "systemctl"), []byte("#!/bin/sh\necho it is masked; exit 1\n"), 0o700))
	install().requireLine(t, exitWrong, "systemctl daemon-reload", "it is masked")
}
