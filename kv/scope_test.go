package kv

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// tenantDocs are the same for every organisation. They are UTF-8, which JSON needs in keys; the names of organisations need not be.
var tenantDocs = []string{"", "a", "ab", "\U0010ffff"}

var tenantNames = []TenantID{
	"", "\x00", "\x00\x01", "a", "a\x00", TenantID(strings.Repeat("a", tenantBytesMax-1)), TenantID(strings.Repeat("a", tenantBytesMax)), "ab", "abc", "b", "ż", "\xff",
}

// testTenants writes the same keys for every organisation and reads each one's own back (B-20: no tenant sees another's data).
func testTenants(t *testing.T, db *DB) {
	c, j := docs(), NewJournal("journal")
	scopes := []Scope{db.System()}
	for _, id := range tenantNames {
		scopes = append(scopes, scope(t, db, id))
	}
	for n, s := range scopes {
		require.NoError(t, db.Update(func(tx *Tx) error {
			for i, id := range tenantDocs {
				d := doc{ID: id, Time: int64(i), Name: "name" + id, State: byte(n), Tags: []string{"t"}}
				require.NoError(t, c.Put(tx, s, &d))
			}
			return j.Append(tx, s, uint64(n)*10+1, uint64(n)*10+2, []byte{byte(n)})
		}))
	}
	require.NoError(t, db.View(func(tx *Tx) error {
		for n, s := range scopes {
			for _, reverse := range []bool{false, true} {
				seen := 0
				require.NoError(t, c.Scan(tx, s, Span{Reverse: reverse}, func(_ []byte, d *doc) (bool, error) {
					require.Equal(t, byte(n), d.State)
					seen++
					return true, nil
				}))
				require.Equal(t, 4, seen)
				seen = 0
				c.ScanIndex(tx, s, "tag", Span{Reverse: reverse}, func(_, primary []byte) bool {
					d, err := c.Get(tx, s, primary)
					require.NoError(t, err)
					require.Equal(t, byte(n), d.State)
					seen++
					return true
				})
				require.Equal(t, 4, seen)
			}
			first, last, ok := j.Last(tx, s)
			require.True(t, ok)
			require.Equal(t, [2]uint64{uint64(n)*10 + 1, uint64(n)*10 + 2}, [2]uint64{first, last})
			require.EqualValues(t, 1, j.Size(tx, s))
			j.Since(tx, s, 0, func(_, _ uint64, data []byte) bool {
				require.Equal(t, []byte{byte(n)}, data)
				return true
			})
		}
		return nil
	}))
	// Emptying one organisation leaves the others whole.
	require.NoError(t, db.Update(func(tx *Tx) error {
		for i, id := range tenantDocs {
			require.NoError(t, c.Delete(tx, scopes[4], &doc{ID: id, Time: int64(i)}))
		}
		return nil
	}))
	require.NoError(t, db.View(func(tx *Tx) error {
		for n, s := range scopes {
			seen := 0
			c.ScanRaw(tx, s, Span{}, func(_, data []byte) bool { seen++; return data[0] == '{' })
			require.Equal(t, map[bool]int{true: 0, false: 4}[n == 4], seen)
		}
		return nil
	}))
	got, err := db.Tenants()
	require.NoError(t, err)
	require.Equal(t, tenantNames, got)
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c, j))
}

func TestScopeNumbersSurviveARestart(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	db, err := Open(path, Options{})
	require.NoError(t, err)
	first, second := scope(t, db, "first"), scope(t, db, "second")
	require.NotEqual(t, first, second)
	require.NoError(t, db.Close())
	db, err = Open(path, Options{})
	require.NoError(t, err)
	require.Equal(t, second, scope(t, db, "second"))
	require.Equal(t, first, scope(t, db, "first"))
	require.NotEqual(t, first, db.System())
	require.NotEqual(t, scope(t, db, "third"), second)
	require.NoError(t, db.Close())
}

func TestScopeIsRegisteredOnceByManyCallers(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	scopes := make([]Scope, 16)
	var wg sync.WaitGroup
	for i := range scopes {
		wg.Go(func() { scopes[i], _ = db.Scope("office") })
	}
	wg.Wait()
	for _, s := range scopes {
		require.Equal(t, scope(t, db, "office"), s)
	}
	_, err := db.Scope(TenantID(strings.Repeat("x", tenantBytesMax+1)))
	require.ErrorContains(t, err, "at most 255")
}

func TestZeroScopePanics(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	require.PanicsWithValue(t, "BUG: zero kv.Scope used", func() {
		_ = db.View(func(tx *Tx) error {
			_, err := docs().Get(tx, Scope{}, []byte("x"))
			return err
		})
	})
}

// B-20: whatever is written where, each organisation reads its own and nothing else, by every way there is: the names begin
// with one another, and so do the keys.
func TestScopesHoldTheirOwnAfterRandomWrites(t *testing.T) {
	t.Parallel()
	db, c, r := testDB(t), docs(), rand.New(rand.NewPCG(20, 20))
	var scopes []Scope
	model := make([]map[string]byte, len(tenantNames))
	for n, id := range tenantNames {
		scopes, model[n] = append(scopes, scope(t, db, id)), map[string]byte{}
	}
	ids := append(slices.Clone(tenantDocs), "a\x00", "abc", "b", strings.Repeat("a", 255))
	for round := range 60 {
		require.NoError(t, db.Update(func(tx *Tx) error {
			for range 20 {
				n, id, state := r.IntN(len(scopes)), ids[r.IntN(len(ids))], byte(r.IntN(200))
				if was, there := model[n][id]; there && r.IntN(3) == 0 {
					require.NoError(t, c.Delete(tx, scopes[n], &doc{ID: id, Time: 1, State: was}))
					delete(model[n], id)
					continue
				}
				require.NoError(t, c.Put(tx, scopes[n], &doc{ID: id, Time: 1, State: state, Tags: []string{"t"}}))
				model[n][id] = state
			}
			return nil
		}))
		if round%10 != 9 {
			continue
		}
		require.NoError(t, db.View(func(tx *Tx) error {
			for n, s := range scopes {
				scanned := map[string]byte{}
				require.NoError(t, c.Scan(tx, s, Span{Reverse: round%20 == 9}, func(_ []byte, d *doc) (bool, error) {
					scanned[d.ID] = d.State
					return true, nil
				}))
				require.Equal(t, model[n], scanned, "%q", tenantNames[n])
				for _, index := range []string{"id", "state", "tag"} {
					indexed := map[string]byte{}
					c.ScanIndex(tx, s, index, Span{}, func(_, primary []byte) bool {
						d, err := c.Get(tx, s, primary)
						require.NoError(t, err)
						indexed[d.ID] = d.State
						return true
					})
					require.Equal(t, model[n], indexed, "%q by %s", tenantNames[n], index)
				}
			}
			return nil
		}))
	}
	require.NoError(t, db.Check(func(p string) { t.Error(p) }, c))
}

// FuzzTenants writes the same record for two organisations of any names, and finds each its own (B-20), also where one
// name is the beginning of the other.
func FuzzTenants(f *testing.F) {
	c, rollback := docs(), errors.New("rollback")
	db, err := Open(filepath.Join(f.TempDir(), "tenants.db"), Options{})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, errors.Join(db.Check(nil, c), db.Close())) })
	f.Add("a", "ab", "key", "")
	f.Add("a", "a", "key", "key")
	f.Add("", "\x00", "", "\x00")
	f.Add("a\x00", "a\x00\x01", "b", "\xff")
	f.Fuzz(func(t *testing.T, first, second, id, other string) {
		if len(first) > tenantBytesMax || len(second) > tenantBytesMax || len(id)+len(other) > bbolt.MaxKeySize/2 {
			return // longer than a key
		}
		id, other = strings.ToValidUTF8(id, "?"), strings.ToValidUTF8(other, "?") // for JSON
		a, errA := db.Scope(TenantID(first))
		b, errB := db.Scope(TenantID(second))
		require.NoError(t, errors.Join(errA, errB))
		require.Equal(t, first == second, a == b)
		if first == second {
			return
		}
		require.ErrorIs(t, db.Update(func(tx *Tx) error {
			require.NoError(t, c.Put(tx, a, &doc{ID: id, Time: 1, Tags: []string{other}}))
			requireRecords(t, tx, c, b)
			require.NoError(t, c.Put(tx, b, &doc{ID: id, Time: 1, State: 2, Tags: []string{other}}))
			require.NoError(t, c.Put(tx, b, &doc{ID: id + "x", Time: 1, State: 2}))
			requireRecords(t, tx, c, a, 0)
			requireRecords(t, tx, c, b, 2, 2)
			require.NoError(t, c.Delete(tx, b, &doc{ID: id, Time: 1}))
			requireRecords(t, tx, c, a, 0)
			requireRecords(t, tx, c, b, 2)
			return rollback
		}), rollback)
	})
}

// requireRecords asserts the states of all records of a scope, read by every way there is.
func requireRecords(t *testing.T, tx *Tx, c *Collection[doc], s Scope, states ...byte) {
	t.Helper()
	var scanned []byte
	require.NoError(t, c.Scan(tx, s, Span{}, func(_ []byte, d *doc) (bool, error) {
		scanned = append(scanned, d.State)
		return true, nil
	}))
	require.Equal(t, states, scanned)
	for _, index := range []string{"id", "state"} {
		var indexed []byte
		c.ScanIndex(tx, s, index, Span{Reverse: true}, func(_, primary []byte) bool {
			d, err := c.Get(tx, s, primary)
			require.NoError(t, err)
			indexed = append(indexed, d.State)
			return true
		})
		require.Equal(t, states, indexed, index)
	}
}

func TestUnderIsWhatAnIndexHasUnderAPrefix(t *testing.T) {
	t.Parallel()
	c := docs()
	db := testDB(t, c)
	s, other := scope(t, db, "office"), scope(t, db, "other")
	require.NoError(t, db.Update(func(tx *Tx) error {
		for i, d := range []doc{{ID: "c", State: 1}, {ID: "a", State: 2}, {ID: "b", State: 1}, {ID: "e", State: 0}} {
			d.Time = int64(i)
			require.NoError(t, c.Put(tx, s, &d))
		}
		return c.Put(tx, other, &doc{ID: "z", State: 1})
	}))
	require.NoError(t, db.View(func(tx *Tx) error {
		all, err := c.Under(tx, s, "state", []byte{1})
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, []string{"c", "b"}, []string{all[0].ID, all[1].ID})
		all, err = c.Under(tx, s, "state", []byte{9})
		require.Empty(t, all)
		return err
	}))
}
