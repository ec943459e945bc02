package api

import (
	"net"
	"time"
)

// Limits of what is read only to be dropped.
const (
	drainBytesMax = 64 << 20
	drainTimeMax  = 5 * time.Second
	drainPause    = 200 * time.Millisecond // a client silent for so long has sent all of it
)

// drain reads and drops what a client is still sending.
func drain(conn net.Conn) {
	buffer := make([]byte, 64<<10)
	end := time.Now().Add(drainTimeMax)
	for n := 0; n < drainBytesMax && time.Now().Before(end); {
		if conn.SetReadDeadline(time.Now().Add(drainPause)) != nil {
			return
		}
		read, err := conn.Read(buffer)
		if err != nil {
			return
		}
		n += read
	}
}
