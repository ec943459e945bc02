package feed

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// Once more than 8 frames wait a later one replaces the former of the same
// thing, takes its place at the end, and the last state is never lost.
func TestASlowReaderGetsTheLastStateOfEachThing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		join(t, s, Request{Filter: Filter{Topic: StepUpdates}})
		for i := range 8 {
			o.publish(o.to(runID('a', i%2), execution.Running)) // 1 to 8
		}
		o.publish(o.to("b1", execution.Running))   // 9
		o.publish(o.to("b1", execution.Completed)) // 10 replaces 9
		for range 50 {
			o.publish(func() []Frame { return o.step("c1", "s1", execution.Running) }) // 11 to 110
			o.publish(func() []Frame { return o.step("c1", "s2", execution.Running) }) // to 210
		}
		frames := collect(t, s)
		require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 10, 207, 209, 210}, seqsOf(frames))
		require.Equal(t, "completed", frames[8].Data.Status)
		o.publish(o.to("a1", execution.Failed), o.to("a1", execution.Failed))
		require.Equal(t, []uint64{211, 212}, seqsOf(collect(t, s)), "who keeps up gets each change")
	})
}

func TestOneAlertDoesNotReplaceAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: Filter{Topic: Alerts}})
		for i := range 40 {
			o.publish(func() []Frame { return o.alert("a1", fmt.Sprint("rule ", i%20)) })
		}
		frames := collect(t, s)
		require.Len(t, frames, 20)
		require.Equal(t, uint64(21), frames[0].Seq, "of each the last")
	})
}

// The queue is dropped over its limits; the client is told first and then
// given the present state.
func TestWhoFallsBehindIsToldAndBeginsAnew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		frames, bytes int
		behind        bool
	}{
		{"256 frames fit", 256, 0, false},
		{"257 do not", 257, 0, true},
		{"nor do more than 512 KiB", 128, 8 << 10, true},
		{"a bit less fits", 128, 3 << 10, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{})
				o.pad = strings.Repeat("x", c.bytes)
				slow, quick := newClient(t, o.hub), connect(t, o.hub)
				slow.watch(everything)
				slow.drain()
				join(t, quick, Request{Filter: everything})
				for i := range c.frames {
					o.publish(o.to(runID('a', i), execution.Running))
					messages, err := quick.Next(nil) // bytes are known once somebody needed them
					require.NoError(t, err)
					require.Len(t, messages, 1)
				}
				slow.events = nil
				slow.drain()
				slow.check(o.org)
				if !c.behind {
					require.Empty(t, slow.resyncs)
					require.Len(t, slow.events, c.frames)
					return
				}
				require.Equal(t, map[string]int{"slow_consumer": 1}, slow.resyncs)
				require.Equal(t, []string{"resync", "snapshot"}, slow.events[:2])
				require.NotContains(t, slow.events[2:], "resync")
			})
		})
	}
}

// B-57, close code 4508: the third resync in a minute ends the session.
func TestWhoFallsBehindThreeTimesInAMinuteIsClosed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		pauses [2]time.Duration
		ends   bool
	}{
		{"at once", [2]time.Duration{}, true},
		{"within a minute", [2]time.Duration{29 * time.Second, 29 * time.Second}, true},
		{"now and then", [2]time.Duration{31 * time.Second, 31 * time.Second}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{QueueFrames: 10})
				client := newClient(t, o.hub)
				client.watch(everything)
				client.drain()
				for round, pause := range append(c.pauses[:], 0) {
					for i := range 20 {
						o.publish(o.to(runID('a', i), execution.Status(round)))
					}
					if round < 2 || !c.ends {
						client.drain()
						require.NoError(t, client.ended)
						client.check(o.org)
						<-soon(max(0, pause-2*floorMost)) // which the draining took
					}
				}
				if c.ends {
					client.drain()
					require.ErrorIs(t, client.ended, ErrSlow)
					require.Equal(t, 2, client.resyncs["slow_consumer"])
				}
			})
		})
	}
}

// All subscriptions begin anew, those of a volatile topic too, and what
// changes meanwhile is not lost.
func TestAResyncRenewsAllSubscriptions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{QueueFrames: 10})
		c := newClient(t, o.hub)
		for _, f := range []Filter{everything, running("a"), {Topic: StepUpdates}, {Topic: Alerts}, {Topic: QueueStatus}} {
			c.watch(f)
		}
		c.drain()
		for i := range 30 {
			o.publish(o.to(runID("ab"[i%2], i), execution.Running), o.tick)
		}
		n := 0
		o.during = func() {
			n++
			o.publish(o.to(runID("ab"[n%2], n), execution.Completed), func() []Frame { return o.step("a1", "s", execution.Running) })
		}
		c.follow(o.org)
		require.Equal(t, map[string]int{"slow_consumer": 1}, c.resyncs)
		require.Equal(t, 10, n)
	})
}

// The publisher waits for nobody, however many do not read.
func TestThePublisherIsNotHeldUpByReaders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		var sessions []*Session
		for range 100 {
			s := connect(t, o.hub)
			join(t, s, Request{Filter: everything})
			sessions = append(sessions, s)
		}
		began := time.Now()
		for i := range 1000 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		require.Equal(t, began, time.Now(), "it slept nowhere")
		for _, s := range sessions {
			require.LessOrEqual(t, len(s.queue.items)+len(s.backlog), 2*256)
			require.True(t, s.behind)
		}
	})
}

// Frames that nobody encoded count nothing in the ring, and the others stay
// within its limit.
func TestTheRingHasALimitOfBytes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{RingBytes: 64 << 10})
		o.pad = strings.Repeat("x", 4<<10)
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		for i := range 100 {
			o.publish(o.to(runID('a', i), execution.Running))
			_, err := s.Next(nil)
			require.NoError(t, err)
			require.LessOrEqual(t, o.hub.ring.bytes.Load(), int64(64<<10+5<<10))
		}
		require.InDelta(t, 15, o.hub.ring.len(), 2)
		require.Equal(t, uint64(100), o.hub.ring.head())
	})
}

// Replaced frames take no room for long.
func TestAQueueOfFewThingsStaysShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{QueueFrames: 20})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		for i := range 3000 {
			o.publish(o.to(runID('a', i%10), execution.Running))
			require.LessOrEqual(t, len(s.queue.items), 2*20+1)
		}
		seqs := seqsOf(collect(t, s))
		require.Len(t, seqs, 10)
		require.Equal(t, uint64(2991), seqs[0])
	})
}

// While a snapshot is read, or a resume waits for others, more may wait, but
// not without limit.
func TestWhatWaitsForASubscriptionHasALimit(t *testing.T) {
	t.Parallel()
	fill := func(o *site, n int) {
		for i := range n {
			o.publish(o.to(runID('a', i), execution.Running))
		}
	}
	t.Run("a snapshot", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			o := newSite(Limits{})
			n := 0
			o.during = func() {
				if n++; n == 1 {
					fill(o, backlogMax+1)
				}
			}
			s := connect(t, o.hub)
			require.Equal(t, Snapshot, join(t, s, Request{Filter: everything, Snapshot: true}).Mode)
			frames := collect(t, s)
			require.Equal(t, "resync", frames[0].Event)
			require.Len(t, frames, 1+(backlogMax+1+chunkItems-1)/chunkItems, "and the snapshot, in parts")
		})
	})
	t.Run("a resume", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			o := newSite(Limits{RingFrames: 2 * backlogMax, ReplayFrames: 2 * backlogMax})
			fill(o, backlogMax+1)
			s := connect(t, o.hub)
			require.Equal(t, Replay, join(t, s, Request{Filter: everything, Since: &Position{"first", 0}}).Mode)
			frames := collect(t, s)
			require.Equal(t, "resync", frames[0].Event)
			require.Equal(t, "snapshot", frames[1].Event)
		})
	})
}

func TestASourceThatFailsEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{QueueFrames: 10})
		o.broken = errors.New("disk on fire")
		s := connect(t, o.hub)
		gauge := Filter{Topic: QueueStatus}
		err := s.Subscribe(Request{Filter: gauge, Since: &Position{"first", 0}}, func(Joined) { t.Error("answered") })
		require.ErrorIs(t, err, o.broken)
		require.Empty(t, s.subs)
		<-soon(resumeGrace)
		join(t, s, Request{Filter: everything})
		for i := range 20 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		messages, err := s.Next(nil)
		require.NoError(t, err)
		require.Equal(t, "resync", messages[0].Event)
		_, err = s.Next(nil)
		require.ErrorIs(t, err, o.broken)
	})
}
