package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// answerLimit is how long a test waits for what has to come.
const answerLimit = 10 * time.Second

// follower is a real client of the WebSocket endpoint.
type follower struct {
	t        *testing.T
	conn     *websocket.Conn
	frames   chan frame // closed at the end
	code     int        // the close code, once frames is closed; 1006 without one
	seen     []frame    // all that were taken
	requests uint64
}

// frame is any frame of the server.
type frame struct {
	ID    uint64
	Event string
	Seq   uint64
	Data  frameData
	Error *refusal
	text  string
}

type frameData struct {
	Success, Recovered, More, Left                     bool
	SubscriptionID                                     uint32
	Seq, AsOf, Sent                                    uint64
	Epoch, Mode, Reason, Protocol, UserID              string
	OrganizationID, ExpiresAt, ServerTime, TS          string
	ExecutionID, WorkflowID, StepID, Status, Timestamp string
	Progress, PendingCount                             *int
	HeartbeatMs, AuthTimeoutMs                         int
	ReconnectAfterMs                                   []int
	Items                                              []struct {
		ExecutionID, StepID, Status string
		Progress                    int
		Seq                         uint64
	}
	Data json.RawMessage
}

func (a *appliance) wsURL() string {
	return "ws" + strings.TrimPrefix(a.url, "http") + "/api/monitoring/ws"
}

// dial makes a handshake; headers are pairs of name and value.
func (a *appliance) dial(url string, headers ...string) (*websocket.Conn, *http.Response, error) {
	a.t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return (&websocket.Dialer{HandshakeTimeout: answerLimit}).Dial(url, h)
}

// connect opens a socket and takes the hello.
func (a *appliance) connect(headers ...string) *follower {
	a.t.Helper()
	f := a.open(a.wsURL(), headers...)
	hello := f.take("hello")
	require.Equal(a.t, "flowwatch.v1", hello.Data.Protocol)
	return f
}

func (a *appliance) open(url string, headers ...string) *follower {
	a.t.Helper()
	conn, response, err := a.dial(url, headers...)
	require.NoError(a.t, err)
	_ = response.Body.Close()
	f := &follower{t: a.t, conn: conn, frames: make(chan frame, 10_000)}
	a.t.Cleanup(func() { _ = conn.Close() })
	go f.read()
	return f
}

// follow opens a socket and signs in.
func (a *appliance) follow(token string) *follower {
	a.t.Helper()
	f := a.connect()
	f.must("auth", map[string]string{"token": token})
	return f
}

func (f *follower) read() {
	defer close(f.frames)
	for {
		kind, message, err := f.conn.ReadMessage()
		if err != nil {
			f.code = websocket.CloseAbnormalClosure
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				f.code = closed.Code
			}
			return
		}
		got := frame{text: string(message)}
		if kind != websocket.TextMessage || json.Unmarshal(message, &got) != nil {
			got.Event = "BROKEN"
		}
		f.frames <- got
	}
}

// send asks for something and returns the request's id.
func (f *follower) send(event string, data any) uint64 {
	f.t.Helper()
	f.requests++
	message, err := json.Marshal(map[string]any{"v": 1, "id": f.requests, "event": event, "data": data})
	require.NoError(f.t, err)
	f.raw(string(message))
	return f.requests
}

func (f *follower) raw(message string) {
	f.t.Helper()
	require.NoError(f.t, f.conn.WriteMessage(websocket.TextMessage, []byte(message)))
}

// await takes frames until one is as wanted.
func (f *follower) await(what string, wanted func(*frame) bool) frame {
	f.t.Helper()
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	for {
		select {
		case got, open := <-f.frames:
			if !open {
				require.Fail(f.t, "the socket was closed", "waiting for %s: code %d, after %v", what, f.code, f.texts())
			}
			f.seen = append(f.seen, got)
			require.NotEqual(f.t, "BROKEN", got.Event, got.text)
			if wanted(&got) {
				return got
			}
		case <-limit.C:
			require.Fail(f.t, "it did not come", "waiting for %s, after %v", what, f.texts())
		}
	}
}

// take takes frames until one with the event.
func (f *follower) take(event string) frame {
	f.t.Helper()
	return f.await(event, func(got *frame) bool { return got.Event == event })
}

// ask sends a request and takes its answer.
func (f *follower) ask(event string, data any) frame {
	f.t.Helper()
	id := f.send(event, data)
	return f.await("the answer to "+event, func(got *frame) bool { return got.ID == id })
}

// must asks and requires an ack.
func (f *follower) must(event string, data any) frame {
	f.t.Helper()
	got := f.ask(event, data)
	require.Equal(f.t, "ack", got.Event, got.text)
	require.True(f.t, got.Data.Success, got.text)
	return got
}

// refused asks and requires an error with the code.
func (f *follower) refused(code, event string, data any) frame {
	f.t.Helper()
	got := f.ask(event, data)
	require.Equal(f.t, "error", got.Event, got.text)
	require.Equal(f.t, code, got.Error.Code, got.text)
	require.NotEmpty(f.t, got.Error.Message)
	return got
}

// closed takes what comes until the end and requires the close code.
func (f *follower) closed(code int) {
	f.t.Helper()
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	for {
		select {
		case got, open := <-f.frames:
			if !open {
				require.Equal(f.t, code, f.code, "after %v", f.texts())
				return
			}
			f.seen = append(f.seen, got)
		case <-limit.C:
			require.Fail(f.t, "the socket was not closed", "waiting for %d, after %v", code, f.texts())
		}
	}
}

// nothingElse asks for a sign of life and requires that no frame of the hub
// came before it: what is published is written in order.
func (f *follower) nothingElse() {
	f.t.Helper()
	before := len(f.seen)
	f.must("ping", nil)
	for _, got := range f.seen[before:] {
		require.NotContains(f.t, got.Event, ":update", got.text)
	}
}

func (f *follower) texts() (all []string) {
	for _, got := range f.seen[max(0, len(f.seen)-20):] {
		all = append(all, got.text)
	}
	return all
}

// filters are the data of a subscribe, as pairs of name and value.
func subscription(topic string, pairs ...any) map[string]any {
	data, filters := map[string]any{"type": topic}, map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			panic("a name that is no string")
		}
		if name == "since" || name == "snapshot" {
			data[name] = pairs[i+1]
		} else {
			filters[name] = pairs[i+1]
		}
	}
	data["filters"] = filters
	return data
}

func event(kind, executionID string, more ...string) string {
	return fmt.Sprintf(`"type":%q,"executionId":%q,"workflowId":"w"%s`, kind, executionID, strings.Join(more, ""))
}

// gone waits until the server has no live connection any more.
func (a *appliance) gone() {
	a.t.Helper()
	require.Eventually(a.t, func() bool { return a.server.live.count() == 0 }, answerLimit, time.Millisecond)
}

// T9, B-79: progress of an execution moves live. T10: a step's end is told.
func TestProgressAndStepsOfAnExecutionArriveLive(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e", `,"steps":[{"stepId":"step-1","name":"Pobierz"},{"stepId":"step-2","name":"Wyślij"}]`)))
	f := a.open(strings.TrimSuffix(a.wsURL(), "/api/monitoring/ws") + "/monitoring")
	f.must("auth", map[string]string{"token": testSecret})
	ack := f.must("subscribe:execution", map[string]string{"executionId": "e"})
	require.Equal(t, fmt.Sprintf(`{"id":%d,"event":"ack","data":{"success":true}}`, ack.ID), ack.text)

	began := time.Now()
	receipt := a.post(testSecret, batch(event("step.started", "e", `,"stepId":"step-1"`), event("step.completed", "e", `,"stepId":"step-1"`)))
	step := f.await("the end of the step", func(got *frame) bool { return got.Event == "step:update" && got.Data.Status == "completed" })
	require.Equal(t, "step-1", step.Data.StepID)
	require.Less(t, time.Since(began), 500*time.Millisecond)
	update := f.await("progress", func(got *frame) bool { return got.Event == "execution:update" && *got.Data.Progress == 50 })
	require.Less(t, time.Since(began), time.Second)
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

// requireRising requires that seq only grows on one connection.
func requireRising(t *testing.T, frames []frame) {
	t.Helper()
	last := uint64(0)
	for _, got := range frames {
		if got.Seq != 0 {
			require.Greater(t, got.Seq, last, got.text)
			last = got.Seq
		}
	}
}

// W2, W3: the sign-in says who the client is, whatever it claims itself.
func TestSignInAnswersWhoTheClientIs(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	token := a.token("ours", access.Viewer)
	f := a.open(a.wsURL())
	hello := f.take("hello")
	require.Equal(t, 15_000, hello.Data.HeartbeatMs)
	require.Equal(t, 5_000, hello.Data.AuthTimeoutMs)
	require.NotEmpty(t, hello.Data.ServerTime)
	ack := f.must("auth", map[string]any{"token": token, "organizationId": "default", "userId": "me"})
	o, err := a.engine.Access().EnsureOrganization("ours")
	require.NoError(t, err)
	require.Equal(t, o.ID, ack.Data.OrganizationID)
	require.Equal(t, a.engine.Access().Tokens(o.ID)[0].ID, ack.Data.UserID)
	require.Equal(t, a.engine.Epoch(), ack.Data.Epoch)
	require.Contains(t, ack.text, `"seq":`)
	require.Contains(t, ack.text, `"expiresAt":null`)
	f.refused("invalid", "auth", map[string]string{"token": testSecret})
}

// W5 to W8, W14: the seed's names and the general ones, all five types.
func TestSubscriptionsOfAllTypesAreAcknowledgedAndEnded(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "e"), event("execution.started", "f")))
	f := a.follow(testSecret)
	for _, topic := range []string{"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"} {
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
	a.post(testSecret, batch(event("execution.started", "e")))
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
	receipt := a.post(theirs, batch(event("step.completed", "secret", `,"stepId":"s"`), event("execution.completed", "secret")))
	other := a.follow(a.token("theirs", access.Viewer))
	require.GreaterOrEqual(t, other.must("subscribe", subscription("execution_updates")).Data.Seq, receipt.Seq)
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
	require.Equal(t, `{"event":"ack","data":{"success":true}}`, f.take("ack").text)
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

// Every close code of the protocol that a client can cause.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.auth = 300 * time.Millisecond })
	text := func(message string) func(*follower) { return func(f *follower) { f.raw(message) } }
	auth := fmt.Sprintf(`{"id":1,"event":"auth","data":{"token":%q}}`, testSecret)
	signedIn := func(message string) func(*follower) {
		return func(f *follower) { f.raw(auth); f.raw(message) }
	}
	for name, c := range map[string]struct {
		code int
		do   func(*follower)
	}{
		"late sign-in":                 {4408, func(*follower) {}},
		"broken JSON before sign-in":   {4400, text(`{"event":`)},
		"broken JSON":                  {4400, signedIn(`{"event":`)},
		"an array":                     {4400, signedIn(`[]`)},
		"null":                         {4400, signedIn(`null`)},
		"nothing":                      {4400, signedIn(``)},
		"not UTF-8":                    {4400, signedIn("{\"event\":\"\xff\"}")},
		"binary":                       {4400, func(f *follower) { f.raw(auth); _ = f.conn.WriteMessage(websocket.BinaryMessage, []byte(`{}`)) }},
		"over 64 KiB":                  {1009, signedIn(`{"event":"ping","data":"` + strings.Repeat("x", messageBytesMax) + `"}`)},
		"over 64 KiB by far":           {1009, signedIn(strings.Repeat("x", 8<<20))},
		"another frame before sign-in": {4401, text(`{"id":1,"event":"subscribe","data":{"type":"alerts"}}`)},
		"a wrong token":                {4401, text(`{"id":1,"event":"auth","data":{"token":"wrong"}}`)},
		"a token that is none":         {4401, text(`{"id":1,"event":"auth","data":{"token":5}}`)},
		"no token and no cookie":       {4401, text(`{"id":1,"event":"auth","data":{}}`)},
		"an empty token":               {4401, text(`{"id":1,"event":"auth","data":{"token":""}}`)},
		"a close of its own":           {4000, func(f *follower) { f.sendClose(4000) }},
		"a close without a code":       {1000, func(f *follower) { f.sendClose(websocket.CloseNoStatusReceived) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := *a
			here.t = t
			f := here.connect()
			began := time.Now()
			c.do(f)
			f.closed(c.code)
			require.Less(t, time.Since(began), 5*time.Second)
			if c.code == 4401 {
				last := f.seen[len(f.seen)-1]
				require.Equal(t, "error", last.Event)
				require.Equal(t, "unauthorized", last.Error.Code)
			}
		})
	}
}

func (f *follower) sendClose(code int) {
	require.NoError(f.t, f.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(answerLimit)))
}

// 4406, and what else is decided at the handshake. W1: both paths.
func TestHandshake(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const protocols = "Sec-WebSocket-Protocol"
	a.open(a.wsURL(), protocols, "chat, flowwatch.v2").closed(4406)
	f := a.connect(protocols, "chat, flowwatch.v1")
	require.Equal(t, "flowwatch.v1", f.conn.Subprotocol())
	require.Empty(t, a.connect().conn.Subprotocol())
	require.Equal(t, "flowwatch.v1", a.open("ws"+strings.TrimPrefix(a.url, "http")+"/monitoring").take("hello").Data.Protocol)

	got := a.send("GET", "/api/monitoring/ws", "", nil)
	requireProblem(t, got, http.StatusUpgradeRequired, "upgrade_required")
	require.Equal(t, "websocket", got.header.Get("Upgrade"))
	got = a.send("GET", "/api/monitoring/ws", "", nil, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "8")
	requireProblem(t, got, http.StatusUpgradeRequired, "upgrade_required")
}

// A browser session signs in by its cookie, if its own page asks.
func TestCookieSignsInFromTheOwnPageOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.AllowedOrigins = []string{"https://office.example"} })
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	for _, origin := range []string{a.url, "https://office.example"} {
		f := a.connect("Cookie", cookie, "Origin", origin)
		ack := f.must("auth", map[string]any{})
		require.NotContains(t, ack.text, `"expiresAt":null`)
		f.must("subscribe", subscription("execution_updates"))
	}
	f := a.connect("Cookie", cookie) // whoever sends it, it is not the page
	f.refused("unauthorized", "auth", map[string]any{})
	f.closed(4401)
	f = a.connect("Cookie", cookie, "Origin", a.url) // a wrong token is not made good by a cookie
	f.refused("unauthorized", "auth", map[string]string{"token": "wrong"})
	f.closed(4401)
	f = a.connect("Cookie", "flowwatch_session=wrong", "Origin", a.url)
	f.refused("unauthorized", "auth", map[string]any{})
	f.closed(4401)
}

// SEC1: revoked tokens and ended sessions lose their connections at once,
// expired ones soon.
func TestEndedPrincipalsLoseTheirConnections(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look = 20 * time.Millisecond })
	store := a.engine.Access()
	o, err := store.EnsureOrganization("default")
	require.NoError(t, err)
	token, secret, err := store.CreateToken(access.TokenInput{Name: "x", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}})
	require.NoError(t, err)
	revoked, other := a.follow(secret), a.follow(testSecret)
	require.NoError(t, store.RevokeToken(o.ID, token.ID))
	revoked.closed(4401)

	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	ended := a.connect("Cookie", cookie, "Origin", a.url)
	ended.must("auth", map[string]any{})
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", cookie).status)
	ended.closed(4401)

	_, secret, err = store.CreateToken(access.TokenInput{
		Name: "y", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}, ExpiresAt: time.Now().Add(300 * time.Millisecond),
	})
	require.NoError(t, err)
	expired := a.follow(secret)
	expired.closed(4401)
	other.must("ping", nil)
}

// SEC5: too fast is told, and ends the socket when it goes on.
func TestFastClientsAreToldAndThenCutOff(t *testing.T) {
	t.Parallel()
	a := newAppliance(t) // messages are limited whatever --rate-limit says
	f := a.follow(testSecret)
	for range messagesBurst + messagesOverMax + 2*messagesPerSecond {
		f.requests++
		if f.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":%d,"event":"ping"}`, f.requests)) != nil {
			break
		}
	}
	f.closed(4429)
	acks, refused := 0, 0
	for _, got := range f.seen {
		switch {
		case got.Event == "ack":
			acks++
		case got.Event == "error":
			require.Equal(t, "rate_limited", got.Error.Code)
			require.True(t, got.Error.Retryable)
			refused++
		}
	}
	require.GreaterOrEqual(t, acks, messagesBurst-1)
	require.Equal(t, messagesOverMax, refused)
}

// PERF2, SEC5: sockets and subscriptions have limits.
func TestConnectionsOfAPrincipalAreLimited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	browser := func() *follower { return a.connect("Cookie", cookie, "Origin", a.url) }
	var first *follower
	for range liveOfSessionMax {
		f := browser()
		f.must("auth", map[string]any{})
		first = f
	}
	f := browser()
	f.refused("rate_limited", "auth", map[string]any{})
	f.closed(4429)
	requireProblem(t, a.send("GET", "/api/monitoring/stream", "", nil, "Cookie", cookie), http.StatusTooManyRequests, "rate_limited")
	require.NoError(t, first.conn.Close())
	require.Eventually(t, func() bool {
		f := browser()
		return f.ask("auth", map[string]any{}).Event == "ack"
	}, answerLimit, 10*time.Millisecond, "a place that was left is free again")

	token := a.token("", access.Viewer)
	for range liveOfTokenMax {
		a.follow(token)
	}
	f = a.connect()
	f.refused("rate_limited", "auth", map[string]string{"token": token})
	f.closed(4429)

	f = a.follow(testSecret)
	for i := range 50 {
		a.post(testSecret, batch(event("execution.started", fmt.Sprint("e-", i))))
	}
	for i := 0; i < 50; {
		got := f.ask("subscribe", subscription("execution_updates", "executionId", fmt.Sprint("e-", i)))
		if got.Event == "ack" {
			i++
		} else {
			require.Equal(t, errTooFast.Code, got.Error.Code)
			<-time.After(10 * time.Millisecond)
		}
	}
	require.Eventually(t, func() bool {
		got := f.ask("subscribe", subscription("execution_updates"))
		require.Equal(t, "rate_limited", got.Error.Code)
		return got.Error.Message == details["too_many_subscriptions"]
	}, answerLimit, 50*time.Millisecond)
}

// Handshakes and wrong tokens are counted by address.
func TestHandshakesAndWrongTokensOfAnAddressAreLimited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	wrong := func() int {
		f := a.connect()
		f.send("auth", map[string]string{"token": "wrong"})
		for range f.frames {
		}
		return f.code
	}
	codes := map[int]int{}
	for range failuresBurst + 1 {
		codes[wrong()]++
	}
	require.GreaterOrEqual(t, codes[4401], failuresBurst)
	a.server.live.failures.of("127.0.0.1").SetLimit(0)
	require.Equal(t, 4429, func() (code int) {
		for range failuresBurst + 1 {
			code = wrong()
		}
		return code
	}())
	a.follow(testSecret) // a good token is not held up by others' bad ones

	limiter := a.server.live.handshakes.of("127.0.0.1")
	limiter.SetLimit(0)
	limiter.AllowN(time.Now(), int(limiter.Tokens()))
	_, response, err := a.dial(a.wsURL())
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	require.NotEmpty(t, response.Header.Get("Retry-After"))
}
