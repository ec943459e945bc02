package engine

import (
	"container/heap"
	"fmt"
	"slices"
	"sync/atomic"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// alerting is what the writer keeps in memory of one organisation's alerts. All of it can be read again from the store: after a
// commit that failed it is. Only rules and silences are read by others.
type alerting struct {
	rules    atomic.Pointer[ruleSet]
	silences atomic.Pointer[[]alert.Silence]
	outages  atomic.Pointer[[]Outage]

	states    map[stateKey]*alert.State
	unsaved   map[stateKey]bool        // states that are newer than what is stored
	open      map[string]*alert.Record // not resolved, by id
	histories map[string]*alert.History
	timers    timers
	timed     map[string]execution.Instant // the next timer of each execution
	again     []string                     // executions whose timer is to be set again
	changed   []string                     // rules whose scopes are to be asked again

	measured readings
	broken   brokenChannels
	looks    builtinLooks
	near     atomic.Pointer[nearDeadlines]
	silent   atomic.Bool  // engine_silent is open
	retime   atomic.Bool  // a workflow's limit of time has changed: the timers are to be made anew
	lookout  lookout      // of the goroutine that looks around
	reported atomic.Int64 // day of the last morning report, once it is known
}

// stateKey names a scope of a rule.
type stateKey struct{ rule, scope string }

// state is a scope's state; that of one in which nothing has happened when none is kept.
func (a *alerting) state(k stateKey) *alert.State {
	if s := a.states[k]; s != nil {
		return s
	}
	return freshState(k)
}

func freshState(k stateKey) *alert.State {
	s := alert.NewState(k.rule, k.scope)
	return &s
}

// idle reports whether a state says nothing that one in which nothing happened would not say.
func idle(s *alert.State, now execution.Instant) bool {
	return !s.Met && !s.Open() && s.Hushed == nil && len(s.Holds) == 0 && len(s.Clients) == 0 && len(s.Executions) == 0 &&
		(!s.CooldownUntil.Present() || s.CooldownUntil <= now)
}

// ruleSet is an organisation's rules in force, ready to be asked. Immutable.
type ruleSet struct {
	all        []*alertRule // in the order of their ids, inactive ones too
	byID       map[string]*alertRule
	global     []*alertRule // active ones about runs of all workflows
	byWorkflow map[string][]*alertRule
	underWay   map[string]bool // workflows of which some rule looks at runs that go on; "": all
	queue      []*alertRule
	resources  []*alertRule
	builtin    map[alert.Builtin]*alertRule
}

func newRuleSet(all []*alertRule) *ruleSet {
	s := &ruleSet{all: all, byID: map[string]*alertRule{}, byWorkflow: map[string][]*alertRule{}, underWay: map[string]bool{}, builtin: map[alert.Builtin]*alertRule{}}
	for _, r := range all {
		s.byID[r.ID] = r
		switch {
		case !r.Active:
		case r.Builtin != "":
			s.builtin[r.Builtin] = r
		case r.Type == alert.QueueBacklog:
			s.queue = append(s.queue, r)
		case r.Type == alert.ResourceThreshold:
			s.resources = append(s.resources, r)
		default:
			s.addOfRuns(r)
		}
	}
	return s
}

func (s *ruleSet) addOfRuns(r *alertRule) {
	if r.WorkflowID == "" {
		s.global = append(s.global, r)
	} else {
		s.byWorkflow[r.WorkflowID] = append(s.byWorkflow[r.WorkflowID], r)
	}
	if !r.Type.OfEnds() {
		s.underWay[r.WorkflowID] = true
	}
}

// watchesUnderWay reports whether any rule looks at a workflow's runs before they end.
func (s *ruleSet) watchesUnderWay(workflowID string) bool {
	return s.underWay[""] || s.underWay[workflowID]
}

// concern calls fn with each rule that watches runs of a workflow.
func (s *ruleSet) concern(workflowID string, fn func(r *alertRule)) {
	for _, r := range s.byWorkflow[workflowID] {
		fn(r)
	}
	for _, r := range s.global {
		fn(r)
	}
}

// watchRuns reports whether any rule watches runs at all.
func (s *ruleSet) watchRuns() bool { return len(s.global) > 0 || len(s.byWorkflow) > 0 }

// watches reports whether any rule watches runs of a workflow.
func (s *ruleSet) watches(workflowID string) bool {
	return len(s.global) > 0 || len(s.byWorkflow[workflowID]) > 0
}

// loadAlerts reads rules, states and open records: at start, and after a commit failed. The caller is the writer, or alone.
func (t *Tenant) loadAlerts() error {
	next := alerting{states: map[stateKey]*alert.State{}, open: map[string]*alert.Record{}, histories: map[string]*alert.History{}}
	var rules []*alertRule
	var silences []alert.Silence
	var outages []Outage
	err := t.engine.db.View(func(tx *kv.Tx) error {
		err := alertRules.Scan(tx, t.scope, kv.Span{}, func(_ []byte, r *alertRule) (bool, error) {
			if !r.DeletedAt.Present() {
				rules = append(rules, r)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		err = alertStates.Scan(tx, t.scope, kv.Span{}, func(_ []byte, s *alert.State) (bool, error) {
			next.states[stateKey{s.RuleID, s.Key}] = s
			return true, nil
		})
		if err != nil {
			return err
		}
		err = alertSilences.Scan(tx, t.scope, kv.Span{}, func(_ []byte, s *alert.Silence) (bool, error) {
			silences = append(silences, *s)
			return true, nil
		})
		if err != nil {
			return err
		}
		err = alertOutages.Scan(tx, t.scope, kv.Span{}, func(_ []byte, x *Outage) (bool, error) {
			outages = append(outages, *x)
			return true, nil
		})
		if err != nil {
			return err
		}
		return next.readOpen(tx, t.scope)
	})
	if err != nil {
		return fmt.Errorf("alerts of organisation %s: %w", t.id, err)
	}
	t.alerts.states, t.alerts.open, t.alerts.histories, t.alerts.timers = next.states, next.open, next.histories, nil
	t.alerts.unsaved = map[stateKey]bool{}
	t.alerts.timed = map[string]execution.Instant{}
	t.alerts.rules.Store(newRuleSet(t.withBuiltins(rules)))
	t.alerts.silences.Store(&silences)
	t.alerts.outages.Store(&outages)
	t.setTimers()
	t.noteSilent()
	return nil
}

// withBuiltins adds the built-in rules that nobody has changed yet. Their ids are the organisation's own, as all ids are.
func (t *Tenant) withBuiltins(rules []*alertRule) []*alertRule {
	for _, b := range alert.Builtins() {
		b.ID += ":" + t.id
		if !slices.ContainsFunc(rules, func(r *alertRule) bool { return r.ID == b.ID }) {
			rules = append(rules, &alertRule{Rule: b})
		}
	}
	return rules
}

var openStatuses = []alert.RecordStatus{alert.Active, alert.Acknowledged, alert.Escalated}

func (a *alerting) readOpen(tx *kv.Tx, s kv.Scope) (err error) {
	for _, status := range openStatuses {
		alertRecords.ScanIndex(tx, s, byAlertStatus, kv.Span{Prefix: kv.AppendString(nil, string(status))}, func(_, id []byte) bool {
			var r *alert.Record
			if r, err = alertRecords.Get(tx, s, slices.Clone(id)); err == nil {
				a.open[r.ID] = r
			}
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// timer is when a running execution will have run too long for a rule, if nothing is heard of it.
type timer struct {
	at        execution.Instant
	execution string
}

// timers are in the order of time.
type timers []timer

func (h timers) Len() int           { return len(h) }
func (h timers) Less(i, j int) bool { return h[i].at < h[j].at }
func (h timers) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push and Pop implement heap.Interface.
func (h *timers) Push(v any) {
	if t, ok := v.(timer); ok {
		*h = append(*h, t)
	}
}

func (h *timers) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// due takes the next timer that is not after now.
func (h *timers) due(now execution.Instant) (timer, bool) {
	if len(*h) == 0 || (*h)[0].at > now {
		return timer{}, false
	}
	next, ok := heap.Pop(h).(timer)
	return next, ok
}

// setTimers makes the timers anew, from the executions that have not ended.
func (t *Tenant) setTimers() {
	t.alerts.timers = t.alerts.timers[:0]
	clear(t.alerts.timed)
	rules, now := t.alerts.rules.Load(), t.engine.instant()
	for _, en := range t.entries {
		if !en.sum.status.Terminal() && rules.watchesUnderWay(en.sum.workflowID) {
			s := en.x.Summary()
			t.setTimer(rules, t.runOf(&s, en.seq, now, false), now)
		}
	}
}

// setTimer sets the next timer of one execution.
func (t *Tenant) setTimer(rules *ruleSet, run *alert.Run, now execution.Instant) {
	next := execution.NoInstant
	rules.concern(run.WorkflowID, func(r *alertRule) {
		s := t.alerts.state(stateKey{r.ID, r.Scope(&alert.Observation{Kind: alert.ExecutionChanged, Run: run})})
		if at := r.Due(s, run, now); at.Present() && (!next.Present() || at < next) {
			next = at
		}
	})
	if before, set := t.alerts.timed[run.ExecutionID]; next.Present() && (!set || next < before) {
		t.alerts.timed[run.ExecutionID] = next
		heap.Push(&t.alerts.timers, timer{next, run.ExecutionID})
	}
}
