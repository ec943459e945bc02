package engine

import (
	"sync"

	"flowwatch/tsdb"
)

// trendCache keeps the numbers of whole buckets until one of their days is
// written to. Old days are written to seldom. The zero value is empty.
type trendCache struct {
	mu      sync.Mutex // guards the rest
	writes  map[tsdb.Day]uint64
	buckets map[trendKey]trendEntry
}

// trendKey names a bucket of a workflow, or of the organisation, "".
type trendKey struct {
	workflowID string
	from, to   int64 // Unix ms, to excluded
}

type trendEntry struct {
	version uint64
	numbers trendNumbers
}

// trendBucketsMax bounds the buckets that are kept, some 150 bytes each.
const trendBucketsMax = 20_000

// forget notes that days were written to. It is called after the commit: until
// then, readers see what was there before.
func (c *trendCache) forget(days map[tsdb.Day]struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes == nil {
		c.writes = map[tsdb.Day]uint64{}
	}
	for day := range days {
		c.writes[day]++
	}
}

// forgetAll notes that days were cleaned up.
func (c *trendCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buckets = nil
}

// version changes when a day of the bucket is written to.
func (c *trendCache) version(k trendKey) (v uint64) {
	for day := tsdb.DayOf(k.from); day <= tsdb.DayOf(k.to-1); day++ {
		v += c.writes[day]
	}
	return v
}

// get returns the numbers of a bucket if they are kept, and the version that is
// to be put with them if not.
func (c *trendCache) get(k trendKey) (n trendNumbers, version uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	version = c.version(k)
	e, ok := c.buckets[k]
	return e.numbers, version, ok && e.version == version
}

// put keeps numbers that were read after get told the version.
func (c *trendCache) put(k trendKey, n trendNumbers, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buckets == nil || len(c.buckets) >= trendBucketsMax {
		c.buckets = map[trendKey]trendEntry{}
	}
	c.buckets[k] = trendEntry{version: version, numbers: n}
}
