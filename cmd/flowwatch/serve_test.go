package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

func TestServeSaysInOneLineWhyItCannot(t *testing.T) {
	t.Parallel()
	serve := func(data string, flags ...string) result {
		t.Helper()
		return flowwatch(t, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, flags...)...)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	flowwatch(t, "serve", "--data", empty(t), "--listen", address).requireLine(t, exitWrong, "the address "+address+" is taken", "--listen")
	serve(empty(t), "--listen", "127.0.0.1:99999").requireLine(t, exitWrong, "cannot listen at 127.0.0.1:99999")

	text := file(t, "text", "no directory")
	serve(text).requireLine(t, exitWrong, text, "is not a directory")
	serve(filepath.Join(text, "below")).requireLine(t, exitWrong, text, "is not a directory")

	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, databaseName), []byte(strings.Repeat("something else ", 2000)), 0o600))
	serve(foreign).requireLine(t, exitWrong, foreign, "is damaged, restore a backup")

	late := empty(t)
	tokenFor(t, late, "office", "viewer")
	newer(t, filepath.Join(late, databaseName))
	serve(late).requireLine(t, exitWrong, late, "was written by a newer version of flowwatch")
}

// Part 4.5: another file of rules holds for everybody, and one with a mistake for nobody.
func TestServeTakesAnotherFileOfDeadlineRules(t *testing.T) {
	t.Parallel()
	shipped, err := os.ReadFile("../../engine/deadline/rules-pl.json")
	require.NoError(t, err)
	data := empty(t)
	token := tokenFor(t, data, "office", "viewer")
	wrong := file(t, "wrong.json", strings.Replace(string(shipped), `"day": 25`, `"day": 52`, 1))
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--deadlines"}
	flowwatch(t, append(serve, wrong)...).requireLine(t, exitWrong, wrong, "rules[0].due.day: must be from 1 to 31")
	flowwatch(t, append(serve, wrong+".none")...).requireLine(t, exitWrong, wrong+".none", "cannot be read")
	flowwatch(t, append(serve, file(t, "large", strings.Repeat(" ", rulesBytesMax+1)))...).requireLine(t, exitWrong, "larger than 8 MiB")

	monday := strings.Replace(string(shipped), `"extra": [`, `"extra": [{"date": "2026-12-28", "name": "wolne"}, `, 1)
	server := serveOn(t, data, "--deadlines", file(t, "rules.json", monday))
	var page api.DeadlinePage
	read(t, server.url, token, "/api/monitoring/deadlines?from=2026-12-26&to=2026-12-30", &page)
	require.NotEmpty(t, page.Items)
	for _, item := range page.Items {
		require.Equal(t, "2026-12-29", item.Due.String(), item.Rule)
	}
	server.stop(t)
}

func TestServeRespectsADirectoryThatIsReadOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	for _, command := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"}, {"demo", "--listen", "127.0.0.1:0"}, {"token", "create", "--org", "o", "--role", "viewer"},
	} {
		flowwatch(t, append(command, "--data", folder)...).requireLine(t, exitWrong, folder, "cannot be written", "read-only")
	}
	require.NoFileExists(t, filepath.Join(folder, databaseName))

	data := empty(t)
	tokenFor(t, data, "office", "viewer")
	database := filepath.Join(data, databaseName)
	require.NoError(t, os.Chmod(database, 0o400))
	flowwatch(t, "serve", "--data", data, "--listen", "127.0.0.1:0").requireLine(t, exitWrong, database, "read-only")
}

func TestServeKeepsASecondProcessOut(t *testing.T) {
	t.Parallel()
	data := empty(t)
	server := serveOn(t, data)
	flowwatch(t, "serve", "--data", data, "--listen", "127.0.0.1:0").requireLine(t, exitWrong, data, "in use by another process")
	flowwatch(t, "check", "--data", data).requireLine(t, exitWrong, data, "in use by another process", "stop it")
	flowwatch(t, "backup", "--data", data, "--out", filepath.Join(t.TempDir(), "b")).
		requireLine(t, exitWrong, data, "in use by another process", "use --server and --token")
	server.stop(t)
	flowwatch(t, "check", "--data", data).requireDone(t)
}

// Until somebody administers the appliance each start prints a new set-up link, then only where the page is.
func TestServePrintsTheSetUpLinkAndLogsToStandardError(t *testing.T) {
	t.Parallel()
	data := empty(t)
	server := serveOn(t, data)
	link := regexp.MustCompile(`\ASet up Flowwatch, once, within 30 minutes: (http://127\.0\.0\.1:\d+)/setup#key=(\S+)\n\z`)
	found := link.FindStringSubmatch(server.stdout.String())
	require.Len(t, found, 3, "%s", &server.stdout)
	status, _ := send(t, "POST", found[1]+"/api/auth/setup", `{"key":"`+found[2]+`","login":"anna","password":"a long password"}`)
	require.Equal(t, http.StatusOK, status)
	server.stop(t)
	require.Contains(t, server.stderr.String(), "msg=serving")
	require.Contains(t, server.stderr.String(), "msg=stopped")
	require.NotContains(t, server.stderr.String(), "#key=", "a link is a secret")
	require.NotContains(t, server.stderr.String(), found[2])

	server = serveOn(t, data)
	require.Regexp(t, `\ASign in to Flowwatch: http://127\.0\.0\.1:\d+/login\n\z`, server.stdout.String())
	status, _ = send(t, "POST", server.url+"/api/auth/login", `{"login":"anna","password":"a long password"}`)
	require.Equal(t, http.StatusOK, status)
	status, _ = send(t, "POST", server.url+"/api/auth/setup", `{"key":"`+found[2]+`","login":"eve","password":"a long password"}`)
	require.Equal(t, http.StatusConflict, status)
}

func TestTheBootstrapTokenCountsAtTheFirstStartOnly(t *testing.T) { // not parallel: the environment is the process's
	data, secret := empty(t), "an unattended installation's secret"
	t.Setenv(bootstrapEnv, secret)
	server := serveOn(t, data)
	var me api.Me
	read(t, server.url, secret, "/api/auth/me", &me)
	require.Equal(t, "default", me.OrganizationName)
	server.stop(t)
	require.NotContains(t, server.stderr.String(), secret)

	t.Setenv(bootstrapEnv, "another secret of an installation")
	server = serveOn(t, data)
	read(t, server.url, secret, "/api/auth/me", &me)
	status, _ := ask(t, server.url, "another secret of an installation", "/api/auth/me")
	require.Equal(t, 401, status)
	server.stop(t)
	require.Contains(t, server.stderr.String(), "was ignored")

	t.Setenv(bootstrapEnv, "short")
	fresh := flowwatch(t, "serve", "--data", empty(t), "--listen", "127.0.0.1:0")
	require.Equal(t, exitWrong, fresh.code)
	require.Contains(t, fresh.stderr, bootstrapEnv)
	require.NotContains(t, fresh.stderr, "short\n")
}
