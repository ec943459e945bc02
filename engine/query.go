package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"sort"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of lists: what a page examines, what counts and sorts look at.
const (
	candidatesMax  = 20_000
	countedMax     = 10_000
	sortedMax      = 10_000
	prefixHitsMax  = 1_000
	PageLimitMax   = 100 // items of a page
	unboundedMs    = -1
	sortStarted    = "startedAt"
	sortNewest     = "-startedAt"
	sortDuration   = "duration"
	sortLongest    = "-duration"
	externalIDName = "externalId"
)

// Query selects executions. Zero fields don't filter, but the durations: -1
// there is none. Sort is startedAt, -startedAt (also ""), duration or -duration.
type Query struct {
	Statuses      []execution.Status
	WorkflowID    string
	ClientRef     string
	Tag           string
	Text          string
	Priority      execution.Priority
	From, To      execution.Instant // inclusive; NoInstant = open
	MinDurationMs int64
	MaxDurationMs int64
	Sort          string
	Cursor        string
	Limit         int // 1..PageLimitMax
	Counts        bool

	candidatesMost int // what a page examines; 0: candidatesMax
}

func (q *Query) candidates() int {
	if q.candidatesMost > 0 {
		return q.candidatesMost
	}
	return candidatesMax
}

// Page is one page of a list. NextCursor is "" at the end; a page may be short
// and still have one. Truncated says that a sort by duration saw only the
// newest matches.
type Page struct {
	Items        []Listed
	NextCursor   string
	Counts       [6]int64 // by execution.Status
	CountsCapped bool
	Truncated    bool
}

// Executions lists executions, newest first unless the query says otherwise.
// It costs O(limit), never O(all): it seeks in the narrowest index and
// examines at most candidatesMax documents. A bad cursor is fault.Invalid.
func (t *Tenant) Executions(_ context.Context, q Query) (Page, error) {
	at, err := readCursor(q.Cursor, q.Sort)
	if err != nil {
		return Page{}, err
	}
	s := &scan{tenant: t, query: &q, now: t.engine.instant(), text: fold(q.Text)}
	s.reverse = q.Sort != sortStarted
	// The overlay first: what a checkpoint writes meanwhile is in both then,
	// and never in neither.
	t.view.RLock()
	s.overlay = maps.Clone(t.unwritten)
	var counts statusCounts
	total := t.tally.total
	counted := t.clients.All() && q.onlyWorkflow()
	if counted {
		counts = t.tally.of(q.WorkflowID)
	}
	t.view.RUnlock()

	var page Page
	err = t.engine.db.View(func(tx *kv.Tx) error {
		s.tx = tx
		var err error
		switch {
		case q.Sort == sortDuration || q.Sort == sortLongest:
			page, err = s.byDuration(at)
		case q.Text != "" && sum(total) > candidatesMax:
			page, err = s.textPage(at)
		default:
			page, err = s.page(at, q.Limit)
		}
		if err != nil || !q.Counts {
			return err
		}
		if page.Counts = counts; !counted {
			return s.count(&page)
		}
		return nil
	})
	return page, err
}

// Active lists pending, running and waiting executions, newest first (B-95).
func (t *Tenant) Active(ctx context.Context, workflowID, cursor string, limit int) (Page, error) {
	q := queryOf(workflowID)
	q.Statuses = []execution.Status{execution.Pending, execution.Running, execution.Waiting}
	q.Cursor, q.Limit = cursor, limit
	return t.Executions(ctx, q)
}

// queryOf selects all executions of a workflow, of every workflow when it is "", without a limit yet.
func queryOf(workflowID string) Query {
	return Query{
		WorkflowID: workflowID, From: execution.NoInstant, To: execution.NoInstant,
		MinDurationMs: unboundedMs, MaxDurationMs: unboundedMs,
	}
}

// onlyWorkflow reports whether counters answer the query's counts, of all clients.
func (q *Query) onlyWorkflow() bool {
	return q.ClientRef == "" && q.Tag == "" && q.Text == "" && q.Priority == execution.PriorityNone &&
		!q.From.Present() && !q.To.Present() && q.MinDurationMs < 0 && q.MaxDurationMs < 0
}

func sum(c statusCounts) (n int64) {
	for _, v := range c {
		n += v
	}
	return n
}

// matchesAllBut reports whether l passes every filter except status.
func (s *scan) matchesAllBut(l *Listed) bool {
	q := s.query
	at := l.SortTime()
	switch {
	case !s.tenant.sees(l.ClientRef),
		q.WorkflowID != "" && l.WorkflowID != q.WorkflowID,
		q.ClientRef != "" && l.ClientRef != q.ClientRef,
		q.Priority != execution.PriorityNone && shownPriority(l.Priority) != q.Priority,
		q.From.Present() && at < q.From, q.To.Present() && at > q.To:
		return false
	}
	if q.Tag != "" && !contains(l.Tags, q.Tag) {
		return false
	}
	if q.MinDurationMs >= 0 || q.MaxDurationMs >= 0 {
		ms, ok := l.DurationMs(s.now)
		if !ok || q.MinDurationMs >= 0 && ms < q.MinDurationMs || q.MaxDurationMs >= 0 && ms > q.MaxDurationMs {
			return false
		}
	}
	return s.text == "" || s.hasText(l)
}

func (s *scan) matches(l *Listed) bool {
	return (len(s.query.Statuses) == 0 || contains(s.query.Statuses, l.Status)) && s.matchesAllBut(l)
}

// externalID is what another system calls an execution; "": nothing.
func externalID(metadata json.RawMessage) string {
	if !bytes.Contains(metadata, []byte(externalIDName)) {
		return ""
	}
	var foreign struct {
		ExternalID any `json:"externalId"`
	}
	if json.Unmarshal(metadata, &foreign) != nil {
		return ""
	}
	id, _ := foreign.ExternalID.(string)
	return id
}

func shownPriority(p execution.Priority) execution.Priority {
	if p == execution.PriorityNone {
		return execution.Normal
	}
	return p
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// byDuration sorts the newest sortedMax matches and pages by offset.
func (s *scan) byDuration(at position) (Page, error) {
	all, err := s.page(position{}, sortedMax)
	if err != nil {
		return Page{}, err
	}
	items := all.Items
	duration := func(l *Listed) int64 {
		if ms, ok := l.DurationMs(s.now); ok {
			return ms
		}
		return -1
	}
	sort.SliceStable(items, func(i, j int) bool {
		a, b := duration(&items[i]), duration(&items[j])
		if s.query.Sort == sortDuration {
			return a < b
		}
		return a > b
	})
	from := min(at.offset, len(items))
	to := min(from+s.query.Limit, len(items))
	page := Page{Items: items[from:to], Truncated: all.NextCursor != ""}
	if to < len(items) {
		page.NextCursor = position{mode: 'd', offset: to}.cursor(s.query.Sort)
	}
	return page, nil
}

var errBadCursor = fault.New(fault.Invalid, "invalid_field", "the cursor is not one of this list").
	With(fault.Field{Location: "query.cursor", Message: "not a cursor of this list"})
