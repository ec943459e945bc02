// Package ingesttest holds what the tests of the formats share: golden files of
// translated events, and what is true of any event, however it was made.
package ingesttest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// Now is when all bodies are received.
var Now = execution.At(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC))

var update = flag.Bool("update", false, "write the golden files anew")

// seen is a batch as golden files have it.
type seen struct {
	Events   []event            `json:"events"`
	Rejected []ingest.Rejection `json:"rejected,omitempty"`
	Ignored  int                `json:"ignored,omitempty"`
}

type event struct {
	Item int `json:"item"`
	ingest.Event
	Skewed bool   `json:"clockSkewed,omitempty"`
	Began  string `json:"began,omitempty"`
	Top    string `json:"top,omitempty"`
	Under  string `json:"under,omitempty"`
}

// Golden holds a batch to the golden file beside an input: x.json to
// x.golden.json.
func Golden(t *testing.T, input string, batch *ingest.Batch) {
	t.Helper()
	GoldenAt(t, input, batch, Now)
}

// GoldenAt is Golden of a body that was received at another time.
func GoldenAt(t *testing.T, input string, batch *ingest.Batch, now execution.Instant) {
	t.Helper()
	SoundAt(t, batch, now)
	got := seen{Events: []event{}, Rejected: batch.Rejected, Ignored: batch.Ignored}
	for i := range batch.Events {
		got.Events = append(got.Events, written(batch.Positions[i], &batch.Events[i]))
	}
	text, err := json.MarshalIndent(got, "", "  ")
	require.NoError(t, err)
	name := strings.TrimSuffix(input, filepath.Ext(input)) + ".golden.json"
	if *update {
		require.NoError(t, os.WriteFile(name, append(text, '\n'), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(bytes.TrimSpace(want)), string(text), input)
}

// Inputs are the golden inputs of a package.
func Inputs(t testing.TB) (names []string) {
	t.Helper()
	all, err := filepath.Glob("testdata/*.*")
	require.NoError(t, err)
	for _, name := range all {
		if !strings.HasSuffix(name, ".golden.json") && !strings.HasSuffix(name, ".md") {
			names = append(names, name)
		}
	}
	require.NotEmpty(t, names)
	return names
}

// written is an event as an engine would have written it.
func written(item int, e *execution.Event) event {
	w := event{Item: item, Skewed: e.ClockSkewed, Top: e.Top, Under: e.Under, Event: ingest.Event{
		EventID: e.ID, Type: e.Type.String(), Timestamp: e.Timestamp.Time().UTC().Format(time.RFC3339Nano), ExecutionID: e.ExecutionID,
		WorkflowID: e.WorkflowID, WorkflowName: e.WorkflowName, WorkflowVersion: e.WorkflowVersion, StepID: e.StepID, StepName: e.StepName,
		Attempt: e.Attempt, Input: e.Input, Output: e.Output, RetryOf: e.RetryOf, ClientRef: e.ClientRef, Tags: e.Tags, Metadata: e.Metadata,
	}}
	for _, measured := range []struct {
		to    **float64
		value float64
	}{
		{&w.DurationMs, float64(e.DurationMs)}, {&w.CPUUsagePercent, e.CPUPercent}, {&w.MemoryUsageMb, e.MemoryMB},
		{&w.InputSizeBytes, float64(e.InputBytes)}, {&w.OutputSizeBytes, float64(e.OutputBytes)}, {&w.Progress, float64(e.Progress)},
	} {
		if measured.value != execution.Unknown {
			*measured.to = &measured.value
		}
	}
	if e.Began != 0 {
		w.Began = e.Began.Time().UTC().Format(time.RFC3339Nano)
	}
	for _, s := range e.Plan {
		w.Steps = append(w.Steps, ingest.EventStep(s))
	}
	if e.Error != nil {
		w.Error, _ = json.Marshal(e.Error) // texts always marshal
	}
	return w
}

// Sound requires what the engine relies on of every event.
func Sound(t *testing.T, batch *ingest.Batch) {
	t.Helper()
	SoundAt(t, batch, Now)
}

// SoundAt is Sound of a body that was received at another time.
func SoundAt(t *testing.T, batch *ingest.Batch, now execution.Instant) {
	t.Helper()
	require.Len(t, batch.Positions, len(batch.Events))
	for i := range batch.Events {
		e := &batch.Events[i]
		require.NotEmpty(t, e.ID)
		require.True(t, ingest.ValidID(e.ExecutionID), e.ExecutionID)
		require.NotEqual(t, "active", e.ExecutionID)
		require.Equal(t, e.Type.IsStep(), e.StepID != "", "%s %q", e.Type, e.StepID)
		for _, id := range []string{e.WorkflowID, e.StepID, e.RetryOf} {
			require.True(t, id == "" || ingest.ValidID(id), id)
		}
		for _, name := range []string{e.WorkflowName, e.WorkflowVersion, e.StepName} {
			require.True(t, ingest.ValidName(name, ingest.NameRunesMax), name)
		}
		for _, raw := range []json.RawMessage{e.Input, e.Output, e.Metadata} {
			require.True(t, raw == nil || json.Valid(raw), "%s", raw)
		}
		require.Equal(t, now, e.ReceivedAt)
		require.GreaterOrEqual(t, e.Timestamp, execution.Instant(0))
		require.LessOrEqual(t, e.Timestamp, now+execution.Instant(5*time.Minute))
		require.LessOrEqual(t, e.Began, e.Timestamp)
		if e.Error != nil {
			require.NotEqual(t, execution.ErrorInfo{}, *e.Error)
		}
	}
}
