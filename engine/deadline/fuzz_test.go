package deadline

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRules: whatever a rule says, it is refused, or its days obey it: each
// period is found by its name and in the range of its day, a shifted day is a
// working one, and between it and the nominal day there is none.
func FuzzRules(f *testing.F) {
	for i := range Shipped().Rules {
		r := &Shipped().Rules[i]
		f.Add(r.Period, r.Due.Type, r.Due.Months, r.Due.Day, r.Due.Month, r.Due.YearOffset, r.Due.Days, r.Due.N, r.Shift, "", r.SaturdayIsDayOff)
	}
	f.Add("month", dayOfMonthAfterPeriod, 24, 31, 0, 0, 0, 0, shiftNext, "12", false)
	f.Add("quarter", fixedDate, 0, 29, 2, -1, 0, 0, shiftPrevious, "Q4", true)
	f.Add("months:2-4,12", endOfFixedMonth, 0, 0, 12, 3, 0, 0, shiftNext, "2026-12", true)
	f.Add("year", onDate, 0, 0, 0, 0, 1000, 200, shiftPrevious, "2027", true)
	f.Fuzz(func(t *testing.T, period, kind string, months, day, month, yearOffset, days, n int, shift, exception string, saturday bool) {
		r := rule(period, Due{Type: kind, Months: months, Day: day, Month: month, YearOffset: yearOffset, Days: days, N: n})
		r.Shift, r.SaturdayIsDayOff = shift, saturday
		if exception != "" {
			r.Exceptions = []Exception{{Period: exception, Due: Due{Type: daysAfterPeriodEnd, Days: days}}}
		}
		if len(r.Check("")) > 0 {
			return
		}
		c := Shipped().Calendar
		for _, name := range []string{"2024", "2026-02", "2026-12", "2027-Q1", "2027-Q4", onceWord} {
			o, ok := r.Of(c, name)
			if !ok {
				continue
			}
			require.Contains(t, r.In(c, o.Due, o.Due), o)
			require.Empty(t, c.Off(o.ActBy, saturday))
			require.LessOrEqual(t, o.ActBy, o.Due)
			if shift == shiftNone {
				require.Equal(t, o.Nominal, o.Due)
				continue
			}
			require.Empty(t, c.Off(o.Due, saturday))
			for d := min(o.Nominal, o.Due); d <= max(o.Nominal, o.Due); d++ {
				require.True(t, d == o.Due || c.Off(d, saturday) != "", fmt.Sprint(d))
			}
		}
	})
}
