package engine

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
	"flowwatch/kv"
)

// How often the writer looks at what rules wait for. Nothing fires later than a second (A15).
const (
	watchEvery      = 250 * time.Millisecond
	watchRetry      = 5 * time.Second // after an error, such as a full disk
	watchScopeEvery = 4               // rounds, for what is not due at a moment of its own
	saveStatesEvery = 60              // rounds
)

// question is a rule that is asked about one of its scopes.
type question struct {
	rule  *alertRule
	scope string
	about *alert.Observation
}

// watch asks what time has brought, in the writer between two commits.
func (w *writer) watch() {
	if time.Since(w.watched) < watchEvery {
		return
	}
	w.watched = time.Now()
	w.watches++
	for _, t := range w.engine.all() {
		if t.stale {
			continue
		}
		if len(t.alerts.histories) > historiesMax {
			clear(t.alerts.histories) // they are read again as they are needed: all that they hold is committed
		}
		if t.alerts.retime.Swap(false) {
			t.setTimers()
		}
		asked := t.dueRuns()
		if w.watches%watchScopeEvery == 0 {
			asked = append(asked, t.dueScopes()...)
			asked = append(asked, t.measuredQueue()...)
		}
		asked = append(asked, t.measuredResources()...)
		asked = append(asked, t.foundBuiltins()...)
		asked = t.matters(asked)
		t.resetTimers()
		escalate := t.dueEscalations()
		save := w.watches%saveStatesEvery == 0 && len(t.alerts.unsaved) > 0
		if len(asked) == 0 && len(escalate) == 0 && !save {
			continue
		}
		err := w.alterAlerts(t, func(a *alertWork) error {
			a.saveStates()
			for _, q := range asked {
				a.judgeIn(q.rule, q.scope, q.about)
			}
			for _, id := range escalate {
				a.escalateByItself(id)
			}
			return nil
		})
		if err != nil {
			w.engine.log.Error("watch alerts", "tenant", t.id, "err", err)
			w.watched = time.Now().Add(watchRetry)
		}
	}
}

// matters are the questions from which something follows. Where only the state moves on, as with each measurement within a window, it does so in memory
// and is stored by the way: a transaction costs a sync.
func (t *Tenant) matters(all []question) []question {
	kept, now := all[:0], t.engine.instant()
	asked := map[stateKey]bool{}
	for _, q := range all {
		k := stateKey{q.rule.ID, q.scope}
		if asked[k] {
			kept = append(kept, q) // behind one from which something follows: its state is that one's
			continue
		}
		old := t.alerts.state(k)
		next, effects, err := alert.Evaluate(&q.rule.Rule, *old, q.about, now)
		next.RuleID, next.Key = k.rule, k.scope
		switch {
		case err != nil:
			t.engine.log.Error("a rule cannot be judged", "tenant", t.id, "rule", q.rule.ID, "err", err)
		case len(effects) > 0:
			kept, asked[k] = append(kept, q), true
		case idle(&next, now) && t.alerts.states[k] == nil:
		case !reflect.DeepEqual(*old, next):
			t.alerts.states[k], t.alerts.unsaved[k] = &next, true
		}
	}
	return kept
}

// dueRuns asks about the executions that have run too long for some rule by now.
func (t *Tenant) dueRuns() (asked []question) {
	rules, now := t.alerts.rules.Load(), t.engine.instant()
	for due, ok := t.alerts.timers.due(now); ok; due, ok = t.alerts.timers.due(now) {
		if t.alerts.timed[due.execution] != due.at {
			continue // one that is earlier took its place
		}
		delete(t.alerts.timed, due.execution)
		en := t.entries[due.execution]
		if en == nil || en.sum.status.Terminal() {
			continue
		}
		s := en.x.Summary()
		run := t.runOf(&s, en.seq, now, false)
		run.Values = runValues(&s, en.x, run)
		o := &alert.Observation{Kind: alert.ExecutionChanged, At: now, Run: run}
		rules.concern(run.WorkflowID, func(r *alertRule) {
			if r.Due(t.alerts.state(stateKey{r.ID, r.Scope(o)}), run, now).Present() {
				asked = append(asked, question{r, r.Scope(o), o})
			}
		})
		t.alerts.again = append(t.alerts.again, due.execution)
	}
	return asked
}

// resetTimers sets the timers of executions that were asked about: what they wait for next.
func (t *Tenant) resetTimers() {
	now := t.engine.instant()
	for _, id := range t.alerts.again {
		if en := t.entries[id]; en != nil {
			s := en.x.Summary()
			t.setTimer(t.alerts.rules.Load(), t.runOf(&s, en.seq, now, false), now)
		}
	}
	t.alerts.again = t.alerts.again[:0]
}

// dueScopes asks about the scopes whose cooldown, day or window is over.
func (t *Tenant) dueScopes() (asked []question) {
	rules, now := t.alerts.rules.Load(), t.engine.instant()
	for k, s := range t.alerts.states {
		r := rules.byID[k.rule]
		if r == nil || !r.Active {
			continue
		}
		if at := s.Wake(); at.Present() && at <= now || slices.Contains(t.alerts.changed, k.rule) {
			asked = append(asked, question{r, k.scope, &alert.Observation{Kind: alert.TimePassed, At: now, History: t.historyOf(r, k.scope)}})
		}
	}
	t.alerts.changed = t.alerts.changed[:0]
	return asked
}

// historyOf is the history that a rule needs for a scope; nil when it needs none.
func (t *Tenant) historyOf(r *alertRule, scope string) (h *alert.History) {
	workflowID, ok := strings.CutPrefix(scope, "wf:")
	if !ok || r.Builtin != "" {
		return nil
	}
	err := t.engine.db.View(func(tx *kv.Tx) (err error) {
		h = t.outcomes(tx, workflowID, t.engine.instant())
		return nil
	})
	if err != nil {
		t.engine.log.Error("history of a workflow", "tenant", t.id, "err", err)
	}
	return h
}

// measuredQueue asks about the queue as it is.
func (t *Tenant) measuredQueue() (asked []question) {
	rules := t.alerts.rules.Load()
	if len(rules.queue) == 0 {
		return nil
	}
	o := &alert.Observation{Kind: alert.QueueMeasured, At: t.engine.instant(), Facts: queueFacts(t.entire.Queue())}
	for _, r := range rules.queue {
		asked = append(asked, question{r, r.Scope(o), o})
	}
	return asked
}

func queueFacts(q QueueStatus) alert.Facts {
	f := noFacts()
	f.Pending, f.High, f.Normal, f.Low = q.PendingCount, q.PendingByPriority["HIGH"], q.PendingByPriority["NORMAL"], q.PendingByPriority["LOW"]
	f.OldestSeconds, f.RatePerMinute = q.OldestMessageAge, float64(q.ProcessingRatePerMinute)
	if q.OldestExecution != nil {
		f.OldestExecution, f.OldestWorkflow = q.OldestExecution.ExecutionID, q.OldestExecution.WorkflowName
	}
	if q.EstimatedClearanceSeconds != nil {
		f.ClearSeconds = *q.EstimatedClearanceSeconds
	}
	return f
}

// saveStates stores what moved on in memory alone.
func (w *alertWork) saveStates() {
	for k := range w.tenant.alerts.unsaved {
		s := *w.tenant.alerts.state(k)
		w.states[k] = &s
	}
}

// readingsMax bounds the samples that wait for the writer's next look; beyond, the oldest are left out.
const readingsMax = 2_000

// readings are the samples that resource rules have not been asked about. Safe for concurrent use.
type readings struct {
	mu   sync.Mutex // guards wait
	wait []resource.Reading
}

// measured keeps samples for the rules about resources, if there are any.
func (t *Tenant) noteReadings(all []resource.Reading) {
	if len(t.alerts.rules.Load().resources) == 0 {
		return
	}
	m := &t.alerts.measured
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wait = append(m.wait, all...)
	if len(m.wait) > readingsMax {
		m.wait = m.wait[len(m.wait)-readingsMax:]
	}
}

// measuredResources asks about each sample in its order.
func (t *Tenant) measuredResources() (asked []question) {
	m := &t.alerts.measured
	m.mu.Lock()
	wait := m.wait
	m.wait = nil
	m.mu.Unlock()
	rules := t.alerts.rules.Load().resources
	for i := range wait {
		reading := &wait[i]
		o := &alert.Observation{
			Kind: alert.ResourceMeasured, At: execution.At(reading.At), Value: reading.Value, Facts: t.resourceFacts(reading),
		}
		for _, r := range rules {
			if scope := r.Scope(o); scope != "" {
				asked = append(asked, question{r, scope, o})
			}
		}
	}
	return asked
}

func (t *Tenant) resourceFacts(r *resource.Reading) alert.Facts {
	f := noFacts()
	_, series, _ := strings.Cut(strings.ReplaceAll(r.Key(), "\x1f", "|"), "|")
	f.Metric, f.Source, f.Value = r.Metric, series, r.Value
	return f
}

// noFacts are facts of which nothing is known.
func noFacts() alert.Facts {
	return alert.Facts{At: execution.NoInstant, RowSince: execution.NoInstant, LastGoodAt: execution.NoInstant}
}
