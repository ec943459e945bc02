package tsdb

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Point is one value at one time.
type Point struct {
	At    int64 // Unix milliseconds; 0 is a time like any other
	Value float64
}

// PointID names a point within its series and UTC day: putting it again replaces it.
type PointID uint64

// NewPointID makes an id from what names the measured thing, such as an execution, a step and an attempt: 64 bits of the SHA-256 of the
// parts and their lengths. Two names meet in one id of the same series and day once in 10⁹ days of 100,000 points each.
func NewPointID(parts ...string) PointID {
	var buf [256]byte
	text := buf[:0]
	for _, p := range parts {
		text = appendText(text, p)
	}
	sum := sha256.Sum256(text)
	return PointID(binary.BigEndian.Uint64(sum[:]))
}

// Day counts UTC days from 1970-01-01, which is 0.
type Day int32

const dayMs = int64(24 * time.Hour / time.Millisecond)

// The times that may be written: the years 0 to 9999, which RFC 3339 can show.
const (
	atMin = -62_167_219_200_000
	atMax = 253_402_300_799_999
)

// DayOf returns the day of a time in Unix milliseconds.
func DayOf(at int64) Day {
	day, _ := splitTime(at)
	return day
}

// splitTime returns the day of a time and the milliseconds since it began.
func splitTime(at int64) (Day, uint32) {
	day := at / dayMs
	if at%dayMs < 0 {
		day--
	}
	return Day(day), uint32(at - day*dayMs)
}

// Start returns the first millisecond of the day.
func (d Day) Start() int64 { return int64(d) * dayMs }

// String shows the day as 2006-01-02.
func (d Day) String() string { return time.UnixMilli(d.Start()).UTC().Format(time.DateOnly) }

// checkTime refuses what no day can hold.
func checkTime(at int64) error {
	if at < atMin || at > atMax {
		return fmt.Errorf("time %d ms: %w", at, ErrTime)
	}
	return nil
}

// checkValue refuses NaN and infinities, which have no place in a sum or an order, and makes −0 the usual 0.
func checkValue(v float64) (float64, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("value %v: %w", v, ErrValue)
	}
	if v == 0 {
		return 0, nil
	}
	return v, nil
}

// sample is a point of one series and day, as it is stored.
type sample struct {
	at    uint32 // ms since the day began
	value float64
	id    PointID
}

// byValue is the order of stored samples.
func byValue(a, b sample) int {
	return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// integersBelow bounds the whole numbers that a float64 holds one by one.
const integersBelow = 1 << 53

// isInteger reports whether a float64 is such a whole number.
func isInteger(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < integersBelow }

const signBit = 1 << 63

// orderKey maps a float64 to bits that compare as the numbers do; fromOrderKey is its inverse.
func orderKey(v float64) uint64 {
	bits := math.Float64bits(v)
	if bits&signBit != 0 {
		return ^bits
	}
	return bits | signBit
}

func fromOrderKey(key uint64) float64 {
	if key&signBit != 0 {
		return math.Float64frombits(key &^ signBit)
	}
	return math.Float64frombits(^key)
}

// appendNumber writes a value shortly when it is a whole number: a uvarint of its zigzag form with a 0 behind it; else 1 and 8 bytes.
func appendNumber(dst []byte, v float64) []byte {
	if !isInteger(v) {
		return binary.BigEndian.AppendUint64(append(dst, 1), math.Float64bits(v))
	}
	n := int64(v)
	return binary.AppendUvarint(dst, (uint64(n<<1)^uint64(n>>63))<<1)
}

// cutNumber reads what appendNumber wrote; ok is false for anything else.
func cutNumber(src []byte) (v float64, rest []byte, ok bool) {
	u, size := binary.Uvarint(src)
	switch {
	case size <= 0:
		return 0, nil, false
	case u == 1 && len(src) >= size+8:
		v, err := checkValue(math.Float64frombits(binary.BigEndian.Uint64(src[size:])))
		return v, src[size+8:], err == nil
	case u&1 != 0:
		return 0, nil, false
	}
	z := u >> 1
	n := int64(z>>1) ^ -int64(z&1)
	return float64(n), src[size:], n > -integersBelow && n < integersBelow
}

// cutCount reads a uvarint that may not be greater than limit.
func cutCount(src []byte, limit uint64) (n int, rest []byte, ok bool) {
	u, size := binary.Uvarint(src)
	if size <= 0 || u > limit {
		return 0, nil, false
	}
	return int(u), src[size:], true
}
