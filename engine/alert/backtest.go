package alert

import (
	"cmp"
	"iter"
	"slices"

	"flowwatch/engine/execution"
)

// Limits of a backtest.
const (
	firesMax = 1000
	stepsMax = 1_000_000 // times that its clock asks by itself
)

// Fire is a record that the rule would have made.
type Fire struct {
	At    execution.Instant `json:"at"`
	Value float64           `json:"value"` // what was compared: a duration in ms, failures in a row, percent …; of execution_failed 1
}

// Lived gives what finished runs were seen as: the moment at which they would have met the rule while they ran, and their end, in order of
// time. Runs need StartedAt, CompletedAt, Status and Seq, slow and hung ones DurationMs and WaitedMs, custom rules Values. When within a run
// it waited is not known; it is taken to have waited first.
func Lived(r *Rule, runs []Run) []Observation {
	seen := make([]Observation, 0, len(runs))
	for i := range runs {
		end := runs[i]
		end.Ended = true
		if on, at, ok := r.lived(&end); ok {
			seen = append(seen, Observation{Kind: ExecutionChanged, At: at, Run: on})
		}
		seen = append(seen, Observation{Kind: ExecutionChanged, At: end.CompletedAt, Run: &end})
	}
	slices.SortStableFunc(seen, func(a, b Observation) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Run.Seq, b.Run.Seq))
	})
	return seen
}

// lived is the run when its duration came to meet the rule, if that was before its end.
func (r *Rule) lived(end *Run) (on *Run, at execution.Instant, ok bool) {
	if r.Type != SlowExecution && r.Type != ExecutionTimeout || end.DurationMs < 0 || !end.StartedAt.Present() {
		return nil, 0, false
	}
	run := *end
	run.Ended, run.Status, run.Error, run.CompletedAt = false, execution.Running, "", execution.NoInstant
	run.DurationMs, run.WaitedMs = max(end.WaitedMs, 0), max(end.WaitedMs, 0)
	left := max(r.left(&run), 0)
	if left > float64(end.DurationMs-run.WaitedMs) {
		return nil, 0, false
	}
	run.DurationMs += int64(left)
	at = end.StartedAt + execution.Instant(run.DurationMs)*millisecond
	return &run, at, at < end.CompletedAt && r.meets(&run)
}

// Backtest evaluates the rule over what was observed, with a clock that is at each observation's time, and says which records it would have
// made from from to to, both included, at most 1,000. Observations come in order of time; those before from build up what the rule knows.
// Nobody acts on the records. A rule that cannot be evaluated fires never.
func Backtest(r *Rule, observed iter.Seq[Observation], from, to execution.Instant) []Fire {
	rule := *r
	rule.Active = true
	b := &backtest{rule: &rule, from: from, to: to, scopes: map[string]*replayed{}, histories: map[string]*History{}}
	for o := range observed {
		if o.At > to || len(b.fires) >= firesMax {
			break
		}
		b.advance(o.At)
		b.see(&o)
	}
	b.advance(to)
	slices.SortStableFunc(b.fires, func(a, b Fire) int { return cmp.Compare(a.At, b.At) })
	return b.fires[:min(len(b.fires), firesMax)]
}

// backtest is one under way.
type backtest struct {
	rule      *Rule
	from, to  execution.Instant
	scopes    map[string]*replayed
	histories map[string]*History
	fires     []Fire
	steps     int
}

// replayed is a scope: its state, and the workflow's history where it has one.
type replayed struct {
	state   State
	history *History
}

func (b *backtest) see(o *Observation) {
	key := b.rule.Scope(o)
	if key == "" {
		return
	}
	scope := b.scopes[key]
	if scope == nil {
		scope = &replayed{state: NewState(b.rule.ID, key)}
		b.scopes[key] = scope
	}
	if o.Kind == ExecutionChanged {
		scope.history = b.history(o.Run)
		o.History = scope.history
	}
	b.evaluate(scope, o, o.At)
}

// history of the run's workflow, the run included if it has ended.
func (b *backtest) history(run *Run) *History {
	h := b.histories[run.WorkflowID]
	if h == nil {
		h = NewHistory()
		b.histories[run.WorkflowID] = h
	}
	if run.Ended && run.Status != execution.Cancelled {
		h.Add(Outcome{At: run.CompletedAt, Seq: run.Seq, ExecutionID: run.ExecutionID, ClientRef: run.ClientRef, Step: run.Step,
			Error: run.Error, Failed: run.Status == execution.Failed})
	}
	return h
}

// advance lets the clock ask each scope that wants to be asked before that time.
func (b *backtest) advance(to execution.Instant) {
	for _, scope := range b.scopes {
		for at := scope.state.Wake(); at.Present() && at < to && b.steps < stepsMax; at = scope.state.Wake() {
			b.steps++
			b.evaluate(scope, &Observation{Kind: TimePassed, At: at, History: scope.history}, at)
		}
	}
}

func (b *backtest) evaluate(scope *replayed, o *Observation, now execution.Instant) {
	state, effects, err := Evaluate(b.rule, scope.state, o, now)
	if err != nil {
		return
	}
	scope.state = state
	for i := range effects {
		if effects[i].Kind == Open && now >= b.from && now <= b.to {
			b.fires = append(b.fires, Fire{At: now, Value: effects[i].value()})
		}
	}
}

// value is the one number that says most of what met the rule.
func (e *Effect) value() float64 {
	switch {
	case e.Facts.Metric != "":
		return e.Facts.Value
	case e.Facts.InRow > 0:
		return float64(e.Facts.InRow)
	}
	return 1
}
