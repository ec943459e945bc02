package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// deadlineClientsMax bounds the clients of one deadline that are told apart.
const deadlineClientsMax = 2_000

// How one client's obligation stands.
const (
	ClientFailed     = "failed"     // the newest run failed
	ClientRunning    = "running"    // a run is not over
	ClientNotStarted = "notStarted" // the client was served in the period before, and nothing is there for this one
	ClientCompleted  = "completed"  // all runs ended well, which proves no filing
	ClientFiled      = "filed"      // somebody marked it as met
)

// ClientStates are the states in the order in which they need somebody.
func ClientStates() []string {
	return []string{ClientFailed, ClientNotStarted, ClientRunning, ClientCompleted, ClientFiled}
}

// DeadlineClient is one client's obligation for a period.
type DeadlineClient struct {
	ClientRef string      `json:"clientRef"`
	State     string      `json:"state" enum:"clientState"`
	Runs      ServingRuns `json:"runs"`
	Filing    *Filing     `json:"filing"`
}

// servedClient are one client's runs that serve a deadline.
type servedClient struct {
	runs   ServingRuns
	newest execution.Instant
	failed bool // the newest one
}

func (c *servedClient) add(run *Listed) {
	switch run.Status {
	case execution.Completed:
		c.runs.Completed++
	case execution.Failed:
		c.runs.Failed++
	default:
		c.runs.Running++
	}
	if at := run.SortTime(); at >= c.newest {
		c.newest, c.failed = at, run.Status == execution.Failed
	}
}

// DeadlineClients tells how the obligation of each client stands, by client: of those with runs or a mark for the period, and of those that were served in
// the period before. capped says that these are not all. An unknown rule or period is fault.NotFound; of a rule that is switched off only marks are known.
func (t *Tenant) DeadlineClients(ctx context.Context, rule, period string) (found []DeadlineClient, capped bool, err error) {
	r, _, err := t.DeadlineRule(ctx, rule)
	if err != nil {
		return nil, false, err
	}
	calendar := t.engine.book.Calendar
	at, ok := r.Of(calendar, period)
	if !ok {
		return nil, false, errNoPeriod
	}
	marks, err := t.filingsFor(rule, period, "")
	if err != nil {
		return nil, false, err
	}
	own, before, capped, err := t.runsOfClients(r, at.Due, period)
	if err != nil {
		return nil, false, err
	}
	all := map[string]*DeadlineClient{}
	of := func(client string) *DeadlineClient {
		if all[client] == nil {
			all[client] = &DeadlineClient{ClientRef: client, State: ClientNotStarted}
		}
		return all[client]
	}
	exceptions := t.clientRulesOf(rule)
	for client := range before {
		if e := exceptions[client]; e == nil || e.Removed || e.Applies {
			of(client)
		}
	}
	for client, runs := range own {
		one := of(client)
		one.Runs, one.State = runs.runs, runs.state()
	}
	for i := range marks {
		one := of(marks[i].ClientRef)
		one.Filing, one.State = &marks[i], ClientFiled
	}
	delete(all, "")
	found = make([]DeadlineClient, 0, len(all))
	for _, one := range all {
		found = append(found, *one)
	}
	slices.SortFunc(found, func(a, b DeadlineClient) int { return cmp.Compare(a.ClientRef, b.ClientRef) })
	return found[:min(len(found), deadlineClientsMax)], capped || len(found) > deadlineClientsMax, nil
}

func (c *servedClient) state() string {
	switch {
	case c.runs.Running > 0:
		return ClientRunning
	case c.failed:
		return ClientFailed
	}
	return ClientCompleted
}

// runsOfClients are the runs of each client for a period, and those for the one before.
func (t *Tenant) runsOfClients(r *DeadlineRule, due deadline.Day, period string) (own, before map[string]*servedClient, capped bool, err error) {
	const longest = 400 // days from one period's due day to the next one's
	from := due
	former := r.In(t.engine.book.Calendar, due-longest, due-1)
	for i := range former {
		if from == due || former[i].Due > from {
			from = former[i].Due
		}
	}
	l := &serving{tenant: t, now: t.engine.instant(), calendar: t.engine.book.Calendar}
	if err := l.lay([]DeadlineRule{*r}, from, due); err != nil || len(l.rules) == 0 {
		return nil, nil, false, err
	}
	l.rules[0].byClient = true
	l.know()
	if err := t.engine.db.View(func(tx *kv.Tx) error { return l.count(tx) }); err != nil {
		return nil, nil, false, fmt.Errorf("clients of %s %s: %w", r.ID, period, err)
	}
	before = map[string]*servedClient{}
	for i := range l.rules[0].terms {
		if l.rules[0].terms[i].Period == period {
			own = l.rules[0].deadlines[i].clients
		} else {
			maps.Copy(before, l.rules[0].deadlines[i].clients)
		}
	}
	return own, before, l.capped, nil
}
