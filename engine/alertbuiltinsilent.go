package engine

import (
	"context"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// forgottenAfter is how long before the engine fell silent an execution may have been heard of last, to be waited for. One that hangs since
// last week is no reason to expect a word each minute.
const forgottenAfter = execution.Instant(24 * time.Hour)

// quiet remembers whether anything is to be heard of in the present silence.
type quiet struct {
	since   execution.Instant
	running int64
	waited  bool // for a word of some execution
}

// lookAtSilence finds that engines say nothing while executions run, at whatever hour: what runs at night is to end at night. An engine that has
// nothing to do need not say so; whether it began what it was to begin is the business of missed_run. The rule's condition may say another number of
// minutes. Nothing is judged before an engine was ever heard; after a start the silence begins with it.
func (t *Tenant) lookAtSilence(_ context.Context, r *alertRule) (*builtinLook, error) {
	if r == nil || t.Seq() == 0 {
		return nil, nil
	}
	now, last := t.engine.instant(), execution.At(time.UnixMilli(t.heard.last.Load()))
	heard := last != 0
	if !heard {
		last = execution.At(t.engine.opened)
	}
	grace := execution.Instant(builtinThreshold(r, silentAlarm.Minutes()) * float64(time.Minute))
	look := &builtinLook{builtin: alert.EngineSilent, complete: true}
	if now-last > grace && t.awaited(last) {
		f := noFacts()
		f.At, f.DurationMs, f.LimitMs = last, (now - last).Ms(), grace.Ms()
		look.found = append(look.found, finding{Observation: alert.Observation{At: now, Met: true, Facts: f}})
	} else if !heard {
		return nil, nil // a start is no sign of life
	}
	return look, nil
}

// awaited reports whether an execution runs of which something was heard not long before engines fell silent.
func (t *Tenant) awaited(since execution.Instant) bool {
	t.view.RLock()
	defer t.view.RUnlock()
	q, running := &t.alerts.lookout.quiet, t.tally.total[execution.Running]
	if q.since == since && q.running == running {
		return q.waited
	}
	*q = quiet{since: since, running: running}
	if running == 0 {
		return false
	}
	for _, l := range t.shown {
		if l.Status == execution.Running && l.LastEventAt >= since-forgottenAfter {
			q.waited = true
			break
		}
	}
	return q.waited
}
