package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// trialDays is how long it is remembered how somebody's test messages went.
const trialDays = 30

// alerts removes alerts that were resolved before the time, with their messages; rules that were deleted, and silences that ended before it; and texts of
// messages, lines of inboxes and test messages that have had their time.
func (s *sweep) alerts(ctx context.Context) error {
	before := execution.At(s.before(s.policy.AlertHistoryDays))
	removed := &s.removed
	return errors.Join(
		s.repeat(ctx, &removed.Alerts, func(tx *kv.Tx) (int, error) { return s.tenant.dropAlerts(tx, before) }),
		s.repeat(ctx, &removed.Messages, func(tx *kv.Tx) (int, error) { return notify.Retain(tx, s.tenant.scope, execution.At(s.now)) }),
		s.repeat(ctx, &removed.Messages, func(tx *kv.Tx) (int, error) {
			return notify.ForgetTrials(tx, s.tenant.scope, trialPrefix, execution.At(s.before(trialDays)))
		}),
		s.repeat(ctx, &removed.AlertRules, func(tx *kv.Tx) (int, error) { return s.tenant.dropRules(tx, before) }),
		s.silences(before),
	)
}

// repeat runs a part of a clean-up until nothing is left to remove.
func (s *sweep) repeat(ctx context.Context, count *int64, part func(tx *kv.Tx) (int, error)) error {
	for ctx.Err() == nil {
		n := 0
		err := s.tenant.engine.db.Batch(func(tx *kv.Tx) (err error) {
			n, err = part(tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("clean up alerts: %w", err)
		}
		if *count += int64(n); n == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// dropAlerts removes at most removedAtOnce of the oldest alerts that were resolved before the time, and all that was told of them.
func (t *Tenant) dropAlerts(tx *kv.Tx, before execution.Instant) (n int, err error) {
	var old []*alert.Record
	var failed error
	span := kv.Span{Prefix: kv.AppendString(nil, string(alert.Resolved))}
	alertRecords.ScanIndex(tx, t.scope, byAlertStatus, span, func(_, id []byte) bool {
		r, err := alertRecords.Get(tx, t.scope, slices.Clone(id))
		if failed = err; err != nil || r.TriggeredAt >= before {
			return false // ids rise with the time of the trigger, and none is resolved before that
		}
		if r.ResolvedAt < before {
			old = append(old, r)
		}
		return len(old) < removedAtOnce
	})
	if failed != nil {
		return 0, failed
	}
	for _, r := range old {
		if err := errors.Join(notify.Forget(tx, t.scope, r.ID), alertRecords.Replace(tx, t.scope, r, nil)); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// dropRules removes rules that were deleted before the time. Records keep what they need of them.
func (t *Tenant) dropRules(tx *kv.Tx, before execution.Instant) (n int, err error) {
	var old []*alertRule
	err = alertRules.Scan(tx, t.scope, kv.Span{}, func(_ []byte, r *alertRule) (bool, error) {
		if r.DeletedAt.Present() && r.DeletedAt < before {
			old = append(old, r)
		}
		return len(old) < removedAtOnce, nil
	})
	for _, r := range old {
		err = errors.Join(err, alertRules.Delete(tx, t.scope, r))
	}
	return len(old), err
}

// silences removes those that ended before the time.
func (s *sweep) silences(before execution.Instant) error {
	t := s.tenant
	over := func(silence alert.Silence) bool { return silence.EndsAt < before }
	if !slices.ContainsFunc(*t.alerts.silences.Load(), over) {
		return nil
	}
	return t.alterAlerts(func(w *alertWork) error {
		kept := slices.Clone(*t.alerts.silences.Load())
		for i := range kept {
			if over(kept[i]) {
				if err := alertSilences.Delete(w.tx, t.scope, &kept[i]); err != nil {
					return fmt.Errorf("delete silence: %w", err)
				}
			}
		}
		all := len(kept)
		kept = slices.DeleteFunc(kept, over)
		w.after = append(w.after, func() {
			t.alerts.silences.Store(&kept)
			s.removed.Silences += int64(all - len(kept))
		})
		return nil
	})
}

// keepLinks forgets the links in messages that have expired, once an hour.
func (e *Engine) keepLinks(last *time.Time) {
	if e.now().Sub(*last) < time.Hour {
		return
	}
	*last = e.now()
	if err := e.forgetLinks(); err != nil {
		e.log.Error("forget links", "err", err)
	}
}
