package text

import (
	"encoding/json"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/gsm7"
)

// Trial is the message by which somebody tests a channel. Its webhook is {event:"alert.test", subject, message, sentAt}.
func Trial(to notify.Target, key string, now execution.Instant, o *Options) notify.Message {
	w := newWords(o, to.Type)
	l := w.blank()
	l.label, l.icon, l.title = w.say("label.test"), ":information_source:", w.say("subject.test")
	l.blocks = []block{{lines: []string{w.say("body.test"), w.say("body.test.sent", "at", w.moment(now))}}}
	m := notify.Message{Key: key, Severity: alert.Info, At: now}
	switch to.Type {
	case notify.Email:
		l.foot = []string{w.sender()}
		m.Subject, m.Text, m.HTML = l.subject(), l.text(), l.html()
	case notify.InApp:
		m.Subject, m.Text = l.title, firstLine(l)
	case notify.Slack:
		m.Slack = l.slack()
	case notify.SMS:
		m.SMS = l.label + " " + w.say("body.test")
		if to.Options.Encoding != ucs2 {
			m.SMS = gsm7.Plain(m.SMS)
		}
	case notify.Webhook:
		m.Subject = l.subject()
		// A struct of strings and a time is always JSON.
		m.JSON, _ = json.Marshal(struct {
			Event   string            `json:"event"`
			Subject string            `json:"subject"`
			Message string            `json:"message"`
			SentAt  execution.Instant `json:"sentAt"`
		}{"alert.test", m.Subject, w.say("body.test"), now})
	}
	return m
}
