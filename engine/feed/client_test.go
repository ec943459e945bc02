package feed

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// client follows the protocol as a page does: it keeps the state of what it
// subscribed to and one position in the history.
type client struct {
	t     *testing.T
	hub   *Hub
	s     *Session
	views []*view
	// stream makes it follow like a browser's EventSource: it resumes all or
	// nothing after the last seq that it was told to resume after.
	stream bool
	// between is called before each subscription of a new connection.
	between func()

	epoch    string
	position uint64 // max of seqs, asOfs and heartbeats
	lastSeq  uint64 // of a frame, snapshot or heartbeat on this connection: what follows is greater
	frames   uint64 // on this connection
	events   []string
	seqs     []uint64
	lefts    []string // keys that came with "left":true
	ended    error
	modes    map[Mode]int
	resyncs  map[string]int
	seen     map[string]uint64 // greatest seq of each thing
}

// view is the state of one subscription.
type view struct {
	filter  Filter
	id      uint32
	valid   bool // false until the snapshot is whole
	items   map[string]string
	loading map[string]string
	asOf    uint64
	chunks  int
}

func newClient(t *testing.T, h *Hub) *client {
	t.Helper()
	c := &client{t: t, modes: map[Mode]int{}, resyncs: map[string]int{}, seen: map[string]uint64{}}
	c.connect(h)
	return c
}

// connect opens a session and resumes what is valid, the rest anew.
func (c *client) connect(h *Hub) {
	c.t.Helper()
	s, err := h.Connect(Options{})
	require.NoError(c.t, err)
	same := c.epoch == h.Epoch()
	c.hub, c.s, c.ended, c.lastSeq, c.frames = h, s, nil, 0, 0
	since := Position{Epoch: c.epoch, Seq: c.position}
	if c.epoch = h.Epoch(); !same {
		c.position = 0
		clear(c.seen)
	}
	for _, v := range c.views {
		if c.between != nil {
			c.between()
		}
		if v.valid || c.stream && since.Seq > 0 {
			j := c.subscribe(v, Request{Filter: v.filter, Since: &since})
			require.False(c.t, !same && j.Recovered, "another history")
		} else {
			c.subscribe(v, Request{Filter: v.filter, Snapshot: true})
		}
	}
}

// watch adds a view, with a snapshot.
func (c *client) watch(f Filter) *view {
	c.t.Helper()
	v := &view{filter: f}
	c.views = append(c.views, v)
	c.subscribe(v, Request{Filter: f, Snapshot: true})
	return v
}

func (c *client) subscribe(v *view, r Request) (got Joined) {
	c.t.Helper()
	acks := 0
	require.NoError(c.t, c.s.Subscribe(r, func(j Joined) { got = j; acks++ }))
	require.Equal(c.t, 1, acks)
	require.Equal(c.t, c.hub.Epoch(), got.Epoch)
	require.Equal(c.t, got.Mode == Replay, got.Recovered)
	c.modes[got.Mode]++
	v.id, v.loading = got.SubscriptionID, nil
	if got.Mode == Snapshot {
		v.valid = false
	} else if c.stream {
		v.valid = v.items != nil
	}
	return got
}

func (c *client) unwatch(v *view) {
	require.True(c.t, c.s.Unsubscribe(v.id))
	c.views = slices.DeleteFunc(c.views, func(other *view) bool { return other == v })
}

// read takes what comes within a time; it applies all of it, or the first few
// messages only, as if the connection broke then.
func (c *client) read(wait time.Duration, most int) (n int) {
	c.t.Helper()
	if c.ended != nil {
		return 0
	}
	messages, err := c.s.Next(soon(wait))
	if err != nil {
		c.ended = err
		return 0
	}
	for i := range messages[:min(most, len(messages))] {
		c.apply(&messages[i])
	}
	return len(messages)
}

const all = 1 << 30

// drain reads until nothing comes for longer than the hub holds things back.
func (c *client) drain() {
	c.t.Helper()
	for c.ended == nil && c.read(2*floorMost, all) > 0 {
	}
}

// beat takes a heartbeat, after all that Next returned was applied.
func (c *client) beat() {
	c.t.Helper()
	seq, sent := c.s.Heartbeat()
	require.Equal(c.t, c.frames, sent)
	c.lastSeq, c.position = max(c.lastSeq, seq), max(c.position, seq)
}

func (c *client) apply(m *Message) {
	c.t.Helper()
	var env struct {
		Event string
		Seq   uint64
		Data  json.RawMessage
	}
	require.NoError(c.t, json.Unmarshal(m.Text, &env), "%s", m.Text)
	require.Equal(c.t, env.Event, m.Event)
	require.Equal(c.t, env.Seq, m.Seq)
	require.Equal(c.t, string(env.Data), string(m.Data()))
	c.events = append(c.events, m.Event)
	switch m.Event {
	case "snapshot":
		c.load(m.Data())
	case "resync":
		var d struct{ Reason string }
		require.NoError(c.t, json.Unmarshal(m.Data(), &d))
		c.resyncs[d.Reason]++
		for _, v := range c.views {
			v.valid, v.loading = false, nil
		}
	case "goaway":
	default:
		c.frame(m)
	}
}

func (c *client) load(data []byte) {
	c.t.Helper()
	var d struct {
		SubscriptionID uint32
		AsOf           uint64
		Items          []json.RawMessage
		More           bool
	}
	require.NoError(c.t, json.Unmarshal(data, &d))
	require.LessOrEqual(c.t, c.lastSeq, d.AsOf, "a snapshot comes in its place among the frames")
	c.lastSeq = d.AsOf
	if !c.stream {
		c.position = max(c.position, d.AsOf)
	}
	for _, v := range c.views {
		if v.id != d.SubscriptionID {
			continue
		}
		if v.loading == nil || v.asOf != d.AsOf {
			v.loading, v.asOf, v.chunks = map[string]string{}, d.AsOf, 0
		}
		v.chunks++
		for _, item := range d.Items {
			v.loading[c.meet(item).Key] = string(item)
		}
		if !d.More {
			v.items, v.loading, v.valid = v.loading, nil, true
		}
	}
}

type wireItem struct {
	Key, ExecutionID, WorkflowID, Status string
	Seq                                  uint64
	Left                                 bool
}

// meet reads an item, which never tells less than the client knew.
func (c *client) meet(data []byte) wireItem {
	c.t.Helper()
	w := keyOf(c.t, data)
	require.GreaterOrEqual(c.t, w.Seq, c.seen[w.Key], "%s goes back", w.Key)
	c.seen[w.Key] = w.Seq
	return w
}

func keyOf(t *testing.T, data []byte) (w wireItem) {
	t.Helper()
	require.NoError(t, json.Unmarshal(data, &w))
	return w
}

func (c *client) frame(m *Message) {
	c.t.Helper()
	c.frames++
	w := c.meet(m.Data())
	if m.Seq != 0 {
		require.Greater(c.t, m.Seq, c.lastSeq, "seq grows on one connection")
		c.lastSeq = m.Seq
		if m.Resumable || !c.stream {
			c.position = max(c.position, m.Seq)
		}
		c.seqs = append(c.seqs, m.Seq)
	}
	if w.Left {
		c.lefts = append(c.lefts, w.Key)
	}
	topic := map[string]Topic{"execution:update": ExecutionUpdates, "step:update": StepUpdates,
		"alert:update": Alerts, "queue:update": QueueStatus}[m.Event]
	status, _ := execution.ParseStatus(w.Status)
	for _, v := range c.views {
		if v.filter.Topic != topic || !v.filter.concerns(w.WorkflowID, w.ExecutionID) || v.items == nil {
			continue
		}
		if w.Left || !v.filter.mask().has(status) {
			delete(v.items, w.Key) // a view that left does not concern gets a later frame
			continue
		}
		v.items[w.Key] = string(m.Data())
	}
}

// check compares each view with the source.
func (c *client) check(o *org) {
	c.t.Helper()
	for _, v := range c.views {
		require.True(c.t, v.valid, "%+v", v.filter)
		require.Equal(c.t, c.want(o, v), v.items, "%+v at %d", v.filter, c.position)
	}
}

func (c *client) want(o *org, v *view) map[string]string {
	items, _ := o.state(v.filter)
	want := map[string]string{}
	for _, item := range items {
		want[keyOf(c.t, item).Key] = string(item)
	}
	return want
}

// follow reads, and reconnects when it has to, until all views are as the
// source, for which it has a limit of time.
func (c *client) follow(o *org) {
	c.t.Helper()
	const limit = 30 * time.Second
	same := func(v *view) bool { return v.valid && maps.Equal(c.want(o, v), v.items) }
	for began := time.Now(); time.Since(began) < limit; {
		if !slices.ContainsFunc(c.views, func(v *view) bool { return !same(v) }) {
			break
		}
		if c.ended != nil {
			c.s.Close()
			c.connect(c.hub)
		}
		c.read(floorMost/4, all)
	}
	c.check(o)
}
