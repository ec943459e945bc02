package notify

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// A dead channel, or a large outbox, never slows ingestion: over time the dispatcher has a small share of the store's writer.
func TestTheDispatcherKeepsToItsShareOfTheWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b budget
		began := time.Now()
		const each, n = 10 * time.Millisecond, 400
		for range n {
			b.await(t.Context())
			pass(each) // the transaction
			b.spend(time.Now(), each)
		}
		wall := time.Since(began)
		require.InDelta(t, budgetShare, float64(n*each-budgetBurst)/float64(wall), budgetShare/10)
		pass(time.Minute)
		before := time.Now()
		for range 10 {
			b.await(t.Context())
			b.spend(time.Now(), each)
		}
		require.Zero(t, time.Since(before), "after a quiet time some messages wait for nothing")
		b.spend(time.Now(), time.Hour)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		b.await(ended)
		require.Zero(t, time.Since(before), "who stops does not wait")
	})
}

// Found by 100,000 messages that waited while nobody answered: looks at their targets had used up their share for minutes, and a target that was reachable again
// was not tried before.
func TestATargetIsTriedInTimeHoweverMuchItsLooksHaveUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &round{looking: budget{share: lookingShare}}
		r.looking.spend(time.Now(), time.Minute)
		now := execution.At(time.Now())
		w := &worker{round: r, blocked: true, until: now + execution.Instant(5*time.Second)}
		require.Equal(t, 5*time.Second, w.lookRest(now))
		pass(5 * time.Second)
		require.Zero(t, w.lookRest(execution.At(time.Now())))
		w.until += execution.Instant(time.Hour)
		require.Greater(t, w.lookRest(execution.At(time.Now())), time.Minute, "until then they wait for their share")
		w.all = true
		require.Zero(t, w.lookRest(execution.At(time.Now())), "settings have changed")
	})
}
