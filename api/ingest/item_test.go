package ingest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestForeignIDsSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	i := Item{decoder: new(decoder)}
	for want, in := range map[string][2]string{
		"n8n:231":                               {"", "231"},
		"n8n:biuro:231":                         {"biuro", "231"},
		"n8n:biuro:manual__2026-11-23T10:00:00": {"biuro", "manual__2026-11-23T10:00:00"},
		"":                                      {"biuro", ""},
	} {
		require.Equal(t, want, i.ID("n8n", []byte(in[0]), []byte(in[1])))
	}
	long := i.ID("n8n", []byte(strings.Repeat("a", 300)), []byte(strings.Repeat("b", 300)))
	require.Len(t, long, idBytesMax)
	require.True(t, ValidID(long))
	require.NotEqual(t, EventID([]byte("a"), []byte("bc")), EventID([]byte("ab"), []byte("c")))
	require.NotEqual(t, EventID([]byte("a")), EventID([]byte("a"), nil))
	require.Equal(t, "klient:K-1", i.Tag([]byte("klient"), []byte("K-1")))
	require.Equal(t, strings.Repeat("ż", TagRunesMax), i.Tag([]byte(strings.Repeat("ż", 70)), []byte("true")))
	require.Empty(t, i.Tag(nil, []byte("x")))
}

// FuzzForeignID: any id becomes one of ours, and no two the same.
func FuzzForeignID(f *testing.F) {
	f.Add("/engine/ksef", "a b", "a-b")
	f.Add(strings.Repeat("x", 200), strings.Repeat("y", 200), strings.Repeat("y", 201))
	f.Add("", "ż", "-")
	f.Fuzz(func(t *testing.T, instance, one, other string) {
		i := Item{decoder: new(decoder)}
		a, b := i.ID("x", []byte(instance), []byte(one)), i.ID("x", []byte(instance), []byte(other))
		require.Equal(t, one == "", a == "")
		require.True(t, a == "" || ValidID(a), a)
		require.Equal(t, one == other, a == b, "%q %q", a, b)
		require.Equal(t, a, i.ID("x", []byte(instance), []byte(one)))
		if utf8.ValidString(one) {
			require.True(t, ValidName(i.Name([]byte(one)), NameRunesMax))
			require.LessOrEqual(t, len(i.running([]byte(one), 100)), 100+len("…"))
		}
	})
}
