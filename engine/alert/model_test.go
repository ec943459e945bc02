package alert

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// reference is the rules of cooldowns and records once more, in plain variables, over the list of all that was ever seen.
type reference struct {
	kind            Type
	cool            execution.Instant
	seen            []Outcome         // each execution once
	episode         map[string]Moment // last failure in it of each client that failed
	over            map[string]bool
	status          RecordStatus
	met             bool
	afresh          bool
	reminded, held  bool
	count, hidden   int64
	coolEnd, failed execution.Instant
}

// input is one thing that happens: an outcome, a run going on, a queue, or nothing but time.
type input struct {
	outcome *Outcome
	running string // an execution that goes on for ms
	ms      int64
	queue   int64 // −1: none
}

func (f *reference) step(now execution.Instant, in input) (kinds []EffectKind) {
	if f.status == Resolved && !f.afresh {
		f.afresh, f.count, f.hidden, f.reminded = true, 0, 0, false
		if f.kind == ExecutionFailed {
			f.met = false
			clear(f.episode)
		}
	}
	f.coolEnd = min(f.coolEnd, now+f.cool)
	hit, lasts := f.judge(now, in)
	silent := hit && !lasts && in.outcome != nil && now-in.outcome.At > 24*hour
	open := f.status != "" && f.status != Resolved
	cooling := now < f.coolEnd
	tell := func(kind EffectKind) {
		kinds, f.held = append(kinds, kind), false
		if kind == Open {
			f.status, f.afresh, f.reminded = Active, false, silent
		}
		if !silent {
			f.coolEnd, f.hidden = now+f.cool, 0
			f.reminded = kind == Remind
		}
	}
	loud := f.status == Active || f.status == Escalated
	switch {
	case hit && open:
		f.count++
		if cooling && !silent {
			f.hidden++
		}
		if !cooling && !silent && loud {
			tell(Remind)
		} else {
			kinds = append(kinds, Touch)
		}
	case hit && cooling:
		if !silent {
			f.count, f.hidden, f.held = f.count+1, f.hidden+1, true
		}
	case hit, !cooling && f.met && !open && lasts:
		if !f.afresh {
			f.count = 0
		}
		if hit || !f.held {
			f.count++
		}
		tell(Open)
	case cooling || !f.met:
	case loud && (!f.reminded || f.hidden > 0):
		tell(Remind)
	case !open && f.held:
		tell(Open)
	}
	if !f.met {
		f.held = false
		if f.status != "" && f.status != Resolved {
			f.status, kinds = Resolved, append(kinds, Close)
		}
	}
	return kinds
}

// judge looks at the whole list.
func (f *reference) judge(now execution.Instant, in input) (hit, lasts bool) {
	o, was := in.outcome, f.met
	if o != nil && slices.ContainsFunc(f.seen, func(s Outcome) bool { return s.ExecutionID == o.ExecutionID }) {
		o = nil
	}
	if o != nil {
		f.seen = append(f.seen, *o)
		slices.SortFunc(f.seen, func(a, b Outcome) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq)) })
	}
	failing := o != nil && o.Failed
	switch f.kind {
	case ExecutionFailed:
		if failing {
			f.failed = max(f.failed, min(o.At, now))
			if was, ok := f.episode[o.ClientRef]; !ok || was.Compare(o.moment()) < 0 {
				f.episode[o.ClientRef] = o.moment()
			}
		}
		for _, s := range f.seen {
			if last, ok := f.episode[s.ClientRef]; ok && !s.Failed && s.moment().Compare(last) > 0 {
				delete(f.episode, s.ClientRef)
			}
		}
		if !failing && now >= f.failed+24*hour {
			clear(f.episode)
		}
		if f.met = len(f.episode) > 0; !f.met {
			f.failed = 0
		}
		f.failed = min(f.failed, now)
		return failing, false
	case ConsecutiveFailures:
		n := 0
		for n < len(f.seen) && f.seen[len(f.seen)-1-n].Failed {
			n++
		}
		f.met = n >= 3
		return f.met && failing && o.At >= f.seen[len(f.seen)-n].At, false
	case HighErrorRate:
		if in.running != "" || in.outcome != nil && o == nil {
			return false, false
		}
		all, bad := f.lastHour(now)
		beyond := all >= 4 && bad/all > 0.25
		f.met = beyond || was && all > 0 && bad/all > 0.20
		return beyond && (!was || failing), true
	case SlowExecution:
		if in.running != "" {
			hit = in.ms > 1000 && !f.over[in.running]
			f.over[in.running] = in.ms > 1000
		} else if o != nil {
			hit = o.Seq%3 == 0 && !f.over[o.ExecutionID]
			delete(f.over, o.ExecutionID)
		}
		f.met = len(f.seen) > 0 && f.seen[len(f.seen)-1].Seq%3 == 0
		for _, over := range f.over {
			f.met = f.met || over
		}
	case QueueBacklog:
		if in.queue < 0 {
			return false, false
		}
		f.met = in.queue > 100 || was && in.queue > 90
		return f.met && !was, true
	}
	return hit, false
}

func (f *reference) lastHour(now execution.Instant) (all, bad float64) {
	for _, s := range f.seen {
		if s.At >= now-hour {
			all++
			if s.Failed {
				bad++
			}
		}
	}
	return all, bad
}

// observe is the input as the engine would show it. Of SlowExecution every third run took too long.
func (in *input) observe(h *History, now execution.Instant) *Observation {
	o := &Observation{Kind: TimePassed, At: now, History: h}
	switch {
	case in.outcome != nil:
		out := in.outcome
		run := &Run{ExecutionID: out.ExecutionID, WorkflowID: "jpk", ClientRef: out.ClientRef, Status: execution.Completed, Ended: h.Add(*out),
			CompletedAt: out.At, Seq: out.Seq}
		if out.Failed {
			run.Status = execution.Failed
		}
		if out.Seq%3 == 0 {
			run.DurationMs = 1001
		}
		o.Kind, o.At, o.Run = ExecutionChanged, out.At, run
	case in.running != "":
		o.Kind, o.Run = ExecutionChanged, &Run{ExecutionID: in.running, WorkflowID: "jpk", Status: execution.Running, DurationMs: in.ms}
	case in.queue >= 0:
		o.Kind, o.Facts = QueueMeasured, Facts{Pending: in.queue}
	}
	return o
}

// TestModel: random outcomes, late, out of order and twice, runs that go on, queues, people who act, clocks set an hour forth and back, and a
// restart before every step, against the reference.
func TestModel(t *testing.T) {
	t.Parallel()
	rules := []*Rule{rule(t, ExecutionFailed), rule(t, ConsecutiveFailures, Condition{}), rule(t, HighErrorRate, Condition{Threshold: number(25), MinSample: 4}),
		rule(t, SlowExecution, Condition{Threshold: number(1000)}), rule(t, QueueBacklog, Condition{Threshold: number(100)})}
	effects := map[EffectKind]int{}
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := *rules[seed%uint64(len(rules))]
		r.CooldownMinutes = []int{5, 15, 60, 1440}[rng.IntN(4)]
		p := newScene(t, &r)
		f := &reference{kind: r.Type, cool: minutes(r.CooldownMinutes), over: map[string]bool{}, episode: map[string]Moment{}}
		for i := range 150 {
			p.now += []execution.Instant{second, minute, minute, 5 * minute, 20 * minute, hour, -hour, 26 * hour}[rng.IntN(8)] / execution.Instant(1+rng.IntN(3))
			in := random(rng, p, i)
			want := f.step(p.now, in)
			got := p.see(in.observe(p.history, p.now))
			where := fmt.Sprintf("seed %d step %d %s %+v", seed, i, r.Type, in)
			require.Equal(t, append(nothing, want...), got, where)
			require.Equal(t, []any{f.count, f.hidden, f.status}, []any{p.state.Count, p.state.Suppressed, p.state.RecordStatus}, where)
			for _, k := range got {
				effects[k]++
			}
			if wake := p.state.Wake(); wake.Present() && wake <= p.now && in.outcome == nil && in.running == "" && in.queue < 0 {
				require.Fail(t, "busy waiting", "%s: %v at %v", where, wake, p.now)
			}
			if p.state.Open() && rng.IntN(12) == 0 {
				p.acts([]func(*Record){func(r *Record) { r.Acknowledge(Person{ID: "a"}, "", p.now) }, func(r *Record) { r.Escalate(Person{ID: "a"}, "", p.now) },
					func(r *Record) { r.Resolve(Person{ID: "a"}, "", p.now) }}[rng.IntN(3)])
				if f.status = p.state.RecordStatus; f.status == Escalated {
					f.hidden, f.reminded = 0, true
				}
			}
		}
	}
	for _, k := range []EffectKind{Open, Touch, Remind, Close} {
		require.Greater(t, effects[k], 100, "%v happens often enough to prove something", k)
	}
}

// random is the next input: one in six nothing but time, one in eight an outcome that is known already.
func random(rng *rand.Rand, p *scene, i int) input {
	in := input{queue: -1}
	switch n := rng.IntN(12); {
	case n < 2:
	case p.rule.Type == QueueBacklog:
		in.queue = 80 + rng.Int64N(30)
	case n < 4:
		live := fmt.Sprint("live", i/20*4+rng.IntN(8))
		if _, ended := p.history.ends[live]; !ended {
			in.running, in.ms = live, 500+rng.Int64N(1000)
		}
	case n < 5 && len(p.history.outcomes) > 0:
		again := p.history.outcomes[rng.IntN(len(p.history.outcomes))]
		in.outcome = &again
	default:
		p.seq++
		late := []execution.Instant{0, 0, 0, second, 10 * minute, 2 * hour, 30 * hour}[rng.IntN(7)]
		in.outcome = &Outcome{At: p.now - late, Seq: p.seq, ExecutionID: fmt.Sprint("run", i), ClientRef: []string{"", "K-1", "K-2"}[rng.IntN(3)],
			Failed: rng.IntN(2) == 0}
		if live := fmt.Sprint("live", i/20*4+rng.IntN(8)); p.history.ends[live] == (Moment{}) {
			in.outcome.ExecutionID = live
		}
	}
	return in
}
