package otlp

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
)

// sameEvents is a request of a hundred runs with nineteen steps each, in protobuf, in JSON, and as the native route has the same events.
func sameEvents(b *testing.B) (protobuf, text, native []byte, events int) {
	b.Helper()
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "silnik")
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	began := now.Time().Add(-time.Minute)
	for run := range 100 {
		for k := 19; k >= 0; k-- {
			one := spans.AppendEmpty()
			one.SetTraceID(pcommon.TraceID{1, byte(run)})
			one.SetSpanID(pcommon.SpanID{9, byte(k)})
			one.SetName(fmt.Sprint("krok ", k))
			one.SetStartTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(k) * time.Millisecond)))
			one.SetEndTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(30+k) * time.Millisecond)))
			one.Attributes().PutStr("thread.name", "worker-1")
			if k > 0 {
				one.SetParentSpanID(pcommon.SpanID{9, 0})
			}
		}
	}
	var err error
	protobuf, err = new(ptrace.ProtoMarshaler).MarshalTraces(traces)
	require.NoError(b, err)
	text, err = new(ptrace.JSONMarshaler).MarshalTraces(traces)
	require.NoError(b, err)
	batch, err := DecodeTraces(ingest.NewCodec(), protobuf, MediaType, now)
	require.NoError(b, err)
	all := make([]ingest.Event, len(batch.Events))
	for i := range batch.Events {
		e := &batch.Events[i]
		all[i] = ingest.Event{
			EventID: e.ID, Type: e.Type.String(), Timestamp: e.Timestamp.Time().Format(time.RFC3339Nano), ExecutionID: e.ExecutionID, WorkflowID: "otlp:silnik:krok-0",
			WorkflowName: e.WorkflowName, StepID: e.StepID, StepName: e.StepName, Metadata: e.Metadata,
		}
	}
	native, err = json.Marshal(all)
	require.NoError(b, err)
	return protobuf, text, native, len(all)
}

// BenchmarkDecode compares what the same events cost in each format.
func BenchmarkDecode(b *testing.B) {
	codec := ingest.NewCodec()
	protobuf, text, native, events := sameEvents(b)
	for _, of := range []struct {
		name   string
		decode func() (ingest.Batch, error)
	}{
		{"native", func() (ingest.Batch, error) { return codec.Decode(native, "", "org", now) }},
		{"protobuf", func() (ingest.Batch, error) { return DecodeTraces(codec, protobuf, MediaType, now) }},
		{"json", func() (ingest.Batch, error) { return DecodeTraces(codec, text, jsonMedia, now) }},
	} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if batch, err := of.decode(); err != nil || len(batch.Events) != events {
					b.Fatal(err, batch.Rejected)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
		})
	}
}

// BenchmarkMeasure is what it costs to know a body's size in memory before it is decoded.
func BenchmarkMeasure(b *testing.B) {
	protobuf, text, _, _ := sameEvents(b)
	for name, fn := range map[string]func() error{
		"protobuf": func() error { return measure(protobuf, true, traceRequest) },
		"json":     func() error { return measure(text, false, traceRequest) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
