package deadline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Part 4.6: a run serves the term that is due next, over the ends of years too, and terms leave no gap.
func TestRunsServeTheTermThatIsDueNext(t *testing.T) {
	t.Parallel()
	b := Shipped()
	terms := b.Rule("vat-jpk-v7m").Terms(b.Calendar, day(t, "2026-11-01"), day(t, "2027-02-28"))
	require.Len(t, terms, 4)
	for i := range terms[1:] {
		require.Equal(t, terms[i].Due, terms[i+1].After)
	}
	for s, want := range map[string]string{
		"2026-10-26": "", "2026-10-27": "2026-10", "2026-11-25": "2026-10", "2026-11-26": "2026-11", "2026-12-28": "2026-11",
		"2026-12-29": "2026-12", "2026-12-31": "2026-12", "2027-01-01": "2026-12", "2027-01-25": "2026-12", "2027-02-25": "2027-01", "2027-02-26": "",
	} {
		got := ""
		if k := Serving(terms, day(t, s)); k >= 0 {
			got = terms[k].Period
		}
		require.Equal(t, want, got, s)
	}
	once := b.Rule("ksef-2027").Terms(b.Calendar, day(t, "2026-12-01"), day(t, "2027-01-31"))
	require.Len(t, once, 1)
	require.Equal(t, 0, Serving(once, day(t, "2026-01-01")))
	require.Equal(t, -1, Serving(once, day(t, "2025-12-31")), "a year before")
	require.Equal(t, -1, Serving(once, day(t, "2027-01-02")))
	require.Empty(t, b.Rule("pcc-3").Terms(b.Calendar, day(t, "2026-01-01"), day(t, "2027-01-01")))
	require.Equal(t, -1, Serving(nil, 0))
}
