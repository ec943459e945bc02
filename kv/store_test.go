package kv

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// childEnv tells the test binary to be another process: see TestMain.
const childEnv = "FLOWWATCH_KV_CHILD"

// TestMain lets tests start this binary again as a second process, which needs a lock or a limit of its own.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		m.Run()
	case "hold":
		exitOn(holdDatabase(os.Args[1]))
	case "full":
		exitOn(fillWithLimit(os.Args[1], false))
	case "full long":
		exitOn(fillWithLimit(os.Args[1], true))
	case "unprivileged":
		exitOn(openUnprivileged(os.Args[1]))
	case "write":
		exitOn(writeUntilKilled(os.Args[1]))
	case "compact":
		exitOn(compactUntilKilled(os.Args[1]))
	default:
		exitOn(fmt.Errorf("no role %q", os.Getenv(childEnv)))
	}
}

// exitOn ends the process with the error, and not with a success, if there is one.
func exitOn(err error) {
	if err != nil {
		panic(err)
	}
}

func childCommand(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(binary, path)
	cmd.Env = append(os.Environ(), childEnv+"="+role)
	return cmd
}

// holdDatabase opens the database, says so, and keeps it until its standard input ends.
func holdDatabase(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, db.Close())
}

// startHolder returns when another process holds the database; release ends that process.
func startHolder(t *testing.T, path string) (release func()) {
	t.Helper()
	cmd := childCommand(t, "hold", path)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "open\n", line)
	return func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	}
}

// testDB opens a new database and checks it, with the parts, when the test ends.
func testDB(t *testing.T, parts ...Checker) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "test.db"), Options{})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, db.Check(func(p string) { t.Error(p) }, parts...))
		require.NoError(t, db.Close())
	})
	return db
}

func scope(t *testing.T, db *DB, id TenantID) Scope {
	t.Helper()
	s, err := db.Scope(id)
	require.NoError(t, err)
	return s
}

// doc is a record with every kind of index.
type doc struct {
	ID    string   `json:"id"`
	Time  int64    `json:"time"`
	Name  string   `json:"name,omitempty"`
	State byte     `json:"state"`
	Tags  []string `json:"tags,omitempty"`
	Pad   int      `json:"pad,omitempty"`
}

func (d *doc) key() []byte { return AppendString(AppendInt64(nil, d.Time), d.ID) }

// docs is keyed by (time, id), with a unique index by id, one by name that stores the time, and two with many entries.
func docs() *Collection[doc] {
	encode, decode := JSON[doc]()
	return NewCollection("doc", Spec[doc]{
		Version: 3,
		Key:     func(dst []byte, d *doc) []byte { return AppendString(AppendInt64(dst, d.Time), d.ID) },
		Encode: func(dst []byte, d *doc) []byte {
			return append(encode(dst, d), bytes.Repeat([]byte{' '}, d.Pad)...)
		},
		Decode: func(version uint8, key, data []byte) (*doc, error) {
			if version != 3 {
				return nil, fmt.Errorf("version %d: %w", version, ErrCorrupt)
			}
			return decode(version, key, data)
		},
		Indexes: []Index[doc]{
			{Name: "id", Unique: true, Keys: func(d *doc, emit func([]byte)) { emit([]byte(d.ID)) }},
			{Name: "name", Unique: true, Keys: func(d *doc, emit func([]byte)) {
				if d.Name != "" {
					emit(AppendString(nil, d.Name))
				}
			}, Value: func(dst []byte, d *doc) []byte { return AppendInt64(dst, d.Time) }},
			{Name: "state", Keys: func(d *doc, emit func([]byte)) { emit([]byte{d.State}) }},
			{Name: "tag", Keys: func(d *doc, emit func([]byte)) {
				for _, tag := range d.Tags {
					emit(AppendString(nil, tag))
				}
			}},
		},
	})
}

// model is the plain map that the store must equal: scope, then id.
type model map[Scope]map[string]doc

// pair is a key and what the store has under it, as a scan shows them.
type pair struct{ key, value string }

func (m model) records(s Scope) (all []pair) {
	for _, d := range m[s] {
		text, _ := json.Marshal(d)
		all = append(all, pair{string(d.key()), string(text)})
	}
	return sorted(all)
}

func (m model) entries(s Scope, index string) (all []pair) {
	for _, d := range m[s] {
		primary := string(d.key())
		switch index {
		case "id":
			all = append(all, pair{d.ID, primary})
		case "name":
			if d.Name != "" {
				all = append(all, pair{string(AppendString(nil, d.Name)), string(AppendInt64(nil, d.Time))})
			}
		case "state":
			all = append(all, pair{string(d.State) + primary, primary})
		case "tag":
			for _, tag := range d.Tags {
				all = append(all, pair{string(AppendString(nil, tag)) + primary, primary})
			}
		}
	}
	return sorted(all)
}

func sorted(all []pair) []pair {
	slices.SortFunc(all, func(a, b pair) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	return slices.Compact(all)
}

// cut is Span in the plainest words.
func cut(all []pair, sp Span, limit int) (out []pair) {
	all = slices.Clone(all)
	if sp.Reverse {
		slices.Reverse(all)
	}
	for _, p := range all {
		k := []byte(p.key)
		past := sp.After == nil || (bytes.Compare(k, sp.After) > 0) != sp.Reverse && !bytes.Equal(k, sp.After)
		if bytes.Compare(k, sp.From) >= 0 && (sp.To == nil || bytes.Compare(k, sp.To) < 0) && bytes.HasPrefix(k, sp.Prefix) && past && len(out) < limit {
			out = append(out, p)
		}
	}
	return out
}

// randomSpan picks bounds among keys that exist and keys near them.
func randomSpan(r *rand.Rand, all []pair) Span {
	pick := func() []byte {
		if len(all) == 0 || r.IntN(5) == 0 {
			return []byte{byte(r.IntN(256))}
		}
		k := []byte(all[r.IntN(len(all))].key)
		switch r.IntN(4) {
		case 0:
			return append(k, 0)
		case 1:
			return k[:len(k)-1]
		}
		return k
	}
	sp := Span{Reverse: r.IntN(2) == 0}
	if r.IntN(3) == 0 {
		sp.From = pick()
	}
	if r.IntN(3) == 0 {
		sp.To = pick()
	}
	if r.IntN(4) == 0 {
		k := pick()
		sp.Prefix = k[:r.IntN(len(k)+1)]
	}
	if r.IntN(3) == 0 {
		sp.After = pick()
	}
	return sp
}

// simulation runs random operations on a store and on the model.
type simulation struct {
	*rand.Rand
	docs   *Collection[doc]
	scopes []Scope
	model  model
}

func (m *simulation) scope() Scope { return m.scopes[m.IntN(len(m.scopes))] }

func (m *simulation) randomDoc() doc {
	d := doc{ID: fmt.Sprintf("x%d", m.IntN(120)), Time: int64(m.IntN(40)) - 20, State: byte(m.IntN(3)), Pad: m.IntN(300)}
	if m.IntN(2) == 0 {
		d.Name = fmt.Sprintf("n%d", m.IntN(60))
	}
	for range m.IntN(4) {
		d.Tags = append(d.Tags, []string{"a", "ab", "a\x00", "", "c"}[m.IntN(5)])
	}
	return d
}

// taken reports whether a unique key of d belongs to a record other than old.
func (m *simulation) taken(s Scope, old *doc, d doc) bool {
	for _, other := range m.model[s] {
		if old != nil && other.ID == old.ID {
			continue
		}
		if other.ID == d.ID || (d.Name != "" && other.Name == d.Name) {
			return true
		}
	}
	return false
}

// write does one random change in both.
func (m *simulation) write(t *testing.T, tx *Tx) {
	s, d := m.scope(), m.randomDoc()
	stored, known := m.model[s][d.ID]
	switch m.IntN(4) {
	case 0: // Put finds the old record by primary key alone, so it cannot move one.
		if known {
			d.Time = stored.Time
		}
		var old *doc
		if known {
			old = &stored
		}
		if m.taken(s, old, d) {
			require.ErrorIs(t, m.docs.Put(tx, s, &d), ErrConflict)
			return
		}
		require.NoError(t, m.docs.Put(tx, s, &d))
	case 1, 2:
		var old *doc
		if known {
			old = &stored
		}
		if m.taken(s, old, d) {
			require.ErrorIs(t, m.docs.Replace(tx, s, old, &d), ErrConflict)
			return
		}
		require.NoError(t, m.docs.Replace(tx, s, old, &d))
	default:
		if known {
			d.Time = stored.Time
		}
		require.NoError(t, m.docs.Delete(tx, s, &d))
		delete(m.model[s], d.ID)
		return
	}
	m.model[s][d.ID] = d
}

// compare does random reads in both.
func (m *simulation) compare(t *testing.T, tx *Tx) {
	s := m.scope()
	all := m.model.records(s)
	sp, limit := randomSpan(m.Rand, all), 1+m.IntN(150)
	var got []pair
	require.NoError(t, m.docs.Scan(tx, s, sp, func(key []byte, d *doc) (bool, error) {
		text, err := json.Marshal(d)
		got = append(got, pair{string(key), string(text)})
		return len(got) < limit, err
	}))
	require.Equal(t, cut(all, sp, limit), got, "%+v", sp)

	index := []string{"id", "name", "state", "tag"}[m.IntN(4)]
	all = m.model.entries(s, index)
	sp, got = randomSpan(m.Rand, all), nil
	m.docs.ScanIndex(tx, s, index, sp, func(entry, primary []byte) bool {
		got = append(got, pair{string(entry), string(primary)})
		return len(got) < limit
	})
	require.Equal(t, cut(all, sp, limit), got, "index %s %+v", index, sp)

	id := m.randomDoc().ID
	d, known := m.model[s][id]
	primary, ok := m.docs.Lookup(tx, s, "id", []byte(id))
	require.Equal(t, known, ok)
	if !known {
		return
	}
	require.Equal(t, d.key(), primary)
	v, err := m.docs.Get(tx, s, primary)
	require.NoError(t, err)
	require.Equal(t, d, *v)
}

// testStore is what any implementation of this package's store must do. open is called again with the same path for a restart.
func testStore(t *testing.T, open func(t *testing.T, path string) *DB) {
	t.Run("equals a map after random operations and restarts", func(t *testing.T) {
		t.Parallel()
		for seed := range uint64(4) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				simulate(t, seed, open)
			})
		}
	})
	t.Run("organisations never see each other", func(t *testing.T) {
		t.Parallel()
		testTenants(t, open(t, filepath.Join(t.TempDir(), "tenants.db")))
	})
	t.Run("journal", func(t *testing.T) {
		t.Parallel()
		testJournal(t, open, filepath.Join(t.TempDir(), "journal.db"))
	})
}

func simulate(t *testing.T, seed uint64, open func(t *testing.T, path string) *DB) {
	path := filepath.Join(t.TempDir(), "model.db")
	db := open(t, path)
	m := &simulation{Rand: rand.New(rand.NewPCG(seed, 7)), docs: docs(), model: model{}}
	m.scopes = []Scope{scope(t, db, "a"), scope(t, db, "ab"), db.System()}
	for _, s := range m.scopes {
		m.model[s] = map[string]doc{}
	}
	undo := errors.New("undo")
	for round := range 60 {
		saved := m.model.clone()
		rollback := m.IntN(6) == 0
		err := db.Update(func(tx *Tx) error {
			for range m.IntN(120) {
				m.write(t, tx)
				if m.IntN(10) == 0 {
					m.compare(t, tx)
				}
			}
			if rollback {
				return undo
			}
			return nil
		})
		if rollback {
			require.ErrorIs(t, err, undo)
			m.model = saved
		} else {
			require.NoError(t, err)
		}
		require.NoError(t, db.View(func(tx *Tx) error {
			for range 10 {
				m.compare(t, tx)
			}
			return nil
		}))
		if round%20 == 19 {
			require.NoError(t, db.Check(func(p string) { t.Error(p) }, m.docs))
			require.NoError(t, db.Close())
			db = open(t, path)
		}
	}
	require.NoError(t, db.Close())
}

func (m model) clone() model {
	c := model{}
	for s, records := range m {
		c[s] = map[string]doc{}
		for id, d := range records {
			c[s][id] = d
		}
	}
	return c
}

func TestStore(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T, path string) *DB {
		t.Helper()
		db, err := Open(path, Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	})
}
