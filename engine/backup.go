package engine

import (
	"fmt"
	"io"
	"time"

	"flowwatch/kv"
	"flowwatch/kv/archive"
)

// WriteBackup writes an archive of the whole database, consistent at one moment, while others go on writing. The version is the program's.
// After an error, what was written is no archive.
func WriteBackup(w io.Writer, db *kv.DB, version string, now time.Time) (archive.Manifest, error) {
	return archive.Write(w, db, archive.About{Product: version, Now: now, Seq: func(tx *kv.Tx, s kv.Scope) uint64 {
		_, last, _ := journal.Last(tx, s)
		return last
	}})
}

// Backup is WriteBackup of the running engine.
func (e *Engine) Backup(w io.Writer) (archive.Manifest, error) {
	m, err := WriteBackup(w, e.db, e.version, e.now())
	if err != nil {
		return archive.Manifest{}, fmt.Errorf("backup: %w", storeFault(err))
	}
	return m, nil
}
