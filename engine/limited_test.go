package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
	"flowwatch/engine/timeline"
)

func ofClient(ref string) func(*execution.Event) {
	return func(e *execution.Event) { e.ClientRef = ref }
}

// pages reads a whole list in pages of limit.
func pages(t *testing.T, tenant *Tenant, q Query, limit int) (ids []string, counts [6]int64) {
	t.Helper()
	q.Limit, q.Counts = limit, true
	for {
		page, err := tenant.Executions(context.Background(), q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), limit)
		for i := range page.Items {
			ids = append(ids, page.Items[i].ExecutionID)
		}
		counts = page.Counts
		if page.NextCursor == "" {
			return ids, counts
		}
		q.Cursor = page.NextCursor
	}
}

// runsOfClients are runs of some clients and of none, in any state.
func runsOfClients(r *rand.Rand, from, to, clients int) (events []execution.Event) {
	kinds := []execution.EventType{execution.ExecutionQueued, execution.ExecutionStarted, execution.ExecutionCompleted, execution.ExecutionFailed}
	for i := from; i < to; i++ {
		ref := "" // of nobody
		if c := r.IntN(clients + 1); c < clients {
			ref = fmt.Sprintf("K-%d", c)
		}
		id, after := fmt.Sprintf("run-%03d", i), time.Duration(r.IntN(100))*time.Second-time.Hour
		workflow := func(e *execution.Event) { e.WorkflowID = fmt.Sprintf("w-%d", i%3) }
		first := kinds[r.IntN(2)]
		events = append(events, event(id, first, after, ofClient(ref), workflow))
		if last := kinds[r.IntN(len(kinds))]; last != first {
			events = append(events, event(id, last, after+time.Minute, workflow))
		}
	}
	return events
}

// B-81: what a limited handle lists and counts is what the whole list has of its clients, in the same order, whatever
// the filter, the sort and the page, before and after documents are written.
func TestALimitedListIsTheWholeListOfItsClients(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := rand.New(rand.NewPCG(1, 2))
	const clients, runs = 12, 600
	refs := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("K-%d", i))
		}
		return all
	}
	seenOf := func(q Query, seen execution.Clients) (ids []string) {
		all, _ := pages(t, b.tenant, q, 100)
		for _, id := range all {
			x, err := b.tenant.summaryOf(id)
			require.NoError(t, err)
			if seen.Include(x.ClientRef) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	compare := func() {
		for _, own := range [][]string{{"K-3"}, {"K-1", "K-2"}, {"unheard of"}, {"K-1", "unheard of"}, refs(clients), refs(500)} {
			limited, seen := b.tenant.Limited(own), execution.OnlyClients(own)
			for _, change := range []func(*Query){
				func(*Query) {}, func(q *Query) { q.WorkflowID = "w-1" }, func(q *Query) { q.ClientRef = "K-2" }, func(q *Query) { q.Text = "RUN-1" },
				func(q *Query) { q.Statuses = []execution.Status{execution.Failed, execution.Pending} }, func(q *Query) { q.Sort = sortStarted },
				func(q *Query) { q.Sort = sortLongest }, func(q *Query) { q.From = execution.At(noon.Add(30*time.Second - time.Hour)) },
			} {
				q := anyQuery()
				change(&q)
				want := seenOf(q, seen)
				every, counts := q, [6]int64{}
				every.Statuses = nil
				for _, id := range seenOf(every, seen) {
					x, err := b.tenant.summaryOf(id)
					require.NoError(t, err)
					counts[x.Status]++
				}
				for _, limit := range []int{1, 7, 100} {
					if limit == 1 && len(want) > 50 {
						continue
					}
					got, counted := pages(t, limited, q, limit)
					require.Equal(t, want, got, "%v %+v", own, q)
					require.Equal(t, counts, counted, "%v %+v", own, q)
				}
			}
		}
	}
	b.ingest(runsOfClients(r, 0, runs/2, clients)...)
	b.checkpointed()
	compare()
	b.ingest(runsOfClients(r, runs/2, runs, clients)...) // these are in the overlay, for a while
	compare()
	b.restart()
	compare()
}

// B-81: where a page stops before it is full, its cursor is about an execution that may be seen.
func TestACursorOfALimitedListNamesNoForeignExecution(t *testing.T) {
	t.Parallel()
	b := start(t)
	var events []execution.Event
	for i := range 60 {
		client := "K-2"
		if i%10 == 0 {
			client = "K-1"
		}
		events = append(events, event(fmt.Sprintf("run-of-%s-%d", client, i), execution.ExecutionFailed, time.Duration(i)*time.Second, ofClient(client)))
	}
	b.ingest(events...)
	b.checkpointed()
	for _, clients := range [][]string{{"K-1"}, {"K-1", "K-3"}} {
		q, found, read := anyQuery(), 0, 0
		q.candidatesMost = 2
		for {
			page, err := b.tenant.Limited(clients).Executions(context.Background(), q)
			require.NoError(t, err)
			found, read = found+len(page.Items), read+1
			if page.NextCursor == "" {
				break
			}
			text, err := base64.RawURLEncoding.DecodeString(page.NextCursor)
			require.NoError(t, err)
			require.NotContains(t, string(text), "K-2")
			q.Cursor = page.NextCursor
		}
		require.Equal(t, 6, found)
		require.LessOrEqual(t, read, 4, "it looks at its clients' only")
	}
}

// B-81: each read of one execution answers about another client's, or about nobody's, as about one that there is not.
func TestAnotherClientsExecutionDoesNotExist(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.ingest(
		event("own", execution.ExecutionQueued, 0, ofClient("K-1")), event("foreign", execution.ExecutionQueued, -time.Minute, ofClient("K-2")),
		event("nobodys", execution.ExecutionQueued, -time.Hour), event("foreign", execution.StepStarted, 0, step("a")), event("old", execution.ExecutionCompleted, 0, ofClient("K-2")),
	)
	b.checkpointed()
	limited := b.tenant.Limited([]string{"K-1"})
	reads := map[string]func(id string) (any, error){
		"execution": func(id string) (any, error) { return limited.Execution(ctx, id) },
		"step":      func(id string) (any, error) { return limited.Step(ctx, id, "a") },
		"timeline":  func(id string) (any, error) { return limited.Timeline(ctx, id) },
		"explain":   func(id string) (any, error) { return limited.Explain(ctx, id, timeline.Polish) },
		"series": func(id string) (any, error) {
			return limited.Series(ctx, SeriesQuery{ExecutionID: id, Range: Range{execution.At(noon), execution.At(noon.Add(time.Hour))}})
		},
		"priority": func(id string) (any, error) { return limited.RequestPriority(ctx, id, execution.High, "", me) },
		"forbid":   func(id string) (any, error) { return limited.ForbidBoost(ctx, id, me, "") },
		"allow":    func(id string) (any, error) { return nil, limited.AllowBoost(ctx, id, anna) },
	}
	for range 2 {
		for name, read := range reads {
			want, unknown := read("unknown")
			require.Equal(t, fault.NotFound, fault.Of(unknown).Kind, name)
			for _, id := range []string{"foreign", "nobodys", "old"} {
				got, err := read(id)
				require.Equal(t, unknown, err, "%s of %s", name, id)
				require.Equal(t, want, got, "%s of %s", name, id)
				require.False(t, limited.Knows("", id))
				require.False(t, limited.Knows("invoice-processing", id))
			}
		}
		b.restart()
		limited = b.tenant.Limited([]string{"K-1"})
	}
	for _, id := range []string{"foreign", "old", "unknown"} {
		for _, topic := range []feed.Topic{feed.ExecutionUpdates, feed.StepUpdates} {
			_, err := limited.Snapshot(feed.Filter{Topic: topic, ExecutionID: id}, func(items []json.RawMessage) { require.Empty(t, items, id) })
			require.NoError(t, err)
		}
	}
	require.True(t, limited.Knows("invoice-processing", "own"))
	_, err := limited.Execution(ctx, "own")
	require.NoError(t, err)
	require.Same(t, b.tenant, limited.Limited(nil))

	queue := limited.Queue()
	require.EqualValues(t, 2, queue.PendingCount, "numbers are the organisation's")
	require.Equal(t, "own", queue.OldestExecution.ExecutionID)
	require.Nil(t, b.tenant.Limited([]string{"K-3"}).Queue().OldestExecution)
	require.Equal(t, "nobodys", b.tenant.Queue().OldestExecution.ExecutionID)
	next := limited.NextQueued(10)
	require.Len(t, next, 1)
	require.Equal(t, "own", next[0].ExecutionID)
	workflows, err := limited.Workflows(ctx, "")
	require.NoError(t, err)
	require.Equal(t, "own", workflows[0].LastExecution.ExecutionID)
	workflows, err = b.tenant.Limited([]string{"K-3"}).Workflows(ctx, "")
	require.NoError(t, err)
	require.Nil(t, workflows[0].LastExecution)
	require.EqualValues(t, 4, workflows[0].Total)
}

// B-81, B-89: commands about other clients' executions are neither given nor answered, and not settled on the way.
func TestALimitedHandleLeavesOthersCommandsAlone(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	b.ingest(event("foreign", execution.ExecutionQueued, 0, ofClient("K-2")))
	wish, err := b.tenant.RequestPriority(ctx, "foreign", execution.High, "", me)
	require.NoError(t, err)
	limited := b.tenant.Limited([]string{"K-1"})
	open, _, err := limited.Commands(ctx, "", 10)
	require.NoError(t, err)
	require.Empty(t, open)
	_, err = limited.AnswerCommand(ctx, wish.ID, true, "")
	require.Equal(t, fault.NotFound, fault.Of(err).Kind)
	open, _, err = b.tenant.Commands(ctx, "", 10)
	require.NoError(t, err)
	require.Len(t, open, 1)
	// What an engine says is taken whole, whoever's handle brings it.
	receipt, err := limited.Ingest(ctx, []execution.Event{event("foreign", execution.ExecutionStarted, time.Second)})
	require.NoError(t, err)
	require.Equal(t, 1, receipt.Accepted)
}

// B-81, part 4.5: deadlines count runs, filings and exceptions of the handle's clients; of others nothing is known.
func TestDeadlinesOfALimitedHandleAreOfItsClients(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx := context.Background()
	const rule, period = "vat-jpk-v7m", "2026-11"
	for _, client := range []string{"K-1", "K-2", "K-3"} {
		_, err := b.tenant.FileDeadline(ctx, me, rule, period, client, "")
		require.NoError(t, err)
	}
	exception := ClientRule{RuleID: rule, ClientRef: "K-2", Reason: "kwartalnie", Override: deadline.NewOverride()}
	exception.Applies = false
	_, _, err := b.tenant.PutClientRule(ctx, anna, exception, func(*ClientRule) bool { return true })
	require.NoError(t, err)

	for _, client := range []string{"K-1", "K-2", "K-3", ""} {
		b.ingest(event("vat of "+client, execution.ExecutionStarted, 0, ofClient(client), tagged("vat"), dueOn(t, "2026-12-20")))
	}

	limited := b.tenant.Limited([]string{"K-1", "K-3", "K-4"})
	page, err := limited.Filings(ctx, rule, period, "", 1)
	require.NoError(t, err)
	require.Equal(t, "K-1", page.Items[0].ClientRef)
	page, err = limited.Filings(ctx, rule, period, page.NextCursor, 10)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, "K-3", page.Items[0].ClientRef)
	rules, err := limited.ClientRules(ctx, rule, "", 10)
	require.NoError(t, err)
	require.Empty(t, rules.Items)
	for _, foreign := range []string{"K-2", "unheard of"} {
		history, err := limited.ClientRuleHistory(ctx, rule, foreign)
		require.NoError(t, err)
		require.Empty(t, history)
		_, err = limited.FileDeadline(ctx, me, rule, period, foreign, "")
		require.ErrorIs(t, err, errUnknownClient)
		exception.ClientRef = foreign
		for _, removed := range []bool{false, true} {
			exception.Removed = removed
			_, _, err = limited.PutClientRule(ctx, anna, exception, func(*ClientRule) bool { return true })
			require.ErrorIs(t, err, errUnknownClient)
		}
	}
	from, to := deadline.DayOf(noon), deadline.DayOf(noon)+60
	list := func(t2 *Tenant, client string) string {
		l, err := t2.Deadlines(ctx, from, to, client)
		require.NoError(t, err)
		text, err := json.Marshal(l)
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, list(limited, "unheard of"), list(limited, "K-2"))
	require.NotEqual(t, list(b.tenant, "unheard of"), list(b.tenant, "K-2"))
	l, err := limited.Deadlines(ctx, from, to, "")
	require.NoError(t, err)
	for i := range l.Items {
		if d := &l.Items[i]; d.Rule.ID == rule && d.Period == period {
			require.EqualValues(t, 2, d.Filed)
			require.Zero(t, d.ClientRules)
			require.EqualValues(t, 2, d.Runs.Running)
			return
		}
	}
	require.Fail(t, "the deadline is not listed")
}

// toldAll reads a session until the marker comes.
func toldAll(t *testing.T, s *feed.Session, marker string) (text string) {
	t.Helper()
	stop := make(chan struct{})
	limit := time.AfterFunc(20*time.Second, func() { close(stop) })
	defer limit.Stop()
	for !strings.Contains(text, marker) {
		messages, err := s.Next(stop)
		require.NoError(t, err)
		require.NotEmpty(t, messages, "%s did not come: %s", marker, text)
		for i := range messages {
			text += string(messages[i].Text) + "\n"
		}
	}
	return text
}

// B-81, SEC2: snapshots, frames, resumes and replays of a limited session are of its clients, before and after a restart.
func TestALimitedSessionIsToldOfItsClientsOnly(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("own", execution.ExecutionStarted, 0, ofClient("K-1")), event("foreign", execution.ExecutionStarted, 0, ofClient("K-2")), event("nobodys", execution.ExecutionStarted, 0))
	connect := func(clients ...string) *feed.Session {
		s, err := b.tenant.Limited(clients).Connect(feed.Options{})
		require.NoError(t, err)
		return s
	}
	follow := func(s *feed.Session, since *feed.Position) (modes []feed.Mode) {
		for _, topic := range []feed.Topic{feed.ExecutionUpdates, feed.StepUpdates} {
			require.NoError(t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: topic}, Since: since, Snapshot: since == nil}, func(j feed.Joined) { modes = append(modes, j.Mode) }))
		}
		return modes
	}
	s := connect("K-1")
	for _, id := range []string{"foreign", "nobodys", "unknown"} {
		err := s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.ExecutionUpdates, ExecutionID: id}}, func(feed.Joined) {})
		require.Equal(t, fault.NotFound, fault.Of(err).Kind, id)
	}
	follow(s, nil)
	n := 0
	change := func() (marker string) {
		n++
		at := time.Duration(n) * time.Second
		b.ingest(
			event("foreign", execution.StepStarted, at, step("secret")), event("foreign", execution.ExecutionProgress, at), event("nobodys", execution.StepStarted, at, step("secret")),
			event(fmt.Sprintf("foreign-%d", n), execution.ExecutionFailed, at, ofClient("K-2")),
			event(fmt.Sprintf("mark-%d", n), execution.ExecutionStarted, at, ofClient("K-1")))
		return fmt.Sprintf(`"mark-%d"`, n)
	}
	clean := func(text string) {
		require.NotRegexp(t, "foreign|nobodys|secret|K-2", text)
	}
	text := toldAll(t, s, change())
	clean(text)
	require.Contains(t, text, `"own"`)
	position, _ := s.Heartbeat()
	since := feed.Position{Epoch: s.Epoch(), Seq: position}
	s.Close()

	mark := change()
	s = connect("K-1") // from the ring
	require.Equal(t, []feed.Mode{feed.Replay, feed.Replay}, follow(s, &since))
	clean(toldAll(t, s, mark))
	s.Close()
	b.restart()
	s = connect("K-1") // from the journal
	require.Equal(t, []feed.Mode{feed.Replay, feed.Replay}, follow(s, &since))
	clean(toldAll(t, s, mark))
	s.Close()
	for _, others := range [][]string{nil, {"K-2"}, {"K-1", "K-2"}} {
		s = connect(others...)
		require.Equal(t, []feed.Mode{feed.Snapshot, feed.Snapshot}, follow(s, &since), "with other clients it is another history")
		s.Close()
	}
	// Who changes the client leaves the session, without a word about it.
	s = connect("K-1")
	defer s.Close()
	require.NoError(t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.StepUpdates, ExecutionID: "own"}}, func(feed.Joined) {}))
	follow(s, nil)
	b.ingest(event("own", execution.StepStarted, time.Hour, step("secret"), ofClient("K-2")))
	clean(toldAll(t, s, change()))
}

// B-81, B-43: the queue's frames name the execution that waits longest to each of those that they see.
func TestQueueFramesNameNoForeignExecution(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("foreign", execution.ExecutionQueued, -time.Hour, ofClient("K-2")), event("own", execution.ExecutionQueued, 0, ofClient("K-1")))
	sessions := map[string]*feed.Session{}
	for name, clients := range map[string][]string{"own": {"K-1"}, "foreign": nil, "": {"K-3"}} {
		s, err := b.tenant.Limited(clients).Connect(feed.Options{})
		require.NoError(t, err)
		require.NoError(t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.QueueStatus}}, func(feed.Joined) {}))
		sessions[name] = s
	}
	b.ingest(event("another", execution.ExecutionQueued, 0, ofClient("K-2")))
	for want, s := range sessions {
		text := toldAll(t, s, `"pendingCount":3`)
		last := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
		var m struct{ Data QueueStatus }
		require.NoError(t, json.Unmarshal([]byte(last), &m))
		if want == "" {
			require.Nil(t, m.Data.OldestExecution)
		} else {
			require.Equal(t, want, m.Data.OldestExecution.ExecutionID)
		}
		s.Close()
	}
}

// B-81: history names the execution that waited longest only to who may see it.
func TestQueueHistoryNamesNoForeignExecution(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("foreign", execution.ExecutionQueued, 0, ofClient("K-2")))
	snapshot := b.tenant.queueSnapshot()
	require.NotNil(t, snapshot.OldestExecution)
	require.NotNil(t, snapshot.shownTo(b.tenant).OldestExecution)
	require.NotNil(t, snapshot.shownTo(b.tenant.Limited([]string{"K-2"})).OldestExecution)
	require.Nil(t, snapshot.shownTo(b.tenant.Limited([]string{"K-1"})).OldestExecution)
	require.NotNil(t, snapshot.OldestExecution, "the snapshot itself is as it was")
}
