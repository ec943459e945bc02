package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// storeRetry is the pause before a transaction is tried again that the store refused.
const storeRetry = execution.Instant(5 * time.Second)

// Points of a delivery at which a test may let the process die.
const (
	pointLeased = "leased"
	pointSent   = "sent"
	pointMarked = "marked"
)

var errDied = errors.New("the process has ended")

// worker looks at one target and sends at most one message.
type worker struct {
	round  *round
	office Office
	name   name
	all    bool
	jitter float64 // from 0 to 1
	found  *verdict
	mended bool // the channel was paused until this message
}

// work returns when to look at the target again.
func (w *worker) work(p *post) result {
	next, err := w.deliver()
	if w.mended {
		w.round.Reconsider(w.name.scope) // its other targets wait for the end of a pause that is over
	}
	now := w.round.now()
	if err != nil && !errors.Is(err, errDied) {
		w.round.options.Log.Error("a message is not delivered yet", "channel", w.name.channel, "target", maskTarget(w.name.channel, w.name.address), "err", err)
		next = now + storeRetry
	}
	x := result{post: p, next: time.Now().Add(time.Duration(next - now))}
	if w.found != nil {
		x.read, x.blocked = w.found.read, w.found.blocked
	}
	return x
}

// update runs fn in a write transaction, unless the process has ended.
func (w *worker) update(fn func(tx *kv.Tx) error) error {
	w.round.budget.await(w.round.sending)
	return w.round.db.Batch(func(tx *kv.Tx) error {
		if w.round.died() {
			return errDied
		}
		began := time.Now()
		defer func() { w.round.budget.spend(time.Now(), time.Since(began)) }()
		return fn(tx)
	})
}

// reached says whether the process dies at the point.
func (w *worker) dies(point string) bool {
	if w.round.options.fault != nil && w.round.options.fault(point) {
		w.round.die()
		return true
	}
	return false
}

func (w *worker) deliver() (next execution.Instant, err error) {
	now := w.round.now()
	err = w.round.db.View(func(tx *kv.Tx) error {
		k := &look{tx: tx, office: w.office, scope: w.name.scope, now: now, all: w.all}
		w.found, err = k.at(w.name.channel, w.name.address)
		return err
	})
	if err != nil {
		return now, err
	}
	if err := w.settle(now); err != nil {
		return now, err
	}
	m := w.found.message
	if m == nil {
		return w.found.next, nil
	}
	sender, to, err := w.office.Route(m.parts[0].row.To)
	if err != nil {
		return now, w.refuse(m, failureOf(misrouted(err)), now)
	}
	if leased, err := w.lease(m, now); err != nil || !leased {
		return now + execution.Instant(surveyPause), err
	}
	if w.dies(pointLeased) {
		return now, errDied
	}
	return w.send(m, sender, to)
}

// misrouted gives an error of Route its class.
func misrouted(err error) error {
	var f *Failure
	if errors.As(err, &f) {
		return err
	}
	return Fail(Misconfigured, err)
}

// settle stores what the look decided, in slices.
func (w *worker) settle(now execution.Instant) error {
	for part := range slices.Chunk(w.found.changes, sendSliceMax) {
		if err := w.update(func(tx *kv.Tx) error { return apply(tx, w.office, part, now) }); err != nil {
			return err
		}
	}
	if len(w.found.clears) > 0 {
		err := w.update(func(tx *kv.Tx) error {
			for _, c := range w.found.clears {
				if err := tellOver(tx, w.office, c, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.found.again(now)
	}
	for part := range slices.Chunk(w.found.fallbacks, fallbackSliceMax) {
		planned := make([][]Row, len(part))
		var transitions []string
		first := func(transition string) bool {
			if w.round.considered.has(transition) {
				return false
			}
			transitions = append(transitions, transition)
			return true
		}
		err := w.round.db.View(func(tx *kv.Tx) (err error) {
			for i, seq := range part {
				if planned[i], err = planFallBack(tx, w.office, seq, now, first); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = w.update(func(tx *kv.Tx) error {
			for i, seq := range part {
				if err := storeFallBack(tx, w.office, seq, planned[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.round.considered.add(transitions)
		w.round.Wake()
	}
	return nil
}

// lease marks the message's rows as being sent. What is not open any more is left out; false: nothing is left, or another target of the
// channel tries it just now.
func (w *worker) lease(m *message, now execution.Instant) (leased bool, err error) {
	noted, told := m.noted(), len(m.parts)
	kept := make([]*ready, 0, told)
	first := m.first()
	for i := 0; i < len(noted); i += sendSliceMax {
		var open []*ready
		busy := false
		err := w.update(func(tx *kv.Tx) (err error) {
			open, busy = open[:0], false
			if i == 0 {
				if busy, err = w.leaseLane(tx, m, now); err != nil || busy {
					return err
				}
			}
			for _, p := range noted[i:min(i+sendSliceMax, len(noted))] {
				r, err := edit(tx, w.name.scope, p.row.Seq, func(r *Row) { r.State, r.At, r.Message, r.Told = Sending, now, first, told })
				if err != nil {
					return err
				}
				if r != nil {
					open = append(open, p)
				}
			}
			return nil
		})
		if err != nil || busy {
			return false, err
		}
		kept = append(kept, open...)
	}
	if len(kept) < len(noted) {
		m.parts = append(kept, m.parts[len(noted):]...)
	}
	return len(m.parts) > 0, nil
}

// leaseLane notes the message in the target's state. busy: its channel is tried by another target just now.
func (w *worker) leaseLane(tx *kv.Tx, m *message, now execution.Instant) (busy bool, err error) {
	if whole(w.name.channel) {
		channel, err := readLane(tx, w.name.scope, w.name.channel, "")
		if err != nil {
			return false, err
		}
		if channel.Paused != "" {
			if _, blocked := channel.blocked(now); blocked {
				return true, nil
			}
			channel.ResumeAt = now + pauseProbe
			if err := lanes.Put(tx, w.name.scope, channel); err != nil {
				return false, err
			}
		}
	}
	l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
	if err != nil {
		return false, err
	}
	l.refill(now)
	l.Tokens = max(0, l.Tokens-1)
	l.opened(m.groups, now)
	if m.urgent {
		l.UrgentAt = now
	}
	l.At = now
	return false, lanes.Put(tx, w.name.scope, l)
}

// send tries the message once and notes what came of it.
func (w *worker) send(m *message, sender Sender, to Target) (next execution.Instant, err error) {
	start := w.round.now()
	composed, err := w.office.Compose(m.notice(to, start))
	if err == nil {
		ctx, cancel := context.WithTimeout(w.round.sending, tryTimeout)
		err = sender.Send(ctx, to, composed)
		cancel()
	} else {
		err = Fail(Permanent, fmt.Errorf("compose: %w", err))
	}
	if w.dies(pointSent) || w.round.died() || (err != nil && w.round.sending.Err() != nil) {
		return start, errDied // whether it arrived is not known: it is tried again after the next start
	}
	now := w.round.now()
	for {
		var stored error
		if err == nil {
			stored = w.arrived(m, composed, now)
		} else {
			stored = w.refuse(m, failureOf(err), now)
		}
		if stored == nil || errors.Is(stored, errDied) || errors.Is(stored, kv.ErrClosed) {
			w.dies(pointMarked)
			return now, stored
		}
		w.round.options.Log.Error("the outcome of a message cannot be stored yet", "channel", w.name.channel, "err", stored)
		pause := time.NewTimer(time.Duration(storeRetry))
		select {
		case <-pause.C:
		case <-w.round.sending.Done():
			pause.Stop()
			return now, stored
		}
	}
}
