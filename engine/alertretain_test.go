package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// alertRule makes a rule about failures that tells everybody in the application, and somebody by mail.
func (b *bench) alertRule(name string) *alert.Rule {
	b.t.Helper()
	r, err := b.tenant.CreateAlertRule(alert.Rule{Type: alert.ExecutionFailed, Name: name, Active: true, Channels: []alert.Channel{
		{Type: "email", Config: []byte(`{"to":["biuro@example.pl"]}`)}, {Type: "in_app", Config: []byte(`{}`)},
	}}, iod())
	require.NoError(b.t, err)
	return r
}

// alerts are those of rules that the test has made: that there is no mail server is not what it is about.
func (b *bench) alerts() []alert.Record {
	b.t.Helper()
	all, _, err := b.tenant.Alerts(AlertFilter{From: execution.NoInstant, To: execution.NoInstant}, "", 100)
	require.NoError(b.t, err)
	return slices.DeleteFunc(all, func(r alert.Record) bool { return r.Builtin != "" })
}

// B-70, SEC8: alerts leave so many days after they were resolved, with what was told of them. Silences and deleted rules leave with them, links after three days.
func TestOldAlertsLeaveWithTheirMessages(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.alertRule("Failed")
	gone := b.alertRule("Gone")
	require.NoError(t, b.tenant.DeleteAlertRule(gone.ID, iod()))
	_, err := b.tenant.CreateSilence(alert.Silence{RuleID: r.ID, StartsAt: execution.At(noon), EndsAt: execution.At(noon.Add(time.Hour)), Reason: "a pause"}, iod())
	require.NoError(t, err)
	b.runOf("old", "K-1")
	require.Len(t, b.alerts(), 1)
	_, err = b.tenant.TestAlertRule(r.ID, iod())
	require.NoError(t, err)
	links, outbox := b.count(alertLinks.ScanRaw, b.db.System()), b.deliveries("")
	require.Positive(t, links)
	require.NotEmpty(t, outbox)

	b.clock.set(noon.Add(4 * 24 * time.Hour))
	b.engine.outbox.Reconsider(b.tenant.scope)
	require.Eventually(t, func() bool { return len(b.deliveries(notify.Dead)) >= 2 }, 10*time.Second, time.Millisecond, "nobody takes mail, so messages are given up")
	require.NoError(t, b.engine.forgetLinks())
	require.Zero(t, b.count(alertLinks.ScanRaw, b.db.System()))
	b.clock.set(noon.Add(31 * 24 * time.Hour))
	run := b.retain()
	require.Zero(t, run.Removed.Alerts)
	require.Positive(t, run.Removed.Messages, "the trial")
	require.Len(t, b.alerts(), 1)

	require.Eventually(t, func() bool { return b.alerts()[0].Status == alert.Resolved }, 10*time.Second, time.Millisecond, "a day without news closes it")

	b.clock.set(noon.Add(3000 * 24 * time.Hour))
	b.ingest(event("new", execution.ExecutionFailed, 3000*24*time.Hour))
	require.Len(t, b.alerts(), 2)
	run = b.retain()
	require.EqualValues(t, 1, run.Removed.Alerts)
	require.EqualValues(t, 1, run.Removed.Silences)
	require.EqualValues(t, 1, run.Removed.AlertRules)
	require.Empty(t, b.tenant.Silences())
	left := b.alerts()
	require.Len(t, left, 1)
	require.Equal(t, "new", left[0].ExecutionID)
	_, err = b.tenant.ResolveAlert(left[0].ID, "", iod())
	require.NoError(t, err)
	require.Zero(t, b.retain().Removed.Alerts, "it was resolved today")

	b.clock.set(noon.Add(6000 * 24 * time.Hour))
	require.EqualValues(t, 1, b.retain().Removed.Alerts)
	require.Empty(t, b.alerts())
	require.Empty(t, b.deliveries(""))
	require.Len(t, b.tenant.AlertRules("", nil), 1+len(alert.Builtins()))
	b.restart()
	require.Empty(t, b.alerts())
	require.Empty(t, b.tenant.Silences())
}

func (b *bench) deliveries(status notify.State) []notify.Delivery {
	b.t.Helper()
	all, _, err := b.tenant.Deliveries(status, "", 100)
	require.NoError(b.t, err)
	return all
}

// count is how many records a collection holds.
func (b *bench) count(scan func(*kv.Tx, kv.Scope, kv.Span, func(key, value []byte) bool), s kv.Scope) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		scan(tx, s, kv.Span{}, func(_, _ []byte) bool { n++; return true })
		return nil
	}))
	return n
}

// B-18, B-98: a rule that was paused and one of whose scopes is erased still fires afterwards.
func TestRulesFireAfterAnErasure(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.alertRule("Failed")
	b.runOf("x", "K-1")
	b.erase(ErasureTarget{ClientRef: "K-1"})
	all := b.alerts()
	require.Len(t, all, 1)
	require.Empty(t, all[0].ClientRef+all[0].ExecutionID+all[0].Facts.Error)
	require.Equal(t, alert.Active, all[0].Status)
	b.clock.set(noon.Add(time.Hour))
	b.ingest(event("y", execution.ExecutionStarted, time.Hour), event("y", execution.ExecutionFailed, time.Hour+time.Second))
	all = b.alerts()
	require.Len(t, all, 1)
	require.Equal(t, "y", all[0].ExecutionID)
	require.EqualValues(t, 2, all[0].Count)
}
