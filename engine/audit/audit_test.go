package audit

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

var start = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func openStore(t *testing.T) (*kv.DB, kv.Scope) {
	t.Helper()
	db, err := kv.Open(filepath.Join(t.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s, err := db.Scope("office")
	require.NoError(t, err)
	return db, s
}

func anna() By { return By{Actor: Actor{ID: "u1", Name: "Anna Nowak", Type: User}, IP: "192.168.1.7"} }

// appendSome notes n entries a minute apart, each in a transaction of its own.
func appendSome(t *testing.T, db *kv.DB, s kv.Scope, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, db.Update(func(tx *kv.Tx) error {
			return Append(tx, s, start.Add(time.Duration(i)*time.Minute), Entry{
				Event: "monitoring.user.updated", By: anna(), Object: Object{Type: "user", ID: fmt.Sprint("u", i%3)},
				Details: map[string]any{"n": i},
			})
		}))
	}
}

func verdictOf(t *testing.T, db *kv.DB, s kv.Scope) Verdict {
	t.Helper()
	v, err := Verify(db, s)
	require.NoError(t, err)
	return v
}

func TestChainVerifiesAndListsNewestFirst(t *testing.T) { // B-58, J10.3
	t.Parallel()
	db, s := openStore(t)
	require.True(t, verdictOf(t, db, s).OK, "an empty chain is whole")
	appendSome(t, db, s, 7)
	v := verdictOf(t, db, s)
	require.True(t, v.OK)
	require.EqualValues(t, 7, v.Checked)

	items, next, err := List(db, s, Filter{}, nil, 5)
	require.NoError(t, err)
	require.Len(t, items, 5)
	require.Equal(t, uint64(7), items[0].Seq)
	require.Equal(t, v.Head, items[0].Hash)
	require.Equal(t, "Anna Nowak", items[0].Actor.Name)
	require.Equal(t, "192.168.1.7", items[0].IP)
	require.JSONEq(t, `{"n":6}`, string(items[0].Details))
	rest, next, err := List(db, s, Filter{}, next, 5)
	require.NoError(t, err)
	require.Len(t, rest, 2)
	require.Nil(t, next)
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	db, s := openStore(t)
	appendSome(t, db, s, 9)
	for name, c := range map[string]struct {
		f    Filter
		want int
	}{
		"time, ends included": {Filter{From: start.Add(2 * time.Minute), To: start.Add(4 * time.Minute)}, 3},
		"object":              {Filter{ObjectType: "user", ObjectID: "u1"}, 3},
		"object and time":     {Filter{ObjectType: "user", ObjectID: "u1", From: start.Add(2 * time.Minute)}, 2},
		"type":                {Filter{ObjectType: "user"}, 9},
		"actor":               {Filter{ActorID: "u2"}, 0},
		"event":               {Filter{Event: "monitoring.user.updated"}, 9},
		"beginning of event":  {Filter{Event: "monitoring.user."}, 9},
		"part of event":       {Filter{Event: "monitoring.user"}, 0},
	} {
		items, _, err := List(db, s, c.f, nil, 100)
		require.NoError(t, err)
		require.Len(t, items, c.want, name)
	}
}

// TestAnyEditBreaksTheChain edits each field of each entry, and removes and adds entries.
func TestAnyEditBreaksTheChain(t *testing.T) { // J10.3
	t.Parallel()
	edits := map[string]func(r *record){
		"time":    func(r *record) { r.AtMs++ },
		"id":      func(r *record) { r.ID += "x" },
		"event":   func(r *record) { r.Event = "monitoring.user.created" },
		"actor":   func(r *record) { r.ActorID = "u9" },
		"type":    func(r *record) { r.ActorType = Token },
		"object":  func(r *record) { r.ObjectType, r.ObjectID = r.ObjectType+r.ObjectID[:1], r.ObjectID[1:] },
		"name":    func(r *record) { r.Who.Text = []byte(`{"name":"Ewa","ip":""}`) },
		"details": func(r *record) { r.Details.Text = []byte(`{"n":99}`) },
		"salt":    func(r *record) { r.Details.Salt = nil },
		"digest":  func(r *record) { r.Details = seal([]byte(`{}`)) },
		"hash":    func(r *record) { r.Hash = r.chained(nil) },
		"all":     func(r *record) { r.Details = seal([]byte(`{}`)); r.Hash = r.chained(r.Hash) },
	}
	for name, edit := range edits {
		for seq := uint64(1); seq <= 3; seq++ {
			if name == "hash" && seq == 1 {
				continue // the same hash
			}
			db, s := openStore(t)
			appendSome(t, db, s, 3)
			change(t, db, func(tx *kv.Tx) error {
				r, err := records.Get(tx, s, recordKey(seq))
				if err != nil {
					return err
				}
				edit(r)
				return records.Put(tx, s, r)
			})
			require.False(t, verdictOf(t, db, s).OK, "%s of entry %d", name, seq)
			require.NotNil(t, verdictOf(t, db, s).FirstBroken)
		}
	}
}

func change(t *testing.T, db *kv.DB, fn func(tx *kv.Tx) error) {
	t.Helper()
	require.NoError(t, db.Update(fn))
}

func TestGapsAndStrangersBreakTheChain(t *testing.T) { // J10.3
	t.Parallel()
	for seq := uint64(1); seq <= 3; seq++ {
		db, s := openStore(t)
		appendSome(t, db, s, 3)
		change(t, db, func(tx *kv.Tx) error { return records.Delete(tx, s, &record{Seq: seq}) })
		v := verdictOf(t, db, s)
		require.False(t, v.OK, "entry %d is gone", seq)
		require.Equal(t, fmt.Sprint(seq), *v.FirstBroken)
	}
	for _, seq := range []uint64{0, 9} {
		db, s := openStore(t)
		appendSome(t, db, s, 3)
		change(t, db, func(tx *kv.Tx) error { return records.Put(tx, s, &record{Seq: seq, ID: "new"}) })
		require.False(t, verdictOf(t, db, s).OK, "a stranger with number %d", seq)
	}
}

func TestErasedTextsLeaveTheChainWhole(t *testing.T) { // 5.13: audit and erasure
	t.Parallel()
	db, s := openStore(t)
	appendSome(t, db, s, 6)
	before := verdictOf(t, db, s).Head
	change(t, db, func(tx *kv.Tx) error {
		n, err := EraseDetails(tx, s, Object{Type: "user", ID: "u1"})
		require.Equal(t, 2, n)
		return err
	})
	v := verdictOf(t, db, s)
	require.True(t, v.OK)
	require.EqualValues(t, 2, v.Erased)
	require.Equal(t, before, v.Head)

	for after, all := uint64(0), 0; ; {
		var n int
		change(t, db, func(tx *kv.Tx) (err error) {
			n, after, err = ErasePerson(tx, s, "u1", after, 4)
			return err
		})
		if all += n; after == 0 {
			require.Equal(t, 6, all)
			break
		}
	}
	v = verdictOf(t, db, s)
	require.True(t, v.OK)
	require.EqualValues(t, 6, v.Erased)
	items, _, err := List(db, s, Filter{ObjectType: "user", ObjectID: "u1"}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, Actor{ID: "u1", Type: User}, items[0].Actor)
	require.JSONEq(t, `{}`, string(items[0].Details))
	require.True(t, items[0].Erased)
}

func TestOldEntriesAreDroppedAndTheRestVerifies(t *testing.T) { // 5.13: retention of the audit log
	t.Parallel()
	db, s := openStore(t)
	appendSome(t, db, s, 6)
	for _, want := range []struct {
		dropped int
		more    bool
	}{{2, true}, {2, false}, {0, false}} {
		change(t, db, func(tx *kv.Tx) error {
			n, more, err := Drop(tx, s, start.Add(4*time.Minute), 2)
			require.Equal(t, want.dropped, n)
			require.Equal(t, want.more, more)
			return err
		})
		require.True(t, verdictOf(t, db, s).OK)
	}
	v := verdictOf(t, db, s)
	require.EqualValues(t, 2, v.Checked)
	require.EqualValues(t, 4, v.Dropped)
	appendSome(t, db, s, 1)
	require.True(t, verdictOf(t, db, s).OK)
}

func TestAChangeThatFailsLeavesNoEntry(t *testing.T) {
	t.Parallel()
	db, s := openStore(t)
	appendSome(t, db, s, 1)
	failed := errors.New("the change failed")
	require.ErrorIs(t, db.Update(func(tx *kv.Tx) error {
		require.NoError(t, Append(tx, s, start, Entry{Event: "monitoring.user.created", By: anna()}))
		return failed
	}), failed)
	v := verdictOf(t, db, s)
	require.True(t, v.OK)
	require.EqualValues(t, 1, v.Checked)
}

func TestHugeDetailsAreLeftOutWithTheirSize(t *testing.T) {
	t.Parallel()
	db, s := openStore(t)
	change(t, db, func(tx *kv.Tx) error {
		return Append(tx, s, start, Entry{Event: "monitoring.dashboard.created", By: System(), Details: make([]byte, detailsBytesMax)})
	})
	items, _, err := List(db, s, Filter{}, nil, 1)
	require.NoError(t, err)
	require.Contains(t, string(items[0].Details), `"leftOut":true`)
	require.True(t, verdictOf(t, db, s).OK)
}

func TestChainsOfOrganisationsAreApart(t *testing.T) { // SEC2, B-19
	t.Parallel()
	db, s := openStore(t)
	other, err := db.Scope("office2")
	require.NoError(t, err)
	appendSome(t, db, s, 3)
	items, _, err := List(db, other, Filter{}, nil, 10)
	require.NoError(t, err)
	require.Empty(t, items)
	require.Zero(t, verdictOf(t, db, other).Checked)
}
