package api

import (
	"io"
	"net"
	"time"
)

// Limits of what is read only to be dropped.
const (
	drainBytesMax = 64 << 20
	drainTimeMax  = 5 * time.Second
	drainPauseMax = 2 * time.Second // a client silent for so long has given up
)

// drain reads and drops what a client is still sending of a body, to its end.
func drain(conn net.Conn, body io.Reader) {
	buffer := make([]byte, 64<<10)
	end := time.Now().Add(drainTimeMax)
	for n := 0; n < drainBytesMax && time.Now().Before(end); {
		if conn.SetReadDeadline(time.Now().Add(drainPauseMax)) != nil {
			return
		}
		read, err := body.Read(buffer)
		if err != nil {
			return
		}
		n += read
	}
}
