package api

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// The ten pitfalls of WebSockets on this HTTP server, in the order in which
// they were found.

// Pitfall 1: the connection's wrapper is used again for the next client.
func TestPitfall1NoFrameReachesTheNextClientOfAReusedConnection(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Integration, access.Viewer), a.token("theirs", access.Viewer)
	a.post(ours, batch(event("execution.started", "secret")))
	stop, posted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(posted)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				a.send("POST", ingestPath, ours, []byte(batch(event("execution.progress", "secret", fmt.Sprintf(`,"progress":%d`, n%100)))))
			}
		}
	}()
	for range 20 {
		leaver := a.follow(ours)
		leaver.must("subscribe", subscription("execution_updates", "snapshot", true))
		leaver.take("execution:update")
		require.NoError(t, leaver.conn.NetConn().Close()) // in the middle of its frames
		next := a.follow(theirs)
		next.must("subscribe", subscription("execution_updates"))
		next.must("ping", nil)
		require.NotContains(t, strings.Join(next.texts(), " "), "secret")
		require.NoError(t, next.conn.Close())
	}
	close(stop)
	<-posted
	a.gone()
}

// Pitfall 2: closing the connection that the handler was given does nothing.
func TestPitfall2SocketEndsThoughItsClientDoesNotAnswerTheClose(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.linger = 50 * time.Millisecond })
	id, secret := a.newToken("default", 0, access.Viewer)
	conn, _, err := a.dial(a.wsURL()) // it never reads, so it never answers
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"event":"auth","data":{"token":%q}}`, secret)))
	require.Eventually(t, func() bool {
		all := a.server.live.all()
		return len(all) == 1 && all[0].of(id)
	}, answerLimit, time.Millisecond)
	p, err := a.engine.Access().Authenticate(secret)
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, a.engine.Access().RevokeToken(audit.System(), p.OrganizationID, id))
	a.gone()
	require.Less(t, time.Since(began), 5*time.Second)
}

// Pitfall 3: the HTTP server's own shutdown forgets sockets. See also
// TestShutdownTellsEveryLiveClientAndWaitsForIt.
func TestPitfall3ShutdownWaitsUntilTheLastSocketIsGone(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	a.restart()
	f.closed(websocket.CloseServiceRestart)
	require.Equal(t, "goaway", f.seen[len(f.seen)-1].Event)
}

// Pitfall 4: the limit of bodies does not apply to messages, nor to those in
// pieces.
func TestPitfall4MessageOverTheLimitIsNotReadWhole(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	w, err := f.conn.NextWriter(websocket.TextMessage)
	require.NoError(t, err)
	for range 2 * messageBytesMax / 1024 { // each write is a frame or a part of one
		if _, err = w.Write(bytes.Repeat([]byte(" "), 1024)); err != nil {
			break // closed while it was sent
		}
	}
	_ = w.Close()
	f.closed(websocket.CloseMessageTooBig)

	whole := a.follow(testSecret) // exactly the limit is read
	message := `{"id":7,"event":"ping","data":"` + strings.Repeat("x", messageBytesMax)
	whole.raw(message[:messageBytesMax-2] + `"}`)
	require.EqualValues(t, 7, whole.take("ack").ID)
}

// Pitfall 5: a limit of bytes on the wire is none for what they unfold to.
func TestPitfall5CompressionIsNeitherAgreedToNorRead(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	conn, got, err := a.dialWith(&websocket.Dialer{EnableCompression: true}, a.wsURL())
	require.NoError(t, err)
	require.Empty(t, got.header.Get("Sec-WebSocket-Extensions"))
	require.NoError(t, conn.Close())

	f := a.follow(testSecret)
	const finTextCompressed = 0x80 | 0x40 | 0x01
	_, err = f.conn.NetConn().Write([]byte{finTextCompressed, 0x80 | 2, 0, 0, 0, 0, '{', '}'})
	require.NoError(t, err)
	f.closed(websocket.CloseProtocolError)
}

// Pitfall 6: two writers at a time break the frames, or the process.
func TestPitfall6AnswersFramesPongsAndHeartbeatsAreWrittenByOne(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look, o.times.heartbeat = time.Millisecond, time.Millisecond })
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	f.must("subscribe", subscription("queue_status"))
	var work sync.WaitGroup
	work.Go(func() {
		for range 500 {
			_ = f.conn.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(answerLimit))
		}
	})
	var last uint64
	work.Go(func() {
		for i := range 100 {
			last = a.post(testSecret, batch(event("execution.queued", fmt.Sprint("e-", i%10)), event("execution.started", fmt.Sprint("e-", i%10)))).Seq
		}
	})
	for range messagesBurst / 2 {
		f.must("ping", nil)
	}
	work.Wait()
	f.await("the last frame", func(got *frame) bool { return got.Seq >= last || got.Event == "heartbeat" && got.Data.Seq >= last })
	f.take("heartbeat")
	requireRising(t, f.seen)
}

// Pitfall 7, B-57, W12: without a list of origins every site may connect.
func TestPitfall7OnlyTheOwnAndAllowedOriginsMayConnect(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.AllowedOrigins = []string{"https://office.example"} })
	for _, path := range []string{"/api/monitoring/ws", "/monitoring"} {
		at := "ws" + strings.TrimPrefix(a.url, "http") + path
		for _, origin := range []string{"", a.url, "https://office.example"} {
			f := a.open(at, "Origin", origin)
			f.must("auth", map[string]string{"token": testSecret})
		}
		for _, origin := range []string{"http://evil.example", "null", a.url + ".evil.example", "https://office.example.evil", "file://", "http://"} {
			_, got, err := a.dial(at, "Origin", origin)
			require.ErrorIs(t, err, websocket.ErrBadHandshake, origin)
			requireProblem(t, got, http.StatusForbidden, "foreign_origin")
		}
	}
}

// Pitfall 8: each connection keeps what it was ever given. It runs alone, as
// it measures the whole process, with clients that cost next to nothing.
func TestPitfall8IdleSocketCostsLittle(t *testing.T) { //nolint:paralleltest // it measures memory
	const sockets, bytesMax = 300, 40 << 10 // client and race detector included
	a := newAppliance(t)
	used := func() uint64 {
		runtime.GC()
		runtime.GC() // the second empties the pools
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := used()
	host := strings.TrimPrefix(a.url, "http://")
	for range sockets {
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "GET /monitoring HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", host)
		require.NoError(t, err)
		_, err = conn.Write(masked(fmt.Sprintf(`{"event":"auth","data":{"token":%q}}`, testSecret)))
		require.NoError(t, err)
		_, err = conn.Write(masked(`{"event":"subscribe","data":{"type":"execution_updates"}}`))
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(answerLimit)))
		var got []byte
		for buffer := make([]byte, 512); !bytes.Contains(got, []byte("subscriptionId")); {
			n, err := conn.Read(buffer)
			require.NoError(t, err)
			got = append(got, buffer[:n]...)
		}
	}
	require.Equal(t, sockets, a.server.live.count())
	require.Less(t, (used()-before)/sockets, uint64(bytesMax))
}

// masked is a client's text frame with a mask of zeros.
func masked(text string) []byte {
	const small, extended = 125, 126
	frame := []byte{opText}
	if len(text) <= small {
		frame = append(frame, 0x80|byte(len(text)))
	} else {
		frame = append(frame, 0x80|extended, byte(len(text)>>8), byte(len(text)))
	}
	return append(append(frame, 0, 0, 0, 0), text...)
}

// Pitfall 9: a write has no limit of its own, so who stops reading blocks it
// for ever.
func TestPitfall9ClientThatStopsReadingIsCutOff(t *testing.T) {
	t.Parallel()
	a := newNarrowAppliance(t, func(o *Options) { o.times.write = 100 * time.Millisecond })
	a.postMany(4000) // a snapshot of far more than the wire holds
	f := a.deaf(true)
	require.Eventually(t, func() bool { return a.server.live.count() == 1 }, answerLimit, time.Millisecond)
	a.gone()
	require.NoError(t, f.conn.SetReadDeadline(time.Now().Add(answerLimit)))
	_, err := io.Copy(io.Discard, f.conn.NetConn())
	require.NotErrorIs(t, err, net.ErrClosed) // it was the server that ended it
}

// postMany starts n executions.
func (a *appliance) postMany(n int) (last uint64) {
	a.t.Helper()
	for from := 0; from < n; from += 1000 {
		var events []string
		for i := from; i < min(n, from+1000); i++ {
			events = append(events, event("execution.started", fmt.Sprint("e-", i)))
		}
		last = a.post(testSecret, batch(events...)).Seq
	}
	return last
}

// Pitfall 10: what stands in an address ends up in logs. W13, SEC4: a log has
// ids, never a secret.
func TestPitfall10TokenInTheAddressIsNoSignInAndNotLogged(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	a := newAppliance(t, logTo(&log))
	in := "?token=" + testSecret + "&access_token=" + testSecret
	f := a.open(a.wsURL() + in)
	f.take("hello")
	f.refused("unauthorized", "auth", map[string]string{})
	f.closed(4401)
	requireProblem(t, a.send("GET", "/api/monitoring/stream"+in, "", nil), http.StatusUnauthorized, "unauthorized")
	f = a.open(a.wsURL() + in)
	f.must("auth", map[string]string{"token": testSecret})
	f.must("subscribe", subscription("execution_updates"))
	f.must("get:queue:status", nil)
	require.NoError(t, f.conn.Close())
	a.gone()
	require.Contains(t, log.String(), "live subscription")
	require.NotContains(t, log.String(), testSecret)
}
