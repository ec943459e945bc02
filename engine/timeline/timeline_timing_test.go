package timeline

import (
	"fmt"
	"testing"

	"flowwatch/engine/execution"
)

// large is a completed run of n steps, eight at a time, each after the one eight before it.
func large(n int) *Run {
	const wide = 8
	r := &Run{Steps: make([]execution.Step, n)}
	r.ExecutionID, r.Status, r.QueuedAt, r.StartedAt = "large", execution.Completed, at(-100), at(0)
	for i := range r.Steps {
		from := int64(i/wide*120 + i%wide)
		s := execution.Step{
			StepID: fmt.Sprintf("step-%05d", i), Name: fmt.Sprintf("Krok %d", i), Status: execution.Done, Attempt: 1, Declared: true,
			StartedAt: at(from), CompletedAt: at(from + 100 + int64(i%7)),
		}
		if i >= wide {
			s.DependsOn = []string{fmt.Sprintf("step-%05d", i-wide)}
		}
		s.Attempts = []execution.Attempt{{Attempt: 1, Status: s.Status, StartedAt: s.StartedAt, CompletedAt: s.CompletedAt}}
		r.Steps[i], r.CompletedAt = s, s.CompletedAt
	}
	return r
}

// BenchmarkDraw: to reach 2 ms at 300 steps beside 30 runs, 100 ms at 20,000 steps.
func BenchmarkDraw(b *testing.B) {
	for _, c := range []struct{ steps, runs int }{{12, 30}, {300, 30}, {20_000, 0}, {20_000, 5}} {
		b.Run(fmt.Sprintf("%d-steps-%d-runs", c.steps, c.runs), func(b *testing.B) {
			r, h := large(c.steps), pastLarge(c.steps, c.runs)
			b.ReportAllocs()
			for b.Loop() {
				Draw(r, h, r.CompletedAt)
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	for _, c := range []struct{ steps, runs int }{{12, 30}, {300, 30}, {20_000, 10}} {
		b.Run(fmt.Sprintf("%d-steps-%d-runs", c.steps, c.runs), func(b *testing.B) {
			r, h := large(c.steps), pastLarge(c.steps, c.runs)
			b.ReportAllocs()
			for b.Loop() {
				Explain(Case{Run: r, History: h, Now: r.CompletedAt, Preview: message})
			}
		})
	}
}

func pastLarge(steps, runs int) History {
	samples := make([]*Sample, runs)
	for i := range samples {
		samples[i] = NewSample(large(steps))
	}
	return NewHistory(samples)
}
