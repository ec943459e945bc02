// Package archive puts a whole database into one file that proves itself: a tar compressed with zstd, which begins with a manifest and
// ends with a seal. FORMAT.md draws it.
package archive

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"flowwatch/kv"
)

// Format and Version are what Write writes and the newest that Open reads.
const (
	Format  = "flowwatch-backup"
	Version = 1
)

const (
	manifestName     = "manifest.json"
	databaseName     = "flowwatch.db"
	manifestBytesMax = 16 << 20 // an organisation needs about 300
)

var (
	// ErrForeign is returned by Open when the file does not begin like an archive.
	ErrForeign = errors.New("the file is no backup archive")

	// ErrDamaged is returned when a file began like an archive and is not one that Write wrote: cut off, changed, or made by somebody else.
	ErrDamaged = errors.New("the backup is damaged")

	// ErrNewer is returned by Open when a newer version of the program wrote the archive in a way that this one does not know.
	ErrNewer = errors.New("the backup was written by a newer version")
)

// Manifest says what an archive holds. Seq numbers are comparable within one Epoch only.
type Manifest struct {
	Format        string         `json:"format"`
	Version       int            `json:"version"`
	Product       string         `json:"product"` // version of the program that wrote it
	Layout        int            `json:"layout"`  // of the database, see kv.LayoutVersion
	Epoch         string         `json:"epoch"`
	CreatedAt     time.Time      `json:"createdAt"`
	Organizations []Organization `json:"organizations"`
	Files         []File         `json:"files"`
}

// Organization is the state of one organisation: the sequence number of its last change, 0 for none.
type Organization struct {
	ID  string `json:"id"`
	Seq uint64 `json:"seq"`
}

// File is one file of the archive. SHA256 is in lower-case hexadecimal digits.
type File struct {
	Name      string `json:"name"`
	SizeBytes int64  `json:"sizeBytes"`
	SHA256    string `json:"sha256"`
}

// DatabaseBytes is the size of the database that the archive holds.
func (m *Manifest) DatabaseBytes() int64 { return m.Files[0].SizeBytes }

// readManifest accepts what Write can have written.
func readManifest(text []byte) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("its manifest cannot be read: %w: %w", err, ErrDamaged)
	}
	switch {
	case m.Format != Format:
		return Manifest{}, fmt.Errorf("its manifest is of format %.40q: %w", m.Format, ErrDamaged)
	case m.Version > Version:
		return Manifest{}, fmt.Errorf("format %d, this program knows %d: %w", m.Version, Version, ErrNewer)
	case m.Layout > kv.LayoutVersion:
		return Manifest{}, fmt.Errorf("layout %d, this program knows %d: %w", m.Layout, kv.LayoutVersion, ErrNewer)
	case m.Version < 1 || m.Layout < 1 || m.Epoch == "" || m.CreatedAt.IsZero():
		return Manifest{}, fmt.Errorf("its manifest is not whole: %w", ErrDamaged)
	case len(m.Files) != 1 || m.Files[0].Name != databaseName:
		return Manifest{}, fmt.Errorf("its manifest does not name %s alone: %w", databaseName, ErrDamaged)
	}
	digest, err := hex.DecodeString(m.Files[0].SHA256)
	if err != nil || len(digest) != sealHashBytes || m.Files[0].SizeBytes <= 0 {
		return Manifest{}, fmt.Errorf("its manifest has no size and SHA-256 of %s: %w", databaseName, ErrDamaged)
	}
	return m, nil
}
