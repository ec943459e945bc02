package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

var errRefused = errors.New("refused")

func fails(c Class) func(said) error { return func(said) error { return Fail(c, errRefused) } }

// Retries 5 s, 15 s, 1 min, 5 min, 15 min, then 30 min, ± 20 % (api.md §9), until the severity's time is up.
func TestATemporaryFailureIsTriedLaterAndLaterUntilItExpires(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Temporary))
		b.trigger(web("a"), testRecord("r", alert.Warning))
		pass(5 * time.Hour)
		tries := d.attempts()
		latest := tries[len(tries)-1].At.Sub(tries[0].At)
		require.LessOrEqual(t, latest, 4*time.Hour, "a warning has four hours: %v", seconds(tries))
		require.Greater(t, latest.Seconds()+retries[len(retries)-1].Seconds()*(1+jitter), (4 * time.Hour).Seconds(),
			"it is tried as long as another try fits: %v", seconds(tries))
		for i := 1; i < len(tries); i++ {
			want := retries[min(i, len(retries))-1].Seconds()
			require.InDelta(t, want, tries[i].At.Sub(tries[i-1].At).Seconds(), want*jitter+0.1)
			require.Equal(t, tries[0].Key, tries[i].Key, "every try has the same key")
		}
		require.Equal(t, []string{"triggered dead"}, b.states("r"))
		require.Equal(t, map[State]int{Dead: 1}, b.office.noted)
	})
}

func TestEachSeverityHasItsTime(t *testing.T) {
	t.Parallel()
	for severity, hours := range map[alert.Severity]int{alert.Critical: 24, alert.Error: 12, alert.Warning: 4, alert.Info: 4} {
		inBubble(t, func(b *bench, d *desk) {
			d.answers(fails(Misconfigured))
			b.trigger(web("a"), testRecord("r", severity))
			pass(time.Duration(hours)*time.Hour - 2*time.Minute)
			require.Equal(t, []string{"triggered retrying"}, b.states("r"), severity)
			pass(4 * time.Minute)
			require.Equal(t, []string{"triggered dead"}, b.states("r"), severity)
		})
	}
}

// Found by TestPromises: who looked at all rows anew forgot when those that wait are due.
func TestReconsideringForgetsNoRetry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Temporary))
		b.trigger(web("a"), testRecord("r", alert.Error))
		pass(2 * time.Minute)
		d.answers(nil)
		b.d.Reconsider(b.office.scope)
		pass(7 * time.Minute)
		require.Equal(t, []string{"triggered delivered"}, b.states("r"))
	})
}

func TestTheServersRetryAfterWins(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(func(said) error { return &Failure{Class: Temporary, RetryAfter: 7 * time.Minute, Err: errRefused} })
		b.trigger(web("a"), testRecord("r", alert.Error))
		pass(time.Minute)
		b.tell(alert.EscalatedUp, 1, web("a"), testRecord("other", alert.Error))
		pass(5 * time.Minute)
		require.Len(t, d.attempts(), 1, "what comes behind it waits, too")
		d.answers(nil)
		pass(2 * time.Minute)
		require.Len(t, d.messages(), 2)
		require.InDelta(t, 7*60, seconds(d.attempts())[1], 1)
	})
}

// A message that the server cannot swallow does not keep those behind it for hours.
func TestAMessageThatFailsAgainAndAgainStepsAside(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(func(s said) error {
			if s.Items[0].Record == "poison" {
				return errRefused // without a class it is temporary
			}
			return nil
		})
		b.trigger(web("a"), testRecord("poison", alert.Error))
		pass(time.Second)
		b.tell(alert.EscalatedUp, 1, web("a"), testRecord("good", alert.Error))
		pass(3 * time.Minute)
		require.Equal(t, []string{"escalated delivered"}, b.states("good"))
		require.Equal(t, []string{"triggered retrying"}, b.states("poison"))
	})
}

// Connection errors: a probe every 5 s for 2 minutes, then every 60 s, not counted (api.md §9).
func TestAnUnreachableTargetIsProbedAndCountsNoAttempts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		b.trigger(web("a"), testRecord("r", alert.Critical))
		pass(10*time.Minute + time.Second)
		times := seconds(d.attempts())
		require.Len(t, times, 1+24+8, "%v", times)
		require.InDelta(t, 5, times[1], 0.1)
		require.InDelta(t, 120, times[24], 0.5)
		require.InDelta(t, 180, times[25], 0.5)
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			list, err := Deliveries(tx, b.office.scope, "r")
			require.Zero(t, list[0].Attempts)
			require.Equal(t, Retrying, list[0].Status)
			require.Equal(t, errRefused.Error(), list[0].LastError)
			troubles, err2 := Troubles(tx, b.office.scope)
			require.Equal(t, "unreachable", troubles[0].State)
			return errors.Join(err, err2)
		}))
		d.answers(nil)
		pass(time.Minute)
		require.Equal(t, []string{"triggered delivered"}, b.states("r"))
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			troubles, err := Troubles(tx, b.office.scope)
			require.Empty(t, troubles)
			return err
		}))
	})
}

func TestAPermanentFailureIsDeadAtOnceAndSaidInTheApp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		b.office.backup = mail("backup@biuro.pl")
		d.answers(func(s said) error {
			if s.Address == "a" {
				return Fail(Permanent, errors.New("550 no such mailbox jan@biuro.pl"))
			}
			return nil
		})
		b.trigger(web("a"), testRecord("r", alert.Error))
		pass(time.Second)
		require.Equal(t, []string{"triggered dead", "triggered delivered"}, b.states("r"), "and the fallback is told")
		require.Len(t, d.attempts(), 2)
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			list, err := Deliveries(tx, b.office.scope, "r")
			require.Equal(t, Dead, list[0].Status)
			require.Equal(t, 1, list[0].Attempts, "it was tried")
			return err
		}))
		require.True(t, d.messages()[0].Items[0].Fallback)
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			items, _, err := Inbox(tx, b.office.scope, "boss", "", 10)
			require.Len(t, items, 1)
			require.Equal(t, "undelivered", items[0].Kind)
			require.NotContains(t, items[0].Error, "jan@", "masked")
			return err
		}))
	})
}

// A refused digest is taken apart, so that one bad record does not cost the others; a target that refuses everything is left alone soon.
func TestARefusedDigestGoesOneByOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(func(s said) error {
			if s.Digest || s.Items[0].Record == "r0003" {
				return Fail(Permanent, errRefused)
			}
			return nil
		})
		b.trigger(web("a"), records("r", 10, alert.Warning)...)
		pass(2 * time.Minute)
		require.Equal(t, 9, b.count(Delivered))
		require.Equal(t, []string{"triggered dead"}, b.states("r0003"))

		d.answers(fails(Permanent))
		before := len(d.attempts())
		b.trigger(web("b"), records("s", 50, alert.Warning)...)
		pass(2 * time.Minute)
		require.Equal(t, 51, b.count(Dead))
		require.Len(t, d.attempts(), before+1+refusedMax)
	})
}

func TestAMisconfiguredChannelPausesAndResumes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Misconfigured))
		// Twenty mailboxes share one account: it is tried once, not twenty times (no lock-out).
		for i := range 20 {
			b.trigger(mail(string(rune('a'+i))+"@biuro.pl"), testRecord("r"+string(rune('a'+i)), alert.Warning))
			pass(time.Second)
		}
		pass(29 * time.Minute)
		require.Len(t, d.attempts(), 1)
		broken, _ := b.office.reported()
		require.Equal(t, []string{"email: refused"}, broken, "channel_broken is reported once")
		require.Equal(t, []string{"triggered retrying"}, b.states("ra"), "nothing is lost")
		pass(2 * time.Minute)
		require.Len(t, d.attempts(), 2, "a probe every half an hour")

		d.answers(nil)
		b.d.Reconsider(b.office.scope)
		pass(5 * time.Second)
		require.Equal(t, 20, b.count(Delivered), "the settings have changed")
		broken, mended := b.office.reported()
		require.Equal(t, 1, mended)
		require.Len(t, broken, 1)
	})
}

// B-51, §9b: without the key file channels start paused.
func TestMissingSecretsPauseTheChannel(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		b.office.set(func() { b.office.missing = true })
		b.trigger(web("a"), testRecord("r", alert.Error))
		pass(time.Minute)
		require.Empty(t, d.attempts())
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			troubles, err := Troubles(tx, b.office.scope)
			require.Equal(t, PausedSecretMissing, troubles[0].State)
			return err
		}))
		b.office.set(func() { b.office.missing = false })
		b.d.Reconsider(b.office.scope)
		pass(time.Second)
		require.Equal(t, []string{"triggered delivered"}, b.states("r"))
	})
}

func TestAFallbackIsToldWhenATargetIsNotReachedInTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		severity alert.Severity
		class    Class
		after    time.Duration // when the fallback is told; 0: never
	}{
		"unreachable, at once":     {alert.Error, Network, time.Second},
		"misconfigured, at once":   {alert.Critical, Misconfigured, time.Second},
		"failing, after 2 minutes": {alert.Error, Temporary, 2 * time.Minute},
		"only a warning":           {alert.Warning, Network, 0},
	} {
		inBubble(t, func(b *bench, d *desk) {
			b.office.backup = []Target{{Type: Webhook, Address: "a"}, {Type: SMS, Address: "+48600100200"}, {Type: Email, Address: "x@y.pl"}}
			d.answers(func(s said) error {
				if s.Address == "a" {
					return Fail(c.class, errRefused)
				}
				return nil
			})
			start := time.Now()
			b.trigger(web("a"), testRecord("r", c.severity))
			pass(10 * time.Minute)
			got := d.messages()
			if c.after == 0 {
				require.Empty(t, got, name)
				return
			}
			require.Len(t, got, 1, "%s: once for the transition", name)
			require.Equal(t, "+48600100200", got[0].Address, name)
			require.InDelta(t, c.after.Seconds(), got[0].At.Sub(start).Seconds(), 2, name)
			b.restart()
			pass(10 * time.Minute)
			require.Len(t, d.messages(), 1, "%s: also after a restart", name)
		})
	}
}

// That a fallback was considered is noted for the target, not on its rows: it costs one transaction for thousands of them.
func TestFallbacksOfManyRowsAreNotedAtOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		b.office.backup = mail("backup@biuro.pl")
		d.answers(func(s said) error {
			if s.Address != "backup@biuro.pl" {
				return Fail(Network, errors.New("connection refused"))
			}
			return nil
		})
		const n = 300
		dead := append(web("a"), web("b")...)
		b.trigger(dead, records("r", n, alert.Error)...)
		pass(10 * time.Minute)
		told := map[string]int{}
		for _, m := range d.messages() {
			for _, i := range m.Items {
				require.True(t, i.Fallback)
				told[i.Record]++
			}
		}
		require.Len(t, told, n)
		for record, times := range told {
			require.Equal(t, 1, times, record)
		}
		b.halt()
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			for i, address := range []string{"a", "b"} {
				l, err := readLane(tx, b.office.scope, Webhook, address)
				require.NoError(t, err)
				require.EqualValues(t, 2*n-1+i, l.FellBack.Seq)
			}
			marked := 0
			err := outbox.Scan(tx, b.office.scope, kv.Span{}, func(_ []byte, r *Row) (bool, error) {
				if r.FellBack {
					marked++
				}
				return true, nil
			})
			require.Zero(t, marked)
			return err
		}))
		before := len(d.messages())
		b.restart()
		pass(5 * time.Minute)
		require.Len(t, d.messages(), before, "nor again after a restart")
		b.trigger(dead, testRecord("later", alert.Error))
		pass(5 * time.Minute)
		require.Equal(t, "later", d.messages()[len(d.messages())-1].Items[0].Record)
	})
}

func TestNoFallbackWhereAnotherTargetHasTheMessage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		b.office.backup = mail("backup@biuro.pl")
		d.answers(func(s said) error {
			if s.Address == "a" {
				return Fail(Temporary, errRefused)
			}
			return nil
		})
		b.trigger(append(web("a"), web("b")...), testRecord("r", alert.Critical))
		pass(30 * time.Minute)
		require.Len(t, d.messages(), 1)
	})
}

func TestDeadRowsAreSentAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Permanent))
		over, still := testRecord("over", alert.Warning), testRecord("still", alert.Warning)
		b.trigger(web("a"), over)
		pass(2 * time.Minute)
		b.trigger(web("a"), still)
		pass(time.Second)
		b.resolve(over)
		d.answers(nil)
		resend := func(id string) (err error) {
			return errors.Join(err, b.db.Update(func(tx *kv.Tx) error { return Resend(tx, b.office, id, execution.At(time.Now())) }))
		}
		require.NoError(t, resend("1"))
		require.NoError(t, resend("2"))
		require.NoError(t, resend("2"), "a repeat is harmless")
		b.d.Reconsider(b.office.scope)
		pass(time.Minute + time.Second)
		require.Equal(t, []string{"triggered delivered"}, b.states("still"))
		require.Equal(t, []string{"triggered superseded", "resolved delivered"}, b.states("over"), "no alarm after the end")
		for _, s := range d.messages() {
			if s.Items[0].Record == "over" {
				require.True(t, s.Items[0].Delayed)
			}
		}
		require.ErrorContains(t, resend("2"), "not_dead")
		require.ErrorContains(t, resend("99"), "not_found")
		require.ErrorContains(t, resend("x"), "not_found")
	})
}

// §9b: restored outbox rows become dead `restored`.
func TestARestoredOutboxSendsNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		b.trigger(web("a"), records("r", 300, alert.Warning)...)
		pass(time.Second)
		b.halt()
		for n := 1; n > 0; {
			b.update(func(tx *kv.Tx) (err error) {
				n, err = Restored(tx, b.office.scope, execution.At(time.Now()))
				return err
			})
		}
		before := len(d.attempts())
		b.run()
		pass(time.Hour)
		require.Len(t, d.attempts(), before)
		require.Equal(t, 300, b.count(Dead))
	})
}

// B-52: a dead or slow channel never blocks others.
func TestASlowServerKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	b, good := newBench(t), newHook(t)
	stuck := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	t.Cleanup(func() {
		close(stuck)
		slow.Close()
	})
	b.run()
	for i := range workersMax / 2 {
		address := fmt.Sprintf("%s/%d", slow.URL, i)
		b.trigger([]Target{{Type: Webhook, Address: address}}, testRecord(address, alert.Error))
	}
	b.eventually(func() bool { return b.count(Sending) == workersMax/2 }, "half of the workers wait")
	start := time.Now()
	b.trigger([]Target{good.target()}, testRecord("good", alert.Error))
	b.eventually(func() bool { return len(good.messages()) == 1 }, "the good server is told")
	require.Less(t, time.Since(start), tryTimeout/2)
	require.GreaterOrEqual(t, b.count(Sending), workersMax/2, "and they wait still")
}

// However many targets hang, the workers stay within their limit, each try ends, and known bad targets leave room.
func TestHundredsOfDeadTargetsLeaveRoom(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		var under, most atomic.Int64
		b.office.senders[Slack] = sendFunc(func(ctx context.Context, _ Target, _ said) error {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			<-ctx.Done()
			return Fail(Network, ctx.Err())
		})
		for i := range 300 {
			address := fmt.Sprintf("dead%d", i)
			b.trigger([]Target{{Type: Slack, Address: address}}, testRecord(address, alert.Info))
		}
		pass(5 * time.Minute)
		require.LessOrEqual(t, most.Load(), int64(workersMax))
		start := time.Now()
		b.trigger(web("good"), testRecord("good", alert.Info))
		pass(time.Second)
		require.Len(t, d.messages(), 1)
		require.Less(t, d.messages()[0].At.Sub(start), time.Second)
	})
}

// A mail server that looks through a mail before it takes it is waited for: who hangs up sends the mail again and again.
func TestASlowMailServerGetsAMailOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(func(said) error {
			<-time.After(25 * time.Second)
			return nil
		})
		b.office.set(func() { b.office.senders[Email] = patient{d} })
		b.trigger(mail("x@y.pl"), records("r", 1, alert.Critical)...)
		pass(time.Hour)
		require.Len(t, d.attempts(), 1)
		require.Equal(t, 1, b.count(Delivered))
	})
}

// patient is a desk whose caller may give up.
type patient struct{ *desk }

func (p patient) Send(ctx context.Context, to Target, m *Message) error {
	err := p.desk.Send(ctx, to, m)
	if ctx.Err() != nil {
		return Fail(Temporary, ctx.Err())
	}
	return err
}

// A message that may have arrived is tried again as it was: receivers know it by its key.
func TestARetriedMessageKeepsItsKeyAndTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Temporary))
		b.trigger(web("a"), records("first", 1, alert.Error)...)
		pass(time.Second)
		for i := range 8 {
			b.trigger(web("a"), records(fmt.Sprintf("then%d-", i), 1, alert.Error)...)
			pass(30 * time.Second)
		}
		d.answers(nil)
		pass(time.Hour)
		keys := map[string]map[string]bool{}
		for _, m := range d.attempts() {
			for _, i := range m.Items {
				if keys[i.Record] == nil {
					keys[i.Record] = map[string]bool{}
				}
				keys[i.Record][m.Key] = true
			}
		}
		require.Len(t, keys, 9)
		for record, all := range keys {
			require.Len(t, all, 1, record)
		}
	})
}

// A report and a test are messages of their own: a digest of alerts has no words for them.
func TestATestIsToldByItselfAfterAnOutage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		b.trigger(mail("x@y.pl"), records("r", 10, alert.Error)...)
		pass(time.Minute)
		b.tell(alert.Tested, 0, mail("x@y.pl"), records("report", 1, alert.Info)...)
		pass(time.Hour)
		d.answers(nil)
		pass(5 * time.Minute)
		var alone, together int
		for _, m := range d.messages() {
			if len(m.Items) == 1 && m.Items[0].Record == "report0000" {
				alone++
				continue
			}
			for _, i := range m.Items {
				require.NotEqual(t, "report0000", i.Record)
				together++
			}
		}
		require.Equal(t, 1, alone)
		require.Equal(t, 10, together)
	})
}

// Where settings are the organisation's, whoever's message finds out that they are mended speaks for all.
func TestAMailServerIsMendedForEverybody(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Misconfigured))
		b.trigger(mail("a@y.pl"), records("a", 1, alert.Error)...)
		pass(time.Second)
		broken, _ := b.office.reported()
		require.Equal(t, []string{"email: refused"}, broken, "the channel, not whom the message was for")
		pass(13 * time.Hour)
		d.answers(nil)
		b.trigger(mail("b@y.pl"), records("b", 1, alert.Error)...)
		b.d.Reconsider(b.office.scope)
		pass(time.Minute)
		require.Len(t, d.messages(), 1)
		_, mended := b.office.reported()
		require.Equal(t, 1, mended)
	})
}

// The links in a fallback's message and in one that is sent again are made to hold.
func TestWhatTheOutboxPlansByItselfIsSaid(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		b.office.set(func() { b.office.backup = []Target{{Type: SMS, Address: "+48600100200"}} })
		d.answers(fails(Permanent))
		b.trigger(mail("x@y.pl"), records("r", 1, alert.Critical)...)
		pass(time.Minute)
		b.office.set(func() { require.Equal(t, SMS, b.office.planned[0].To.Type) })
		require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return Resend(tx, b.office, "1", execution.At(time.Now())) }))
		b.office.set(func() { require.Equal(t, Email, b.office.planned[len(b.office.planned)-1].To.Type) })
	})
}
