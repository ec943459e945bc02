package migrations

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"flowwatch/kv"

	"github.com/stretchr/testify/require"
)

// childEnv tells the test binary to be another process, which is killed in the middle of a migration.
const childEnv = "FLOWWATCH_MIGRATIONS_CHILD"

// TestMain lets a test start this binary again.
func TestMain(m *testing.M) {
	path := os.Getenv(childEnv)
	if path == "" {
		m.Run()
		return
	}
	if err := migrateUntilKilled(path); err != nil {
		panic(err)
	}
}

func TestLayoutsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, layouts)
	for i, m := range layouts {
		require.Equal(t, first+i, m.to)
		require.NotEmpty(t, m.what)
		require.Equal(t, m.to == first, m.change == nil, "every layout but the first comes from the one before")
	}
	require.Equal(t, kv.LayoutVersion, layouts[len(layouts)-1].to, "the last one is what kv writes")
}

// Every layout that a program ever wrote opens, comes up to date, passes check and gives its records, also at the second start.
func TestEveryLayoutStillOpens(t *testing.T) {
	t.Parallel()
	if *writeFixture {
		pack(t)
	}
	for _, m := range layouts {
		t.Run(fmt.Sprint("v", m.to), func(t *testing.T) {
			t.Parallel()
			path := unpack(t, m.to)
			db := open(t, path)
			require.Equal(t, m.to, db.Layout(), "the fixture is what its name says")
			require.NoError(t, Run(db))
			require.Equal(t, kv.LayoutVersion, db.Layout())
			requireFixture(t, db)
			commits := db.Stats().Commits
			require.NoError(t, Run(db))
			require.Equal(t, commits, db.Stats().Commits, "nothing is left to do")
			require.NoError(t, db.Close())
			db = open(t, path)
			require.NoError(t, Run(db))
			requireFixture(t, db)
			require.NoError(t, fillMore(db))
			require.NoError(t, db.Check(func(p string) { t.Error(p) }, notes(), journal()), "it goes on being written")
		})
	}
}

// fillMore goes on where fill ended.
func fillMore(db *kv.DB) error {
	s, err := db.Scope("a")
	if err != nil {
		return err
	}
	return db.Update(func(tx *kv.Tx) error {
		const next = blocks*numbersPer + 1
		return errors.Join(notes().Put(tx, s, newNote("a", notesPerScope)), journal().Append(tx, s, next, next, []byte("next")))
	})
}

// setLayout changes the layout's number in a closed file, and nothing else: the bytes behind its name in the meta bucket.
func setLayout(t *testing.T, path string, from, to uint32) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	stored := kv.AppendUint32([]byte("layout"), from)
	require.True(t, bytes.Contains(data, stored))
	data = bytes.ReplaceAll(data, stored, kv.AppendUint32([]byte("layout"), to))
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

func TestNewerLayoutIsRefused(t *testing.T) {
	t.Parallel()
	path := unpack(t, kv.LayoutVersion)
	setLayout(t, path, kv.LayoutVersion, kv.LayoutVersion+1)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = kv.Open(path, kv.Options{})
	require.ErrorIs(t, err, kv.ErrNewer)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "a newer database stays as it is")
}

func TestLayoutThatNobodyWroteIsRefused(t *testing.T) {
	t.Parallel()
	path := unpack(t, first)
	setLayout(t, path, first, first-1)
	db := open(t, path)
	require.ErrorIs(t, Run(db), kv.ErrCorrupt)
	require.Equal(t, first-1, db.Layout())
}

func TestNewDatabaseIsUpToDate(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "new.db"))
	commits := db.Stats().Commits
	require.NoError(t, Run(db))
	require.Equal(t, kv.LayoutVersion, db.Layout())
	require.Equal(t, commits, db.Stats().Commits)
}

// older returns the path of a fixture whose layout is, as far as its number tells, the one before the present one.
func older(t *testing.T) string {
	t.Helper()
	path := unpack(t, kv.LayoutVersion)
	setLayout(t, path, kv.LayoutVersion, kv.LayoutVersion-1)
	return path
}

// invented is a list whose last change marks every note of the office "a" and then does what then says.
func invented(s kv.Scope, then func() error) []migration {
	return []migration{
		{to: kv.LayoutVersion - 1, what: "before"},
		{to: kv.LayoutVersion, what: "mark every note", change: func(tx *kv.Tx) error {
			for _, n := range everyNote(tx, s) {
				n.Text = marked
				if err := notes().Put(tx, s, n); err != nil {
					return err
				}
			}
			return then()
		}},
	}
}

const marked = "marked"

func everyNote(tx *kv.Tx, s kv.Scope) (all []*note) {
	_ = notes().Scan(tx, s, kv.Span{}, func(_ []byte, n *note) (bool, error) { all = append(all, n); return true, nil })
	return all
}

func TestFailedMigrationChangesNothingAndCanBeRunAgain(t *testing.T) {
	t.Parallel()
	path, sorry := older(t), errors.New("sorry")
	db := open(t, path)
	s, err := db.Scope("a")
	require.NoError(t, err)
	err = run(db, invented(s, func() error { return sorry }))
	require.ErrorIs(t, err, sorry)
	require.ErrorContains(t, err, "mark every note")
	require.ErrorContains(t, err, fmt.Sprint("migrate to layout ", kv.LayoutVersion))
	require.Panics(t, func() { _ = run(db, invented(s, func() error { panic("oops") })) })
	require.Equal(t, kv.LayoutVersion-1, db.Layout())
	requireFixture(t, db)
	require.NoError(t, run(db, invented(s, func() error { return nil })))
	requireMarked(t, db)
}

func requireMarked(t *testing.T, db *kv.DB) {
	t.Helper()
	require.Equal(t, kv.LayoutVersion, db.Layout())
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, notes(), journal()))
	s, err := db.Scope("a")
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *kv.Tx) error {
		all := everyNote(tx, s)
		require.NotEmpty(t, all)
		for _, n := range all {
			require.Equal(t, marked, n.Text)
		}
		return nil
	}))
}

// migrateUntilKilled says when all changes are made but not committed, and waits.
func migrateUntilKilled(path string) error {
	db, err := kv.Open(path, kv.Options{})
	if err != nil {
		return err
	}
	s, err := db.Scope("a")
	if err != nil {
		return err
	}
	return run(db, invented(s, func() error {
		fmt.Fprintln(os.Stdout, "half")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}))
}

func TestKilledMigrationIsNotHalfDone(t *testing.T) {
	t.Parallel()
	path := older(t)
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(binary)
	cmd.Env, cmd.Stderr = append(os.Environ(), childEnv+"="+path), os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer in.Close()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "half\n", line)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	db := open(t, path)
	require.Equal(t, kv.LayoutVersion-1, db.Layout())
	requireFixture(t, db)
	s, err := db.Scope("a")
	require.NoError(t, err)
	require.NoError(t, run(db, invented(s, func() error { return nil })))
	requireMarked(t, db)
}
