package kv

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	roomBefore = 12 << 20
	roomAfter  = 64 << 20
)

// limitFiles bounds the size of every file that this process writes. It needs no rights, and binds root as it does anybody.
func limitFiles(bytes uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		return err
	}
	l.Cur = bytes
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
}

// fillWithLimit runs exerciseFull in a process whose files cannot be written past roomBefore, until it lifts the limit. A file that is
// long from the start need not grow, so there it is the writing of pages that fails, in the middle of a transaction: so fails a disk
// without room under a sparse file.
func fillWithLimit(path string, long bool) error {
	signal.Ignore(syscall.SIGXFSZ)
	if long {
		if err := makeLong(path); err != nil {
			return err
		}
	}
	if err := limitFiles(roomBefore); err != nil {
		return err
	}
	return exerciseFull(path, func() error { return limitFiles(roomAfter) })
}

// makeLong creates a database whose file is longer than roomBefore, and sparse.
func makeLong(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Close(), os.Truncate(path, roomAfter))
}

// exerciseFull fills the storage, checks that everything but growth still works, makes room, and goes on.
func exerciseFull(path string, makeRoom func() error) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	c, j := docs(), NewJournal("journal")
	s, err := db.Scope("office")
	if err != nil {
		return err
	}
	groups, err := fillUntilFull(db, c, j, s)
	if err != nil {
		return err
	}
	for range 5 { // It stays full, however often one tries.
		if err := db.Update(putBig(c, s, "more", 4<<20)); !errors.Is(err, ErrFull) {
			return fmt.Errorf("update of a full store: %w", err)
		}
	}
	if err := db.Batch(putBig(c, s, "more", 4<<20)); !errors.Is(err, ErrFull) {
		return fmt.Errorf("batch of a full store: %w", err)
	}
	if err := readGroups(db, c, s, groups); err != nil {
		return err
	}
	if err := db.Check(nil, c, j); err != nil {
		return fmt.Errorf("full: %w", err)
	}
	// Retention must work when the disk is full: what leaves makes room for what comes.
	for n := range 3 {
		if err := db.Update(deleteGroup(c, s, n)); err != nil {
			return fmt.Errorf("delete from a full store: %w", err)
		}
	}
	if err := db.Update(putGroup(c, s, groups, groupSize/2)); err != nil {
		return fmt.Errorf("put into freed pages: %w", err)
	}
	if err := makeRoom(); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	if err := db.Update(putBig(c, s, "more", 4<<20)); err != nil {
		return fmt.Errorf("update with room again: %w", err)
	}
	if err := errors.Join(db.Check(nil, c, j), db.Close()); err != nil {
		return fmt.Errorf("with room: %w", err)
	}
	return reopenAndCheck(path, c, j, s, groups)
}

// groupSize records are stored at a time, padBytes long. What is left when a group finds no room must suffice for a deletion, which
// writes about ten pages before it gives any back: so a group takes hundreds.
const (
	groupSize = 100
	padBytes  = 10_000
)

func fillUntilFull(db *DB, c *Collection[doc], j *Journal, s Scope) (groups int, err error) {
	for ; ; groups++ {
		n := uint64(groups + 1)
		err := db.Update(func(tx *Tx) error {
			return errors.Join(j.Append(tx, s, n, n, []byte("block")), putGroup(c, s, groups, groupSize)(tx))
		})
		if errors.Is(err, ErrFull) {
			if groups < 5 {
				return 0, fmt.Errorf("full after %d groups", groups)
			}
			return groups, nil
		}
		if err != nil {
			return 0, fmt.Errorf("not called full: %w", err)
		}
	}
}

// groupDoc returns a record of a group. Ids and times rise, as those of executions do.
func groupDoc(group, i int) *doc {
	n := group*groupSize + i
	return &doc{ID: fmt.Sprintf("%09d", n), Time: int64(n), Pad: padBytes}
}

func putGroup(c *Collection[doc], s Scope, group, size int) func(*Tx) error {
	return func(tx *Tx) error {
		for i := range size {
			if err := c.Put(tx, s, groupDoc(group, i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func deleteGroup(c *Collection[doc], s Scope, group int) func(*Tx) error {
	return func(tx *Tx) error {
		for i := range groupSize {
			if err := c.Delete(tx, s, groupDoc(group, i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func putBig(c *Collection[doc], s Scope, id string, size int) func(*Tx) error {
	return func(tx *Tx) error { return c.Put(tx, s, &doc{ID: id, Time: -1, Pad: size}) }
}

// readGroups asserts that exactly these groups are there.
func readGroups(db *DB, c *Collection[doc], s Scope, groups int) error {
	return db.View(func(tx *Tx) error {
		n := 0
		err := c.Scan(tx, s, Span{}, func(_ []byte, d *doc) (bool, error) {
			if d.ID != groupDoc(0, n).ID {
				return false, fmt.Errorf("record %d is %q", n, d.ID)
			}
			n++
			return true, nil
		})
		if err == nil && n != groups*groupSize {
			err = fmt.Errorf("%d records, want %d groups of %d", n, groups, groupSize)
		}
		return err
	})
}

func reopenAndCheck(path string, c *Collection[doc], j *Journal, s Scope, groups int) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	err = db.View(func(tx *Tx) error {
		for _, id := range []string{"more", groupDoc(3, 0).ID, groupDoc(groups, groupSize/2-1).ID} {
			if _, ok := c.Lookup(tx, s, "id", []byte(id)); !ok {
				return fmt.Errorf("record %q is lost", id)
			}
		}
		return nil
	})
	return errors.Join(err, db.Check(nil, c, j), db.Close())
}

// A full store refuses growth with ErrFull, keeps what it has, lets old data leave, and goes on when there is room.
func TestFullStoreWhoseFileCannotGrow(t *testing.T) {
	t.Parallel()
	out, err := childCommand(t, "full", filepath.Join(t.TempDir(), "full.db")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// The same where the file is long enough but its pages cannot be written.
func TestFullStoreWhosePagesCannotBeWritten(t *testing.T) {
	t.Parallel()
	out, err := childCommand(t, "full long", filepath.Join(t.TempDir(), "full.db")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestErrorsOfSpaceAreCalledFull(t *testing.T) {
	t.Parallel()
	for _, e := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		write := &os.PathError{Op: "write", Path: "x.db", Err: e}
		require.ErrorIs(t, withSpace(write), ErrFull)
		require.ErrorIs(t, withSpace(write), e, "the cause stays")
		require.ErrorIs(t, withSpace(errors.New("file resize error: "+write.Error())), ErrFull, "bbolt flattens it")
	}
	require.NotErrorIs(t, withSpace(&os.PathError{Op: "write", Path: "x.db", Err: syscall.EIO}), ErrFull)
	require.NoError(t, withSpace(nil))
}

const nobody = 65534

// openUnprivileged expects ErrReadOnly of the path, as a user whom permissions bind.
func openUnprivileged(path string) error {
	if os.Geteuid() == 0 {
		if err := syscall.Setuid(nobody); err != nil {
			return err
		}
	}
	db, err := Open(path, Options{})
	if err == nil {
		return errors.Join(errors.New("opened"), db.Close())
	}
	if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), "in directory "+filepath.Dir(path)) {
		return fmt.Errorf("not called read-only: %w", err)
	}
	return nil
}

func TestOpenNamesAReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	const readOnlyDir, readOnlyFile, passable = 0o555, 0o444, 0o755
	empty, used := t.TempDir(), t.TempDir()
	existing := filepath.Join(used, "x.db")
	db, err := Open(existing, Options{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.NoError(t, os.Chmod(existing, readOnlyFile))
	for _, dir := range []string{empty, used} {
		require.NoError(t, os.Chmod(filepath.Dir(dir), passable)) // Another user must come by.
		require.NoError(t, os.Chmod(dir, readOnlyDir))
		t.Cleanup(func() { require.NoError(t, os.Chmod(dir, passable)) }) // for its removal
		out, err := childCommand(t, "unprivileged", filepath.Join(dir, "x.db")).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
