// Package deadline computes when the obligations of an office are due. Rules
// and holidays are data (rules-pl.json): a Book. A rule says for which periods
// it holds, what their nominal day is and how a day off moves it; the package
// gives the days. It reads no clock, and nobody's data.
package deadline

import (
	"slices"
	"time"
)

// Holidays says which days are off. Sundays are where Sunday is set; Saturdays
// are left to the rules, because not every law counts them.
type Holidays struct {
	Fixed         []string      `json:"fixed"` // "05-01": each year
	FixedFrom     []HolidayFrom `json:"fixedFrom,omitempty"`
	EasterOffsets []int         `json:"easterOffsets"` // days after Easter Sunday
	Sunday        bool          `json:"sunday"`
	Extra         []NamedDay    `json:"extra,omitempty"`   // off once
	Removed       []Day         `json:"removed,omitempty"` // not off after all
}

// HolidayFrom is a holiday that a law brought on a day.
type HolidayFrom struct {
	Date string `json:"date"` // "12-24"
	From Day    `json:"from"`
}

// NamedDay is one day with a reason.
type NamedDay struct {
	Date Day    `json:"date"`
	Name string `json:"name,omitempty"`
}

// Why a day is off.
const (
	OffHoliday  = "holiday"
	OffSunday   = "sunday"
	OffSaturday = "saturday"
)

// monthDay is a day of every year.
type monthDay struct {
	month time.Month
	day   int
}

func parseMonthDay(s string) (monthDay, error) {
	t, err := time.Parse("2006-01-02", "2024-"+s) // a leap year
	return monthDay{t.Month(), t.Day()}, err
}

// Calendar knows working days. It is immutable.
type Calendar struct {
	fixed    map[monthDay]Day // since when
	offsets  []int
	sunday   bool
	extra    map[Day]bool
	removed  map[Day]bool
	longMove Day // no run of days off is longer
}

// newCalendar reads holidays that were checked.
func newCalendar(h *Holidays) *Calendar {
	c := &Calendar{fixed: map[monthDay]Day{}, offsets: h.EasterOffsets, sunday: h.Sunday, extra: map[Day]bool{}, removed: map[Day]bool{}}
	for _, s := range h.Fixed {
		if md, err := parseMonthDay(s); err == nil {
			c.fixed[md] = dayOf(yearMin, time.January, 1)
		}
	}
	for _, f := range h.FixedFrom {
		if md, err := parseMonthDay(f.Date); err == nil {
			c.fixed[md] = f.From
		}
	}
	for _, d := range h.Extra {
		c.extra[d.Date] = true
	}
	for _, d := range h.Removed {
		c.removed[d] = true
	}
	const week = 7
	c.longMove = Day(week * (1 + len(c.fixed) + len(c.offsets) + len(c.extra)))
	return c
}

// Easter is Easter Sunday of a Gregorian year.
func Easter(year int) Day {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (b - (b+8)/25 + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	l := (32 + 2*e + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return dayOf(year, time.Month(n/31), n%31+1)
}

// Off says why a day is off, "" for a working day. Saturday is off if it shall be.
func (c *Calendar) Off(d Day, saturday bool) string {
	at := d.utc()
	switch {
	case c.removed[d]:
	case c.holiday(d, at):
		return OffHoliday
	case c.sunday && at.Weekday() == time.Sunday:
		return OffSunday
	case saturday && at.Weekday() == time.Saturday:
		return OffSaturday
	}
	return ""
}

func (c *Calendar) holiday(d Day, at time.Time) bool {
	if since, ok := c.fixed[monthDay{at.Month(), at.Day()}]; ok && d >= since {
		return true
	}
	return c.extra[d] || slices.Contains(c.offsets, int(d-Easter(at.Year())))
}

// next is the first working day from d on, and previous the last one up to d.
func (c *Calendar) next(d Day, saturday bool) Day     { return c.move(d, 1, saturday) }
func (c *Calendar) previous(d Day, saturday bool) Day { return c.move(d, -1, saturday) }

func (c *Calendar) move(d, step Day, saturday bool) Day {
	for at, n := d, Day(0); n <= c.longMove; at, n = at+step, n+1 {
		if c.Off(at, saturday) == "" {
			return at
		}
	}
	return d
}

// After is the n-th working day after d.
func (c *Calendar) After(d Day, n int, saturday bool) Day {
	for ; n > 0; n-- {
		d = c.next(d+1, saturday)
	}
	return d
}

// Before is the n-th working day before d.
func (c *Calendar) Before(d Day, n int, saturday bool) Day {
	for ; n > 0; n-- {
		d = c.previous(d-1, saturday)
	}
	return d
}

// Counter gives a function that counts the working days after today, up to and
// with a day; earlier days give negative numbers. It knows the days from low to
// high, and those up to which a day off can move them.
func (c *Calendar) Counter(today, low, high Day, saturday bool) func(Day) int {
	low, high = min(today, low)-c.longMove, max(today, high)+c.longMove
	upTo := make([]int, high-low+1) // working days after low
	for i := 1; i < len(upTo); i++ {
		upTo[i] = upTo[i-1]
		if c.Off(low+Day(i), saturday) == "" {
			upTo[i]++
		}
	}
	return func(d Day) int { return upTo[d-low] - upTo[today-low] }
}
