//go:build linux

package kv

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	roomBefore = 24 << 20
	roomAfter  = 256 << 20
)

// fillWithLimit runs exerciseFull in a process whose files cannot grow past roomBefore, until it lifts the limit.
func fillWithLimit(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(bytes uint64) error {
		var l syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			return err
		}
		l.Cur = bytes
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
	}
	if err := limit(roomBefore); err != nil {
		return err
	}
	return exerciseFull(path, func() error { return limit(roomAfter) })
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
	stored, err := fillUntilFull(db, c, j, s)
	if err != nil {
		return err
	}
	for range 5 { // It stays full, however often one tries.
		if err := db.Update(putBig(c, s, "more", 4<<20)); !errors.Is(err, ErrFull) {
			return fmt.Errorf("update of a full store: %v", err)
		}
	}
	if err := db.Batch(putBig(c, s, "more", 4<<20)); !errors.Is(err, ErrFull) {
		return fmt.Errorf("batch of a full store: %v", err)
	}
	if err := readAll(db, c, s, stored); err != nil {
		return err
	}
	if err := db.Check(nil, c, j); err != nil {
		return fmt.Errorf("full: %w", err)
	}
	// Retention must work when the disk is full: what leaves makes room for what comes.
	for n := range 3 {
		err := db.Update(func(tx *Tx) error { return c.Delete(tx, s, &doc{ID: fmt.Sprint(n), Time: int64(n)}) })
		if err != nil {
			return fmt.Errorf("delete from a full store: %w", err)
		}
	}
	if err := db.Update(putBig(c, s, "smaller", 64<<10)); err != nil {
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
	return reopenAndCheck(path, c, j, s)
}

func fillUntilFull(db *DB, c *Collection[doc], j *Journal, s Scope) (stored int, err error) {
	for ; ; stored++ {
		n := uint64(stored + 1)
		err := db.Update(func(tx *Tx) error {
			return errors.Join(j.Append(tx, s, n, n, []byte("block")), putBig(c, s, fmt.Sprint(stored), 300<<10)(tx))
		})
		if errors.Is(err, ErrFull) {
			if stored < 10 {
				return 0, fmt.Errorf("full after %d records", stored)
			}
			return stored, nil
		}
		if err != nil {
			return 0, fmt.Errorf("not called full: %w", err)
		}
	}
}

func putBig(c *Collection[doc], s Scope, id string, size int) func(*Tx) error {
	return func(tx *Tx) error {
		d := doc{ID: id, Pad: size}
		if _, err := fmt.Sscan(id, &d.Time); err != nil {
			d.Time = -1
		}
		return c.Put(tx, s, &d)
	}
}

func readAll(db *DB, c *Collection[doc], s Scope, want int) error {
	return db.View(func(tx *Tx) error {
		n := 0
		err := c.Scan(tx, s, Span{}, func(_ []byte, d *doc) (bool, error) {
			if d.ID != fmt.Sprint(n) || d.Pad != 300<<10 {
				return false, fmt.Errorf("record %d is %q", n, d.ID)
			}
			n++
			return true, nil
		})
		if err == nil && n != want {
			err = fmt.Errorf("%d records, want %d", n, want)
		}
		return err
	})
}

func reopenAndCheck(path string, c *Collection[doc], j *Journal, s Scope) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	err = db.View(func(tx *Tx) error {
		for _, key := range []string{"more", "smaller"} {
			if _, ok := c.Lookup(tx, s, "id", []byte(key)); !ok {
				return fmt.Errorf("record %q is lost", key)
			}
		}
		return nil
	})
	return errors.Join(err, db.Check(nil, c, j), db.Close())
}

// A full store refuses growth with ErrFull, keeps what it has, lets old data leave, and goes on when there is room.
func TestFullFileSizeLimit(t *testing.T) {
	t.Parallel()
	out, err := childCommand(t, "full", filepath.Join(t.TempDir(), "full.db")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// The same on a file system without room, where the file grows but its pages cannot be written.
func TestFullFileSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	size := func(bytes int) string { return fmt.Sprintf("size=%d", bytes) }
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, size(roomBefore)); err != nil {
		t.Skipf("mount needs root: %v; TestFullFileSizeLimit runs everywhere", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	require.NoError(t, exerciseFull(filepath.Join(dir, "full.db"), func() error {
		return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, size(roomAfter))
	}))
}

func TestOpenNamesAReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		// Permissions do not bind root, a read-only file system does.
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
			t.Skipf("mount: %v", err)
		}
		t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	} else {
		require.NoError(t, os.Chmod(dir, 0o500))
	}
	_, err := Open(filepath.Join(dir, "x.db"), Options{})
	require.ErrorIs(t, err, ErrReadOnly)
	require.ErrorContains(t, err, "in directory "+dir)
}
