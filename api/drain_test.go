package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// SIGTERM: whoever is connected is told when to come back and closed with 1012,
// within 10 s.
func TestShutdownTellsEveryLiveClientAndWaitsForIt(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	all := a.follow(testSecret)
	all.must("subscribe", subscription("execution_updates"))
	idle, stranger := a.follow(testSecret), a.connect()
	events := a.sse("/api/monitoring/stream", testSecret)
	all.until(a.post(testSecret, batch(event("execution.started", "e"))).Seq)
	began := time.Now()
	a.restart()
	require.Less(t, time.Since(began), 10*time.Second)

	for _, f := range []*follower{all, idle} {
		f.closed(websocket.CloseServiceRestart)
		goaway := f.seen[len(f.seen)-1]
		require.Equal(t, "goaway", goaway.Event)
		require.Equal(t, "restart", goaway.Data.Reason)
		require.Equal(t, []int{200, 5000}, goaway.Data.ReconnectAfterMs)
	}
	stranger.closed(websocket.CloseServiceRestart)
	require.Equal(t, "goaway", events.take("goaway").event)
	events.ended()
}

// Whoever can read that it is signed in belongs to somebody already: a restart that begins at that moment tells it when to come back.
func TestSignInIsAnsweredWithTheSessionThatTellsOfARestart(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for range 150 {
		g := newGuest(a.server, native{}, handshake{}, newConnection(a.server.live, func() {}, func() {}))
		require.NoError(t, a.server.live.enter(g.connection))
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			g.dialect.hear(g, []byte(`{"v":1,"id":1,"event":"auth","data":{"token":"`+testSecret+`"}}`))
		}()
		answered := g.take()
		for len(answered.owed) == 0 {
			answered = g.take()
		}
		require.Contains(t, string(answered.owed[0].text), `"ack"`)
		require.True(t, answered.joined)
		<-heard
		g.end(closedGone)
		g.leave()
	}
}

// A client that does not leave does not hold the server up.
func TestShutdownDoesNotWaitForADeafClient(t *testing.T) {
	t.Parallel()
	a := newNarrowAppliance(t, func(o *Options) { o.times.drain = 100 * time.Millisecond })
	a.postMany(1000)
	a.deaf(true)
	a.ready(1)
	began := time.Now()
	a.restart()
	require.Less(t, time.Since(began), 5*time.Second)
}

// While it goes, a server lets nobody in.
func TestNobodyComesInWhileTheServerLeaves(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.True(t, a.server.live.refuse())
	requireBusy(t, a)
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	a.server.drainSockets(ctx)
}

// PERF2: a server has room for so many live connections and says when it is
// full.
func TestFullServerTurnsLiveConnectionsAway(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.server.live.mu.Lock()
	a.server.live.max = 1
	a.server.live.mu.Unlock()
	f := a.follow(testSecret)
	requireBusy(t, a)
	require.NoError(t, f.conn.Close())
	a.gone()
	a.follow(testSecret)
}

// Live connections leave descriptors for requests.
func TestLiveConnectionsLeaveRoomForRequests(t *testing.T) {
	t.Parallel()
	for open, want := range map[int]int{0: liveMax, 1: 1, 1024: 768, 1 << 20: liveMax} {
		require.Equal(t, want, liveRoom(open))
	}
	require.Positive(t, descriptors())
}

// requireBusy requires that no live connection can be made.
func requireBusy(t *testing.T, a *appliance) {
	t.Helper()
	_, got, err := a.dial(a.wsURL())
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	for _, got := range []answer{got, a.send("GET", "/api/monitoring/stream", testSecret, nil)} {
		require.Equal(t, http.StatusServiceUnavailable, got.status)
		require.Regexp(t, `^[1-9]\d*$`, got.header.Get("Retry-After"))
		require.Equal(t, problemType, got.header.Get("Content-Type"))
	}
}
