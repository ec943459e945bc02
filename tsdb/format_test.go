package tsdb

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// sampleHouse holds what FORMAT.md shows.
func sampleHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.now = time.UnixMilli(1_000_000_000_000)
	vat := labels(t, "duration", "workflow", "vat")
	h.apply(t, func(b *Batch) {
		require.NoError(t, b.Put(vat, 0x11, Point{At: hourMs, Value: 300}))
		require.NoError(t, b.Put(vat, 0x22, Point{At: hourMs + 5, Value: 7}))
		require.NoError(t, b.Put(labels(t, "cpu"), 0x33, Point{At: 0, Value: 0.5}))
	})
	require.NoError(t, h.scope.Fold(t.Context(), 0))
	h.apply(t, func(b *Batch) {
		require.NoError(t, b.Delete(vat, 0x11, hourMs))
		require.NoError(t, b.Put(vat, 0x11, Point{At: -1, Value: 300}))
	})
	return h
}

// dump prints the records of all collections, a line each, as the package sees them: without the scope's number and the version.
func dump(t *testing.T, h *house) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, h.store.View(func(tx *kv.Tx) error {
		show := func(name string, data func([]byte) string) func(key, data []byte) bool {
			return func(key, value []byte) bool {
				fmt.Fprintf(&out, "%-12s  [% x] = %s\n", name, key, data(value))
				return true
			}
		}
		chunks.ScanRaw(tx, h.scope.kv, kv.Span{}, show("tsdb_chunks", hexadecimal))
		days.ScanRaw(tx, h.scope.kv, kv.Span{}, show("tsdb_days", printable))
		entries.ScanRaw(tx, h.scope.kv, kv.Span{}, show("tsdb_entries", hexadecimal))
		heads.ScanRaw(tx, h.scope.kv, kv.Span{}, show("tsdb_heads", printable))
		catalogue.ScanRaw(tx, h.scope.kv, kv.Span{}, show("tsdb_series", printable))
		return nil
	}))
	return out.String()
}

func hexadecimal(data []byte) string { return fmt.Sprintf("[% x]", data) }

// printable shows bytes outside of ASCII as two hexadecimal digits in brackets, and neighbours in the same brackets.
func printable(data []byte) string {
	var out strings.Builder
	for _, b := range data {
		if b > ' ' && b < 0x7F {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "[%02x]", b)
		}
	}
	return strings.ReplaceAll(out.String(), "][", " ")
}

// The bytes that FORMAT.md shows are those that the package writes, all of them.
func TestFormatShowsTheBytesThatAreWritten(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("FORMAT.md")
	require.NoError(t, err)
	got := dump(t, sampleHouse(t))
	require.Contains(t, string(page), "```text\n"+got+"```\n", "FORMAT.md should show\n%s", got)
}

// An entry and a chunk taken apart by the drawings alone.
func TestFormatOfEntriesAndChunks(t *testing.T) {
	t.Parallel()
	n := binary.BigEndian
	e := appendEntry(nil, []sample{{at: 9, value: 7, id: 2}, {at: 5, value: 300, id: 1}})
	require.EqualValues(t, 2, e[4], "width")
	require.EqualValues(t, 2, n.Uint32(e[5:]), "count")
	columns := e[13+n.Uint32(e[9:]):]
	require.EqualValues(t, 7, n.Uint16(columns))
	require.EqualValues(t, 300, n.Uint16(columns[2:]))
	require.EqualValues(t, 9, n.Uint32(columns[4:]))
	require.EqualValues(t, 5, n.Uint32(columns[8:]))
	require.EqualValues(t, 2, n.Uint64(columns[12:]))
	require.EqualValues(t, 1, n.Uint64(columns[20:]))
	require.Len(t, columns, 28)
	hours := e[13 : 13+n.Uint32(e[9:])]
	require.Equal(t, []byte{0, 2, 9, 7 << 2}, hours[:4], "hour, count, last at, last")

	c := appendChunk(nil, []seriesChange{
		{series: 3, change: change{sample: sample{at: 5, value: 1, id: 1}}}, {series: 3, change: change{sample: sample{id: 2}, deleted: true}},
	})
	require.EqualValues(t, 3, n.Uint32(c[4:]), "series")
	require.EqualValues(t, len(c)-12, n.Uint32(c[8:]), "length")
	require.Equal(t, []byte{1, 5, 1 << 2}, c[12:15], "count, time, value")
	require.EqualValues(t, 1, n.Uint64(c[15:]))
	require.EqualValues(t, 2, n.Uint64(c[23:]))
	require.Len(t, c, 31)
}

func TestFormatOfSegments(t *testing.T) {
	t.Parallel()
	h, l := newHouse(t), labels(t, "m")
	h.put(t, l, 1, 0, 7)
	h.put(t, l, 2, dayMs-1, 8)
	h.quiet(t)
	d := h.day(t, 0)
	partition := filepath.Join(h.segments(), "1970-01-01", d.Segment.Name, "p-1-86400000")
	for _, name := range []string{"data", "meta.json"} {
		require.FileExists(t, filepath.Join(partition, name))
	}
	require.Len(t, d.Segment.Name, 26)
	require.Equal(t, "s1", metricOf(1))
	require.Equal(t, "szz", metricOf(36*35+35))
}
