package engine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// B-89: a wish is on disk when it is answered; an answer whose note was lost in a crash is given again and counts once.
func TestAnAnswerThatWasLostInACrashIsGivenAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.ingest(event("x", execution.ExecutionQueued, 0))
	r, err := b.tenant.RequestPriority(ctx, "x", execution.High, "44051401359", me)
	require.NoError(t, err)
	require.NotContains(t, r.Reason, "44051401359")
	b.crash()
	require.NoError(t, b.tenant.applyPriority(ctx, &r)) // and here the power goes, before the answer is noted
	b.crash()
	status, err := b.tenant.Execution(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, execution.High, status.Priority)
	require.Equal(t, execution.Pending, status.Status)
	require.Equal(t, PriorityAcknowledged, status.Wish.State)
	seq := b.tenant.Seq()
	b.clock.set(noon.Add(time.Minute))
	_, err = b.tenant.AnswerCommand(ctx, r.ID, true, "")
	require.NoError(t, err)
	require.Equal(t, seq, b.tenant.Seq(), "the event is a duplicate")
	status, err = b.tenant.Execution(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, execution.At(noon), status.QueuedAt)
	require.Equal(t, execution.At(noon.Add(time.Minute)), status.Wish.AnsweredAt)
}

// The answer wins over what the engine said before it, also if that clock runs ahead, and loses to what it says later.
func TestAnAnswerIsAnEventAmongOthers(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	said := func(after time.Duration, p execution.Priority) execution.Event {
		return event("x", execution.ExecutionQueued, after, func(e *execution.Event) { e.Priority = p })
	}
	b.ingest(said(4*time.Minute, execution.Low))
	r, err := b.tenant.RequestPriority(ctx, "x", execution.High, "", me)
	require.NoError(t, err)
	_, err = b.tenant.AnswerCommand(ctx, r.ID, true, "")
	require.NoError(t, err)
	priority := func() execution.Priority {
		status, err := b.tenant.Execution(ctx, "x")
		require.NoError(t, err)
		return status.Priority
	}
	require.Equal(t, execution.High, priority())
	b.ingest(said(3*time.Minute, execution.Low))
	require.Equal(t, execution.High, priority(), "older")
	b.ingest(said(5*time.Minute, execution.Normal))
	require.Equal(t, execution.Normal, priority())
}
