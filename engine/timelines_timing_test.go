package engine

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// BenchmarkTimeline reads runs from the store, each beside up to 30 others: to
// reach 2 ms at 300 steps, 100 ms at 20,000.
func BenchmarkTimeline(b *testing.B) {
	for _, steps := range []int{12, 300, 20_000} {
		b.Run(fmt.Sprint(steps, "-steps"), func(b *testing.B) {
			tenant := pastOf(b, steps, 60)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, err := tenant.Timeline(context.Background(), fmt.Sprint("run-", n%60)); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkExecution also tells the usual duration, from the same runs.
func BenchmarkExecution(b *testing.B) {
	tenant := pastOf(b, 12, 1000)
	_, err := tenant.Ingest(context.Background(), []execution.Event{event("running", execution.ExecutionStarted, 0)})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tenant.Execution(context.Background(), "running"); err != nil {
			b.Fatal(err)
		}
	}
}

// pastOf opens an engine with completed runs of a plan of n steps.
func pastOf(b *testing.B, n, runs int) *Tenant {
	b.Helper()
	db, err := kv.Open(filepath.Join(b.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(b, err)
	e, err := Open(Options{DB: db, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, e.Close())
		require.NoError(b, db.Close())
	})
	tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
	require.NoError(b, err)
	plan := make([]execution.PlanStep, n)
	for i := range plan {
		plan[i] = execution.PlanStep{StepID: fmt.Sprintf("s-%05d", i), Name: fmt.Sprint("Krok ", i)}
		if i > 7 {
			plan[i].DependsOn = []string{plan[i-8].StepID}
		}
	}
	for run := range runs {
		id, after := fmt.Sprint("run-", run), time.Duration(run)*time.Hour
		events := []execution.Event{event(id, execution.ExecutionStarted, after, func(e *execution.Event) { e.Plan = plan })}
		for i := range plan {
			at := after + time.Duration(i/8*100+i%8)*time.Millisecond
			events = append(events, event(id, execution.StepStarted, at, step(plan[i].StepID)),
				event(id, execution.StepCompleted, at+time.Duration(60+run%30)*time.Millisecond, step(plan[i].StepID)))
		}
		events = append(events, event(id, execution.ExecutionCompleted, after+time.Duration(n*20)*time.Millisecond))
		for len(events) > 0 {
			batch := events[:min(len(events), 5000)]
			events = events[len(batch):]
			_, err := tenant.Ingest(context.Background(), batch)
			require.NoError(b, err)
		}
	}
	require.Eventually(b, func() bool {
		tenant.view.RLock()
		defer tenant.view.RUnlock()
		return len(tenant.unwritten) == 0
	}, 60*time.Second, 10*time.Millisecond)
	return tenant
}
