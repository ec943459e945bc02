package tsdb

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
)

// B-20, RLS5: whatever is written, folded, sealed, retired or erased, each organisation reads its own points and nothing else.
// The names begin with one another; series, ids and times are the same everywhere.
func TestScopesHoldTheirOwnSeries(t *testing.T) {
	t.Parallel()
	const longest = 255
	root, rng := newHouse(t), rand.New(rand.NewPCG(20, 5))
	var all []*walker
	for n, name := range []kv.TenantID{"", "a", "a\x00", "a\x00\x01", "ab", "b", "\xff", kv.TenantID(strings.Repeat("a", longest-1)), kv.TenantID(strings.Repeat("a", longest))} {
		s, err := root.store.Scope(name)
		require.NoError(t, err)
		own := *root
		own.scope = root.db.Scope(s)
		w := &walker{house: &own, t: t, rng: rand.New(rand.NewPCG(uint64(n), 20)), model: model{}, base: millis(t, "2026-10-20T00:00:00Z")}
		for _, workflow := range []string{"w", "w1", "v"} {
			w.series = append(w.series, labels(t, "duration", "workflow", workflow))
		}
		if n%3 == 2 { // and one that nobody else has
			w.series = append(w.series, labels(t, "duration", "workflow", string(rune('A'+n))))
		}
		all = append(all, w)
	}
	compare := func() {
		for _, w := range all {
			w.compare()
			values, err := w.scope.LabelValues("workflow")
			require.NoError(t, err)
			for _, value := range values {
				require.Contains(t, w.series, labels(t, "duration", "workflow", value), "a series of somebody else")
			}
		}
	}
	for round := range 60 {
		w := all[rng.IntN(len(all))]
		switch rng.IntN(8) {
		case 0:
			w.foldSome()
		case 1:
			root.now = root.now.Add(sealQuiet)
			require.NoError(t, root.db.Maintain(t.Context()))
		case 2:
			require.NoError(t, w.scope.Erase(t.Context()))
			clear(w.model)
		default:
			w.change()
		}
		if round%10 == 9 {
			compare()
		}
	}
	compare()
	root.check(t)
}
