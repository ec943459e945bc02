package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// T9, B-79: progress of an execution moves live. T10: a step's end is told.
func TestProgressAndStepsOfAnExecutionArriveLive(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e", `,"steps":[{"stepId":"step-1","name":"Pobierz"},{"stepId":"step-2","name":"Wyślij"}]`)))
	f := a.open(strings.TrimSuffix(a.wsURL(), "/api/monitoring/ws") + "/monitoring")
	f.must("auth", map[string]string{"token": testSecret})
	ack := f.must("subscribe:execution", map[string]string{"executionId": "e"})
	require.JSONEq(t, fmt.Sprintf(`{"id":%d,"event":"ack","data":{"success":true}}`, ack.ID), ack.text)

	receipt := a.post(testSecret, batch(event("step.started", "e", `,"stepId":"step-1"`), event("step.completed", "e", `,"stepId":"step-1"`)))
	step := f.await("the end of the step", func(got *frame) bool { return got.Event == "step:update" && got.Data.Status == "completed" })
	require.Equal(t, "step-1", step.Data.StepID)
	update := f.await("progress", func(got *frame) bool { return got.Event == "execution:update" && *got.Data.Progress == 50 })
	require.Equal(t, "running", update.Data.Status)
	require.Equal(t, "e", update.Data.ExecutionID)
	require.Equal(t, "w", update.Data.WorkflowID) // B-55: one shape for all
	require.NotEmpty(t, update.Data.Timestamp)
	require.LessOrEqual(t, update.Seq, receipt.Seq)

	f.must("unsubscribe:execution", map[string]string{"executionId": "e"})
	a.post(testSecret, batch(event("execution.completed", "e")))
	f.nothingElse()
	requireRising(t, f.seen)
}

// W5 to W8, W14: the seed's names and the general ones, all five types.
func TestSubscriptionsOfAllTypesAreAcknowledgedAndEnded(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "e"), event("execution.started", "f")))
	for _, topic := range []string{"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"} {
		f := a.follow(testSecret) // one each: a socket may not send so many messages at once
		for _, filters := range [][]any{nil, {"workflowId", "w"}, {"executionId", "e"}, {"status", []string{"running", "failed"}}} {
			ack := f.must("subscribe", subscription(topic, filters...))
			require.NotZero(t, ack.Data.SubscriptionID)
			require.Equal(t, "live", ack.Data.Mode)
			require.Equal(t, a.engine.Epoch(), ack.Data.Epoch)
			require.Contains(t, ack.text, `"seq":`)
			f.must("unsubscribe", map[string]any{"subscriptionId": ack.Data.SubscriptionID})
			f.must("unsubscribe", map[string]any{"subscriptionId": ack.Data.SubscriptionID})
			f.must("unsubscribe", subscription(topic, filters...))
		}
	}
	f := a.follow(testSecret)
	f.must("unsubscribe:workflow", map[string]string{"workflowId": "w"})
	f.must("subscribe:workflow", map[string]string{"workflowId": "w"})
	a.post(testSecret, batch(event("execution.started", "e")))
	require.Equal(t, "e", f.take("execution:update").Data.ExecutionID)
	f.must("unsubscribe:workflow", map[string]string{"workflowId": "w"})
	a.post(testSecret, batch(event("execution.completed", "e")))
	f.nothingElse()

	// B-56: the queue is pushed, and its latest value is its snapshot.
	queue := f.must("subscribe", subscription("queue_status", "snapshot", true))
	require.Equal(t, "snapshot", queue.Data.Mode)
	require.Equal(t, queue.Data.SubscriptionID, f.take("snapshot").Data.SubscriptionID)
	a.post(testSecret, batch(event("execution.queued", "g"), event("execution.queued", "h")))
	f.await("the queue", func(got *frame) bool { return got.Event == "queue:update" && *got.Data.PendingCount == 2 })
}

// The transition that leaves a filtered set is told once, with left.
func TestStatusFilterTellsWhatLeaves(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates", "status", []string{"running"}))
	a.post(testSecret, batch(event("execution.queued", "e")))
	a.post(testSecret, batch(event("execution.started", "e")))
	require.Equal(t, "running", f.take("execution:update").Data.Status)
	a.post(testSecret, batch(event("execution.failed", "e", `,"error":"x"`)))
	left := f.take("execution:update")
	require.True(t, left.Data.Left)
	require.Equal(t, "failed", left.Data.Status)
}

// B-55: one change reaches a socket once, however many subscriptions match.
func TestOverlappingSubscriptionsDeliverAChangeOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.published(a.post(testSecret, batch(event("execution.started", "e"))).Seq)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	f.must("subscribe", subscription("execution_updates", "status", []string{"completed"}))
	f.must("subscribe:workflow", map[string]string{"workflowId": "w"})
	f.must("subscribe:execution", map[string]string{"executionId": "e"})
	receipt := a.post(testSecret, batch(event("execution.completed", "e"), event("execution.started", "last")))
	f.await("the last", func(got *frame) bool { return got.Seq == receipt.Seq })
	count := 0
	for _, got := range f.seen {
		if got.Event == "execution:update" && got.Data.ExecutionID == "e" {
			count++
		}
	}
	require.Equal(t, 1, count)
}

// W9, W10: the same answers as over REST.
func TestStatusAndQueueEqualREST(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		event("execution.started", "e", `,"clientRef":"K<1>","timestamp":"`+ago(time.Minute)+`"`),
		event("step.failed", "e", `,"stepId":"s","error":"<x> & y"`), event("execution.completed", "e")))
	f := a.follow(testSecret)
	status := f.must("get:execution:status", map[string]string{"executionId": "e"})
	require.JSONEq(t, string(a.send("GET", "/api/monitoring/executions/e", testSecret, nil).body), string(status.Data.Data))
	queue := f.must("get:queue:status", map[string]any{})
	require.JSONEq(t, string(a.send("GET", "/api/monitoring/queue", testSecret, nil).body), string(queue.Data.Data))
	f.refused("not_found", "get:execution:status", map[string]string{"executionId": "unknown"})
}

// SEC2, B-19, AC isolation: foreign ids are unknown ones, and nothing of
// another organisation arrives.
func TestForeignIDsAreNotFoundAndBringNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.OrgAdmin, access.WorkflowAdmin), a.token("theirs", access.Integration)
	a.post(theirs, batch(event("step.started", "secret", `,"stepId":"s"`)))
	f := a.follow(ours)
	for _, id := range []string{"secret", "unknown"} {
		var texts []string
		for _, name := range []string{"subscribe:execution", "get:execution:status"} {
			got := f.refused("not_found", name, map[string]string{"executionId": id})
			texts = append(texts, got.text)
		}
		for _, topic := range []string{"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"} {
			texts = append(texts, f.refused("not_found", "subscribe", subscription(topic, "executionId", id)).text)
		}
		for _, text := range texts {
			require.NotContains(t, text, id)
		}
	}
	f.refused("not_found", "subscribe:workflow", map[string]string{"workflowId": "w"})
	for _, topic := range []string{"execution_updates", "step_updates", "alerts"} {
		f.must("subscribe", subscription(topic, "snapshot", true))
		require.Empty(t, f.take("snapshot").Data.Items)
	}
	// An unsubscribe tells nothing about what there is.
	f.must("unsubscribe:execution", map[string]string{"executionId": "secret"})
	other := a.follow(a.token("theirs", access.Viewer))
	other.must("subscribe", subscription("execution_updates"))
	other.until(a.post(theirs, batch(event("step.completed", "secret", `,"stepId":"s"`), event("execution.completed", "secret"))).Seq)
	f.nothingElse()
}

// Who only feeds does not read.
func TestIntegrationsMayNotRead(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	token := a.token("", access.Integration)
	f := a.follow(token)
	f.refused("forbidden", "subscribe", subscription("execution_updates"))
	f.refused("forbidden", "get:queue:status", nil)
	require.Equal(t, http.StatusForbidden, a.send("GET", "/api/monitoring/stream?type=alerts", token, nil).status)
}

// What can be read but not done is answered, and the socket stays.
func TestInvalidRequestsAreAnsweredAndForgiven(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	f.refused("unknown_event", "dance", nil)
	for _, c := range []struct {
		event string
		data  any
	}{
		{"subscribe", nil}, {"subscribe", "x"}, {"subscribe", subscription("weather")}, {"subscribe", subscription("alerts", "status", []string{"asleep"})},
		{"subscribe", subscription("alerts", "executionId", "a b")}, {"subscribe", subscription("alerts", "executionId", 5)},
		{"subscribe", subscription("alerts", "workflowId", "a/b")}, {"unsubscribe:execution", nil}, {"unsubscribe", map[string]any{"subscriptionId": -1}},
		{"subscribe", subscription("alerts", "since", map[string]any{"epoch": "x"})}, {"subscribe", subscription("alerts", "since", map[string]any{"epoch": "x", "seq": -1})},
		{"unsubscribe", nil}, {"subscribe:workflow", nil}, {"subscribe:execution", map[string]any{"executionId": ""}},
		{"unsubscribe:workflow", map[string]any{"workflowId": 7}}, {"get:execution:status", map[string]any{"executionId": "a/b"}},
	} {
		f.refused("invalid", c.event, c.data)
	}
	f.raw(`{"id":"seven","event":"ping"}`)
	require.Equal(t, "invalid", f.take("error").Error.Code)
	f.raw(`{"id":1.5}`)
	require.Equal(t, "invalid", f.take("error").Error.Code)
	f.raw(`{"event":"ping"}`)
	require.JSONEq(t, `{"event":"ack","data":{"success":true}}`, f.take("ack").text)
}

// Errors speak Polish unless the client asks for English.
func TestErrorsSpeakTheClientsLanguage(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for header, want := range map[string]string{"en": errUnknownEvent.Message, "pl": "Nie ma takiego zdarzenia.", "": "Nie ma takiego zdarzenia."} {
		f := a.connect("Accept-Language", header)
		f.must("auth", map[string]string{"token": testSecret})
		require.Equal(t, want, f.refused("unknown_event", "dance", nil).Error.Message)
	}
}

// W7, W8: from the answer to an unsubscribe on nothing comes, though frames
// were on their way and more is asked for at once.
func TestNoFrameFollowsTheAnswerToAnUnsubscribe(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e")))
	stop, posted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(posted)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				a.progress("e", n%100)
			}
		}
	}()
	for range 5 {
		f := a.follow(testSecret)
		for range 10 {
			f.must("subscribe:execution", map[string]string{"executionId": "e"})
			f.take("execution:update")
			ended := f.send("unsubscribe:execution", map[string]string{"executionId": "e"})
			next := f.send("subscribe", subscription("alerts"))
			f.await("the first answer", func(got *frame) bool { return got.ID == ended })
			before := len(f.seen)
			f.await("the second answer", func(got *frame) bool { return got.ID == next })
			for _, got := range f.seen[before:] {
				require.NotContains(t, got.Event, ":update", got.text)
			}
		}
	}
	close(stop)
	<-posted
}

// A workflow that was only declared can be followed before its first run.
func TestDeclaredWorkflowIsFollowedFromItsFirstRunOn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.Equal(t, http.StatusOK, a.send("PUT", "/api/ingest/workflows/w", testSecret, []byte(`{"name":"JPK_V7M"}`)).status)
	f := a.follow(testSecret)
	f.must("subscribe:workflow", map[string]string{"workflowId": "w"})
	a.post(testSecret, batch(event("execution.queued", "first")))
	got := f.take("execution:update")
	require.Equal(t, "first", got.Data.ExecutionID)
	require.Contains(t, got.text, `"workflowName":"JPK_V7M"`)
}
