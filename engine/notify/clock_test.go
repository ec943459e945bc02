package notify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

// A machine that believed for a while that it was tomorrow: what was told and what waits then keeps nobody from being told now.
func TestAClockThatWasSetBackSilencesNobody(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"while it runs": false, "between two runs": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(b *bench, d *desk) {
				b.skew.Store(int64(24 * time.Hour))
				b.trigger(web("told"), records("before", 1, alert.Critical)...)
				pass(time.Second)
				require.Len(t, d.messages(), 1)
				d.answers(fails(Temporary))
				b.trigger(web("failing"), records("fails", 1, alert.Critical)...)
				pass(time.Second)
				d.answers(nil)
				if restart {
					b.halt()
				}
				b.skew.Store(0)
				if restart {
					b.run()
				}
				b.trigger(web("told"), records("after", 1, alert.Critical)...)
				pass(3 * time.Minute)
				var told []string
				for _, m := range d.messages() {
					for _, i := range m.Items {
						told = append(told, i.Record)
					}
				}
				require.ElementsMatch(t, []string{"before0000", "fails0000", "after0000"}, told)
			})
		})
	}
}

// What waits for the end of a silence waits, whatever the clock did.
func TestAClockThatWasSetBackEndsNoSilence(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bench, d *desk) {
		end := execution.At(time.Now().Add(48 * time.Hour))
		b.office.set(func() { b.office.held["held0000"] = end })
		b.skew.Store(int64(24 * time.Hour))
		b.trigger(web("a"), records("held", 1, alert.Critical)...)
		pass(time.Second)
		b.skew.Store(0)
		pass(time.Hour)
		require.Empty(t, d.messages())
		pass(48 * time.Hour)
		require.Len(t, d.messages(), 1)
	})
}
