package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

const (
	followRest   = 50 * time.Millisecond          // between looks that find nothing
	placedEvery  = execution.Instant(time.Minute) // how often it is stored that nothing was asked for
	refusedInRow = 10                             // refusals after which nobody seems to want anything
	ailsAfter    = execution.Instant(time.Hour)   // of nothing but failures after which somebody is told
)

// PausedRefused is the reason of a pause: message after message was refused.
const PausedRefused = "refused"

// memory is what the dispatcher knows of a subscription beside what is stored. The zero value is nothing.
type memory struct {
	generation uint64
	passed     Place // from the stored place to here nothing was asked for
	counted    Place // from passed to here this many events wait
	waiting    int
}

// begin forgets what is no longer true.
func (m *memory) begin(f *follower) {
	if m.generation != f.Generation || m.passed.Seq < f.Place.Seq || m.passed.Signal < f.Place.Signal {
		*m = memory{generation: f.Generation, passed: f.Place, counted: f.Place}
	}
}

// move notes that all up to a place is told or ended, n events of it.
func (m *memory) move(to Place, n int) {
	m.passed = to
	if m.waiting -= n; to.distance(m.counted) > 0 || m.waiting < 0 {
		m.counted, m.waiting = to, 0
	}
}

// parcel is the next message to a subscription.
type parcel struct {
	Packet
	name   string // of its first event
	events int
	after  Place
	until  Place
	letter *letter // nil: it was not refused before
}

// found tells of the events that it holds.
func (p *parcel) found() {
	p.name, p.events, p.until = p.Found[0].Name, len(p.Found), p.Found[len(p.Found)-1].Place
}

// follow sends a subscription the next message, if there is one.
func (w *worker) follow(m *memory) (next execution.Instant, err error) {
	now, h := w.round.now(), w.office.History()
	var f *follower
	if w.found = (&verdict{}); !slices.Contains(h.Subscribers(), w.name.address) {
		return now + farAhead, nil // it was switched off just now
	}
	if w.found.rest = w.round.reading.wait(time.Now()); w.found.rest > 0 {
		return now, nil
	}
	h = &timed{h, &w.round.reading}
	err = w.round.db.View(func(tx *kv.Tx) error {
		f, err = followers.Get(tx, w.name.scope, []byte(w.name.address))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return now + farAhead, nil
	}
	if err != nil {
		return now, fmt.Errorf("subscription: %w", err)
	}
	m.begin(f)
	if skip, err := w.overdue(h, f, m, now); err != nil || skip != nil {
		return now, errors.Join(err, w.leaveOut(f, skip))
	}
	until, blocked := f.Lane.blocked(now)
	switch {
	case len(f.Trials) > 0:
		trial := f.Trials[0]
		return w.hand(h, f, m, &parcel{Packet: Packet{Key: f.ID + ":" + trial, Trial: trial}, name: "webhook.test"}, now)
	case blocked:
		w.found.blocked = true
		return until, nil
	case len(f.Again) > 0:
		return w.repeat(h, f, m, now)
	case f.Skip != nil:
		return w.hand(h, f, m, &parcel{Packet: Packet{Key: f.ID + ":" + f.Skip.ID, Skip: f.Skip}, name: "webhook.skipped", until: f.Place}, now)
	}
	before := m.passed
	p, skip, err := w.upcoming(h, f, m, now)
	switch {
	case err != nil || skip != nil:
		return now, errors.Join(err, w.leaveOut(f, skip))
	case p != nil:
		return w.hand(h, f, m, p, now)
	case m.passed != before && h.Newest().distance(m.passed) > 0:
		return now, nil // the walk has not come to the end
	}
	return w.rest(f, m, now)
}

// rest waits for what happens, and stores now and then that nothing was asked for.
func (w *worker) rest(f *follower, m *memory, now execution.Instant) (next execution.Instant, err error) {
	w.found.rest = max(w.found.rest, followRest)
	switch {
	case m.passed == f.Place:
		return now + farAhead, nil
	case now < f.PlacedAt+placedEvery:
		return f.PlacedAt + placedEvery, nil
	}
	return now + farAhead, w.alter(f, func(_ *kv.Tx, f *follower) error {
		f.Place, f.PlacedAt = m.passed, now
		return nil
	})
}

// alter changes how the subscription stands, unless it has begun anew or is gone.
func (w *worker) alter(of *follower, fn func(tx *kv.Tx, f *follower) error) error {
	return w.update(func(tx *kv.Tx) error {
		return editFollower(tx, w.name.scope, of.ID, func(f *follower) error {
			if f.Generation != of.Generation {
				return nil
			}
			return fn(tx, f)
		})
	})
}

// leaveOut stores what is skipped; nil is nothing.
func (w *worker) leaveOut(f *follower, s *Skip) error {
	if s == nil {
		return nil
	}
	return w.alter(f, func(_ *kv.Tx, f *follower) error {
		fresh := *s
		f.skip(&fresh)
		return nil
	})
}

// overdue counts what waits when that may be too much, and says what is left out then: all.
func (w *worker) overdue(h History, f *follower, m *memory, now execution.Instant) (*Skip, error) {
	newest := h.Newest()
	if newest.distance(m.passed) <= WaitingMax {
		return nil, nil
	}
	for newest.distance(m.counted) > 0 {
		n, end, gap, err := h.Count(f.ID, m.counted, newest)
		m.waiting += n
		switch {
		case err != nil:
			return nil, fmt.Errorf("count what waits: %w", err)
		case gap:
			return &Skip{Reason: SkippedGone, Events: int64(m.waiting), AtLeast: true, Since: f.PlacedAt, Until: now, From: m.passed, To: end}, nil
		case end == m.counted:
			newest = end
		}
		m.counted = end
	}
	if m.waiting <= WaitingMax {
		return nil, nil
	}
	s := &Skip{Reason: SkippedBacklog, Events: int64(m.waiting), Since: f.PlacedAt, Until: now, From: m.passed, To: m.counted}
	_, _, err := h.Walk(f.ID, m.passed, func(o *Occurrence) bool {
		s.Since = o.At
		return false
	})
	return s, err
}

// between counts what was asked for from a place to another.
func between(h History, id string, from, to Place) (total int, err error) {
	for to.distance(from) > 0 {
		n, end, gap, err := h.Count(id, from, to)
		if err != nil || gap || end == from {
			return total, err
		}
		total, from = total+n, end
	}
	return total, nil
}

// upcoming is the next message of what happened, nil when there is none; or what is left out before it.
func (w *worker) upcoming(h History, f *follower, m *memory, now execution.Instant) (*parcel, *Skip, error) {
	p := &parcel{after: m.passed, until: m.passed}
	var pinned Place
	if f.Trying != nil {
		p.Pinned, pinned = true, f.Trying.Until
	}
	expired, since, last := 0, now, m.passed
	end, gap, err := h.Walk(f.ID, m.passed, func(o *Occurrence) bool {
		switch {
		case o.At < now-waitingLife && len(p.Found) == 0:
			if expired == 0 {
				since = o.At
			}
			expired, last = expired+1, o.Place
			return true
		case expired > 0:
			return false
		}
		p.Found = append(p.Found, *o)
		return len(p.Found) < h.Batches(f.ID) && (!p.Pinned || o.Place != pinned)
	})
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("what a subscription is told next: %w", err)
	case gap:
		s, err := notKept(h, f, m, end, now)
		return nil, s, err
	case expired > 0:
		return nil, &Skip{Reason: SkippedExpired, Events: int64(expired), Since: since, Until: now - waitingLife, From: m.passed, To: last}, nil
	case len(p.Found) == 0:
		m.move(end, 0)
		return nil, nil, nil
	}
	p.found()
	p.Key = f.ID + ":" + p.Found[0].ID
	if f.Trying != nil && f.Trying.Until == p.until {
		p.Key = f.Trying.Key
	} else if p.events > 1 {
		p.Key += "+" + strconv.Itoa(p.events-1)
	}
	return p, nil, nil
}

// notKept is what is left out because the history does not reach back to it. How much that is, is known as far as it was counted in time.
func notKept(h History, f *follower, m *memory, end Place, now execution.Instant) (*Skip, error) {
	s := &Skip{Reason: SkippedGone, AtLeast: true, Since: f.PlacedAt, Until: now, From: m.passed, To: end}
	if end.distance(m.counted) > 0 {
		s.Events = int64(m.waiting)
		return s, nil
	}
	left, err := between(h, f.ID, end, m.counted)
	s.Events, s.AtLeast = int64(max(m.waiting-left, 0)), false
	return s, err
}

// repeat sends again what was refused, if it is still kept.
func (w *worker) repeat(h History, f *follower, m *memory, now execution.Instant) (execution.Instant, error) {
	var l *letter
	err := w.round.db.View(func(tx *kv.Tx) (err error) {
		l, err = letters.Get(tx, w.name.scope, letterKey(nil, f.ID, f.Again[0]))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return now, w.alter(f, func(_ *kv.Tx, f *follower) error {
			f.Again = f.Again[1:]
			return nil
		})
	}
	if err != nil {
		return now, fmt.Errorf("message that was refused: %w", err)
	}
	p := &parcel{Packet: Packet{Key: l.Key, Pinned: true}, letter: l, name: l.Event, events: l.Events, after: l.After}
	_, gap, err := h.Walk(f.ID, l.After, func(o *Occurrence) bool {
		if l.Until.distance(o.Place) == 0 && o.Place != l.Until {
			return false
		}
		p.Found = append(p.Found, *o)
		return o.Place != l.Until
	})
	if err != nil {
		return now, err
	}
	if gap || len(p.Found) == 0 {
		return now, w.passed(f, m, p, now)
	}
	p.found()
	return w.hand(h, f, m, p, now)
}

// whyNotKept is the error of a refused message that cannot be sent again.
const whyNotKept = "what it told is no longer kept, or no longer asked for"

// hand tries a message once and notes what came of it.
func (w *worker) hand(h History, f *follower, m *memory, p *parcel, now execution.Instant) (execution.Instant, error) {
	sender, to, err := h.Receiver(f.ID)
	if err != nil {
		return now, w.turnedDown(h, f, m, p, failureOf(misrouted(err)), now)
	}
	message, used, err := h.Compose(f.ID, &p.Packet)
	switch {
	case err != nil:
		err = Fail(Permanent, fmt.Errorf("compose: %w", err))
	case used < len(p.Found):
		p.Found = p.Found[:used]
		p.found()
	}
	if err == nil && message == nil { // all of it was erased or removed
		return now, w.passed(f, m, p, now)
	}
	if w.dies(pointLeased) {
		return now, errDied
	}
	if err == nil {
		message.Key = p.Key
		ctx, cancel := context.WithTimeout(w.round.sending, tryTimeout)
		err = sender.Send(ctx, to, message)
		cancel()
		w.round.options.Tried(w.name.channel, err)
	}
	if w.dies(pointSent) || w.round.died() || (err != nil && w.round.sending.Err() != nil) {
		return now, errDied
	}
	now = w.round.now()
	return w.keep(now, func() error {
		if err != nil {
			return w.turnedDown(h, f, m, p, failureOf(err), now)
		}
		return w.taken(f, m, p, to, now)
	})
}

// passed notes that there is nothing left of a message to tell.
func (w *worker) passed(f *follower, m *memory, p *parcel, now execution.Instant) error {
	err := w.alter(f, func(tx *kv.Tx, f *follower) error {
		if p.letter != nil {
			f.remember(p.outcome(Dead, 0, whyNotKept, now))
			return f.answerLetter(tx, w.name.scope, p.letter, Dead)
		}
		f.Place, f.PlacedAt, f.Trying = p.until, now, nil
		return nil
	})
	if err == nil && p.letter == nil {
		m.move(p.until, p.events)
	}
	return err
}

// outcome is what became of a message, as it is remembered.
func (p *parcel) outcome(s State, attempts int, why string, now execution.Instant) Outcome {
	o := Outcome{ID: p.Key, Event: p.name, Events: p.events, Status: s, Attempts: attempts, Error: why, At: now}
	if p.letter != nil {
		o.Letter = strconv.FormatUint(p.letter.N, 10)
	}
	return o
}

// attempts are the tries of a message before this one that reached somebody.
func (f *follower) attempts(key string) int {
	if f.Trying != nil && f.Trying.Key == key {
		return f.Trying.Attempts
	}
	return 0
}

// taken notes that the receiver has the message.
func (w *worker) taken(f *follower, m *memory, p *parcel, to Target, now execution.Instant) error {
	err := w.alter(f, func(tx *kv.Tx, f *follower) error {
		f.remember(p.outcome(Delivered, f.attempts(p.Key)+1, "", now))
		reported := f.Lane.Paused != "" || f.Lane.ailedFor(now) >= ailsAfter
		f.Lane.succeeded()
		f.Lane.At, f.Refused, f.ToldAt = now, 0, now
		f.Told += int64(p.events)
		switch {
		case p.Trial != "":
			f.Trials = slices.DeleteFunc(f.Trials, func(id string) bool { return id == p.Trial })
		case p.letter != nil:
			f.Dead -= int64(p.events)
			if err := f.answerLetter(tx, w.name.scope, p.letter, Delivered); err != nil {
				return err
			}
		case p.Skip != nil:
			f.Skip, f.Trying = nil, nil
		default:
			f.Place, f.PlacedAt, f.Trying = p.until, now, nil
		}
		if reported {
			return w.office.Mended(tx, to)
		}
		return nil
	})
	if err == nil && p.events > 0 && p.letter == nil {
		m.move(p.until, p.events)
	}
	return err
}

// answerLetter notes what became of a letter that was sent again.
func (f *follower) answerLetter(tx *kv.Tx, s kv.Scope, l *letter, state State) error {
	f.Again = slices.DeleteFunc(f.Again, func(n uint64) bool { return n == l.N })
	f.Trying = nil
	answered := *l
	answered.State = state
	return letters.Put(tx, s, &answered)
}

// turnedDown notes that the message was not taken, and what follows from it.
func (w *worker) turnedDown(h History, f *follower, m *memory, p *parcel, failure *Failure, now execution.Instant) error {
	why := mask.Preview(failure.Error())
	final := failure.Class == Permanent
	off := final && p.Trial == "" && errors.Is(failure, ErrGone)
	err := w.alter(f, func(tx *kv.Tx, f *follower) error {
		attempts := f.attempts(p.Key)
		if failure.Class != Network {
			attempts++
		}
		switch {
		case p.Trial != "":
			f.Trials = slices.DeleteFunc(f.Trials, func(id string) bool { return id == p.Trial })
			f.remember(p.outcome(Dead, 1, why, now))
			return nil
		case off:
			f.Lane.failed(why, now)
			f.remember(p.outcome(Dead, attempts, why, now))
			return h.SwitchOff(tx, f.ID, why)
		case final:
			return w.giveUp(tx, h, f, p, attempts, why, now)
		}
		f.Trying = &trying{Key: p.Key, Until: p.until, Attempts: attempts}
		f.remember(p.outcome(Retrying, attempts, why, now))
		return w.ailing(tx, h, f, failure, why, now)
	})
	switch {
	case err != nil:
	case off:
		h.SwitchedOff(f.ID)
	case final && p.events > 0 && p.letter == nil:
		m.move(p.until, p.events)
	}
	return err
}

// giveUp goes on after a message that the receiver refused. Where that is one after another, it is left alone for a while.
func (w *worker) giveUp(tx *kv.Tx, h History, f *follower, p *parcel, attempts int, why string, now execution.Instant) error {
	o := p.outcome(Dead, attempts, why, now)
	switch {
	case p.letter != nil:
		if err := f.answerLetter(tx, w.name.scope, p.letter, Dead); err != nil {
			return err
		}
	case p.Skip != nil:
		f.Skip, f.Trying = nil, nil
	default:
		f.Place, f.PlacedAt, f.Trying = p.until, now, nil
		f.Dead += int64(p.events)
		f.Letters++
		o.Letter = strconv.FormatUint(f.Letters, 10)
		l := &letter{Subscription: f.ID, N: f.Letters, After: p.after, Until: p.until, Event: p.name, Events: p.events, At: now, State: Dead, Key: p.Key}
		if err := letters.Put(tx, w.name.scope, l); err != nil {
			return err
		}
		if f.Letters > lettersMax {
			if err := letters.Delete(tx, w.name.scope, &letter{Subscription: f.ID, N: f.Letters - lettersMax}); err != nil && !errors.Is(err, kv.ErrNotFound) {
				return err
			}
		}
	}
	f.remember(o)
	f.Lane.failed(why, now)
	if f.Refused++; f.Refused < refusedInRow {
		return nil
	}
	return w.pauseFollower(tx, h, f, PausedRefused, why, now)
}

// ailing notes in the state of the receiver that it did not take a message that it may take later. That this has gone on for long is reported, once.
func (w *worker) ailing(tx *kv.Tx, h History, f *follower, failure *Failure, why string, now execution.Instant) error {
	before := f.Lane.ailedFor(f.Lane.At)
	f.Lane.At = now
	switch failure.Class {
	case Misconfigured:
		reason := PausedMisconfigured
		if errors.Is(failure, ErrSecretMissing) {
			reason = PausedSecretMissing
		}
		return w.pauseFollower(tx, h, f, reason, why, now)
	case Network:
		f.Lane.unreachable(why, now)
	case Temporary, Permanent:
		f.Lane.reached()
		f.Lane.failed(why, now)
		f.Lane.ResumeAt = now + retryDelay(f.Trying.Attempts, w.jitter)
		if failure.RetryAfter > 0 {
			f.Lane.ResumeAt = now + execution.Instant(min(failure.RetryAfter, retryAfterMax))
		}
	}
	if before < ailsAfter && f.Lane.ailedFor(now) >= ailsAfter {
		return w.report(tx, h, f, why)
	}
	return nil
}

func (w *worker) pauseFollower(tx *kv.Tx, h History, f *follower, reason, why string, now execution.Instant) error {
	if !f.Lane.pause(reason, why, now) {
		return nil
	}
	return w.report(tx, h, f, why)
}

// report says that nothing gets through to the receiver, and why.
func (w *worker) report(tx *kv.Tx, h History, f *follower, why string) error {
	_, to, err := h.Receiver(f.ID)
	if err != nil && to.Type == "" {
		return nil //nolint:nilerr // a subscription that is gone has nobody to tell of it
	}
	return w.office.Broken(tx, to, why)
}
