package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// followerReplayMax is how many frames the server sends again; a client that is further behind gets a snapshot.
const followerReplayMax = 1000

// follower is a live client that stays subscribed to all executions across lost connections, by the rules of the protocol: it keeps
// the last sequence number and resumes after it. Its methods may be called while run is running.
type follower struct {
	url, token string

	mu       sync.Mutex
	states   map[string]followed
	epoch    string
	seq      uint64 // the last that was seen, over all connections
	resumes  int
	lost     bool // what was known counts no more, and the fresh snapshot is not whole yet
	problems []string
	differs  string // what caughtUp found last
}

type followed struct {
	Status   string
	Progress int
}

// liveFrame is any frame of the server.
type liveFrame struct {
	Event string
	Seq   uint64
	Data  struct {
		ExecutionID, Status, Epoch, Mode, Reason string
		Progress                                 int
		Seq, AsOf                                uint64
		Success, Recovered, More                 bool
		Items                                    []struct {
			ExecutionID, Status string
			Progress            int
		}
	}
}

func newFollower(url, token string) *follower {
	return &follower{url: url, token: token, states: map[string]followed{}}
}

// run follows until ctx ends; a lost connection is made again at once.
func (f *follower) run(ctx context.Context) {
	for ctx.Err() == nil {
		f.connection(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// connection dials, resumes and reads until the connection is lost.
func (f *follower) connection(ctx context.Context) {
	conn, response, err := websocket.DefaultDialer.DialContext(ctx, f.url, http.Header{})
	if err != nil {
		return
	}
	_ = response.Body.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() { stop(); _ = conn.Close() }()
	if conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":1,"event":"auth","data":{"token":%q}}`, f.token)) != nil {
		return
	}
	last := uint64(0)
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var frame liveFrame
		if err := json.Unmarshal(message, &frame); err != nil {
			f.problem("a frame that is no JSON: %s", message)
			return
		}
		if frame.Seq != 0 {
			if frame.Seq <= last {
				f.problem("seq %d after %d on one connection", frame.Seq, last)
			}
			last = frame.Seq
		}
		if answer := f.take(&frame, message); answer != nil && conn.WriteMessage(websocket.TextMessage, answer) != nil {
			return
		}
	}
}

// take moves the client's state by one frame and returns what to send in answer, if anything.
func (f *follower) take(frame *liveFrame, message []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch frame.Event {
	case "ack":
		if frame.Data.Mode == "" {
			return f.subscribe(frame)
		}
		f.joined(frame)
	case "snapshot":
		for _, item := range frame.Data.Items {
			f.states[item.ExecutionID] = followed{item.Status, item.Progress}
		}
		f.seq = max(f.seq, frame.Data.AsOf)
		f.lost = f.lost && frame.Data.More
	case "execution:update":
		f.states[frame.Data.ExecutionID] = followed{frame.Data.Status, frame.Data.Progress}
		f.seq = max(f.seq, frame.Seq)
	case "heartbeat":
		f.seq = max(f.seq, frame.Data.Seq)
	case "resync":
		f.resynced(frame, message)
	case "error":
		f.problems = append(f.problems, string(message))
	}
	return nil
}

// resynced starts again, as a client must that was too slow, which happens on a busy machine.
func (f *follower) resynced(frame *liveFrame, message []byte) {
	if frame.Data.Reason != "slow_consumer" {
		f.problems = append(f.problems, string(message))
	}
	f.forget()
}

// forget makes room for a snapshot, which holds only what is active.
func (f *follower) forget() {
	f.lost = true
	clear(f.states)
}

// subscribe answers the acknowledged sign-in. What was published before must have been durable: the server cannot be behind.
func (f *follower) subscribe(frame *liveFrame) []byte {
	if f.epoch == "" || f.lost {
		f.epoch = frame.Data.Epoch
		return []byte(`{"id":2,"event":"subscribe","data":{"type":"execution_updates","snapshot":true}}`)
	}
	if frame.Data.Epoch != f.epoch || frame.Data.Seq < f.seq {
		f.problems = append(f.problems, fmt.Sprintf("saw seq %d of epoch %s, the restarted server is at %d of %s",
			f.seq, f.epoch, frame.Data.Seq, frame.Data.Epoch))
	}
	return fmt.Appendf(nil, `{"id":2,"event":"subscribe","data":{"type":"execution_updates","since":{"epoch":%q,"seq":%d}}}`, f.epoch, f.seq)
}

func (f *follower) joined(frame *liveFrame) {
	switch {
	case frame.Data.Recovered, f.lost:
		f.resumes++
	case f.seq > 0 && frame.Data.Mode == "snapshot" && frame.Data.Seq > f.seq+followerReplayMax:
		f.resumes++
		f.forget()
	case frame.Data.Mode != "snapshot" || f.seq > 0:
		f.problems = append(f.problems, "not recovered: mode "+frame.Data.Mode)
	}
}

func (f *follower) problem(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// String says how far the client is, for the message of a test that went wrong.
func (f *follower) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("at seq %d after %d resumes, lost: %t, problems: %q; %s", f.seq, f.resumes, f.lost, f.problems, f.differs)
}

// caughtUp says whether every execution that the server lists as active is known, and no other is known as active.
func (f *follower) caughtUp(server *child) bool {
	active := map[string]string{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ ExecutionID, Status string }
			NextCursor string
		}
		if server.get("/api/monitoring/executions/active?limit=100&cursor="+cursor, f.token, &page) != nil {
			return false
		}
		for _, item := range page.Items {
			active[item.ExecutionID] = item.Status
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, state := range f.states {
		terminal := state.Status == "completed" || state.Status == "failed" || state.Status == "cancelled"
		if !terminal && active[id] != state.Status {
			f.differs = fmt.Sprintf("execution %s is known as %s, listed as %q", id, state.Status, active[id])
			return false
		}
	}
	for id, status := range active {
		if f.states[id].Status != status {
			f.differs = fmt.Sprintf("execution %s is listed as %s, known as %q", id, status, f.states[id].Status)
			return false
		}
	}
	return true
}

// requireSameAsREST compares all that the client knows with the reads of the server, and returns how often it resumed.
func (f *follower) requireSameAsREST(t *testing.T, server *child) int {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.Empty(t, f.problems)
	for id, state := range f.states {
		var shown followed
		require.NoError(t, server.get("/api/monitoring/executions/"+id, f.token, &shown))
		require.Equal(t, shown, state, "execution %s", id)
	}
	return f.resumes
}

// requireNoProblems requires that the server broke no rule of the protocol.
func (f *follower) requireNoProblems(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.Empty(t, f.problems)
}
