package feed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"flowwatch/engine/execution"
)

// model does what happens to one client, in an order drawn by lot.
type model struct {
	*site
	t      *testing.T
	rng    *rand.Rand
	limits Limits
	client *client
	backup *org
	epochs int
}

// narrow limits bring every branch within reach of a few changes.
var narrow = Limits{RingFrames: 12, QueueFrames: 14, QueueBytes: 3 << 10, ReplayFrames: 10, Subscriptions: 8}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{t: t, rng: rand.New(rand.NewPCG(seed, 2)), limits: narrow}
	m.site = newSite(m.limits)
	for range 6 {
		m.publish(m.change())
	}
	m.backup = m.copy()
	m.client = newClient(t, m.hub)
	m.client.between = func() {
		if m.rng.IntN(4) == 0 {
			m.source()
			if !m.client.stream { // which has all its subscriptions before it is read
				m.client.read(m.while(), all)
			}
		}
	}
	m.watch()
	if m.client.stream = seed%3 == 0; m.client.stream {
		m.watch()
		m.watch()
	}
	return m
}

// change draws one.
func (m *model) change() func() []Frame {
	id := runID("abc"[m.rng.IntN(3)], m.rng.IntN(6))
	status := execution.Status(m.rng.IntN(6))
	switch m.rng.IntN(6) {
	case 0:
		return func() []Frame { return m.step(id, "s"+strconv.Itoa(m.rng.IntN(2)), status) }
	case 1:
		return func() []Frame { return m.alert(id, "rule") }
	case 2:
		return m.tick
	}
	return func() []Frame { return m.run(id, status) }
}

func (m *model) filter() Filter {
	f := Filter{Topic: []Topic{ExecutionUpdates, ExecutionUpdates, StepUpdates, Alerts, QueueStatus}[m.rng.IntN(5)]}
	if f.Topic.Volatile() {
		return f
	}
	id := runID("abc"[m.rng.IntN(3)], m.rng.IntN(6))
	switch m.rng.IntN(4) {
	case 0:
		f.WorkflowID = id[:1]
	case 1:
		if m.Knows("", id) {
			f.ExecutionID = id
		}
	}
	if f.Topic != Alerts && m.rng.IntN(2) == 0 {
		for range 1 + m.rng.IntN(3) {
			f.Statuses = append(f.Statuses, execution.Status(m.rng.IntN(6)))
		}
	}
	return f
}

func (m *model) watch() {
	f := m.filter()
	for _, v := range m.client.views {
		if (&subscription{filter: v.filter, mask: v.filter.mask()}).same(&f) {
			return
		}
	}
	if len(m.client.views) < m.limits.Subscriptions {
		m.client.watch(f)
	}
}

// again subscribes once more to what is subscribed to.
func (m *model) again() {
	if len(m.client.views) == 0 {
		return
	}
	v := m.client.views[m.rng.IntN(len(m.client.views))]
	if v.valid && m.rng.IntN(2) == 0 {
		m.client.subscribe(v, Request{Filter: v.filter, Since: &Position{Epoch: m.hub.Epoch(), Seq: m.client.position}})
	} else {
		m.client.subscribe(v, Request{Filter: v.filter, Snapshot: true})
	}
}

// cut breaks the connection, maybe in the middle of what is on its way.
func (m *model) cut() {
	if m.rng.IntN(2) == 0 {
		m.client.read(m.while(), m.rng.IntN(5))
	}
	m.client.s.Close()
	for range m.rng.IntN(16) {
		m.source()
	}
	switch m.rng.IntN(12) {
	case 0:
		m.forget()
	case 1:
		m.restart(m.limits)
	case 2:
		m.epochs++
		former := m.backup
		m.backup = m.copy()
		m.restore(former, fmt.Sprint("epoch ", m.epochs), m.limits)
	}
	m.client.views = slices.DeleteFunc(m.client.views, func(v *view) bool { // not in the backup
		return !m.Knows(v.filter.WorkflowID, v.filter.ExecutionID)
	})
	if n := len(m.client.views); n > 1 && m.rng.IntN(3) == 0 { // and is not wanted again
		m.client.views = slices.Delete(m.client.views, n-1, n)
	}
	m.client.connect(m.hub)
	if m.rng.IntN(3) == 0 {
		m.cut()
	}
}

// while is as long as batches are apart, as resumes wait, or as the publisher
// is waited for.
func (m *model) while() time.Duration {
	return []time.Duration{0, 3, 10, 60, 300, 1200}[m.rng.IntN(6)] * time.Millisecond
}

// source lets something happen to the organisation.
func (m *model) source() {
	switch m.rng.IntN(20) {
	case 0, 1, 2:
		m.delay(m.change())
	case 3:
		m.omit(m.change())
	case 4:
		m.mu.Lock()
		m.change()()
		m.behind = nil // nobody says that frames are missing
		m.mu.Unlock()
	default:
		m.publish(m.change())
	}
}

func (m *model) act() {
	c := m.client
	if c.ended != nil {
		m.cut()
	}
	switch n := m.rng.IntN(40); {
	case c.stream && 31 <= n && n < 36: // its subscriptions are in its address
	case n < 20:
		m.source()
	case n < 29:
		c.read(m.while()/10, all)
	case n < 31:
		c.beat()
	case n < 33:
		m.watch()
	case n == 33 && len(c.views) > 1:
		c.unwatch(c.views[m.rng.IntN(len(c.views))])
	case n < 36:
		m.again()
	case n < 38:
		m.cut()
	case n == 38:
		c.read(m.while(), all)
	default: // the source moves while a snapshot is read
		busy := m.rng.IntN(2) == 0
		m.set(func() {
			m.during = nil
			if busy {
				m.during = m.source
			}
		})
	}
}

// live-and-alerts A5 (a): whatever happens to connection, publisher and
// server, who follows the frames ends with the state of the source.
func TestWhoFollowsTheFramesEndsWithTheStateOfTheSource(t *testing.T) {
	t.Parallel()
	for seed := range uint64(120) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, seed)
				for range 250 {
					m.act()
				}
				m.set(func() { m.during = nil })
				m.publish(m.to("a0", execution.Running), m.tick)
				m.client.follow(m.org)
				m.client.drain()
				m.client.check(m.org)
				m.client.s.Close()
			})
		})
	}
}
