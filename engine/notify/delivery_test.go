package notify

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

func TestDeliveriesAreListedPageByPageAndMasked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.trigger(append(mail("jan@biuro.pl"), web("https://hooks.example/services/T0/SECRET")...), records("r", 120, alert.Error)...)
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error {
		_, err := Restored(tx, b.office.scope, execution.At(time.Now()))
		return err
	}))
	require.NoError(t, b.db.View(func(tx *kv.Tx) error {
		for _, status := range []State{"", Dead, Queued} {
			seen, cursor := map[string]bool{}, ""
			for {
				list, next, err := List(tx, b.office.scope, status, cursor, 7)
				require.NoError(t, err)
				for _, d := range list {
					require.False(t, seen[d.ID], "twice")
					seen[d.ID] = true
					require.NotContains(t, d.Target, "jan@")
					require.NotContains(t, d.Target, "SECRET")
					if status != "" {
						require.Equal(t, status, d.Status)
					}
				}
				if cursor = next; next == "" {
					break
				}
			}
			require.Len(t, seen, map[State]int{"": 240, Dead: 200, Queued: 40}[status], status)
		}
		_, _, err := List(tx, b.office.scope, "lost", "", 7)
		require.ErrorContains(t, err, "invalid_field")
		_, _, err = List(tx, b.office.scope, "", "x", 7)
		require.ErrorContains(t, err, "invalid_cursor")
		return nil
	}))
	b.check()
}

// B-94: an inbox a user, unread counts, 90 days.
func TestInboxesAreReadMarkedAndKeptNinetyDays(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, _ *desk) {
		b.trigger([]Target{User("anna"), User("ann")}, records("r", 30, alert.Info)...)
		unread := func(user string) (n int) {
			require.NoError(t, b.db.View(func(tx *kv.Tx) error {
				n = Unread(tx, b.office.scope, user)
				return nil
			}))
			return n
		}
		require.Equal(t, 30, unread("anna"))
		var ids []string
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			for cursor := ""; ; {
				items, next, err := Inbox(tx, b.office.scope, "anna", cursor, 8)
				require.NoError(t, err)
				for _, i := range items {
					require.Equal(t, "triggered", i.Kind)
					ids = append(ids, i.ID())
				}
				if cursor = next; next == "" {
					return nil
				}
			}
		}))
		require.Len(t, ids, 30)
		mark := func(user string, ids ...string) (n int) {
			require.NoError(t, b.db.Update(func(tx *kv.Tx) (err error) {
				n, err = MarkRead(tx, b.office.scope, user, ids, execution.At(time.Now()))
				return err
			}))
			return n
		}
		require.Equal(t, 2, mark("anna", ids[0], ids[3], ids[3], "x", "99999"))
		require.Zero(t, mark("ann", ids[5]), "another's")
		require.Equal(t, 28, unread("anna"))
		require.Equal(t, 28, mark("anna"))
		require.Zero(t, unread("anna"))
		require.Equal(t, 30, unread("ann"))

		pass(89 * 24 * time.Hour)
		require.Zero(t, b.retain())
		pass(2 * 24 * time.Hour)
		require.Equal(t, 60, b.retain())
		require.Zero(t, unread("ann"))
	})
}

func (b *bench) retain() (removed int) {
	b.t.Helper()
	for n := 1; n > 0; {
		b.update(func(tx *kv.Tx) (err error) {
			n, err = Retain(tx, b.office.scope, execution.At(time.Now()))
			return err
		})
		removed += n
	}
	return removed
}

// Texts of messages 30 days; deliveries as long as their record, and then nothing is left of it.
func TestTextsGoAfterThirtyDaysAndDeliveriesWithTheRecord(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, _ *desk) {
		b.trigger(append(web("a"), User("anna")), records("r", 3, alert.Info)...)
		pass(2 * time.Minute)
		texts := func() (n int) {
			require.NoError(t, b.db.View(func(tx *kv.Tx) error {
				bodies.ScanRaw(tx, b.office.scope, kv.Span{}, func(_, _ []byte) bool { n++; return true })
				return nil
			}))
			return n
		}
		require.Equal(t, 1, texts(), "one message told all three")
		b.update(func(tx *kv.Tx) error { return Forget(tx, b.office.scope, "r0001") })
		require.Zero(t, texts(), "it was about the forgotten record, too")
		require.Empty(t, b.states("r0001"))
		require.Len(t, b.states("r0002"), 2)
		b.trigger(web("a"), testRecord("late", alert.Info))
		pass(29 * 24 * time.Hour)
		require.Equal(t, 1, texts())
		pass(2 * 24 * time.Hour)
		require.Equal(t, 1, b.retain())
		require.Zero(t, texts())
		require.Equal(t, []string{"triggered delivered"}, b.states("late"))
	})
}

// FuzzReadEntry: entries of the index of lanes read back, and no bytes make it panic.
func FuzzReadEntry(f *testing.F) {
	f.Add([]byte(nil), "webhook", "a", uint64(1), int64(2), int64(-3))
	f.Fuzz(func(t *testing.T, junk []byte, channel, address string, seq uint64, notBefore, expiresAt int64) {
		_, _, _ = readEntry(junk)
		r := &Row{
			Seq: seq, To: Target{Type: Type(channel), Address: address}, Transition: alert.Triggered, Severity: alert.Critical,
			NotBefore: execution.Instant(notBefore), ExpiresAt: execution.Instant(expiresAt), State: Queued,
		}
		lane, e, err := readEntry(kv.AppendUint64(appendEntry(nil, r), r.Seq))
		require.NoError(t, err)
		require.Equal(t, laneKey(nil, r.To.Type, r.To.Address), lane)
		require.Equal(t, entry{
			seq: seq, notBefore: r.NotBefore, expiresAt: r.ExpiresAt, group: groupHash(firingPrefix), fallback: true, urgent: true,
		}, e)
	})
}

func TestKeysNameTheTransitionAndHideTheAddress(t *testing.T) {
	t.Parallel()
	to := Target{Type: Slack, Address: "https://hooks.example/services/SECRET"}
	key := RowKey("id", alert.Reminder, 2, to)
	require.Equal(t, key, RowKey("id", alert.Reminder, 2, to))
	require.NotContains(t, key, "SECRET")
	require.Regexp(t, `^id:reminder:2:slack-[0-9a-f]{16}$`, key)
	require.NotEqual(t, key, fmt.Sprint(RowKey("id", alert.Reminder, 3, to)))
}
