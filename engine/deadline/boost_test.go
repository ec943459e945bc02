package deadline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// obligation is what a rule's period is at a moment, as the engine reads it.
func obligation(b *Book, r *Rule, period string, now time.Time) Obligation {
	o, ok := r.Of(b.Calendar, period)
	if !ok {
		panic("no period " + period)
	}
	left := b.Calendar.Counter(DayOf(now), o.ActBy, o.Due, r.SaturdayIsDayOff)(o.ActBy)
	return Obligation{Due: o.Due, ActBy: o.ActBy, End: r.End(o.Due), DaysLeft: left, Confirmed: true}
}

func warsaw(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, Zone())
	require.NoError(t, err)
	return at
}

// Part 4.7: more than 5 working days 0, 5 to 3 60, two 120, one 200, the day itself 300, overdue 250.
func TestBoostsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	b := Shipped()
	for _, v := range []struct {
		rule, period, now string
		level             Level
		points            int
	}{
		{"vat-jpk-v7m", "2026-10", "2026-11-17 12:00", LevelNone, 0}, // due Wednesday the 25th
		{"vat-jpk-v7m", "2026-10", "2026-11-18 00:00", LevelNear, 60},
		{"vat-jpk-v7m", "2026-10", "2026-11-20 23:59", LevelNear, 60},
		{"vat-jpk-v7m", "2026-10", "2026-11-21 08:00", LevelNear, 60}, // Saturday: three working days are left
		{"vat-jpk-v7m", "2026-10", "2026-11-23 12:00", LevelSoon, 120},
		{"vat-jpk-v7m", "2026-10", "2026-11-24 23:59", LevelNext, 200},
		{"vat-jpk-v7m", "2026-10", "2026-11-25 00:00", LevelToday, 300},
		{"vat-jpk-v7m", "2026-10", "2026-11-25 23:59", LevelToday, 300},
		{"vat-jpk-v7m", "2026-10", "2026-11-26 00:00", LevelOverdue, 250}, // part 4.1 rule 11: over at 24:00
		{"vat-jpk-v7m", "2026-11", "2026-12-23 12:00", LevelNext, 200},    // 25.12 is moved to the 28th over four days off
		{"vat-jpk-v7m", "2026-11", "2026-12-26 12:00", LevelNext, 200},
		{"vat-jpk-v7m", "2026-11", "2026-12-28 12:00", LevelToday, 300},
		{"vat-jpk-v7m", "2026-12", "2027-01-22 12:00", LevelNext, 200},
		{"ksef-2027", "once", "2026-12-31 12:00", LevelToday, 300}, // 1.1.2027 is off: to be done the year before
		{"ksef-2027", "once", "2027-01-01 12:00", LevelToday, 300},
		{"ksef-2027", "once", "2027-01-02 00:00", LevelOverdue, 250},
		{"vat-oss", "2026-Q4", "2027-01-29 12:00", LevelToday, 300}, // due on Sunday the 31st, never shifted
		{"vat-oss", "2026-Q4", "2027-01-30 12:00", LevelToday, 300},
		{"vat-oss", "2026-Q4", "2027-01-31 23:59", LevelToday, 300},
		{"vat-oss", "2026-Q4", "2027-02-01 00:00", LevelOverdue, 250},
		{"zus-5", "2027-02", "2027-03-04 12:00", LevelNext, 200},
		{"wynagrodzenia", "2026-12", "2027-01-05 12:00", LevelSoon, 120}, // J7.1: paid on the 8th, and the 6th is off
		{"pit-11-podatnik", "2027", "2028-02-28 12:00", LevelNext, 200},  // the end of February is the 29th
		{"pit-11-podatnik", "2027", "2028-02-29 12:00", LevelToday, 300},
		{"pit-11-podatnik", "2027", "2028-03-01 00:00", LevelOverdue, 250},
	} {
		o := obligation(b, b.Rule(v.rule), v.period, warsaw(t, v.now))
		require.Equal(t, Boost{v.level, v.points}, o.Boost(warsaw(t, v.now)), "%+v", v)
		o.Confirmed = false
		require.Equal(t, Boost{LevelNone, 0}, o.Boost(warsaw(t, v.now)), "5.14: a template raises nothing")
		o.Confirmed, o.Met = true, true
		require.Equal(t, Boost{LevelNone, 0}, o.Boost(warsaw(t, v.now)), "what is met raises nothing")
	}
}

// B-106: the day turns at midnight in Warsaw, also in the nights that have 23 and 25 hours.
func TestBoostsTurnAtLocalMidnight(t *testing.T) {
	t.Parallel()
	b := Shipped()
	r := *b.Rule("vat-oss") // never shifted, so that a Sunday can be the day
	for sunday, utcMidnights := range map[string][2]string{
		"2027-03-28": {"2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"}, "2027-10-31": {"2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z"},
	} {
		due := day(t, sunday)
		r.Period, r.Due = onceWord, Due{Type: onDate, Date: &due}
		require.Empty(t, r.Check(""))
		for i, want := range []Level{LevelToday, LevelOverdue} {
			turn, err := time.Parse(time.RFC3339, utcMidnights[i])
			require.NoError(t, err)
			o := obligation(b, &r, onceWord, turn)
			require.Equal(t, want, o.Boost(turn).Level, sunday)
			before := turn.Add(-time.Nanosecond)
			o = obligation(b, &r, onceWord, before)
			require.Equal(t, LevelToday, o.Boost(before).Level, sunday)
		}
	}
	short := *b.Rule("vat-jpk-v7m")
	short.EndsAt = "15:30"
	o := obligation(b, &short, "2026-10", warsaw(t, "2026-11-25 15:29"))
	require.Equal(t, LevelToday, o.Boost(warsaw(t, "2026-11-25 15:29")).Level)
	require.Equal(t, LevelOverdue, o.Boost(warsaw(t, "2026-11-25 15:30")).Level)
}

// Part 4.7: feeders have half of it, in the last three working days.
func TestFeedersHaveHalfTheBoost(t *testing.T) {
	t.Parallel()
	b := Shipped()
	for now, want := range map[string]Boost{
		"2026-11-18 12:00": {LevelNone, 0}, "2026-11-20 12:00": {LevelNear, 30}, "2026-11-23 12:00": {LevelSoon, 60}, "2026-11-24 12:00": {LevelNext, 100},
		"2026-11-25 12:00": {LevelToday, 150}, "2026-11-26 12:00": {LevelNone, 0},
	} {
		o := obligation(b, b.Rule("vat-jpk-v7m"), "2026-10", warsaw(t, now))
		require.Equal(t, want, o.Feeding(warsaw(t, now)), now)
	}
	m := NewFeeders()
	for name, want := range map[string]bool{"invoice-processing": true, "Document_Approval": true, "document classification nightly": true, "jpk-v7": false} {
		found := map[int]bool{}
		m.Named(found, name)
		require.Equal(t, want, len(found) > 0, name)
	}
}

// Part 4.7, 3.4: a boost is explained, in Polish.
func TestBoostsAreExplained(t *testing.T) {
	t.Parallel()
	b := Shipped()
	for _, v := range []struct{ rule, period, now, want string }{
		{"vat-jpk-v7m", "2026-10", "2026-11-23 12:00", "JPK_V7M za 10.2026, termin 25.11, 2 dni robocze"},
		{"vat-jpk-v7m", "2026-10", "2026-11-24 12:00", "JPK_V7M za 10.2026, termin 25.11, 1 dzień roboczy"},
		{"vat-jpk-v7m", "2026-10", "2026-11-25 12:00", "JPK_V7M za 10.2026, termin 25.11, ostatni dzień"},
		{"vat-jpk-v7m", "2026-10", "2026-11-26 12:00", "JPK_V7M za 10.2026, termin 25.11, po terminie"},
		{"vat-jpk-v7k", "2026-Q4", "2027-01-18 12:00", "JPK_V7K za IV kw. 2026, termin 25.01, 5 dni roboczych"},
		{"pit-zeznania", "2026", "2027-04-27 12:00", "PIT-28, PIT-36, PIT-36L, PIT-37, PIT-38, PIT-39 i zapłata; DSF-1 za 2026, termin 30.04, 3 dni robocze"},
		{"ksef-tokeny", "once", "2026-12-30 12:00", "KSeF, termin 31.12, 1 dzień roboczy"},
	} {
		now := warsaw(t, v.now)
		o := obligation(b, b.Rule(v.rule), v.period, now)
		require.Equal(t, v.want, o.Reason(b.Rule(v.rule), v.period, o.Boost(now).Level))
	}
}
