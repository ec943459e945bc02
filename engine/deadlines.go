package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of one look at the deadlines.
const (
	DeadlineDaysMax    = 3 * 366 // of a range
	deadlinesMax       = 10_000  // in a range
	servingRunsMax     = 20_000  // runs examined
	servingRunsEachMax = 5_000   // of them, of one workflow
	probedWorkflowsMax = 1_000   // whose newest run is asked for its tags
	lateRunDays        = 45      // how far a run may lie from the deadline that it names
	clientSlackDays    = 366     // how far a client's day may lie from the rule's
)

// Deadline is a rule's obligation for one period, with the runs that serve it.
// BusinessDaysLeft counts to ActBy, 0 on the day itself.
type Deadline struct {
	deadline.Occurrence
	Rule             *DeadlineRule
	BusinessDaysLeft int
	Light            string
	Runs             ServingRuns
	Filed            int64 // clients whose obligation is marked as met
	ClientRules      int64 // clients for whom something else holds
	Forecast         deadline.Forecast
}

// ServingRuns counts the runs that serve a deadline; Running are all that are
// not over. Cancelled ones are not counted.
type ServingRuns struct {
	Completed int64 `json:"completed"`
	Running   int64 `json:"running"`
	Failed    int64 `json:"failed"`
}

// DeadlineList is what is due in a range, by day and then by rule. RunsCapped
// says that only the newest runs were counted.
type DeadlineList struct {
	Items      []Deadline
	RunsCapped bool
}

// Deadlines lists what is due from one day to another, both included, of the
// rules that are switched on. The range is at most DeadlineDaysMax days long
// and from is not after to; other ranges, and those with too much in them, are
// fault.Invalid.
//
// Through a handle that shows some clients only, runs, filings and exceptions
// are theirs, and another client is one of whom nothing is known.
//
// With a client it lists what is due for them, by what holds for them instead
// of the rules, with their runs and filings only; without one it lists the days
// of the rules, and the runs of each client for the period that they serve.
//
// A run serves a rule when its workflow or its tags match, and of its periods
// the first that is due on or after the run's day: that of its own deadline if
// the engine named one, else that of its start. At most servingRunsMax runs
// are examined, newest first, of the workflows that match by id, name, declared
// tags or the tags of their newest run.
func (t *Tenant) Deadlines(ctx context.Context, from, to deadline.Day, clientRef string) (*DeadlineList, error) {
	if to < from || to-from > DeadlineDaysMax {
		return nil, fault.New(fault.Invalid, "invalid_field", fmt.Sprintf("a range has from 1 to %d days", DeadlineDaysMax))
	}
	l := &serving{tenant: t, now: t.engine.instant(), calendar: t.engine.book.Calendar, client: clientRef}
	if err := l.lay(t.DeadlineRules(ctx), from, to); err != nil {
		return nil, err
	}
	l.know()
	if err := t.engine.db.View(l.count); err != nil {
		return nil, fmt.Errorf("deadlines: %w", err)
	}
	return l.list(from, to), nil
}

// Reminders are the days on which a deadline is to be remembered, earliest first.
func (t *Tenant) Reminders(d *Deadline) []deadline.Day {
	days := make([]deadline.Day, 0, len(d.Rule.RemindWorkingDays))
	for _, n := range d.Rule.RemindWorkingDays {
		days = append(days, t.engine.book.Calendar.Before(d.ActBy, n, d.Rule.SaturdayIsDayOff))
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// serving gathers the runs that serve the deadlines of a range.
type serving struct {
	tenant    *Tenant
	now       execution.Instant
	calendar  *deadline.Calendar
	client    string // "": all of them
	rules     []servedRule
	matcher   *deadline.Matcher
	overlay   map[string]*Listed
	base      map[string][]int // workflow → positions of the rules that it serves whatever its runs' tags
	order     []string         // the workflows of base, by id
	clearance *time.Duration   // of the organisation's queue; nil: unknown
	items     int
	examined  int
	capped    bool
	days      dayFinder
}

// lay computes the deadlines of the range.
func (l *serving) lay(rules []DeadlineRule, from, to deadline.Day) error {
	var matched []*deadline.Rule
	for i := range rules {
		r := servedRule{rule: rules[i]}
		if !r.rule.Enabled {
			continue
		}
		clients := l.tenant.clientRulesOf(r.rule.ID)
		if own := clients[l.client]; l.client != "" && own != nil && !own.Removed {
			held := r.rule.For(&own.Override)
			if held == nil {
				continue
			}
			r.rule.Rule, r.overrides = *held, 1
		}
		if r.terms = r.rule.Terms(l.calendar, from, to); len(r.terms) == 0 {
			continue
		}
		r.deadlines = make([]servedDeadline, len(r.terms))
		if l.client == "" {
			r.differ(l.calendar, clients, from, to)
		}
		l.rules = append(l.rules, r)
		matched = append(matched, &rules[i].Rule)
		if l.items += len(r.terms); l.items > deadlinesMax {
			return fault.New(fault.Invalid, "invalid_field", fmt.Sprintf("more than %d deadlines in the range", deadlinesMax)).
				With(fault.Field{Location: "query.to", Message: "too much is due in the range"})
		}
	}
	l.matcher = deadline.NewMatcher(matched)
	return nil
}

// know takes what memory holds: the overlay first, as lists do, and which
// workflows serve which rules by their names and declared tags.
func (l *serving) know() {
	t := l.tenant
	l.base = map[string][]int{}
	t.view.RLock()
	l.overlay = maps.Clone(t.unwritten)
	known := slices.Collect(maps.Values(t.catalogue)) // entries are replaced, never changed
	t.view.RUnlock()
	for _, w := range known {
		found := map[int]bool{}
		l.matcher.Named(found, w.WorkflowID, w.Name)
		l.matcher.Tagged(found, w.Tags)
		l.base[w.WorkflowID] = slices.Collect(maps.Keys(found))
	}
	l.order = slices.Sorted(maps.Keys(l.base))
	if seconds := t.Queue().EstimatedClearanceSeconds; seconds != nil {
		clearance := time.Duration(*seconds) * time.Second
		l.clearance = &clearance
	}
}

// count counts runs and filings.
func (l *serving) count(tx *kv.Tx) error {
	for _, listed := range l.overlay {
		l.add(listed)
	}
	for i, id := range l.order {
		rules := l.base[id]
		if i < probedWorkflowsMax {
			newest, err := l.newest(tx, id)
			if err != nil {
				return err
			}
			if newest != nil {
				rules = l.tagged(rules, newest.Tags)
			}
		}
		if len(rules) == 0 {
			continue
		}
		if err := l.runsOf(tx, id, rules); err != nil {
			return err
		}
	}
	for i := range l.rules {
		for k := range l.rules[i].deadlines {
			l.rules[i].deadlines[k].filed = l.filed(tx, l.rules[i].rule.ID, l.rules[i].terms[k].Period)
		}
	}
	return nil
}

func (l *serving) filed(tx *kv.Tx, rule, period string) int64 {
	switch {
	case l.client == "":
		return l.tenant.countFilings(tx, rule, period)
	case l.tenant.sees(l.client) && l.tenant.isFiled(tx, rule, period, l.client):
		return 1
	}
	return 0
}

// newest is a workflow's newest run among the documents; nil when there is none.
func (l *serving) newest(tx *kv.Tx, workflowID string) (found *Listed, err error) {
	q := queryOf(workflowID)
	s := &scan{tenant: l.tenant.entire, tx: tx, query: &q, reverse: true}
	s.walk(s.sources()[0], position{}, func(_ []byte, load func() (*Listed, error)) bool {
		found, err = load()
		return false
	})
	return found, err
}

// runsOf counts the runs of a workflow that may serve the rules, newest first.
func (l *serving) runsOf(tx *kv.Tx, workflowID string, rules []int) error {
	first, last := l.rules[rules[0]].window()
	for _, i := range rules[1:] {
		from, to := l.rules[i].window()
		first, last = min(first, from), max(last, to)
	}
	q := queryOf(workflowID)
	q.From, q.To = execution.At((first - lateRunDays).Start()), execution.At((last + lateRunDays).Start())
	s := &scan{tenant: l.tenant.entire, tx: tx, query: &q, reverse: true}
	var failed error
	each := 0
	s.walk(s.sources()[0], position{}, func(key []byte, load func() (*Listed, error)) bool {
		if each >= servingRunsEachMax || l.examined >= servingRunsMax {
			l.capped = true
			return false
		}
		each, l.examined = each+1, l.examined+1
		if l.overlay[string(documentID(key))] != nil {
			return true
		}
		var run *Listed
		if run, failed = load(); failed != nil {
			return false
		}
		l.add(run)
		return true
	})
	return failed
}

// tagged adds the rules that match one of the tags.
func (l *serving) tagged(rules []int, tags []string) []int {
	if len(tags) == 0 {
		return rules
	}
	found := map[int]bool{}
	for _, i := range rules {
		found[i] = true
	}
	l.matcher.Tagged(found, tags)
	return slices.Collect(maps.Keys(found))
}

// add counts a run for each rule that it serves.
func (l *serving) add(run *Listed) {
	rules := l.tagged(l.base[run.WorkflowID], run.Tags)
	if len(rules) == 0 || run.Status == execution.Cancelled || !l.tenant.sees(run.ClientRef) || l.client != "" && run.ClientRef != l.client {
		return
	}
	day := l.days.of(servingTime(run))
	for _, i := range rules {
		l.rules[i].add(day, run, l.now)
	}
}

// load is what a forecast of the deadline needs.
func (l *serving) load(r *servedRule, d *servedDeadline) deadline.Load {
	for _, id := range d.replaced {
		delete(d.failed, id)
	}
	return deadline.Load{
		Queued: d.queued, SpentMs: d.spent, Failed: int64(len(d.failed)), DurationsMs: r.durationsMs, Clearance: l.clearance, Capped: l.capped,
	}
}

// list is the result in its order.
func (l *serving) list(from, to deadline.Day) *DeadlineList {
	now := l.now.Time()
	today := deadline.DayOf(now)
	daysLeft := map[bool]func(deadline.Day) int{
		true: l.calendar.Counter(today, from, to, true), false: l.calendar.Counter(today, from, to, false),
	}
	out := &DeadlineList{Items: make([]Deadline, 0, l.items), RunsCapped: l.capped}
	for i := range l.rules {
		r := &l.rules[i]
		for k := range r.deadlines {
			d, term := &r.deadlines[k], &r.terms[k]
			left := daysLeft[r.rule.SaturdayIsDayOff](term.ActBy)
			load := l.load(r, d)
			out.Items = append(out.Items, Deadline{
				Occurrence: term.Occurrence, Rule: &r.rule, BusinessDaysLeft: left, Light: term.Light(today, left, d.runs.Failed > 0),
				Runs: d.runs, Filed: d.filed, ClientRules: r.overrides, Forecast: load.Forecast(now, r.rule.End(term.ActBy)),
			})
		}
	}
	slices.SortStableFunc(out.Items, func(a, b Deadline) int { return int(a.Due - b.Due) })
	return out
}
