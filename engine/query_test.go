package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// expected is what a list must hold, found by looking at everything.
func expected(all []Listed, q Query, now execution.Instant) []string {
	var hits []Listed
	for _, l := range all {
		s := &scan{tenant: &Tenant{}, query: &q, now: now, text: fold(q.Text)}
		if s.matches(&l) {
			hits = append(hits, l)
		}
	}
	sort.Slice(hits, func(i, j int) bool {
		a, b := &hits[i], &hits[j]
		if q.Sort == sortStarted {
			return newer(b, a)
		}
		return newer(a, b)
	})
	out := []string{}
	for _, l := range hits {
		out = append(out, l.ExecutionID)
	}
	return out
}

// everything reads all executions one by one, without any list.
func everything(t *testing.T, b *bench, n int) []Listed {
	t.Helper()
	var all []Listed
	for i := range n {
		status, err := b.tenant.Execution(context.Background(), fmt.Sprintf("run-%03d", i))
		require.NoError(t, err)
		all = append(all, status.Listed)
	}
	return all
}

// grow ingests n executions in every state, some with equal times.
func grow(b *bench, random *rand.Rand, n int) {
	for i := range n {
		id := fmt.Sprintf("run-%03d", i)
		at := time.Duration(random.IntN(n/2)) * time.Second
		vary := func(e *execution.Event) {
			e.WorkflowID = fmt.Sprintf("workflow-%d", i%3)
			e.WorkflowName = "Proces " + e.WorkflowID
			e.ClientRef = fmt.Sprintf("klient-%d", i%5)
			e.Tags = []string{fmt.Sprintf("tag-%d", i%4)}
			e.Priority = execution.Priority(i % 4)
		}
		events := []execution.Event{event(id, execution.ExecutionQueued, at, vary)}
		if i%7 != 0 {
			events = append(events, event(id, execution.ExecutionStarted, at+time.Second, vary))
		}
		end := at + time.Duration(2+random.IntN(100))*time.Second
		switch i % 7 {
		case 1, 2:
			events = append(events, event(id, execution.ExecutionCompleted, end, vary))
		case 3:
			events = append(events, event(id, execution.ExecutionFailed, end, vary))
		case 4:
			events = append(events, event(id, execution.ExecutionCancelled, end, vary))
		case 5:
			events = append(events, event(id, execution.ExecutionWaiting, end, vary))
		}
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		b.ingest(events...)
	}
}

// queries covers every filter alone and in company.
func queries() []Query {
	var out []Query
	with := func(change func(*Query)) {
		for _, sortBy := range []string{"", sortStarted} {
			q := anyQuery()
			q.Sort, q.Limit = sortBy, 7
			change(&q)
			out = append(out, q)
		}
	}
	with(func(*Query) {})
	with(func(q *Query) { q.Statuses = []execution.Status{execution.Failed} })
	with(func(q *Query) {
		q.Statuses = []execution.Status{execution.Running, execution.Waiting, execution.Pending}
	})
	with(func(q *Query) { q.WorkflowID = "workflow-1" })
	with(func(q *Query) { q.WorkflowID, q.Statuses = "workflow-2", []execution.Status{execution.Completed} })
	with(func(q *Query) { q.ClientRef = "klient-3" })
	with(func(q *Query) { q.Tag = "tag-2" })
	with(func(q *Query) { q.Priority = execution.High })
	with(func(q *Query) { q.Priority = execution.Normal })
	with(func(q *Query) { q.Text = "KLIENT-4" })
	with(func(q *Query) { q.Text = "run-01" })
	with(func(q *Query) {
		q.From, q.To = execution.At(noon.Add(10*time.Second)), execution.At(noon.Add(40*time.Second))
	})
	with(func(q *Query) {
		q.WorkflowID, q.From = "workflow-0", execution.At(noon.Add(20*time.Second))
	})
	with(func(q *Query) { q.MinDurationMs, q.MaxDurationMs = 10_000, 60_000 })
	with(func(q *Query) { q.ClientRef, q.Statuses = "nobody", []execution.Status{execution.Failed} })
	return out
}

// AC1.2c, B-63, api.md §9 "Lists": every filter, page by page, in order, whether
// the documents hold the executions or not.
func TestListsHoldExactlyWhatMatchesPageByPage(t *testing.T) {
	t.Parallel()
	const n = 140
	b := start(t)
	grow(b, rand.New(rand.NewPCG(1, 2)), n)
	compare := func() {
		all := everything(t, b, n)
		for _, q := range queries() {
			want := expected(all, q, b.engine.instant())
			got := []string{}
			for pages := 0; ; pages++ {
				require.Less(t, pages, n)
				page := b.list(q)
				got = append(got, ids(page)...)
				require.LessOrEqual(t, len(page.Items), q.Limit)
				everyStatus := q
				everyStatus.Statuses = nil
				require.Equal(t, len(expected(all, everyStatus, b.engine.instant())), int(sum(page.Counts)), "%+v", q)
				if q.Cursor = page.NextCursor; q.Cursor == "" {
					break
				}
			}
			require.Equal(t, want, got, "%+v", q)
		}
	}
	compare()
	b.checkpointed()
	compare()
	grow(b, rand.New(rand.NewPCG(3, 4)), n/2) // more events of the same executions
	compare()
	b.crash()
	compare()
}

func TestCountersEqualAFullCountAfterCrash(t *testing.T) {
	t.Parallel()
	const n = 140
	b := start(t)
	grow(b, rand.New(rand.NewPCG(5, 6)), n)
	b.checkpointed()
	grow(b, rand.New(rand.NewPCG(7, 8)), n)
	b.crash()
	want := newTally()
	for _, l := range everything(t, b, n) {
		c := contributionOf(&l.Summary)
		want.add(&c, 1)
	}
	require.Equal(t, want.total, b.tenant.tally.total)
	for id, counts := range want.byWorkflow {
		require.Equal(t, counts, b.tenant.tally.byWorkflow[id], id)
	}
	require.Equal(t, want.total[execution.Pending], b.tenant.Queue().PendingCount)
}

func TestSortByDuration(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i, seconds := range []int{30, 10, 20} {
		id := fmt.Sprintf("run-%d", i)
		b.ingest(event(id, execution.ExecutionStarted, 0), event(id, execution.ExecutionCompleted, time.Duration(seconds)*time.Second))
	}
	q := anyQuery()
	q.Sort, q.Limit = sortLongest, 2
	page := b.list(q)
	require.Equal(t, []string{"run-0", "run-2"}, ids(page))
	q.Cursor = page.NextCursor
	require.Equal(t, []string{"run-1"}, ids(b.list(q)))
	q.Sort, q.Cursor = sortDuration, ""
	require.Equal(t, []string{"run-1", "run-2"}, ids(b.list(q)))
}

func TestAForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	grow(b, rand.New(rand.NewPCG(1, 1)), 30)
	q := anyQuery()
	q.Limit = 5
	cursor := b.list(q).NextCursor
	for _, bad := range []string{"x", "!!!!", "AAAA", cursor[:8]} {
		q.Cursor = bad
		_, err := b.tenant.Executions(context.Background(), q)
		require.Error(t, err, bad)
	}
	q.Sort, q.Cursor = sortStarted, cursor
	_, err := b.tenant.Executions(context.Background(), q)
	require.Error(t, err, "a cursor of another order")
}

// B-37: what never started is found, and counted, by the time at which it was queued.
func TestPendingExecutionsAreInTheRangeOfTheirQueuing(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("before", execution.ExecutionQueued, -time.Hour), event("within", execution.ExecutionQueued, time.Minute))
	q := anyQuery()
	q.From, q.To = execution.At(noon), execution.At(noon.Add(time.Hour))
	check := func() {
		t.Helper()
		page := b.list(q)
		require.Equal(t, []string{"within"}, ids(page))
		require.Equal(t, [6]int64{execution.Pending: 1}, page.Counts)
	}
	check()
	b.checkpointed()
	b.crash()
	check()
}
