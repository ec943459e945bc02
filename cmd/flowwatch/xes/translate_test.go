package xes

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// translated is the events of all traces.
func translated(t *Translator, all []*Trace) (events []ingest.Event) {
	for _, trace := range all {
		events = append(events, t.Events(trace)...)
	}
	return events
}

// requireTaken requires that a server would take each event but those from before 1970.
func requireTaken(t *testing.T, events []ingest.Event) {
	t.Helper()
	ids := map[string]bool{}
	for batch := range slices.Chunk(events, ingest.EventsMax) {
		body, err := json.Marshal(batch)
		require.NoError(t, err)
		if len(body) > ingest.BodyBytesMax {
			return // import makes smaller requests
		}
		read, err := ingest.NewCodec().Decode(body, "application/json", "office", execution.At(time.Now()))
		require.NoError(t, err)
		for _, r := range read.Rejected {
			require.Equal(t, ingest.CodeInvalidTimestamp, r.Code, "%s: %+v", r.Message, batch[r.Index])
		}
		for _, e := range batch {
			id := e.ExecutionID + "/" + e.EventID
			require.False(t, ids[id], "%s twice: %+v", id, e)
			ids[id] = true
		}
	}
}

func library() *Translator {
	return &Translator{WorkflowID: "returns", WorkflowName: "Zwroty książek", Prefix: "returns:"}
}

// lines is what happened, an event a line.
func lines(events []ingest.Event) []string {
	var all []string
	for _, e := range events {
		words := []string{e.ExecutionID, e.Type, e.Timestamp}
		if e.StepID != "" {
			words = append(words, e.StepID)
		}
		if e.DurationMs != nil {
			words = append(words, "at once")
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestATraceIsAnExecutionAndEachVisitAStepOfItsOwn(t *testing.T) {
	t.Parallel()
	all, _, err := traces(openReturns(t))
	require.NoError(t, err)
	translator := library()
	events := translated(translator, all)
	requireTaken(t, events)
	require.Equal(t, []string{
		"returns:1 execution.started 2024-03-01T08:00:00Z",
		"returns:1 step.completed 2024-03-01T08:00:00Z take_back at once",
		"returns:1 step.started 2024-03-01T08:00:00Z look_over",
		"returns:1 step.completed 2024-03-01T08:04:30.5Z look_over",
		"returns:1 step.started 2024-03-01T08:05:00Z look_over:2",
		"returns:1 step.completed 2024-03-01T08:06:00Z look_over:2",
		"returns:1 step.completed 2024-03-01T10:00:00Z odloz_na_polke.f0abfaf1ece26d91 at once",
		"returns:1 execution.completed 2024-03-01T10:00:00Z",

		"returns:2 execution.started 2024-03-02T08:00:00Z",
		"returns:2 step.completed 2024-03-02T08:30:00Z take_back at once",
		"returns:2 step.started 2024-03-02T08:31:00Z look_over",
		"returns:2 step.started 2024-03-02T08:32:00Z look_over:2",
		"returns:2 step.completed 2024-03-02T08:33:00Z look_over:2",
		"returns:2 step.skipped 2024-03-02T08:34:00Z mend at once",
		"returns:2 step.failed 2024-03-02T08:35:00Z look_over",
		"returns:2 execution.cancelled 2024-03-02T08:36:00Z",

		"returns:2:2 execution.started 2024-03-03T07:00:00Z",
		"returns:2:2 step.started 2024-03-03T07:00:00Z mend",
		"returns:2:2 step.completed 2024-03-03T08:00:00.125Z take_back at once",
		"returns:2:2 execution.completed 2024-03-03T08:00:00.125Z",

		"returns:trace_4 execution.started 1970-01-01T00:00:00Z",
		"returns:trace_4 step.completed 1970-01-01T00:00:00Z take_back at once",
		"returns:trace_4 execution.completed 1970-01-01T00:00:00Z",
	}, lines(events))
	require.Equal(t, Left{EmptyTraces: 1, Nameless: 1, Timeless: 1, Transitions: 1}, translator.Left)

	begin := events[0]
	require.Equal(t, "Zwroty książek", begin.WorkflowName)
	require.JSONEq(t, `{"externalId":"1","volumes":2}`, string(begin.Metadata))
	require.Equal(t, []ingest.EventStep{
		{StepID: "take_back", Name: "take back"}, {StepID: "look_over", Name: "look over"}, {StepID: "look_over:2", Name: "look over"},
		{StepID: "odloz_na_polke.f0abfaf1ece26d91", Name: "odłóż na półkę"},
	}, begin.Steps, "in the order of the log")
	require.JSONEq(t, `{"org:resource":"Halina"}`, string(events[2].Input))
	require.JSONEq(t, `{"wear":0.25,"clean":true,"pages":312,"due":"2024-02-28T00:00:00+01:00"}`, string(events[3].Output))
	require.JSONEq(t, `{"code":"pi_abort","message":"aborted"}`, string(events[14].Error))
}

func TestTheSameLogGivesTheSameEvents(t *testing.T) {
	t.Parallel()
	all, _, err := traces(openReturns(t))
	require.NoError(t, err)
	again, _, err := traces(openReturns(t))
	require.NoError(t, err)
	require.Equal(t, translated(library(), all), translated(library(), again))
}

func TestWhatATraceCarriesStaysWithinTheLimitsOfAnEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	trace := &Trace{Name: strings.Repeat("ł", 400) + "\x01"}
	for i := range 300 {
		trace.Attributes = append(trace.Attributes, Attribute{strings.Repeat("k", i), strings.Repeat("v\u0085", i)})
	}
	for i := range 1500 {
		name := strings.Repeat("x", 1+i%200) + "\u0085"
		trace.Events = append(trace.Events,
			Event{Name: name, Transition: "complete", Timed: true, At: at, Attributes: []Attribute{{"a\u0085", "b\u0085\tc"}, {"a ", at}}})
	}
	events := (&Translator{WorkflowID: "w"}).Events(trace)
	requireTaken(t, events)
	n := len(events) // require.Len would print them all
	require.Equal(t, 1502, n)
	require.Len(t, events[0].Steps, planStepsMax)
	require.LessOrEqual(t, len(events[0].Metadata), metadataBytesMax+2*len(trace.Name))
}
