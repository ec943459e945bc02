package notify

import (
	"errors"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

// arrived notes that the target has the message.
func (w *worker) arrived(m *message, sent *Message, now execution.Instant) error {
	key, n, first := m.key(), len(m.parts), m.first()
	for i := 0; i < n; i += sendSliceMax {
		part := m.parts[i:min(i+sendSliceMax, n)]
		err := w.update(func(tx *kv.Tx) error {
			if i == 0 {
				if err := keepBody(tx, w.name.scope, m, sent, w.name.channel, now); err != nil {
					return err
				}
				if err := w.works(tx, m, now); err != nil {
					return err
				}
			}
			for _, p := range part {
				r, err := edit(tx, w.name.scope, p.row.Seq, func(r *Row) {
					r.State, r.At, r.LastError, r.Sent, r.Told, r.Message = Delivered, now, "", key, n, first
					r.Attempts++
				})
				if err != nil {
					return err
				}
				if r != nil {
					if err := w.office.Noted(tx, r); err != nil {
						return fmt.Errorf("note delivery: %w", err)
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// works notes that the target, and with it its channel, can be reached.
func (w *worker) works(tx *kv.Tx, m *message, now execution.Instant) error {
	return w.eachLane(tx, m, func(l *lane) error {
		paused := l.Paused != ""
		l.succeeded()
		l.At = now
		if paused {
			return w.mend(tx, m)
		}
		return nil
	})
}

// mend tells that a channel which was paused works again.
func (w *worker) mend(tx *kv.Tx, m *message) error {
	w.mended = true
	return w.office.Mended(tx, ailing(m.parts[0].row.To))
}

// ailing is what is reported when a target's settings are at fault: where they are the organisation's, the channel, whoever's message found out.
func ailing(to Target) Target {
	if whole(to.Type) {
		return Target{Type: to.Type}
	}
	return to
}

// eachLane changes the states of the target and of its whole channel, where there is one that is not well.
func (w *worker) eachLane(tx *kv.Tx, _ *message, fn func(l *lane) error) error {
	l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
	if err != nil {
		return err
	}
	if err := fn(l); err != nil {
		return err
	}
	if err := lanes.Put(tx, w.name.scope, l); err != nil {
		return err
	}
	if !whole(w.name.channel) {
		return nil
	}
	channel, err := readLane(tx, w.name.scope, w.name.channel, "")
	if err != nil || channel.Paused == "" {
		return err
	}
	if err := fn(channel); err != nil {
		return err
	}
	return lanes.Put(tx, w.name.scope, channel)
}

// refuse notes that the message was not taken, and what follows from it.
func (w *worker) refuse(m *message, f *Failure, now execution.Instant) error {
	why := mask.Preview(f.Error())
	if f.Class == Permanent {
		return w.buryMessage(m, why, now)
	}
	attempts := 0
	for _, p := range m.parts {
		attempts = max(attempts, p.row.Attempts)
	}
	notBefore := now
	if f.Class == Temporary {
		attempts++
		notBefore = now + retryDelay(attempts, w.jitter)
		if f.RetryAfter > 0 {
			notBefore = now + execution.Instant(min(f.RetryAfter, retryAfterMax))
		}
	}
	parts := m.parts
	if f.Class == Network {
		parts = m.noted()
	}
	for i := 0; i < len(parts); i += sendSliceMax {
		part := parts[i:min(i+sendSliceMax, len(parts))]
		err := w.update(func(tx *kv.Tx) error {
			if i == 0 {
				if err := w.ails(tx, m, f, why, attempts, notBefore, now); err != nil {
					return err
				}
			}
			for _, p := range part {
				_, err := edit(tx, w.name.scope, p.row.Seq, func(r *Row) {
					r.State, r.At, r.LastError = Retrying, now, why
					if f.Class == Temporary {
						r.Attempts++
						r.NotBefore = min(notBefore, max(now, r.ExpiresAt))
					}
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ails notes a failure in the state of the target, or of its whole channel.
func (w *worker) ails(tx *kv.Tx, m *message, f *Failure, why string, attempts int, notBefore, now execution.Instant) error {
	if f.Class == Misconfigured {
		return w.pause(tx, m, f, why, now)
	}
	if f.Class == Temporary {
		return w.eachLane(tx, m, func(l *lane) error {
			paused := l.Paused != ""
			if l.reached(); paused {
				l.Paused, l.PausedAt = "", execution.NoInstant
			}
			if l.Address != "" {
				l.failed(why, now)
				if attempts <= stepAsideAfter || f.RetryAfter > 0 {
					l.ResumeAt = notBefore
				}
			} else {
				l.succeeded()
			}
			l.At = now
			if paused {
				return w.mend(tx, m)
			}
			return nil
		})
	}
	l, err := readLane(tx, w.name.scope, w.name.channel, w.name.address)
	if err != nil {
		return err
	}
	l.unreachable(why, now)
	l.Tokens++ // nobody got it
	l.At = now
	w.found.blocked, w.found.until = true, l.ResumeAt // the next look waits for its share already
	return lanes.Put(tx, w.name.scope, l)
}

// pause stops the target, or the whole channel if its settings are at fault.
func (w *worker) pause(tx *kv.Tx, m *message, f *Failure, why string, now execution.Instant) error {
	address := w.name.address
	if whole(w.name.channel) {
		address = ""
	}
	l, err := readLane(tx, w.name.scope, w.name.channel, address)
	if err != nil {
		return err
	}
	reason := PausedMisconfigured
	if errors.Is(f, ErrSecretMissing) {
		reason = PausedSecretMissing
	}
	fresh := l.pause(reason, why, now)
	l.At = now
	if err := lanes.Put(tx, w.name.scope, l); err != nil {
		return err
	}
	if !fresh {
		return nil
	}
	if err := w.office.Broken(tx, ailing(m.parts[0].row.To), why); err != nil {
		return fmt.Errorf("report channel: %w", err)
	}
	return nil
}

// buryMessage gives the message up. A digest is not: its rows go one by one, until the target has refused several of them in a row, too.
func (w *worker) buryMessage(m *message, why string, now execution.Instant) error {
	if len(m.parts) > 1 {
		return w.split(m, why, now)
	}
	defer w.round.Wake() // somebody else may have to be told
	return w.update(func(tx *kv.Tx) error {
		refused := 0
		err := w.eachLane(tx, m, func(l *lane) error {
			paused := l.Paused != ""
			refused = max(refused, l.Refused+1)
			l.succeeded()
			l.Refused, l.At = refused, now
			if paused {
				return w.mend(tx, m)
			}
			return nil
		})
		if err != nil {
			return err
		}
		doomed := []uint64{m.first()}
		if refused >= refusedMax && m.parts[0].row.Alone {
			if doomed, err = w.alone(tx); err != nil {
				return err
			}
		}
		var changes []change
		for _, seq := range doomed {
			changes = append(changes, change{seq: seq, edit: func(r *Row) {
				if r.State, r.LastError, r.At = Dead, why, now; r.Seq == m.first() {
					r.Attempts++ // the others were not tried
				}
			}})
		}
		if err := apply(tx, w.office, changes, now); err != nil {
			return err
		}
		for _, seq := range doomed {
			if err := fallBackOf(tx, w.office, seq, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// split makes the rows of a refused digest go one by one.
func (w *worker) split(m *message, why string, now execution.Instant) error {
	for i := 0; i < len(m.parts); i += sendSliceMax {
		part := m.parts[i:min(i+sendSliceMax, len(m.parts))]
		err := w.update(func(tx *kv.Tx) error {
			for _, p := range part {
				_, err := edit(tx, w.name.scope, p.row.Seq, func(r *Row) {
					r.State, r.At, r.LastError, r.Alone = Retrying, now, why, true
					r.Attempts++
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// alone are the target's rows that were in a refused digest.
func (w *worker) alone(tx *kv.Tx) (seqs []uint64, err error) {
	prefix := laneKey(nil, w.name.channel, w.name.address)
	var open []uint64
	outbox.ScanIndex(tx, w.name.scope, byLane, kv.Span{Prefix: prefix}, func(b, _ []byte) bool {
		var e entry
		if _, e, err = readEntry(b); err == nil {
			open = append(open, e.seq)
		}
		return err == nil && len(open) < rowsMax
	})
	for _, seq := range open {
		r, getErr := outbox.Get(tx, w.name.scope, rowKey(seq))
		if err = errors.Join(err, getErr); err != nil {
			return nil, err
		}
		if r.Alone {
			seqs = append(seqs, seq)
		}
	}
	return seqs, err
}

// fallBackOf is fallBack for a row that is dead: of any severity.
func fallBackOf(tx *kv.Tx, o Office, seq uint64, now execution.Instant) error {
	r, err := outbox.Get(tx, o.Scope(), rowKey(seq))
	if err != nil || !r.firing() {
		return err
	}
	return fallBack(tx, o, seq, now)
}
