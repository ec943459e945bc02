package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ready waits until the server has taken the subscriptions of n sockets.
func (a *appliance) ready(n int) {
	a.t.Helper()
	require.Eventually(a.t, func() bool {
		all := a.server.live.all()
		for _, c := range all {
			if c.of("") {
				return false
			}
		}
		return len(all) == n
	}, answerLimit, time.Millisecond)
}

// A reader that is slow gets newer frames instead of all, and ends with the
// state that everything has. Others get theirs as ever.
func TestSlowReaderGetsTheLatestStateAndOthersAreNotAffected(t *testing.T) {
	t.Parallel()
	// Who reads nothing at all for long is left; the slow one is back before, however busy the machine.
	a := newNarrowAppliance(t, func(o *Options) { o.times.write, o.times.silence = 5*time.Minute, 5*time.Minute })
	const executions, rounds = 5, 150
	var events []string
	for e := range executions {
		events = append(events, event("execution.started", fmt.Sprint("e-", e), `,"metadata":{"x":1}`))
	}
	a.published(a.post(testSecret, batch(events...)).Seq)
	slow, quick := a.deaf(true), a.follow(testSecret)
	quick.must("subscribe", subscription("execution_updates"))
	a.ready(2)
	var last uint64
	for n := range rounds {
		var events []string
		for e := range executions {
			events = append(events, event("execution.progress", fmt.Sprint("e-", e), fmt.Sprintf(`,"progress":%d`, n*99/rounds)))
		}
		last = a.post(testSecret, batch(events...)).Seq
		quick.until(last) // while the slow one reads nothing
	}
	last = a.post(testSecret, batch(event("execution.completed", "e-0"))).Seq
	quick.until(last)
	require.Len(t, quick.updates(), executions*rounds+1, "who keeps up gets every frame")

	slow.listen()
	slow.until(last)
	state := map[string]string{}
	for _, got := range slow.updates() {
		state[got.Data.ExecutionID] = fmt.Sprint(got.Data.Status, " ", *got.Data.Progress)
	}
	for e := 1; e < executions; e++ {
		require.Equal(t, fmt.Sprint("running ", (rounds-1)*99/rounds), state[fmt.Sprint("e-", e)])
	}
	require.Equal(t, "completed 100", state["e-0"])
	require.Less(t, len(slow.updates()), executions*rounds, "frames were coalesced")
	requireRising(t, slow.seen)
}

// Where newer frames cannot take the place of older ones, the reader is told
// that it lost some, and gets all of the state anew.
func TestReaderThatLostFramesIsToldAndGetsASnapshot(t *testing.T) {
	t.Parallel()
	a := newNarrowAppliance(t)
	slow := a.deaf(false)
	a.ready(1)
	last := a.postMany(1000)
	slow.listen()
	resync := slow.take("resync")
	require.Equal(t, "slow_consumer", resync.Data.Reason)
	before := len(slow.seen)
	ids, more := map[string]bool{}, true
	for more {
		part := slow.take("snapshot")
		require.GreaterOrEqual(t, part.Data.AsOf, resync.Data.Seq)
		for _, item := range part.Data.Items {
			ids[item.ExecutionID] = true
		}
		more = part.Data.More
	}
	require.Len(t, ids, 1000)
	require.Equal(t, "snapshot", slow.seen[before].Event, "what comes after a resync is the snapshot")
	live := a.progress("e-1", 5)
	slow.until(live.Seq)
	require.Greater(t, live.Seq, last)
	requireRising(t, slow.seen)
}

// Who has to be told so for the third time in a minute is cut off with 4508.
func TestReaderThatKeepsLosingFramesIsCutOff(t *testing.T) {
	t.Parallel()
	a := newNarrowAppliance(t)
	slow := a.deaf(false)
	a.ready(1)
	slow.gate.Lock()
	slow.listen()
	for round := range 3 {
		a.postMany(1000)
		slow.gate.Unlock()
		if round == 2 {
			break
		}
		slow.take("resync")
		slow.gate.Lock()
	}
	slow.closed(4508)
}
