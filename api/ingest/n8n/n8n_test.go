package n8n

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/fault"
)

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, name := range ingesttest.Inputs(t) {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		instance, media := "", "application/json"
		if filepath.Base(name) == "error-workflow.json" {
			instance = "biuro"
		}
		if filepath.Ext(name) == ".ndjson" {
			media = "application/x-ndjson"
		}
		batch, err := Decode(ingest.NewCodec(), body, media, instance, ingesttest.Now)
		require.NoError(t, err)
		ingesttest.Golden(t, name, &batch)
	}
}

func TestOnlyJSONIsRead(t *testing.T) {
	t.Parallel()
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", ";"} {
		_, err := Decode(ingest.NewCodec(), []byte(`{}`), media, "", ingesttest.Now)
		require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
	}
}

// FuzzDecode: whatever is sent harms no neighbour, and what comes out of it is sound.
func FuzzDecode(f *testing.F) {
	for _, name := range ingesttest.Inputs(f) {
		body, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(body)
	}
	codec := ingest.NewCodec()
	good := []byte(`{"execution":{"id":"good"},"workflow":{"id":"w"}}`)
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			return
		}
		batch, err := Decode(codec, slices.Concat(good, []byte("\n"), body, []byte("\n"), good), "application/x-ndjson", "a", ingesttest.Now)
		if err != nil {
			require.Equal(t, "too_many_events", fault.Of(err).Code)
			return
		}
		ingesttest.Sound(t, &batch)
		require.Equal(t, "n8n:a:good", batch.Events[0].ExecutionID)
		require.Equal(t, "n8n:a:good", batch.Events[len(batch.Events)-1].ExecutionID)
	})
}
