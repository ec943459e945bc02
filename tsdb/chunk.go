package tsdb

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"flowwatch/kv"
)

// change is what a batch does to one point of a series and day: its new sample, or its removal.
type change struct {
	sample
	deleted bool
}

// chunks hold what batches changed and nobody has folded into the entries yet: a record for each batch and day, so that ingestion writes
// rising keys only.
var chunks = kv.NewCollection("tsdb_chunks", kv.Spec[chunk]{
	Version: 1,
	Key:     func(dst []byte, c *chunk) []byte { return kv.AppendUint64(appendDay(dst, c.day), c.seq) },
	Encode:  func(dst []byte, c *chunk) []byte { return append(dst, c.data...) },
	Decode: func(_ uint8, key, data []byte) (*chunk, error) {
		day, seq, err := readChunkKey(key)
		if err == nil {
			err = verifyChunk(data)
		}
		if err != nil {
			return nil, err
		}
		return &chunk{day: day, seq: seq}, nil
	},
})

// chunk is one stored record. Its seq rises over all days of a scope. Its data is read with ScanRaw, where it lies; Decode only verifies, for
// Check, and returns none.
type chunk struct {
	day  Day
	seq  uint64
	data []byte
}

func readChunkKey(key []byte) (Day, uint64, error) {
	day, rest, err := readDay(key)
	if err != nil {
		return 0, 0, err
	}
	seq, rest, err := kv.ReadUint64(rest)
	if err == nil && len(rest) != 0 {
		err = fmt.Errorf("chunk key of %d bytes: %w", len(key), ErrCorrupt)
	}
	return day, seq, err
}

// appendDay and readDay are the key part of a day: 4 bytes that sort as days do.
func appendDay(dst []byte, d Day) []byte { return kv.AppendUint32(dst, uint32(d)^1<<31) }

func readDay(src []byte) (Day, []byte, error) {
	u, rest, err := kv.ReadUint32(src)
	return Day(u ^ 1<<31), rest, err
}

const groupHeadBytes = 4 + 4 // series, length of its changes

// seriesChange is a change with its series.
type seriesChange struct {
	series SeriesID
	change
}

// appendChunk writes the changes of one day, at most one for each series and id. It sorts them.
func appendChunk(dst []byte, changes []seriesChange) []byte {
	slices.SortFunc(changes, func(a, b seriesChange) int {
		return cmp.Or(cmp.Compare(a.series, b.series), compareBool(a.deleted, b.deleted), cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
	})
	begin := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].series == changes[0].series {
			n++
		}
		dst = kv.AppendUint32(dst, uint32(changes[0].series))
		at := len(dst)
		dst = appendChanges(append(dst, 0, 0, 0, 0), changes[:n])
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		changes = changes[n:]
	}
	setChecksum(dst[begin:])
	return dst
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// appendChanges writes those of one series: how many are samples, the samples by time, then the ids that are removed.
func appendChanges(dst []byte, changes []seriesChange) []byte {
	puts := 0
	for puts < len(changes) && !changes[puts].deleted {
		puts++
	}
	dst = binary.AppendUvarint(dst, uint64(puts))
	previous := uint32(0)
	for _, c := range changes[:puts] {
		dst = binary.AppendUvarint(dst, uint64(c.at-previous))
		dst = kv.AppendUint64(appendNumber(dst, c.value), uint64(c.id))
		previous = c.at
	}
	for _, c := range changes[puts:] {
		dst = kv.AppendUint64(dst, uint64(c.id))
	}
	return dst
}

// eachGroup calls fn for every series of a chunk, in order, until it returns false. Nothing is decoded but lengths.
func eachGroup(data []byte, fn func(id SeriesID, changes []byte) bool) error {
	rest, ok := checked(data)
	if !ok {
		return fmt.Errorf("chunk of %d bytes: checksum: %w", len(data), ErrCorrupt)
	}
	for previous := SeriesID(0); len(rest) > 0; {
		if len(rest) < groupHeadBytes {
			return fmt.Errorf("chunk of %d bytes: head: %w", len(data), ErrCorrupt)
		}
		id, n := SeriesID(binary.BigEndian.Uint32(rest)), uint64(binary.BigEndian.Uint32(rest[4:]))
		rest = rest[groupHeadBytes:]
		if id <= previous || n > uint64(len(rest)) {
			return fmt.Errorf("chunk of %d bytes: series %d of %d bytes: %w", len(data), id, n, ErrCorrupt)
		}
		if !fn(id, rest[:n]) {
			return nil
		}
		previous, rest = id, rest[n:]
	}
	return nil
}

// verifyChunk reads all of a chunk.
func verifyChunk(data []byte) error {
	var failure error
	err := eachGroup(data, func(_ SeriesID, group []byte) bool {
		_, failure = readChanges(nil, group)
		return failure == nil
	})
	if err == nil {
		err = failure
	}
	return err
}

// readChanges appends the changes of one series.
func readChanges(dst []change, src []byte) ([]change, error) {
	bad := fmt.Errorf("changes of %d bytes: %w", len(src), ErrCorrupt)
	puts, src, ok := cutCount(src, samplesMax)
	if !ok {
		return nil, bad
	}
	at := 0
	for range puts {
		var delta int
		var c change
		if delta, src, ok = cutCount(src, uint64(dayMs)); !ok || int64(at+delta) >= dayMs {
			return nil, bad
		}
		at += delta
		if c.value, src, ok = cutNumber(src); !ok || len(src) < idBytes {
			return nil, bad
		}
		c.at, c.id = uint32(at), PointID(binary.BigEndian.Uint64(src))
		dst, src = append(dst, c), src[idBytes:]
	}
	if len(src)%idBytes != 0 {
		return nil, bad
	}
	for ; len(src) > 0; src = src[idBytes:] {
		dst = append(dst, change{sample: sample{id: PointID(binary.BigEndian.Uint64(src))}, deleted: true})
	}
	return dst, nil
}

// merge applies changes, in the order they came, to the samples of an entry, and returns the samples in byValue's order. Applying the
// same changes again, or an older part of them before the rest, ends the same: that is what lets a fold stop anywhere.
func merge(base *entry, changes []change) []sample {
	newest := make(map[PointID]int, len(changes)) // where the last change of each point stands
	for i, c := range changes {
		newest[c.id] = i
	}
	puts := make([]sample, 0, len(newest))
	for i, c := range changes {
		if newest[c.id] == i && !c.deleted {
			puts = append(puts, c.sample)
		}
	}
	slices.SortFunc(puts, byValue)
	merged := make([]sample, 0, base.n+len(puts))
	for i := range base.n {
		id := base.id(i)
		if _, changed := newest[id]; changed {
			continue
		}
		s := sample{at: base.at(i), value: base.value(i), id: id}
		for len(puts) > 0 && byValue(puts[0], s) < 0 {
			merged, puts = append(merged, puts[0]), puts[1:]
		}
		merged = append(merged, s)
	}
	return append(merged, puts...)
}
