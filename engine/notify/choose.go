package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

const (
	catchUpMin   = 5             // episodes that wait; more are told in one digest after an outage
	lateAfter    = fallbackAfter // a message that waited longer says so
	lateGroup    = "late"
	firingPrefix = "firing:"
	clearPrefix  = "clear:"
)

// ready is a row that could be sent now.
type ready struct {
	row      *Row
	record   *alert.Record
	thread   string // Message.Key of the first message about the record to the target
	released bool   // it does not wait for its group
	digested bool   // of Resolved: the target heard of the record in a digest
}

// group is the name under which the row is told with others; "": it goes alone.
func (w *ready) group() string {
	if g := w.row.group(); g != "" || w.row.Alone || !w.digested {
		return g
	}
	return clearPrefix + string(w.row.Group)
}

// message is what is sent at once.
type message struct {
	parts  []*ready // in the order of their rows
	groups []string // whose windows begin
	urgent bool     // it goes over the hourly limit
	probe  bool     // nobody was reached before: only its first row is noted until somebody is
}

// choose takes the message that the oldest row that need not wait belongs to.
func (k *look) choose() {
	k.pick()
	if m := k.verdict.message; m != nil {
		m.probe = k.lane.Open.Present()
	}
}

func (k *look) pick() {
	k.ready = slices.DeleteFunc(k.ready, func(w *ready) bool { return !w.row.open() })
	waiting := k.ready
	urgentOnly := false
	if until, spent := k.lane.spent(k.now); spent {
		k.verdict.again(until)
		waiting = slices.DeleteFunc(slices.Clone(waiting), func(w *ready) bool { return !w.row.urgent() })
		if k.lane.UrgentAt.Present() && k.lane.UrgentAt <= k.now && k.lane.UrgentAt+groupWindow > k.now {
			k.verdict.again(k.lane.UrgentAt + groupWindow)
			waiting = nil
		}
		urgentOnly = true
	}
	if len(waiting) == 0 {
		return
	}
	if urgentOnly || k.catchingUp(waiting) {
		k.take(func(w *ready) bool { return w.gathers() && (!urgentOnly || w.row.urgent()) }, urgentOnly)
		if k.verdict.message != nil {
			return
		}
	}
	for _, w := range waiting {
		if w.retried() {
			k.take(func(o *ready) bool { return o.retried() && o.row.Message == w.row.Message }, urgentOnly)
			return
		}
		group := w.group()
		if group == "" {
			k.verdict.message = &message{parts: []*ready{w}, urgent: urgentOnly}
			return
		}
		until, yes := k.window(w, group)
		if !yes {
			until, yes = w.awaits(k.now)
		}
		if yes {
			k.verdict.again(until)
			continue
		}
		k.take(func(o *ready) bool {
			_, waits := k.window(o, group)
			return o.gathers() && o.group() == group && (!urgentOnly || o.row.urgent()) && !waits
		}, urgentOnly)
		return
	}
}

// tried says that the row's group has waited for it before.
func (w *ready) tried() bool { return w.released || w.row.Message != 0 }

// window says until when the row's group was told too lately.
func (k *look) window(w *ready, group string) (execution.Instant, bool) {
	if w.tried() {
		return 0, false
	}
	return k.lane.window(group, k.now)
}

// retried says that the target may have the row's message already: it is tried again as it was, under the same key.
func (w *ready) retried() bool { return w.row.Message != 0 && w.row.Attempts > 0 && !w.row.Alone }

// gathers says that the row may be told with others.
func (w *ready) gathers() bool {
	return !w.row.Alone && !w.retried() && w.row.Transition != alert.Tested
}

// awaits says until when the first row of a group waits for others: late records, and all-clears of what was told in a digest.
func (w *ready) awaits(now execution.Instant) (until execution.Instant, yes bool) {
	switch {
	case w.tried():
	case w.group() == lateGroup:
		until = w.row.CreatedAt + lateWait
	case w.digested && w.row.Transition == alert.ResolvedAway:
		until = w.row.CreatedAt + allClearWait
	}
	return until, until > now
}

// catchingUp says that so much waits since an outage that it is told at once.
func (k *look) catchingUp(waiting []*ready) bool {
	late := k.lane.Failing.Present()
	records := map[string]bool{}
	for _, w := range waiting {
		if w.gathers() {
			records[w.row.RecordID] = true
			late = late || k.now-w.row.Due > lateAfter
		}
	}
	return late && len(records) > catchUpMin
}

// take makes the message of all that are ready and belong to it.
func (k *look) take(belongs func(*ready) bool, urgent bool) {
	m := &message{urgent: urgent}
	for _, w := range k.ready {
		if !belongs(w) {
			continue
		}
		m.parts = append(m.parts, w)
		if g := w.group(); g != "" && !slices.Contains(m.groups, g) {
			m.groups = append(m.groups, g)
		}
	}
	if len(m.parts) > 0 {
		k.verdict.message = m
	}
}

// first is the number that the message is noted under.
func (m *message) first() uint64 { return m.parts[0].row.Seq }

// noted are the parts whose rows say what happens to the message while it is not known whether anybody can be reached.
func (m *message) noted() []*ready {
	if m.probe {
		return m.parts[:1]
	}
	return m.parts
}

// key is the message's idempotency key: that of its only row, or one made of all of them.
func (m *message) key() string {
	if len(m.parts) == 1 {
		return m.parts[0].row.Key
	}
	sum := sha256.New()
	for _, w := range m.parts {
		sum.Write([]byte(w.row.Key))
		sum.Write([]byte{0})
	}
	return "digest:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// notice is what the message tells.
func (m *message) notice(to Target, now execution.Instant) *Notice {
	n := &Notice{To: to, Key: m.key(), Now: now, Digest: len(m.parts) > 1}
	for _, w := range m.parts {
		r := w.row
		n.Items = append(n.Items, Item{
			Transition: r.Transition, Record: w.record, Fallback: r.Fallback, Delayed: r.Delayed || r.Late || now-r.Due > lateAfter,
		})
	}
	if !n.Digest {
		n.Thread = m.parts[0].thread
		return n
	}
	slices.SortStableFunc(n.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(severityRank(a.Record.Severity), severityRank(b.Record.Severity)),
			cmp.Compare(a.Record.TriggeredAt, b.Record.TriggeredAt))
	})
	return n
}
