package resource

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func reading(metric string, after time.Duration, value float64, tags ...Tag) Reading {
	return Reading{NewSeries(metric, Engine, tags...), noon.Add(after), value}
}

// measured is a reading of what is measured here.
func measured(metric string, after time.Duration, value float64, tags ...Tag) Reading {
	return Reading{NewSeries(metric, Host, tags...), noon.Add(after), value}
}

// S28: what lies in the range, and nothing outside it; sources and tags are series of their own (B-48).
func TestARangeHoldsWhatLiesInIt(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	for i := range 10 {
		h.Add(measured("b", time.Duration(i)*time.Minute, float64(i)))
	}
	h.Add(measured("a", time.Minute, 1, Tag{"host", "x"}, Tag{"core", "2"}), measured("a", time.Minute, 2, Tag{"core", "2"}, Tag{"host", "x"}),
		measured("a", time.Minute, 3, Tag{"host", "y"}))
	h.Add(reading("a", time.Minute, 5), Reading{NewSeries("a", Self), noon.Add(time.Minute), 4})
	lines := h.Range(noon.Add(time.Minute), noon.Add(3*time.Minute))
	require.Len(t, lines, 4, "what engines send is in the series store")
	require.Equal(t, "a", lines[0].Metric)
	require.Equal(t, map[string]string{"source": "host", "core": "2", "host": "x"}, lines[0].Labels())
	require.Equal(t, []Point{{noon.Add(time.Minute), 2}}, lines[0].Points, "the same series and time: the last counts")
	require.Equal(t, []Point{{noon.Add(time.Minute), 1}, {noon.Add(2 * time.Minute), 2}, {noon.Add(3 * time.Minute), 3}}, lines[3].Points)
	require.Empty(t, h.Range(noon.Add(time.Hour), noon.Add(2*time.Hour)))
}

// B-48: what is not known any more is absent, not 0 and not its last value for ever.
func TestOnlyFreshValuesArePresent(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	h.Add(measured("late", -time.Minute, 1), measured("late", time.Minute, 3), measured("late", 0, 2), measured("old", -6*time.Minute, 9))
	present := h.Present(noon.Add(time.Minute))
	require.Len(t, present, 1)
	require.InDelta(t, 3, present[0].Value, 0, "the newest by its own time")
	series := NewSeries("late", Host)
	mean, ok := h.Mean(&series, noon)
	require.True(t, ok)
	require.InDelta(t, 2.5, mean, 0)
	_, ok = h.Mean(&series, noon.Add(time.Hour))
	require.False(t, ok)
	h.Forget(&series)
	require.Empty(t, h.Present(noon.Add(time.Minute)))
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	for i := range 5000 {
		h.Add(measured("m", time.Duration(i)*time.Second, float64(i)))
	}
	points := h.Range(noon, noon.Add(24*time.Hour))[0].Points
	require.Len(t, points, historyPoints)
	require.InDelta(t, 4999, points[historyPoints-1].Value, 0)
	h.Add(measured("m", 3*time.Hour, 1))
	require.Len(t, h.Range(noon, noon.Add(24*time.Hour))[0].Points, 1, "an hour back, no more")
}

// Of what engines send the newest by its own time stays, however they order it.
func TestOnlyTheNewestOfAnEnginesValuesIsKept(t *testing.T) {
	t.Parallel()
	h := NewHistory()
	h.Add(reading("m", 0, 1), reading("m", time.Second, 2), reading("m", -time.Second, 3))
	require.Equal(t, []Reading{reading("m", time.Second, 2)}, h.Present(noon))
	h.Add(reading("m", time.Second, 4))
	require.InDelta(t, 4, h.Present(noon)[0].Value, 0, "the same time again")
}
