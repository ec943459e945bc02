package tsdb

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLabelsAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	a := labels(t, "step.duration_ms", "workflow", "vat", "step", "send", "note", "")
	b := labels(t, "step.duration_ms", "step", "send", "workflow", "vat")
	require.Equal(t, a, b, "an empty label is no label")
	require.Equal(t, `step.duration_ms{step="send",workflow="vat"}`, a.String())
	require.Equal(t, "step.duration_ms", a.Metric())
	require.Equal(t, "vat", a.Get("workflow"))
	require.Empty(t, a.Get("other"))
	require.Equal(t, "cpu.usage_percent", labels(t, "cpu.usage_percent").String())
	require.NotEqual(t, labels(t, "m", "ab", "c"), labels(t, "m", "a", "bc"))
}

func TestBadLabelsAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", labelNameBytesMax)
	many := make([]string, 0, 2*(labelsMax+1))
	for i := range labelsMax + 1 {
		many = append(many, "l"+strings.Repeat("x", i), "v")
	}
	_, err := NewLabels(long, long, strings.Repeat("v", labelValueBytesMax))
	require.NoError(t, err)
	_, err = NewLabels("m", many[2:]...)
	require.NoError(t, err)
	for name, bad := range map[string][]string{
		"no metric":            {""},
		"metric too long":      {long + "x"},
		"metric of a digit":    {"1m"},
		"metric with space":    {"a b"},
		"metric with a zero":   {"a\x00"},
		"not a pair":           {"m", "a"},
		"name with a dash":     {"m", "a-b", "v"},
		"name not ASCII":       {"m", "zażółć", "v"},
		"no name":              {"m", "", "v"},
		"reserved name":        {"m", MetricLabel, "v"},
		"same name twice":      {"m", "a", "1", "a", "2"},
		"value too long":       {"m", "a", strings.Repeat("v", labelValueBytesMax+1)},
		"value not UTF-8":      {"m", "a", "\xFF"},
		"too many":             append([]string{"m"}, many...),
		"name too long":        {"m", long + "x", "v"},
		"name beyond any size": {"m", strings.Repeat("x", 1<<20), "v"},
	} {
		_, err := NewLabels(bad[0], bad[1:]...)
		require.ErrorIs(t, err, ErrLabels, name)
		require.Less(t, len(err.Error()), 400, "the message stays readable: %s", name)
	}
}

// Lengths of 128 and more, other alphabets and quotes: what makes tstorage's own labels unreadable.
func TestLabelsOfAnyLengthReadBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	values := []string{strings.Repeat("ż", 70), "Кадры", `"quoted\"`, "\x00\x01", "a=b,c{}"}
	for _, n := range []int{1, 127, 128, 200, 255, 256, 400, 1024} {
		values = append(values, strings.Repeat("v", n))
	}
	for i, v := range values {
		h.put(t, labels(t, "m", "a", v), 1, int64(i), float64(i))
	}
	for i, v := range values {
		require.Equal(t, []Point{{At: int64(i), Value: float64(i)}}, h.points(t, 0, 1000, labels(t, "m", "a", v)), "%.20q", v)
	}
	got, err := h.scope.LabelValues("a")
	require.NoError(t, err)
	require.ElementsMatch(t, values, got)
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("\x08__name__\x01m"))
	f.Add([]byte("\x08__name__\x01m\x01z\x01v"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLabels(data)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		require.Equal(t, string(data), l.canonical)
	})
}
