package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// SEC5: too fast is told, and ends the socket when it goes on.
func TestFastClientsAreToldAndThenCutOff(t *testing.T) {
	t.Parallel()
	a := newAppliance(t) // messages are limited whatever --rate-limit says
	f := a.follow(testSecret)
	for range 10_000 { // far more than it takes, however slowly they are sent
		f.requests++
		if f.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":%d,"event":"ping"}`, f.requests)) != nil {
			break
		}
	}
	f.closed(4429)
	acks, refused := 0, 0
	for _, got := range f.seen {
		switch got.Event {
		case "ack":
			acks++
		case "error":
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
	_, got, err := a.dial(a.wsURL())
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	requireProblem(t, got, http.StatusTooManyRequests, "rate_limited")
	require.NotEmpty(t, got.header.Get("Retry-After"))
}
