package promql

import (
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"flowwatch/tsdb"
)

// Labels name a series, tsdb.MetricLabel among them.
type Labels = map[string]string

// Series returns the series that any of the selectors takes, whatever the time.
func (e *Engine) Series(ctx context.Context, s Source, selectors []string) ([]Labels, error) {
	if len(selectors) == 0 {
		return nil, badData("no match[] parameter provided")
	}
	all, err := e.lookup(ctx, s, selectors)
	if err != nil {
		return nil, err
	}
	list := make([]Labels, len(all))
	for i, f := range all {
		list[i] = f.labels.Map()
	}
	return list, nil
}

// LabelNames returns the names of the labels of these series, of all without a selector.
func (e *Engine) LabelNames(ctx context.Context, s Source, selectors []string) ([]string, error) {
	all, err := e.lookup(ctx, s, selectors)
	if err != nil {
		return nil, err
	}
	return namesOf(all), nil
}

// LabelValues returns the values of one label of these series, of all without a selector.
func (e *Engine) LabelValues(ctx context.Context, s Source, name string, selectors []string) ([]string, error) {
	if name == tsdb.MetricLabel && len(selectors) == 0 {
		names, err := s.names(nil)
		if err != nil {
			return nil, errorOf(err)
		}
		return names, nil
	}
	all, err := e.lookup(ctx, s, selectors)
	if err != nil {
		return nil, err
	}
	return valuesOf(all, name), nil
}

// lookup finds the series of any selector, each once.
func (e *Engine) lookup(ctx context.Context, s Source, selectors []string) ([]*found, error) {
	if len(selectors) > selectorsMax {
		return nil, badData(fmt.Sprintf("more than %d match[]", selectorsMax))
	}
	for _, text := range selectors {
		if len(text) > queryBytesMax {
			return nil, badData(fmt.Sprintf("a selector has %d bytes, at most %d", len(text), queryBytesMax))
		}
	}
	if err := guardPatterns(selectors...); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	leave, err := e.enter(ctx, s.Slots)
	if err != nil {
		return nil, err
	}
	defer leave()
	sets := [][]*labels.Matcher{nil}
	if len(selectors) > 0 {
		sets = nil
	}
	reader := parser.NewParser(parser.Options{})
	for _, text := range selectors {
		matchers, err := reader.ParseMetricSelector(text)
		if err != nil {
			return nil, &Error{Kind: BadData, cause: err}
		}
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches("") }) {
			return nil, badData("match[] must contain at least one non-empty matcher")
		}
		sets = append(sets, matchers)
	}
	var all []*found
	b := newBudget()
	for _, matchers := range sets {
		some, err := s.find(ctx, matchers, b)
		if err != nil {
			return nil, errorOf(err)
		}
		all = append(all, some...)
	}
	byLabels := func(a, b *found) int { return labels.Compare(a.labels, b.labels) }
	slices.SortFunc(all, byLabels)
	return slices.CompactFunc(all, func(a, b *found) bool { return byLabels(a, b) == 0 }), nil
}
