package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"flowwatch/kv"
)

// When chunks are folded into entries: when there are many, or enough to be worth rewriting the entries for, or when no more seem to come.
const (
	foldChunksMax    = 256
	foldChunksMin    = 32
	foldBytesMin     = 256 << 10
	foldShare        = 4 // chunks weigh at least a quarter of the entries
	foldQuiet        = 30 * time.Second
	foldSamplesPerTx = 100_000 // a commit at most writes so many, that ingestion does not wait long for its turn
)

// foldDue reports whether the day's chunks cost readers more than folding them would cost the disk.
func (d *dayState) foldDue(now time.Time) bool {
	quiet := now.Sub(time.UnixMilli(d.WrittenAt)).Abs() >= foldQuiet
	worth := (d.Chunks >= foldChunksMin || d.ChunkBytes >= foldBytesMin) && d.ChunkBytes*foldShare >= d.EntryBytes
	return d.Chunks >= foldChunksMax || worth || (d.Chunks > 0 && quiet)
}

// Fold merges what waits in chunks into the entries of the day, with their rollups and sorted runs. Readers see the same before, meanwhile and after. It
// takes several transactions; one that stops in the middle, in whatever way, is done again from the beginning by the next, to the same end.
func (s Scope) Fold(ctx context.Context, day Day) error {
	s.db.maintain.Lock()
	defer s.db.maintain.Unlock()
	if err := s.fold(ctx, day); err != nil {
		return fmt.Errorf("fold day %s: %w", day, err)
	}
	return nil
}

// fold needs db.maintain, because a day that is dropped meanwhile must not come back.
func (s Scope) fold(ctx context.Context, day Day) error {
	f := folding{scope: s.kv, day: day}
	if err := s.db.store.View(f.load); err != nil || f.chunks == 0 {
		return err
	}
	f.pending = slices.Sorted(maps.Keys(f.changes))
	for len(f.pending) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		done := 0
		err := s.db.store.Update(func(tx *kv.Tx) (err error) {
			done, err = f.writeSome(tx)
			return err
		})
		if err != nil {
			return err
		}
		f.pending = f.pending[done:]
	}
	return s.db.store.Update(f.finish)
}

// folding is one run of fold: all chunks that the day had when it began.
type folding struct {
	scope   kv.Scope
	day     Day
	changes map[SeriesID][]change
	chunks  int
	bytes   int64
	seq     uint64 // of the last of these chunks
	pending []SeriesID
	grown   int64 // bytes that entries grew by in the present transaction
}

func (f *folding) load(tx *kv.Tx) error {
	of, err := readChunks(tx, f.scope, f.day, f.day, func(SeriesID) bool { return true })
	if err != nil {
		return err
	}
	f.changes = make(map[SeriesID][]change, len(of))
	for k, changes := range of {
		f.changes[k.series] = changes
	}
	chunks.ScanRaw(tx, f.scope, kv.Span{Prefix: appendDay(nil, f.day)}, func(key, data []byte) bool {
		f.chunks++
		f.bytes += int64(len(data))
		_, f.seq, err = readChunkKey(key)
		return err == nil
	})
	return err
}

// writeSome replaces the entries of the first pending series, as many as fit one transaction, and returns how many it did.
func (f *folding) writeSome(tx *kv.Tx) (done int, err error) {
	f.grown = 0
	for samples := 0; done < len(f.pending) && samples < foldSamplesPerTx; done++ {
		n, err := f.write(tx, f.pending[done])
		if err != nil {
			return 0, err
		}
		samples += n
	}
	return done, f.change(tx, func(d *dayState) { d.EntryBytes += f.grown })
}

// write replaces the entry of one series and returns how many samples it has.
func (f *folding) write(tx *kv.Tx, id SeriesID) (samples int, err error) {
	base, err := readBase(tx, f.scope, f.day, id)
	if err != nil || (base != nil && base.retired()) {
		return 0, err
	}
	r := &entryRecord{day: f.day, series: id}
	if base == nil {
		base = &entry{}
	} else {
		f.grown -= base.size()
	}
	merged := merge(base, f.changes[id])
	if len(merged) == 0 {
		return 0, entries.Replace(tx, f.scope, r, nil)
	}
	r.data = appendEntry(make([]byte, 0, base.size()+int64(len(merged))*(atBytes+idBytes)), merged)
	f.grown += int64(len(r.data))
	return len(merged), entries.Replace(tx, f.scope, nil, r)
}

// finish gives up the chunks, now that the entries hold them.
func (f *folding) finish(tx *kv.Tx) error {
	var done []chunk
	chunks.ScanRaw(tx, f.scope, kv.Span{Prefix: appendDay(nil, f.day)}, func(key, _ []byte) bool {
		_, seq, err := readChunkKey(key)
		if err != nil || seq > f.seq {
			return false
		}
		done = append(done, chunk{day: f.day, seq: seq})
		return true
	})
	for i := range done {
		if err := chunks.Replace(tx, f.scope, &done[i], nil); err != nil {
			return err
		}
	}
	return f.change(tx, func(d *dayState) {
		d.Chunks -= f.chunks
		d.ChunkBytes -= f.bytes
	})
}

func (f *folding) change(tx *kv.Tx, fn func(*dayState)) error {
	was, err := readDayState(tx, f.scope, f.day)
	if err == nil && was == nil {
		err = fmt.Errorf("chunks without a day: %w", ErrCorrupt)
	}
	if err != nil {
		return err
	}
	is := *was
	fn(&is)
	return days.Replace(tx, f.scope, was, &is)
}
