package api

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

// Limits of what is read only to be dropped.
const (
	drainBytesMax   = 64 << 20
	drainTimeMax    = 5 * time.Second
	drainPauseMax   = 2 * time.Second        // a client silent for so long has given up
	unknownPauseMax = 100 * time.Millisecond // likewise, where it is not known whether anything is to come
)

// drain reads and drops what a client is still sending of a body, to its end or a pause.
func drain(conn net.Conn, body io.Reader, pauseMax time.Duration) {
	buffer := make([]byte, headerBytesMax) // no more than any request has
	end := time.Now().Add(drainTimeMax)
	for n := 0; n < drainBytesMax && time.Now().Before(end); {
		if conn.SetReadDeadline(time.Now().Add(pauseMax)) != nil {
			return
		}
		read, err := body.Read(buffer)
		if err != nil {
			return
		}
		n += read
	}
}

// drainBroken drops what is left of a request whose header was refused for cause: a connection that is closed with something unread loses
// its answer. Of a header that is too large the end is known when it comes; how much follows any header that was not understood is not.
func drainBroken(conn net.Conn, cause error) {
	if silent := net.Error(nil); errors.As(cause, &silent) && silent.Timeout() {
		return
	}
	if errors.As(cause, new(*fasthttp.ErrSmallBuffer)) {
		drain(conn, &headerRest{conn: conn}, drainPauseMax)
	}
	drain(conn, conn, unknownPauseMax)
}

var headerEnd = []byte("\r\n\r\n")

// headerRest is what is still to come of a header, to its end.
type headerRest struct {
	conn  io.Reader
	tail  []byte // what came last, shorter than headerEnd
	ended bool
}

func (h *headerRest) Read(b []byte) (n int, err error) {
	if h.ended {
		return 0, io.EOF
	}
	n, err = h.conn.Read(b)
	h.tail = append(h.tail, b[:n]...)
	h.ended = bytes.Contains(h.tail, headerEnd)
	h.tail = bytes.Clone(h.tail[max(0, len(h.tail)-len(headerEnd)+1):])
	return n, err
}
