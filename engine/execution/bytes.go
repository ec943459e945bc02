package execution

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// errDamaged is returned for bytes that no encoder of this package wrote.
var errDamaged = errors.New("damaged encoding")

// appendText writes a length and the text.
func appendText[S ~string | ~[]byte](dst []byte, s S) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Ids are mostly UUIDs and hashes: those are stored as the bytes that they
// spell. The first byte says the form, or is idText plus the length.
const (
	idUUID = iota // 16 bytes: a lower-case UUID
	idHash        // 32 bytes: 64 lower-case hexadecimal digits
	idText        // and from here on: a text of so many bytes
)

const uuidChars, hashChars = 36, 64

func appendID(dst []byte, id string) []byte {
	var raw [32]byte
	switch {
	case len(id) == uuidChars && readUUID(raw[:16], id):
		return append(append(dst, idUUID), raw[:16]...)
	case len(id) == hashChars && readHex(raw[:], id):
		return append(append(dst, idHash), raw[:]...)
	}
	return append(binary.AppendUvarint(dst, uint64(idText+len(id))), id...)
}

func readUUID(dst []byte, id string) bool {
	if id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return false
	}
	return readHex(dst[0:4], id[0:8]) && readHex(dst[4:6], id[9:13]) && readHex(dst[6:8], id[14:18]) &&
		readHex(dst[8:10], id[19:23]) && readHex(dst[10:16], id[24:36])
}

func readHex(dst []byte, digits string) bool {
	for i := range dst {
		high, low := hexValue(digits[2*i]), hexValue(digits[2*i+1])
		if high < 0 || low < 0 {
			return false
		}
		dst[i] = byte(high<<4 | low)
	}
	return true
}

// hexValue is -1 for all but the digits that encoding writes.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// source reads what the append functions wrote. The first failure stays in
// failed; from then on reads give zero values.
type source struct {
	data   []byte
	failed bool
	skims  bool // texts are passed over, and read as ""
}

func (r *source) err() error {
	if r.failed {
		return errDamaged
	}
	return nil
}

func (r *source) fail() { r.data, r.failed = nil, true }

func (r *source) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *source) varint() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

// count reads a number of things that take at least size bytes each.
func (r *source) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.data)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *source) byte() byte {
	if len(r.data) == 0 {
		r.fail()
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

// bytes is borrowed.
func (r *source) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.fail()
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *source) uint64() uint64 {
	b := r.bytes(8)
	if r.failed {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (r *source) text() string { return r.string(r.bytes(r.count(1))) }

func (r *source) string(b []byte) string {
	if r.skims {
		return ""
	}
	return string(b)
}

// copied is a text as bytes of its own.
func (r *source) copied() []byte {
	b := r.bytes(r.count(1))
	if r.skims {
		return nil
	}
	return append([]byte{}, b...)
}

func (r *source) id() string {
	form := r.uvarint()
	switch form {
	case idUUID:
		b := r.bytes(16)
		if r.failed || r.skims {
			return ""
		}
		var text [uuidChars]byte
		hex.Encode(text[0:8], b[0:4])
		hex.Encode(text[9:13], b[4:6])
		hex.Encode(text[14:18], b[6:8])
		hex.Encode(text[19:23], b[8:10])
		hex.Encode(text[24:36], b[10:16])
		text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
		return string(text[:])
	case idHash:
		b := r.bytes(32)
		if r.skims {
			return ""
		}
		return hex.EncodeToString(b)
	}
	if form-idText > uint64(len(r.data)) {
		r.fail()
		return ""
	}
	return r.string(r.bytes(int(form - idText)))
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// number reads a float64. Measures are finite and not negative, but for Unknown.
func (r *source) number() float64 {
	v := math.Float64frombits(r.uint64())
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.fail()
		return 0
	}
	return v
}

func appendError(dst []byte, e *ErrorInfo) []byte {
	return appendText(appendText(appendText(appendText(dst, e.Type), e.Code), e.Message), e.Stack)
}

func (r *source) error() *ErrorInfo {
	return &ErrorInfo{Type: r.text(), Code: r.text(), Message: r.text(), Stack: r.text()}
}

func appendPlanStep(dst []byte, p *PlanStep) []byte {
	dst = appendText(appendText(dst, p.StepID), p.Name)
	dst = binary.AppendUvarint(dst, uint64(len(p.DependsOn)))
	for _, id := range p.DependsOn {
		dst = appendText(dst, id)
	}
	return dst
}

func (r *source) planStep() PlanStep {
	return PlanStep{StepID: r.text(), Name: r.text(), DependsOn: r.texts()}
}

func appendTexts(dst []byte, list []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendText(dst, s)
	}
	return dst
}

// texts is nil for an empty list.
func (r *source) texts() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
