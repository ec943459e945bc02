package execution

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

var morning = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// at is an instant some time after the morning.
func at(after time.Duration) Instant { return At(morning.Add(after)) }

// bare is an event that carries nothing but what it must.
func bare(id string, kind EventType, after time.Duration) Event {
	return Event{
		ID: id, Type: kind, Timestamp: at(after), ReceivedAt: at(after), ExecutionID: "run", WorkflowID: "invoice-processing",
		DurationMs: Unknown, CPUPercent: Unknown, MemoryMB: Unknown, InputBytes: Unknown, OutputBytes: Unknown, Progress: Unknown,
		Deadline: NoInstant,
	}
}

func stepEvent(id string, kind EventType, step string, after time.Duration, change ...func(*Event)) Event {
	e := bare(id, kind, after)
	e.StepID = step
	for _, f := range change {
		f(&e)
	}
	return e
}

func attemptOf(n int) func(*Event) { return func(e *Event) { e.Attempt = n } }

// merged applies the events in their order.
func merged(events ...Event) *Execution {
	x := New("run")
	for i := range events {
		Apply(x, &events[i])
	}
	return x
}

// plan declares n steps, "s0" and so on, each after the one before.
func plan(n int) []PlanStep {
	steps := make([]PlanStep, n)
	for i := range steps {
		steps[i] = PlanStep{StepID: fmt.Sprintf("s%d", i), Name: fmt.Sprintf("Krok %d", i)}
		if i > 0 {
			steps[i].DependsOn = []string{steps[i-1].StepID}
		}
	}
	return steps
}

// randomStory makes events of one execution that tell all kinds of nonsense:
// few distinct times, so that many are equal, ends before starts, several ends,
// steps outside the plan, attempts said and not said.
func randomStory(r *rand.Rand, n int) []Event {
	events := make([]Event, n)
	for i := range events {
		e := bare(randomID(r, i), EventType(r.IntN(int(StepRetrying)+1)), time.Duration(r.IntN(12))*time.Second)
		if r.IntN(4) == 0 {
			e.Timestamp += Instant(r.IntN(3_000_000))
		}
		if e.Type.IsStep() {
			e.StepID = fmt.Sprintf("s%d", r.IntN(5))
		}
		decorate(r, &e)
		if e.Type.Ends() && r.IntN(3) == 0 {
			concluded := ConcludedID(e.Timestamp - Instant(r.IntN(3))*Instant(time.Second))
			if !slices.ContainsFunc(events[:i], func(o Event) bool { return o.ID == concluded }) {
				e.ID = concluded
			}
		}
		events[i] = e
	}
	return events
}

func randomID(r *rand.Rand, i int) string {
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf("e%d", i)
	case 1:
		return fmt.Sprintf("%08x-1111-4222-8333-%012x", r.Uint32(), i)
	case 2:
		return fmt.Sprintf("%060x%04x", r.Uint64(), i)
	}
	return fmt.Sprintf("an-id-that-is-longer-%d", i)
}

// decorate adds some of the optional fields.
func decorate(r *rand.Rand, e *Event) {
	maybe := func(set func()) {
		if r.IntN(4) == 0 {
			set()
		}
	}
	word := func() string { return string(rune('a' + r.IntN(4))) }
	maybe(func() {
		if e.Type.IsStep() {
			e.Under = "part-" + word()
		} else {
			e.Top = "part-" + word()
		}
	})
	maybe(func() {
		if e.Began = e.Timestamp - Instant(r.IntN(3_000_000_000)); !e.tellsStart() {
			e.Began = 0
		}
	})
	maybe(func() { e.WorkflowID = "flow-" + word() })
	maybe(func() { e.WorkflowName = "Obieg " + word() })
	maybe(func() { e.WorkflowVersion = word() })
	maybe(func() { e.Priority, e.EnginePriority = Priority(1+r.IntN(3)), word() })
	maybe(func() { e.Plan = plan(r.IntN(4)) })
	maybe(func() { e.ClientRef = "klient-" + word() })
	maybe(func() { e.Tags = []string{word()}[:r.IntN(2)] })
	maybe(func() { e.Deadline = at(time.Duration(r.IntN(100)) * time.Hour) })
	maybe(func() { e.Metadata = []byte(`{"` + word() + `":1}`) })
	maybe(func() { e.RetryOf = "run-" + word() })
	maybe(func() { e.Progress = r.IntN(101) })
	maybe(func() { e.Attempt = 1 + r.IntN(3) })
	maybe(func() { e.DurationMs = int64(r.IntN(5000)) })
	maybe(func() { e.CPUPercent = float64(r.IntN(10_000)) / 100 })
	maybe(func() { e.MemoryMB = r.Float64() })
	maybe(func() { e.InputBytes, e.OutputBytes = int64(r.IntN(1<<20)), int64(r.IntN(1<<20)) })
	maybe(func() { e.HasInput = true })
	maybe(func() { e.HasOutput = true })
	maybe(func() { e.Error = &ErrorInfo{Message: "błąd " + word(), Stack: "at x"} })
	maybe(func() { e.Error = &ErrorInfo{Code: word(), Message: "błąd " + word()} })
	maybe(func() { e.StepName = "Nazwa " + word() })
	maybe(func() { e.TimedOut = true })
	maybe(func() { e.ClockSkewed = true })
}

// lists is a vocabulary that keeps all it gets.
type lists map[uint64][]string

func (l lists) Intern(workflowID string, words []string) (uint64, bool) {
	e := Event{ID: workflowID + fmt.Sprintf("%q", words)}
	l[e.Hash()] = words
	return e.Hash(), true
}

func (l lists) Words(ref uint64) ([]string, bool) { words, ok := l[ref]; return words, ok }
