package execution

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// B-81: an empty list is all, a list is what it names and nothing else.
func TestClientsIncludeWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, all := range []Clients{{}, OnlyClients(nil), OnlyClients([]string{})} {
		require.True(t, all.All())
		require.True(t, all.Include("K-1"))
		require.True(t, all.Include(""))
		require.Empty(t, all.Refs())
	}
	some := OnlyClients([]string{"K-2", "K-1", "K-2"})
	require.False(t, some.All())
	require.Equal(t, []string{"K-1", "K-2"}, some.Refs())
	require.True(t, some.Include("K-1"))
	require.Equal(t, some.Fingerprint(), OnlyClients([]string{"K-1", "K-2"}).Fingerprint())
	for _, other := range [][]string{nil, {"K-1"}, {"K-1K-2"}, {"K-1", "K-2", "K-3"}, {""}} {
		require.NotEqual(t, some.Fingerprint(), OnlyClients(other).Fingerprint(), other)
	}
	for _, other := range []string{"", "K", "K-10", "k-1", "K-1 "} {
		require.False(t, some.Include(other), other)
	}
	none := OnlyClients([]string{""})
	require.False(t, none.All(), "a list that names nobody hides everything")
	require.False(t, none.Include(""))
}
