package remotewrite

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/engine/fault"
)

// request is a body as Prometheus itself writes it.
func request(t testing.TB, series ...prompb.TimeSeries) []byte {
	t.Helper()
	body, err := (&prompb.WriteRequest{
		Timeseries: series, Metadata: []prompb.MetricMetadata{{Type: prompb.MetricMetadata_COUNTER, MetricFamilyName: "up", Help: "nobody reads it"}},
	}).Marshal()
	require.NoError(t, err)
	return snappy.Encode(nil, body)
}

func series(pairs []string, samples ...prompb.Sample) prompb.TimeSeries {
	s := prompb.TimeSeries{Samples: samples}
	for i := 0; i < len(pairs); i += 2 {
		s.Labels = append(s.Labels, prompb.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return s
}

func TestRequestsOfPrometheusAreRead(t *testing.T) {
	t.Parallel()
	withMore := series([]string{"__name__", "latency"}, prompb.Sample{Value: 1, Timestamp: 5})
	withMore.Exemplars = []prompb.Exemplar{{Value: 1, Timestamp: 5}}
	withMore.Histograms = []prompb.Histogram{{Timestamp: 5}, {Timestamp: 6}}
	got, err := Decode(request(t,
		series([]string{"__name__", "up", "job", "żółw"}, prompb.Sample{Value: 1.5, Timestamp: 1_700_000_000_123}, prompb.Sample{Value: math.Float64frombits(value.StaleNaN), Timestamp: -1}),
		withMore, series(nil)))
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Equal(t, []string{"__name__", "up", "job", "żółw"}, got[0].Pairs)
	require.Equal(t, Sample{At: 1_700_000_000_123, Value: 1.5}, got[0].Samples[0])
	require.EqualValues(t, -1, got[0].Samples[1].At)
	require.True(t, value.IsStaleNaN(got[0].Samples[1].Value), "the bits of the mark are kept")
	require.Equal(t, 2, got[1].Histograms)
	require.Len(t, got[1].Samples, 1)
	require.Empty(t, got[2].Pairs)
	got, err = Decode(request(t))
	require.NoError(t, err)
	require.Empty(t, got)

	one, err := Decode(request(t, series([]string{"a", "1"}, prompb.Sample{Value: 1}), series([]string{"a", "1"}, prompb.Sample{Value: 2}), series([]string{"a", "2"})))
	require.NoError(t, err)
	require.Equal(t, one[0].Identity, one[1].Identity)
	require.NotEqual(t, one[0].Identity, one[2].Identity)
}

func TestWhatIsNoRequestIsRefusedWhole(t *testing.T) {
	t.Parallel()
	many := make([]prompb.Sample, samplesMax+1)
	empty := bytes.Repeat([]byte{0x0A, 0}, seriesMax+1)
	labels := append([]byte{0x0A, 0xC2, 0x84, 0x3D}, bytes.Repeat([]byte{0x0A, 0}, labelsMax+1)...)
	for name, c := range map[string]struct {
		body []byte
		kind fault.Kind
	}{
		"no snappy":       {[]byte("up 1"), fault.Malformed},
		"nothing":         {nil, fault.Malformed},
		"no protobuf":     {snappy.Encode(nil, []byte("up 1")), fault.Malformed},
		"cut":             {snappy.Encode(nil, []byte{0x0A, 5, 1}), fault.Malformed},
		"not UTF-8":       {request(t, series([]string{"a", "\xff"})), fault.Malformed},
		"a bomb":          {snappy.Encode(nil, make([]byte, ingest.BodyBytesMax+1)), fault.TooLarge},
		"a length alone":  {[]byte{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, fault.TooLarge},
		"many samples":    {request(t, series([]string{"a", "b"}, many...)), fault.TooLarge},
		"many series":     {snappy.Encode(nil, empty), fault.TooLarge},
		"labels no end":   {snappy.Encode(nil, labels), fault.TooLarge},
		"an end of group": {snappy.Encode(nil, []byte{0x0C}), fault.Malformed},
	} {
		_, err := Decode(c.body)
		require.Error(t, err, name)
		require.Equal(t, c.kind, fault.Of(err).Kind, "%s: %v", name, err)
	}
}

func TestSendersOfOtherVersionsAreToldWhatIsTaken(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"application/x-protobuf", "application/x-protobuf;proto=prometheus.WriteRequest"} {
		require.NoError(t, CheckHeaders(good, "snappy"))
		require.NoError(t, CheckHeaders(good, ""))
	}
	for _, bad := range [][2]string{
		{"application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy"}, {"application/json", ""}, {"", "snappy"}, {"application/x-protobuf", "gzip"},
	} {
		require.Equal(t, fault.Unsupported, fault.Of(CheckHeaders(bad[0], bad[1])).Kind, bad)
	}
}

// FuzzDecode holds the reader to Prometheus' own: what that takes is read to the same series. Ours leaves out what it needs not know, and takes no text
// that is not UTF-8.
func FuzzDecode(f *testing.F) {
	plain := func(body []byte) []byte {
		text, err := snappy.Decode(nil, body)
		require.NoError(f, err)
		return text
	}
	f.Add(plain(request(f, series([]string{"__name__", "up", "job", "x"}, prompb.Sample{Value: 1, Timestamp: 2}, prompb.Sample{Value: math.NaN(), Timestamp: -3}))))
	f.Add([]byte{0x0A, 2, 0x22, 0, 0x1A, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := Decode(snappy.Encode(nil, body))
		var want prompb.WriteRequest
		if want.Unmarshal(body) != nil {
			return // ours does not look into what it does not need
		}
		if err != nil {
			require.NotEqual(t, fault.Internal, fault.Of(err).Kind)
			return
		}
		require.Len(t, got, len(want.Timeseries))
		for i, s := range want.Timeseries {
			var pairs []string
			for _, l := range s.Labels {
				pairs = append(pairs, l.Name, l.Value)
			}
			require.Equal(t, fmt.Sprintf("%q", pairs), fmt.Sprintf("%q", got[i].Pairs))
			require.Len(t, got[i].Samples, len(s.Samples))
			for k, p := range s.Samples {
				require.Equal(t, p.Timestamp, got[i].Samples[k].At)
				require.Equal(t, math.Float64bits(p.Value), math.Float64bits(got[i].Samples[k].Value))
			}
			require.Equal(t, len(s.Histograms), got[i].Histograms)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	all := make([]prompb.TimeSeries, 2_000)
	for i := range all {
		all[i] = series([]string{"__name__", "http_requests_total", "instance", "127.0.0.1:9090", "job", "prometheus", "handler", fmt.Sprintf("/api/%d", i)},
			prompb.Sample{Value: float64(i), Timestamp: 1_700_000_000_000})
	}
	body := request(b, all...)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := Decode(body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "samples/s")
}
