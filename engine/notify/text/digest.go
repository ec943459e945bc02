package text

import (
	"cmp"
	"slices"

	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
)

// digest is one letter about several items, the most urgent first.
func (w *words) digest(items []notify.Item) *letter {
	first := mostUrgent(items)
	l := w.blank()
	l.severity = first.Record.Severity
	l.label, l.icon = w.label(first)
	l.title = w.digestTitle(items)
	sorted := slices.Clone(items)
	rank := func(i notify.Item) int {
		if i.Transition == alert.ResolvedAway {
			return -1
		}
		return slices.Index(severities, i.Record.Severity)
	}
	slices.SortStableFunc(sorted, func(a, b notify.Item) int { return cmp.Compare(rank(b), rank(a)) })
	list := block{bullets: true}
	late, delayed, fallback := false, false, false
	for n, i := range sorted {
		late, delayed, fallback = late || i.Record.Late, delayed || i.Delayed, fallback || i.Fallback
		if n < digestItemsMax {
			label, _ := w.label(i)
			list.lines = append(list.lines, "["+label+"] "+w.digestLine(i)+" · "+w.moment(happened(i)))
		}
	}
	l.blocks = append(l.blocks, list)
	if more := len(items) - digestItemsMax; more > 0 {
		l.blocks = append(l.blocks, block{lines: []string{w.say("body.more", "n", more)}})
	}
	var remarks []string
	if delayed {
		remarks = append(remarks, w.say("body.delayed.several"))
	}
	if late {
		remarks = append(remarks, w.say("body.late.several"))
	}
	if fallback {
		remarks = append(remarks, w.say("body.fallback"))
	}
	l.blocks = append(l.blocks, block{lines: remarks})
	l.link(w.say("foot.view"), w.links(first.Record).View)
	if len(l.links) > 0 {
		l.foot = append(l.foot, w.say("foot.network"))
	}
	l.foot = append(l.foot, w.sender())
	return l
}

// digestLine is the title of one of a digest; mails also name the client, which subjects must not.
func (w *words) digestLine(i notify.Item) string {
	title := w.title(i)
	if client := w.client(i.Record); client != "" && w.to == notify.Email {
		title += " (" + w.say("slack.client", "client", client) + ")"
	}
	return title
}

func (w *words) digestTitle(items []notify.Item) string {
	workflows := map[string]bool{}
	open := 0
	for _, i := range items {
		if i.Transition != alert.ResolvedAway {
			open++
		}
		if i.Record.WorkflowID != "" {
			workflows[i.Record.WorkflowID] = true
		}
	}
	if open == 0 {
		return w.say("subject.digest.resolved", "n", len(items))
	}
	where := ""
	if len(workflows) > 0 {
		where = w.say("subject.digest.where", "n", len(workflows))
	}
	return oneLine(w.say("subject.digest", "n", len(items), "where", where))
}
