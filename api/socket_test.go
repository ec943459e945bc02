package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

func TestWhoDoesNotSignInInTimeIsClosed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.auth = 50 * time.Millisecond })
	f := a.connect()
	f.closed(4408)
	require.Len(t, f.seen, 1) // the hello
}

// Every close code of the protocol that a message can cause.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	text := func(message string) func(*follower) { return func(f *follower) { f.raw(message) } }
	auth := fmt.Sprintf(`{"id":1,"event":"auth","data":{"token":%q}}`, testSecret)
	signedIn := func(message string) func(*follower) {
		return func(f *follower) { f.raw(auth); f.raw(message) }
	}
	for name, c := range map[string]struct {
		code int
		do   func(*follower)
	}{
		"broken JSON before sign-in":   {4400, text(`{"event":`)},
		"broken JSON":                  {4400, signedIn(`{"event":`)},
		"an array":                     {4400, signedIn(`[]`)},
		"null":                         {4400, signedIn(`null`)},
		"nothing":                      {4400, signedIn(``)},
		"not UTF-8":                    {4400, signedIn("{\"event\":\"\xff\"}")},
		"binary":                       {4400, func(f *follower) { f.raw(auth); _ = f.conn.WriteMessage(websocket.BinaryMessage, []byte(`{}`)) }},
		"over 64 KiB":                  {1009, signedIn(`{"event":"ping","data":"` + strings.Repeat("x", messageBytesMax) + `"}`)},
		"over 64 KiB by far":           {1009, signedIn(strings.Repeat("x", 2<<20))},
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
