package engine

import (
	"errors"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/kv"
)

// removedAtOnce bounds the executions that one transaction removes, so that ingestion does not wait long for its turn.
const removedAtOnce = 200

// task is what the writer does for somebody between two commits.
type task struct {
	do   func(w *writer) error
	done chan error
}

// between lets the writer do something between two commits, while nothing else changes the state of executions, and returns its error. do must be
// short. After Close it is fault.Unavailable.
func (e *Engine) between(do func(w *writer) error) error {
	k := task{do: do, done: make(chan error, 1)}
	select {
	case e.writer.tasks <- k:
		return <-k.done
	case <-e.stop:
		return errStopping
	}
}

// doTask does one task that waits, if there is one.
func (w *writer) doTask() {
	select {
	case k := <-w.tasks:
		k.done <- k.do(w)
	default:
	}
}

// flush writes all that an organisation's documents lack. Only the writer calls it.
func (w *writer) flush(t *Tenant) error {
	if t.stale {
		t.state.Lock()
		reloaded := w.reload(t)
		t.state.Unlock()
		if !reloaded {
			return errStale
		}
	}
	for t.beginCheckpoint() != nil {
		if len(w.checkpoints) == 0 {
			w.checkpoints = append(w.checkpoints, t.beginCheckpoint())
		}
		if !w.slice() {
			w.checkpoints = nil
			return fmt.Errorf("organisation %s: its documents cannot be written", t.id)
		}
	}
	if t.cursor != t.seq || len(t.dirty) > 0 {
		return fmt.Errorf("organisation %s: its documents lack something", t.id)
	}
	return nil
}

// removed is what has left with executions.
type removed struct {
	Executions int64 `json:"executions"`
	StepData   int64 `json:"stepData"` // inputs and outputs
}

func (r *removed) add(other removed) {
	r.Executions += other.Executions
	r.StepData += other.StepData
}

// removeExecutions lets the writer remove. No wish is made of them meanwhile.
func (t *Tenant) removeExecutions(ids []string, leave func(s *execution.Summary, seq uint64) bool) (gone removed, err error) {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	err = t.engine.between(func(w *writer) error {
		gone, err = w.remove(t, ids, leave)
		return err
	})
	return gone, err
}

// remove takes executions out of documents, counters and memory, with their inputs, outputs and wishes, in one transaction. Those that are unknown, or
// that leave does not want gone, stay. Their points stay too: numbers tell nothing of whom an execution was about. Only the writer calls it.
func (w *writer) remove(t *Tenant, ids []string, leave func(s *execution.Summary, seq uint64) bool) (removed, error) {
	var out removed
	if err := w.flush(t); err != nil {
		return out, err
	}
	var gone []*document
	uncounted := false
	err := t.engine.db.Update(func(tx *kv.Tx) error {
		for _, id := range ids {
			d, err := t.loadDocument(tx, id)
			if err != nil {
				return err
			}
			if d == nil || !leave(&d.summary, d.seq) {
				continue
			}
			n, err := t.removeDocument(tx, d)
			if err != nil {
				return fmt.Errorf("remove %s: %w", id, err)
			}
			gone, out.StepData = append(gone, d), out.StepData+n
		}
		uncounted = true
		t.shiftStored(gone, -1)
		return t.uncount(tx, gone)
	})
	if err != nil {
		if uncounted {
			t.shiftStored(gone, 1)
		}
		return removed{}, storeFault(fmt.Errorf("remove executions: %w", err))
	}
	out.Executions = int64(len(gone))
	t.forgetRemoved(gone)
	return out, nil
}

// removeDocument deletes what is stored under an execution's id.
func (t *Tenant) removeDocument(tx *kv.Tx, d *document) (stepData int64, err error) {
	id := d.summary.ExecutionID
	if err := documents.Replace(tx, t.scope, d, nil); err != nil {
		return 0, err
	}
	stepData, err = t.removePayloads(tx, id)
	return stepData, errors.Join(err,
		priorityRequests.Delete(tx, t.scope, &PriorityRequest{ExecutionID: id}),
		boostMarks.Delete(tx, t.scope, &BoostMark{ExecutionID: id}))
}

// removePayloads deletes all inputs and outputs of an execution.
func (t *Tenant) removePayloads(tx *kv.Tx, id string) (n int64, err error) {
	var all []*payload
	payloads.ScanRaw(tx, t.scope, kv.Span{Prefix: kv.AppendString(nil, id)}, func(key, data []byte) bool {
		p, bad := decodePayload(key, data)
		if bad == nil {
			all = append(all, p)
		}
		err = errors.Join(err, bad)
		return true
	})
	for _, p := range all {
		err = errors.Join(err, payloads.Replace(tx, t.scope, p, nil))
	}
	return int64(len(all)), err
}

// shiftStored takes stored documents out of the stored queue window (n = -1), or puts them back.
func (t *Tenant) shiftStored(all []*document, n int64) {
	for _, d := range all {
		c := contributionOf(&d.summary)
		c.status = windowStatus(c.status)
		t.storedQueue.add(&c, n)
	}
}

// uncount takes documents out of the stored counters.
func (t *Tenant) uncount(tx *kv.Tx, gone []*document) error {
	delta := newTally()
	for _, d := range gone {
		c := contributionOf(&d.summary)
		delta.add(&c, -1)
	}
	if err := t.addCounters(tx, delta); err != nil {
		return err
	}
	return cursors.Put(tx, t.scope, &cursor{seq: t.cursor, window: t.storedQueue.appendWindow(nil)})
}

// forgetRemoved takes executions out of memory, after their documents are gone.
func (t *Tenant) forgetRemoved(gone []*document) {
	t.state.Lock()
	t.view.Lock()
	for _, d := range gone {
		id, c := d.summary.ExecutionID, contributionOf(&d.summary)
		t.tally.add(&c, -1)
		t.queue.add(&c, -1)
		t.running.add(&c, -1)
		delete(t.entries, id)
		delete(t.shown, id)
	}
	t.view.Unlock()
	t.state.Unlock()
	t.attention.forget()
	t.boosts.mu.Lock()
	for _, d := range gone {
		delete(t.boosts.raises, d.summary.ExecutionID)
		delete(t.boosts.marks, d.summary.ExecutionID)
		delete(t.boosts.wishes, d.summary.ExecutionID)
	}
	t.boosts.countedAt = 0
	t.boosts.mu.Unlock()
	t.engine.loads.forgetRuns(t, gone)
}

// forgetJournal empties the journal of all that the documents hold, and what live clients could resume with: they begin with a snapshot. Only the
// writer calls it.
func (w *writer) forgetJournal(t *Tenant) error {
	if err := w.flush(t); err != nil {
		return err
	}
	err := t.engine.db.Update(func(tx *kv.Tx) error {
		return errors.Join(journal.Blank(tx, t.scope, appendBlock(nil, 0, 0, nil)), signals.Blank(tx, t.scope, []byte("{}")))
	})
	if err != nil {
		return storeFault(fmt.Errorf("empty journal: %w", err))
	}
	t.hub.Forget(feed.Erased)
	return nil
}
