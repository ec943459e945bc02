package kv

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// olderDB opens a new database whose layout is the one before LayoutVersion, as far as its number tells.
func olderDB(t *testing.T, path string) *DB {
	t.Helper()
	setMeta(t, path, layoutKey, AppendUint32(nil, LayoutVersion-1))
	db, err := Open(path, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.Equal(t, LayoutVersion-1, db.Layout())
	return db
}

func TestMigrateRaisesTheLayoutWithItsChange(t *testing.T) {
	t.Parallel()
	path, c := filepath.Join(t.TempDir(), "x.db"), docs()
	db := olderDB(t, path)
	s := scope(t, db, "office")
	require.NoError(t, db.Migrate(LayoutVersion, func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "moved"}) }))
	require.Equal(t, LayoutVersion, db.Layout())
	require.NoError(t, db.Close())
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, LayoutVersion, db.Layout())
	require.NoError(t, db.View(func(tx *Tx) error {
		_, err := c.Get(tx, scope(t, db, "office"), (&doc{ID: "moved"}).key())
		return err
	}))
	require.NoError(t, db.Close())
}

func TestFailedMigrationLeavesTheOldLayout(t *testing.T) {
	t.Parallel()
	path, c, sorry := filepath.Join(t.TempDir(), "x.db"), docs(), errors.New("sorry")
	db := olderDB(t, path)
	s := scope(t, db, "office")
	half := func(tx *Tx) error { return errors.Join(c.Put(tx, s, &doc{ID: "half"}), sorry) }
	require.ErrorIs(t, db.Migrate(LayoutVersion, half), sorry)
	require.Panics(t, func() { _ = db.Migrate(LayoutVersion, func(tx *Tx) error { _ = half(tx); panic("oops") }) })
	require.Equal(t, LayoutVersion-1, db.Layout())
	require.NoError(t, db.Close())
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, LayoutVersion-1, db.Layout())
	require.NoError(t, db.View(func(tx *Tx) error {
		require.Nil(t, tx.bolt.Bucket([]byte("doc")))
		return nil
	}))
	require.NoError(t, db.Close())
}

func TestMigrateTakesOneStepAtATime(t *testing.T) {
	t.Parallel()
	nothing := func(*Tx) error { return nil }
	misuse := func(from, to int) string {
		return fmt.Sprintf("BUG: migrate layout %d to %d of %d", from, to, LayoutVersion)
	}
	older := olderDB(t, filepath.Join(t.TempDir(), "x.db"))
	current := testDB(t)
	require.PanicsWithValue(t, misuse(LayoutVersion-1, LayoutVersion+1), func() { _ = older.Migrate(LayoutVersion+1, nothing) })
	require.PanicsWithValue(t, misuse(LayoutVersion-1, LayoutVersion-1), func() { _ = older.Migrate(LayoutVersion-1, nothing) })
	require.PanicsWithValue(t, misuse(LayoutVersion, LayoutVersion), func() { _ = current.Migrate(LayoutVersion, nothing) })
	require.PanicsWithValue(t, misuse(LayoutVersion, LayoutVersion+1), func() { _ = current.Migrate(LayoutVersion+1, nothing) })
}

// A power cut during the first start leaves a file with all of these or none: there is no file without its layout.
func TestLayoutIsInTheFileFromItsFirstCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.EqualValues(t, 1, db.Stats().Commits, "buckets, layout and epoch in one transaction")
	require.NoError(t, db.Close())
	b, err := bbolt.Open(path, fileMode, &bbolt.Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, b.View(func(bt *bbolt.Tx) error {
		meta := bt.Bucket(metaBucket)
		require.Equal(t, AppendUint32(nil, LayoutVersion), meta.Get(layoutKey))
		require.Len(t, meta.Get(epochKey), epochChars)
		require.Len(t, meta.Get(createdKey), 8)
		require.NotNil(t, bt.Bucket(scopesBucket))
		return nil
	}))
	require.NoError(t, b.Close())
}
