package logbook

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// RecordsMax is how many records a ring keeps, the latest; bytesMax bounds what they take.
const (
	RecordsMax = 2_000
	bytesMax   = 8 << 20
)

// Record is one masked record. Its ID grows from 1 since the start of the process.
type Record struct {
	ID         uint64
	At         time.Time
	Level      slog.Level
	Message    string
	Attributes []Attribute
}

// Attribute is one of a record's; a name below groups has dots.
type Attribute struct{ Key, Value string }

// Ring keeps the latest records. The zero Ring is empty; it is safe for concurrent use.
type Ring struct {
	mu      sync.Mutex // guards the rest
	records []Record   // oldest first
	last    uint64
	bytes   int
}

func (r *Ring) add(record Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	record.ID = r.last
	r.records = append(r.records, record)
	r.bytes += size(&record)
	for len(r.records) > RecordsMax || r.bytes > bytesMax {
		r.bytes -= size(&r.records[0])
		r.records[0] = Record{} // the array behind the slice stays for a while
		r.records = r.records[1:]
	}
}

func size(r *Record) int {
	n := len(r.Message)
	for _, a := range r.Attributes {
		n += len(a.Key) + len(a.Value)
	}
	return n
}

// Query asks for records.
type Query struct {
	Level  slog.Level // and above
	Text   string     // part of the message or of an attribute, in any case; "": all
	Before uint64     // only older ones than that; 0: from the newest
	Limit  int
}

// Find gives records, newest first, and whether there are older ones that match.
func (r *Ring) Find(q Query) (found []Record, more bool) {
	r.mu.Lock()
	all := slices.Clone(r.records)
	r.mu.Unlock()
	q.Text = strings.ToLower(q.Text)
	for i := len(all) - 1; i >= 0; i-- {
		record := &all[i]
		if q.Before != 0 && record.ID >= q.Before || record.Level < q.Level || !record.holds(q.Text) {
			continue
		}
		if len(found) == q.Limit {
			return found, true
		}
		found = append(found, *record)
	}
	return found, false
}

func (r *Record) holds(lower string) bool {
	if lower == "" || strings.Contains(strings.ToLower(r.Message), lower) {
		return true
	}
	for _, a := range r.Attributes {
		if strings.Contains(strings.ToLower(a.Key+"="+a.Value), lower) {
			return true
		}
	}
	return false
}
