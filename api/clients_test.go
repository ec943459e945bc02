package api

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// limitedUser makes a person who sees some clients only, and signs in.
func (a *appliance) limitedUser(login string, clients string, roles ...access.Role) (id, cookie string) {
	a.t.Helper()
	id = a.user("default", login, roles...).ID
	a.limit(id, clients)
	return id, cookieOf(a.t, a.login(login, testPassword))
}

// limit says which clients a person sees, as a JSON array.
func (a *appliance) limit(userID, clients string) {
	a.t.Helper()
	got := a.send("PATCH", usersPath+"/"+userID, testSecret, []byte(`{"clients":`+clients+`}`))
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
}

func clientEvent(kind, id, client string, more ...string) string {
	return event(kind, id, append(more, `,"clientRef":"`+client+`"`)...)
}

// B-81, SEC2, J9: a person's sockets and streams carry what is about their clients; when the list changes they hold to the new one at once.
func TestLiveUpdatesAreOfTheOwnClients(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	id, cookie := a.limitedUser("zofia", `["K-1"]`, access.Viewer)
	a.post(testSecret, batch(clientEvent("execution.started", "own", "K-1"), clientEvent("execution.started", "foreign", "K-2"), event("execution.queued", "nobodys")))
	connect := func() *follower {
		f := a.connect("Cookie", cookie, "Origin", a.url)
		f.must("auth", map[string]any{})
		return f
	}
	topics := []string{"execution_updates", "step_updates", "queue_status", "metrics_stream", "alerts"}
	f := connect()
	for _, topic := range topics {
		f.must("subscribe", subscription(topic, "snapshot", true))
	}
	f.must("subscribe:workflow", map[string]string{"workflowId": "w"})
	s := a.sse("/api/monitoring/stream?type="+strings.Join(topics, ","), "", "Authorization", "", "Cookie", cookie)

	f.refused("not_found", "subscribe:execution", map[string]string{"executionId": "foreign"})
	a.post(testSecret, batch(
		clientEvent("step.started", "foreign", "K-2", `,"stepId":"secret"`), event("step.started", "nobodys", `,"stepId":"secret"`), clientEvent("execution.failed", "foreign-2", "K-2"),
		clientEvent("execution.completed", "own-2", "K-1")))
	last := f.await("own-2", func(got *frame) bool { return got.Data.ExecutionID == "own-2" })
	for {
		if got := s.next(); strings.Contains(got.data, `"own-2"`) {
			break
		}
	}
	require.Contains(t, f.take("queue:update").text, `"oldestExecution":null`, "that of the whole queue is nobody's")
	for _, got := range f.seen {
		require.NotRegexp(t, "foreign|nobodys|secret|K-2", got.text)
	}
	for _, got := range s.seen {
		require.NotRegexp(t, "foreign|nobodys|secret|K-2", got.data)
	}

	epoch := f.had("ack").Data.Epoch
	require.NotEmpty(t, epoch)
	require.Equal(t, epoch, decoded[Meta](t, a.send("GET", "/api/monitoring/meta", "", nil, "Cookie", cookie)).Epoch)
	a.limit(id, `["K-2"]`)
	f.closed(1012)
	s.ended()
	for _, got := range f.seen {
		require.NotContains(t, got.text, "foreign")
	}
	requireProblem(t, a.send("GET", "/api/monitoring/executions/own", "", nil, "Cookie", cookie), 404, "not_found")
	f = connect()
	again := f.must("subscribe", subscription("execution_updates", "since", map[string]any{"epoch": epoch, "seq": last.Seq}))
	require.Equal(t, "snapshot", again.Data.Mode, "what it had is another's now")
	require.False(t, again.Data.Recovered)
	snapshot := f.take("snapshot")
	require.Len(t, snapshot.Data.Items, 1)
	require.Equal(t, "foreign", snapshot.Data.Items[0].ExecutionID)
	position := map[string]any{"epoch": again.Data.Epoch, "seq": again.Data.Seq}
	require.Equal(t, "replay", connect().must("subscribe", subscription("execution_updates", "since", position)).Data.Mode, "of the same clients")

	f.refused("forbidden", "auth", map[string]string{"token": testSecret})
	a.limit(id, `[]`)
	f.closed(1012)
	require.Len(t, decoded[ExecutionPage](t, a.send("GET", "/api/monitoring/executions", "", nil, "Cookie", cookie)).Items, 5)
	require.NotContains(t, connect().had("ack").Data.Epoch, ".", "who sees all has the appliance's own epoch")
}

// B-81: no handler gets at an organisation but by the handle of what the caller may see.
func TestDataIsReachedByTheCallersHandleOnly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		if n := strings.Count(string(source), "engine.Tenant("); n > 0 {
			found += n
			require.Equal(t, "guard.go", file, "take the handle from tenantOf")
		}
	}
	require.Equal(t, 1, found)
}
