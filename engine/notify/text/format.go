package text

import (
	"math"
	"strconv"
	"strings"
	"time"

	"flowwatch/engine/execution"
)

const noBreakSpace = "\u00a0"

// number has at most one decimal: 12 345,7 in Polish, where numbers of four digits are not grouped, 12,345.7 in English.
func (l Language) number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s := strings.TrimSuffix(strconv.FormatFloat(math.Abs(v), 'f', 1, 64), ".0")
	whole, fraction, fractional := strings.Cut(s, ".")
	group, point, least := noBreakSpace, ",", 5
	if l.known() == English {
		group, point, least = ",", ".", 4
	}
	if len(whole) >= least {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + group + whole[i:]
		}
	}
	if fractional {
		whole += point + fraction
	}
	if v < 0 && s != "0" {
		whole = "-" + whole
	}
	return whole
}

func (l Language) percent(v float64) string { return l.number(v) + "%" }

// The cases of a length of time, as far as they differ: "trwa 1 dzień", "od 1 dnia", "po 1 dniu".
const (
	lasting = "time.d"
	since   = "time.dSince"
	after   = "time.dAfter"
)

// duration is as exact as it is short, and rounded down: 350 ms, 2,4 s, 2 min 35 s, 1 godz. 5 min, 3 dni 4 godz.
func (l Language) duration(ms int64, days string) string {
	ms = max(ms, 0)
	s := ms / 1000
	join := func(key string, n int64, nextKey string, next int64) string {
		text := l.say(key, "n", n)
		if next > 0 {
			text += " " + l.say(nextKey, "n", next)
		}
		return text
	}
	switch {
	case s >= 86_400:
		return join(days, s/86_400, "time.h", s/3600%24)
	case s >= 3600:
		return join("time.h", s/3600, "time.min", s/60%60)
	case s >= 60:
		return join("time.min", s/60, "time.s", s%60)
	case s >= 1:
		return l.say("time.s", "n", float64(ms/100)/10)
	}
	return l.say("time.ms", "n", ms)
}

// clock is a time of day; the hour that a change of clocks repeats carries its zone: "02:30 CEST".
func clock(t time.Time) string {
	name, offset := t.Zone()
	_, later := t.Add(time.Hour).Zone()
	_, earlier := t.Add(-time.Hour).Zone()
	if later == offset-3600 || earlier == offset+3600 {
		return t.Format("15:04 ") + name
	}
	return t.Format("15:04")
}

func (l Language) date(t time.Time) string {
	if l.known() == English {
		return t.Format("2 Jan 2006")
	}
	return t.Format("02.01.2006")
}

// Moment is a point in time on the zone's clock, as messages say it.
func (l Language) Moment(at execution.Instant, zone *time.Location) string { return l.moment(at, zone) }

// moment is a point in time on the zone's clock: 23.11.2026, 02:14.
func (l Language) moment(at execution.Instant, zone *time.Location) string {
	t := at.Time().In(zone)
	return l.date(t) + ", " + clock(t)
}

// day is a date of the form YYYY-MM-DD as people write it; what is none stays.
func (l Language) day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return l.date(t)
}

func (l Language) weekday(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return ""
	}
	return l.say("weekday." + strconv.Itoa(int(t.Weekday())))
}

// period is that of an obligation: 2026-11, 2026-Q4, 2026; "" where there is none.
func (l Language) period(s string) string {
	if t, err := time.Parse("2006-01", s); err == nil {
		return l.say("period.month", "month", l.say("month."+strconv.Itoa(int(t.Month()))), "year", t.Format("2006"))
	}
	year, quarter, quarterly := strings.Cut(s, "-Q")
	if i := strings.Index("1234", quarter); quarterly && len(quarter) == 1 && i >= 0 {
		return l.say("period.quarter", "roman", []string{"I", "II", "III", "IV"}[i], "year", year)
	}
	if _, err := time.Parse("2006", s); err == nil {
		return l.say("period.year", "year", s)
	}
	return ""
}

// obligation is its name with the period.
func (l Language) obligation(name, period string) string {
	if of := l.period(period); of != "" {
		return l.say("period.of", "name", name, "period", of)
	}
	return name
}
