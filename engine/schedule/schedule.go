// Package schedule reads the times at which a workflow is expected to run, in the five fields of cron, and says when they are. It is pure: the
// caller knows the clock, and which days are off.
package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	textBytesMax = 200
	daysMax      = 41 * 366 // that are looked through: a date falls on a weekday again after 11 years at most, 29 February after 28, or 40 around 2100
	dayMinutes   = 24 * 60
)

// Schedule is a set of times of the day on some days, on the clocks of one zone. Immutable.
type Schedule struct {
	minutes, hours, days, months, weekdays uint64 // bits
	anyDay, anyWeekday                     bool   // the field begins with "*": the other alone decides
}

// field is one of the five.
type field struct {
	name      string
	low, high int
	names     []string // of low and on
}

var fields = []field{
	{name: "minute", high: 59},
	{name: "hour", high: 23},
	{name: "day of the month", low: 1, high: 31},
	{name: "month", low: 1, high: 12, names: strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
	{name: "day of the week", high: 7, names: strings.Fields("sun mon tue wed thu fri sat")},
}

var shortcuts = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// Parse reads "minute hour day-of-month month day-of-week": numbers, names, lists, ranges and steps, or one of @hourly, @daily, @weekly, @monthly
// and @yearly. As in cron, where both fields of days are restricted a day that either names is one. A schedule that no day is of is an error. Errors are for people.
func Parse(text string) (*Schedule, error) {
	if len(text) > textBytesMax {
		return nil, fmt.Errorf("at most %d characters", textBytesMax)
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if long, ok := shortcuts[text]; ok {
		text = long
	}
	words := strings.Fields(text)
	if len(words) != len(fields) {
		return nil, errors.New("must be five fields: minute, hour, day of the month, month, day of the week")
	}
	s := &Schedule{anyDay: strings.HasPrefix(words[2], "*"), anyWeekday: strings.HasPrefix(words[4], "*")}
	for i, to := range []*uint64{&s.minutes, &s.hours, &s.days, &s.months, &s.weekdays} {
		var err error
		if *to, err = fields[i].parse(words[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", fields[i].name, err)
		}
	}
	s.weekdays |= s.weekdays >> 7 & 1 // 7 is Sunday too
	if !s.possible() {
		return nil, errors.New("names no day that there is")
	}
	return s, nil
}

// parse reads one field's list.
func (f *field) parse(text string) (set uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		low, high, by := f.low, f.high, 1
		if span != "*" {
			if low, err = f.value(from); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if high, err = f.value(to); err != nil {
					return 0, err
				}
			case !stepped:
				high = low
			}
		}
		if stepped {
			if by, err = strconv.Atoi(step); err != nil || by < 1 || by > f.high {
				return 0, fmt.Errorf("%q is no step", step)
			}
		}
		if low > high {
			return 0, fmt.Errorf("%q runs backwards", part)
		}
		for v := low; v <= high; v += by {
			set |= 1 << v
		}
	}
	return set, nil
}

func (f *field) value(text string) (int, error) {
	for i, name := range f.names {
		if text == name {
			return f.low + i, nil
		}
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < f.low || v > f.high || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is not from %d to %d", text, f.low, f.high)
	}
	return v, nil
}

// possible reports whether there is such a day at all: not a 30 February.
func (s *Schedule) possible() bool {
	day := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	for range daysMax {
		if s.on(day) {
			return true
		}
		day = day.AddDate(0, 0, 1)
	}
	return false
}

func has(set uint64, v int) bool { return set>>v&1 == 1 }

// on reports whether the schedule has times on the day.
func (s *Schedule) on(day time.Time) bool {
	if !has(s.months, int(day.Month())) {
		return false
	}
	byDate, byWeekday := has(s.days, day.Day()), has(s.weekdays, int(day.Weekday()))
	if s.anyDay || s.anyWeekday {
		return byDate && byWeekday
	}
	return byDate || byWeekday
}

// Latest is the last time of the schedule that is not after now, in now's zone, and the one before it; ok is false where there is none within
// forty years. Days of which off says so have none; it gets noons, and may be nil.
//
// A time that the clocks leave out when summer begins is when they go on: 02:30 is 03:00 of 28.03.2027, once, even where several fall together. One
// that they show twice when summer ends is the first of the two.
func (s *Schedule) Latest(now time.Time, off func(noon time.Time) bool) (latest, before time.Time, ok bool) {
	year, month, day := now.Date()
	for back := range daysMax {
		noon := time.Date(year, month, day-back, 12, 0, 0, 0, now.Location())
		if !s.on(noon) || off != nil && off(noon) {
			continue
		}
		for minute := dayMinutes - 1; minute >= 0; minute-- {
			if !has(s.hours, minute/60) || !has(s.minutes, minute%60) {
				continue
			}
			at := onClock(noon, minute)
			switch {
			case at.After(now):
			case !ok:
				latest, ok = at, true
			case at.Before(latest):
				return latest, at, true
			}
		}
	}
	return latest, before, ok
}

// Next is the first time of the schedule that is after now, in now's zone; ok is false where there is none within forty years. off is as for Latest.
func (s *Schedule) Next(now time.Time, off func(noon time.Time) bool) (at time.Time, ok bool) {
	year, month, day := now.Date()
	for ahead := range daysMax {
		noon := time.Date(year, month, day+ahead, 12, 0, 0, 0, now.Location())
		if !s.on(noon) || off != nil && off(noon) {
			continue
		}
		for minute := range dayMinutes {
			if !has(s.hours, minute/60) || !has(s.minutes, minute%60) {
				continue
			}
			if at = onClock(noon, minute); at.After(now) {
				return at, true
			}
		}
	}
	return at, false
}

// onClock is when the clocks first show a time of the day, or go on past it.
func onClock(noon time.Time, minute int) time.Time {
	year, month, day := noon.Date()
	at := time.Date(year, month, day, 0, minute, 0, 0, noon.Location())
	if got := at.Hour()*60 + at.Minute(); got != minute || at.Day() != day {
		// time.Date answers with an offset of before or after the gap: both lie within an hour of its end.
		return gapEnd(at)
	}
	if shift := putBack(at); shift != 0 {
		if earlier := at.Add(-shift); earlier.Hour()*60+earlier.Minute() == minute && earlier.Day() == day {
			return earlier
		}
	}
	return at
}

// gapEnd is the moment near at when the clocks were put forward.
func gapEnd(at time.Time) time.Time {
	start, end := at.ZoneBounds()
	if !end.IsZero() && end.Sub(at).Abs() < at.Sub(start).Abs() {
		return end
	}
	return start
}

// putBack is by how much the clocks were put back when the offset of at began; 0: they were not.
func putBack(at time.Time) time.Duration {
	start, _ := at.ZoneBounds()
	if start.IsZero() {
		return 0
	}
	_, now := at.Zone()
	_, was := start.Add(-time.Second).Zone()
	return max(0, time.Duration(was-now)*time.Second)
}
