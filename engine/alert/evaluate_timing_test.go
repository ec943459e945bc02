package alert

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// quiet is a state, a history and a run that meet no rule.
func quiet() (State, *Observation) {
	h := NewHistory()
	for i := range outcomesMax {
		h.Add(Outcome{At: t0 - execution.Instant(i)*minute, Seq: uint64(i), ExecutionID: fmt.Sprint(i), Failed: i == 50})
	}
	return NewState("r", "wf:jpk"), &Observation{Kind: ExecutionChanged, At: t0, History: h, Run: &Run{ExecutionID: "a", WorkflowID: "jpk",
		Status: execution.Completed, Ended: true, CompletedAt: t0, DurationMs: 10, Values: map[string]float64{"duration": 10}}}
}

func quietRules(t testing.TB) []*Rule {
	return []*Rule{rule(t, ExecutionFailed), rule(t, ConsecutiveFailures, Condition{}), rule(t, HighErrorRate, Condition{}), rule(t, ExecutionTimeout),
		rule(t, SlowExecution, Condition{Threshold: number(1000)}), rule(t, Custom, Condition{Metric: "duration", Operator: "gt", Threshold: number(1000)}),
		rule(t, QueueBacklog, Condition{Threshold: number(100)}), rule(t, ResourceThreshold, Condition{Metric: "cpu", Threshold: number(80)})}
}

// observed is what the rule is asked about.
func observed(r *Rule, o *Observation) *Observation {
	switch r.Type {
	case QueueBacklog:
		return &Observation{Kind: QueueMeasured, At: t0, Facts: Facts{Pending: 5}}
	case ResourceThreshold:
		return &Observation{Kind: ResourceMeasured, At: t0, Value: 5, Facts: Facts{Metric: "cpu.usage_percent", Source: "host"}}
	}
	return o
}

// TestNothingMetAllocatesNothing, so that a thousand rules cost little (B6 j).
func TestNothingMetAllocatesNothing(t *testing.T) {
	s, o := quiet()
	for _, r := range quietRules(t) {
		o := observed(r, o)
		allocations := testing.AllocsPerRun(100, func() {
			if _, effects, err := Evaluate(r, s, o, t0); err != nil || len(effects) > 0 {
				t.Error(r.Type, effects, err)
			}
		})
		require.Zero(t, allocations, r.Type)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s, o := quiet()
	for _, r := range quietRules(b) {
		o := observed(r, o)
		b.Run(string(r.Type), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Evaluate(r, s, o, t0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHistoryAdd(b *testing.B) {
	h := NewHistory()
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.Add(Outcome{At: t0 + execution.Instant(i)*second, ExecutionID: ids[i%len(ids)], Failed: i%7 == 0})
	}
}

func BenchmarkFingerprint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint("KSeF 503: faktura FV/2026/11/001 z 2026-11-23T02:14:00Z nie została przyjęta (8f14e45f-ceea-467f-9575-0e5d4f1c9a11)")
	}
}
