package alert

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// TestFaultsOfFiring pins faults 1–6, in their order, of the twelve that a service of this kind had (B2 of the study). Each has more tests
// beside its subject.
func TestFaultsOfFiring(t *testing.T) {
	t.Parallel()
	streak, rate := Condition{ConsecutiveCount: 3}, Condition{Threshold: number(0.1)}
	faults := []func(t *testing.T){
		func(t *testing.T) { // 1: both types fired on every event
			for _, r := range []*Rule{rule(t, ConsecutiveFailures, streak), rule(t, HighErrorRate, rate)} {
				for _, status := range []execution.Status{execution.Running, execution.Completed, execution.Failed, execution.Cancelled} {
					require.Equal(t, nothing, newScene(t, r).runs("a", status, 10, 0, nil))
				}
			}
		},
		func(t *testing.T) { // 2: fewer rows than N were a streak
			p := newScene(t, rule(t, ConsecutiveFailures, streak))
			require.Equal(t, nothing, p.fails("1"))
			require.Equal(t, nothing, p.fails("2"))
			require.Equal(t, opened, p.fails("3"))
		},
		func(t *testing.T) { // 3: a running run hid a streak
			p := newScene(t, rule(t, ConsecutiveFailures, streak))
			p.fails("1")
			p.fails("2")
			p.runs("r", execution.Running, 5, 0, nil)
			require.Equal(t, opened, p.fails("3"))
		},
		func(t *testing.T) { // 4: the cooldown was lost at a restart: the scene stores its state at every step
			p := newScene(t, rule(t, ExecutionFailed))
			p.fails("1")
			stored, err := json.Marshal(p.state)
			require.NoError(t, err)
			p.state = State{}
			require.NoError(t, json.Unmarshal(stored, &p.state))
			require.Equal(t, t0+15*minute, p.state.CooldownUntil)
			require.Equal(t, touched, p.after(15*minute-1).fails("2"))
		},
		func(t *testing.T) { // 5: nobody looked at timeouts, queues and resources
			p := newScene(t, rule(t, ExecutionTimeout, Condition{Threshold: number(1000)}))
			due := p.rule.Due(&p.state, &Run{ExecutionID: "a", Status: execution.Running}, p.now)
			require.Equal(t, t0+1001*millisecond, due)
			require.Equal(t, opened, newScene(t, rule(t, QueueBacklog, Condition{Threshold: number(100)})).queue(101, 0))
			p = newScene(t, rule(t, ResourceThreshold, Condition{Metric: "disk", Threshold: number(90), ConsecutiveCount: 1}))
			require.Equal(t, opened, p.resource("disk.used_percent", 91))
		},
		func(t *testing.T) { // 6: channels were awaited in the path of events: here a message is an effect, and nothing is called
			p := newScene(t, rule(t, ExecutionFailed))
			p.rule.Channels = []Channel{{Type: "webhook", Config: json.RawMessage(`{"url":"https://192.0.2.1/hangs"}`)}}
			require.Equal(t, opened, p.fails("1"))
		},
	}
	require.Len(t, faults, 6)
	for _, check := range faults {
		check(t)
	}
}

// TestFaultsOfRecords pins faults 7–12.
func TestFaultsOfRecords(t *testing.T) {
	t.Parallel()
	faults := []func(t *testing.T){
		func(t *testing.T) { // 7: the severity of the rule was overridden
			p := newScene(t, rule(t, ExecutionFailed))
			p.rule.Severity = Info
			p.fails("1")
			require.Equal(t, Info, p.record().Severity)
		},
		func(t *testing.T) { // 8: states were checked against severities
			for _, s := range []RecordStatus{Active, Acknowledged, Escalated, Resolved} {
				require.NotContains(t, Severities(), Severity(s))
			}
		},
		func(t *testing.T) { // 9: a resolved alert could be acknowledged, and nothing ever resolved one
			p := newScene(t, rule(t, ExecutionFailed))
			p.fails("1")
			require.Equal(t, closed, p.after(minute).completes("2"))
			_, err := p.record().Acknowledge(Person{ID: "a"}, "", p.now)
			require.NotNil(t, err)
		},
		func(t *testing.T) { // 10: messages had neither error nor step nor duration
			p := newScene(t, rule(t, ExecutionFailed))
			p.see(&Observation{Kind: ExecutionChanged, At: p.now, Run: &Run{ExecutionID: "a", WorkflowID: "jpk", WorkflowName: "JPK", Status: execution.Failed,
				Ended: true, CompletedAt: p.now, DurationMs: 1500, Error: "503", Step: "wysyłka", StepIndex: 3, StepsTotal: 5}})
			f := p.record().Facts
			require.Equal(t, []any{"503", "wysyłka", 3, 5, int64(1500), p.now}, []any{f.Error, f.Step, f.StepIndex, f.StepsTotal, f.DurationMs, f.At})
			require.Equal(t, "JPK", p.record().WorkflowName)
		},
		func(t *testing.T) { // 11: Polish letters were lost
			r := &Rule{Type: ExecutionFailed, Name: "Zażółć gęślą jaźń", Channels: inApp()}
			require.Nil(t, r.Normalise())
			stored, err := json.Marshal(r)
			require.NoError(t, err)
			require.Contains(t, string(stored), "Zażółć gęślą jaźń")
		},
		func(t *testing.T) { // 12: conditions that mean nothing were required
			require.Empty(t, rule(t, ExecutionFailed).Conditions)
			require.Equal(t, 3, rule(t, ConsecutiveFailures, Condition{ConsecutiveCount: 3}).Conditions[0].ConsecutiveCount)
		},
	}
	require.Len(t, faults, 6)
	for _, check := range faults {
		check(t)
	}
}
