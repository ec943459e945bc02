package text

import (
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
)

// listMax is how many of each kind the morning report names.
const listMax = 10

// Morning is what the morning report tells. Lists are shown up to ten, totals say how many there are.
type Morning struct {
	From, To      execution.Instant // the night
	Failed        []MorningRun      // the latest first
	FailedTotal   int
	Waiting       []MorningRun // for a decision, the oldest first
	WaitingTotal  int
	Due           []MorningDeadline // soonest first
	OpenAlerts    int
	BackupAt      execution.Instant // of the latest good one; NoInstant: there is none
	BackupProblem string            // of the latest attempt, if it failed
	View          string            // link to the dashboard; "": none
}

// MorningRun is an execution that somebody has to look at.
type MorningRun struct {
	WorkflowName, ExecutionID, ClientRef, Step, Error string
	At                                                execution.Instant
}

// MorningDeadline is an obligation that is due soon. Due is YYYY-MM-DD; BusinessDays are left until then, below 0: it is over.
type MorningDeadline struct {
	Name, Period, Due string
	BusinessDays      int
	Confirmed         bool // by the office; what is not says so (5.14)
}

// Report is the mail of every morning. That it comes is half of its meaning, so it also comes when nothing happened.
func Report(m *Morning, key string, now execution.Instant, o *Options) notify.Message {
	w := newWords(o, notify.Email)
	l := w.blank()
	failed := w.say("report.failed.none")
	l.label, l.icon = w.say("label.report"), ":white_check_mark:"
	if m.FailedTotal > 0 {
		failed = w.say("report.failed", "n", m.FailedTotal)
		l.severity, l.icon = alert.Warning, ":warning:"
	}
	l.title = w.say("subject.report", "date", w.date(now.Time().In(w.zone)), "failed", failed)
	l.blocks = append(l.blocks, block{lines: []string{w.say("report.night", "from", w.moment(m.From), "to", w.moment(m.To))}})
	l.blocks = append(l.blocks, w.runs("report.failedTitle", m.Failed, m.FailedTotal))
	l.blocks = append(l.blocks, w.runs("report.waitingTitle", m.Waiting, m.WaitingTotal))
	l.blocks = append(l.blocks, w.deadlines(m.Due))
	system := block{title: w.say("report.systemTitle"), bullets: true}
	if m.OpenAlerts > 0 {
		system.lines = append(system.lines, w.say("report.alerts", "n", m.OpenAlerts))
	}
	system.lines = append(system.lines, w.backup(m, now)...)
	l.blocks = append(l.blocks, system, block{lines: []string{w.say("report.end")}})
	l.link(w.say("foot.view"), m.View)
	l.foot = []string{w.sender()}
	return notify.Message{Key: key, Severity: l.severity, At: now, Subject: l.subject(), Text: l.text(), HTML: l.html()}
}

func (w *words) backup(m *Morning, now execution.Instant) (lines []string) {
	if present(m.BackupAt) {
		lines = append(lines, w.say("report.backup", "age", w.duration(max(now.Ms()-m.BackupAt.Ms(), 0)/60_000*60_000, since), "at", w.moment(m.BackupAt)))
	} else {
		lines = append(lines, w.say("report.backup.none"))
	}
	return w.withError(lines, "report.backup.failed", m.BackupProblem)
}

func (w *words) runs(title string, runs []MorningRun, total int) block {
	b := block{title: w.say(title), bullets: true}
	for _, r := range runs[:min(len(runs), listMax)] {
		line := []string{w.say("report.run", "wf", w.name(r.WorkflowName), "id", oneLine(r.ExecutionID), "at", w.moment(r.At))}
		if r.ClientRef != "" {
			line = append(line, w.say("report.client", "client", oneLine(r.ClientRef)))
		}
		if r.Step != "" {
			line = append(line, w.say("report.step", "step", w.name(r.Step)))
		}
		if text := w.error(r.Error); text != "" {
			line = append(line, text)
		}
		b.lines = append(b.lines, strings.Join(line, " · "))
	}
	return w.rest(b, max(total, len(runs)))
}

func (w *words) deadlines(due []MorningDeadline) block {
	b := block{title: w.say("report.dueTitle"), bullets: true}
	for _, d := range due[:min(len(due), listMax)] {
		pairs := []any{"obligation", w.obligation(w.name(d.Name), d.Period), "date", w.day(d.Due), "n", d.BusinessDays}
		key := "report.due"
		switch {
		case d.BusinessDays < 0:
			key = "report.due.overdue"
		case d.BusinessDays == 0:
			key = "report.due.today"
		}
		line := w.say(key, pairs...)
		if !d.Confirmed {
			line += " – " + w.say("report.unconfirmed")
		}
		b.lines = append(b.lines, line)
	}
	return w.rest(b, len(due))
}

func (w *words) rest(b block, total int) block {
	if more := total - len(b.lines); more > 0 && len(b.lines) > 0 {
		b.lines = append(b.lines, w.say("report.more", "n", more))
	}
	if len(b.lines) == 0 {
		b.lines, b.bullets = []string{w.say("report.none")}, false
	}
	return b
}
