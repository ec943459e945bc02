package notify

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/kv"
)

// J3.2, B6 c: the process dies between any two steps of a delivery; after the start nothing is lost, and a crash repeats one message at most.
func TestACrashLosesNothingAndRepeatsOneMessageAtMost(t *testing.T) {
	t.Parallel()
	for point, repeats := range map[string]int{pointLeased: 0, pointSent: 1, pointMarked: 0} {
		for _, n := range []int{1, 20} { // a message, a digest
			t.Run(fmt.Sprint(point, " ", n), func(t *testing.T) {
				t.Parallel()
				b, h := newBench(t), newHook(t)
				var died atomic.Bool
				b.fault = func(at string) bool { return at == point && died.CompareAndSwap(false, true) }
				list := records("r", n, alert.Critical)
				b.trigger([]Target{h.target()}, list...)
				b.run()
				<-b.ended
				require.True(t, died.Load())
				if point != pointMarked {
					require.Equal(t, n, b.count(Sending), "the lease stands before the message goes")
				}
				b.restart()
				b.eventually(func() bool { return b.count(Delivered) == n }, "all is delivered after the start")
				require.Len(t, h.messages(), 1+repeats)
				for _, s := range h.messages() {
					require.Len(t, s.Items, n)
					require.Equal(t, h.messages()[0].Key, s.Key, "the repetition has the same key")
				}
				b.resolve(list...)
				b.eventually(func() bool { return b.count(Delivered) == 2*n }, "and its end follows")
				require.Len(t, h.messages(), 2+repeats)
				b.check()
			})
		}
	}
}

func TestWhatWasNotCommittedIsNotSentAndRepeatsAreHarmless(t *testing.T) {
	t.Parallel()
	b, h := newBench(t), newHook(t)
	b.run()
	r := testRecord("r", alert.Error)
	rows := Plan(r, alert.Triggered, 0, []Target{h.target(), h.target(), User("anna"), User("anna")}, r.TriggeredAt)
	require.Len(t, rows, 2, "a target is told once")
	require.ErrorIs(t, b.db.Update(func(tx *kv.Tx) error {
		require.NoError(t, Append(tx, b.office.scope, rows))
		return errRefused
	}), errRefused)
	b.d.Wake()
	for range 3 {
		b.trigger([]Target{h.target(), User("anna")}, r)
	}
	b.eventually(func() bool { return b.count(Delivered) == 2 }, "delivered")
	require.Len(t, h.messages(), 1)
	require.NoError(t, b.db.View(func(tx *kv.Tx) error {
		require.Equal(t, 1, Unread(tx, b.office.scope, "anna"))
		return nil
	}))
}

// The rows of one organisation are no other's.
func TestOrganisationsAreApart(t *testing.T) {
	t.Parallel()
	b, h := newBench(t), newHook(t)
	b.run()
	b.trigger([]Target{h.target()}, testRecord("r", alert.Error))
	b.eventually(func() bool { return b.count(Delivered) == 1 }, "delivered")
	other, err := b.db.Scope("other")
	require.NoError(t, err)
	require.NoError(t, b.db.View(func(tx *kv.Tx) error {
		list, _, err := List(tx, other, "", "", 10)
		require.NoError(t, err)
		require.Empty(t, list)
		deliveries, err := Deliveries(tx, other, "r")
		require.Empty(t, deliveries)
		return err
	}))
}
