package feed

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// resumed is what a new session answers who stood at a position, and sends.
func resumed(t *testing.T, o *site, f Filter, at Position) (Joined, []sent) {
	t.Helper()
	s := connect(t, o.hub)
	defer s.Close()
	j := join(t, s, Request{Filter: f, Since: &at})
	return j, collect(t, s)
}

// B-54: how a subscription goes on from a position.
func TestAResumeReplaysAllThatWasMissedOrSaysThatItCannot(t *testing.T) {
	t.Parallel()
	many := func(n, of int) func(o *site) {
		return func(o *site) {
			for i := range n {
				o.publish(o.to(runID('b', i%of), execution.Running))
			}
		}
	}
	restart := func(o *site) { o.restart(Limits{}) }
	cases := []struct {
		name   string
		limits Limits
		after  func(o *site) // happens while the client is away
		at     Position
		mode   Mode
		frames int // after a replay
		reads  int // of the source
	}{
		{name: "nothing happened", at: Position{"first", 2}, mode: Replay},
		{name: "zero is a position", at: Position{"first", 0}, mode: Replay, frames: 2},
		{name: "from the ring", after: many(30, 30), at: Position{"first", 2}, mode: Replay, frames: 30},
		{name: "each thing once", after: many(3000, 5), at: Position{"first", 2}, mode: Replay, frames: 5},
		{name: "as many as are replayed", after: many(1000, 1000), at: Position{"first", 2}, mode: Replay, frames: 1000},
		{name: "one more", after: many(1001, 1001), at: Position{"first", 2}, mode: Snapshot, reads: 1},
		{name: "in the future", at: Position{"first", 3}, mode: Snapshot, reads: 1},
		{name: "another history", at: Position{"other", 2}, mode: Snapshot, reads: 1},
		{name: "no position at all", at: Position{}, mode: Snapshot, reads: 1},
		{name: "the ring is too short", limits: Limits{RingFrames: 8}, after: many(30, 30), at: Position{"first", 2},
			mode: Replay, frames: 30, reads: 1},
		{name: "the ring just reaches", limits: Limits{RingFrames: 8}, after: many(30, 30), at: Position{"first", 24},
			mode: Replay, frames: 8},
		{name: "history is forgotten, too", limits: Limits{RingFrames: 8}, at: Position{"first", 2}, mode: Snapshot, reads: 2,
			after: func(o *site) { many(30, 30)(o); o.forget() }},
		{name: "after a restart", after: func(o *site) { many(30, 5)(o); restart(o); many(2, 2)(o) }, at: Position{"first", 2},
			mode: Replay, frames: 5, reads: 1},
		{name: "after a restart, nothing happened", after: restart, at: Position{"first", 2}, mode: Replay, reads: 1},
		{name: "erased while the ring is whole", after: func(o *site) { o.forget(); o.hub.Forget(Erased); many(2, 2)(o) }, at: Position{"first", 1}, mode: Snapshot, reads: 2},
		{name: "too much before a restart", after: func(o *site) { many(1001, 1001)(o); restart(o) }, at: Position{"first", 2},
			mode: Snapshot, reads: 2},
		{name: "after a backup was restored", at: Position{"first", 2}, mode: Snapshot, reads: 1,
			after: func(o *site) { o.restore(o.copy(), "second", Limits{}) }},
		{name: "nobody published", after: func(o *site) { o.omit(o.to("b1", execution.Running)) }, at: Position{"first", 2},
			mode: Replay, frames: 1, reads: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(c.limits)
				o.publish(o.to("a1", execution.Running), o.to("a2", execution.Running))
				if c.after != nil {
					c.after(o)
				}
				before := o.reads
				j, frames := resumed(t, o, everything, c.at)
				require.Equal(t, c.mode, j.Mode)
				require.Equal(t, c.mode == Replay, j.Recovered)
				require.Equal(t, o.hub.Epoch(), j.Epoch)
				require.Equal(t, c.reads, o.reads-before)
				for i := range frames {
					require.Equal(t, c.mode == Snapshot, frames[i].Event == "snapshot")
				}
				if c.mode == Replay {
					require.Len(t, frames, c.frames)
					require.IsIncreasing(t, append([]uint64{c.at.Seq}, seqsOf(frames)...))
				}
			})
		})
	}
}

// A client that got no frame at all stands where the heartbeat said.
func TestWhoGotNothingYetCanResume(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		s := connect(t, o.hub)
		join(t, s, Request{Filter: Filter{WorkflowID: "b"}})
		o.publish(o.to("a1", execution.Completed))
		require.Empty(t, collect(t, s))
		seq, _ := s.Heartbeat()
		require.Equal(t, uint64(2), seq)
		s.Close()
		o.publish(o.to("b1", execution.Running))
		j, frames := resumed(t, o, Filter{WorkflowID: "b"}, Position{"first", seq})
		require.True(t, j.Recovered)
		require.Equal(t, []uint64{3}, seqsOf(frames))
		j, frames = resumed(t, o, Filter{WorkflowID: "b"}, Position{"first", seq})
		require.True(t, j.Recovered, "and again")
		require.Len(t, frames, 1)
	})
}

// What was cut off in the middle of a replay goes on from there.
func TestAReplayThatBreaksOffIsResumed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		for i := range 500 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		at, got := uint64(0), 0
		for at < 500 {
			s := connect(t, o.hub)
			require.True(t, join(t, s, Request{Filter: everything, Since: &Position{"first", at}}).Recovered)
			messages, err := s.Next(nil)
			require.NoError(t, err)
			part := messages[:min(len(messages), 100)]
			at, got = part[len(part)-1].Seq, got+len(part)
			s.Close()
		}
		require.Equal(t, 500, got)
	})
}

// On one connection seq only grows, though its subscriptions are resumed one
// after the other and each has missed something else.
func TestResumesOfOneConnectionAreMerged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		for i := range 20 {
			o.publish(o.to(runID("abc"[i%3], i), execution.Running))
		}
		s := connect(t, o.hub)
		for _, w := range []string{"c", "b", "a"} {
			require.True(t, join(t, s, Request{Filter: Filter{WorkflowID: w}, Since: &Position{"first", 5}}).Recovered)
			<-soon(resumeGrace / 2)
			o.publish(o.to(w+"9", execution.Running))
		}
		seqs := seqsOf(collect(t, s))
		require.Len(t, seqs, 18)
		require.IsIncreasing(t, seqs)
	})
}

// What comes late is not sent out of order but as a snapshot.
func TestAResumeThatComesTooLateGetsASnapshot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running), o.to("b1", execution.Running))
		s := connect(t, o.hub)
		require.True(t, join(t, s, Request{Filter: Filter{WorkflowID: "b"}, Since: &Position{"first", 0}}).Recovered)
		require.Equal(t, []uint64{2}, seqsOf(collect(t, s)))
		j := join(t, s, Request{Filter: Filter{WorkflowID: "a"}, Since: &Position{"first", 0}})
		require.Equal(t, Snapshot, j.Mode)
		require.False(t, j.Recovered)
		require.Equal(t, "snapshot", collect(t, s)[0].Event)
	})
}

// A volatile topic has no history: a resume sends the latest value.
func TestAVolatileTopicResumesWithItsLatestValue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.tick, o.to("a1", execution.Running), o.tick)
		s := connect(t, o.hub)
		for range 2 {
			j := join(t, s, Request{Filter: Filter{Topic: QueueStatus}, Since: &Position{"first", 1}})
			require.Equal(t, Replay, j.Mode)
			require.True(t, j.Recovered)
			frames := collect(t, s)
			require.Len(t, frames, 1)
			require.Equal(t, "queue:update", frames[0].Event)
			require.Zero(t, frames[0].Seq)
		}
	})
}

func TestTheSameSubscriptionGoesOnOnItsConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything}) // from 1
		o.publish(o.to("a2", execution.Running))
		again := join(t, s, Request{Filter: everything, Since: &Position{"first", 1}})
		require.Equal(t, Replay, again.Mode)
		require.Equal(t, []uint64{2}, seqsOf(collect(t, s)), "once")
		before := join(t, s, Request{Filter: everything, Since: &Position{"first", 0}})
		require.Equal(t, Snapshot, before.Mode, "it never had what came before it")
		require.False(t, before.Recovered)
		require.Equal(t, "snapshot", collect(t, s)[0].Event)
	})
}

// Who lost frames is not told that nothing is missing.
func TestASessionThatLostFramesDoesNotResume(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{QueueFrames: 10})
		c := newClient(t, o.hub)
		v := c.watch(everything)
		c.drain()
		for i := range 20 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		j := c.subscribe(v, Request{Filter: everything, Since: &Position{"first", c.position}})
		require.Equal(t, Snapshot, j.Mode)
		require.False(t, j.Recovered)
		c.follow(o.org)
		require.Equal(t, 1, c.resyncs["slow_consumer"])
	})
}

// The publisher leaves out frames while nobody listens; who comes in between
// gets them from the source, in their place.
func TestWhatThePublisherLeftOutIsFetched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		c := newClient(t, o.hub)
		c.watch(everything)
		c.watch(running("a"))
		c.drain()
		o.publish(o.to("a1", execution.Running))
		o.omit(o.to("a1", execution.Completed))
		o.omit(o.to("a2", execution.Running))
		o.publish(o.to("a3", execution.Running))
		c.drain()
		c.check(o.org)
		require.Equal(t, []uint64{1, 2, 3, 4}, c.seqs)
		o.forget()
		o.omit(o.to("a4", execution.Running))
		o.forget()
		c.drain()
		c.check(o.org)
		require.Equal(t, map[string]int{"gap": 1}, c.resyncs)
	})
}

// A frame is not let out before the publisher has come to it: one with a
// smaller seq may be on its way. A publisher that never comes is not waited
// for.
func TestWhatIsAheadOfThePublisherWaitsForIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		c := newClient(t, o.hub)
		c.watch(Filter{WorkflowID: "a"})
		c.drain()
		o.delay(o.to("a1", execution.Running))
		o.delay(o.to("b1", execution.Running))
		c.watch(Filter{WorkflowID: "b"}) // as of 2
		require.Zero(t, c.read(floorMost/2, all))
		o.publish()
		began := time.Now()
		require.Equal(t, 2, c.read(time.Second, all))
		require.LessOrEqual(t, time.Since(began), floorPoll)
		require.Equal(t, []string{"snapshot", "execution:update", "snapshot"}, c.events)

		o.delay(o.to("a2", execution.Running))
		o.delay(o.to("b2", execution.Running))
		began = time.Now()
		c.watch(Filter{WorkflowID: "b", ExecutionID: "b2"})
		for c.read(time.Minute, all) == 0 {
			require.Less(t, time.Since(began), 2*floorMost)
		}
		require.GreaterOrEqual(t, time.Since(began), floorMost)
		c.drain()
		c.check(o.org)
		o.publish() // late, and known already
		o.publish(o.to("a3", execution.Running))
		c.drain()
		c.check(o.org)
		require.IsIncreasing(t, c.seqs)
	})
}

// A client of one position for all must not resume after a frame that came
// between the snapshots of two subscriptions.
func TestAPositionBetweenSnapshotsIsNotOneToResumeFrom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running), o.to("b1", execution.Running))
		s := connect(t, o.hub)
		lost := &Position{"other", 1}
		join(t, s, Request{Filter: Filter{WorkflowID: "a"}, Since: lost})
		o.publish(o.to("a2", execution.Running))
		join(t, s, Request{Filter: Filter{WorkflowID: "b"}, Since: lost})
		o.publish(o.to("a3", execution.Running), o.tick)
		var order []string
		for {
			messages, err := s.Next(soon(floorMost))
			require.NoError(t, err)
			if len(messages) == 0 {
				break
			}
			for i := range messages {
				order = append(order, fmt.Sprint(messages[i].Event, " ", messages[i].Seq, " ", messages[i].Resumable))
			}
		}
		require.Equal(t, []string{"snapshot 0 false", "execution:update 3 false", "snapshot 0 false", "execution:update 4 true"}, order)
	})
}

func TestALeavingFrameOfNoMembersIsStillAnObject(t *testing.T) {
	t.Parallel()
	f := &shared{Frame: Frame{Event: "execution:update", Seq: 7, Data: func(dst []byte) []byte { return append(dst, "{}"...) }}}
	require.JSONEq(t, `{"event":"execution:update","seq":7,"data":{"left":true}}`, string(f.text(true).text))
	require.JSONEq(t, `{"event":"execution:update","seq":7,"data":{}}`, string(f.text(false).text))
	require.True(t, json.Valid(f.text(true).text))
}
