package tsdb

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func nan() float64 { return math.NaN() }

// sameNumber compares to the last bit.
func sameNumber(t *testing.T, want, got float64) {
	t.Helper()
	require.Equal(t, math.Float64bits(want), math.Float64bits(got), "want %v, got %v", want, got)
}

func TestNumbersReadBack(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{
		0, 1, -1, 63, 64, -64, 1e6, 86_400_000, integersBelow - 1, -(integersBelow - 1), integersBelow, -integersBelow, 0.5, -0.25, 1e300, 5e-324, math.MaxFloat64,
	} {
		data := append(appendNumber(nil, v), 'x')
		got, rest, ok := cutNumber(data)
		require.True(t, ok, "%v", v)
		sameNumber(t, v, got)
		require.Equal(t, "x", string(rest))
	}
	require.Len(t, appendNumber(nil, 31), 1)
	require.Len(t, appendNumber(nil, 1500), 2)
}

func TestEntriesReadBackInAllWidths(t *testing.T) {
	t.Parallel()
	f := func(width int, values ...float64) {
		t.Helper()
		var samples []sample
		for i, v := range values {
			samples = append(samples, sample{at: uint32(i * 1_000_000), value: v, id: PointID(i)})
		}
		slices.SortFunc(samples, byValue)
		e, err := readEntry(appendEntry(nil, samples))
		require.NoError(t, err)
		require.Equal(t, width, e.width)
		require.Equal(t, samples, e.samples(nil))
		require.NoError(t, e.verify())
		require.EqualValues(t, len(appendEntry(nil, samples)), e.size())
	}
	f(1, 0)
	f(1, 255, 3, 255)
	f(2, 256, 0)
	f(3, 1<<24-1)
	f(4, 1<<24)
	f(5, 1<<39)
	f(6, 1<<47)
	f(7, integersBelow-1)
	f(8, integersBelow)
	f(8, 0.5, 1)
	f(8, -1, 1)
	f(8, math.MaxFloat64, -math.MaxFloat64)
}

func TestRetiredEntriesKeepTheirHours(t *testing.T) {
	t.Parallel()
	whole := entryOf([]sample{{at: 0, value: 1, id: 1}, {at: 5, value: 2.5, id: 2}, {at: uint32(dayMs - 1), value: 7, id: 3}})
	data, err := whole.retire(nil)
	require.NoError(t, err)
	left, err := readEntry(data)
	require.NoError(t, err)
	require.True(t, left.retired())
	require.NoError(t, left.verify())
	require.Zero(t, left.n)
	want, err := whole.hourly()
	require.NoError(t, err)
	got, err := left.hourly()
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// No flipped bit, and no other length, goes unnoticed.
func TestDamagedEntriesAndChunksAreNoticed(t *testing.T) {
	t.Parallel()
	e := appendEntry(nil, []sample{{at: 1, value: 1, id: 1}, {at: 2, value: 2, id: 2}})
	c := appendChunk(nil, []seriesChange{{series: 1, change: change{sample: sample{at: 1, value: 2, id: 3}}}, {series: 2, change: change{deleted: true}}})
	each := func(data []byte, read func([]byte) error) {
		require.NoError(t, read(data))
		for i := range data {
			for bit := range 8 {
				damaged := slices.Clone(data)
				damaged[i] ^= 1 << bit
				require.ErrorIs(t, read(damaged), ErrCorrupt, "byte %d", i)
			}
			require.ErrorIs(t, read(data[:i]), ErrCorrupt, "cut to %d", i)
		}
		require.ErrorIs(t, read(append(slices.Clone(data), 0)), ErrCorrupt)
	}
	each(e, func(data []byte) error { _, err := readEntry(data); return err })
	each(c, func(data []byte) error { return eachGroup(data, func(SeriesID, []byte) bool { return true }) })
}

func TestLastChangeOfAPointCounts(t *testing.T) {
	t.Parallel()
	base := entryOf([]sample{{at: 1, value: 1, id: 1}, {at: 2, value: 2, id: 2}, {at: 3, value: 3, id: 3}})
	changes := []change{
		{sample: sample{at: 9, value: 9, id: 1}},
		{sample: sample{id: 2}, deleted: true},
		{sample: sample{at: 8, value: 8, id: 4}},
		{sample: sample{id: 4}, deleted: true},
		{sample: sample{id: 5}, deleted: true},
		{sample: sample{at: 7, value: 0, id: 5}},
		{sample: sample{at: 6, value: 6, id: 1}},
	}
	want := []sample{{at: 7, value: 0, id: 5}, {at: 3, value: 3, id: 3}, {at: 6, value: 6, id: 1}}
	once := merge(&base, slices.Clone(changes))
	require.Equal(t, want, once)
	// A part of them was folded already, and comes again with the rest.
	for n := range changes {
		part := entryOf(merge(&base, slices.Clone(changes[:n])))
		require.Equal(t, want, merge(&part, slices.Clone(changes)), "after %d", n)
	}
}

func FuzzEntry(f *testing.F) {
	f.Add(appendEntry(nil, []sample{{at: 1, value: 1, id: 1}, {at: 2, value: 2.5, id: 2}}))
	f.Add(appendEntry(nil, []sample{{at: 5, value: 300, id: 1}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 {
			setChecksum(data) // Else no input would get past it.
		}
		e, err := readEntry(data)
		if err == nil {
			err = e.verify()
		}
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		if !e.retired() && e.n > 0 {
			require.Equal(t, appendEntry(nil, e.samples(nil)), data, "there is one form of the same samples")
		}
	})
}

func FuzzChunk(f *testing.F) {
	f.Add(appendChunk(nil, []seriesChange{{series: 1, change: change{sample: sample{at: 1, value: 2, id: 3}}}, {series: 2, change: change{deleted: true}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 {
			setChecksum(data)
		}
		var all []seriesChange
		var failure error
		err := eachGroup(data, func(id SeriesID, group []byte) bool {
			var changes []change
			changes, failure = readChanges(nil, group)
			for _, c := range changes {
				all = append(all, seriesChange{series: id, change: c})
			}
			return failure == nil
		})
		if err == nil {
			err = failure
		}
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		again := appendChunk(nil, slices.Clone(all))
		var back []seriesChange
		require.NoError(t, eachGroup(again, func(id SeriesID, group []byte) bool {
			changes, err := readChanges(nil, group)
			require.NoError(t, err)
			for _, c := range changes {
				back = append(back, seriesChange{series: id, change: c})
			}
			return true
		}))
		require.ElementsMatch(t, all, back)
	})
}

func TestStatsMergeInAnyOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		var whole, a, b Stats
		for range rng.IntN(20) {
			at, v := rng.Int64N(10), float64(rng.IntN(100))
			whole.add(at, v)
			if rng.IntN(2) == 0 {
				a.add(at, v)
			} else {
				b.add(at, v)
			}
		}
		ab, ba := a, b
		ab.merge(b)
		ba.merge(a)
		require.Equal(t, whole, ab)
		require.Equal(t, whole, ba)
	}
}
