package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

func anyClientRule(*ClientRule) bool { return true }

func (b *bench) putClientRule(rule, client string, change func(*ClientRule)) *ClientRule {
	b.t.Helper()
	next := ClientRule{RuleID: rule, ClientRef: client, Reason: "umowa", Override: deadline.NewOverride()}
	change(&next)
	r, _, err := b.tenant.PutClientRule(context.Background(), anna, next, anyClientRule)
	require.NoError(b.t, err)
	return r
}

func forClient(ref string) func(*execution.Event) {
	return func(e *execution.Event) { e.ClientRef = ref }
}

func quarterly(r *ClientRule) { r.Applies = false }

// clientDeadlines are those of one client.
func (b *bench) clientDeadlines(from, to, client string) map[string]Deadline {
	b.t.Helper()
	list, err := b.tenant.Deadlines(context.Background(), day(b.t, from), day(b.t, to), client)
	require.NoError(b.t, err)
	out := map[string]Deadline{}
	for _, d := range list.Items {
		out[d.Rule.ID+" "+d.Period] = d
	}
	return out
}

// Part 4.5: quarterly payers are no runs of the monthly rule; a postponement moves their runs to the period that they serve.
func TestRunsOfAClientServeWhatHoldsForThem(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("stored %v", stored), func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.putClientRule("vat-jpk-v7m", "K-Q", quarterly)
			later := day(t, "2026-12-07")
			b.putClientRule("vat-jpk-v7m", "K-P", func(r *ClientRule) {
				r.Exceptions = []deadline.Exception{{Period: "2026-10", Due: deadline.Due{Type: "date", Date: &later}}}
			})
			b.putClientRule("cit-8", "K-F", func(r *ClientRule) { r.FiscalYearEnd = 8 }) // due 30.11.2026
			for id, r := range map[string]struct {
				client string
				days   int
			}{"monthly": {"K-M", 0}, "quarterly": {"K-Q", 0}, "postponed": {"K-P", 9}, "next": {"K-P", 15}, "after": {"K-M", 9}} {
				b.ingest(run(id, "jpk-v7", execution.ExecutionCompleted, r.days, 5, forClient(r.client))...)
			}
			b.ingest(run("cit", "cit-8", execution.ExecutionCompleted, 0, 5, forClient("K-F"))...)
			if stored {
				b.checkpointed()
				b.restart()
			}
			all := b.deadlines("2026-11-01", "2026-12-31")
			require.Equal(t, ServingRuns{Completed: 2}, all["vat-jpk-v7m 2026-10"].Runs, "K-M, and K-P until their own day")
			require.Equal(t, ServingRuns{Completed: 2}, all["vat-jpk-v7m 2026-11"].Runs)
			require.EqualValues(t, 2, all["vat-jpk-v7m 2026-10"].ClientRules)
			require.Equal(t, all["vat-jpk-v7m 2026-10"].Runs, b.deadlines("2026-11-25", "2026-11-25")["vat-jpk-v7m 2026-10"].Runs, "whatever the range")
			require.NotContains(t, all, "cit-8 2026", "31.03.2027 for all others")

			own := b.clientDeadlines("2026-11-01", "2026-12-31", "K-P")
			require.Equal(t, "2026-12-07", own["vat-jpk-v7m 2026-10"].Due.String())
			require.Equal(t, ServingRuns{Completed: 1}, own["vat-jpk-v7m 2026-10"].Runs)
			require.NotContains(t, b.clientDeadlines("2026-11-01", "2026-12-31", "K-Q"), "vat-jpk-v7m 2026-10")
			require.Equal(t, ServingRuns{Completed: 1}, b.clientDeadlines("2026-11-01", "2026-12-31", "K-Q")["vat-jpk-v7k-ewidencja 2026-10"].Runs)
			fiscal := b.clientDeadlines("2026-11-01", "2026-12-31", "K-F")["cit-8 2026"]
			require.Equal(t, "2026-11-30", fiscal.Due.String())
			require.Equal(t, ServingRuns{Completed: 1}, fiscal.Runs)
			_, err := b.tenant.FileDeadline(context.Background(), anna, "vat-jpk-v7m", "2026-10", "K-P", "UPO")
			require.NoError(t, err)
			require.EqualValues(t, 1, b.clientDeadlines("2026-12-07", "2026-12-07", "K-P")["vat-jpk-v7m 2026-10"].Filed)
			require.Zero(t, b.clientDeadlines("2026-11-25", "2026-11-25", "K-M")["vat-jpk-v7m 2026-10"].Filed)
		})
	}
}

// Part 4.5: what held when is evidence; removing is a version too, and nothing is said twice.
func TestWhatHoldsForClientsIsKeptInVersions(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	first := b.putClientRule("vat-jpk-v7m", "K-1", quarterly)
	require.EqualValues(t, 1, first.Version)
	require.Equal(t, first, b.putClientRule("vat-jpk-v7m", "K-1", quarterly))
	b.putClientRule("vat-jpk-v7m", "K-1", func(r *ClientRule) { r.Removed = true })
	_, _, err := b.tenant.PutClientRule(ctx, anna, ClientRule{RuleID: "vat-jpk-v7m", ClientRef: "K-1", Removed: true, Override: deadline.NewOverride()}, anyClientRule)
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
	b.crash()
	require.Contains(t, b.clientDeadlines("2026-11-25", "2026-11-25", "K-1"), "vat-jpk-v7m 2026-10")
	again := b.putClientRule("vat-jpk-v7m", "K-1", quarterly)
	require.EqualValues(t, 3, again.Version)
	history, err := b.tenant.ClientRuleHistory(ctx, "vat-jpk-v7m", "K-1")
	require.NoError(t, err)
	require.Equal(t, []bool{false, true, false}, []bool{history[0].Removed, history[1].Removed, history[2].Removed})
	require.Equal(t, actorOf(anna), history[2].By)
	require.Equal(t, execution.At(noon), history[2].At)
	for i := range 30 {
		b.putClientRule("vat-ue", fmt.Sprintf("K-%02d", i), quarterly)
	}
	var clients []string
	for cursor := ""; ; {
		page, err := b.tenant.ClientRules(ctx, "vat-ue", cursor, 7)
		require.NoError(t, err)
		for _, r := range page.Items {
			clients = append(clients, r.ClientRef)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	require.Len(t, clients, 30)
	require.IsIncreasing(t, clients)
	_, _, err = b.tenant.PutClientRule(ctx, anna, ClientRule{RuleID: "unknown", ClientRef: "K"}, anyClientRule)
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
	_, err = b.tenant.ClientRules(ctx, "unknown", "", 7)
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
	_, err = b.tenant.ClientRules(ctx, "vat-ue", "!", 7)
	require.Equal(t, fault.Invalid, fault.Of(err).Kind)
	_, err = b.tenant.ClientRuleHistory(ctx, "unknown", "K")
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
}

// Two changes at once: one is based on an old state; and the number of versions has an end.
func TestChangesForAClientAreOneAfterAnother(t *testing.T) {
	t.Parallel()
	b := start(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 8 {
		group.Go(func() {
			next := ClientRule{RuleID: "vat-ue", ClientRef: "K", Reason: fmt.Sprint(i), Override: deadline.Override{}}
			_, _, err := b.tenant.PutClientRule(context.Background(), anna, next, func(current *ClientRule) bool { return current == nil })
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
	var err error
	for i := 0; err == nil && i <= clientRuleVersionsMax; i++ {
		next := ClientRule{RuleID: "vat-ue", ClientRef: "K", Reason: fmt.Sprint("x", i)}
		_, _, err = b.tenant.PutClientRule(context.Background(), anna, next, anyClientRule)
	}
	require.Equal(t, "too_many", fault.Of(err).Code)
}
