package engine

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

// BenchmarkHide measures what masking adds to an event before it is queued, beside all other work on it.
func BenchmarkHide(b *testing.B) {
	db, err := kv.Open(filepath.Join(b.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(b, err)
	e, err := Open(Options{DB: db, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
	require.NoError(b, err)
	bare := queued("run-1", "jpk-v7", 0, forClient("K-1"))
	described := bare
	described.Metadata = []byte(`{"period":"2026-11","externalId":"n8n:biuro:231","source":"n8n","rows":128,"operator":"ksef"}`)
	failed := bare
	failed.Error = &execution.ErrorInfo{Code: "TIMEOUT", Message: "Przekroczono limit czasu połączenia z bramką (próba 3)"}
	for name, event := range map[string]execution.Event{"bare": bare, "metadata": described, "error": failed} {
		for keys, rules := range map[string]*mask.Rules{"none": nil, "own": mask.NewRules([]string{"kontrahent", "Nr sprawy"})} {
			c := tenant.newCapture()
			state := *c.settings
			state.rules = rules
			c.settings = &state
			b.Run(fmt.Sprintf("hide/%s/%s", name, keys), func(b *testing.B) {
				for b.Loop() {
					one := event
					c.hide(&one)
				}
			})
		}
		b.Run("pack/"+name, func(b *testing.B) {
			events := []execution.Event{event}
			for b.Loop() {
				tenant.pack(events)
			}
		})
	}
	require.NoError(b, e.Close())
	require.NoError(b, db.Close())
}
