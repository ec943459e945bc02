package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func of(workflowID, name string) func(*execution.Event) {
	return func(e *execution.Event) { e.WorkflowID, e.WorkflowName = workflowID, name }
}

func listed(t *testing.T, b *bench) map[string]WorkflowStatus {
	t.Helper()
	all, err := b.tenant.Workflows(context.Background())
	require.NoError(t, err)
	out := map[string]WorkflowStatus{}
	for _, w := range all {
		out[w.WorkflowID] = w
	}
	return out
}

// B-73: a workflow is known from its first event on, and what the engine declares wins.
func TestWorkflowsAreLearntAndDeclared(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("a", execution.ExecutionStarted, 0, of("payroll", "Lista płac")))
	b.ingest(event("b", execution.ExecutionStarted, time.Minute, of("payroll", "Płace")))
	b.ingest(event("c", execution.ExecutionStarted, -time.Hour, of("payroll", "Stara nazwa")))
	check := func(name string, declared bool) {
		w := listed(t, b)["payroll"]
		require.Equal(t, name, w.WorkflowName)
		require.Equal(t, declared, w.Declared)
		require.Equal(t, int64(3), w.Total)
		require.Equal(t, int64(3), w.CountsByStatus["running"])
		require.Equal(t, "b", w.LastExecution.ExecutionID)
	}
	check("Płace", false)
	b.checkpointed()
	b.crash()
	check("Płace", false)
	require.NoError(t, b.tenant.PutWorkflow(context.Background(), Workflow{WorkflowID: "payroll", Name: "Wynagrodzenia"}))
	b.ingest(event("b", execution.ExecutionProgress, 2*time.Minute, of("payroll", "Płace")))
	check("Wynagrodzenia", true)
	b.crash()
	check("Wynagrodzenia", true)
}

func TestHealthIsThatOfTheLastFinishedRuns(t *testing.T) {
	t.Parallel()
	b := start(t)
	ends := map[string][]execution.EventType{
		"unknown":  {execution.ExecutionStarted, execution.ExecutionCancelled},
		"healthy":  {execution.ExecutionCompleted, execution.ExecutionCompleted, execution.ExecutionStarted},
		"degraded": {execution.ExecutionFailed, execution.ExecutionCompleted, execution.ExecutionStarted},
		"failing":  {execution.ExecutionCompleted, execution.ExecutionFailed, execution.ExecutionCancelled},
	}
	for health, runs := range ends {
		for i, end := range runs {
			id, at := fmt.Sprintf("%s-%d", health, i), time.Duration(i)*time.Minute
			b.ingest(event(id, execution.ExecutionStarted, at, of(health, health)))
			if end != execution.ExecutionStarted {
				b.ingest(event(id, end, at+time.Second, of(health, health)))
			}
		}
	}
	all := listed(t, b)
	require.Len(t, all, len(ends))
	for health := range ends {
		require.Equal(t, health, all[health].Health)
	}
}
