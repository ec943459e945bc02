package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

var (
	anna = audit.By{Actor: audit.Actor{ID: "u-1", Name: "Anna", Type: audit.User}, IP: "10.0.0.7"}
	me   = audit.By{Actor: audit.Actor{ID: "me", Name: "me", Type: audit.User}}
)

func anyRule(*DeadlineRule) bool { return true }

func day(t *testing.T, s string) deadline.Day {
	t.Helper()
	d, err := deadline.ParseDay(s)
	require.NoError(t, err)
	return d
}

func (b *bench) deadlines(from, to string) map[string]Deadline {
	b.t.Helper()
	list, err := b.tenant.Deadlines(context.Background(), day(b.t, from), day(b.t, to), "")
	require.NoError(b.t, err)
	require.False(b.t, list.RunsCapped)
	out := map[string]Deadline{}
	for _, d := range list.Items {
		out[d.Rule.ID+" "+d.Period] = d
	}
	require.Len(b.t, out, len(list.Items))
	return out
}

// run makes the two events of a run that began some days and minutes after noon.
func run(id, workflow string, kind execution.EventType, days, minutes int, change ...func(*execution.Event)) []execution.Event {
	at := time.Duration(days) * 24 * time.Hour
	change = append(change, of(workflow, ""))
	out := []execution.Event{event(id, execution.ExecutionStarted, at, change...)}
	if kind != execution.ExecutionStarted {
		out = append(out, event(id, kind, at+time.Duration(minutes)*time.Minute, change...))
	}
	return out
}

func dueOn(t *testing.T, s string) func(*execution.Event) {
	return func(e *execution.Event) { e.Deadline = execution.At(day(t, s).Start()) }
}

func tagged(tags ...string) func(*execution.Event) {
	return func(e *execution.Event) { e.Tags = tags }
}

// Part 4.6, 4.7: each run counts once for a rule, for the deadline that is next, or for the one that its engine named.
func TestRunsServeTheNextDeadlineOrTheOneTheyName(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("stored %v", stored), func(t *testing.T) {
			t.Parallel()
			b := start(t) // noon of Monday 23.11.2026
			const vat = "JPK-Generation_nightly"
			for _, events := range [][]execution.Event{
				run("oct-1", vat, execution.ExecutionCompleted, 0, 10), run("oct-2", vat, execution.ExecutionFailed, 1, 10),
				run("oct-last", vat, execution.ExecutionCompleted, 2, 10),                                                   // on the day itself
				run("nov-1", vat, execution.ExecutionStarted, 3, 0),                                                         // the day after
				run("late", vat, execution.ExecutionCompleted, 3, 5, dueOn(t, "2026-11-25")),                                // late, and says so
				run("gone", vat, execution.ExecutionCancelled, 0, 5), run("sep", vat, execution.ExecutionCompleted, -29, 5), // 25.10 was a Sunday: due 26.10
				run("oct-first", vat, execution.ExecutionCompleted, -27, 5),
				run("tagged", "own-name", execution.ExecutionCompleted, 0, 5, tagged("x", "VAT")), run("untagged", "own-name", execution.ExecutionCompleted, -1, 5),
				run("zus", "zus-dra", execution.ExecutionCompleted, 0, 5),
			} {
				b.ingest(events...)
			}
			if stored {
				b.checkpointed()
				b.restart()
			}
			got := b.deadlines("2026-10-01", "2026-12-31")
			require.Equal(t, ServingRuns{Completed: 5, Failed: 1}, got["vat-jpk-v7m 2026-10"].Runs)
			require.Equal(t, ServingRuns{Running: 1}, got["vat-jpk-v7m 2026-11"].Runs)
			require.Equal(t, ServingRuns{Completed: 1}, got["vat-jpk-v7m 2026-09"].Runs)
			require.Equal(t, ServingRuns{Completed: 1}, got["zus-20 2026-11"].Runs)
			require.Equal(t, ServingRuns{}, got["zus-20 2026-10"].Runs)
			require.Equal(t, got["vat-jpk-v7m 2026-10"].Runs, b.deadlines("2026-11-25", "2026-11-25")["vat-jpk-v7m 2026-10"].Runs, "whatever the range")
			item := got["vat-jpk-v7m 2026-10"]
			require.Equal(t, 2, item.BusinessDaysLeft)
			require.Equal(t, deadline.LightRed, item.Light)
			require.Equal(t, deadline.LightBlack, got["vat-jpk-v7m 2026-09"].Light)
			require.Negative(t, got["vat-jpk-v7m 2026-09"].BusinessDaysLeft)
		})
	}
}

// Part 4.7: a workflow's declared tags map it to obligations, whatever its name.
func TestDeclaredTagsMapWorkflowsToObligations(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.tenant.PutWorkflow(context.Background(), Workflow{WorkflowID: "w-17", Name: "Nocny", Tags: []string{"Payroll"}}))
	b.ingest(run("a", "w-17", execution.ExecutionCompleted, 0, 5)...)
	got := b.deadlines("2026-12-01", "2026-12-31")
	require.Equal(t, ServingRuns{Completed: 1}, got["wynagrodzenia 2026-11"].Runs)
	require.Equal(t, ServingRuns{}, got["vat-jpk-v7m 2026-11"].Runs)
}

// 4.7: whether what is open gets done; unknown is not guessed, and every number that the answer rests on is shown.
func TestForecastsComeFromCompletedRunsAndTheQueue(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(run("open-1", "jpk-v7", execution.ExecutionStarted, 0, 0)...)
	forecast := func() deadline.Forecast {
		return b.deadlines("2026-11-25", "2026-11-25")["vat-jpk-v7m 2026-10"].Forecast
	}
	require.Equal(t, deadline.ReasonTooLittleData, forecast().Reason, "nothing was completed yet")
	for i := range 5 {
		b.ingest(run(fmt.Sprint("done-", i), "jpk-v7", execution.ExecutionCompleted, -2, 24*60)...)
	}
	f := forecast()
	require.Equal(t, []string{deadline.ForecastOnTime, deadline.ReasonInTime}, []string{f.State, f.Reason})
	require.Equal(t, noon.Add(24*time.Hour), f.ExpectedAt.UTC())
	require.Equal(t, "2026-11-25T23:00:00Z", f.EndsAt.UTC().Format(time.RFC3339), "midnight in Warsaw")
	require.EqualValues(t, 5, f.Samples)

	b.ingest(event("open-2", execution.ExecutionQueued, 0, of("jpk-v7", "")), event("open-3", execution.ExecutionQueued, 0, of("jpk-v7", "")))
	f = forecast()
	require.Equal(t, deadline.ReasonQueueStands, f.Reason, "nothing ended lately")
	require.Equal(t, []int64{1, 2}, []int64{f.Running, f.Queued})
	require.Equal(t, noon.Add(72*time.Hour), f.ReadyAt.UTC(), "three days of work, and two and a half are left")
	b.ingest(run("other", "invoice-processing", execution.ExecutionCompleted, 0, 0)...) // one ended in 15 minutes: two take half an hour
	f = forecast()
	require.Equal(t, 30*time.Minute, *f.Clearance)
	require.Equal(t, noon.Add(24*time.Hour+30*time.Minute), f.ExpectedAt.UTC())
	require.Equal(t, deadline.ForecastOnTime, f.State)

	failed := run("bad", "jpk-v7", execution.ExecutionFailed, 0, 0)
	b.ingest(failed...)
	require.Equal(t, deadline.ReasonFailedRuns, forecast().Reason)
	b.ingest(run("again", "jpk-v7", execution.ExecutionStarted, 0, 0, func(e *execution.Event) { e.RetryOf = "bad" })...)
	require.Equal(t, deadline.ReasonInTime, forecast().Reason, "B-96: tried again")
	b.clock.set(noon.Add(36 * time.Hour))
	require.EqualValues(t, 2, forecast().LongerThanUsual)
	b.clock.set(noon.Add(60 * time.Hour)) // 26.11
	require.Equal(t, []string{deadline.ForecastLate, deadline.ReasonOver}, []string{forecast().State, forecast().Reason})
}

// Part 4.5: a confirmation ends on its day, and does not outlive the text it was given for.
func TestConfirmationsEndWithTheirTimeAndTheirText(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	until := day(t, "2026-12-31")
	r, err := b.tenant.ConfirmDeadlineRule(ctx, anna, "zus-5", Confirmation{ValidUntil: &until}, anyRule)
	require.NoError(t, err)
	require.True(t, r.Confirmed)
	b.clock.set(noon.Add(time.Minute))
	same := until
	again, err := b.tenant.ConfirmDeadlineRule(ctx, anna, "zus-5", Confirmation{ValidUntil: &same}, anyRule)
	require.NoError(t, err)
	require.Equal(t, r, again, "said twice, told once")
	_, err = b.tenant.ConfirmDeadlineRule(ctx, anna, "zus-15", Confirmation{}, anyRule)
	require.NoError(t, err)
	better, err := b.tenant.ConfirmDeadlineRule(ctx, anna, "zus-15", Confirmation{Source: "Dz.U."}, anyRule)
	require.NoError(t, err)
	require.EqualValues(t, 3, better.Version)
	own := *r
	own.ID, own.Due.Day = "own", 3
	_, made, err := b.tenant.PutDeadlineRule(ctx, anna, own.Rule, "cel biura", anyRule)
	require.NoError(t, err)
	require.True(t, made)
	changed := *b.engine.book.Rule("zus-20")
	changed.Due.Day = 19
	_, made, err = b.tenant.PutDeadlineRule(ctx, anna, changed, "", anyRule)
	require.NoError(t, err)
	require.False(t, made)
	confirmed := func(id string) (bool, bool, int) {
		r, _, err := b.tenant.DeadlineRule(ctx, id)
		require.NoError(t, err)
		return r.Confirmed, r.NewTemplate, r.Due.Day
	}
	requireRule := func(id string, wantConfirmed, wantNew bool, wantDay int) {
		t.Helper()
		c, n, d := confirmed(id)
		require.Equal(t, []any{wantConfirmed, wantNew, wantDay}, []any{c, n, d}, id)
	}
	b.crash()
	requireRule("zus-5", true, false, 5)
	b.clock.set(noon.AddDate(0, 1, 8)) // 31.12.2026
	requireRule("zus-5", true, false, 5)
	b.clock.set(noon.AddDate(0, 1, 9))
	requireRule("zus-5", false, false, 5)
	requireRule("zus-15", true, false, 15)

	// A new release says something else of all three, and nothing of a fourth.
	shipped, err := os.ReadFile("deadline/rules-pl.json")
	require.NoError(t, err)
	text := string(shipped)
	for _, id := range []string{"zus-5", "zus-15", "zus-20"} {
		text = strings.Replace(text, `"id": "`+id+`", "category": "ZUS"`, `"id": "`+id+`", "category": "SKLADKI"`, 1)
	}
	book, err := deadline.Parse([]byte(text))
	require.NoError(t, err)
	require.NoError(t, b.engine.Close())
	b.engine, err = Open(Options{DB: b.db, Logger: slog.New(slog.DiscardHandler), Now: b.clock.now, Book: book})
	require.NoError(t, err)
	b.tenant, err = b.engine.Tenant(b.engine.Access().Organizations()[0].ID)
	require.NoError(t, err)
	requireRule("zus-15", false, false, 15) // nobody confirmed the new text
	requireRule("zus-20", false, true, 19)  // the office's own text stays
	requireRule("own", false, false, 3)
}

// Two who file at once both get an answer, and nothing is lost.
func TestFilingsAtOnceAreAllKept(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			_, err := b.tenant.FileDeadline(ctx, anna, "zus-20", "2026-11", fmt.Sprint("K-", i%20), fmt.Sprint("UPO-", i/20))
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	b.crash()
	require.EqualValues(t, 20, b.deadlines("2026-12-21", "2026-12-21")["zus-20 2026-11"].Filed)
	page, err := b.tenant.Filings(ctx, "zus-20", "2026-11", "", 100)
	require.NoError(t, err)
	for _, f := range page.Items {
		require.Len(t, f.Former, 1)
		require.NotEqual(t, *f.UPO, *f.Former[0].UPO)
	}
}

// Two changes of one rule at once: one is based on an old state.
func TestChangesOfARuleAreOneAfterAnother(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 8 {
		group.Go(func() {
			r := *b.engine.book.Rule("cit-8")
			r.Note = fmt.Sprint("wersja ", i)
			_, _, err := b.tenant.PutDeadlineRule(ctx, anna, r, "", func(current *DeadlineRule) bool { return current.Version == 1 })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case fault.Of(err).Kind != fault.Stale:
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, won)
	r, history, err := b.tenant.DeadlineRule(ctx, "cit-8")
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Version)
	require.Len(t, history, 1)
}

func TestRangesOfDeadlinesAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t)
	from := day(t, "2026-12-01")
	for _, to := range []deadline.Day{from - 1, from + DeadlineDaysMax + 1} {
		_, err := b.tenant.Deadlines(context.Background(), from, to, "")
		require.Equal(t, fault.Invalid, fault.Of(err).Kind)
	}
	list, err := b.tenant.Deadlines(context.Background(), from, from+DeadlineDaysMax, "")
	require.NoError(t, err)
	require.Greater(t, len(list.Items), 500)
}

// Beyond the limit the newest runs are counted, and the answer says so.
func TestCountsOfRunsSayWhenTheyAreNotAll(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := 0; i < servingRunsEachMax+1; {
		var events []execution.Event
		for range 1000 {
			events = append(events, event(fmt.Sprint("r-", i), execution.ExecutionStarted, time.Duration(i)*time.Second, of("jpk-v7", "")))
			i++
		}
		b.ingest(events...)
	}
	b.checkpointed()
	list, err := b.tenant.Deadlines(context.Background(), day(t, "2026-11-25"), day(t, "2026-11-25"), "")
	require.NoError(t, err)
	require.True(t, list.RunsCapped)
	for _, d := range list.Items {
		require.NotEqual(t, deadline.ForecastOnTime, d.Forecast.State)
		if d.Rule.ID == "vat-jpk-v7m" {
			require.EqualValues(t, servingRunsEachMax, d.Runs.Running)
		}
	}
}
