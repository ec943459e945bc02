package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/timeline"
)

func version(v string) func(*execution.Event) {
	return func(e *execution.Event) { e.WorkflowVersion = v }
}

// completed is a run of one step that took so long.
func completed(id string, after, took time.Duration, change ...func(*execution.Event)) []execution.Event {
	return []execution.Event{
		event(id, execution.ExecutionStarted, after, change...),
		event(id, execution.StepStarted, after, append(change, step("ocr"))...),
		event(id, execution.StepCompleted, after+took, append(change, step("ocr"))...),
		event(id, execution.ExecutionCompleted, after+took, change...),
	}
}

func (b *bench) timeline(id string) timeline.Timeline {
	b.t.Helper()
	l, err := b.tenant.Timeline(context.Background(), id)
	require.NoError(b.t, err)
	return l
}

func (b *bench) status(id string) ExecutionStatus {
	b.t.Helper()
	x, err := b.tenant.Execution(context.Background(), id)
	require.NoError(b.t, err)
	return x
}

// AC3.2c, B-86: the last thirty completed runs, without the run itself.
func TestARunIsComparedWithTheLastThirtyCompletedOnes(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 35 {
		b.ingest(completed(fmt.Sprint("run-", i), time.Duration(i)*time.Minute, time.Duration(i)*time.Second)...)
		b.ingest(event(fmt.Sprint("failed-", i), execution.ExecutionFailed, time.Duration(i)*time.Minute+time.Second))
		if i == 20 {
			b.checkpointed() // the rest may be in memory alone
		}
	}
	average := b.timeline("run-34").Rows[0].Average // run-4 … run-33
	require.Equal(t, timeline.RunsMax, average.SampleSize)
	require.InDelta(t, 18_500, average.DurationMs, 1e-9)
	require.InDelta(t, (34-18.5)/18.5*100, *average.DeviationPercent, 1e-9)
	require.InDelta(t, 19_500, b.timeline("run-0").Rows[0].Average.DurationMs, 1e-9) // run-5 … run-34
	require.InDelta(t, execution.Unknown, b.status("run-0").AverageMs, 0, "it has ended")
	b.ingest(event("running", execution.ExecutionStarted, 0))
	require.InDelta(t, 19_500, b.status("running").AverageMs, 1e-9)

	b.restart()
	require.InDelta(t, 18_500, b.timeline("run-34").Rows[0].Average.DurationMs, 1e-9)
}

func TestRunsOfTheSameVersionArePreferred(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 50 {
		b.ingest(completed(fmt.Sprint("new-", i), time.Hour+time.Duration(i)*time.Minute, 10*time.Second, version("2"))...)
	}
	b.ingest(completed("old-1", 0, 2*time.Second, version("1"))...)
	b.ingest(completed("old-2", time.Minute, 4*time.Second, version("1"))...)
	average := b.timeline("old-1").Rows[0].Average
	require.Equal(t, 1, average.SampleSize)
	require.InDelta(t, 4_000, average.DurationMs, 0)
	b.ingest(completed("next", 3*time.Hour, 5*time.Second, version("3"))...)
	average = b.timeline("next").Rows[0].Average
	require.Equal(t, timeline.RunsMax, average.SampleSize, "no other of its version")
	require.InDelta(t, 10_000, average.DurationMs, 0)
}

// What is kept of a run is as true as the run.
func TestALateEventChangesWhatOthersAreComparedWith(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(completed("past", 0, 2*time.Second)...)
	b.ingest(completed("now", time.Minute, 2*time.Second)...)
	require.InDelta(t, 2_000, b.timeline("now").Rows[0].Average.DurationMs, 0)
	require.InDelta(t, 2_000, b.timeline("now").Rows[0].Average.DurationMs, 0)
	b.ingest(event("past", execution.StepStarted, -4*time.Second, step("ocr")))
	require.InDelta(t, 6_000, b.timeline("now").Rows[0].Average.DurationMs, 0)
}

func TestWhatIsLeftOfARunIsEstimatedFromEarlierOnes(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("alone", execution.ExecutionStarted, 0))
	require.InDelta(t, execution.Unknown, b.status("alone").AverageMs, 0)
	require.EqualValues(t, execution.Unknown, b.status("alone").ETAMs)
	b.ingest(completed("past", -time.Hour, 60*time.Second)...)
	b.clock.set(noon.Add(20 * time.Second))
	require.EqualValues(t, 40_000, b.status("alone").ETAMs)
	b.clock.set(noon.Add(2 * time.Minute))
	require.Zero(t, b.status("alone").ETAMs, "it is late")
	b.ingest(event("pending", execution.ExecutionQueued, 0))
	require.InDelta(t, 60_000, b.status("pending").AverageMs, 0)
	require.EqualValues(t, execution.Unknown, b.status("pending").ETAMs)
}

func TestTimelinesOfNobodysRunsAreNotFound(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, err := b.tenant.Timeline(context.Background(), "nobody")
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
	_, err = b.tenant.Explain(context.Background(), "nobody", timeline.Polish)
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)

	b.ingest(completed("past", -time.Hour, time.Second)...)
	b.ingest(completed("now", 0, time.Second)...)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = b.tenant.Timeline(gone, "now")
	require.ErrorIs(t, err, context.Canceled)
}

// What is read for one comparison has an end, and so has what is kept.
func TestVeryLargeRunsAreComparedWithFewer(t *testing.T) {
	t.Parallel()
	b := start(t)
	const steps, runs = 20_000, 12
	plan := make([]execution.PlanStep, steps)
	for i := range plan {
		plan[i] = execution.PlanStep{StepID: fmt.Sprintf("s-%05d", i)}
	}
	for i := range runs {
		planned := func(e *execution.Event) { e.Plan = plan }
		all := completed(fmt.Sprint("large-", i), time.Duration(i)*time.Minute, time.Second)
		planned(&all[0])
		b.ingest(all...)
	}
	l := b.timeline("large-0")
	require.Len(t, l.Rows, steps+1)
	require.Equal(t, earlierStepsMax/steps, l.SampleSize)
}

func TestKeptSamplesAreBounded(t *testing.T) {
	t.Parallel()
	var s samples
	v := timeline.NewSample(&timeline.Run{})
	for i := range uint64(2 * samplesStepsMax / 4) {
		s.put(sampleKey{nil, "run", i}, v)
		s.put(sampleKey{nil, "run", i}, v)
	}
	require.Len(t, s.kept, samplesStepsMax/4)
	require.Len(t, s.order, samplesStepsMax/4)
	require.Equal(t, samplesStepsMax, s.steps)
	require.Nil(t, s.get(sampleKey{nil, "run", 0}))
	require.NotNil(t, s.get(sampleKey{nil, "run", 2*samplesStepsMax/4 - 1}))
}
