package engine

import (
	"math/bits"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// B-87: what steps used in the window counts by its time, also after they ended; of older use only the part within.
func TestStepsThatEndedCountForTheTimeTheyRan(t *testing.T) {
	t.Parallel()
	b := start(t)
	run := func(workflow string, from, to time.Duration, cpu float64) {
		of := func(e *execution.Event) {
			e.WorkflowID, e.WorkflowName, e.StepID = workflow, workflow, "s"
			if e.Type == execution.StepCompleted {
				e.CPUPercent = cpu
			}
		}
		b.ingest(event(workflow+from.String(), execution.StepStarted, from, of), event(workflow+from.String(), execution.StepCompleted, to, of))
	}
	run("long", -10*time.Minute, -time.Minute, 50)
	run("short", -3*time.Minute, -150*time.Second, 80)
	run("short", -2*time.Minute, -90*time.Second, 40)
	run("old", -50*time.Minute, -40*time.Minute, 100)
	run("older", -3*time.Hour, -2*time.Hour, 100)
	c := b.tenant.Consumers(5 * time.Minute)
	require.Equal(t, BasisCPU, c.Basis)
	require.Len(t, c.Items, 2)
	require.Equal(t, "long", c.Items[0].WorkflowID)
	require.InDelta(t, 50, *c.Items[0].CPUPercent, 0.01)
	require.InDelta(t, 180, c.Items[0].StepSeconds, 0.01, "noon is the first millisecond of a minute: four whole ones lie before")
	require.InDelta(t, 60, *c.Items[1].CPUPercent, 0.01, "the mean of the time it ran")
	require.InDelta(t, 60, c.Items[1].StepSeconds, 0.01)
	require.InDelta(t, 100*180*50/float64(180*50+60*60), *c.Items[0].SharePercent, 0.01)
	hour := b.tenant.Consumers(time.Hour)
	require.Len(t, hour.Items, 3)
	require.Equal(t, "old", hour.Items[0].WorkflowID)
	require.Nil(t, hour.Items[0].MemoryMb)
}

// What an execution left open when it ended was used until then, and no longer.
func TestStepsLeftOpenCountUntilTheirExecutionEnds(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("x", execution.StepStarted, -90*time.Second, step("a"), func(e *execution.Event) { e.MemoryMB = 10 }))
	running := b.tenant.Consumers(5 * time.Minute)
	require.InDelta(t, 90, running.Items[0].StepSeconds, 0.01)
	require.Equal(t, BasisStepSeconds, running.Basis)
	require.InDelta(t, 100, *running.Items[0].SharePercent, 0)
	b.ingest(event("x", execution.ExecutionFailed, -60*time.Second))
	ended := b.tenant.Consumers(5 * time.Minute)
	require.InDelta(t, 30, ended.Items[0].StepSeconds, 0.01)
	require.InDelta(t, 10, *ended.Items[0].MemoryMb, 0.01)
	require.Equal(t, "Faktury", ended.Items[0].WorkflowName)
}

func TestSecondsAreFoundByTheirMiddle(t *testing.T) {
	t.Parallel()
	require.Equal(t, uint64(0), middlesBetween(0, 400))
	require.Equal(t, uint64(1), middlesBetween(400, 600))
	require.Equal(t, uint64(0b1110), middlesBetween(600, 4400))
	for from := int64(0); from < 1000; from += 7 {
		require.Equal(t, 5, bits.OnesCount64(middlesBetween(from, from+5000)))
	}
	require.Equal(t, 60, bits.OnesCount64(middlesBetween(0, 60_000)))
}

// The use of steps is kept for a bounded number of workflows; those that are idle for an hour make room.
func TestUseIsBounded(t *testing.T) {
	t.Parallel()
	c := newConsumption()
	at := func(workflow string, ms int64) []spent {
		return []spent{{workflow, execution.Spent{StartedAt: execution.Instant(ms-1000) * 1e6, EndedAt: execution.Instant(ms) * 1e6, CPUPercent: 1, MemoryMB: execution.Unknown}}}
	}
	now := noon.UnixMilli()
	for i := range useWorkflows + 10 {
		c.add(at(string(rune('a'+i)), now), now)
	}
	require.Len(t, c.workflows, useWorkflows)
	later := now + 2*time.Hour.Milliseconds()
	c.add(at("next", later), later)
	require.Len(t, c.workflows, 1)
}
