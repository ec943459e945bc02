package tsdb

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// segmentDirs are the directories of all segments.
func (h *house) segmentDirs(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(h.segments(), "*", "*"))
	require.NoError(t, err)
	return found
}

// quiet lets all days become so, and maintains.
func (h *house) quiet(t testing.TB) {
	t.Helper()
	h.now = h.now.Add(sealQuiet)
	require.NoError(t, h.db.Maintain(t.Context()))
}

// servedBySegment reports whether a read of the day asks its segment.
func (h *house) servedBySegment(t testing.TB, day Day) bool {
	t.Helper()
	d := h.day(t, day)
	return d.sealed() && h.db.library.segment(h.scope, &d) != nil
}

func TestADayIsSealedWhenItIsQuiet(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	h.now = h.now.Add(sealQuiet - time.Millisecond)
	require.NoError(t, h.db.Maintain(t.Context()))
	require.Empty(t, h.segmentDirs(t))
	h.now = h.now.Add(time.Millisecond)
	require.NoError(t, h.db.Maintain(t.Context()))
	require.True(t, h.servedBySegment(t, 0))
	first := h.segmentDirs(t)
	require.Len(t, first, 1)

	h.put(t, l, 2, 6, 2)
	require.False(t, h.servedBySegment(t, 0), "a write makes the segment out of date at once")
	require.Equal(t, []Point{{5, 1}, {6, 2}}, h.points(t, 0, dayMs, l))
	require.NoError(t, h.db.Maintain(t.Context()))
	require.Equal(t, first, h.segmentDirs(t), "it is sealed again when it is quiet, not before")
	h.quiet(t)
	require.True(t, h.servedBySegment(t, 0))
	second := h.segmentDirs(t)
	require.Len(t, second, 1, "the old one is gone")
	require.NotEqual(t, first, second)
	require.Equal(t, []Point{{5, 1}, {6, 2}}, h.points(t, 0, dayMs, l))

	h.apply(t, func(b *Batch) { require.NoError(t, b.Delete(l, 1, 5)); require.NoError(t, b.Delete(l, 2, 5)) })
	h.quiet(t)
	require.Empty(t, h.segmentDirs(t), "a day without points has no segment")
	require.Nil(t, h.points(t, 0, dayMs, l))
}

// What tstorage alone would hide, reorder or take for now: equal times, the first millisecond of a day, negative numbers, series of one point.
func TestASealedDayReadsTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	base := millis(t, "1969-12-31T00:00:00Z")
	for i, p := range []Point{
		{0, 5}, {0, 3}, {0, 3}, {1, -1}, {dayMs - 1, 2.5}, {dayMs - 1, 1e300}, {hourMs, 0}, {hourMs, -0.5}, {dayMs, 9}, {-1, 8},
	} {
		h.put(t, labels(t, "m", "n", fmt.Sprint(i%2)), PointID(i), base+p.At, p.Value)
		h.put(t, labels(t, "single", "n", fmt.Sprint(i)), 1, base+p.At, p.Value)
	}
	ranges := [][2]int64{{base - dayMs, base + 2*dayMs}, {base, base + 1}, {base + 1, base + dayMs - 1}, {base + 1, base + dayMs}, {base + 2, base + 3}}
	read := func() (all [][]SeriesPoints) {
		for _, r := range ranges {
			found, err := h.scope.Points(r[0], r[1])
			require.NoError(t, err)
			all = append(all, found)
		}
		return all
	}
	want := read()
	h.quiet(t)
	require.True(t, h.servedBySegment(t, DayOf(base)))
	require.Equal(t, want, read())
	h.close(t)
	h.open(t)
	require.True(t, h.servedBySegment(t, DayOf(base)))
	require.Equal(t, want, read())
}

func TestManySeriesAreReadFromEntries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i := range segmentSeriesMax + 1 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i)), 1, Point{At: 5, Value: float64(i)}))
		}
	})
	h.quiet(t)
	h.close(t)
	h.open(t)
	found, err := h.scope.Points(0, dayMs)
	require.NoError(t, err)
	require.Len(t, found, segmentSeriesMax+1)
	require.Empty(t, h.db.library.open)
	found, err = h.scope.Points(0, dayMs, NotEqual("i", "7"))
	require.NoError(t, err)
	require.Len(t, found, segmentSeriesMax)
	require.Len(t, h.db.library.open, 1)
}

func TestBigDaysAreReadFromEntries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.apply(t, func(b *Batch) {
		for i := range segmentReadMax/2 + 1 {
			require.NoError(t, b.Put(labels(t, "m", "i", fmt.Sprint(i%2)), PointID(i), Point{At: int64(i), Value: float64(i)}))
		}
	})
	h.quiet(t)
	h.close(t)
	h.open(t)
	found, err := h.scope.Points(0, dayMs)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Empty(t, h.db.library.open)
	require.Len(t, h.points(t, 0, dayMs, labels(t, "m", "i", "0")), segmentReadMax/4+1)
	require.Len(t, h.db.library.open, 1)
}

func TestUnknownDirectoriesAreRemoved(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	h.quiet(t)
	kept := h.segmentDirs(t)
	h.close(t)
	for _, path := range []string{
		filepath.Join(h.segments(), "1970-01-01", "half.tmp", "p-1-2"), filepath.Join(h.segments(), "1999-01-01", "old"), filepath.Join(h.segments(), "x"),
		filepath.Join(kept[0], "p-0-0"),
	} {
		require.NoError(t, os.MkdirAll(path, dirMode))
	}
	require.NoError(t, os.WriteFile(filepath.Join(h.segments(), "file"), nil, 0o600))
	h.open(t)
	require.NoError(t, h.db.Maintain(t.Context()))
	require.Equal(t, kept, h.segmentDirs(t))
	days, err := os.ReadDir(h.segments())
	require.NoError(t, err)
	require.Len(t, days, 1)
	require.True(t, h.servedBySegment(t, 0))
	require.Equal(t, []Point{{5, 1}}, h.points(t, 0, dayMs, l))
}

// damages are what may happen to the files of a segment's partition.
var damages = map[string]func(partition string) error{
	"byte of data flipped":   func(p string) error { return flip(filepath.Join(p, dataName), 40) },
	"last byte flipped":      func(p string) error { return flip(filepath.Join(p, dataName), -1) },
	"byte of meta flipped":   func(p string) error { return flip(filepath.Join(p, metaName), 60) },
	"data cut":               func(p string) error { return os.Truncate(filepath.Join(p, dataName), 30) },
	"data empty":             func(p string) error { return os.Truncate(filepath.Join(p, dataName), 0) },
	"data longer":            func(p string) error { return os.Truncate(filepath.Join(p, dataName), 1<<20) },
	"meta cut":               func(p string) error { return os.Truncate(filepath.Join(p, metaName), 50) },
	"meta empty":             func(p string) error { return os.Truncate(filepath.Join(p, metaName), 0) },
	"data removed":           func(p string) error { return os.Remove(filepath.Join(p, dataName)) },
	"meta removed":           func(p string) error { return os.Remove(filepath.Join(p, metaName)) },
	"partition removed":      func(p string) error { return os.RemoveAll(p) },
	"segment removed":        func(p string) error { return os.RemoveAll(filepath.Dir(p)) },
	"day removed":            func(p string) error { return os.RemoveAll(filepath.Dir(filepath.Dir(p))) },
	"second partition":       func(p string) error { return os.CopyFS(p+"9", os.DirFS(p)) },
	"partition is no folder": func(p string) error { return os.Rename(filepath.Join(p, dataName), filepath.Join(p, "..", "p-file")) },
}

// flip changes one byte; a negative position counts from the end.
func flip(path string, at int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[(at+len(data))%len(data)] ^= 0x10
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	later := time.Now().Add(time.Second) // A file system's clock may tick slower than this test runs.
	return os.Chtimes(path, later, later)
}

// Whatever happens to a segment, before or after it was opened: answers stay right, it is said, and the day is sealed again.
func TestDamagedSegmentsAreNoticedAndBuiltAgain(t *testing.T) {
	t.Parallel()
	for name, damage := range damages {
		for _, opened := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, opened %t", name, opened), func(t *testing.T) {
				t.Parallel()
				h, l := newHouse(t), labels(t, "m")
				h.apply(t, func(b *Batch) {
					for i := range 500 {
						require.NoError(t, b.Put(l, PointID(i), Point{At: int64(i) * 1000, Value: float64(i) / 3}))
					}
				})
				want := h.points(t, 0, dayMs, l)
				h.quiet(t)
				if !opened {
					h.close(t)
					h.open(t)
				}
				partition, err := partitionOf(h.segmentDirs(t)[0])
				require.NoError(t, err)
				require.NoError(t, damage(partition))
				require.Equal(t, want, h.points(t, 0, dayMs, l))
				require.NoError(t, h.scope.verifyNext()) // An open one keeps its meta in memory, so a read does not miss the file.
				require.ErrorContains(t, h.db.Maintain(t.Context()), "1970-01-01 is sealed again")
				require.NoError(t, h.db.Maintain(t.Context()))
				require.True(t, h.servedBySegment(t, 0))
				require.Len(t, h.segmentDirs(t), 1)
				require.Equal(t, want, h.points(t, 0, dayMs, l))
			})
		}
	}
}

// A file that is cut below its mapping faults where it is read. That must not end the process, and is no wrong number.
func TestAFaultUnderTheMappingIsAnError(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.apply(t, func(b *Batch) {
		for i := range 5000 {
			require.NoError(t, b.Put(l, PointID(i), Point{At: int64(i) * 1000, Value: float64(i) / 3}))
		}
	})
	want := h.points(t, 0, dayMs, l)
	h.quiet(t)
	d := h.day(t, 0)
	seg := h.db.library.segment(h.scope, &d)
	require.NoError(t, os.Truncate(seg.data, 0))
	require.ErrorIs(t, seg.unchanged(), ErrCorrupt)
	_, err := seg.points(nil, 0, 1, 0, dayMs)
	require.ErrorIs(t, err, ErrCorrupt)
	require.Equal(t, want, h.points(t, 0, dayMs, l))
}

func TestLimitsOfOpenSegments(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.apply(t, func(b *Batch) {
		for day := range int64(segmentsOpenMax + 5) {
			require.NoError(t, b.Put(l, 1, Point{At: day * dayMs, Value: float64(day)}))
		}
	})
	h.quiet(t)
	require.Len(t, h.db.library.open, segmentsOpenMax)
	h.close(t)
	h.open(t)
	for range 2 {
		require.Len(t, h.points(t, 0, 1000*dayMs, l), segmentsOpenMax+5)
		require.Len(t, h.db.library.open, segmentsOpenMax)
	}
	// The days 5 and on are open now, in the order of their last use. Day 5 is used again, so day 6 leaves for day 0.
	h.points(t, 5*dayMs, 6*dayMs, l)
	h.points(t, 0, dayMs, l)
	for day, open := range map[Day]bool{0: true, 5: true, 6: false, 7: true} {
		require.Equal(t, open, h.db.library.open[h.day(t, day).Segment.Name] != nil, "day %s", day)
	}
	h.db.library.opens = segmentOpens
	h.db.library.open = map[string]*shelf{}
	require.Len(t, h.points(t, 0, 1000*dayMs, l), segmentsOpenMax+5, "beyond all openings, entries answer")
	require.Empty(t, h.db.library.open)
	require.NoError(t, h.db.Maintain(t.Context()))
}

func TestABatchDuringTheBuildThrowsItAway(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	d := h.day(t, 0)
	made, built, err := h.scope.build(&d, []segmentSeries{{id: 1, samples: []sample{{at: 5, value: 1, id: 1}}}})
	require.NoError(t, err)
	require.NotNil(t, built)
	h.put(t, l, 2, 6, 2)
	_, err = h.scope.register(&d, made)
	require.ErrorIs(t, err, errWritten)
	require.Nil(t, h.day(t, 0).Segment)
	require.Equal(t, []Point{{5, 1}, {6, 2}}, h.points(t, 0, dayMs, l))
}

// A segment that holds anything but what was given is never named.
func TestABuildIsReadBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "s")
	series := []segmentSeries{{id: 1, samples: []sample{{at: 5, value: 1}}}, {id: 2, samples: []sample{{at: 0, value: 1}, {at: 0, value: 1}}}}
	sum, s, err := buildSegment(dir, series)
	require.NoError(t, err)
	require.Len(t, sum, 64)
	require.NoError(t, s.compare(series))
	for _, other := range [][]segmentSeries{
		series[:1],
		{series[0], {id: 2, samples: []sample{{at: 0, value: 1}}}},
		{series[0], {id: 3, samples: series[1].samples}},
	} {
		require.ErrorIs(t, countSegment(dir, other), ErrCorrupt)
	}
	require.ErrorIs(t, s.compare([]segmentSeries{{id: 1, samples: []sample{{at: 5, value: 2}}}}), ErrCorrupt)
	require.ErrorIs(t, s.compare([]segmentSeries{{id: 1, samples: []sample{{at: 6, value: 1}}}}), ErrCorrupt)
	require.NoError(t, os.RemoveAll(dir))
}

// A query that began before a day was sealed again reads the day as it was, and its trouble with the old segment is nobody's.
func TestAQueryOutlivesItsSegment(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 5, 1)
	h.quiet(t)
	h.close(t)
	h.open(t)
	require.NoError(t, h.store.View(func(tx *kv.Tx) error {
		h.put(t, l, 2, 6, 2)
		h.quiet(t)
		found, err := h.scope.points(tx, 0, dayMs, nil)
		require.NoError(t, err)
		require.Equal(t, []Point{{5, 1}}, found[0].Points)
		return nil
	}))
	require.Len(t, h.db.library.takeDoubts(), 1)
	require.NoError(t, h.db.Maintain(t.Context()))
	require.Empty(t, h.db.library.takeDoubts())
	require.True(t, h.servedBySegment(t, 0))
}
