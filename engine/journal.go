package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// journal holds, per organisation, one block for each commit with all the
// events that it accepted. The documents follow it; recovery and resume read it.
var journal = kv.NewJournal("journal")

// Limits of what the journal keeps behind the last checkpoint, whichever is less.
const (
	journalAgeMs    = 24 * 60 * 60 * 1000
	journalBytesMax = 64 << 20
)

// blockVersion is the first byte of a block. Then follow the commit's time in
// Unix ms (varint), the number of events (uvarint), and, compressed with s2,
// the events' journal forms one after another.
const blockVersion = 1

// frames is how many frames, and so seqs, an applied event of a type causes: one about
// the execution and, for a step event, one about the step before it.
func frames(t execution.EventType) uint64 {
	if t.IsStep() {
		return 2
	}
	return 1
}

func appendBlock(dst []byte, atMs int64, events int, encoded []byte) []byte {
	dst = append(dst, blockVersion)
	dst = binary.AppendVarint(dst, atMs)
	dst = binary.AppendUvarint(dst, uint64(events))
	return append(dst, s2.Encode(nil, encoded)...)
}

func blockTime(data []byte) (atMs int64, events uint64, body []byte, err error) {
	if len(data) < 3 || data[0] != blockVersion {
		return 0, 0, nil, fmt.Errorf("journal block: unknown version")
	}
	atMs, n := binary.Varint(data[1:])
	if n <= 0 {
		return 0, 0, nil, fmt.Errorf("journal block: bad time")
	}
	events, m := binary.Uvarint(data[1+n:])
	if m <= 0 {
		return 0, 0, nil, fmt.Errorf("journal block: bad count")
	}
	return atMs, events, data[1+n+m:], nil
}

// readBlock calls fn for each event with the seq of its last frame.
func readBlock(first uint64, data []byte, fn func(e *execution.Event, seq uint64) error) error {
	events, raw, err := openBlock(data)
	if err != nil {
		return err
	}
	seq := first - 1
	for range events {
		var e execution.Event
		if e, raw, err = execution.ReadEvent(raw); err != nil {
			return fmt.Errorf("journal event: %w", err)
		}
		seq += frames(e.Type)
		if err := fn(&e, seq); err != nil {
			return err
		}
	}
	return nil
}

// skimBlock is readBlock for who looks for few of the events. raw is what execution.ReadEvent reads; it and the event are borrowed.
func skimBlock(first uint64, data []byte, fn func(e *execution.Skimmed, raw []byte, seq uint64) error) error {
	events, raw, err := openBlock(data)
	if err != nil {
		return err
	}
	seq := first - 1
	for range events {
		e, rest, err := execution.SkimEvent(raw)
		if err != nil {
			return fmt.Errorf("journal event: %w", err)
		}
		seq += frames(e.Type)
		if err := fn(&e, raw, seq); err != nil {
			return err
		}
		raw = rest
	}
	return nil
}

// openBlock is how many events a block has, and their journal forms.
func openBlock(data []byte) (events uint64, raw []byte, err error) {
	_, events, body, err := blockTime(data)
	if err != nil {
		return 0, nil, err
	}
	if raw, err = s2.Decode(nil, body); err != nil {
		return 0, nil, fmt.Errorf("journal block: %w", err)
	}
	return events, raw, nil
}

// cursor is how far the documents cover the journal.
type cursor struct {
	seq    uint64
	window []byte // queueState's slots as of the documents
}

var cursors = kv.NewCollection("cursors", kv.Spec[cursor]{
	Version: 1,
	Key:     func(dst []byte, _ *cursor) []byte { return append(dst, "documents"...) },
	Encode: func(dst []byte, c *cursor) []byte {
		return append(binary.AppendUvarint(dst, c.seq), c.window...)
	},
	Decode: func(_ uint8, _, data []byte) (*cursor, error) {
		seq, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, fmt.Errorf("cursor: truncated")
		}
		return &cursor{seq: seq, window: append([]byte(nil), data[n:]...)}, nil
	},
})

// trimJournal drops old blocks that the documents cover.
func (t *Tenant) trimJournal(tx *kv.Tx) error {
	const blocksMax = 4096 // more than a second's commits, so that it keeps up, and few enough that no checkpoint is long
	oldest := t.engine.now().UnixMilli() - journalAgeMs
	size := journal.Size(tx, t.scope)
	_, err := journal.Trim(tx, t.scope, blocksMax, func(_, last uint64, data []byte) bool {
		atMs, _, _, err := blockTime(data)
		if last > t.cursor || err != nil || atMs >= oldest && size <= journalBytesMax {
			return false
		}
		size -= int64(len(data))
		return true
	})
	return err
}
