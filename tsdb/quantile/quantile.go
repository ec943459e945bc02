// Package quantile is the arithmetic of exact percentiles by linear interpolation of the empirical distribution, Hyndman–Fan type 4: the value at position
// n·p. For an odd number of values its median is below the usual one: 150 of 100, 200, 300 (B-01).
package quantile

import "math"

// Method is the definition's name in the API.
const Method = "linear_ecdf"

// Share is a percentage in whole parts, so that nothing drifts.
type Share uint64

// perPercent is how finely percentages are told apart: a ten-thousandth of a percent.
const perPercent Share = 10_000

const whole = 100 * perPercent

// ShareOf is the nearest to a percentage from 0 to 100; ok is false for others.
func ShareOf(percent float64) (s Share, ok bool) {
	if !(percent >= 0 && percent <= 100) {
		return 0, false
	}
	return Share(math.Round(percent * float64(perPercent))), true
}

// Position is where a percentile lies among values in rising order: on the way from the one with Index others before it to the next one.
type Position struct {
	Index    uint64
	way, all uint64 // how much of the way it is: way / all
}

// At is where a percentile of n values lies, of at least one: at the least value before the first position, at the greatest from the last on.
func At(n uint64, s Share) Position {
	rank, rest := n*uint64(s)/uint64(whole), n*uint64(s)%uint64(whole)
	if rank == 0 {
		return Position{all: 1}
	}
	// Shortened, so that its product with milliseconds is a whole number that a float64 holds.
	divisor := gcd(uint64(whole), rest)
	return Position{Index: rank - 1, way: rest / divisor, all: uint64(whole) / divisor}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// exact reports whether the percentile is a value, and the next one does not matter.
func (p Position) exact() bool { return p.way == 0 }

// Between is the percentile, of the value at the index and the next one.
func (p Position) Between(value, next float64) float64 {
	if p.exact() {
		return value
	}
	return value + (next-value)*float64(p.way)/float64(p.all)
}

// Of is the percentile, 0 to 100, of values in rising order, 0 of none.
func Of[T int64 | float64](rising []T, percent int) float64 {
	if len(rising) == 0 {
		return 0
	}
	p := At(uint64(len(rising)), Share(percent)*perPercent)
	if p.exact() {
		return float64(rising[p.Index])
	}
	return p.Between(float64(rising[p.Index]), float64(rising[p.Index+1]))
}

// Mean is the average, 0 of none.
func Mean[T int64 | float64](values []T) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}
