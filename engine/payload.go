package engine

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

// payloadBytesMax is what is kept of one input or output; the rest is cut.
const payloadBytesMax = 256 << 10

type payloadKind byte

const (
	inputPayload  payloadKind = 'i'
	outputPayload payloadKind = 'o'
)

// payload is the input or output that one event carried, masked before it is
// stored. It is named by the event, so it is written once and never moves.
type payload struct {
	executionID string
	event       uint64 // execution.Event.Hash
	kind        payloadKind
	sizeBytes   int    // as received
	truncated   bool   // text holds only the beginning
	text        []byte // zstd when packed, else JSON (or, when truncated, a piece of it)
	packed      bool
	dropped     bool // text is empty, because there was no room for it
}

// payloads holds step inputs and outputs apart from the executions, because
// lists never need them and they leave earlier.
var payloads = kv.NewCollection("payloads", kv.Spec[payload]{
	Version: 1,
	Key: func(dst []byte, p *payload) []byte {
		return payloadKey(dst, p.executionID, p.event, p.kind)
	},
	Encode: func(dst []byte, p *payload) []byte {
		var flags byte
		if p.truncated {
			flags |= 1
		}
		if p.packed {
			flags |= 2
		}
		if p.dropped {
			flags |= 4
		}
		dst = append(dst, flags)
		dst = binary.AppendUvarint(dst, uint64(p.sizeBytes))
		return append(dst, p.text...)
	},
	Decode: func(_ uint8, key, data []byte) (*payload, error) { return decodePayload(key, data) },
})

// decodePayload reads what Encode stored; the names of the payload are only in its key.
func decodePayload(key, data []byte) (p *payload, err error) {
	p = new(payload)
	if p.executionID, key, err = kv.ReadString(key); err != nil {
		return nil, fmt.Errorf("payload: execution: %w", err)
	}
	if p.event, key, err = kv.ReadUint64(key); err != nil {
		return nil, fmt.Errorf("payload: event: %w", err)
	}
	kind, _, err := kv.ReadByte(key)
	if err != nil {
		return nil, fmt.Errorf("payload: kind: %w", err)
	}
	if len(data) < 2 {
		return nil, fmt.Errorf("payload: truncated record")
	}
	p.kind, p.truncated, p.packed = payloadKind(kind), data[0]&1 != 0, data[0]&2 != 0
	p.dropped = data[0]&4 != 0
	size, n := binary.Uvarint(data[1:])
	if n <= 0 {
		return nil, fmt.Errorf("payload: bad size")
	}
	p.sizeBytes, p.text = int(size), append([]byte(nil), data[1+n:]...)
	return p, nil
}

func payloadKey(dst []byte, executionID string, event uint64, kind payloadKind) []byte {
	return kv.AppendByte(kv.AppendUint64(kv.AppendString(dst, executionID), event), byte(kind))
}

// Shared by all goroutines: EncodeAll and DecodeAll are safe for that.
var (
	payloadEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2))
	payloadDecoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(4*payloadBytesMax))
)

const packFromBytes = 96 // below, zstd's own frame outweighs what it saves

func newPayload(e *execution.Event, kind payloadKind, raw json.RawMessage) payload {
	p := payload{executionID: e.ExecutionID, event: e.Hash(), kind: kind, sizeBytes: len(raw)}
	p.text = mask.JSON(raw)
	if len(p.text) > payloadBytesMax {
		p.truncated = true
		cut := payloadBytesMax
		for cut > 0 && !utf8.RuneStart(p.text[cut]) {
			cut--
		}
		p.text = p.text[:cut]
	}
	if len(p.text) >= packFromBytes {
		p.text, p.packed = payloadEncoder.EncodeAll(p.text, nil), true
	}
	return p
}

// droppedPayload says that there was one, and how large it was.
func droppedPayload(e *execution.Event, kind payloadKind, raw json.RawMessage) payload {
	return payload{executionID: e.ExecutionID, event: e.Hash(), kind: kind, sizeBytes: len(raw), truncated: true, dropped: true}
}

// cutPayload is how a payload over the limit is shown, and with a reason one
// that was not kept at all.
type cutPayload struct {
	Truncated bool   `json:"truncated"`
	SizeBytes int    `json:"sizeBytes"`
	Data      string `json:"data"`
	Reason    string `json:"reason,omitempty"`
}

// json is the payload as an answer shows it: itself, or what was kept of it
// with a marker.
func (p *payload) json() (json.RawMessage, error) {
	text := p.text
	if p.packed {
		var err error
		if text, err = payloadDecoder.DecodeAll(p.text, nil); err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
	}
	if !p.truncated {
		return text, nil
	}
	cut := cutPayload{Truncated: true, SizeBytes: p.sizeBytes, Data: string(text)}
	if p.dropped {
		cut.Reason = warnDiskCritical
	}
	return appendJSON(nil, cut), nil
}
