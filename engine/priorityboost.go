package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	boostEvery      = 15 * time.Second
	boostWishesMax  = 500    // written in one pass; the rest comes with the next
	openLoadedMax   = 10_000 // open wishes read at start
	systemPrincipal = "system:deadlines"
)

// boosts is what deadlines do to the queue of one organisation. Executions that
// have left the queue are forgotten by the next pass.
type boosts struct {
	pass   sync.Mutex   // held over a pass
	mu     sync.RWMutex // guards all below; never held over I/O
	raises map[string]*Raise
	marks  map[string]*BoostMark
	wishes map[string]*PriorityRequest // the latest, of all that are pending or have an open one; not to be changed

	counted   int64 // of raises, those that were queued at countedAt, in Unix ms
	countedAt int64
}

// countEvery is how old the count of raised executions may be: counting is the
// one part of the queue's status that grows with the queue.
const countEvery = time.Second

func newBoosts() boosts {
	return boosts{raises: map[string]*Raise{}, marks: map[string]*BoostMark{}, wishes: map[string]*PriorityRequest{}}
}

// loadBoosts reads the wishes and marks of pending executions, and open wishes of others.
func (t *Tenant) loadBoosts(tx *kv.Tx) error {
	ids := map[string]bool{}
	for id := range t.queue.members {
		ids[id] = true
	}
	open := 0
	priorityRequests.ScanIndex(tx, t.scope, byOpen, kv.Span{}, func(_, primary []byte) bool {
		ids[string(primary)] = true
		open++
		return open < openLoadedMax
	})
	for id := range ids {
		r, err := priorityRequests.Get(tx, t.scope, []byte(id))
		if err == nil {
			t.boosts.wishes[id] = r
		} else if !errors.Is(err, kv.ErrNotFound) {
			return fmt.Errorf("priority request of %s: %w", id, err)
		}
		m, err := boostMarks.Get(tx, t.scope, []byte(id))
		if err == nil {
			t.boosts.marks[id] = m
		} else if !errors.Is(err, kv.ErrNotFound) {
			return fmt.Errorf("boost mark of %s: %w", id, err)
		}
	}
	return nil
}

// note keeps what was stored.
func (b *boosts) note(all []*PriorityRequest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range all {
		kept := *r
		b.wishes[r.ExecutionID] = &kept
	}
}

// count is how many of the queue deadlines raise, as of at most countEvery ago.
// The caller holds view, so that no two count at once.
func (b *boosts) count(queue map[string]execution.Instant, nowMs int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := nowMs - b.countedAt; age >= 0 && age < countEvery.Milliseconds() {
		return b.counted
	}
	b.counted, b.countedAt = 0, nowMs
	for id := range b.raises {
		if _, queued := queue[id]; queued {
			b.counted++
		}
	}
	return b.counted
}

// raiseSoon lets the next pass begin at once: rules or filings have changed.
func (e *Engine) raiseSoon() {
	e.lookSoon()
	select {
	case e.raiseNow <- struct{}{}:
	default:
	}
}

// raiseQueues passes over the queues of all organisations again and again.
func (e *Engine) raiseQueues() {
	ticker := time.NewTicker(boostEvery)
	defer ticker.Stop()
	for {
		for _, t := range e.all() {
			if err := t.raiseQueue(); err != nil {
				e.log.Warn("raise queued executions", "tenant", t.id, "err", err)
			}
		}
		select {
		case <-e.stop:
			return
		case <-ticker.C:
		case <-e.raiseNow:
		}
	}
}

// raiseQueue is one pass: it finds what each queued execution is raised by, and
// wishes for the priority that follows, or no longer. A pass after a restart, or
// a second one at the same time, finds nothing left to do.
func (t *Tenant) raiseQueue() error {
	t.boosts.pass.Lock()
	defer t.boosts.pass.Unlock()
	p := &boostPass{tenant: t, found: t.newRaising(), known: map[string]bool{}, pending: map[string]*Listed{}, raises: map[string]*Raise{}}
	p.look()
	err := t.engine.db.View(func(tx *kv.Tx) error {
		for id, x := range p.pending {
			if r := p.found.of(tx, x); r != nil {
				p.raises[id] = r
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("what raises queued executions: %w", err)
	}
	return p.wish()
}

// boostPass is one look at the queue.
type boostPass struct {
	tenant  *Tenant
	found   *raising
	known   map[string]bool // had a wish or a mark when the pass began
	pending map[string]*Listed
	raises  map[string]*Raise
}

// look takes what is queued; without rules that raise only what had a wish or a mark.
func (p *boostPass) look() {
	t := p.tenant
	t.boosts.mu.RLock()
	for id := range t.boosts.wishes {
		p.known[id] = true
	}
	for id := range t.boosts.marks {
		p.known[id] = true
	}
	t.boosts.mu.RUnlock()
	t.view.RLock()
	defer t.view.RUnlock()
	p.found.know(t.catalogue)
	take := func(id string) {
		if x := t.shown[id]; x != nil && x.Status == execution.Pending {
			p.pending[id] = x
		}
	}
	for id := range p.known {
		take(id)
	}
	if len(p.found.rules) > 0 {
		for id := range t.queue.members {
			take(id)
		}
	}
}

// wish compares the raises with the wishes that there are, shows those that are
// in force, and writes what has to change.
func (p *boostPass) wish() error {
	t := p.tenant
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	p.leaveRemoved()
	wishes := p.show()
	next, err := p.settled(wishes)
	if err != nil {
		return err
	}
	now := t.engine.instant()
	var made []*PriorityRequest
	for id, x := range p.pending {
		r, err := nextWish(wishes[id], &x.Summary, p.raises[id], now)
		if err != nil {
			return err
		}
		if r != nil {
			made = append(made, r)
		}
	}
	slices.SortFunc(made, mostUrgent)
	next = append(next, made...)
	return t.savePriorities(next[:min(len(next), boostWishesMax)])
}

// leaveRemoved forgets what was erased since the pass began. The caller holds change, without which nothing is removed.
func (p *boostPass) leaveRemoved() {
	t := p.tenant
	t.view.RLock()
	defer t.view.RUnlock()
	for id := range p.pending {
		if t.shown[id] == nil {
			delete(p.pending, id)
			delete(p.raises, id)
		}
	}
}

// show puts the raises in force in place, forgets what has left the queue, and
// returns the wishes as they are.
func (p *boostPass) show() map[string]*PriorityRequest {
	b := &p.tenant.boosts
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range p.known {
		if p.pending[id] != nil {
			continue
		}
		delete(b.marks, id)
		if r := b.wishes[id]; r != nil && r.State != PriorityRequested {
			delete(b.wishes, id)
		}
	}
	for id := range p.raises {
		if b.marks[id] != nil || b.wishes[id].byPerson() {
			delete(p.raises, id)
		}
	}
	b.raises, b.countedAt = maps.Clone(p.raises), 0 // what is shown changes; the pass goes on with its own
	return maps.Clone(b.wishes)
}

// settled are open wishes of executions that have left the queue, as far as that
// has settled them.
func (p *boostPass) settled(wishes map[string]*PriorityRequest) (settled []*PriorityRequest, err error) {
	for id, r := range wishes {
		if p.pending[id] != nil || r.State != PriorityRequested || len(settled) == boostWishesMax {
			continue
		}
		x, err := p.tenant.summaryOf(id)
		state := r.seenWith(&x)
		if errors.Is(err, errUnknownExecution) {
			state = PriorityLapsed // it is kept no longer
		} else if err != nil {
			return nil, err
		}
		if state != PriorityRequested {
			next := *r
			next.State = state
			settled = append(settled, &next)
		}
	}
	return settled, nil
}

// mostUrgent orders the wishes of one pass.
func mostUrgent(a, b *PriorityRequest) int {
	if d := b.points() - a.points(); d != 0 {
		return d
	}
	if a.ExecutionID < b.ExecutionID {
		return -1
	}
	return 1
}

// points are those of an open wish; to take one back comes first.
func (r *PriorityRequest) points() int {
	if r.State != PriorityRequested || r.Boost == nil {
		return scoreManual
	}
	return r.Boost.Points
}

// byPerson says that somebody wished, and not a rule.
func (r *PriorityRequest) byPerson() bool {
	return r != nil && r.Boost == nil && r.State != PriorityLapsed
}

// nextWish is what takes the place of the last wish for a queued execution, nil
// when nothing does: a rule wishes for the priority to which its points lead, and
// for none lower than the engine's. It asks once for each rule, period and level.
func nextWish(last *PriorityRequest, x *execution.Summary, raise *Raise, now execution.Instant) (*PriorityRequest, error) {
	if last.byPerson() {
		return nil, nil
	}
	state := PriorityLapsed
	if last != nil {
		state = last.seenWith(x)
	}
	want := x.Priority
	if raise != nil {
		want = raisedTo(last.basePriority(x), raise.Points)
	}
	switch {
	case baseScore(want) <= baseScore(x.Priority): // nothing to wish for
		if last == nil || last.State != PriorityRequested {
			return nil, nil
		}
		next := *last
		if next.State = state; state == PriorityRequested {
			next.State = PriorityLapsed
		}
		return &next, nil
	case state != PriorityLapsed && last.Boost.sameCause(raise) && last.Priority == want.String():
		return nil, nil
	case state == PriorityRequested && last.Priority == want.String():
		next := *last // engines know the command: only its reason is another
		next.Boost, next.Reason = raise, raise.BoostReason
		return &next, nil
	}
	next, err := newWish(x, want, raise.BoostReason, systemPrincipal, now)
	if err != nil {
		return nil, err
	}
	next.Former, next.Boost = last.basePriority(x).String(), raise
	return next, nil
}

// basePriority is the priority that the engine gave by itself: not the one that
// it took from a rule's wish.
func (r *PriorityRequest) basePriority(x *execution.Summary) execution.Priority {
	if r != nil && r.Boost != nil && r.State == PriorityAcknowledged && r.Priority == x.Priority.String() {
		if p, ok := execution.ParsePriority(r.Former); ok {
			return p
		}
	}
	return x.Priority
}
