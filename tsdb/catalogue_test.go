package tsdb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// office has the series duration of vat, pit and zus, of which zus has steps, and one of a host.
func office(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i, l := range []Labels{
			labels(t, "duration", "workflow", "vat"),
			labels(t, "duration", "workflow", "pit"),
			labels(t, "duration", "workflow", "zus", "step", "send"),
			labels(t, "duration", "workflow", "zus", "step", "read"),
			labels(t, "cpu", "host", "a\nb"),
		} {
			require.NoError(t, b.Put(l, PointID(i), Point{At: 1}))
		}
	})
	return h
}

func TestMatchersSelectSeries(t *testing.T) {
	t.Parallel()
	h := office(t)
	f := func(want string, matchers ...Matcher) {
		t.Helper()
		found, err := h.scope.Series(matchers...)
		require.NoError(t, err)
		var names []string
		for _, s := range found {
			names = append(names, s.Labels.Get("workflow")+s.Labels.Get("step")+s.Labels.Get("host"))
		}
		require.Equal(t, want, strings.Join(names, " "))
	}
	re := func(name, pattern string) Matcher {
		m, err := Regexp(name, pattern)
		require.NoError(t, err)
		return m
	}
	not := func(name, pattern string) Matcher {
		m, err := NotRegexp(name, pattern)
		require.NoError(t, err)
		return m
	}
	f("vat pit zussend zusread a\nb")
	f("vat pit zussend zusread", Metric("duration"))
	f("vat", Metric("duration"), Equal("workflow", "vat"))
	f("", Metric("cpu"), Equal("workflow", "vat"))
	f("", Equal("workflow", "va"))
	f("vat pit", Metric("duration"), Equal("step", ""))
	f("zussend zusread", NotEqual("step", ""))
	f("pit zussend zusread a\nb", NotEqual("workflow", "vat"))
	f("vat pit", re("workflow", "vat|pit"))
	f("", re("workflow", "a"))
	f("vat", re("workflow", ".a."))
	f("a\nb", re("host", "a.b"))
	f("zussend zusread a\nb", not("workflow", "vat|pit"))
	f("zussend", Equal("workflow", "zus"), not("step", "r.*"))
	f("vat pit a\nb", re("step", ""))
}

func TestBadPatternsAreRefused(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"(", "a)(b", "a{1001}", `\8`, strings.Repeat("x", patternBytesMax+1)} {
		_, err := Regexp("a", pattern)
		require.ErrorIs(t, err, ErrMatcher, "%.20s", pattern)
		_, err = NotRegexp("a", pattern)
		require.ErrorIs(t, err, ErrMatcher, "%.20s", pattern)
	}
}

func TestLabelsAreListed(t *testing.T) {
	t.Parallel()
	h := office(t)
	names, err := h.scope.LabelNames()
	require.NoError(t, err)
	require.Equal(t, []string{MetricLabel, "host", "step", "workflow"}, names)
	f := func(name string, want ...string) {
		t.Helper()
		values, err := h.scope.LabelValues(name)
		require.NoError(t, err)
		require.Equal(t, want, values)
	}
	f("workflow", "pit", "vat", "zus")
	f(MetricLabel, "cpu", "duration")
	f("work")
	f("nothing")
}

func TestSeriesKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	h := office(t)
	before, err := h.scope.Series()
	require.NoError(t, err)
	h.close(t)
	h.open(t)
	h.put(t, labels(t, "new"), 1, 1, 1)
	h.put(t, labels(t, "duration", "workflow", "vat"), 2, 1, 1)
	after, err := h.scope.Series()
	require.NoError(t, err)
	require.Equal(t, before, after[:len(before)])
	require.Equal(t, Series{ID: 6, Labels: labels(t, "new")}, after[len(before)])
	h.check(t)
}

func TestPointsOfTooManySeriesAreLeftOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.db.options.SeriesMax = 3
	write := func(names ...string) (left int) {
		var b Batch
		for _, name := range names {
			require.NoError(t, b.Put(labels(t, name), 1, Point{}))
			require.NoError(t, b.Put(labels(t, name), 2, Point{}))
			require.NoError(t, b.Delete(labels(t, name), 3, 0))
		}
		require.NoError(t, h.store.Update(func(tx *kv.Tx) (err error) {
			left, err = h.scope.Apply(tx, &b)
			return err
		}))
		return left
	}
	a, b, c, d := labels(t, "a"), labels(t, "b"), labels(t, "c"), labels(t, "d")
	require.Zero(t, write("a", "b"))
	require.NoError(t, h.scope.Room(a, b, c, c))
	err := h.scope.Room(a, c, d)
	require.ErrorIs(t, err, ErrSeriesLimit)
	require.ErrorContains(t, err, "4 series, at most 3")
	require.Equal(t, 2, write("a", "c", "d"), "two points of d")
	require.Equal(t, 4, write("e", "c", "f"))
	require.NoError(t, h.scope.Room(a, b, c))
	require.ErrorIs(t, h.scope.Room(d), ErrSeriesLimit)
	found, err := h.scope.Series()
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.Len(t, h.points(t, 0, 1, c), 2)
	h.check(t)
	other, err := h.store.Scope("other")
	require.NoError(t, err)
	require.NoError(t, h.db.Scope(other).Room(a, b, c), "each organisation has its own limit")
}

func TestOrganisationsSeeOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	h := office(t)
	kvOther, err := h.store.Scope("other")
	require.NoError(t, err)
	other := h.db.Scope(kvOther)
	mine := labels(t, "duration", "workflow", "vat")
	var b Batch
	require.NoError(t, b.Put(mine, 0, Point{At: 1, Value: 99}))
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, other, &b) }))

	names, err := other.LabelNames()
	require.NoError(t, err)
	require.Equal(t, []string{MetricLabel, "workflow"}, names)
	found, err := other.Points(0, 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, []Point{{At: 1, Value: 99}}, found[0].Points)
	require.Equal(t, []Point{{At: 1}}, h.points(t, 0, 10, mine))
	sums, err := h.scope.Summarize([]Labels{mine}, []int64{0, 10})
	require.NoError(t, err)
	require.EqualValues(t, 1, sums[0].Count)
}

func TestAQueryMatchesAtMostItsLimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i := range seriesPerQuery + 1 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i)), 1, Point{At: 5}))
		}
	})
	_, err := h.scope.Series(Metric("m"))
	require.ErrorIs(t, err, ErrSeriesLimit)
	_, err = h.scope.Points(0, 10)
	require.ErrorIs(t, err, ErrSeriesLimit)
	found, err := h.scope.Series(Metric("m"), NotEqual("i", "7"))
	require.NoError(t, err)
	require.Len(t, found, seriesPerQuery)
}

func TestBucketsOfAllSeriesAreLimited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i := range 100 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i)), 1, Point{At: 5}))
		}
	})
	bounds := make([]int64, bucketsPerQuery/100+2)
	for i := range bounds {
		bounds[i] = int64(i)
	}
	_, err := h.scope.SummarizeEach(bounds, nil)
	require.ErrorIs(t, err, ErrPointLimit)
	found, err := h.scope.SummarizeEach(bounds[:len(bounds)-1], nil)
	require.NoError(t, err)
	require.Len(t, found, 100)
}
