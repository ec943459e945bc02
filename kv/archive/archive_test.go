package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

var made = time.Date(2026, 11, 26, 1, 30, 0, 0, time.UTC)

// written is an archive of a small database with a journal of two organisations.
func written(t testing.TB) (packed []byte, m Manifest) {
	t.Helper()
	j := kv.NewJournal("journal")
	db, err := kv.Open(filepath.Join(t.TempDir(), "x.db"), kv.Options{})
	require.NoError(t, err)
	for i, id := range []kv.TenantID{"office", "żółw"} {
		s, err := db.Scope(id)
		require.NoError(t, err)
		require.NoError(t, db.Update(func(tx *kv.Tx) error { return j.Append(tx, s, 1, uint64(41+i), []byte("block")) }))
	}
	var b bytes.Buffer
	m, err = Write(&b, db, About{Product: "1.2", Now: made, Seq: func(tx *kv.Tx, s kv.Scope) uint64 {
		_, last, _ := j.Last(tx, s)
		return last
	}})
	require.NoError(t, errors.Join(err, db.Close()))
	return b.Bytes(), m
}

// open opens bytes as a file.
func open(t testing.TB, packed []byte) (*Reader, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.zst")
	require.NoError(t, os.WriteFile(path, packed, 0o600))
	r, err := Open(path, nil)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

// requireRefused wants an error of the kind, from Open or from reading the database.
func requireRefused(t testing.TB, packed []byte, kind error, words string) {
	t.Helper()
	r, err := open(t, packed)
	if err == nil {
		err = r.Database(io.Discard)
	}
	require.ErrorIs(t, err, kind)
	require.ErrorContains(t, err, words)
}

func TestAnArchiveSaysWhatItHoldsAndGivesItBack(t *testing.T) {
	t.Parallel()
	packed, m := written(t)
	require.Equal(t, []Organization{{"office", 41}, {"żółw", 42}}, m.Organizations)
	r, err := open(t, packed)
	require.NoError(t, err)
	require.Equal(t, m, r.Manifest)
	require.EqualValues(t, len(packed), r.SizeBytes())
	for range 2 {
		var database bytes.Buffer
		require.NoError(t, r.Database(&database))
		require.EqualValues(t, database.Len(), m.DatabaseBytes())
		path := filepath.Join(t.TempDir(), "x.db")
		require.NoError(t, os.WriteFile(path, database.Bytes(), 0o600))
		db, err := kv.Open(path, kv.Options{})
		require.NoError(t, err)
		require.Equal(t, m.Epoch, db.Epoch())
		require.NoError(t, db.Check(nil, kv.NewJournal("journal")))
		require.NoError(t, db.Close())
	}
	full := errors.New("full")
	require.ErrorIs(t, r.Database(writerFunc(func([]byte) (int, error) { return 0, full })), full)
	require.NotErrorIs(t, r.Database(writerFunc(func([]byte) (int, error) { return 0, full })), ErrDamaged)

	// It is what other programs call a tar compressed with zstd.
	z, err := zstd.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	defer z.Close()
	var names []string
	for files := tar.NewReader(z); ; {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		names = append(names, head.Name)
	}
	require.Equal(t, []string{"manifest.json", "flowwatch.db"}, names)
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

func TestWhatIsCutOffOrChangedAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	packed, _ := written(t)
	for n := 0; n < len(packed); n += 1 + n/7 {
		kind := ErrDamaged
		if n < len(zstdMagic) {
			kind = ErrForeign
		}
		requireRefused(t, packed[:n], kind, "")
	}
	requireRefused(t, packed[:len(packed)-1], ErrDamaged, "cut off")
	requireRefused(t, append(slices.Clone(packed), 0), ErrDamaged, "seal does not fit")
	requireRefused(t, append(slices.Clone(packed), packed...), ErrDamaged, "")
	for at := range packed {
		if at > 400 && at < len(packed)-100 && at%37 != 0 { // heads and seal throughout
			continue
		}
		flipped := slices.Clone(packed)
		flipped[at] ^= 1 << (at % 8)
		kind := ErrDamaged
		if at < len(zstdMagic) {
			kind = ErrForeign
		}
		requireRefused(t, flipped, kind, "")
	}
	for _, foreign := range []string{"", "x", "this is not a backup", strings.Repeat("\x00", 5000)} {
		requireRefused(t, []byte(foreign), ErrForeign, "no backup archive")
	}
	_, err := Open(t.TempDir(), nil)
	require.ErrorIs(t, err, ErrForeign)
	_, err = Open(filepath.Join(t.TempDir(), "missing"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// entry is a file of an archive that somebody else made.
type entry struct {
	head tar.Header
	body []byte
}

// forged packs entries as Write does, with a seal that fits: whoever can change a backup can seal it.
func forged(t testing.TB, entries []entry, tail ...byte) []byte {
	t.Helper()
	var b bytes.Buffer
	sealed := newSealer(&b)
	z, err := zstd.NewWriter(sealed)
	require.NoError(t, err)
	files := tar.NewWriter(z)
	for _, e := range entries {
		if e.head.Size == 0 {
			e.head.Size = int64(len(e.body))
		}
		require.NoError(t, files.WriteHeader(&e.head))
		_, err := files.Write(e.body)
		require.NoError(t, err)
	}
	_ = files.Flush() // an entry may be shorter than it says
	_, err = z.Write(append(make([]byte, 1024), tail...))
	require.NoError(t, errors.Join(err, z.Close(), sealed.seal()))
	return b.Bytes()
}

func plain(name string, body []byte) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600}, body}
}

// manifestOf describes a database, after a change.
func manifestOf(t testing.TB, database []byte, change func(*Manifest)) entry {
	t.Helper()
	digest := sha256.Sum256(database)
	m := Manifest{Format: Format, Version: Version, Product: "1", Layout: kv.LayoutVersion, Epoch: "e", CreatedAt: made,
		Files: []File{{databaseName, int64(len(database)), hex.EncodeToString(digest[:])}}}
	if change != nil {
		change(&m)
	}
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return plain(manifestName, text)
}

func TestAnArchiveThatWasForgedIsRefused(t *testing.T) {
	t.Parallel()
	body := []byte("the database")
	database, good := plain(databaseName, body), manifestOf(t, body, nil)
	r, err := open(t, forged(t, []entry{good, database}))
	require.NoError(t, err)
	require.NoError(t, r.Database(io.Discard), "what the other cases change is right")

	f := func(kind error, words string, entries ...entry) {
		t.Helper()
		requireRefused(t, forged(t, entries), kind, words)
	}
	manifest := func(change func(*Manifest)) entry { return manifestOf(t, body, change) }
	f(ErrDamaged, "no manifest.json")
	f(ErrDamaged, "in the place of manifest.json", database)
	f(ErrDamaged, "no flowwatch.db", good)
	f(ErrDamaged, "something follows", good, database, plain("more", nil))
	f(ErrDamaged, "something follows", good, database, database)
	f(ErrDamaged, "in the place of flowwatch.db", good, plain("../flowwatch.db", body))
	f(ErrDamaged, "in the place of flowwatch.db", good, plain("/etc/passwd", body))
	f(ErrDamaged, "in the place of flowwatch.db", good, plain("segments/../../flowwatch.db", body))
	f(ErrDamaged, "in the place of flowwatch.db", good, entry{tar.Header{Typeflag: tar.TypeSymlink, Name: databaseName, Linkname: "/etc/passwd"}, nil})
	f(ErrDamaged, "in the place of flowwatch.db", good, entry{tar.Header{Typeflag: tar.TypeDir, Name: databaseName}, nil})
	f(ErrDamaged, "another SHA-256", good, plain(databaseName, []byte("THE DATABASE")))
	f(ErrDamaged, "were announced", good, plain(databaseName, append(body, "more"...)))
	f(ErrDamaged, "were announced", good, plain(databaseName, body[:3]))
	f(ErrDamaged, "", good, entry{tar.Header{Typeflag: tar.TypeReg, Name: databaseName, Size: int64(len(body)) + 600}, body})
	requireRefused(t, forged(t, []entry{good, database}, []byte("more")...), ErrDamaged, "something follows")

	f(ErrDamaged, "cannot be read", plain(manifestName, []byte("{")), database)
	f(ErrDamaged, "of format", plain(manifestName, []byte("{}")), database)
	f(ErrNewer, "format 2", manifest(func(m *Manifest) { m.Version = Version + 1 }), database)
	f(ErrNewer, fmt.Sprintf("layout %d", kv.LayoutVersion+1), manifest(func(m *Manifest) { m.Layout = kv.LayoutVersion + 1 }), database)
	for _, change := range []func(*Manifest){
		func(m *Manifest) { m.Version = 0 },
		func(m *Manifest) { m.Layout = -1 },
		func(m *Manifest) { m.Epoch = "" },
		func(m *Manifest) { m.CreatedAt = time.Time{} },
		func(m *Manifest) { m.Files = nil },
		func(m *Manifest) { m.Files = append(m.Files, m.Files[0]) },
		func(m *Manifest) { m.Files[0].Name = "../flowwatch.db" },
		func(m *Manifest) { m.Files[0].SizeBytes = -1 },
		func(m *Manifest) { m.Files[0].SizeBytes++ },
		func(m *Manifest) { m.Files[0].SHA256 = "zz" },
		func(m *Manifest) { m.Files[0].SHA256 = strings.Repeat("0", 64) },
	} {
		f(ErrDamaged, "", manifest(change), database)
	}
}

// A bomb is small and becomes large: never more is unpacked than the manifest says, and that is known before.
func TestABombIsRefusedBeforeItGrows(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 64<<20)
	bomb := forged(t, []entry{manifestOf(t, zeros[:1000], nil), plain(databaseName, zeros)})
	require.Less(t, len(bomb), 1<<16)
	r, err := open(t, bomb)
	require.NoError(t, err)
	grown := 0
	err = r.Database(writerFunc(func(p []byte) (int, error) {
		grown += len(p)
		return len(p), nil
	}))
	require.ErrorIs(t, err, ErrDamaged)
	require.Zero(t, grown)

	requireRefused(t, forged(t, []entry{plain(manifestName, zeros)}), ErrDamaged, "were announced")
	body := []byte("the database")
	requireRefused(t, forged(t, []entry{manifestOf(t, body, nil), plain(databaseName, body)}, zeros...), ErrDamaged, "does not end")
}

func FuzzUnpack(f *testing.F) {
	packed, _ := written(f)
	f.Add(packed[:len(packed)-sealBytes])
	body := []byte("the database")
	small := forged(f, []entry{manifestOf(f, body, nil), plain(databaseName, body)})
	f.Add(small[:len(small)-sealBytes])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		var database bytes.Buffer
		m, err := unpack(bytes.NewReader(packed), &database)
		if err == nil {
			digest := sha256.Sum256(database.Bytes())
			require.Equal(t, m.Files[0].SHA256, hex.EncodeToString(digest[:]))
			require.EqualValues(t, m.DatabaseBytes(), database.Len())
			return
		}
		require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer), "%v", err)
	})
}

func FuzzOpen(f *testing.F) {
	packed, _ := written(f)
	f.Add(packed)
	f.Add([]byte{})
	f.Add(packed[:sealBytes])
	f.Fuzz(func(t *testing.T, packed []byte) {
		if err := checkSeal(bytes.NewReader(packed), int64(len(packed))); err != nil {
			require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign), "%v", err)
		}
	})
}
