package alert

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

const t0 = execution.Instant(1_800_000_000_000_000_000)

func number(v float64) *float64 { return &v }

// rule is a normalised one that watches all workflows.
func rule(t testing.TB, kind Type, conditions ...Condition) *Rule {
	t.Helper()
	r := &Rule{ID: "r", Type: kind, Name: "reguła", Active: true, Conditions: conditions, Channels: []Channel{{Type: "in_app"}}}
	require.Nil(t, r.Normalise())
	return r
}

// scene plays one scope of a rule: it does with effects what the engine does, and its state is stored and read again at every step.
type scene struct {
	t       testing.TB
	rule    *Rule
	state   State
	history *History
	records []*Record
	told    []Transition // with a message
	now     execution.Instant
	seq     uint64
}

func newScene(t testing.TB, r *Rule) *scene {
	return &scene{t: t, rule: r, state: NewState(r.ID, "wf:jpk"), history: NewHistory(), now: t0}
}

// see evaluates, and returns the kinds of the effects.
func (p *scene) see(o *Observation) []EffectKind {
	p.t.Helper()
	stored, err := json.Marshal(p.state)
	require.NoError(p.t, err)
	var restarted State
	require.NoError(p.t, json.Unmarshal(stored, &restarted))
	state, effects, err := Evaluate(p.rule, restarted, o, p.now)
	require.NoError(p.t, err)
	again, err := json.Marshal(restarted)
	require.NoError(p.t, err)
	require.Equal(p.t, string(stored), string(again), "Evaluate leaves its argument alone")
	p.state = state
	kinds := []EffectKind{}
	for i := range effects {
		kinds = append(kinds, effects[i].Kind)
		p.carry(&effects[i])
	}
	return kinds
}

// carry does what the engine does with an effect.
func (p *scene) carry(e *Effect) {
	p.t.Helper()
	if e.Kind == Open {
		require.True(p.t, len(p.records) == 0 || p.record().Status == Resolved, "one open record a scope")
		p.records = append(p.records, NewRecord(fmt.Sprint(len(p.records)+1), p.rule, &p.state, e, p.now))
		p.state.RecordID = p.record().ID
		if !e.Silent {
			p.told = append(p.told, Triggered)
		}
		return
	}
	require.NotEqual(p.t, Resolved, p.record().Status)
	p.record().Apply(&p.state, e, p.now)
	switch e.Kind {
	case Remind:
		p.told = append(p.told, Reminder)
	case Close:
		p.told = append(p.told, ResolvedAway)
	}
}

func (p *scene) record() *Record { return p.records[len(p.records)-1] }

func (p *scene) after(d execution.Instant) *scene {
	p.now += d
	return p
}

// ends lets a run end at that time; it is seen now.
func (p *scene) ends(id, client string, status execution.Status, at execution.Instant) []EffectKind {
	p.t.Helper()
	p.seq++
	run := &Run{ExecutionID: id, WorkflowID: "jpk", ClientRef: client, Status: status, Ended: true, CompletedAt: at, Seq: p.seq, Error: "timeout 30s"}
	if status != execution.Cancelled {
		run.Ended = p.history.Add(Outcome{At: at, Seq: p.seq, ExecutionID: id, ClientRef: client, Failed: status == execution.Failed})
	}
	return p.see(&Observation{Kind: ExecutionChanged, At: at, Run: run, History: p.history})
}

func (p *scene) fails(id string) []EffectKind {
	p.t.Helper()
	return p.ends(id, "", execution.Failed, p.now)
}

func (p *scene) completes(id string) []EffectKind {
	p.t.Helper()
	return p.ends(id, "", execution.Completed, p.now)
}

// passes asks at the time that the state wants, which must then be over.
func (p *scene) passes() []EffectKind {
	p.t.Helper()
	at := p.state.Wake()
	require.True(p.t, at.Present(), "the state waits for something")
	p.now = max(p.now, at)
	kinds := p.see(&Observation{Kind: TimePassed, At: p.now, History: p.history})
	if next := p.state.Wake(); next.Present() {
		require.Greater(p.t, next, p.now, "no busy waiting")
	}
	return kinds
}

func (p *scene) acts(status func(*Record)) {
	status(p.record())
	p.state.Follow(p.record())
}

// runs shows a run as it goes on.
func (p *scene) runs(id string, status execution.Status, durationMs, waitedMs int64, values map[string]float64) []EffectKind {
	p.t.Helper()
	p.seq++
	return p.see(&Observation{Kind: ExecutionChanged, At: p.now, History: p.history, Run: &Run{ExecutionID: id, WorkflowID: "jpk", Status: status,
		Ended: status.Terminal(), StartedAt: p.now - execution.Instant(durationMs)*millisecond, CompletedAt: p.now, Seq: p.seq,
		DurationMs: durationMs, WaitedMs: waitedMs, Values: values}})
}

func (p *scene) queue(pending, oldest int64) []EffectKind {
	p.t.Helper()
	return p.see(&Observation{Kind: QueueMeasured, At: p.now, Facts: Facts{Pending: pending, OldestSeconds: oldest}})
}

func (p *scene) resource(metric string, value float64) []EffectKind {
	p.t.Helper()
	return p.see(&Observation{Kind: ResourceMeasured, At: p.now, Value: value, Facts: Facts{Metric: metric, Source: "host"}})
}

var (
	nothing = []EffectKind{}
	opened  = []EffectKind{Open}
	touched = []EffectKind{Touch}
	remind  = []EffectKind{Remind}
	closed  = []EffectKind{Close}
)
