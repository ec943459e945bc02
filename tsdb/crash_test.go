package tsdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// childEnv tells the test binary to be another process: see TestMain.
const childEnv = "FLOWWATCH_TSDB_CHILD"

// TestMain lets tests start this binary again as a second process, which may be killed or have limits of its own.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		m.Run()
	case "write":
		exitOn(writeUntilKilled(os.Args[1]))
	case "full":
		exitOn(sealWithoutRoom(os.Args[1]))
	default:
		exitOn(fmt.Errorf("no role %q", os.Getenv(childEnv)))
	}
}

// exitOn ends the process with the error, and not with a success, if there is one.
func exitOn(err error) {
	if err != nil {
		panic(err)
	}
}

func childCommand(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(binary, path)
	cmd.Env = append(os.Environ(), childEnv+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// childStore opens what a house at the path has. Days are quiet at once.
func childStore(path string) (*kv.DB, *DB, Scope, error) {
	store, err := kv.Open(path, kv.Options{})
	if err != nil {
		return nil, nil, Scope{}, err
	}
	clock := time.Now()
	now := func() time.Time {
		clock = clock.Add(sealQuiet)
		return clock
	}
	db, err := Open(store, Options{Now: now, Segments: filepath.Join(filepath.Dir(path), "segments")})
	if err != nil {
		return nil, nil, Scope{}, err
	}
	s, err := store.Scope("office")
	return store, db, db.Scope(s), err
}

// crashPoint is the point of a number: any of a few days, and of each third number one that comes days late. Every seventh is moved from another day.
func crashPoint(n int) (at, from int64) {
	at = int64(n%3)*dayMs + int64(n%86_400)*1000
	return at, at + 4*dayMs
}

// writeUntilKilled prints each number whose batch is committed, and seals all the time. Both go on from what they find.
func writeUntilKilled(path string) error {
	store, db, s, err := childStore(path)
	if err != nil {
		return err
	}
	l, err := NewLabels("m")
	if err != nil {
		return err
	}
	found, err := s.Points(atMin, atMax)
	if err != nil {
		return err
	}
	n := 0
	for _, of := range found {
		for _, p := range of.Points {
			n = max(n, int(p.Value))
		}
	}
	write := func(fill func(b *Batch) error) error {
		var b Batch
		if err := fill(&b); err != nil {
			return err
		}
		return store.Update(func(tx *kv.Tx) error { return applyAll(tx, s, &b) })
	}
	place := func() error {
		at, before := crashPoint(n)
		return write(func(b *Batch) error {
			return errors.Join(b.Delete(l, PointID(n), before), b.Put(l, PointID(n), Point{At: at, Value: float64(n)}))
		})
	}
	if n > 0 { // the last one may have been on its way
		if err := place(); err != nil {
			return err
		}
	}
	for n++; ; n++ {
		if _, before := crashPoint(n); n%7 == 0 {
			if err := write(func(b *Batch) error { return b.Put(l, PointID(n), Point{At: before, Value: float64(n)}) }); err != nil {
				return err
			}
		}
		if err := place(); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, n)
		if n%5 == 0 {
			if err := db.Maintain(context.Background()); err != nil {
				return err
			}
		}
	}
}

// What was committed is there once, from entries and from segments, however often the process was killed while it wrote, folded and sealed.
func TestKilledStoreHasEachPointOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.close(t)
	answered := 0
	for round := range 6 {
		cmd := childCommand(t, "write", h.path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range 12 + 7*round {
			require.True(t, lines.Scan(), "the writer ended by itself")
			answered = max(answered, number(t, lines.Text()))
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() {
			answered = max(answered, number(t, lines.Text()))
		}
		require.Error(t, cmd.Wait())
		h.open(t)
		requireNumbers(t, h, answered)
		h.close(t)
	}
	h.now = h.now.AddDate(100, 0, 0) // Clocks of the writers ran ahead.
	h.open(t)
	requireNumbers(t, h, answered)
	h.quiet(t)
	requireNumbers(t, h, answered)
	open, err := h.scope.openDays()
	require.NoError(t, err)
	require.Empty(t, open)
}

func number(t *testing.T, text string) (n int) {
	t.Helper()
	_, err := fmt.Sscan(text, &n)
	require.NoError(t, err)
	return n
}

// requireNumbers asserts that the points 1 to at least answered are there, each once and where it belongs. The last may be on its way.
func requireNumbers(t *testing.T, h *house, answered int) {
	t.Helper()
	seen := map[int]int64{}
	for _, p := range h.points(t, atMin, atMax, labels(t, "m")) {
		require.NotContains(t, seen, int(p.Value), "twice")
		seen[int(p.Value)] = p.At
	}
	require.GreaterOrEqual(t, len(seen), answered)
	for n := 1; n <= len(seen); n++ {
		at, before := crashPoint(n)
		if n == len(seen) && seen[n] == before {
			continue
		}
		require.Equal(t, at, seen[n], "point %d of %d, %d answered", n, len(seen), answered)
	}
	sums, err := h.scope.Summarize([]Labels{labels(t, "m")}, []int64{-dayMs, 100 * dayMs}, 50)
	require.NoError(t, err)
	require.EqualValues(t, len(seen), sums[0].Count)
	h.check(t)
	requireSizes(t, h)
}

// The database and the segments copied at different moments, as a backup tool or a restore does: segments that fit are used, others are built again.
func TestCopiesOfDifferentMomentsFitTogether(t *testing.T) {
	t.Parallel()
	w := newWalker(t, 8)
	for range 10 {
		w.change()
	}
	w.sealAll()
	old := t.TempDir()
	require.NoError(t, os.CopyFS(old, os.DirFS(w.segments())))
	for range 3 {
		w.change()
		w.sealAll()
	}
	w.close(t)
	for name, swap := range map[string]func(){
		"old segments": func() {
			require.NoError(t, os.RemoveAll(w.segments()))
			require.NoError(t, os.CopyFS(w.segments(), os.DirFS(old)))
		},
		"no segments": func() { require.NoError(t, os.RemoveAll(w.segments())) },
	} {
		swap()
		w.open(t)
		w.compare()
		w.now = w.now.Add(sealQuiet)
		_ = w.db.Maintain(t.Context()) // It is an error when the queries met a segment that is missing.
		w.requireSealed()
		require.NoError(t, w.db.Maintain(t.Context()), name)
		w.compare()
		w.close(t)
	}
	w.open(t)
}

// sealWithoutRoom seals where no file may be longer than a few KiB, which is as good as a full disk, and again when there is room.
func sealWithoutRoom(path string) error {
	store, _, s, err := childStore(path)
	if err != nil {
		return err
	}
	l, err := NewLabels("m")
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	err = store.Update(func(tx *kv.Tx) error {
		var b Batch
		for i := range 10_000 {
			if err := b.Put(l, PointID(i), Point{At: rng.Int64N(dayMs), Value: rng.Float64()}); err != nil {
				return err
			}
		}
		return applyAll(tx, s, &b)
	})
	if err == nil {
		err = s.Fold(context.Background(), 0)
	}
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for _, room := range []uint64{0, 100, 4096, 150_000} {
		low := syscall.Rlimit{Cur: room, Max: limit.Max}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &low); err != nil {
			return err
		}
		err := s.Seal(context.Background(), 0)
		if again := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); again != nil {
			return again
		}
		fmt.Fprintf(os.Stdout, "%d: %q\n", room, fmt.Sprint(err))
	}
	if err := s.Seal(context.Background(), 0); err != nil {
		return err
	}
	return store.Close()
}

func TestSealingWithoutRoomLeavesNothingAndGoesOn(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.close(t)
	cmd := childCommand(t, "full", h.path)
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, lines, 4)
	for _, line := range lines {
		require.Contains(t, line, "seal day 1970-01-01", "each is said")
	}
	h.open(t)
	files := 0
	require.NoError(t, filepath.WalkDir(h.segments(), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
		}
		return err
	}))
	require.Equal(t, 2, files, "only the one that had room")
	require.True(t, h.servedBySegment(t, 0))
	require.Len(t, h.points(t, 0, dayMs, l), 10_000)
}
