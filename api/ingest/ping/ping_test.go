package ping

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/execution"
)

var check = Check{KeyID: "0192f0c1-7a3e-7c11-9a55-000000000001", WorkflowID: "kopia-nocna", Name: "Kopia nocna"}

func TestTheLastPartOfTheAddressSaysHowItWent(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]Signal{
		"": {Kind: Success}, "0": {Kind: Success}, "start": {Kind: Start}, "fail": {Kind: Failure}, "log": {Kind: Log}, "1": {Kind: Failure, Exit: 1}, "255": {Kind: Failure, Exit: 255},
	} {
		got, known := Parse(word)
		require.True(t, known, word)
		require.Equal(t, want, got, word)
	}
	for _, word := range []string{"256", "-1", "01", "+1", "1.0", "Start", "success", "x", "1e1"} {
		_, known := Parse(word)
		require.False(t, known, word)
	}
}

func TestSignalsBecomeEvents(t *testing.T) {
	t.Parallel()
	id, ok := check.ExecutionID("r-1")
	require.True(t, ok)
	types := func(s Signal, output string) (all []string) {
		for _, e := range check.Events(s, id, "", []byte(output), ingesttest.Now) {
			all = append(all, e.Type.String())
		}
		return all
	}
	require.Equal(t, []string{"execution.started", "step.started"}, types(Signal{Kind: Start}, ""))
	require.Equal(t, []string{"execution.completed", "step.completed"}, types(Signal{Kind: Success}, "ok"))
	require.Equal(t, []string{"execution.failed", "step.failed"}, types(Signal{Kind: Failure}, ""))
	require.Equal(t, []string{"step.progress"}, types(Signal{Kind: Log}, "linia"))

	failed := check.Events(Signal{Kind: Failure, Exit: 3}, id, "", []byte("a\nb\nc\nBrak \x1b[1mdysku\n\n"), ingesttest.Now)
	require.Equal(t, &execution.ErrorInfo{Type: "exit", Code: "3", Message: "b\nc\nBrak  [1mdysku"}, failed[0].Error)
	require.JSONEq(t, `"a\nb\nc\nBrak  [1mdysku\n\n"`, string(failed[1].Output))
	require.Equal(t, "exit code 3", check.Events(Signal{Kind: Failure, Exit: 3}, id, "", nil, ingesttest.Now)[0].Error.Message)
	require.JSONEq(t, `{"externalId":"r-1"}`, string(failed[0].Metadata))
}

// A signal that a script sends again, because it got no answer, counts once.
func TestRepeatedSignalsAreTheSame(t *testing.T) {
	t.Parallel()
	id, _ := check.ExecutionID("r-1")
	one := check.Events(Signal{Kind: Start}, id, "", nil, ingesttest.Now)
	require.Equal(t, one, check.Events(Signal{Kind: Start}, id, "", nil, ingesttest.Now))
	require.NotEqual(t, one[0].ID, one[1].ID)
	require.NotEqual(t, one[0].ID, check.Events(Signal{Kind: Start}, id, "2", nil, ingesttest.Now)[0].ID)
	require.NotEqual(t, check.Events(Signal{Kind: Failure, Exit: 1}, id, "", nil, ingesttest.Now)[0].ID, check.Events(Signal{Kind: Failure, Exit: 2}, id, "", nil, ingesttest.Now)[0].ID)
	for _, rid := range []string{"", "a b", "ż", strings.Repeat("x", 87)} {
		_, ok := check.ExecutionID(rid)
		require.False(t, ok, rid)
	}
}

// Of much output the end is kept, and nothing begins in the middle of a number.
func TestTheEndOfTheOutputIsKept(t *testing.T) {
	t.Parallel()
	lines := strings.Repeat("NIP 526-000-12-46 przyjęto\n", 1000)
	kept := string(tail([]byte(lines)))
	require.LessOrEqual(t, len(kept), OutputBytesMax)
	require.Greater(t, len(kept), OutputBytesMax-100)
	require.True(t, strings.HasPrefix(kept, "NIP 526"), kept[:40])
	row := strings.Repeat("PL 61 1090 1014 0000 0712 1981 2874, ", 1000)
	kept = string(tail([]byte(row)))
	require.True(t, strings.HasPrefix(kept, ", PL 61"), kept[:40])
}

func FuzzEvents(f *testing.F) {
	f.Add("7", "r", []byte("błąd\n\xff\x00"))
	f.Add("log", "", []byte(strings.Repeat("1", OutputBytesMax+1)))
	f.Fuzz(func(t *testing.T, word, rid string, output []byte) {
		s, known := Parse(word)
		id, ok := check.ExecutionID(rid)
		if !known || !ok {
			return
		}
		batch := ingest.Batch{Events: check.Events(s, id, "", output, ingesttest.Now)}
		batch.Positions = make([]int, len(batch.Events))
		ingesttest.Sound(t, &batch)
		for _, e := range batch.Events {
			var text string
			if e.HasOutput {
				require.NoError(t, json.Unmarshal(e.Output, &text))
			}
			require.LessOrEqual(t, len(text), 3*OutputBytesMax) // what is no text takes three bytes
		}
	})
}
