package tsdb

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shown prints bounds as local times.
func shown(bounds []int64, zone *time.Location) string {
	var out []string
	for _, b := range bounds {
		out = append(out, time.UnixMilli(b).In(zone).Format("01-02T15:04Z07:00"))
	}
	return strings.Join(out, " ")
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}

func TestLocalDaysAreAsLongAsTheyAre(t *testing.T) {
	t.Parallel()
	f := func(name, from, to, want string) {
		t.Helper()
		zone := zoneOf(t, name)
		bounds, err := LocalDays(millis(t, from), millis(t, to), zone)
		require.NoError(t, err)
		require.Equal(t, want, shown(bounds, zone), name)
	}
	f("Europe/Warsaw", "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z", "03-29T00:00+01:00 03-30T00:00+02:00") // 23 hours
	f("Europe/Warsaw", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "10-25T00:00+02:00 10-26T00:00+01:00") // 25 hours
	f("Europe/Warsaw", "2026-10-24T21:59:59Z", "2026-10-25T23:00:01Z",
		"10-24T00:00+02:00 10-25T00:00+02:00 10-26T00:00+01:00 10-27T00:00+01:00")
	f("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "01-01T00:00+05:45 01-02T00:00+05:45")
	f("America/St_Johns", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "12-31T00:00-03:30 01-01T00:00-03:30")
	f("Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z", "04-04T00:00+11:00 04-05T00:00+11:00 04-06T00:00+10:30")
	f("Africa/Cairo", "2026-04-24T00:00:00Z", "2026-04-24T01:00:00Z", "04-24T01:00+03:00 04-25T00:00+03:00")                        // no midnight
	f("America/Havana", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z", "11-01T00:00-04:00 11-02T00:00-05:00")                      // two of them
	f("America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-18T03:30:00Z", "02-17T00:00-02:00 02-18T00:00-03:00 02-19T00:00-03:00") // 23:00 twice
	f("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-30T10:00:01Z", "12-29T00:00-10:00 12-31T00:00+14:00 01-01T00:00+14:00")      // no 30th
}

func TestLocalWeeksBeginOnMondays(t *testing.T) {
	t.Parallel()
	warsaw := zoneOf(t, "Europe/Warsaw")
	f := func(from, to, want string) {
		t.Helper()
		bounds, err := LocalWeeks(millis(t, from), millis(t, to), warsaw)
		require.NoError(t, err)
		require.Equal(t, want, shown(bounds, warsaw))
	}
	f("2026-11-23T00:00:00+01:00", "2026-11-30T00:00:00+01:00", "11-23T00:00+01:00 11-30T00:00+01:00")
	f("2026-11-22T23:59:59+01:00", "2026-11-23T00:00:01+01:00", "11-16T00:00+01:00 11-23T00:00+01:00 11-30T00:00+01:00")
	f("2026-10-25T12:00:00+01:00", "2026-10-25T13:00:00+01:00", "10-19T00:00+02:00 10-26T00:00+01:00") // 169 hours
	f("2026-12-31T12:00:00+01:00", "2027-01-04T00:00:00+01:00", "12-28T00:00+01:00 01-04T00:00+01:00")
}

func TestIntervalsCountFromTheEpoch(t *testing.T) {
	t.Parallel()
	f := func(from, to int64, step time.Duration, want ...int64) {
		t.Helper()
		bounds, err := Intervals(from, to, step)
		require.NoError(t, err)
		require.Equal(t, want, bounds)
	}
	f(0, 1, time.Hour, 0, hourMs)
	f(hourMs-1, hourMs+1, time.Hour, 0, hourMs, 2*hourMs)
	f(-1, 1, time.Hour, -hourMs, 0, hourMs)
	f(-dayMs, 0, 24*time.Hour, -dayMs, 0)
	f(90_000, 120_000, time.Minute, 60_000, 120_000)
}

func TestImpossibleRangesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, r := range [][]int64{{}, {1}, {1, 1}, {2, 1}, {1, 2, 2}, {1, 3, 2}} {
		_, err := h.scope.Summarize(nil, r)
		require.ErrorIs(t, err, ErrRange, "%v", r)
		_, err = h.scope.SummarizeEach(r, nil)
		require.ErrorIs(t, err, ErrRange, "%v", r)
		if len(r) == 2 {
			_, err = h.scope.Points(r[0], r[1])
			require.ErrorIs(t, err, ErrRange)
			_, err = Intervals(r[0], r[1], time.Hour)
			require.ErrorIs(t, err, ErrRange)
			_, err = LocalWeeks(r[0], r[1], time.UTC)
			require.ErrorIs(t, err, ErrRange)
		}
	}
	for _, r := range [][]int64{{atMin - 1, 0}, {0, atMax + 2}, {-1 << 62, 1 << 62}} {
		_, err := h.scope.Points(r[0], r[1])
		require.ErrorIs(t, err, ErrTime, "%v", r)
	}
	_, err := Intervals(0, 1, 0)
	require.ErrorIs(t, err, ErrRange)
	_, err = Intervals(0, 1, -time.Second)
	require.ErrorIs(t, err, ErrRange)
	_, err = Intervals(0, bucketsMax*1000, time.Second)
	require.NoError(t, err)
	_, err = Intervals(0, bucketsMax*1000+1, time.Second)
	require.ErrorIs(t, err, ErrPointLimit)
	_, err = LocalDays(0, (bucketsMax+2)*dayMs, time.UTC)
	require.ErrorIs(t, err, ErrPointLimit)
	_, err = h.scope.Summarize(nil, make([]int64, bucketsMax+2))
	require.ErrorIs(t, err, ErrPointLimit)
}
