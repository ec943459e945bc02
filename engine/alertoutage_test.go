package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

const errKSeF = "HTTP 503 Service Unavailable from ksef.mf.gov.pl"

// withRule makes a rule with a mailbox, or in the app when none is given.
func (b *bench) withRule(r alert.Rule, mailbox string) *alert.Rule {
	b.t.Helper()
	r.Active = true
	r.Channels = []alert.Channel{{Type: "in_app", Config: []byte(`{}`)}}
	if mailbox != "" {
		r.Channels = []alert.Channel{{Type: "email", Config: fmt.Appendf(nil, `{"to":[%q]}`, mailbox)}}
	}
	made, err := b.tenant.CreateAlertRule(r, anna)
	require.NoError(b.t, err)
	return made
}

// fail ingests a run that fails so many minutes after noon.
func (b *bench) fail(id string, minutes int, message string) {
	b.t.Helper()
	failed := func(e *execution.Event) { e.Error = &execution.ErrorInfo{Message: message} }
	b.clock.set(noon.Add(time.Duration(minutes) * time.Minute))
	b.ingest(event(id, execution.ExecutionStarted, time.Duration(minutes-1)*time.Minute), event(id, execution.ExecutionFailed, time.Duration(minutes)*time.Minute, failed))
}

func (b *bench) alertsOf(rule string, statuses ...alert.RecordStatus) []alert.Record {
	b.t.Helper()
	all, _, err := b.tenant.Alerts(AlertFilter{RuleID: rule, Statuses: statuses, From: execution.NoInstant, To: execution.NoInstant}, "", 100)
	require.NoError(b.t, err)
	return all
}

// transitions are what was planned for a record, by transition.
func (b *bench) transitions(record string) map[alert.Transition]int {
	b.t.Helper()
	out := map[alert.Transition]int{}
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		rows, err := notify.Deliveries(tx, b.tenant.scope, record)
		for _, r := range rows {
			out[r.Transition]++
		}
		return err
	}))
	return out
}

// J4, J4.3, J4.4: while a known outage lasts, what fails by it counts for no streak and its messages wait; when it ends, what still fails is told, and
// the audit knows both.
func TestKnownOutage(t *testing.T) {
	t.Parallel()
	b := start(t)
	streak := b.withRule(alert.Rule{Type: alert.ConsecutiveFailures, Name: "Z rzędu", Conditions: []alert.Condition{{ConsecutiveCount: 3}}}, "")
	each := b.withRule(alert.Rule{Type: alert.ExecutionFailed, Name: "Niepowodzenie"}, "biuro@example.pl")
	b.fail("before", 1, errKSeF)
	require.Len(t, b.alertsOf(each.ID, alert.Active), 1)
	_, err := b.tenant.CreateOutage(alert.Outage{Cause: "x", Until: execution.NoInstant, Since: execution.NoInstant, Reason: "KSeF"}, anna)
	require.Error(t, err)
	o, err := b.tenant.CreateOutage(alert.Outage{Cause: "ksef.MF.gov.pl", Since: execution.At(noon), Until: execution.NoInstant, Reason: "Awaria w BIP"}, anna)
	require.NoError(t, err)
	for i := range 4 {
		b.fail(fmt.Sprintf("during-%d", i), 2+i, errKSeF)
	}
	require.Empty(t, b.alertsOf(streak.ID), "by the outage")
	open := b.alertsOf(each.ID, alert.Active)
	require.Len(t, open, 1, "it is raised all the same")
	until, held := b.tenant.Held(&open[0], b.engine.instant())
	require.True(t, held)
	require.False(t, until.Present(), "nobody knows until when")
	b.restart()
	_, held = b.tenant.Held(&open[0], b.engine.instant())
	require.True(t, held, "also after a restart")
	b.fail("ours-1", 10, "disk full")
	b.fail("ours-2", 11, "disk full")
	require.Empty(t, b.alertsOf(streak.ID), "two of our own")

	before := b.transitions(open[0].ID)[alert.Reminder]
	b.fail("ksef", 12, errKSeF)
	ended, err := b.tenant.EndOutage(o.ID, anna)
	require.NoError(t, err)
	require.Equal(t, "Anna", ended.EndedBy)
	again, err := b.tenant.EndOutage(o.ID, me)
	require.NoError(t, err)
	require.Equal(t, ended, again, "it ends once")
	_, err = b.tenant.EndOutage("unknown", anna)
	require.ErrorIs(t, err, errUnknownOutage)
	require.Greater(t, b.transitions(open[0].ID)[alert.Reminder], before, "what still fails is told")
	_, held = b.tenant.Held(&open[0], b.engine.instant())
	require.False(t, held)
	b.fail("ours-3", 13, errKSeF)
	require.Len(t, b.alertsOf(streak.ID, alert.Active), 1, "the third that counts")
	for _, event := range []string{audit.OutageCreated, audit.OutageEnded} {
		items, _, err := b.tenant.Audit(audit.Filter{Event: event}, nil, 10)
		require.NoError(t, err)
		require.Len(t, items, 1, event)
	}
}

// B4: recurring mute windows hold what is below error, until they end; and days off where they say so.
func TestMuteWindowsHold(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, err := b.tenant.ChangeSettings(anna, []byte(`{"muteWindows":[{"weekdays":[1,2,3,4,5],"fromMinute":1080,"toMinute":420,"daysOff":true,"reason":"Po godzinach"}]}`), false, func(int64) bool { return true })
	require.NoError(t, err)
	warsaw := b.engine.zone
	f := func(at time.Time, severity alert.Severity, wantUntil time.Time) {
		t.Helper()
		until, held := b.tenant.Held(&alert.Record{Severity: severity}, execution.At(at))
		require.Equal(t, !wantUntil.IsZero(), held)
		if held {
			require.Equal(t, wantUntil.UTC(), until.Time())
		}
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, warsaw)
	clock := func(days, hour, minute int) time.Time {
		return time.Date(2026, 11, 23+days, hour, minute, 0, 0, warsaw)
	}
	f(clock(0, 17, 59), alert.Warning, time.Time{})
	f(clock(0, 18, 0), alert.Warning, clock(1, 7, 0))
	f(clock(1, 6, 59), alert.Info, clock(1, 7, 0))
	f(clock(1, 7, 0), alert.Info, time.Time{})
	f(clock(0, 18, 0), alert.Error, time.Time{})
	f(clock(4, 20, 0), alert.Warning, clock(7, 0, 0)) // Friday's night, then days off
	require.Equal(t, time.Monday, monday.Weekday())
	_, err = b.tenant.ChangeSettings(anna, []byte(`{"muteWindows":[{"weekdays":[8],"reason":"x"}]}`), false, func(int64) bool { return true })
	require.ErrorContains(t, err, "not valid")
}

// B4: who hears of the failed execution by consecutive_failures does not hear of it by execution_failed too; who hears only of the failure does, and
// both records stay.
func TestStreakSwallowsItsFailure(t *testing.T) {
	t.Parallel()
	b := start(t)
	both := b.withRule(alert.Rule{Type: alert.ExecutionFailed, Name: "Obie"}, "biuro@example.pl")
	other := b.withRule(alert.Rule{Type: alert.ExecutionFailed, Name: "Inna"}, "inny@example.pl")
	streak := b.withRule(alert.Rule{Type: alert.ConsecutiveFailures, Name: "Z rzędu", Conditions: []alert.Condition{{ConsecutiveCount: 1}}}, "biuro@example.pl")
	b.fail("bad", 1, "disk full")
	for rule, want := range map[string]int{both.ID: 0, other.ID: 1, streak.ID: 1} {
		all := b.alertsOf(rule, alert.Active)
		require.Len(t, all, 1)
		require.Equal(t, want, b.transitions(all[0].ID)[alert.Triggered])
	}
}

// B4: while engines are silent, messages about timeouts and the queue wait.
func TestSilenceHoldsTimeouts(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("night", execution.ExecutionStarted, 0))
	b.at(6 * time.Minute)
	b.raisedAlert(alert.EngineSilent)
	for kind, want := range map[alert.Type]bool{alert.ExecutionTimeout: true, alert.QueueBacklog: true, alert.ExecutionFailed: false} {
		_, held := b.tenant.Held(&alert.Record{Type: kind, Severity: alert.Critical}, b.engine.instant())
		require.Equal(t, want, held, kind)
	}
	b.restart()
	_, held := b.tenant.Held(&alert.Record{Type: alert.QueueBacklog}, b.engine.instant())
	require.True(t, held)
	b.ingest(event("night", execution.ExecutionCompleted, 6*time.Minute))
	b.over(alert.EngineSilent)
	require.Eventually(t, func() bool { // the record is stored before those who hold messages know
		_, held = b.tenant.Held(&alert.Record{Type: alert.QueueBacklog}, b.engine.instant())
		return !held
	}, soonEnough, often)
}

// B-22, J3.2: outside of a level's working hours the escalation waits until they begin, but for a critical alert when a deadline is near.
func TestEscalationHeedsWorkingHours(t *testing.T) {
	t.Parallel()
	b := start(t)
	always := func(int64) bool { return true }
	_, err := b.tenant.ChangeSettings(anna, []byte(`{"escalation":[{"afterMinutes":30,"channels":["anna@example.pl",{"type":"email","config":{"to":["szef@example.pl"]}}],
		"workingHours":{"from":"06:30","to":"17:00"}},{"afterMinutes":5,"channels":["+48600100200"]}]}`), false, always)
	require.NoError(t, err)
	require.Len(t, b.tenant.addresses(b.tenant.Settings().Escalation[0].Channels), 2)
	at := func(day, hour, minute int) execution.Instant {
		return execution.At(time.Date(2026, 11, day, hour, minute, 0, 0, b.engine.zone))
	}
	night := &alert.Record{Severity: alert.Critical, WorkflowID: "jpk-generation"}
	require.Equal(t, at(24, 6, 30), b.tenant.nextEscalation(night, at(24, 2, 14)), "J3: Anna at 06:30")
	require.Equal(t, at(24, 10, 30), b.tenant.nextEscalation(night, at(24, 10, 0)))
	require.Equal(t, at(30, 6, 30), b.tenant.nextEscalation(night, at(27, 16, 45)), "from Friday to Monday")
	require.Equal(t, at(24, 3, 5), b.tenant.nextEscalation(&alert.Record{Severity: alert.Critical, EscalationLevel: 1}, at(24, 3, 0)), "this level has none")
	b.at(time.Minute)
	b.confirm("vat-jpk-v7m") // due in two working days
	b.ingest(event("one", execution.ExecutionStarted, 0, of("jpk-generation", "")))
	b.raisedAlert(alert.DeadlineAtRisk)
	b.looked(alert.DeadlineAtRisk)
	require.Equal(t, at(24, 2, 44), b.tenant.nextEscalation(night, at(24, 2, 14)), "a deadline is near")
	require.Equal(t, at(24, 6, 30), b.tenant.nextEscalation(&alert.Record{Severity: alert.Critical, WorkflowID: "other"}, at(24, 2, 14)))
	require.Equal(t, at(24, 6, 30), b.tenant.nextEscalation(&alert.Record{Severity: alert.Error, WorkflowID: "jpk-generation"}, at(24, 2, 14)))

	for _, wrong := range []string{
		`{"escalation":[{"afterMinutes":30,"channels":["a@b.pl"],"workingHours":{"from":"17:00","to":"06:30"}}]}`,
		`{"escalation":[{"afterMinutes":30,"channels":[{"type":"slack","config":{"webhookUrl":"https://hooks.slack.com/services/T/B/x"}}]}]}`,
		`{"escalation":[{"afterMinutes":30,"channels":[{"type":"webhook","config":{"url":"https://example.pl/","secret":"s3cret"}}]}]}`,
		`{"escalation":[{"afterMinutes":30,"channels":[{"type":"pigeon","config":{}}]}]}`,
		`{"escalation":[{"afterMinutes":30,"channels":[7]}]}`,
	} {
		_, err := b.tenant.ChangeSettings(anna, []byte(wrong), false, always)
		require.ErrorContains(t, err, "not valid", wrong)
	}
}
