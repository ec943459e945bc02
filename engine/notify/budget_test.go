package notify

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
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
		for range 20 {
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
