package engine

import (
	"errors"
	"sort"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/kv"
)

// How often documents are written, and how long a slice of that may hold up
// the next commit.
const (
	checkpointEvery = time.Second
	sliceMax        = 15 * time.Millisecond
)

// writer is the one goroutine that changes state: it takes all that waits,
// decides, commits once, shows, answers, publishes.
type writer struct {
	engine      *Engine
	storageFull atomic.Bool
	checkpoints []*checkpoint // in progress, the first is being written
	lastBegun   time.Time
	tasks       chan task
	watched     time.Time // when alerts were looked at last
	watches     int
	lastTook    time.Duration // of the last checkpoint that ended, commits between its slices included; 0 while one is written
}

func newWriter(e *Engine) *writer { return &writer{engine: e, tasks: make(chan task)} }

func (w *writer) run() {
	timer := time.NewTicker(checkpointEvery / 4)
	defer timer.Stop()
	var batch []*request
	for {
		w.engine.pulse.turns.Add(1)
		if len(w.checkpoints) == 0 && !w.backfilling() {
			select {
			case <-w.engine.intake.wake:
			case <-w.engine.wishes.wake:
			case <-w.wishDue():
			case <-timer.C:
			case k := <-w.tasks:
				k.done <- k.do(w)
			case <-w.engine.stop:
				w.finish()
				return
			}
		}
		batch = w.engine.intake.take(batch[:0])
		if len(batch) > 0 {
			w.commit(batch)
			clear(batch)
		}
		w.checkpoint()
		w.doTask()
		w.watch()
		if w.backfilling() && !w.backfillSlice() {
			w.finish()
			return
		}
	}
}

// finish serves what is still queued and writes everything into documents.
func (w *writer) finish() {
	for {
		batch := w.engine.intake.take(nil)
		if len(batch) == 0 {
			break
		}
		w.commit(batch)
	}
	w.lastBegun = time.Time{}
	w.checkpoint()
	for failures := 0; len(w.checkpoints) > 0 && failures < 3; {
		if !w.slice() {
			failures++
		}
	}
}

// work is what one commit does to one organisation.
type work struct {
	tenant   *Tenant
	first    uint64 // first seq of the block
	seq      uint64
	events   int
	encoded  []byte
	visited  []*entry
	touched  []*entry
	changes  []change
	payloads []*payload
	spent    []spent      // by steps that ended
	listened bool         // frames are of use; decided once, so that all are made or none
	alerts   *alertWork   // nil: no rule was asked
	raised   []feed.Frame // of alerts
}

// change is one applied event with the state right after it, from which its
// frames are made.
type change struct {
	event  *execution.Event
	entry  *entry
	after  *Listed
	step   execution.Step
	seq    uint64 // of the execution's frame
	former execution.Status
	known  bool // former is meaningful
}

// commit makes a batch durable with one transaction and answers its callers.
func (w *writer) commit(batch []*request) {
	began := time.Now()
	if err := w.probe(); err != nil {
		answer(batch, err)
		return
	}
	works := gather(batch)
	for _, k := range works {
		k.tenant.state.Lock()
	}
	err := w.store(batch, works)
	for _, k := range works {
		if err == nil {
			k.show()
		} else {
			w.reload(k.tenant)
		}
		k.tenant.state.Unlock()
	}
	if err != nil {
		w.checkpoints = nil // begun on memory that was reloaded
		w.storageFull.Store(errors.Is(err, kv.ErrFull))
		w.engine.log.Error("commit", "err", err)
	}
	for _, r := range batch {
		r.receipt.Seq = works[r.tenant].seq
	}
	answer(batch, storeFault(err))
	if err == nil {
		for _, k := range works {
			k.tenant.hub.Publish(k.frames())
			k.tenant.happened()
		}
	}
	w.engine.metrics.committed(time.Since(began))
}

// store decides a batch and makes it durable in one transaction. After an error the memory of its organisations is ahead of the
// store.
func (w *writer) store(batch []*request, works map[*Tenant]*work) error {
	for t := range works {
		if t.stale && !w.reload(t) {
			return errStale
		}
	}
	return w.engine.db.Update(func(tx *kv.Tx) error {
		for _, r := range batch {
			works[r.tenant].decide(tx, r)
		}
		for _, k := range works {
			if err := errors.Join(k.judge(tx), k.write(tx, w.engine.now().UnixMilli())); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge asks the rules about what has changed, in the transaction of the change.
func (k *work) judge(tx *kv.Tx) (err error) {
	if len(k.touched) == 0 || !k.tenant.alerts.rules.Load().watchRuns() {
		return nil
	}
	k.alerts = k.tenant.newAlertWork(tx)
	before := k.seq
	defer func() {
		if errors.Is(err, kv.ErrCorrupt) { // what the disk has damaged of alerts must not keep events out
			k.tenant.engine.log.Error("alerts", "tenant", k.tenant.id, "err", err)
			k.alerts, k.seq, err = nil, before, nil
		}
	}()
	sort.Slice(k.touched, func(i, j int) bool { return k.touched[i].seq < k.touched[j].seq })
	for _, en := range k.touched {
		k.alerts.judgeRun(en, en.ends(), en.spoke)
	}
	k.seq, err = k.alerts.finish(k.seq)
	return err
}

// errStale refuses events for state that the store does not have: they could be taken for duplicates of events that were lost.
var errStale = errors.New("the state of an organisation could not be reloaded")

// reload puts an organisation's memory back to what is committed, and reports whether that worked. The caller holds state.
func (w *writer) reload(t *Tenant) bool {
	err := errors.Join(t.recover(), t.loadAlerts())
	if t.stale = err != nil; t.stale {
		w.engine.log.Error("reload after a failed commit", "tenant", t.id, "err", err)
	}
	return !t.stale
}

// probe finds out, after a commit failed for lack of space, whether there is
// room again, before state is touched and would have to be reloaded.
func (w *writer) probe() error {
	if !w.storageFull.Load() {
		return nil
	}
	const room = 64 << 10
	err := w.engine.db.Update(func(tx *kv.Tx) error {
		return cursors.Put(tx, w.engine.db.System(), &cursor{window: make([]byte, room)})
	})
	w.storageFull.Store(errors.Is(err, kv.ErrFull))
	return storeFault(err)
}

func answer(batch []*request, err error) {
	for _, r := range batch {
		if err != nil {
			r.receipt, r.err = Receipt{}, err
		}
		close(r.done)
	}
}

func gather(batch []*request) map[*Tenant]*work {
	works := make(map[*Tenant]*work, 1)
	for _, r := range batch {
		if works[r.tenant] == nil {
			works[r.tenant] = &work{tenant: r.tenant, first: r.tenant.seq + 1, seq: r.tenant.seq, listened: r.tenant.hub.Listening()}
		}
	}
	return works
}

// decide applies a request's events to the executions in memory.
func (k *work) decide(tx *kv.Tx, r *request) {
	for i := range r.parcels {
		p := &r.parcels[i]
		en, err := k.tenant.find(tx, p.event.ExecutionID)
		if err != nil { // its document cannot be read: a neighbour's events must not wait for the disk to heal
			k.tenant.engine.log.Error("event of an execution whose document is damaged", "tenant", k.tenant.id, "err", err)
			r.receipt.Rejected = append(r.receipt.Rejected, Rejection{Index: p.index, Code: "damaged_execution",
				Message: "what is stored of the execution cannot be read; flowwatch check says more"})
			continue
		}
		if !en.visited {
			en.visited = true
			k.visited = append(k.visited, en)
		}
		switch execution.Apply(en.x, &p.event) {
		case execution.Duplicate:
			r.receipt.Duplicates++
			r.receipt.Repeated = append(r.receipt.Repeated, p.index)
		case execution.Full:
			r.receipt.Rejected = append(r.receipt.Rejected, Rejection{Index: p.index, Code: "too_large",
				Message: "the execution has reached its limit of events"})
		case execution.Aside:
			r.receipt.Accepted++
			k.accept(en, p)
		default:
			r.receipt.Accepted++
			if p.event.Under != "" { // it is a step: whoever reads the journal need not find out again
				p.event.Under = ""
				p.encoded = execution.AppendEvent(nil, &p.event)
			}
			k.accept(en, p)
			k.release(en)
		}
	}
}

// accept notes an applied event for the journal and its frames.
func (k *work) accept(en *entry, p *parcel) {
	e := &p.event
	k.seq += frames(e.Type)
	k.events++
	k.encoded = append(k.encoded, p.encoded...)
	for i := range p.payloads {
		k.payloads = append(k.payloads, &p.payloads[i])
	}
	if !en.touched {
		en.touched = true
		k.touched = append(k.touched, en)
	}
	en.spoke = en.spoke || !e.Type.IsStep()
	en.seq = k.seq
	k.spend(en.x, e)
	c := change{event: e, entry: en, seq: k.seq, former: en.status, known: en.counted}
	if k.listened {
		c.after = &Listed{Summary: en.x.Summary(), Seq: k.seq}
		if e.Type.IsStep() {
			c.step, _ = en.x.Latest(e.StepID)
		}
		en.status, en.counted = c.after.Status, true
		k.changes = append(k.changes, c)
	}
}

// release notes what turned out to be steps by the event that was applied last, as if it had come now: whoever follows the execution, or
// resumes, gets to know of it. A replay finds it a duplicate.
func (k *work) release(en *entry) {
	for _, e := range en.x.Released() {
		k.accept(en, &parcel{event: e, encoded: execution.AppendEvent(nil, &e)})
	}
}

// write adds the organisation's part to the transaction.
func (k *work) write(tx *kv.Tx, atMs int64) error {
	if k.events == 0 {
		return nil
	}
	t := k.tenant
	if err := journal.Append(tx, t.scope, k.first, k.seq, appendBlock(nil, atMs, k.events, k.encoded)); err != nil {
		return err
	}
	for _, p := range k.payloads {
		if err := payloads.Replace(tx, t.scope, nil, p); err != nil {
			return err
		}
	}
	return nil
}

// show makes the committed state visible. The caller holds state.
func (k *work) show() {
	t := k.tenant
	t.seq = k.seq
	t.view.Lock()
	for _, en := range k.touched {
		l := &Listed{Summary: en.x.Summary(), Seq: en.seq}
		t.recount(en, &l.Summary)
		t.shown[l.ExecutionID], t.unwritten[l.ExecutionID] = l, l
		t.dirty[l.ExecutionID] = en
		t.learn(&l.Summary)
	}
	t.shownSeq = k.seq
	t.view.Unlock()
	t.consumption.add(k.spent, t.engine.now().UnixMilli())
	if k.alerts != nil {
		k.raised = k.alerts.settle()
	}
	for _, en := range k.visited {
		en.visited, en.touched, en.spoke = false, false, false
		if s := en.sum; s.counted && s.status.Terminal() && t.dirty[s.id] == nil {
			delete(t.entries, s.id) // only duplicates came for a finished one
		}
	}
}

// recount replaces what an execution adds to the counters. The caller holds
// state and view.
func (t *Tenant) recount(en *entry, s *execution.Summary) {
	t.tally.add(&en.sum, -1)
	t.queue.add(&en.sum, -1)
	t.running.add(&en.sum, -1)
	en.sum, en.concluded = contributionOf(s), en.x.Concluded()
	en.status, en.counted = s.Status, true
	t.tally.add(&en.sum, 1)
	t.queue.add(&en.sum, 1)
	t.running.add(&en.sum, 1)
}

// frames makes the live frames of the work's changes, in seq order.
func (k *work) frames() []feed.Frame {
	out := make([]feed.Frame, 0, 2*len(k.changes))
	for i := range k.changes {
		c := &k.changes[i]
		if c.event.Type.IsStep() && c.step.StepID != "" { // else it is aside
			out = append(out, k.tenant.stepFrame(c))
		}
		out = append(out, k.tenant.executionFrame(c))
	}
	if !k.listened {
		return out
	}
	return append(out, k.raised...)
}
