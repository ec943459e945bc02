// Package backup makes a backup of the appliance every night, proves it by restoring it, and keeps those of the last days.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"flowwatch/kv"
	"flowwatch/kv/archive"
)

// KeepDaysMax bounds how long backups may be kept.
const KeepDaysMax = 3650

const (
	lookEvery     = 20 * time.Second
	retryAfter    = time.Hour
	forgottenEach = 500 // records that one attempt removes
)

// Options configure a Keeper. All are required but Dir.
type Options struct {
	Dir      string       // where backups lie, a folder of their own; "": none are made
	At       Clock        // when
	KeepDays int          // how long; the last good one stays longer
	Key      *archive.Key // opens what Write wrote, if that is encrypted; nil: it is not
	Erased   string       // list of what was erased, of which a copy lies beside the backups; "": none

	DB     *kv.DB
	Zone   *time.Location // of At
	Now    func() time.Time
	Logger *slog.Logger
	Write  func(w io.Writer) (archive.Manifest, error) // writes a backup
	Check  func(ctx context.Context, db *kv.DB) error  // says what is wrong with a restored database
	Note   func(tx *kv.Tx, r *Record) error            // called in the transaction that stores a record
}

// Keeper makes and keeps backups. It is safe for concurrent use.
type Keeper struct {
	options Options
	folder  folder
	scratch folder // where backups are restored to prove them
	erased  int64  // bytes of the list that was copied last; Run's alone

	mu    sync.Mutex // guards state
	state State
}

// State is how the backups stand.
type State struct {
	On      bool          // they are made
	Kept    time.Duration // for how long; 0: none are made
	Since   time.Time     // when this began, or the process did
	Good    time.Time     // when the last proved one that is still there was begun; zero: none
	Attempt time.Time     // when the last attempt was begun, of this process or, if it failed, of an earlier one; zero: none
	Failed  string        // why the last attempt came to nothing; "": it did not
}

// New reads how the backups stand. It makes the folder if it can; what it cannot read it tells at the first attempt.
func New(o Options) (*Keeper, error) {
	k := &Keeper{options: o, folder: folder(o.Dir), scratch: folder(o.Dir), state: State{On: o.Dir != "", Since: o.Now()}}
	if o.Dir == "" {
		return k, nil
	}
	if o.Key != nil { // what is encrypted there must not lie there in clear, not even for a moment
		k.scratch = folder(filepath.Dir(o.DB.Path()))
	}
	k.state.Kept = k.keep()
	var last []Record
	err := o.DB.View(func(tx *kv.Tx) (err error) {
		last, err = list(tx, o.DB.System(), time.Time{}, 1)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open backups: %w", err)
	}
	if len(last) > 0 && last[0].Error != "" {
		k.state.Attempt, k.state.Failed = last[0].StartedAt, last[0].Error
	}
	_ = os.Mkdir(o.Dir, folderMode)
	k.look()
	return k, nil
}

// State returns how the backups stand.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// look notes the newest backup that is in the folder.
func (k *Keeper) look() {
	files, _ := k.folder.list() // what cannot be read holds none; the next attempt says why
	last := newest(files, k.options.Now())
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Good = last.at
}

// Run makes backups until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	if k.options.Dir == "" {
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		k.look()
		k.copyErased()
		s := k.State()
		if due(k.options.Now(), s.Good, s.Attempt, k.options.At, k.options.Zone) {
			k.attempt(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// copyErased brings the copy of the list of erasures up to date; the list only grows.
func (k *Keeper) copyErased() {
	info, err := os.Stat(k.options.Erased)
	if err != nil || info.Size() == k.erased {
		return // there is none yet, or nothing new
	}
	if err := MergeErased(k.folder.path(ErasedName), k.options.Erased); err != nil {
		k.options.Logger.Warn("note erasures beside the backups", "dir", k.options.Dir, "err", err)
		return
	}
	k.erased = info.Size()
}

// attempt makes one backup, stores what came of it, and lets old ones go.
func (k *Keeper) attempt(ctx context.Context) {
	o := &k.options
	r := Record{StartedAt: o.Now().UTC()}
	began := time.Now()
	err := k.make(ctx, &r)
	if ctx.Err() != nil {
		_ = k.sweep() // the next start does it otherwise
		return        // stopped, which is no failure
	}
	r.Duration = time.Since(began).Round(time.Millisecond)
	if err != nil {
		r = Record{StartedAt: r.StartedAt, Duration: r.Duration, Error: err.Error()}
		o.Logger.Error("make backup", "dir", o.Dir, "err", err)
	} else {
		o.Logger.Info("backup made and verified", "file", r.Name, "bytes", r.SizeBytes, "duration", r.Duration)
		if err := k.prune(o.Now()); err != nil {
			o.Logger.Warn("remove old backups", "dir", o.Dir, "err", err)
		}
	}
	k.mu.Lock()
	k.state.Attempt, k.state.Failed = r.StartedAt, r.Error
	k.mu.Unlock()
	k.look()
	err = o.DB.Batch(func(tx *kv.Tx) error {
		return errors.Join(put(tx, o.DB.System(), &r, k.keep()), o.Note(tx, &r))
	})
	if err != nil {
		o.Logger.Error("note backup", "err", err)
	}
}

func (k *Keeper) keep() time.Duration { return time.Duration(k.options.KeepDays) * day }

// make leaves a proved backup under its name, or nothing.
func (k *Keeper) make(ctx context.Context, r *Record) (err error) {
	_ = os.Mkdir(string(k.folder), folderMode)
	if err := k.sweep(); err != nil {
		return err
	}
	name := nameOf(r.StartedAt, k.options.Key != nil)
	part := k.folder.path(name + partSuffix)
	defer func() {
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	if err := k.write(ctx, part); err != nil {
		return err
	}
	if err := k.verify(ctx, part, r); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := errors.Join(os.Rename(part, k.folder.path(name)), k.folder.sync()); err != nil {
		return err
	}
	r.Name, r.VerifiedAt = name, k.options.Now().UTC()
	return nil
}

// sweep removes what an attempt left that was killed, also one from before there was a key, or while there was one.
func (k *Keeper) sweep() error {
	return errors.Join(k.folder.sweep(), folder(filepath.Dir(k.options.DB.Path())).sweep())
}

// write writes the archive onto the disk.
func (k *Keeper) write(ctx context.Context, part string) (err error) {
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := k.options.Write(&until{ctx: ctx, w: f}); err != nil {
		return err
	}
	return f.Sync()
}

// verify restores the archive, checks what came of it, and throws that away.
func (k *Keeper) verify(ctx context.Context, part string, r *Record) (err error) {
	a, err := archive.Open(part, k.options.Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r.SizeBytes, r.Database = a.SizeBytes(), a.Manifest.DatabaseBytes()
	if free, known := kv.FreeBytes(string(k.scratch)); known && free < r.Database {
		return fmt.Errorf("%d bytes are needed to restore it in %s, and %d are free: %w", r.Database, k.scratch, free, kv.ErrFull)
	}
	dir, err := os.MkdirTemp(string(k.scratch), verifyPrefix+"*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "flowwatch.db")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	if err := errors.Join(a.Database(&until{ctx: ctx, w: f}), f.Close()); err != nil {
		return err
	}
	db, err := kv.Open(path, kv.Options{})
	if err != nil {
		return err
	}
	return errors.Join(k.options.Check(ctx, db), db.Close())
}

// prune removes the files that have been kept long enough.
func (k *Keeper) prune(now time.Time) error {
	files, err := k.folder.list()
	if err != nil {
		return err
	}
	for _, f := range outdated(files, now, k.keep()) {
		err = errors.Join(err, os.Remove(k.folder.path(f.name)))
	}
	return err
}

// List returns up to limit attempts before a time, newest first; a zero time is the end.
func (k *Keeper) List(before time.Time, limit int) (all []Record, err error) {
	err = k.options.DB.View(func(tx *kv.Tx) (err error) {
		all, err = list(tx, k.options.DB.System(), before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	for i := range all {
		if all[i].Name != "" && k.options.Dir != "" {
			_, err := os.Stat(k.folder.path(filepath.Base(all[i].Name)))
			all[i].Present = err == nil
		}
	}
	return all, nil
}

// until writes until a context ends.
type until struct {
	ctx context.Context
	w   io.Writer
}

// Write passes p on.
func (u *until) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}
