package kv

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASingleRecordOfEachScope(t *testing.T) {
	t.Parallel()
	type counter struct{ N int }
	counters := NewSingle[counter]("counters")
	db := testDBOpen(t, Options{})
	one, other := scope(t, db, "one"), scope(t, db, "other")
	read := func(s Scope) (n int) {
		require.NoError(t, db.View(func(tx *Tx) error {
			v, err := counters.Read(tx, s)
			if err == nil {
				n = v.N
			}
			return err
		}))
		return n
	}
	require.Zero(t, read(one), "the zero value before there is one")
	for n := range 3 {
		require.NoError(t, db.Update(func(tx *Tx) error { return counters.Put(tx, one, &counter{n + 1}) }))
	}
	require.Equal(t, 3, read(one))
	require.Zero(t, read(other))
}
