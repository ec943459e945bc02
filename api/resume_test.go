package api

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/feed"
)

// position is where a client stands, as a subscribe takes it.
type position struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// subscribed is a follower with a subscription, and its answer.
func (a *appliance) subscribed(topic string, pairs ...any) (*follower, frame) {
	a.t.Helper()
	f := a.follow(testSecret)
	return f, f.must("subscribe", subscription(topic, pairs...))
}

// progress posts the progress of an execution that reports it itself.
func (a *appliance) progress(executionID string, percent int) IngestReceipt {
	a.t.Helper()
	return a.post(testSecret, batch(event("execution.progress", executionID, fmt.Sprintf(`,"progress":%d`, percent))))
}

// updates are the frames about executions that were taken.
func (f *follower) updates() (all []frame) {
	for _, got := range f.seen {
		if got.Event == "execution:update" {
			all = append(all, got)
		}
	}
	return all
}

// until takes frames until one has the seq, which may have been taken already.
func (f *follower) until(seq uint64) {
	f.t.Helper()
	has := func(got *frame) bool { return got.Seq == seq || got.Event == "snapshot" && got.Data.AsOf >= seq }
	for i := range f.seen {
		if has(&f.seen[i]) {
			return
		}
	}
	f.await(fmt.Sprint("frame ", seq), has)
}

// published waits until the frames up to the seq went to who is subscribed: an
// answer comes before them.
func (a *appliance) published(seq uint64) {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(a.t, err)
	tenant, err := a.engine.Tenant(o.ID)
	require.NoError(a.t, err)
	session, err := tenant.Connect(feed.Options{Principal: "test"})
	require.NoError(a.t, err)
	defer session.Close()
	require.Eventually(a.t, func() bool {
		head, _ := session.Heartbeat()
		return head >= seq
	}, answerLimit, time.Millisecond)
}

// A snapshot has every change up to its asOf and none after; frames have the
// rest. So a client that adds both misses nothing and does nothing twice,
// whenever it comes.
func TestSnapshotAndFramesHaveEachChangeOnceWhileEventsPourIn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.follow(testSecret) // from the first event on somebody listens
	a.followers(func(shown, next int) bool { return next > shown })
}

// The first who comes is given what nobody heard so far in its present state,
// which may be told again, but never goes back.
func TestFirstListenerMissesNothingWhileEventsPourIn(t *testing.T) {
	t.Parallel()
	newAppliance(t).followers(func(shown, next int) bool { return next >= shown })
}

// followers has clients come while events pour in, and requires that each ends
// with the state that everything has. follows says whether progress may come
// after what was shown.
func (a *appliance) followers(follows func(shown, next int) bool) {
	const executions, rounds = 10, 60
	t := a.t
	round := func(n int) uint64 {
		var events []string
		for e := range executions {
			events = append(events, event("execution.progress", fmt.Sprint("e-", e), fmt.Sprintf(`,"progress":%d`, n)))
		}
		return a.post(testSecret, batch(events...)).Seq
	}
	round(0)
	var posting sync.WaitGroup
	var last uint64
	posting.Go(func() {
		for n := 1; n <= rounds; n++ {
			last = round(n)
		}
	})
	var all []*follower
	for range 12 {
		f, ack := a.subscribed("execution_updates", "snapshot", true)
		require.Equal(t, "snapshot", ack.Data.Mode)
		all = append(all, f)
	}
	posting.Wait()
	for _, f := range all {
		f.until(last)
		requireRising(t, f.seen)
		shown := f.shown(follows)
		require.Len(t, shown, executions)
		for id, progress := range shown {
			require.Equal(t, rounds, progress, id)
		}
	}
}

// shown is the progress that the client shows in the end, of each execution.
func (f *follower) shown(follows func(shown, next int) bool) map[string]int {
	f.t.Helper()
	shown := map[string]int{}
	var asOf uint64
	for _, got := range f.seen {
		switch got.Event {
		case "snapshot":
			require.Zero(f.t, asOf, "one snapshot")
			require.False(f.t, got.Data.More)
			asOf = got.Data.AsOf
			for _, item := range got.Data.Items {
				require.LessOrEqual(f.t, item.Seq, asOf)
				shown[item.ExecutionID] = item.Progress
			}
		case "execution:update":
			id, next := got.Data.ExecutionID, *got.Data.Progress
			require.NotZero(f.t, asOf, "the snapshot comes first")
			require.Greater(f.t, got.Seq, asOf)
			require.True(f.t, follows(shown[id], next), "%d shown, asOf %d: %s", shown[id], asOf, got.text)
			shown[id] = next
		}
	}
	return shown
}

// B-54: a client that was away gets what it missed, each execution once with
// its present state, and goes on. It may have heard nothing before it left.
func TestResumeOverAReconnectMissesNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.published(a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f"), event("execution.started", "g"))).Seq)
	f, ack := a.subscribed("execution_updates")
	require.NoError(t, f.conn.Close()) // after no event at all
	since := position{ack.Data.Epoch, ack.Data.Seq}

	a.progress("e", 10)
	a.progress("f", 20)
	missed := a.progress("e", 30)
	for range 2 { // again, as after a connection that broke in the middle of it
		f, ack = a.subscribed("execution_updates", "since", since)
		require.Equal(t, "replay", ack.Data.Mode)
		require.True(t, ack.Data.Recovered)
		f.until(missed.Seq)
		progress := map[string]int{}
		for _, got := range f.updates() {
			require.Greater(t, got.Seq, since.Seq)
			progress[got.Data.ExecutionID] = *got.Data.Progress
		}
		require.Equal(t, map[string]int{"e": 30, "f": 20}, progress)
		require.NoError(t, f.conn.Close())
	}

	f, ack = a.subscribed("execution_updates", "since", position{since.Epoch, missed.Seq})
	require.True(t, ack.Data.Recovered)
	live := a.progress("g", 40)
	f.until(live.Seq)
	require.Len(t, f.updates(), 1)
}

// A page that follows several things resumes them one after the other; seq
// grows over all of them.
func TestSeveralSubscriptionsResumeTogether(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	start := a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f")))
	var last uint64
	for i := range 20 {
		last = a.post(testSecret, batch(event("step.started", "e", fmt.Sprintf(`,"stepId":"s-%d"`, i)), event("execution.progress", "f", fmt.Sprintf(`,"progress":%d`, i)))).Seq
	}
	f := a.follow(testSecret)
	since := position{a.engine.Epoch(), start.Seq}
	var asked []uint64
	for _, topic := range []string{"step_updates", "execution_updates", "alerts", "queue_status", "metrics_stream"} {
		asked = append(asked, f.send("subscribe", subscription(topic, "since", since)))
	}
	for _, id := range asked {
		require.True(t, f.await("an answer", func(got *frame) bool { return got.ID == id }).Data.Recovered)
	}
	f.until(last)
	requireRising(t, f.seen)
	steps := map[string]bool{}
	for _, got := range f.seen {
		if got.Event == "step:update" {
			steps[got.Data.StepID] = true
		}
	}
	require.Len(t, steps, 20)
}

// A restart is a reconnect like any other: seq and epoch go on.
func TestResumeOverARestartMissesNothing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f"), event("execution.started", "g")))
	f, ack := a.subscribed("execution_updates")
	seen := a.progress("e", 10)
	f.until(seen.Seq)
	require.NoError(t, f.conn.Close())
	a.progress("e", 20)
	a.post(testSecret, batch(event("execution.completed", "f")))
	since := position{ack.Data.Epoch, seen.Seq}
	a.restart()
	require.Equal(t, since.Epoch, a.engine.Epoch())
	after := a.progress("g", 5)
	require.Greater(t, after.Seq, seen.Seq)

	f, ack = a.subscribed("execution_updates", "since", since)
	require.True(t, ack.Data.Recovered)
	require.Equal(t, "replay", ack.Data.Mode)
	f.until(after.Seq)
	state := map[string]string{}
	for _, got := range f.updates() {
		state[got.Data.ExecutionID] = fmt.Sprint(got.Data.Status, " ", *got.Data.Progress)
	}
	require.Equal(t, map[string]string{"e": "running 20", "f": "completed 100", "g": "running 5"}, state)
	requireRising(t, f.seen)
	live := a.progress("e", 30)
	f.until(live.Seq)
}

// Where nothing can be resumed the client is told so and gets a snapshot,
// never a part.
func TestUnknownPlaceInHistoryBeginsWithASnapshot(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	receipt := a.post(testSecret, batch(event("execution.started", "e"), event("execution.completed", "f")))
	for _, since := range []position{{"another", receipt.Seq}, {a.engine.Epoch(), receipt.Seq + 1000}, {"", 0}} {
		f, ack := a.subscribed("execution_updates", "since", since)
		require.False(t, ack.Data.Recovered)
		require.Equal(t, "snapshot", ack.Data.Mode)
		got := f.take("snapshot")
		require.GreaterOrEqual(t, got.Data.AsOf, receipt.Seq)
		require.Len(t, got.Data.Items, 1)
		require.Equal(t, "e", got.Data.Items[0].ExecutionID)
	}
}

// A replay is bounded: who missed more gets all of the state instead.
func TestWhoMissedTooMuchBeginsWithASnapshot(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	start := a.post(testSecret, batch(event("execution.started", "e")))
	last := a.postMany(1200)
	f, ack := a.subscribed("execution_updates", "since", position{a.engine.Epoch(), start.Seq})
	require.Equal(t, "snapshot", ack.Data.Mode)
	require.False(t, ack.Data.Recovered)
	n := 0
	for more := true; more; {
		part := f.take("snapshot")
		require.GreaterOrEqual(t, part.Data.AsOf, last)
		n, more = n+len(part.Data.Items), part.Data.More
	}
	require.Equal(t, 1201, n)
	f, ack = a.subscribed("execution_updates", "since", position{a.engine.Epoch(), last - 900})
	require.True(t, ack.Data.Recovered)
	f.until(last)
	require.Len(t, f.updates(), 900)
}

// One execution is shown whatever its state, a filter only what it selects.
func TestSnapshotShowsWhatTheFilterSelects(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		event("execution.completed", "done"), event("execution.queued", "queued"), event("execution.started", "running"), event("execution.waiting", "waiting"),
		event("step.started", "running", `,"stepId":"s"`)))
	for _, c := range []struct {
		topic string
		pairs []any
		ids   []string
	}{
		{"execution_updates", nil, []string{"queued", "running", "waiting"}},
		{"execution_updates", []any{"executionId", "done"}, []string{"done"}},
		{"execution_updates", []any{"status", []string{"running", "pending"}}, []string{"queued", "running"}},
		{"execution_updates", []any{"workflowId", "w", "status", []string{"waiting"}}, []string{"waiting"}},
		{"step_updates", []any{"executionId", "running"}, []string{"running"}},
	} {
		f, _ := a.subscribed(c.topic, append(c.pairs, "snapshot", true)...)
		var ids []string
		for _, item := range f.take("snapshot").Data.Items {
			ids = append(ids, item.ExecutionID)
		}
		require.ElementsMatch(t, c.ids, ids, "%v", c)
	}
}

// A long snapshot comes in parts of at most 200 items of the same moment.
func TestLongSnapshotComesInPartsOfOneMoment(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	last := a.postMany(450)
	f, _ := a.subscribed("execution_updates", "snapshot", true)
	ids := map[string]bool{}
	for more := true; more; {
		part := f.take("snapshot")
		require.LessOrEqual(t, len(part.Data.Items), 200)
		require.Less(t, len(part.text), 50<<10)
		require.Equal(t, last, part.Data.AsOf)
		for _, item := range part.Data.Items {
			require.False(t, ids[item.ExecutionID])
			ids[item.ExecutionID] = true
		}
		more = part.Data.More
	}
	require.Len(t, ids, 450)
}

// A heartbeat says how far the client has come, and how many frames it must
// have got, which is how it learns that it lost one.
func TestHeartbeatSaysHowFarAndHowManyFrames(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look, o.times.heartbeat = 5*time.Millisecond, 10*time.Millisecond })
	f, _ := a.subscribed("execution_updates", "status", []string{"running"})
	a.post(testSecret, batch(event("execution.started", "e"), event("execution.started", "f"), event("execution.progress", "e", `,"progress":5`)))
	last := a.post(testSecret, batch(event("execution.queued", "not-selected")))
	beat := f.await("a heartbeat past the end", func(got *frame) bool { return got.Event == "heartbeat" && got.Data.Seq >= last.Seq })
	require.EqualValues(t, len(f.updates()), beat.Data.Sent)
	require.NotEmpty(t, beat.Data.TS)
	for _, got := range f.seen {
		if got.Event == "heartbeat" && got.Data.Seq != 0 {
			require.GreaterOrEqual(t, got.Data.Seq, f.updates()[0].Seq-1)
		}
	}
}
