package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
	"flowwatch/tsdb"
)

// SeriesQuery asks for measured values over time. A value's time is that of
// the end of its execution or step.
type SeriesQuery struct {
	Metrics     []string // of MetricNames and Tenant.GaugeNames; none: all
	WorkflowID  string   // "": all workflows
	ExecutionID string   // "": all executions
	Range       Range
	Aggregation string   // of Aggregations; "": none
	Interval    Interval // "": one bucket as long as the range. With one but no aggregation: the average
}

// Series are the values of one metric and workflow, or of one metric, source
// and tags, in order of time.
type Series struct {
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels"`
	Points [][2]float64      `json:"points"` // Unix ms and value
}

// seriesPointsMax bounds the points of one series of an answer.
const seriesPointsMax = 11_000

// sampled are metrics that engines and the appliance itself send as samples.
var sampled = []string{
	queuePending, resource.QueueDepth, resource.CPUPercent, resource.MemoryMB, resource.MemoryPercent, resource.DiskPercent,
	resource.DBConnections,
}

// sourceLabel says who measured a sample. Series that are computed from events
// have none.
const sourceLabel = "source"

// MetricNames are the metrics that can always be asked for (B-111).
func MetricNames() []string {
	var names []string
	for kind := officeKinds; kind < pointKinds; kind++ {
		names = append(names, pointSeries[kind].metric)
	}
	return append(names, sampled...)
}

// GaugeNames are the metrics of all samples that are kept, by name.
func (t *Tenant) GaugeNames() ([]string, error) {
	found, err := t.series.Series(tsdb.NotEqual(sourceLabel, ""), tsdb.Equal(originLabel, ""))
	if err != nil {
		return nil, seriesFault(err)
	}
	names := make([]string, len(found))
	for i := range found {
		names[i] = found[i].Labels.Metric()
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// computed reports whether a metric is made of events, so that no sample may
// have its name.
func computed(metric string) bool {
	for kind := range pointSeries {
		if pointSeries[kind].metric == metric {
			return true
		}
	}
	return false
}

// Aggregations are the ways to make one value of many.
func Aggregations() []string { return []string{"avg", "sum", "min", "max", "count", "last"} }

// Series answers the query, ordered by metric and workflow. Buckets, and
// series, without values are left out. An unknown execution is fault.NotFound, too
// long an answer fault.Invalid.
func (t *Tenant) Series(ctx context.Context, q SeriesQuery) ([]Series, error) {
	if len(q.Metrics) == 0 {
		gauges, err := t.GaugeNames()
		if err != nil {
			return nil, err
		}
		q.Metrics = append(MetricNames(), gauges...)
		slices.Sort(q.Metrics)
		q.Metrics = slices.Compact(q.Metrics)
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
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Labels["workflowId"], b.Labels["workflowId"]),
			cmp.Compare(a.Labels[sourceLabel], b.Labels[sourceLabel]))
	})
	return all
}

// seriesOf reads one metric. A sample belongs to no workflow.
func (t *Tenant) seriesOf(q *SeriesQuery, metric string, starts, bounds []int64) ([]Series, error) {
	if computed(metric) {
		matchers := []tsdb.Matcher{tsdb.Metric(metric)}
		if q.WorkflowID != "" {
			matchers = append(matchers, tsdb.Equal(workflowLabel, q.WorkflowID))
		}
		return readSeries(t.series, q.Aggregation, starts, bounds, matchers...)
	}
	if q.WorkflowID != "" {
		return nil, nil
	}
	return t.readSamples(q.Aggregation, starts, bounds, tsdb.Metric(metric))
}

// readSamples reads what the organisation's engines and queue gave, and what
// the appliance measured of itself.
func (t *Tenant) readSamples(aggregation string, starts, bounds []int64, matchers ...tsdb.Matcher) (all []Series, err error) {
	matchers = append(matchers, tsdb.NotEqual(sourceLabel, ""), tsdb.Equal(originLabel, ""))
	for _, scope := range []tsdb.Scope{t.engine.machine.series, t.series} {
		found, err := readSeries(scope, aggregation, starts, bounds, matchers...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// readSeries reads the points between the bounds' ends or, with an
// aggregation, a value for each bucket.
func readSeries(from tsdb.Scope, aggregation string, starts, bounds []int64, matchers ...tsdb.Matcher) (all []Series, err error) {
	if aggregation == "" {
		found, err := from.Points(bounds[0], bounds[len(bounds)-1], matchers...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			l := found[i].Labels
			s, err := rawSeries(l.Metric(), labelsShown(l), found[i].Points)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		return all, nil
	}
	found, err := from.SummarizeEach(bounds, nil, matchers...)
	if err != nil {
		return nil, err
	}
	for i := range found {
		s := Series{Metric: found[i].Labels.Metric(), Labels: labelsShown(found[i].Labels)}
		for k := range found[i].Buckets {
			s.add(starts[k], &found[i].Buckets[k].Stats, aggregation)
		}
		all = append(all, s)
	}
	return all, nil
}

// labelsShown are a series' labels as answers have them.
func labelsShown(l tsdb.Labels) map[string]string {
	shown := map[string]string{}
	for name, value := range l.All() {
		switch name {
		case tsdb.MetricLabel:
		case workflowLabel:
			shown["workflowId"] = value
		default:
			shown[name] = value
		}
	}
	return shown
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

// add appends the value of a bucket, unless it is empty. Averages of times have as many decimals as those of workflows' numbers; other
// units may need more.
func (s *Series) add(start int64, stats *tsdb.Stats, aggregation string) {
	if stats.Count == 0 {
		return
	}
	value, _ := tsdb.Aggregation(aggregation).Of(*stats)
	if aggregation == "avg" && strings.HasSuffix(s.Metric, "_ms") {
		value = rounded(value)
	}
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
