package tsdb

import (
	"encoding/binary"
	"fmt"
)

// Stats sum up points. The zero value is that of none; Min, Max and Last mean something only when Count > 0.
type Stats struct {
	Count  uint64
	Sum    float64
	Min    float64
	Max    float64
	Last   float64 // the value at LastAt; of several there the greatest
	LastAt int64   // Unix milliseconds; of a stored hour its last point's
}

// add takes one more point.
func (s *Stats) add(at int64, v float64) {
	s.merge(Stats{Count: 1, Sum: v, Min: v, Max: v, Last: v, LastAt: at})
}

// merge takes the points of others. Sums are floating-point: whole numbers are exact below 2⁵³, others depend on the order
// in the last digit, so all of the package adds in the same order.
func (s *Stats) merge(o Stats) {
	if o.Count == 0 {
		return
	}
	if s.Count == 0 {
		*s = o
		return
	}
	s.Count += o.Count
	s.Sum += o.Sum
	s.Min = min(s.Min, o.Min)
	s.Max = max(s.Max, o.Max)
	if o.LastAt > s.LastAt || (o.LastAt == s.LastAt && o.Last > s.Last) {
		s.Last, s.LastAt = o.Last, o.LastAt
	}
}

// Mean returns Sum / Count, 0 when there are no points.
func (s Stats) Mean() float64 {
	if s.Count == 0 {
		return 0
	}
	return s.Sum / float64(s.Count)
}

// Aggregation picks one number of Stats.
type Aggregation string

// The aggregations.
const (
	Sum   Aggregation = "sum"
	Avg   Aggregation = "avg"
	Min   Aggregation = "min"
	Max   Aggregation = "max"
	Count Aggregation = "count"
	Last  Aggregation = "last"
)

// Of returns the aggregated value; ok is false when there are no points, for which only Count has a value, 0.
func (a Aggregation) Of(s Stats) (value float64, ok bool) {
	switch a {
	case Sum:
		return s.Sum, s.Count > 0
	case Avg:
		return s.Mean(), s.Count > 0
	case Min:
		return s.Min, s.Count > 0
	case Max:
		return s.Max, s.Count > 0
	case Count:
		return float64(s.Count), true
	case Last:
		return s.Last, s.Count > 0
	}
	panic(fmt.Sprintf("BUG: aggregation %q", string(a)))
}

// Hours of a day, and the milliseconds of one.
const (
	hoursPerDay = 24
	hourMs      = dayMs / hoursPerDay
)

// hourly are the stats of a day's hours. LastAt counts from the day's beginning.
type hourly [hoursPerDay]Stats

// hourlyOf sums samples up in their order.
func hourlyOf(samples []sample) *hourly {
	h := new(hourly)
	for _, s := range samples {
		h[int64(s.at)/hourMs].add(int64(s.at), s.value)
	}
	return h
}

// appendHourly writes the hours that have points: hour, count, ms of the last point in the hour, then sum, min, max and last, or for a single
// point only its value.
func appendHourly(dst []byte, h *hourly) []byte {
	for i, s := range h {
		if s.Count == 0 {
			continue
		}
		dst = binary.AppendUvarint(append(dst, byte(i)), s.Count)
		dst = binary.AppendUvarint(dst, uint64(s.LastAt-int64(i)*hourMs))
		dst = appendNumber(dst, s.Last)
		if s.Count > 1 {
			dst = appendNumber(appendNumber(appendNumber(dst, s.Sum), s.Min), s.Max)
		}
	}
	return dst
}

// parse reads what appendHourly wrote.
func (h *hourly) parse(src []byte) bool {
	for previous := -1; len(src) > 0; {
		i := int(src[0])
		if i <= previous || i >= hoursPerDay {
			return false
		}
		s, rest, ok := cutHour(src[1:])
		if !ok {
			return false
		}
		s.LastAt += int64(i) * hourMs
		h[i], previous, src = s, i, rest
	}
	return true
}

func cutHour(src []byte) (s Stats, rest []byte, ok bool) {
	n, src, ok := cutCount(src, samplesMax)
	if !ok || n == 0 {
		return s, nil, false
	}
	at, src, ok := cutCount(src, uint64(hourMs-1))
	if !ok {
		return s, nil, false
	}
	s.Count, s.LastAt = uint64(n), int64(at)
	if s.Last, src, ok = cutNumber(src); !ok {
		return s, nil, false
	}
	if n == 1 {
		s.Sum, s.Min, s.Max = s.Last, s.Last, s.Last
		return s, src, true
	}
	for _, field := range []*float64{&s.Sum, &s.Min, &s.Max} {
		if *field, src, ok = cutNumber(src); !ok {
			return s, nil, false
		}
	}
	return s, src, true
}
