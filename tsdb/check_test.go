package tsdb

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	put := func(fn func(tx *kv.Tx, s kv.Scope) error) func(t *testing.T, h *house) {
		return func(t *testing.T, h *house) {
			require.NoError(t, h.store.Update(func(tx *kv.Tx) error { return fn(tx, h.scope.kv) }))
		}
	}
	other := appendEntry(nil, []sample{{at: 5, value: 7, id: 9}})
	for want, damage := range map[string]func(t *testing.T, h *house){
		"unknown series 7": put(func(tx *kv.Tx, s kv.Scope) error {
			return entries.Replace(tx, s, nil, &entryRecord{day: 0, series: 7, data: other})
		}),
		"its record says 0, 0 and 281": put(func(tx *kv.Tx, s kv.Scope) error {
			return entries.Replace(tx, s, nil, &entryRecord{day: 0, series: 1, data: other})
		}),
		"checksum": put(func(tx *kv.Tx, s kv.Scope) error {
			return entries.Replace(tx, s, nil, &entryRecord{day: 0, series: 1, data: append(other[:len(other)-1:len(other)-1], 1)})
		}),
		"no record": put(func(tx *kv.Tx, s kv.Scope) error {
			return chunks.Replace(tx, s, nil, &chunk{day: 3, seq: 1, data: appendChunk(nil, []seriesChange{{series: 1}})})
		}),
		"counted 5": put(func(tx *kv.Tx, s kv.Scope) error { return (&head{LastSeries: 9, Series: 5, Seq: 9}).store(tx, s) }),
		"counter 0": put(func(tx *kv.Tx, s kv.Scope) error { return (&head{Series: 1}).store(tx, s) }),
		"sum":       func(t *testing.T, h *house) { damageSegment(t, h, "byte of data flipped") },
		"no such":   func(t *testing.T, h *house) { damageSegment(t, h, "data removed") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			h, l := newHouse(t), labels(t, "m")
			for i := range 20 {
				h.put(t, l, PointID(i), int64(i), float64(i))
			}
			h.quiet(t)
			h.check(t)
			damage(t, h)
			var problems []string
			err := h.db.Check(func(p string) { problems = append(problems, p) })
			require.ErrorIs(t, err, ErrCorrupt)
			require.Contains(t, strings.Join(problems, "\n"), want)
		})
	}
}

func damageSegment(t *testing.T, h *house, how string) {
	t.Helper()
	partition, err := partitionOf(h.segmentDirs(t)[0])
	require.NoError(t, err)
	require.NoError(t, damages[how](partition))
}

// Points that cannot be read are an error to whoever asks, never a smaller answer.
func TestDamagedEntriesAreNotAnswered(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 7)
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	data := appendEntry(nil, []sample{{at: 5, value: 8, id: 1}})
	data[len(data)-1] ^= 1
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error {
		return entries.Replace(tx, h.scope.kv, nil, &entryRecord{day: 0, series: 1, data: data})
	}))
	_, err := h.scope.Points(0, dayMs)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "day 1970-01-01, series 1")
	_, err = h.scope.Summarize([]Labels{l}, []int64{0, dayMs})
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorIs(t, h.scope.Seal(t.Context(), 0), ErrCorrupt)
	h.put(t, l, 2, 6, 7)
	require.ErrorIs(t, h.scope.Fold(t.Context(), 0), ErrCorrupt, "what is damaged is not written over")
}

func TestADamagedChunkIsNotAnswered(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 7)
	require.NoError(t, h.store.Update(func(tx *kv.Tx) error {
		return chunks.Replace(tx, h.scope.kv, nil, &chunk{day: 0, seq: 1, data: []byte("nonsense")})
	}))
	_, err := h.scope.Points(0, dayMs)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorIs(t, h.scope.Fold(t.Context(), 0), ErrCorrupt)
	require.Error(t, h.store.Check(nil, Collections()...))
}

func TestADirectoryThatCannotBeMadeIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	file := h.path + ".file"
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(h.store, Options{Segments: file + "/below"})
	require.ErrorContains(t, err, "open series store")
}
