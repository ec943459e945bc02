package deadline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func day(t *testing.T, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	require.NoError(t, err)
	return d
}

// Part 4.2: Easter by its algorithm.
func TestEasterIsOnItsSunday(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]string{
		1900: "1900-04-15", 1961: "1961-04-02", 2000: "2000-04-23", 2008: "2008-03-23", 2011: "2011-04-24", 2024: "2024-03-31", 2025: "2025-04-20",
		2026: "2026-04-05", 2027: "2027-03-28", 2028: "2028-04-16", 2038: "2038-04-25",
	} {
		require.Equal(t, want, Easter(year).String())
		require.Equal(t, time.Sunday, Easter(year).Weekday())
	}
}

// Part 4.2: the statutory days off of three years, and no others.
func TestHolidaysAreThoseOfTheAct(t *testing.T) {
	t.Parallel()
	c := Shipped().Calendar
	for year, want := range map[int][]string{
		2026: {"01-01", "01-06", "04-05", "04-06", "05-01", "05-03", "05-24", "06-04", "08-15", "11-01", "11-11", "12-24", "12-25", "12-26"},
		2027: {"01-01", "01-06", "03-28", "03-29", "05-01", "05-03", "05-16", "05-27", "08-15", "11-01", "11-11", "12-24", "12-25", "12-26"},
		2028: {"01-01", "01-06", "04-16", "04-17", "05-01", "05-03", "06-04", "06-15", "08-15", "11-01", "11-11", "12-24", "12-25", "12-26"},
	} {
		var got []string
		for d := dayOf(year, 1, 1); d <= dayOf(year, 12, 31); d++ {
			if c.Off(d, true) == OffHoliday {
				got = append(got, d.String()[5:])
			}
		}
		require.Equal(t, want, got)
	}
}

// Part 4.2: Wigilia is off since 2025, 2 May never was, and a day can be off once.
func TestDaysOffDependOnTheYear(t *testing.T) {
	t.Parallel()
	c := Shipped().Calendar
	for s, want := range map[string]string{
		"2024-12-24": "", "2025-12-24": OffHoliday, "2026-12-24": OffHoliday, "2025-01-31": "",
		"2018-11-12": OffHoliday, "2019-11-12": "", "2017-11-13": "",
		"2024-05-02": "", "2025-05-02": "", "2027-05-02": OffSunday, "2026-05-02": OffSaturday,
		"2027-05-01": OffHoliday, "2027-05-03": OffHoliday, "2027-05-27": OffHoliday, "2028-02-29": "", "2027-11-02": "",
	} {
		require.Equal(t, want, c.Off(day(t, s), true), s)
	}
	require.Empty(t, c.Off(day(t, "2026-11-28"), false), "Saturday, where a law does not count it")
}

func TestWorkingDaysAreCountedAfterTodayUpToTheDay(t *testing.T) {
	t.Parallel()
	c := Shipped().Calendar
	for _, v := range []struct {
		from, to string
		want     int
	}{
		{"2026-11-23", "2026-11-25", 2}, {"2026-11-25", "2026-11-25", 0}, {"2026-11-26", "2026-11-25", -1}, {"2026-11-27", "2026-11-30", 1},
		{"2026-12-23", "2026-12-28", 1}, {"2027-12-23", "2028-01-04", 7}, {"2026-11-30", "2026-11-25", -3}, {"2028-02-28", "2028-03-01", 2},
	} {
		require.Equal(t, v.want, c.Counter(day(t, v.from), day(t, v.to), day(t, v.to), true)(day(t, v.to)), "%s %s", v.from, v.to)
	}
}

func TestDaysAreReadAndWrittenExactly(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"1900-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "2199-12-31"} {
		require.Equal(t, s, day(t, s).String())
	}
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "2025-02-29", "2026-13-01", "1899-12-31", "2200-01-01", "2026-11-25T00:00:00Z", " 2026-11-25"} {
		_, err := ParseDay(s)
		require.Error(t, err, s)
	}
}

// Part 4.1 rule 11: a day is Warsaw's, also on the nights when the clocks change.
func TestDaysBeginAndEndInWarsaw(t *testing.T) {
	t.Parallel()
	utc := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return at
	}
	require.Equal(t, "2026-11-26", DayOf(utc("2026-11-25T23:00:00Z")).String())
	require.Equal(t, "2026-11-25", DayOf(utc("2026-11-25T22:59:59Z")).String())
	require.Equal(t, "2027-07-01", DayOf(utc("2027-06-30T22:00:00Z")).String())
	r := NewRule()
	require.Equal(t, "2026-11-25T23:00:00Z", r.End(day(t, "2026-11-25")).UTC().Format(time.RFC3339))
	for s, hours := range map[string]float64{"2027-03-28": 23, "2027-10-31": 25, "2027-03-29": 24} {
		require.InDelta(t, hours, r.End(day(t, s)).Sub(day(t, s).Start()).Hours(), 0, s)
	}
	r.EndsAt = "15:30"
	require.Equal(t, "2026-11-25T14:30:00Z", r.End(day(t, "2026-11-25")).UTC().Format(time.RFC3339))
}
