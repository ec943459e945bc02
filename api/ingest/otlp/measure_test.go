package otlp

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
	"flowwatch/engine/fault"
)

// What a decoder makes much of is counted wherever it stands, also where no exporter of today puts it.
func TestNothingLargeIsMadeOfLittle(t *testing.T) {
	t.Parallel()
	field := func(number uint64, content string) string { return string(appendText(nil, number, content)) }
	empty := func(number uint64, count int) string {
		return strings.Repeat(string(appendText(nil, number, "x")[:1])+"\x00", count)
	}
	const deprecated = 1000
	for name, body := range map[string]string{
		"scopes by their first number": field(1, strings.Repeat("\xc2\x3e\x00", ElementsMax+1)),
		"spans in one of them":         field(1, field(deprecated, empty(2, ItemsMax+1))),
		"entities":                     field(1, field(1, empty(3, ElementsMax+1))),
		"names of an entity":           field(1, field(1, field(3, empty(3, ElementsMax+1)))),
	} {
		for kind, request := range map[string]*shape{"traces": traceRequest, "metrics": metricsRequest} {
			err := measure([]byte(body), true, request)
			if kind == "metrics" && name == "spans in one of them" {
				require.NoError(t, err, "metrics are no points yet")
				continue
			}
			require.Equal(t, fault.TooLarge, fault.Of(err).Kind, "%s of %s", name, kind)
		}
	}
	nulls := strings.TrimSuffix(strings.Repeat("null,", ObjectsMax), ",")
	for _, text := range []string{`{"resourceSpans":[` + nulls + `]}`, `{"resourceSpans":[{"scopeSpans":[{"spans":[` + nulls + `]}]}]}`} {
		_, err := DecodeTraces(ingest.NewCodec(), []byte(text), jsonMedia, now)
		require.Equal(t, "too_many_elements", fault.Of(err).Code)
	}
	require.NoError(t, measure([]byte(`{"resourceSpans":[null,{"n":"`+strings.Repeat("n", ObjectsMax+1)+`"}]}`), false, traceRequest), "texts are no nulls")
}

// What many share is read once and in part, however long it is: else a request of some megabytes would have each of its items copy and digest them.
func TestLongNamesAreNotRepeatedForEachItem(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ż", 1<<20)
	metrics := pmetric.NewMetrics()
	of := metrics.ResourceMetrics().AppendEmpty()
	of.Resource().Attributes().PutStr("service.name", long)
	all := of.ScopeMetrics().AppendEmpty().Metrics()
	histogram, gauge := all.AppendEmpty(), all.AppendEmpty()
	histogram.SetName(long)
	gauge.SetName(long)
	for range ItemsMax / 2 {
		histogram.SetEmptyHistogram().DataPoints().AppendEmpty()
	}
	points := gauge.SetEmptyGauge().DataPoints()
	for range ItemsMax / 2 {
		points.AppendEmpty().SetIntValue(1)
	}
	body, err := new(pmetric.ProtoMarshaler).MarshalMetrics(metrics)
	require.NoError(t, err)
	batch, err := DecodeMetrics(body, MediaType, now)
	require.NoError(t, err)
	require.NotEmpty(t, batch.Rejected)
	for _, r := range batch.Rejected {
		require.Less(t, len(r.Message), nameBytesMax+200)
	}

	traces := ptrace.NewTraces()
	from := traces.ResourceSpans().AppendEmpty()
	for _, name := range []string{"service.name", "n8n.instance.id", "cicd.pipeline.name", "cicd.pipeline.run.id"} {
		from.Resource().Attributes().PutStr(name, long[:1<<20])
	}
	spans := from.ScopeSpans().AppendEmpty().Spans()
	for n := range ItemsMax {
		one := spans.AppendEmpty()
		one.SetTraceID(pcommon.TraceID{1, byte(n), byte(n >> 8)})
		one.SetSpanID(pcommon.SpanID{1})
		one.SetEndTimestamp(pcommon.Timestamp(now))
	}
	body, err = new(ptrace.ProtoMarshaler).MarshalTraces(traces)
	require.NoError(t, err)
	batched, err := DecodeTraces(ingest.NewCodec(), body, MediaType, now)
	require.NoError(t, err)
	require.Len(t, batched.Events, ItemsMax)
	source := newSource(from.Resource().Attributes())
	require.LessOrEqual(t, len(source.service), nameBytesMax)
	for name, value := range source.told {
		require.LessOrEqual(t, len(value), nameBytesMax, name)
	}
}
