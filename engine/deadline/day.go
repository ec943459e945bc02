package deadline

import (
	"fmt"
	"time"
	_ "time/tzdata" // a bare machine knows no zones, and every date here is one of Warsaw
)

const (
	zoneName  = "Europe/Warsaw"
	dayLayout = "2006-01-02"
	yearMin   = 1900
	yearMax   = 2199
	dayLength = 24 * time.Hour
)

// Day is a day of the calendar, without time and zone: days since 1970-01-01.
// Its JSON form is "2026-11-25".
type Day int32

// Zone is where the offices are: the zone in which days begin and end.
func Zone() *time.Location { return zone }

var zone = loadZone()

func loadZone() *time.Location {
	z, err := time.LoadLocation(zoneName)
	if err != nil {
		panic("BUG: deadline: " + zoneName + ": " + err.Error())
	}
	return z
}

// DayOf is the day that t falls on in Warsaw.
func DayOf(t time.Time) Day {
	y, m, d := t.In(zone).Date()
	return dayOf(y, m, d)
}

// ParseDay reads a day of the years 1900 to 2199.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayLayout, s)
	if err != nil || t.Year() < yearMin || t.Year() > yearMax {
		return 0, fmt.Errorf("%q is not a day such as 2026-11-25", s)
	}
	return dayOf(t.Date()), nil
}

// dayOf counts on over the ends of months and years, as time.Date does.
func dayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / int64(dayLength/time.Second))
}

// clamped is that day of the month, or the month's last one if it is shorter.
// Months count on over the year's end.
func clamped(year int, month time.Month, day int) Day {
	return min(dayOf(year, month, day), endOfMonth(year, month))
}

func endOfMonth(year int, month time.Month) Day { return dayOf(year, month+1, 0) }

// utc is the day's beginning in UTC, good for its parts only.
func (d Day) utc() time.Time { return time.Unix(int64(d)*int64(dayLength/time.Second), 0).UTC() }

// Start is the moment when the day begins in Warsaw.
func (d Day) Start() time.Time {
	y, m, day := d.utc().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// at is a time of the day on the clocks of Warsaw, where hour may be 24.
func (d Day) at(hour, minute int) time.Time {
	y, m, day := d.utc().Date()
	return time.Date(y, m, day, hour, minute, 0, 0, zone)
}

// Weekday is the day's name in the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// String is the day as 2026-11-25.
func (d Day) String() string { return d.utc().Format(dayLayout) }

// MarshalText writes what UnmarshalText reads.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day as ParseDay does.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}
