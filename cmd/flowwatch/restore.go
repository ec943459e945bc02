package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"flowwatch/engine"
	"flowwatch/kv"
	"flowwatch/migrations"
	"flowwatch/tsdb"
)

// restoringName is the database until it is whole: a server that is started too early does not take it for one.
const restoringName = "flowwatch.db.restoring"

// restoreCommand makes a new data directory from a backup.
type restoreCommand struct {
	Data directory `required:"" placeholder:"NEWDIR" help:"The new data directory; missing or empty."`
	File string    `arg:"" placeholder:"FILE" help:"The backup."`
}

// Run leaves a sound directory with a history of its own, or an empty one.
func (c *restoreCommand) Run(p *program) (err error) {
	backup, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer backup.Close()
	info, err := backup.Stat()
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a backup: it is not a file", c.File)
	}
	if info.Size() == 0 { // which the store would take for a new database
		return fmt.Errorf("%s is not a backup, or it is damaged: it is empty", c.File)
	}
	if err := c.requireEmpty(); err != nil {
		return err
	}
	path := filepath.Join(string(c.Data), restoringName)
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	err = c.copy(p, backup, info.Size(), path)
	switch {
	case p.ctx.Err() != nil:
		return errors.New("stopped; nothing was changed")
	case err != nil:
		return c.Data.explain(err)
	}
	epoch, err := c.prove(p, path)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Rename(path, c.Data.database()), syncFolder(string(c.Data))); err != nil {
		return c.Data.explain(err)
	}
	return p.print("%s: %s restored, its new history is %s\n", c.Data, byteCount(info.Size()), epoch)
}

// requireEmpty makes the directory if it is missing. What an earlier restore left in it that was killed does not count.
func (c *restoreCommand) requireEmpty() error {
	if err := c.Data.writable(); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(c.Data))
	if err != nil {
		return c.Data.explain(err)
	}
	for _, e := range entries {
		if e.Name() != restoringName {
			return fmt.Errorf("the directory %s is not empty: it holds %s; restore into a new one", c.Data, e.Name())
		}
	}
	return nil
}

// copy writes the backup to path and onto the disk.
func (c *restoreCommand) copy(p *program, backup io.Reader, size int64, path string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, databaseMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	bar, done := p.progress("copying "+c.File), int64(0)
	defer bar.end()
	source := io.TeeReader(backup, writerFunc(func(b []byte) {
		done += int64(len(b))
		bar.at(done, size, "")
	}))
	if _, err := io.Copy(&targetWriter{ctx: p.ctx, w: file}, source); err != nil {
		return err
	}
	return file.Sync()
}

// prove opens the copy, checks all of it and begins its new history, which it returns.
func (c *restoreCommand) prove(p *program, path string) (epoch string, err error) {
	db, err := kv.Open(path, kv.Options{})
	if err != nil {
		return "", c.explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrations.Run(db); err != nil {
		return "", c.explain(err)
	}
	err = p.waiting("checking "+c.File, func() error {
		if err := db.Check(nil, engine.Collections()...); err != nil {
			return err
		}
		return checkSeries(db, tsdb.Options{}, func(string) {})
	})
	if err != nil {
		return "", c.explain(err)
	}
	if err := db.RenewEpoch(); err != nil {
		return "", c.explain(err)
	}
	return db.Epoch(), nil
}

// explain says what an error about the backup's content means.
func (c *restoreCommand) explain(err error) error {
	switch {
	case errors.Is(err, kv.ErrNewer):
		return fmt.Errorf("the backup %s was written by a newer version of flowwatch: %w", c.File, err)
	case errors.Is(err, kv.ErrCorrupt):
		return fmt.Errorf("%s is not a backup, or it is damaged: %w", c.File, err)
	}
	return c.Data.explain(err)
}
