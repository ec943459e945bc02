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
	drainPauseMax = 2 * time.Second        // the same while more is announced
)

// drain reads and drops what a client is still sending: about as much as it
// announced, which may be unknown and then is negative.
func drain(conn net.Conn, announced int) {
	buffer := make([]byte, 64<<10)
	end := time.Now().Add(drainTimeMax)
	for n := 0; n < drainBytesMax && time.Now().Before(end); {
		pause := drainPause
		if n < announced-headerBytesMax { // a part came with the header
			pause = drainPauseMax
		}
		if conn.SetReadDeadline(time.Now().Add(pause)) != nil {
			return
		}
		read, err := conn.Read(buffer)
		if err != nil {
			return
		}
		n += read
	}
}
