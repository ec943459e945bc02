package main_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const (
	silentSockets     = 5000
	silentDialers     = 8
	signInLimit       = 5 * time.Second
	silentSocketLimit = signInLimit + 4*time.Second // a machine may be busy with other things
)

// W1: five thousand sockets that say nothing are each told 4408 and gone after the five seconds for signing in; events are taken and read
// meanwhile. The server is a process of its own, because the race detector bears fewer goroutines than that.
func TestFiveThousandSilentSocketsAreClosedAndHoldUpNobody(t *testing.T) { // not parallel: it looks at the clock
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"))
	server.start(t)
	opened := make([]chan silentSocket, silentDialers)
	var wait sync.WaitGroup
	faults := make(chan error, silentSockets)
	for i := range opened {
		opened[i] = make(chan silentSocket, silentSockets)
		wait.Go(func() {
			defer close(opened[i])
			for range silentSockets / silentDialers {
				socket, err := openSilent(server)
				if err != nil {
					faults <- err
					return
				}
				opened[i] <- socket
			}
		})
		wait.Go(func() {
			for socket := range opened[i] { // they are closed in the order in which they were opened
				if err := socket.closed(); err != nil {
					faults <- err
				}
			}
		})
	}
	gone := make(chan struct{})
	go func() { wait.Wait(); close(gone) }()
	requireGoodUntil(t, server, gone)
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		_, _, metrics, err := server.do("GET", "/metrics", childSecret, nil)
		return err == nil && strings.Contains(string(metrics), "\nflowwatch_live_connections 0\n")
	}, signInLimit, 20*time.Millisecond)
	server.stop(t)
}

// silentSocket is one that signs nobody in.
type silentSocket struct {
	conn *websocket.Conn
	at   time.Time // when its opening began
}

func openSilent(server *child) (silentSocket, error) {
	at := time.Now()
	conn, answer, err := websocket.DefaultDialer.Dial("ws://"+server.address+"/api/monitoring/ws", nil)
	if err != nil {
		return silentSocket{}, fmt.Errorf("open a socket: %w", err)
	}
	_ = answer.Body.Close()
	return silentSocket{conn, at}, nil
}

// closed waits for the server to close the socket, and is an error if it does so too early, too late or without the reason.
func (s silentSocket) closed() error {
	defer s.conn.Close()
	code, text := closing(s.conn, silentSocketLimit)
	if took := time.Since(s.at); code != 4408 || took < signInLimit-50*time.Millisecond || took > silentSocketLimit {
		return fmt.Errorf("a silent socket ended with %d %s after %s", code, text, took)
	}
	return nil
}

// requireGoodUntil writes and reads what it wrote, each before the silent ones end, until gone is closed.
func requireGoodUntil(t *testing.T, server *child, gone <-chan struct{}) {
	t.Helper()
	engine := newEngineClient(server.address, childSecret)
	written := 0
	for {
		id := fmt.Sprint("beside-", written)
		began := time.Now()
		require.NoError(t, engine.post(fmt.Appendf(nil, `{"type":"execution.started","executionId":%q,"workflowId":"w"}`, id), 1))
		var shown struct{ Status string }
		require.NoError(t, server.get("/api/monitoring/executions/"+id, childSecret, &shown))
		require.Equal(t, "running", shown.Status)
		require.Less(t, time.Since(began), signInLimit)
		written++
		select {
		case <-gone:
			require.Greater(t, written, 100)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
