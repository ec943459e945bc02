package tsdb

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"sort"
)

// samplesMax bounds the points of one series and day, that a count in a damaged entry cannot ask for all memory.
const samplesMax = 1 << 28

// The head of a stored entry, and the bytes of a sample's time and id.
const (
	entryHeadBytes = 4 + 1 + 4 + 4 // checksum, width, count, length of the hours
	atBytes        = 4
	idBytes        = 8
)

// How the values of an entry are stored. Widths between are those of its whole numbers.
const (
	widthRetired = 0 // hours only: the points were given up by retention
	widthFloat   = 8 // orderKey
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is what is stored of one series on one day: the stats of its hours, and its samples in columns, ordered by value. Ordered so, it is
// at once the truth and a sorted run: a percentile reads a few values of each day by binary search, where it lies, without decoding
// any other. Its slices are borrowed from what it was parsed from.
type entry struct {
	width  int
	n      int // samples; 0 in a retired entry, whatever its hours count
	hours  []byte
	values []byte // n × width, rising; behind them, within the slice's capacity, the times and ids
	times  []byte // n × 4, ms since the day began
	ids    []byte // n × 8
}

// entryOf makes the entry of samples that byValue has ordered, with memory of its own.
func entryOf(samples []sample) entry {
	return mustParseEntry(appendEntry(nil, samples))
}

func mustParseEntry(data []byte) entry {
	e, err := parseEntry(data)
	if err != nil {
		panic(fmt.Sprintf("BUG: own entry: %v", err))
	}
	return e
}

// appendEntry writes the entry of samples that byValue has ordered.
func appendEntry(dst []byte, samples []sample) []byte {
	width, begin := widthOf(samples), len(dst)
	dst = appendEntryHead(dst, width, len(samples), hourlyOf(samples))
	start := len(dst)
	dst = append(dst, make([]byte, len(samples)*(width+atBytes+idBytes))...)
	values, times, ids := columns(dst[start:], len(samples), width)
	for i, s := range samples {
		putValue(values[i*width:], width, s.value)
		binary.BigEndian.PutUint32(times[i*atBytes:], s.at)
		binary.BigEndian.PutUint64(ids[i*idBytes:], uint64(s.id))
	}
	setChecksum(dst[begin:])
	return dst
}

// appendEntryHead writes all that stands before the columns but the checksum, which setChecksum fills in at the end.
func appendEntryHead(dst []byte, width, n int, h *hourly) []byte {
	dst = append(dst, 0, 0, 0, 0, byte(width))
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	at := len(dst)
	dst = appendHourly(append(dst, 0, 0, 0, 0), h)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func columns(src []byte, n, width int) (values, times, ids []byte) {
	a, b := n*width, n*(width+atBytes)
	return src[:a], src[a:b:b], src[b:]
}

// widthOf returns the least bytes that hold each value as a whole number, or widthFloat.
func widthOf(samples []sample) int {
	if len(samples) == 0 {
		return 1
	}
	// Ordered by value: only the first can be the least, and the last the greatest.
	if samples[0].value < 0 {
		return widthFloat
	}
	for _, s := range samples {
		if !isInteger(s.value) {
			return widthFloat
		}
	}
	width := 1
	for n := uint64(samples[len(samples)-1].value); n>>(8*width) != 0; {
		width++
	}
	return width
}

func putValue(dst []byte, width int, v float64) {
	if width == widthFloat {
		binary.BigEndian.PutUint64(dst, orderKey(v))
		return
	}
	for i, n := width-1, uint64(v); i >= 0; i-- {
		dst[i] = byte(n)
		n >>= 8
	}
}

// setChecksum completes an entry or a chunk.
func setChecksum(dst []byte) { binary.BigEndian.PutUint32(dst, crc32.Checksum(dst[4:], castagnoli)) }

// checked returns what follows a right checksum.
func checked(src []byte) ([]byte, bool) {
	if len(src) < 4 || binary.BigEndian.Uint32(src) != crc32.Checksum(src[4:], castagnoli) {
		return nil, false
	}
	return src[4:], true
}

// readEntry checks the sum and parses. ErrCorrupt says what is wrong.
func readEntry(src []byte) (entry, error) {
	if _, ok := checked(src); !ok {
		return entry{}, fmt.Errorf("entry of %d bytes: checksum: %w", len(src), ErrCorrupt)
	}
	return parseEntry(src)
}

// parseEntry finds the columns. It believes the checksum; verify does not.
func parseEntry(src []byte) (entry, error) {
	bad := func(what string) (entry, error) {
		return entry{}, fmt.Errorf("entry of %d bytes: %s: %w", len(src), what, ErrCorrupt)
	}
	if len(src) < entryHeadBytes {
		return bad("head")
	}
	e := entry{width: int(src[4]), n: int(binary.BigEndian.Uint32(src[5:]))}
	hours, rest := uint64(binary.BigEndian.Uint32(src[9:])), src[entryHeadBytes:]
	switch {
	case e.width > widthFloat || e.n > samplesMax || (e.width == widthRetired && e.n > 0):
		return bad("width or count")
	case hours > uint64(len(rest)) || uint64(len(rest))-hours != uint64(e.n*(e.width+atBytes+idBytes)):
		return bad("length")
	}
	e.hours = rest[:hours:hours]
	e.values, e.times, e.ids = columns(rest[hours:], e.n, e.width)
	return e, nil
}

// size returns the bytes of the stored form.
func (e *entry) size() int64 {
	return int64(entryHeadBytes + len(e.hours) + len(e.values) + len(e.times) + len(e.ids))
}

// retired reports whether only hours are left.
func (e *entry) retired() bool { return e.width == widthRetired }

func (e *entry) value(i int) float64 {
	if e.width == widthFloat {
		return fromOrderKey(binary.BigEndian.Uint64(e.values[i*8:]))
	}
	return float64(e.integer(i))
}

// integer returns a value of a width below widthFloat. It reads what stands behind the value, too, which even the last one has: its time and id are
// longer than what is missing to 8 bytes.
func (e *entry) integer(i int) uint64 {
	at := i * e.width
	return binary.BigEndian.Uint64(e.values[at:at+8:at+8]) >> (64 - 8*e.width)
}

func (e *entry) at(i int) uint32 { return binary.BigEndian.Uint32(e.times[i*atBytes:]) }

func (e *entry) id(i int) PointID { return PointID(binary.BigEndian.Uint64(e.ids[i*idBytes:])) }

// samples appends all samples, in their order.
func (e *entry) samples(dst []sample) []sample {
	for i := range e.n {
		dst = append(dst, sample{at: e.at(i), value: e.value(i), id: e.id(i)})
	}
	return dst
}

// hourly returns the stats of the day's hours.
func (e *entry) hourly() (*hourly, error) {
	h := new(hourly)
	return h, e.readHours(h)
}

// readHours is hourly into memory of the caller's, all zero.
func (e *entry) readHours(h *hourly) error {
	if !h.parse(e.hours) {
		return fmt.Errorf("entry: hours of %d bytes: %w", len(e.hours), ErrCorrupt)
	}
	return nil
}

// verify looks at what the checksum cannot tell: that the entry is one that this package would write.
func (e *entry) verify() error {
	h, err := e.hourly()
	if err != nil || e.retired() {
		return err
	}
	samples := e.samples(make([]sample, 0, e.n))
	for i, s := range samples {
		if _, err := checkValue(s.value); err != nil || int64(s.at) >= dayMs || (s.value == 0 && math.Signbit(s.value)) {
			return fmt.Errorf("entry: sample %d of %d: %w", i, e.n, ErrCorrupt)
		}
	}
	if !sort.SliceIsSorted(samples, func(i, j int) bool { return byValue(samples[i], samples[j]) < 0 }) || widthOf(samples) != e.width {
		return fmt.Errorf("entry: order of %d samples: %w", e.n, ErrCorrupt)
	}
	seen := make(map[PointID]bool, len(samples))
	for _, s := range samples {
		if seen[s.id] {
			return fmt.Errorf("entry: point %x twice: %w", uint64(s.id), ErrCorrupt)
		}
		seen[s.id] = true
	}
	if *hourlyOf(samples) != *h {
		return fmt.Errorf("entry: hours are not those of its samples: %w", ErrCorrupt)
	}
	return nil
}

// retire returns the stored form of an entry without its samples.
func (e *entry) retire(dst []byte) ([]byte, error) {
	h, err := e.hourly()
	if err != nil {
		return nil, err
	}
	begin := len(dst)
	dst = appendEntryHead(dst, widthRetired, 0, h)
	setChecksum(dst[begin:])
	return dst, nil
}
