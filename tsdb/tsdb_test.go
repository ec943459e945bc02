package tsdb

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// house is a store with the scope of one organisation.
type house struct {
	path  string // of the database; segments lie beside it
	store *kv.DB
	db    *DB
	scope Scope
	now   time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{path: filepath.Join(t.TempDir(), "test.db"), now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	h.open(t)
	t.Cleanup(func() { h.close(t) })
	return h
}

func (h *house) open(t testing.TB) {
	t.Helper()
	var err error
	h.store, err = kv.Open(h.path, kv.Options{})
	require.NoError(t, err)
	h.db, err = Open(h.store, Options{Now: func() time.Time { return h.now }, Segments: h.segments()})
	require.NoError(t, err)
	s, err := h.store.Scope("office")
	require.NoError(t, err)
	h.scope = h.db.Scope(s)
}

func (h *house) segments() string { return filepath.Join(filepath.Dir(h.path), "segments") }

func (h *house) close(t testing.TB) {
	t.Helper()
	require.NoError(t, h.db.Close())
	require.NoError(t, h.store.Close())
}

// apply commits what fill puts into a batch.
func (h *house) apply(t testing.TB, fill func(b *Batch)) {
	t.Helper()
	var b Batch
	fill(&b)
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &b) }))
}

// applyAll is Apply where there is room for all.
func applyAll(tx *kv.Tx, s Scope, b *Batch) error {
	left, err := s.Apply(tx, b)
	if err == nil && left > 0 {
		err = ErrSeriesLimit
	}
	return err
}

func (h *house) put(t testing.TB, l Labels, id PointID, at int64, value float64) {
	t.Helper()
	h.apply(t, func(b *Batch) { require.NoError(t, b.Put(l, id, Point{At: at, Value: value})) })
}

// points returns those of one series.
func (h *house) points(t testing.TB, from, to int64, l Labels) []Point {
	t.Helper()
	found, err := h.scope.Points(from, to, exactly(l)...)
	require.NoError(t, err)
	if len(found) == 0 {
		return nil
	}
	require.Len(t, found, 1)
	return found[0].Points
}

// exactly matches a series that has these labels; the tests have no two of which one has more.
func exactly(l Labels) (m []Matcher) {
	for name, value := range l.All() {
		m = append(m, Equal(name, value))
	}
	return m
}

func labels(t testing.TB, metric string, pairs ...string) Labels {
	t.Helper()
	l, err := NewLabels(metric, pairs...)
	require.NoError(t, err)
	return l
}

func millis(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at.UnixMilli()
}

// requireSizes asserts that each day's record counts what is stored of it.
func requireSizes(t testing.TB, h *house) {
	t.Helper()
	require.NoError(t, h.store.View(func(tx *kv.Tx) error {
		counted := map[Day]dayState{}
		chunks.ScanRaw(tx, h.scope.kv, kv.Span{}, func(key, data []byte) bool {
			day, _, err := readDay(key)
			require.NoError(t, err)
			d := counted[day]
			d.Chunks++
			d.ChunkBytes += int64(len(data))
			counted[day] = d
			return true
		})
		entries.ScanRaw(tx, h.scope.kv, kv.Span{}, func(key, data []byte) bool {
			day, _, err := readDay(key)
			require.NoError(t, err)
			d := counted[day]
			d.EntryBytes += int64(len(data))
			counted[day] = d
			return true
		})
		return days.Scan(tx, h.scope.kv, kv.Span{}, func(_ []byte, d *dayState) (bool, error) {
			got := dayState{Chunks: d.Chunks, ChunkBytes: d.ChunkBytes, EntryBytes: d.EntryBytes}
			require.Equal(t, counted[d.Day], got, "day %s", d.Day)
			delete(counted, d.Day)
			return true, nil
		})
	}))
}

// check looks for damage in all ways there are.
func (h *house) check(t testing.TB) {
	t.Helper()
	complain := func(p string) { t.Error(p) }
	require.NoError(t, h.store.Check(complain, Collections()...))
	require.NoError(t, h.db.Check(complain))
}
