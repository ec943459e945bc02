package gsm7

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestPlainIsAlwaysInTheAlphabet(t *testing.T) { // 3.6
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		require.Equal(t, want, Plain(in))
		_, ok := Septets(Plain(in))
		require.True(t, ok, in)
	}
	f("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
	f("„Księgowość” – 12\u00a0345…", "\"Ksiegowosc\" - 12 345...")
	f("Müller & Søn £5", "Müller & Søn £5")
	f("Київ 🙂", "???? ?")
	f("a\r\nBcc: x\tb\x00", "a  Bcc: x b ")
	f("o\u0301", "o") // a combining mark
}

func TestSeptetsCountsTheExtension(t *testing.T) {
	t.Parallel()
	n, ok := Septets("a{b}|€")
	require.True(t, ok)
	require.Equal(t, 10, n)
	_, ok = Septets("ą")
	require.False(t, ok)
	require.Equal(t, 3, Units("ą🙂"))
	require.Equal(t, 128-1, utf8.RuneCountInString(basic), "the table of 3GPP TS 23.038 less the escape")
}

func FuzzPlain(f *testing.F) {
	f.Add("zażółć gęślą jaźń")
	f.Add("\xff{|}\n€")
	f.Fuzz(func(t *testing.T, s string) {
		plain := Plain(s)
		_, ok := Septets(plain)
		require.True(t, ok)
		require.Equal(t, plain, Plain(plain))
		require.False(t, strings.ContainsAny(plain, "\r\n"))
	})
}
