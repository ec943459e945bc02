package kv

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// testJournal appends and trims at random against a plain slice, with restarts.
func testJournal(t *testing.T, open func(t *testing.T, path string) *DB, path string) {
	type stored struct {
		first, last uint64
		data        string
	}
	db, j, r := open(t, path), NewJournal("journal"), rand.New(rand.NewPCG(1, 2))
	s, want, next := scope(t, db, "office"), []stored(nil), uint64(1)
	for round := range 120 {
		require.NoError(t, db.Update(func(tx *Tx) error {
			for range r.IntN(4) {
				b := stored{first: next, last: next + uint64(r.IntN(5)), data: string(bytes.Repeat([]byte{byte(round)}, r.IntN(9000)))}
				require.NoError(t, j.Append(tx, s, b.first, b.last, []byte(b.data)))
				next, want = b.last+1, append(want, b)
			}
			limit, until := r.IntN(4), next-uint64(r.IntN(20))
			n, err := j.Trim(tx, s, limit, func(_, last uint64, _ []byte) bool { return last < until })
			require.NoError(t, err)
			expected := 0
			for expected < limit && expected < len(want)-1 && want[expected].last < until {
				expected++
			}
			require.Equal(t, expected, n)
			want = want[n:]
			return nil
		}))
		seq := next - min(next, uint64(r.IntN(30)))
		require.NoError(t, db.View(func(tx *Tx) error {
			var size int64
			var since, got []stored
			for _, b := range want {
				size += int64(len(b.data))
				if b.last > seq {
					since = append(since, b)
				}
			}
			j.Since(tx, s, seq, func(first, last uint64, data []byte) bool {
				got = append(got, stored{first, last, string(data)})
				return true
			})
			require.Equal(t, since, got)
			require.Equal(t, size, j.Size(tx, s))
			first, last, ok := j.Last(tx, s)
			require.Equal(t, len(want) > 0, ok)
			if ok {
				require.Equal(t, want[len(want)-1].first, first)
				require.Equal(t, want[len(want)-1].last, last)
			}
			return nil
		}))
		if round%40 == 39 {
			require.NoError(t, db.Check(func(p string) { t.Error(p) }, j))
			require.NoError(t, db.Close())
			db = open(t, path)
		}
	}
}

func TestJournalRefusesGapsAndRepeats(t *testing.T) {
	t.Parallel()
	j := NewJournal("journal")
	db := testDB(t, j)
	s := scope(t, db, "office")
	require.NoError(t, db.Update(func(tx *Tx) error {
		require.NoError(t, j.Append(tx, s, 7, 9, []byte("a")))
		for _, b := range [][2]uint64{{9, 9}, {11, 12}, {1, 3}, {7, 9}, {10, 9}} {
			require.ErrorIs(t, j.Append(tx, s, b[0], b[1], nil), ErrSequence, "%v", b)
		}
		return j.Append(tx, s, 10, 10, nil)
	}))
}

func TestJournalKeepsItsNewestBlock(t *testing.T) {
	t.Parallel()
	j := NewJournal("journal")
	db := testDB(t, j)
	s := scope(t, db, "office")
	all := func(uint64, uint64, []byte) bool { return true }
	require.NoError(t, db.Update(func(tx *Tx) error {
		n, err := j.Trim(tx, s, 10, all)
		require.Zero(t, n)
		require.NoError(t, err)
		for seq := range uint64(5) {
			require.NoError(t, j.Append(tx, s, seq+1, seq+1, []byte("four")))
		}
		n, err = j.Trim(tx, s, 10, all)
		require.Equal(t, 4, n)
		return err
	}))
	require.NoError(t, db.View(func(tx *Tx) error {
		_, last, ok := j.Last(tx, s)
		require.True(t, ok)
		require.EqualValues(t, 5, last)
		require.EqualValues(t, 4, j.Size(tx, s))
		j.Since(tx, s, math.MaxUint64, func(uint64, uint64, []byte) bool { t.Error("nothing is newer"); return false })
		return nil
	}))
}

// TestSmallAppendTouchesFewPages guards the cost of ingestion: two syncs, and writes of the block's page, the way to it, the free
// list and the meta page.
func TestSmallAppendTouchesFewPages(t *testing.T) {
	t.Parallel()
	j := NewJournal("journal")
	db := testDB(t, j)
	s := scope(t, db, "office")
	appendOne := func(seq uint64) {
		require.NoError(t, db.Update(func(tx *Tx) error { return j.Append(tx, s, seq, seq, make([]byte, 200)) }))
	}
	for seq := range uint64(500) {
		appendOne(seq + 1)
	}
	before := db.bolt.Load().Stats()
	appendOne(501)
	after := db.bolt.Load().Stats()
	stats := after.Sub(&before)
	require.LessOrEqual(t, stats.TxStats.GetWrite(), int64(6))
}

func FuzzJournalBlock(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 1}, append([]byte{1}, make([]byte, 20)...))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		b, err := readBlock(key, value)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		again := AppendUint64(AppendUint64([]byte{journalVersion}, b.first), b.end)
		require.Equal(t, value, append(again, b.data...))
		require.LessOrEqual(t, b.first, b.last)
	})
}

func FuzzEntryPrimary(f *testing.F) {
	f.Add([]byte("tagprimary"), []byte{7})
	f.Add([]byte("x"), []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1})
	f.Fuzz(func(t *testing.T, entry, value []byte) {
		primary, ok := entryPrimary(entry, value)
		if !ok {
			return
		}
		require.True(t, bytes.HasSuffix(entry, primary), "%x of %x", primary, entry)
		n, _ := binary.Uvarint(value)
		require.Len(t, primary, int(n))
	})
}

// FuzzRecord reads arbitrary stored bytes as a record: an error or a record, never a panic.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("key"), []byte("\x03{\"id\":\"a\",\"time\":1}"))
	f.Add([]byte(""), []byte{})
	f.Add([]byte("key"), []byte{3})
	f.Fuzz(func(t *testing.T, key, stored []byte) {
		d, err := docs().decode(key, stored)
		if (d == nil) == (err == nil) {
			t.Fatalf("record %v and error %v", d, err)
		}
	})
}

func TestABlankJournalHoldsNothingAndGoesOn(t *testing.T) {
	t.Parallel()
	j := NewJournal("journal")
	db := testDB(t, j)
	s, other := scope(t, db, "office"), scope(t, db, "other")
	require.NoError(t, db.Update(func(tx *Tx) error {
		require.NoError(t, j.Blank(tx, s, nil), "an empty one stays empty")
		for seq := uint64(1); seq <= 2*blanksAtOnce+5; seq++ {
			require.NoError(t, j.Append(tx, s, seq, seq, []byte("secret")))
		}
		return j.Append(tx, other, 1, 1, []byte("kept"))
	}))
	require.NoError(t, db.Update(func(tx *Tx) error {
		require.Error(t, j.Blank(tx, s, []byte("longer than it was")))
		return j.Blank(tx, s, []byte("-"))
	}))
	require.NoError(t, db.Update(func(tx *Tx) error {
		j.Since(tx, s, 0, func(first, last uint64, data []byte) bool {
			require.Equal(t, uint64(2*blanksAtOnce+5), first)
			require.Equal(t, first, last)
			require.Equal(t, "-", string(data))
			return true
		})
		require.EqualValues(t, 1, j.Size(tx, s))
		require.EqualValues(t, 4, j.Size(tx, other))
		return j.Append(tx, s, 2*blanksAtOnce+6, 2*blanksAtOnce+6, []byte("next"))
	}))
}
