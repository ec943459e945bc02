package engine

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/kv"
)

// alertWork is what one transaction does to an organisation's alerts. Nothing of it is in memory before it is committed, but for the
// histories, which are read anew after an error. It is the writer's.
type alertWork struct {
	tenant  *Tenant
	tx      *kv.Tx
	now     execution.Instant
	rules   *ruleSet
	states  map[stateKey]*alert.State
	records map[string]*alert.Record
	order   []string        // of records, as they changed
	fresh   map[string]bool // records that began in this transaction
	planned bool            // there are messages to be sent
	after   []func()        // once it is committed
	soon    []string        // executions whose timer may have moved
	told    []telling       // what messages are to be planned of, in order
	err     error           // the first that keeps the transaction from being committed
}

func (t *Tenant) newAlertWork(tx *kv.Tx) *alertWork {
	return &alertWork{
		tenant: t, tx: tx, now: t.engine.instant(), rules: t.alerts.rules.Load(),
		states: map[stateKey]*alert.State{}, records: map[string]*alert.Record{}, fresh: map[string]bool{},
	}
}

// judgeRun asks the rules about an execution that has changed. ended says that it has ended just now, spoke that it was said of itself and not only of
// its steps.
func (w *alertWork) judgeRun(en *entry, ended, spoke bool) {
	t, workflowID := w.tenant, en.x.WorkflowID()
	if h := t.alerts.histories[workflowID]; h != nil && en.ended() && !en.x.Ended() {
		h.Remove(en.sum.id)
	}
	if workflowID == "" || !w.rules.watches(workflowID) || !ended && !(spoke && w.rules.watchesUnderWay(workflowID)) {
		return // steps alone change nothing that rules look at, but time, for which there are timers
	}
	s := en.x.Summary()
	run := t.runOf(&s, en.seq, w.now, ended)
	o := &alert.Observation{Kind: alert.ExecutionChanged, At: s.LastEventAt, Run: run}
	explained := false // by a known outage
	if ended {
		t.tellStep(run, en.x)
		h := t.outcomes(w.tx, workflowID, w.now)
		if explained = run.Status == execution.Failed && t.explained(run.Error, run.CompletedAt); !explained {
			if outcome, ok := outcomeOf(run); ok {
				h.Add(outcome)
			}
		}
		o.At, o.History = run.CompletedAt, h
		if en.x.Concluded() {
			o.Known = w.now
		}
		if en.concluded {
			o.Instead = en.sum.endedAt
		}
	}
	w.rules.concern(workflowID, func(r *alertRule) {
		if explained && (r.Type == alert.ConsecutiveFailures || r.Type == alert.HighErrorRate) {
			return
		}
		if r.Type == alert.Custom && run.Values == nil {
			run.Values = runValues(&s, en.x, run)
		}
		w.judge(r, o)
	})
	if !s.Status.Terminal() {
		w.soon = append(w.soon, s.ExecutionID)
	}
}

// judge asks one rule about one scope.
func (w *alertWork) judge(r *alertRule, o *alert.Observation) { w.judgeIn(r, r.Scope(o), o) }

func (w *alertWork) judgeIn(r *alertRule, scope string, o *alert.Observation) {
	old := w.state(stateKey{r.ID, scope})
	next, effects, err := alert.Evaluate(&r.Rule, *old, o, w.now)
	if err != nil { // never a trigger (B-02)
		w.tenant.engine.log.Error("a rule cannot be judged", "tenant", w.tenant.id, "rule", r.ID, "err", err)
		return
	}
	next.RuleID, next.Key = r.ID, scope
	for i := range effects {
		w.take(r, &next, &effects[i])
	}
	if !reflect.DeepEqual(*old, next) {
		w.states[stateKey{r.ID, scope}] = &next
	}
}

// state is a scope's state as of this transaction.
func (w *alertWork) state(k stateKey) *alert.State {
	if s := w.states[k]; s != nil {
		return s
	}
	return w.tenant.alerts.state(k)
}

// record is an open record as of this transaction, for changing; nil when it is not open.
func (w *alertWork) record(id string) *alert.Record {
	if r := w.records[id]; r != nil {
		return r
	}
	open := w.tenant.alerts.open[id]
	if open == nil {
		return nil
	}
	r := *open
	r.Comments = slices.Clone(open.Comments)
	w.change(&r)
	return &r
}

func (w *alertWork) change(r *alert.Record) {
	w.records[r.ID] = r
	w.order = append(w.order, r.ID)
}

// take does what follows from an evaluation.
func (w *alertWork) take(r *alertRule, s *alert.State, e *alert.Effect) {
	if e.Kind == alert.Open {
		w.begin(r, s, e)
		return
	}
	record := w.record(s.RecordID)
	if record == nil {
		return // it has left, by retention for instance
	}
	record.Apply(s, e, w.now)
	switch e.Kind {
	case alert.Remind:
		w.tell(record, alert.Reminder)
	case alert.Close:
		w.noteResolved(record, audit.System())
		w.tell(record, alert.ResolvedAway)
	case alert.Touch:
		if e.Suppressed > 0 && s.Suppressed == 1 {
			w.note(audit.AlertSuppressed, audit.System(), record, map[string]any{"executionId": record.ExecutionID, "until": s.CooldownUntil})
		}
	case alert.Open:
	}
}

// begin makes a record.
func (w *alertWork) begin(r *alertRule, s *alert.State, e *alert.Effect) {
	id, err := uuid.NewV7()
	if err != nil {
		w.tenant.engine.log.Error("make an id", "err", err)
		return
	}
	record := alert.NewRecord(id.String(), &r.Rule, s, e, w.now)
	s.RecordID, s.RecordStatus = record.ID, record.Status
	record.NextEscalation = w.tenant.nextEscalation(record, w.now)
	w.fresh[record.ID] = true
	w.change(record)
	w.note(audit.AlertTriggered, audit.System(), record, map[string]any{"alertId": record.RuleID, "executionId": record.ExecutionID, "severity": record.Severity})
	w.tell(record, alert.Triggered)
}

// note adds an entry about a record to the audit.
func (w *alertWork) note(event string, by audit.By, r *alert.Record, details map[string]any) {
	if err := w.tenant.note(w.tx, event, by, ObjectAlert, r.ID, details); err != nil {
		w.err = errors.Join(w.err, err)
	}
}

func (w *alertWork) noteResolved(r *alert.Record, by audit.By) {
	w.note(audit.AlertResolved, by, r, map[string]any{"alertId": r.RuleID, "why": r.ResolvedWhy})
}

// finish writes all that has changed, and gives each record that did the next seq.
func (w *alertWork) finish(seq uint64) (uint64, error) {
	if w.err != nil {
		return seq, w.err
	}
	if err := w.planAll(); err != nil {
		return seq, err
	}
	s := w.tenant.scope
	for _, id := range w.order {
		r := w.records[id]
		seq++
		r.Seq = seq
		if err := alertRecords.Put(w.tx, s, r); err != nil {
			return seq, fmt.Errorf("alert record: %w", err)
		}
	}
	if err := w.signalAlerts(); err != nil {
		return seq, err
	}
	for k, state := range w.states {
		put := alertStates.Put
		if idle(state, w.now) {
			if w.tenant.alerts.states[k] == nil {
				continue
			}
			put = alertStates.Delete
		}
		if err := put(w.tx, s, state); err != nil {
			return seq, fmt.Errorf("alert state: %w", err)
		}
	}
	return seq, nil
}

// settle makes visible in memory what was committed, and returns its frames in the order of their seqs.
func (w *alertWork) settle() []feed.Frame {
	a := &w.tenant.alerts
	for k, state := range w.states {
		delete(a.unsaved, k)
		if idle(state, w.now) {
			delete(a.states, k)
		} else {
			a.states[k] = state
		}
	}
	frames := make([]feed.Frame, 0, len(w.order))
	silence := false
	for _, id := range w.order {
		r := w.records[id]
		silence = silence || r.Builtin == alert.EngineSilent
		if r.Status == alert.Resolved {
			delete(a.open, id)
		} else {
			a.open[id] = r
		}
		frames = append(frames, w.tenant.alertFrame(r, w.fresh[id]))
	}
	for _, id := range w.soon {
		if en := w.tenant.entries[id]; en != nil {
			s := en.x.Summary()
			w.tenant.setTimer(w.rules, w.tenant.runOf(&s, en.seq, w.now, false), w.now)
		}
	}
	for _, do := range w.after {
		do()
	}
	if silence {
		w.tenant.noteSilent()
	}
	if w.planned {
		w.tenant.engine.outbox.Wake() // never without: who is woken looks through the whole outbox
	}
	return frames
}

// alterAlerts lets the writer change an organisation's alerts in a transaction of their own, between two commits of events. When do returns an error
// nothing has changed.
func (t *Tenant) alterAlerts(do func(w *alertWork) error) error {
	return t.engine.between(func(w *writer) error { return w.alterAlerts(t, do) })
}

// alterAlerts is the writer's part of Tenant.alterAlerts.
func (w *writer) alterAlerts(t *Tenant, do func(w *alertWork) error) error {
	if t.stale {
		t.state.Lock()
		reloaded := w.reload(t)
		t.state.Unlock()
		if !reloaded {
			return errStale
		}
	}
	var a *alertWork
	first, last := t.seq+1, t.seq
	err := t.engine.db.Update(func(tx *kv.Tx) (err error) {
		a, last = t.newAlertWork(tx), first-1
		if err := do(a); err != nil {
			return err
		}
		if last, err = a.finish(last); err != nil || last < first {
			return err
		}
		return journal.Append(tx, t.scope, first, last, appendBlock(nil, a.now.Ms(), 0, nil))
	})
	if err != nil {
		t.alerts.histories = map[string]*alert.History{}
		return storeFault(err)
	}
	t.state.Lock()
	t.view.Lock()
	t.seq, t.shownSeq = last, last
	t.view.Unlock()
	frames := a.settle()
	t.state.Unlock()
	t.happened()
	if t.hub.Listening() {
		t.hub.Publish(frames)
	} else {
		t.hub.Publish(nil)
	}
	return nil
}
