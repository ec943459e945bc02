package engine

import (
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

// servedRule is a rule with its deadlines in the range, in the order of their days.
type servedRule struct {
	rule        DeadlineRule
	terms       []deadline.Term
	deadlines   []servedDeadline // of the terms
	clients     map[string][]deadline.Term
	positions   map[string]int // of the terms, by period
	collect     int            // how many runs of a deadline are named
	durationsMs []int64        // of completed runs
	overrides   int64
	byClient    bool // the runs of each client are told apart
}

type servedDeadline struct {
	runs     ServingRuns
	queued   int64
	spent    []int64             // ms that the open runs have run
	failed   map[string]struct{} // runs
	replaced []string            // runs that others try again
	filed    int64
	ids      []string // of the runs, if they are collected
	clients  map[string]*servedClient
}

// differ computes the terms of those clients for whom something else holds.
func (r *servedRule) differ(c *deadline.Calendar, clients clientRuleMap, from, to deadline.Day) {
	r.clients, r.positions = map[string][]deadline.Term{}, make(map[string]int, len(r.terms))
	for i := range r.terms {
		r.positions[r.terms[i].Period] = i
	}
	for client, own := range clients {
		if own.Removed {
			continue
		}
		r.overrides++
		r.clients[client] = nil
		if held := r.rule.For(&own.Override); held != nil {
			r.clients[client] = held.Terms(c, from-clientSlackDays, to+clientSlackDays)
		}
	}
}

// window is when the runs begin that the rule's deadlines can have.
func (r *servedRule) window() (first, last deadline.Day) {
	first, last = r.terms[0].After, r.terms[len(r.terms)-1].Due
	for _, terms := range r.clients {
		for i := range terms {
			if _, listed := r.positions[terms[i].Period]; listed {
				first, last = min(first, terms[i].After), max(last, terms[i].Due)
			}
		}
	}
	return first, last
}

// serves is the deadline that a run of the day serves, nil when there is none.
func (r *servedRule) serves(day deadline.Day, clientRef string) *servedDeadline {
	terms, differs := r.clients[clientRef]
	if !differs {
		terms = r.terms
	}
	k := deadline.Serving(terms, day)
	if k >= 0 && differs {
		var listed bool
		if k, listed = r.positions[terms[k].Period]; !listed {
			return nil
		}
	}
	if k < 0 {
		return nil
	}
	return &r.deadlines[k]
}

func (r *servedRule) add(day deadline.Day, run *Listed, now execution.Instant) {
	d := r.serves(day, run.ClientRef)
	if d == nil {
		return
	}
	if len(d.ids) < r.collect {
		d.ids = append(d.ids, run.ExecutionID)
	}
	if r.byClient {
		d.clientOf(run.ClientRef).add(run)
	}
	if run.RetryOf != "" {
		d.replaced = append(d.replaced, run.RetryOf)
	}
	ms, started := run.DurationMs(now)
	switch run.Status {
	case execution.Completed:
		d.runs.Completed++
		if started {
			r.durationsMs = append(r.durationsMs, ms)
		}
	case execution.Failed:
		d.runs.Failed++
		if d.failed == nil {
			d.failed = map[string]struct{}{}
		}
		d.failed[run.ExecutionID] = struct{}{}
	case execution.Pending:
		d.runs.Running++
		d.queued++
	default:
		d.runs.Running++
		d.spent = append(d.spent, ms)
	}
}

func (d *servedDeadline) clientOf(ref string) *servedClient {
	if d.clients == nil {
		d.clients = map[string]*servedClient{}
	}
	if d.clients[ref] == nil {
		d.clients[ref] = &servedClient{}
	}
	return d.clients[ref]
}

// dayFinder finds the day of an instant, which is mostly that of the one before too.
type dayFinder struct {
	day         deadline.Day
	begins, end execution.Instant
}

func (f *dayFinder) of(at execution.Instant) deadline.Day {
	if at < f.begins || at >= f.end {
		f.day = deadline.DayOf(at.Time())
		f.begins, f.end = execution.At(f.day.Start()), execution.At((f.day + 1).Start())
	}
	return f.day
}

// servingTime is the time by which a run serves a period: of the deadline that
// its engine named, or else of its start.
func servingTime(run *Listed) execution.Instant {
	if run.Deadline.Present() {
		return run.Deadline
	}
	return run.SortTime()
}
