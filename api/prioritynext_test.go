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
	"flowwatch/engine/deadline"
)

// dueToday is an office's own rule that is due today, whatever day that is.
func dueToday() string {
	return fmt.Sprintf(`{"category":"WEWN","name":{"pl":"Cel biura"},"period":"once","due":{"type":"date","date":%q},"shift":"none",`+
		`"match":{"workflowNames":["month-end-closing*"]}}`, deadline.DayOf(time.Now()))
}

func (a *appliance) nextQueued(token string) []QueuedItem {
	a.t.Helper()
	return get[QueuedPage](a, "/api/monitoring/queue/next", token).Items
}

// raisedBy waits until a deadline raises an execution, or none does.
func (a *appliance) raisedBy(id, rule string) ExecutionStatus {
	a.t.Helper()
	var x ExecutionStatus
	require.Eventually(a.t, func() bool {
		x = a.status(id)
		return x.Boost == nil && rule == "" || x.Boost != nil && x.Boost.Rule == rule
	}, answerLimit, 10*time.Millisecond)
	return x
}

// Part 4.7, B-89, AC5.2c: a confirmed deadline raises queued runs at once, says why everywhere, and asks engines; a person undoes it.
func TestDeadlinesRaiseTheQueueAndSayWhy(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin, accountant := a.token("", access.OrgAdmin), a.token("", access.Accountant)
	a.post(testSecret, batch(`"type":"execution.queued","executionId":"high","workflowId":"bank","priority":"HIGH"`,
		`"type":"execution.queued","executionId":"closing","workflowId":"month-end-closing","priority":"LOW"`))
	require.Equal(t, http.StatusCreated, a.send("PUT", rulesPath+"/cel", admin, []byte(dueToday())).status)
	require.Nil(t, a.status("closing").Boost, "5.14: nobody stands for the rule")
	require.Equal(t, "high", a.nextQueued(accountant)[0].ExecutionID)
	require.Equal(t, http.StatusOK, a.send("POST", rulesPath+"/cel/confirm", admin, nil).status)

	x := a.raisedBy("closing", "cel")
	require.Equal(t, deadline.LevelToday, x.Boost.Level)
	require.Equal(t, "LOW", x.Priority, "the engine's own")
	require.Equal(t, map[string]int64{"HIGH": 1, "NORMAL": 0, "LOW": 1}, a.queue().PendingByPriority)
	require.EqualValues(t, 1, a.queue().RaisedCount)
	require.Eventually(t, func() bool { return len(a.commands().Items) == 1 }, answerLimit, 10*time.Millisecond)
	command := a.commands().Items[0]
	require.Equal(t, x.Boost, command.Boost)
	require.Equal(t, []string{"HIGH", x.Boost.BoostReason}, []string{command.Priority, command.Reason})
	require.Contains(t, command.Reason, "Cel biura, termin ")
	request := a.status("closing").PriorityRequest
	require.Equal(t, engine.PriorityRequested, request.State)
	require.Equal(t, "system:deadlines", request.RequestedBy)
	var next []QueuedItem
	require.Eventually(t, func() bool { // what is on disk is in memory a moment later
		next = a.nextQueued(accountant)
		return next[0].PriorityRequest != nil
	}, answerLimit, 10*time.Millisecond)
	require.Equal(t, []string{"closing", "high"}, []string{next[0].ExecutionID, next[1].ExecutionID})
	require.Equal(t, []any{1, 400, engine.Score{Base: 100, Boost: 300}}, []any{next[0].Position, next[0].Score, next[0].ScoreParts})
	require.Equal(t, x.Boost.BoostReason, *next[0].BoostReason)
	require.Equal(t, command.ID, next[0].PriorityRequest.ID)
	require.Nil(t, next[1].Boost)
	a.restart()
	a.raisedBy("closing", "cel")
	require.Equal(t, command.ID, a.commands().Items[0].ID, "asked once")

	forbidden := a.send("POST", "/api/monitoring/queue/executions/closing/boost", accountant, []byte(`{"allowed":false,"reason":"klient poczeka"}`))
	require.Equal(t, http.StatusOK, forbidden.status, "%s", forbidden.body)
	require.Equal(t, "klient poczeka", decoded[BoostAnswer](t, forbidden).Forbidden.Reason)
	require.Empty(t, a.commands().Items)
	x = a.status("closing")
	require.Nil(t, x.Boost)
	require.Equal(t, "test", x.BoostForbidden.By.Name)
	require.Equal(t, engine.PriorityLapsed, x.PriorityRequest.State)
	require.Equal(t, "high", a.nextQueued(accountant)[0].ExecutionID)
	require.NotNil(t, a.nextQueued(accountant)[1].BoostForbidden)
	again := a.send("POST", "/api/monitoring/queue/executions/closing/boost", accountant, []byte(`{"allowed":false}`))
	require.Equal(t, string(forbidden.body), string(again.body))
	allowed := a.send("POST", "/api/monitoring/queue/executions/closing/boost", accountant, []byte(`{"allowed":true}`))
	require.JSONEq(t, `{"executionId":"closing","allowed":true,"forbidden":null}`, string(allowed.body))
	a.raisedBy("closing", "cel")

	filed := a.send("PUT", rulesPath+"/cel", admin, []byte(strings.Replace(dueToday(), "Cel biura", "Cel", 1)))
	require.Equal(t, http.StatusOK, filed.status, "%s", filed.body)
	a.raisedBy("closing", "")
}

// 2.7, SEC2: who may undo, what is refused, and nobody sees another office's queue.
func TestWhoMayForbidThatDeadlinesRaise(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := "/api/monitoring/queue/executions/a/boost"
	a.post(testSecret, batch(event("execution.queued", "a"), event("execution.completed", "ended")))
	for _, role := range access.Roles() {
		token, want := a.token("", role), http.StatusForbidden
		if role == access.Accountant || role == access.WorkflowAdmin {
			want = http.StatusOK
		}
		require.Equal(t, want, a.send("POST", path, token, []byte(`{"allowed":false}`)).status, role)
		if want == http.StatusForbidden {
			require.Equal(t, want, a.send("POST", path, token, []byte("{")).status, role)
		}
	}
	requireProblem(t, a.send("POST", "/api/monitoring/queue/executions/unknown/boost", testSecret, []byte("{")), 404, "not_found")
	requireProblem(t, a.send("POST", path, testSecret, []byte("{")), 400, "malformed_json")
	for _, allowed := range []string{"true", "false"} {
		requireProblem(t, a.send("POST", "/api/monitoring/queue/executions/ended/boost", testSecret, []byte(`{"allowed":`+allowed+`}`)), 409, "execution_ended")
	}
	for _, body := range []string{`{}`, `{"allowed":null}`, `{"allowed":1}`, `{"allowed":false,"reason":"` + strings.Repeat("x", 501) + `"}`} {
		requireProblem(t, a.send("POST", path, testSecret, []byte(body)), 422, "invalid_field")
	}
	require.Empty(t, a.nextQueued(a.token("other", access.Viewer)))
	require.Len(t, a.nextQueued(a.token("", access.Auditor)), 1)
	requireProblem(t, a.send("GET", "/api/monitoring/queue/next?limit=101", testSecret, nil), 422, "invalid_field")
	requireProblem(t, a.send("GET", "/api/monitoring/queue/next", a.token("", access.Integration), nil), 403, "forbidden")
}
