package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// stepTook makes the events of one step of an execution.
func stepTook(id, step string, from, took time.Duration, end execution.EventType) []execution.Event {
	named := func(e *execution.Event) { e.StepID, e.StepName = step, "Krok "+step }
	return []execution.Event{event(id, execution.StepStarted, from, named, func(e *execution.Event) { e.ID += step }),
		event(id, end, from+took, named, func(e *execution.Event) { e.ID += step })}
}

func (b *bench) bottlenecks(from, to time.Time) *Bottlenecks {
	b.t.Helper()
	found, err := b.tenant.Bottlenecks(context.Background(), "invoice-processing", Range{execution.At(from), execution.At(to)})
	require.NoError(b.t, err)
	return found
}

// AC3.2: what steps took, waited, failed and how they deviate equals a plain computation, to the last digit: for any order of arrival, with late
// events, after a restart, and when it is asked again.
func TestBottlenecksEqualAPlainComputation(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := rand.New(rand.NewPCG(7, 7))
	var events, late []execution.Event
	durations, failures := map[string][]int64{}, map[string]int64{}
	for run := range 120 {
		id, at := fmt.Sprint("run", run), -time.Duration(run)*time.Hour/2
		one := []execution.Event{event(id, execution.ExecutionStarted, at)}
		for _, step := range []string{"ocr", "vat", "send"} {
			took, end := time.Duration(r.IntN(90_000))*time.Millisecond, execution.StepCompleted
			if step == "send" && run%7 == 0 {
				end = execution.StepFailed
				failures[step]++
			}
			one = append(one, stepTook(id, step, at+time.Second, took, end)...)
			durations[step] = append(durations[step], took.Milliseconds())
		}
		one = append(one, event(id, execution.ExecutionCompleted, at+2*time.Minute))
		if run%11 == 0 {
			late = append(late, one...)
		} else {
			events = append(events, one...)
		}
	}
	r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for part := range slices.Chunk(events, 50) {
		b.ingest(part...)
	}
	from, to := noon.Add(-60*time.Hour), noon
	require.EqualValues(t, 120-len(late)/8, b.bottlenecks(from, to).Runs, "whole days are kept now")
	b.ingest(late...)
	check := func() {
		t.Helper()
		found := b.bottlenecks(from, to)
		require.EqualValues(t, 120, found.Runs)
		require.Len(t, found.Items, 3)
		var total, share float64
		for _, all := range durations {
			for _, ms := range all {
				total += float64(ms)
			}
		}
		for _, item := range found.Items {
			all := slices.Clone(durations[item.StepID])
			slices.Sort(all)
			sum := 0.0
			for _, ms := range all {
				sum += float64(ms)
			}
			require.EqualValues(t, 120, item.Count)
			require.Equal(t, "Krok "+item.StepID, item.Name)
			require.Equal(t, rounded(sum/120), item.AverageDuration) //nolint:testifylint // equal to the last digit
			require.InDelta(t, float64(all[113]), item.P95, 0, "n·p = 114: the 114th value")
			require.InDelta(t, sum/total*100, item.ShareOfTotal, 0.005)
			require.Equal(t, failures[item.StepID], item.Failures)
			require.Nil(t, item.DeviationPercent, "there was nothing before")
			share += item.ShareOfTotal
		}
		require.InDelta(t, 100, share, 0.02)
	}
	check()
	check()
	b.restart()
	check()

	half := b.bottlenecks(noon.Add(-30*time.Hour), noon)
	require.EqualValues(t, 61, half.Runs, "both ends belong to the range")
	for _, item := range half.Items {
		require.NotNil(t, item.DeviationPercent)
	}
}

// B-86: waits count from the predecessor's end; what did not end by itself is left out; a try that failed counts though the step was repeated.
func TestBottlenecksCountWaitsAndTries(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Empty(t, b.bottlenecks(noon, noon.Add(time.Hour)).Items)
	b.ingest(event("x", execution.ExecutionStarted, 0))
	b.ingest(stepTook("x", "a", 0, 10*time.Second, execution.StepFailed)...)
	b.ingest(stepTook("x", "a", 20*time.Second, 10*time.Second, execution.StepCompleted)...)
	b.ingest(stepTook("x", "b", 90*time.Second, 10*time.Second, execution.StepCompleted)...)
	b.ingest(stepTook("x", "c", 100*time.Second, time.Second, execution.StepStarted)[:1]...)
	b.ingest(event("x", execution.ExecutionFailed, 2*time.Minute))
	items := b.bottlenecks(noon, noon).Items
	require.Len(t, items, 2, "c was interrupted")
	require.Equal(t, Bottleneck{StepID: "a", Name: "Krok a", Count: 1, AverageDuration: 30_000, P95: 30_000, Failures: 1, ShareOfTotal: 75}, items[0])
	require.Equal(t, Bottleneck{StepID: "b", Name: "Krok b", Count: 1, AverageDuration: 10_000, P95: 10_000, WaitAverage: 60_000, ShareOfTotal: 25}, items[1])
}
