package kv

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// copyReserveBytes stay free on the disk of a Copy, so that a backup never takes the last room from those who write.
const copyReserveBytes = 16 << 20

// Copy is a whole database as it was at one moment, in a local file without a name: it is gone when it is closed, even if the
// process dies before. Not safe for concurrent use.
type Copy struct {
	SizeBytes int64
	SHA256    [sha256.Size]byte
	Layout    int
	Epoch     string

	file *os.File
}

// Copy copies the database while others read and write. The read transaction lasts for the writing of a local file, beside the
// database or, where there is no room, in the system's directory; who reads the copy may then take any time. look, which may be nil,
// sees the same state. It returns ErrFull, before it writes anything, when no disk has the room.
func (db *DB) Copy(look func(*Tx) error) (*Copy, error) {
	c, err := db.copyInto(filepath.Dir(db.path), look)
	if err == nil {
		return c, nil
	}
	c, again := db.copyInto(os.TempDir(), look)
	if again != nil {
		return nil, fmt.Errorf("copy database: %w", errors.Join(err, again))
	}
	return c, nil
}

func (db *DB) copyInto(dir string, look func(*Tx) error) (_ *Copy, err error) {
	f, err := os.CreateTemp(dir, ".flowwatch-backup-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	c, digest := &Copy{file: f, Layout: db.Layout()}, sha256.New()
	err = db.View(func(tx *Tx) (err error) {
		if err := requireRoom(dir, tx.bolt.Size()+copyReserveBytes); err != nil {
			return err
		}
		if look != nil {
			if err := look(tx); err != nil {
				return err
			}
		}
		c.Epoch = string(tx.bolt.Bucket(metaBucket).Get(epochKey))
		c.SizeBytes, err = tx.bolt.WriteTo(io.MultiWriter(f, digest))
		return err
	})
	if err != nil {
		return nil, withSpace(err)
	}
	digest.Sum(c.SHA256[:0])
	return c, nil
}

// WriteTo writes the copy, a database file that Open reads.
func (c *Copy) WriteTo(w io.Writer) (int64, error) {
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("read copy of database: %w", err)
	}
	n, err := io.Copy(w, c.file)
	if err != nil {
		return n, fmt.Errorf("write copy of database: %w", err)
	}
	return n, nil
}

// Close gives the room on the disk back.
func (c *Copy) Close() error { return c.file.Close() }
