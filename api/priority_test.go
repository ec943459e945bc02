package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

const commandsPath = "/api/ingest/commands"

func (a *appliance) prioritise(id, body string, token string) answer {
	a.t.Helper()
	return a.send("POST", "/api/monitoring/queue/executions/"+id+"/priority", token, []byte(body))
}

// wish asks for a priority and requires that it is noted.
func (a *appliance) wish(id, priority string) PriorityReceipt {
	a.t.Helper()
	got := a.prioritise(id, `{"priority":"`+priority+`","reason":"termin JPK"}`, testSecret)
	require.Equal(a.t, http.StatusAccepted, got.status, "%s", got.body)
	return decoded[PriorityReceipt](a.t, got)
}

func (a *appliance) commands(query ...string) CommandPage {
	a.t.Helper()
	return get[CommandPage](a, commandsPath+strings.Join(query, ""), testSecret)
}

func (a *appliance) answerCommand(id, body string) answer {
	a.t.Helper()
	var data []byte
	if body != "" {
		data = []byte(body)
	}
	return a.send("POST", commandsPath+"/"+id+"/acknowledge", testSecret, data)
}

// AC5.2c, B-89: a wish is noted and told to engines; the numbers stay the engine's until it acknowledges.
func TestAWishIsToldToTheEngineAndNeverPretended(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "a", `,"priority":"LOW","timestamp":"`+ago(time.Minute)+`"`), event("execution.queued", "b")))
	require.Nil(t, a.status("a").PriorityRequest)
	receipt := a.wish("a", "HIGH")
	require.Equal(t, "a", receipt.ExecutionID)
	require.Equal(t, "HIGH", receipt.Priority)
	require.Equal(t, engine.PriorityRequested, receipt.State)
	require.True(t, receipt.RequestedAt.Present())

	status := a.status("a")
	require.Equal(t, "LOW", status.Priority, "the engine's own")
	require.Equal(t, engine.PriorityRequested, status.PriorityRequest.State)
	require.Equal(t, "termin JPK", status.PriorityRequest.Reason)
	require.Equal(t, map[string]int64{"HIGH": 0, "NORMAL": 1, "LOW": 1}, a.queue().PendingByPriority)
	require.Equal(t, receipt, a.wish("a", "HIGH"), "the same wish again is the same wish")

	a.restart()
	page := a.commands()
	require.Len(t, page.Items, 1)
	require.Nil(t, page.NextCursor)
	require.Equal(t, Command{ID: receipt.ID, Type: "priority", ExecutionID: "a", WorkflowID: "w", Priority: "HIGH", Reason: "termin JPK",
		RequestedAt: receipt.RequestedAt}, page.Items[0])
	require.Len(t, a.commands().Items, 1, "given until it is answered")

	got := a.answerCommand(receipt.ID, "")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Empty(t, a.commands().Items)
	status = a.status("a")
	require.Equal(t, "HIGH", status.Priority)
	require.Equal(t, "pending", status.Status)
	require.Equal(t, engine.PriorityAcknowledged, status.PriorityRequest.State)
	require.True(t, status.PriorityRequest.AnsweredAt.Present())
	require.Equal(t, map[string]int64{"HIGH": 1, "NORMAL": 1, "LOW": 0}, a.queue().PendingByPriority)
	require.InDelta(t, 60, a.queue().OldestMessageAge, 2, "it waits since it was queued")
	again := a.answerCommand(receipt.ID, `{"outcome":"acknowledged"}`)
	require.Equal(t, string(got.body), string(again.body))
	requireProblem(t, a.answerCommand(receipt.ID, `{"outcome":"refused"}`), 409, "already_answered")

	// What the engine says later counts.
	a.post(testSecret, batch(event("execution.queued", "a", `,"priority":"NORMAL","timestamp":"`+ago(-time.Second)+`"`)))
	require.Equal(t, "NORMAL", a.status("a").Priority)
}

// B-89: an event that brings the priority is an acknowledgement, an end before it is none; a refusal changes nothing.
func TestEventsAndRefusalsSettleWishes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, id := range []string{"event", "end", "refused", "running", "same"} {
		a.post(testSecret, batch(event("execution.queued", id)))
	}
	wishes := map[string]PriorityReceipt{}
	for _, id := range []string{"event", "end", "refused", "running"} {
		wishes[id] = a.wish(id, "HIGH")
	}
	wishes["same"] = a.wish("same", "NORMAL") // what it has: nothing proves that the engine heard of it
	a.post(testSecret, batch(event("execution.queued", "event", `,"priority":"HIGH"`), event("execution.failed", "end"),
		event("execution.started", "running"), event("execution.waiting", "running", `,"timestamp":"`+ago(-time.Second)+`"`)))
	require.Equal(t, http.StatusOK, a.answerCommand(wishes["refused"].ID, `{"outcome":"refused","message":"PESEL 44051401359"}`).status)
	require.Equal(t, engine.PriorityAcknowledged, a.status("event").PriorityRequest.State)
	require.Equal(t, engine.PriorityLapsed, a.status("end").PriorityRequest.State)
	refused := a.status("refused")
	require.Equal(t, "NORMAL", refused.Priority)
	require.Equal(t, engine.PriorityRefused, refused.PriorityRequest.State)
	require.NotContains(t, refused.PriorityRequest.Message, "44051401359")
	require.Equal(t, engine.PriorityRequested, a.status("same").PriorityRequest.State)

	require.Len(t, a.commands().Items, 2)
	require.Equal(t, http.StatusOK, a.answerCommand(wishes["running"].ID, "").status)
	running := a.status("running")
	require.Equal(t, "HIGH", running.Priority)
	require.Equal(t, "waiting", running.Status, "an answer moves nothing else")
	// A new wish takes the place of the one before, whose command is gone.
	next := a.wish("same", "LOW")
	require.NotEqual(t, wishes["same"].ID, next.ID)
	require.Equal(t, next.ID, a.commands().Items[0].ID)
	requireProblem(t, a.answerCommand(wishes["same"].ID, ""), 404, "not_found")
	requireProblem(t, a.prioritise("end", `{"priority":"HIGH"}`, testSecret), 409, "execution_ended")
}

// The list is paged, oldest first, and those that events have settled take no places.
func TestCommandsArePaged(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var want []string
	for i := range 30 {
		id := fmt.Sprintf("x-%02d", i)
		a.post(testSecret, batch(event("execution.queued", id)))
		a.wish(id, "HIGH")
		if i%3 == 0 {
			a.post(testSecret, batch(event("execution.completed", id)))
			continue
		}
		want = append(want, id)
	}
	var got []string
	cursor, pages := "", 0
	for pages = 1; ; pages++ {
		page := a.commands("?limit=7", cursor)
		for i := range page.Items {
			got = append(got, page.Items[i].ExecutionID)
		}
		if page.NextCursor == nil {
			break
		}
		require.Len(t, page.Items, 7)
		cursor = "&cursor=" + *page.NextCursor
	}
	require.Equal(t, want, got)
	require.Equal(t, 3, pages)
	requireProblem(t, a.send("GET", commandsPath+"?cursor=x", testSecret, nil), 422, "invalid_field")
	requireProblem(t, a.send("GET", commandsPath+"?limit=0", testSecret, nil), 422, "invalid_field")
}

// Requirements 2.7: accountants and workflow administrators prioritise, engines answer; the role comes before everything, then the id.
func TestWhoMayPrioritise(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "a")))
	for _, role := range access.Roles() {
		token, want := a.token("", role), http.StatusForbidden
		if role == access.Accountant || role == access.WorkflowAdmin {
			want = http.StatusAccepted
		}
		require.Equal(t, want, a.prioritise("a", `{"priority":"HIGH"}`, token).status, role)
		want = http.StatusForbidden
		if role == access.Integration {
			want = http.StatusOK
		}
		require.Equal(t, want, a.send("GET", commandsPath, token, nil).status, role)
		if want == http.StatusForbidden {
			require.Equal(t, want, a.send("POST", commandsPath+"/x/acknowledge", token, []byte("{")).status, role)
		}
	}
	requireProblem(t, a.prioritise("unknown", `{`, testSecret), 404, "not_found")
	requireProblem(t, a.answerCommand("unknown", `{`), 404, "not_found")
	requireProblem(t, a.prioritise("a", `{`, testSecret), 400, "malformed_json")
	for _, body := range []string{`{}`, `{"priority":"high"}`, `{"priority":"URGENT"}`, `{"priority":""}`, `{"priority":1}`,
		`{"priority":"HIGH","reason":"` + strings.Repeat("x", 501) + `"}`, `{"priority":"HIGH","reason":"a\u0000b"}`} {
		requireProblem(t, a.prioritise("a", body, testSecret), 422, "invalid_field")
	}
	command := a.commands().Items[0].ID
	for _, body := range []string{`{"outcome":"done"}`, `{"message":"` + strings.Repeat("x", 501) + `"}`, `[]`} {
		requireProblem(t, a.answerCommand(command, body), 422, "invalid_field")
	}
}
