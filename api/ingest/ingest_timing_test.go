package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// hundred is a request as engines send it, each event with ids of its own.
func hundred() []byte {
	var body bytes.Buffer
	body.WriteByte('[')
	for i := range 100 {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"eventId":"0192f0c1-7a3e-7c11-9a55-%012d","type":"step.completed","timestamp":"2026-11-23T13:59:59.%03dZ",`+
			`"executionId":"exec-2026-11-%06d","workflowId":"vat-jpk-monthly","workflowName":"JPK_V7M miesięczny","stepId":"step-%d",`+
			`"stepName":"Walidacja %d","attempt":1,"durationMs":1250,"cpuUsagePercent":35.5,"memoryUsageMb":128,"clientRef":"K-%04d"}`,
			i, i, i, i%8, i%8, i%40)
	}
	body.WriteByte(']')
	return body.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	body, codec := hundred(), NewCodec()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		batch, err := codec.Decode(body, "application/json", "org", fuzzNow)
		if err != nil || len(batch.Events) != 100 {
			b.Fatal(err, batch.Rejected)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

// BenchmarkDecodeDerived is the same without event ids.
func BenchmarkDecodeDerived(b *testing.B) {
	body, codec := bytes.ReplaceAll(hundred(), []byte(`"eventId"`), []byte(`"foreign"`)), NewCodec()
	b.ReportAllocs()
	for b.Loop() {
		batch, err := codec.Decode(body, "application/json", "org", fuzzNow)
		if err != nil || len(batch.Events) != 100 {
			b.Fatal(err, batch.Rejected)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

// BenchmarkStandardLibrary is what encoding/json needs to fill a struct, without any check.
func BenchmarkStandardLibrary(b *testing.B) {
	body := hundred()
	b.ReportAllocs()
	for b.Loop() {
		var events []struct {
			EventID, Type, Timestamp, ExecutionID, WorkflowID, WorkflowName, StepID, StepName, ClientRef string
			Attempt                                                                                      int
			DurationMs, CPUUsagePercent, MemoryUsageMb                                                   *float64
			Input, Output, Metadata, Error                                                               json.RawMessage
		}
		if err := json.Unmarshal(body, &events); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

func TestDecodedEventsDoNotAliasTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(failing)
	batch, err := NewCodec().Decode(body, "", "org", fuzzNow)
	require.NoError(t, err)
	e := batch.Events[0]
	for i := range body {
		body[i] = 'X'
	}
	e.Input, e.Output = nil, nil
	other, err := NewCodec().Decode([]byte(failing), "", "org", fuzzNow)
	require.NoError(t, err)
	want := other.Events[0]
	want.Input, want.Output = nil, nil
	require.Equal(t, want, e)
	require.IsType(t, execution.Event{}, e)
}
