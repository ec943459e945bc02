package kv

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Key parts are appended one after another; keys then compare, byte by byte, as their parts compare in order.
// Every Append function has its Read inverse, which returns the rest of the key. Read functions return ErrCorrupt
// for bytes that no Append wrote, and never panic.

// In a string part 0x00 is written as 0x00 0xFF, and 0x00 0x01 ends the part. The end sorts before any continuation,
// so "a" < "a\x00" < "ab".
const (
	escape     = 0x00
	escaped00  = 0xFF
	terminator = 0x01
)

// AppendString appends s, any bytes, so that order is kept and no string part is a prefix of another.
func AppendString[S ~string | ~[]byte](dst []byte, s S) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, s[i])
		if s[i] == escape {
			dst = append(dst, escaped00)
		}
	}
	return append(dst, escape, terminator)
}

// ReadString reads what AppendString wrote. The string is a copy.
func ReadString(src []byte) (s string, rest []byte, err error) {
	end := bytes.IndexByte(src, escape)
	if end >= 0 && end+1 < len(src) && src[end+1] == terminator {
		return string(src[:end]), src[end+2:], nil // The usual string has no zero byte.
	}
	var out []byte
	for i := 0; i < len(src); i++ {
		if src[i] != escape {
			out = append(out, src[i])
			continue
		}
		i++
		switch {
		case i < len(src) && src[i] == escaped00:
			out = append(out, escape)
		case i < len(src) && src[i] == terminator:
			return string(out), src[i+1:], nil
		default:
			return "", nil, fmt.Errorf("read string key: bad escape at byte %d of %d: %w", i, len(src), ErrCorrupt)
		}
	}
	return "", nil, fmt.Errorf("read string key: %d bytes without end: %w", len(src), ErrCorrupt)
}

// AppendUint64 appends v as 8 big-endian bytes.
func AppendUint64(dst []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(dst, v) }

// ReadUint64 reads what AppendUint64 wrote.
func ReadUint64(src []byte) (v uint64, rest []byte, err error) {
	if len(src) < 8 {
		return 0, nil, fmt.Errorf("read uint64 key: %d bytes: %w", len(src), ErrCorrupt)
	}
	return binary.BigEndian.Uint64(src), src[8:], nil
}

const signBit = 1 << 63

// AppendInt64 appends v as 8 big-endian bytes with the sign bit flipped, so that negative numbers come first.
func AppendInt64(dst []byte, v int64) []byte { return AppendUint64(dst, uint64(v)^signBit) }

// ReadInt64 reads what AppendInt64 wrote.
func ReadInt64(src []byte) (v int64, rest []byte, err error) {
	u, rest, err := ReadUint64(src)
	if err != nil {
		return 0, nil, err
	}
	return int64(u ^ signBit), rest, nil
}

// AppendUint32 appends v as 4 big-endian bytes.
func AppendUint32(dst []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(dst, v) }

// ReadUint32 reads what AppendUint32 wrote.
func ReadUint32(src []byte) (v uint32, rest []byte, err error) {
	if len(src) < 4 {
		return 0, nil, fmt.Errorf("read uint32 key: %d bytes: %w", len(src), ErrCorrupt)
	}
	return binary.BigEndian.Uint32(src), src[4:], nil
}

// AppendByte appends one byte.
func AppendByte(dst []byte, v byte) []byte { return append(dst, v) }

// ReadByte reads what AppendByte wrote.
func ReadByte(src []byte) (v byte, rest []byte, err error) {
	if len(src) == 0 {
		return 0, nil, fmt.Errorf("read byte key: no bytes: %w", ErrCorrupt)
	}
	return src[0], src[1:], nil
}

// prefixEnd appends to dst the smallest key that is greater than every key beginning with p.
// ok is false when there is none, because p is empty or only 0xFF bytes.
func prefixEnd(dst, p []byte) (end []byte, ok bool) {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0xFF {
			dst = append(dst, p[:i]...)
			return append(dst, p[i]+1), true
		}
	}
	return dst, false
}
