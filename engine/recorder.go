package engine

import (
	"fmt"
	"time"

	"flowwatch/engine/resource"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// recordEvery is how often the appliance's own resources and the queues become
// durable. What engines send becomes so with its request.
const recordEvery = 15 * time.Second

// recorder writes what the appliance measures itself: the series of its
// machine, and the queues of all organisations.
type recorder struct {
	engine  *Engine
	crossed chan struct{} // a queue's warning came or went
	failing bool          // the last round was not stored
}

func newRecorder(e *Engine) *recorder { return &recorder{engine: e, crossed: make(chan struct{}, 1)} }

// wake asks for the crossings to be recorded now.
func (r *recorder) wake() {
	select {
	case r.crossed <- struct{}{}:
	default: // one that has not begun yet will see this crossing too
	}
}

// run records until the engine stops.
func (r *recorder) run() {
	ticker := time.NewTicker(recordEvery)
	defer ticker.Stop()
	for {
		select {
		case <-r.engine.stop:
			return
		case <-r.crossed:
			r.record(false)
		case <-ticker.C:
			r.record(true)
		}
	}
}

// record writes the crossings that wait and, when all is due, the present state
// of everything, in one transaction. What cannot be written is not missed: a
// machine that has no room has worse problems, and its alarm says so.
func (r *recorder) record(all bool) {
	e := r.engine
	if e.storage.recordingStopped.Load() {
		return
	}
	var own tsdb.Batch
	if all {
		putReadings(&own, measuredSince(e.machine.board.Present(e.now()), e.now().Add(-recordEvery)))
	}
	var rounds []queueRound
	for _, t := range e.all() {
		if round := t.queueRound(all); len(round.taken) > 0 {
			rounds = append(rounds, round)
		}
	}
	size, sized := e.storage.due()
	if own.Len() == 0 && len(rounds) == 0 && !sized {
		return
	}
	err := e.db.Batch(func(tx *kv.Tx) error {
		if _, err := e.machine.series.Apply(tx, &own); err != nil {
			return fmt.Errorf("resources: %w", err)
		}
		for i := range rounds {
			if err := rounds[i].write(tx); err != nil {
				return fmt.Errorf("queue of %s: %w", rounds[i].tenant.id, err)
			}
		}
		if sized {
			return e.storage.write(tx, &size)
		}
		return nil
	})
	if err == nil && sized {
		e.storage.written(&size)
	}
	if err != nil {
		for i := range rounds {
			rounds[i].tenant.queueLog.putBack(rounds[i].taken)
		}
		if !r.failing {
			e.log.Error("record resources and queues", "err", err)
		}
	}
	r.failing = err != nil
}

// measuredSince leaves out what is older: it was recorded before.
func measuredSince(readings []resource.Reading, since time.Time) (fresh []resource.Reading) {
	for _, r := range readings {
		if r.At.After(since) {
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// queueRound is what is written of one organisation's queue.
type queueRound struct {
	tenant *Tenant
	taken  []QueueSnapshot
	points tsdb.Batch
}

// queueRound takes what is to be written. Of an organisation that has no
// workflow there is nothing to tell.
func (t *Tenant) queueRound(all bool) queueRound {
	round := queueRound{tenant: t}
	t.view.RLock()
	known := len(t.catalogue) > 0
	t.view.RUnlock()
	if !known {
		return round
	}
	var present *QueueSnapshot
	if all {
		s := t.queueSnapshot()
		present = &s
	}
	round.taken = t.queueLog.take(present)
	for i := range round.taken {
		s := &round.taken[i]
		value, at := float64(s.PendingCount), s.RecordedAt.Time()
		putReadings(&round.points, []resource.Reading{
			{Series: resource.NewSeries(resource.QueueDepth, resource.Self), At: at, Value: value},
			{Series: resource.NewSeries(queuePending, resource.Self), At: at, Value: value},
		})
	}
	return round
}

func (r *queueRound) write(tx *kv.Tx) error {
	if _, err := r.tenant.series.Apply(tx, &r.points); err != nil {
		return err
	}
	return r.tenant.recordQueue(tx, r.taken)
}
