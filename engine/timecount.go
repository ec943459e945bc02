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

// begin adds a key without any, unless it is the last one already.
func (c CountByTime) begin(key string) CountByTime {
	if last := len(c) - 1; last >= 0 && c[last].Key == key {
		return c
	}
	return append(c, TimeCount{Key: key})
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
	return c.AppendJSON(make([]byte, 0, 2+timeCountBytesUsual*len(c))), nil
}

// timeCountBytesUsual is what most counts take at most.
const timeCountBytesUsual = 24

// AppendJSON is MarshalJSON into dst.
func (c CountByTime) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, v := range c {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), v.Key...), '"', ':') // digits, dashes and T or W
		dst = strconv.AppendInt(dst, v.Count, 10)
	}
	return append(dst, '}')
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
