package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
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

// B-81: a person who is made with clients sees these and no others, as if they had been given over the API.
func TestUserCreateLimitsAPersonToClients(t *testing.T) {
	t.Parallel()
	data := empty(t)
	clients := []string{"Kowalski, Synowie i S-ka", "Nowak", "Wiśniewska"}
	createUser(t, data, "ola", "accountant", "--clients", `Nowak,Kowalski\, Synowie i S-ka`, "--clients", "Nowak").requireDone(t)
	createUser(t, data, "all", "accountant").requireDone(t)
	secret := strings.TrimSpace(flowwatch(t, "token", "create", "--org", "default", "--role", "org_admin,integration", "--data", data).requireDone(t).stdout)
	server := serveOn(t, data)
	var lines strings.Builder
	for i, client := range clients {
		fmt.Fprintf(&lines, `{"type":"execution.started","executionId":"x%d","workflowId":"w","clientRef":%q}`+"\n", i, client)
	}
	log := filepath.Join(t.TempDir(), "log.ndjson")
	require.NoError(t, os.WriteFile(log, []byte(lines.String()), 0o600))
	sendLog(t, server, secret, "ndjson", log).requireDone(t)

	var users struct{ Items []access.User }
	read(t, server.url, secret, "/api/admin/users", &users)
	limits := map[string][]string{}
	for _, u := range users.Items {
		limits[u.Login] = u.Clients
	}
	require.Equal(t, map[string][]string{"all": {}, "ola": clients[:2]}, limits)
	require.ElementsMatch(t, clients[:2], clientsSeen(t, server, "ola"))
	require.ElementsMatch(t, clients, clientsSeen(t, server, "all"))
	server.stop(t)

	for _, wrong := range []string{"", ",", "Nowak,,Kowalski", "No\nwak", strings.Repeat("x", 256)} {
		refused := createUser(t, data, "ewa", "viewer", "--clients", wrong)
		require.NotZero(t, refused.code, "%q", wrong)
		require.Contains(t, refused.stderr, "clients", "%q", wrong)
	}
}

// clientsSeen are the clients of all executions that a person sees.
func clientsSeen(t *testing.T, server *running, login string) (seen []string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.url+"/api/monitoring/executions", nil)
	require.NoError(t, err)
	request.Header.Set("Cookie", signIn(t, server, login, testPassword))
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	var page struct{ Items []struct{ ClientRef string } }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&page))
	for _, x := range page.Items {
		seen = append(seen, x.ClientRef)
	}
	return seen
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
