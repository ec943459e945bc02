package kv

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeUntilKilled prints each number when its record and block are committed, by one transaction or a shared one.
func writeUntilKilled(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	c, j := docs(), NewJournal("journal")
	s, err := db.Scope("office")
	if err != nil {
		return err
	}
	const writers = 4
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range errs {
		wg.Go(func() {
			for errs[w] == nil {
				n := uint64(0)
				errs[w] = db.Batch(func(tx *Tx) error {
					_, last, _ := j.Last(tx, s)
					n = last + 1
					d := doc{ID: fmt.Sprint(n), Time: int64(n), State: byte(n), Tags: []string{"a", "b"}, Pad: int(n % 3000)}
					return errors.Join(c.Put(tx, s, &d), j.Append(tx, s, n, n, []byte("block")))
				})
				fmt.Fprintln(os.Stdout, n)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func lastBlock(db *DB, j *Journal, s Scope) (last uint64, err error) {
	err = db.View(func(tx *Tx) error { _, last, _ = j.Last(tx, s); return nil })
	return last, err
}

// What was answered is there after the process was killed, and whatever else is there is whole.
func TestKilledWriterLosesNothingItAnswered(t *testing.T) {
	t.Parallel()
	path, answered := filepath.Join(t.TempDir(), "x.db"), uint64(0)
	for round := range 5 {
		cmd := childCommand(t, "write", path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range 40 + 17*round {
			require.True(t, lines.Scan(), "the writer ended by itself")
			answered = max(answered, requireNumber(t, lines.Text()))
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // What it said before it died counts too.
			answered = max(answered, requireNumber(t, lines.Text()))
		}
		require.Error(t, cmd.Wait())
		requireWhole(t, path, answered)
	}
}

func requireNumber(t *testing.T, text string) (n uint64) {
	t.Helper()
	_, err := fmt.Sscan(text, &n)
	require.NoError(t, err)
	return n
}

// requireWhole asserts that the records and blocks 1 to at least answered are there, one of each for a number, and sound.
func requireWhole(t *testing.T, path string, answered uint64) {
	t.Helper()
	c, j := docs(), NewJournal("journal")
	db, err := Open(path, Options{})
	require.NoError(t, err)
	s := scope(t, db, "office")
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c, j))
	last, err := lastBlock(db, j, s)
	require.NoError(t, err)
	require.GreaterOrEqual(t, last, answered)
	require.NoError(t, db.View(func(tx *Tx) error {
		n := uint64(0)
		c.ScanRaw(tx, s, Span{}, func(_, _ []byte) bool { n++; return true })
		require.Equal(t, last, n, "records")
		j.Since(tx, s, 0, func(first, _ uint64, _ []byte) bool { n--; return first == last-n })
		require.Zero(t, n, "blocks")
		return nil
	}))
	require.NoError(t, db.Close())
}
