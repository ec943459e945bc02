package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
	"flowwatch/engine/setting"
)

func TestSignature(t *testing.T) { // api §9 "Delivery."; vectors by: printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
	t.Parallel()
	require.Equal(t, "sha256=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03", Signature("key", "1700000000", []byte(`{"a":1}`)))
	require.Equal(t, "sha256=d156099dfd642d59dfecca79c524b75969f70cf0cbc47193804014d3e20d753b", Signature("żółć", "0", nil))
}

// seen is what a server was asked.
type seen struct {
	header http.Header
	body   string
	url    *url.URL
}

// listen serves answers and keeps what it was asked.
func listen(t *testing.T, answer http.HandlerFunc) (address string, asked func() []seen) {
	t.Helper()
	var mu sync.Mutex
	var all []seen
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, seen{r.Header.Clone(), string(b), r.URL})
		mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []seen {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// webhookTo is the target of a webhook's configuration, as ParseTargets makes it.
func webhookTo(t *testing.T, config string) notify.Target {
	t.Helper()
	targets, fields := ParseTargets(given("webhook", config), allowed(t, "127.0.0.0/8"))
	require.Empty(t, fields)
	return targets[0]
}

func loopback(t *testing.T) Options {
	return Options{Allow: allowed(t, "127.0.0.0/8"), PostTimeout: 2 * time.Second}
}

var hookMessage = &notify.Message{Key: "0193:triggered:0:webhook:x", JSON: []byte(`{"event":"alert.triggered"}`), Slack: []byte(`{"text":"x"}`), SMS: "BŁĄD żółć https://x.example/a/AbCdEf123456"}

func TestWebhookIsSigned(t *testing.T) {
	t.Parallel()
	address, asked := listen(t, status(204, ""))
	user := strings.Replace(address, "http://", "http://user:pa55@", 1)
	for _, to := range []notify.Target{webhookTo(t, `{"url":"`+address+`/hook","secret":"tajne"}`), webhookTo(t, `{"url":"`+user+`/hook?t=1"}`)} {
		require.NotContains(t, to.Address, "pa55")
		require.NoError(t, Senders(loopback(t))[notify.Webhook].Send(t.Context(), to, hookMessage))
	}
	got := asked()
	require.Len(t, got, 2)
	h := got[0].header
	require.Equal(t, string(hookMessage.JSON), got[0].body)
	require.Equal(t, "application/json", h.Get("Content-Type"))
	require.Equal(t, hookMessage.Key, h.Get("Idempotency-Key"))
	require.Equal(t, Signature("tajne", h.Get("X-Flowwatch-Timestamp"), hookMessage.JSON), h.Get("X-Flowwatch-Signature"))
	require.Empty(t, got[1].header.Get("X-Flowwatch-Signature"))
	require.Equal(t, "t=1", got[1].url.RawQuery)
	require.Contains(t, got[1].header.Get("Authorization"), "Basic ")

	missing := notify.Target{Type: notify.Webhook, Address: address, Options: notify.Delivering{SecretRef: "gone"}}
	err := Senders(loopback(t))[notify.Webhook].Send(t.Context(), missing, hookMessage)
	require.ErrorIs(t, err, notify.ErrSecretMissing)
	require.Equal(t, notify.Misconfigured, classOf(t, err))
	require.Len(t, asked(), 2, "nothing goes out unsigned")
}

func TestAnswersHaveClasses(t *testing.T) { // B4
	t.Parallel()
	f := func(code int, want notify.Class) {
		t.Helper()
		address, _ := listen(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(code)
		})
		err := Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`"}`), hookMessage)
		require.Equal(t, want, classOf(t, err), code)
	}
	for _, code := range []int{408, 425, 429, 500, 502, 503, 504} {
		f(code, notify.Temporary)
	}
	for _, code := range []int{400, 404, 409, 410, 413, 422} {
		f(code, notify.Permanent)
	}
	for _, code := range []int{301, 302, 303, 307, 308, 401, 403} {
		f(code, notify.Misconfigured)
	}
	for _, code := range []int{200, 201, 202, 204, 299} {
		address, _ := listen(t, status(code, ""))
		require.NoError(t, Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`"}`), hookMessage))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	second, asked := listen(t, status(200, ""))
	first, _ := listen(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, second, http.StatusTemporaryRedirect)
	})
	require.Error(t, Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+first+`"}`), hookMessage))
	require.Empty(t, asked())
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "999999": retryAfterMax, "99999999999999999999": 0, "x": 0,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {s}}, now), s)
	}
	address, _ := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	err := Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`"}`), hookMessage)
	var failed *notify.Failure
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 30*time.Second, failed.RetryAfter)
}

// endless answers with a body that never ends.
func endless(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		for r.Context().Err() == nil {
			if _, err := fmt.Fprintln(w, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}
}

func TestAnswersWithoutEnd(t *testing.T) {
	t.Parallel()
	for code, good := range map[int]bool{200: true, 500: false} {
		address, _ := listen(t, endless(code))
		began := time.Now()
		err := Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`"}`), hookMessage)
		require.Less(t, time.Since(began), 5*time.Second)
		if good {
			require.NoError(t, err)
		} else {
			require.Less(t, len(err.Error()), 1000)
		}
	}
}

func TestServersThatHang(t *testing.T) {
	t.Parallel()
	o := loopback(t)
	o.PostTimeout = 200 * time.Millisecond
	address, _ := listen(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	began := time.Now()
	err := Senders(o)[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`/token-in-path"}`), hookMessage)
	require.Equal(t, notify.Temporary, classOf(t, err), "somebody is there: the try counts")
	require.NotContains(t, err.Error(), "token-in-path")
	require.Less(t, time.Since(began), 3*time.Second)

	// A TLS handshake that nobody answers is a network that is not there.
	err = Senders(o)[notify.Webhook].Send(t.Context(), webhookTo(t, fmt.Sprintf(`{"url":"https://127.0.0.1:%d/"}`, silent(t, ""))), hookMessage)
	require.Equal(t, notify.Network, classOf(t, err))

	// A body that trickles behind a bad status holds nobody for long.
	address, _ = listen(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	began = time.Now()
	require.Error(t, Senders(o)[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+address+`"}`), hookMessage))
	require.Less(t, time.Since(began), 3*time.Second)
}

func knock(t *testing.T, s notify.Sender, to notify.Target) error {
	t.Helper()
	require.Implements(t, (*notify.Knocker)(nil), s)
	return s.(notify.Knocker).Knock(t.Context(), to)
}

func TestServersThatAreNotThere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	hook, away := Senders(loopback(t))[notify.Webhook], webhookTo(t, `{"url":"http://`+address+`/"}`)
	err = hook.Send(t.Context(), away, hookMessage)
	require.Equal(t, notify.Network, classOf(t, err))
	require.EqualError(t, knock(t, hook, away), err.Error(), "who only knocks is told the same")

	// A connection that breaks was one.
	broken, asked := listen(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	require.NoError(t, knock(t, hook, webhookTo(t, `{"url":"`+broken+`"}`)))
	require.Empty(t, asked(), "nothing was sent")
	err = Senders(loopback(t))[notify.Webhook].Send(t.Context(), webhookTo(t, `{"url":"`+broken+`"}`), hookMessage)
	require.Equal(t, notify.Temporary, classOf(t, err))
}

// TestTheGuardLooksWhenItDials: what the name said before does not count (DNS rebinding).
func TestTheGuardLooksWhenItDials(t *testing.T) {
	t.Parallel()
	address, asked := listen(t, status(200, ""))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	require.NoError(t, err)
	c := given("webhook", `{"url":"http://rebind.example:`+port+`/"}`)
	resolver, questions := nameServer(t, "93.184.216.34", "127.0.0.1")
	require.Empty(t, Lookup(t.Context(), c, nil, resolver))
	targets, fields := ParseTargets(c, nil)
	require.Empty(t, fields)
	err = Senders(Options{Resolver: resolver})[notify.Webhook].Send(t.Context(), targets[0], hookMessage)
	require.Equal(t, notify.Misconfigured, classOf(t, err))
	require.ErrorIs(t, err, errRefused)
	require.Empty(t, asked())
	require.EqualValues(t, 2, questions.Load())

	// Whose name is allowed may lead inside.
	err = Senders(Options{Resolver: resolver, Allow: allowed(t, "rebind.example")})[notify.Webhook].Send(t.Context(), targets[0], hookMessage)
	require.NoError(t, err)
	require.Len(t, asked(), 1)

	// A row that was stored before the list became shorter is refused, too.
	err = Senders(Options{})[notify.Webhook].Send(t.Context(), notify.Target{Type: notify.Webhook, Address: address}, hookMessage)
	require.ErrorIs(t, err, errRefused)
	require.Len(t, asked(), 1)
}

func TestSlack(t *testing.T) {
	t.Parallel()
	var code atomic.Int32
	var said atomic.Value
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || string(b) != string(hookMessage.Slack) {
			w.WriteHeader(599)
			return
		}
		w.Header().Set("Retry-After", "12")
		w.WriteHeader(int(code.Load()))
		_, _ = io.WriteString(w, said.Load().(string))
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o := loopback(t)
	o.TLS = &tls.Config{RootCAs: roots}
	targets, fields := ParseTargets(given("slack", `{"webhookUrl":"`+server.URL+`/services/T/B/tajny"}`), o.Allow)
	require.Empty(t, fields)
	send := func(status int, text string) error {
		code.Store(int32(status))
		said.Store(text)
		return Senders(o)[notify.Slack].Send(t.Context(), targets[0], hookMessage)
	}
	require.NoError(t, send(200, "ok"))
	for text, status := range map[string]int{"no_service": 404, "channel_is_archived": 410, "invalid_auth": 403, "no_team": 400, "action_prohibited": 403} {
		require.Equal(t, notify.Misconfigured, classOf(t, send(status, text)), text)
	}
	require.Equal(t, notify.Permanent, classOf(t, send(400, "invalid_payload")))
	require.Equal(t, notify.Temporary, classOf(t, send(503, "")))
	err := send(429, "rate_limited")
	var failed *notify.Failure
	require.ErrorAs(t, err, &failed)
	require.Equal(t, notify.Temporary, failed.Class)
	require.Equal(t, 12*time.Second, failed.RetryAfter)
	require.NotContains(t, err.Error(), "tajny")

	o.TLS = nil
	require.Equal(t, notify.Network, classOf(t, send(200, "ok")), "a certificate that nobody trusts")
	o.Allow = nil
	require.Equal(t, notify.Misconfigured, classOf(t, send(200, "ok")), "a host that is no longer allowed")
	targets[0].Secret = ""
	require.ErrorIs(t, send(200, "ok"), notify.ErrSecretMissing)
}

func phoneTarget(encoding string) notify.Target {
	return notify.Target{Type: notify.SMS, Address: "+48600100200", Options: notify.Delivering{Encoding: encoding}}
}

func TestSMSAPI(t *testing.T) {
	t.Parallel()
	var said atomic.Value
	address, asked := listen(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, said.Load().(string)) })
	s := &setting.Settings{SMS: &setting.SMS{URL: address + "/sms.do", Sender: "Biuro", APIKey: "tajny"}}
	o := Options{Settings: func() *setting.Settings { return s }}
	send := func(text string) error {
		said.Store(text)
		return Senders(o)[notify.SMS].Send(context.Background(), phoneTarget(""), hookMessage)
	}
	require.NoError(t, send(`{"count":1,"list":[{"id":"1","status":"QUEUE"}]}`))
	require.NoError(t, send(`{"error":53,"message":"Not unique idx"}`), "it was sent by the try before")
	require.Equal(t, notify.Misconfigured, classOf(t, send(`{"error":101,"message":"Authorization failed"}`)))
	require.Equal(t, notify.Permanent, classOf(t, send(`{"error":13,"message":"No correct phonenumbers"}`)))
	require.Equal(t, notify.Temporary, classOf(t, send(`{"error":999}`)))
	got := asked()
	form, err := url.ParseQuery(got[0].body)
	require.NoError(t, err)
	require.Equal(t, "48600100200", form.Get("to"))
	require.Equal(t, "BLAD zolc https://x.example/a/AbCdEf123456", form.Get("message"))
	require.Equal(t, "Biuro", form.Get("from"))
	require.Equal(t, "Bearer tajny", got[0].header.Get("Authorization"))
	again, err := url.ParseQuery(got[1].body)
	require.NoError(t, err)
	require.NotEmpty(t, form.Get("idx"))
	require.Equal(t, form.Get("idx"), again.Get("idx"))

	s.SMS.APIKey = ""
	missing := send("")
	require.ErrorIs(t, missing, notify.ErrSecretMissing)
	require.Contains(t, mask.Preview(missing.Error()), "the key of the gateway is not there", "no secret is in it")
	s.SMS = nil
	require.Equal(t, notify.Misconfigured, classOf(t, send("")))
}

func TestGatewayOfTheOffice(t *testing.T) {
	t.Parallel()
	address, asked := listen(t, status(200, `[{"status":"queued"}]`))
	s := &setting.Settings{SMS: &setting.SMS{URL: address + "/api/v2/messages/sms", APIKey: "tajny", Preset: "lan", LAN: true}}
	o := Options{Settings: func() *setting.Settings { return s }}
	m := &notify.Message{Key: "k", SMS: `„ż" ` + "\n{to}"}
	require.NoError(t, Senders(o)[notify.SMS].Send(t.Context(), phoneTarget("ucs2"), m))
	var body struct {
		To             []string
		Text, Encoding string
	}
	require.NoError(t, json.Unmarshal([]byte(asked()[0].body), &body))
	require.Equal(t, []string{"+48600100200"}, body.To)
	require.Equal(t, m.SMS, body.Text, "a message is no template")
	require.Equal(t, "unicode", body.Encoding)
	require.Equal(t, "tajny", asked()[0].header.Get("Access-Token"))
}

func TestGatewayByTemplate(t *testing.T) {
	t.Parallel()
	answer := "OK"
	address, asked := listen(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
	s := &setting.Settings{SMS: &setting.SMS{URL: address + "/cgi-bin/sms_send", APIKey: "p&w", Method: "GET",
		Body: "number={to}&text={text}&password={key}", Success: "^OK"}}
	o := Options{Settings: func() *setting.Settings { return s }}
	send := func() error {
		return Senders(o)[notify.SMS].Send(t.Context(), phoneTarget("gsm7"), &notify.Message{Key: "k", SMS: "a&b=c ż\r\n"})
	}
	require.NoError(t, send())
	query := asked()[0].url.Query()
	require.Equal(t, url.Values{"number": {"+48600100200"}, "text": {"a&b=c z  "}, "password": {"p&w"}}, query)
	answer = "ERROR"
	require.Equal(t, notify.Temporary, classOf(t, send()))
	bad := phoneTarget("")
	bad.Address = "600100200"
	require.Equal(t, notify.Permanent, classOf(t, Senders(o)[notify.SMS].Send(t.Context(), bad, &notify.Message{})))
}
