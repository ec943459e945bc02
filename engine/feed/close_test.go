package feed

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// api.md §9: SIGTERM: goaway, with what waits before it.
func TestAClosingHubSaysGoodbye(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		for i := range 200 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		window := [2]time.Duration{200 * time.Millisecond, 5 * time.Second}
		o.hub.Close("restart", window)
		o.hub.Close("again", window)
		messages, err := s.Next(nil)
		require.NoError(t, err)
		require.Len(t, messages, 201)
		require.Equal(t, "goaway", messages[200].Event)
		require.JSONEq(t, `{"reason":"restart","reconnectAfterMs":[200,5000]}`, string(messages[200].Data()))
		_, err = s.Next(nil)
		require.ErrorIs(t, err, ErrRestart)
		_, err = o.hub.Connect(Options{})
		require.Equal(t, fault.Unavailable, fault.Of(err).Kind)
		s.Close()
	})
}

// A part of what waits would look like all of it.
func TestAGoodbyeIsNotPrecededByAPart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{QueueFrames: 10})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		for i := range 20 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		o.hub.Close("restart", [2]time.Duration{})
		messages, err := s.Next(nil)
		require.NoError(t, err)
		require.Len(t, messages, 1)
		require.Equal(t, "goaway", messages[0].Event)
	})
}

// live-and-alerts A5 (j): nothing is left of a connection. The bubble does
// not end before its goroutines.
func TestNothingIsLeftOfClosedSessions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		for range 20 {
			var readers sync.WaitGroup
			var sessions []*Session
			for i := range 100 {
				s, err := o.hub.Connect(Options{Principal: fmt.Sprint("user ", i%7), Limit: 100})
				require.NoError(t, err)
				join(t, s, Request{Filter: everything, Snapshot: i%2 == 0})
				join(t, s, Request{Filter: Filter{Topic: StepUpdates, ExecutionID: "a1"}})
				readers.Go(func() {
					for {
						if _, err := s.Next(nil); err != nil {
							if !errors.Is(err, ErrClosed) {
								t.Error(err)
							}
							return
						}
					}
				})
				sessions = append(sessions, s)
			}
			o.publish(o.to("a1", execution.Running))
			for _, s := range sessions {
				s.Close()
			}
			readers.Wait()
		}
		require.Empty(t, o.hub.sessions)
		require.Empty(t, o.hub.principals)
		require.Zero(t, o.hub.count.Load())
		for i := range o.hub.index {
			require.Empty(t, o.hub.index[i].all.subs)
			require.Empty(t, o.hub.index[i].byExecution)
		}
	})
}

// live-and-alerts A5 (a), (i): the same with a publisher that never rests and
// readers that do not wait for each other.
func TestManyClientsFollowAPublisherThatDoesNotRest(t *testing.T) {
	t.Parallel()
	const changes = 1500
	o := newSite(Limits{RingFrames: 200, QueueFrames: 64, ReplayFrames: 100})
	published := make(chan struct{})
	go func() {
		defer close(published)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range changes {
			id, status := runID("abc"[rng.IntN(3)], rng.IntN(30)), execution.Status(rng.IntN(6))
			switch i % 10 {
			case 0:
				o.publish(func() []Frame { return o.step(id, "s", status) })
			case 1:
				o.publish(o.tick)
			case 2:
				o.delay(o.to(id, status))
			default:
				o.publish(o.to(id, status))
			}
			if i%8 == 0 {
				<-soon(time.Millisecond)
			}
		}
		o.publish(o.to("a1", execution.Running), o.tick)
	}()
	for n := range uint64(4) {
		t.Run(fmt.Sprint("client ", n), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, n))
			c := newClient(t, o.hub)
			c.watch(everything)
			c.watch(running("b"))
			c.watch(Filter{Topic: StepUpdates, WorkflowID: "a"})
			c.watch(Filter{Topic: QueueStatus})
			for busy := true; busy; {
				select {
				case <-published:
					busy = false
				default:
				}
				switch rng.IntN(20) {
				case 0:
					c.read(10*time.Millisecond, rng.IntN(3))
					c.s.Close()
					c.connect(o.hub)
				case 1:
					c.subscribe(c.views[0], Request{Filter: everything, Snapshot: true})
				case 2:
					c.beat()
				default:
					c.read(time.Duration(rng.IntN(20))*time.Millisecond, all)
				}
				if c.ended != nil {
					c.s.Close()
					c.connect(o.hub)
				}
			}
			c.follow(o.org)
			c.s.Close()
		})
	}
}

// Anybody may close a session at any time.
func TestASessionMayBeClosedWhileItIsUsed(t *testing.T) {
	t.Parallel()
	o := newSite(Limits{QueueFrames: 10})
	for round := range 200 {
		s := connect(t, o.hub)
		var users sync.WaitGroup
		users.Go(func() {
			for {
				if _, err := s.Next(nil); err != nil {
					return
				}
			}
		})
		users.Go(func() {
			for i := range 5 {
				r := Request{Filter: Filter{WorkflowID: string("abcde"[i])}, Snapshot: true}
				if i%2 == 1 {
					r.Since = &Position{"first", 0}
				}
				_ = s.Subscribe(r, func(j Joined) {
					users.Go(func() { s.Unsubscribe(j.SubscriptionID) })
				})
			}
		})
		users.Go(func() {
			for i := range 20 {
				o.publish(o.to(runID('a', i), execution.Running))
			}
		})
		if round%2 == 0 {
			users.Go(s.Close)
		}
		if round%3 == 0 {
			users.Go(func() { s.UnsubscribeFilter(Filter{WorkflowID: "a"}) })
		}
		s.Sent()
		if round%2 != 0 {
			users.Go(func() { <-soon(time.Millisecond); s.Close() })
		}
		users.Wait()
		require.Empty(t, s.subs)
	}
	require.Empty(t, o.hub.sessions)
}
