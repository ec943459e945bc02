package text

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func warsaw(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	return zone
}

func instant(t testing.TB, s string) execution.Instant {
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return execution.At(at)
}

func TestNumbers(t *testing.T) { // 3.5
	t.Parallel()
	f := func(v float64, polish, english string) {
		t.Helper()
		require.Equal(t, polish, Polish.number(v))
		require.Equal(t, english, English.number(v))
	}
	f(0, "0", "0")
	f(-0.01, "0", "0")
	f(1234, "1234", "1,234")
	f(12345.67, "12\u00a0345,7", "12,345.7")
	f(-1234567, "-1\u00a0234\u00a0567", "-1,234,567")
	require.Equal(t, "97,5%", Polish.percent(97.46))
	require.Equal(t, "80%", Polish.percent(80))
}

func TestDurations(t *testing.T) { // 3.5
	t.Parallel()
	const minute, hour, day = 60_000, 3_600_000, 86_400_000
	f := func(ms int64, polish, english string) {
		t.Helper()
		require.Equal(t, polish, Polish.duration(ms, lasting))
		require.Equal(t, english, English.duration(ms, lasting))
	}
	f(-5, "0 ms", "0 ms")
	f(350, "350 ms", "350 ms")
	f(2449, "2,4 s", "2.4 s")
	f(59_999, "59,9 s", "59.9 s")
	f(155_000, "2 min 35 s", "2 min 35 s")
	f(hour+5*minute+59_000, "1 godz. 5 min", "1 h 5 min")
	f(3*day+4*hour, "3 dni 4 godz.", "3 days 4 h")
	f(day, "1 dzień", "1 day")
	f(771*day, "771 dni", "771 days")
	require.Equal(t, "1 dnia", Polish.duration(day, since), "od 1 dnia")
	require.Equal(t, "1 dniu", Polish.duration(day, after), "po 1 dniu")
	require.Equal(t, "2 dniach 1 godz.", Polish.duration(2*day+hour, after))
}

func TestMomentsNameTheZoneInTheHourThatComesTwice(t *testing.T) { // 3.5: 25.10.2026 and 31.10.2027 03:00→02:00
	t.Parallel()
	zone := warsaw(t)
	f := func(at, want string) {
		t.Helper()
		require.Equal(t, want, Polish.moment(instant(t, at), zone))
	}
	f("2026-11-23T01:14:00Z", "23.11.2026, 02:14")
	f("2026-10-24T23:59:00Z", "25.10.2026, 01:59")
	f("2026-10-25T00:30:00Z", "25.10.2026, 02:30 CEST")
	f("2026-10-25T01:30:00Z", "25.10.2026, 02:30 CET")
	f("2026-10-25T02:00:00Z", "25.10.2026, 03:00")
	f("2027-10-31T00:30:00Z", "31.10.2027, 02:30 CEST")
	f("2027-03-28T00:59:00Z", "28.03.2027, 01:59")
	f("2027-03-28T01:00:00Z", "28.03.2027, 03:00")
	require.Equal(t, "25 Oct 2026, 02:30 CET", English.moment(instant(t, "2026-10-25T01:30:00Z"), zone))
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	require.Equal(t, "JPK_V7M za listopad 2026 r.", Polish.obligation("JPK_V7M", "2026-11"))
	require.Equal(t, "JPK_V7K za IV kwartał 2026 r.", Polish.obligation("JPK_V7K", "2026-Q4"))
	require.Equal(t, "CIT-8 za 2026 r.", Polish.obligation("CIT-8", "2026"))
	require.Equal(t, "KSeF", Polish.obligation("KSeF", "once"))
	require.Equal(t, "JPK_V7K for quarter IV of 2026", English.obligation("JPK_V7K", "2026-Q4"))
	require.Equal(t, "środa", Polish.weekday("2026-11-25"))
	require.Equal(t, "25.11.2026", Polish.day("2026-11-25"))
	require.Equal(t, "x", Polish.day("x"))
}
