package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// stock makes the whole life of executions over some days, in order of time:
// all ends, all lengths, some without a start or an end, steps with retries.
func stock(random *rand.Rand, days, perDay int) [][]execution.Event {
	byDay := make([][]execution.Event, days)
	for day := range days {
		for i := range perDay {
			id := fmt.Sprintf("run-%02d-%03d", day, i)
			at := time.Duration(day-days)*24*time.Hour + time.Duration(random.Int64N(int64(24*time.Hour)))
			took := time.Duration(random.Int64N(int64(3 * time.Hour)))
			name := func(e *execution.Event) { e.WorkflowID = fmt.Sprintf("workflow-%d", i%3) }
			add := func(kind execution.EventType, after time.Duration, change ...func(*execution.Event)) {
				byDay[day] = append(byDay[day], event(id, kind, after, append(change, name)...))
			}
			add(execution.ExecutionQueued, at-time.Minute)
			if i%10 == 9 {
				continue
			}
			add(execution.ExecutionStarted, at)
			add(execution.StepStarted, at, step("a"))
			if i%4 == 0 {
				add(execution.StepRetrying, at+took/4, step("a"))
				add(execution.StepStarted, at+took/3, step("a"))
			}
			add(execution.StepCompleted, at+took/2, step("a"), func(e *execution.Event) { e.CPUPercent = float64(i) / 8 })
			switch i % 10 {
			case 0, 1, 2, 3, 4, 5:
				add(execution.ExecutionCompleted, at+took)
			case 6:
				add(execution.ExecutionFailed, at+took)
			case 7:
				add(execution.ExecutionCancelled, at+took)
			}
		}
	}
	return byDay
}

// census of what the documents say, computed from them one by one.
func counted(t *testing.T, b *bench, q MetricsQuery) WorkflowMetrics {
	t.Helper()
	m := WorkflowMetrics{
		WorkflowID: q.WorkflowID, WorkflowName: "Faktury", ExecutionsByStatus: map[string]int64{},
	}
	byHour, byDay, byWeek := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for status := range len(statusCounts{}) {
		m.ExecutionsByStatus[execution.Status(status).String()] = 0
	}
	var took []int64
	for _, l := range all(t, b, q.WorkflowID) {
		at := l.SortTime()
		if at < q.Range.From || at > q.Range.To {
			continue
		}
		m.TotalExecutions++
		m.ExecutionsByStatus[l.Status.String()]++
		byHour[at.Time().Format("2006-01-02T15")]++
		local := at.Time().In(b.engine.zone)
		byDay[local.Format(time.DateOnly)]++
		year, week := local.ISOWeek()
		byWeek[fmt.Sprintf("%04d-W%02d", year, week)]++
		switch l.Status {
		case execution.Completed:
			m.SuccessfulExecutions++
		case execution.Failed:
			m.FailedExecutions++
		default:
			continue
		}
		if l.StartedAt.Present() {
			took = append(took, l.CompletedAt.Ms()-l.StartedAt.Ms())
		}
	}
	m.ExecutionsByHour, m.ExecutionsByDay, m.ExecutionsByWeek = byTime(byHour), byTime(byDay), byTime(byWeek)
	m.TimeRange, m.PercentileMethod = TimeRange{q.Range.From, q.Range.To}, "linear_ecdf"
	if m.FinishedExecutions = m.SuccessfulExecutions + m.FailedExecutions; m.FinishedExecutions > 0 {
		m.SuccessRate = twoDecimals(float64(100*m.SuccessfulExecutions) / float64(m.FinishedExecutions))
	}
	if m.SampleSize = int64(len(took)); len(took) > 0 {
		total := int64(0)
		for _, ms := range took {
			total += ms
		}
		m.AverageDuration = twoDecimals(float64(total) / float64(len(took)))
		m.Percentiles = Percentiles{type4(took, 50), type4(took, 95), type4(took, 99)}
	}
	return m
}

func byTime(counts map[string]int64) (c CountByTime) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		c = append(c, TimeCount{key, counts[key]})
	}
	return c
}

func twoDecimals(v float64) float64 { return math.Round(v*100) / 100 }

// type4 is B-01 in whole numbers.
func type4(values []int64, p int64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := int64(len(values))
	j, r := n*p/100, n*p%100
	switch {
	case j < 1:
		return float64(values[0])
	case j >= n:
		return float64(values[n-1])
	}
	return twoDecimals(float64(values[j-1]) + float64(r*(values[j]-values[j-1]))/100)
}

// all lists a workflow's executions, of every workflow when it is "".
func all(t *testing.T, b *bench, workflowID string) (found []Listed) {
	t.Helper()
	q := queryOf(workflowID)
	q.Limit = PageLimitMax
	for {
		page, err := b.tenant.Executions(context.Background(), q)
		require.NoError(t, err)
		found = append(found, page.Items...)
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return found
		}
	}
}

func (b *bench) metrics(q MetricsQuery) WorkflowMetrics {
	b.t.Helper()
	m, err := b.tenant.WorkflowMetrics(context.Background(), q)
	require.NoError(b.t, err)
	return m
}

func (b *bench) trend(workflowID string, r Range, i Interval) []TrendPoint {
	b.t.Helper()
	points, err := b.tenant.Trend(context.Background(), workflowID, r, i)
	require.NoError(b.t, err)
	return points
}

func rangeOf(from, to time.Time) Range { return Range{execution.At(from), execution.At(to)} }

// requireMetrics holds the numbers of many ranges against the documents.
func requireMetrics(t *testing.T, b *bench, random *rand.Rand) {
	t.Helper()
	for i := range 12 {
		from := noon.Add(-time.Duration(random.Int64N(int64(35 * 24 * time.Hour))))
		q := MetricsQuery{WorkflowID: fmt.Sprintf("workflow-%d", i%3), Range: rangeOf(from, from.Add(time.Duration(random.Int64N(int64(20*24*time.Hour)))))}
		if i < 3 {
			q.Range = rangeOf(noon.AddDate(0, -2, 0), noon.AddDate(0, 1, 0))
		}
		want, got := counted(t, b, q), b.metrics(q)
		got.ByOutcome = nil
		require.Equal(t, want, got)
		for _, interval := range []Interval{IntervalHour, IntervalDay, IntervalWeek} {
			requireTrend(t, b, q, interval, b.trend(q.WorkflowID, q.Range, interval))
		}
	}
}

// requireTrend holds each bucket against the documents, and their sum against
// the range.
func requireTrend(t *testing.T, b *bench, q MetricsQuery, interval Interval, points []TrendPoint) {
	t.Helper()
	total := int64(0)
	for i := range points {
		p := points[i]
		total += p.Total
		if interval == IntervalHour && i%37 != 0 {
			continue // each of them takes a look at all documents
		}
		bucket := MetricsQuery{WorkflowID: q.WorkflowID, Range: Range{max(p.Start, q.Range.From), min(p.End-1, q.Range.To)}}
		want := counted(t, b, bucket)
		w := want.Point()
		w.Start, w.End = p.Start, p.End
		require.Equal(t, w, p)
	}
	whole := counted(t, b, q)
	require.Equal(t, whole.TotalExecutions, total)
}

// AC7.1, S12 to S20, B-38, B-39: the numbers are those of the documents, to the
// last digit, whatever is asked, also after a restart and a crash.
func TestMetricsEqualAnIndependentComputation(t *testing.T) {
	t.Parallel()
	b, random := start(t), rand.New(rand.NewPCG(7, 7))
	events := slices.Concat(stock(random, 30, 30)...)
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for chunk := range slices.Chunk(events, 500) {
		b.ingest(chunk...)
	}
	requireMetrics(t, b, random)
	b.restart()
	requireMetrics(t, b, random)
	b.ingest(events[:200]...) // duplicates are no-ops
	b.crash()
	requireMetrics(t, b, random)
}

// AC7.1: what readers keep between questions never shows: month-old events come
// in between, over the night with 25 hours, and each answer is that of the documents.
func TestMetricsStayExactWhileDaysChange(t *testing.T) {
	t.Parallel()
	b, random := start(t), rand.New(rand.NewPCG(9, 9))
	events := slices.Concat(stock(random, 30, 6)...)
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for chunk := range slices.Chunk(events, 1+len(events)/8) {
		b.ingest(chunk...)
		requireMetrics(t, b, random)
	}
}

// The seed's tests T3 and T4, and the vectors of B-01.
func TestSeedsVectors(t *testing.T) {
	t.Parallel()
	b := start(t)
	run := func(workflowID, id string, kind execution.EventType, ms int64) {
		name := func(e *execution.Event) { e.WorkflowID = workflowID }
		b.ingest(event(id, execution.ExecutionStarted, 0, name), event(id, kind, time.Duration(ms)*time.Millisecond, name))
	}
	for i := range int64(10) {
		kind := execution.ExecutionCompleted
		if i >= 8 {
			kind = execution.ExecutionFailed
		}
		run("ten", fmt.Sprint("ten-", i), kind, 100*(i+1))
	}
	name := func(e *execution.Event) { e.WorkflowID = "ten" }
	b.ingest(event("still", execution.ExecutionStarted, 0, name), event("not", execution.ExecutionStarted, 0, name), event("not", execution.ExecutionCancelled, time.Hour, name))
	q := MetricsQuery{WorkflowID: "ten", Range: rangeOf(noon, noon)}
	m := b.metrics(q)
	require.EqualValues(t, 12, m.TotalExecutions)
	require.EqualValues(t, 10, m.FinishedExecutions)
	require.InDelta(t, 80.0, m.SuccessRate, 0)
	require.InDelta(t, 550.0, m.AverageDuration, 0)
	require.Equal(t, Percentiles{500, 950, 990}, m.Percentiles)
	require.Equal(t, map[string]int64{"pending": 0, "running": 1, "waiting": 0, "completed": 8, "failed": 2, "cancelled": 1}, m.ExecutionsByStatus)
	q.Outcome = execution.Failed
	require.Equal(t, Percentiles{900, 990, 998}, b.metrics(q).Percentiles)

	for i := range int64(3) {
		run(fmt.Sprint("n-", 1), fmt.Sprint("a-", i/3, i), execution.ExecutionCompleted, 100*(i+1))
	}
	q = MetricsQuery{WorkflowID: "n-1", Range: rangeOf(noon, noon)}
	require.Equal(t, Percentiles{150, 285, 297}, b.metrics(q).Percentiles)
	b.ingest(event("none", execution.ExecutionQueued, 0, func(e *execution.Event) { e.WorkflowID = "none" }))
	none := b.metrics(MetricsQuery{WorkflowID: "none", Range: q.Range})
	require.Zero(t, none.Percentiles)
	require.Zero(t, none.SampleSize)
	require.EqualValues(t, 1, none.TotalExecutions, "counted where it was queued")
	_, err := b.tenant.WorkflowMetrics(context.Background(), MetricsQuery{WorkflowID: "unknown", Range: q.Range})
	require.ErrorIs(t, err, errUnknownWorkflow)
}

// Thirty days in order, and the same with one day that comes a month late and
// twice, give the same numbers.
func TestLateDaysGiveTheNumbersOfOrderlyOnes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			days := stock(random, 30, 12)
			orderly, late := start(t), start(t)
			missing := random.IntN(30)
			for i, events := range days {
				orderly.ingest(events...)
				if i != missing {
					random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
					late.ingest(events...)
				}
			}
			whole := rangeOf(noon.AddDate(0, -2, 0), noon.AddDate(0, 1, 0))
			for range 2 {
				late.trend("", whole, IntervalDay) // so that the late day meets kept numbers
				late.ingest(days[missing]...)
			}
			for i := range 3 {
				q := MetricsQuery{WorkflowID: fmt.Sprintf("workflow-%d", i), Range: whole}
				require.Equal(t, orderly.metrics(q), late.metrics(q))
				for _, interval := range []Interval{IntervalHour, IntervalDay, IntervalWeek} {
					require.Equal(t, orderly.trend(q.WorkflowID, whole, interval), late.trend(q.WorkflowID, whole, interval))
				}
			}
			for _, aggregation := range Aggregations() {
				ask := SeriesQuery{Range: whole, Aggregation: aggregation, Interval: IntervalDay}
				want, err := orderly.tenant.Series(context.Background(), ask)
				require.NoError(t, err)
				got, err := late.tenant.Series(context.Background(), ask)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
			require.Equal(t, orderly.trend("", whole, IntervalDay), late.trend("", whole, IntervalDay))
		})
	}
}

// What a crash leaves of points is what it leaves of documents; replay brings
// both up to the journal.
func TestPointsFollowTheirDocumentsThroughACrash(t *testing.T) {
	t.Parallel()
	b, random := start(t), rand.New(rand.NewPCG(3, 3))
	days := stock(random, 4, 30)
	b.ingest(slices.Concat(days[:2]...)...)
	b.checkpointed()
	b.ingest(slices.Concat(days[2:]...)...)
	b.crash() // the journal is ahead of documents and points
	requireMetrics(t, b, random)
	requirePoints(t, b)
}

// requirePoints requires that the stored points are those of the stored
// documents, none more.
func requirePoints(t *testing.T, b *bench) {
	t.Helper()
	b.checkpointed()
	want, got := map[string]int{}, map[string]int{}
	require.NoError(t, b.db.View(func(tx *kv.Tx) error {
		return documents.Scan(tx, b.tenant.scope, kv.Span{}, func(_ []byte, d *document) (bool, error) {
			x, err := execution.Decode(d.data, b.tenant.words)
			require.NoError(t, err)
			m := measure(x, &d.summary)
			for _, p := range m.points {
				want[fmt.Sprint(labelsOf(m.workflowID)[p.kind], p.at, " ", p.value)]++
				if p.kind < officeKinds {
					want[fmt.Sprint(labelsOf("")[p.kind], p.at, " ", p.value)]++
				}
			}
			return true, nil
		})
	}))
	found, err := b.tenant.series.Points(-1e13, 1e14)
	require.NoError(t, err)
	for _, s := range found {
		for _, p := range s.Points {
			got[fmt.Sprint(s.Labels, p.At, " ", p.Value)]++
		}
	}
	require.Equal(t, want, got)
}

// A database from before there were points gets them at its next start, while
// events come in; until it has all of them, numbers are refused rather than wrong.
func TestOlderDocumentsGetTheirPoints(t *testing.T) {
	t.Parallel()
	b, random := start(t), rand.New(rand.NewPCG(5, 5))
	days := stock(random, 20, 40)
	b.ingest(slices.Concat(days[:19]...)...)
	b.checkpointed()
	require.NoError(t, b.tenant.series.Erase(context.Background()))
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return backfills.Delete(tx, b.tenant.scope, &backfillMark{}) }))
	b.restart()
	_, err := b.tenant.WorkflowMetrics(context.Background(), MetricsQuery{WorkflowID: "workflow-0", Range: rangeOf(noon, noon)})
	if err != nil {
		require.ErrorIs(t, err, errBuilding)
	}
	b.ingest(days[19]...)
	b.ingest(event("run-00-001", execution.ExecutionStarted, -24*time.Hour*40, func(e *execution.Event) { e.WorkflowID = "workflow-1" })) // moves behind
	require.Eventually(t, b.tenant.backfill.done.Load, 20*time.Second, time.Millisecond)
	requireMetrics(t, b, random)
	requirePoints(t, b)
	b.restart()
	require.True(t, b.tenant.backfill.done.Load())
}

// Executions that change take their points along: a late start, an earlier end,
// another workflow.
func TestPointsMoveWithTheirExecution(t *testing.T) {
	t.Parallel()
	b := start(t)
	at := func(n int) func(*execution.Event) {
		return func(e *execution.Event) { e.WorkflowID = fmt.Sprintf("workflow-%d", n) }
	}
	b.ingest(event("x", execution.ExecutionQueued, 0, at(0)))
	requirePoints(t, b)
	b.ingest(event("x", execution.ExecutionStarted, 26*time.Hour, at(0)), event("x", execution.StepCompleted, 27*time.Hour, step("s"), at(0)))
	requirePoints(t, b)
	b.ingest(event("x", execution.ExecutionFailed, 90*time.Hour, at(0)))
	requirePoints(t, b)
	b.ingest(event("x", execution.ExecutionCompleted, 50*time.Hour, at(0)), event("x", execution.ExecutionStarted, time.Hour, at(1)))
	b.ingest(event("x", execution.StepStarted, 26*time.Hour, step("s"), at(2)), event("x", execution.ExecutionProgress, 100*time.Hour, at(2)))
	requirePoints(t, b)
	q := MetricsQuery{WorkflowID: "workflow-2", Range: rangeOf(noon, noon.AddDate(0, 0, 9))}
	want, got := counted(t, b, q), b.metrics(q)
	got.ByOutcome = nil
	require.Equal(t, want, got)
	require.EqualValues(t, 1, got.SampleSize)
}

// Retried attempts have values of their own; what was still open has none.
func TestStepMetricsAreOfAttempts(t *testing.T) {
	t.Parallel()
	b := start(t)
	cpu := func(v float64) func(*execution.Event) { return func(e *execution.Event) { e.CPUPercent = v } }
	b.ingest(
		event("x", execution.ExecutionStarted, 0), event("x", execution.StepStarted, time.Second, step("a")),
		event("x", execution.StepRetrying, 2*time.Second, step("a"), cpu(10)), event("x", execution.StepStarted, 3*time.Second, step("a")),
		event("x", execution.StepCompleted, 7*time.Second, step("a"), cpu(20)), event("x", execution.StepStarted, 8*time.Second, step("open")),
		event("x", execution.StepSkipped, 8*time.Second, step("skipped")), event("x", execution.ExecutionCompleted, 9*time.Second),
	)
	for _, executionID := range []string{"", "x"} {
		got, err := b.tenant.Series(context.Background(), SeriesQuery{
			Metrics: []string{"step.duration_ms", "step.cpu_percent"}, ExecutionID: executionID, Range: rangeOf(noon, noon.Add(time.Hour)),
		})
		require.NoError(t, err)
		require.Len(t, got, 2)
		base := float64(noon.UnixMilli())
		require.Equal(t, [][2]float64{{base + 2000, 10}, {base + 7000, 20}}, got[0].Points)
		require.Equal(t, [][2]float64{{base + 2000, 1000}, {base + 7000, 4000}}, got[1].Points)
	}
	_, err := b.tenant.Series(context.Background(), SeriesQuery{ExecutionID: "unknown", Range: rangeOf(noon, noon)})
	require.ErrorIs(t, err, errUnknownExecution)
}

// Whoever reads after an answer sees what was answered, however many write and
// read at the same time.
func TestNumbersHoldWhatWasAnswered(t *testing.T) {
	t.Parallel()
	b := start(t)
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for n := range errs {
		wait.Go(func() {
			for i := 0; i < 40 && errs[n] == nil; i++ {
				errs[n] = b.writeAndCount(fmt.Sprint("own-", n), i)
			}
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
}

// writeAndCount adds the n-th execution, from 0, of a workflow, and reads how many there are.
func (b *bench) writeAndCount(workflowID string, n int) error {
	name := func(e *execution.Event) { e.WorkflowID = workflowID }
	id := fmt.Sprint(workflowID, "-", n)
	_, err := b.tenant.Ingest(context.Background(), []execution.Event{
		event(id, execution.ExecutionStarted, 0, name), event(id, execution.ExecutionCompleted, time.Second, name),
	})
	if err != nil {
		return err
	}
	m, err := b.tenant.WorkflowMetrics(context.Background(), MetricsQuery{WorkflowID: workflowID, Range: rangeOf(noon, noon)})
	if err != nil {
		return err
	}
	points, err := b.tenant.Trend(context.Background(), workflowID, rangeOf(noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 1)), IntervalDay)
	if err == nil && (m.SuccessfulExecutions != int64(n+1) || points[1].Total != int64(n+1)) {
		err = fmt.Errorf("%d executions, metrics have %d, the trend %d", n+1, m.SuccessfulExecutions, points[1].Total)
	}
	return err
}

// Series that find no room leave the rest whole, and are counted (B-111).
func TestPointsWithoutRoomAreCounted(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.engine.Close())
	series, err := tsdb.Open(b.db, tsdb.Options{SeriesMax: 6})
	require.NoError(t, err)
	b.engine, err = Open(Options{DB: b.db, Series: series, Logger: slog.New(slog.DiscardHandler), Now: b.clock.now})
	require.NoError(t, err)
	b.tenant, err = b.engine.Tenant(b.engine.Access().Organizations()[0].ID)
	require.NoError(t, err)
	for i := range 20 {
		name := func(e *execution.Event) { e.WorkflowID = fmt.Sprint("w-", i) }
		b.ingest(event(fmt.Sprint("x-", i), execution.ExecutionStarted, 0, name), event(fmt.Sprint("x-", i), execution.ExecutionCompleted, time.Second, name))
	}
	require.EqualValues(t, 20, b.trend("", rangeOf(noon, noon), IntervalHour)[0].Total, "the organisation's own series came first")
	require.Positive(t, b.engine.metrics.pointsLeftOut.Get())
}
