package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

var secretLine = regexp.MustCompile(`\Afw_[0-9a-f]{32}_[a-z2-7]+\n\z`)

func TestTokenCreatePrintsTheSecretAlone(t *testing.T) {
	t.Parallel()
	data := empty(t)
	made := flowwatch(t, "token", "create", "--org", "Biuro Kowalski", "--role", "viewer,auditor", "--data", data).requireDone(t)
	require.Regexp(t, secretLine, made.stdout)
	require.Empty(t, made.stderr)
	again := tokenFor(t, data, "Biuro Kowalski", "viewer")

	server := serveOn(t, data)
	var first, second api.Me
	read(t, server.url, strings.TrimSpace(made.stdout), "/api/auth/me", &first)
	read(t, server.url, again, "/api/auth/me", &second)
	require.Equal(t, "Biuro Kowalski", first.OrganizationName)
	require.Equal(t, first.OrganizationID, second.OrganizationID, "the organisation is made once")
	require.Len(t, first.Roles, 2)
}

func TestTokenCreateGoesThroughARunningServer(t *testing.T) {
	t.Parallel()
	data := empty(t)
	appliance := tokenFor(t, data, "default", "appliance_admin")
	office := tokenFor(t, data, "Biuro", "org_admin")
	server := serveOn(t, data)
	create := func(token, organization, role string) result {
		return flowwatch(t, "token", "create", "--org", organization, "--role", role, "--server", server.url, "--token", token)
	}
	me := func(made result) (me api.Me) {
		t.Helper()
		require.Regexp(t, secretLine, made.requireDone(t).stdout)
		read(t, server.url, strings.TrimSpace(made.stdout), "/api/auth/me", &me)
		return me
	}
	require.Equal(t, "Biuro Druga", me(create(appliance, "Biuro Druga", "viewer")).OrganizationName)
	require.Equal(t, "Biuro Druga", me(create(appliance, "Biuro Druga", "integration")).OrganizationName, "it is there now")
	require.Equal(t, "Biuro", me(create(office, "Biuro", "viewer")).OrganizationName, "an administrator of the office may, for the office")

	create(office, "Biuro Druga", "viewer").requireLine(t, exitWrong, "organisation Biuro Druga", "has not the right")
	create(office, "Biuro", "appliance_admin").requireLine(t, exitWrong, "has not the right")
	create("fw_wrong", "Biuro", "viewer").requireLine(t, exitWrong, "does not know the token")
	create(appliance, strings.Repeat("x", 256), "viewer").requireLine(t, exitWrong, "organisation")

	flowwatch(t, "token", "create", "--org", "Biuro", "--role", "viewer", "--data", data).
		requireLine(t, exitWrong, data, "in use by another process", "use --server and --token")
	status, _ := ask(t, server.url, "fw_wrong", "/api/auth/me")
	require.Equal(t, http.StatusUnauthorized, status)
}

func TestTokenCreateRefusesWhatIsNoName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{" ", "a\tb", strings.Repeat("x", 256)} {
		flowwatch(t, "token", "create", "--org", name, "--role", "viewer", "--data", empty(t)).
			requireLine(t, exitWrong, "1 to 255 characters")
	}
}
