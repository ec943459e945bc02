package engine

import (
	"cmp"
	"context"
	"slices"

	"flowwatch/engine/execution"
	"flowwatch/tsdb"
)

// SeriesQuery asks for measured values over time. A value's time is that of
// the end of its execution or step.
type SeriesQuery struct {
	Metrics     []string // of MetricNames; none: all
	WorkflowID  string   // "": all workflows
	ExecutionID string   // "": all executions
	Range       Range
	Aggregation string   // of Aggregations; "": none
	Interval    Interval // "": one bucket as long as the range. With one but no aggregation: the average
}

// Series are the values of one metric and workflow, in order of time.
type Series struct {
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels"`
	Points [][2]float64      `json:"points"` // Unix ms and value
}

// seriesPointsMax bounds the points of one series of an answer.
const seriesPointsMax = 11_000

// sampled are metrics that engines and the appliance itself send as samples.
var sampled = []string{
	"queue.pending", "queue.depth", "cpu.usage_percent", "memory.used_mb", "memory.usage_percent", "disk.used_percent",
	"db.active_connections",
}

// MetricNames are the metrics that can be asked for (B-111).
func MetricNames() []string {
	var names []string
	for kind := officeKinds; kind < pointKinds; kind++ {
		names = append(names, pointSeries[kind].metric)
	}
	return append(names, sampled...)
}

// Aggregations are the ways to make one value of many.
func Aggregations() []string { return []string{"avg", "sum", "min", "max", "count", "last"} }

// Series answers the query, ordered by metric and workflow. Buckets, and
// series, without values are left out. An unknown execution is fault.NotFound, too
// long an answer fault.Invalid.
func (t *Tenant) Series(ctx context.Context, q SeriesQuery) ([]Series, error) {
	if len(q.Metrics) == 0 {
		q.Metrics = MetricNames()
	}
	var bounds []int64
	if q.Interval != "" {
		var err error
		if bounds, err = q.Interval.bounds(q.Range, t.engine.zone); err != nil {
			return nil, err
		}
		if q.Aggregation == "" {
			q.Aggregation = string(tsdb.Avg)
		}
	}
	from, to := q.Range.ms()
	starts := bounds
	if bounds == nil {
		starts, bounds = []int64{from}, []int64{from, to}
	} else {
		bounds = slices.Clone(bounds)
		bounds[0], bounds[len(bounds)-1] = max(bounds[0], from), min(bounds[len(bounds)-1], to)
	}
	if q.ExecutionID != "" {
		return t.seriesOfExecution(&q, starts, bounds)
	}
	if err := t.settled(ctx); err != nil {
		return nil, err
	}
	var all []Series
	for _, metric := range q.Metrics {
		found, err := t.seriesOf(&q, metric, starts, bounds)
		if err != nil {
			return nil, seriesFault(err)
		}
		all = append(all, found...)
	}
	return sortSeries(all), nil
}

func sortSeries(all []Series) []Series {
	slices.SortStableFunc(all, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Labels["workflowId"], b.Labels["workflowId"]))
	})
	return all
}

// seriesOf reads one metric.
func (t *Tenant) seriesOf(q *SeriesQuery, metric string, starts, bounds []int64) (all []Series, err error) {
	matchers := []tsdb.Matcher{tsdb.Metric(metric)}
	if q.WorkflowID != "" {
		matchers = append(matchers, tsdb.Equal(workflowLabel, q.WorkflowID))
	}
	if q.Aggregation == "" {
		found, err := t.series.Points(bounds[0], bounds[len(bounds)-1], matchers...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			s, err := rawSeries(metric, labelsShown(found[i].Labels), found[i].Points)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		return all, nil
	}
	found, err := t.series.SummarizeEach(bounds, nil, matchers...)
	if err != nil {
		return nil, err
	}
	for i := range found {
		s := Series{Metric: metric, Labels: labelsShown(found[i].Labels)}
		for k := range found[i].Buckets {
			s.add(starts[k], &found[i].Buckets[k].Stats, q.Aggregation)
		}
		all = append(all, s)
	}
	return all, nil
}

func labelsShown(l tsdb.Labels) map[string]string {
	return map[string]string{"workflowId": l.Get(workflowLabel)}
}

func rawSeries(metric string, labels map[string]string, points []tsdb.Point) (Series, error) {
	if len(points) > seriesPointsMax {
		return Series{}, errTooManyPoints
	}
	s := Series{Metric: metric, Labels: labels, Points: make([][2]float64, len(points))}
	for i, p := range points {
		s.Points[i] = [2]float64{float64(p.At), p.Value}
	}
	return s, nil
}

// add appends the value of a bucket, unless it is empty.
func (s *Series) add(start int64, stats *tsdb.Stats, aggregation string) {
	if stats.Count == 0 {
		return
	}
	value, _ := tsdb.Aggregation(aggregation).Of(*stats)
	s.Points = append(s.Points, [2]float64{float64(start), value})
}

// seriesOfExecution reads the values of one execution off its state.
func (t *Tenant) seriesOfExecution(q *SeriesQuery, starts, bounds []int64) ([]Series, error) {
	var m measured
	err := t.withExecution(q.ExecutionID, func(x *execution.Execution, _ uint64) {
		s := x.Summary()
		m = measure(x, &s)
	})
	if err != nil {
		return nil, err
	}
	if q.WorkflowID != "" && q.WorkflowID != m.workflowID {
		return nil, nil
	}
	points := map[string][]tsdb.Point{}
	for _, p := range m.points {
		metric := pointSeries[p.kind].metric
		if p.kind >= officeKinds && slices.Contains(q.Metrics, metric) && p.at >= bounds[0] && p.at < bounds[len(bounds)-1] {
			points[metric] = append(points[metric], tsdb.Point{At: p.at, Value: p.value})
		}
	}
	var all []Series
	for metric, list := range points {
		slices.SortFunc(list, func(a, b tsdb.Point) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Value, b.Value)) })
		labels := map[string]string{"workflowId": m.workflowID, "executionId": q.ExecutionID}
		s, err := rawSeries(metric, labels, list)
		if q.Aggregation != "" {
			s, err = Series{Metric: metric, Labels: labels}, nil
			for i, start := range starts[:len(bounds)-1] {
				stats := statsOf(list, bounds[i], bounds[i+1])
				s.add(start, &stats, q.Aggregation)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return sortSeries(all), nil
}

// statsOf sums up the points from one time, included, to another. They are in
// order of time, and where times are equal of value.
func statsOf(points []tsdb.Point, from, to int64) (s tsdb.Stats) {
	first, _ := slices.BinarySearchFunc(points, from, func(p tsdb.Point, at int64) int { return cmp.Compare(p.At, at) })
	for _, p := range points[first:] {
		if p.At >= to {
			break
		}
		merge(&s, &tsdb.Stats{Count: 1, Sum: p.Value, Min: p.Value, Max: p.Value})
		s.Last, s.LastAt = p.Value, p.At
	}
	return s
}
