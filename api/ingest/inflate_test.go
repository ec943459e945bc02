package ingest

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zstded(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(data, nil)
}

func TestEncodedBodiesAreReadWithinTheLimit(t *testing.T) {
	t.Parallel()
	inflater, err := NewInflater()
	require.NoError(t, err)
	room := &testRoom{left: 4 * BodyBytesMax}
	for _, n := range []int{0, 1, 1000, BodyBytesMax, BodyBytesMax + 1, 64 << 20} {
		plain := bytes.Repeat([]byte(" "), n)
		for encoding, body := range map[string][]byte{"gzip": gzipped(t, plain), "ZSTD ": zstded(t, plain)} {
			for range 2 { // the second reads into memory that is used again
				data, release, err := inflater.Inflate(body, encoding, room)
				if n > BodyBytesMax {
					require.Equal(t, fault.TooLarge, fault.Of(err).Kind, "%s of %d", encoding, n)
				} else {
					require.NoError(t, err, "%s of %d", encoding, n)
					require.True(t, bytes.Equal(plain, data))
				}
				release()
				require.Equal(t, 4*BodyBytesMax, room.left, "all of it was given back")
			}
		}
	}
	for _, encoding := range []string{"gzip", "zstd"} {
		_, _, err := inflater.Inflate([]byte(typical), encoding, room)
		require.Equal(t, fault.Malformed, fault.Of(err).Kind)
	}
	for _, encoding := range []string{"br", "gzip, gzip", "deflate"} {
		_, _, err = inflater.Inflate(nil, encoding, room)
		require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
	}
}

// testRoom is room for so many bytes.
type testRoom struct{ left int }

var errNoRoom = fault.New(fault.Exhausted, "full", "full")

func (r *testRoom) Take(n int) error {
	if n > r.left {
		return errNoRoom
	}
	r.left -= n
	return nil
}

func (r *testRoom) GiveBack(n int) { r.left += n }

// What a body becomes is asked for before there is more of it than anybody may have; what is small asks for nothing.
func TestInflatedBodiesTakeRoom(t *testing.T) {
	t.Parallel()
	inflater, err := NewInflater()
	require.NoError(t, err)
	for encoding, encode := range map[string]func(*testing.T, []byte) []byte{"gzip": gzipped, "zstd": zstded} {
		none := &testRoom{}
		small, release, err := inflater.Inflate(encode(t, bytes.Repeat([]byte("x"), InflatedFree/2)), encoding, none)
		require.NoError(t, err, encoding)
		require.Len(t, small, InflatedFree/2)
		release()
		_, release, err = inflater.Inflate(encode(t, bytes.Repeat([]byte("x"), 4*InflatedFree)), encoding, none)
		require.ErrorIs(t, err, errNoRoom, encoding)
		release()
		room := &testRoom{left: 64 * InflatedFree}
		large, release, err := inflater.Inflate(encode(t, bytes.Repeat([]byte("x"), 4*InflatedFree)), encoding, room)
		require.NoError(t, err, encoding)
		require.Len(t, large, 4*InflatedFree)
		require.LessOrEqual(t, room.left, 60*InflatedFree, encoding)
		release()
		require.Equal(t, 64*InflatedFree, room.left, encoding)
	}
}
