package api

import (
	"slices"
	"strings"
	"time"

	"flowwatch/engine"
	"flowwatch/engine/execution"
)

// rangeDefault is how far back numbers reach when nobody said since when.
const rangeDefault = 30 * 24 * time.Hour

// WorkflowMetrics are a workflow's numbers. Previous are those of the range of
// the same length before, when compare=previous asked for them.
type WorkflowMetrics struct {
	Previous *engine.MetricsSummary `json:"previous,omitempty"`
	engine.WorkflowMetrics
}

// Trend is a workflow's numbers, bucket by bucket.
type Trend struct {
	Points      []engine.TrendPoint `json:"points"`
	Degradation engine.Degradation  `json:"degradation"`
}

// OfficeTrend is a Trend over all of the organisation's workflows.
type OfficeTrend struct {
	Points []engine.TrendPoint `json:"points"`
}

// SeriesAnswer holds values over time.
type SeriesAnswer struct {
	Series []engine.Series `json:"series"`
}

// timeRange reads both ends of a range under all their names. Without an end
// it ends now, without a start it is as long as is usual.
func (q *query) timeRange(now time.Time, usual time.Duration) engine.Range {
	r := engine.Range{From: q.time("start", "startTime", "from"), To: q.time("end", "endTime", "to")}
	if !r.To.Present() {
		r.To = execution.At(now)
		if r.From.Present() { // a range that begins in the future is empty, not reversed
			r.To = max(r.To, r.From)
		}
	}
	if !r.From.Present() {
		r.From = r.To - execution.Instant(usual)
	}
	if r.To < r.From {
		q.wrong("end", "must not be before start")
	}
	return r
}

// choice reads one of some words.
func (q *query) choice(name, otherwise string, words ...string) string {
	value := q.values.Get(name)
	if value == "" {
		return otherwise
	}
	if !slices.Contains(words, value) {
		q.wrong(name, "must be one of "+strings.Join(words, ", "))
		return otherwise
	}
	return value
}

// words reads a parameter that may come often, with commas or both.
func (q *query) words(name string, known []string) (all []string) {
	for word := range strings.SplitSeq(strings.Join(q.values[name], ","), ",") {
		word = strings.TrimSpace(word)
		switch {
		case word == "" || slices.Contains(all, word):
		case !slices.Contains(known, word):
			q.wrong(name, "unknown: must be of "+strings.Join(known, ", "))
			return nil
		default:
			all = append(all, word)
		}
	}
	return all
}

var (
	trendIntervals  = []string{"1h", "1d", "1w"}
	seriesIntervals = []string{"1m", "5m", "15m", "1h", "1d", "1w"}
	outcomes        = map[string]execution.Status{"completed": execution.Completed, "failed": execution.Failed}
)

// getWorkflowMetrics is the seed's getWorkflowMetrics (S12 to S20).
func (s *Server) getWorkflowMetrics(c *call) error {
	id, err := c.id("workflowId")
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	body, err := s.workflowMetrics(c, id, q)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

// workflowMetrics is the answer about a workflow's metrics, as JSON.
func (s *Server) workflowMetrics(c *call, id string, q *query) ([]byte, error) {
	m := engine.MetricsQuery{WorkflowID: id, Range: q.timeRange(s.engine.Now(), rangeDefault)}
	m.Outcome = outcomes[q.choice("outcome", "", "completed", "failed")]
	compare := q.choice("compare", "", "previous")
	// What is not there comes before what is wrong with the question.
	if err := c.tenant.HasWorkflow(id); err != nil {
		return nil, err
	}
	if err := q.err(); err != nil {
		return nil, err
	}
	var err error
	answer := WorkflowMetrics{}
	if answer.WorkflowMetrics, err = c.tenant.WorkflowMetrics(c.Context(), m); err != nil {
		return nil, err
	}
	if compare != "" {
		m.Range = m.Range.Before()
		before, err := c.tenant.WorkflowMetrics(c.Context(), m)
		if err != nil {
			return nil, err
		}
		answer.Previous = &before.MetricsSummary
	}
	return metricsJSON(answer)
}

// trendQuery reads what both trends take.
func (s *Server) trendQuery(c *call) (q *query, r engine.Range, interval engine.Interval, err error) {
	if q, err = newQuery(c.Ctx); err != nil {
		return nil, r, "", err
	}
	r = q.timeRange(s.engine.Now(), rangeDefault)
	return q, r, engine.Interval(q.choice("interval", "1d", trendIntervals...)), nil
}

func (s *Server) getWorkflowTrend(c *call) error {
	id, err := c.id("workflowId")
	if err != nil {
		return err
	}
	q, r, interval, err := s.trendQuery(c)
	if err != nil {
		return err
	}
	if err := c.tenant.HasWorkflow(id); err != nil {
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	var answer Trend
	points, err := c.tenant.Trend(c.Context(), id, r, interval)
	if err != nil {
		return err
	}
	if answer.Degradation, err = c.tenant.Degradation(c.Context(), id, r.To); err != nil {
		return err
	}
	body, err := trendJSON(answer, points)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

// BottleneckPage lists a workflow's steps, the greatest share of the total
// first; all fit on one page.
type BottleneckPage struct {
	Items      []engine.Bottleneck `json:"items"`
	NextCursor *string             `json:"nextCursor"`
	Runs       int64               `json:"runs"`       // that were looked at
	RunsCapped bool                `json:"runsCapped"` // only the newest were
}

// getBottlenecks sums up the steps of a range's runs (AC3.2).
func (s *Server) getBottlenecks(c *call) error {
	id, err := c.id("workflowId")
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	if err := c.tenant.HasWorkflow(id); err != nil {
		return err
	}
	r := q.timeRange(s.engine.Now(), rangeDefault)
	if err := q.err(); err != nil {
		return err
	}
	found, err := c.tenant.Bottlenecks(c.Context(), id, r)
	if err != nil {
		return err
	}
	return c.JSON(BottleneckPage{Items: found.Items, Runs: found.Runs, RunsCapped: found.RunsCapped})
}

func (s *Server) getTrend(c *call) error {
	q, r, interval, err := s.trendQuery(c)
	if err != nil {
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	points, err := c.tenant.Trend(c.Context(), "", r, interval)
	if err != nil {
		return err
	}
	body, err := trendJSON(OfficeTrend{}, points)
	if err != nil {
		return err
	}
	return c.sendJSON(body)
}

// metricsKnown are the metrics that may be asked for. The organisation's own
// gauges are looked for only when one of them is named.
func metricsKnown(t *engine.Tenant, q *query) ([]string, error) {
	known := engine.MetricNames()
	for _, words := range q.values["metricTypes"] {
		for word := range strings.SplitSeq(words, ",") {
			if word = strings.TrimSpace(word); word != "" && !slices.Contains(known, word) {
				gauges, err := t.GaugeNames()
				return append(known, gauges...), err
			}
		}
	}
	return known, nil
}

func aggregations() []string { return append([]string{"none"}, engine.Aggregations()...) }

// getSeries is the seed's metricsQuery (Z8, B-41).
func (s *Server) getSeries(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	for _, names := range [][]string{{"startTime", "start", "from"}, {"endTime", "end", "to"}} {
		if _, value := q.first(names...); value == "" {
			q.wrong(names[0], "is required")
		}
	}
	known, err := metricsKnown(c.tenant, q)
	if err != nil {
		return err
	}
	ask := engine.SeriesQuery{
		Metrics: q.words("metricTypes", known), WorkflowID: q.id("workflowId"), ExecutionID: q.id("executionId"),
		Range: q.timeRange(s.engine.Now(), rangeDefault), Aggregation: q.choice("aggregation", "", aggregations()...),
		Interval: engine.Interval(q.choice("interval", "", seriesIntervals...)),
	}
	if ask.Aggregation == "none" {
		ask.Aggregation = ""
	}
	if err := q.err(); err != nil {
		return err
	}
	series, err := c.tenant.Series(c.Context(), ask)
	if err != nil {
		return err
	}
	return c.JSON(SeriesAnswer{Series: orEmpty(series)})
}
