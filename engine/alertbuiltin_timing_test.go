package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// What a look costs beside 300 workflows with schedules and 100,000 running executions, and what the writer has of it.
func BenchmarkLooks(b *testing.B) {
	const workflows, live, each = 300, 100_000, 1_000
	t := &testing.T{}
	e := start(t)
	defer e.close()
	for i := range workflows {
		s := &WorkflowSchedule{Cron: "30 2 * * *", GraceMinutes: 15, WorkingDaysOnly: true}
		require.NoError(b, e.tenant.PutWorkflow(context.Background(), Workflow{WorkflowID: fmt.Sprintf("w-%d", i), Schedule: s}))
	}
	for from := 0; from < live; from += each {
		events := make([]execution.Event, each)
		for i := range events {
			n := from + i
			events[i] = event(fmt.Sprintf("x-%d", n), execution.ExecutionStarted, time.Duration(n)*time.Millisecond, of(fmt.Sprintf("w-%d", n%workflows), ""))
		}
		e.ingest(events...)
	}
	r := &alertRule{Rule: alert.Rule{ID: "builtin:x", Builtin: alert.LongerThanUsual}}
	usual := map[string]*usualRuns{}
	for i := range workflows {
		usual[fmt.Sprintf("w-%d", i)] = &usualRuns{p50: 60_000, p95: 3_600_000, samples: usualRunsMin, read: time.Now()}
	}
	// Not e.tenant: its lookout belongs to the engine's own goroutine.
	own := &Tenant{organization: &organization{
		id: e.tenant.id, scope: e.tenant.scope, engine: e.engine, memory: e.tenant.memory,
	}}
	own.entire = own
	own.alerts.lookout.usual = usual
	e.clock.set(noon.Add(time.Hour))
	for name, look := range map[string]func(context.Context, *alertRule) (*builtinLook, error){
		"durations": own.lookAtDurations, "schedules": own.lookAtSchedules,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := look(context.Background(), r)
				require.NoError(b, err)
			}
		})
	}
	b.Run("silence", func(b *testing.B) {
		for b.Loop() {
			own.alerts.lookout.quiet = quiet{}
			own.awaited(execution.At(noon))
		}
	})
}
