package deadline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"flowwatch/engine/fault"
)

// Limits of what a rule or a file of rules may hold.
const (
	rulesMax      = 1000
	textRunesMax  = 2000
	nameRunesMax  = 255
	listMax       = 100
	exceptionsMax = 200
	holidaysMax   = 60
	extraDaysMax  = 50
	idBytesMax    = 128
)

var (
	categoryForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _-]{0,49}$`)
	idForm       = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
)

// checker gathers all that is wrong.
type checker struct{ fields []fault.Field }

func (k *checker) wrong(bad bool, location, message string) {
	if bad {
		k.fields = append(k.fields, fault.Field{Location: location, Message: message})
	}
}

func (k *checker) between(n, low, high int, location string) {
	k.wrong(n < low || n > high, location, fmt.Sprintf("must be from %d to %d", low, high))
}

func (k *checker) text(s string, runesMax int, location string) {
	k.wrong(utf8.RuneCountInString(s) > runesMax || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }),
		location, fmt.Sprintf("at most %d characters without control characters", runesMax))
}

func (k *checker) texts(list []string, runesMax int, location string) {
	k.wrong(len(list) > listMax, location, fmt.Sprintf("at most %d", listMax))
	for i, s := range list[:min(len(list), listMax)] {
		at := fmt.Sprintf("%s[%d]", location, i)
		k.wrong(strings.TrimSpace(s) == "", at, "must not be empty")
		k.text(s, runesMax, at)
	}
}

// Check returns all that is wrong with the rule, with locations that begin with prefix.
func (r *Rule) Check(prefix string) []fault.Field {
	k := &checker{}
	k.wrong(!ValidID(r.ID), prefix+"id", "1 to 128 characters of A-Z a-z 0-9 . _ : -")
	k.wrong(!categoryForm.MatchString(r.Category), prefix+"category", "a word of at most 50 letters and digits")
	k.wrong(strings.TrimSpace(r.Name.PL) == "", prefix+"name.pl", "must not be empty")
	k.text(r.Name.PL, nameRunesMax, prefix+"name.pl")
	k.text(r.Name.EN, nameRunesMax, prefix+"name.en")
	k.text(r.Who.PL, textRunesMax, prefix+"who.pl")
	k.text(r.Who.EN, textRunesMax, prefix+"who.en")
	k.text(r.Note, textRunesMax, prefix+"note")
	k.texts(r.AppliesTo.All, nameRunesMax, prefix+"appliesTo.all")
	k.texts(r.AppliesTo.None, nameRunesMax, prefix+"appliesTo.none")
	k.texts(r.LegalBasis, textRunesMax, prefix+"legalBasis")
	k.texts(r.Match.Tags, nameRunesMax, prefix+"match.tags")
	k.texts(r.Match.WorkflowNames, nameRunesMax, prefix+"match.workflowNames")
	k.text(r.Source.Text, textRunesMax, prefix+"source.text")
	k.text(r.Source.By, nameRunesMax, prefix+"source.by")
	k.text(r.DoneWhen.Evidence, nameRunesMax, prefix+"doneWhen.evidence")
	k.wrong(!slices.Contains([]string{shiftNext, shiftPrevious, shiftNone}, r.Shift), prefix+"shift",
		"must be nextBusinessDay, previousBusinessDay or none")
	k.wrong(!slices.Contains([]string{"S", "M", "U"}, r.Confidence), prefix+"confidence", "must be S, M or U")
	for name, value := range map[string]string{"endsAt": r.EndsAt, "actByHour": r.ActByHour} {
		_, _, ok := parseClock(value)
		k.wrong(!ok, prefix+name, "must be a time from 00:00 to 24:00")
	}
	k.wrong(r.ValidFrom != nil && r.ValidTo != nil && *r.ValidTo < *r.ValidFrom, prefix+"validTo", "must not be before validFrom")
	k.wrong(len(r.RemindWorkingDays) > listMax, prefix+"remindBusinessDays", fmt.Sprintf("at most %d", listMax))
	for i, n := range r.RemindWorkingDays[:min(len(r.RemindWorkingDays), listMax)] {
		k.between(n, 0, 366, fmt.Sprintf("%sremindBusinessDays[%d]", prefix, i))
	}
	k.times(r, prefix)
	slices.SortStableFunc(k.fields, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
	return k.fields
}

// times checks what a rule's days depend on.
func (k *checker) times(r *Rule, prefix string) {
	s, err := parseSchedule(r.Period)
	if err != nil {
		k.wrong(true, prefix+"period", err.Error())
		return
	}
	k.due(&r.Due, &s, prefix+"due.")
	k.wrong(r.Due.Type == onDate && s.word != onceWord, prefix+"due.type", "a date is for the period once; elsewhere it is an exception")
	k.exceptions(r.Exceptions, &s, prefix)
}

// exceptions checks those of a rule with the schedule.
func (k *checker) exceptions(list []Exception, s *schedule, prefix string) {
	k.wrong(len(list) > exceptionsMax, prefix+"exceptions", fmt.Sprintf("at most %d", exceptionsMax))
	for i := range list[:min(len(list), exceptionsMax)] {
		e, at := &list[i], fmt.Sprintf("%sexceptions[%d].", prefix, i)
		p, whole := s.named(e.Period)
		k.wrong(s.word == onceWord || s.word == eventWord || !whole && !s.hasPart(e.Period), at+"period", "no period of the rule, as 2026-12, 12 or Q4")
		k.text(e.Basis, textRunesMax, at+"basis")
		k.due(&e.Due, s, at+"due.")
		if e.Due.Type == onDate && e.Due.Date != nil {
			year := e.Due.Date.utc().Year()
			k.wrong(!whole || year < p.year-yearsBeforeMax || year >= p.year+yearsAfterMax, at+"due.date", "must be near to the one period that is named")
		}
	}
}

// hasPart says that each year has a period with that part of its name.
func (s *schedule) hasPart(part string) bool {
	return slices.ContainsFunc(s.of(2000), func(p period) bool { return part != "" && p.partOfYear() == part })
}

func (k *checker) due(d *Due, s *schedule, at string) {
	afterEvent := false
	switch d.Type {
	case dayOfMonthAfterPeriod:
		k.between(d.Months, 0, 24, at+"months")
		k.between(d.Day, 1, 31, at+"day")
	case endOfMonthAfterPeriod:
		k.between(d.Months, 0, 24, at+"months")
	case fixedDate:
		k.between(d.Month, 1, 12, at+"month")
		k.between(d.Day, 1, 31, at+"day")
		k.between(d.YearOffset, -yearsBeforeMax, yearsAfterMax-1, at+"yearOffset")
	case endOfFixedMonth:
		k.between(d.Month, 1, 12, at+"month")
		k.between(d.YearOffset, -yearsBeforeMax, yearsAfterMax-1, at+"yearOffset")
	case dayOfMonthInPeriod:
		k.between(d.Day, 1, 31, at+"day")
	case daysAfterPeriodEnd:
		k.between(d.Days, 0, 1000, at+"days")
	case nthWorkingDay:
		k.between(d.N, 1, 200, at+"n")
	case onDate:
		k.wrong(d.Date == nil, at+"date", "must be a day")
	case workingDaysAfterEvent:
		afterEvent = true
		k.between(d.N, 1, 200, at+"n")
	case daysAfterEvent:
		afterEvent = true
		k.between(d.Days, 0, 1000, at+"days")
	case monthsAfterEvent:
		afterEvent = true
		k.between(d.Months, 1, 120, at+"months")
	case hoursAfterEvent:
		afterEvent = true
		k.between(d.Hours, 1, 10_000, at+"hours")
	default:
		k.wrong(true, at+"type", "unknown")
		return
	}
	k.wrong(afterEvent != (s.word == eventWord), at+"type", "rules with the period event, and no others, count from an event")
	k.wrong(s.word == onceWord && d.Type != onDate, at+"type", "the period once takes a date")
}

func (h *Holidays) check(prefix string) []fault.Field {
	k := &checker{}
	k.wrong(len(h.Fixed)+len(h.FixedFrom)+len(h.EasterOffsets) > holidaysMax, prefix, fmt.Sprintf("at most %d holidays a year", holidaysMax))
	k.wrong(len(h.Extra) > extraDaysMax, prefix+"extra", fmt.Sprintf("at most %d", extraDaysMax))
	for i, s := range h.Fixed {
		_, err := parseMonthDay(s)
		k.wrong(err != nil, fmt.Sprintf("%sfixed[%d]", prefix, i), "must be a day such as 05-01")
	}
	for i, f := range h.FixedFrom {
		_, err := parseMonthDay(f.Date)
		k.wrong(err != nil, fmt.Sprintf("%sfixedFrom[%d].date", prefix, i), "must be a day such as 12-24")
	}
	for i, n := range h.EasterOffsets {
		k.between(n, -60, 200, fmt.Sprintf("%seasterOffsets[%d]", prefix, i))
	}
	return k.fields
}

// ValidID says that s can be the id of a rule.
func ValidID(s string) bool { return len(s) <= idBytesMax && idForm.MatchString(s) }

// parseClock reads a time of the day, up to 24:00.
func parseClock(s string) (hour, minute int, ok bool) {
	h, m, found := strings.Cut(s, ":")
	hour, errH := strconv.Atoi(h)
	minute, errM := strconv.Atoi(m)
	ok = found && len(h) == 2 && len(m) == 2 && errH == nil && errM == nil &&
		hour >= 0 && minute >= 0 && minute < 60 && (hour < 24 || hour == 24 && minute == 0)
	return hour, minute, ok
}
