package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"flowwatch/kv"
	"flowwatch/migrations"
)

const (
	databaseName   = "flowwatch.db"
	segmentsName   = "segments"
	erasedListName = "erased.jsonl"
	directoryMode  = 0o700 // what is in it is the operator's alone
	databaseMode   = 0o600
	ownerMayWrite  = 0o200
)

// directory is the path of a data directory: one folder with the database file.
type directory string

func (d directory) database() string { return filepath.Join(string(d), databaseName) }

// segments is the folder of sealed days: copies that the database does not need.
func (d directory) segments() string { return filepath.Join(string(d), segmentsName) }

// erasedList is the file with what was erased, for backups that are restored.
func (d directory) erasedList() string { return filepath.Join(string(d), erasedListName) }

// open opens the database, which it makes if it is missing, in the layout of this program. Its errors name the directory in words
// that an operator can act on.
func (d directory) open() (*kv.DB, error) {
	if err := d.writable(); err != nil {
		return nil, err
	}
	db, err := kv.Open(d.database(), kv.Options{})
	if err != nil {
		return nil, d.explain(err)
	}
	if err := migrations.Run(db); err != nil {
		return nil, errors.Join(d.explain(err), db.Close())
	}
	return db, nil
}

// openExisting is open for commands that have nothing to do with a new database.
func (d directory) openExisting() (*kv.DB, error) {
	if _, err := os.Stat(d.database()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no %s in the data directory %s", databaseName, d)
		}
		return nil, d.explain(err)
	}
	return d.open()
}

// writable makes the directory if it is missing. One that its owner made read-only stays so for the administrator too, whom the
// system would let write.
func (d directory) writable() error {
	if err := os.MkdirAll(string(d), directoryMode); err != nil {
		return d.explain(err)
	}
	for _, path := range []string{string(d), d.database()} {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return d.explain(err)
		case info.Mode().Perm()&ownerMayWrite == 0:
			return fmt.Errorf("the data directory %s cannot be written: %s is read-only", d, path)
		}
	}
	return nil
}

// explain says what an error of the store means to who runs the program.
func (d directory) explain(err error) error {
	switch {
	case errors.Is(err, kv.ErrLocked):
		return &busyError{directory: d}
	case errors.Is(err, kv.ErrNewer):
		return fmt.Errorf("the data directory %s was written by a newer version of flowwatch: %w", d, err)
	case errors.Is(err, kv.ErrReadOnly), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the data directory %s cannot be written: %w", d, err)
	case noRoom(err):
		return fmt.Errorf("the disk of the data directory %s is full: %w", d, err)
	case errors.Is(err, kv.ErrCorrupt):
		return fmt.Errorf("the data directory %s is damaged, restore a backup: %w", d, err)
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("the data directory %s is not a directory: %w", d, err)
	}
	return fmt.Errorf("open the data directory %s: %w", d, err)
}

// noRoom says that the disk, a quota or the process's limit of file sizes is exhausted.
func noRoom(err error) bool {
	return errors.Is(err, kv.ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// busyError is a directory that another process works on.
type busyError struct {
	directory directory
	hint      string
}

// Error names the directory and what to do instead.
func (e *busyError) Error() string {
	text := fmt.Sprintf("the data directory %s is in use by another process, most likely a running server", e.directory)
	if e.hint != "" {
		text += "; " + e.hint
	}
	return text
}

// hinted adds to a busyError what this command can do while a server runs.
func hinted(err error, hint string) error {
	if busy := new(busyError); errors.As(err, &busy) {
		busy.hint = hint
	}
	return err
}

// syncFolder makes the names of new files in a folder survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
