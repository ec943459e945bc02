package notify

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// B-99: 10,000 alerts in 10 seconds are at most 2 messages a target in the first minute, and none is lost.
func TestAStormIsTwoMessagesInItsFirstMinute(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		targets := append(web("a"), mail("x@y.pl")...)
		for i := range 100 {
			b.trigger(targets, records("r"+string(rune('A'+i)), 100, alert.Error)...)
			pass(100 * time.Millisecond)
		}
		pass(49 * time.Second) // 59 s since the first
		require.LessOrEqual(t, perTarget(d.messages(), "a"), 2)
		require.LessOrEqual(t, perTarget(d.messages(), "x@y.pl"), 2)
		require.Zero(t, d.messages()[0].At.Sub(d.attempts()[0].At), "the first goes at once")
		pass(6 * time.Minute)
		told := map[string]int{}
		for _, s := range d.messages() {
			require.LessOrEqual(t, len(s.Items), rowsMax)
			for _, i := range s.Items {
				told[s.Address+i.Record]++
			}
		}
		require.Len(t, told, 20_000)
		for r, n := range told {
			require.Equal(t, 1, n, r)
		}
		require.LessOrEqual(t, perTarget(d.messages(), "a"), 8)
	})
}

func perTarget(list []said, address string) (n int) {
	for _, s := range list {
		if s.Address == address {
			n++
		}
	}
	return n
}

func TestAGroupGathersAndOthersDoNot(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		list := records("r", 4, alert.Warning)
		b.trigger(web("a"), list[0])
		pass(10 * time.Second)
		b.trigger(web("a"), list[1])
		pass(10 * time.Second)
		b.trigger(web("a"), list[2])
		other := testRecord("other", alert.Warning)
		other.Type = alert.QueueBacklog
		b.trigger(web("a"), other)
		b.trigger(web("b"), list[3])
		pass(10 * time.Second)
		require.Equal(t, 2, perTarget(d.messages(), "a"), "another type is another group")
		require.Equal(t, 1, perTarget(d.messages(), "b"), "another target, too")
		pass(31 * time.Second)
		got := d.messages()
		require.Len(t, got, 4)
		last := got[3]
		require.True(t, last.Digest)
		require.Len(t, last.Items, 2)
		require.InDelta(t, 60, seconds(got)[3], 0.5)
	})
}

// §9b: resolved follows at once, after a digest as one digest; escalations never wait.
func TestResolvesAndEscalationsDoNotWaitForTheGroup(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		list := records("r", 5, alert.Error)
		b.trigger(web("a"), list[0])
		pass(time.Second)
		b.trigger(web("a"), list[1:]...)
		pass(time.Second)
		b.resolve(list[0])
		pass(time.Second)
		require.Len(t, d.messages(), 2, "the resolve of what was told alone")
		b.tell(alert.EscalatedUp, 1, web("a"), list[1])
		pass(time.Second)
		got := d.messages()
		require.Len(t, got, 4)
		require.Equal(t, alert.Triggered, got[2].Items[0].Transition, "first what is escalated")
		require.Equal(t, alert.EscalatedUp, got[3].Items[0].Transition)
		pass(2 * time.Minute)
		require.True(t, d.messages()[4].Digest)
		require.Len(t, d.messages()[4].Items, 3)
		for _, r := range list[2:] {
			b.resolve(r)
			pass(500 * time.Millisecond)
		}
		pass(2 * time.Second)
		got = d.messages()
		require.Len(t, got, 6)
		require.Len(t, got[5].Items, 3, "one digest tells that it is over")
	})
}

// A pair of which nothing was told yet is one message, which says so (§9b).
func TestWhatIsOverBeforeItIsToldIsOneMessage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		r := testRecord("r", alert.Error)
		b.trigger(web("a"), r)
		pass(10 * time.Minute)
		b.tell(alert.Reminder, 1, web("a"), r)
		b.resolve(r)
		d.answers(nil)
		pass(2 * time.Minute)
		require.Len(t, d.messages(), 1)
		require.Equal(t, []saidRow{{Record: "r", Transition: alert.ResolvedAway, Severity: alert.Error, Delayed: true}}, d.messages()[0].Items)
		require.Equal(t, []string{"triggered superseded", "reminder superseded", "resolved delivered"}, b.states("r"))
	})
}

// J5.5: 3 hours without network and 500 alerts are one digest a target, the most severe first; B4.
func TestThreeHoursWithoutNetworkAreOneDigestATarget(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		targets := append(append(mail("x@y.pl"), web("a")...), Target{Type: SMS, Address: "+48600100200"}, User("anna"))
		severities := []alert.Severity{alert.Info, alert.Error, alert.Critical, alert.Warning}
		var all []*alert.Record
		for i := range 500 {
			r := testRecord(fmt.Sprintf("r%03d", i), severities[i%4])
			r.Type = []alert.Type{alert.ExecutionFailed, alert.SlowExecution, alert.QueueBacklog}[i%3]
			if all = append(all, r); i%5 == 4 {
				b.trigger(targets, all[i-4:]...)
				pass(3 * time.Hour / 100)
			}
		}
		for _, r := range all[100:200] {
			b.resolve(r)
		}
		require.Empty(t, d.messages())
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			require.Equal(t, 600, Unread(tx, b.office.scope, "anna"), "the app needs no network")
			return nil
		}))
		pass(time.Duration(lateAfter)) // so that the last of them are late, too, whenever the next probe is
		require.Empty(t, d.messages())
		d.answers(nil)
		pass(90 * time.Second)
		got := d.messages()
		require.Len(t, got, 3, "one digest a target")
		for _, s := range got {
			require.Len(t, s.Items, 500)
			require.True(t, slices.IsSortedFunc(s.Items, func(a, b saidRow) int {
				return severityRank(a.Severity) - severityRank(b.Severity)
			}))
			over := 0
			for _, i := range s.Items {
				require.True(t, i.Delayed)
				if i.Transition == alert.ResolvedAway {
					over++
				}
			}
			require.Equal(t, 100, over)
		}
		require.Zero(t, b.count(Dead)+b.count(Queued)+b.count(Retrying))
	})
}

func TestAFewEpisodesAfterAnOutageKeepTheirOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		types := []alert.Type{alert.QueueBacklog, alert.SlowExecution, alert.ExecutionFailed, alert.HighErrorRate}
		for i, r := range records("r", 4, alert.Error) {
			r.Type = types[i]
			b.trigger(web("a"), r)
			pass(time.Minute)
		}
		d.answers(nil)
		pass(time.Minute + time.Second)
		var order []string
		for _, s := range d.messages() {
			require.False(t, s.Digest)
			order = append(order, s.Items[0].Record)
		}
		require.Equal(t, []string{"r0000", "r0001", "r0002", "r0003"}, order)
	})
}

// E-mail 30/h, SMS 6/h, Slack 60/h; over it critical digests only.
func TestHourlyLimitsHoldForAllButCriticalDigests(t *testing.T) {
	t.Parallel()
	for channel, limit := range hourly {
		inBubble(t, func(b *bench, d *desk) {
			to := []Target{{Type: channel, Address: "x"}}
			for i := range 3 * int(limit) {
				r := testRecord(string(channel)+time.Now().Format(time.StampMicro), alert.Warning)
				b.tell(alert.EscalatedUp, i+1, to, r) // not grouped
				pass(time.Second)
			}
			first := len(d.messages())
			require.InDelta(t, limit+3*limit*limit/3600, first, 1.5, channel)
			b.tell(alert.EscalatedUp, 1, to, records("c", 3, alert.Critical)...)
			pass(time.Second)
			require.Len(t, d.messages(), first+1, "%s: what is critical goes, as one digest", channel)
			b.tell(alert.EscalatedUp, 1, to, records("d", 3, alert.Critical)...)
			pass(30 * time.Second)
			require.LessOrEqual(t, len(d.messages()), first+2, channel)
			pass(2 * time.Hour)
			require.Zero(t, b.count(Queued)+b.count(Retrying)+b.count(Dead), "%s: nothing is lost", channel)
		})
	}
}

// §9b: 1–24 h late: in_app, and one digest a target; older ones and imports: no message.
func TestLateRecordsAreOneDigest(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		list := records("r", 20, alert.Error)
		for i, r := range list {
			r.Late = true
			if i%2 == 0 {
				r.Type = alert.SlowExecution
			}
			b.trigger(append(web("a"), User("anna")), r)
			pass(time.Second)
		}
		silent := testRecord("silent", alert.Critical)
		silent.Silent = true
		b.trigger(web("a"), silent)
		pass(2 * time.Minute)
		require.Len(t, d.messages(), 1)
		require.Len(t, d.messages()[0].Items, 20)
		require.Empty(t, b.states("silent"))
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			require.Equal(t, 20, Unread(tx, b.office.scope, "anna"))
			return nil
		}))
	})
}

// The windows of groups and the hourly limits are no matter of memory.
func TestARestartInAStormTellsNoMore(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		for i := range 20 {
			b.trigger(web("a"), testRecord(time.Now().String(), alert.Error))
			pass(2 * time.Second)
			if i%5 == 4 {
				b.restart()
			}
		}
		pass(15 * time.Second)
		require.Len(t, d.messages(), 1)
		pass(10 * time.Second)
		require.Len(t, d.messages(), 2)
		require.Len(t, d.messages()[1].Items, 19)
	})
}

func TestSilencedAlertsWaitAndAreToldIfTheyOutliveIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		until := execution.At(time.Now().Add(time.Hour))
		list := records("r", 3, alert.Error)
		told := testRecord("told", alert.Error)
		b.trigger(web("a"), told)
		pass(time.Second)
		b.office.set(func() {
			for _, r := range append(list, told) {
				b.office.held[r.ID] = until
			}
		})
		pass(2 * time.Minute)
		b.trigger(web("a"), list...)
		pass(time.Minute)
		b.trigger(web("a"), testRecord("free", alert.Error))
		pass(time.Minute)
		require.Len(t, d.messages(), 2, "what is not silenced goes past")
		b.resolve(list[0])
		b.resolve(told)
		pass(time.Second)
		require.Equal(t, []string{"triggered superseded", "resolved superseded"}, b.states(list[0].ID), "never told, so no all-clear")
		require.Len(t, d.messages(), 3, "who was told before the silence is told of the end")
		require.Equal(t, []string{"triggered queued"}, b.states(list[1].ID))
		b.restart()
		pass(time.Minute)
		require.Len(t, d.messages(), 3)

		// The silence of one is lifted early.
		b.office.set(func() { delete(b.office.held, list[1].ID) })
		b.d.Reconsider(b.office.scope)
		pass(time.Second)
		require.Equal(t, []string{"triggered delivered"}, b.states(list[1].ID))
		pass(time.Hour)
		require.Equal(t, []string{"triggered delivered"}, b.states(list[2].ID), "it outlived the silence")
	})
}

func TestASilenceOfDaysDoesNotLetAlertsExpire(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		r := testRecord("r", alert.Info)
		b.office.set(func() { b.office.held["r"] = execution.NoInstant }) // without an end
		b.trigger(web("a"), r)
		pass(5 * 24 * time.Hour)
		require.Equal(t, []string{"triggered queued"}, b.states("r"))
		b.office.set(func() { clear(b.office.held) })
		pass(time.Hour)
		require.Equal(t, []string{"triggered delivered"}, b.states("r"))
		require.Len(t, d.messages(), 1)
	})
}

func TestARecordThatIsGoneIsNotTold(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		d.answers(fails(Network))
		b.trigger(web("a"), testRecord("r", alert.Info))
		pass(time.Second)
		b.update(func(tx *kv.Tx) error { return testRecords.Delete(tx, b.office.scope, testRecord("r", alert.Info)) })
		pass(time.Minute)
		require.Equal(t, []string{"triggered superseded"}, b.states("r"))
	})
}
