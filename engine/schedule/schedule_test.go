package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
)

var warsaw = func() *time.Location {
	z, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		panic(err)
	}
	return z
}()

// requireLatest requires when a schedule was last due at a time of Warsaw, and when before that.
func requireLatest(t *testing.T, cron, now, wantLast, wantBefore string) {
	t.Helper()
	s, err := Parse(cron)
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04", now, warsaw)
	require.NoError(t, err)
	last, before, ok := s.Latest(at, nil)
	require.True(t, ok)
	const minutes = "2006-01-02T15:04Z07:00"
	require.Equal(t, wantLast, last.Format(minutes), cron)
	require.Equal(t, wantBefore, before.Format(minutes), cron)
}

// api.md 9b: schedule.cron, on the clocks of Warsaw.
func TestLatestTime(t *testing.T) {
	t.Parallel()
	requireLatest(t, "30 2 * * *", "2026-11-26 02:29", "2026-11-25T02:30+01:00", "2026-11-24T02:30+01:00")
	requireLatest(t, "30 2 * * *", "2026-11-26 02:30", "2026-11-26T02:30+01:00", "2026-11-25T02:30+01:00")
	requireLatest(t, "*/15 8-16 * * mon-fri", "2026-11-28 12:00", "2026-11-27T16:45+01:00", "2026-11-27T16:30+01:00")
	requireLatest(t, "0 6 1,15 * *", "2026-11-14 00:00", "2026-11-01T06:00+01:00", "2026-10-15T06:00+02:00")
	requireLatest(t, "0 6 13 * 5", "2026-11-14 00:00", "2026-11-13T06:00+01:00", "2026-11-06T06:00+01:00") // either day
	requireLatest(t, "0 0 29 2 *", "2027-01-01 00:00", "2024-02-29T00:00+01:00", "2020-02-29T00:00+01:00")
	requireLatest(t, "0 12 * * 7", "2026-11-26 02:30", "2026-11-22T12:00+01:00", "2026-11-15T12:00+01:00")
	requireLatest(t, "@monthly", "2026-11-26 02:30", "2026-11-01T00:00+01:00", "2026-10-01T00:00+02:00")
	requireLatest(t, "5/20 0 * * *", "2026-11-26 02:30", "2026-11-26T00:45+01:00", "2026-11-26T00:25+01:00")
}

// A job of 02:30 runs once on each night when the clocks change: at 03:00 on 28.03.2027, at the first 02:30 on 31.10.2027.
func TestNightsWhenClocksChange(t *testing.T) {
	t.Parallel()
	requireLatest(t, "30 2 * * *", "2027-03-28 12:00", "2027-03-28T03:00+02:00", "2027-03-27T02:30+01:00")
	requireLatest(t, "0,30 2,3 * * *", "2027-03-28 12:00", "2027-03-28T03:30+02:00", "2027-03-28T03:00+02:00")
	requireLatest(t, "*/10 2 * * *", "2027-03-28 12:00", "2027-03-28T03:00+02:00", "2027-03-27T02:50+01:00")
	requireLatest(t, "30 2 * * *", "2027-10-31 12:00", "2027-10-31T02:30+02:00", "2027-10-30T02:30+02:00")
	requireLatest(t, "30 2 * * *", "2027-11-01 02:30", "2027-11-01T02:30+01:00", "2027-10-31T02:30+02:00")
	requireLatest(t, "0 3 * * *", "2027-10-31 03:00", "2027-10-31T03:00+01:00", "2027-10-30T03:00+02:00")
}

func TestNextTime(t *testing.T) {
	t.Parallel()
	f := func(cron, now, want string) {
		t.Helper()
		s, err := Parse(cron)
		require.NoError(t, err)
		at, err := time.ParseInLocation("2006-01-02 15:04", now, warsaw)
		require.NoError(t, err)
		next, ok := s.Next(at, nil)
		require.True(t, ok)
		require.Equal(t, want, next.Format("2006-01-02T15:04Z07:00"), cron)
	}
	f("30 2 * * *", "2026-11-26 02:29", "2026-11-26T02:30+01:00")
	f("30 2 * * *", "2026-11-26 02:30", "2026-11-27T02:30+01:00")
	f("0 0 29 2 *", "2027-01-01 00:00", "2028-02-29T00:00+01:00")
	f("30 2 * * *", "2027-03-28 01:00", "2027-03-28T03:00+02:00")
	f("30 2 * * *", "2027-10-31 01:00", "2027-10-31T02:30+02:00")
	s, err := Parse("0 7 * * *")
	require.NoError(t, err)
	next, ok := s.Next(time.Date(2026, 11, 27, 8, 0, 0, 0, warsaw), func(noon time.Time) bool {
		return noon.Weekday() == time.Saturday || noon.Weekday() == time.Sunday
	})
	require.True(t, ok)
	require.Equal(t, 30, next.Day())
	_, ok = s.Next(next, func(time.Time) bool { return true })
	require.False(t, ok)
}

func TestDaysOffHaveNoTimes(t *testing.T) {
	t.Parallel()
	s, err := Parse("0 7 * * *")
	require.NoError(t, err)
	weekend := func(noon time.Time) bool {
		require.Equal(t, 12, noon.Hour())
		return noon.Weekday() == time.Saturday || noon.Weekday() == time.Sunday
	}
	last, before, ok := s.Latest(time.Date(2026, 11, 23, 6, 0, 0, 0, warsaw), weekend)
	require.True(t, ok)
	require.Equal(t, 20, last.Day())
	require.Equal(t, 19, before.Day())
	_, _, ok = s.Latest(time.Date(2026, 11, 23, 6, 0, 0, 0, warsaw), func(time.Time) bool { return true })
	require.False(t, ok)
}

func TestWrongSchedules(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *",
		"* * 30 2 *", "@reboot", "-1 * * * *", "+1 * * * *", "1,,2 * * * *", "1/ * * * *", "* * * * mon-sun",
	} {
		_, err := Parse(text)
		require.Error(t, err, text)
	}
}

// Nothing makes the parser, or the search, fail in another way than by an error.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"30 2 * * *", "*/5 1-3,7 1 jan mon", "@daily", "1/59 * 31 2-3 *", "*/5 1-3,7 1 jan */5", "0 0 29 2 */7"} {
		f.Add(text)
	}
	now := time.Date(2027, 3, 28, 5, 0, 0, 0, warsaw)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		last, before, ok := s.Latest(now, nil)
		require.True(t, ok)
		require.False(t, last.After(now))
		require.True(t, before.IsZero() || before.Before(last))
		next, ok := s.Next(now, nil)
		require.True(t, ok)
		require.True(t, next.After(now))
	})
}
