package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"flowwatch/engine"
	"flowwatch/kv"
	"flowwatch/kv/archive"
	"flowwatch/migrations"
	"flowwatch/tsdb"
)

// restoringName is the database until it is whole: a server that is started too early does not take it for one.
const restoringName = "flowwatch.db.restoring"

// restoreCommand makes a new data directory from a backup, or proves that it could.
type restoreCommand struct {
	Data   directory `placeholder:"NEWDIR" help:"The new data directory; missing or empty."`
	Verify bool      `help:"Only prove that the backup restores: in a temporary directory, which is removed again."`
	File   string    `arg:"" placeholder:"FILE" help:"The backup."`
	keyFlags
}

// Run leaves a sound directory with a history of its own, or an empty one.
func (c *restoreCommand) Run(p *program, line *kong.Context) (err error) {
	switch {
	case c.Verify && given(line, "data"):
		return usageError("--verify restores into a directory of its own: leave --data out")
	case !c.Verify && c.Data == "":
		return usageError("restore needs --data=NEWDIR, or --verify")
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	backup, err := openBackup(c.File, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.close()) }()
	if c.Verify {
		return c.verify(p, backup)
	}
	if err := c.requireEmpty(); err != nil {
		return err
	}
	path := filepath.Join(string(c.Data), restoringName)
	epoch, err := c.make(p, backup, path)
	if err == nil { // what was erased since the backup was made is erased again by the first start
		err = backup.mergeErased(c.Data.erasedList())
	}
	if err == nil {
		err = errors.Join(os.Rename(path, c.Data.database()), syncFolder(string(c.Data)))
	}
	if err != nil {
		return err
	}
	return p.print("%s: %s restored, its new history is %s\n", c.Data, backup, epoch)
}

// verify restores the backup and throws away what came of it.
func (c *restoreCommand) verify(p *program, backup *backupFile) error {
	folder, err := os.MkdirTemp("", "flowwatch-verify-*")
	if err != nil {
		return fmt.Errorf("verify %s: %w", c.File, err)
	}
	c.Data = directory(folder)
	_, err = c.make(p, backup, filepath.Join(folder, restoringName))
	if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
		return err
	}
	return p.print("%s: %s: ok\n", c.File, backup)
}

// requireEmpty makes the directory if it is missing. What an earlier restore left in it that was killed does not count, nor the list of
// erasures, which may be put there before.
func (c *restoreCommand) requireEmpty() error {
	if err := c.Data.writable(); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(c.Data))
	if err != nil {
		return c.Data.explain(err)
	}
	for _, e := range entries {
		if e.Name() != restoringName && e.Name() != erasedListName {
			return fmt.Errorf("the directory %s is not empty: it holds %s; restore into a new one", c.Data, e.Name())
		}
	}
	return nil
}

// make puts a proven database at path and returns the name of its new history. After an error nothing is left there.
func (c *restoreCommand) make(p *program, backup *backupFile, path string) (epoch string, err error) {
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	err = c.unpack(p, backup, path)
	switch {
	case p.ctx.Err() != nil:
		return "", errors.New("stopped; nothing was changed")
	case errors.Is(err, archive.ErrDamaged):
		return "", backup.explain(err)
	case err != nil:
		return "", c.Data.explain(err)
	}
	return c.prove(p, backup, path)
}

// unpack writes the database of the backup to path and onto the disk.
func (c *restoreCommand) unpack(p *program, backup *backupFile, path string) (err error) {
	if free, known := kv.FreeBytes(string(c.Data)); known && free < backup.size {
		return fmt.Errorf("%s are needed and %s are free: %w", byteCount(backup.size), byteCount(free), kv.ErrFull)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, databaseMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	bar := p.progress("unpacking " + c.File)
	defer bar.end()
	target := &targetWriter{ctx: p.ctx, w: file, wrote: func(done int64) { bar.at(done, backup.size, "") }}
	if err := backup.database(target); err != nil {
		return err
	}
	return file.Sync()
}

// prove opens the database, checks all of it and begins its new history, which it returns.
func (c *restoreCommand) prove(p *program, backup *backupFile, path string) (epoch string, err error) {
	explain := func(err error) error {
		if errors.Is(err, kv.ErrNewer) || errors.Is(err, kv.ErrCorrupt) {
			return backup.explain(err)
		}
		return c.Data.explain(err)
	}
	db, err := kv.Open(path, kv.Options{})
	if err != nil {
		return "", explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrations.Run(db); err != nil {
		return "", explain(err)
	}
	err = p.waiting("checking "+c.File, func() error {
		if err := db.Check(nil, engine.Collections()...); err != nil {
			return err
		}
		return checkSeries(db, tsdb.Options{}, func(string) {})
	})
	if err == nil {
		err = db.RenewEpoch()
	}
	if err == nil {
		err = engine.NoteRestored(db, backup.created(), time.Now(), commandLine())
	}
	if err != nil {
		return "", explain(err)
	}
	return db.Epoch(), nil
}
