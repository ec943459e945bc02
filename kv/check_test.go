package kv

import (
	"errors"
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

// Check finds every kind of damage that is planted behind the package's back.
func TestCheckFindsPlantedDamage(t *testing.T) {
	t.Parallel()
	f := func(name, problem string, damage func(bt *bbolt.Tx, prefix []byte) error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, j := docs(), NewJournal("journal")
			db := testDBOpen(t, Options{})
			s := scope(t, db, "office")
			require.NoError(t, db.Update(func(tx *Tx) error {
				err := c.Put(tx, s, &doc{ID: "x", Time: 1, Name: "n", State: 1, Tags: []string{"a", "b"}})
				for seq := range uint64(4) {
					err = errors.Join(err, j.Append(tx, s, seq+1, seq+1, []byte("block")))
				}
				return err
			}))
			require.NoError(t, db.Check(func(p string) { t.Error(p) }, c, j))
			require.NoError(t, db.Update(func(tx *Tx) error { return damage(tx.bolt, s.append(nil)) }))
			var problems []string
			require.ErrorIs(t, db.Check(func(p string) { problems = append(problems, p) }, c, j), ErrCorrupt)
			require.Contains(t, strings.Join(problems, "\n"), problem)
			require.ErrorIs(t, db.Check(nil, c, j), ErrCorrupt)
		})
	}
	key := func(prefix []byte, parts ...[]byte) []byte {
		out := append([]byte(nil), prefix...)
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	x := (&doc{ID: "x", Time: 1}).key()
	stray := (&doc{ID: "stray"}).key()
	f("entry deleted", "lacks its entry", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#state")).Delete(key(p, []byte{1}, x))
	})
	f("unique entry deleted", "doc#id: record", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#id")).Delete(key(p, []byte("x")))
	})
	f("unique entry of another", "holds", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#id")).Put(key(p, []byte("x")), stray)
	})
	f("stored value wrong", "doc#name: entry", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#name")).Put(key(p, AppendString(nil, "n")), AppendInt64(nil, 2))
	})
	f("stray entry", "has no record", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#tag")).Put(key(p, AppendString(nil, "c"), stray), []byte{byte(len(stray))})
	})
	f("stray entry of a record", "3 entries, the records have 2", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#tag")).Put(key(p, AppendString(nil, "c"), x), []byte{byte(len(x))})
	})
	f("entry without length", "doc#tag: entry", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc#tag")).Put(key(p, AppendString(nil, "a"), x), []byte{200})
	})
	f("record deleted", "has no record", func(bt *bbolt.Tx, p []byte) error { return bt.Bucket([]byte("doc")).Delete(key(p, x)) })
	f("record of unknown version", "version 9", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc")).Put(key(p, x), []byte("\x09{}"))
	})
	f("record empty", "no version", func(bt *bbolt.Tx, p []byte) error { return bt.Bucket([]byte("doc")).Put(key(p, x), nil) })
	f("record under another key", "says it is", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("doc")).Put(key(p, stray), []byte("\x03{\"id\":\"y\"}"))
	})
	f("key of no scope", "of no scope", func(bt *bbolt.Tx, _ []byte) error { return bt.Bucket([]byte("doc")).Put([]byte{9, 9, 9, 9}, []byte{3}) })
	f("key too short", "of no scope", func(bt *bbolt.Tx, _ []byte) error { return bt.Bucket([]byte("journal")).Put([]byte{9}, []byte{1}) })
	f("block missing", "follows", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("journal")).Delete(key(p, AppendUint64(nil, 2)))
	})
	f("block of another size", "ends at byte", func(bt *bbolt.Tx, p []byte) error {
		b, k := bt.Bucket([]byte("journal")), key(p, AppendUint64(nil, 2))
		return b.Put(k, append(append([]byte(nil), b.Get(k)...), "more"...))
	})
	f("block unreadable", "journal block", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket([]byte("journal")).Put(key(p, AppendUint64(nil, 2)), []byte{7})
	})
	f("scope number twice", "number 1 twice", func(bt *bbolt.Tx, p []byte) error {
		return bt.Bucket(scopesBucket).Put(AppendString(nil, "other"), p)
	})
	f("scope number of the future", "above the counter", func(bt *bbolt.Tx, _ []byte) error {
		return bt.Bucket(scopesBucket).Put(AppendString(nil, "other"), AppendUint32(nil, 77))
	})
	f("scope number broken", "scope number", func(bt *bbolt.Tx, _ []byte) error {
		return bt.Bucket(scopesBucket).Put(AppendString(nil, "other"), []byte{1})
	})
	f("tenant id broken", "tenant id", func(bt *bbolt.Tx, _ []byte) error { return bt.Bucket(scopesBucket).Put([]byte{0}, []byte{1}) })
}
