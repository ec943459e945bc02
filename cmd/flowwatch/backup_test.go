package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/kv"
)

// filled is a directory with an execution in it, and a token that may do everything there.
func filled(t *testing.T) (data, token string) {
	t.Helper()
	data = empty(t)
	token = tokenFor(t, data, "default", "appliance_admin,org_admin,workflow_admin,integration")
	server := serveOn(t, data)
	lines := eventLine("1", "execution.started") + "\n" + eventLine("2", "execution.completed") + "\n"
	flowwatch(t, "import", file(t, "events.ndjson", lines), "--format", "ndjson", "--server", server.url, "--token", token).requireDone(t)
	server.stop(t)
	return data, token
}

// epoch is the name of the history that a server shows.
func epoch(t *testing.T, server *running, token string) string {
	t.Helper()
	var meta api.Meta
	read(t, server.url, token, "/api/monitoring/meta", &meta)
	return meta.Epoch
}

func TestABackupRestoresToTheSameExecutionsAndANewHistory(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	out := filepath.Join(t.TempDir(), "monday.fwb")
	check := func(old string) {
		t.Helper()
		restored := empty(t)
		require.Contains(t, flowwatch(t, "restore", "--data", restored, out).requireDone(t).stdout, "restored")
		flowwatch(t, "check", "--data", restored).requireDone(t)
		server := serveOn(t, restored)
		var x api.ExecutionStatus
		read(t, server.url, token, "/api/monitoring/executions/run-1", &x)
		require.Equal(t, "completed", x.Status)
		require.NotEqual(t, old, epoch(t, server, token))
		server.stop(t)
	}
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	server := serveOn(t, data)
	old := epoch(t, server, token)
	check(old)

	require.NoError(t, os.WriteFile(out, []byte("of last week"), 0o600))
	flowwatch(t, "backup", "--out", out, "--server", server.url, "--token", token).requireDone(t)
	check(old)
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(out), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{out}, leftovers)

	viewer := strings.TrimSpace(flowwatch(t, "token", "create", "--org", "default", "--role", "viewer",
		"--server", server.url, "--token", token).requireDone(t).stdout)
	before, err := os.ReadFile(out)
	require.NoError(t, err)
	flowwatch(t, "backup", "--out", out, "--server", server.url, "--token", viewer).requireLine(t, exitWrong, "has not the right")
	after, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, before, after, "the older backup stays when the new one fails")
	server.stop(t)
	flowwatch(t, "backup", "--out", out, "--server", server.url, "--token", token).requireLine(t, exitWrong, "no server answers")
}

func TestBackupRefusesPlacesThatAreNone(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	f := func(out string, words ...string) {
		t.Helper()
		flowwatch(t, "backup", "--data", data, "--out", out).requireLine(t, exitWrong, append(words, out)...)
	}
	f(filepath.Join(data, databaseName), "is the database of a data directory")
	f(t.TempDir(), "is not a file")
	f(filepath.Join(t.TempDir(), "missing", "b.fwb"), "write the backup")
	flowwatch(t, "check", "--data", data).requireDone(t)
	nowhere := empty(t)
	flowwatch(t, "backup", "--data", nowhere, "--out", filepath.Join(t.TempDir(), "b")).requireLine(t, exitWrong, "no flowwatch.db", nowhere)
}

func TestRestoreRefusesWhatItMustNotTouchAndWhatIsNoBackup(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	out := filepath.Join(t.TempDir(), "b.fwb")
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	flowwatch(t, "restore", "--data", data, out).requireLine(t, exitWrong, data, "is not empty", databaseName)
	flowwatch(t, "check", "--data", data).requireDone(t)

	target := empty(t)
	f := func(backup string, words ...string) {
		t.Helper()
		flowwatch(t, "restore", "--data", target, backup).requireLine(t, exitWrong, append(words, backup)...)
		entries, _ := os.ReadDir(target)
		require.Empty(t, entries, "what failed leaves nothing")
	}
	f(filepath.Join(t.TempDir(), "missing"), "read the backup", "no such file")
	f(t.TempDir(), "is not a backup")
	f(file(t, "text", "this is not a backup"), "is not a backup, or it is damaged")
	f(file(t, "nothing", ""), "is not a backup, or it is damaged")
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	f(file(t, "cut", string(whole[:len(whole)/2])), "is not a backup, or it is damaged", "cut off or changed")
	f(file(t, "last byte", string(whole[:len(whole)-1])), "is not a backup, or it is damaged")
	f(file(t, "longer", string(whole)+"\x00"), "is not a backup, or it is damaged")
	for at := 0; at < len(whole); at += 1 + len(whole)/40 {
		flipped := []byte(string(whole))
		flipped[at] ^= 0x10
		f(file(t, "flipped", string(flipped)), "is not a backup, or it is damaged")
	}
	bare := bareCopy(t, data)
	newer(t, bare)
	f(bare, "was written by a newer version of flowwatch")
	flowwatch(t, "restore", "--verify", bare).requireLine(t, exitWrong, "was written by a newer version of flowwatch")
	flowwatch(t, "restore", out).requireLine(t, exitUsage, "--data=NEWDIR, or --verify")
	flowwatch(t, "restore", "--verify", "--data", target, out).requireLine(t, exitUsage, "leave --data out")

	require.NoError(t, os.WriteFile(filepath.Join(target, restoringName), []byte("of a restore that was killed"), 0o600))
	flowwatch(t, "restore", "--data", target, out).requireDone(t)
	flowwatch(t, "check", "--data", target).requireDone(t)
}

func TestASignalStopsABackupAndARestoreAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	data, _ := filled(t)
	out := filepath.Join(t.TempDir(), "b.fwb")
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	target, folder := empty(t), t.TempDir()
	for _, args := range [][]string{
		{"restore", "--data", target, out}, {"backup", "--data", data, "--out", filepath.Join(folder, "second.fwb")},
	} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, nil, &stdout, &stderr)
		result{code: code, stdout: stdout.String(), stderr: stderr.String()}.requireLine(t, exitWrong, "stopped; nothing was changed")
	}
	for _, folder := range []string{target, folder} {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
}

// bareCopy is a backup as older versions made it: the database file itself.
func bareCopy(t *testing.T, data string) string {
	t.Helper()
	db, err := kv.Open(directory(data).database(), kv.Options{})
	require.NoError(t, err)
	copied, err := db.Copy(nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "old.db")
	out, err := os.Create(path)
	require.NoError(t, err)
	_, err = copied.WriteTo(out)
	require.NoError(t, errors.Join(err, copied.Close(), out.Close(), db.Close()))
	return path
}

func TestABackupIsProvedByRestoringItAndLeavesNothing(t *testing.T) {
	data, _ := filled(t)
	out := filepath.Join(t.TempDir(), "b.fwb")
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	said := flowwatch(t, "restore", "--verify", out).requireDone(t).stdout
	for _, words := range []string{out, "layout 1", "1 organisation", "version " + version, ": ok"} {
		require.Contains(t, said, words)
	}
	require.Contains(t, flowwatch(t, "restore", "--verify", bareCopy(t, data)).requireDone(t).stdout, "of an older version")
	flowwatch(t, "restore", "--verify", file(t, "text", "this is not a backup")).requireLine(t, exitWrong, "is not a backup, or it is damaged")

	// Whole in its bytes and damaged in what they say: only restoring finds it.
	spoil(t, data)
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	flowwatch(t, "restore", "--verify", out).requireLine(t, exitWrong, "is not a backup, or it is damaged", "problem")
	flowwatch(t, "restore", "--data", filepath.Join(folder, "new"), out).requireLine(t, exitWrong, "is not a backup, or it is damaged")
	left, err := os.ReadDir(filepath.Join(folder, "new"))
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, os.Remove(filepath.Join(folder, "new")))
	left, err = os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// spoil renames an execution in one place, so that index and record disagree, which only a check sees.
func spoil(t *testing.T, data string) {
	t.Helper()
	database := directory(data).database()
	whole, err := os.ReadFile(database)
	require.NoError(t, err)
	for at := range whole {
		if !bytes.HasPrefix(whole[at:], []byte("run-1")) {
			continue
		}
		broken := bytes.Clone(whole)
		copy(broken[at:], "run-2")
		require.NoError(t, os.WriteFile(database, broken, 0o600))
		if flowwatch(t, "check", "--data", data).code != exitDone {
			return
		}
	}
	require.Fail(t, "nothing of the execution is stored")
}

func TestABackupOfAnOlderVersionStillRestores(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	restored := empty(t)
	flowwatch(t, "restore", "--data", restored, bareCopy(t, data)).requireDone(t)
	server := serveOn(t, restored)
	var x api.ExecutionStatus
	read(t, server.url, token, "/api/monitoring/executions/run-1", &x)
	require.Equal(t, "completed", x.Status)
	server.stop(t)
}

// 5.13 Encrypt: with a key nothing of a backup is readable, and nobody restores it without the key.
func TestAnEncryptedBackupRestoresWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	folder := t.TempDir()
	out, key, other := filepath.Join(folder, "b.tar.zst.age"), filepath.Join(t.TempDir(), "backup.key"), filepath.Join(t.TempDir(), "other.key")
	for _, path := range []string{key, other} {
		said := flowwatch(t, "backup-key", "--out", path).requireDone(t).stdout
		require.Contains(t, said, "key age1")
		require.NotContains(t, said, "SECRET")
	}
	flowwatch(t, "backup-key", "--out", key).requireLine(t, exitWrong, key, "is there already")

	require.Contains(t, flowwatch(t, "backup", "--out", out, "--data", data, "--backup-key-file", key).requireDone(t).stdout, out)
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	require.NotContains(t, string(whole), databaseName)
	target := empty(t)
	refused := func(backup, keyFile string, words ...string) {
		t.Helper()
		for _, args := range [][]string{{"restore", "--data", target, backup}, {"restore", "--verify", backup}} {
			if keyFile != "" {
				args = append(args, "--backup-key-file", keyFile)
			}
			flowwatch(t, args...).requireLine(t, exitWrong, words...)
		}
		entries, _ := os.ReadDir(target)
		require.Empty(t, entries, "what failed leaves nothing")
	}
	refused(out, "", out, "is encrypted", "--backup-key-file")
	refused(out, other, out, "was encrypted with another key")
	refused(out, key+"x", "no such file", "backup-key --out")
	refused(out, file(t, "text", "no key"), "holds no key")
	refused(file(t, "cut", string(whole[:len(whole)-1])), key, "is not a backup, or it is damaged")
	refused(file(t, "head", string(whole[:40])), key, "is not a backup, or it is damaged")
	changed := []byte(string(whole))
	changed[len(changed)/2] ^= 1
	refused(file(t, "changed", string(changed)), key, "is not a backup, or it is damaged")

	require.Contains(t, flowwatch(t, "restore", "--verify", out, "--backup-key-file", key).requireDone(t).stdout, "encrypted backup")
	flowwatch(t, "restore", "--data", target, out, "--backup-key-file", key).requireDone(t)
	flowwatch(t, "check", "--data", target).requireDone(t)
	server := serveOn(t, target)
	var x api.ExecutionStatus
	read(t, server.url, token, "/api/monitoring/executions/run-1", &x)
	require.Equal(t, "completed", x.Status)
	flowwatch(t, "backup", "--out", out, "--server", server.url, "--token", token, "--backup-key-file", key).
		requireLine(t, exitWrong, "does not encrypt its backups")
	after, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, after), "the older backup stays")
	server.stop(t)
}

func TestServeEncryptsNightlyBackupsAndThoseThatItSends(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	key, other := filepath.Join(t.TempDir(), "backup.key"), filepath.Join(t.TempDir(), "other.key")
	flowwatch(t, "backup-key", "--out", key).requireDone(t)
	flowwatch(t, "backup-key", "--out", other).requireDone(t)
	dir := filepath.Join(t.TempDir(), "nights")
	server := serveOn(t, data, "--backup-dir", dir, "--backup-key-file", key)
	var page api.BackupPage
	require.Eventually(t, func() bool {
		read(t, server.url, token, "/api/admin/backups", &page)
		return len(page.Items) > 0
	}, testStartLimit, testPollEvery)
	require.Nil(t, page.Items[0].Error)
	require.True(t, page.Items[0].Verified)
	require.True(t, page.Encrypted)

	out := filepath.Join(t.TempDir(), "sent.age")
	get := func(flags ...string) result {
		return flowwatch(t, append([]string{"backup", "--out", out, "--server", server.url, "--token", token}, flags...)...)
	}
	require.Contains(t, get().requireDone(t).stdout, "it is encrypted, so only flowwatch restore --verify")
	flowwatch(t, "restore", "--verify", out, "--backup-key-file", key).requireDone(t)
	require.NotContains(t, get("--backup-key-file", key).requireDone(t).stdout, "restore --verify")
	get("--backup-key-file", other).requireLine(t, exitWrong, "with another key")
	server.stop(t)
	for _, path := range []string{out, filepath.Join(dir, *page.Items[0].File)} {
		require.True(t, strings.HasSuffix(path, ".age"))
		flowwatch(t, "restore", "--verify", path).requireLine(t, exitWrong, "is encrypted")
		flowwatch(t, "restore", "--data", empty(t), path, "--backup-key-file", key).requireDone(t)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing lies there in clear")

	flowwatch(t, "serve", "--data", data, "--backup-key-file", key+"x").requireLine(t, exitWrong, "no such file")
	inside := filepath.Join(dir, "k")
	flowwatch(t, "backup-key", "--out", inside).requireDone(t)
	flowwatch(t, "serve", "--data", data, "--backup-dir", dir, "--backup-key-file", inside).requireLine(t, exitUsage, "would take their key")
}

func TestServeKeepsVerifiedBackups(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	dir := filepath.Join(t.TempDir(), "nights")
	server := serveOn(t, data, "--backup-dir", dir, "--backup-at", "02:30", "--backup-keep", "30")
	var page api.BackupPage
	require.Eventually(t, func() bool {
		read(t, server.url, token, "/api/admin/backups", &page)
		return len(page.Items) > 0
	}, testStartLimit, testPollEvery)
	require.Nil(t, page.Items[0].Error)
	server.stop(t)
	out := filepath.Join(dir, *page.Items[0].File)
	flowwatch(t, "restore", "--verify", out).requireDone(t)
	flowwatch(t, "restore", "--data", empty(t), out).requireDone(t)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// J11.3: what was erased after a backup was made is erased again when it is restored, by the list that lies beside the backups.
func TestAnErasureOutlivesARestore(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	dir := filepath.Join(t.TempDir(), "nights")
	server := serveOn(t, data, "--backup-dir", dir)
	var page api.BackupPage
	require.Eventually(t, func() bool {
		read(t, server.url, token, "/api/admin/backups", &page)
		return len(page.Items) > 0
	}, testStartLimit, testPollEvery)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.url+"/api/admin/erasure",
		strings.NewReader(`{"executionIds":["run-1"],"reason":"art. 17 RODO"}`))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	server.stop(t)
	serveOn(t, data, "--backup-dir", dir).stop(t) // at the latest the next start copies the list
	out := filepath.Join(dir, *page.Items[0].File)
	gone := func(data string, flags ...string) {
		t.Helper()
		server := serveOn(t, data, flags...)
		status, _ := ask(t, server.url, token, "/api/monitoring/executions/run-1")
		require.Equal(t, http.StatusNotFound, status)
		server.stop(t)
	}
	restored := empty(t)
	flowwatch(t, "restore", "--data", restored, out).requireDone(t)
	gone(restored)

	// Also when the backup was carried off alone, and when the list was put there before.
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	alone, before := empty(t), empty(t)
	flowwatch(t, "restore", "--data", alone, file(t, "alone.tar.zst", string(whole))).requireDone(t)
	gone(alone, "--backup-dir", dir)
	require.NoError(t, os.MkdirAll(before, 0o700))
	list, err := os.ReadFile(directory(data).erasedList())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(directory(before).erasedList(), list, 0o600))
	flowwatch(t, "restore", "--data", before, file(t, "alone.tar.zst", string(whole))).requireDone(t)
	gone(before)
}
