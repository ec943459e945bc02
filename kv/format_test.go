package kv

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// sample opens the database whose bytes FORMAT.md shows.
func sample(t *testing.T) *DB {
	t.Helper()
	c, j := docs(), NewJournal("journal")
	created := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	db, err := Open(filepath.Join(t.TempDir(), "sample.db"), Options{Now: func() time.Time { return created }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	ab, a := scope(t, db, "ab"), scope(t, db, "a")
	require.NoError(t, db.Update(func(tx *Tx) error {
		require.NoError(t, c.Put(tx, ab, &doc{ID: "x", Time: 1, Name: "n", Tags: []string{"t", "\x00"}}))
		require.NoError(t, c.Put(tx, a, &doc{ID: "x", Time: -1, State: 2}))
		require.NoError(t, j.Append(tx, ab, 1, 2, []byte("first")))
		require.NoError(t, j.Append(tx, ab, 3, 3, []byte("next")))
		require.NoError(t, j.Append(tx, ab, 4, 9, []byte("newest")))
		_, err := j.Trim(tx, ab, 1, func(uint64, uint64, []byte) bool { return true })
		return err
	}))
	return db
}

// dump prints every key and value of every bucket, a line each; the random epoch is replaced.
func dump(db *DB) (text string, err error) {
	var out strings.Builder
	err = db.View(func(tx *Tx) error {
		return tx.bolt.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				fmt.Fprintf(&out, "%-9s  %s = %s\n", name, printable(k), printable(v))
				return nil
			})
		})
	})
	return strings.ReplaceAll(out.String(), db.Epoch(), "EPOCH"), err
}

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
	got, err := dump(sample(t))
	require.NoError(t, err)
	require.Contains(t, string(page), "```text\n"+got+"```\n", "FORMAT.md should show\n%s", got)
	require.Contains(t, string(page), fmt.Sprintf("| %d | ", LayoutVersion), "the layout has a line in the version history")
}

// The file's first pages, as FORMAT.md draws them.
func TestFormatOfTheFile(t *testing.T) {
	t.Parallel()
	db := sample(t)
	data, err := os.ReadFile(db.Path())
	require.NoError(t, err)
	n := binary.NativeEndian
	pageSize := n.Uint32(data[24:])
	require.EqualValues(t, os.Getpagesize(), pageSize)
	transaction := [2]uint64{}
	for id := range uint64(2) {
		page := data[id*uint64(pageSize):]
		require.Equal(t, id, n.Uint64(page), "page")
		require.EqualValues(t, 0x04, n.Uint16(page[8:]), "kind")
		require.EqualValues(t, 0xED0CDAED, n.Uint32(page[16:]), "magic")
		require.EqualValues(t, 2, n.Uint32(page[20:]), "version of the file")
		transaction[id] = n.Uint64(page[64:])
		require.Equal(t, id, transaction[id]%2)
		require.Equal(t, fnv1a(page[16:72]), n.Uint64(page[72:]), "checksum")
	}
	newest := data[max(transaction[0], transaction[1])%2*uint64(pageSize):]
	require.EqualValues(t, db.Size(), n.Uint64(newest[56:])*uint64(pageSize), "pages in use")
	freelist := data[n.Uint64(newest[48:])*uint64(pageSize):]
	require.EqualValues(t, 0x10, n.Uint16(freelist[8:]), "kind of the free list")
	root := data[n.Uint64(newest[32:])*uint64(pageSize):]
	require.EqualValues(t, pageLeaf, n.Uint16(root[8:]), "kind of the root")
	require.EqualValues(t, elementBucket, n.Uint32(root[16:]), "the root's leaf holds buckets")
	at := 16 + n.Uint32(root[20:])
	require.Equal(t, "doc", string(root[at:at+n.Uint32(root[24:])]), "the first bucket by name")
}

func fnv1a(data []byte) uint64 {
	sum := uint64(14695981039346656037)
	for _, b := range data {
		sum = (sum ^ uint64(b)) * 1099511628211
	}
	return sum
}
