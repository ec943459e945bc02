package deadline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Words for periods. After monthsWord and quarterMonthsWord comes a list such as "3,5" or "2-12".
const (
	monthWord         = "month"
	quarterWord       = "quarter"
	yearWord          = "year"
	fiscalYearWord    = "fiscalYear" // the year that a company chose, by default the calendar's
	onceWord          = "once"
	eventWord         = "event"
	monthsWord        = "months:"
	quarterMonthsWord = "monthsOfQuarter:"
)

// schedule is a rule's period, read: the months it holds for, or something longer.
type schedule struct {
	word    string
	months  [12]bool
	yearEnd time.Month // of fiscal years
}

// period is the time that an obligation is about. Once has no days.
type period struct {
	name        string // 2026-11, 2026-Q4, 2026, once; a fiscal year has the name of the year in which it ends
	year        int
	first, last Day
}

func parseSchedule(s string) (schedule, error) {
	out := schedule{word: s, yearEnd: time.December}
	switch s {
	case monthWord:
		out.months = [12]bool{true, true, true, true, true, true, true, true, true, true, true, true}
		return out, nil
	case quarterWord, yearWord, fiscalYearWord, onceWord, eventWord:
		return out, nil
	}
	if list, ok := strings.CutPrefix(s, monthsWord); ok {
		chosen, err := numbers(list, 12)
		for m := range out.months {
			out.months[m] = chosen[m+1]
		}
		out.word = monthWord
		return out, err
	}
	if list, ok := strings.CutPrefix(s, quarterMonthsWord); ok {
		chosen, err := numbers(list, 3)
		for m := range out.months {
			out.months[m] = chosen[m%3+1]
		}
		out.word = monthWord
		return out, err
	}
	return out, fmt.Errorf("must be month, quarter, year, fiscalYear, once, event, months:… or monthsOfQuarter:…")
}

// numbers reads a list such as 1,3-5 of numbers from 1 to most.
func numbers(list string, most int) (map[int]bool, error) {
	chosen := map[int]bool{}
	for part := range strings.SplitSeq(list, ",") {
		low, high, ranged := strings.Cut(part, "-")
		if !ranged {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		if errA != nil || errB != nil || a < 1 || b > most || a > b {
			return nil, fmt.Errorf("%q is no list of numbers from 1 to %d", list, most)
		}
		for n := a; n <= b; n++ {
			chosen[n] = true
		}
	}
	return chosen, nil
}

// of lists the schedule's periods of a year in their order.
func (s *schedule) of(year int) []period {
	switch s.word {
	case yearWord:
		return []period{{strconv.Itoa(year), year, dayOf(year, time.January, 1), endOfMonth(year, time.December)}}
	case fiscalYearWord:
		first := endOfMonth(year-1, s.yearEnd) + 1
		return []period{{strconv.Itoa(year), year, first, endOfMonth(year, s.yearEnd)}}
	case quarterWord:
		out := make([]period, 4)
		for q := range out {
			first := time.Month(3*q + 1)
			out[q] = period{fmt.Sprintf("%04d-Q%d", year, q+1), year, dayOf(year, first, 1), endOfMonth(year, first+2)}
		}
		return out
	case monthWord:
		var out []period
		for m := time.January; m <= time.December; m++ {
			if s.months[m-1] {
				out = append(out, period{fmt.Sprintf("%04d-%02d", year, int(m)), year, dayOf(year, m, 1), endOfMonth(year, m)})
			}
		}
		return out
	}
	return nil
}

// named finds a period of the schedule by its name.
func (s *schedule) named(name string) (period, bool) {
	if s.word == onceWord {
		return period{name: onceWord}, name == onceWord
	}
	word, _, _ := strings.Cut(name, "-")
	year, err := strconv.Atoi(word)
	if err != nil || len(word) != 4 || year < yearMin || year > yearMax {
		return period{}, false
	}
	for _, p := range s.of(year) {
		if p.name == name {
			return p, true
		}
	}
	return period{}, false
}

// partOfYear is the period's name without its year: "12", "Q4"; "" for a whole year.
func (p *period) partOfYear() string {
	_, part, _ := strings.Cut(p.name, "-")
	return part
}
