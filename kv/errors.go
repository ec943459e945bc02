package kv

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrNotFound is returned when no record has the key that was asked for.
	ErrNotFound = errors.New("record not found")

	// ErrConflict is returned when a unique index already holds the key for another record. Nothing was changed.
	ErrConflict = errors.New("unique key belongs to another record")

	// ErrSequence is returned when a journal block does not follow the newest stored one. Nothing was changed.
	ErrSequence = errors.New("journal block does not follow the newest one")

	// ErrLocked is returned by Open when another process, or another DB of this one, holds the file.
	ErrLocked = errors.New("database is in use by another process")

	// ErrNewer is returned by Open when the file was written by a newer version of the program.
	ErrNewer = errors.New("database was written by a newer version")

	// ErrReadOnly is returned by Open when the file or its directory cannot be written.
	ErrReadOnly = errors.New("database cannot be written")

	// ErrFull is returned when a commit found no room on the disk, in the quota or in the process's file size limit.
	// The transaction left no trace, reads go on, and the next Update succeeds as soon as there is room.
	ErrFull = errors.New("storage is full")

	// ErrClosed is returned when the database was closed.
	ErrClosed = errors.New("database is closed")

	// ErrCorrupt is returned when stored bytes cannot be what this package wrote.
	ErrCorrupt = errors.New("stored data is damaged")

	// ErrAborted is returned by Batch when the goroutine that ran the group ended before it could answer.
	ErrAborted = errors.New("group commit was abandoned")
)

// spaceErrors are the system's ways to say that there is no room.
var spaceErrors = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

// withSpace adds ErrFull to an error that says that there is no room.
func withSpace(err error) error {
	if err == nil {
		return nil
	}
	full := errors.Is(err, berrors.ErrMaxSizeReached)
	for _, e := range spaceErrors {
		// bbolt flattens some errors, that of growing the file among them, so the chain alone does not tell.
		full = full || errors.Is(err, e) || strings.Contains(err.Error(), e.Error())
	}
	if full {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// detached reports whether a bbolt error says that the handle, not the data, is unusable.
func detached(err error) bool {
	return errors.Is(err, berrors.ErrInvalidMapping) || errors.Is(err, berrors.ErrDatabaseNotOpen)
}
