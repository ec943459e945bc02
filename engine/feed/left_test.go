package feed

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// story is what a client sees of one execution: its states, and "left".
func story(frames []sent) (out []string) {
	for i := range frames {
		word := frames[i].Data.Status
		if frames[i].Data.Left {
			word += " left"
		}
		out = append(out, word)
	}
	return out
}

// api.md §9: the transition that leaves the set is sent once with left:true.
func TestTheTransitionThatLeavesASetOfStatusesIsSentOnce(t *testing.T) {
	t.Parallel()
	const p, r, w, c, f = execution.Pending, execution.Running, execution.Waiting, execution.Completed, execution.Failed
	for _, v := range []struct {
		set    []execution.Status
		states []execution.Status
		want   []string
	}{
		{[]execution.Status{r}, []execution.Status{p, r, c}, []string{"running", "completed left"}},
		{[]execution.Status{r}, []execution.Status{r, r, c, c}, []string{"running", "running", "completed left"}},
		{[]execution.Status{r}, []execution.Status{r, w, r, f}, []string{"running", "waiting left", "running", "failed left"}},
		{[]execution.Status{r, w}, []execution.Status{p, r, w, f}, []string{"running", "waiting", "failed left"}},
		{[]execution.Status{p, r, w}, []execution.Status{c}, nil},
		{nil, []execution.Status{p, r, c}, []string{"pending", "running", "completed"}},
	} {
		t.Run(fmt.Sprintf("%v of %v", v.set, v.states), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{})
				s := connect(t, o.hub)
				join(t, s, Request{Filter: Filter{Statuses: v.set}})
				for _, status := range v.states {
					o.publish(o.to("a1", status))
				}
				require.Equal(t, v.want, story(collect(t, s)))
			})
		})
	}
}

func TestWhatLeavesOneSubscriptionAndNotAnotherHasNotLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		both, one := connect(t, o.hub), connect(t, o.hub)
		join(t, both, Request{Filter: running("")})
		all := join(t, both, Request{Filter: everything})
		join(t, one, Request{Filter: running("")})
		o.publish(o.to("a1", execution.Completed))
		require.Equal(t, []string{"completed"}, story(collect(t, both)))
		require.Equal(t, []string{"completed left"}, story(collect(t, one)), "of the same frame")

		o.publish(o.to("a2", execution.Running))
		collect(t, both)
		o.publish(o.to("a2", execution.Completed))
		both.Unsubscribe(all.SubscriptionID)
		require.Equal(t, []string{"completed left"}, story(collect(t, both)), "the one that it has not left is gone")
	})
}

// For who falls behind several transitions are one.
func TestAReplacedTransitionStillLeaves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: running("")})
		for i := range 9 {
			o.publish(o.to(runID('b', i), execution.Running))
		}
		o.publish(o.to("a1", execution.Running), o.to("a1", execution.Completed))
		o.publish(o.to("a2", execution.Running), o.to("a2", execution.Waiting), o.to("a2", execution.Running))
		o.publish(o.to("a3", execution.Running), o.to("a3", execution.Waiting), o.to("a3", execution.Completed))
		frames := collect(t, s)[9:]
		require.Equal(t, []string{"completed left", "running", "waiting left"}, story(frames))
	})
}

// Also for who was away, from the ring or from the source.
func TestWhatLeftWhileTheClientWasAwayIsTold(t *testing.T) {
	t.Parallel()
	for _, ring := range []int{100, 1} {
		t.Run(fmt.Sprint("ring of ", ring), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{RingFrames: ring})
				o.publish(o.to("a1", execution.Running), o.to("a2", execution.Running), o.to("a3", execution.Running))
				at := Position{"first", 3}
				o.publish(o.to("a1", execution.Completed), o.to("a2", execution.Waiting), o.to("a2", execution.Running))
				o.publish(o.to("a3", execution.Waiting), o.to("a3", execution.Failed))
				o.publish(o.to("b1", execution.Running), o.to("b1", execution.Completed))
				j, frames := resumed(t, o, running(""), at)
				require.True(t, j.Recovered)
				require.Equal(t, []string{"completed left", "running", "failed left", "completed left"}, story(frames))
			})
		})
	}
}

// S5: a step's frames are of those executions that the filter selects.
func TestStepsFollowTheStatusOfTheirExecution(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		f := running("")
		f.Topic = StepUpdates
		join(t, s, Request{Filter: f})
		for _, status := range []execution.Status{execution.Pending, execution.Running, execution.Failed, execution.Failed} {
			o.publish(func() []Frame { return o.step("a1", "s1", status) })
		}
		frames := collect(t, s)
		require.Equal(t, []string{"running", "failed left"}, story(frames))
		require.Equal(t, "step:update", frames[0].Event)
	})
}

// The frame by which it left must not be replaced by one that only another
// subscription gets: the client may break off between the two and come back
// without that subscription.
func TestWhatLeftIsNotHiddenByAnotherSubscription(t *testing.T) {
	t.Parallel()
	for _, other := range []Filter{everything, {Statuses: []execution.Status{execution.Failed}}} {
		t.Run(fmt.Sprint(other), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := newSite(Limits{})
				c := newClient(t, o.hub)
				o.publish(o.to("a1", execution.Running))
				c.watch(running(""))
				c.watch(other)
				c.drain()
				for i := range 9 {
					o.publish(o.to(runID('b', i), execution.Running))
				}
				o.publish(o.to("a1", execution.Completed), o.to("c1", execution.Running), o.to("a1", execution.Failed))
				messages, err := c.s.Next(nil)
				require.NoError(t, err)
				for i := 0; c.position < 12; i++ { // c1
					c.apply(&messages[i])
				}
				c.s.Close()
				c.views = c.views[:1]
				c.connect(o.hub)
				c.drain()
				c.check(o.org)
				require.Equal(t, 1, c.modes[Replay])
			})
		})
	}
}
