package tsdb

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// model is what the store should hold: a plain map.
type model map[modelKey]Point

type modelKey struct {
	series Labels
	id     PointID
}

// points returns those of a series in a range, in the store's order.
func (m model) points(l Labels, from, to int64) []Point {
	var found []Point
	for k, p := range m {
		if k.series == l && p.At >= from && p.At < to {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, byTime)
	return found
}

// summary computes one bucket from its definition.
func (m model) summary(series []Labels, from, to int64, percents []float64) Summary {
	var s Summary
	var values []float64
	for _, l := range series {
		for _, p := range m.points(l, from, to) {
			values = append(values, p.Value)
			if s.Count == 0 || p.At > s.LastAt || (p.At == s.LastAt && p.Value > s.Last) {
				s.Last, s.LastAt = p.Value, p.At
			}
			s.Count++
			s.Sum += p.Value
		}
	}
	if len(values) == 0 {
		return s
	}
	slices.Sort(values)
	s.Min, s.Max = values[0], values[len(values)-1]
	for _, p := range percents {
		s.Percentiles = append(s.Percentiles, naivePercentile(values, p))
	}
	return s
}

// naivePercentile is type 4 as written in requirement B-01, for sorted values and percents of at most one decimal.
func naivePercentile(x []float64, p float64) float64 {
	num := len(x) * int(p*10)
	j, r := num/1000, num%1000
	switch {
	case j < 1:
		return x[0]
	case j >= len(x):
		return x[len(x)-1]
	}
	return x[j-1] + (x[j]-x[j-1])*float64(r)/1000
}

// walker does random things to a store and a model alike.
type walker struct {
	*house
	t      *testing.T
	rng    *rand.Rand
	model  model
	series []Labels
	base   int64
}

func newWalker(t *testing.T, seed uint64) *walker {
	w := &walker{house: newHouse(t), t: t, rng: rand.New(rand.NewPCG(seed, 1)), model: model{}, base: millis(t, "2026-10-20T00:00:00Z")}
	if seed%2 == 1 {
		w.base = -3*dayMs - 5 // around 1970, where days are negative and time 0 is
	}
	for i := range 4 {
		w.series = append(w.series, labels(t, "duration", "workflow", fmt.Sprint(i)))
	}
	return w
}

// someTime is one of few, so that times and buckets meet, on one of six days or long before.
func (w *walker) someTime() int64 {
	if w.rng.IntN(50) == 0 {
		return w.base - int64(w.rng.IntN(3000))*dayMs
	}
	at := w.base + int64(w.rng.IntN(6))*dayMs
	switch w.rng.IntN(3) {
	case 0:
		return at + int64(w.rng.IntN(24))*hourMs
	case 1:
		return at + int64(w.rng.IntN(24))*hourMs - 1
	}
	return at + w.rng.Int64N(dayMs)
}

func (w *walker) someValue() float64 {
	switch w.rng.IntN(8) {
	case 0:
		return 0
	case 1:
		return -float64(w.rng.IntN(1000))
	case 2:
		return float64(w.rng.Int64N(integersBelow >> 13)) // its thousandfold is exact
	case 3:
		return float64(w.rng.IntN(1000)) / 8 // sums stay exact
	}
	return float64(w.rng.IntN(2000))
}

func (w *walker) someSeries() Labels { return w.series[w.rng.IntN(len(w.series))] }

// change puts, moves, repeats and deletes points in one batch.
func (w *walker) change() {
	w.apply(w.t, func(b *Batch) {
		for range 1 + w.rng.IntN(60) {
			k := modelKey{series: w.someSeries(), id: PointID(w.rng.IntN(400))}
			was, known := w.model[k]
			p := Point{At: w.someTime(), Value: w.someValue()}
			if known && (w.rng.IntN(3) == 0 || DayOf(was.At) != DayOf(p.At)) {
				require.NoError(w.t, b.Delete(k.series, k.id, was.At))
				delete(w.model, k)
			}
			if !known || w.rng.IntN(4) > 0 {
				if was, known := w.model[k]; known && DayOf(was.At) != DayOf(p.At) {
					continue
				}
				require.NoError(w.t, b.Put(k.series, k.id, p))
				w.model[k] = p
			}
		}
		for range w.rng.IntN(3) { // again, and what is not there
			for k, p := range w.model {
				require.NoError(w.t, b.Put(k.series, k.id, p))
				break
			}
			require.NoError(w.t, b.Delete(w.someSeries(), PointID(1000+w.rng.IntN(10)), w.someTime()))
		}
	})
}

func (w *walker) restart() {
	w.close(w.t)
	w.open(w.t)
}

// foldSome folds a few days that have points.
func (w *walker) foldSome() {
	for _, p := range w.model {
		if w.rng.IntN(len(w.model)) < 3 {
			require.NoError(w.t, w.scope.Fold(w.t.Context(), DayOf(p.At)))
		}
	}
}

// sealAll lets the days become quiet.
func (w *walker) sealAll() {
	w.now = w.now.Add(sealQuiet)
	require.NoError(w.t, w.db.Maintain(w.t.Context()))
}

// requireSealed asserts that each day is read from a segment, whose directories are the only ones.
func (w *walker) requireSealed() {
	open, err := w.scope.openDays()
	require.NoError(w.t, err)
	require.Empty(w.t, open)
	found, err := filepath.Glob(filepath.Join(w.segments(), "*", "*"))
	require.NoError(w.t, err)
	require.Len(w.t, found, len(w.days()))
	for day := range w.days() {
		d := w.day(w.t, day)
		require.NotNil(w.t, w.db.library.segment(w.scope, &d))
	}
}

// compare asks for random ranges and buckets.
func (w *walker) compare() {
	t := w.t
	for _, l := range w.series {
		from := w.someTime()
		to := from + 1 + w.rng.Int64N(4*dayMs)
		require.Equal(t, w.model.points(l, from, to), w.points(t, from, to, l), "%s from %d to %d", l, from, to)
		require.Equal(t, w.model.points(l, atMin, atMax), w.points(t, atMin, atMax, l))
	}
	for range 6 {
		w.compareBuckets(w.someBounds())
	}
	w.compareBuckets([]int64{atMin, atMax})
	w.compareHours()
}

// compareHours asks for the hours of random ranges.
func (w *walker) compareHours() {
	for _, l := range w.series {
		from := w.someTime()
		to := from + 1 + w.rng.Int64N([]int64{hourMs / 2, 4 * dayMs}[w.rng.IntN(2)])
		type hour struct {
			Start int64
			Stats
		}
		var got, want []hour
		require.NoError(w.t, w.scope.Read([]Labels{l}, from, to, func(r *Snapshot) error {
			return r.Hours(l, from, to, func(start int64, s *Stats) { got = append(got, hour{start, *s}) })
		}))
		for start := from - ((from%hourMs)+hourMs)%hourMs; start < to; start += hourMs {
			if s := w.model.summary([]Labels{l}, max(from, start), min(to, start+hourMs), nil); s.Count > 0 {
				want = append(want, hour{start, s.Stats})
			}
		}
		require.Len(w.t, got, len(want))
		for i := range got {
			require.InEpsilon(w.t, 1+max(want[i].Sum, -want[i].Sum), 1+max(got[i].Sum, -got[i].Sum), 1e-12)
			got[i].Sum = want[i].Sum
		}
		require.Equal(w.t, want, got)
	}
}

func (w *walker) someBounds() []int64 {
	from := w.someTime()
	to := from + 1 + w.rng.Int64N(4*dayMs)
	var bounds []int64
	var err error
	zones := []string{"Europe/Warsaw", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"}
	zone, zoneErr := time.LoadLocation(zones[w.rng.IntN(len(zones))])
	require.NoError(w.t, zoneErr)
	switch w.rng.IntN(8) {
	case 0:
		bounds, err = Intervals(from, to, time.Hour)
	case 1:
		bounds, err = Intervals(from, to, 24*time.Hour)
	case 2:
		bounds, err = Intervals(from, to, 15*time.Minute)
	case 3:
		bounds, err = LocalDays(from, to, zone)
	case 4:
		bounds, err = LocalWeeks(from, to, zone)
	case 5:
		bounds = []int64{from, to}
	case 6:
		for range 2 + w.rng.IntN(10) {
			bounds = append(bounds, w.someTime())
		}
		slices.Sort(bounds)
		if bounds = slices.Compact(bounds); len(bounds) == 1 {
			bounds = append(bounds, bounds[0]+1)
		}
	case 7: // within an hour, mostly
		bounds = []int64{from, from + 1 + w.rng.Int64N(hourMs/2)}
	}
	require.NoError(w.t, err)
	return bounds
}

func (w *walker) compareBuckets(bounds []int64) {
	series := w.series[:1+w.rng.IntN(len(w.series))]
	percents := [][]float64{nil, {50, 95, 99}, {0, 0.1, 33.3, 100}}[w.rng.IntN(3)]
	got, err := w.scope.Summarize(series, bounds, percents...)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(bounds)-1)
	for i, s := range got {
		want := w.model.summary(series, bounds[i], bounds[i+1], percents)
		require.InEpsilon(w.t, 1+max(want.Sum, -want.Sum), 1+max(s.Sum, -s.Sum), 1e-12)
		s.Sum = want.Sum
		require.Equal(w.t, want, s, "bucket from %d to %d, percents %v", bounds[i], bounds[i+1], percents)
	}
	w.compareEach(bounds, percents)
}

// compareEach holds the two ways to sum up against each other.
func (w *walker) compareEach(bounds []int64, percents []float64) {
	var want []SeriesSummary
	series, err := w.scope.Series(Metric("duration"))
	require.NoError(w.t, err)
	for _, v := range series {
		buckets, err := w.scope.Summarize([]Labels{v.Labels}, bounds, percents...)
		require.NoError(w.t, err)
		if slices.ContainsFunc(buckets, func(s Summary) bool { return s.Count > 0 }) {
			want = append(want, SeriesSummary{Series: v, Buckets: buckets})
		}
	}
	got, err := w.scope.SummarizeEach(bounds, percents, Metric("duration"))
	require.NoError(w.t, err)
	require.Equal(w.t, want, got)
}

func TestStoreIsItsModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWalker(t, seed)
			for range 40 {
				switch w.rng.IntN(8) {
				case 0:
					w.foldSome()
				case 1:
					w.restart()
				case 2:
					w.sealAll()
					w.requireSealed()
				default:
					w.change()
				}
				if w.rng.IntN(4) == 0 {
					w.compare()
				}
			}
			w.compare()
			w.check(t)
		})
	}
}

// A month of backfill in any order, and one more late day, end as the same points written in order.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	base, l := millis(t, "2026-10-01T00:00:00Z"), labels(t, "duration", "workflow", "vat")
	var points []Point
	for range 2000 {
		points = append(points, Point{At: base + rng.Int64N(30*dayMs), Value: rng.Float64() * 1e6})
	}
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.At, b.At) })
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	write := func(h *house, order []int) {
		for chunk := range slices.Chunk(order, 100) {
			h.apply(t, func(b *Batch) {
				for _, i := range chunk {
					require.NoError(t, b.Put(l, PointID(i), points[i]))
				}
			})
		}
	}
	inOrder, scrambled := newHouse(t), newHouse(t)
	write(inOrder, order)
	slices.SortFunc(order, func(a, b int) int { // the last day first, the rest in any order
		return cmp.Or(-cmp.Compare(DayOf(points[a].At)/29, DayOf(points[b].At)/29), cmp.Compare(a*7919%2003, b*7919%2003))
	})
	write(scrambled, order[:1500])
	for day := DayOf(base); day < DayOf(base)+30; day++ {
		require.NoError(t, scrambled.scope.Fold(t.Context(), day))
	}
	write(scrambled, order[1000:]) // 500 of them again
	bounds, err := Intervals(base, base+30*dayMs, time.Hour)
	require.NoError(t, err)
	for _, b := range [][]int64{bounds, {base, base + 30*dayMs}, {base + 1234567, base + 29*dayMs + 7654321}} {
		want, err := inOrder.scope.Summarize([]Labels{l}, b, 50, 95, 99)
		require.NoError(t, err)
		got, err := scrambled.scope.Summarize([]Labels{l}, b, 50, 95, 99)
		require.NoError(t, err)
		require.Equal(t, want, got, "to the last digit")
	}
	require.Equal(t, inOrder.points(t, base, base+30*dayMs, l), scrambled.points(t, base, base+30*dayMs, l))
}

// A batch that stays in the middle of a fold is not lost, and not there twice.
func TestFoldThatStopsHalfwayIsDoneAgain(t *testing.T) {
	t.Parallel()
	w := newWalker(t, 4)
	for range 20 {
		w.change()
	}
	for day := range maps.Keys(w.days()) {
		f := folding{scope: w.scope.kv, day: day}
		require.NoError(t, w.store.View(f.load))
		f.pending = slices.Sorted(maps.Keys(f.changes))[:1]
		require.NoError(t, w.store.Update(func(tx *kv.Tx) error { _, err := f.writeSome(tx); return err }))
	}
	w.compare()
	w.change()
	w.compare()
	for day := range maps.Keys(w.days()) {
		require.NoError(t, w.scope.Fold(t.Context(), day))
	}
	w.compare()
}

// days are those that have points.
func (w *walker) days() map[Day]bool {
	found := map[Day]bool{}
	for _, p := range w.model {
		found[DayOf(p.At)] = true
	}
	return found
}
