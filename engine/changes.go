package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/kv"
)

// A Tenant is the source of its hub: state for snapshots, journal for resume.
var _ feed.Source = (*Tenant)(nil)

// snapshotMax bounds the executions of one snapshot; the newest are sent.
const snapshotMax = 10_000

// resumeEventsMax is how many journal events a resume reads at most; a client
// that missed more gets a snapshot.
const resumeEventsMax = 50_000

// Snapshot emits the state that matches f and returns the seq it is of: it
// holds every change up to that seq and none after.
func (t *Tenant) Snapshot(f feed.Filter, emit func(items []json.RawMessage)) (uint64, error) {
	switch f.Topic {
	case feed.ExecutionUpdates:
		listed, asOf, err := t.snapshotOf(f)
		if err != nil {
			return 0, err
		}
		now := t.engine.instant()
		items := make([]json.RawMessage, len(listed))
		for i, l := range listed {
			items[i] = appendJSON(nil, newExecutionUpdate(l, t.WorkflowName(&l.Summary), t.Hides(), l.LastEventAt, now))
		}
		emit(items)
		return asOf, nil
	case feed.StepUpdates:
		return t.snapshotSteps(f, emit)
	case feed.QueueStatus:
		s := t.Queue()
		emit([]json.RawMessage{appendJSON(nil, s)})
	case feed.MetricsStream:
		frame := t.metricsFrame()
		emit([]json.RawMessage{frame.Data(nil)})
	case feed.Alerts:
		return t.snapshotAlerts(f, emit)
	default:
		emit(nil)
	}
	return t.Seq(), nil
}

// snapshotOf returns what execution_updates begins with: the execution named,
// whatever its state, else all live ones that match.
func (t *Tenant) snapshotOf(f feed.Filter) ([]*Listed, uint64, error) {
	t.view.RLock()
	asOf := t.shownSeq
	if f.ExecutionID != "" {
		l := t.shown[f.ExecutionID]
		t.view.RUnlock()
		if l != nil && !t.sees(l.ClientRef) {
			return nil, asOf, nil
		}
		if l == nil {
			var err error
			if l, err = t.storedListed(f.ExecutionID); err != nil || l == nil {
				return nil, asOf, err
			}
			asOf = max(asOf, l.Seq)
		}
		if !f.Matches(l.WorkflowID, l.ExecutionID, l.Status) {
			return nil, asOf, nil
		}
		return []*Listed{l}, asOf, nil
	}
	var out []*Listed
	for _, l := range t.shown {
		if !l.Status.Terminal() && t.sees(l.ClientRef) && f.Matches(l.WorkflowID, l.ExecutionID, l.Status) {
			out = append(out, l)
		}
	}
	t.view.RUnlock()
	sort.Slice(out, func(i, j int) bool { return newer(out[i], out[j]) })
	return out[:min(len(out), snapshotMax)], asOf, nil
}

// newer orders lists: newest first by time, then by id.
func newer(a, b *Listed) bool {
	x, y := a.SortTime(), b.SortTime()
	return x > y || x == y && a.ExecutionID > b.ExecutionID
}

// snapshotSteps emits the steps of the one execution the filter names.
func (t *Tenant) snapshotSteps(f feed.Filter, emit func([]json.RawMessage)) (uint64, error) {
	if f.ExecutionID == "" {
		emit(nil)
		return t.Seq(), nil
	}
	var items []json.RawMessage
	asOf := t.Seq()
	err := t.withExecution(f.ExecutionID, func(x *execution.Execution, present uint64) {
		asOf = max(asOf, present) // it may have changed meanwhile, and nothing else is asked for
		s := x.Summary()
		if !f.Matches(s.WorkflowID, s.ExecutionID, s.Status) {
			return
		}
		for _, step := range x.Steps() {
			items = append(items, appendJSON(nil, newStepUpdate(&s, &step, t.Hides(), s.LastEventAt)))
		}
	})
	if err != nil && !errors.Is(err, errUnknownExecution) { // it may have become another client's
		return 0, err
	}
	emit(items)
	return asOf, nil
}

// storedListed reads an execution that is not in memory; nil when unknown, or
// of a client whom the handle does not show.
func (t *Tenant) storedListed(id string) (*Listed, error) {
	var l *Listed
	err := t.engine.db.View(func(tx *kv.Tx) error {
		d, err := t.loadDocument(tx, id)
		if d != nil && t.sees(d.summary.ClientRef) {
			l = &Listed{Summary: d.summary, Seq: d.seq}
		}
		return err
	})
	return l, err
}

// Knows reports whether a subscription to these ids is one to something.
// Empty ids are not asked about.
func (t *Tenant) Knows(workflowID, executionID string) bool {
	t.view.RLock()
	workflowKnown := workflowID == "" || t.catalogue[workflowID] != nil || t.tally.byWorkflow[workflowID] != nil
	shown := t.shown[executionID]
	t.view.RUnlock()
	switch {
	case !workflowKnown || executionID == "":
		return workflowKnown
	case shown != nil:
		return t.sees(shown.ClientRef)
	}
	l, err := t.storedListed(executionID)
	return err == nil && l != nil
}

// missed is what changed past a seq: each execution and step once.
type missed struct {
	executions map[string]uint64
	steps      map[[2]string]uint64
	alerts     []feed.Frame
	events     int
}

var errTooMuch = fmt.Errorf("more was missed than a resume replays")

// Since returns a frame for each execution, step and alert that changed after seq,
// with its present state and the seq of its last change. ok is false when the
// journal does not reach back so far or more than limit changed. Frames name
// their client: whoever sees some only is given those of theirs by the hub.
func (t *Tenant) Since(seq uint64, limit int) ([]feed.Frame, bool) {
	t = t.entire
	if seq > t.Seq() {
		return nil, false
	}
	m := missed{executions: map[string]uint64{}, steps: map[[2]string]uint64{}}
	err := t.engine.db.View(func(tx *kv.Tx) error { return t.readMissed(tx, seq, limit, &m) })
	if err != nil {
		return nil, false
	}
	out := m.alerts
	for id, last := range m.executions {
		err := t.withExecution(id, func(x *execution.Execution, present uint64) {
			out = append(out, t.missedFrames(x, last, m.steps)...)
		})
		if err != nil {
			return nil, false
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Seq < out[j].Seq })
	return out, len(out) <= limit
}

// readMissed walks the journal, from the block in which seq lies: where that was emptied, something that the client may show was erased; where it is from
// before a clean-up, it may have been removed. What is committed after it ends is published to the session that asks, which is registered already.
func (t *Tenant) readMissed(tx *kv.Tx, seq uint64, limit int, m *missed) error {
	reach, failed := false, error(nil)
	journal.Since(tx, t.scope, max(seq, 1)-1, func(first, last uint64, data []byte) bool {
		if !reach {
			if failed = t.vouches(tx, seq, first, data); failed != nil {
				return false
			}
		}
		reach = true
		if emptied(data) {
			failed = errTooMuch
			return false
		}
		if last <= seq {
			return true
		}
		failed = readBlock(first, data, func(e *execution.Event, at uint64) error {
			if at <= seq {
				return nil
			}
			m.executions[e.ExecutionID] = at
			if e.Type.IsStep() && at-1 > seq {
				m.steps[[2]string{e.ExecutionID, e.StepID}] = at - 1
			}
			if m.events++; m.events > resumeEventsMax || len(m.executions)+len(m.steps) > limit {
				return errTooMuch
			}
			return nil
		})
		return failed == nil
	})
	if failed == nil {
		m.alerts, failed = t.missedAlerts(tx, seq, limit)
	}
	return failed
}

// vouches is nil if a client that stands in the first block that is left, or right before it, shows nothing that has gone.
func (t *Tenant) vouches(tx *kv.Tx, seq, first uint64, data []byte) error {
	if first > seq+1 {
		return errTooMuch
	}
	at, _, _, err := blockTime(data)
	if err != nil {
		return err
	}
	removed, err := t.removedSince(tx, at)
	if err == nil && removed {
		err = errTooMuch
	}
	return err
}

// emptied reports whether what a block of the journal held was erased.
func emptied(data []byte) bool {
	at, events, _, err := blockTime(data)
	return err == nil && events == 0 && at == 0
}

// missedFrames makes the frames of one execution and its changed steps.
func (t *Tenant) missedFrames(x *execution.Execution, last uint64, steps map[[2]string]uint64) []feed.Frame {
	l := &Listed{Summary: x.Summary(), Seq: last}
	var out []feed.Frame
	for _, step := range x.Steps() {
		seq, ok := steps[[2]string{l.ExecutionID, step.StepID}]
		if !ok {
			continue
		}
		c := change{event: &execution.Event{Timestamp: l.LastEventAt}, after: l, step: step, seq: seq + 1}
		out = append(out, t.stepFrame(&c))
	}
	c := change{event: &execution.Event{Timestamp: l.LastEventAt}, after: l, seq: last}
	return append(out, t.executionFrame(&c))
}
