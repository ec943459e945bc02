package notify

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// door is a desk that can be asked whether anybody is there.
type door struct {
	*desk
	shut   atomic.Bool
	knocks atomic.Int32
}

func (d *door) Knock(context.Context, Target) error {
	d.knocks.Add(1)
	if d.shut.Load() {
		return Fail(Network, errRefused)
	}
	return nil
}

func (d *door) Send(ctx context.Context, to Target, m *Message) error {
	if d.shut.Load() {
		d.answers(fails(Network))
	} else {
		d.answers(nil)
	}
	return d.desk.Send(ctx, to, m)
}

// shutDoor stands before webhooks; the first message has found that nobody is there.
func shutDoor(b *bench, d *desk) *door {
	there := &door{desk: d}
	b.office.set(func() { b.office.senders[Webhook] = there })
	there.shut.Store(true)
	b.trigger(web("a"), records("first", 1, alert.Error)...)
	pass(time.Second)
	return there
}

// B-52: while nobody is there, no message is composed to find that out, and the first that gets through tells everything.
func TestWhoIsNotThereIsAskedBeforeAMessageIsComposed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		there := shutDoor(b, d)
		require.Len(t, d.attempts(), 1, "the first finds out")
		b.trigger(web("a"), records("behind", 300, alert.Error)...)
		pass(10 * time.Minute)
		require.Len(t, d.attempts(), 1)
		require.InDelta(t, 120/5+8, there.knocks.Load(), 3, "each five seconds for two minutes, then each minute")
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			list, err := Troubles(tx, b.office.scope)
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, "unreachable", list[0].State)
			require.Equal(t, errRefused.Error(), list[0].LastError)
			require.Greater(t, list[0].RetryAt, execution.At(time.Now()))
			return nil
		}))
		there.shut.Store(false)
		pass(time.Minute + time.Second)
		require.Len(t, d.messages(), 1)
		require.Len(t, d.messages()[0].Items, 301)
	})
}

// Found by 100,000 messages to twenty targets of a network that was down: each try that found nobody was followed by a look at thousands of rows, whatever
// looks had used already, and all of them waited for the same moment.
func TestWhoFoundNobodyWaitsForItsShareBeforeItLooks(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		there := shutDoor(b, d)
		b.halt()
		used := func(r *round) *worker {
			pass(10 * time.Second)
			w := &worker{round: r, office: b.office, name: name{b.office.scope, Webhook, "a"}, blocked: true, until: execution.At(time.Now())}
			_, err := w.deliver()
			require.NoError(t, err)
			return w
		}
		r := &round{Dispatcher: b.d, looking: budget{share: lookingShare}, sending: b.t.Context()}
		require.Zero(t, used(r).found.rest, "its share is free")
		r.looking.spend(time.Now(), time.Hour)
		knocks := there.knocks.Load()
		w := used(r)
		require.Greater(t, there.knocks.Load(), knocks, "but somebody may be there")
		require.True(t, w.found.blocked)
		require.Positive(t, w.found.rest)
		require.Equal(t, w.until, w.found.until)
		require.Greater(t, w.until, execution.At(time.Now()))
	})
}

// What is wrong but for the network, the message has to say: it is noted where people look for it.
func TestWhatKeepsFromKnockingIsNoAnswer(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		shutDoor(b, d)
		b.office.set(func() { b.office.missing = true })
		pass(10 * time.Second)
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			l, err := readLane(tx, b.office.scope, Webhook, "a")
			require.NoError(t, err)
			require.Equal(t, PausedSecretMissing, l.Paused)
			return nil
		}))
	})
}
