package otlp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
)

// spanText is a span in JSON that tells of a run of its own.
func spanText(trace string) string {
	return fmt.Sprintf(`{"traceId":%q,"spanId":"00000000000000a1","name":"jpk","startTimeUnixNano":"1795424400000000000","endTimeUnixNano":"1795424401000000000"}`, trace)
}

func tracesOf(spans ...string) string {
	return `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"biuro"}}]},"scopeSpans":[{"spans":[` +
		strings.Join(spans, ",") + `]}]}]}`
}

const soundTrace = "5b8efff798038103d269b633813fc60c"

// A malformed item never costs its neighbours.
func TestASpanThatCannotBeDecodedCostsNoOther(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	other := strings.ToUpper(soundTrace)[:31] + "0"
	for _, broken := range []string{spanText("xyz"), spanText("5b8e"), `{"traceId":7}`, `{"endTimeUnixNano":"soon"}`, `"span"`, `{"attributes":{}}`} {
		batch, err := DecodeTraces(codec, []byte(tracesOf(spanText(soundTrace), broken, spanText(other))), jsonMedia, now)
		require.NoError(t, err, broken)
		require.Equal(t, []ingest.Rejection{{Index: 1, Code: ingest.CodeInvalidField, Message: "the span cannot be decoded"}}, batch.Rejected, broken)
		require.Len(t, batch.Events, 2)
		require.Equal(t, []int{0, 2}, batch.Positions)
		require.Equal(t, "otlp:biuro:jpk", batch.Events[0].WorkflowID, "with its resource")
		_, err = DecodeTraces(codec, []byte(tracesOf(broken, broken)), jsonMedia, now)
		require.Error(t, err, "nothing of it can be decoded")
	}
}

func TestAResourceThatCannotBeDecodedCostsItsOwnSpansOnly(t *testing.T) {
	t.Parallel()
	unsound := `{"resource":{"attributes":7},"scopeSpans":[{"spans":[` + spanText(soundTrace) + `,` + spanText(soundTrace) + `]}]}`
	sound := strings.TrimSuffix(strings.TrimPrefix(tracesOf(spanText(soundTrace)), `{"resourceSpans":[`), `]}`)
	batch, err := DecodeTraces(ingest.NewCodec(), []byte(`{"resourceSpans":[`+unsound+`,`+sound+`]}`), jsonMedia, now)
	require.NoError(t, err)
	require.Len(t, batch.Rejected, 2)
	require.Equal(t, []int{2}, batch.Positions)
}

func TestASpanOfProtobufThatCannotBeDecodedCostsNoOther(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	sound := inputs(t)["testdata/n8n-1-four-runs-one-waiting.pb"]
	require.NotEmpty(t, sound)
	whole, err := DecodeTraces(codec, sound, MediaType, now)
	require.NoError(t, err)
	unsound := protobufRequest(nil, fieldIf(nil, 1, []byte("7 bytes")))
	batch, err := DecodeTraces(codec, append(append([]byte{}, unsound...), sound...), MediaType, now)
	require.NoError(t, err)
	require.Equal(t, []ingest.Rejection{{Index: 0, Code: ingest.CodeInvalidField, Message: "the span cannot be decoded"}}, batch.Rejected)
	require.Equal(t, whole.Events, batch.Events)
}

// What is taken apart without need gives what it gives as a whole.
func TestPiecesAreTheWhole(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	for name, body := range inputs(t) {
		protobuf := mediaOf(name) == MediaType
		traces, broken, err := salvageTraces(body, protobuf)
		if err != nil {
			continue // of metrics
		}
		require.Empty(t, broken, name)
		want, err := DecodeTraces(codec, body, mediaOf(name), now)
		require.NoError(t, err, name)
		require.Equal(t, want, translate(codec, traces, nil, now), name)
	}
}

func TestAMetricThatCannotBeDecodedCostsNoOther(t *testing.T) {
	t.Parallel()
	const gauge = `{"name":"queue.depth","gauge":{"dataPoints":[{"asDouble":3,"timeUnixNano":"1795424400000000000"}]}}`
	body := `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","gauge":{"dataPoints":[{"asDouble":"many"}]}},` + gauge + `]}]}]}`
	batch, err := DecodeMetrics([]byte(body), jsonMedia, now)
	require.NoError(t, err)
	require.Equal(t, []ingest.Rejection{{Index: 0, Code: ingest.CodeInvalidField, Message: "a metric cannot be decoded"}}, batch.Rejected)
	require.Len(t, batch.Samples, 1)
	require.Equal(t, []int{1}, batch.Positions)
}
