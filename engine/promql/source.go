package promql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flowwatch/tsdb"
)

// Source is where the series of an organisation lie, and what they are called. It is made for each query.
type Source struct {
	// Scopes hold the series.
	Scopes []tsdb.Scope
	// Name is what expressions call a stored metric; "" is one that they don't see.
	Name func(metric string) string
	// Slots are the organisation's own places among the queries that are evaluated, so that others find one.
	Slots chan struct{}
	// Show is what expressions see of a stored series whose metric has a name; ok is false when it is nothing.
	Show func(l tsdb.Labels) (shown Shown, ok bool)
}

// Shown is a series as expressions see it.
type Shown struct {
	Pairs []string // names and values of its labels, without the metric
	Marks bool     // its values stand for numbers that a series cannot hold: see Mark
}

// found is a series that matches, with what it is made of: several stored series may look the same.
type found struct {
	labels labels.Labels
	parts  []part
}

type part struct {
	scope  int // in Source.Scopes
	series tsdb.Series
	marks  bool
}

// budget is how many bytes of series one query may still gather: an expression of a few KB can name all of an organisation's a thousand times.
type budget struct{ left int }

func newBudget() *budget { return &budget{labelBytesMax} }

// Bytes of a series beside its labels, as it is found.
const (
	foundBytes = 256
	partBytes  = 64
)

func (b *budget) take(n int) error {
	if b.left -= n; b.left < 0 {
		return fmt.Errorf("the selectors name series with more than %d MB of labels: %w", labelBytesMax>>20, tsdb.ErrSeriesLimit)
	}
	return nil
}

// find returns the series that all matchers take, ordered by labels.
func (s *Source) find(ctx context.Context, matchers []*labels.Matcher, b *budget) ([]*found, error) {
	var name, others []*labels.Matcher
	var narrow []tsdb.Matcher
	for _, m := range matchers {
		if m.Name == tsdb.MetricLabel {
			name = append(name, m)
			continue
		}
		others = append(others, m)
		// A label that is stored under another name has an underscore in the name that is shown.
		if m.Type == labels.MatchEqual && m.Value != "" && !strings.Contains(m.Name, "_") {
			narrow = append(narrow, tsdb.Equal(m.Name, m.Value))
		}
	}
	all := map[string]*found{}
	for i, scope := range s.Scopes {
		metrics, err := scope.LabelValues(tsdb.MetricLabel)
		if err != nil {
			return nil, faultOfStore(err)
		}
		for _, metric := range metrics {
			shown := s.Name(metric)
			if shown == "" || !matches(name, func(string) string { return shown }) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			series, err := scope.Series(append(narrow[:len(narrow):len(narrow)], tsdb.Metric(metric))...)
			if err != nil {
				return nil, faultOfStore(err)
			}
			if err := s.add(all, i, shown, series, others, b); err != nil {
				return nil, err
			}
		}
	}
	list := make([]*found, 0, len(all))
	for _, f := range all {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *found) int { return labels.Compare(a.labels, b.labels) })
	return list, nil
}

// add puts the series of one stored metric among those that were found.
func (s *Source) add(all map[string]*found, scope int, name string, series []tsdb.Series, others []*labels.Matcher, b *budget) error {
	for _, one := range series {
		shown, ok := s.Show(one.Labels)
		if !ok {
			continue
		}
		l := labels.FromStrings(append([]string{tsdb.MetricLabel, name}, shown.Pairs...)...)
		if !matches(others, l.Get) {
			continue
		}
		key := string(l.Bytes(nil))
		f, cost := all[key], partBytes
		if f == nil {
			f = &found{labels: l}
			all[key] = f
			cost += len(key) + foundBytes
		}
		if err := b.take(cost); err != nil {
			return err
		}
		f.parts = append(f.parts, part{scope: scope, series: one, marks: shown.Marks})
	}
	return nil
}

func matches(matchers []*labels.Matcher, value func(name string) string) bool {
	for _, m := range matchers {
		if !m.Matches(value(m.Name)) {
			return false
		}
	}
	return true
}

// names are those of the metrics that match and are shown.
func (s *Source) names(matchers []*labels.Matcher) (names []string, err error) {
	for _, scope := range s.Scopes {
		metrics, err := scope.LabelValues(tsdb.MetricLabel)
		if err != nil {
			return nil, faultOfStore(err)
		}
		for _, metric := range metrics {
			if name := s.Name(metric); name != "" && matches(matchers, func(string) string { return name }) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// points reads those of all series from one time, included, to another, not included.
func (s *Source) points(all []*found, from, to int64, limit int) ([][]tsdb.Point, int, error) {
	read := 0
	of := make([]map[tsdb.SeriesID][]tsdb.Point, len(s.Scopes))
	for i, scope := range s.Scopes {
		var series []tsdb.Series
		for _, f := range all {
			for _, p := range f.parts {
				if p.scope == i {
					series = append(series, p.series)
				}
			}
		}
		if len(series) == 0 {
			continue
		}
		got, err := scope.PointsOf(series, from, to, limit-read)
		if err != nil {
			return nil, read, faultOfStore(err)
		}
		of[i] = make(map[tsdb.SeriesID][]tsdb.Point, len(got))
		for k := range got {
			of[i][got[k].ID] = got[k].Points
			read += len(got[k].Points)
		}
	}
	lists := make([][]tsdb.Point, len(all))
	for i, f := range all {
		lists[i] = joined(f.parts, of)
	}
	return lists, read, nil
}
