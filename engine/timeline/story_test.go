package timeline

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

var morning = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// at is an instant some ms after the morning.
func at(ms int64) execution.Instant {
	return execution.At(morning.Add(time.Duration(ms) * time.Millisecond))
}

// plan declares steps: "a b<a c<a,b".
func plan(declared string) (steps []execution.PlanStep) {
	for word := range strings.FieldsSeq(declared) {
		id, after, depends := strings.Cut(word, "<")
		p := execution.PlanStep{StepID: id, Name: "Krok " + id}
		if depends {
			p.DependsOn = strings.Split(after, ",")
		}
		steps = append(steps, p)
	}
	return steps
}

// told makes a run of a story: a line an event, "ms type [step] [key=value …]".
func told(t testing.TB, declared, story string) *Run {
	t.Helper()
	x := execution.New("run")
	for n, line := range strings.Split(strings.TrimSpace(story), "\n") {
		words := strings.Fields(line)
		ms, err := strconv.ParseInt(words[0], 10, 64)
		require.NoError(t, err)
		kind, ok := execution.ParseEventType(words[1])
		require.True(t, ok, line)
		e := execution.Event{
			ID: fmt.Sprintf("%04d", n), Type: kind, Timestamp: at(ms), ReceivedAt: at(ms), ExecutionID: "run", WorkflowID: "w",
			DurationMs: execution.Unknown, CPUPercent: execution.Unknown, MemoryMB: execution.Unknown,
			InputBytes: execution.Unknown, OutputBytes: execution.Unknown, Progress: execution.Unknown, Deadline: execution.NoInstant,
		}
		if n == 0 {
			e.Plan = plan(declared)
		}
		words = words[2:]
		if kind.IsStep() {
			e.StepID, words = words[0], words[1:]
			e.StepName = "Krok " + e.StepID
		}
		for _, word := range words {
			change(t, &e, word)
		}
		execution.Apply(x, &e)
	}
	return &Run{Summary: x.Summary(), Steps: x.Steps()}
}

func change(t testing.TB, e *execution.Event, word string) {
	t.Helper()
	key, value, _ := strings.Cut(word, "=")
	if key == "error" {
		e.Error = &execution.ErrorInfo{Message: value}
		return
	}
	n, err := strconv.ParseInt(value, 10, 64)
	require.NoError(t, err)
	switch key {
	case "attempt":
		e.Attempt = int(n)
	case "input":
		e.InputBytes = n
	case "cpu":
		e.CPUPercent = float64(n)
	case "took":
		e.DurationMs = n
	default:
		t.Fatalf("no such key: %s", key)
	}
}

// drawn is a run's timeline, as it was a minute after the morning, beside no other.
func drawn(t *testing.T, declared, story string) Timeline {
	t.Helper()
	return Draw(told(t, declared, story), History{}, at(60_000))
}

// seen writes the rows: "id row start+duration wait".
func seen(l Timeline) string {
	var out []string
	for _, r := range l.Rows {
		if !r.Begun {
			out = append(out, fmt.Sprintf("%s %d -", r.StepID, r.Row))
			continue
		}
		out = append(out, fmt.Sprintf("%s %d %d+%d w%d", r.StepID, r.Row, r.StartOffsetMs, r.DurationMs, r.WaitBeforeMs))
	}
	return strings.Join(out, "; ")
}

// pastOf is a history of n runs of one story, in which N is the number of the run.
func pastOf(t testing.TB, n int, declared, story string) History {
	t.Helper()
	var samples []*Sample
	for i := range n {
		samples = append(samples, NewSample(told(t, declared, strings.ReplaceAll(story, "N", strconv.Itoa(i)))))
	}
	return NewHistory(samples)
}
