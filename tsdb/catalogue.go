package tsdb

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"flowwatch/kv"
)

// SeriesID is the number of a series within its scope, from 1. A number is never given twice.
type SeriesID uint32

// Series is one entry of the catalogue.
type Series struct {
	ID     SeriesID
	Labels Labels
}

// catalogue holds the series of all scopes: by number, by labels, and by each single label (its postings).
var catalogue = kv.NewCollection("tsdb_series", kv.Spec[Series]{
	Version: 1,
	Key:     func(dst []byte, s *Series) []byte { return kv.AppendUint32(dst, uint32(s.ID)) },
	Encode:  func(dst []byte, s *Series) []byte { return append(dst, s.Labels.canonical...) },
	Decode:  decodeSeries,
	Indexes: []kv.Index[Series]{
		{Name: "labels", Unique: true, Keys: func(s *Series, emit func([]byte)) { emit([]byte(s.Labels.canonical)) }},
		{Name: "label", Keys: func(s *Series, emit func([]byte)) {
			for name, value := range s.Labels.All() {
				emit(kv.AppendString(kv.AppendString(nil, name), value))
			}
		}},
	},
})

func decodeSeries(version uint8, key, data []byte) (*Series, error) {
	id, rest, err := kv.ReadUint32(key)
	if version != 1 || err != nil || len(rest) != 0 {
		return nil, fmt.Errorf("series of version %d: %w", version, ErrCorrupt)
	}
	labels, err := parseLabels(data)
	if err != nil {
		return nil, err
	}
	return &Series{ID: SeriesID(id), Labels: labels}, nil
}

// findSeries returns the number of a series; known is false when there is none of these labels.
func findSeries(tx *kv.Tx, s kv.Scope, labels Labels) (id SeriesID, known bool, err error) {
	stored, ok := catalogue.Lookup(tx, s, "labels", []byte(labels.canonical))
	if !ok {
		return 0, false, nil
	}
	n, rest, err := kv.ReadUint32(stored)
	if err != nil || len(rest) != 0 {
		return 0, false, fmt.Errorf("series %s: number %x: %w", labels, stored, ErrCorrupt)
	}
	return SeriesID(n), true, nil
}

// addSeries registers a series that is not known yet and counts it in the head, which the caller stores.
func addSeries(tx *kv.Tx, s kv.Scope, h *head, labels Labels) (SeriesID, error) {
	h.LastSeries++
	h.Series++
	v := &Series{ID: SeriesID(h.LastSeries), Labels: labels}
	if err := catalogue.Replace(tx, s, nil, v); err != nil {
		return 0, fmt.Errorf("series %s: %w", labels, err)
	}
	return v.ID, nil
}

// selectSeries returns the series that all matchers take, in order of their numbers, at most limit of them; more is ErrSeriesLimit.
func selectSeries(tx *kv.Tx, s kv.Scope, matchers []Matcher, limit int) ([]Series, error) {
	var found []Series
	take := func(v *Series) error {
		for _, m := range matchers {
			if !m.matches(v.Labels) {
				return nil
			}
		}
		if len(found) == limit {
			return fmt.Errorf("more than %d match: %w", limit, ErrSeriesLimit)
		}
		found = append(found, *v)
		return nil
	}
	candidates, narrowed := intersectPostings(tx, s, matchers)
	if !narrowed {
		err := catalogue.Scan(tx, s, kv.Span{}, func(_ []byte, v *Series) (bool, error) { return true, take(v) })
		return found, err
	}
	for _, id := range candidates {
		v, err := catalogue.Get(tx, s, kv.AppendUint32(nil, id))
		if err == nil {
			err = take(v)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// intersectPostings returns the numbers that all selecting matchers have in common, rising; narrowed is false when no
// matcher selects and all series must be looked at.
func intersectPostings(tx *kv.Tx, s kv.Scope, matchers []Matcher) (ids []uint32, narrowed bool) {
	for _, m := range matchers {
		if !m.selects() {
			continue
		}
		listed := postings(tx, s, m.name, m.value)
		if narrowed {
			ids = intersect(ids, listed)
		} else {
			ids, narrowed = listed, true
		}
		if len(ids) == 0 {
			break
		}
	}
	return ids, narrowed
}

func postings(tx *kv.Tx, s kv.Scope, name, value string) (ids []uint32) {
	prefix := kv.AppendString(kv.AppendString(nil, name), value)
	catalogue.ScanIndex(tx, s, "label", kv.Span{Prefix: prefix}, func(_, primary []byte) bool {
		if id, _, err := kv.ReadUint32(primary); err == nil {
			ids = append(ids, id)
		}
		return true
	})
	return ids
}

// intersect keeps in a what b has too. Both rise.
func intersect(a, b []uint32) []uint32 {
	kept := a[:0]
	for _, id := range a {
		at, found := slices.BinarySearch(b, id)
		if found {
			kept = append(kept, id)
		}
		b = b[at:]
	}
	return kept
}

// labelNames returns the names of all labels in use, in byte order.
func labelNames(tx *kv.Tx, s kv.Scope) (names []string, err error) {
	err = eachPrefix(tx, s, nil, func(entry []byte) (prefix []byte, err error) {
		name, rest, err := kv.ReadString(entry)
		names = append(names, name)
		return entry[:len(entry)-len(rest)], err
	})
	return names, err
}

// labelValues returns the values in use of one label, in byte order.
func labelValues(tx *kv.Tx, s kv.Scope, name string) (values []string, err error) {
	of := kv.AppendString(nil, name)
	err = eachPrefix(tx, s, of, func(entry []byte) (prefix []byte, err error) {
		value, rest, err := kv.ReadString(entry[len(of):])
		values = append(values, value)
		return entry[:len(entry)-len(rest)], err
	})
	return values, err
}

var errPostings = errors.New("posting cannot be read")

// eachPrefix visits the first posting of each prefix that read finds at an entry's beginning, and skips the others: it seeks, so that the time
// depends on how many prefixes there are and not on how many series.
func eachPrefix(tx *kv.Tx, s kv.Scope, within []byte, read func(entry []byte) (prefix []byte, err error)) error {
	var from []byte
	for {
		var prefix []byte
		var failure error
		catalogue.ScanIndex(tx, s, "label", kv.Span{From: from, Prefix: within}, func(entry, _ []byte) bool {
			p, err := read(entry)
			prefix, failure = bytes.Clone(p), err
			return false
		})
		if failure != nil {
			return fmt.Errorf("%w: %w", errPostings, failure)
		}
		if prefix == nil {
			return nil
		}
		// A prefix ends with 0x01, a string part's end, so the next one is the first key behind all that begin with it.
		prefix[len(prefix)-1]++
		from = prefix
	}
}
