package kv

import (
	"bytes"
	"errors"
	"fmt"
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
		var copied bytes.Buffer
		n, err := db.Backup(&copied)
		most := committed.Load() + 1
		require.NoError(t, err)
		require.EqualValues(t, copied.Len(), n)
		path := filepath.Join(t.TempDir(), "copy.db")
		require.NoError(t, os.WriteFile(path, copied.Bytes(), fileMode))
		restored, err := Open(path, Options{})
		require.NoError(t, err)
		require.NoError(t, restored.Check(func(p string) { t.Error(p) }, c, j))
		require.Equal(t, db.Epoch(), restored.Epoch())
		require.NoError(t, restored.View(func(tx *Tx) error {
			_, last, ok := j.Last(tx, s)
			require.True(t, ok)
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
	var copied bytes.Buffer
	n, err := db.Backup(&copied)
	require.NoError(t, err)
	require.EqualValues(t, copied.Len(), n)
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, copied.Bytes(), fileMode))
	restored, err := Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, db.Epoch(), restored.Epoch())
	require.NoError(t, restored.Close())
}

// writerFunc is a writer made of a function.
type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

func TestBackupToASlowReaderHoldsNoTransaction(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	_, err := db.Backup(writerFunc(func(p []byte) (int, error) {
		require.Zero(t, db.bolt.Load().Stats().OpenTxN)
		return len(p), nil
	}))
	require.NoError(t, err)
	gone := errors.New("gone")
	_, err = db.Backup(writerFunc(func([]byte) (int, error) { return 0, gone }))
	require.ErrorIs(t, err, gone)
}
