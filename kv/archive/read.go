package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

const (
	windowBytesMax = 32 << 20 // memory that a frame may ask for; Write's ask for 8 MiB
	tailBytesMax   = 1 << 20  // zeros behind the last file, as other writers of tar add them
)

// Reader is an archive whose seal was found whole. Not safe for concurrent use.
type Reader struct {
	Manifest Manifest

	file    *os.File
	size    int64 // of the file
	content content
}

// Open reads the whole file at path once, compares it with its seal, and reads the manifest. The key, which may be nil, opens what is encrypted. It returns
// ErrForeign for another kind of file, ErrDamaged for one that is not whole, ErrNewer for one that this program is too old for, ErrLocked and ErrWrongKey
// for one that the key does not open.
func Open(path string, key *Key) (_ *Reader, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open backup: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open backup: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open backup %s: it is not a file: %w", path, ErrForeign)
	}
	r := &Reader{file: file, size: info.Size()}
	if r.content, err = key.open(file, r.size); err != nil {
		return nil, fmt.Errorf("open backup %s: %w", path, err)
	}
	switch err := checkSeal(r.content, r.content.size); {
	case errors.Is(err, ErrForeign) && r.content.encrypted:
		return nil, fmt.Errorf("open backup %s: what is encrypted in it is no backup: %w", path, ErrDamaged)
	case err != nil:
		return nil, fmt.Errorf("open backup %s: %w", path, err)
	}
	if err := r.read(nil); err != nil {
		return nil, fmt.Errorf("open backup %s: %w", path, err)
	}
	return r, nil
}

// SizeBytes is the size of the archive itself.
func (r *Reader) SizeBytes() int64 { return r.size }

// Encrypted says whether the archive needed a key.
func (r *Reader) Encrypted() bool { return r.content.encrypted }

// Database writes the database to w and compares it with the manifest: never more than the manifest says. After an error what was
// written must not be used.
func (r *Reader) Database(w io.Writer) error {
	if err := r.read(w); err != nil {
		return fmt.Errorf("read backup %s: %w", r.file.Name(), err)
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// read reads up to the manifest, or with a database everything.
func (r *Reader) read(database io.Writer) (err error) {
	r.Manifest, err = unpack(io.NewSectionReader(r.content, 0, r.content.size-sealBytes), database)
	return err
}

// unpack reads an archive without its seal. A nil database ends it after the manifest. Errors of the database's writer come back as they are.
func unpack(packed io.Reader, database io.Writer) (m Manifest, err error) {
	z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytesMax))
	if err != nil {
		return Manifest{}, damaged("it cannot be decompressed", err)
	}
	defer z.Close()
	t := tar.NewReader(z)
	if err := next(t, manifestName, 0, manifestBytesMax); err != nil {
		return Manifest{}, err
	}
	text, err := io.ReadAll(t)
	if err != nil {
		return Manifest{}, damaged("its manifest ends early", err)
	}
	if m, err = readManifest(text); err != nil || database == nil {
		return m, err
	}
	if err := next(t, databaseName, m.DatabaseBytes(), m.DatabaseBytes()); err != nil {
		return Manifest{}, err
	}
	if err := unpackDatabase(t, database, &m.Files[0]); err != nil {
		return Manifest{}, err
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return Manifest{}, damaged("something follows the database", err)
	}
	return m, requireZeros(z)
}

// next goes to the next file, which must be a plain one of this name, from least to most bytes long.
func next(t *tar.Reader, name string, least, most int64) error {
	head, err := t.Next()
	switch {
	case err != nil:
		return damaged("it has no "+name, err)
	case head.Name != name || head.Typeflag != tar.TypeReg || len(head.PAXRecords) != 0:
		return damaged(fmt.Sprintf("it has %.80q in the place of %s", head.Name, name), nil)
	case head.Size < least || head.Size > most:
		return damaged(fmt.Sprintf("its %s has %d bytes, between %d and %d were announced", name, head.Size, least, most), nil)
	}
	return nil
}

// unpackDatabase writes one file and compares its hash.
func unpackDatabase(t *tar.Reader, w io.Writer, f *File) error {
	digest, target := sha256.New(), &sink{w: w}
	_, err := io.Copy(io.MultiWriter(target, digest), t)
	switch {
	case target.err != nil:
		return target.err
	case err != nil:
		return damaged("its "+f.Name+" ends early", err)
	case hex.EncodeToString(digest.Sum(nil)) != f.SHA256:
		return damaged("its "+f.Name+" has another SHA-256 than the manifest says", nil)
	}
	return nil
}

// requireZeros reads to the end, where only the padding of tar may be.
func requireZeros(z io.Reader) error {
	rest, err := io.ReadAll(io.LimitReader(z, tailBytesMax+1))
	if err != nil {
		return damaged("its end cannot be read", err)
	}
	for _, b := range rest {
		if b != 0 {
			return damaged("something follows its last file", nil)
		}
	}
	if len(rest) > tailBytesMax {
		return damaged("it does not end", nil)
	}
	return nil
}

// sink remembers the errors of a writer, to tell them from those of the archive.
type sink struct {
	w   io.Writer
	err error
}

// Write passes p on.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

func damaged(what string, cause error) error {
	if cause == nil {
		return fmt.Errorf("%s: %w", what, ErrDamaged)
	}
	return fmt.Errorf("%s: %w: %w", what, cause, ErrDamaged)
}
