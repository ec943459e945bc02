package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"flowwatch/engine/fault"
)

// zstdWindowMax bounds what a frame may ask to keep in memory while it is read.
const zstdWindowMax = BodyBytesMax

// Inflater undoes the Content-Encoding of bodies, never past BodyBytesMax, so
// that a small bomb cannot become a large one. It is safe for concurrent use.
type Inflater struct {
	zstd    *zstd.Decoder
	readers sync.Pool // of *gzip.Reader
	buffers sync.Pool // of *bytes.Buffer
}

// NewInflater returns an inflater. It needs no closing.
func NewInflater() (*Inflater, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(BodyBytesMax), zstd.WithDecoderMaxWindow(zstdWindowMax))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &Inflater{zstd: decoder}, nil
}

// Inflate returns the body without its encoding: "", identity, gzip or zstd;
// another one is fault.Unsupported, what is too large fault.TooLarge, what
// cannot be read fault.Malformed. The result may be the body itself, and holds
// until release is called.
func (f *Inflater) Inflate(body []byte, encoding string) (data []byte, release func(), err error) {
	none := func() {}
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	switch encoding {
	case "", "identity":
		return body, none, nil
	case "gzip", "x-gzip", "zstd":
	default:
		return nil, none, fault.New(fault.Unsupported, "unsupported_encoding", "send gzip, zstd or identity")
	}
	buffer, ok := f.buffers.Get().(*bytes.Buffer)
	if !ok {
		buffer = new(bytes.Buffer)
	}
	buffer.Reset()
	if encoding == "zstd" {
		data, err = f.zstd.DecodeAll(body, buffer.AvailableBuffer())
		if err == nil && cap(data) > buffer.Cap() {
			*buffer = *bytes.NewBuffer(data)
		}
	} else {
		data, err = f.gunzip(body, buffer)
	}
	if err != nil {
		f.buffers.Put(buffer)
		return nil, none, inflateFault(err)
	}
	return data, func() { f.buffers.Put(buffer) }, nil
}

func (f *Inflater) gunzip(body []byte, buffer *bytes.Buffer) ([]byte, error) {
	r, ok := f.readers.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	defer f.readers.Put(r)
	if err := r.Reset(bytes.NewReader(body)); err != nil {
		return nil, err
	}
	n, err := buffer.ReadFrom(io.LimitReader(r, BodyBytesMax+1))
	if n > BodyBytesMax {
		return nil, ErrBodyTooLarge
	}
	return buffer.Bytes(), err
}

func inflateFault(err error) error {
	switch {
	case errors.Is(err, ErrBodyTooLarge), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return ErrBodyTooLarge
	}
	return fault.New(fault.Malformed, "malformed_encoding", "the body is not what its Content-Encoding says").Wrap(err)
}
