package text

import (
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// present says that a fact's time is known: facts that nobody set are 0.
func present(at execution.Instant) bool { return at.Present() && at != 0 }

// headline says in one line what a record is about; names are cut to limit runes.
func (w *words) headline(r *alert.Record, limit int) string {
	f := &r.Facts
	wf := cut(w.workflow(r), limit)
	if r.Builtin != "" {
		return w.builtinHeadline(r, wf, limit)
	}
	switch r.Type {
	case alert.ExecutionFailed:
		return w.say("subject.execution_failed", "wf", wf, "id", cut(w.id(r), limit))
	case alert.ExecutionTimeout:
		return w.say("subject.execution_timeout", "wf", wf)
	case alert.ConsecutiveFailures:
		return w.say("subject.consecutive_failures", "wf", wf, "n", f.InRow)
	case alert.HighErrorRate:
		return w.say("subject.high_error_rate", "wf", wf, "percent", w.percent(f.Percent))
	case alert.SlowExecution:
		return w.say(running("subject.slow_execution", f), "wf", wf, "duration", w.duration(f.DurationMs, lasting))
	case alert.QueueBacklog:
		if f.Metric == "oldestAgeSeconds" {
			return w.say("subject.queue_backlog.age", "age", w.duration(f.OldestSeconds*1000, lasting))
		}
		return w.say("subject.queue_backlog", "n", f.Pending)
	case alert.ResourceThreshold:
		return w.say("subject.resource_threshold", "resource", cut(w.resource(f.Metric), limit), "value", w.quantity(f.Metric, f.Value),
			"threshold", w.quantity(f.Metric, f.Threshold))
	}
	return w.say("subject.custom", "name", cut(w.name(r.RuleName), limit))
}

func running(key string, f *alert.Facts) string {
	if f.Running {
		return key + ".running"
	}
	return key
}

func (w *words) builtinHeadline(r *alert.Record, wf string, limit int) string {
	f := &r.Facts
	obligation := cut(w.due(f), limit)
	switch r.Builtin {
	case alert.DeadlineAtRisk:
		switch {
		case f.BusinessDays < 0:
			return w.say("subject.deadline_at_risk.overdue", "obligation", obligation)
		case f.BusinessDays == 0:
			return w.say("subject.deadline_at_risk.today", "obligation", obligation)
		}
		return w.say("subject.deadline_at_risk", "obligation", obligation, "n", f.BusinessDays)
	case alert.QueueMissesDeadline:
		return w.say("subject.queue_misses_deadline", "obligation", obligation)
	case alert.MissedRun:
		return w.say("subject.missed_run", "wf", wf)
	case alert.EngineSilent:
		return w.say("subject.engine_silent")
	case alert.LongerThanUsual:
		return w.say("subject.longer_than_usual", "wf", wf)
	case alert.ChannelBroken:
		return w.say("subject.channel_broken", "channel", w.channel(f))
	}
	return w.say("subject.custom", "name", cut(w.name(r.RuleName), limit))
}

func (w *words) channel(f *alert.Facts) string {
	switch f.ChannelType {
	case "email", "slack", "sms", "webhook", "in_app":
		return w.say("channel." + f.ChannelType)
	}
	return w.name(f.ChannelType)
}

// body is what a record tells, without how it came and what to do.
func (w *words) body(r *alert.Record) []string {
	if r.Builtin != "" {
		return w.builtinBody(r)
	}
	switch r.Type {
	case alert.ExecutionFailed:
		return w.failed(r)
	case alert.ExecutionTimeout:
		return w.timedOut(r)
	case alert.ConsecutiveFailures:
		return w.inRow(r)
	case alert.HighErrorRate:
		return w.errorRate(r)
	case alert.SlowExecution:
		return w.slow(r)
	case alert.QueueBacklog:
		return w.backlog(r)
	case alert.ResourceThreshold:
		return w.overThreshold(r)
	}
	return w.custom(r)
}

func (w *words) failed(r *alert.Record) []string {
	f := &r.Facts
	lines := []string{w.say("body.failed", "wf", w.workflow(r)), w.execution(r)}
	switch {
	case f.Step != "" && f.StepIndex > 0 && f.StepsTotal > 0:
		lines = append(lines, w.say("body.failedStepOf", "step", w.name(f.Step), "i", f.StepIndex, "of", f.StepsTotal))
	case f.Step != "":
		lines = append(lines, w.say("body.failedStep", "step", w.name(f.Step)))
	}
	if f.DurationMs > 0 {
		lines = append(lines, w.say("body.whenLasted", "at", w.moment(at(r)), "duration", w.duration(f.DurationMs, lasting)))
	} else {
		lines = append(lines, w.say("body.when", "at", w.moment(at(r))))
	}
	lines = w.withError(lines, "body.error", f.Error)
	return w.withDeadline(lines, f)
}

func at(r *alert.Record) execution.Instant {
	if present(r.Facts.At) {
		return r.Facts.At
	}
	return r.TriggeredAt
}

func (w *words) withError(lines []string, key, text string) []string {
	if text = w.error(text); text == "" || !w.open() {
		return lines
	}
	return append(lines, w.say(key, "error", text))
}

func (w *words) withDeadline(lines []string, f *alert.Facts) []string {
	if f.Obligation == "" || f.Due == "" {
		return lines
	}
	return append(lines, w.say("body.deadline", "obligation", w.due(f), "due", w.day(f.Due)))
}

func (w *words) execution(r *alert.Record) string {
	if client := w.client(r); client != "" {
		return w.say("body.executionClient", "id", w.id(r), "client", client)
	}
	return w.say("body.execution", "id", w.id(r))
}

func (w *words) timedOut(r *alert.Record) []string {
	f := &r.Facts
	first := w.say("body.timeout.unlimited", "wf", w.workflow(r), "duration", w.duration(f.DurationMs, lasting))
	if f.LimitMs > 0 {
		first = w.say("body.timeout", "wf", w.workflow(r), "duration", w.duration(f.DurationMs, lasting), "limit", w.duration(f.LimitMs, lasting))
	}
	lines := []string{first, w.execution(r)}
	switch {
	case f.Step != "" && f.StepDurationMs > 0:
		lines = append(lines, w.say("body.currentStepSince", "step", w.name(f.Step), "duration", w.duration(f.StepDurationMs, since)))
	case f.Step != "":
		lines = append(lines, w.say("body.currentStep", "step", w.name(f.Step)))
	}
	return w.withDeadline(append(lines, w.say("body.stillRuns")), f)
}

func (w *words) inRow(r *alert.Record) []string {
	f := &r.Facts
	from := ""
	if present(f.RowSince) {
		from = w.say("body.inRow.since", "at", w.moment(f.RowSince))
	}
	lines := []string{w.say("body.inRow", "wf", w.workflow(r), "n", f.InRow, "since", from)}
	if f.Step != "" && len(f.Recent) == 0 {
		lines = append(lines, w.say("body.failedStep", "step", w.name(f.Step)))
	}
	if present(f.LastGoodAt) {
		lines = append(lines, w.say("body.lastGood", "at", w.moment(f.LastGoodAt)))
	} else {
		lines = append(lines, w.say("body.lastGood.none"))
	}
	return w.withDeadline(lines, f)
}

// recent lists the latest failures in a row.
func (w *words) recent(r *alert.Record) block {
	f := &r.Facts
	b := block{title: w.say("body.recent"), bullets: true}
	for _, one := range f.Recent[:min(len(f.Recent), recentMax)] {
		parts := []string{oneLine(one.ExecutionID), w.moment(one.At)}
		if one.Step != "" {
			parts = append(parts, w.name(one.Step))
		}
		if text := w.error(one.Error); text != "" && w.open() {
			parts = append(parts, text)
		}
		b.lines = append(b.lines, strings.Join(parts, " · "))
	}
	return b
}

func (w *words) errorRate(r *alert.Record) []string {
	f := &r.Facts
	window := w.say("body.rate.minutes", "n", f.WindowMinutes)
	if hours := f.WindowMinutes / 60; hours > 1 && f.WindowMinutes%60 == 0 {
		window = w.say("body.rate.hours", "n", hours)
	}
	lines := []string{w.say("body.rate", "window", window, "failed", f.Failed, "n", f.Finished, "runs", w.say("body.rate.runs", "n", f.Finished),
		"percent", w.percent(f.Percent), "threshold", w.percent(f.Threshold))}
	if f.Step != "" && f.Error != "" && w.open() {
		lines = append(lines, w.say("body.rate.errorStep", "error", w.error(f.Error), "step", w.name(f.Step)))
	} else {
		lines = w.withError(lines, "body.rate.error", f.Error)
	}
	return w.withDeadline(lines, f)
}

// compared is "(próg …, zwykle …)".
func (w *words) compared(f *alert.Facts) string {
	var parts []string
	if f.LimitMs > 0 {
		parts = append(parts, w.say("body.slow.limit", "limit", w.duration(f.LimitMs, lasting)))
	}
	if f.UsualMs > 0 {
		parts = append(parts, w.say("body.slow.usual", "usual", w.duration(f.UsualMs, lasting)))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (w *words) slow(r *alert.Record) []string {
	f := &r.Facts
	lines := []string{w.say(running("body.slow", f), "id", w.id(r), "wf", w.workflow(r), "duration", w.duration(f.DurationMs, lasting),
		"compared", w.compared(f))}
	switch {
	case f.Step != "" && f.StepDurationMs > 0:
		lines = append(lines, w.say("body.slow.stepTook", "step", w.name(f.Step), "duration", w.duration(f.StepDurationMs, lasting)))
	case f.Step != "":
		lines = append(lines, w.say("body.slow.step", "step", w.name(f.Step)))
	}
	return w.withDeadline(lines, f)
}

func (w *words) backlog(r *alert.Record) []string {
	f := &r.Facts
	byAge := f.Metric == "oldestAgeSeconds"
	threshold, ageThreshold := w.say("body.threshold", "threshold", w.quantity(f.Metric, f.Threshold)), ""
	if byAge {
		threshold, ageThreshold = "", threshold
	}
	lines := []string{w.say("body.queue", "n", f.Pending, "threshold", threshold, "high", f.High, "normal", f.Normal, "low", f.Low)}
	if f.OldestSeconds > 0 {
		what := strings.TrimSpace(w.name(f.OldestWorkflow) + " " + oneLine(f.OldestExecution))
		if what == "" {
			what = "–"
		}
		lines = append(lines, w.say("body.queue.oldest", "what", what, "age", w.duration(f.OldestSeconds*1000, lasting), "threshold", ageThreshold))
	}
	if f.ClearSeconds > 0 {
		lines = append(lines, w.say("body.queue.rate", "rate", f.RatePerMinute, "clear", w.duration(f.ClearSeconds*1000, lasting)))
	} else {
		lines = append(lines, w.say("body.queue.rateUnknown"))
	}
	return w.withDeadline(lines, f)
}

func (w *words) overThreshold(r *alert.Record) []string {
	f := &r.Facts
	pairs := []any{"resource", w.resource(f.Metric), "threshold", w.quantity(f.Metric, f.Threshold), "value", w.quantity(f.Metric, f.Value)}
	first := w.say("body.resource", pairs...)
	if f.DurationMs > 0 {
		first = w.say("body.resource.for", append(pairs, "duration", w.duration(f.DurationMs, since))...)
	}
	lines := []string{first}
	if f.Source != "" {
		lines = append(lines, w.say("body.resource.source", "source", w.name(f.Source)))
	}
	if names := w.consumers(f); names != "" {
		lines = append(lines, w.say("body.resource.consumers", "names", names))
	}
	return lines
}

func (w *words) consumers(f *alert.Facts) string {
	var names []string
	for _, name := range f.Consumers {
		names = append(names, w.name(name))
	}
	return strings.Join(names, ", ")
}

func (w *words) custom(r *alert.Record) []string {
	f := &r.Facts
	if f.Metric == "" {
		return w.withDeadline([]string{w.say("body.process", "wf", w.workflow(r)), w.say("body.when", "at", w.moment(at(r)))}, f)
	}
	lines := []string{w.say("body.custom", "condition", w.condition(f)), w.say("body.custom.value", "value", w.quantity(f.Metric, f.Value)),
		w.say("body.process", "wf", w.workflow(r))}
	if r.ExecutionID != "" {
		lines = append(lines, w.execution(r))
	}
	return w.withDeadline(append(lines, w.say("body.when", "at", w.moment(at(r)))), f)
}

func (w *words) builtinBody(r *alert.Record) []string {
	f := &r.Facts
	switch r.Builtin {
	case alert.DeadlineAtRisk, alert.QueueMissesDeadline:
		var lines []string
		if f.Due != "" {
			lines = append(lines, w.say("body.due", "date", w.day(f.Due), "weekday", w.weekday(f.Due)))
		}
		if f.Pending > 0 {
			lines = append(lines, w.say("body.unfinished", "n", f.Pending))
		}
		if r.Builtin == alert.QueueMissesDeadline && f.ClearSeconds > 0 {
			lines = append(lines, w.say("body.queue.rate", "rate", f.RatePerMinute, "clear", w.duration(f.ClearSeconds*1000, lasting)))
		}
		if len(lines) == 0 {
			lines = append(lines, w.headline(r, nameRunesMax))
		}
		return lines
	case alert.MissedRun:
		if present(f.At) {
			return w.withDeadline([]string{w.say("body.missed", "wf", w.workflow(r), "at", w.moment(f.At))}, f)
		}
		return w.withDeadline([]string{w.say("body.missed.untimed", "wf", w.workflow(r))}, f)
	case alert.EngineSilent:
		if f.DurationMs > 0 {
			return []string{w.say("body.silent", "duration", w.duration(f.DurationMs, since))}
		}
		return []string{w.say("body.silent.untimed")}
	case alert.LongerThanUsual:
		return w.withDeadline([]string{w.say("body.longer", "id", w.id(r), "wf", w.workflow(r), "duration", w.duration(f.DurationMs, lasting),
			"compared", w.compared(f))}, f)
	case alert.ChannelBroken:
		return w.withError([]string{w.say("body.broken", "channel", w.channel(f))}, "body.error", f.Error)
	}
	return w.custom(r)
}
