package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

func TestASubscriptionIsToldAllInOrderAndOnce(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		for range 40 {
			b.happen(3)
			pass(time.Millisecond)
		}
		pass(2 * time.Minute)
		require.Equal(t, numbered(1, 120), r.events())
		require.Equal(t, 120, r.tries(), "each is a message of its own")
		s := b.standing()
		require.Equal(t, "ok", s.State)
		require.EqualValues(t, 120, s.Delivered)
		require.Len(t, s.Recent, recentMax)
		require.Equal(t, Outcome{ID: "erp:e120", Event: "execution.failed", Events: 1, Status: Delivered, Attempts: 1, At: s.Recent[0].At}, s.Recent[0])
	})
}

func TestBatchesStayTogetherWhenTheyAreTriedAgain(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		h.batch = 100
		refused := 0
		r.answers(func(string, told) error {
			if refused++; refused <= 2 {
				return Fail(Temporary, errors.New("HTTP 500"))
			}
			return nil
		})
		b.happen(30)
		pass(time.Second)
		b.happen(200)
		pass(time.Minute)
		require.Equal(t, numbered(1, 230), r.events())
		require.Equal(t, []string{"erp:e1+29", "erp:e1+29", "erp:e1+29"}, r.keys[:3], "the same key for every try")
		require.Len(t, r.keys, 5)
	})
}

// 500 and hanging answers are tried again after 5 s, 15 s, 1 min …; all that follows waits, and nothing is sent twice after it was taken.
func TestWhatIsNotTakenIsTriedAgainAndHoldsUpWhatFollows(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		n := 0
		r.answers(func(string, told) error {
			switch n++; n {
			case 1, 3:
				return Fail(Temporary, errors.New("HTTP 500"))
			case 2:
				return context.DeadlineExceeded
			case 4:
				return &Failure{Class: Temporary, RetryAfter: 7 * time.Second, Err: errors.New("HTTP 429")}
			}
			return nil
		})
		b.happen(3)
		pass(30 * time.Second)
		require.Equal(t, "retrying", b.standing().State)
		require.Empty(t, r.events())
		pass(3 * time.Minute)
		require.Equal(t, numbered(1, 3), r.events())
		gaps := make([]float64, 4)
		for i := range gaps {
			gaps[i] = r.times[i+1].Sub(r.times[i]).Seconds()
		}
		for i, want := range []float64{5, 15 + tryTimeout.Seconds(), 60, 7} {
			require.InDelta(t, want, gaps[i], 0.21*want, "%v", gaps)
		}
		require.Equal(t, "ok", b.standing().State)
		require.Equal(t, 5, b.standing().Recent[2].Attempts)
	})
}

// Nobody answers for an hour: it is tried every 5 s, then every minute, uncounted; then all is told.
func TestAnUnreachableReceiverIsToldLater(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		for range 60 {
			b.happen(5)
			pass(time.Minute)
		}
		require.Equal(t, "unreachable", b.standing().State)
		require.InDelta(t, 24+58, r.tries(), 4)
		r.answers(nil)
		pass(2 * time.Minute)
		require.Equal(t, numbered(1, 300), r.events())
		require.Empty(t, r.skips())
		require.Equal(t, 1, b.standing().Recent[0].Attempts)
	})
}

// A receiver that fails for an hour, however it does, is reported once, and so is that it works again: nobody looks at a page all day.
func TestAReceiverThatFailsForAnHourIsReported(t *testing.T) {
	t.Parallel()
	for class, why := range map[Class]string{Temporary: "HTTP 503", Network: "connection refused"} {
		following(t, func(b *bench, _ *testHistory, r *receiver) {
			r.answers(func(string, told) error { return Fail(class, errors.New(why)) })
			b.happen(1)
			pass(59 * time.Minute)
			broken, _ := b.office.reported()
			require.Empty(t, broken)
			pass(3 * time.Hour)
			broken, mended := b.office.reported()
			require.Len(t, broken, 1)
			require.Contains(t, broken[0], why)
			require.Zero(t, mended)
			r.answers(nil)
			pass(time.Hour)
			require.Equal(t, numbered(1, 1), r.events())
			b.happen(1)
			pass(time.Second)
			_, mended = b.office.reported()
			require.Equal(t, 1, mended)
		})
	}
}

func TestALetterCanBeSentAgainAfterTheSubscriptionBeganAnew(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Permanent, errors.New("HTTP 422")) })
		b.happen(1)
		pass(time.Second)
		again := func() {
			require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return TellAgain(tx, b.office.scope, testSubscription, "1") }))
			b.d.Reconsider(b.office.scope)
		}
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		again()
		pass(time.Second)
		require.NoError(t, b.db.Update(func(tx *kv.Tx) error {
			f, err := followers.Get(tx, b.office.scope, []byte(testSubscription))
			if err != nil {
				return err
			}
			return Follow(tx, b.office.scope, testSubscription, f.Place, execution.At(time.Now()))
		}))
		b.d.Reconsider(b.office.scope)
		r.answers(nil)
		pass(time.Minute)
		require.Empty(t, r.events(), "it was to be sent again before the subscription began anew")
		again()
		pass(time.Minute)
		require.Equal(t, []string{"e1"}, r.events())
	})
}

// A refused message is a dead letter, and the next goes; who refuses all is left alone. A letter can be sent again.
func TestRefusedMessagesAreKeptAsLetters(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		r.answers(func(_ string, m told) error {
			if len(m.Events) > 0 && m.Events[0] == "e2" {
				return Fail(Permanent, errors.New("HTTP 422"))
			}
			return nil
		})
		b.happen(3)
		pass(time.Second)
		require.Equal(t, []string{"e1", "e3"}, r.events())
		s := b.standing()
		require.EqualValues(t, 1, s.Dead)
		require.Equal(t, "HTTP 422", s.Recent[1].Error)
		require.Equal(t, "1", s.Recent[1].Letter)
		again := func(id string) error {
			defer b.d.Reconsider(b.office.scope)
			return b.db.Update(func(tx *kv.Tx) error { return TellAgain(tx, b.office.scope, testSubscription, id) })
		}
		require.NoError(t, again("1"))
		pass(time.Second)
		require.EqualValues(t, 1, b.standing().Dead, "refused again")
		r.answers(nil)
		require.NoError(t, again("1"))
		require.NoError(t, again("1"), "a repeat is harmless")
		pass(time.Second)
		require.Equal(t, []string{"e1", "e3", "e2"}, r.events())
		require.EqualValues(t, 0, b.standing().Dead)
		require.ErrorIs(t, again("1"), errNotDead)
		require.ErrorIs(t, again("2"), errUnknown)
		require.ErrorIs(t, again("x"), errUnknown)

		r.answers(func(string, told) error { return Fail(Permanent, errors.New("HTTP 404")) })
		b.happen(50)
		pass(time.Minute)
		s = b.standing()
		require.Equal(t, PausedRefused, s.State)
		require.EqualValues(t, refusedInRow, s.Dead)
		broken, _ := b.office.reported()
		require.Equal(t, []string{"webhook https://receiver.example: HTTP 404"}, broken)
		h.mu.Lock()
		h.gone = 5
		h.mu.Unlock()
		require.NoError(t, again("2"))
		pass(time.Second)
		i := slices.IndexFunc(b.standing().Recent, func(o Outcome) bool { return o.Letter == "2" })
		require.Equal(t, whyNotKept, b.standing().Recent[i].Error)
		require.Equal(t, "execution.failed", b.standing().Recent[i].Event)
		require.Equal(t, PausedRefused, b.standing().State)
		r.answers(nil)
		pass(time.Duration(pauseProbe) + time.Minute)
		require.Equal(t, numbered(15, 53), r.events()[3:], "the rest was not lost")
		require.Equal(t, 1, b.office.mended)
	})
}

func TestAReceiverThatIsGoneIsSwitchedOff(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Permanent, fmt.Errorf("HTTP 410: %w", ErrGone)) })
		b.happen(3)
		pass(time.Second)
		b.d.Reconsider(b.office.scope)
		b.happen(3)
		pass(time.Hour)
		require.Equal(t, 1, r.tries())
		require.Contains(t, h.off, "410")
		require.Equal(t, Dead, b.standing().Recent[0].Status)
	})
}

func TestWhatIsMisconfiguredWaitsUntilSomebodyChangesIt(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		b.office.set(func() { b.office.missing = true })
		b.happen(2)
		pass(time.Minute)
		require.Equal(t, PausedSecretMissing, b.standing().State)
		b.office.set(func() { b.office.missing = false })
		r.answers(func(string, told) error {
			return Fail(Misconfigured, errors.New("HTTP 302: redirects are not followed"))
		})
		lift := func() {
			require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return Lift(tx, b.office.scope, testSubscription) }))
			b.d.Reconsider(b.office.scope)
		}
		lift()
		pass(10 * time.Minute)
		require.Equal(t, 1, r.tries())
		require.Contains(t, b.standing().LastError, "302")
		r.answers(nil)
		lift()
		pass(time.Second)
		require.Equal(t, numbered(1, 2), r.events())
	})
}

// Nothing grows while nobody answers: what is more than 10,000 is skipped, and told in one message.
func TestAStormBeforeADeadReceiverIsToldInOneMessage(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		h.batch = 100
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		for range 30 {
			b.happen(1_000)
			pass(2 * time.Second)
		}
		r.answers(nil)
		b.happen(50)
		pass(2 * time.Minute)
		require.Len(t, r.skips(), 1)
		skip := r.skips()[0]
		require.Equal(t, SkippedBacklog, skip.Reason)
		require.False(t, skip.AtLeast)
		require.Greater(t, skip.Events, int64(WaitingMax))
		require.Equal(t, Place{}, skip.From)
		require.EqualValues(t, skip.Events, skip.To.Seq)
		require.Equal(t, numbered(int(skip.To.Seq)+1, 30_050), r.events(), "all that follows is told")
		require.NotNil(t, r.got[0].Skip, "before the rest")
		require.Equal(t, skip.Events, b.standing().Skipped)
		require.Less(t, h.walked, 5*30_050)
	})
}

// What waits for longer than a day ends, and so does what the history no longer holds; the receiver is told.
func TestWhatWaitedTooLongOrIsNotKeptIsToldOf(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		b.happen(7)
		pass(23 * time.Hour)
		b.happen(3)
		pass(2 * time.Hour)
		r.answers(nil)
		pass(2 * time.Minute)
		require.Len(t, r.skips(), 1)
		require.Equal(t, SkippedExpired, r.skips()[0].Reason)
		require.EqualValues(t, 7, r.skips()[0].Events)
		require.Equal(t, numbered(8, 10), r.events())

		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		b.happen(4)
		pass(time.Minute)
		h.mu.Lock()
		h.gone = 12
		h.mu.Unlock()
		b.happen(1)
		pass(2 * time.Minute)
		r.answers(nil)
		pass(2 * time.Minute)
		require.Len(t, r.skips(), 2)
		require.Equal(t, SkippedGone, r.skips()[1].Reason)
		require.True(t, r.skips()[1].AtLeast)
		require.Equal(t, numbered(13, 15), r.events()[3:])
	})
}

func TestATestIsTriedOnceBeforeAllElse(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		b.happen(1)
		pass(10 * time.Minute)
		test := func(id string) error {
			defer b.d.Reconsider(b.office.scope)
			return b.db.Update(func(tx *kv.Tx) error { return Try(tx, b.office.scope, testSubscription, id) })
		}
		require.NoError(t, test("t1"))
		pass(time.Second)
		require.Equal(t, Outcome{ID: "erp:t1", Event: "webhook.test", Status: Dead, Attempts: 1, Error: "connection refused", At: b.standing().Recent[0].At}, b.standing().Recent[0])
		r.answers(nil)
		require.NoError(t, test("t2"))
		pass(time.Second)
		require.Equal(t, "t2", r.got[0].Trial)
		require.Equal(t, numbered(1, 1), r.events(), "who answers a test is told the rest at once")
		require.NoError(t, b.db.Update(func(tx *kv.Tx) error {
			for i := range trialsMax {
				require.NoError(t, Try(tx, b.office.scope, testSubscription, fmt.Sprint("more", i)))
			}
			require.ErrorIs(t, Try(tx, b.office.scope, testSubscription, "over"), errTooManyTrials)
			return nil
		}))
	})
}

func TestWhatWasErasedIsPassed(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, h *testHistory, r *receiver) {
		h.erased[2], h.erased[3] = true, true
		b.happen(4)
		pass(time.Second)
		require.Equal(t, []string{"e1", "e4"}, r.events())
	})
}

// A subscription that begins anew, is forgotten, or was restored from a backup.
func TestASubscriptionBeginsAnewOrEnds(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		r.answers(func(string, told) error { return Fail(Network, errors.New("connection refused")) })
		b.happen(5)
		pass(time.Second)
		b.update(func(tx *kv.Tx) error { return Restart(tx, b.office.scope, Place{Seq: 4}, execution.At(time.Now())) })
		r.answers(nil)
		b.d.Reconsider(b.office.scope)
		pass(time.Minute)
		require.Len(t, r.skips(), 1)
		require.Equal(t, SkippedRestored, r.skips()[0].Reason)
		require.Equal(t, numbered(5, 5), r.events())
		b.update(func(tx *kv.Tx) error { return Unfollow(tx, b.office.scope, testSubscription) })
		b.happen(5)
		pass(time.Minute)
		require.Equal(t, numbered(5, 5), r.events())
		require.Equal(t, "ok", b.standing().State)
	})
}

// J3.2: the process dies between any two steps; after the start nothing is lost, and a crash repeats one message at most.
func TestACrashLosesNoEventAndRepeatsOneMessageAtMost(t *testing.T) {
	t.Parallel()
	for point, repeats := range map[string]int{pointLeased: 0, pointSent: 1, pointMarked: 0} {
		for _, batch := range []int{1, 20} {
			t.Run(fmt.Sprint(point, " ", batch), func(t *testing.T) {
				t.Parallel()
				b, r := newBench(t), &receiver{}
				var died atomic.Int32
				b.fault = func(at string) bool { return at == point && died.Add(1) == 3 } // the third message
				b.subscribe(r).batch = batch
				b.happen(5 * batch)
				b.run()
				<-b.ended
				b.restart()
				b.eventually(func() bool { return b.standing().Delivered == int64(5*batch) }, "all is delivered after the start")
				require.Equal(t, 5+repeats, r.tries())
				seen := map[string]bool{}
				var once []string
				for _, e := range r.events() {
					if !seen[e] {
						once = append(once, e)
					}
					seen[e] = true
				}
				require.Equal(t, numbered(1, 5*batch), once)
				if repeats > 0 {
					require.Equal(t, r.keys[2], r.keys[3], "the repetition has the same key")
				}
				b.check()
			})
		}
	}
}

// Alerts go on while a subscription hangs.
func TestASubscriptionHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	following(t, func(b *bench, _ *testHistory, r *receiver) {
		r.answers(func(string, told) error { return context.DeadlineExceeded })
		b.happen(1)
		pass(time.Second)
		b.trigger(mail("anna@example.pl"), testRecord("r", alert.Error))
		pass(time.Second)
		require.Equal(t, []string{"triggered delivered"}, b.states("r"))
	})
}
