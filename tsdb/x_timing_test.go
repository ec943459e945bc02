package tsdb

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

const benchDays = 30

// benchHouse holds n points of one series over 30 days, folded.
func benchHouse(b *testing.B, n int) (*house, Labels, int64) {
	h, l := newHouse(b), labels(b, "execution.duration_ms", "workflow", "vat")
	base, rng := millis(b, "2026-10-01T00:00:00Z"), rand.New(rand.NewPCG(1, 1))
	var batch Batch
	for day := range int64(benchDays) {
		batch.Reset()
		for i := range n / benchDays {
			at := base + day*dayMs + rng.Int64N(dayMs)
			require.NoError(b, batch.Put(l, PointID(i), Point{At: at, Value: float64(rng.IntN(100_000))}))
		}
		require.NoError(b, h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &batch) }))
		require.NoError(b, h.scope.Fold(b.Context(), DayOf(base)+Day(day)))
	}
	return h, l, base
}

// BenchmarkPercentiles is p50, p95 and p99 of 30 days at a new range each time. Whole days are read where they lie; first and last are split.
func BenchmarkPercentiles(b *testing.B) {
	for _, n := range []int{19_900, 1_000_000} {
		for _, whole := range []bool{true, false} {
			b.Run(fmt.Sprintf("points=%d/days=%t", n, whole), func(b *testing.B) {
				h, l, base := benchHouse(b, n)
				b.ReportAllocs()
				for i := int64(0); b.Loop(); i++ {
					bounds := []int64{base, base + benchDays*dayMs}
					if !whole {
						bounds = []int64{base + 1 + i, base + benchDays*dayMs - 1 - i}
					}
					sums, err := h.scope.Summarize([]Labels{l}, bounds, 50, 95, 99)
					if err != nil || len(sums[0].Percentiles) != 3 {
						b.Fatal(sums, err)
					}
				}
			})
		}
	}
}

// BenchmarkBuckets is 30 days by hour, and by local day with percentiles.
func BenchmarkBuckets(b *testing.B) {
	for _, n := range []int{19_900, 200_000} {
		h, l, base := benchHouse(b, n)
		hours, err := Intervals(base, base+benchDays*dayMs, 3600e9)
		require.NoError(b, err)
		var shifted []int64
		for day := range int64(benchDays) {
			shifted = append(shifted, base+day*dayMs+2*hourMs)
		}
		b.Run(fmt.Sprintf("points=%d/hours", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.scope.Summarize([]Labels{l}, hours); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("points=%d/localdays", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.scope.Summarize([]Labels{l}, shifted, 50, 95, 99); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRawSeries reads one series of 30 days, 165 points each, out of so many: from entries, and from segments where days are small.
func BenchmarkRawSeries(b *testing.B) {
	for _, series := range []int{10, 90, 200} {
		for _, sealed := range []bool{false, true} {
			b.Run(fmt.Sprintf("series=%d/sealed=%t", series, sealed), func(b *testing.B) {
				h, base, rng := newHouse(b), millis(b, "2026-10-01T00:00:00Z"), rand.New(rand.NewPCG(2, 2))
				for day := base; day < base+benchDays*dayMs; day += dayMs {
					h.apply(b, func(batch *Batch) {
						for i := range series * 165 {
							l := labels(b, "step.duration_ms", "workflow", fmt.Sprint(i%series))
							require.NoError(b, batch.Put(l, PointID(i), Point{At: day + rng.Int64N(dayMs), Value: float64(rng.IntN(1e6))}))
						}
					})
					require.NoError(b, h.scope.Fold(b.Context(), DayOf(day)))
				}
				if sealed {
					h.quiet(b)
				}
				b.ResetTimer()
				for i := 0; b.Loop(); i++ {
					m := []Matcher{Metric("step.duration_ms"), Equal("workflow", fmt.Sprint(i%series))}
					found, err := h.scope.Points(base, base+benchDays*dayMs, m...)
					if err != nil || len(found) != 1 || len(found[0].Points) != benchDays*165 {
						b.Fatal(len(found), err)
					}
				}
			})
		}
	}
}

// BenchmarkApply commits as checkpoints do: so many points of 250 series on one day, then on 30; folding what is due is part of it.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{100, 2_000} {
		for _, days := range []int64{1, benchDays} {
			b.Run(fmt.Sprintf("points=%d/days=%d", size, days), func(b *testing.B) {
				h, base, rng := newHouse(b), millis(b, "2026-10-01T00:00:00Z"), rand.New(rand.NewPCG(3, 3))
				var series []Labels
				for i := range 250 {
					series = append(series, labels(b, "step.duration_ms", "workflow", fmt.Sprint(i)))
				}
				var batch Batch
				b.ReportAllocs()
				b.ResetTimer()
				points := 0
				for i := 0; b.Loop(); i++ {
					batch.Reset()
					for range size {
						p := Point{At: base + rng.Int64N(days*dayMs), Value: float64(rng.IntN(1e6))}
						if err := batch.Put(series[rng.IntN(len(series))], PointID(rng.Uint64()), p); err != nil {
							b.Fatal(err)
						}
					}
					if err := h.store.Update(func(tx *kv.Tx) error { return applyAll(tx, h.scope, &batch) }); err != nil {
						b.Fatal(err)
					}
					if points += size; i%200 == 199 {
						require.NoError(b, h.db.Maintain(b.Context()))
					}
				}
				b.ReportMetric(float64(points)/b.Elapsed().Seconds(), "points/s")
			})
		}
	}
}

// BenchmarkBytes reports what a point takes on disk, each copy: 1,000,000 points of 500 series over 30 days, written in checkpoints of 2,000 in order of time,
// maintained on the way, folded and sealed at the end.
func BenchmarkBytes(b *testing.B) {
	const points, series, step = 1_000_000, 500, 2_000
	for b.Loop() {
		h, base, rng := newHouse(b), millis(b, "2026-10-01T00:00:00Z"), rand.New(rand.NewPCG(4, 4))
		var names []Labels
		for i := range series {
			names = append(names, labels(b, "step.duration_ms", "workflow", fmt.Sprint(i)))
		}
		empty := h.store.Size()
		for n := 0; n < points; n += step {
			h.apply(b, func(batch *Batch) {
				for i := range step {
					at := base + int64(n+i)*benchDays*dayMs/points
					p := Point{At: at, Value: float64(int(1000 * rng.ExpFloat64()))}
					require.NoError(b, batch.Put(names[rng.IntN(series)], PointID(rng.Uint64()), p))
				}
			})
			require.NoError(b, h.db.Maintain(b.Context()))
		}
		h.quiet(b)
		stats, held := h.store.Stats(), int64(0)
		require.NoError(b, h.store.View(func(tx *kv.Tx) error {
			return days.Scan(tx, h.scope.kv, kv.Span{}, func(_ []byte, d *dayState) (bool, error) { held += d.EntryBytes; return true, nil })
		}))
		sealed := int64(0)
		require.NoError(b, filepath.WalkDir(h.segments(), func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				info, err := e.Info()
				require.NoError(b, err)
				sealed += info.Size()
			}
			return err
		}))
		used := stats.SizeBytes - stats.FreeBytes - empty
		b.ReportMetric(float64(held)/points, "entryB/point")
		b.ReportMetric(float64(used)/points, "databaseB/point")
		b.ReportMetric(float64(stats.SizeBytes-empty)/points, "fileB/point")
		b.ReportMetric(float64(sealed)/points, "segmentB/point")
	}
}

// BenchmarkToday asks for a day of 33,000 points while 200 batches wait in chunks, each with points of the series and of 50 others.
func BenchmarkToday(b *testing.B) {
	h, l, base := benchHouse(b, 33_000*benchDays)
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 200 {
		h.apply(b, func(batch *Batch) {
			for k := range 100 {
				of := l
				if k > 2 {
					of = labels(b, "other", "i", fmt.Sprint(k%50))
				}
				require.NoError(b, batch.Put(of, PointID(1_000_000+i*100+k), Point{At: base + rng.Int64N(dayMs), Value: float64(rng.IntN(100_000))}))
			}
		})
	}
	b.ResetTimer()
	for b.Loop() {
		sums, err := h.scope.Summarize([]Labels{l}, []int64{base, base + benchDays*dayMs}, 50, 95, 99)
		if err != nil || sums[0].Count != 33_000*benchDays+600 {
			b.Fatal(sums, err)
		}
	}
}
