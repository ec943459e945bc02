package tsdb

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"flowwatch/tsdb/quantile"
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

func (r run) value(i int) float64 {
	if r.index != nil {
		i = int(r.index[i])
	}
	return r.entry.value(i)
}

func (r run) key(i int) uint64 { return orderKey(r.value(i)) }

// sharesOf checks percentages.
func sharesOf(percents []float64) ([]quantile.Share, error) {
	shares := make([]quantile.Share, len(percents))
	for i, p := range percents {
		var ok bool
		if shares[i], ok = quantile.ShareOf(p); !ok {
			return nil, fmt.Errorf("percentile %v is not between 0 and 100: %w", p, ErrRange)
		}
	}
	return shares, nil
}

// percentilesOf returns the exact percentiles of all runs together, nil when there are no values.
func percentilesOf(runs []run, shares []quantile.Share) []float64 {
	n := uint64(0)
	for _, r := range runs {
		n += uint64(r.len())
	}
	if n == 0 || len(shares) == 0 {
		return nil
	}
	values, s := make([]float64, len(shares)), selector{runs: runs}
	for i, share := range shares {
		at := quantile.At(n, share)
		values[i] = at.Between(s.ranked(at.Index))
	}
	return values
}

// gatherMax is how few candidates are worth sorting instead of narrowing further.
const gatherMax = 64

// selector finds the value of a rank in sorted runs without merging them: it narrows the interval of keys in which the value lies, and with it the
// window of each run that lies in the interval.
type selector struct {
	runs      []run
	low, high []int  // the window of each run
	cut       []int  // where the middle of the interval would cut it
	from, to  uint64 // the interval, both ends in it
	left      uint64 // values in all windows
	gathered  []uint64
}

// ranked returns the value with this many others before it, and the one after it, which is the same when there is none.
func (s *selector) ranked(rank uint64) (value, next float64) {
	at := s.narrow(rank)
	if s.from < s.to {
		s.gather()
		value = fromOrderKey(s.gathered[at])
	} else {
		value = fromOrderKey(s.from)
	}
	switch {
	case at+1 == s.left:
		return value, s.behind(value)
	case s.from < s.to:
		return value, fromOrderKey(s.gathered[at+1])
	}
	return value, value
}

// narrow leaves few values in the windows, or only equal ones, and returns how many of these come before the one of the rank.
func (s *selector) narrow(rank uint64) uint64 {
	s.reset()
	for step := 0; s.left > gatherMax && s.from < s.to; step++ {
		pivot, below := s.pivot(rank, step), uint64(0)
		for i, r := range s.runs {
			s.cut[i] = r.after(pivot, s.low[i], s.high[i])
			below += uint64(s.cut[i] - s.low[i])
		}
		if rank < below {
			s.high, s.cut = s.cut, s.high
			s.to, s.left = pivot, below
		} else {
			s.low, s.cut = s.cut, s.low
			s.from, s.left, rank = pivot+1, s.left-below, rank-below
		}
	}
	return rank
}

// pivot returns a key of [from, to): the mean of what stands in each window where the rank should be. By turns it aims a little above the rank and a little
// below it, so that the windows close around it from both sides. Every third is in the middle of the keys, which ends soon whatever the values are.
func (s *selector) pivot(rank uint64, step int) uint64 {
	left := float64(s.left)
	aside := math.Sqrt(left) // twice as much as the mean is usually off
	switch step % 3 {
	case 1:
		aside = -aside
	case 2:
		return s.from + (s.to-s.from)/2
	}
	share, mean := max(0, (float64(rank)+aside)/left), 0.0
	for i, r := range s.runs {
		if n := s.high[i] - s.low[i]; n > 0 {
			mean += r.value(s.low[i]+min(n-1, int(share*float64(n)))) * (float64(n) / left)
		}
	}
	return min(max(orderKey(mean), s.from), s.to-1)
}

// reset opens all windows.
func (s *selector) reset() {
	s.low = append(s.low[:0], make([]int, len(s.runs))...)
	s.cut = append(s.cut[:0], make([]int, len(s.runs))...)
	s.high = s.high[:0]
	s.from, s.to, s.left = math.MaxUint64, 0, 0
	for _, r := range s.runs {
		n := r.len()
		s.high = append(s.high, n)
		if n > 0 {
			s.from, s.to, s.left = min(s.from, r.key(0)), max(s.to, r.key(n-1)), s.left+uint64(n)
		}
	}
}

// gather sorts what is in the windows.
func (s *selector) gather() {
	s.gathered = s.gathered[:0]
	for i, r := range s.runs {
		for k := s.low[i]; k < s.high[i]; k++ {
			s.gathered = append(s.gathered, r.key(k))
		}
	}
	slices.Sort(s.gathered)
}

// behind returns the least value after all windows, or last when there is none.
func (s *selector) behind(last float64) float64 {
	least, found := uint64(math.MaxUint64), false
	for i, r := range s.runs {
		if s.high[i] < r.len() {
			least, found = min(least, r.key(s.high[i])), true
		}
	}
	if !found {
		return last
	}
	return fromOrderKey(least)
}

// after returns the first position in [low, high) whose key is greater.
func (r run) after(key uint64, low, high int) int {
	if r.entry.width < widthFloat {
		return r.afterInteger(key, low, high)
	}
	return low + sort.Search(high-low, func(i int) bool { return r.key(low+i) > key })
}

// afterInteger is after for whole numbers, which compare without being turned into keys.
func (r run) afterInteger(key uint64, low, high int) int {
	v := math.Floor(fromOrderKey(key))
	if math.Signbit(v) {
		return low
	}
	if v >= integersBelow {
		return high
	}
	limit := uint64(v)
	for low < high {
		middle := int(uint(low+high) >> 1)
		at := middle
		if r.index != nil {
			at = int(r.index[middle])
		}
		if r.entry.integer(at) > limit {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
