package archive

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

func newKey(t testing.TB) (*Key, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup.key")
	public, err := MakeKeyFile(path, made)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(public, "age1"))
	key, err := ReadKeyFile(path)
	require.NoError(t, err)
	return key, path
}

// large is a database of several chunks of encryption, which do not shrink.
func large(t testing.TB) *kv.DB {
	t.Helper()
	db, err := kv.Open(filepath.Join(t.TempDir(), "x.db"), kv.Options{})
	require.NoError(t, err)
	s, err := db.Scope("office")
	require.NoError(t, err)
	j, noise := kv.NewJournal("journal"), make([]byte, 6*chunkBytes)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(noise) // never fails
	require.NoError(t, db.Update(func(tx *kv.Tx) error { return j.Append(tx, s, 1, 41, noise) }))
	return db
}

func encrypted(t testing.TB, key *Key) (packed []byte, m Manifest) {
	t.Helper()
	db := large(t)
	var b bytes.Buffer
	m, err := Write(&b, db, About{Product: "1.2", Now: made, Key: key, Seq: func(*kv.Tx, kv.Scope) uint64 { return 41 }})
	require.NoError(t, errors.Join(err, db.Close()))
	return b.Bytes(), m
}

// The layout of age-encryption.org/v1: a header that ends with a line of ---, a nonce, chunks of 64 KiB and a tag each.
const (
	chunkBytes  = 64 << 10
	tagBytes    = 16
	nonceBytes  = 16
	headerClose = "\n--- "
)

// payloadAt is where the first chunk begins.
func payloadAt(packed []byte) int {
	at := bytes.Index(packed, []byte(headerClose)) + len(headerClose)
	return at + bytes.IndexByte(packed[at:], '\n') + 1 + nonceBytes
}

func openBy(t testing.TB, packed []byte, key *Key) (*Reader, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.zst.age")
	require.NoError(t, os.WriteFile(path, packed, 0o600))
	r, err := Open(path, key)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

// 5.13 Encrypt: a backup is opened by its key alone, and by age's own program.
func TestAnEncryptedArchiveIsOpenedByItsKeyAlone(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	other, _ := newKey(t)
	packed, m := encrypted(t, key)
	for _, word := range []string{"flowwatch.db", "manifest.json", "office", m.Epoch} {
		require.False(t, bytes.Contains(packed, []byte(word)), word)
	}
	r, err := openBy(t, packed, key)
	require.NoError(t, err)
	require.True(t, r.Encrypted())
	require.Equal(t, m, r.Manifest)
	require.EqualValues(t, len(packed), r.SizeBytes())
	path := filepath.Join(t.TempDir(), "x.db")
	for range 2 {
		var database bytes.Buffer
		require.NoError(t, r.Database(&database))
		require.NoError(t, os.WriteFile(path, database.Bytes(), 0o600))
	}
	db, err := kv.Open(path, kv.Options{})
	require.NoError(t, err)
	require.Equal(t, m.Epoch, db.Epoch())
	require.NoError(t, errors.Join(db.Check(nil, kv.NewJournal("journal")), db.Close()))

	_, err = openBy(t, packed, nil)
	require.ErrorIs(t, err, ErrLocked)
	_, err = openBy(t, packed, other)
	require.ErrorIs(t, err, ErrWrongKey)
	for _, err := range []error{ErrLocked, ErrWrongKey} {
		require.NotErrorIs(t, err, ErrDamaged)
	}

	plain, err := age.Decrypt(bytes.NewReader(packed), key.identities...)
	require.NoError(t, err)
	inside, err := io.ReadAll(plain)
	require.NoError(t, err)
	r, err = openBy(t, inside, key)
	require.NoError(t, err, "with a key, what is not encrypted opens too")
	require.False(t, r.Encrypted())
	_, err = openBy(t, inside, nil)
	require.NoError(t, err)
}

func TestAnEncryptedArchiveThatIsCutOffOrChangedAnywhereIsRefusedWhole(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	packed, _ := encrypted(t, key)
	first := payloadAt(packed)
	require.Greater(t, len(packed)-first, 2*(chunkBytes+tagBytes), "there are several chunks")
	refused := func(bad []byte, what string, n int) {
		t.Helper()
		_, err := openBy(t, bad, key)
		require.Error(t, err, "%s %d", what, n)
		require.True(t, errors.Is(err, ErrDamaged) || n < len(ageMagic) && errors.Is(err, ErrForeign), "%s %d: %v", what, n, err)
	}
	var cuts []int
	for n := 0; n <= first+tagBytes; n += 1 + n/40 {
		cuts = append(cuts, n)
	}
	for edge := first; edge < len(packed); edge += chunkBytes + tagBytes {
		for near := -1; near <= 1; near++ {
			cuts = append(cuts, edge+near, edge+tagBytes+near, min(edge+chunkBytes+near, len(packed)-1))
		}
	}
	cuts = append(cuts, len(packed)-1, len(packed)-tagBytes)
	for _, n := range cuts {
		if n < len(packed) {
			refused(packed[:n], "cut at", n)
		}
	}
	for at := first - nonceBytes; at < len(packed); at += 1 + (at-first+nonceBytes)/9 {
		changed := slices.Clone(packed)
		changed[at] ^= 1 << (at % 8)
		refused(changed, "changed at", at)
	}
	chunk := func(n int) []byte {
		from := first + n*(chunkBytes+tagBytes)
		return packed[from:min(len(packed), from+chunkBytes+tagBytes)]
	}
	swapped := slices.Concat(packed[:first], chunk(1), chunk(0), packed[first+2*(chunkBytes+tagBytes):])
	refused(swapped, "two chunks changed places, of", len(swapped))
	refused(slices.Concat(packed[:first], packed[first+chunkBytes+tagBytes:]), "the first chunk is gone, of", len(packed))
	refused(append(slices.Clone(packed), 0), "longer by one,", len(packed))
	refused(append(slices.Clone(packed), packed...), "twice,", len(packed))

	// Encrypted with the right key, and no backup.
	for _, inside := range []string{"", "x", "this is not a backup", strings.Repeat("\x00", 200_000)} {
		var b bytes.Buffer
		w, err := key.encrypting(&b)
		require.NoError(t, err)
		_, err = w.Write([]byte(inside))
		require.NoError(t, errors.Join(err, w.Close()))
		_, err = openBy(t, b.Bytes(), key)
		require.ErrorIs(t, err, ErrDamaged)
	}
}

func TestKeyFilesAreNeverReplacedAndNeverShown(t *testing.T) {
	t.Parallel()
	first, path := newKey(t)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = MakeKeyFile(path, made)
	require.ErrorIs(t, err, os.ErrExist)
	_, err = MakeKeyFile(filepath.Join(t.TempDir(), "missing", "k"), made)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = ReadKeyFile(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)

	// A new key is put above the old one: it encrypts, and both open.
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	_, secondPath := newKey(t)
	text, err := os.ReadFile(secondPath)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, slices.Concat(text, []byte("\n"), old), 0o600))
	both, err := ReadKeyFile(path)
	require.NoError(t, err)
	packed, _ := encrypted(t, first)
	_, err = openBy(t, packed, both)
	require.NoError(t, err)
	packed, _ = encrypted(t, both)
	_, err = openBy(t, packed, first)
	require.ErrorIs(t, err, ErrWrongKey)
	second, err := ReadKeyFile(secondPath)
	require.NoError(t, err)
	_, err = openBy(t, packed, second)
	require.NoError(t, err)

	secret := strings.TrimSpace(string(text[bytes.Index(text, []byte("AGE-SECRET-KEY")):]))
	for _, bad := range []string{"", "# none", "hello", secret[:len(secret)-1], secret + "X", "age1xyz"} {
		require.NoError(t, os.WriteFile(path, []byte(bad+"\n"), 0o600))
		_, err := ReadKeyFile(path)
		require.ErrorContains(t, err, "holds no key")
		require.NotContains(t, err.Error(), "SECRET")
	}
}
