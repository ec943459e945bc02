package kv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func TestOpenIsRefusedWhileAnotherProcessHoldsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	release := startHolder(t, path)
	start := time.Now()
	_, err := Open(path, Options{})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, path)
	require.Less(t, time.Since(start), 5*time.Second, "it does not wait for the other to end")
	release()
	db, err := Open(path, Options{})
	require.NoError(t, err)
	_, err = Open(path, Options{})
	require.ErrorIs(t, err, ErrLocked, "a second DB in the same process")
	require.NoError(t, db.Close())
}

// Newer data than the binary is refused, and left as it is.
func TestOpenRefusesANewerLayout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	setMeta(t, path, layoutKey, AppendUint32(nil, LayoutVersion+1))
	_, err := Open(path, Options{})
	require.ErrorIs(t, err, ErrNewer)
	require.ErrorContains(t, err, fmt.Sprintf("layout %d, this program knows %d", LayoutVersion+1, LayoutVersion))
	setMeta(t, path, layoutKey, AppendUint32(nil, LayoutVersion))
	db, err := Open(path, Options{})
	require.NoError(t, err, "the refused Open left the file free and whole")
	require.NoError(t, db.Close())
}

// setMeta writes one value of the meta bucket behind the package's back.
func setMeta(t *testing.T, path string, key, value []byte) {
	t.Helper()
	db, err := Open(path, Options{})
	if errors.Is(err, ErrNewer) {
		b, err := bbolt.Open(path, fileMode, nil)
		require.NoError(t, err)
		require.NoError(t, b.Update(func(bt *bbolt.Tx) error { return bt.Bucket(metaBucket).Put(key, value) }))
		require.NoError(t, b.Close())
		return
	}
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *Tx) error { return tx.bolt.Bucket(metaBucket).Put(key, value) }))
	require.NoError(t, db.Close())
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	f := func(name string, make func(path string)) {
		path := filepath.Join(t.TempDir(), name)
		make(path)
		_, err := Open(path, Options{})
		require.ErrorIs(t, err, ErrCorrupt, name)
	}
	f("text", func(path string) { require.NoError(t, os.WriteFile(path, make([]byte, 20_000), fileMode)) })
	f("foreign", func(path string) {
		b, err := bbolt.Open(path, fileMode, nil)
		require.NoError(t, err)
		require.NoError(t, b.Update(func(bt *bbolt.Tx) error {
			_, err := bt.CreateBucket([]byte("other"))
			return err
		}))
		require.NoError(t, b.Close())
	})
	f("without epoch", func(path string) { setMeta(t, path, epochKey, nil) })
	f("without scopes", func(path string) {
		db, err := Open(path, Options{})
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *Tx) error { return tx.bolt.DeleteBucket(scopesBucket) }))
		require.NoError(t, db.Close())
	})
	f("long layout", func(path string) { setMeta(t, path, layoutKey, []byte{0, 0, 0, 1, 0}) })
	f("without layout", func(path string) { setMeta(t, path, layoutKey, nil) })
}

func TestOpenNamesAnImpossibleDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, fileMode))
	_, err := Open(filepath.Join(file, "x.db"), Options{})
	require.ErrorContains(t, err, "in directory "+file)
	missing := filepath.Join(t.TempDir(), "missing")
	_, err = Open(filepath.Join(missing, "x.db"), Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "in directory "+missing)
}

func TestEpochAndCreationStayUntilRenewed(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "x.db"), time.Date(2026, 11, 23, 14, 0, 0, 5e6, time.UTC)
	db, err := Open(path, Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	epoch := db.Epoch()
	require.Regexp(t, `^[a-z2-7]{12}$`, epoch)
	require.Equal(t, LayoutVersion, db.Layout())
	require.Equal(t, path, db.Path())
	require.NoError(t, db.Close())
	db, err = Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, epoch, db.Epoch())
	created, err := db.Created()
	require.NoError(t, err)
	require.Equal(t, now, created)
	require.NoError(t, db.RenewEpoch())
	renewed := db.Epoch()
	require.NotEqual(t, epoch, renewed)
	require.NoError(t, db.Close())
	db, err = Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, renewed, db.Epoch())
	require.NoError(t, db.Close())
}

func TestClosedDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	db := testDBOpen(t, Options{})
	require.Positive(t, db.Size())
	require.NoError(t, db.Close())
	require.NoError(t, db.Close(), "closing twice is harmless")
	nothing := func(*Tx) error { return nil }
	require.ErrorIs(t, db.View(nothing), ErrClosed)
	require.ErrorIs(t, db.Update(nothing), ErrClosed)
	require.ErrorIs(t, db.Batch(nothing), ErrClosed)
	_, err := db.Scope("new")
	require.ErrorIs(t, err, ErrClosed)
	require.Zero(t, db.Size())
}

func testDBOpen(t *testing.T, o Options) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "test.db"), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestFailedOrPanickedUpdateLeavesNoTrace(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s, sorry := scope(t, db, "office"), errors.New("sorry")
	before := db.Stats().Commits
	put := func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "x"}) }
	require.Equal(t, sorry, db.Update(func(tx *Tx) error { return errors.Join(put(tx), sorry).(interface{ Unwrap() []error }).Unwrap()[0] }))
	require.PanicsWithValue(t, "oops", func() {
		_ = db.Update(func(tx *Tx) error {
			require.NoError(t, put(tx))
			panic("oops")
		})
	})
	require.Equal(t, before, db.Stats().Commits)
	require.NoError(t, db.View(func(tx *Tx) error {
		_, err := c.Get(tx, s, (&doc{ID: "x"}).key())
		require.ErrorIs(t, err, ErrNotFound)
		return nil
	}))
	require.NoError(t, db.Update(put))
}

func TestMisuseOfATransactionPanics(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s := scope(t, db, "office")
	var kept *Tx
	require.NoError(t, db.Update(func(tx *Tx) error { kept = tx; return c.Put(tx, s, &doc{ID: "x"}) }))
	require.PanicsWithValue(t, "BUG: kv.Tx used after its transaction ended", func() { c.ScanRaw(kept, s, Span{}, nil) })
	misuse := "BUG: write to doc in a read transaction"
	for _, d := range []doc{{}, {ID: "x"}, {ID: "x", Time: 1}} { // new, known, and in conflict
		require.PanicsWithValue(t, misuse, func() {
			_ = db.View(func(tx *Tx) error { return c.Replace(tx, s, nil, &d) })
		})
	}
}

// A record whose Decode does not give back its key cannot be replaced or removed without leaving something behind.
func TestRecordThatReadsBackUnderAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDBOpen(t, Options{})
	s, d := scope(t, db, "office"), doc{ID: "\xff"} // JSON makes U+FFFD of it
	require.NoError(t, db.Update(func(tx *Tx) error { return c.Put(tx, s, &d) }))
	require.ErrorIs(t, db.Update(func(tx *Tx) error { return c.Put(tx, s, &d) }), ErrCorrupt)
	require.ErrorIs(t, db.Update(func(tx *Tx) error { return c.Delete(tx, s, &d) }), ErrCorrupt)
	require.ErrorIs(t, db.Check(nil, c), ErrCorrupt)
}

// A failed remapping leaves bbolt without any mapping; the next transaction opens the file again.
func TestLostMappingIsRepaired(t *testing.T) {
	t.Parallel()
	const mapHugeTLB = 0x40000 // refused by every ordinary file
	c := docs()
	db := testDBOpen(t, Options{mapBytes: 1 << 20})
	s := scope(t, db, "office")
	first := db.bolt.Load()
	require.NoError(t, db.Update(func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "small"}) }))
	first.MmapFlags = mapHugeTLB
	err := db.Update(func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "big", Pad: 3 << 20}) })
	require.ErrorContains(t, err, "mmap")
	require.NotErrorIs(t, err, ErrFull)
	require.NotSame(t, first, db.bolt.Load())
	require.NoError(t, db.Update(func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "big", Pad: 3 << 20}) }))
	require.NoError(t, db.View(func(tx *Tx) error {
		for _, id := range []string{"small", "big"} {
			_, err := c.Get(tx, s, (&doc{ID: id}).key())
			require.NoError(t, err)
		}
		return nil
	}))
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c))
}

// When only the sync of the meta page failed, the transaction is visible although its commit returned an error. Its old pages
// must not be used again under readers, so the file is opened again, after them.
func TestCommitThatFailedAfterItBecameVisibleReopensTheFile(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDBOpen(t, Options{})
	s, first := scope(t, db, "office"), db.bolt.Load()
	id := 0
	require.NoError(t, db.Update(func(tx *Tx) error { id = tx.bolt.ID(); return c.Put(tx, s, &doc{ID: "x"}) }))
	require.NoError(t, db.settle(first, id+1))
	require.Same(t, first, db.bolt.Load(), "an invisible transaction needs nothing")

	reading, done := make(chan struct{}), make(chan error)
	finish := make(chan struct{})
	go func() {
		done <- db.View(func(tx *Tx) error {
			close(reading)
			<-finish
			_, err := c.Get(tx, s, (&doc{ID: "x"}).key())
			return err
		})
	}()
	<-reading
	settled := make(chan error)
	go func() { settled <- db.settle(first, id) }()
	select {
	case <-settled:
		t.Fatal("the file was opened again under a reader")
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	require.NoError(t, <-done)
	require.NoError(t, <-settled)
	require.NotSame(t, first, db.bolt.Load())
	require.NoError(t, db.settle(first, id), "a second caller finds it done")
	require.NoError(t, db.Update(func(tx *Tx) error { return c.Put(tx, s, &doc{ID: "y"}) }))
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c))
}

func TestJSONReportsDamage(t *testing.T) {
	t.Parallel()
	encode, decode := JSON[doc]()
	d, err := decode(1, nil, encode(nil, &doc{ID: "x"}))
	require.NoError(t, err)
	require.Equal(t, "x", d.ID)
	_, err = decode(1, nil, []byte("{"))
	require.ErrorIs(t, err, ErrCorrupt)
	bad, _ := JSON[chan int]()
	require.Panics(t, func() { bad(nil, new(chan int)) })
}
