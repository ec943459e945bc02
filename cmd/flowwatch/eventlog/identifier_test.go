package eventlog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
)

func TestIdentifierKeepsWhatIsOneAndRewritesTheRest(t *testing.T) {
	t.Parallel()
	f := func(name, want string) {
		t.Helper()
		require.Equal(t, want, Identifier(name))
	}
	f("register", "register")
	f("Fv:2024.03-1_a", "Fv:2024.03-1_a")
	f("take the book back", "take_the_book_back")
	f("take the_book", "take_the_book.92bd2af6f984fc0d")
	f("księguj", "ksieguj.5e711177b2f9b4ef")
	f("a/b", "a_b.c14cddc033f64b9d")
	f("active", "active.96879611650f80a8")
	f("visit:2", "visit:2.fc6f14252a45078f")
}

func TestIdentifiersOfDifferentNamesDiffer(t *testing.T) {
	t.Parallel()
	names := []string{
		"", " ", "a b", "a/b", "a.b", "a\tb", "ą b", "a  b", "a b ", "A b", "visit", "visit:1", "visit:2", "visit:2 ", "active",
		strings.Repeat("x", 56), strings.Repeat("x", 57), strings.Repeat("x", 58), strings.Repeat("工", 20), strings.Repeat("程", 20),
	}
	for _, name := range names[2:] { // what a rewritten name looks like is a name too
		if id := Identifier(name); !spaced(name, id) {
			names = append(names, id)
		}
	}
	seen := map[string]string{}
	for _, name := range names {
		id := Identifier(name)
		if other, ok := seen[id]; ok {
			require.Equal(t, other, name, "both are %s", id)
		}
		seen[id] = name
		for n := range 3 {
			require.True(t, ingest.ValidID(Visited(id, n+1)))
		}
	}
}

// spaced says that a name is an identifier but for its spaces.
func spaced(name, id string) bool {
	return strings.ReplaceAll(name, " ", "_") == strings.ReplaceAll(id, " ", "_")
}

func FuzzIdentifier(f *testing.F) {
	f.Add("take back", "take_back")
	f.Add("visit:2", "visit")
	f.Fuzz(func(t *testing.T, a, b string) {
		id := Identifier(a)
		require.True(t, ingest.ValidID(id), id)
		require.LessOrEqual(t, len(id), identifierBytesMax)
		require.NotEqual(t, "active", id)
		require.True(t, ingest.ValidName(Shown(a), nameRunesMax))
		if !spaced(a, b) && !spaced(b, a) {
			require.NotEqual(t, id, Identifier(b))
			require.NotEqual(t, Visited(id, 2), Identifier(b))
		}
	})
}
