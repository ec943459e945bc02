package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/webhook"
	"flowwatch/kv"
)

const hookSecret = "s3cret-of-the-erp"

// outgoing is a CloudEvent as a receiver reads it.
type outgoing struct {
	SpecVersion, ID, Source, Type, Subject, Sequence string
	Time                                             time.Time
	Data                                             map[string]any
}

func (o *outgoing) name() string { return strings.TrimPrefix(o.Type, "io.flowwatch.") }

// taker is an HTTP server that takes what a webhook is sent, and outlives the appliance.
type taker struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex // guards the rest
	answer http.HandlerFunc
	tries  []http.Header
	events []outgoing // of what was taken
}

func newTaker(t *testing.T) *taker {
	k := &taker{t: t}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		k.mu.Lock()
		answer := k.answer
		k.tries = append(k.tries, r.Header.Clone())
		k.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		mac := hmac.New(sha256.New, []byte(hookSecret))
		mac.Write([]byte(r.Header.Get("X-Flowwatch-Timestamp") + "." + string(body)))
		if signed := r.Header.Get("X-Flowwatch-Signature"); signed != "" && signed != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("signature %s", signed)
		}
		if strings.Contains(string(body), `"input"`) || strings.Contains(string(body), "44051401359") {
			t.Errorf("what must stay inside left: %s", body)
		}
		k.take(r.Header.Get("Content-Type"), body)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *taker) take(media string, body []byte) {
	var all []outgoing
	if media == webhook.MediaType {
		all = make([]outgoing, 1)
		body = []byte("[" + string(body) + "]")
	} else if media != webhook.BatchMediaType {
		k.t.Errorf("media type %s", media)
	}
	if err := json.Unmarshal(body, &all); err != nil {
		k.t.Errorf("%v: %s", err, body)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(k.events, all...)
}

func (k *taker) answers(fn http.HandlerFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answer = fn
}

func (k *taker) got() []outgoing {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.events)
}

func (k *taker) tried() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.tries)
}

// names are those of the events that were taken, with what they are about.
func (k *taker) names() (all []string) {
	for _, o := range k.got() {
		all = append(all, o.name()+" "+o.Subject)
	}
	return all
}

// awaits requires that exactly these come.
func (k *taker) awaits(want ...string) {
	k.t.Helper()
	require.Eventually(k.t, func() bool { return len(k.names()) >= len(want) }, answerLimit, 5*time.Millisecond, "%v", want)
	require.Equal(k.t, want, k.names())
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// newSender is an appliance that may send to this machine.
func newSender(t *testing.T) *appliance {
	a := newAppliance(t)
	a.allow = []string{"127.0.0.1"}
	a.restart()
	return a
}

func (a *appliance) webhook(token string, k *taker, more string) Webhook {
	a.t.Helper()
	got := a.send("POST", webhooksPath, token, []byte(fmt.Sprintf(`{"name":"ERP","url":%q,"secret":%q%s}`, k.URL, hookSecret, more)))
	require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
	require.NotContains(a.t, string(got.body), hookSecret)
	return decoded[Webhook](a.t, got)
}

func (a *appliance) standing(id string) notify.Standing {
	a.t.Helper()
	return get[Webhook](a, webhooksPath+"/"+id, testSecret).Standing
}

func (a *appliance) patchWebhook(id, body string) Webhook {
	a.t.Helper()
	got := a.send("PATCH", webhooksPath+"/"+id, testSecret, []byte(body))
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	return decoded[Webhook](a.t, got)
}

// A span is told as a step once it is known that it is one, however the trace came, and once; what is deeper never.
func TestWebhooksTellOfSpansThatAreSteps(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	a.webhook(testSecret, k, `,"events":["execution.completed","step.completed"]`)
	from := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	span := func(n int, parent, name string) []byte {
		begun := from.Add(time.Duration(n) * time.Second)
		return exportJSON(spanJSON(fmt.Sprintf("00000000000000a%d", n), parent, name, begun, begun.Add(time.Second), ""))
	}
	for _, body := range [][]byte{
		span(3, "00000000000000a1", "detail"), span(1, "00000000000000a0", "early"), span(0, "", "root"), span(2, "00000000000000a0", "late"),
		span(1, "00000000000000a0", "early"),
	} {
		a.export(tracesPath, "application/json", body, "{}")
	}
	a.run("last", "execution.completed")
	const run = "otlp:5b8efff798038103d269b633813fc60c"
	k.awaits("execution.completed "+run, "step.completed "+run, "step.completed "+run, "execution.completed last")
	require.Equal(t, "early", k.got()[1].Data["stepName"])
	require.Equal(t, "late", k.got()[2].Data["stepName"])
}

// B-89 and the requirement of outgoing webhooks: events of executions, steps, alerts and priorities, in order, signed, without what must stay inside.
func TestWebhooksTellOfEverythingInOrder(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	a.run("before", "execution.completed")
	a.rule(failedRule)
	w := a.webhook(testSecret, k, `,"events":["execution.*","step.failed","alert.*","priority.*"]`)
	require.Equal(t, notify.Standing{State: "ok", Recent: []notify.Outcome{}, Since: w.Standing.Since, RetryAt: w.Standing.RetryAt, ToldAt: w.Standing.ToldAt}, w.Standing)
	a.post(testSecret, batch(event("execution.queued", "x", `,"clientRef":"K-1"`)))
	wish := decoded[PriorityReceipt](t, a.send("POST", "/api/monitoring/queue/executions/x/priority", testSecret, []byte(`{"priority":"HIGH","reason":"termin"}`)))
	require.Equal(t, http.StatusOK, a.send("POST", commandsPath+"/"+wish.ID+"/acknowledge", testSecret, []byte(`{}`)).status)
	a.post(testSecret, batch(event("execution.started", "x"), event("step.started", "x", `,"stepId":"s"`),
		event("step.failed", "x", `,"stepId":"s","input":{"nip":"5260001246"},"error":"PESEL 44051401359 odrzucony"`),
		event("execution.failed", "x", `,"error":"PESEL 44051401359 odrzucony","durationMs":12`)))
	alert := a.alerts("status=active")[0].ID
	require.Equal(t, http.StatusOK, a.send("POST", alertHistoryPath+"/"+alert+"/acknowledge", testSecret, nil).status)
	require.Equal(t, http.StatusOK, a.send("POST", alertHistoryPath+"/"+alert+"/resolve", testSecret, nil).status)
	k.awaits("execution.queued x", "priority.requested x", "priority.acknowledged x", "execution.started x", "step.failed x", "execution.failed x",
		"alert.triggered "+alert, "alert.acknowledged "+alert, "alert.resolved "+alert)

	ids, keys := map[string]bool{}, map[string]bool{}
	for i, o := range k.got() {
		require.Equal(t, "1.0", o.SpecVersion)
		require.Equal(t, "/flowwatch/"+a.organization("default"), o.Source)
		ids[o.ID], keys[k.tries[i].Get("Idempotency-Key")] = true, true
		if i > 0 {
			require.GreaterOrEqual(t, o.Sequence, k.got()[i-1].Sequence)
		}
	}
	require.Len(t, ids, 9)
	require.Len(t, keys, 9)
	wished, failed, raised := k.got()[1].Data, k.got()[5].Data, k.got()[6].Data
	require.Equal(t, wish.ID, wished["id"], "what an engine answers to")
	require.Equal(t, "HIGH", wished["priority"])
	require.Equal(t, "requested", wished["state"])
	require.Contains(t, failed["error"], "PESEL", "inside the office the masked error is told")
	require.Equal(t, "failed", failed["current"].(map[string]any)["status"])
	require.InDelta(t, 12, failed["durationMs"], 0)
	require.Equal(t, a.url+"/executions/x", failed["links"].(map[string]any)["view"])
	require.Equal(t, "alert.triggered", raised["event"])
	require.Equal(t, alert, raised["metadata"].(map[string]any)["alertHistoryId"])
	require.Empty(t, raised["links"].(map[string]any)["acknowledge"], "no link by which anybody answers")
	require.Eventually(t, func() bool { return a.standing(w.ID).Delivered == 9 }, answerLimit, 5*time.Millisecond)
	require.Zero(t, a.standing(w.ID).Waiting)
	require.Contains(t, string(a.send("GET", "/metrics", testSecret, nil).body), `flowwatch_deliveries_total{channel="subscription",result="delivered"} 9`)
	require.Equal(t, "alert.resolved", a.standing(w.ID).Recent[0].Event)
	require.Equal(t, notify.Delivered, a.standing(w.ID).Recent[0].Status)
}

func (a *appliance) organization(name string) string {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization(name)
	require.NoError(a.t, err)
	return o.ID
}

// What is not asked for is not sent, and no organisation hears of another.
func TestWebhooksTellWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	a, k, other := newSender(t), newTaker(t), newTaker(t)
	theirs := a.token("theirs", access.OrgAdmin, access.Integration)
	a.webhook(testSecret, k, `,"events":["execution.failed","execution.failed"],"workflowIds":["jpk"],"batch":true`)
	a.webhook(theirs, other, `,"events":["*"]`)
	for _, workflow := range []string{"vat", "jpk"} {
		a.failed("run-"+workflow, workflow, "")
		a.post(testSecret, batch(`"type":"execution.completed","executionId":"good-`+workflow+`","workflowId":"`+workflow+`"`))
	}
	a.post(testSecret, batch(`"type":"execution.failed","executionId":"imported","workflowId":"jpk","timestamp":"`+ago(48*time.Hour)+`"`))
	a.post(theirs, batch(event("execution.started", "their-run")))
	k.awaits("execution.failed run-jpk")
	other.awaits("execution.started their-run")
	require.NotEqual(t, k.got()[0].Source, other.got()[0].Source)
}

// What a restored backup had not told may have been since: the receiver hears that something may be missing, and what follows.
func TestWebhooksOfARestoredBackupSaySo(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	k.answers(status(http.StatusServiceUnavailable))
	w := a.webhook(testSecret, k, `,"events":["execution.started"]`)
	a.post(testSecret, batch(event("execution.started", "before")))
	require.Eventually(t, func() bool { return a.standing(w.ID).State == "retrying" }, answerLimit, 5*time.Millisecond)
	a.stop()
	db, err := kv.Open(a.path, kv.Options{})
	require.NoError(t, err)
	require.NoError(t, engine.NoteRestored(db, time.Time{}, time.Now(), audit.System()))
	require.NoError(t, db.Close())
	k.answers(nil)
	a.start()
	a.post(testSecret, batch(event("execution.started", "after")))
	k.awaits("webhook.skipped "+w.ID, "execution.started after")
	require.Equal(t, "restored", k.got()[0].Data["reason"])
}

// Each answer of a receiver, and a restart in the midst: nothing is lost or out of order, and what was taken is not repeated.
func TestWebhooksHoldThroughBadAnswersAndARestart(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	w := a.webhook(testSecret, k, `,"events":["execution.started"]`)
	started := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			a.post(testSecret, batch(event("execution.started", id)))
		}
	}
	state := func(want string) {
		t.Helper()
		require.Eventually(t, func() bool { return a.standing(w.ID).State == want }, answerLimit, 5*time.Millisecond, want)
	}
	k.answers(status(http.StatusServiceUnavailable, "Retry-After", "1"))
	started("a", "b")
	state("retrying")
	require.Equal(t, 2, a.standing(w.ID).Waiting)
	require.Contains(t, a.standing(w.ID).LastError, "503")
	a.restart()
	k.answers(nil)
	k.awaits("execution.started a", "execution.started b")
	require.Equal(t, k.tries[0].Get("Idempotency-Key"), k.tries[1].Get("Idempotency-Key"), "the same for every try")

	slow, before := make(chan struct{}), k.tried()
	k.answers(func(http.ResponseWriter, *http.Request) { <-slow })
	started("slow-1", "slow-2") // who sends does not wait for who receives
	require.Eventually(t, func() bool { return k.tried() == before+1 }, answerLimit, 5*time.Millisecond)
	k.answers(nil)
	close(slow)
	k.awaits("execution.started a", "execution.started b", "execution.started slow-2")

	k.answers(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	})
	started("c")
	state("misconfigured")
	require.Contains(t, a.standing(w.ID).LastError, "redirects are not followed")
	tries := k.tried()
	k.answers(nil)
	a.patchWebhook(w.ID, `{"name":"Magazyn"}`) // somebody looked after it
	k.awaits("execution.started a", "execution.started b", "execution.started slow-2", "execution.started c")
	require.Equal(t, tries+1, k.tried())

	k.answers(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		first := len(k.tries) == tries+2
		k.mu.Unlock()
		if first {
			status(http.StatusUnprocessableEntity)(w, r)
		}
	})
	started("d", "e")
	require.Eventually(t, func() bool { return a.standing(w.ID).Delivered == 6 }, answerLimit, 5*time.Millisecond)
	refused := a.standing(w.ID).Recent[1]
	require.Equal(t, notify.Dead, refused.Status)
	require.EqualValues(t, 1, a.standing(w.ID).Dead)
	k.answers(nil)
	require.Equal(t, http.StatusAccepted, a.send("POST", webhooksPath+"/"+w.ID+"/refused/"+refused.Letter+"/resend", testSecret, nil).status)
	k.awaits("execution.started a", "execution.started b", "execution.started slow-2", "execution.started c", "execution.started d")
	requireProblem(t, a.send("POST", webhooksPath+"/"+w.ID+"/refused/99/resend", testSecret, nil), http.StatusNotFound, "not_found")
	require.Eventually(t, func() bool { return a.standing(w.ID).Dead == 0 }, answerLimit, 5*time.Millisecond)
	requireProblem(t, a.send("POST", webhooksPath+"/"+w.ID+"/refused/"+refused.Letter+"/resend", testSecret, nil), http.StatusConflict, "not_dead")
	require.NotEmpty(t, a.entries(testSecret, audit.NotificationResent))
}

// A receiver that says that it is gone is told nothing more; switched on again, what follows.
func TestWebhooksEndWhereTheReceiverIsGone(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	w := a.webhook(testSecret, k, `,"events":["execution.started"]`)
	k.answers(status(http.StatusGone))
	a.post(testSecret, batch(event("execution.started", "a")))
	require.Eventually(t, func() bool { return !get[Webhook](a, webhooksPath+"/"+w.ID, testSecret).IsActive }, answerLimit, 5*time.Millisecond)
	require.Equal(t, "off", a.standing(w.ID).State)
	require.Contains(t, a.standing(w.ID).LastError, "410")
	requireProblem(t, a.send("POST", webhooksPath+"/"+w.ID+"/test", testSecret, nil), http.StatusConflict, "webhook_off")
	require.Contains(t, string(a.entries(testSecret, audit.WebhookUpdated)[0].Details), "410")
	k.answers(nil)
	a.post(testSecret, batch(event("execution.started", "b")))
	require.True(t, a.patchWebhook(w.ID, `{"isActive":true}`).IsActive)
	a.post(testSecret, batch(event("execution.started", "c")))
	k.awaits("execution.started c")
}

// A storm before a receiver that does not answer costs nothing that grows: what is too much is told in one message.
func TestWebhooksTellOfWhatTheySkip(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	w := a.webhook(testSecret, k, `,"events":["execution.queued"],"batch":true`)
	k.answers(status(http.StatusUnauthorized))
	for i := range 5 {
		var lines []string
		for n := range 2_100 {
			lines = append(lines, event("execution.queued", fmt.Sprintf("r-%d-%d", i, n)))
		}
		a.post(testSecret, batch(lines...))
	}
	require.Eventually(t, func() bool { return a.standing(w.ID).State == "misconfigured" }, answerLimit, 5*time.Millisecond)
	k.answers(nil)
	a.patchWebhook(w.ID, `{}`)
	require.Eventually(t, func() bool { return len(k.got()) > 0 }, answerLimit, 5*time.Millisecond)
	a.post(testSecret, batch(event("execution.queued", "after")))
	require.Eventually(t, func() bool { return strings.HasSuffix(k.names()[len(k.names())-1], "after") }, answerLimit, 5*time.Millisecond)
	first := k.got()[0]
	require.Equal(t, "webhook.skipped", first.name())
	require.Equal(t, "backlog", first.Data["reason"])
	require.Contains(t, first.Data["links"].(map[string]any)["executions"], a.url+"/api/monitoring/executions?from=")
	skipped := int(first.Data["events"].(float64))
	require.Greater(t, skipped, notify.WaitingMax)
	require.Len(t, k.got(), 1+10_500-skipped+1, "what is not skipped is told")
	require.EqualValues(t, skipped, a.standing(w.ID).Skipped)
}

// What is erased is told to nobody; what was not told before is said to be missing.
func TestWebhooksTellNothingThatWasErased(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	w := a.webhook(testSecret, k, `,"events":["*"]`)
	k.answers(status(http.StatusUnauthorized))
	a.post(testSecret, batch(event("execution.queued", "secret-run")))
	require.Equal(t, http.StatusAccepted, a.send("POST", "/api/monitoring/queue/executions/secret-run/priority", testSecret, []byte(`{"priority":"HIGH"}`)).status)
	require.Eventually(t, func() bool { return a.standing(w.ID).State == "misconfigured" }, answerLimit, 5*time.Millisecond)
	admin := a.token("", access.OrgAdmin)
	got := a.send("POST", erasurePath, admin, []byte(`{"executionIds":["secret-run"],"reason":"art. 17"}`))
	require.Less(t, got.status, 300, "%s", got.body)
	k.answers(nil)
	a.patchWebhook(w.ID, `{}`)
	require.Eventually(t, func() bool { return len(k.got()) > 0 }, answerLimit, 5*time.Millisecond)
	a.post(testSecret, batch(event("execution.queued", "next")))
	require.Eventually(t, func() bool { return slices.Contains(k.names(), "execution.queued next") }, answerLimit, 5*time.Millisecond)
	require.Equal(t, "not_kept", k.got()[0].Data["reason"])
	require.NotContains(t, strings.Join(k.names(), " "), "secret-run")
}

func TestWebhooksAreMadeChangedAndTested(t *testing.T) {
	t.Parallel()
	a, k := newSender(t), newTaker(t)
	for body, location := range map[string]string{
		`{"name":"","url":"https://example.com/","events":["*"]}`:                                              "body.name",
		`{"name":"x","url":"https://example.com/","events":["execution.exploded"]}`:                            "body.events[0]",
		`{"name":"x","url":"http://10.0.0.1/","events":["*"]}`:                                                 "body.url",
		`{"name":"x","url":"ftp://example.com/","events":["*"]}`:                                               "body.url",
		`{"name":"x","url":"https://example.com/","events":["*"],"secret":"` + strings.Repeat("x", 300) + `"}`: "body.secret",
		`{"name":"x","url":"https://example.com/","events":["*"],"secret":"` + channel.Hidden + `"}`:           "body.secret",
		`{"name":"x","url":"https://example.com/","events":["*"],"workflowIds":["a b"]}`:                       "body.workflowIds[0]",
	} {
		p := requireProblem(t, a.send("POST", webhooksPath, testSecret, []byte(body)), http.StatusUnprocessableEntity, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location, body)
	}
	w := a.webhook(testSecret, k, `,"events":["execution.failed"]`)
	require.Contains(t, string(a.entries(testSecret, audit.WebhookCreated)[0].Details), "execution.failed")
	require.NotContains(t, string(a.entries(testSecret, audit.WebhookCreated)[0].Details), "127.0.0.1")
	one := webhooksPath + "/" + w.ID
	requireProblem(t, a.send("PATCH", one, testSecret, []byte(`{"name":"y"}`), "If-Match", `"7"`), http.StatusPreconditionFailed, "stale")
	requireProblem(t, a.send("PATCH", one, testSecret, []byte(`{"name":"y","version":7}`)), http.StatusPreconditionFailed, "stale")
	changed := a.patchWebhook(w.ID, `{"name":"Magazyn","version":1,"secret":"`+*w.Secret+`"}`)
	require.Equal(t, int64(2), changed.Version)
	require.Equal(t, w.Secret, changed.Secret, "what is left hidden stays")
	require.Contains(t, string(a.entries(testSecret, audit.WebhookUpdated)[0].Details), "Magazyn")
	requireProblem(t, a.send("GET", webhooksPath, a.token("", access.WorkflowAdmin, access.Integration), nil), http.StatusForbidden, "forbidden")
	_, cookie := a.limitedUser("zofia", `["K-1"]`, access.OrgAdmin)
	require.Equal(t, http.StatusForbidden, a.send("GET", webhooksPath, "", nil, "Cookie", cookie).status, "webhooks tell of all clients")

	a.restart()
	tested := decoded[WebhookTest](t, a.send("POST", one+"/test", testSecret, nil))
	k.awaits("webhook.test " + w.ID)
	require.Eventually(t, func() bool { return len(a.standing(w.ID).Recent) == 1 }, answerLimit, 5*time.Millisecond)
	require.Equal(t, tested.DeliveryID, a.standing(w.ID).Recent[0].ID)
	require.NotEmpty(t, k.tries[0].Get("X-Flowwatch-Signature"), "the secret was kept")
	require.Empty(t, a.patchWebhook(w.ID, `{"secret":""}`).Secret)
	require.Len(t, a.entries(testSecret, audit.WebhookTested), 1)

	require.Len(t, get[WebhookPage](a, webhooksPath, testSecret).Items, 1)
	require.Equal(t, http.StatusNoContent, a.send("DELETE", one, testSecret, nil).status)
	requireProblem(t, a.send("GET", one, testSecret, nil), http.StatusNotFound, "not_found")
	require.Len(t, a.entries(testSecret, audit.WebhookDeleted), 1)
	for range get[Meta](a, "/api/monitoring/meta", testSecret).Limits["webhooks"] {
		a.webhook(testSecret, k, `,"events":["*"]`)
	}
	requireProblem(t, a.send("POST", webhooksPath, testSecret, []byte(`{"name":"x","url":"https://example.com/","events":["*"]}`)), http.StatusConflict, "too_many")
}
