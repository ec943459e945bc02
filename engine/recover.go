package engine

import (
	"errors"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// memory is all that a Tenant derives from the store. It is built whole, from
// documents and then the journal behind them, and put in place at once.
type memory struct {
	entries     map[string]*entry
	dirty       map[string]*entry
	seq, cursor uint64
	words       *vocabulary
	storedQueue *queueState // as of the documents; only its window is used

	shown     map[string]*Listed
	unwritten map[string]*Listed
	shownSeq  uint64
	catalogue map[string]*Workflow
	tally     *tally
	queue     *queueState
	running   runningRuns
}

func newMemory() memory {
	return memory{
		entries: map[string]*entry{}, dirty: map[string]*entry{}, words: newVocabulary(),
		shown: map[string]*Listed{}, unwritten: map[string]*Listed{}, catalogue: map[string]*Workflow{},
		tally: newTally(), queue: newQueueState(), storedQueue: newQueueState(), running: runningRuns{},
	}
}

// recover builds the memory of what is committed: at start, and after a
// commit failed. The caller holds state or is alone.
func (t *Tenant) recover() error {
	next := &Tenant{organization: &organization{id: t.id, scope: t.scope, engine: t.engine, memory: newMemory()}}
	next.entire = next
	err := t.engine.db.View(func(tx *kv.Tx) error {
		if err := next.loadStored(tx); err != nil {
			return err
		}
		if err := next.loadActive(tx); err != nil {
			return err
		}
		return next.replay(tx)
	})
	if err != nil {
		return fmt.Errorf("recover organisation %s: %w", t.id, err)
	}
	t.view.Lock()
	t.memory = next.memory
	t.view.Unlock()
	return nil
}

// loadStored reads the small records that stand for all documents.
func (t *Tenant) loadStored(tx *kv.Tx) error {
	if err := t.words.load(tx, t.scope); err != nil {
		return err
	}
	err := counters.Scan(tx, t.scope, kv.Span{}, func(_ []byte, c *counter) (bool, error) {
		counts := c.counts
		t.tally.byWorkflow[c.workflowID] = &counts
		for i, n := range counts {
			t.tally.total[i] += n
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("counters: %w", err)
	}
	err = workflows.Scan(tx, t.scope, kv.Span{}, func(_ []byte, w *Workflow) (bool, error) {
		t.catalogue[w.WorkflowID] = w
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("workflows: %w", err)
	}
	position, err := cursors.Get(tx, t.scope, []byte("documents"))
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cursor: %w", err)
	}
	t.cursor, t.seq, t.shownSeq = position.seq, position.seq, position.seq
	if err := t.queue.readWindow(position.window); err != nil {
		return err
	}
	return t.storedQueue.readWindow(position.window)
}

// loadActive brings the live executions into memory, newest first.
func (t *Tenant) loadActive(tx *kv.Tx) error {
	for _, status := range []execution.Status{execution.Pending, execution.Running, execution.Waiting} {
		var failed error
		span := kv.Span{Prefix: kv.AppendByte(nil, byte(status)), Reverse: true}
		documents.ScanIndex(tx, t.scope, byStatus, span, func(_, primary []byte) bool {
			if len(t.entries) >= liveMax {
				return false
			}
			d, err := documents.Get(tx, t.scope, primary)
			if err != nil {
				failed = fmt.Errorf("document %s: %w", documentID(primary), err)
				return false
			}
			failed = t.loadLive(d)
			return failed == nil
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}

func (t *Tenant) loadLive(d *document) error {
	en, err := t.entryOf(d)
	if err != nil {
		return err
	}
	id := d.summary.ExecutionID
	t.entries[id] = en
	t.shown[id] = &Listed{Summary: d.summary, Seq: d.seq}
	t.running.add(&en.sum, 1)
	if en.sum.status == execution.Pending {
		t.queue.addPending(&en.sum, 1) // the rest of the queue is in the stored window
	}
	return nil
}

// replay applies what the journal holds past the documents. A document may
// already hold some of it: those events are duplicates then.
func (t *Tenant) replay(tx *kv.Tx) error {
	var failed error
	journal.Since(tx, t.scope, t.cursor, func(first, last uint64, data []byte) bool {
		failed = readBlock(first, data, func(e *execution.Event, seq uint64) error {
			en, err := t.find(tx, e.ExecutionID)
			if err != nil {
				return err
			}
			if o := execution.Apply(en.x, e); o == execution.Applied || o == execution.Aside {
				t.dirty[e.ExecutionID] = en
			}
			if t.dirty[e.ExecutionID] == en { // also by what was applied with the event before, see release
				en.seq = max(en.seq, seq)
			}
			return nil
		})
		t.seq = max(t.seq, last)
		return failed == nil
	})
	if failed != nil {
		return fmt.Errorf("replay: %w", failed)
	}
	for id, en := range t.dirty {
		l := &Listed{Summary: en.x.Summary(), Seq: en.seq}
		t.recount(en, &l.Summary)
		t.shown[id], t.unwritten[id] = l, l
		t.learn(&l.Summary)
	}
	for id, en := range t.entries {
		if t.dirty[id] == nil && en.sum.status.Terminal() {
			delete(t.entries, id)
		}
	}
	t.shownSeq = t.seq
	return nil
}
