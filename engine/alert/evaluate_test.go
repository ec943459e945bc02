package alert

import (
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

const t0 = execution.Instant(1_800_000_000_000_000_000)

func number(v float64) *float64 { return &v }

// TestThirdFailureFiresAtOnce: AC6.2a, B2.1, B2.2, T8.
func TestThirdFailureFiresAtOnce(t *testing.T) {
	t.Parallel()
	r := &Rule{ID: "r", Type: ConsecutiveFailures, Name: "JPK", Active: true, Conditions: []Condition{{ConsecutiveCount: 3}},
		Channels: []Channel{{Type: "in_app"}}}
	require.Nil(t, r.Normalise())
	h, s := NewHistory(), NewState("r", "wf:jpk")
	for i := range 3 {
		at := t0 + execution.Instant(i)*minute
		id := string(rune('a' + i))
		require.True(t, h.Add(Outcome{At: at, Seq: uint64(i), ExecutionID: id, Failed: true}))
		run := &Run{ExecutionID: id, WorkflowID: "jpk", Status: execution.Failed, Ended: true, CompletedAt: at, Seq: uint64(i)}
		state, effects, err := Evaluate(r, s, &Observation{Kind: ExecutionChanged, At: at, Run: run, History: h}, at)
		require.NoError(t, err)
		s = state
		if i < 2 {
			require.Empty(t, effects)
			continue
		}
		require.Len(t, effects, 1)
		require.Equal(t, Open, effects[0].Kind)
		rec := NewRecord("id", r, &s, &effects[0], at)
		require.Equal(t, Critical, rec.Severity)
		require.Equal(t, 3, rec.Facts.InRow)
	}
}
