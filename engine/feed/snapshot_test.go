package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// live-and-alerts A5 (b): no change falls between the snapshot and the frames
// after it. Each change is a new execution, so that no later one makes up for
// a lost one.
func TestNothingIsLostBetweenSnapshotAndFrames(t *testing.T) {
	t.Parallel()
	const rounds, changes = 500, 24
	for round := range rounds {
		synctest.Test(t, func(t *testing.T) {
			o := newSite(Limits{})
			o.publish(o.to("a0", execution.Running))
			c := newClient(t, o.hub)
			var publisher sync.WaitGroup
			publisher.Go(func() {
				for i := range changes {
					o.publish(o.to(runID("ab"[i%2], i+1), execution.Running))
				}
			})
			c.watch(Filter{Topic: ExecutionUpdates, WorkflowID: []string{"", "a"}[round%2]})
			if round%3 == 0 {
				c.watch(running("b"))
			}
			publisher.Wait()
			c.follow(o.org)
			require.Empty(t, c.resyncs)
			c.s.Close()
		})
	}
}

// What a snapshot says is not said again by frames, and what it does not say
// is: the change may come before or after the source is read.
func TestASnapshotAndItsFramesSayEachThingOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		s := connect(t, o.hub)
		n := 0
		o.during = func() { // once before the state is read, once after
			n++
			o.publish(o.to(runID('b', n), execution.Running))
		}
		j := join(t, s, Request{Filter: everything, Snapshot: true})
		require.Equal(t, Joined{SubscriptionID: 1, Seq: 1, Epoch: "first", Mode: Snapshot}, j)
		messages, err := s.Next(nil)
		require.NoError(t, err)
		require.Len(t, messages, 2)
		var head struct {
			SubscriptionID uint32
			AsOf           uint64
			Items          []wireItem
			More           bool
		}
		require.NoError(t, json.Unmarshal(messages[0].Data(), &head))
		require.Equal(t, uint32(1), head.SubscriptionID)
		require.Equal(t, uint64(2), head.AsOf)
		require.Len(t, head.Items, 2)
		require.False(t, head.More)
		require.Equal(t, uint64(3), messages[1].Seq)
	})
}

func TestAnEmptySnapshotIsOneFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything, Snapshot: true})
		messages, err := s.Next(nil)
		require.NoError(t, err)
		require.Len(t, messages, 1)
		require.Equal(t, "snapshot", messages[0].Event)
		require.JSONEq(t, `{"subscriptionId":1,"asOf":0,"items":[],"more":false}`, string(messages[0].Data()))
	})
}

// api.md §9: at most 200 items a frame, all as of the same seq; and 48 KiB.
func TestALongSnapshotComesInParts(t *testing.T) {
	t.Parallel()
	long := func(n, size int) (rows []json.RawMessage) {
		for i := range n {
			rows = append(rows, fmt.Appendf(nil, `{"i":%d,"pad":%q}`, i, strings.Repeat("x", size)))
		}
		return rows
	}
	for _, c := range []struct{ items, size, parts int }{
		{0, 0, 1}, {200, 10, 1}, {201, 10, 2}, {1000, 10, 5}, {100, 1000, 3}, {3, 60_000, 3},
	} {
		parts := chunks(7, 99, long(c.items, c.size))
		require.Len(t, parts, c.parts, "%+v", c)
		next := 0
		for i, part := range parts {
			var d struct {
				Event string
				Data  struct {
					SubscriptionID uint32
					AsOf           uint64
					Items          []struct{ I int }
					More           bool
				}
			}
			require.NoError(t, json.Unmarshal(part.notice.text, &d))
			require.Equal(t, "snapshot", d.Event)
			require.Equal(t, uint32(7), d.Data.SubscriptionID)
			require.Equal(t, uint64(99), d.Data.AsOf)
			require.Equal(t, i < c.parts-1, d.Data.More)
			require.True(t, len(d.Data.Items) == 1 || len(part.notice.text) <= chunkBytes, "%d bytes", len(part.notice.text))
			for _, item := range d.Data.Items {
				require.Equal(t, next, item.I)
				next++
			}
		}
		require.Equal(t, c.items, next)
	}
}

// More than a client takes is not kept in memory: the next snapshot is read
// when the last was sent.
func TestASnapshotWaitsForTheOneBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.pad = strings.Repeat("x", 64<<10)
		for i := range 70 {
			o.run(runID('a', i), execution.Running)
		}
		o.hub.Publish(nil)
		s := connect(t, o.hub)
		all := []Filter{everything, running(""), {WorkflowID: "a"}} // 4.5 MB each, over the limit
		for _, f := range all {
			require.Equal(t, Snapshot, join(t, s, Request{Filter: f, Snapshot: true}).Mode)
		}
		ended, others := 0, 0
		for ended < len(all) {
			waits := 0
			for i := range s.backlog {
				waits += s.backlog[i].notice.size()
			}
			require.Less(t, waits, backlogBytes*3/2)
			require.LessOrEqual(t, o.reads, ended+1)
			messages, err := s.Next(nil)
			require.NoError(t, err)
			for i := range messages {
				if messages[i].Event != "snapshot" {
					others++
				} else if bytes.HasSuffix(messages[i].Text, []byte(`"more":false}}`)) {
					ended++
				}
			}
			if ended == 1 && o.seq == 70 { // while the next ones are due
				o.publish(o.to("a1", execution.Completed))
			}
		}
		require.Equal(t, 1, others)
		require.Equal(t, len(all), o.reads)
	})
}

func TestASnapshotThatFailsLeavesNoSubscription(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		broken := errors.New("disk on fire")
		o.broken = broken
		require.ErrorIs(t, s.Subscribe(Request{Filter: everything, Snapshot: true}, func(Joined) { t.Error("answered") }), broken)
		require.Empty(t, s.subs)
		o.broken = nil
		require.Equal(t, uint32(2), join(t, s, Request{Filter: everything, Snapshot: true}).SubscriptionID)
		require.Len(t, collect(t, s), 1)
	})
}

// A snapshot that is read holds up its session alone.
func TestASlowSnapshotHoldsUpNobodyElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{SnapshotsAtOnce: 1})
		read, done := make(chan struct{}), make(chan struct{})
		o.during = func() { <-read }
		slow, other, waiting := newClient(t, o.hub), connect(t, o.hub), newClient(t, o.hub)
		join(t, other, Request{Filter: everything})
		go func() {
			slow.watch(everything)
			waiting.watch(everything)
			close(done)
		}()
		synctest.Wait()
		for i := range 10 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		require.Len(t, collect(t, other), 10)
		require.Zero(t, slow.read(floorMost, all), "nothing before the answer")
		close(read)
		<-done
		slow.follow(o.org)
		waiting.follow(o.org)
	})
}

// A client that asks again for a snapshot must not take the rest of the former
// one for it.
func TestANewSnapshotReplacesTheFormer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		c := newClient(t, o.hub)
		v := c.watch(everything)
		o.publish(o.to("a1", execution.Running))
		c.subscribe(v, Request{Filter: everything, Snapshot: true})
		require.Equal(t, uint32(1), v.id)
		c.drain()
		require.Equal(t, []string{"snapshot"}, c.events, "and no frame that is in it")
		c.check(o.org)
	})
}

func TestAVolatileTopicBeginsWithItsLatestValue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.tick, o.tick)
		c := newClient(t, o.hub)
		c.watch(Filter{Topic: QueueStatus})
		c.follow(o.org)
		o.publish(o.tick)
		c.follow(o.org)
		require.Equal(t, []string{"snapshot", "queue:update"}, c.events)
		require.Empty(t, c.seqs)
	})
}
