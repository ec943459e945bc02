package engine

import (
	"fmt"
	"sort"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// checkpoint writes the documents of one organisation that changed until it
// began. It advances the journal cursor with its last slice; what a crash
// leaves half done is replayed, and replay knows each event by its id.
type checkpoint struct {
	tenant  *Tenant
	upTo    uint64
	entries []*entry
	next    int
	saved   []*Workflow // catalogue entries in the slice being written
}

// checkpoint begins one for every organisation with changes when it is time,
// and writes one slice of those begun.
func (w *writer) checkpoint() {
	wished := w.engine.wishes.any()
	if len(w.checkpoints) == 0 && (wished && w.wishWait() == 0 || time.Since(w.lastBegun) >= checkpointEvery) {
		w.lastBegun, w.lastTook = time.Now(), 0
		for _, t := range w.engine.all() {
			if c := t.beginCheckpoint(); c != nil {
				w.checkpoints = append(w.checkpoints, c)
			}
		}
	}
	writing := len(w.checkpoints) > 0
	failed := writing && !w.slice()
	if failed {
		// Nothing is lost: the journal keeps what the documents don't hold yet.
		w.checkpoints, w.lastBegun = nil, time.Now()
	}
	switch {
	case failed:
		w.lastTook = checkpointEvery
	case writing && len(w.checkpoints) == 0:
		w.lastTook = time.Since(w.lastBegun)
	}
	if wished {
		w.engine.wishes.grant(failed)
	}
}

// wishShare is how many times as long as a checkpoint took the writer leaves to
// ingestion before a wish makes it begin another.
const wishShare = 3

// wishWait is how long a wish has to wait for its checkpoint to begin. Small
// ones, as in a quiet office, follow each other at once.
func (w *writer) wishWait() time.Duration {
	return max(0, min(checkpointEvery, (1+wishShare)*w.lastTook)-time.Since(w.lastBegun))
}

// wishDue tells when a wish that waits is due; nil when there is none.
func (w *writer) wishDue() <-chan time.Time {
	if !w.engine.wishes.any() {
		return nil
	}
	return time.After(w.wishWait())
}

// slice writes for at most sliceMax; false means that it failed.
func (w *writer) slice() bool {
	began := time.Now()
	c := w.checkpoints[0]
	err := c.write(w.engine.db, began.Add(sliceMax))
	w.engine.metrics.checkpointed(time.Since(began))
	if err != nil {
		w.engine.log.Error("checkpoint", "tenant", c.tenant.id, "err", err)
		return false
	}
	if c.next == len(c.entries) {
		c.tenant.evict()
		w.checkpoints = w.checkpoints[1:]
	}
	return true
}

func (t *Tenant) beginCheckpoint() *checkpoint {
	if t.stale || len(t.dirty) == 0 && t.cursor == t.seq {
		return nil
	}
	c := &checkpoint{tenant: t, upTo: t.seq, entries: make([]*entry, 0, len(t.dirty))}
	for _, en := range t.dirty {
		c.entries = append(c.entries, en)
	}
	// In the order of their keys they fill pages.
	sort.Slice(c.entries, func(i, j int) bool { return t.sortTime(c.entries[i]) < t.sortTime(c.entries[j]) })
	return c
}

// sortTime is the time by which lists order an execution that is shown. Only the writer may call it: nobody else changes what is
// shown.
func (t *Tenant) sortTime(en *entry) execution.Instant { return t.shown[en.sum.id].SortTime() }

// written pairs an entry with the document that a slice wrote for it.
type written struct {
	entry    *entry
	document *document
	points   measured
}

func (c *checkpoint) write(db *kv.DB, until time.Time) error {
	t := c.tenant
	var done []written
	next := c.next
	t.points.reset()
	err := db.Update(func(tx *kv.Tx) error {
		for ; next < len(c.entries) && (next == c.next || time.Now().Before(until)); next++ {
			en := c.entries[next]
			if t.dirty[en.sum.id] != en {
				continue // reloaded meanwhile
			}
			d := &document{summary: en.x.Summary(), seq: en.seq, data: execution.Encode(nil, en.x, t.words)}
			if err := documents.Replace(tx, t.scope, en.stored, d); err != nil {
				return fmt.Errorf("document %s: %w", en.sum.id, err)
			}
			points := measure(en.x, &d.summary)
			t.points.replace(&en.points, &points, !t.backfill.done.Load())
			done = append(done, written{en, d, points})
		}
		return c.finishSlice(tx, done, next == len(c.entries))
	})
	if err != nil {
		for i := range done {
			t.shiftWindow(&done[i], -1)
		}
		return err
	}
	c.next = next
	t.words.saved()
	t.trends.forget(t.points.days)
	t.engine.loads.forget(t, done)
	t.backfill.kept = t.backfill.done.Load()
	c.settle(done)
	if next == len(c.entries) {
		t.cursor = c.upTo
		t.written.Store(c.upTo)
	}
	return nil
}

// finishSlice writes what must agree with the documents of the same slice.
func (c *checkpoint) finishSlice(tx *kv.Tx, done []written, last bool) error {
	t := c.tenant
	if err := t.words.save(tx, t.scope); err != nil {
		return err
	}
	if err := t.saveCounters(tx, done); err != nil {
		return err
	}
	if err := t.applyPoints(tx); err != nil {
		return err
	}
	for i := range done {
		t.shiftWindow(&done[i], 1)
	}
	position := &cursor{seq: t.cursor, window: t.storedQueue.appendWindow(nil)}
	if last {
		position.seq = c.upTo
		if err := c.saveWorkflows(tx); err != nil {
			return err
		}
		if err := t.trimJournal(tx); err != nil {
			return err
		}
	}
	return cursors.Put(tx, t.scope, position)
}

// shiftWindow moves the stored queue window from an entry's stored document
// to the one written (n = 1) or back (n = -1).
func (t *Tenant) shiftWindow(w *written, n int64) {
	after := contributionOf(&w.document.summary)
	after.status = windowStatus(after.status)
	if w.entry.stored != nil {
		before := contributionOf(&w.entry.stored.summary)
		before.status = windowStatus(before.status)
		t.storedQueue.add(&before, -n)
	}
	t.storedQueue.add(&after, n)
}

// windowStatus keeps pending ones out of the stored window, whose members are
// rebuilt from the documents.
func windowStatus(s execution.Status) execution.Status {
	if s == execution.Pending {
		return execution.Running
	}
	return s
}

func (t *Tenant) saveCounters(tx *kv.Tx, done []written) error {
	delta := newTally()
	for i := range done {
		if done[i].entry.stored != nil {
			before := contributionOf(&done[i].entry.stored.summary)
			delta.add(&before, -1)
		}
		after := contributionOf(&done[i].document.summary)
		delta.add(&after, 1)
	}
	return t.addCounters(tx, delta)
}

func (t *Tenant) addCounters(tx *kv.Tx, delta *tally) error {
	for id, counts := range delta.byWorkflow {
		c, err := counters.Get(tx, t.scope, []byte(id))
		if err != nil {
			c = &counter{workflowID: id}
		}
		for i, n := range counts {
			c.counts[i] += n
		}
		if err := counters.Put(tx, t.scope, c); err != nil {
			return fmt.Errorf("counter %s: %w", id, err)
		}
	}
	return nil
}

func (c *checkpoint) saveWorkflows(tx *kv.Tx) error {
	c.saved = nil
	c.tenant.view.RLock()
	for _, w := range c.tenant.catalogue {
		if w.unsaved {
			c.saved = append(c.saved, w)
		}
	}
	c.tenant.view.RUnlock()
	for _, w := range c.saved {
		if err := workflows.Put(tx, c.tenant.scope, w); err != nil {
			return fmt.Errorf("workflow %s: %w", w.WorkflowID, err)
		}
	}
	return nil
}

// settle forgets what the documents now hold.
func (c *checkpoint) settle(done []written) {
	t := c.tenant
	t.state.Lock()
	defer t.state.Unlock()
	t.view.Lock()
	defer t.view.Unlock()
	for i := range done {
		en, id := done[i].entry, done[i].document.summary.ExecutionID
		en.stored, en.points = keysOnly(done[i].document), done[i].points
		delete(t.dirty, id)
		delete(t.unwritten, id)
		if en.sum.status.Terminal() {
			delete(t.entries, id)
			delete(t.shown, id)
		}
	}
	for _, w := range c.saved {
		if t.catalogue[w.WorkflowID] == w {
			saved := *w
			saved.unsaved = false
			t.catalogue[w.WorkflowID] = &saved
		}
	}
	c.saved = nil
}

// evict keeps the executions in memory within liveMax: the ones silent longest
// stay in their documents until their next event.
func (t *Tenant) evict() {
	if len(t.entries) <= liveMax {
		return
	}
	clean := make([]*entry, 0, len(t.entries))
	for id, en := range t.entries {
		if t.dirty[id] == nil {
			clean = append(clean, en)
		}
	}
	sort.Slice(clean, func(i, j int) bool { return clean[i].seq < clean[j].seq })
	t.state.Lock()
	defer t.state.Unlock()
	t.view.Lock()
	defer t.view.Unlock()
	for _, en := range clean[:min(len(clean), len(t.entries)-liveMax)] {
		delete(t.entries, en.sum.id)
		delete(t.shown, en.sum.id)
	}
}
