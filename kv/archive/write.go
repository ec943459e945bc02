package archive

import (
	"archive/tar"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"flowwatch/kv"
)

const fileMode = 0o600

// About is what the database itself does not know of its backup.
type About struct {
	Product string    // version of the program
	Now     time.Time // when it is made
	Key     *Key      // encrypts it; nil: it is not encrypted

	// Seq returns the sequence number of an organisation's last change in the state of tx.
	Seq func(tx *kv.Tx, s kv.Scope) uint64
}

// Write writes a backup of db as it is at one moment, while others go on writing, and returns what it says of itself. Nothing
// is written before a local copy is complete, so that a slow w holds up nobody. It returns kv.ErrFull when there is no room for the
// copy. After an error, what was written is no archive: it lacks its seal.
func Write(w io.Writer, db *kv.DB, about About) (_ Manifest, err error) {
	m := Manifest{Format: Format, Version: Version, Product: about.Product, CreatedAt: about.Now.UTC(), Organizations: []Organization{}}
	copied, err := db.Copy(func(tx *kv.Tx) error {
		m.Organizations = m.Organizations[:0]
		return tx.Tenants(func(id kv.TenantID, s kv.Scope) error {
			m.Organizations = append(m.Organizations, Organization{ID: string(id), Seq: about.Seq(tx, s)})
			return nil
		})
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	m.Layout, m.Epoch = copied.Layout, copied.Epoch
	m.Files = []File{{Name: databaseName, SizeBytes: copied.SizeBytes, SHA256: hex.EncodeToString(copied.SHA256[:])}}
	secret, err := about.Key.encrypting(w)
	if err != nil {
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	if err := write(secret, &m, copied); err != nil {
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	if err := secret.Close(); err != nil { // the last part, which says that it is the last
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	return m, nil
}

// write writes the manifest, the database and the seal.
func write(w io.Writer, m *Manifest, database io.WriterTo) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	sealed := newSealer(w)
	// One goroutine and the level that costs little: the machine has other work.
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return err
	}
	t := tar.NewWriter(packed)
	err = writeHead(t, m, manifestName, int64(len(text)))
	if err == nil {
		_, err = t.Write(text)
	}
	if err == nil {
		err = writeHead(t, m, databaseName, m.DatabaseBytes())
	}
	if err == nil {
		_, err = database.WriteTo(t)
	}
	if err = errors.Join(err, t.Close()); err != nil {
		return errors.Join(err, packed.Close())
	}
	return errors.Join(packed.Close(), sealed.seal())
}

func writeHead(t *tar.Writer, m *Manifest, name string, size int64) error {
	return t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: fileMode, ModTime: m.CreatedAt.Truncate(time.Second)})
}
