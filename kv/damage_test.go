package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// damaged is a sound file, to be spoilt. Its pages are those that hold something.
type damaged struct {
	data     []byte
	pageSize int
	pages    []int
	docs     *Collection[doc]
	journal  *Journal
}

// newDamaged makes a file with branch, leaf and freelist pages, and some that are free.
func newDamaged(t *testing.T) *damaged {
	t.Helper()
	f := &damaged{docs: docs(), journal: NewJournal("journal")}
	db := testDBOpen(t, Options{})
	s := scope(t, db, "office")
	for round := range 12 {
		require.NoError(t, db.Update(func(tx *Tx) error {
			var err error
			for i := range 10 {
				d := doc{ID: fmt.Sprint(round, i), Time: int64(round*100 + i), State: byte(i), Tags: []string{"a", "b"}, Pad: 400}
				err = errors.Join(err, f.docs.Put(tx, s, &d))
			}
			return errors.Join(err, f.journal.Append(tx, s, uint64(round+1), uint64(round+1), make([]byte, 300)))
		}))
	}
	f.data = copyOf(t, db, nil)
	kinds := map[string]int{}
	b := db.bolt.Load()
	f.pageSize = b.Info().PageSize
	require.NoError(t, b.View(func(bt *bbolt.Tx) error {
		for id := 0; id < len(f.data)/f.pageSize; {
			p, err := bt.Page(id)
			if err != nil {
				return err
			}
			kinds[p.Type]++
			if p.Type != "free" && p.Type != "meta" {
				f.pages = append(f.pages, id)
			}
			id += 1 + p.OverflowCount
		}
		return nil
	}))
	for _, kind := range []string{"leaf", "branch", "freelist", "free"} {
		require.Positive(t, kinds[kind], kind)
	}
	return f
}

// page returns a copy of the file and, within it, one page.
func (f *damaged) page(id int) (data, page []byte) {
	data = bytes.Clone(f.data)
	return data, data[id*f.pageSize : (id+1)*f.pageSize]
}

// examine opens and checks the bytes as a file would be. It returns nil when nothing is wrong with them.
func (f *damaged) examine(t *testing.T, data []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.db")
	require.NoError(t, os.WriteFile(path, data, fileMode))
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Check(nil, f.docs, f.journal), db.Close())
}

// Every page that is in use is missed when it is gone.
func TestCheckFindsEveryOverwrittenPage(t *testing.T) {
	t.Parallel()
	f, r := newDamaged(t), rand.New(rand.NewPCG(3, 4))
	require.NoError(t, f.examine(t, f.data))
	for _, id := range f.pages {
		zeroed, page := f.page(id)
		clear(page)
		require.ErrorIs(t, f.examine(t, zeroed), ErrCorrupt, "page %d zeroed", id)
		random, page := f.page(id)
		for i := range page {
			page[i] = byte(r.Uint32())
		}
		require.ErrorIs(t, f.examine(t, random), ErrCorrupt, "page %d random", id)
		twice, page := f.page(id)
		other := f.pages[(id+1)%len(f.pages)]
		copy(page, f.data[other*f.pageSize:])
		if other != id {
			require.ErrorIs(t, f.examine(t, twice), ErrCorrupt, "page %d as %d", other, id)
		}
	}
}

// A branch that leads to itself, to the page above, or to a page of another bucket is found, and nobody walks in circles.
func TestCheckFindsBranchesThatLeadAstray(t *testing.T) {
	t.Parallel()
	f, branches := newDamaged(t), 0
	for _, id := range f.pages {
		_, page := f.page(id)
		if binary.NativeEndian.Uint16(page[8:]) != pageBranch {
			continue
		}
		branches++
		for i := range int(binary.NativeEndian.Uint16(page[10:])) {
			for _, target := range []int{0, 1, id, f.pages[0], f.pages[len(f.pages)/2], len(f.data) / f.pageSize, math.MaxInt} {
				data, page := f.page(id)
				child := page[pageHeaderBytes+i*elementBytes+8:]
				if binary.NativeEndian.Uint64(child) == uint64(target) {
					continue
				}
				binary.NativeEndian.PutUint64(child, uint64(target))
				require.ErrorIs(t, f.examine(t, data), ErrCorrupt, "element %d of page %d leads to %d", i, id, target)
			}
			if i == branchElementsTried {
				break
			}
		}
	}
	require.Positive(t, branches)
}

const branchElementsTried = 2

// Many small buckets lie in the root itself, which then has branches: Open must come back from them too.
func TestOpenRefusesARootThatLeadsAstray(t *testing.T) {
	t.Parallel()
	db := testDBOpen(t, Options{})
	s := scope(t, db, "office")
	require.NoError(t, db.Update(func(tx *Tx) error {
		var err error
		for i := range 60 {
			err = errors.Join(err, NewJournal(fmt.Sprint("journal", i)).Append(tx, s, 1, 1, make([]byte, 500)))
		}
		return err
	}))
	root, pageSize := 0, db.bolt.Load().Info().PageSize
	require.NoError(t, db.View(func(tx *Tx) error { root = int(tx.bolt.Cursor().Bucket().Root()); return nil }))
	f := &damaged{data: copyOf(t, db, nil), pageSize: pageSize, docs: docs(), journal: NewJournal("journal0")}
	require.NoError(t, f.examine(t, f.data))
	_, page := f.page(root)
	require.EqualValues(t, pageBranch, binary.NativeEndian.Uint16(page[8:]))
	for i := range int(binary.NativeEndian.Uint16(page[10:])) {
		for _, target := range []int{root, 0, len(f.data)/f.pageSize + 1} {
			data, page := f.page(root)
			binary.NativeEndian.PutUint64(page[pageHeaderBytes+i*elementBytes+8:], uint64(target))
			require.ErrorIs(t, f.examine(t, data), ErrCorrupt, "element %d leads to %d", i, target)
		}
	}
}

// A single bit may change a record into another valid one, and layout 1 into 5, but it never ends the process.
func TestCheckSurvivesFlippedBits(t *testing.T) {
	t.Parallel()
	f, r, found := newDamaged(t), rand.New(rand.NewPCG(5, 6)), 0
	const flips, headBytes = 200, 256 // the elements at a page's head say where its keys are
	for range flips {
		id := f.pages[r.IntN(len(f.pages))]
		data, page := f.page(id)
		at, bit := r.IntN(headBytes), r.IntN(8)
		page[at] ^= 1 << bit
		err := f.examine(t, data)
		switch {
		case errors.Is(err, ErrNewer):
		case err != nil:
			require.ErrorIs(t, err, ErrCorrupt, "page %d byte %d bit %d", id, at, bit)
			found++
		}
	}
	require.Greater(t, found, flips/2)
}

// A copy that was cut off, such as half a backup, is refused before anything behind its end is read.
func TestOpenRefusesAFileThatIsCutOff(t *testing.T) {
	t.Parallel()
	f := newDamaged(t)
	all, page := len(f.data), f.pageSize
	for _, size := range []int{1, 100, page, 2*page - 1, 2 * page, 3 * page, all / 2, all - page, all - 1} {
		path := filepath.Join(t.TempDir(), "cut.db")
		require.NoError(t, os.WriteFile(path, f.data[:size], fileMode))
		_, err := Open(path, Options{})
		require.ErrorIs(t, err, ErrCorrupt, "%d bytes", size)
		require.ErrorContains(t, err, path)
		require.NoError(t, os.WriteFile(path, f.data, fileMode))
		db, err := Open(path, Options{})
		require.NoError(t, err, "the refused Open left the file free")
		require.NoError(t, db.Close())
	}
}
