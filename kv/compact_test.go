package kv

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// halfEmpty is a closed database most of which was deleted, and the hash of what is left.
func halfEmpty(t *testing.T) (path string, content []byte) {
	t.Helper()
	c, j := docs(), NewJournal("journal")
	path = filepath.Join(t.TempDir(), "x.db")
	db, err := Open(path, Options{})
	require.NoError(t, err)
	s := scope(t, db, "office")
	for round := range uint64(8) {
		require.NoError(t, db.Update(func(tx *Tx) (err error) {
			for i := range 500 {
				d := doc{ID: fmt.Sprint(round, "-", i), Time: int64(i), State: byte(i), Tags: []string{"a"}, Pad: 2000}
				err = errors.Join(err, c.Put(tx, s, &d))
			}
			return errors.Join(err, j.Append(tx, s, round+1, round+1, []byte("block")))
		}))
	}
	require.NoError(t, db.Update(func(tx *Tx) (err error) {
		for round := range 7 {
			for i := range 500 {
				err = errors.Join(err, c.Delete(tx, s, &doc{ID: fmt.Sprint(round, "-", i), Time: int64(i)}))
			}
		}
		return err
	}))
	content, err = db.contentHash()
	require.NoError(t, errors.Join(err, db.Close()))
	return path, content
}

// requireContent opens the database, checks it and compares what it holds.
func requireContent(t *testing.T, path string, content []byte) {
	t.Helper()
	db, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, docs(), NewJournal("journal")))
	now, err := db.contentHash()
	require.NoError(t, errors.Join(err, db.Close()))
	require.Equal(t, content, now)
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, 1, "what an attempt left is gone when the database is opened")
}

func checkParts(db *DB) error { return db.Check(nil, docs(), NewJournal("journal")) }

func TestCompactKeepsEverythingAndGivesRoomBack(t *testing.T) {
	t.Parallel()
	path, content := halfEmpty(t)
	sizes, err := Compact(path, Options{}, checkParts)
	require.NoError(t, err)
	require.Less(t, sizes.AfterBytes, sizes.BeforeBytes/3)
	require.Equal(t, fileBytes(path), sizes.AfterBytes)
	requireContent(t, path, content)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(whole), "0-17", "what was deleted is nowhere in the file (J11.1)")
	require.Contains(t, string(whole), "7-17")

	again, err := Compact(path, Options{}, nil)
	require.NoError(t, err)
	require.LessOrEqual(t, again.AfterBytes, sizes.AfterBytes)
	requireContent(t, path, content)
}

func TestCompactThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	path, content := halfEmpty(t)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	bad := errors.New("bad")
	_, err = Compact(path, Options{}, func(*DB) error { return bad })
	require.ErrorIs(t, err, bad)
	_, err = Compact(path, Options{}, func(db *DB) error { // what is written is not what was read
		return db.Update(func(tx *Tx) error { return docs().Put(tx, scope(t, db, "office"), &doc{ID: "new", Time: 1}) })
	})
	require.ErrorIs(t, err, ErrCorrupt)
	release := startHolder(t, path)
	_, err = Compact(path, Options{}, nil)
	require.ErrorIs(t, err, ErrLocked)
	release()
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after))
	requireContent(t, path, content)

	missing := filepath.Join(t.TempDir(), "missing.db")
	_, err = Compact(missing, Options{}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoFileExists(t, missing)
}

// Who waits for the lock, at either place where Open does, gets the new file, not the nameless old one, where all that is written would be
// lost.
func TestOpenWaitsForCompactAndGetsTheNewFile(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(path string) (*bbolt.DB, error){
		"Open": func(path string) (*bbolt.DB, error) {
			db, err := Open(path, Options{})
			if err != nil {
				return nil, err
			}
			return db.bolt.Load(), nil
		},
		"openBolt": func(path string) (*bbolt.DB, error) { return openBolt(path, Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, content := halfEmpty(t)
			var got *bbolt.DB
			var failed error
			done := make(chan struct{})
			_, err := Compact(path, Options{}, func(*DB) error {
				go func() {
					defer close(done)
					for failed = ErrLocked; errors.Is(failed, ErrLocked); {
						got, failed = open(path)
					}
				}()
				<-time.After(100 * time.Millisecond) // it waits in the system's call, which tells nobody
				return nil
			})
			require.NoError(t, err)
			<-done
			require.NoError(t, failed)
			require.NoError(t, got.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("new"))
				return err
			}))
			require.NoError(t, got.Close())
			db, err := Open(path, Options{})
			require.NoError(t, err)
			now, err := db.contentHash()
			require.NoError(t, errors.Join(err, db.Close()))
			require.NotEqual(t, content, now, "what was written is in the file of that name")
		})
	}
}

// compactUntilKilled compacts again and again.
func compactUntilKilled(path string) error {
	for {
		if _, err := Compact(path, Options{}, checkParts); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "compacted")
	}
}

const crashRoundsDefault = 8

// crashRounds is how often a child is killed; FLOWWATCH_CRASH_ROUNDS sets it.
func crashRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("FLOWWATCH_CRASH_ROUNDS")
	if text == "" {
		return crashRoundsDefault
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err)
	return rounds
}

// A compaction that is killed at any moment leaves the old file or the new one.
func TestCrashOfCompactLeavesOldOrNew(t *testing.T) {
	t.Parallel()
	path, content := halfEmpty(t)
	seen := map[bool]int{}
	for round := range crashRounds(t) {
		cmd := childCommand(t, "compact", path)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		<-time.After(rand.N(150 * time.Millisecond)) // any moment is right
		require.NoError(t, cmd.Process.Kill())
		require.EqualError(t, cmd.Wait(), "signal: killed", "round %d", round)
		_, err := os.Stat(path + compactingSuffix)
		seen[err == nil]++
		requireContent(t, path, content)
	}
	t.Logf("killed with a new file under way: %d, without: %d", seen[true], seen[false])
}
