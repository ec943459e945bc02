package text

import (
	"strconv"

	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
)

// messages are the ten texts that the API offers by key (Z10).
var messages = []string{"executionStarted", "executionCompleted", "executionFailed", "stepCompleted", "stepFailed", "alertTriggered", "alertAcknowledged",
	"queueBacklog", "resourceWarning", "performanceDegraded"}

// Messages are these texts in a language.
func Messages(l Language) map[string]string {
	out := make(map[string]string, len(messages))
	for _, key := range messages {
		out[key] = l.say("message." + key)
	}
	return out
}

// Sentence is what a record says in lists and to programs. It names neither client nor error.
func (l Language) Sentence(r *alert.Record) string {
	w := newWords(&Options{Language: l}, notify.Webhook)
	f := &r.Facts
	if r.Builtin != "" {
		return w.headline(r, nameRunesMax)
	}
	switch r.Type {
	case alert.ExecutionFailed, alert.ConsecutiveFailures, alert.HighErrorRate, alert.QueueBacklog:
		return w.say("sentence."+string(r.Type), "name", w.workflow(r), "id", r.ExecutionID)
	case alert.SlowExecution:
		return w.say("sentence.slow_execution", "name", w.workflow(r), "ms", strconv.FormatInt(f.DurationMs, 10))
	case alert.ExecutionTimeout:
		limit := "–"
		if f.LimitMs > 0 {
			limit = w.duration(f.LimitMs, lasting)
		}
		return w.say("sentence.execution_timeout", "name", w.workflow(r), "limit", limit)
	case alert.ResourceThreshold:
		return w.say("sentence.resource_threshold", "resource", w.resource(f.Metric), "value", w.quantity(f.Metric, f.Value),
			"threshold", w.quantity(f.Metric, f.Threshold))
	}
	return w.say("sentence.custom", "name", w.name(r.RuleName))
}
