package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
)

const (
	soonEnough = 20 * time.Second
	often      = 20 * time.Millisecond
)

// records are the alerts of a built-in rule, newest first.
func (b *bench) records(of alert.Builtin, statuses ...alert.RecordStatus) []alert.Record {
	b.t.Helper()
	all, _, err := b.tenant.Alerts(AlertFilter{
		RuleID: "builtin:" + string(of) + ":" + b.tenant.id, Statuses: statuses, From: execution.NoInstant, To: execution.NoInstant,
	}, "", 100)
	require.NoError(b.t, err)
	return all
}

// raised waits for the one open alert of a built-in rule.
func (b *bench) raisedAlert(of alert.Builtin) alert.Record {
	b.t.Helper()
	var all []alert.Record
	require.Eventually(b.t, func() bool {
		b.engine.lookSoon()
		all = b.records(of, alert.Active)
		return len(all) == 1
	}, soonEnough, often, "%s is not raised", of)
	return all[0]
}

func (b *bench) over(of alert.Builtin) alert.Record {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		b.engine.lookSoon()
		return len(b.records(of, openStatuses...)) == 0
	}, soonEnough, often, "%s stays", of)
	all := b.records(of)
	require.NotEmpty(b.t, all)
	return all[0]
}

// looked waits until the looks that began after now have been judged.
func (b *bench) looked(of alert.Builtin) {
	b.t.Helper()
	taken := func() int {
		looks := &b.tenant.alerts.looks
		looks.mu.Lock()
		defer looks.mu.Unlock()
		return looks.taken[of]
	}
	before := taken()
	require.Eventually(b.t, func() bool {
		b.engine.lookSoon()
		return taken() >= before+3
	}, soonEnough, often, "%s is not looked at", of)
}

func (b *bench) at(after time.Duration) { b.clock.set(noon.Add(after)) }

// enable switches a built-in rule on, and sets its threshold.
func (b *bench) enable(of alert.Builtin, threshold float64) {
	b.t.Helper()
	_, err := b.tenant.ChangeAlertRule("builtin:"+string(of)+":"+b.tenant.id, anna, func(int64) bool { return true }, func(r *alert.Rule) error {
		r.Active, r.Conditions = true, []alert.Condition{{Threshold: &threshold}}
		return nil
	})
	require.NoError(b.t, err)
}

// api.md 9b: an engine that falls silent while something runs is told of at any hour, once; not before one was ever heard, and not for what was
// forgotten. A restart is no sign of life.
func TestEngineSilent(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.at(time.Hour)
	b.looked(alert.MissedRun)
	require.Empty(t, b.records(alert.EngineSilent), "nothing was ever heard")
	b.ingest(event("forgotten", execution.ExecutionStarted, -48*time.Hour))
	b.at(2 * time.Hour)
	b.looked(alert.EngineSilent)
	require.Empty(t, b.records(alert.EngineSilent), "that one was forgotten long ago")

	b.ingest(event("night", execution.ExecutionStarted, 2*time.Hour))
	b.at(2*time.Hour + 4*time.Minute)
	b.looked(alert.EngineSilent)
	require.Empty(t, b.records(alert.EngineSilent))
	b.at(2*time.Hour + 6*time.Minute)
	r := b.raisedAlert(alert.EngineSilent)
	require.Equal(t, alert.Custom, r.Type)
	require.Equal(t, alert.EngineSilent, r.Builtin)
	require.Equal(t, alert.Critical, r.Severity)
	require.Equal(t, (6 * time.Minute).Milliseconds(), r.Facts.DurationMs)

	b.restart()
	b.at(2*time.Hour + 7*time.Minute)
	b.looked(alert.MissedRun)
	require.Len(t, b.records(alert.EngineSilent, alert.Active), 1)
	b.ingest(event("night", execution.ExecutionCompleted, 2*time.Hour+7*time.Minute))
	require.Equal(t, alert.Cleared, b.over(alert.EngineSilent).ResolvedWhy)
	require.Len(t, b.records(alert.EngineSilent), 1)
}

// api.md 9b: a workflow that did not run at its time is told of once each time, until it runs; a run that is late within its grace is not.
func TestMissedRun(t *testing.T) {
	t.Parallel()
	b := start(t) // 13:00 in Warsaw
	declare := func(s WorkflowSchedule) {
		require.NoError(t, b.tenant.PutWorkflow(context.Background(), Workflow{WorkflowID: "invoice-processing", Name: "Faktury", Schedule: &s}))
	}
	declare(WorkflowSchedule{Cron: "0 14 * * *", GraceMinutes: 15})
	b.at(30 * time.Minute)
	b.looked(alert.MissedRun)
	require.Empty(t, b.records(alert.MissedRun), "what was due before it was declared is not missed")
	b.at(time.Hour + 14*time.Minute)
	b.looked(alert.MissedRun)
	require.Empty(t, b.records(alert.MissedRun), "within its grace")
	b.at(time.Hour + 16*time.Minute)
	r := b.raisedAlert(alert.MissedRun)
	require.Equal(t, execution.At(noon.Add(time.Hour)), r.Facts.At)
	require.Equal(t, "invoice-processing", r.WorkflowID)
	require.Equal(t, "Faktury", r.WorkflowName)
	require.False(t, r.Late)

	b.restart()
	b.at(2 * time.Hour)
	b.looked(alert.MissedRun)
	require.Equal(t, int64(1), b.raisedAlert(alert.MissedRun).Count, "the same one is not missed again after a restart")
	b.at(25*time.Hour + 16*time.Minute)
	require.Eventually(t, func() bool { return b.raisedAlert(alert.MissedRun).Count == 2 }, soonEnough, often, "the next day's")
	b.ingest(event("late", execution.ExecutionStarted, 25*time.Hour+17*time.Minute))
	b.over(alert.MissedRun)
	b.ingest(event("early", execution.ExecutionQueued, 49*time.Hour-time.Minute))
	b.at(49*time.Hour + 16*time.Minute)
	b.looked(alert.MissedRun)
	require.Len(t, b.records(alert.MissedRun), 1)

	declare(WorkflowSchedule{Cron: "0 14 * * *", GraceMinutes: 15, WorkingDaysOnly: true})
	b.at(5*24*time.Hour + 10*time.Hour) // Saturday night
	b.looked(alert.MissedRun)
	require.Eventually(t, func() bool { return b.raisedAlert(alert.MissedRun).Facts.At == execution.At(noon.Add(97*time.Hour)) }, soonEnough, often, "Friday's")
}

// J2.2, J2.3: a run that takes longer than its workflow's usually do is told of once, waiting for somebody apart. The rule is off until somebody
// switches it on.
func TestLongerThanUsual(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 6 {
		b.ingest(run(fmt.Sprintf("past-%d", i), "approval", execution.ExecutionCompleted, -1, 3)...)
	}
	b.ingest(run("stuck", "approval", execution.ExecutionStarted, 0, 0)...)
	b.ingest(run("waiting", "approval", execution.ExecutionStarted, 0, 0)...)
	b.ingest(event("waiting", execution.ExecutionWaiting, time.Minute, of("approval", "")))
	b.checkpointed()
	b.at(40 * time.Minute)
	b.ingest(event("waiting", execution.ExecutionResumed, 39*time.Minute, of("approval", "")))
	b.looked(alert.MissedRun)
	require.Empty(t, b.records(alert.LongerThanUsual))
	b.enable(alert.LongerThanUsual, 2)
	b.at(42 * time.Minute)
	r := b.raisedAlert(alert.LongerThanUsual)
	require.Equal(t, "stuck", r.ExecutionID)
	require.Equal(t, (3 * time.Minute).Milliseconds(), r.Facts.UsualMs)
	require.Equal(t, (6 * time.Minute).Milliseconds(), r.Facts.LimitMs)
	require.True(t, r.Facts.Running)
	b.restart()
	b.at(43 * time.Minute)
	b.looked(alert.LongerThanUsual)
	require.Equal(t, int64(1), b.raisedAlert(alert.LongerThanUsual).Count, "once, not at each look")
	b.at(60 * time.Minute)
	require.Eventually(t, func() bool { return b.raisedAlert(alert.LongerThanUsual).Count == 2 }, soonEnough, often, "the other one worked for longer by now")
	b.ingest(event("stuck", execution.ExecutionCompleted, 44*time.Minute, of("approval", "")))
	b.looked(alert.LongerThanUsual)
	require.Len(t, b.records(alert.LongerThanUsual, alert.Active), 1)
	b.ingest(event("waiting", execution.ExecutionCancelled, 60*time.Minute, of("approval", "")))
	b.over(alert.LongerThanUsual)
}

// Part 4.5, api.md 9b: a confirmed obligation with two working days left that is not met is told of, and each day again; a template never is.
func TestDeadlineAtRisk(t *testing.T) {
	t.Parallel()
	b := start(t) // Monday 23.11.2026, JPK of October is due on Wednesday
	b.at(time.Minute)
	b.looked(alert.DeadlineAtRisk)
	require.Empty(t, b.records(alert.DeadlineAtRisk), "nobody confirmed the rule")
	b.confirm("vat-jpk-v7m")
	r := b.raisedAlert(alert.DeadlineAtRisk)
	require.Contains(t, b.tenant.AlertView(&r).Message, r.Facts.Obligation, "which one")
	require.NotEmpty(t, r.Facts.Obligation)
	require.Equal(t, "2026-10", r.Facts.Period)
	require.Equal(t, "2026-11-25", r.Facts.Due)
	require.Equal(t, 2, r.Facts.BusinessDays)
	b.restart()
	b.at(24*time.Hour + time.Minute)
	require.Eventually(t, func() bool { return b.raisedAlert(alert.DeadlineAtRisk).Facts.BusinessDays == 1 }, soonEnough, often)
	require.Len(t, b.records(alert.DeadlineAtRisk), 1)
	_, err := b.tenant.FileDeadline(context.Background(), anna, "vat-jpk-v7m", "2026-10", "K-1", "")
	require.NoError(t, err)
	require.Equal(t, alert.Cleared, b.over(alert.DeadlineAtRisk).ResolvedWhy)
}

// api.md 9b: queued runs that will not end before their deadline are told of.
func TestQueueMissesDeadline(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.confirm("vat-jpk-v7m")
	for i := range 6 { // runs of a day
		b.ingest(run(fmt.Sprintf("past-%d", i), "jpk-generation", execution.ExecutionCompleted, -1, 24*60-1)...)
	}
	b.ingest(event("queued", execution.ExecutionQueued, 0, of("jpk-generation", "K-1")))
	b.at(time.Minute)
	b.looked(alert.DeadlineAtRisk)
	require.Empty(t, b.records(alert.QueueMissesDeadline), "it will be done by tomorrow")
	b.at(49 * time.Hour) // Wednesday 14:00, until midnight
	b.ingest(run("slow", "jpk-generation", execution.ExecutionCompleted, 1, 25*60-1)...)
	r := b.raisedAlert(alert.QueueMissesDeadline)
	require.Equal(t, "2026-11-25", r.Facts.Due)
	require.Equal(t, int64(1), r.Facts.Pending)
	b.ingest(event("queued", execution.ExecutionCancelled, 49*time.Hour, of("jpk-generation", "K-1")))
	b.over(alert.QueueMissesDeadline)
}

// api.md 9b: a channel by which nothing can be sent is told of until something can, also across a restart.
func TestChannelBroken(t *testing.T) {
	t.Parallel()
	b := start(t)
	to := notify.Target{Type: notify.Email, Address: "biuro@example.pl"}
	require.NoError(t, office{b.tenant}.Broken(nil, to, "535 5.7.8 PESEL 44051401359"))
	r := b.raisedAlert(alert.ChannelBroken)
	require.Equal(t, "email", r.Facts.ChannelType)
	require.NotContains(t, r.Facts.Error, "44051401359")
	b.restart()
	b.at(time.Hour)
	b.looked(alert.MissedRun)
	require.Len(t, b.records(alert.ChannelBroken, alert.Active), 1, "a restart mends nothing")
	require.NoError(t, office{b.tenant}.Mended(nil, to))
	b.over(alert.ChannelBroken)
}

// api.md 9b: a built-in rule is changed and switched off, which closes its alerts.
func TestBuiltinRuleIsSwitchedOff(t *testing.T) {
	t.Parallel()
	b := start(t)
	to := notify.Target{Type: notify.Email, Address: "biuro@example.pl"}
	require.NoError(t, office{b.tenant}.Broken(nil, to, "535"))
	b.raisedAlert(alert.ChannelBroken)
	_, err := b.tenant.ChangeAlertRule("builtin:channel_broken:"+b.tenant.id, anna, func(int64) bool { return true }, func(r *alert.Rule) error {
		r.Active = false
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "rule_changed", b.over(alert.ChannelBroken).ResolvedWhy)
	b.restart()
	require.NoError(t, office{b.tenant}.Broken(nil, to, "535"))
	b.at(time.Hour)
	b.looked(alert.MissedRun)
	require.Empty(t, b.records(alert.ChannelBroken, alert.Active))
}
