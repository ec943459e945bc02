package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// reader is a real client of the stream of events.
type reader struct {
	t        *testing.T
	response *http.Response
	events   chan streamed // closed at the end
	last     string        // Last-Event-ID, as a browser keeps it
	seen     []streamed
}

// streamed is one block of a stream: an event or comments, or both.
type streamed struct{ id, event, data, comment string }

// sse opens a stream; headers are pairs of name and value.
func (a *appliance) sse(path, token string, headers ...string) *reader {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodGet, a.url+path, nil)
	require.NoError(a.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
	require.NoError(a.t, err)
	require.Equal(a.t, http.StatusOK, response.StatusCode)
	require.Equal(a.t, "text/event-stream", response.Header.Get("Content-Type"))
	require.Equal(a.t, "no-store", response.Header.Get("Cache-Control"))
	s := &reader{t: a.t, response: response, events: make(chan streamed, 10_000)}
	a.t.Cleanup(func() { _ = response.Body.Close() })
	go s.read()
	require.NotEmpty(a.t, s.next().comment, "a comment comes at once")
	return s
}

func (s *reader) read() {
	defer close(s.events)
	lines := bufio.NewScanner(s.response.Body)
	lines.Buffer(nil, 1<<20)
	var block streamed
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			s.events <- block
			block = streamed{}
		case name == "":
			block.comment = value
		case name == "id":
			block.id = value
		case name == "event":
			block.event = value
		case name == "data":
			block.data += value
		default:
			block.event = "BROKEN " + lines.Text()
		}
	}
}

// next takes one block.
func (s *reader) next() streamed {
	s.t.Helper()
	select {
	case got, open := <-s.events:
		require.True(s.t, open, "the stream has ended, after %v", s.seen)
		require.NotContains(s.t, got.event, "BROKEN")
		if got.id != "" {
			s.last = got.id
		}
		s.seen = append(s.seen, got)
		return got
	case <-time.After(answerLimit):
		require.Fail(s.t, "nothing came", "after %v", s.seen)
		panic("unreachable")
	}
}

// take takes blocks until one with the event.
func (s *reader) take(event string) streamed {
	s.t.Helper()
	for {
		if got := s.next(); got.event == event {
			return got
		}
	}
}

// ended requires that the server ends the stream.
func (s *reader) ended() {
	s.t.Helper()
	limit := time.After(answerLimit)
	for {
		select {
		case _, open := <-s.events:
			if !open {
				return
			}
		case <-limit:
			require.Fail(s.t, "the stream goes on")
		}
	}
}

// update is the data of an execution:update or step:update.
func (s streamed) update(t *testing.T) (u frameData) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(s.data), &u), s.data)
	return u
}

func TestStreamCarriesTheFramesOfASocket(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f")))
	s := a.sse("/api/monitoring/stream?type=execution_updates,step_updates&executionId=e&workflowId=w&status=running", testSecret)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("step_updates", "executionId", "e"))
	a.progress("f", 5)
	a.post(testSecret, batch(event("step.completed", "e", `,"stepId":"s","error":"a\nb"`)))
	got, want := s.take("step:update"), f.take("step:update")
	require.Equal(t, fmt.Sprint(a.engine.Epoch(), ":", want.Seq), got.id)
	require.Contains(t, want.text, got.data)
	require.Equal(t, "e", s.take("execution:update").update(t).ExecutionID)
	for _, block := range s.seen {
		require.NotContains(t, block.data, `"f"`)
	}
}

// Without a type it is about executions and their steps; queue and metrics
// have no id, because they are not resumed.
func TestStreamOfOtherTopics(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	whole, queue := a.sse("/api/monitoring/stream", testSecret), a.sse("/api/monitoring/stream?type=queue_status&type=alerts", testSecret)
	a.post(testSecret, batch(event("execution.queued", "e"), event("step.started", "f", `,"stepId":"s"`)))
	whole.take("step:update")
	got := queue.take("queue:update")
	require.Empty(t, got.id)
	require.Equal(t, 1, *got.update(t).PendingCount)
}

// Last-Event-ID: a client that was away, or the server, misses nothing.
func TestStreamResumesAfterItsLastEvent(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.published(a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f"))).Seq)
	s := a.sse("/api/monitoring/stream", testSecret)
	require.NotEmpty(t, s.last, "who hears nothing can resume too")
	require.NoError(t, s.response.Body.Close())
	a.progress("e", 10)
	for i, come := range []func(){func() {}, a.restart} {
		come()
		s = a.sse("/api/monitoring/stream", testSecret, "Last-Event-ID", s.last)
		got := s.take("execution:update")
		require.Equal(t, "e", got.update(t).ExecutionID)
		require.Equal(t, 10*(i+1), *got.update(t).Progress)
		require.NoError(t, s.response.Body.Close())
		a.progress("e", 20)
	}
	// Another history, or none at all: all of the state.
	for _, last := range []string{"another:5", "nonsense", a.engine.Epoch() + ":x", a.engine.Epoch() + ":99999999", ":", "ż"} {
		s = a.sse("/api/monitoring/stream?type=execution_updates", testSecret, "Last-Event-ID", last)
		require.Len(t, s.take("snapshot").update(t).Items, 2, last)
		require.NoError(t, s.response.Body.Close())
	}
}

// A heartbeat moves the id on, so that a filtered client resumes from near.
func TestStreamGivesSignsOfLife(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look, o.times.heartbeat = 5*time.Millisecond, 10*time.Millisecond })
	a.post(testSecret, batch(event("execution.started", "e")))
	s := a.sse("/api/monitoring/stream?executionId=e", testSecret)
	last := a.post(testSecret, batch(event("execution.started", "f")))
	want := fmt.Sprint(a.engine.Epoch(), ":", last.Seq)
	for beat := false; !beat || s.last != want; { // the first event may be published only now
		beat = s.next().comment == "heartbeat"
	}
}

func TestStreamRefusesWhatItCannotGive(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	theirs := a.token("theirs", access.Integration)
	a.post(theirs, batch(event("execution.started", "secret")))
	for query, status := range map[string]int{
		"?type=weather": 422, "?type=alerts,weather": 422, "?status=asleep": 422, "?executionId=a%20b": 422, "?type=%ff": 400,
		"?executionId=secret": 404, "?executionId=unknown": 404, "?workflowId=w": 404, "?type=queue_status&executionId=secret": 404,
	} {
		got := a.send("GET", "/api/monitoring/stream"+query, testSecret, nil)
		require.Equal(t, status, got.status, query)
		require.Equal(t, problemType, got.header.Get("Content-Type"))
	}
	requireProblem(t, a.send("GET", "/api/monitoring/stream", theirs, nil), http.StatusForbidden, "forbidden")
	requireProblem(t, a.send("GET", "/api/monitoring/stream", "", nil), http.StatusUnauthorized, "unauthorized")
	require.Zero(t, a.server.live.count())
}

// Streams end with who opened them, on either side, and others hear nothing.
func TestStreamEndsWithItsClientAndItsToken(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look = 10 * time.Millisecond })
	_, short := a.newToken("default", 2*time.Second, access.Viewer)
	expired := a.sse("/api/monitoring/stream", short)
	id, secret := a.newToken("default", 0, access.Viewer)
	p, err := a.engine.Access().Authenticate(secret)
	require.NoError(t, err)
	revoked, left := a.sse("/api/monitoring/stream", secret), a.sse("/api/monitoring/stream", testSecret)
	stranger := a.sse("/api/monitoring/stream", a.token("theirs", access.Viewer))
	require.NoError(t, a.engine.Access().RevokeToken(audit.System(), p.OrganizationID, id))
	revoked.ended()
	expired.ended()
	a.post(testSecret, batch(event("execution.started", "secret")))
	require.Equal(t, "secret", left.take("execution:update").update(t).ExecutionID)
	require.NoError(t, left.response.Body.Close())
	require.Eventually(t, func() bool { return a.server.live.count() == 1 }, answerLimit, time.Millisecond)
	a.post(a.token("theirs", access.Integration), batch(event("execution.started", "theirs")))
	require.Equal(t, "theirs", stranger.take("execution:update").update(t).ExecutionID)
	for _, block := range stranger.seen {
		require.NotContains(t, block.data, "secret")
	}
}

// A stream that nobody reads is cut off, as a socket is.
func TestStreamThatIsNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	a := newNarrowAppliance(t, func(o *Options) { o.times.write = 100 * time.Millisecond })
	a.postMany(4000)
	host := strings.TrimPrefix(a.url, "http://")
	conn, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /api/monitoring/stream HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Last-Event-ID: another:1\r\n\r\n", host, testSecret) // it begins with a snapshot
	require.NoError(t, err)
	require.Eventually(t, func() bool { return a.server.live.count() == 1 }, answerLimit, time.Millisecond)
	a.gone()
}
