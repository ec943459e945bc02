package ingest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// Whatever comes in, each sample is either good or rejected with a reason, and no value is other than finite (B-48).
func FuzzSamples(f *testing.F) {
	for _, body := range []string{
		"", "[]", `{"metric":"a","value":1}`, `[{"metric":"cpu.usage_percent","value":81.5,"timestamp":"2026-11-24T08:15:00Z","tags":{"k":"v"}}]`,
		`[{"metric":"a","value":1e999}]`, `[{"metric":"a","value":1},3]`, "{\"metric\":\"a\",\"value\":1}\n\nx", `[1,2`, `{}{}`, "\xff",
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(body), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		media, now := "application/json", execution.Instant(1e18)
		if lines {
			media = "application/x-ndjson"
		}
		b, err := DecodeSamples(body, media, now)
		if err != nil {
			require.Empty(t, b)
			return
		}
		seen := map[int]bool{}
		require.Len(t, b.Positions, len(b.Samples))
		for i := range b.Samples {
			s := &b.Samples[i]
			require.True(t, validMetric(s.Metric))
			require.False(t, math.IsNaN(s.Value) || math.IsInf(s.Value, 0))
			require.GreaterOrEqual(t, s.Timestamp, execution.Instant(0))
			require.LessOrEqual(t, s.Timestamp, now+execution.Instant(aheadMax))
			require.NotContains(t, s.Tags, sourceTag)
			seen[b.Positions[i]] = true
		}
		for _, r := range b.Rejected {
			require.NotEmpty(t, r.Code)
			require.NotEmpty(t, r.Message)
			seen[r.Index] = true
		}
		require.Len(t, seen, len(b.Samples)+len(b.Rejected), "each has a place of its own")
	})
}
