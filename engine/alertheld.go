package engine

import (
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

// Held is until when no message about a record is to be sent: a silence, a mute window, a known outage, or that all engines are silent, of which timeouts
// and a queue that grows are but signs. NoInstant where the end is not known.
func (t *Tenant) Held(r *alert.Record, now execution.Instant) (until execution.Instant, held bool) {
	until = now
	hold := func(end execution.Instant) {
		held = true
		if !end.Present() || !until.Present() {
			until = execution.NoInstant
		} else {
			until = max(until, end)
		}
	}
	for _, s := range *t.alerts.silences.Load() {
		if s.Covers(r, now) {
			hold(s.EndsAt)
		}
	}
	windows := t.Settings().MuteWindows
	for i := range windows {
		if windows[i].Covers(r, now, t.dayOff) {
			hold(windows[i].End(r, now, t.dayOff))
		}
	}
	for _, x := range *t.alerts.outages.Load() {
		if x.Covers(r, now) {
			hold(x.Until)
		}
	}
	if t.alerts.silent.Load() && (r.Type == alert.ExecutionTimeout || r.Type == alert.QueueBacklog) {
		hold(execution.NoInstant)
	}
	if !held {
		until = execution.NoInstant
	}
	return until, held
}

// dayOff says whether a day, of which it gets the noon, is none of work.
func (t *Tenant) dayOff(noon time.Time) bool {
	return t.engine.book.Calendar.Off(deadline.DayOf(noon), true) != ""
}

// noteSilent notes whether engine_silent is an open alert. The caller is the writer, after a commit or a load.
func (t *Tenant) noteSilent() {
	silent := false
	for _, r := range t.alerts.open {
		silent = silent || r.Builtin == alert.EngineSilent
	}
	if t.alerts.silent.Swap(silent) && !silent {
		t.engine.outbox.Reconsider(t.scope) // what was held is told if it still holds
	}
}
