package deadline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// Text is a text in the languages of the product; only Polish must be there.
type Text struct {
	PL string `json:"pl"`
	EN string `json:"en,omitempty"`
}

// Rule is one obligation: for which periods, by when, on what ground. A rule
// holds for nominal days from ValidFrom to ValidTo, both included; null is open.
type Rule struct {
	ID                string      `json:"id"`
	Category          string      `json:"category"`
	Name              Text        `json:"name"`
	Who               Text        `json:"who"`
	AppliesTo         Condition   `json:"appliesTo"`
	Period            string      `json:"period"`
	Due               Due         `json:"due"`
	Exceptions        []Exception `json:"exceptions"`
	Shift             string      `json:"shift"`
	SaturdayIsDayOff  bool        `json:"saturdayIsDayOff"`
	EndsAt            string      `json:"endsAt"`    // time of the due day, up to 24:00
	ActByHour         string      `json:"actByHour"` // until when a bank takes a transfer on the day to act by
	ValidFrom         *Day        `json:"validFrom"`
	ValidTo           *Day        `json:"validTo"`
	LegalBasis        []string    `json:"legalBasis"`
	Source            Source      `json:"source"`
	Confidence        string      `json:"confidence"` // S read in a source, M from memory, U uncertain
	MustRecheck       bool        `json:"mustRecheck"`
	RemindWorkingDays []int       `json:"remindBusinessDays"`
	Match             Match       `json:"match"`
	DoneWhen          DoneWhen    `json:"doneWhen"`
	Enabled           bool        `json:"enabled"`
	Note              string      `json:"note"`

	yearEnd time.Month // of the client that the rule is read for; 0: December
}

// Condition names the marks that a client has, or must not have, for a rule to concern them.
type Condition struct {
	All  []string `json:"all"`
	None []string `json:"none"`
}

// Due says which day is the nominal one; which numbers count depends on Type.
type Due struct {
	Type       string `json:"type"`
	Months     int    `json:"months,omitempty"`
	Day        int    `json:"day,omitempty"` // clamped to the month's end
	Month      int    `json:"month,omitempty"`
	YearOffset int    `json:"yearOffset,omitempty"`
	Days       int    `json:"days,omitempty"`
	N          int    `json:"n,omitempty"`
	Hours      int    `json:"hours,omitempty"`
	Date       *Day   `json:"date,omitempty"`
}

// Exception replaces a rule's Due for a period: "2026-12" for that one, "12" or "Q4" for that part of every year.
type Exception struct {
	Period string `json:"period"`
	Due    Due    `json:"due"`
	Basis  string `json:"basis,omitempty"`
}

// Source tells where a rule was read, when and by whom.
type Source struct {
	Text      string `json:"text"`
	CheckedOn *Day   `json:"checkedOn"`
	By        string `json:"by"`
}

// Match names the workflows that serve a rule: by tag, or by a pattern of their
// id or name in which * stands for anything.
type Match struct {
	Tags          []string `json:"tags"`
	WorkflowNames []string `json:"workflowNames"`
}

// DoneWhen says what proves the obligation. A completed workflow alone does not.
type DoneWhen struct {
	WorkflowCompleted bool   `json:"workflowCompleted"`
	Evidence          string `json:"evidence"`
}

// The kinds of Due. Those after an event have no place in a calendar: see Rule.After.
const (
	dayOfMonthAfterPeriod = "dayOfMonthAfterPeriod"
	endOfMonthAfterPeriod = "endOfMonthAfterPeriod"
	fixedDate             = "fixedDate"
	endOfFixedMonth       = "endOfMonth"
	dayOfMonthInPeriod    = "dayOfMonthInPeriod"
	daysAfterPeriodEnd    = "daysAfterPeriodEnd"
	nthWorkingDay         = "nthBusinessDayAfterPeriod"
	onDate                = "date"
	workingDaysAfterEvent = "businessDaysAfterEvent"
	daysAfterEvent        = "daysAfterEvent"
	monthsAfterEvent      = "monthsAfterEvent"
	hoursAfterEvent       = "hoursAfterEvent"
)

// The kinds of Shift of a nominal day that is off.
const (
	shiftNext     = "nextBusinessDay"
	shiftPrevious = "previousBusinessDay"
	shiftNone     = "none"
)

// A nominal day lies at most so many years behind its period, or before it.
const (
	yearsAfterMax  = 4
	yearsBeforeMax = 1
)

const endOfDay = "24:00"

// NewRule holds what a rule says where its text says nothing.
func NewRule() Rule {
	return Rule{
		SaturdayIsDayOff: true, EndsAt: endOfDay, ActByHour: "12:00", Confidence: "U", Enabled: true,
		RemindWorkingDays: []int{10, 5, 3, 1, 0}, DoneWhen: DoneWhen{WorkflowCompleted: true, Evidence: "UPO"},
	}
}

// Tidy makes lists that are not there empty, so that equal rules have equal texts.
func (r *Rule) Tidy() {
	for _, list := range []*[]string{&r.AppliesTo.All, &r.AppliesTo.None, &r.LegalBasis, &r.Match.Tags, &r.Match.WorkflowNames} {
		if *list == nil {
			*list = []string{}
		}
	}
	if r.Exceptions == nil {
		r.Exceptions = []Exception{}
	}
	if r.RemindWorkingDays == nil {
		r.RemindWorkingDays = []int{}
	}
}

// Fingerprint is the same for rules that say the same, whether they are
// switched on or not. A confirmation is about one fingerprint, so a member that
// Rule gets later has to be left out of its JSON while it is empty.
func (r *Rule) Fingerprint() string {
	same := *r
	same.Enabled = true
	data, err := json.Marshal(&same)
	if err != nil {
		panic("BUG: deadline: marshal a rule: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// Occurrence is a rule's obligation for one period. ActBy is the last working
// day on which it can be met: Due, unless that is a day off.
type Occurrence struct {
	Period              string
	Nominal, Due, ActBy Day
	OffReason           string // why the nominal day is off; "" when it is a working day
}

// nominal is the day that the rule names for a period, before any shift.
func (d *Due) nominal(p *period, c *Calendar, saturday bool) Day {
	at := p.last.utc()
	switch d.Type {
	case dayOfMonthAfterPeriod:
		return clamped(at.Year(), at.Month()+time.Month(d.Months), d.Day)
	case endOfMonthAfterPeriod:
		return endOfMonth(at.Year(), at.Month()+time.Month(d.Months))
	case fixedDate:
		return clamped(p.year+d.YearOffset, time.Month(d.Month), d.Day)
	case endOfFixedMonth:
		return endOfMonth(p.year+d.YearOffset, time.Month(d.Month))
	case dayOfMonthInPeriod:
		return clamped(at.Year(), at.Month(), d.Day)
	case daysAfterPeriodEnd:
		return p.last + Day(d.Days)
	case nthWorkingDay:
		return c.After(p.last, d.N, saturday)
	case onDate:
		return *d.Date
	}
	panic("BUG: deadline: no calendar day of type " + d.Type)
}

// dueOf is the rule's Due for a period: the first exception for it, else its own.
func (r *Rule) dueOf(p *period) *Due {
	i := slices.IndexFunc(r.Exceptions, func(e Exception) bool {
		return e.Period == p.name || e.Period == p.partOfYear() && e.Period != ""
	})
	if i >= 0 {
		return &r.Exceptions[i].Due
	}
	return &r.Due
}

// schedule reads the rule's period.
func (r *Rule) schedule() (schedule, error) {
	s, err := parseSchedule(r.Period)
	if r.yearEnd != 0 {
		s.yearEnd = r.yearEnd
	}
	return s, err
}

// valid says that the rule holds on a nominal day.
func (r *Rule) valid(nominal Day) bool {
	return (r.ValidFrom == nil || nominal >= *r.ValidFrom) && (r.ValidTo == nil || nominal <= *r.ValidTo)
}

func (r *Rule) shifted(c *Calendar, d Day) Day {
	switch r.Shift {
	case shiftNext:
		return c.next(d, r.SaturdayIsDayOff)
	case shiftPrevious:
		return c.previous(d, r.SaturdayIsDayOff)
	}
	return d
}

func (r *Rule) occurrence(c *Calendar, name string, nominal Day) Occurrence {
	o := Occurrence{Period: name, Nominal: nominal, Due: r.shifted(c, nominal), OffReason: c.Off(nominal, r.SaturdayIsDayOff)}
	o.ActBy = c.previous(o.Due, r.SaturdayIsDayOff)
	return o
}

// In lists the rule's occurrences that are due from one day to another, both
// included, in the order of their periods. Rules about events have none.
func (r *Rule) In(c *Calendar, from, to Day) []Occurrence {
	s, err := r.schedule()
	if err != nil || s.word == eventWord {
		return nil
	}
	var out []Occurrence
	add := func(p *period) {
		nominal := r.dueOf(p).nominal(p, c, r.SaturdayIsDayOff)
		if nominal < from-c.longMove || nominal > to+c.longMove || !r.valid(nominal) {
			return
		}
		if o := r.occurrence(c, p.name, nominal); o.Due >= from && o.Due <= to {
			out = append(out, o)
		}
	}
	if s.word == onceWord {
		add(&period{name: onceWord})
		return out
	}
	// A shift can lead over one more end of a year.
	for year := from.utc().Year() - yearsAfterMax; year <= to.utc().Year()+yearsBeforeMax+1; year++ {
		for _, p := range s.of(year) {
			add(&p)
		}
	}
	return out
}

// Of is the rule's occurrence for a period; false when there is none.
func (r *Rule) Of(c *Calendar, name string) (Occurrence, bool) {
	s, err := r.schedule()
	if err != nil {
		return Occurrence{}, false
	}
	p, ok := s.named(name)
	if !ok {
		return Occurrence{}, false
	}
	nominal := r.dueOf(&p).nominal(&p, c, r.SaturdayIsDayOff)
	return r.occurrence(c, p.name, nominal), r.valid(nominal)
}

// After is when the rule's obligation ends that an event began: the day, and
// the moment. It is false for rules of the calendar.
func (r *Rule) After(c *Calendar, event time.Time) (Day, time.Time, bool) {
	began, d := DayOf(event), Day(0)
	switch r.Due.Type {
	case hoursAfterEvent:
		end := event.Add(time.Duration(r.Due.Hours) * time.Hour)
		return DayOf(end), end, true
	case workingDaysAfterEvent:
		d = c.After(began, r.Due.N, r.SaturdayIsDayOff)
	case daysAfterEvent:
		d = began + Day(r.Due.Days)
	case monthsAfterEvent:
		at := began.utc()
		d = clamped(at.Year(), at.Month()+time.Month(r.Due.Months), at.Day())
	default:
		return 0, time.Time{}, false
	}
	d = r.shifted(c, d)
	return d, r.End(d), true
}

// End is the moment at which the rule's time runs out on a day.
func (r *Rule) End(d Day) time.Time {
	hour, minute, ok := parseClock(r.EndsAt)
	if !ok {
		hour = 24
	}
	return d.at(hour, minute)
}
