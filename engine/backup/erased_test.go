package backup

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestListsOfErasuresAreMerged(t *testing.T) { // J11.3
	t.Parallel()
	f := func(known, more, want string) {
		t.Helper()
		dir := t.TempDir()
		target, source := filepath.Join(dir, "target"), filepath.Join(dir, "source")
		if known != "" {
			require.NoError(t, os.WriteFile(target, []byte(known), 0o600))
		}
		require.NoError(t, os.WriteFile(source, []byte(more), 0o600))
		for range 2 {
			require.NoError(t, MergeErased(target, source))
			got, err := os.ReadFile(target)
			if want == "" {
				require.ErrorIs(t, err, os.ErrNotExist)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		}
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.LessOrEqual(t, len(entries), 2)
	}
	f("", "a\nb\n", "a\nb\n")
	f("a\n", "a\nb\n", "a\nb\n")
	f("b", "a\n\nb\na", "b\na\n")
	f("a\n", "", "a\n")
	f("", "", "")
	dir := t.TempDir()
	require.NoError(t, MergeErased(filepath.Join(dir, "x"), filepath.Join(dir, "missing")))
	require.Error(t, MergeErased(filepath.Join(dir, "x"), dir))
}

func TestWhatIsErasedIsNotedBesideTheBackups(t *testing.T) { // J11.3
	t.Parallel()
	o := newOffice(t)
	o.options.Erased = filepath.Join(t.TempDir(), "erased.jsonl")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	require.NoError(t, os.WriteFile(o.options.Erased, []byte("one\n"), 0o600))
	go func() { defer close(done); o.Run(ctx) }()
	beside := folder(o.options.Dir).path(ErasedName)
	require.Eventually(t, func() bool {
		got, err := os.ReadFile(beside)
		return err == nil && string(got) == "one\n"
	}, 10*time.Second, 5*time.Millisecond)
	cancel()
	<-done
	require.NoError(t, os.WriteFile(o.options.Erased, []byte("one\ntwo\n"), 0o600))
	o.copyErased()
	got, err := os.ReadFile(beside)
	require.NoError(t, err)
	require.Equal(t, "one\ntwo\n", string(got))
}
