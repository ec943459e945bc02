// Package text puts into words what notify sends: mails, text messages, Slack messages, bodies of webhooks, entries of the inbox, the morning
// report. What it says comes from one catalogue a language, pl.json and en.json. It is pure.
//
// Nothing here trusts a name: what came from outside is masked, made one line and escaped for where it goes. Subjects and everything outside
// the office name no client and no error, unless Options.Detailed allows the latter two to Slack, SMS and webhook (B-104).
package text

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
)

// Limits of what is composed.
const (
	subjectRunesMax = 120
	slackRunesMax   = 3000
	digestItemsMax  = 10
	nameRunesMax    = 255
	recentMax       = 5
)

// Options are what the organisation and its office say about messages. The zero value composes, in Polish, without links.
type Options struct {
	Language Language
	Zone     *time.Location // of the times; nil: UTC
	Office   string         // its name, in the foot of mails
	Detailed bool           // Slack, SMS and webhook also get client codes and masked errors (B-104)

	Links  func(*alert.Record) Links     // nil: none
	Advice func(*alert.Record) Advice    // nil: none
	Person func(id string) (name string) // who closed an alert, for mails; nil: nobody is named
}

// Links of one record, for one recipient; "" is none. Acknowledge is the short one: a page that changes nothing when it is opened.
type Links struct {
	View        string `json:"view"`
	Acknowledge string `json:"acknowledge"`
	Escalate    string `json:"escalate"`
}

// Advice is what a workflow's owner wrote down for the day on which it fails.
type Advice struct {
	Instruction string
	Owner       string
	OpenURL     string // of the execution in its engine
}

// Compose returns the message of a notice, with the members that its channel takes; of in_app, Subject is the title and Text the body.
func Compose(n *notify.Notice, o *Options) notify.Message {
	w := newWords(o, n.To.Type)
	m := notify.Message{Key: n.Key, Thread: n.Thread, At: n.Now}
	if len(n.Items) == 0 {
		return m
	}
	first := mostUrgent(n.Items)
	m.Severity, m.At = first.Record.Severity, happened(first)
	digest := n.Digest || len(n.Items) > 1
	var l *letter
	if digest {
		l = w.digest(n.Items)
	} else {
		l = w.letter(n.Items[0])
	}
	switch n.To.Type {
	case notify.Email:
		m.Subject, m.Text, m.HTML = l.subject(), l.text(), l.html()
	case notify.InApp:
		m.Subject, m.Text = l.title, firstLine(l)
	case notify.Slack:
		if l.foot = nil; !digest {
			w.chat(n.Items[0], l)
		}
		m.Slack = l.slack()
	case notify.SMS:
		m.SMS = w.sms(n.Items, digest, n.To.Options.Encoding == ucs2)
	case notify.Webhook:
		m.Subject, m.JSON = l.subject(), w.webhook(n, digest, l)
	}
	return m
}

// mostUrgent is the item that a message about several is named after: unresolved before resolved, then by severity, then as they came.
func mostUrgent(items []notify.Item) notify.Item {
	rank := func(i notify.Item) int {
		if i.Transition == alert.ResolvedAway {
			return -1
		}
		return slices.Index(severities, i.Record.Severity)
	}
	best := items[0]
	for _, i := range items[1:] {
		if rank(i) > rank(best) {
			best = i
		}
	}
	return best
}

var severities = []alert.Severity{alert.Info, alert.Warning, alert.Error, alert.Critical}

// happened is when what an item tells took place.
func happened(i notify.Item) execution.Instant {
	r := i.Record
	switch {
	case i.Transition == alert.ResolvedAway && r.ResolvedAt.Present():
		return r.ResolvedAt
	case i.Transition == alert.EscalatedUp && r.EscalatedAt.Present():
		return r.EscalatedAt
	case i.Transition == alert.Reminder && r.LastSeenAt.Present():
		return r.LastSeenAt
	case r.Facts.At.Present() && r.Facts.At != 0:
		return r.Facts.At
	}
	return r.TriggeredAt
}

// letter is one message of several items as a mail, before it becomes text, HTML or Slack's blocks.
func (w *words) letter(i notify.Item) *letter {
	r := i.Record
	l := w.blank()
	l.label, l.icon = w.label(i)
	l.severity = r.Severity
	l.title = w.title(i)
	body := w.body(r)
	if i.Transition == alert.ResolvedAway {
		body = w.resolved(i)
	}
	var before []string
	switch i.Transition {
	case alert.EscalatedUp:
		before = w.escalated(r)
	case alert.Reminder:
		before = append(before, w.say("body.reminder", "at", w.moment(r.TriggeredAt), "n", max(r.Count, 1)))
	}
	l.blocks = append(l.blocks, block{lines: before})
	if list := w.recent(r); len(list.lines) > 0 && i.Transition != alert.ResolvedAway {
		l.blocks = append(l.blocks, block{lines: body[:1]}, list)
		body = body[1:]
	}
	l.blocks = append(l.blocks, block{lines: body}, block{lines: w.remarks(i)})
	if w.to == notify.Email && i.Transition != alert.ResolvedAway {
		l.blocks = append(l.blocks, w.advice(r))
	}
	w.close(l, i)
	return l
}

// close adds links and foot.
func (w *words) close(l *letter, i notify.Item) {
	r := i.Record
	links := w.links(r)
	if i.Transition != alert.ResolvedAway {
		l.link(w.say("foot.acknowledge"), links.Acknowledge)
		l.link(w.say("foot.escalate"), links.Escalate)
	}
	l.link(w.say("foot.view"), links.View)
	if w.o.Advice != nil && r.WorkflowID != "" && w.to == notify.Email && i.Transition != alert.ResolvedAway {
		l.link(w.say("foot.open"), w.o.Advice(r).OpenURL)
	}
	if len(l.links) > 0 {
		l.foot = append(l.foot, w.say("foot.network"))
	}
	l.foot = append(l.foot, w.sender())
	if r.Rule != nil && i.Transition != alert.ResolvedAway {
		foot := w.say("foot.rule", "name", w.name(r.Rule.Name), "cooldown", w.duration(int64(r.Rule.CooldownMinutes)*60_000, lasting))
		if r.SuppressedCount > 0 {
			foot += " " + w.say("foot.suppressed", "n", r.SuppressedCount)
		}
		l.foot = append(l.foot, foot)
	}
}

func (w *words) sender() string {
	office := w.name(w.o.Office)
	if office != "" {
		office = w.say("foot.office", "office", office)
	}
	return w.say("foot.sender", "office", office)
}

// title is the subject without its label, as long as it may be.
func (w *words) title(i notify.Item) string {
	label, _ := w.label(i)
	room := subjectRunesMax - utf8.RuneCountInString(label) - len("[] ")
	for limit := nameRunesMax; ; limit = limit * 3 / 4 {
		title := w.wholeTitle(i, limit)
		if utf8.RuneCountInString(title) <= room || limit < 8 {
			return cut(title, room)
		}
	}
}

func (w *words) wholeTitle(i notify.Item, limit int) string {
	r := i.Record
	if i.Transition == alert.ResolvedAway {
		title := w.say("subject.resolved."+closing(r), "name", cut(w.named(r), limit))
		if i.Delayed {
			title = w.say("subject.delayed", "what", title)
		}
		return title
	}
	title := w.headline(r, limit)
	switch i.Transition {
	case alert.Reminder:
		title = w.say("subject.reminder", "what", title)
	case alert.EscalatedUp:
		title = w.say("subject.escalated", "what", title)
	}
	if i.Delayed {
		title = w.say("subject.delayed", "what", title)
	}
	return title
}

// closing is how a record was closed, as keys name it.
func closing(r *alert.Record) string {
	switch r.ResolvedWhy {
	case alert.Cleared, alert.Expired, "rule_deleted":
		return r.ResolvedWhy
	}
	return "hand"
}

// label of a subject, and Slack's icon.
func (w *words) label(i notify.Item) (label, icon string) {
	r := i.Record
	switch {
	case i.Transition == alert.ResolvedAway && closing(r) == alert.Cleared:
		return w.say("label.ok"), ":white_check_mark:"
	case i.Transition == alert.ResolvedAway:
		return w.say("label.closed"), ":information_source:"
	case r.Builtin == alert.DeadlineAtRisk || r.Builtin == alert.QueueMissesDeadline:
		return w.say("label.deadline"), ":calendar:"
	}
	return w.severity(r.Severity)
}

func (w *words) severity(s alert.Severity) (label, icon string) {
	switch s {
	case alert.Info:
		return w.say("label.info"), ":information_source:"
	case alert.Error:
		return w.say("label.error"), ":x:"
	case alert.Critical:
		return w.say("label.critical"), ":red_circle:"
	}
	return w.say("label.warning"), ":warning:"
}

// resolved is the body of a message that an alert is over.
func (w *words) resolved(i notify.Item) []string {
	r := i.Record
	why := closing(r)
	lines := []string{w.say("body.resolved."+why, "at", w.moment(r.TriggeredAt))}
	if who := w.person(r.ResolvedBy); why == "hand" && who != "" && w.to == notify.Email {
		lines[0] = w.say("body.resolved.by", "at", w.moment(r.TriggeredAt), "who", who, "closed", w.moment(r.ResolvedAt))
	}
	if r.ResolvedAt.Present() && r.ResolvedAt >= r.TriggeredAt {
		lines = append(lines, w.say("body.lasted", "duration", w.lasted(r, lasting)))
	}
	return lines
}

func (w *words) lasted(r *alert.Record, days string) string {
	if !r.ResolvedAt.Present() {
		return w.duration(0, days)
	}
	ms := r.ResolvedAt.Ms() - r.TriggeredAt.Ms()
	if ms >= 1000 {
		ms = ms / 1000 * 1000
	}
	return w.duration(ms, days)
}

func (w *words) escalated(r *alert.Record) []string {
	lines := []string{w.say("body.escalated", "at", w.moment(r.TriggeredAt), "level", max(r.EscalationLevel, 1))}
	if n := len(r.Comments); n > 0 && r.Comments[n-1].At == r.EscalatedAt && w.to == notify.Email {
		lines = append(lines, w.say("body.comment", "text", w.error(r.Comments[n-1].Text)))
	}
	return lines
}

// remarks say how the message came.
func (w *words) remarks(i notify.Item) (lines []string) {
	r := i.Record
	switch {
	case i.Delayed && i.Transition == alert.ResolvedAway && r.ResolvedAt.Present():
		lines = append(lines, w.say("body.delayed.both", "at", w.moment(r.TriggeredAt), "closed", w.moment(r.ResolvedAt)))
	case i.Delayed:
		lines = append(lines, w.say("body.delayed", "at", w.moment(happened(i))))
	}
	if r.Late {
		lines = append(lines, w.say("body.late"))
	}
	if i.Fallback {
		lines = append(lines, w.say("body.fallback"))
	}
	return lines
}

// advice is what to do about a workflow.
func (w *words) advice(r *alert.Record) (b block) {
	var a Advice
	if w.o.Advice != nil && r.WorkflowID != "" {
		a = w.o.Advice(r)
	}
	if text := w.paragraph(a.Instruction); text != "" {
		b.lines = append(b.lines, w.say("body.instruction", "instruction", text))
	} else if r.Type == alert.ExecutionFailed {
		b.lines = append(b.lines, w.say("body.next"))
	}
	if owner := w.name(a.Owner); owner != "" {
		b.lines = append(b.lines, w.say("body.owner", "owner", owner))
	}
	return b
}

func firstLine(l *letter) string {
	for _, b := range l.blocks {
		if len(b.lines) > 0 {
			return b.lines[0]
		}
	}
	return ""
}

// cut is s with at most n runes, the last of which is then "…".
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:max(n-1, 0)]), " ") + "…"
}
