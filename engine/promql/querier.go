package promql

import (
	"context"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"

	"flowwatch/tsdb"
)

// Times that a series may have, in Unix milliseconds: the years 0 to 9999.
const (
	firstTime = -62_167_219_200_000
	lastTime  = 253_402_300_799_999
)

// queryable gives one query its samples. It is made for that query.
type queryable struct {
	source Source
	budget *budget
	read   int // points so far
}

// Querier implements storage.Queryable.
func (q *queryable) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{q: q, from: mint, to: maxt}, nil
}

type querier struct {
	q        *queryable
	from, to int64 // both included
}

// Select implements storage.Querier. All that matches is read at once.
func (r *querier) Select(ctx context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	all, err := r.q.source.find(ctx, matchers, r.q.budget)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	from, to := r.from, r.to
	if hints != nil {
		from, to = hints.Start, hints.End
	}
	from, to = max(from, firstTime), min(to, lastTime)
	if from > to || len(all) == 0 {
		return storage.EmptySeriesSet()
	}
	points, read, err := r.q.source.points(all, from, to+1, samplesMax-r.q.read)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	r.q.read += read
	return &seriesSet{all: all, points: points, at: -1}
}

// LabelValues implements storage.LabelQuerier.
func (r *querier) LabelValues(ctx context.Context, name string, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	all, err := r.q.source.find(ctx, matchers, r.q.budget)
	return valuesOf(all, name), nil, err
}

// LabelNames implements storage.LabelQuerier.
func (r *querier) LabelNames(ctx context.Context, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	all, err := r.q.source.find(ctx, matchers, r.q.budget)
	return namesOf(all), nil, err
}

// Close implements storage.LabelQuerier.
func (r *querier) Close() error { return nil }

func valuesOf(all []*found, name string) []string {
	var values []string
	for _, f := range all {
		if value := f.labels.Get(name); value != "" {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

func namesOf(all []*found) []string {
	known := map[string]struct{}{}
	names := []string{}
	for _, f := range all {
		f.labels.Range(func(l labels.Label) {
			if _, is := known[l.Name]; !is {
				known[l.Name] = struct{}{}
				names = append(names, l.Name)
			}
		})
	}
	slices.Sort(names)
	return names
}

// seriesSet implements storage.SeriesSet. Series without points are left out.
type seriesSet struct {
	all    []*found
	points [][]tsdb.Point
	at     int
}

func (s *seriesSet) Next() bool {
	for s.at++; s.at < len(s.all); s.at++ {
		if len(s.points[s.at]) > 0 {
			return true
		}
	}
	return false
}

func (s *seriesSet) At() storage.Series {
	return &storage.SeriesEntry{Lset: s.all[s.at].labels, SampleIteratorFn: iteratorOf(s.points[s.at])}
}

func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// iteratorOf makes iterators, out of former ones where there are any.
func iteratorOf(points []tsdb.Point) func(chunkenc.Iterator) chunkenc.Iterator {
	return func(former chunkenc.Iterator) chunkenc.Iterator {
		it, ok := former.(*iterator)
		if !ok {
			it = new(iterator)
		}
		it.points, it.at = points, -1
		return it
	}
}

// iterator implements chunkenc.Iterator.
type iterator struct {
	points []tsdb.Point
	at     int
}

func (it *iterator) Next() chunkenc.ValueType {
	if it.at++; it.at >= len(it.points) {
		return chunkenc.ValNone
	}
	return chunkenc.ValFloat
}

// unixMs says what Seek counts; vet would take an int64 for an offset in a file.
type unixMs = int64

func (it *iterator) Seek(t unixMs) chunkenc.ValueType {
	it.at = max(it.at, 0)
	if it.at < len(it.points) && it.points[it.at].At < t {
		rest := it.points[it.at:]
		n, _ := slices.BinarySearchFunc(rest, t, func(p tsdb.Point, t int64) int {
			if p.At < t {
				return -1
			}
			return 1
		})
		it.at += n
	}
	if it.at >= len(it.points) {
		return chunkenc.ValNone
	}
	return chunkenc.ValFloat
}

func (it *iterator) At() (int64, float64) { p := it.points[it.at]; return p.At, p.Value }
func (it *iterator) AtT() int64           { return it.points[it.at].At }
func (it *iterator) AtST() int64          { return 0 }
func (it *iterator) Err() error           { return nil }

func (it *iterator) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	panic("BUG: promql: no series has histograms")
}

func (it *iterator) AtFloatHistogram(*histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	panic("BUG: promql: no series has histograms")
}
