package openlineage

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/fault"
)

func mediaOf(name string) string {
	if strings.HasSuffix(name, ".ndjson") {
		return "application/x-ndjson"
	}
	return "application/json; charset=utf-8"
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, name := range ingesttest.Inputs(t) {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		batch, err := Decode(ingest.NewCodec(), body, mediaOf(name), ingesttest.Now)
		require.NoError(t, err)
		ingesttest.Golden(t, name, &batch)
	}
}

// The same event of the same run is one event, whoever asks to send it again.
func TestRepeatedEventsAreTheSame(t *testing.T) {
	t.Parallel()
	const one = `{"eventType":"START","eventTime":"2026-11-23T11:00:00Z","run":{"runId":"r"},"job":{"namespace":"n","name":"j"}}`
	batch, err := Decode(ingest.NewCodec(), []byte("["+one+","+one+","+strings.Replace(one, "START", "COMPLETE", 1)+"]"), "", ingesttest.Now)
	require.NoError(t, err)
	require.Equal(t, batch.Events[0], batch.Events[1])
	require.NotEqual(t, batch.Events[0].ID, batch.Events[2].ID)
	_, err = Decode(ingest.NewCodec(), []byte(one), "text/plain", ingesttest.Now)
	require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
}

// FuzzDecode: whatever is sent harms no neighbour, and what comes out of it is sound.
func FuzzDecode(f *testing.F) {
	for _, name := range ingesttest.Inputs(f) {
		body, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(body)
	}
	codec := ingest.NewCodec()
	good := []byte(`{"eventType":"START","eventTime":"2026-11-23T11:00:00Z","run":{"runId":"good"},"job":{"namespace":"n","name":"j"}}`)
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return
		}
		batch, err := Decode(codec, slices.Concat(good, []byte("\n"), body, []byte("\n"), good), "application/x-ndjson", ingesttest.Now)
		if err != nil {
			require.Equal(t, "too_many_events", fault.Of(err).Code)
			return
		}
		ingesttest.Sound(t, &batch)
		require.Equal(t, "openlineage:good", batch.Events[0].ExecutionID)
		require.Equal(t, "openlineage:good", batch.Events[len(batch.Events)-1].ExecutionID)
	})
}
