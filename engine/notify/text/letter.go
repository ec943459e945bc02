package text

import (
	"encoding/json"
	"html"
	"strings"
	"unicode/utf8"

	"flowwatch/engine/alert"
)

// letter is a message before it has a form.
type letter struct {
	language    Language
	label, icon string // of the subject; of Slack's first line
	severity    alert.Severity
	title       string
	blocks      []block
	links       []link
	foot        []string
}

// block is a paragraph of lines, or a list.
type block struct {
	title   string
	lines   []string
	bullets bool
}

type link struct{ label, url string }

func (w *words) blank() *letter { return &letter{language: w.Language, severity: alert.Info} }

// link adds one that leads to a page; everything else is left out.
func (l *letter) link(label, address string) {
	if address = page(address); address != "" {
		l.links = append(l.links, link{label, address})
	}
}

func (l *letter) subject() string { return "[" + l.label + "] " + l.title }

// text is the plain form of a mail.
func (l *letter) text() string {
	var parts []string
	for _, b := range l.blocks {
		lines := b.lines
		if b.bullets {
			lines = nil
			for _, line := range b.lines {
				lines = append(lines, "• "+line)
			}
		}
		if b.title != "" {
			lines = append([]string{b.title}, lines...)
		}
		if len(lines) > 0 {
			parts = append(parts, strings.Join(lines, "\n"))
		}
	}
	var links []string
	for _, one := range l.links {
		links = append(links, one.label+": "+one.url)
	}
	foot := l.foot
	if len(links) > 0 {
		foot = append([]string{strings.Join(links, " · ")}, foot...)
	}
	if len(foot) > 0 {
		parts = append(parts, "-- \n"+strings.Join(foot, "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// colours of the bar beside the title. The label says the same in words.
var colours = map[alert.Severity]string{alert.Info: "#2f6f9f", alert.Warning: "#9a6700", alert.Error: "#b3261e", alert.Critical: "#7f1d1d"}

const (
	htmlBody = `font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5;color:#1b1b1b;max-width:640px`
	htmlFoot = `font-size:13px;color:#555555;border-top:1px solid #cccccc;padding-top:8px`
)

// html is a mail's simple form: no images, nothing from elsewhere.
func (l *letter) html() string {
	var b strings.Builder
	esc := html.EscapeString
	b.WriteString(`<!doctype html><html lang="` + string(l.language) + `"><head><meta charset="utf-8"><title>` + esc(l.subject()) + `</title></head><body style="` + htmlBody + `">`)
	b.WriteString("\n" + `<h1 style="font-size:18px;border-left:6px solid ` + l.colour() + `;padding-left:10px">` + esc(l.subject()) + "</h1>\n")
	for _, one := range l.blocks {
		if one.title != "" {
			b.WriteString(`<h2 style="font-size:16px">` + esc(one.title) + "</h2>\n")
		}
		if len(one.lines) == 0 {
			continue
		}
		before, between, behind := "<p>", "<br>\n", "</p>\n"
		if one.bullets {
			before, between, behind = "<ul><li>", "</li>\n<li>", "</li></ul>\n"
		}
		b.WriteString(before)
		for i, line := range one.lines {
			if i > 0 {
				b.WriteString(between)
			}
			b.WriteString(esc(line))
		}
		b.WriteString(behind)
	}
	if len(l.links) > 0 {
		b.WriteString("<p>")
		for i, one := range l.links {
			if i > 0 {
				b.WriteString(" · ")
			}
			b.WriteString(`<a href="` + esc(one.url) + `">` + esc(one.label) + `</a>`)
		}
		b.WriteString("</p>\n")
	}
	if len(l.foot) > 0 {
		b.WriteString(`<p style="` + htmlFoot + `">`)
		for i, line := range l.foot {
			if i > 0 {
				b.WriteString("<br>\n")
			}
			b.WriteString(esc(line))
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

func (l *letter) colour() string {
	if l.icon == ":white_check_mark:" {
		return "#1a7f37"
	}
	if c, ok := colours[l.severity]; ok {
		return c
	}
	return colours[alert.Warning]
}

// escapeSlack makes s a text in which nothing is a command (https://docs.slack.dev: only these three are special).
var escapeSlack = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

// slack is the body of the POST to an incoming webhook: one section, and the title for where only a text is shown.
func (l *letter) slack() json.RawMessage {
	type mrkdwn struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type section struct {
		Type string `json:"type"`
		Text mrkdwn `json:"text"`
	}
	title := escapeSlack(strings.ReplaceAll(l.subject(), "*", "∗"))
	var links []string
	for _, one := range l.links {
		links = append(links, "<"+slackURL(one.url)+"|"+escapeSlack(one.label)+">")
	}
	lines := []string{l.icon + " *" + title + "*"}
	tail := strings.Join(links, " · ")
	used := utf8.RuneCountInString(lines[0]) + utf8.RuneCountInString(tail) + 2
	for _, b := range l.blocks {
		for _, line := range b.lines {
			quoted := ">" + escapeSlack(line)
			if used += utf8.RuneCountInString(quoted) + 1; used <= slackRunesMax {
				lines = append(lines, quoted)
			}
		}
	}
	if tail != "" {
		lines = append(lines, tail)
	}
	// A struct of strings is always JSON.
	body, _ := json.Marshal(struct {
		Text   string    `json:"text"`
		Blocks []section `json:"blocks"`
	}{title, []section{{"section", mrkdwn{"mrkdwn", strings.Join(lines, "\n")}}}})
	return body
}

// slackURL has none of the characters that end a link.
var slackURL = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace
