package certificate

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of a client that speaks plain HTTP where TLS is spoken.
const (
	plainHeaderMax = 4096
	plainDropMax   = 64 << 10
	plainTimeMax   = 2 * time.Second // to take the answer and leave
)

// Source is where a server's certificate comes from.
type Source interface {
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	Watch(ctx context.Context) // until ctx ends
}

// NewListener speaks TLS 1.2 or later on what inner accepts. Handshakes happen with the first read, under the deadline of who reads.
// Plain HTTP is answered: a browser that opens a page is sent to https, everybody else told to go there.
func NewListener(inner net.Listener, source Source) net.Listener {
	return &listener{Listener: inner, tls: &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: source.GetCertificate, NextProtos: []string{"http/1.1"},
	}}
}

type listener struct {
	net.Listener
	tls *tls.Config
}

// Accept never waits for a client's handshake.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(&firstLook{Conn: conn}, l.tls), nil
}

var errPlain = errors.New("certificate: plain HTTP on a TLS port")

// firstLook is a connection that looks at what comes first. TLS begins with the byte 0x16, HTTP with a capital letter.
type firstLook struct {
	net.Conn
	looked bool
}

// Read is called by one goroutine at a time.
func (c *firstLook) Read(b []byte) (int, error) {
	if c.looked {
		return c.Conn.Read(b)
	}
	n, err := c.Conn.Read(b)
	if n == 0 {
		return n, err
	}
	c.looked = true
	if b[0] < 'A' || b[0] > 'Z' {
		return n, err
	}
	c.answerPlain(bytes.Clone(b[:n]))
	return 0, errPlain
}

// answerPlain reads the header, whatever of it came, answers, and drops what still comes: a connection that is closed with something
// unread loses what was written to it last.
func (c *firstLook) answerPlain(head []byte) {
	piece := make([]byte, plainHeaderMax)
	for len(head) < plainHeaderMax && !bytes.Contains(head, []byte("\r\n\r\n")) {
		n, err := c.Conn.Read(piece)
		if err != nil {
			return
		}
		head = append(head, piece[:n]...)
	}
	_ = c.SetDeadline(time.Now().Add(plainTimeMax))
	if _, err := io.WriteString(c.Conn, plainAnswer(head)); err != nil {
		return
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c.Conn, plainDropMax)
}

// plainAnswer sends people's browsers on. Programs are not: they would go on to send their token in clear, and nobody would notice.
func plainAnswer(head []byte) string {
	const text = "This port speaks HTTPS: use https:// instead of http://.\n"
	status, location := "400 Bad Request", ""
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err == nil && r.Method == http.MethodGet && r.Header.Get("Authorization") == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html") && hostOnly(r.Host) && strings.HasPrefix(r.RequestURI, "/") {
		status, location = "307 Temporary Redirect", "Location: https://"+r.Host+r.RequestURI+"\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s",
		status, location, len(text), text)
}

// hostOnly reports whether a Host header names a host and perhaps a port, and nothing else.
func hostOnly(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-:[]", r)
	})
}
