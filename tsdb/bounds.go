package tsdb

import (
	"fmt"
	"time"
)

// Intervals returns the bounds of the buckets of a fixed length, counted from 1970-01-01T00:00:00Z, that hold the times from one, included, to
// another, not included: the first bound is at or before from, the last at or after to. ErrPointLimit means that there would be more than 11,000.
func Intervals(from, to int64, step time.Duration) ([]int64, error) {
	ms := step.Milliseconds()
	if err := checkBounds([]int64{from, to}); err != nil {
		return nil, fmt.Errorf("intervals: %w", err)
	}
	if ms <= 0 {
		return nil, fmt.Errorf("intervals of %s: %w", step, ErrRange)
	}
	start := from - ((from%ms)+ms)%ms
	if (to-start-1)/ms >= bucketsMax {
		return nil, fmt.Errorf("more than %d intervals: %w", bucketsMax, ErrPointLimit)
	}
	bounds := []int64{start}
	for at := start; at < to; {
		at += ms
		bounds = append(bounds, at)
	}
	return bounds, nil
}

// LocalDays returns the bounds of the calendar days of a time zone that hold the times from one to another, as Intervals does. A day is as long as
// it is there: 23 or 25 hours where clocks change.
func LocalDays(from, to int64, zone *time.Location) ([]int64, error) {
	first := time.UnixMilli(from).In(zone)
	return localBounds(from, to, zone, first, 1)
}

// LocalWeeks returns the bounds of the ISO weeks of a time zone, Monday to Sunday, as LocalDays does.
func LocalWeeks(from, to int64, zone *time.Location) ([]int64, error) {
	first := time.UnixMilli(from).In(zone)
	return localBounds(from, to, zone, first.AddDate(0, 0, -(int(first.Weekday())+6)%7), 7)
}

// localBounds steps through the calendar from the date of first.
func localBounds(from, to int64, zone *time.Location, first time.Time, days int) ([]int64, error) {
	if err := checkBounds([]int64{from, to}); err != nil {
		return nil, fmt.Errorf("local days: %w", err)
	}
	year, month, day := first.Date()
	bounds := []int64{midnight(year, month, day, zone)}
	for bounds[len(bounds)-1] < to {
		if len(bounds) > bucketsMax {
			return nil, fmt.Errorf("more than %d local days or weeks: %w", bucketsMax, ErrPointLimit)
		}
		day += days
		at := midnight(year, month, day, zone)
		if at <= bounds[len(bounds)-1] {
			continue // A date that the zone left out when it crossed the date line.
		}
		bounds = append(bounds, at)
	}
	return bounds, nil
}

// midnight returns the first millisecond of a date. time.Date leaves open which one it means where clocks change at midnight: there are
// zones whose day begins at 01:00, and zones that have two midnights.
func midnight(year int, month time.Month, day int, zone *time.Location) int64 {
	utc := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	before, after := offsetAt(utc.Add(-24*time.Hour), zone), offsetAt(utc.Add(24*time.Hour), zone)
	// The greater offset comes first on the time line, so of two midnights it has the earlier.
	for _, offset := range []time.Duration{max(before, after), min(before, after)} {
		at := utc.Add(-offset)
		if offsetAt(at, zone) == offset {
			return at.UnixMilli()
		}
	}
	// No clock showed it: the day began when the clocks were moved.
	start, _ := utc.Add(-before).In(zone).ZoneBounds()
	return start.UnixMilli()
}

func offsetAt(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
