package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/backup"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
	"flowwatch/kv/archive"
	"flowwatch/tsdb"
)

// What the chains of organisations say of backups: every one of them, because each backup holds its data. Who asked stands in that
// person's own organisation's chain only; names and places of files are the appliance's alone.
const (
	backupMade     = audit.BackupMade
	backupFailed   = audit.BackupFailed
	backupRestored = audit.BackupRestored
)

// BackupSchedule says where the nightly backups go. Without a Dir there are none.
type BackupSchedule struct {
	Dir      string
	At       backup.Clock // of Warsaw
	KeepDays int

	Key *archive.Key // encrypts them, and those that the running server sends; nil: they are not encrypted
}

// WriteBackup writes an archive of the whole database, consistent at one moment, while others go on writing. The version is the program's,
// a key encrypts it.
// After an error, what was written is no archive.
func WriteBackup(w io.Writer, db *kv.DB, version string, now time.Time, key *archive.Key) (archive.Manifest, error) {
	return archive.Write(w, db, archive.About{Product: version, Now: now, Key: key, Seq: func(tx *kv.Tx, s kv.Scope) uint64 {
		_, last, _ := journal.Last(tx, s)
		return last
	}})
}

// NoteRestored tells the chains of a restored database, which no engine uses yet, that it was restored, and gives up the messages that the backup had not sent:
// they may have been sent since. Created is when the backup was made; zero: nobody knows.
func NoteRestored(db *kv.DB, created, now time.Time, by audit.By) error {
	at := execution.NoInstant
	if !created.IsZero() {
		at = execution.At(created)
	}
	err := db.Update(func(tx *kv.Tx) error {
		return tx.Tenants(func(_ kv.TenantID, s kv.Scope) error {
			return audit.Append(tx, s, now, audit.Entry{
				Event: backupRestored, By: by, Object: audit.Object{Type: "backup", ID: db.Epoch()}, Details: map[string]any{"createdAt": at},
			})
		})
	})
	if err != nil {
		return fmt.Errorf("note restore: %w", err)
	}
	err = db.Update(func(tx *kv.Tx) error {
		return tx.Tenants(func(_ kv.TenantID, s kv.Scope) error {
			return notify.Restart(tx, s, newestPlace(tx, s), execution.At(now))
		})
	})
	if err != nil {
		return fmt.Errorf("note restore: %w", err)
	}
	for ended := 1; ended > 0; {
		err := db.Update(func(tx *kv.Tx) error {
			ended = 0
			return tx.Tenants(func(_ kv.TenantID, s kv.Scope) error {
				n, err := notify.Restored(tx, s, execution.At(now))
				ended += n
				return err
			})
		})
		if err != nil {
			return fmt.Errorf("note restore: %w", err)
		}
	}
	return nil
}

// Backup is WriteBackup of the running engine, for somebody of an organisation. The chains tell of it, also when w took only a part.
func (e *Engine) Backup(w io.Writer, organizationID string, by audit.By) (archive.Manifest, error) {
	began := e.now()
	m, err := WriteBackup(w, e.db, e.version, began, e.backupKey)
	noted := e.db.Batch(func(tx *kv.Tx) error {
		return e.auditBackup(tx, began, err == nil, false, kv.TenantID(organizationID), by)
	})
	if noted != nil {
		e.log.Error("note backup", "err", noted)
	}
	if err != nil {
		return archive.Manifest{}, fmt.Errorf("backup: %w", storeFault(err))
	}
	return m, nil
}

// auditBackup tells each organisation, and that of the caller who asked.
func (e *Engine) auditBackup(tx *kv.Tx, began time.Time, made, verified bool, of kv.TenantID, by audit.By) error {
	event := backupFailed
	if made {
		event = backupMade
	}
	return tx.Tenants(func(id kv.TenantID, s kv.Scope) error {
		entry := audit.Entry{
			Event: event, By: audit.System(), Object: audit.Object{Type: "backup", ID: began.UTC().Format(time.RFC3339)},
			Details: map[string]any{"startedAt": execution.At(began), "verified": verified},
		}
		if id == of {
			entry.By = by
		}
		return audit.Append(tx, s, e.now(), entry)
	})
}

// newKeeper makes the nightly backups ready.
func newKeeper(e *Engine, s BackupSchedule) (*backup.Keeper, error) {
	if s.Dir != "" && e.erased.path != "" { // a directory that was restored may lack what was erased since
		if err := backup.MergeErased(e.erased.path, filepath.Join(s.Dir, backup.ErasedName)); err != nil {
			e.log.Error("read erasures beside the backups", "err", err) // a folder that is away must not keep the office from its data
		}
	}
	return backup.New(backup.Options{
		Dir: s.Dir, At: s.At, KeepDays: s.KeepDays, Key: s.Key, Erased: e.erased.path, DB: e.db, Zone: e.zone, Now: e.now, Logger: e.log,
		Write: func(w io.Writer) (archive.Manifest, error) { return WriteBackup(w, e.db, e.version, e.now(), s.Key) },
		Check: checkRestored,
		Note: func(tx *kv.Tx, r *backup.Record) error {
			return e.auditBackup(tx, r.StartedAt, r.Error == "", r.Error == "", "", audit.System())
		},
	})
}

// checkRestored says whether a database is sound, series and all.
func checkRestored(ctx context.Context, db *kv.DB) error {
	if err := db.CheckContext(ctx, nil, Collections()...); err != nil {
		return err
	}
	series, err := tsdb.Open(db, tsdb.Options{})
	if err != nil {
		return fmt.Errorf("open series: %w", err)
	}
	return errors.Join(series.Check(func(string) {}), series.Close())
}

// keepBackups makes the nightly backups until the engine stops.
func (e *Engine) keepBackups() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-e.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	e.keeper.Run(ctx)
}

// Backups lists up to limit attempts at nightly backups before a time, newest first; a zero time is the end.
func (e *Engine) Backups(before time.Time, limit int) ([]backup.Record, error) {
	return e.keeper.List(before, limit)
}

// BackupsEncrypted says whether backups are encrypted.
func (e *Engine) BackupsEncrypted() bool { return e.backupKey != nil }

// BackupState says how the nightly backups stand.
func (e *Engine) BackupState() backup.State { return e.keeper.State() }
