package text

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
)

const paragraphRunesMax = 2000

// words says things in the language of one message, as openly as its channel may.
type words struct {
	Language
	o    *Options
	zone *time.Location
	to   notify.Type
}

func newWords(o *Options, to notify.Type) *words {
	w := &words{Language: o.Language.known(), o: o, zone: o.Zone, to: to}
	if w.zone == nil {
		w.zone = time.UTC
	}
	return w
}

// open says whether client codes and errors may be told: inside the office, or where the organisation allows it.
func (w *words) open() bool { return w.to == notify.Email || w.to == notify.InApp || w.o.Detailed }

func (w *words) moment(at execution.Instant) string { return w.Language.moment(at, w.zone) }

// name is a name from outside: masked, one line.
func (w *words) name(s string) string { return cut(mask.Text(oneLine(s)), nameRunesMax) }

// error is the masked first line of an error.
func (w *words) error(s string) string { return mask.Preview(s) }

// paragraph is what somebody of the office wrote: masked, its lines joined.
func (w *words) paragraph(s string) string { return cut(mask.Text(oneLine(s)), paragraphRunesMax) }

// oneLine has no control characters and no line separators, so that it cannot become a header or a line of its own; nor has it the marks that
// turn the direction of writing, by which a name can pose as another.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// workflow is what a record is about, by its name.
func (w *words) workflow(r *alert.Record) string {
	for _, s := range []string{r.WorkflowName, r.WorkflowID, r.RuleName} {
		if s != "" {
			return w.name(s)
		}
	}
	return "–"
}

// named is the name of a record's rule; that of a built-in one is what it says.
func (w *words) named(r *alert.Record) string {
	if r.Builtin != "" || r.RuleName == "" {
		return w.headline(r, nameRunesMax)
	}
	return w.name(r.RuleName)
}

func (w *words) person(id string) string {
	if id == "" || id == "system" || w.o.Person == nil {
		return ""
	}
	return w.name(w.o.Person(id))
}

func (w *words) links(r *alert.Record) Links {
	if w.o.Links == nil {
		return Links{}
	}
	l := w.o.Links(r)
	return Links{page(l.View), page(l.Acknowledge), page(l.Escalate)}
}

// page is the address of one, or "".
func page(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || oneLine(s) != s {
		return ""
	}
	return u.String()
}

// client is the code of the client, where it may be told.
func (w *words) client(r *alert.Record) string {
	if !w.open() {
		return ""
	}
	return cut(oneLine(r.ClientRef), nameRunesMax)
}

// id of an execution. Outside the office and in subjects one that has the form of a tax number is masked like it.
func (w *words) id(r *alert.Record) string {
	if r.ExecutionID == "" {
		return "–"
	}
	return mask.Text(oneLine(r.ExecutionID))
}

// short is a resource's metric without its unit.
func short(metric string) string {
	name, _, _ := strings.Cut(metric, ".")
	switch {
	case name == "cpu" || name == "memory" || name == "disk":
		return name
	case metric == "db_connections" || metric == "db.active_connections":
		return "db_connections"
	case metric == "queue_depth" || metric == "queue.depth":
		return "queue_depth"
	}
	return ""
}

func (w *words) resource(metric string) string {
	if s := short(metric); s != "" {
		return w.say("resource." + s)
	}
	return w.name(metric)
}

// metric is what a custom rule compares.
func (w *words) metric(name string) string {
	switch name {
	case "duration", "progress", "stepCount", "failedSteps", "retryCount", "waitSeconds", "inputBytes", "outputBytes":
		return w.say("metric." + name)
	}
	return w.name(name)
}

// quantity is a value of a metric with its unit.
func (w *words) quantity(metric string, v float64) string {
	percent := strings.HasSuffix(metric, "_percent") || metric == "cpu" || metric == "memory" || metric == "disk" || metric == "progress"
	switch {
	case percent:
		return w.percent(v)
	case metric == "duration":
		return w.duration(int64(v), lasting)
	case metric == "waitSeconds" || metric == "oldestAgeSeconds":
		return w.duration(int64(v*1000), lasting)
	case metric == "memory.used_mb":
		return w.number(v) + noBreakSpace + "MB"
	}
	return w.number(v)
}

func (w *words) condition(f *alert.Facts) string {
	op := f.Operator
	switch op {
	case "gt", "gte", "lt", "lte", "eq", "ne":
	default:
		op = "gt"
	}
	return w.metric(f.Metric) + " " + w.say("operator."+op, "value", w.quantity(f.Metric, f.Threshold))
}

// due is the day of a deadline.
func (w *words) due(f *alert.Facts) string { return w.obligation(w.name(f.Obligation), f.Period) }
