package feed

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"flowwatch/engine/execution"
)

// org is a Source in memory: an organisation's executions, their steps, its
// alerts and one gauge, with a history that may be forgotten.
type org struct {
	mu     sync.Mutex
	seq    uint64
	forgot uint64 // history up to here is gone
	things map[identity]*thing
	gauge  int
	pad    string // makes items longer
	broken error  // of Snapshot
	during func() // called by Snapshot before and after it reads
	reads  int    // of Snapshot and Since
}

type thing struct {
	topic          Topic
	id             identity
	workflow       string
	status, former execution.Status
	value          int
	seq            uint64
	hadFormer      bool
}

func newOrg() *org { return &org{things: map[identity]*thing{}} }

// text is the item of a snapshot and the data of a frame.
func (o *org) text(t *thing) []byte {
	return fmt.Appendf(nil, `{"key":%q,"executionId":%q,"workflowId":%q,"stepId":%q,"status":%q,"value":%d,"seq":%d,"pad":%q}`,
		fmt.Sprint(t.id), t.id.execution, t.workflow, t.id.step, t.status, t.value, t.seq, o.pad)
}

func (o *org) frame(t *thing) Frame {
	text := o.text(t)
	return Frame{
		Seq: t.seq, Event: t.id.event, Topic: t.topic,
		ExecutionID: t.id.execution, WorkflowID: t.workflow, StepID: t.id.step, Key: t.id.key,
		Status: t.status, Former: t.former, HasFormer: t.hadFormer,
		Data: func(dst []byte) []byte { return append(dst, text...) },
	}
}

// touch changes one thing and returns its frame. The caller has mu.
func (o *org) touch(topic Topic, id identity, workflow string, status, former execution.Status, had bool) Frame {
	t := o.things[id]
	if t == nil {
		t = &thing{topic: topic, id: id, workflow: workflow}
		o.things[id] = t
	}
	o.seq++
	t.seq, t.status, t.former, t.hadFormer = o.seq, status, former, had
	t.value++
	return o.frame(t)
}

// run changes an execution; its workflow is the id's first letter.
func (o *org) run(id string, status execution.Status) []Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	return []Frame{o.change(id, status)}
}

func (o *org) change(id string, status execution.Status) Frame {
	key := identity{event: "execution:update", execution: id}
	former, had := execution.Status(0), false
	if t := o.things[key]; t != nil {
		former, had = t.status, true
	}
	return o.touch(ExecutionUpdates, key, id[:1], status, former, had)
}

// step changes a step and with it the execution: two frames.
func (o *org) step(id, step string, status execution.Status) []Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := identity{event: "step:update", execution: id, step: step}
	former, had := execution.Status(0), false
	if t := o.things[key]; t != nil {
		former, had = t.status, true
	}
	s := o.touch(StepUpdates, key, id[:1], status, former, had)
	return []Frame{s, o.change(id, status)}
}

func (o *org) alert(id, key string) []Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	return []Frame{o.touch(Alerts, identity{event: "alert:update", execution: id, key: key}, id[:1], 0, 0, false)}
}

// tick changes the gauge.
func (o *org) tick() []Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gauge++
	return []Frame{o.latest()}
}

func (o *org) latest() Frame {
	text := gaugeText(o.gauge)
	return Frame{Event: "queue:update", Topic: QueueStatus, Data: func(dst []byte) []byte { return append(dst, text...) }}
}

func gaugeText(n int) []byte { return fmt.Appendf(nil, `{"key":"gauge","value":%d}`, n) }

// Seq implements Source.
func (o *org) Seq() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seq
}

// Knows implements Source: workflows have ids of one letter up to m.
func (o *org) Knows(workflow, exec string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if exec != "" && o.things[identity{event: "execution:update", execution: exec}] == nil {
		return false
	}
	return workflow == "" || len(workflow) == 1 && workflow <= "m"
}

// Snapshot implements Source.
func (o *org) Snapshot(f Filter, emit func([]json.RawMessage)) (uint64, error) {
	o.mu.Lock()
	o.reads++
	during, broken := o.during, o.broken
	o.mu.Unlock()
	if broken != nil {
		return 0, broken
	}
	if during != nil {
		during()
		defer during()
	}
	items, asOf := o.state(f)
	const piece = 7
	for part := range slices.Chunk(items, piece) {
		emit(part)
	}
	return asOf, nil
}

// state is what f selects.
func (o *org) state(f Filter) (items []json.RawMessage, asOf uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.Topic == QueueStatus {
		return []json.RawMessage{gaugeText(o.gauge)}, o.seq
	}
	for _, t := range o.things {
		if t.topic == f.Topic && f.Matches(t.workflow, t.id.execution, t.status) {
			items = append(items, o.text(t))
		}
	}
	return items, o.seq
}

// Since implements Source.
func (o *org) Since(seq uint64, limit int) ([]Frame, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reads++
	if seq < o.forgot || seq > o.seq {
		return nil, false
	}
	var out []Frame
	for _, t := range o.things {
		if t.seq > seq {
			f := o.frame(t)
			f.HasFormer = false
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Frame) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, len(out) <= limit
}

func (o *org) forget() {
	o.mu.Lock()
	o.forgot = o.seq
	o.mu.Unlock()
}

func (o *org) set(change func()) {
	o.mu.Lock()
	change()
	o.mu.Unlock()
}

// copy is the organisation as a backup of this moment has it.
func (o *org) copy() *org {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &org{seq: o.seq, forgot: o.forgot, things: map[identity]*thing{}, gauge: o.gauge, pad: o.pad}
	for id, t := range o.things {
		same := *t
		c.things[id] = &same
	}
	return c
}

// site is an organisation with its hub.
type site struct {
	*org
	hub    *Hub
	mu     sync.Mutex // of who changes and publishes
	behind []Frame    // visible and not published yet
}

func newSite(l Limits) *site {
	o := newOrg()
	return &site{org: o, hub: NewHub(o, "first", l)}
}

// publish makes changes and publishes them, and before them what was left
// behind.
func (s *site) publish(changes ...func() []Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, change := range changes {
		s.behind = append(s.behind, change()...)
	}
	s.hub.Publish(s.behind)
	s.behind = nil
}

// delay makes a change whose frames are published later.
func (s *site) delay(change func() []Frame) {
	s.mu.Lock()
	s.behind = append(s.behind, change()...)
	s.mu.Unlock()
}

// omit makes a change whose frames nobody publishes.
func (s *site) omit(change func() []Frame) {
	s.mu.Lock()
	change()
	s.behind = nil
	s.hub.Publish(nil)
	s.mu.Unlock()
}

// restart is a new process on the same history.
func (s *site) restart(l Limits) {
	s.hub.Close("restart", [2]time.Duration{})
	s.hub, s.behind = NewHub(s.org, s.hub.epoch, l), nil
}

// restore puts an old backup in place.
func (s *site) restore(backup *org, epoch string, l Limits) {
	s.hub.Close("restart", [2]time.Duration{})
	s.org, s.behind = backup, nil
	s.hub = NewHub(s.org, epoch, l)
}

// to is a change of an execution's state, for publish.
func (s *site) to(id string, status execution.Status) func() []Frame {
	return func() []Frame { return s.run(id, status) }
}

func runID(workflow byte, n int) string { return string(workflow) + strconv.Itoa(n) }

// soon is a poke after a while.
func soon(d time.Duration) <-chan struct{} {
	c := make(chan struct{}, 1)
	time.AfterFunc(d, func() { c <- struct{}{} })
	return c
}
