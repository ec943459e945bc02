package api

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"flowwatch/engine/execution"
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
	b.addOwed(d.owed, false)
	for i := range frames {
		b.add(opText, frames[i].Text)
	}
	b.addOwed(d.owed, true)
	if d.pong != nil {
		b.add(opPong, d.pong)
	}
	if d.beat && d.ending == nil {
		seq, sent := k.session.Heartbeat()
		b.add(opText, frameText(answerFrame{Event: "heartbeat", Data: heartbeatData{
			Seq: seq, Sent: sent, TS: execution.At(k.server.engine.Now()),
		}}))
		b.add(opPing, nil) // the answer shows that the client is still there
	}
	if d.ending != nil && d.ending.code != 0 {
		b.add(opClose, websocket.FormatCloseMessage(d.ending.code, d.ending.text))
	}
	b.flush()
	return b.err
}

// sessionEnded ends the socket with its session at the hub.
func (k *socket) sessionEnded(err error) {
	why := closingOf(err)
	if why == closedBroken {
		k.server.log.Error("a live session failed", "principal", k.principal.ID, "err", err)
	}
	k.end(why)
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

// addOwed adds the texts that are late, or those that are not.
func (b *pack) addOwed(all []owed, late bool) {
	for _, o := range all {
		if o.late == late {
			b.add(opText, o.text)
		}
	}
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
