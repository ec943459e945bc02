package access

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

func BenchmarkAuthenticate(b *testing.B) {
	db, err := kv.Open(filepath.Join(b.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(b, err)
	defer db.Close()
	store, err := NewStore(db, nil)
	require.NoError(b, err)
	_, secret, err := store.CreateToken(audit.System(), TokenInput{
		Name: "t", OrganizationID: store.Organizations()[0].ID, Roles: []Role{Viewer},
	})
	require.NoError(b, err)
	wrong := secret + "x"
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := store.Authenticate(secret); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := store.Authenticate(wrong); err == nil {
				b.Fatal("accepted")
			}
		}
	})
}
