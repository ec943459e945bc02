package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/engine/access"
)

const testPassword = "hasło na próbę"

func createUser(t *testing.T, data, login, roles string, flags ...string) result {
	t.Helper()
	args := append([]string{"user", "create", "--login", login, "--password-stdin", "--role", roles, "--data", data}, flags...)
	return flowwatchReading(t, testPassword+"\n", args...)
}

// signIn is the cookie of a new session, "" when it is refused.
func signIn(t *testing.T, server *running, login, password string) string {
	t.Helper()
	status, header := send(t, "POST", server.url+"/api/auth/login", `{"login":"`+login+`","password":"`+password+`"}`)
	if status != http.StatusOK {
		require.Equal(t, http.StatusUnauthorized, status)
		return ""
	}
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	return cookie
}

func TestUserCreateMakesAUserBeforeTheFirstStart(t *testing.T) { // not parallel: the environment is the process's
	data := empty(t)
	made := createUser(t, data, "anna", "org_admin,workflow_admin", "--org", "Biuro Kowalski", "--name", "Anna Kowalska").requireDone(t)
	require.Empty(t, made.stdout+made.stderr)

	secret := "an unattended installation's secret"
	t.Setenv(bootstrapEnv, secret) // the first start is still to come
	server := serveOn(t, data)
	require.NotContains(t, server.stdout.String(), "/setup#", "there is an administrator")
	var me api.Me
	read(t, server.url, secret, "/api/auth/me", &me)
	require.Equal(t, "default", me.OrganizationName)
	require.NotEmpty(t, signIn(t, server, "Anna", testPassword))
	require.Empty(t, signIn(t, server, "anna", "something else"))

	createUser(t, data, "ewa", "auditor").requireLine(t, exitWrong, data, "in use by another process", "use the page")
	server.stop(t)

	createUser(t, data, "ANNA", "viewer").requireLine(t, exitWrong, "taken")
	createUser(t, data, "ewa", "king").requireLine(t, exitUsage, "the roles are")
	createUser(t, data, "e w a", "viewer").requireLine(t, exitWrong, "letters, digits")
	create := []string{"user", "create", "--login", "ewa", "--password-stdin", "--role", "viewer", "--data", data}
	flowwatchReading(t, "short\n", create...).requireLine(t, exitWrong, "at least 8 characters")
	flowwatchReading(t, "", create...).requireLine(t, exitUsage, "no password on standard input")
	flowwatchReading(t, strings.Repeat("x", 2*passwordLineMax), create...).requireLine(t, exitWrong, "at most 256 bytes")
	flowwatchReading(t, "", "user", "create", "--login", "ewa", "--role", "viewer", "--data", data).requireLine(t, exitUsage, "--password-stdin")
}

// A viewer alone leaves the appliance without an administrator: the set-up link is still printed.
func TestUserCreateOfAViewerLeavesTheSetUpOpen(t *testing.T) {
	t.Parallel()
	data := empty(t)
	createUser(t, data, "ola", string(access.Viewer)).requireDone(t)
	require.Contains(t, serveOn(t, data).stdout.String(), "/setup#key=")
}

func TestUserResetPasswordIsTheWayBackIn(t *testing.T) {
	t.Parallel()
	data := empty(t)
	createUser(t, data, "anna", "org_admin").requireDone(t)
	made := flowwatch(t, "user", "reset-password", "--login", "anna", "--data", data).requireDone(t)
	require.Regexp(t, `\A[a-z2-7]{20}\n\z`, made.stdout)
	server := serveOn(t, data)
	require.Empty(t, signIn(t, server, "anna", testPassword))
	require.NotEmpty(t, signIn(t, server, "anna", strings.TrimSpace(made.stdout)))
	server.stop(t)

	reset := []string{"user", "reset-password", "--data", data, "--password-stdin", "--login"}
	flowwatchReading(t, testPassword+"\r\n", append(reset, "anna")...).requireDone(t)
	flowwatchReading(t, testPassword, append(reset, "nobody")...).requireLine(t, exitWrong, "there is no user nobody")
	require.NotEmpty(t, signIn(t, serveOn(t, data), "anna", testPassword))
	require.FileExists(t, filepath.Join(data, databaseName))
}
