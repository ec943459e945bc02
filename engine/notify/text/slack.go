package text

import (
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
)

// chat makes a letter as short as people read in a channel: what failed, when and where, in two lines.
func (w *words) chat(i notify.Item, l *letter) {
	r, f := i.Record, &i.Record.Facts
	l.foot = nil
	remarks := w.remarks(i)
	if i.Transition == alert.ResolvedAway {
		l.blocks = []block{{lines: []string{strings.Join(w.resolved(i), " ")}}, {lines: remarks}}
		return
	}
	var facts []string
	switch {
	case f.Step != "" && r.Type == alert.ConsecutiveFailures:
		facts = append(facts, w.say("slack.lastStep", "step", w.name(f.Step)))
	case f.Step != "":
		facts = append(facts, w.say("slack.failedStep", "step", w.name(f.Step)))
	}
	facts = append(facts, w.moment(happened(i)))
	if r.ExecutionID != "" {
		facts = append(facts, w.say("slack.execution", "id", w.id(r)))
	}
	if client := w.client(r); client != "" {
		facts = append(facts, w.say("slack.client", "client", client))
	}
	lines := []string{strings.Join(facts, " · ")}
	switch {
	case r.Builtin != "" || r.Type == alert.QueueBacklog || r.Type == alert.ResourceThreshold || r.Type == alert.HighErrorRate ||
		r.Type == alert.SlowExecution || r.Type == alert.ExecutionTimeout:
		lines = append([]string{w.body(r)[0]}, lines...)
	case r.Type == alert.Custom:
		lines = append(w.custom(r)[:1:1], lines...)
	}
	lines = w.withError(lines, "body.error", f.Error)
	l.blocks = []block{{lines: lines}, {lines: remarks}}
}
