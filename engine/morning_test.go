package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// J1: on working days at 7:30 in Warsaw the report goes out once, whatever was restarted, also after a morning without power and when the clocks have
// changed; never on days off.
func TestMorningReportIsSentOnceADay(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.clock.set(time.Date(2027, 3, 26, 6, 29, 59, 0, time.UTC)) // Friday, 7:29:59
	b.restart()
	change := func(patch string) {
		_, err := b.tenant.ChangeSettings(anna, []byte(patch), false, func(int64) bool { return true })
		require.NoError(t, err)
	}
	sent := func() map[string]int {
		out := map[string]int{}
		require.NoError(t, b.tenant.reportMorning())
		require.NoError(t, b.tenant.reportMorning())
		require.NoError(t, b.db.View(func(tx *kv.Tx) error {
			for day := deadline.DayOf(b.clock.now()) - 10; day <= deadline.DayOf(b.clock.now()); day++ {
				rows, err := notify.Deliveries(tx, b.tenant.scope, morningPrefix+day.String())
				if err != nil {
					return err
				}
				if len(rows) > 0 {
					out[day.String()] = len(rows)
				}
			}
			return nil
		}))
		return out
	}
	b.clock.set(time.Date(2027, 3, 26, 6, 31, 0, 0, time.UTC))
	require.Empty(t, sent(), "off while there are no recipients")
	b.clock.set(time.Date(2027, 3, 25, 6, 31, 0, 0, time.UTC))
	change(`{"morningReport":{"recipients":["anna@example.pl","marek@example.pl"]}}`)
	want := map[string]int{"2027-03-25": 2}
	require.Equal(t, want, sent())
	b.restart()
	require.Equal(t, want, sent(), "not again after a restart")
	b.clock.set(time.Date(2027, 3, 26, 6, 29, 0, 0, time.UTC))
	require.Equal(t, want, sent())
	b.clock.set(time.Date(2027, 3, 26, 9, 0, 0, 0, time.UTC))
	want["2027-03-26"] = 2
	require.Equal(t, want, sent(), "late rather than never")
	b.clock.set(time.Date(2027, 3, 28, 8, 0, 0, 0, time.UTC))
	require.Equal(t, want, sent(), "Easter Sunday")
	b.clock.set(time.Date(2027, 3, 29, 8, 0, 0, 0, time.UTC))
	require.Equal(t, want, sent(), "Easter Monday")
	b.clock.set(time.Date(2027, 3, 30, 5, 29, 0, 0, time.UTC))
	require.Equal(t, want, sent())
	b.clock.set(time.Date(2027, 3, 30, 5, 30, 0, 0, time.UTC)) // summer time
	want["2027-03-30"] = 2
	require.Equal(t, want, sent())
	b.clock.set(time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC))
	require.Equal(t, want, sent(), "too late for a morning")
}

// J1: the report tells what failed since the last one, what waits, and what is due; its mail says the same.
func TestMorningReportTells(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.clock.set(time.Date(2026, 11, 24, 6, 45, 0, 0, time.UTC)) // Tuesday, 7:45
	failed := func(e *execution.Event) { e.Error = &execution.ErrorInfo{Message: "PESEL 44051401359 jest błędny"} }
	for i := range 3 {
		id := fmt.Sprintf("night-%d", i)
		b.ingest(event(id, execution.ExecutionStarted, 10*time.Hour), event(id, execution.ExecutionFailed, time.Duration(11+i)*time.Hour, failed))
	}
	b.ingest(event("monday", execution.ExecutionStarted, -7*time.Hour), event("monday", execution.ExecutionFailed, -6*time.Hour, failed))
	b.ingest(event("decision", execution.ExecutionStarted, 0), event("decision", execution.ExecutionWaiting, time.Hour))
	m, err := b.tenant.Morning(context.Background())
	require.NoError(t, err)
	require.Equal(t, 3, m.FailedTotal)
	require.Equal(t, "night-2", m.Failed[0].ExecutionID, "the latest first")
	require.NotContains(t, m.Failed[0].Error, "44051401359")
	require.Equal(t, 1, m.WaitingTotal)
	require.Equal(t, "decision", m.Waiting[0].ExecutionID)
	require.NotEmpty(t, m.Due)
	require.Equal(t, time.Date(2026, 11, 23, 6, 30, 0, 0, time.UTC), m.From.Time())

	record := b.tenant.trial(morningPrefix + "2026-11-24")
	message, err := office{b.tenant}.Compose(&notify.Notice{
		To: notify.Target{Type: notify.Email, Address: "anna@example.pl"}, Key: "k", Now: b.engine.instant(), Items: []notify.Item{{Transition: alert.Tested, Record: record}},
	})
	require.NoError(t, err)
	require.Contains(t, message.Text, "night-2")
	require.Contains(t, message.Text, "decision")
	require.NotContains(t, message.Text, "44051401359")
}
