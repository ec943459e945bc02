package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/notify"
	"flowwatch/engine/webhook"
)

// below makes a step's event one that waits for the top.
func below(top string) func(*execution.Event) {
	return func(e *execution.Event) { e.Under = top }
}

// topped names the top of the execution.
func topped(name string) func(*execution.Event) {
	return func(e *execution.Event) { e.Top = name }
}

// What waited for the top is told to those who follow, once; also after a crash, and to who resumes.
func TestStepsThatWaitedForTheTopAreToldWhenItComes(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("run", execution.StepStarted, 0, step("a"), below("root")), event("run", execution.StepCompleted, time.Second, step("a"), below("root")),
		event("run", execution.StepCompleted, time.Second, step("b"), below("a")))
	x, err := b.tenant.Execution(t.Context(), "run")
	require.NoError(t, err)
	require.Equal(t, execution.Running, x.Status)
	require.Empty(t, x.Steps)
	b.crash()

	s, err := b.tenant.Connect(feed.Options{})
	require.NoError(t, err)
	defer s.Close()
	steps := feed.Filter{Topic: feed.StepUpdates, ExecutionID: "run"}
	require.NoError(t, s.Subscribe(feed.Request{Filter: steps}, func(feed.Joined) {}))
	before := b.tenant.Seq()
	receipt := b.ingest(event("run", execution.ExecutionCompleted, 2*time.Second, topped("root")))
	require.Equal(t, 1, receipt.Accepted)
	last := b.tenant.Seq()
	require.Equal(t, receipt.Seq, last)
	told := listen(t, s, 2) // its start and its end
	require.Equal(t, "completed", told[1].Data.Status)
	require.Greater(t, told[0].Seq, before)

	again := func() {
		x, err := b.tenant.Execution(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, execution.Completed, x.Status)
		require.Len(t, x.Steps, 1)
		require.Equal(t, last, x.Seq)
		missed, ok := b.tenant.Since(before, 100)
		require.True(t, ok)
		require.Len(t, missed, 2, "the execution and its step")
	}
	again()
	b.crash()
	again()
	b.checkpointed()
	b.restart()
	again()
}

// An execution whose end got lost does not run for ever, and says so; the true end holds when it comes after all.
func TestWhatNothingIsHeardOfEnds(t *testing.T) {
	t.Parallel()
	b := start(t)
	sources := []Unheard{{Prefix: "kestra:", After: time.Hour, Assumed: true}, {Prefix: "otlp:", After: 24 * time.Hour}}
	b.ingest(
		event("otlp:lost", execution.StepCompleted, 0, step("a"), below("root")),
		event("kestra:well", execution.StepCompleted, time.Minute, step("a")),
		event("kestra:ill", execution.StepFailed, time.Minute, step("a")),
		event("otlp:waits", execution.ExecutionWaiting, 0), event("other", execution.ExecutionStarted, 0))
	status := func(id string) ExecutionStatus {
		x, err := b.tenant.Execution(t.Context(), id)
		require.NoError(t, err)
		return x
	}
	b.clock.set(noon.Add(time.Hour))
	require.NoError(t, b.tenant.endUnheard(sources))
	require.Equal(t, execution.Running, status("kestra:well").Status, "one minute more")
	b.clock.set(noon.Add(2 * time.Hour))
	require.NoError(t, b.tenant.endUnheard(sources))
	well, ill := status("kestra:well"), status("kestra:ill")
	require.Equal(t, execution.Completed, well.Status)
	require.Equal(t, execution.At(noon.Add(time.Minute)), well.CompletedAt)
	require.Equal(t, []string{execution.AssumedTag}, well.Tags)
	require.Equal(t, execution.Failed, ill.Status)
	require.Equal(t, execution.Running, status("otlp:lost").Status)

	b.clock.set(noon.Add(25 * time.Hour))
	require.NoError(t, b.tenant.endUnheard(sources))
	lost := status("otlp:lost")
	require.Equal(t, execution.Failed, lost.Status)
	require.True(t, lost.TimedOut)
	require.Equal(t, "nothing was heard for 24 h: how it ended is not known", lost.Error.Message)
	require.Equal(t, execution.Waiting, status("otlp:waits").Status)
	require.Equal(t, execution.Running, status("other").Status)

	b.ingest(event("otlp:lost", execution.ExecutionCompleted, time.Second, topped("root")))
	require.Equal(t, execution.Completed, status("otlp:lost").Status)
	require.Len(t, status("otlp:lost").Steps, 1)

	b.ingest(event("otlp:on", execution.StepCompleted, 0, step("a")))
	require.NoError(t, b.tenant.endUnheard(sources))
	require.Equal(t, execution.Failed, status("otlp:on").Status)
	b.ingest(event("otlp:on", execution.ExecutionCompleted, 30*time.Hour))
	require.Equal(t, execution.Completed, status("otlp:on").Status, "also an end that is later holds")
}

// What goes on after a pause runs again, and its end is concluded once more, from all that is known then.
func TestWhatGoesOnAfterASilenceEndsOnceMore(t *testing.T) {
	t.Parallel()
	b := start(t)
	sources := []Unheard{{Prefix: "kestra:", After: 24 * time.Hour, Assumed: true}}
	b.ingest(event("kestra:x", execution.StepCompleted, time.Minute, step("a")))
	ends := func(after time.Duration, want execution.Status, tags ...string) {
		b.clock.set(noon.Add(after))
		require.NoError(t, b.tenant.endUnheard(sources))
		x, err := b.tenant.Execution(t.Context(), "kestra:x")
		require.NoError(t, err)
		require.Equal(t, want, x.Status)
		require.Equal(t, tags, x.Tags)
		q := anyQuery()
		q.Statuses = []execution.Status{want}
		page := b.list(q)
		require.Equal(t, []string{"kestra:x"}, ids(page))
		counts := [6]int64{}
		counts[want] = 1
		require.Equal(t, counts, page.Counts)
	}
	ends(25*time.Hour, execution.Completed, execution.AssumedTag)
	b.checkpointed()
	b.ingest(event("kestra:x", execution.StepFailed, 48*time.Hour, step("b")))
	ends(48*time.Hour, execution.Running)
	b.checkpointed()
	b.restart()
	ends(49*time.Hour, execution.Running)
	ends(73*time.Hour, execution.Failed, execution.AssumedTag)
	b.crash()
	ends(74*time.Hour, execution.Failed, execution.AssumedTag)
}

// A failure that was concluded is news, however long ago it happened: rules, programs and people are told.
func TestAFailureThatWasConcludedIsTold(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.alertRule("Failed")
	all := webhook.Subscription{ID: "w", Events: []string{"execution.*"}}
	b.tenant.webhooks.set.Store(&webhookSet{active: map[string]*subscribed{"w": {&webhookRecord{Subscription: all}, all.Interest()}}})
	sources := []Unheard{{Prefix: "kestra:", After: 24 * time.Hour, Assumed: true}}
	b.ingest(event("kestra:ill", execution.StepFailed, time.Minute, step("a"), func(e *execution.Event) { e.ClientRef = "K-1" }))
	before := history{b.tenant}.Newest()
	b.clock.set(noon.Add(26 * time.Hour))
	require.NoError(t, b.tenant.endUnheard(sources))

	records := b.alerts()
	require.Len(t, records, 1)
	require.Equal(t, alert.Active, records[0].Status)
	require.False(t, records[0].Late)
	require.False(t, records[0].Silent)
	needs := func() int {
		a, err := b.tenant.NeedAttention(t.Context(), "", execution.NoInstant, 10)
		require.NoError(t, err)
		return a.Total
	}
	require.Equal(t, 1, needs())
	var told []string
	_, gap, err := history{b.tenant}.Walk("w", before, func(o *notify.Occurrence) bool {
		told = append(told, o.Name)
		return true
	})
	require.NoError(t, err)
	require.False(t, gap)
	require.Equal(t, []string{"execution.failed"}, told)

	b.ingest(event("kestra:ill", execution.ExecutionCompleted, 30*time.Second))
	require.Equal(t, alert.Resolved, b.alerts()[0].Status, "it was no failure, and its rule is told")
	require.Zero(t, needs())
}

// A run that goes on is no failure among those that rules count.
func TestAFailureThatWasTakenBackIsCountedNoMore(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.alertRule("Failed")
	streak := func() (n int) {
		require.NoError(t, b.engine.between(func(*writer) error {
			n, _, _, _ = b.tenant.alerts.histories["invoice-processing"].Streak()
			return nil
		}))
		return n
	}
	b.ingest(event("kestra:ill", execution.StepFailed, time.Minute, step("a")))
	b.clock.set(noon.Add(26 * time.Hour))
	require.NoError(t, b.tenant.endUnheard([]Unheard{{Prefix: "kestra:", After: 24 * time.Hour, Assumed: true}}))
	require.Equal(t, 1, streak())
	b.ingest(event("kestra:ill", execution.StepStarted, 26*time.Hour, step("a")))
	require.Zero(t, streak())
}
