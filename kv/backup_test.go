package kv

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A hot copy (B-84) is one committed state, between what was committed before and after it was made.
func TestBackupWhileWritingIsConsistent(t *testing.T) {
	t.Parallel()
	c, j := docs(), NewJournal("journal")
	db := testDB(t, c, j)
	s := scope(t, db, "office")
	var stop atomic.Bool
	var committed atomic.Uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := uint64(1); !stop.Load(); n++ {
			err := db.Update(func(tx *Tx) error {
				d := doc{ID: fmt.Sprint(n % 50), Time: int64(n % 50), State: byte(n), Pad: int(n % 2000)}
				return errors.Join(c.Put(tx, s, &d), j.Append(tx, s, n, n, []byte("block")))
			})
			if err != nil {
				t.Error(err)
				return
			}
			committed.Store(n)
		}
	})
	for range 5 {
		from := committed.Load()
		require.Eventually(t, func() bool { return committed.Load() > from+20 }, waitMax, pollEvery)
		least := committed.Load()
		seen := uint64(0)
		path := copyTo(t, db, func(tx *Tx) error {
			_, seen, _ = j.Last(tx, s)
			return nil
		})
		most := committed.Load() + 1
		restored, err := Open(path, Options{})
		require.NoError(t, err)
		require.NoError(t, restored.Check(func(p string) { t.Error(p) }, c, j))
		require.Equal(t, db.Epoch(), restored.Epoch())
		require.NoError(t, restored.View(func(tx *Tx) error {
			_, last, ok := j.Last(tx, s)
			require.True(t, ok)
			require.Equal(t, seen, last, "who looks sees what is copied")
			require.GreaterOrEqual(t, last, least)
			require.LessOrEqual(t, last, most)
			return nil
		}))
		require.NoError(t, restored.Close())
	}
	stop.Store(true)
	wg.Wait()
	files, err := os.ReadDir(filepath.Dir(db.Path()))
	require.NoError(t, err)
	require.Len(t, files, 1, "no temporary file stays")
}

// A backup must be possible where there is no room beside the database, such as on a full disk.
func TestBackupFindsRoomElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	db, err := Open(filepath.Join(dir, "x.db"), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, os.Rename(dir, dir+" moved")) // Nothing can be made in it now.
	restored, err := Open(copyTo(t, db, nil), Options{})
	require.NoError(t, err)
	require.Equal(t, db.Epoch(), restored.Epoch())
	require.NoError(t, restored.Close())
}

// copyTo copies db to a new file.
func copyTo(t *testing.T, db *DB, look func(*Tx) error) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, copyOf(t, db, look), fileMode))
	return path
}

// copyOf copies db, and holds the copy to what it says of itself.
func copyOf(t *testing.T, db *DB, look func(*Tx) error) []byte {
	t.Helper()
	c, err := db.Copy(look)
	require.NoError(t, err)
	require.Zero(t, db.bolt.Load().Stats().OpenTxN, "a slow reader of the copy holds no transaction")
	var copied bytes.Buffer
	for range 2 { // it can be read again
		copied.Reset()
		n, err := c.WriteTo(&copied)
		require.NoError(t, err)
		require.EqualValues(t, copied.Len(), n)
	}
	require.NoError(t, c.Close())
	require.EqualValues(t, copied.Len(), c.SizeBytes)
	require.Equal(t, sha256.Sum256(copied.Bytes()), c.SHA256)
	require.Equal(t, db.Epoch(), c.Epoch)
	require.Equal(t, LayoutVersion, c.Layout)
	return copied.Bytes()
}

func TestACopyThatCannotBeMadeLeavesNothing(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	gone := errors.New("gone")
	_, err := db.Copy(func(*Tx) error { return gone })
	require.ErrorIs(t, err, gone)
	require.Zero(t, db.bolt.Load().Stats().OpenTxN)
	files, err := os.ReadDir(filepath.Dir(db.Path()))
	require.NoError(t, err)
	require.Len(t, files, 1)

	require.ErrorIs(t, requireRoom(t.TempDir(), math.MaxInt64), ErrFull, "no disk has this room")
	require.NoError(t, requireRoom(t.TempDir(), 1))
	_, known := FreeBytes(filepath.Join(t.TempDir(), "missing"))
	require.False(t, known)
}
