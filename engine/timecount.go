package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// CountByTime counts by hours, days or weeks, in their order. In JSON it is an
// object.
type CountByTime []TimeCount

// TimeCount is the count of one key, such as 2026-11-23T14, 2026-11-23 or 2026-W48.
type TimeCount struct {
	Key   string
	Count int64
}

// add counts more of the last key or begins another.
func (c CountByTime) add(key string, n int64) CountByTime {
	if last := len(c) - 1; last >= 0 && c[last].Key == key {
		c[last].Count += n
		return c
	}
	return append(c, TimeCount{key, n})
}

// Map is the counts by key.
func (c CountByTime) Map() map[string]int64 {
	m := make(map[string]int64, len(c))
	for _, v := range c {
		m[v.Key] = v.Count
	}
	return m
}

// MarshalJSON writes an object whose members are in order.
func (c CountByTime) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+24*len(c))
	b = append(b, '{')
	for i, v := range c {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), v.Key...), '"', ':') // digits, dashes and T or W
		b = strconv.AppendInt(b, v.Count, 10)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *CountByTime) UnmarshalJSON(data []byte) error {
	var m map[string]int64
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("counts by time: %w", err)
	}
	*c = nil
	for key, n := range m {
		*c = append(*c, TimeCount{key, n})
	}
	slices.SortFunc(*c, func(a, b TimeCount) int { return cmp.Compare(a.Key, b.Key) })
	return nil
}
