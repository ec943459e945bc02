package engine

import (
	"sync"
	"time"

	"flowwatch/tsdb"
)

// loadKey names the runs of a workflow that began on a UTC day.
type loadKey struct {
	of         *organization
	workflowID string
	day        tsdb.Day
}

// loadCache keeps what the steps of whole days took, until a run that began on
// the day is written. The zero value is empty. Safe for concurrent use.
type loadCache struct {
	mu     sync.Mutex // guards all below
	writes map[loadDay]uint64
	kept   map[loadKey]loadEntry
	values int // durations of all that is kept
}

type loadDay struct {
	of  *organization
	day tsdb.Day
}

type loadEntry struct {
	version uint64
	read    *loadRead
}

// get returns what is kept, nil if nothing is, and the version to put with what
// is read instead.
func (c *loadCache) get(k loadKey) (read *loadRead, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	version = c.writes[loadDay{k.of, k.day}]
	if e, ok := c.kept[k]; ok && e.version == version {
		read = e.read
	}
	return read, version
}

// put keeps what was read after get told the version. Nobody may change it any more.
func (c *loadCache) put(k loadKey, read *loadRead, version uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || c.values > loadValuesMax {
		c.kept, c.values = map[loadKey]loadEntry{}, 0
	}
	c.kept[k] = loadEntry{version, read}
	c.values += 1 + read.load.Values()
}

// forget notes that documents were written, after their commit.
func (c *loadCache) forget(t *Tenant, done []written) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes == nil {
		c.writes = map[loadDay]uint64{}
	}
	for i := range done {
		w := &done[i]
		c.writes[loadDay{t.organization, tsdb.DayOf(w.document.summary.SortTime().Ms())}]++
		if old := w.entry.stored; old != nil {
			c.writes[loadDay{t.organization, tsdb.DayOf(old.summary.SortTime().Ms())}]++
		}
	}
}

// forgetRuns notes that documents were removed.
func (c *loadCache) forgetRuns(t *Tenant, gone []*document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes == nil {
		c.writes = map[loadDay]uint64{}
	}
	for _, d := range gone {
		c.writes[loadDay{t.organization, tsdb.DayOf(d.summary.SortTime().Ms())}]++
	}
}

func timeOfDay(day tsdb.Day) time.Time { return time.UnixMilli(day.Start()) }
