package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// download answers with a file that is written while it is sent. Nothing is sent before its first byte is there, so that a failure until then has an
// answer; a failure later cuts the connection, so that half a file never looks whole. run starts the writer, which ends when the client goes away; what it
// writes to is valid until it returns.
func (c *call) download(name, media string, run func(write func()), write func(w io.Writer) error) error {
	written, sink := io.Pipe()
	run(func() { sink.CloseWithError(write(sink)) })
	r := bufio.NewReader(written)
	if _, err := r.Peek(1); err != nil {
		_ = written.Close()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("make %s: %w", name, err)
	}
	c.Set(fiber.HeaderContentType, media)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Ctx.Context().SetBodyStream(&downloadReader{Reader: r, written: written, conn: c.Ctx.Context().Conn()}, -1)
	return nil
}

// downloadReader gives a client time as long as it goes on reading.
type downloadReader struct {
	io.Reader
	written *io.PipeReader
	conn    net.Conn
}

// Read reads the next piece, which the client may take a minute to receive.
func (r *downloadReader) Read(p []byte) (int, error) {
	if err := r.conn.SetWriteDeadline(time.Now().Add(answerWriteTimeout)); err != nil {
		return 0, fmt.Errorf("send a file: %w", err)
	}
	return r.Reader.Read(p)
}

// Close ends the writing, also when the client went away.
func (r *downloadReader) Close() error { return r.written.Close() }
