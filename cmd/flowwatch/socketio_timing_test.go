package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const (
	ioPath      = "/socket.io/?EIO=4&transport="
	ioSubscribe = `42/monitoring,1["subscribe",{"type":"execution_updates"}]`
)

// measureSocketIO measures how long after an event is sent its frame is at a client, by what carries it, and what clients cost that stop polling.
func measureSocketIO(t *testing.T, binary string, table *figures) {
	const events, rate = 500, 50
	server := newChild(t, binary, filepath.Join(benchDir(t), "socketio"))
	token := server.createToken(t, "office", "integration,viewer")
	server.start(t)
	names := []string{"flowwatch.v1", "socket.io, WebSocket", "socket.io, polling"}
	ways := []func(*testing.T, *child, string) func() ([]byte, error){nativeReader, ioReader, ioPoll}
	arrived := make([][]atomic.Int64, len(ways))
	began := time.Now()
	for i, way := range ways {
		next := way(t, server, token)
		arrived[i] = make([]atomic.Int64, events)
		go func() {
			for {
				text, err := next()
				if err != nil {
					return
				}
				for part := range bytes.SplitSeq(text, []byte{'\x1e'}) {
					if n, found := liveNumber(part); found {
						arrived[i][n].Store(int64(time.Since(began)))
					}
				}
			}
		}()
	}
	sent := make([]time.Duration, events)
	engine := newEngineClient(server.address, token)
	for n := range events {
		<-time.After(time.Second / rate)
		sent[n] = time.Since(began)
		require.NoError(t, engine.post(fmt.Appendf(nil, `{"type":"execution.started","executionId":"live-%d","workflowId":"live"}`, n), 1))
	}
	for i, name := range names {
		var times []time.Duration
		for n := range events {
			require.Eventually(t, func() bool { return arrived[i][n].Load() != 0 }, 10*time.Second, time.Millisecond, "%s: frame %d", name, n)
			times = append(times, time.Duration(arrived[i][n].Load())-sent[n])
		}
		table.add(figure{name: "event sent to frame p99, " + name, value: ms(quantile(times, 0.99)), unit: millis, note: fmt.Sprintf("p50 %.2f ms", ms(quantile(times, 0.5)))})
	}
	server.stop(t)
	measureStalledPollers(t, binary, table)
}

// measureStalledPollers sends the same events to a server with and without clients that have stopped polling.
func measureStalledPollers(t *testing.T, binary string, table *figures) {
	const executions, rounds, pollers = 2000, 50, 90
	var grown [2]float64
	for i := range grown {
		server := newChild(t, binary, filepath.Join(benchDir(t), fmt.Sprint("stalled-", i)))
		token := server.createToken(t, "office", "integration,viewer")
		server.start(t)
		for range i * pollers {
			ioPoll(t, server, token)
		}
		follow := nativeReader(t, server, token) // frames are made for somebody in any case
		go func() {
			for {
				if _, err := follow(); err != nil {
					return
				}
			}
		}()
		engine := newEngineClient(server.address, token)
		for round := range rounds {
			body := []byte{'['}
			for n := range executions {
				body = fmt.Appendf(body, `{"type":"execution.progress","executionId":"e-%d","workflowId":"w","progress":%d},`, n, 1+round)
			}
			body[len(body)-1] = ']'
			require.NoError(t, engine.post(body, executions))
			grown[i] = max(grown[i], float64(server.memory(t, "RssAnon")))
		}
		server.stop(t)
	}
	table.add(figure{
		name: fmt.Sprintf("memory of a stalled poller, %d events", executions*rounds), value: (grown[1] - grown[0]) / pollers / 1024, unit: kibibytes,
		note: fmt.Sprintf("at most %.1f MiB with %d of them, %.1f MiB without", mib(int64(grown[1])), pollers, mib(int64(grown[0]))),
	})
}

func nativeReader(t *testing.T, server *child, token string) func() ([]byte, error) {
	t.Helper()
	conn := dialLive(t, "ws://"+server.address+"/api/monitoring/ws")
	(&listener{conn: conn}).join(t, token)
	return textsOf(conn)
}

func ioReader(t *testing.T, server *child, token string) func() ([]byte, error) {
	t.Helper()
	conn := dialLive(t, "ws://"+server.address+ioPath+"websocket")
	next := textsOf(conn)
	for _, text := range []string{ioConnect(token), ioSubscribe} {
		require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte(text)))
	}
	ioJoined(t, next)
	return next
}

func ioPoll(t *testing.T, server *child, token string) func() ([]byte, error) {
	t.Helper()
	send := func(method, sid, body string) ([]byte, error) {
		request, err := http.NewRequest(method, "http://"+server.address+ioPath+"polling"+sid, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		response, err := server.client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		var answer bytes.Buffer
		_, err = answer.ReadFrom(response.Body)
		if response.StatusCode != http.StatusOK {
			return nil, errors.New(answer.String())
		}
		return answer.Bytes(), err
	}
	open, err := send(http.MethodGet, "", "")
	require.NoError(t, err)
	var handshake struct{ SID string }
	require.NoError(t, json.Unmarshal(open[1:], &handshake))
	sid := "&sid=" + handshake.SID
	_, err = send(http.MethodPost, sid, ioConnect(token)+"\x1e"+ioSubscribe)
	require.NoError(t, err)
	next := func() ([]byte, error) { return send(http.MethodGet, sid, "") }
	ioJoined(t, next)
	return next
}

func ioConnect(token string) string { return fmt.Sprintf(`40/monitoring,{"token":%q}`, token) }

// ioJoined waits for the answer to ioSubscribe.
func ioJoined(t *testing.T, next func() ([]byte, error)) {
	t.Helper()
	for {
		text, err := next()
		require.NoError(t, err)
		require.NotContains(t, string(text), "unauthorized")
		if bytes.Contains(text, []byte("43/monitoring,1")) {
			return
		}
	}
}

func dialLive(t *testing.T, url string) *websocket.Conn {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func textsOf(conn *websocket.Conn) func() ([]byte, error) {
	return func() ([]byte, error) {
		_, text, err := conn.ReadMessage()
		return text, err
	}
}
