package deadline

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Part 4.3, 4.5: a company's own year ends when it chose; without a choice it is the calendar's.
func TestFiscalYearsEndWhenTheClientChose(t *testing.T) {
	t.Parallel()
	b := Shipped()
	cit := b.Rule("cit-8")
	require.Equal(t, fiscalYearWord, cit.Period)
	for _, v := range []struct {
		yearEnd              int
		period, nominal, due string
	}{
		{0, "2026", "2027-03-31", "2027-03-31"}, {12, "2026", "2027-03-31", "2027-03-31"}, {3, "2027", "2027-06-30", "2027-06-30"},
		{9, "2026", "2026-12-31", "2026-12-31"}, {10, "2026", "2027-01-31", "2027-02-01"}, {11, "2027", "2028-02-29", "2028-02-29"},
		{11, "2026", "2027-02-28", "2027-03-01"}, {1, "2027", "2027-04-30", "2027-04-30"},
	} {
		o := NewOverride()
		o.FiscalYearEnd = v.yearEnd
		r := cit.For(&o)
		got, ok := r.Of(b.Calendar, v.period)
		require.True(t, ok)
		require.Equal(t, []string{v.period, v.nominal, v.due}, []string{got.Period, got.Nominal.String(), got.Due.String()}, "%+v", v)
		require.Contains(t, r.In(b.Calendar, got.Due, got.Due), got)
		require.Equal(t, cit.Fingerprint(), r.Fingerprint(), "a client's year is not the rule's text")
	}
	r := rule(fiscalYearWord, Due{Type: daysAfterPeriodEnd, Days: 85})
	r.Shift = shiftNone
	require.Empty(t, r.Check(""))
	o, ok := r.Of(b.Calendar, "2026")
	require.True(t, ok)
	require.Equal(t, "2027-03-26", o.Due.String(), "as zois-85 in the table")
	_, ok = r.Of(b.Calendar, "2026-12")
	require.False(t, ok)
}

// Part 4.5: quarterly payers, postponements and days of their own.
func TestOverridesReplaceWhatTheRuleSays(t *testing.T) {
	t.Parallel()
	b := Shipped()
	vat := b.Rule("vat-jpk-v7m")
	quarterly := NewOverride()
	quarterly.Applies = false
	require.Empty(t, quarterly.Check(vat, ""))
	require.Nil(t, vat.For(&quarterly))

	postponed := NewOverride()
	later := day(t, "2027-02-28")
	postponed.Exceptions = []Exception{{Period: "2026-12", Due: Due{Type: onDate, Date: &later}, Basis: "decyzja NUS"}}
	require.Empty(t, postponed.Check(vat, ""))
	due := func(r *Rule, period string) string {
		o, ok := r.Of(b.Calendar, period)
		require.True(t, ok)
		return o.Due.String()
	}
	own := vat.For(&postponed)
	require.Equal(t, "2027-03-01", due(own, "2026-12"))
	require.Equal(t, "2027-02-25", due(own, "2027-01"))
	require.Equal(t, "2027-01-25", due(vat, "2026-12"), "the rule itself is as it was")

	earlier := NewOverride()
	earlier.Due = &Due{Type: dayOfMonthAfterPeriod, Months: 1, Day: 18}
	extended := *vat
	extension := day(t, "2027-01-29")
	extended.Exceptions = []Exception{{Period: "2026-12", Due: Due{Type: onDate, Date: &extension}, Basis: "rozporządzenie"}}
	require.Equal(t, "2027-02-18", due(extended.For(&earlier), "2027-01"))
	require.Equal(t, "2027-01-29", due(extended.For(&earlier), "2026-12"), "what was extended for all is extended for them")
	require.Equal(t, "2027-03-01", due(extended.For(&postponed), "2026-12"), "the client's own comes first")

	// A rule that outgrew an override is not changed by it.
	quarter := *vat
	quarter.Period = quarterWord
	require.Equal(t, quarter.Due, quarter.For(&postponed).Due)
	require.Empty(t, quarter.For(&postponed).Exceptions)
}

func TestBadOverridesAreRefused(t *testing.T) {
	t.Parallel()
	b := Shipped()
	for _, v := range []struct{ rule, text, field string }{
		{"vat-jpk-v7m", `{}`, "applies"}, {"vat-jpk-v7m", `{"applies":false,"due":{"type":"dayOfMonthAfterPeriod","months":1,"day":5}}`, "applies"},
		{"vat-jpk-v7m", `{"fiscalYearEnd":3}`, "fiscalYearEnd"}, {"cit-8", `{"fiscalYearEnd":13}`, "fiscalYearEnd"}, {"cit-8", `{"fiscalYearEnd":-1}`, "fiscalYearEnd"},
		{"vat-jpk-v7m", `{"due":{"type":"daysAfterEvent","days":5}}`, "due.type"}, {"vat-jpk-v7m", `{"due":{"type":"never"}}`, "due.type"},
		{"vat-jpk-v7m", `{"due":{"type":"date","date":"2027-01-01"}}`, "due.type"}, {"ksef-2027", `{"due":{"type":"fixedDate","month":1,"day":1}}`, "due.type"},
		{"vat-jpk-v7m", `{"exceptions":[{"period":"2026-Q4","due":{"type":"date","date":"2027-01-01"}}]}`, "exceptions[0].period"},
		{"vat-jpk-v7m", `{"exceptions":[{"period":"2026-11","due":{"type":"date","date":"2040-01-01"}}]}`, "exceptions[0].due.date"},
		{"pcc-3", `{"exceptions":[{"period":"2026-11","due":{"type":"daysAfterEvent","days":3}}]}`, "exceptions[0].period"},
	} {
		o := NewOverride()
		require.NoError(t, json.Unmarshal([]byte(v.text), &o))
		fields := o.Check(b.Rule(v.rule), "")
		require.NotEmpty(t, fields, v.text)
		require.Equal(t, v.field, fields[0].Location, v.text)
	}
	event := NewOverride()
	event.Due = &Due{Type: daysAfterEvent, Days: 20}
	require.Empty(t, event.Check(b.Rule("pcc-3"), ""))
	require.Equal(t, 20, b.Rule("pcc-3").For(&event).Due.Days)
}

// FuzzOverrides: whatever an override of whatever rule says, it is refused, or
// the rule for the client is one whose days can be computed.
func FuzzOverrides(f *testing.F) {
	f.Add("vat-jpk-v7m", []byte(`{"applies":false}`))
	f.Add("cit-8", []byte(`{"fiscalYearEnd":2,"exceptions":[{"period":"2027","due":{"type":"date","date":"2027-08-31"}}]}`))
	f.Add("ksef-2027", []byte(`{"due":{"type":"date","date":"2027-03-01"}}`))
	f.Add("dn-rata", []byte(`{"due":{"type":"nthBusinessDayAfterPeriod","n":3},"exceptions":[{"period":"12","due":{"type":"endOfMonth","month":2}}]}`))
	b := Shipped()
	f.Fuzz(func(t *testing.T, id string, text []byte) {
		r, o := b.Rule(id), NewOverride()
		if r == nil || Decode(text, &o, "") != nil {
			return
		}
		own := r.For(&o)
		if own == nil {
			require.False(t, o.Applies)
			return
		}
		from := day(t, "2026-06-01")
		for _, term := range own.Terms(b.Calendar, from, from+900) {
			require.LessOrEqual(t, term.After, term.Due)
			again, ok := own.Of(b.Calendar, term.Period)
			require.True(t, ok)
			require.Equal(t, term.Occurrence, again)
		}
	})
}
