package access

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

func TestAHashSaysHowItWasMadeAndMatchesOnePassword(t *testing.T) {
	t.Parallel()
	h := newHasher()
	first, err := h.make("zażółć gęślą")
	require.NoError(t, err)
	second, err := h.make("zażółć gęślą")
	require.NoError(t, err)
	assert.NotEqual(t, first, second, "each has a salt of its own")
	assert.True(t, strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$"), first)
	for password, want := range map[string]bool{"zażółć gęślą": true, "zażółć gęśla": false, "": false} {
		got, err := h.matches(first, password)
		require.NoError(t, err)
		assert.Equal(t, want, got, password)
	}
	got, err := h.matches(h.nobody, "")
	require.NoError(t, err)
	assert.False(t, got)
	assert.False(t, outdated(first))
	assert.True(t, outdated(argon2Cost{8 << 10, 1, 1}.encode(make([]byte, saltBytes), make([]byte, hashBytes))))
	for _, password := range []string{"", "1234567", strings.Repeat("x", PasswordBytesMax+1), "\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		_, err := h.make(password)
		assert.Equal(t, fault.Invalid, fault.Of(err).Kind, "%q", password)
	}
}

// Memory is bounded: those who come when many wait are sent away at once.
func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	h := newHasher()
	for range HashesAtOnceMax {
		require.NoError(t, h.enter())
	}
	h.waiting.Store(hashesWaitMax)
	_, err := h.make("a long password")
	require.ErrorIs(t, err, errHashingBusy)
	h.waiting.Store(0)
	h.leave()
	require.NoError(t, h.enter())
}

func FuzzDecodeHash(f *testing.F) {
	f.Add(costNow.encode(make([]byte, saltBytes), make([]byte, hashBytes)))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Add("$argon2id$v=19$m=99999999999999999999,t=1,p=1$AA$AA")
	f.Fuzz(func(t *testing.T, stored string) {
		cost, salt, hash, err := decodeHash(stored)
		if err != nil {
			return
		}
		again, salt2, hash2, err := decodeHash(cost.encode(salt, hash))
		require.NoError(t, err)
		require.Equal(t, cost, again)
		require.Equal(t, salt, salt2)
		require.Equal(t, hash, hash2)
	})
}
