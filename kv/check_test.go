package kv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

const (
	waitMax   = 20 * time.Second
	pollEvery = time.Millisecond
)

// plant is damage that is done behind the package's back. prefix is the scope's part of a key.
type plant struct {
	name    string
	problem string // what Check says of it
	damage  func(bt *bbolt.Tx, prefix []byte) error
}

// plantedDoc is the record whose neighbourhood is damaged.
var plantedDoc = doc{ID: "x", Time: 1, Name: "n", State: 1, Tags: []string{"a", "b"}}

// Check finds every kind of damage.
func TestCheckFindsPlantedDamage(t *testing.T) {
	t.Parallel()
	for _, p := range slices.Concat(entryDamage(), recordDamage(), journalDamage(), scopeDamage()) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			c, j := docs(), NewJournal("journal")
			db := testDBOpen(t, Options{})
			s := scope(t, db, "office")
			require.NoError(t, db.Update(func(tx *Tx) error {
				err := c.Put(tx, s, &plantedDoc)
				for seq := range uint64(4) {
					err = errors.Join(err, j.Append(tx, s, seq+1, seq+1, []byte("block")))
				}
				return err
			}))
			require.NoError(t, db.Check(func(p string) { t.Error(p) }, c, j))
			require.NoError(t, db.Update(func(tx *Tx) error { return p.damage(tx.bolt, s.append(nil)) }))
			var problems []string
			require.ErrorIs(t, db.Check(func(p string) { problems = append(problems, p) }, c, j), ErrCorrupt)
			require.Contains(t, strings.Join(problems, "\n"), p.problem)
			require.ErrorIs(t, db.Check(nil, c, j), ErrCorrupt)
		})
	}
}

// put writes the value under the key of these parts.
func put(bucket string, value []byte, key ...[]byte) func(*bbolt.Tx, []byte) error {
	return func(bt *bbolt.Tx, prefix []byte) error {
		return bt.Bucket([]byte(bucket)).Put(slices.Concat(append([][]byte{prefix}, key...)...), value)
	}
}

// remove deletes the key of these parts.
func remove(bucket string, key ...[]byte) func(*bbolt.Tx, []byte) error {
	return func(bt *bbolt.Tx, prefix []byte) error {
		return bt.Bucket([]byte(bucket)).Delete(slices.Concat(append([][]byte{prefix}, key...)...))
	}
}

func entryDamage() []plant {
	x, stray := plantedDoc.key(), (&doc{ID: "stray"}).key()
	tag := func(s string) []byte { return AppendString(nil, s) }
	return []plant{
		{"entry deleted", "lacks its entry", remove("doc#state", []byte{1}, x)},
		{"unique entry deleted", "doc#id: record", remove("doc#id", []byte("x"))},
		{"unique entry of another", "holds", put("doc#id", stray, []byte("x"))},
		{"stored value wrong", "doc#name: entry", put("doc#name", AppendInt64(nil, 2), tag("n"))},
		{"stray entry", "has no record", put("doc#tag", []byte{byte(len(stray))}, tag("c"), stray)},
		{"stray entry of a record", "3 entries, the records have 2", put("doc#tag", []byte{byte(len(x))}, tag("c"), x)},
		{"stray entry with a value of its own", "2 entries, the records have 1", put("doc#name", AppendInt64(nil, 1), tag("other"))},
		{"entry without length", "doc#tag: entry", put("doc#tag", []byte{200}, tag("a"), x)},
		{"entry of another scope", "has no record", func(bt *bbolt.Tx, _ []byte) error {
			return bt.Bucket([]byte("doc#state")).Put(slices.Concat(AppendUint32(nil, 0), []byte{1}, x), []byte{byte(len(x))})
		}},
	}
}

func recordDamage() []plant {
	x, stray := plantedDoc.key(), (&doc{ID: "stray"}).key()
	return []plant{
		{"record deleted", "has no record", remove("doc", x)},
		{"record of unknown version", "version 9", put("doc", []byte("\x09{}"), x)},
		{"record empty", "no version", put("doc", nil, x)},
		{"record under another key", "says it is", put("doc", []byte("\x03{\"id\":\"y\"}"), stray)},
		{"key of no scope", "of no scope", func(bt *bbolt.Tx, _ []byte) error {
			return bt.Bucket([]byte("doc")).Put([]byte{9, 9, 9, 9}, []byte{3})
		}},
	}
}

func journalDamage() []plant {
	second := AppendUint64(nil, 2)
	return []plant{
		{"key too short", "of no scope", func(bt *bbolt.Tx, _ []byte) error { return bt.Bucket([]byte("journal")).Put([]byte{9}, []byte{1}) }},
		{"block missing", "follows", remove("journal", second)},
		{"block of another size", "ends at byte", func(bt *bbolt.Tx, prefix []byte) error {
			b, k := bt.Bucket([]byte("journal")), slices.Concat(prefix, second)
			return b.Put(k, append(slices.Clone(b.Get(k)), "more"...))
		}},
		{"block unreadable", "journal block", put("journal", []byte{7}, second)},
		{"block of a later version", "journal block", func(bt *bbolt.Tx, prefix []byte) error {
			b, k := bt.Bucket([]byte("journal")), slices.Concat(prefix, second)
			return b.Put(k, append([]byte{journalVersion + 1}, b.Get(k)[1:]...))
		}},
	}
}

func scopeDamage() []plant {
	register := func(id, value []byte) func(*bbolt.Tx, []byte) error {
		return func(bt *bbolt.Tx, _ []byte) error { return bt.Bucket(scopesBucket).Put(id, value) }
	}
	other := AppendString(nil, "other")
	return []plant{
		{"scope number twice", "number 1 twice", register(other, AppendUint32(nil, 1))},
		{"scope number of the future", "above the counter", register(other, AppendUint32(nil, 77))},
		{"scope number of the system", "scope number", register(other, AppendUint32(nil, 0))},
		{"scope number broken", "scope number", register(other, []byte{1})},
		{"tenant id broken", "tenant id", register([]byte{0}, AppendUint32(nil, 1))},
		{"tenant id with more behind it", "tenant id", register(append(other, 'x'), AppendUint32(nil, 1))},
	}
}

func TestCheckStopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	db := testDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, db.CheckContext(ctx, nil, docs()))
	cancel()
	require.ErrorIs(t, db.CheckContext(ctx, nil, docs()), context.Canceled)
	require.NoError(t, db.Check(nil, docs()))
}
