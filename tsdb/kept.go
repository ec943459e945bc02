package tsdb

import (
	"sync"
	"unsafe"

	"flowwatch/kv"
)

// digest is what readers need of a series' day most often, parsed: the stats of its hours. Of a day whose changes are not folded it also has the
// points, which no record holds as they are. It never changes, and many readers may share it.
type digest struct {
	hours   hourly // LastAt counts from the day's beginning
	retired bool
	merged  *entry // with memory of its own; nil: the stored entry holds the points
}

func (d *digest) size() int {
	size := int(unsafe.Sizeof(*d))
	if d.merged != nil {
		size += int(d.merged.size())
	}
	return size
}

// keptDay are the digests of one state of a day, by series; nil where a series has no points.
type keptDay struct {
	state  string // the day's record: whatever changes the day's points changes it
	series map[SeriesID]*digest
	size   int
}

// keptKey names a day of an organisation.
type keptKey struct {
	scope kv.Scope
	day   Day
}

// keptBytesMax bounds the digests that are kept, of all organisations: some 13,000 days of a series, which is a year of 35.
const keptBytesMax = 16 << 20

// About what the maps take for a day and for one of its series.
const (
	keptDayBytes    = 200
	keptSeriesBytes = 40
)

// keptDays keeps digests between queries. A transaction reads a day's record first and takes only what was read beside the very same one, so it never sees
// what is older or newer than itself, and nobody has to tell that a day was written to. The zero value is empty.
type keptDays struct {
	mu   sync.Mutex // guards all, the days too
	days map[keptKey]*keptDay
	size int
}

// day returns what is kept of a day in this state, at first nothing. The caller holds mu.
func (k *keptDays) day(s kv.Scope, day Day, state []byte) *keptDay {
	key := keptKey{s, day}
	known := k.days[key]
	if known != nil && known.state == string(state) {
		return known
	}
	fresh := &keptDay{state: string(state), series: make(map[SeriesID]*digest), size: keptDayBytes + len(state)}
	if known != nil {
		k.size -= known.size
	}
	if k.days == nil {
		k.days = make(map[keptKey]*keptDay)
	}
	k.days[key] = fresh
	k.size += fresh.size
	k.shrink()
	return fresh
}

// put keeps the digest of a series with a day. A day that was forgotten meanwhile takes it too, and lives as long as its reader. The
// caller holds mu.
func (k *keptDays) put(s kv.Scope, day Day, of *keptDay, id SeriesID, d *digest) {
	if _, known := of.series[id]; known {
		return // another reader was first
	}
	size := keptSeriesBytes
	if d != nil {
		size += d.size()
	}
	of.series[id] = d
	of.size += size
	if k.days[keptKey{s, day}] == of {
		k.size += size
		k.shrink()
	}
}

// shrink forgets days, in no order, until half of the room is free.
func (k *keptDays) shrink() {
	if k.size <= keptBytesMax {
		return
	}
	for key, d := range k.days {
		if k.size <= keptBytesMax/2 {
			return
		}
		k.size -= d.size
		delete(k.days, key)
	}
}
