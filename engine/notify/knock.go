package notify

import (
	"context"
	"errors"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

// Knocker is a Sender that can find out, without a message, whether anybody is there.
type Knocker interface {
	// Knock connects to where Send would send. Its errors are those of Send; of the class Network: nobody was reached.
	Knock(ctx context.Context, to Target) error
}

// knock asks whether anybody is there by now, where nobody was: to read and compose thousands of rows for a message that finds nobody costs more than
// anything else about an outage. That nobody is there is noted as if a message had found out.
func (w *worker) knock(now execution.Instant) error {
	if !w.blocked || w.until > now {
		return nil // nothing is sent now, or it is not known that nobody is there
	}
	to, closed, err := w.unreached(now)
	if err != nil || !closed {
		return err
	}
	why, nobody := w.tryDoor(to)
	if !nobody {
		return nil
	}
	return w.update(func(tx *kv.Tx) error {
		l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
		if err != nil {
			return err
		}
		at := w.round.now()
		l.unreachable(why, at)
		l.At, w.until = at, l.ResumeAt
		return lanes.Put(tx, w.name.scope, l)
	})
}

// tryDoor says whether nobody is there, and what the network says to that. Whatever else is wrong a message will find out.
func (w *worker) tryDoor(to Target) (why string, nobody bool) {
	sender, to, err := w.office.Route(to)
	knocker, able := sender.(Knocker)
	if err != nil || !able {
		return "", false
	}
	ctx, cancel := context.WithTimeout(w.round.sending, tryTimeout)
	defer cancel()
	err = knocker.Knock(ctx, to)
	return mask.Preview(fmt.Sprint(err)), err != nil && failureOf(err).Class == Network && w.round.sending.Err() == nil
}

// unreached says whether nobody was reached by the last try, and answers one of the rows' targets.
func (w *worker) unreached(now execution.Instant) (to Target, closed bool, err error) {
	err = w.round.db.View(func(tx *kv.Tx) error {
		l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
		if err != nil || !l.Open.Present() {
			return err
		}
		if _, blocked := l.blocked(now); blocked {
			return nil
		}
		r, err := firstRow(tx, w.name)
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		if err == nil {
			to, closed = r.To, true
		}
		return err
	})
	return to, closed, err
}

// firstRow is the oldest open row of the target.
func firstRow(tx *kv.Tx, n name) (*Row, error) {
	var first entry
	err := kv.ErrNotFound
	outbox.ScanIndex(tx, n.scope, byLane, kv.Span{Prefix: laneKey(nil, n.channel, n.address)}, func(b, _ []byte) bool {
		_, first, err = readEntry(b)
		return false
	})
	if err != nil {
		return nil, err
	}
	return outbox.Get(tx, n.scope, rowKey(first.seq))
}
