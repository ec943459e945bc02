package kv

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzSpanStaysInItsScope holds the bounds of any span against the plainest reading of it: whole keys within the bounds are those of
// the scope that the span selects, and no others (B-20).
func FuzzSpanStaysInItsScope(f *testing.F) {
	f.Add(uint32(1), uint32(1), []byte("key"), []byte("a"), []byte("z"), []byte("k"), []byte("kex"), byte(0xFF))
	f.Add(uint32(1), uint32(2), []byte(""), []byte(""), []byte(""), []byte("\xff"), []byte("\xff"), byte(0b11111))
	f.Add(uint32(0), uint32(255), []byte{0, 0, 0}, []byte{}, []byte{0xFF}, []byte{}, []byte{}, byte(0))
	f.Add(uint32(scopeNumberMax), uint32(scopeNumberMax), []byte{0xFF}, []byte{}, []byte{}, []byte{0xFF, 0xFF}, []byte{}, byte(0b100))
	f.Fuzz(func(t *testing.T, scopeNumber, keyNumber uint32, key, from, to, prefix, after []byte, parts byte) {
		scopeNumber, keyNumber = min(scopeNumber, scopeNumberMax), min(keyNumber, scopeNumberMax)
		sp := Span{Reverse: parts&16 != 0}
		for i, part := range []*[]byte{&sp.From, &sp.To, &sp.Prefix, &sp.After} {
			if parts&(1<<i) != 0 {
				*part = append([]byte{}, [][]byte{from, to, prefix, after}[i]...)
			}
		}
		low, high := sp.bounds(Scope{n: scopeNumber + 1})
		whole := append(binary.BigEndian.AppendUint32(nil, keyNumber), key...)
		got := bytes.Compare(low, whole) <= 0 && bytes.Compare(whole, high) < 0
		want := keyNumber == scopeNumber && len(cut([]pair{{key: string(key)}}, sp, 1)) == 1
		if got != want {
			t.Fatalf("scope %d, key %x of %d, span %+v: selected %v, want %v", scopeNumber, key, keyNumber, sp, got, want)
		}
	})
}
