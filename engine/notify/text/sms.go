package text

import (
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/gsm7"
)

// ucs2 is the encoding that keeps diacritics.
const ucs2 = "ucs2"

// fit is how much of what varies a text message says; 0 leaves it out.
type fit struct {
	name, id, step, client int
	time                   bool
	linkLabel              bool
}

// fits are tried in turn until a message has room (3.6: name and step 20, client 10).
var fits = []fit{
	{name: 20, id: 36, step: 20, client: 10, time: true, linkLabel: true},
	{name: 20, id: 36, step: 20, client: 10, time: true},
	{name: 20, id: 12, step: 20, client: 10, time: true},
	{name: 20, id: 12, step: 12, client: 10, time: true},
	{name: 20, id: 12, time: true},
	{name: 20, id: 12},
	{name: 12, id: 8},
}

// sms is a text message: label, what happened, link. Without diacritics it is one part of 160 septets, with them at most two of UCS-2; the link
// is never cut, so only one that is longer than that makes more parts.
func (w *words) sms(items []notify.Item, digest, diacritics bool) string {
	first := mostUrgent(items)
	label, _ := w.label(first)
	link := w.smsLink(first)
	var text string
	for _, f := range fits {
		said := label + " " + w.smsHead(items, first, digest, f)
		if link == "" {
			text = said
		} else if text = said + " " + link; f.linkLabel {
			text = said + " " + w.smsLinkLabel(first, link)
		}
		if done, ok := encoded(text, diacritics); ok {
			return done
		}
	}
	return hardCut(strings.TrimSuffix(text, link), link, diacritics)
}

// encoded is the text as it is sent, and whether it has room.
func encoded(text string, diacritics bool) (string, bool) {
	if diacritics {
		text = oneLine(text)
		return text, gsm7.Units(text) <= gsm7.WideTwoPartsMax
	}
	text = gsm7.Plain(text)
	n, _ := gsm7.Septets(text)
	return text, n <= gsm7.PartMax
}

// hardCut takes from the end of the head until head and link have room.
func hardCut(head, link string, diacritics bool) string {
	if !diacritics {
		head = gsm7.Plain(head)
	}
	runes := []rune(strings.TrimSpace(head))
	for {
		text, ok := encoded(strings.TrimSpace(string(runes)+" "+link), diacritics)
		if ok || len(runes) == 0 {
			return text
		}
		runes = runes[:len(runes)-1]
	}
}

func (w *words) smsLink(i notify.Item) string {
	l := w.blank()
	if links := w.links(i.Record); i.Transition != alert.ResolvedAway {
		l.link("", links.Acknowledge)
		l.link("", links.View)
	}
	if len(l.links) == 0 {
		return ""
	}
	return l.links[0].url
}

func (w *words) smsLinkLabel(i notify.Item, link string) string {
	if i.Record.Severity == alert.Critical {
		return w.say("sms.acknowledge", "url", link)
	}
	return w.say("sms.view", "url", link)
}

// dotted is s with at most n runes, the last of which is then a dot: an ellipsis costs three.
func dotted(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return strings.TrimRight(string(runes[:max(n-1, 0)]), " .") + "."
}

func (w *words) smsHead(items []notify.Item, i notify.Item, digest bool, f fit) string {
	if digest {
		return w.say("sms.digest", "what", w.digestTitle(items), "first", w.headline(i.Record, f.name))
	}
	r := i.Record
	var parts []string
	switch i.Transition {
	case alert.ResolvedAway:
		return w.smsResolved(i, f)
	case alert.Reminder:
		parts = append(parts, w.say("sms.reminder"))
	case alert.EscalatedUp:
		parts = append(parts, w.say("sms.escalated"))
	}
	parts = append(parts, w.smsFact(r, f))
	if r.Facts.Step != "" && f.step > 0 && r.Builtin == "" {
		key := "sms.failedStep"
		if r.Type == alert.ConsecutiveFailures {
			key = "sms.lastStep"
		}
		parts = append(parts, w.say(key, "step", dotted(w.name(r.Facts.Step), f.step)))
	}
	if f.time && (r.Builtin == "" || i.Delayed) {
		parts = append(parts, w.say("sms.at", "at", w.moment(happened(i))))
	}
	if client := w.client(r); client != "" && f.client > 0 {
		parts = append(parts, w.say("sms.client", "client", dotted(client, f.client)))
	}
	return strings.Join(parts, " ")
}

func (w *words) smsResolved(i notify.Item, f fit) string {
	r := i.Record
	text := w.say("sms.resolved.other", "what", w.wholeTitle(notify.Item{Transition: i.Transition, Record: r}, f.name))
	if closing(r) == alert.Cleared {
		text = w.say("sms.resolved.cleared", "name", dotted(w.named(r), f.name), "duration", w.lasted(r, after))
	}
	if f.time {
		text += " " + w.moment(happened(i))
	}
	return text
}

// smsFact is what happened.
func (w *words) smsFact(r *alert.Record, fit fit) string {
	f := &r.Facts
	wf := dotted(w.workflow(r), fit.name)
	if r.Builtin != "" {
		text := w.say("sms.plain", "what", w.headline(r, fit.name+fit.step))
		if f.Due != "" && fit.time {
			text += " " + w.say("sms.due", "due", w.day(f.Due))
		}
		return text
	}
	switch r.Type {
	case alert.ExecutionFailed:
		return w.say("sms.execution_failed", "wf", wf, "id", dotted(w.id(r), fit.id))
	case alert.ExecutionTimeout:
		if f.LimitMs <= 0 {
			return w.say("sms.execution_timeout.unlimited", "wf", wf, "duration", w.duration(f.DurationMs, lasting))
		}
		return w.say("sms.execution_timeout", "wf", wf, "limit", w.duration(f.LimitMs, lasting), "duration", w.duration(f.DurationMs, lasting))
	case alert.ConsecutiveFailures:
		return w.say("sms.consecutive_failures", "wf", wf, "n", f.InRow)
	case alert.HighErrorRate:
		window := w.say("sms.window.minutes", "n", f.WindowMinutes)
		if hours := f.WindowMinutes / 60; hours > 1 && f.WindowMinutes%60 == 0 {
			window = w.say("sms.window.hours", "n", hours)
		}
		return w.say("sms.high_error_rate", "wf", wf, "percent", w.percent(f.Percent), "failed", f.Failed, "finished", f.Finished, "window", window)
	case alert.SlowExecution:
		limit := ""
		if f.LimitMs > 0 {
			limit = w.say("sms.limit", "limit", w.duration(f.LimitMs, lasting))
		}
		return w.say(running("sms.slow_execution", f), "wf", wf, "duration", w.duration(f.DurationMs, lasting), "limit", limit)
	case alert.QueueBacklog:
		return w.smsBacklog(f)
	case alert.ResourceThreshold:
		return w.smsResource(f, fit)
	}
	if f.Metric == "" {
		return w.say("sms.plain", "what", dotted(w.name(r.RuleName), fit.name))
	}
	return w.say("sms.custom", "name", dotted(w.name(r.RuleName), fit.name), "metric", dotted(w.metric(f.Metric), fit.name),
		"value", w.quantity(f.Metric, f.Value), "threshold", w.quantity(f.Metric, f.Threshold))
}

func (w *words) smsBacklog(f *alert.Facts) string {
	threshold := ""
	if f.Metric != "oldestAgeSeconds" {
		threshold = w.say("body.threshold", "threshold", w.quantity(f.Metric, f.Threshold))
	}
	parts := []string{w.say("sms.queue_backlog", "n", f.Pending, "threshold", threshold)}
	if f.OldestSeconds > 0 {
		parts = append(parts, w.say("sms.queue.oldest", "age", w.duration(f.OldestSeconds*1000, lasting)))
	}
	if f.ClearSeconds > 0 {
		parts = append(parts, w.say("sms.queue.clear", "clear", w.duration(f.ClearSeconds*1000, lasting)))
	}
	return strings.Join(parts, " ")
}

func (w *words) smsResource(f *alert.Facts, fit fit) string {
	lasted := ""
	if f.DurationMs > 0 {
		lasted = w.say("sms.resource.since", "duration", w.duration(f.DurationMs, since))
	}
	text := w.say("sms.resource_threshold", "resource", dotted(w.resource(f.Metric), fit.name), "value", w.quantity(f.Metric, f.Value),
		"threshold", w.quantity(f.Metric, f.Threshold), "since", lasted)
	if len(f.Consumers) > 0 && fit.step > 0 {
		text += " " + w.say("sms.resource.consumer", "wf", dotted(w.name(f.Consumers[0]), fit.step))
	}
	return text
}
