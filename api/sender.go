package api

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"flowwatch/engine/feed"
)

const (
	writeBytesMax = 64 << 10  // written at once; a longer frame is written by itself
	writeKeptMax  = 128 << 10 // of a buffer that is kept for others
)

// writeBuffers hold frames while they are written. An idle socket has none.
var writeBuffers = sync.Pool{New: func() any { return new([]byte) }}

// write sends what is due until the end, which it tells the client. It is the
// only one that writes, so that frames don't run into each other, and gives
// each write a limit, so that a client that does not read holds up nobody for
// ever.
func (k *socket) write() {
	defer func() {
		if cause := recover(); cause != nil {
			k.panicked(cause)
			k.cut()
		}
	}()
	for {
		frames, err := k.next()
		if err != nil {
			k.sessionEnded(err)
		}
		d := k.take()
		if d.ending != nil && d.ending.withholds() {
			frames = nil
		}
		if err := k.send(frames, &d); err != nil {
			k.unsendable(err)
			return
		}
		if d.ending != nil {
			return
		}
	}
}

// send writes the frames and all that is due, together. Answers to requests
// come before the frames, except late ones.
func (k *socket) send(frames []feed.Message, d *due) error {
	pooled, ok := writeBuffers.Get().(*[]byte)
	if !ok {
		panic("BUG: api: a strange write buffer")
	}
	b := pack{socket: k, bytes: (*pooled)[:0]}
	defer func() {
		if cap(b.bytes) <= writeKeptMax {
			*pooled = b.bytes
			writeBuffers.Put(pooled)
		}
	}()
	leaves := k.utter(frames, d, func(text []byte) { b.add(opText, text) })
	if d.pong != nil {
		b.add(opPong, d.pong)
	}
	if d.beat && d.ending == nil {
		b.add(opPing, nil) // the answer shows that the client is still there
	}
	if d.ending != nil && d.ending.code != 0 && !leaves {
		b.add(opClose, websocket.FormatCloseMessage(d.ending.code, d.ending.text))
	}
	b.flush()
	return b.err
}

// utter hands out the texts of the frames and of all that is due, in the order in which they are to be sent. A text is good until the next. leaves says that
// the client closes the connection after the last.
func (k *guest) utter(frames []feed.Message, d *due, add func(text []byte)) (leaves bool) {
	if !d.expiring.IsZero() {
		add(k.dialect.expiring(d.expiring))
	}
	owed := func(late bool) {
		for _, o := range d.owed {
			if o.late == late {
				add(o.text)
			}
		}
	}
	owed(false)
	var scratch []byte
	for i := range frames {
		scratch = k.dialect.frame(scratch[:0], &frames[i])
		add(scratch)
	}
	owed(true)
	if d.beat && d.ending == nil {
		add(k.dialect.beat(k))
	}
	if d.ending != nil {
		var last [][]byte
		last, leaves = k.dialect.parting(d.ending, d.joined)
		for _, text := range last {
			add(text)
		}
	}
	return leaves
}

// unsendable ends a socket whose client is gone or does not read. It cannot be
// told: its wire is full, or in the middle of a frame.
func (k *socket) unsendable(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		k.end(closedSlow)
	} else {
		k.end(closedGone)
	}
	k.cut()
}

// pack collects frames for one write.
type pack struct {
	socket *socket
	bytes  []byte
	err    error
}

func (b *pack) add(op byte, payload []byte) {
	if len(b.bytes) > 0 && len(b.bytes)+len(payload) > writeBytesMax {
		b.flush()
	}
	b.bytes = appendMessage(b.bytes, op, payload)
}

func (b *pack) flush() {
	if b.err == nil && len(b.bytes) > 0 {
		if b.err = b.socket.raw.SetWriteDeadline(time.Now().Add(b.socket.live.times.write)); b.err == nil {
			_, b.err = b.socket.raw.Write(b.bytes)
		}
	}
	b.bytes = b.bytes[:0]
}
