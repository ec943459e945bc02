package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/kv"
)

const nightly = 24 * time.Hour

// withData gives an event an input.
func withData(e *execution.Event) { e.Input = json.RawMessage(`{"kwota":"secret"}`) }

// completed ingests a run that ended, with an input of its step, as it was heard of at the clock's time.
func (b *bench) completed(id string, after time.Duration) {
	b.t.Helper()
	b.ingest(
		event(id, execution.ExecutionStarted, after),
		event(id, execution.StepStarted, after+time.Second, func(e *execution.Event) { e.StepID = "s" }, withData),
		event(id, execution.StepCompleted, after+2*time.Second, func(e *execution.Event) { e.StepID = "s" }),
		event(id, execution.ExecutionCompleted, after+3*time.Second),
	)
}

// startCalm starts an engine whose housekeeper has looked around: from now on it does nothing for a minute, and the clean-ups are the test's.
func startCalm(t *testing.T) *bench {
	t.Helper()
	b := start(t)
	require.Eventually(t, func() bool { return b.milestones() == 1 }, 10*time.Second, time.Millisecond)
	return b
}

func (b *bench) milestones() (n int) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		milestones.ScanRaw(tx, b.tenant.scope, kv.Span{}, func(_, _ []byte) bool { n++; return true })
		return nil
	}))
	return n
}

func (b *bench) retain() RetentionRun {
	b.t.Helper()
	b.checkpointed()
	run, err := b.tenant.Retain(context.Background())
	require.NoError(b.t, err)
	return run
}

func (b *bench) total() (n int64) {
	for _, c := range b.list(anyQuery()).Counts {
		n += c
	}
	return n
}

func (b *bench) inputOf(id string) json.RawMessage {
	b.t.Helper()
	step, err := b.tenant.Step(context.Background(), id, "s")
	require.NoError(b.t, err)
	return step.Input
}

func TestRetentionRemovesWhatIsOldAndNothingElse(t *testing.T) { // B-70, SEC8, 5.13
	t.Parallel()
	b := startCalm(t)
	b.completed("old", 0)
	b.ingest(event("goes-on", execution.ExecutionStarted, 0))
	b.clock.set(noon.Add(2 * time.Hour))
	require.False(t, b.retain().Removed.any(), "nothing is old on the first day")

	b.clock.set(noon.Add(31 * nightly)) // step data live 30 days
	b.completed("imported", time.Minute)
	run := b.retain()
	require.EqualValues(t, 1, run.Removed.StepData)
	require.Zero(t, run.Removed.Executions)
	require.Nil(t, b.inputOf("old"))
	require.NotNil(t, b.inputOf("imported"), "it is as young as its import")

	before := b.metrics30(0)
	b.clock.set(noon.Add(2191 * nightly)) // executions live 2,190 days
	run = b.retain()
	require.EqualValues(t, 1, run.Removed.Executions, "the other one was heard of a month later")
	require.EqualValues(t, 1, run.Removed.StepData)
	_, err := b.tenant.Execution(context.Background(), "old")
	require.ErrorIs(t, err, errUnknownExecution)
	_, err = b.tenant.Execution(context.Background(), "goes-on")
	require.NoError(t, err, "who waits for years still waits")
	require.EqualValues(t, 2, b.total())
	require.Equal(t, before, b.metrics30(0), "sums of hours stay")

	b.restart()
	require.EqualValues(t, 2, b.total())
	b.crash()
	require.EqualValues(t, 2, b.total())
	runs, err := b.tenant.RetentionRuns(10)
	require.NoError(t, err)
	require.Len(t, runs, 3)
	items, _, err := audit.List(b.db, b.tenant.scope, audit.Filter{Event: "monitoring.retention.run"}, nil, 10)
	require.NoError(t, err)
	require.Len(t, items, 2, "a clean-up that removed something is noted")
}

// metrics30 is how many runs the 30 days after noon count.
func (b *bench) metrics30(from time.Duration) int64 {
	b.t.Helper()
	m, err := b.tenant.WorkflowMetrics(context.Background(), MetricsQuery{WorkflowID: "invoice-processing",
		Range: Range{From: execution.At(noon.Add(from)), To: execution.At(noon.Add(from + 30*nightly))}})
	require.NoError(b.t, err)
	return m.TotalExecutions
}

func TestManyExecutionsLeaveInPartsWhileOthersCome(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	for i := range 3*removedAtOnce + 7 {
		b.ingest(event(fmt.Sprint("x", i), execution.ExecutionStarted, 0), event(fmt.Sprint("x", i), execution.ExecutionFailed, time.Second))
	}
	b.clock.set(noon.Add(2 * time.Hour))
	b.retain()
	b.clock.set(noon.Add(2191 * nightly))
	next, err := b.tenant.NextRetention()
	require.NoError(t, err)
	require.True(t, next.Before(b.clock.now()), "a night that was missed is made up for")
	executions, _, err := b.tenant.Due(context.Background())
	require.NoError(t, err)
	require.EqualValues(t, 0, executions, "what is due is counted as of the next night, long past")
	b.completed("new", 2191*nightly)
	require.EqualValues(t, 3*removedAtOnce+7, b.retain().Removed.Executions)
	require.EqualValues(t, 1, b.total())
	b.crash()
	require.EqualValues(t, 1, b.total())
}

func TestALateEventOfAnExecutionThatLeftBeginsAnew(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	b.completed("x", 0)
	b.clock.set(noon.Add(2 * time.Hour))
	b.retain()
	b.clock.set(noon.Add(2191 * nightly))
	b.retain()
	require.EqualValues(t, 0, b.total())
	b.completed("x", 0)
	require.EqualValues(t, 1, b.total())
	require.EqualValues(t, 1, b.metrics30(0), "and is not counted twice")
	require.False(t, b.retain().Removed.any())
}

func TestNightlyCleanUpIsAtHalfPastThree(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	zone := b.engine.zone
	for _, c := range []struct{ at, want string }{
		{"2026-11-23 12:00", "2026-11-24 03:30"},
		{"2026-11-23 03:29", "2026-11-23 03:30"},
		{"2026-11-23 03:30", "2026-11-24 03:30"},
		{"2027-03-28 01:59", "2027-03-28 03:30"}, // summer time begins
		{"2026-10-25 02:30", "2026-10-25 03:30"}, // and ends
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
		require.NoError(t, err)
		require.Equal(t, c.want, nightAfter(at, zone).Format("2006-01-02 15:04"), c.at)
	}
}

func TestMilestonesStayFew(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	require.NoError(t, b.tenant.mark(noon.Add(time.Minute)))
	require.Equal(t, 1, b.milestones())
	require.NoError(t, b.tenant.mark(noon.Add(time.Hour)))
	require.Equal(t, 2, b.milestones())
	require.NoError(t, b.tenant.mark(noon.Add(3000*nightly)))
	require.Equal(t, 2, b.milestones(), "only the newest of the oldest stays")
}

// An open list shows nothing for long that a clean-up removed: who watches is told and begins anew, and so does who was away. A clean-up that removes no
// execution tells nobody anything.
func TestWhoWatchesIsToldOfWhatACleanUpRemoved(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	b.completed("old", 0)
	b.clock.set(noon.Add(2 * time.Hour))
	b.retain() // which notes what was heard of by now
	b.clock.set(noon.Add(30 * nightly))
	b.ingest(event("young", execution.ExecutionStarted, 0))
	s, err := b.tenant.Connect(feed.Options{Principal: "p"})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.ExecutionUpdates}, Snapshot: true}, func(feed.Joined) {}))
	since := &feed.Position{Epoch: b.engine.Epoch(), Seq: b.tenant.Seq()}
	b.clock.set(noon.Add(31 * nightly))
	b.retain()
	require.True(t, b.resumed(since).Recovered, "step data are in no list")

	b.clock.set(noon.Add(2191 * nightly))
	require.EqualValues(t, 1, b.retain().Removed.Executions)
	stop := time.AfterFunc(10*time.Second, s.Close)
	defer stop.Stop()
	told, after := "", ""
	for told == "" || after == "" {
		messages, err := s.Next(nil)
		require.NoError(t, err, "in time")
		for _, m := range messages {
			if told != "" {
				after += string(m.Text)
			}
			if m.Event == "resync" {
				told = string(m.Text)
			}
		}
	}
	require.Contains(t, told, `"reason":"removed"`)
	require.Contains(t, after, `"young"`)
	require.NotContains(t, after, `"old"`)

	for name, meanwhile := range map[string]func(){"nothing": func() {}, "an event": func() { b.ingest(event("z", execution.ExecutionStarted, 0)) }, "a crash": b.crash} {
		meanwhile()
		require.False(t, b.resumed(since).Recovered, name)
	}
	b.ingest(event("w", execution.ExecutionStarted, 0))
	since.Seq = b.tenant.Seq()
	require.True(t, b.resumed(since).Recovered, "who began anew resumes again")
}

// resumed is how somebody is answered who comes back.
func (b *bench) resumed(since *feed.Position) (j feed.Joined) {
	b.t.Helper()
	s, err := b.tenant.Connect(feed.Options{})
	require.NoError(b.t, err)
	defer s.Close()
	require.NoError(b.t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.ExecutionUpdates}, Since: since}, func(joined feed.Joined) { j = joined }))
	return j
}
