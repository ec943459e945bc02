package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// answerLimit is how long a test waits for what has to come. It is no target of speed: machines that test are busy.
const answerLimit = 30 * time.Second

// follower is a real client of the WebSocket endpoint.
type follower struct {
	t        *testing.T
	conn     *websocket.Conn
	frames   chan frame // closed at the end
	code     int        // the close code, once frames is closed; 1006 without one
	seen     []frame    // all that were taken
	requests uint64
	gate     sync.Mutex // held: nothing is read
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

// dial makes a handshake; headers are pairs of name and value. The answer is
// what HTTP says to it.
func (a *appliance) dial(url string, headers ...string) (*websocket.Conn, answer, error) {
	return a.dialWith(&websocket.Dialer{}, url, headers...)
}

func (a *appliance) dialWith(d *websocket.Dialer, url string, headers ...string) (*websocket.Conn, answer, error) {
	a.t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	d.HandshakeTimeout = answerLimit
	conn, response, err := d.Dial(url, h)
	if response == nil {
		return conn, answer{}, err
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body) // of a handshake that succeeds there is none
	return conn, answer{response.StatusCode, response.Header, body}, err
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
	conn, _, err := a.dial(url, headers...)
	require.NoError(a.t, err)
	f := &follower{t: a.t, conn: conn, frames: make(chan frame, 10_000)}
	a.t.Cleanup(func() { _ = conn.Close() })
	go f.read()
	return f
}

// deaf opens a socket, signs in and subscribes to all executions, with a
// snapshot if that is wanted. Nothing is read until listen.
func (a *appliance) deaf(snapshot bool) *follower {
	a.t.Helper()
	dialer := &websocket.Dialer{NetDial: func(network, address string) (net.Conn, error) {
		conn, err := net.Dial(network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(narrowBytes)
		}
		return conn, err
	}}
	conn, _, err := a.dialWith(dialer, a.wsURL())
	require.NoError(a.t, err)
	f := &follower{t: a.t, conn: conn, frames: make(chan frame, 100_000)}
	a.t.Cleanup(func() { _ = conn.Close() })
	f.send("auth", map[string]string{"token": testSecret})
	f.send("subscribe", subscription("execution_updates", "snapshot", snapshot))
	return f
}

// listen begins to read.
func (f *follower) listen() { go f.read() }

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
		f.gate.Lock()
		kind, message, err := f.conn.ReadMessage()
		f.gate.Unlock()
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
	// The server may have closed in the middle of a message.
	if err := f.conn.WriteMessage(websocket.TextMessage, []byte(message)); !errors.Is(err, websocket.ErrCloseSent) {
		require.NoError(f.t, err)
	}
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

// had is take for a frame that may have been taken already.
func (f *follower) had(event string) frame {
	f.t.Helper()
	for _, got := range f.seen {
		if got.Event == event {
			return got
		}
	}
	return f.take(event)
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

func (f *follower) sendClose(code int) {
	require.NoError(f.t, f.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(answerLimit)))
}
