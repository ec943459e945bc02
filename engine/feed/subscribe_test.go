package feed

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

var everything = Filter{Topic: ExecutionUpdates}

func running(workflow string) Filter {
	return Filter{Topic: ExecutionUpdates, WorkflowID: workflow, Statuses: []execution.Status{execution.Running}}
}

// join subscribes and returns the answer.
func join(t *testing.T, s *Session, r Request) (got Joined) {
	t.Helper()
	require.NoError(t, s.Subscribe(r, func(j Joined) { got = j }))
	return got
}

func connect(t *testing.T, h *Hub) *Session {
	t.Helper()
	s, err := h.Connect(Options{})
	require.NoError(t, err)
	return s
}

// sent is one frame as the client has it.
type sent struct {
	Event string
	Seq   uint64
	Data  wireItem
}

// collect returns what comes before a pause that is longer than anything waits.
func collect(t *testing.T, s *Session) (out []sent) {
	t.Helper()
	for {
		messages, err := s.Next(soon(2 * floorMost))
		require.NoError(t, err)
		if len(messages) == 0 {
			return out
		}
		for i := range messages {
			var m sent
			require.NoError(t, json.Unmarshal(messages[i].Text, &m))
			out = append(out, m)
		}
	}
}

func seqsOf(all []sent) (out []uint64) {
	for i := range all {
		out = append(out, all[i].Seq)
	}
	return out
}

// bubble runs a test in virtual time, so that waiting costs nothing and
// pauses are exact.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// W14, T9, T10: each topic carries its own frames, filtered by ids.
func TestASubscriptionGetsTheFramesOfItsTopicAndIds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		filter Filter
		events []string
	}{
		{Filter{Topic: ExecutionUpdates}, []string{"execution:update", "execution:update", "execution:update"}},
		{Filter{Topic: ExecutionUpdates, WorkflowID: "a"}, []string{"execution:update", "execution:update"}},
		{Filter{Topic: ExecutionUpdates, ExecutionID: "b1"}, []string{"execution:update"}},
		{Filter{Topic: ExecutionUpdates, WorkflowID: "a", ExecutionID: "b1"}, nil},
		{Filter{Topic: StepUpdates}, []string{"step:update"}},
		{Filter{Topic: StepUpdates, ExecutionID: "b1"}, nil},
		{Filter{Topic: Alerts}, []string{"alert:update"}},
		{Filter{Topic: QueueStatus}, []string{"queue:update"}},
		{Filter{Topic: MetricsStream}, nil},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.filter), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{})
				o.publish(o.to("b1", execution.Pending))
				s := connect(t, o.hub)
				j := join(t, s, Request{Filter: c.filter})
				require.Equal(t, Joined{SubscriptionID: 1, Seq: 1, Epoch: "first", Mode: Live}, j)
				o.publish(o.to("a1", execution.Running))
				o.publish(func() []Frame { return o.step("a1", "s", execution.Running) })
				o.publish(o.to("b1", execution.Running), func() []Frame { return o.alert("a1", "rule") }, o.tick)
				var events []string
				for _, m := range collect(t, s) {
					events = append(events, m.Event)
				}
				require.Equal(t, c.events, events)
			})
		})
	}
}

// B-55: one delivery for each socket.
func TestAChangeReachesASessionOnceHoweverManySubscriptionsMatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Pending))
		s := connect(t, o.hub)
		for _, f := range []Filter{everything, {WorkflowID: "a"}, {ExecutionID: "a1"}, running("a")} {
			join(t, s, Request{Filter: f})
		}
		o.publish(o.to("a1", execution.Running), o.to("a1", execution.Completed))
		require.Equal(t, []uint64{2, 3}, seqsOf(collect(t, s)))
	})
}

// W5, W6: what is not the organisation's is not found.
func TestWhatTheSourceDoesNotKnowIsNotFound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		for _, f := range []Filter{{WorkflowID: "z"}, {ExecutionID: "nope"}, {Topic: StepUpdates, ExecutionID: "nope"}} {
			err := s.Subscribe(Request{Filter: f}, func(Joined) { t.Error("answered") })
			require.Equal(t, fault.NotFound, fault.Of(err).Kind)
		}
		o.publish(o.to("a1", execution.Running))
		require.Empty(t, collect(t, s))
		require.Empty(t, s.subs)
	})
}

func TestASessionHasALimitOfSubscriptions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{Subscriptions: 3})
		s := connect(t, o.hub)
		for i, w := range []string{"a", "b", "c"} {
			require.Equal(t, uint32(i+1), join(t, s, Request{Filter: Filter{WorkflowID: w}}).SubscriptionID)
		}
		err := s.Subscribe(Request{Filter: Filter{WorkflowID: "d"}}, func(Joined) { t.Error("answered") })
		require.Equal(t, fault.Exhausted, fault.Of(err).Kind)
		require.Equal(t, uint32(2), join(t, s, Request{Filter: Filter{WorkflowID: "b"}}).SubscriptionID, "the same one again")
		require.True(t, s.Unsubscribe(2))
		require.Equal(t, uint32(4), join(t, s, Request{Filter: Filter{WorkflowID: "d"}}).SubscriptionID, "ids are not used twice")
	})
}

// W7, W8: nothing after the answer, and again is harmless.
func TestNothingIsSentAfterUnsubscribing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		one := join(t, s, Request{Filter: Filter{WorkflowID: "a"}, Snapshot: true})
		join(t, s, Request{Filter: Filter{WorkflowID: "b"}})
		o.publish(o.to("a1", execution.Running), o.to("b1", execution.Running))
		require.True(t, s.Unsubscribe(one.SubscriptionID))
		require.False(t, s.Unsubscribe(one.SubscriptionID))
		o.publish(o.to("a1", execution.Completed), o.to("b1", execution.Completed))
		require.Equal(t, []uint64{2, 4}, seqsOf(collect(t, s)), "not what waited, the snapshot included")
		require.Equal(t, 1, s.UnsubscribeFilter(Filter{WorkflowID: "b"}))
		require.Equal(t, 0, s.UnsubscribeFilter(Filter{WorkflowID: "b"}))
		o.publish(o.to("b1", execution.Running))
		require.Empty(t, collect(t, s))
		for i := range o.hub.index {
			require.Empty(t, o.hub.index[i].byWorkflow)
		}
	})
}

func TestTheSameFilterIsOneSubscription(t *testing.T) {
	t.Parallel()
	of := func(all ...execution.Status) Filter { return Filter{WorkflowID: "a", Statuses: all} }
	s := &subscription{filter: of(execution.Running, execution.Failed), mask: 1<<execution.Running | 1<<execution.Failed}
	for _, c := range []struct {
		filter Filter
		same   bool
	}{
		{of(execution.Failed, execution.Running, execution.Running), true},
		{of(execution.Failed), false},
		{of(), false},
		{Filter{Topic: StepUpdates, WorkflowID: "a", Statuses: s.filter.Statuses}, false},
		{Filter{WorkflowID: "a", ExecutionID: "a1", Statuses: s.filter.Statuses}, false},
	} {
		require.Equal(t, c.same, s.same(&c.filter), "%+v", c.filter)
	}
}

// W2, B-57: the limit of connections is the principal's.
func TestAPrincipalHasALimitOfSessions(t *testing.T) {
	t.Parallel()
	o := newSite(Limits{})
	options := Options{Principal: "anna", Limit: 2}
	first, err := o.hub.Connect(options)
	require.NoError(t, err)
	_, err = o.hub.Connect(options)
	require.NoError(t, err)
	_, err = o.hub.Connect(options)
	require.Equal(t, fault.Exhausted, fault.Of(err).Kind)
	require.Positive(t, fault.Of(err).RetryAfter)
	_, err = o.hub.Connect(Options{Principal: "piotr", Limit: 2})
	require.NoError(t, err)
	first.Close()
	first.Close()
	_, err = o.hub.Connect(options)
	require.NoError(t, err, "the place is free again, once")
	_, err = o.hub.Connect(options)
	require.Error(t, err)
}

func TestTheAnswerComesBeforeTheFirstFrame(t *testing.T) {
	t.Parallel()
	o := newSite(Limits{})
	for round := range 300 {
		s := connect(t, o.hub)
		var busy sync.WaitGroup
		busy.Go(func() {
			for i := range 8 {
				o.publish(o.to(runID('a', i), execution.Running))
			}
		})
		acked := make(chan struct{})
		first := make(chan error, 1)
		busy.Go(func() {
			messages, err := s.Next(nil)
			select {
			case <-acked:
			default:
				err = fmt.Errorf("round %d: %d frames before the answer", round, len(messages))
			}
			first <- err
		})
		require.NoError(t, s.Subscribe(Request{Filter: everything, Snapshot: round%2 == 0}, func(Joined) { close(acked) }))
		o.publish(o.to("b1", execution.Running))
		require.NoError(t, <-first)
		s.Close()
		busy.Wait()
	}
}

func TestAClosedSessionTakesNoSubscriptions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		s.Close()
		require.ErrorIs(t, s.Subscribe(Request{Filter: everything}, func(Joined) { t.Error("answered") }), ErrClosed)
		_, err := s.Next(nil)
		require.ErrorIs(t, err, ErrClosed)
	})
}

// Nobody has to listen for frames to be worth making: who was cut off resumes.
func TestFramesAreOfUseForAWhileAfterTheLastSessionLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		require.False(t, o.hub.Listening())
		s := connect(t, o.hub)
		require.True(t, o.hub.Listening())
		s.Close()
		<-soon(59 * time.Second)
		require.True(t, o.hub.Listening())
		<-soon(time.Second)
		require.False(t, o.hub.Listening())
	})
}
