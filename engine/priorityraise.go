package engine

import (
	"maps"
	"slices"
	"strings"

	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// overdueDays is how long an obligation that is over and not met still raises.
const overdueDays = 45

// Raise is why a queued execution is raised: the deadline that it serves. Of
// several it is the one that raises most.
type Raise struct {
	Rule             string         `json:"rule"`
	RuleVersion      int64          `json:"ruleVersion"`
	Period           string         `json:"period"`
	Due              deadline.Day   `json:"due"`
	ActBy            deadline.Day   `json:"actBy"`
	BusinessDaysLeft int            `json:"businessDaysLeft"`
	Level            deadline.Level `json:"level"`
	Points           int            `json:"points"`      // of the score, see QueuedExecution
	Feeds            bool           `json:"feeds"`       // the run only prepares what others file: half the points
	BoostReason      string         `json:"boostReason"` // in Polish
}

// sameCause says that a wish for the one is a wish for the other too.
func (r *Raise) sameCause(o *Raise) bool {
	return r.Rule == o.Rule && r.Period == o.Period && r.Level == o.Level && r.Feeds == o.Feeds
}

// raising finds what raises queued executions at a moment. Only rules that the
// office confirmed are in it.
type raising struct {
	tenant    *Tenant
	now       execution.Instant
	today     deadline.Day
	calendar  *deadline.Calendar
	rules     []raisingRule
	matcher   *deadline.Matcher
	feeders   *deadline.Matcher
	names     map[string]string // of declared workflows
	tags      map[string][]string
	positions map[string]rulePositions // by workflow and tags
	raises    map[raiseKey]*Raise      // what was found: runs of a client for a term share one
	days      dayFinder
}

// raiseKey names a term of a rule for a client.
type raiseKey struct {
	rule, term int
	clientRef  string
	feeds      bool
}

// rulePositions are the rules that a run serves, and whether it only prepares.
type rulePositions struct {
	serves []int
	feeds  bool
}

// raisingRule is a confirmed rule with its terms near today.
type raisingRule struct {
	rule    DeadlineRule
	terms   []deadline.Term
	clients map[string][]deadline.Term // for whom something else holds
	left    func(deadline.Day) int     // working days
}

// newRaising takes the confirmed rules of which something is near or overdue.
func (t *Tenant) newRaising() *raising {
	now := t.engine.instant()
	r := &raising{
		tenant: t, now: now, today: deadline.DayOf(now.Time()), calendar: t.engine.book.Calendar, feeders: deadline.NewFeeders(),
		positions: map[string]rulePositions{}, raises: map[raiseKey]*Raise{},
	}
	// What is due later has more working days before its ActBy than raise.
	from, to := r.today-overdueDays, r.calendar.After(r.today, deadline.BoostDays+1, true)
	var matched []*deadline.Rule
	for _, rule := range t.heldRules() {
		if !rule.Enabled || !rule.Confirmed {
			continue
		}
		next := raisingRule{rule: rule, terms: rule.Terms(r.calendar, from, to), clients: map[string][]deadline.Term{}}
		for client, own := range t.clientRulesOf(rule.ID) {
			if own.Removed {
				continue
			}
			next.clients[client] = nil
			if held := rule.For(&own.Override); held != nil {
				next.clients[client] = held.Terms(r.calendar, from, to)
			}
		}
		if len(next.terms)+len(next.clients) == 0 {
			continue
		}
		next.left = r.calendar.Counter(r.today, from, to, rule.SaturdayIsDayOff)
		r.rules = append(r.rules, next)
		matched = append(matched, &rule.Rule)
	}
	r.matcher = deadline.NewMatcher(matched)
	return r
}

// know takes the names and declared tags of workflows.
func (r *raising) know(catalogue map[string]*Workflow) {
	r.names, r.tags = map[string]string{}, map[string][]string{}
	for id, w := range catalogue {
		r.names[id], r.tags[id] = w.Name, w.Tags
	}
}

// of is what raises a queued execution, nil when nothing does.
func (r *raising) of(tx *kv.Tx, x *Listed) *Raise {
	at := r.positionsOf(x)
	var best *Raise
	better := func(next *Raise) {
		if next != nil && (best == nil || next.Points > best.Points || next.Points == best.Points && next.ActBy < best.ActBy) {
			best = next
		}
	}
	day := r.days.of(servingTime(x))
	for _, i := range at.serves {
		better(r.raise(tx, i, x.ClientRef, day, false))
	}
	if at.feeds {
		for i := range r.rules {
			if r.rules[i].rule.Category == deadline.FeedsCategory {
				better(r.raise(tx, i, x.ClientRef, r.today, true))
			}
		}
	}
	return best
}

// positionsOf finds the rules that match the execution's workflow or tags.
func (r *raising) positionsOf(x *Listed) rulePositions {
	key := x.WorkflowID + "\x00" + x.WorkflowName + "\x00" + strings.Join(x.Tags, "\x00")
	if known, ok := r.positions[key]; ok {
		return known
	}
	found, feeds := map[int]bool{}, map[int]bool{}
	names := []string{x.WorkflowID, x.WorkflowName, r.names[x.WorkflowID]}
	r.matcher.Named(found, names...)
	r.matcher.Tagged(found, x.Tags)
	r.matcher.Tagged(found, r.tags[x.WorkflowID])
	r.feeders.Named(feeds, names...)
	known := rulePositions{slices.Sorted(maps.Keys(found)), len(feeds) > 0}
	r.positions[key] = known
	return known
}

// raise is what the term of a rule does that a client's run of the day serves.
func (r *raising) raise(tx *kv.Tx, position int, clientRef string, day deadline.Day, feeds bool) *Raise {
	rule := &r.rules[position]
	terms, differs := rule.clients[clientRef]
	if !differs {
		terms = rule.terms
	}
	k := deadline.Serving(terms, day)
	if k < 0 {
		return nil
	}
	key := raiseKey{position, k, clientRef, feeds}
	found, known := r.raises[key]
	if !known {
		found = r.raiseBy(tx, rule, &terms[k], clientRef, feeds)
		r.raises[key] = found
	}
	return found
}

func (r *raising) raiseBy(tx *kv.Tx, rule *raisingRule, term *deadline.Term, clientRef string, feeds bool) *Raise {
	o := deadline.Obligation{
		Due: term.Due, ActBy: term.ActBy, End: rule.rule.End(term.Due), DaysLeft: rule.left(term.ActBy), Confirmed: rule.rule.Confirmed,
		Met: clientRef != "" && r.tenant.isFiled(tx, rule.rule.ID, term.Period, clientRef),
	}
	b := o.Boost(r.now.Time())
	if feeds {
		b = o.Feeding(r.now.Time())
	}
	if b.Points == 0 {
		return nil
	}
	return &Raise{
		Rule: rule.rule.ID, RuleVersion: rule.rule.Version, Period: term.Period, Due: term.Due, ActBy: term.ActBy, BusinessDaysLeft: o.DaysLeft,
		Level: b.Level, Points: b.Points, Feeds: feeds, BoostReason: o.Reason(&rule.rule.Rule, term.Period, b.Level),
	}
}
