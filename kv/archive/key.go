package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// keyFileBytesMax bounds what is read of a key file; a key needs about 200.
const keyFileBytesMax = 64 << 10

// ageMagic begins what age has encrypted.
const ageMagic = "age-encryption.org/v1\n"

var (
	// ErrLocked is returned by Open when the backup is encrypted and no key was given.
	ErrLocked = errors.New("the backup is encrypted, and no key was given")

	// ErrWrongKey is returned by Open when the backup was encrypted with another key.
	ErrWrongKey = errors.New("the backup was encrypted with another key")
)

// Key encrypts backups and opens them. Of the keys in a file the first encrypts, and each opens what it once encrypted, so that a new one is put
// above the old ones. A Key is immutable and safe for concurrent use.
type Key struct {
	identities []age.Identity
	recipient  age.Recipient
}

// MakeKeyFile writes a new key to a file that only its owner reads, as age-keygen does it, and returns its public half, which tells keys apart. It never
// replaces a file.
func MakeKeyFile(path string, now time.Time) (public string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", fmt.Errorf("make the key file: %w", err)
	}
	public = identity.Recipient().String()
	_, err = fmt.Fprintf(file, "# created: %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), public, identity)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("make the key file: %w", err), os.Remove(path))
	}
	if folder, err := os.Open(filepath.Dir(path)); err == nil {
		_ = folder.Sync() // not every system can sync a folder
		_ = folder.Close()
	}
	return public, nil
}

// ReadKeyFile reads the keys of a file, a line each; empty lines and those that begin with # do not count. Errors never show what is in it.
func ReadKeyFile(path string) (*Key, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, keyFileBytesMax))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	k := new(Key)
	if k.identities, err = age.ParseIdentities(strings.NewReader(string(text))); err != nil {
		return nil, fmt.Errorf("the key file %s holds no key, or a line that is none", path)
	}
	switch first := k.identities[0].(type) {
	case *age.X25519Identity:
		k.recipient = first.Recipient()
	case *age.HybridIdentity:
		k.recipient = first.Recipient()
	default:
		return nil, fmt.Errorf("the first key of the key file %s is of a kind that cannot encrypt", path)
	}
	return k, nil
}

// encrypting returns a writer to w that encrypts when there is a key; closing it leaves w open.
func (k *Key) encrypting(w io.Writer) (io.WriteCloser, error) {
	if k == nil {
		return openWriter{w}, nil
	}
	return age.Encrypt(w, k.recipient)
}

type openWriter struct{ io.Writer }

// Close does nothing.
func (openWriter) Close() error { return nil }

// content is an archive without its encryption, if it has one. Its size is that of what ReadAt gives.
type content struct {
	io.ReaderAt
	size      int64
	encrypted bool
}

// open opens the encryption of a file, as far as it has one. The last part is proved to be the last, so that what is cut off is found here.
func (k *Key) open(file io.ReaderAt, sizeBytes int64) (content, error) {
	var head [len(ageMagic)]byte
	n, err := file.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return content{}, err
	}
	if string(head[:n]) != ageMagic {
		return content{ReaderAt: file, size: sizeBytes}, nil
	}
	if k == nil {
		return content{}, ErrLocked
	}
	source := &source{r: file}
	r, size, err := age.DecryptReaderAt(source, sizeBytes, k.identities...)
	switch {
	case source.err != nil:
		return content{}, source.err
	case errors.As(err, new(*age.NoIdentityMatchError)):
		return content{}, ErrWrongKey
	case err != nil:
		return content{}, damaged("its encryption is cut off or changed", err)
	}
	return content{ReaderAt: &decrypted{r: r, source: source}, size: size, encrypted: true}, nil
}

// source remembers what went wrong with a file, to tell it from what is wrong in it.
type source struct {
	r   io.ReaderAt
	err error
}

// ReadAt passes on.
func (s *source) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.r.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// decrypted says of a part that cannot be authenticated that the backup is damaged.
type decrypted struct {
	r      io.ReaderAt
	source *source
}

// ReadAt reads parts that are authentic.
func (d *decrypted) ReadAt(p []byte, at int64) (int, error) {
	n, err := d.r.ReadAt(p, at)
	switch {
	case err == nil, errors.Is(err, io.EOF) && d.source.err == nil:
		return n, err
	case d.source.err != nil:
		return 0, d.source.err
	}
	return 0, damaged("a part of it was changed", err)
}
