package api

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/feed"
)

const (
	lastEventID = "Last-Event-ID"
	streamMedia = "text/event-stream"
)

// stream is one stream of Server-Sent Events. The HTTP server's goroutine asks
// it for the next piece, by Read, and writes it; a second goroutine notices
// that the client has gone.
type stream struct {
	*connection
	server    *Server
	conn      net.Conn
	principal access.Principal
	hub       *feed.Session
	epoch     string
	text      []byte        // what Read has not handed out yet
	watched   chan struct{} // closed when the second goroutine has ended
}

// streamRequest is what the client of a stream wants.
type streamRequest struct {
	filters []feed.Filter
	since   *feed.Position
}

// stream answers with events as they come, until the client goes away.
func (s *Server) stream(c *fiber.Ctx) error {
	p, err := s.principal(c)
	if err != nil {
		return err
	}
	tenant, err := s.tenantOf(p)
	if err != nil {
		return err
	}
	want, err := readStreamRequest(c, tenant)
	if err != nil {
		return err
	}
	session, err := tenant.Connect(feed.Options{Principal: p.Who(), Limit: s.live.limit(p)})
	if err != nil {
		return err
	}
	t := &stream{
		server: s, conn: c.Context().Conn(), principal: p, hub: session, epoch: session.Epoch(), watched: make(chan struct{}),
	}
	t.connection = newConnection(s.live, func() { _ = t.conn.Close() }, func() {})
	if err := t.begin(want); err != nil {
		return err
	}
	for _, f := range want.filters {
		noteSubscription(tenant, p, strings.Clone(c.IP()), f.Topic)
	}
	c.Context().SetConnectionClose() // what the client still sends is dropped
	c.Set(fiber.HeaderContentType, streamMedia)
	c.Set("X-Accel-Buffering", "no")
	c.Context().SetBodyStream(t, -1)
	return nil
}

// readStreamRequest reads the query. Without a type it is about executions and
// their steps.
func readStreamRequest(c *fiber.Ctx, t *engine.Tenant) (want streamRequest, err error) {
	q, err := newQuery(c)
	if err != nil {
		return want, err
	}
	of := feed.Filter{WorkflowID: q.id("workflowId"), ExecutionID: q.id("executionId"), Statuses: q.statuses("status")}
	topics := q.topics("type")
	if err := q.err(); err != nil {
		return want, err
	}
	for _, topic := range topics {
		f := of
		f.Topic = topic
		if f, err = own(t, f); err != nil {
			return want, err
		}
		want.filters = append(want.filters, f)
	}
	if last := c.Get(lastEventID); last != "" {
		want.since = positionOf(last)
	}
	return want, nil
}

// topics reads a parameter that may have several, with commas, often or both.
func (q *query) topics(name string) []feed.Topic {
	var all []feed.Topic
	for word := range strings.SplitSeq(strings.Join(q.values[name], ","), ",") {
		topic, ok := feed.ParseTopic(word)
		switch {
		case ok:
			all = append(all, topic)
		case word != "":
			q.wrong(name, "unknown type")
		}
	}
	if all == nil {
		all = []feed.Topic{feed.ExecutionUpdates, feed.StepUpdates}
	}
	return all
}

// positionOf reads <epoch>:<seq>. What cannot be one is a place in no known
// history: its client gets a snapshot and misses nothing.
func positionOf(id string) *feed.Position {
	at := strings.LastIndexByte(id, ':')
	if at < 0 {
		return &feed.Position{}
	}
	seq, err := strconv.ParseUint(id[at+1:], 10, 64)
	if err != nil {
		return &feed.Position{}
	}
	return &feed.Position{Epoch: strings.Clone(id[:at]), Seq: seq}
}

// begin subscribes and starts to watch the client. After an error nothing of
// the stream is left; without one, Close ends it.
func (t *stream) begin(want streamRequest) error {
	if err := t.live.enter(t.connection); err != nil {
		t.hub.Close()
		return err
	}
	text := []byte(": " + liveProtocol + "\n")
	for i, f := range want.filters {
		err := t.hub.Subscribe(feed.Request{Filter: f, Since: want.since}, func(j feed.Joined) {
			if i == 0 && want.since == nil {
				// Who is cut off before the first event resumes from here.
				text = t.appendID(text, j.Seq)
			}
		})
		if err != nil {
			t.hub.Close()
			t.live.leave(t.connection)
			return err
		}
	}
	t.text = append(text, '\n')
	if err := t.conn.SetReadDeadline(time.Time{}); err != nil {
		t.hub.Close()
		t.live.leave(t.connection)
		return fmt.Errorf("begin a stream: %w", err)
	}
	t.belong(t.principal, t.hub, nil)
	go t.watchClient()
	t.server.log.Debug("live connection opened", "principal", t.principal.ID, "organization", t.principal.OrganizationID)
	return nil
}

// watchClient reads what the client has no reason to send, to learn that it is
// gone: the next heartbeat would be the first to notice, or the one after.
func (t *stream) watchClient() {
	defer close(t.watched)
	_, _ = io.Copy(io.Discard, t.conn)
	t.end(closedGone)
}

// Read gives the next piece of the stream, io.EOF after its end.
func (t *stream) Read(p []byte) (int, error) {
	for len(t.text) == 0 {
		if !t.fill() {
			return 0, io.EOF
		}
	}
	if err := t.conn.SetWriteDeadline(time.Now().Add(t.live.times.write)); err != nil {
		return 0, fmt.Errorf("write a stream: %w", err)
	}
	n := copy(p, t.text)
	if t.text = t.text[n:]; len(t.text) == 0 {
		t.text = nil
	}
	return n, nil
}

// fill waits for events. It is false at the end.
func (t *stream) fill() bool {
	if t.reason() != nil {
		return false
	}
	frames, err := t.next()
	if err != nil {
		t.end(closingOf(err))
	}
	if why := t.reason(); why != nil && why.withholds() {
		return false
	}
	for i := range frames {
		f := &frames[i]
		if f.Resumable {
			t.text = t.appendID(t.text, f.Seq)
		}
		t.text = append(append(t.text, "event: "...), f.Event...)
		t.text = append(append(t.text, "\ndata: "...), f.Data()...)
		t.text = append(t.text, "\n\n"...)
	}
	if d := t.take(); d.beat {
		seq, _ := t.hub.Heartbeat()
		t.text = append(t.text, ": heartbeat\n"...)
		if seq != 0 {
			t.text = t.appendID(t.text, seq)
		}
		t.text = append(t.text, '\n')
	}
	return true
}

func (t *stream) appendID(dst []byte, seq uint64) []byte {
	dst = append(append(append(dst, "id: "...), t.epoch...), ':')
	return append(strconv.AppendUint(dst, seq, 10), '\n')
}

// Close ends the stream. The HTTP server calls it whatever happened.
func (t *stream) Close() error {
	t.end(closedGone)
	t.hub.Close()
	_ = t.conn.SetReadDeadline(time.Unix(1, 0)) // ends the second goroutine
	<-t.watched
	t.live.leave(t.connection)
	t.server.log.Debug("live connection closed",
		"principal", t.principal.ID, "organization", t.principal.OrganizationID, "code", t.reason().code)
	return nil
}
