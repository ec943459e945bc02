package notify

import (
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
)

func TestATransitionReachesItsTargetsAtOnceAndTheResolveFollows(t *testing.T) {
	t.Parallel()
	b, h := newBench(t), newHook(t)
	b.run()
	r := testRecord("r1", alert.Error)
	b.trigger([]Target{h.target(), User("anna")}, r)
	b.eventually(func() bool { return len(h.messages()) == 1 }, "the message arrives")
	require.Equal(t, []saidRow{{Record: "r1", Transition: alert.Triggered, Severity: alert.Error}}, h.messages()[0].Items)
	b.eventually(func() bool { return b.states("r1")[0] == "triggered delivered" }, "and is noted")

	b.resolve(r)
	b.eventually(func() bool { return len(h.messages()) == 2 }, "the resolve arrives")
	require.Equal(t, h.messages()[0].Key, h.messages()[1].Thread, "in the thread of the first")
	b.eventually(func() bool { return b.count(Delivered) == 4 }, "all is delivered")
	require.Equal(t, []string{"triggered delivered", "triggered delivered", "resolved delivered", "resolved delivered"}, b.states("r1"))
	b.check()
}

func TestATestOfTheChannelsIsSentThoughNothingWasRaised(t *testing.T) {
	t.Parallel()
	b, h := newBench(t), newHook(t)
	b.run()
	b.tell(alert.Tested, 0, []Target{h.target(), User("anna")}, testRecord("r1", alert.Info))
	b.eventually(func() bool { return len(h.messages()) == 1 }, "the message arrives")
	require.Equal(t, alert.Tested, h.messages()[0].Items[0].Transition)
	b.eventually(func() bool { return b.count(Delivered) == 2 }, "both are delivered")
	require.Equal(t, []string{"test delivered", "test delivered"}, b.states("r1"))
	b.check()
}
