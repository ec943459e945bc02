package otlp

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const metricsFile = "testdata/metrics/request.json"

// metricsIn is the request of the file in both encodings.
func metricsIn(t testing.TB) (text, protobuf []byte) {
	t.Helper()
	text, err := os.ReadFile(metricsFile)
	require.NoError(t, err)
	metrics, err := new(pmetric.JSONUnmarshaler).UnmarshalMetrics(text)
	require.NoError(t, err)
	protobuf, err = new(pmetric.ProtoMarshaler).MarshalMetrics(metrics)
	require.NoError(t, err)
	return text, protobuf
}

// Gauges, and sums that go up and down, are samples, by the names that are known here; the rest is rejected, each with its reason.
func TestGaugesAreSamples(t *testing.T) {
	t.Parallel()
	text, protobuf := metricsIn(t)
	for media, body := range map[string][]byte{jsonMedia: text, MediaType: protobuf} {
		batch, err := DecodeMetrics(body, media, now)
		require.NoError(t, err)
		at := execution.At(time.Unix(1_795_452_000, 0))
		sample := func(metric string, value float64, tags ...string) ingest.Sample {
			s := ingest.Sample{Metric: metric, Value: value, Timestamp: at, Tags: map[string]string{"service": "silnik"}}
			for i := 0; i < len(tags); i += 2 {
				s.Tags[tags[i]] = tags[i+1]
			}
			return s
		}
		require.Equal(t, []ingest.Sample{
			sample("kolejka_vat", 7, "priority", "wysoki", "shard_no", "3"), sample("cpu.usage_percent", 25), sample("memory.used_mb", 100),
			sample("db.active_connections", 4, "db.client.connection.state", "used"), sample("db.client.connection.count", 6, "db.client.connection.state", "idle"),
		}, batch.Samples, media)
		require.Equal(t, []int{0, 3, 4, 5, 6}, batch.Positions)
		var why []string
		for _, r := range batch.Rejected {
			why = append(why, fmt.Sprint(r.Index, " ", r.Code, " ", r.Message))
		}
		require.Equal(t, []string{
			"1 invalid_field Kolejka/VAT: value must be a finite number", "7 invalid_field queue.depth: queue.depth cannot be negative",
			"8 unsupported_metric runs: a counter only grows, or tells of changes", "9 unsupported_metric runs: a counter only grows, or tells of changes",
			"10 unsupported_metric changes: a counter only grows, or tells of changes",
			"11 unsupported_metric cicd.pipeline.run.duration: a histogram is no gauge", "12 unsupported_metric quantiles: a summary is no gauge",
			"13 invalid_field 1bad: the name of the metric must begin with a letter",
		}, why, media)
	}
}

func TestManyPointsAreTakenAsFarAsSamplesAre(t *testing.T) {
	t.Parallel()
	metrics := pmetric.NewMetrics()
	metric := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName("a")
	points := metric.SetEmptyGauge().DataPoints()
	for range ingest.SamplesMax + 1 {
		points.AppendEmpty().SetIntValue(1)
	}
	body, err := new(pmetric.ProtoMarshaler).MarshalMetrics(metrics)
	require.NoError(t, err)
	batch, err := DecodeMetrics(body, MediaType, now)
	require.NoError(t, err)
	require.Len(t, batch.Samples, ingest.SamplesMax)
	require.Len(t, batch.Rejected, 1)
	for range ItemsMax {
		points.AppendEmpty()
	}
	body, err = new(pmetric.ProtoMarshaler).MarshalMetrics(metrics)
	require.NoError(t, err)
	_, err = DecodeMetrics(body, MediaType, now)
	require.Equal(t, "too_many_items", fault.Of(err).Code)
}

// FuzzDecodeMetrics: whatever is sent, samples are those that the engine takes.
func FuzzDecodeMetrics(f *testing.F) {
	text, protobuf := metricsIn(f)
	f.Add(text, false)
	f.Add(protobuf, true)
	f.Fuzz(func(t *testing.T, body []byte, inProtobuf bool) {
		media := jsonMedia
		if inProtobuf {
			media = MediaType
		}
		batch, err := DecodeMetrics(body, media, now)
		if err != nil {
			require.NotEqual(t, fault.Internal, fault.Of(err).Kind)
			return
		}
		require.Len(t, batch.Positions, len(batch.Samples))
		for _, s := range batch.Samples {
			_, why := ingest.NewSample(s.Metric, s.Value, 0, s.Tags, now)
			require.Empty(t, why)
			for name, value := range s.Tags {
				require.True(t, ingest.ValidID(name), name)
				require.True(t, ingest.ValidName(value, ingest.TagRunesMax), value)
			}
		}
	})
}
