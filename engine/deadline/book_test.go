package deadline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

// Part 4.3, 5.14: 84 templates, none of which claims to be confirmed.
func TestShippedRulesAreTemplatesWithTheirSources(t *testing.T) {
	t.Parallel()
	b := Shipped()
	require.Len(t, b.Rules, 84)
	require.Contains(t, string(shipped), `"status": "template-not-confirmed"`)
	for i := range b.Rules {
		r := &b.Rules[i]
		require.NotEmpty(t, r.LegalBasis, r.ID)
		require.Greater(t, len(r.Source.Text), 20, r.ID)
		require.Equal(t, "template", r.Source.By, r.ID)
		require.NotNil(t, r.Source.CheckedOn, r.ID)
		require.NotEmpty(t, r.Who.PL, r.ID)
		require.NotEmpty(t, r.Name.EN, r.ID)
		require.Same(t, r, b.Rule(r.ID))
	}
	require.Nil(t, b.Rule("no-such"))
	for id, enabled := range map[string]bool{ // part 4.3.4
		"vat-jpk-v7m": true, "vat-ue": true, "pit-4-platnik": true, "zus-20": true, "wynagrodzenia": true, "cit-8": true, "sf-krs": true, "ksef-2027": true,
		"pfron-m": false, "dn-1": false, "intrastat": false, "gus-dg1": false, "tp-local": false, "zfss-75": false, "cukier": false, "karta-podatkowa": false,
	} {
		require.Equal(t, enabled, b.Rule(id).Enabled, id)
	}
}

const small = `{"schema":"deadline-rules/1","version":"1","country":"PL","timezone":"Europe/Warsaw",
 "holidays":{"fixed":["01-01"],"easterOffsets":[1],"sunday":true},"rules":[%s]}`

const good = `{"id":"a","category":"VAT","name":{"pl":"A"},"period":"month","due":{"type":"dayOfMonthAfterPeriod","months":1,"day":31},"shift":"none"}`

// Part 4.5: a file is good as a whole, or every mistake in it is named.
func TestEveryMistakeInAFileIsNamed(t *testing.T) {
	t.Parallel()
	b, err := Parse(fmt.Appendf(nil, small, good))
	require.NoError(t, err)
	require.True(t, b.Rules[0].SaturdayIsDayOff && b.Rules[0].Enabled, "what a rule does not say")
	require.Equal(t, endOfDay, b.Rules[0].EndsAt)

	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for text, want := range map[string][]string{
		good + "," + good: {"rules[1].id"},
		edit(`"period":"month"`, `"perod":"month"`):                                     {"rules[0].perod"},
		edit(`"months":1`, `"month":"1"`):                                               {"rules[0].due.month"},
		edit(`"day":31`, `"day":32`):                                                    {"rules[0].due.day"},
		edit(`"day":31`, `"day":0`):                                                     {"rules[0].due.day"},
		edit(`"months":1`, `"months":25`):                                               {"rules[0].due.months"},
		edit(`dayOfMonthAfterPeriod`, `never`):                                          {"rules[0].due.type"},
		edit(`dayOfMonthAfterPeriod`, `daysAfterEvent`):                                 {"rules[0].due.type"},
		edit(`"month"`, `"event"`):                                                      {"rules[0].due.type"},
		edit(`"month"`, `"fortnight"`):                                                  {"rules[0].period"},
		edit(`"month"`, `"months:0-3"`):                                                 {"rules[0].period"},
		edit(`"month"`, `"monthsOfQuarter:4"`):                                          {"rules[0].period"},
		edit(`"none"`, `"sometimes"`):                                                   {"rules[0].shift"},
		edit(`"shift"`, `"validFrom":"2027-01-02","validTo":"2027-01-01","shift"`):      {"rules[0].validTo"},
		edit(`"shift"`, `"validFrom":"2027-02-30","shift"`):                             {"rules[0]"},
		edit(`"shift"`, `"endsAt":"25:00","actByHour":"noon","confidence":"X","shift"`): {"rules[0].actByHour", "rules[0].confidence", "rules[0].endsAt"},
		edit(`"shift"`, `"exceptions":[{"period":"13","due":{"type":"date","date":"2027-01-01"}}],"shift"`): {"rules[0].exceptions[0].due.date", "rules[0].exceptions[0].period"},
		edit(`"shift"`, `"remindBusinessDays":[-1],"match":{"tags":[" "]},"shift"`):                         {"rules[0].match.tags[0]", "rules[0].remindBusinessDays[0]"},
		edit(`"a"`, `"a/b"`):                          {"rules[0].id"},
		edit(`"A"`, `""`):                             {"rules[0].name.pl"},
		edit(`"A"`, `"`+strings.Repeat("ż", 256)+`"`): {"rules[0].name.pl"},
		edit(`"shift"`, `"note":"`+strings.Repeat("x", 2001)+`","shift"`):                    {"rules[0].note"},
		edit(`"due":{"type":"dayOfMonthAfterPeriod","months":1,"day":31}`, `"due":{}`):       {"rules[0].due.type"},
		edit(`"month","due":{"type":"dayOfMonthAfterPeriod"`, `"once","due":{"type":"date"`): {"rules[0].due.date"},
		edit(`dayOfMonthAfterPeriod"`, `date","date":"2027-01-01"`):                          {"rules[0].due.type"},
		edit(`"id":"a"`, `"id":""`) + "," + edit(`"VAT"`, `""`):                              {"rules[0].id", "rules[1].category"},
	} {
		_, err := Parse(fmt.Appendf(nil, small, text))
		require.Equal(t, want, locations(t, err), text)
	}
	for old, want := range map[string]string{
		"deadline-rules/1": "schema", `"1"`: "version", `"PL"`: "country", "Europe/Warsaw": "timezone", "01-01": "holidays.fixed[0]", "sunday": "sundae",
	} {
		_, err := Parse([]byte(strings.Replace(fmt.Sprintf(small, good), old, map[bool]string{true: `""`, false: "sundae"}[old == `"1"` || old == `"PL"`], 1)))
		require.Contains(t, strings.Join(locations(t, err), " "), want, old)
	}
	for _, text := range []string{"", "{", "[]", fmt.Sprintf(small, good) + "x", "\xff"} {
		_, err := Parse([]byte(text))
		require.NotEmpty(t, locations(t, err), text)
	}
	many := strings.Repeat(good+",", rulesMax) + good
	_, err = Parse(fmt.Appendf(nil, small, many))
	require.Contains(t, locations(t, err), "rules")
	require.Less(t, len(err.Error()), 2000)
}

func locations(t *testing.T, err error) (all []string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, fault.Invalid, f.Kind)
	for _, field := range f.Fields {
		require.NotEmpty(t, field.Message)
		all = append(all, field.Location)
	}
	return all
}

// Holidays that fill the calendar end no search.
func TestCalendarWithoutWorkingDaysEndsItsSearch(t *testing.T) {
	t.Parallel()
	var extra []string
	for d := dayOf(2026, 12, 1); len(extra) < extraDaysMax; d++ {
		extra = append(extra, `{"date":"`+d.String()+`"}`)
	}
	text := strings.Replace(fmt.Sprintf(small, strings.Replace(good, "none", "nextBusinessDay", 1)), `"sunday"`, `"extra":[`+strings.Join(extra, ",")+`],"sunday"`, 1)
	b, err := Parse([]byte(text))
	require.NoError(t, err)
	o, ok := b.Rules[0].Of(b.Calendar, "2026-11")
	require.True(t, ok)
	require.Equal(t, "2027-01-20", o.Due.String())
	require.Equal(t, "2027-01-20", b.Rules[0].In(b.Calendar, o.Due, o.Due)[0].Due.String())
}

// A confirmation is about what a rule says, not about whether it is in use.
func TestFingerprintsChangeWithWhatARuleSays(t *testing.T) {
	t.Parallel()
	r := *Shipped().Rule("vat-jpk-v7m")
	same := r
	same.Enabled = false
	require.Equal(t, r.Fingerprint(), same.Fingerprint())
	same.Due.Day = 24
	require.NotEqual(t, r.Fingerprint(), same.Fingerprint())
	data, err := json.Marshal(&r)
	require.NoError(t, err)
	again := NewRule()
	require.NoError(t, decodeStrict(data, &again))
	again.Tidy()
	require.Equal(t, r.Fingerprint(), again.Fingerprint(), "a rule that went out and came back is the same")
}

// Fingerprints are stored: if this one changes, every office has to confirm
// every rule again.
func TestFingerprintsStayTheSameInLaterReleases(t *testing.T) {
	t.Parallel()
	require.Equal(t, "65c79326b38893eb93adeb2b672ceaea", rule("month", Due{Type: dayOfMonthAfterPeriod, Months: 1, Day: 25}).Fingerprint())
}

// Part 4.7: names and tags as people write them find their obligations.
func TestWorkflowsFindTheirObligations(t *testing.T) {
	t.Parallel()
	b := Shipped()
	var rules []*Rule
	for i := range b.Rules {
		rules = append(rules, &b.Rules[i])
	}
	m := NewMatcher(rules)
	for name, want := range map[string][]string{
		"JPK_V7M": {"vat-jpk-v7m", "vat-jpk-v7k", "vat-jpk-v7k-ewidencja"}, "jpk-generation": {"vat-jpk-v7m", "jpk-kr-pd", "jpk-pkpir-ewp-st"},
		"Jpk Generation nightly": {"vat-jpk-v7m"}, "tax-filing": {"vat-jpk-v7m", "pit-zaliczka-m", "cit-zaliczka-m"}, "vat-oss": {"vat-oss"},
		"zus_dra": {"zus-5", "zus-15", "zus-20"}, "lista płac": nil, "lista_plac": {"wynagrodzenia", "pit-4-platnik"}, "payroll": {"wynagrodzenia", "ppk-wplaty", "zus-15"},
		"ppe": {"ppe-m", "ppe-k"}, "cit-8": {"cit-8"}, "tpr": {"tp-tpr"}, "ksef-send": {"ksef-2027"}, "invoice-processing": nil, "": nil, "my-jpk-generation": nil,
	} {
		named, tagged := map[int]bool{}, map[int]bool{}
		m.Named(named, name)
		m.Tagged(tagged, []string{name})
		for _, id := range want {
			require.True(t, named[slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == id })], "%s %s", name, id)
		}
		if want == nil {
			require.Empty(t, named, name)
			require.Empty(t, tagged, name)
		}
	}
	tagged := map[int]bool{}
	m.Tagged(tagged, []string{"other", "JPK V7"})
	require.Len(t, tagged, 3)
	r := NewRule()
	r.Match.WorkflowNames = []string{"a*b*c", "exact"}
	m = NewMatcher([]*Rule{&r})
	for name, want := range map[string]bool{"abc": true, "a-x-b-y-C": true, "ab": false, "abcd": false, "exact": true, "exactly": false, "xabc": false} {
		found := map[int]bool{}
		m.Named(found, name)
		require.Equal(t, want, found[0], name)
	}
}
