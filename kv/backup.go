package kv

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup writes a consistent copy of the database to w and returns its size in bytes. The copy is made to a temporary
// file first, beside the database or, where there is no room, in the system's directory, so that a slow w holds no read
// transaction open. The copy is a database file that Open reads.
func (db *DB) Backup(w io.Writer) (n int64, err error) {
	f, err := db.copyToTemporary(filepath.Dir(db.path))
	if err != nil {
		var again error
		if f, again = db.copyToTemporary(os.TempDir()); again != nil {
			return 0, fmt.Errorf("backup: %w", errors.Join(err, again))
		}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err = io.Copy(w, f); err != nil {
		return n, fmt.Errorf("backup: %w", err)
	}
	return n, nil
}

// copyToTemporary returns a nameless file in the directory with the copy, ready to be read.
func (db *DB) copyToTemporary(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".flowwatch-backup-*")
	if err != nil {
		return nil, err
	}
	// Without a name the file is gone when it is closed, even if the process dies before.
	err = os.Remove(f.Name())
	if err == nil {
		err = db.View(func(tx *Tx) error {
			_, err := tx.bolt.WriteTo(f)
			return err
		})
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(withSpace(err), f.Close())
	}
	return f, nil
}
