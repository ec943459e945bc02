package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"flowwatch/engine"
	"flowwatch/kv/archive"
)

const (
	backupPath = "/api/admin/backup"
	partSuffix = ".part-*" // of a backup that is not whole yet
)

// backupCommand copies a database, from a directory or from a running server, to one file.
type backupCommand struct {
	Out string `required:"" placeholder:"FILE" help:"Where the backup goes. An older file is replaced when the new one is whole."`
	placeFlags
	keyFlags

	opens *archive.Key // nil: nothing is encrypted here
}

// Run leaves a whole, synced backup at Out, or what was there before.
func (c *backupCommand) Run(p *program, line *kong.Context) error {
	remote, err := c.remote(line)
	if err != nil {
		return err
	}
	if c.opens, err = c.key(); err != nil {
		return err
	}
	if err := c.mayReplace(); err != nil {
		return err
	}
	fill := c.fromDirectory
	if remote {
		fill = c.fromServer
	}
	whole, err := c.write(p.ctx, func(w io.Writer) error { return fill(p, w) })
	if err != nil {
		return err
	}
	hint := ""
	if whole.locked {
		hint = "; it is encrypted, so only flowwatch restore --verify with its key proves it"
	}
	return p.print("%s: %s%s\n", c.Out, byteCount(whole.sizeBytes), hint)
}

// wholeBackup is a backup that came to its end.
type wholeBackup struct {
	sizeBytes int64
	locked    bool // its key is not here, so nobody looked at its seal
}

// mayReplace refuses to overwrite what cannot be a backup: the database of a data directory, above all that of a running server.
func (c *backupCommand) mayReplace() error {
	info, err := os.Stat(c.Out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return c.explain(err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("--out %s is not a file", c.Out)
	case filepath.Base(c.Out) == databaseName:
		return fmt.Errorf("--out %s is the database of a data directory; choose another name", c.Out)
	}
	return nil
}

// write fills a new file beside Out, which takes Out's place when it is on the disk.
func (c *backupCommand) write(ctx context.Context, fill func(io.Writer) error) (whole wholeBackup, err error) {
	folder := filepath.Dir(c.Out)
	part, err := os.CreateTemp(folder, filepath.Base(c.Out)+partSuffix)
	if err != nil {
		return whole, c.explain(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	target := &targetWriter{ctx: ctx, w: part}
	err = errors.Join(fill(target), part.Sync())
	err = errors.Join(err, part.Close())
	switch {
	case ctx.Err() != nil:
		return whole, errors.New("stopped; nothing was changed")
	case target.err != nil:
		return whole, c.explain(target.err)
	case err != nil:
		return whole, err
	}
	if whole, err = wholeArchive(part.Name(), c.opens); err != nil { // also when the other side believes that it sent everything
		return whole, err
	}
	if err = os.Rename(part.Name(), c.Out); err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return whole, c.explain(err)
	}
	return whole, nil
}

var errNotEncrypted = errors.New("the server does not encrypt its backups: start it with --backup-key-file, or leave that out here")

// wholeArchive is an archive whose seal fits, and which is encrypted if there is a key. What is encrypted with a key that is not here is taken from a
// server that said it was at its end.
func wholeArchive(path string, key *archive.Key) (whole wholeBackup, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return whole, fmt.Errorf("look at the backup: %w", err)
	}
	whole.sizeBytes = info.Size()
	a, err := archive.Open(path, key)
	switch {
	case errors.Is(err, archive.ErrLocked):
		whole.locked = true
		return whole, nil
	case errors.Is(err, archive.ErrWrongKey):
		return whole, errors.New("the server encrypts its backups with another key than that of --backup-key-file")
	case err != nil:
		return whole, fmt.Errorf("what arrived is no whole backup: %w", err)
	case key != nil && !a.Encrypted():
		return whole, errors.Join(errNotEncrypted, a.Close())
	}
	return whole, a.Close()
}

// targetWriter writes a file until a signal comes. It remembers what went wrong here, so that a full disk of the backup is not taken
// for one of the data directory.
type targetWriter struct {
	ctx   context.Context
	w     io.Writer
	wrote func(done int64) // told how many bytes are written; may be nil
	done  int64
	err   error
}

// Write writes to the file.
func (t *targetWriter) Write(b []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := t.w.Write(b)
	if err != nil {
		t.err = err
	}
	if t.done += int64(n); t.wrote != nil {
		t.wrote(t.done)
	}
	return n, err
}

// explain says what an error of the backup's own file means.
func (c *backupCommand) explain(err error) error {
	switch {
	case noRoom(err):
		return fmt.Errorf("there is no room for the backup %s: %w", c.Out, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the backup %s cannot be written: %w", c.Out, err)
	}
	return fmt.Errorf("write the backup %s: %w", c.Out, err)
}

func (c *backupCommand) fromDirectory(p *program, w io.Writer) (err error) {
	db, err := c.Data.openExisting()
	if err != nil {
		return hinted(err, "use --server and --token")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return p.waiting("copying "+string(c.Data), func() error {
		if _, err := engine.WriteBackup(w, db, version, time.Now(), c.opens); err != nil {
			return c.Data.explain(err)
		}
		return nil
	})
}

// fromServer takes what the server streams. The server cuts the connection when it cannot go on, which is an error here.
func (c *backupCommand) fromServer(p *program, w io.Writer) error {
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	answer, err := client.do(p.ctx, http.MethodPost, backupPath, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	bar := p.progress("receiving " + c.Out)
	defer bar.end()
	target := &targetWriter{ctx: p.ctx, w: w, wrote: func(done int64) { bar.at(done, 0, byteCount(done)) }}
	if _, err := io.Copy(target, answer.Body); err != nil {
		return fmt.Errorf("the server did not send the backup to its end: %w", err)
	}
	return nil
}
