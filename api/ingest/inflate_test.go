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
	for _, n := range []int{0, 1, 1000, BodyBytesMax, BodyBytesMax + 1, 64 << 20} {
		plain := bytes.Repeat([]byte(" "), n)
		for encoding, body := range map[string][]byte{"gzip": gzipped(t, plain), "ZSTD ": zstded(t, plain)} {
			for range 2 { // the second reads into memory that is used again
				data, release, err := inflater.Inflate(body, encoding)
				if n > BodyBytesMax {
					require.Equal(t, fault.TooLarge, fault.Of(err).Kind, "%s of %d", encoding, n)
				} else {
					require.NoError(t, err, "%s of %d", encoding, n)
					require.True(t, bytes.Equal(plain, data))
				}
				release()
			}
		}
	}
	for _, encoding := range []string{"gzip", "zstd"} {
		_, _, err := inflater.Inflate([]byte(typical), encoding)
		require.Equal(t, fault.Malformed, fault.Of(err).Kind)
	}
	for _, encoding := range []string{"br", "gzip, gzip", "deflate"} {
		_, _, err = inflater.Inflate(nil, encoding)
		require.Equal(t, fault.Unsupported, fault.Of(err).Kind)
	}
}
