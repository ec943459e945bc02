package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
)

// told is one frame of a session.
type told struct {
	Event string
	Seq   uint64
	Data  struct {
		ExecutionID, Status string
		Items               []struct{ ExecutionID string }
		Seq                 uint64
		Left                bool
	}
}

// listen returns n frames of a session.
func listen(t *testing.T, s *feed.Session, n int) (out []told) {
	t.Helper()
	stop := make(chan struct{})
	limit := time.AfterFunc(20*time.Second, func() { close(stop) })
	defer limit.Stop()
	for len(out) < n {
		messages, err := s.Next(stop)
		require.NoError(t, err)
		require.NotEmpty(t, messages, "only %d of %d frames came", len(out), n)
		for i := range messages {
			var m told
			require.NoError(t, json.Unmarshal(messages[i].Text, &m))
			out = append(out, m)
		}
	}
	require.Len(t, out, n)
	return out
}

// B-54: a client resumes across a restart, in good order or not, from the
// journal: each changed thing once, as it is now, and then what comes.
func TestAClientResumesAcrossARestart(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(b *bench){"closed": (*bench).restart, "crashed": (*bench).crash} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			all := feed.Filter{Topic: feed.ExecutionUpdates}
			b.ingest(event("before", execution.ExecutionStarted, 0))
			s, err := b.tenant.Connect(feed.Options{})
			require.NoError(t, err)
			require.NoError(t, s.Subscribe(feed.Request{Filter: all, Snapshot: true}, func(feed.Joined) {}))
			require.Len(t, listen(t, s, 1)[0].Data.Items, 1)
			position, _ := s.Heartbeat()
			require.Equal(t, b.tenant.Seq(), position)
			s.Close()

			for i := range 5 {
				b.ingest(event("run", execution.ExecutionProgress, time.Duration(i)*time.Second))
			}
			b.ingest(event("before", execution.ExecutionCompleted, time.Second))
			last := b.tenant.Seq()
			epoch := b.engine.Epoch()
			again(b)

			s, err = b.tenant.Connect(feed.Options{})
			require.NoError(t, err)
			defer s.Close()
			since := &feed.Position{Epoch: epoch, Seq: position}
			require.NoError(t, s.Subscribe(feed.Request{Filter: all, Since: since}, func(j feed.Joined) {
				require.Equal(t, feed.Joined{SubscriptionID: 1, Seq: last, Epoch: epoch, Mode: feed.Replay, Recovered: true}, j)
			}))
			frames := listen(t, s, 2)
			require.Equal(t, "run", frames[0].Data.ExecutionID)
			require.Equal(t, "completed", frames[1].Data.Status)
			require.Equal(t, last, frames[1].Seq)
			require.Equal(t, last, frames[1].Data.Seq)
			require.Less(t, frames[0].Seq, frames[1].Seq)

			b.ingest(event("run", execution.ExecutionCompleted, time.Minute))
			require.Equal(t, last+1, listen(t, s, 1)[0].Seq)
		})
	}
}

func TestASnapshotOfStepsIsOfWhatTheFilterSelects(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("run", execution.ExecutionStarted, 0), event("run", execution.StepStarted, 0, step("a")))
	f := feed.Filter{Topic: feed.StepUpdates, WorkflowID: "invoice-processing", ExecutionID: "run", Statuses: []execution.Status{execution.Running}}
	asOf, items := snapshot(t, b, f)
	require.Equal(t, b.tenant.Seq(), asOf)
	require.Len(t, items, 1)
	f.Statuses[0] = execution.Failed
	_, items = snapshot(t, b, f)
	require.Empty(t, items)
	f.Statuses, f.WorkflowID = nil, "other"
	_, items = snapshot(t, b, f)
	require.Empty(t, items)
}
