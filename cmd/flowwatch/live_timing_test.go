package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const liveMark = `"executionId":"live-`

// measureLive measures how long after the answer a frame reaches the sockets, and what an idle socket costs.
func measureLive(t *testing.T, binary string, table *figures) {
	const centrifugo = "Centrifugo p50 2 / p99 4-7 ms, not durable"
	for _, c := range []struct {
		sockets, rate, seconds int
		target                 float64
	}{{100, 100, 15, 20}, {1000, 20, 15, 50}} {
		server := newChild(t, binary, filepath.Join(benchDir(t), "live"))
		token := server.createToken(t, "office", "integration,viewer")
		server.start(t)
		run := newAudience(t, server, token, c.sockets, c.rate*c.seconds)
		run.publish(t, server, token, c.rate)
		p50, p99 := run.result(t)
		server.stop(t)
		table.add(figure{
			name: fmt.Sprintf("answer to frame p99, %d sockets x %d/s", c.sockets, c.rate), value: ms(p99), unit: millis, target: c.target,
			peer: 4, peerIs: centrifugo,
			note: fmt.Sprintf("p50 %.2f ms; %d frames, none lost, none twice", ms(p50), c.sockets*c.rate*c.seconds),
		})
	}
	server := newChild(t, binary, filepath.Join(benchDir(t), "idle"))
	token := server.createToken(t, "office", "integration,viewer")
	server.start(t)
	<-time.After(3 * time.Second)
	before := server.memory(t, "RssAnon")
	const sockets = 1000
	newAudience(t, server, token, sockets, 0)
	<-time.After(5 * time.Second)
	each := float64(server.memory(t, "RssAnon")-before) / sockets
	server.stop(t)
	table.add(figure{
		name: "memory an idle socket, at 1,000", value: each / 1024, unit: kibibytes, target: 32, peer: 47, peerIs: "Centrifugo 47 KiB",
	})
}

// audience is a number of sockets that count every frame. Event n makes execution live-n; its one frame carries that id.
type audience struct {
	frames  int
	sockets []*listener
	answers []atomic.Int64 // when event n was answered, in nanoseconds since began
	began   time.Time
	missing sync.WaitGroup
}

type listener struct {
	conn     *websocket.Conn
	arrived  []int64 // when the frame of event n arrived, in nanoseconds since began; 0 = not yet
	repeated int
}

// newAudience connects and subscribes all sockets; each expects one frame for each of the events 0 to events-1.
func newAudience(t *testing.T, server *child, token string, sockets, events int) *audience {
	t.Helper()
	a := &audience{frames: events, began: time.Now(), answers: make([]atomic.Int64, events)}
	for range sockets {
		conn, response, err := websocket.DefaultDialer.Dial("ws://"+server.address+"/api/monitoring/ws", nil)
		require.NoError(t, err)
		_ = response.Body.Close()
		l := &listener{conn: conn, arrived: make([]int64, events)}
		l.join(t, token)
		a.sockets = append(a.sockets, l)
		if events > 0 {
			a.missing.Add(1)
		}
		go a.listen(l)
	}
	t.Cleanup(func() {
		for _, l := range a.sockets {
			_ = l.conn.Close()
		}
	})
	return a
}

// join signs in and subscribes to all executions.
func (l *listener) join(t *testing.T, token string) {
	t.Helper()
	for _, message := range []string{
		fmt.Sprintf(`{"id":1,"event":"auth","data":{"token":%q}}`, token),
		`{"id":2,"event":"subscribe","data":{"type":"execution_updates"}}`,
	} {
		require.NoError(t, l.conn.WriteMessage(websocket.TextMessage, []byte(message)))
		for {
			_, frame, err := l.conn.ReadMessage()
			require.NoError(t, err)
			require.NotContains(t, string(frame), `"event":"error"`)
			if bytes.Contains(frame, []byte(`"event":"ack"`)) {
				break
			}
		}
	}
}

// listen notes the arrival of every frame until the connection ends or all have come.
func (a *audience) listen(l *listener) {
	buffer := make([]byte, 4096)
	for left := a.frames; ; {
		_, reader, err := l.conn.NextReader()
		if err != nil {
			if left > 0 {
				a.missing.Done()
			}
			return
		}
		n, err := io.ReadFull(reader, buffer)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			continue
		}
		event, found := liveNumber(buffer[:n])
		if !found || event >= a.frames {
			continue
		}
		if l.arrived[event] != 0 {
			l.repeated++
			continue
		}
		l.arrived[event] = int64(time.Since(a.began))
		if left--; left == 0 {
			a.missing.Done()
		}
	}
}

func liveNumber(frame []byte) (int, bool) {
	at := bytes.Index(frame, []byte(liveMark))
	if at < 0 {
		return 0, false
	}
	digits := frame[at+len(liveMark):]
	end := bytes.IndexByte(digits, '"')
	if end < 0 {
		return 0, false
	}
	n, err := strconv.Atoi(string(digits[:end]))
	return n, err == nil
}

// publish sends one event a request at the given rate and waits until every socket has every frame, at most 10 s.
func (a *audience) publish(t *testing.T, server *child, token string, rate int) {
	t.Helper()
	engine := newEngineClient(server.address, token)
	start := time.Now()
	for n := range a.frames {
		<-time.After(time.Until(start.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		body := fmt.Appendf(nil, `{"eventId":"e-%d","type":"execution.started","executionId":"live-%d","workflowId":"live","workflowName":"Na żywo","timestamp":%q}`,
			n, n, time.Now().UTC().Format(time.RFC3339Nano))
		require.NoError(t, engine.post(body, 1))
		a.answers[n].Store(int64(time.Since(a.began)))
	}
	all := make(chan struct{})
	go func() { a.missing.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(10 * time.Second):
	}
}

// result requires that nothing was lost or repeated and returns quantiles of the time from answer to frame. A frame may overtake the
// answer; such a one counts as 0.
func (a *audience) result(t *testing.T) (p50, p99 time.Duration) {
	t.Helper()
	var times []time.Duration
	lost, repeated := 0, 0
	for _, l := range a.sockets {
		repeated += l.repeated
		for n, at := range l.arrived {
			if at == 0 {
				lost++
				continue
			}
			times = append(times, time.Duration(max(0, at-a.answers[n].Load())))
		}
	}
	require.Zero(t, lost, "frames lost")
	require.Zero(t, repeated, "frames sent twice")
	return quantile(times, 0.5), quantile(times, 0.99)
}
