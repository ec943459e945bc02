package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"flowwatch/engine/backup"
	"flowwatch/kv"
	"flowwatch/kv/archive"
)

// backupFile is a backup to be read: an archive, or the bare copy of a database that older versions made.
type backupFile struct {
	path    string
	archive *archive.Reader // nil: a bare copy
	bare    *os.File
	size    int64 // of the database
}

// openBackup proves that an archive is whole, as far as that can be told without unpacking it.
func openBackup(path string, key *archive.Key) (*backupFile, error) {
	b := &backupFile{path: path}
	var err error
	if b.archive, err = archive.Open(path, key); err == nil {
		b.size = b.archive.Manifest.DatabaseBytes()
		return b, nil
	}
	if !errors.Is(err, archive.ErrForeign) {
		return nil, b.explain(err)
	}
	if b.bare, err = os.Open(path); err != nil {
		return nil, b.explain(err)
	}
	info, err := b.bare.Stat()
	switch {
	case err != nil:
		err = b.explain(err)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a backup: it is not a file", path)
	case info.Size() == 0: // which the store would take for a new database
		err = fmt.Errorf("%s is not a backup, or it is damaged: it is empty", path)
	default:
		b.size = info.Size()
		return b, nil
	}
	return nil, errors.Join(err, b.bare.Close())
}

// created is when the backup was made; zero: it does not say.
func (b *backupFile) created() time.Time {
	if b.archive == nil {
		return time.Time{}
	}
	return b.archive.Manifest.CreatedAt
}

// database writes the database to w.
func (b *backupFile) database(w io.Writer) error {
	if b.archive != nil {
		return b.archive.Database(w)
	}
	_, err := io.Copy(w, b.bare)
	return err
}

func (b *backupFile) close() error {
	if b.archive != nil {
		return b.archive.Close()
	}
	return b.bare.Close()
}

// mergeErased adds what the list beside the backup says was erased to the list of a data directory.
func (b *backupFile) mergeErased(list string) error {
	if err := backup.MergeErased(list, filepath.Join(filepath.Dir(b.path), backup.ErasedName)); err != nil {
		return fmt.Errorf("restore %s: %w", b.path, err)
	}
	return nil
}

// String says what the backup is.
func (b *backupFile) String() string {
	if b.archive == nil {
		return "backup of an older version, " + byteCount(b.size)
	}
	m := &b.archive.Manifest
	kind := "backup"
	if b.archive.Encrypted() {
		kind = "encrypted backup"
	}
	return fmt.Sprintf("%s of %s by version %s, %s, layout %d, history %s, %s", kind, m.CreatedAt.Format("2006-01-02 15:04:05 UTC"), m.Product,
		byteCount(b.size), m.Layout, m.Epoch, counted(len(m.Organizations), "organisation"))
}

// explain says what an error about the backup means.
func (b *backupFile) explain(err error) error {
	switch {
	case errors.Is(err, archive.ErrLocked):
		return fmt.Errorf("the backup %s is encrypted: name its key by --backup-key-file", b.path)
	case errors.Is(err, archive.ErrWrongKey):
		return fmt.Errorf("the backup %s was encrypted with another key than that of --backup-key-file", b.path)
	case errors.Is(err, kv.ErrNewer), errors.Is(err, archive.ErrNewer):
		return fmt.Errorf("the backup %s was written by a newer version of flowwatch: %w", b.path, err)
	case errors.Is(err, kv.ErrCorrupt), errors.Is(err, archive.ErrDamaged), errors.Is(err, archive.ErrForeign):
		return fmt.Errorf("%s is not a backup, or it is damaged: %w", b.path, err)
	}
	return fmt.Errorf("read the backup: %w", err)
}
