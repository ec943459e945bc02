package promql

import (
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/tsdb"
)

// FuzzReadExposition: what another program answers harms nobody here; each sample has a name.
func FuzzReadExposition(f *testing.F) {
	for _, text := range []string{
		"# HELP up x\n# TYPE up gauge\nup 1\n", "a{b=\"c\\n\\\"\",d=\"\"} +Inf 1700000000000\n", "{\"za\u017c\u00f3\u0142\u0107\",x=\"y\"} NaN\n", "a{", "a 1", "<html>", "a{b=\"\xff\"} 1\n",
		"# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_sum 3\nh_count 2\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := ReadExposition(text, func(label func(string) string, _ float64) {
			require.NotEmpty(t, label(tsdb.MetricLabel), "%q", text)
		})
		if err != nil {
			require.ErrorContains(t, err, "no metrics of Prometheus")
		}
	})
}
