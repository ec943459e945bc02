package promql

import (
	"cmp"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/value"

	"flowwatch/tsdb"
)

// Values that stand for numbers that a series cannot hold.
const (
	markStale = iota
	markNaN
	markInf
	markNegativeInf
	markNegativeZero
)

// Mark says by which number a series of marks stands for a value that no series holds; ok is false for one that a series holds itself. Where a series of
// marks and the series itself have the same time, the latter counts.
func Mark(v float64) (mark float64, ok bool) {
	switch {
	case value.IsStaleNaN(v):
		return markStale, true
	case math.IsNaN(v):
		return markNaN, true
	case math.IsInf(v, 1):
		return markInf, true
	case math.IsInf(v, -1):
		return markNegativeInf, true
	case v == 0 && math.Signbit(v):
		return markNegativeZero, true
	}
	return 0, false
}

// unmark is the inverse of Mark.
func unmark(mark float64) float64 {
	switch mark {
	case markStale:
		return math.Float64frombits(value.StaleNaN)
	case markInf:
		return math.Inf(1)
	case markNegativeInf:
		return math.Inf(-1)
	case markNegativeZero:
		return math.Copysign(0, -1)
	}
	return math.NaN()
}

// joined are the points of all parts in order of time, each later than the one before.
func joined(parts []part, of []map[tsdb.SeriesID][]tsdb.Point) []tsdb.Point {
	points := func(p part) []tsdb.Point { return of[p.scope][p.series.ID] }
	if len(parts) == 1 && !parts[0].marks {
		return rising(points(parts[0]))
	}
	var values, marks []tsdb.Point
	for _, p := range parts {
		if p.marks {
			marks = append(marks, points(p)...)
		} else {
			values = append(values, points(p)...)
		}
	}
	byTime := func(a, b tsdb.Point) int { return cmp.Compare(a.At, b.At) }
	slices.SortStableFunc(values, byTime)
	for _, m := range marks {
		if _, there := slices.BinarySearchFunc(values[:len(values):len(values)], m, byTime); !there {
			values = append(values, tsdb.Point{At: m.At, Value: unmark(m.Value)})
		}
	}
	slices.SortStableFunc(values, byTime)
	return rising(values)
}

// rising puts points of one time a millisecond after each other: runs that ended together are several samples, and Prometheus has one a time.
func rising(points []tsdb.Point) []tsdb.Point {
	for i := 1; i < len(points); i++ {
		if points[i].At <= points[i-1].At {
			points[i].At = points[i-1].At + 1
		}
	}
	return points
}
