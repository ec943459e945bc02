package deadline

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type vector struct {
	Rule, Period string
	Nominal, Due Day
}

func vectors(t *testing.T) (all []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/due-2026-12-to-2027-12.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &all))
	require.Len(t, all, 374)
	return all
}

// Part 4.4, 4.5: every computed pair of nominal and due day, from both sides:
// asked by period, and found in the range. Nothing else is due in it.
func TestComputedDatesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	b := Shipped()
	want := map[string]bool{}
	for _, v := range vectors(t) {
		o, ok := b.Rule(v.Rule).Of(b.Calendar, v.Period)
		require.True(t, ok, "%v", v)
		require.Equal(t, []any{v.Period, v.Nominal, v.Due}, []any{o.Period, o.Nominal, o.Due})
		require.Empty(t, b.Calendar.Off(o.ActBy, true))
		require.LessOrEqual(t, o.ActBy, o.Due)
		want[v.Rule+" "+v.Period] = true
	}
	from, to := day(t, "2026-12-01"), day(t, "2027-12-31")
	got := map[string]bool{}
	for i := range b.Rules {
		for _, o := range b.Rules[i].In(b.Calendar, from, to) {
			got[b.Rules[i].ID+" "+o.Period] = true
		}
	}
	require.Equal(t, want, got)
}

// Part 4.1, 4.5: the boundary cases, moved both ways and not at all.
func TestNominalDaysOffMoveAsTheRuleSays(t *testing.T) {
	t.Parallel()
	b := Shipped()
	for _, v := range []struct{ rule, period, nominal, due, actBy, why string }{
		{"vat-jpk-v7m", "2026-10", "2026-11-25", "2026-11-25", "2026-11-25", ""},
		{"vat-jpk-v7m", "2026-11", "2026-12-25", "2026-12-28", "2026-12-28", OffHoliday},
		{"vat-jpk-v7m", "2024-11", "2024-12-25", "2024-12-27", "2024-12-27", OffHoliday},
		{"vat-jpk-v7m", "2026-03", "2026-04-25", "2026-04-27", "2026-04-27", OffSaturday},
		{"pit-4r-8ar-roczne", "2026", "2027-01-31", "2027-02-01", "2027-02-01", OffSunday},
		{"pit-11-podatnik", "2026", "2027-02-28", "2027-03-01", "2027-03-01", OffSunday},
		{"pit-11-podatnik", "2027", "2028-02-29", "2028-02-29", "2028-02-29", ""},
		{"jpk-kr-pd", "2026", "2027-07-31", "2027-08-02", "2027-08-02", OffSaturday},
		{"tp-local", "2026", "2027-10-31", "2027-11-02", "2027-11-02", OffSunday},
		{"zus-15", "2027-07", "2027-08-15", "2027-08-16", "2027-08-16", OffHoliday},
		{"zus-15", "2027-04", "2027-05-15", "2027-05-17", "2027-05-17", OffSaturday},
		{"pit-zeznania", "2027", "2028-04-30", "2028-05-02", "2028-05-02", OffSunday},
		{"zus-20", "2028-04", "2028-05-20", "2028-05-22", "2028-05-22", OffSaturday},
		{"wynagrodzenia", "2026-12", "2027-01-10", "2027-01-08", "2027-01-08", OffSunday},
		{"wynagrodzenia", "2027-03", "2027-04-10", "2027-04-09", "2027-04-09", OffSaturday},
		{"intrastat", "2026-12", "2027-01-10", "2027-01-08", "2027-01-08", OffSunday},
		{"vat-oss", "2026-Q4", "2027-01-31", "2027-01-31", "2027-01-29", OffSunday},
		{"vat-oss", "2027-Q2", "2027-07-31", "2027-07-31", "2027-07-30", OffSaturday},
		{"vat-oss", "2027-Q3", "2027-10-31", "2027-10-31", "2027-10-29", OffSunday},
		{"gus-dg1", "2027-04", "2027-05-10", "2027-05-10", "2027-05-10", ""},
		{"gus-dg1", "2026-12", "2027-01-11", "2027-01-11", "2027-01-11", ""},
		{"zois-85", "2026", "2027-03-26", "2027-03-26", "2027-03-26", ""},
		{"zois-85", "2023", "2024-03-25", "2024-03-25", "2024-03-25", ""},
		{"ksef-2027", "once", "2027-01-01", "2027-01-01", "2026-12-31", OffHoliday},
	} {
		o, ok := b.Rule(v.rule).Of(b.Calendar, v.period)
		require.True(t, ok, v.rule)
		require.Equal(t, []string{v.period, v.nominal, v.due, v.actBy, v.why},
			[]string{o.Period, o.Nominal.String(), o.Due.String(), o.ActBy.String(), o.OffReason}, v.rule)
	}
	for rule, period := range map[string]string{
		"vat-jpk-v7m": "2026-Q4", "vat-jpk-v7k-ewidencja": "2026-12", "dn-rata": "2027-01", "cit-8": "2026-12", "ksef-2027": "2027", "pcc-3": "event",
		"zus-15": "2026-13", "zus-20": "1899-01", "zus-5": "+026-01",
	} {
		_, ok := b.Rule(rule).Of(b.Calendar, period)
		require.False(t, ok, rule)
	}
}

// Whatever the range, exactly what is due in it is found, also over the ends of years.
func TestRangesHoldWhatIsDueInThemWhereverTheyEnd(t *testing.T) {
	t.Parallel()
	b := Shipped()
	first, last := day(t, "2023-12-20"), day(t, "2025-01-12")
	for i := range b.Rules {
		r := &b.Rules[i]
		whole := r.In(b.Calendar, first, last)
		var pieces []Occurrence
		for d := first; d <= last; d++ {
			for _, o := range r.In(b.Calendar, d, d) {
				require.Equal(t, d, o.Due)
				pieces = append(pieces, o)
			}
		}
		slices.SortStableFunc(whole, func(a, b Occurrence) int { return int(a.Due - b.Due) })
		require.Equal(t, whole, pieces, r.ID)
	}
	require.Empty(t, b.Rules[0].In(b.Calendar, last, first))
}

func rule(period string, due Due) *Rule {
	r := NewRule()
	r.ID, r.Category, r.Name.PL, r.Period, r.Due, r.Shift = "x", "VAT", "X", period, due, shiftNext
	return &r
}

// Part 4.5: exceptions replace the day of one period, or of that part of every year.
func TestExceptionsReplaceTheDayOfAPeriod(t *testing.T) {
	t.Parallel()
	c := Shipped().Calendar
	r := rule("month", Due{Type: dayOfMonthAfterPeriod, Months: 1, Day: 7})
	extended := day(t, "2027-04-15")
	r.Exceptions = []Exception{
		{Period: "12", Due: Due{Type: fixedDate, Month: 12, Day: 28}},
		{Period: "2027-02", Due: Due{Type: onDate, Date: &extended}, Basis: "przedłużony rozporządzeniem"},
	}
	require.Empty(t, r.Check(""))
	got := map[string]string{}
	for _, o := range r.In(c, day(t, "2026-12-01"), day(t, "2027-04-30")) {
		got[o.Period] = o.Due.String()
	}
	require.Equal(t, map[string]string{
		"2026-11": "2026-12-07", "2026-12": "2026-12-28", "2027-01": "2027-02-08", "2027-02": "2027-04-15", "2027-03": "2027-04-07",
	}, got)
}

func TestRulesHoldWithinTheirValidity(t *testing.T) {
	t.Parallel()
	c := Shipped().Calendar
	r := rule("month", Due{Type: dayOfMonthAfterPeriod, Months: 1, Day: 25})
	from, to := day(t, "2026-12-25"), day(t, "2027-01-25")
	r.ValidFrom, r.ValidTo = &from, &to
	var got []string
	for _, o := range r.In(c, day(t, "2026-01-01"), day(t, "2028-01-01")) {
		got = append(got, o.Period)
	}
	require.Equal(t, []string{"2026-11", "2026-12"}, got, "both ends included, by the nominal day")
	_, ok := r.Of(c, "2027-01")
	require.False(t, ok)
}

// Part 4.3.1, J4.2: what an event begins ends by its own count.
func TestEventsBeginTermsOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := Shipped()
	at := func(s string) time.Time {
		begun, err := time.ParseInLocation("2006-01-02 15:04", s, Zone())
		require.NoError(t, err)
		return begun
	}
	for _, v := range []struct{ rule, event, want string }{
		{"ksef-awaria", "2027-12-24 10:00", "2028-01-04"}, {"ksef-offline24", "2026-12-23 23:59", "2026-12-28"},
		{"ksef-offline24", "2026-11-26 09:00", "2026-11-27"}, {"ksef-niedostepnosc", "2026-11-27 09:00", "2026-11-30"},
		{"pcc-3", "2026-12-11 09:00", "2026-12-28"}, {"sd-z2", "2026-08-31 09:00", "2027-03-01"}, {"sd-z2", "2027-08-31 09:00", "2028-02-29"},
		{"zus-zgloszenie", "2026-12-17 09:00", "2026-12-28"}, {"sf-krs-15", "2027-06-30 12:00", "2027-07-15"},
	} {
		d, end, ok := b.Rule(v.rule).After(b.Calendar, at(v.event))
		require.True(t, ok)
		require.Equal(t, v.want, d.String(), v.rule)
		require.Equal(t, (d + 1).Start(), end)
	}
	_, end, ok := b.Rule("rodo-72h").After(b.Calendar, at("2027-03-26 15:00"))
	require.True(t, ok)
	require.Equal(t, at("2027-03-29 16:00").Unix(), end.Unix(), "72 hours, also over the night that has 23")
	_, _, ok = b.Rule("zus-5").After(b.Calendar, at("2026-11-26 09:00"))
	require.False(t, ok)
	require.Empty(t, b.Rule("pcc-3").In(b.Calendar, day(t, "2026-01-01"), day(t, "2027-01-01")))
}

// Part 4.6: the traffic light.
func TestLightsTellHowNearItIs(t *testing.T) {
	t.Parallel()
	o := Occurrence{Due: 100, ActBy: 98}
	for _, v := range []struct {
		today  Day
		left   int
		failed bool
		want   string
	}{
		{0, 11, true, LightGrey}, {0, 10, true, LightBlue}, {0, 6, true, LightBlue}, {0, 5, false, LightAmber}, {0, 5, true, LightRed},
		{0, 3, false, LightAmber}, {0, 2, false, LightRed}, {98, 0, false, LightRed}, {99, 0, false, LightRed}, {100, -1, false, LightRed}, {101, -1, false, LightBlack},
	} {
		require.Equal(t, v.want, o.Light(v.today, v.left, v.failed), "%+v", v)
	}
}
