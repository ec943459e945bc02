package main_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// spansTogether is how many spans a measured request has.
const spansTogether = 10_000

// measureTraces exports spans in protobuf, a request at a time: the spans of many runs, and those of one.
func measureTraces(t *testing.T, binary string, table *figures) {
	const requests = 21
	for _, c := range []struct {
		name            string
		traces, details int // details of each step
		names           int // of steps
	}{
		{"10,000 spans in one request, of 500 runs", 500, 1, spansTogether}, {"the same, of one run", 1, 1, spansTogether},
		{"the same, all steps of 500 runs", 500, 0, spansTogether}, {"the same, all rounds of one step", 1, 0, 1},
	} {
		server := newChild(t, binary, filepath.Join(benchDir(t), "traces"))
		token := server.createToken(t, "office", "integration,viewer")
		server.start(t)
		client := newEngineClient(server.address, token)
		client.request.SetRequestURI("http://" + server.address + "/v1/traces")
		client.request.Header.SetContentType("application/x-protobuf")
		var answers []time.Duration
		size, used := 0, processor(t, server.cmd.Process.Pid)
		for n := range requests {
			body := exportOf(t, n, c.traces, c.details, c.names)
			size = len(body)
			client.request.SetBodyRaw(body)
			began := time.Now()
			require.NoError(t, client.http.Do(&client.request, &client.response))
			if n > 0 { // the first meets a cold server
				answers = append(answers, time.Since(began))
			}
			require.Equal(t, fasthttp.StatusOK, client.response.StatusCode(), "%s", client.response.Body())
			require.Empty(t, client.response.Body(), "all were taken")
		}
		used = processor(t, server.cmd.Process.Pid) - used
		server.stop(t)
		server.check(t)
		table.add(figure{
			name: c.name, value: ms(median(answers)), unit: millis, target: 250,
			note: fmt.Sprintf("%d KiB; worst of %d: %.0f ms; %.0f ms of a processor each, with all that follows", size>>10, len(answers), ms(slices.Max(answers)), ms(used)/requests),
		})
	}
}

// exportOf is a request of so many traces: a root, and steps with details below them.
func exportOf(t *testing.T, request, traces, details, names int) []byte {
	t.Helper()
	export := ptrace.NewTraces()
	resource := export.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "silnik")
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	began := time.Now().Add(-time.Minute)
	each := spansTogether / traces
	for n := range traces {
		var trace pcommon.TraceID
		binary.BigEndian.PutUint32(trace[:], uint32(1+request))
		binary.BigEndian.PutUint32(trace[12:], uint32(n))
		for k := range each { // as they end: details, their step, the root
			one := spans.AppendEmpty()
			one.SetTraceID(trace)
			one.SetSpanID(spanID(k))
			one.SetStartTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(k) * time.Millisecond)))
			one.SetEndTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(k+20) * time.Millisecond)))
			one.Attributes().PutStr("thread.name", "worker-1")
			one.Attributes().PutInt("thread.id", int64(k))
			one.Attributes().PutStr("klient", "biuro")
			one.SetName(fmt.Sprintf("krok %d", k/(1+details)%names))
			switch {
			case k == each-1:
				one.SetName("zamknięcie miesiąca")
				one.SetStartTimestamp(pcommon.NewTimestampFromTime(began))
			case k%(1+details) < details:
				one.SetParentSpanID(spanID(k + 1))
			default:
				one.SetParentSpanID(spanID(each - 1))
			}
		}
	}
	body, err := new(ptrace.ProtoMarshaler).MarshalTraces(export)
	require.NoError(t, err)
	return body
}

func spanID(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n+1))
	return id
}
