package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

const (
	livePath         = "/api/monitoring/ws"
	liveProtocol     = "flowwatch.v1"
	liveHandshakeMax = 10 * time.Second
	liveSilenceMax   = 45 * time.Second // three heartbeats: a server that is silent longer is gone
	liveWriteMax     = 10 * time.Second
	liveFrameMax     = 4 << 20
	goodbyeMax       = time.Second
)

// liveTopic is what is followed.
type liveTopic struct {
	name   string // of the protocol
	filter liveFilter
}

// liveFilter is what of a topic is wanted; empty: all of it.
type liveFilter struct {
	WorkflowID  string   `json:"workflowId,omitempty"`
	ExecutionID string   `json:"executionId,omitempty"`
	Status      []string `json:"status,omitempty"`
}

// liveFrame is any frame of the server.
type liveFrame struct {
	ID    uint64          `json:"id"`
	Event string          `json:"event"`
	Seq   uint64          `json:"seq"`
	Data  json.RawMessage `json:"data"`
	Error *struct {
		Code, Message string
	} `json:"error"`
}

// follower keeps up with topics across lost connections: it remembers the last change that it saw, and goes on after it. Not safe for
// concurrent use.
type follower struct {
	client *client
	topics []liveTopic
	change func(frame *liveFrame, whole []byte) error // is called for each change, in order
	tell   func(words string)                         // what a person should know about the connection

	epoch     string
	seq       uint64
	connected bool          // the subscriptions of this connection hold
	lost      bool          // a person was told that there is no connection
	pause     time.Duration // what the server asked for before the next try
}

// fatal is an error that another try would not mend.
type fatal struct{ error }

func (e fatal) Unwrap() error { return e.error }

// run follows until ctx ends, which is no error.
func (f *follower) run(ctx context.Context) error {
	wait := retryWaitMin
	for {
		f.connected, f.pause = false, 0
		err := orEnded(ctx, f.connection(ctx))
		if err == nil {
			return nil
		}
		if last := new(fatal); errors.As(err, last) {
			return last.error
		}
		if f.connected {
			wait = retryWaitMin
		}
		if !f.lost {
			f.tell(f.why(err) + "; trying again")
			f.lost = true
		}
		timer := time.NewTimer(max(f.pause, wait/2+rand.N(wait/2)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		wait = min(2*wait, retryWaitMax)
	}
}

// why is what became of a connection, in words.
func (f *follower) why(err error) string {
	var timeout net.Error
	switch {
	case f.pause > 0:
		return "the server at " + f.client.base + " is restarting"
	case f.connected && errors.As(err, &timeout) && timeout.Timeout():
		return "the server at " + f.client.base + " is silent"
	case f.connected:
		return "the connection to " + f.client.base + " is lost"
	}
	return err.Error()
}

// connection dials, signs in, subscribes, and reads until the connection is lost; its error says how.
func (f *follower) connection(ctx context.Context) error {
	conn, err := f.dial(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		_ = conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(goodbyeMax)) // whoever hears it frees the place sooner
		_ = conn.Close()
	})
	defer func() { stop(); _ = conn.Close() }()
	conn.SetReadLimit(liveFrameMax)
	if err := f.send(conn, 1, "auth", map[string]string{"token": f.client.token}); err != nil {
		return err
	}
	for {
		if err := conn.SetReadDeadline(time.Now().Add(liveSilenceMax)); err != nil {
			return err
		}
		_, message, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		frame := new(liveFrame)
		if err := json.Unmarshal(message, frame); err != nil {
			return fmt.Errorf("read the server's frame: %w", err)
		}
		if err := f.take(conn, frame, message); err != nil {
			return err
		}
	}
}

func (f *follower) dial(ctx context.Context) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: liveHandshakeMax, Subprotocols: []string{liveProtocol}}
	if transport, ok := f.client.http.Transport.(*http.Transport); ok {
		dialer.TLSClientConfig = transport.TLSClientConfig
	}
	conn, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(f.client.base, "http")+livePath, http.Header{"Accept-Language": {"en"}})
	switch {
	case err == nil:
		return conn, answer.Body.Close()
	case answer != nil:
		defer answer.Body.Close()
		refused := readAnswerError(answer)
		if refused.status == http.StatusTooManyRequests || refused.status >= http.StatusInternalServerError {
			f.pause = refused.retryAfter
			return nil, refused
		}
		return nil, fatal{refused}
	}
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return nil, fatal{f.client.unreachable(err)}
	}
	return nil, f.client.unreachable(err)
}

func (f *follower) send(conn *websocket.Conn, id int, event string, data any) error {
	if err := conn.SetWriteDeadline(time.Now().Add(liveWriteMax)); err != nil {
		return err
	}
	return conn.WriteJSON(map[string]any{"id": id, "event": event, "data": data})
}

// take does what a frame asks for.
func (f *follower) take(conn *websocket.Conn, frame *liveFrame, whole []byte) error {
	var data struct {
		Epoch, Mode, Reason string
		Recovered           bool
		Seq                 uint64
		ReconnectAfterMs    []int64
	}
	switch frame.Event {
	case "ack", "heartbeat", "goaway", "resync":
		if err := json.Unmarshal(frame.Data, &data); err != nil {
			return fmt.Errorf("read the server's frame: %w", err)
		}
	}
	switch frame.Event {
	case "ack":
		if frame.ID == 1 {
			return f.subscribe(conn, data.Epoch, data.Seq)
		}
		f.joined(frame.ID, data.Mode, data.Recovered)
	case "error":
		return f.refused(frame)
	case "heartbeat":
		f.seq = max(f.seq, data.Seq)
	case "goaway":
		f.pause = retryWaitMin
		if len(data.ReconnectAfterMs) == 2 && data.ReconnectAfterMs[0] < data.ReconnectAfterMs[1] {
			f.pause = time.Duration(data.ReconnectAfterMs[0]+rand.Int64N(data.ReconnectAfterMs[1]-data.ReconnectAfterMs[0])) * time.Millisecond
		}
	case "resync":
		f.tell("changes are missing here: " + strings.ReplaceAll(data.Reason, "_", " "))
		f.seq = max(f.seq, data.Seq)
	case "hello", "snapshot", "auth:expiring":
	default:
		f.seq = max(f.seq, frame.Seq)
		return f.change(frame, whole)
	}
	return nil
}

// subscribe joins each topic, after the last change that was seen if this is still the same history.
func (f *follower) subscribe(conn *websocket.Conn, epoch string, seq uint64) error {
	var since any
	switch {
	case f.epoch == epoch:
		since = map[string]any{"epoch": f.epoch, "seq": f.seq}
	case f.epoch != "":
		f.tell("the server has another history than before; changes may be missing here")
		f.seq = seq
	default:
		f.seq = seq
	}
	f.epoch = epoch
	for i, topic := range f.topics {
		wanted := map[string]any{"type": topic.name, "filters": topic.filter}
		if since != nil {
			wanted["since"] = since
		}
		if err := f.send(conn, 2+i, "subscribe", wanted); err != nil {
			return err
		}
	}
	return nil
}

// joined tells a person, once all topics are joined, that the connection is there again.
func (f *follower) joined(id uint64, mode string, recovered bool) {
	if f.lost && mode == "snapshot" && !recovered {
		f.tell("too much happened meanwhile; changes are missing here")
	}
	if id != uint64(1+len(f.topics)) {
		return
	}
	if f.lost {
		f.tell("connected to " + f.client.base)
	}
	f.connected, f.lost = true, false
}

// refused explains what the server does not do.
func (f *follower) refused(frame *liveFrame) error {
	switch frame.Error.Code {
	case "unauthorized":
		return fatal{&answerError{status: http.StatusUnauthorized}}
	case "forbidden":
		return fatal{&answerError{status: http.StatusForbidden}}
	case "not_found":
		return fatal{errors.New("the server knows no such workflow or execution")}
	case "rate_limited", "unavailable", "internal":
		return errors.New("the server is busy: " + frame.Error.Message)
	}
	return fatal{errors.New("the server refused: " + frame.Error.Message)}
}
