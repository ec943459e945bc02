package tsdb

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"
)

// run is a sorted sequence of values: all of an entry's, or those at rising indexes. It holds no values of its own.
type run struct {
	entry *entry
	index []uint32 // nil: all
}

func (r run) len() int {
	if r.index != nil {
		return len(r.index)
	}
	return r.entry.n
}

func (r run) key(i int) uint64 {
	if r.index != nil {
		i = int(r.index[i])
	}
	return orderKey(r.entry.value(i))
}

// percentScale is how finely percentiles are told apart: a ten-thousandth of a percent.
const percentScale = 10_000

// percentParts turns percentages into whole parts of a hundred percent, 100 × percentScale.
func percentParts(percents []float64) ([]uint64, error) {
	parts := make([]uint64, len(percents))
	for i, p := range percents {
		if !(p >= 0 && p <= 100) {
			return nil, fmt.Errorf("percentile %v is not between 0 and 100: %w", p, ErrRange)
		}
		parts[i] = uint64(math.Round(p * percentScale))
	}
	return parts, nil
}

// percentilesOf returns the exact percentiles of all runs together, by Hyndman and Fan's type 4: with h = n·p, between the values of rank ⌊h⌋
// and the next one, linearly; the least value when h < 1. It returns nil when there are no values. The rank is found in whole
// numbers, so that no rounding moves it.
func percentilesOf(runs []run, parts []uint64) []float64 {
	n := uint64(0)
	for _, r := range runs {
		n += uint64(r.len())
	}
	if n == 0 || len(parts) == 0 {
		return nil
	}
	const whole = 100 * percentScale
	values, s := make([]float64, len(parts)), selector{runs: runs}
	for i, p := range parts {
		rank, rest := n*p/whole, n*p%whole
		switch {
		case rank == 0:
			values[i] = s.ranked(0)
		case rest == 0:
			values[i] = s.ranked(rank - 1)
		default:
			below, above, divisor := s.ranked(rank-1), s.ranked(rank), gcd(rest, whole)
			values[i] = below + (above-below)*float64(rest/divisor)/float64(whole/divisor)
		}
	}
	return values
}

// gcd shortens the fraction, so that its product with milliseconds is a whole number that a float64 holds.
func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// gatherMax is how few candidates are worth sorting instead of halving further.
const gatherMax = 64

// selector finds the value of a rank in sorted runs without merging them: it halves the interval of keys in which the value lies, and with it the
// window of each run that lies in the interval.
type selector struct {
	runs       []run
	low, high  []int // the window of each run
	cut        []int // where the middle of the interval would cut it
	candidates []uint64
}

// ranked returns the value with this many others before it.
func (s *selector) ranked(rank uint64) float64 {
	from, to, left := s.reset()
	for left > gatherMax && from < to {
		middle, below := from+(to-from)/2, uint64(0)
		for i, r := range s.runs {
			s.cut[i] = r.after(middle, s.low[i], s.high[i])
			below += uint64(s.cut[i] - s.low[i])
		}
		if rank < below {
			s.high, s.cut = s.cut, s.high
			to, left = middle, below
		} else {
			s.low, s.cut = s.cut, s.low
			from, left, rank = middle+1, left-below, rank-below
		}
	}
	if from == to {
		return fromOrderKey(from)
	}
	s.candidates = s.candidates[:0]
	for i, r := range s.runs {
		for k := s.low[i]; k < s.high[i]; k++ {
			s.candidates = append(s.candidates, r.key(k))
		}
	}
	slices.Sort(s.candidates)
	return fromOrderKey(s.candidates[rank])
}

// reset opens all windows, and returns the least and the greatest key and how many values there are.
func (s *selector) reset() (from, to, left uint64) {
	s.low = append(s.low[:0], make([]int, len(s.runs))...)
	s.cut = append(s.cut[:0], make([]int, len(s.runs))...)
	s.high = s.high[:0]
	from, to = math.MaxUint64, 0
	for _, r := range s.runs {
		n := r.len()
		s.high = append(s.high, n)
		if n > 0 {
			from, to, left = min(from, r.key(0)), max(to, r.key(n-1)), left+uint64(n)
		}
	}
	return from, to, left
}

// after returns the first position in [low, high) whose key is greater.
func (r run) after(key uint64, low, high int) int {
	if r.index == nil && r.entry.width < widthFloat {
		return r.entry.afterInteger(key, low, high)
	}
	return low + sort.Search(high-low, func(i int) bool { return r.key(low+i) > key })
}

// afterInteger is after for whole numbers, which compare without being turned into keys.
func (e *entry) afterInteger(key uint64, low, high int) int {
	v := math.Floor(fromOrderKey(key))
	if math.Signbit(v) {
		return low
	}
	limit := uint64(math.MaxUint64)
	if v < integersBelow {
		limit = uint64(v)
	}
	if bits.Len64(limit) > 8*e.width {
		return high
	}
	for low < high {
		middle := int(uint(low+high) >> 1)
		if e.integer(middle) > limit {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
