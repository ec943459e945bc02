package certificate

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// served is a TLS server that answers everything with what it was told to.
func served(t *testing.T) (address string, trust *tls.Config) {
	t.Helper()
	m := &machine{}
	m.become(t, "localhost", "127.0.0.1")
	o := testOptions(t, m)
	o.Now = nil
	l, err := OpenLocal(o)
	require.NoError(t, err)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{
		Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
		ReadTimeout: time.Second, ErrorLog: nil,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(NewListener(inner, l)) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	trust, err = Trust(CAFile(o.Folder))
	require.NoError(t, err)
	return inner.Addr().String(), trust
}

func TestTheListenerSpeaksTLSAndNothingOld(t *testing.T) {
	t.Parallel()
	address, trust := served(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}}
	answer, err := client.Get("https://" + address)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, "HTTP/1.1", string(body))
	require.GreaterOrEqual(t, answer.TLS.Version, uint16(tls.VersionTLS12))
	client.CloseIdleConnections()

	old := trust.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	_, err = tls.Dial("tcp", address, old)
	require.ErrorContains(t, err, "protocol version")
	_, err = tls.Dial("tcp", address, &tls.Config{MinVersion: tls.VersionTLS12})
	require.ErrorContains(t, err, "unknown authority", "who has not installed the CA is warned")
}

// What a person types without https leads to the page; a program is told, and does not send its token in clear for ever.
func TestPlainHTTPGetsAClearAnswer(t *testing.T) {
	t.Parallel()
	address, _ := served(t)
	ask := func(lines ...string) (status int, location string) {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n")
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Contains(t, string(text), "use https://")
		return answer.StatusCode, answer.Header.Get("Location")
	}
	status, location := ask("GET /queue?x=1 HTTP/1.1", "Host: "+address, "Accept: text/html,*/*")
	require.Equal(t, http.StatusTemporaryRedirect, status)
	require.Equal(t, "https://"+address+"/queue?x=1", location)
	for _, lines := range [][]string{
		{"GET / HTTP/1.1", "Host: " + address},
		{"GET / HTTP/1.1", "Host: " + address, "Accept: text/html", "Authorization: Bearer x"},
		{"POST / HTTP/1.1", "Host: " + address, "Accept: text/html", "Content-Length: 3", "", "abc"},
		{"GET / HTTP/1.1", "Host: a/b", "Accept: text/html"},
		{"GET http://evil/ HTTP/1.1", "Host: " + address, "Accept: text/html"},
		{"PRI * HTTP/2.0", "", "SM"},
		{"GET /" + strings.Repeat("x", 3*plainHeaderMax)},
	} {
		status, location := ask(lines...)
		require.Equal(t, http.StatusBadRequest, status, "%s", lines)
		require.Empty(t, location)
	}
}
