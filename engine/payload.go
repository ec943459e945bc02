package engine

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"flowwatch/engine/execution"
	"flowwatch/engine/setting"
	"flowwatch/kv"
)

// payloadBytesMax is what is kept of one input or output; the rest is cut.
const payloadBytesMax = 256 << 10

type payloadKind byte

const (
	inputPayload  payloadKind = 'i'
	outputPayload payloadKind = 'o'
)

// payload is the input or output that one event carried, as the mode that held keeps it: masked before it is
// stored, unless in full. It is named by the event, so it is written once and never moves.
type payload struct {
	executionID string
	event       uint64 // execution.Event.Hash
	kind        payloadKind
	sizeBytes   int    // as received
	truncated   bool   // text holds only the beginning
	text        []byte // zstd when packed, else JSON (or, when truncated, a piece of it)
	packed      bool
	dropped     bool         // text is empty, because there was no room for it
	mode        setting.Mode // Sizes, Masked or Full
}

// The bits of a stored payload. Those from before there were modes are masked.
const (
	payloadTruncated = 1 << iota
	payloadPacked
	payloadSizesOnly
	payloadRaw
	payloadDropped
)

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
			flags |= payloadTruncated
		}
		if p.packed {
			flags |= payloadPacked
		}
		switch p.mode {
		case setting.Sizes:
			flags |= payloadSizesOnly
		case setting.Full:
			flags |= payloadRaw
		case setting.Off, setting.Masked:
		}
		if p.dropped {
			flags |= payloadDropped
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
	p.kind, p.truncated, p.packed = payloadKind(kind), data[0]&payloadTruncated != 0, data[0]&payloadPacked != 0
	p.dropped = data[0]&payloadDropped != 0
	switch p.mode = setting.Masked; {
	case data[0]&payloadSizesOnly != 0:
		p.mode = setting.Sizes
	case data[0]&payloadRaw != 0:
		p.mode = setting.Full
	}
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

func newPayload(e *execution.Event, kind payloadKind, raw json.RawMessage, mode setting.Mode, settings *SettingState) payload {
	p := payload{executionID: e.ExecutionID, event: e.Hash(), kind: kind, sizeBytes: len(raw), mode: mode}
	switch mode {
	case setting.Sizes, setting.Off:
		return p
	case setting.Full:
		p.text = raw
	case setting.Masked:
		p.text = settings.maskStepData(raw)
	}
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

// json is the payload as an answer shows it: itself, or what was kept of it with a marker; nil when only its size was kept. What was stored raw is
// masked unless reveal is set, and what was stored masked by the keys that have come since; a piece of it is not shown then, because what stands under a key that was cut cannot be told.
func (p *payload) json(settings *SettingState, reveal bool) (json.RawMessage, error) {
	if p.mode == setting.Sizes {
		return nil, nil
	}
	text := p.text
	if p.packed {
		var err error
		if text, err = payloadDecoder.DecodeAll(p.text, nil); err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
	}
	switch {
	case p.mode == setting.Full && reveal:
	case p.mode == setting.Full && p.truncated:
		return appendJSON(nil, cutPayload{Truncated: true, SizeBytes: p.sizeBytes}), nil // a cut key would hide nothing
	case !p.truncated || settings.Masking.Patterns:
		text = settings.maskStepData(text) // also what was masked: there may be more keys now
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
