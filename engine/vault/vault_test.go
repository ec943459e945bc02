package vault

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASealedSecretOpensUnderItsNameOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "flowwatch.key")
	v := New(path)
	_, err := v.Open("a/b", make([]byte, 40))
	require.ErrorIs(t, err, ErrMissing, "nothing was sealed yet")
	require.NoFileExists(t, path, "opening makes no key")
	sealed, err := v.Seal("a/b", []byte("tajne"))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "tajne")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got, err := New(path).Open("a/b", sealed)
	require.NoError(t, err)
	require.Equal(t, "tajne", string(got))
	_, err = v.Open("c/b", sealed)
	require.ErrorIs(t, err, ErrMissing)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestAnyFlippedBitAndAnyCutAreMissing(t *testing.T) {
	t.Parallel()
	v := New("")
	sealed, err := v.Seal("a", []byte("tajne"))
	require.NoError(t, err)
	for i := range len(sealed) * 8 {
		flipped := append([]byte(nil), sealed...)
		flipped[i/8] ^= 1 << (i % 8)
		_, err := v.Open("a", flipped)
		require.ErrorIs(t, err, ErrMissing)
	}
	for n := range sealed {
		_, err := v.Open("a", sealed[:n])
		require.ErrorIs(t, err, ErrMissing)
	}
}

func TestALostBrokenOrForeignKeyIsMissingAndNotReplacedWhenBroken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "flowwatch.key")
	sealed, err := New(path).Seal("a", []byte("tajne"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("broken"), 0o600))
	_, err = New(path).Open("a", sealed)
	require.ErrorIs(t, err, ErrMissing)
	_, err = New(path).Seal("a", []byte("more"))
	require.Error(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "broken", string(text))
	require.NoError(t, os.Remove(path))
	_, err = New(path).Open("a", sealed)
	require.ErrorIs(t, err, ErrMissing)
	_, err = New(path).Seal("a", []byte("more"))
	require.NoError(t, err)
	_, err = New(path).Open("a", sealed)
	require.ErrorIs(t, err, ErrMissing, "another key")
}
