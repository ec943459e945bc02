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
	round   *round
	office  Office
	name    name
	all     bool
	blocked bool              // nothing was sent to it when it was looked at before
	until   execution.Instant // nor will be before, if it was blocked
	jitter  float64           // from 0 to 1
	found   *verdict
	mended  bool // the channel was paused until this message
}

// work returns when to look at the target again.
func (w *worker) work(p *post) result {
	step := w.deliver
	if p.name.channel == Subscribed {
		step = func() (execution.Instant, error) { return w.follow(&p.memory) }
	}
	next, err := step()
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
		x.read, x.blocked, x.rest, x.until = w.found.read, w.found.blocked, w.found.rest, w.found.until
	}
	return x
}

// update runs fn in a write transaction, unless the process has ended.
func (w *worker) update(fn func(tx *kv.Tx) error) error {
	account := &w.round.budget
	if w.name.channel == Subscribed {
		account = &w.round.telling // what programs are told must not hold up what people are
	}
	account.await(w.round.sending)
	return w.round.db.Batch(func(tx *kv.Tx) error {
		if w.round.died() {
			return errDied
		}
		began := time.Now()
		defer func() { account.spend(time.Now(), time.Since(began)) }()
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
	if w.rests(now) {
		return now, nil
	}
	if err := w.knock(now); err != nil {
		return now, err
	}
	now = w.round.now()
	if rested, err := w.look(now); rested || err != nil {
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

// look finds out what to do. Those whose turn was before may have used up the share that is left: then it rests.
func (w *worker) look(now execution.Instant) (rested bool, err error) {
	err = w.reading(func(tx *kv.Tx) error {
		if rested = w.rests(now); rested {
			return nil
		}
		k := &look{tx: tx, office: w.office, scope: w.name.scope, now: now, all: w.all, considered: w.round.considered.has}
		w.found, err = k.at(w.name.channel, w.name.address)
		return err
	})
	return rested, err
}

// rests says that it is not this target's turn to be looked at yet.
func (w *worker) rests(now execution.Instant) bool {
	rest := w.lookRest(now)
	if rest > 0 {
		w.found = &verdict{rest: rest, blocked: true, until: w.until}
	}
	return rest > 0
}

// lookRest is how long a look at a target that nothing is sent to must wait for its share of time: never longer than until something may be sent.
func (w *worker) lookRest(now execution.Instant) time.Duration {
	if !w.blocked || w.all || w.until <= now {
		return 0
	}
	return min(w.round.looking.wait(time.Now()), time.Duration(w.until-now))
}

// reading reads for a look. Looks at targets that nothing is sent to take turns, and each is charged what it took alone.
func (w *worker) reading(fn func(tx *kv.Tx) error) error {
	if w.blocked {
		w.round.turn.Lock()
		defer w.round.turn.Unlock()
		began := time.Now()
		defer func() { w.round.looking.spend(time.Now(), time.Since(began)) }()
	}
	return w.round.db.View(fn)
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
	return w.fallBack(now)
}

// fallBack appends what the look's fallbacks come to, and notes that they were considered: for the target as a whole, but for rows that wait for another try.
func (w *worker) fallBack(now execution.Instant) error {
	if len(w.found.fallbacks) == 0 && !w.found.passed {
		return nil
	}
	for part := range slices.Chunk(w.found.fallbacks, fallbackSliceMax) {
		var planned []Row
		var transitions []string
		apart := slices.DeleteFunc(slices.Clone(part), func(r *Row) bool { return w.found.fellBack.covers(r.Seq, r.NotBefore) })
		first := func(transition string) bool {
			if w.round.considered.has(transition) {
				return false
			}
			transitions = append(transitions, transition)
			return true
		}
		err := w.reading(func(tx *kv.Tx) error {
			for _, r := range part {
				rows, err := planFallBack(tx, w.office, r, now, first)
				if err != nil {
					return err
				}
				planned = append(planned, rows...)
			}
			return nil
		})
		if err == nil && len(planned)+len(apart) > 0 {
			err = w.update(func(tx *kv.Tx) error {
				for _, r := range apart {
					if _, err := edit(tx, w.name.scope, r.Seq, func(r *Row) { r.FellBack = true }); err != nil {
						return err
					}
				}
				return appendPlanned(tx, w.office, planned, now)
			})
		}
		if len(planned) > 0 {
			w.round.Wake()
		}
		if err != nil {
			return err
		}
		w.round.considered.add(transitions)
	}
	return w.update(func(tx *kv.Tx) error {
		l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
		if err != nil {
			return err
		}
		l.FellBack = w.found.fellBack
		return lanes.Put(tx, w.name.scope, l)
	})
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

// timeoutOf is that of one message. Who gives up before the server has taken it sends it twice.
func timeoutOf(t Type) time.Duration {
	if t == Email {
		return mailTimeout
	}
	return tryTimeout
}

// send tries the message once and notes what came of it.
func (w *worker) send(m *message, sender Sender, to Target) (next execution.Instant, err error) {
	start := w.round.now()
	composed, err := w.office.Compose(m.notice(to, start))
	if err == nil {
		ctx, cancel := context.WithTimeout(w.round.sending, timeoutOf(w.name.channel))
		err = sender.Send(ctx, to, composed)
		cancel()
		w.round.options.Tried(w.name.channel, err)
	} else {
		err = Fail(Permanent, fmt.Errorf("compose: %w", err))
	}
	if w.dies(pointSent) || w.round.died() || (err != nil && w.round.sending.Err() != nil) {
		return start, errDied // whether it arrived is not known: it is tried again after the next start
	}
	now := w.round.now()
	return w.keep(now, func() error {
		if err != nil {
			return w.refuse(m, failureOf(err), now)
		}
		return w.arrived(m, composed, now)
	})
}

// keep stores the outcome of a message, for as long as the store refuses it.
func (w *worker) keep(now execution.Instant, store func() error) (next execution.Instant, err error) {
	for {
		stored := store()
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
