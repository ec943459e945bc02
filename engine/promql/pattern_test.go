package promql

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a pattern would be compiled to is known before it is: 16 KB of them would take hundreds of MB each.
func TestPatternsThatWouldBecomeLargeAreRefused(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("x{1000}", 100)
	for _, text := range []string{
		`{a=~"` + many + `"}`, `{a!~'` + many + `'}`, "{a=~`" + many + "`}", `up or on() up{a=~"(?:x{10}){100}` + many[:7*80] + `"}`,
		`label_replace(up, "a", "$1", "b", "` + many + `")`, strings.Repeat(`up{a=~"x{1000}"} or `, 100) + "up", `{a=~"\u0078{1000}` + many + `"}`,
		"# \"\n" + `{a=~"` + many + `"}`, `{a=~"((x{9}){9}){9}` + many + `"}`,
	} {
		err := guard(text, 0)
		var refused *Error
		require.ErrorAs(t, err, &refused, "%.60s", text)
		require.Equal(t, Execution, refused.Kind, "%.60s %v", text, err)
		require.ErrorContains(t, err, "regular expressions", "%.60s", text)
	}
	e, s := New(), newShelf(t)
	one := `{a=~"` + strings.Repeat("x{1000}", 2) + `"}`
	_, err := e.LabelNames(t.Context(), s.source(), []string{one})
	require.NoError(t, err)
	_, err = e.LabelNames(t.Context(), s.source(), slices.Repeat([]string{one}, selectorsMax))
	require.ErrorContains(t, err, "regular expressions", "all of a request together")
	_, err = e.Instant(t.Context(), s.source(), &Query{Text: `{a=~"` + many + `"}`, At: time.Unix(0, 0)})
	require.ErrorContains(t, err, "regular expressions")

	names := strings.TrimSuffix(strings.Repeat("serwer-01.biuro.example:9100|", 500), "|")
	for _, text := range []string{`up{instance=~"` + names + `"}`, `up{a=~".+",b!~"a.*|b[0-9]{1,3}"}`, `up{a="x{1000}"}`, `{a=~"("}`, `"`, `up{`} {
		err := guard(text, 0)
		if err != nil {
			require.NotContains(t, err.Error(), "regular expressions with", "%.60s", text)
		}
	}
}
