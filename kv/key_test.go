package kv

import (
	"bytes"
	"cmp"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// parts is one key of every kind of part.
type parts struct {
	s string
	i int64
	u uint64
	n uint32
	b byte
}

func (p parts) append(dst []byte) []byte {
	dst = AppendString(dst, p.s)
	dst = AppendInt64(dst, p.i)
	dst = AppendUint64(dst, p.u)
	dst = AppendUint32(dst, p.n)
	return AppendByte(dst, p.b)
}

func readParts(key []byte) (p parts, rest []byte, err error) {
	if p.s, rest, err = ReadString(key); err != nil {
		return p, nil, err
	}
	if p.i, rest, err = ReadInt64(rest); err != nil {
		return p, nil, err
	}
	if p.u, rest, err = ReadUint64(rest); err != nil {
		return p, nil, err
	}
	if p.n, rest, err = ReadUint32(rest); err != nil {
		return p, nil, err
	}
	p.b, rest, err = ReadByte(rest)
	return p, rest, err
}

func (p parts) compare(q parts) int {
	return cmp.Or(cmp.Compare(p.s, q.s), cmp.Compare(p.i, q.i), cmp.Compare(p.u, q.u), cmp.Compare(p.n, q.n), cmp.Compare(p.b, q.b))
}

func FuzzKey(f *testing.F) {
	f.Add("a", "ab", int64(-1), int64(0), uint64(1), uint64(2))
	f.Add("", "\x00", int64(math.MinInt64), int64(math.MaxInt64), uint64(0), uint64(math.MaxUint64))
	f.Add("a\x00b", "a\x00\xffb", int64(5), int64(5), uint64(5), uint64(5))
	f.Add("a\x00\x01", "a", int64(256), int64(255), uint64(65536), uint64(1))
	f.Fuzz(func(t *testing.T, s1, s2 string, i1, i2 int64, u1, u2 uint64) {
		p := parts{s: s1, i: i1, u: u1, n: uint32(u1 >> 7), b: byte(u1 >> 3)}
		q := parts{s: s2, i: i2, u: u2, n: uint32(u2 >> 7), b: byte(u2 >> 3)}
		kp, kq := p.append(nil), q.append(nil)
		if got, want := bytes.Compare(kp, kq), p.compare(q); got != want {
			t.Fatalf("compare %+v and %+v: %d, want %d", p, q, got, want)
		}
		// A part in front does not disturb the order behind it, even where one string begins with the other.
		same := parts{s: s1, i: i2, u: u2, n: q.n, b: q.b}
		if got, want := bytes.Compare(kp, same.append(nil)), p.compare(same); got != want {
			t.Fatalf("compare %+v and %+v: %d, want %d", p, same, got, want)
		}
		// No string part begins with another: where one ends, no other goes on.
		if s1 != s2 && bytes.HasPrefix(AppendString(nil, s2), AppendString(nil, s1)) {
			t.Fatalf("the key of %q begins with that of %q", s2, s1)
		}
		back, rest, err := readParts(append(kp, "rest"...))
		if err != nil || back != p || string(rest) != "rest" {
			t.Fatalf("read %x: %+v, rest %q, %v", kp, back, rest, err)
		}
	})
}

func FuzzReadKeyNeverPanics(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{'a', 0, 1})
	f.Add([]byte{'a', 0, 0xFF, 0, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, rest, err := ReadString(data)
		if err == nil {
			require.Equal(t, data, append(AppendString(nil, s), rest...))
		} else {
			require.ErrorIs(t, err, ErrCorrupt)
		}
		_, _, err = readParts(data)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
		}
	})
}

func TestStringPartsSortLikeStrings(t *testing.T) {
	t.Parallel()
	ordered := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x01", "a\x01", "ab", "b", "\xff", "\xff\xff"}
	for i := range ordered[1:] {
		lower, upper := AppendString(nil, ordered[i]), AppendString(nil, ordered[i+1])
		require.Negative(t, bytes.Compare(lower, upper), "%q < %q", ordered[i], ordered[i+1])
		require.False(t, bytes.HasPrefix(upper, lower), "%q is a prefix of %q", ordered[i], ordered[i+1])
	}
}

func TestPrefixEndIsTheLeastGreaterKey(t *testing.T) {
	t.Parallel()
	f := func(prefix, want string, ok bool) {
		t.Helper()
		end, found := prefixEnd(nil, []byte(prefix))
		require.Equal(t, ok, found)
		require.Equal(t, want, string(end))
	}
	f("a", "b", true)
	f("a\xff", "b", true)
	f("a\xff\xffb\xff", "a\xff\xffc", true)
	f("\xff\xff", "", false)
	f("", "", false)
}
