package migrations

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowwatch/kv"

	"github.com/stretchr/testify/require"
)

// A fixture is a database that the program of its time wrote: testdata/v1.db.gz has layout 1, and so on. Before the layout changes,
// write the present one with
//
//	go test ./migrations -run TestEveryLayoutStillOpens -write-fixture
//
// and commit it. A fixture that exists is never written again, because only the old program can make it.
var writeFixture = flag.Bool("write-fixture", false, "write the fixture of the present layout, if there is none")

// note is the record of the fixtures. Its number gives all its fields, so that a test knows what it must find.
type note struct {
	Number  int64    `json:"number"`
	Name    string   `json:"name"`
	Office  string   `json:"office"`
	Tags    []string `json:"tags,omitempty"`
	Text    string   `json:"text,omitempty"`
	Changed bool     `json:"changed,omitempty"`
}

const (
	noteVersion   = 2
	notesPerScope = 400    // enough for branch pages in every bucket
	longEvery     = 97     // each so many notes one spans several pages
	longBytes     = 10_000 // of its text
	removedEvery  = 7      // each so many notes one is written and removed again
	changedEvery  = 5      // each so many notes one is written twice
	blocks        = 60     // of the journal
	blocksTrimmed = 20
	numbersPer    = 3 // in a block
)

func newNote(office string, number int64) *note {
	n := &note{Number: number, Name: fmt.Sprintf("note %d", number), Office: office, Changed: number%changedEvery == 0}
	for i := range number % 4 {
		n.Tags = append(n.Tags, fmt.Sprintf("tag\x00%d", i))
	}
	if number%longEvery == 0 {
		n.Text = strings.Repeat("zażółć ", longBytes/10)
	}
	return n
}

func (n *note) key() []byte { return kv.AppendInt64(nil, n.Number-notesPerScope/2) } // negative numbers too

// notes has an index of each kind: unique, unique with a value of its own, and with many entries a record.
func notes() *kv.Collection[note] {
	encode, decode := kv.JSON[note]()
	return kv.NewCollection("note", kv.Spec[note]{
		Version: noteVersion,
		Key:     func(dst []byte, n *note) []byte { return append(dst, n.key()...) },
		Encode:  encode,
		Decode: func(version uint8, key, data []byte) (*note, error) {
			if version != noteVersion {
				return nil, fmt.Errorf("note of version %d: %w", version, kv.ErrCorrupt)
			}
			return decode(version, key, data)
		},
		Indexes: []kv.Index[note]{
			{Name: "name", Unique: true, Keys: func(n *note, emit func([]byte)) { emit(kv.AppendString(nil, n.Name)) }},
			{Name: "parity", Unique: true, Keys: func(n *note, emit func([]byte)) {
				emit(kv.AppendInt64(kv.AppendByte(nil, byte(n.Number%2)), n.Number))
			}, Value: func(dst []byte, n *note) []byte { return kv.AppendString(dst, n.Office) }},
			{Name: "tag", Keys: func(n *note, emit func([]byte)) {
				for _, tag := range n.Tags {
					emit(kv.AppendString(nil, tag))
				}
			}},
		},
	})
}

func journal() *kv.Journal { return kv.NewJournal("journal") }

// offices are names that could be confused.
var offices = []kv.TenantID{"", "a", "ab", "a\x00", "biuro ż"}

// fill writes what a fixture holds, in several transactions, so that the file has free pages too.
func fill(db *kv.DB) error {
	c, j := notes(), journal()
	for _, office := range offices {
		s, err := db.Scope(office)
		if err != nil {
			return err
		}
		err = errors.Join(
			db.Update(func(tx *kv.Tx) error {
				var err error
				for number := range int64(notesPerScope) {
					n := newNote(string(office), number)
					n.Changed, n.Tags = false, append(n.Tags, "first")
					err = errors.Join(err, c.Put(tx, s, n))
				}
				return err
			}),
			db.Update(func(tx *kv.Tx) error {
				var err error
				for number := range int64(notesPerScope) {
					if n := newNote(string(office), number); number%removedEvery == 0 {
						err = errors.Join(err, c.Delete(tx, s, n))
					} else {
						err = errors.Join(err, c.Put(tx, s, n))
					}
				}
				return err
			}),
			db.Update(func(tx *kv.Tx) error { return fillLog(tx, j, s, string(office)) }),
		)
		if err != nil {
			return err
		}
	}
	return db.Update(func(tx *kv.Tx) error { return c.Put(tx, db.System(), newNote("system", 1)) })
}

func fillLog(tx *kv.Tx, j *kv.Journal, s kv.Scope, office string) error {
	for i := range uint64(blocks) {
		if err := j.Append(tx, s, i*numbersPer+1, (i+1)*numbersPer, blockData(office, i*numbersPer+1)); err != nil {
			return err
		}
	}
	_, err := j.Trim(tx, s, blocksTrimmed, func(uint64, uint64, []byte) bool { return true })
	return err
}

func blockData(office string, first uint64) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%s %d;", office, first), int(first%50))
}

// requireFixture asserts that the database holds exactly what fill wrote, by every way to read it.
func requireFixture(t *testing.T, db *kv.DB) {
	t.Helper()
	c, j := notes(), journal()
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c, j))
	tenants, err := db.Tenants()
	require.NoError(t, err)
	require.ElementsMatch(t, offices, tenants)
	scopes := make(map[kv.TenantID]kv.Scope)
	for _, office := range offices {
		scopes[office], err = db.Scope(office)
		require.NoError(t, err)
	}
	require.NoError(t, db.View(func(tx *kv.Tx) error {
		for office, s := range scopes {
			var want []*note
			for number := range int64(notesPerScope) {
				if number%removedEvery != 0 {
					want = append(want, newNote(string(office), number))
				}
			}
			requireNotes(t, tx, c, s, want)
			requireLog(t, tx, j, s, string(office))
		}
		requireNotes(t, tx, c, db.System(), []*note{newNote("system", 1)})
		return nil
	}))
}

func requireNotes(t *testing.T, tx *kv.Tx, c *kv.Collection[note], s kv.Scope, want []*note) {
	t.Helper()
	var got []*note
	require.NoError(t, c.Scan(tx, s, kv.Span{}, func(_ []byte, n *note) (bool, error) { got = append(got, n); return true, nil }))
	require.Equal(t, want, got)
	tagged := 0
	c.ScanIndex(tx, s, "tag", kv.Span{}, func(_, _ []byte) bool { tagged++; return true })
	for _, n := range want {
		tagged -= len(n.Tags)
		primary, ok := c.Lookup(tx, s, "name", kv.AppendString(nil, n.Name))
		require.True(t, ok)
		require.Equal(t, n.key(), primary)
		office, ok := c.Lookup(tx, s, "parity", kv.AppendInt64(kv.AppendByte(nil, byte(n.Number%2)), n.Number))
		require.True(t, ok)
		require.Equal(t, kv.AppendString(nil, n.Office), office)
	}
	require.Zero(t, tagged, "entries by tag")
}

func requireLog(t *testing.T, tx *kv.Tx, j *kv.Journal, s kv.Scope, office string) {
	t.Helper()
	next := uint64(blocksTrimmed*numbersPer + 1)
	j.Since(tx, s, 0, func(first, last uint64, data []byte) bool {
		require.Equal(t, next, first)
		require.Equal(t, first+numbersPer-1, last)
		require.Equal(t, string(blockData(office, first)), string(data))
		next = last + 1
		return true
	})
	require.EqualValues(t, blocks*numbersPer+1, next)
}

func fixturePath(layout int) string {
	return filepath.Join("testdata", fmt.Sprintf("v%d.db.gz", layout))
}

// unpack writes the fixture of a layout as a database file and returns its path.
func unpack(t *testing.T, layout int) string {
	t.Helper()
	packed, err := os.Open(fixturePath(layout))
	require.NoError(t, err, "each layout needs a fixture: see CONTRIBUTING.md")
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	require.NoError(t, err)
	data, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "old.db")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// pack writes the fixture of the present layout, unless there is one.
func pack(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(fixturePath(kv.LayoutVersion)); err == nil {
		t.Fatalf("%s is there already", fixturePath(kv.LayoutVersion))
	}
	db := open(t, filepath.Join(t.TempDir(), "new.db"))
	require.NoError(t, fill(db))
	requireFixture(t, db)
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	require.NoError(t, err)
	copied, err := db.Copy(nil)
	require.NoError(t, err)
	_, err = copied.WriteTo(w)
	require.NoError(t, errors.Join(err, copied.Close(), w.Close(), os.MkdirAll("testdata", 0o755)))
	require.NoError(t, os.WriteFile(fixturePath(kv.LayoutVersion), packed.Bytes(), 0o644))
}

func open(t *testing.T, path string) *kv.DB {
	t.Helper()
	db, err := kv.Open(path, kv.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
