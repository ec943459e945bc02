// Package kv keeps records, indexes and journals of many organisations in one bbolt file.
//
// A Scope is the handle of one organisation; every key begins with its number, so code that holds a Scope cannot
// name another's data. A Collection stores records of one Go type under their primary key and keeps their index entries
// in step. A Journal stores blocks of consecutive sequence numbers. All of them are used inside a transaction:
//
//	err := db.Update(func(tx *kv.Tx) error { return tokens.Put(tx, scope, &token) })
//
// A transaction is synced to disk before Update or Batch returns nil. There is one writer at a time and any number of
// readers, who see the state of the last commit. Records that callbacks call borrowed are bbolt's memory: they die with
// the transaction and must not be changed. FORMAT.md draws every bucket and byte.
//
// The package knows no domain, starts no goroutine and logs nothing.
package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	lockWait     = time.Second // how long Open waits for another process
	fileMode     = 0o600
	mapBytes     = 64 << 20 // address space mapped at first; growing past it waits for open readers
	growBytes    = 4 << 20  // the file grows by this much at a time, sparse, because each growth is a sync more
	fillRising   = 0.95     // pages of rising keys are never written again, so they may be full
	fillMixed    = 0.75     // index pages receive keys in the middle
	reopensPerTx = 1        // a transaction repairs a lost mapping once, then says so
	replacedMax  = 5        // times that Open finds another file under the name when it has the lock
)

// Options configures a DB. The zero value is ready to use.
type Options struct {
	// Now is the clock that dates a new database. Default: time.Now.
	Now func() time.Time

	mapBytes int // for tests; default: mapBytes
}

// DB is one open database file. All methods are safe for concurrent use.
type DB struct {
	path    string
	options Options
	bolt    atomic.Pointer[bbolt.DB] // replaced when bbolt lost its mapping
	scopes  sync.Map                 // TenantID -> Scope
	writer  *Tx                      // guarded by bbolt's writer lock
	readers sync.Pool                // of *Tx
	queue   queue
	commits atomic.Uint64
	layout  atomic.Int64
	epoch   atomic.Pointer[string]

	mu     sync.Mutex // held while bolt is replaced or closed
	closed bool
}

// Open opens the database file at path or creates it; the directory must exist. It returns ErrLocked after a second
// when another process holds the file, ErrNewer when the layout is newer than LayoutVersion, ErrReadOnly when the file
// or its directory cannot be written, ErrFull when there is no room for a new file, ErrCorrupt when the file is another
// program's, cut off, or damaged where every start reads; the rest Check finds. An older layout opens: package migrations
// brings it up to date.
func Open(path string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.mapBytes == 0 {
		o.mapBytes = mapBytes
	}
	_, statErr := os.Stat(path)
	if err := checkHead(path); err != nil {
		return nil, err
	}
	b, err := openBolt(path, o)
	if err != nil {
		return nil, err
	}
	if err := removeCompacting(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), b.Close())
	}
	db := &DB{path: path, options: o, writer: newTx()}
	db.bolt.Store(b)
	if err := guarded(func() error { return db.prepare(o.Now()) }); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), b.Close())
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := syncDirectory(filepath.Dir(path)); err != nil {
			return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), b.Close())
		}
	}
	return db, nil
}

// openBolt opens the file that has the name when it is locked: while it waits for the lock, Compact may put another one there.
func openBolt(path string, o Options) (*bbolt.DB, error) {
	for range replacedMax {
		b, current, err := openOnce(path, o)
		if err != nil {
			return nil, openError(path, err)
		}
		if current {
			b.AllocSize = growBytes
			return b, nil
		}
		if err := b.Close(); err != nil {
			return nil, openError(path, err)
		}
	}
	return nil, fmt.Errorf("open database %s, which is replaced again and again: %w", path, ErrLocked)
}

// openOnce says whether the file still has its name.
func openOnce(path string, o Options) (b *bbolt.DB, current bool, err error) {
	var file *os.File // bbolt's: it closes it
	open := func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	// A panic leaves bbolt's handle, and with it the lock, to the end of the process.
	err = guarded(func() (err error) {
		b, err = bbolt.Open(path, fileMode, &bbolt.Options{
			Timeout:         lockWait,
			FreelistType:    bbolt.FreelistMapType,
			InitialMmapSize: o.mapBytes,
			OpenFile:        open,
		})
		return err
	})
	if err != nil {
		return nil, false, err
	}
	mine, err := file.Stat()
	named, again := os.Stat(path)
	if err = errors.Join(err, again); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, errors.Join(err, b.Close())
	}
	return b, err == nil && os.SameFile(mine, named), nil
}

// openError gives an error of bbolt.Open its place and its sentinel.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("open database %s: %w", path, ErrLocked)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("open database %s in directory %s: %w: %w", path, filepath.Dir(path), ErrReadOnly, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("open database %s in directory %s: %w", path, filepath.Dir(path), err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum),
		strings.Contains(err.Error(), "file size too small"): // bbolt has no name for it
		return fmt.Errorf("open database %s: %w: %w", path, ErrCorrupt, err)
	}
	return fmt.Errorf("open database %s: %w", path, withSpace(err))
}

// syncDirectory makes the name of a new file survive a power cut.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close waits for open transactions and closes the file. Closing twice is harmless.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	if err := db.bolt.Load().Close(); err != nil {
		return fmt.Errorf("close database %s: %w", db.path, err)
	}
	return nil
}

// Path returns the path that was given to Open.
func (db *DB) Path() string { return db.path }

// Size returns the bytes of the file that are or were in use; the file itself may be up to 4 MiB larger, but sparse.
// It is 0 when the database is closed.
func (db *DB) Size() int64 { return db.Stats().SizeBytes }

// Stats counts what a DB did since it was opened.
type Stats struct {
	Commits   uint64 // transactions made durable
	SizeBytes int64  // see DB.Size
	FreeBytes int64  // of these, not used at the last commit
	OpenReads int    // read transactions under way
}

// Stats returns the present counts. Sizes are 0 when the database is closed.
func (db *DB) Stats() Stats {
	s := Stats{Commits: db.commits.Load()}
	err := db.View(func(tx *Tx) error {
		s.SizeBytes = tx.bolt.Size()
		return nil
	})
	if err == nil {
		stats := db.bolt.Load().Stats()
		s.FreeBytes, s.OpenReads = int64(stats.FreeAlloc), stats.OpenTxN
	}
	return s
}

// View runs fn in a read transaction, which sees the state of the last commit. Keep it short: pages that it may still
// read cannot be used again, and a file that must grow past its mapping waits for it. Do not call Update, Batch or Scope
// inside fn.
func (db *DB) View(fn func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		b, begun := db.bolt.Load(), false
		err := b.View(func(bt *bbolt.Tx) error {
			begun = true
			tx := db.reader()
			tx.begin(bt)
			defer db.readers.Put(tx)
			defer tx.end()
			return fn(tx)
		})
		if begun || !detached(err) {
			return err
		}
		if err := db.recover(b, attempt, err); err != nil {
			return err
		}
	}
}

// reader lends a Tx for a read transaction.
func (db *DB) reader() *Tx {
	if tx, ok := db.readers.Get().(*Tx); ok {
		return tx
	}
	return newTx()
}

// Update runs fn in a write transaction of its own and syncs it. When fn returns an error or panics nothing is written.
// An error of the commit itself means the same, save for one that the disk reports while it syncs the very last
// page: then the transaction may still be there, and the caller must look. Do not call Update, Batch or Scope inside fn.
func (db *DB) Update(fn func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		var fnErr error
		b, id := db.bolt.Load(), 0
		err := b.Update(func(bt *bbolt.Tx) error {
			id = bt.ID()
			db.writer.begin(bt)
			defer db.writer.end()
			fnErr = fn(db.writer)
			return fnErr
		})
		switch {
		case err == nil:
			db.commits.Add(1)
			return nil
		case fnErr != nil:
			return fnErr
		case id != 0:
			return errors.Join(fmt.Errorf("commit: %w", withSpace(err)), db.settle(b, id))
		case !detached(err):
			return fmt.Errorf("begin transaction: %w", err)
		}
		if err := db.recover(b, attempt, err); err != nil {
			return err
		}
	}
}

// settle makes b usable after transaction id failed to commit. bbolt itself gives back what the transaction
// took, with two exceptions: a failed remapping leaves it without any, and a failed sync of the meta page leaves the
// transaction visible while its old pages count as free under readers who still use them. Both end by opening
// the file again, which waits for the readers.
func (db *DB) settle(b *bbolt.DB, id int) error {
	visible := false
	err := b.View(func(bt *bbolt.Tx) error {
		visible = bt.ID() >= id
		return nil
	})
	if visible || (err != nil && detached(err)) {
		return db.reopen(b)
	}
	return nil
}

// recover opens the file again when a transaction could not begin on b.
func (db *DB) recover(b *bbolt.DB, attempt int, cause error) error {
	if attempt >= reopensPerTx {
		return fmt.Errorf("begin transaction: %w", cause)
	}
	return db.reopen(b)
}

func (db *DB) reopen(b *bbolt.DB) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	if db.bolt.Load() != b {
		return nil // Another caller was faster.
	}
	if err := b.Close(); err != nil {
		return fmt.Errorf("reopen database %s: %w", db.path, err)
	}
	again, err := openBolt(db.path, db.options)
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	db.bolt.Store(again)
	return nil
}
