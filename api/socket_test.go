package api

import (
	"bytes"
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
	foreign := a.open(a.wsURL(), protocols, "chat, flowwatch.v2")
	require.Equal(t, "chat", foreign.conn.Subprotocol(), "browsers hear the reason only after an answer that they know")
	foreign.closed(4406)
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

func TestSubprotocolsAreAgreedOn(t *testing.T) {
	t.Parallel()
	for offered, want := range map[string]string{
		"": "", " ": "", ",": "", "flowwatch.v1": "flowwatch.v1", "chat,flowwatch.v1": "flowwatch.v1", " flowwatch.v2 , chat": "flowwatch.v2",
		"a b, ok": "ok", "ż": "", "x:y": "",
	} {
		require.Equal(t, want, agreed(offered), offered)
	}
}

// Frames that RFC 6455 does not allow end the socket, and no other.
func TestBrokenFramesEndTheSocketAlone(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	other := a.follow(testSecret)
	other.must("subscribe", subscription("execution_updates"))
	for name, wire := range map[string][]byte{
		"not masked":                       {0x81, 2, '{', '}'},
		"a reserved bit":                   {0x91, 0x82, 0, 0, 0, 0, '{', '}'},
		"a reserved opcode":                {0x83, 0x80, 0, 0, 0, 0},
		"a continuation of nothing":        {0x80, 0x80, 0, 0, 0, 0},
		"a ping in pieces":                 {0x09, 0x80, 0, 0, 0, 0},
		"a ping that is too long":          append([]byte{0x89, 0x80 | 126, 0, 126, 0, 0, 0, 0}, make([]byte, 126)...),
		"a message begun in another":       {0x01, 0x81, 0, 0, 0, 0, '{', 0x81, 0x81, 0, 0, 0, 0, '}'},
		"a close with a code that is none": {0x88, 0x82, 0, 0, 0, 0, 0, 5},
		"a length beyond all":              {0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0},
	} {
		f := a.follow(testSecret)
		_, err := f.conn.NetConn().Write(wire)
		require.NoError(t, err, name)
		for range f.frames { // until it ends
		}
		require.Contains(t, []int{websocket.CloseProtocolError, websocket.CloseAbnormalClosure}, f.code, name)
	}
	require.Eventually(t, func() bool { return a.server.live.count() == 1 }, answerLimit, time.Millisecond)
	a.post(testSecret, batch(event("execution.started", "e")))
	require.Equal(t, "e", other.take("execution:update").Data.ExecutionID)
}

// A message may come in pieces, with control frames between them.
func TestMessageInPiecesIsOne(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	for _, part := range [][]byte{masked(`{"id":77,`), {0x89, 0x80, 0, 0, 0, 0}, masked(`"event":`), masked(`"ping"}`)} {
		switch {
		case part[0] == 0x89:
		case bytes.Contains(part, []byte("id")):
			part[0] = 0x01 // the first of several
		case bytes.Contains(part, []byte("}")):
			part[0] = 0x80 // the last
		default:
			part[0] = 0x00
		}
		_, err := f.conn.NetConn().Write(part)
		require.NoError(t, err)
	}
	require.EqualValues(t, 77, f.take("ack").ID)
}
