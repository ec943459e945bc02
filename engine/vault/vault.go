// Package vault seals secrets with a key that lies in a file beside the database, so that a copy of the database alone gives none of them away.
//
// A sealed secret is nonce ‖ ciphertext ‖ tag of AES-256-GCM (NIST SP 800-38D), with a random nonce of 12 bytes and a random key of 32. The name of
// what is sealed is its associated data: a secret that is moved to another field, or to another organisation, does not open.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

const keyBytes = 32

// ErrMissing is a secret that cannot be opened: the key file is lost, broken or another appliance's, or the secret was changed.
var ErrMissing = errors.New("vault: the secret cannot be opened with the key that is there")

// Vault seals and opens secrets. It is safe for concurrent use.
type Vault struct {
	path string

	mu  sync.Mutex // guards key, and that one key file is made
	key []byte     // nil: not read yet
}

// New is the vault of a key file, which is made when something is sealed for the first time. With "" the key lives as long as the vault.
func New(path string) *Vault { return &Vault{path: path} }

// Seal returns the secret sealed under its name.
func (v *Vault) Seal(name string, secret []byte) ([]byte, error) {
	box, err := v.box(true)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) // never fails: the program ends instead
	return box.Seal(nonce, nonce, secret, []byte(name)), nil
}

// Open returns the secret that was sealed under the name, or ErrMissing.
func (v *Vault) Open(name string, sealed []byte) ([]byte, error) {
	box, err := v.box(false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	if len(sealed) < box.NonceSize() {
		return nil, ErrMissing
	}
	secret, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], []byte(name))
	if err != nil {
		return nil, ErrMissing
	}
	return secret, nil
}

func (v *Vault) box(make bool) (cipher.AEAD, error) {
	key, err := v.read(make)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return box, nil
}

// read returns the key, of memory or of the file. A file that is broken is never replaced: it may be repaired.
func (v *Vault) read(makeMissing bool) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key != nil {
		return v.key, nil
	}
	var text []byte
	err := fs.ErrNotExist
	if v.path != "" {
		text, err = os.ReadFile(v.path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && makeMissing:
		return v.create()
	case err != nil:
		return nil, fmt.Errorf("vault: read the key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("vault: %s is not a key", v.path)
	}
	v.key = key
	return key, nil
}

// create writes a new key, whole and synced, before anything is sealed with it.
func (v *Vault) create() ([]byte, error) {
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails: the program ends instead
	if v.path != "" {
		if err := writeOnce(v.path, hex.EncodeToString(key)+"\n"); err != nil {
			return nil, fmt.Errorf("vault: make the key: %w", err)
		}
	}
	v.key = key
	return key, nil
}

// writeOnce makes a file that only its owner reads; it never replaces one.
func writeOnce(path, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	_ = folder.Sync() // not every system can sync a folder
	return folder.Close()
}
