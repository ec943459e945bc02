package backup

import (
	"fmt"
	"time"
)

// Clock is a time of day, by the clock on the wall, in minutes since midnight.
type Clock int

// ParseClock reads "02:30".
func ParseClock(text string) (Clock, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%q is not a time of day such as 02:30", text)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// String is the form that ParseClock reads.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// on is the moment of the clock on a day of the zone: one a day. A time that the change to summer time leaves out is taken by the clock
// before the change, one that comes twice is the first.
func (c Clock) on(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, int(c), 0, 0, zone)
	if earlier := t.Add(-time.Hour); earlier.In(zone).Hour() == t.Hour() && earlier.In(zone).Minute() == t.Minute() {
		return earlier
	}
	return t
}

// last is the latest moment of the clock that is not after now.
func (c Clock) last(now time.Time, zone *time.Location) time.Time {
	year, month, day := now.In(zone).Date()
	if today := c.on(year, month, day, zone); !today.After(now) {
		return today
	}
	return c.on(year, month, day-1, zone)
}

// due says that a backup is to be made: the last good one is from before the clock's last moment. So one that was missed, because the
// appliance did not run or because it went wrong, is made up for; soon after an attempt, which failed or whose file was taken away, not
// before retryAfter.
func due(now, good, attempt time.Time, at Clock, zone *time.Location) bool {
	waits := attempt.After(good) && !attempt.After(now) && now.Sub(attempt) < retryAfter
	return good.Before(at.last(now, zone)) && !waits
}
