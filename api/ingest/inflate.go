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
	buffers sync.Pool // of *[]byte, of InflatedFree
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

// Room gives the memory of bodies that are inflated beyond InflatedFree: it is asked before it is used, and told when it is free again. An error of Take
// is the request's.
type Room interface {
	Take(bytes int) error
	GiveBack(bytes int)
}

// InflatedFree is what a body may become without asking for room.
const InflatedFree = 64 << 10

// Inflate returns the body without its encoding: "", identity, gzip or zstd;
// another one is fault.Unsupported, what is too large fault.TooLarge, what
// cannot be read fault.Malformed. The result may be the body itself, and holds
// until release is called.
func (f *Inflater) Inflate(body []byte, encoding string, room Room) (data []byte, release func(), err error) {
	none := func() {}
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	switch encoding {
	case "", "identity":
		return body, none, nil
	case "gzip", "x-gzip", "zstd":
	default:
		return nil, none, fault.New(fault.Unsupported, "unsupported_encoding", "send gzip, zstd or identity")
	}
	h := &held{inflater: f, room: room}
	if encoding == "zstd" {
		err = h.unzstd(body)
	} else {
		err = h.gunzip(body)
	}
	if err != nil {
		h.free()
		return nil, none, inflateFault(err)
	}
	return h.data, h.free, nil
}

// held is a body that is being inflated, and its memory.
type held struct {
	inflater *Inflater
	room     Room
	data     []byte
	taken    int
	small    *[]byte // of the pool
}

// grow asks for memory of so many bytes in all: what is small is there already.
func (h *held) grow(size int) error {
	if size > InflatedFree && size > h.taken {
		if err := h.room.Take(size - h.taken); err != nil {
			return err
		}
		h.taken = size
	}
	return nil
}

func (h *held) free() {
	if h.taken > 0 {
		h.room.GiveBack(h.taken)
	}
	if h.small != nil {
		h.inflater.buffers.Put(h.small)
	}
	h.data, h.taken, h.small = nil, 0, nil
}

// begin takes a small buffer: most bodies fit.
func (h *held) begin() []byte {
	small, ok := h.inflater.buffers.Get().(*[]byte)
	if !ok {
		buffer := make([]byte, 0, InflatedFree)
		small = &buffer
	}
	h.small = small
	return (*small)[:0]
}

// unzstd asks for room when it knows how much: not more than two frames are decoded at a time.
func (h *held) unzstd(body []byte) (err error) {
	if h.data, err = h.inflater.zstd.DecodeAll(body, h.begin()); err != nil {
		return err
	}
	return h.grow(cap(h.data))
}

func (h *held) gunzip(body []byte) error {
	f := h.inflater
	r, ok := f.readers.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	defer f.readers.Put(r)
	if err := r.Reset(bytes.NewReader(body)); err != nil {
		return err
	}
	h.data = h.begin()
	for {
		n, err := r.Read(h.data[len(h.data):cap(h.data)])
		h.data = h.data[:len(h.data)+n]
		switch {
		case len(h.data) > BodyBytesMax:
			return ErrBodyTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if len(h.data) < cap(h.data) {
			continue
		}
		next := min(2*cap(h.data), BodyBytesMax+1) // one more, to see that it is too large
		if err := h.grow(next); err != nil {
			return err
		}
		h.data = append(make([]byte, 0, next), h.data...)
	}
}

func inflateFault(err error) error {
	switch {
	case fault.Of(err).Kind == fault.Exhausted:
		return err
	case errors.Is(err, ErrBodyTooLarge), errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return ErrBodyTooLarge
	}
	return fault.New(fault.Malformed, "malformed_encoding", "the body is not what its Content-Encoding says").Wrap(err)
}
