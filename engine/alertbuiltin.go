package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// How often the engine looks at what built-in rules are about. What costs more is looked at less often: see lookout.
const (
	lookTick       = time.Second
	channelsEvery  = time.Second
	silenceEvery   = 2 * time.Second
	schedulesEvery = 2 * time.Second
	usualEvery     = 5 * time.Second
	deadlinesEvery = 5 * time.Second
	lookShare      = 50               // a look is followed by a pause of that many times what it took
	settleAfter    = 15 * time.Second // after the start: engines deliver what they kept back
	wholeLook      = 20 * time.Second // that a look may take
)

// finding is what a look found in one scope.
type finding struct {
	alert.Observation
	executionID string // which meets the rule; "": the scope does
	onlyKnown   bool   // it does not begin anything: it goes on where it was met before
}

// builtinLook is what the engine found of one built-in rule at a moment.
type builtinLook struct {
	builtin  alert.Builtin
	found    []finding
	complete bool   // scopes that are not among them are well
	why      string // of these; "": cleared
}

// builtinLooks are the newest look of each rule that the writer has not taken. The zero value is none. Safe for concurrent use.
type builtinLooks struct {
	mu    sync.Mutex // guards all below
	wait  map[alert.Builtin]*builtinLook
	taken map[alert.Builtin]int // looks, since the start
}

func (b *builtinLooks) put(l *builtinLook) {
	if l == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wait == nil {
		b.wait = map[alert.Builtin]*builtinLook{}
	}
	b.wait[l.builtin] = l
}

func (b *builtinLooks) take() map[alert.Builtin]*builtinLook {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait := b.wait
	b.wait = nil
	for builtin := range wait {
		if b.taken == nil {
			b.taken = map[alert.Builtin]int{}
		}
		b.taken[builtin]++
	}
	return wait
}

// lookout is what the engine remembers between looks at one organisation. It belongs to one goroutine; all of it can be found again.
type lookout struct {
	next      map[alert.Builtin]time.Time // when the look after the last one is due
	rested    map[alert.Builtin]time.Time // before when there is none in any case
	schedules map[string]*expectation     // by workflow
	usual     map[string]*usualRuns       // by workflow
	quiet     quiet
}

// due reports whether it is time for a look. soon: something has changed.
func (l *lookout) due(b alert.Builtin, soon bool) bool {
	now := time.Now()
	return !now.Before(l.rested[b]) && (soon || !now.Before(l.next[b]))
}

// looked sets when the next look is due.
func (l *lookout) looked(b alert.Builtin, began time.Time, every time.Duration) {
	if l.next == nil {
		l.next, l.rested = map[alert.Builtin]time.Time{}, map[alert.Builtin]time.Time{}
	}
	now := time.Now()
	l.next[b], l.rested[b] = now.Add(every), now.Add(lookShare*now.Sub(began))
}

// lookSoon lets the next looks begin at once: rules of deadlines, filings or what is due have changed.
func (e *Engine) lookSoon() {
	select {
	case e.lookNow <- struct{}{}:
	default:
	}
}

// lookAround judges the built-in rules of all organisations again and again, and hands what it finds to the writer.
func (e *Engine) lookAround() {
	ctx, cancel := context.WithCancel(context.Background())
	e.done.Go(func() {
		<-e.stop
		cancel()
	})
	ticker := time.NewTicker(lookTick)
	defer ticker.Stop()
	soon := false
	for {
		for _, t := range e.all() {
			t.lookAround(ctx, soon)
		}
		select {
		case <-e.stop:
			return
		case <-ticker.C:
			soon = false
		case <-e.lookNow:
			soon = true
		}
	}
}

// lookAround makes the looks that are due.
func (t *Tenant) lookAround(ctx context.Context, soon bool) {
	l := &t.alerts.lookout
	settled := t.engine.now().Sub(t.engine.opened) >= settleAfter
	for _, one := range []struct {
		builtin alert.Builtin
		every   time.Duration
		at      func(context.Context, *alertRule) (*builtinLook, error)
		early   bool // before the engine has settled
	}{
		{alert.ChannelBroken, channelsEvery, t.lookAtChannels, true},
		{alert.EngineSilent, silenceEvery, t.lookAtSilence, true},
		{alert.MissedRun, schedulesEvery, t.lookAtSchedules, false},
		{alert.LongerThanUsual, usualEvery, t.lookAtDurations, false},
		{alert.DeadlineAtRisk, deadlinesEvery, t.lookAtDeadlines, false},
	} {
		if !one.early && !settled || !l.due(one.builtin, soon) {
			continue
		}
		began := time.Now()
		limited, cancel := context.WithTimeout(ctx, wholeLook)
		look, err := one.at(limited, t.alerts.rules.Load().builtin[one.builtin])
		cancel()
		l.looked(one.builtin, began, one.every)
		if err != nil && ctx.Err() == nil {
			t.engine.log.Error("look at what a built-in rule is about", "tenant", t.id, "rule", one.builtin, "err", err)
			continue
		}
		t.alerts.looks.put(look)
	}
}

// builtinThreshold is what the rule's own condition says instead of the default.
func builtinThreshold(r *alertRule, standard float64) float64 {
	if r == nil || len(r.Conditions) == 0 || r.Conditions[0].Threshold == nil {
		return standard
	}
	return *r.Conditions[0].Threshold
}

// foundBuiltins asks about what looks have found. The caller is the writer.
func (t *Tenant) foundBuiltins() (asked []question) {
	for builtin, look := range t.alerts.looks.take() {
		if r := t.alerts.rules.Load().builtin[builtin]; r != nil {
			asked = append(asked, t.questionsOf(r, look)...)
		}
	}
	return asked
}

// questionsOf are what there is to ask after a look: about what it found, and about what is well by now.
func (t *Tenant) questionsOf(r *alertRule, l *builtinLook) (asked []question) {
	now, met := t.engine.instant(), map[string]map[string]bool{}
	for i := range l.found {
		f := &l.found[i]
		if r.WorkflowID != "" && f.WorkflowID != r.WorkflowID {
			continue
		}
		o := f.Observation
		o.Kind = alert.BuiltinJudged
		scope := r.Scope(&o)
		s := t.alerts.state(stateKey{r.ID, scope})
		if f.onlyKnown && !s.Met {
			continue
		}
		if met[scope] == nil {
			met[scope] = map[string]bool{}
		}
		if f.executionID == "" {
			o.New = o.Met && s.Met && t.isNews(r.Builtin, s, &o.Facts)
			asked = append(asked, question{r, scope, &o})
			continue
		}
		if !t.meetsStill(f, &o, now) {
			continue
		}
		met[scope][f.executionID] = true
		if !slices.Contains(s.Executions, f.executionID) {
			asked = append(asked, question{r, scope, &o})
		}
	}
	if l.complete {
		asked = append(asked, t.wellByNow(r, l, met, now)...)
	}
	return asked
}

// wellByNow asks about scopes and executions that met the rule before and are not among those that a look has found.
func (t *Tenant) wellByNow(r *alertRule, l *builtinLook, met map[string]map[string]bool, now execution.Instant) (asked []question) {
	for k, s := range t.alerts.states {
		if k.rule != r.ID || !s.Met {
			continue
		}
		over := alert.Observation{Kind: alert.BuiltinJudged, At: now, Facts: noFacts(), Why: l.why}
		executions, found := met[k.scope]
		if !found || len(s.Executions) > 0 && len(executions) == 0 {
			asked = append(asked, question{r, k.scope, &over})
			continue
		}
		for _, id := range s.Executions {
			if !executions[id] {
				o := over
				o.Run = &alert.Run{ExecutionID: id, WorkflowID: alertSubject(k.scope), DurationMs: execution.Unknown}
				asked = append(asked, question{r, k.scope, &o})
			}
		}
	}
	return asked
}

// meetsStill looks at an execution as it is now, and tells of it.
func (t *Tenant) meetsStill(f *finding, o *alert.Observation, now execution.Instant) bool {
	en := t.entries[f.executionID]
	if en == nil || en.sum.status != execution.Running {
		return false
	}
	s := en.x.Summary()
	run := t.runOf(&s, en.seq, now, false)
	spent := max(0, run.DurationMs-max(0, run.WaitedMs))
	o.Run, o.Facts.DurationMs, o.Facts.Running = run, spent, true
	return spent > o.Facts.LimitMs
}

// isNews says that a scope that is met is met once more: the next run was missed, fewer days are left.
func (t *Tenant) isNews(b alert.Builtin, s *alert.State, f *alert.Facts) bool {
	last := t.lastFacts(s)
	switch {
	case last == nil:
		return false
	case b == alert.MissedRun:
		return f.At > last.At
	case b == alert.DeadlineAtRisk:
		return f.BusinessDays != last.BusinessDays || f.Due != last.Due
	}
	return false
}

// lastFacts are what was told of a scope last; nil when nothing was, or is kept no longer.
func (t *Tenant) lastFacts(s *alert.State) *alert.Facts {
	if s.Hushed != nil {
		return &s.Hushed.Facts
	}
	if r := t.alerts.open[s.RecordID]; r != nil {
		return &r.Facts
	}
	if s.RecordID == "" {
		return nil
	}
	var last *alert.Facts
	err := t.engine.db.View(func(tx *kv.Tx) error {
		r, err := alertRecords.Get(tx, t.scope, []byte(s.RecordID))
		if err == nil {
			last = &r.Facts
		}
		return err
	})
	if err != nil {
		return nil
	}
	return last
}

// lookAtChannels finds the channels by which nothing can be sent. What is not known since the start stays as it was.
func (t *Tenant) lookAtChannels(_ context.Context, r *alertRule) (*builtinLook, error) {
	if r == nil {
		return nil, nil
	}
	look, now := &builtinLook{builtin: alert.ChannelBroken}, t.engine.instant()
	for channel, why := range t.alerts.broken.list() {
		f := noFacts()
		f.ChannelType, f.Error = string(channel), t.maskedLine(why)
		look.found = append(look.found, finding{Observation: alert.Observation{At: now, Met: why != "", Facts: f}})
	}
	return look, nil
}

// maskedLine is the first line of an error without personal data.
func (t *Tenant) maskedLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return t.Hides().Text(line)
}

// alertSubject is what a state's key is of: of wf:<workflowId> the workflow.
func alertSubject(key string) string {
	_, subject, _ := strings.Cut(key, ":")
	return subject
}
