package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/tsdb"
	"flowwatch/tsdb/quantile"
)

var errUnknownWorkflow = fault.New(fault.NotFound, "not_found", "no such workflow")

// MetricsQuery selects executions of one workflow by when they started, or
// were queued if they did not start yet.
type MetricsQuery struct {
	WorkflowID string
	Range      Range
	Outcome    execution.Status // durations of Completed or Failed ones only; any other: both
}

// TimeRange is a range as answers echo it.
type TimeRange struct {
	Start execution.Instant `json:"start"`
	End   execution.Instant `json:"end"`
}

// Percentiles are of durations, in ms; 0 when there are none.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// MetricsSummary are the numbers of a range. Rates are percent, durations ms
// of finished executions that were not cancelled; 0 when there are none.
type MetricsSummary struct {
	TimeRange            TimeRange   `json:"timeRange"`
	TotalExecutions      int64       `json:"totalExecutions"`
	SuccessfulExecutions int64       `json:"successfulExecutions"`
	FailedExecutions     int64       `json:"failedExecutions"`
	FinishedExecutions   int64       `json:"finishedExecutions"` // completed and failed
	SuccessRate          float64     `json:"successRate"`        // completed of the finished
	AverageDuration      float64     `json:"averageDuration"`
	Percentiles          Percentiles `json:"percentiles"`
	PercentileMethod     string      `json:"percentileMethod"`
	SampleSize           int64       `json:"sampleSize"` // executions with a duration
}

// Outcome sums up the executions that ended in one way.
type Outcome struct {
	Count           int64    `json:"count"`
	AverageDuration *float64 `json:"averageDuration"`
	MinDuration     *float64 `json:"minDuration"`
	MaxDuration     *float64 `json:"maxDuration"`
}

// WorkflowMetrics are the numbers of a workflow and when its executions were.
// Keys are hours of UTC, days and ISO weeks of the organisation's calendar.
type WorkflowMetrics struct {
	WorkflowID   string `json:"workflowId"`
	WorkflowName string `json:"workflowName"`
	MetricsSummary
	ExecutionsByStatus map[string]int64   `json:"executionsByStatus"`
	ByOutcome          map[string]Outcome `json:"byOutcome"`
	ExecutionsByHour   CountByTime        `json:"executionsByHour"`
	ExecutionsByDay    CountByTime        `json:"executionsByDay"`
	ExecutionsByWeek   CountByTime        `json:"executionsByWeek"`
}

// WorkflowMetrics computes them as of now, whatever the range. An unknown
// workflow is fault.NotFound.
func (t *Tenant) WorkflowMetrics(ctx context.Context, q MetricsQuery) (WorkflowMetrics, error) {
	if !t.knows(q.WorkflowID) {
		return WorkflowMetrics{}, errUnknownWorkflow
	}
	if err := t.settled(ctx); err != nil {
		return WorkflowMetrics{}, err
	}
	c := newCensus(q.Range)
	var took tsdb.Summary
	labels := labelsOf(q.WorkflowID)
	from, to := q.Range.ms()
	err := t.series.Read(labels[:officeKinds], from, to, func(s *tsdb.Snapshot) error {
		if err := c.read(s, labels); err != nil {
			return err
		}
		sums, err := s.Summarize(timedLabels(labels, q.Outcome), []int64{from, to}, shownPercents...)
		if err == nil {
			took = sums[0]
		}
		return err
	})
	if err != nil {
		return WorkflowMetrics{}, seriesFault(err)
	}
	m := WorkflowMetrics{
		WorkflowID: q.WorkflowID, WorkflowName: t.workflowTitle(q.WorkflowID), MetricsSummary: c.summary(&took),
		ExecutionsByStatus: map[string]int64{}, ByOutcome: map[string]Outcome{},
	}
	for status, n := range c.byStatus {
		m.ExecutionsByStatus[execution.Status(status).String()] = n
	}
	for _, status := range []execution.Status{execution.Completed, execution.Failed} {
		m.ByOutcome[status.String()] = c.outcome(status)
	}
	m.ExecutionsByHour, m.ExecutionsByDay, m.ExecutionsByWeek = c.calendar(t.engine.zone)
	return m, nil
}

// timedLabels are the series of durations that an outcome has.
func timedLabels(l *[pointKinds]tsdb.Labels, outcome execution.Status) []tsdb.Labels {
	switch outcome {
	case execution.Completed:
		return l[runTookCompleted : runTookCompleted+1]
	case execution.Failed:
		return l[runTookFailed : runTookFailed+1]
	default:
		return l[runTookCompleted : runTookFailed+1]
	}
}

// Point is the range as one bucket of a trend.
func (m *WorkflowMetrics) Point() TrendPoint {
	p := TrendPoint{
		Start: m.TimeRange.Start, End: m.TimeRange.End,
		Total: m.TotalExecutions, Completed: m.SuccessfulExecutions, Failed: m.FailedExecutions,
	}
	if m.FinishedExecutions > 0 {
		p.SuccessRate = &m.SuccessRate
	}
	if m.SampleSize > 0 {
		p.AverageDuration, p.P50, p.P95, p.P99 = &m.AverageDuration, &m.Percentiles.P50, &m.Percentiles.P95, &m.Percentiles.P99
	}
	return p
}

// HasWorkflow is fault.NotFound for a workflow that was not declared, and of
// which there was no event.
func (t *Tenant) HasWorkflow(workflowID string) error {
	if !t.knows(workflowID) {
		return errUnknownWorkflow
	}
	return nil
}

// knows reports whether the organisation has a workflow of the id: one that
// was declared, or of which there were events.
func (t *Tenant) knows(workflowID string) bool {
	t.view.RLock()
	defer t.view.RUnlock()
	_, known := t.catalogue[workflowID]
	return known || sum(t.tally.of(workflowID)) > 0
}

func (t *Tenant) workflowTitle(workflowID string) string {
	t.view.RLock()
	defer t.view.RUnlock()
	return t.nameOf(&execution.Summary{WorkflowID: workflowID})
}

// census counts a range's executions by status and by hour.
type census struct {
	of       Range
	byStatus statusCounts
	timed    [pointKinds]tsdb.Stats // of the two kinds that have durations
	days     []dayCounts            // of UTC, in order
}

// dayCounts are the executions of each hour of a day of UTC.
type dayCounts struct {
	day   tsdb.Day
	hours [24]int64
}

func newCensus(r Range) *census {
	from, to := r.ms()
	const daysUsual = 40
	return &census{of: r, days: make([]dayCounts, 0, max(0, min(daysUsual, 2+(to-from)/dayMs)))}
}

func (c *census) read(s *tsdb.Snapshot, l *[pointKinds]tsdb.Labels) error {
	from, to := c.of.ms()
	for kind := range officeKinds {
		at, timed, total := 0, &c.timed[kind], int64(0)
		err := s.Hours(l[kind], from, to, func(start int64, hour *tsdb.Stats) {
			n := int64(hour.Count)
			at = c.place(tsdb.DayOf(start), at)
			c.days[at].hours[(start-c.days[at].day.Start())/hourMs] += n
			total += n
			merge(timed, hour)
		})
		if err != nil {
			return err
		}
		c.byStatus[pointSeries[kind].status] += total
	}
	return nil
}

// place returns where a day stands, at or behind a place before it, and makes
// room for it if it is new.
func (c *census) place(day tsdb.Day, at int) int {
	for at < len(c.days) && c.days[at].day < day {
		at++
	}
	if at == len(c.days) || c.days[at].day != day {
		c.days = slices.Insert(c.days, at, dayCounts{day: day})
	}
	return at
}

func merge(into, s *tsdb.Stats) {
	if into.Count == 0 {
		*into = *s
		return
	}
	into.Count += s.Count
	into.Sum += s.Sum
	into.Min, into.Max = min(into.Min, s.Min), max(into.Max, s.Max)
}

func (c *census) summary(took *tsdb.Summary) MetricsSummary {
	m := MetricsSummary{
		TimeRange: TimeRange{c.of.From, c.of.To}, TotalExecutions: sum(c.byStatus),
		SuccessfulExecutions: c.byStatus[execution.Completed], FailedExecutions: c.byStatus[execution.Failed],
		AverageDuration: rounded(took.Mean()), PercentileMethod: quantile.Method, SampleSize: int64(took.Count),
	}
	m.FinishedExecutions = m.SuccessfulExecutions + m.FailedExecutions
	m.SuccessRate = rounded(percentOf(m.SuccessfulExecutions, m.FinishedExecutions))
	if p := took.Percentiles; p != nil {
		m.Percentiles = Percentiles{rounded(p[0]), rounded(p[1]), rounded(p[2])}
	}
	return m
}

func (c *census) outcome(status execution.Status) Outcome {
	o := Outcome{Count: c.byStatus[status]}
	kind := runTookCompleted
	if status == execution.Failed {
		kind = runTookFailed
	}
	if s := c.timed[kind]; s.Count > 0 {
		o.AverageDuration, o.MinDuration, o.MaxDuration = shown(s.Mean()), shown(s.Min), shown(s.Max)
	}
	return o
}

const hourMs = int64(time.Hour / time.Millisecond)

// calendar gives hours their keys. In zones whose offset is not of whole hours
// an hour belongs to the day in which it begins.
func (c *census) calendar(zone *time.Location) (byHour, byDay, byWeek CountByTime) {
	if len(c.days) == 0 {
		return nil, nil, nil
	}
	const keyBytes = len("2006-01-02T15")
	localEnd := int64(math.MinInt64)
	var keys strings.Builder // of all hours, one string in the end
	keys.Grow(24 * keyBytes * len(c.days))
	byHour = make(CountByTime, 0, 24*len(c.days))
	for i := range c.days {
		utc := c.days[i].day.String()
		for hour, n := range c.days[i].hours {
			if n == 0 {
				continue
			}
			start := c.days[i].day.Start() + int64(hour)*hourMs
			if start >= localEnd {
				local := time.UnixMilli(start).In(zone)
				year, week := local.ISOWeek()
				byDay = byDay.begin(local.Format(time.DateOnly))
				byWeek = byWeek.begin(fmt.Sprintf("%04d-W%02d", year, week))
				localEnd = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone).UnixMilli()
			}
			byHour = append(byHour, TimeCount{Count: n})
			keys.WriteString(utc)
			keys.Write([]byte{'T', byte('0' + hour/10), byte('0' + hour%10)})
			byDay[len(byDay)-1].Count += n
			byWeek[len(byWeek)-1].Count += n
		}
	}
	for i, all := 0, keys.String(); i < len(byHour); i++ {
		byHour[i].Key = all[i*keyBytes : (i+1)*keyBytes]
	}
	return byHour, byDay, byWeek
}
