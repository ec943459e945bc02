package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// queued makes the event of a run that is queued some minutes after noon.
func queued(id, workflow string, minutes int, change ...func(*execution.Event)) execution.Event {
	return event(id, execution.ExecutionQueued, time.Duration(minutes)*time.Minute, append(change, of(workflow, ""))...)
}

func withPriority(p execution.Priority) func(*execution.Event) {
	return func(e *execution.Event) { e.Priority = p }
}

func (b *bench) confirm(rules ...string) {
	b.t.Helper()
	for _, id := range rules {
		_, err := b.tenant.ConfirmDeadlineRule(context.Background(), anna, id, Confirmation{Source: "Dz.U."}, anyRule)
		require.NoError(b.t, err)
	}
}

// raised is one pass at a time.
func (b *bench) raised(at time.Time) {
	b.t.Helper()
	b.clock.set(at)
	require.NoError(b.t, b.tenant.raiseQueue())
}

func (b *bench) openCommands() map[string]PriorityRequest {
	b.t.Helper()
	items, next, err := b.tenant.Commands(context.Background(), "", 100)
	require.NoError(b.t, err)
	require.Empty(b.t, next)
	out := map[string]PriorityRequest{}
	for _, r := range items {
		out[r.ExecutionID] = r
	}
	return out
}

// order is the queue by score.
func (b *bench) order(limit int) (ids []string) {
	for _, q := range b.tenant.NextQueued(limit) {
		ids = append(ids, q.ExecutionID)
	}
	return ids
}

// Part 4.7, B-89: as a confirmed deadline nears, queued runs that serve it are raised: engines are asked, and nothing is claimed.
func TestConfirmedDeadlinesRaiseTheRunsThatServeThem(t *testing.T) {
	t.Parallel()
	b := start(t) // Monday 23.11.2026, noon in UTC; JPK_V7M is due on the 25th
	b.ingest(queued("vat", "jpk-v7", 0), queued("low", "jpk-v7", 0, withPriority(execution.Low)), queued("high", "jpk-v7", 0, withPriority(execution.High)),
		queued("tagged", "own", 0, tagged("VAT")), queued("zus", "zus-dra", 0), queued("other", "bank", 0))
	b.ingest(run("running", "jpk-v7", execution.ExecutionStarted, 0, 0)...)
	b.raised(noon)
	require.Empty(t, b.openCommands(), "5.14: templates raise nothing")
	require.Zero(t, b.tenant.Queue().RaisedCount)

	b.confirm("vat-jpk-v7m")
	b.raised(noon)
	got := b.openCommands()
	require.Len(t, got, 3, "what is high already needs no wish, what runs is in no queue")
	vat := got["vat"]
	require.Equal(t, Raise{
		Rule: "vat-jpk-v7m", RuleVersion: 2, Period: "2026-10", Due: day(t, "2026-11-25"), ActBy: day(t, "2026-11-25"), BusinessDaysLeft: 2,
		Level: deadline.LevelSoon, Points: 120, BoostReason: "JPK_V7M za 10.2026, termin 25.11, 2 dni robocze",
	}, *vat.Boost)
	require.Equal(t, []string{"HIGH", "NORMAL", systemPrincipal, vat.Boost.BoostReason}, []string{vat.Priority, vat.Former, vat.RequestedBy, vat.Reason})
	require.Equal(t, []string{"NORMAL", "HIGH"}, []string{got["low"].Priority, got["tagged"].Priority}, "100 + 120 reaches NORMAL")
	require.EqualValues(t, 4, b.tenant.Queue().RaisedCount)
	x := b.status("vat")
	require.Equal(t, "NORMAL", x.Priority.String())
	require.Equal(t, PriorityRequested, x.Wish.State)
	require.Equal(t, vat.Boost, x.Raise)
	require.Equal(t, map[string]int64{"HIGH": 1, "NORMAL": 4, "LOW": 1}, b.tenant.Queue().PendingByPriority)
	require.Nil(t, b.status("running").Raise)
	require.Nil(t, b.status("zus").Raise)

	_, err := b.tenant.AnswerCommand(context.Background(), vat.ID, true, "")
	require.NoError(t, err)
	b.raised(noon)
	require.Equal(t, execution.High, b.status("vat").Priority)
	require.Equal(t, PriorityAcknowledged, b.status("vat").Wish.State)
	require.Equal(t, "high", b.order(1)[0])
	for _, q := range b.tenant.NextQueued(10) {
		if q.ExecutionID == "vat" {
			require.Equal(t, Score{Base: 200, Boost: 120}, q.Score, "what the rule brought does not count twice")
		}
	}
}

// B-89: a pass after a restart, a crash or another pass wishes for nothing again; another level asks again only for what is more.
func TestAWishOfARuleIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.confirm("vat-jpk-v7m")
	b.ingest(queued("vat", "jpk-v7", 0), queued("low", "jpk-v7", 0, withPriority(execution.Low)))
	b.raised(noon)
	first := b.openCommands()
	require.Len(t, first, 2)
	for range 3 {
		b.raised(noon)
	}
	b.crash()
	b.raised(noon)
	b.restart()
	b.raised(noon.Add(time.Hour))
	require.Equal(t, first, b.openCommands())

	b.raised(noon.Add(24 * time.Hour)) // one working day left
	next := b.openCommands()
	require.Equal(t, first["vat"].ID, next["vat"].ID, "engines know the command; its ground is another")
	require.Equal(t, deadline.LevelNext, next["vat"].Boost.Level)
	require.Contains(t, next["vat"].Reason, "1 dzień roboczy")
	require.NotEqual(t, first["low"].ID, next["low"].ID)
	require.Equal(t, "HIGH", next["low"].Priority, "100 + 200")
	require.Equal(t, "LOW", next["low"].Former)

	_, err := b.tenant.AnswerCommand(context.Background(), next["vat"].ID, false, "nie teraz")
	require.NoError(t, err)
	b.raised(noon.Add(25 * time.Hour))
	require.Equal(t, PriorityRefused, b.status("vat").Wish.State, "a refusal is not asked again at the same level")
	b.raised(noon.Add(48 * time.Hour))
	require.Equal(t, deadline.LevelToday, b.openCommands()["vat"].Boost.Level)
	b.raised(noon.Add(72 * time.Hour))
	require.Equal(t, deadline.LevelOverdue, b.openCommands()["vat"].Boost.Level, "over, and not met")
	b.raised(noon.AddDate(0, 0, overdueDays+3))
	require.Empty(t, b.openCommands())
}

// Part 4.7: what has no ground any more lapses: the rule is another, or switched off; the obligation is met; the run has started.
func TestWishesLapseWithTheirGround(t *testing.T) {
	t.Parallel()
	for name, undo := range map[string]func(b *bench){
		"changed": func(b *bench) {
			r := *b.engine.book.Rule("vat-jpk-v7m")
			r.Note = "inna treść"
			_, _, err := b.tenant.PutDeadlineRule(context.Background(), anna, r, "", anyRule)
			require.NoError(b.t, err)
		},
		"switched off": func(b *bench) {
			r := *b.engine.book.Rule("vat-jpk-v7m")
			r.Enabled = false
			_, _, err := b.tenant.PutDeadlineRule(context.Background(), anna, r, "", anyRule)
			require.NoError(b.t, err)
		},
		"filed": func(b *bench) {
			_, err := b.tenant.FileDeadline(context.Background(), anna, "vat-jpk-v7m", "2026-10", "K-1", "UPO")
			require.NoError(b.t, err)
		},
		"exempt": func(b *bench) {
			next := ClientRule{RuleID: "vat-jpk-v7m", ClientRef: "K-1", Reason: "kwartalnie", Override: deadline.Override{}}
			_, _, err := b.tenant.PutClientRule(context.Background(), anna, next, func(*ClientRule) bool { return true })
			require.NoError(b.t, err)
		},
		"started": func(b *bench) { b.ingest(event("vat", execution.ExecutionStarted, time.Second, of("jpk-v7", ""))) },
		"expired": func(b *bench) {
			until := day(b.t, "2026-11-23")
			_, err := b.tenant.ConfirmDeadlineRule(context.Background(), anna, "vat-jpk-v7m", Confirmation{ValidUntil: &until}, anyRule)
			require.NoError(b.t, err)
			b.clock.set(noon.Add(12 * time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.confirm("vat-jpk-v7m")
			b.ingest(queued("vat", "jpk-v7", 0, forClient("K-1")))
			b.raised(noon)
			first := b.openCommands()["vat"]
			require.NotEmpty(t, first.ID)
			undo(b)
			require.NoError(t, b.tenant.raiseQueue())
			require.Equal(t, PriorityLapsed, b.status("vat").Wish.State)
			require.Nil(t, b.status("vat").Raise)
			require.Empty(t, b.openCommands())
			require.Zero(t, b.tenant.Queue().RaisedCount)
			stored, err := b.tenant.priorityRequest("vat")
			require.NoError(t, err)
			require.Equal(t, PriorityLapsed, stored.State, "also where no engine ever asks")
			if name != "changed" {
				return
			}
			b.confirm("vat-jpk-v7m")
			require.NoError(t, b.tenant.raiseQueue())
			require.NotEqual(t, first.ID, b.openCommands()["vat"].ID, "confirmed again, asked again")
		})
	}
}

// AC5.2c: a person's wish wins over a rule's, before it and after it, whatever becomes of it.
func TestAPersonsWishWinsOverARules(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.ingest(queued("before", "jpk-v7", 0), queued("after", "jpk-v7", 0), queued("same", "jpk-v7", 0), queued("refused", "jpk-v7", 0))
	wish := func(id string, p execution.Priority) PriorityRequest {
		r, err := b.tenant.RequestPriority(ctx, id, p, "bo tak", me)
		require.NoError(t, err)
		return r
	}
	wish("before", execution.Low)
	_, err := b.tenant.AnswerCommand(ctx, wish("refused", execution.High).ID, false, "")
	require.NoError(t, err)
	b.confirm("vat-jpk-v7m")
	b.raised(noon)
	rules := b.openCommands()
	require.Equal(t, []string{"LOW", "HIGH", "HIGH"}, []string{rules["before"].Priority, rules["after"].Priority, rules["same"].Priority})
	wish("after", execution.Low)
	same := wish("same", execution.High)
	require.NotEqual(t, rules["same"].ID, same.ID)
	for range 2 {
		b.raised(noon.Add(47 * time.Hour))
		open := b.openCommands()
		require.Len(t, open, 3)
		for id, r := range open {
			require.Equal(t, "me", r.RequestedBy, id)
			require.Nil(t, r.Boost)
			require.Nil(t, b.status(id).Raise)
		}
		require.Equal(t, PriorityRefused, b.status("refused").Wish.State)
		b.restart()
	}
	b.raised(noon)
	require.Equal(t, []string{"same", "refused", "after", "before"}, b.order(4), "1,300, 200 as the engine said, 100 and 100")
}

// What a rule does can be undone by a person: before an engine took it, and after.
func TestAPersonUndoesWhatARuleDoes(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.confirm("vat-jpk-v7m")
	b.ingest(queued("open", "jpk-v7", 0), queued("taken", "jpk-v7", 0), queued("never", "jpk-v7", 0), queued("late", "bank", 0))
	_, err := b.tenant.ForbidBoost(ctx, "never", anna, "PESEL 44051401359")
	require.NoError(t, err)
	b.raised(noon)
	first := b.openCommands()
	require.Len(t, first, 2)
	_, err = b.tenant.AnswerCommand(ctx, first["taken"].ID, true, "")
	require.NoError(t, err)
	for _, id := range []string{"open", "taken"} {
		m, err := b.tenant.ForbidBoost(ctx, id, anna, "klient poczeka")
		require.NoError(t, err)
		again, err := b.tenant.ForbidBoost(ctx, id, me, "")
		require.NoError(t, err)
		require.Equal(t, m, again)
	}
	require.Equal(t, PriorityLapsed, b.status("open").Wish.State)
	back := b.openCommands()["taken"]
	require.Equal(t, []string{"NORMAL", "u-1", "klient poczeka"}, []string{back.Priority, back.RequestedBy, back.Reason}, "what was taken is asked back")
	b.crash()
	b.raised(noon.Add(24 * time.Hour))
	require.Len(t, b.openCommands(), 1)
	require.Equal(t, "klient poczeka", b.status("open").Mark.Reason)
	require.NotContains(t, b.status("never").Mark.Reason, "44051401359")
	require.Nil(t, b.status("open").Raise)

	require.NoError(t, b.tenant.AllowBoost(ctx, "open", anna))
	require.NoError(t, b.tenant.AllowBoost(ctx, "open", anna))
	b.raised(noon.Add(24 * time.Hour))
	require.NotEmpty(t, b.openCommands()["open"].Boost)
	require.Nil(t, b.status("open").Mark)
	b.ingest(event("late", execution.ExecutionCompleted, time.Hour, of("bank", "")))
	for _, id := range []string{"late", "unknown"} {
		_, err := b.tenant.ForbidBoost(ctx, id, anna, "")
		require.Contains(t, []fault.Kind{fault.Conflict, fault.NotFound}, fault.Of(err).Kind)
		require.Equal(t, fault.Of(err).Kind, fault.Of(b.tenant.AllowBoost(ctx, id, anna)).Kind)
	}
}

// Part 4.7: of several obligations the one that raises most; feeders have half of the client's nearest VAT deadline; a client's own days count.
func TestTheStrongestGroundRaises(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.confirm("vat-jpk-v7m", "vat-ue", "zus-20", "wynagrodzenia")
	postponed := day(t, "2026-11-24")
	rule := ClientRule{RuleID: "vat-jpk-v7m", ClientRef: "K-2", Reason: "x", Override: deadline.NewOverride()}
	rule.Exceptions = []deadline.Exception{{Period: "2026-10", Due: deadline.Due{Type: "date", Date: &postponed}}}
	_, _, err := b.tenant.PutClientRule(ctx, anna, rule, func(*ClientRule) bool { return true })
	require.NoError(t, err)
	_, err = b.tenant.FileDeadline(ctx, anna, "vat-jpk-v7m", "2026-10", "K-3", "")
	require.NoError(t, err)
	require.NoError(t, b.tenant.PutWorkflow(ctx, Workflow{WorkflowID: "w-17", Name: "JPK Generation nocne"}))
	require.NoError(t, b.tenant.PutWorkflow(ctx, Workflow{WorkflowID: "w-18", Name: "x", Tags: []string{"VAT"}}))
	b.ingest(queued("feeder", "invoice-processing", 0), queued("feeder-2", "invoice-processing", 0, forClient("K-2")),
		queued("own-day", "jpk-v7", 0, forClient("K-2")), queued("filed", "jpk-v7", 0, forClient("K-3")), queued("two", "payroll", 0, tagged("vat")),
		queued("named", "w-17", 0), queued("declared", "w-18", 0), queued("later", "jpk-v7", 0, dueOn(t, "2026-12-20")), queued("late", "jpk-v7", 0, dueOn(t, "2026-11-23")))
	b.raised(noon)
	points := func(id string) (string, int, bool) {
		r := b.status(id).Raise
		if r == nil {
			return "", 0, false
		}
		return r.Rule, r.Points, r.Feeds
	}
	for id, want := range map[string]struct {
		rule   string
		points int
		feeds  bool
	}{
		"feeder": {"vat-jpk-v7m", 60, true}, "feeder-2": {"vat-jpk-v7m", 100, true}, "own-day": {"vat-jpk-v7m", 200, false}, "filed": {"", 0, false},
		"two": {"vat-jpk-v7m", 120, false}, "named": {"vat-jpk-v7m", 120, false}, "declared": {"vat-jpk-v7m", 120, false}, "later": {"", 0, false},
		"late": {"vat-jpk-v7m", 120, false},
	} {
		rule, n, feeds := points(id)
		require.Equal(t, want, struct {
			rule   string
			points int
			feeds  bool
		}{rule, n, feeds}, id)
	}
	require.Equal(t, "own-day", b.order(1)[0])
}

// J8.1, J5.3: the deadline of the 25th is not held up by a campaign for the 1st, however large; a wish by hand comes before all.
func TestTheQueueIsOrderedByWhatIsDue(t *testing.T) {
	t.Parallel()
	b := start(t)
	friday := time.Date(2027, 1, 22, 9, 0, 0, 0, time.UTC)
	b.clock.set(friday)
	b.confirm("vat-jpk-v7m", "pit-11-us")
	at := func(id, workflow string, before time.Duration, p execution.Priority) execution.Event {
		return event(id, execution.ExecutionQueued, friday.Add(-before).Sub(noon), of(workflow, ""), withPriority(p))
	}
	var campaign []execution.Event
	for i := range 1800 {
		campaign = append(campaign, at(fmt.Sprintf("pit-%04d", i), "pit-11", 12*time.Hour, execution.Normal))
	}
	b.ingest(campaign...)
	b.ingest(at("vat-1", "jpk-v7", time.Minute, execution.Normal), at("vat-2", "jpk-v7", 0, execution.Low), at("urgent", "bank", 0, execution.High),
		at("by-hand", "bank", 0, execution.Low))
	_, err := b.tenant.RequestPriority(context.Background(), "by-hand", execution.High, "", me)
	require.NoError(t, err)
	b.raised(friday)
	require.Equal(t, []string{"by-hand", "vat-1", "urgent", "vat-2", "pit-0000"}, b.order(5), "1300, 400, 300, 300 and younger by id, 290")
	next := b.tenant.NextQueued(3)
	require.Equal(t, Score{Base: 300, Manual: 1000}, next[0].Score)
	require.Equal(t, Score{Base: 200, Boost: 200}, next[1].Score)
	b.raised(time.Date(2027, 1, 26, 9, 0, 0, 0, time.UTC)) // over: it still comes before the campaign
	require.Equal(t, "vat-1", b.order(2)[1])
}

// More wishes than one pass writes come with the next, the most urgent first.
func TestAPassWritesABoundedNumberOfWishes(t *testing.T) {
	t.Parallel()
	b := start(t)
	tomorrow := day(t, "2026-11-24")
	rule := deadline.NewRule()
	rule.ID, rule.Category, rule.Name.PL, rule.Period, rule.Shift = "own", "WEWN", "Cel", "once", "none"
	rule.Due, rule.Match.WorkflowNames = deadline.Due{Type: "date", Date: &tomorrow}, []string{"bank"}
	_, _, err := b.tenant.PutDeadlineRule(context.Background(), anna, rule, "", anyRule)
	require.NoError(t, err)
	var events []execution.Event
	for i := range boostWishesMax + 5 {
		events = append(events, queued(fmt.Sprintf("vat-%04d", i), "jpk-v7", 0))
	}
	b.ingest(append(events, queued("urgent", "bank", 0))...)
	require.NoError(t, b.engine.Close()) // from here on there are no passes but ours
	b.confirm("vat-jpk-v7m", "own")
	for _, want := range []int{boostWishesMax, boostWishesMax + 6, boostWishesMax + 6} {
		b.raised(noon)
		open, urgent := 0, false
		for cursor := ""; ; {
			items, next, err := b.tenant.Commands(context.Background(), cursor, 100)
			require.NoError(t, err)
			for _, r := range items {
				open, urgent = open+1, urgent || r.ExecutionID == "urgent"
			}
			if cursor = next; next == "" {
				break
			}
		}
		require.Equal(t, want, open)
		require.True(t, urgent)
	}
}
