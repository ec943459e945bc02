package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/cmd/flowwatch/certificate"
)

// encrypted is a client that has installed the CA of a data directory.
func encrypted(t *testing.T, data string) *http.Client {
	t.Helper()
	trust, err := certificate.Trust(certificate.CAFile(directory(data).tlsFolder()))
	require.NoError(t, err)
	transport := &http.Transport{TLSClientConfig: trust}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: testStartLimit}
}

// reply is an answer whose body has been read.
type reply struct {
	StatusCode int
	Header     http.Header
}

func call(t *testing.T, client *http.Client, method, url, body string, headers ...string) (reply, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return reply{answer.StatusCode, answer.Header}, string(text)
}

// Decision 9: an office's address needs nothing but --tls auto, and a restart keeps what computers have installed.
func TestServeSpeaksTLSOnTheNetworkOfTheOffice(t *testing.T) {
	t.Parallel()
	data := empty(t)
	server := begin(t, "serve", "--data", data, "--listen", "0.0.0.0:0", "--tls", "auto", "--tls-name", "monitor.kowalski.pl")
	require.Regexp(t, `^https://localhost:\d+$`, server.url)
	client := encrypted(t, data)
	answer, installed := call(t, client, "GET", server.url+"/ca.crt", "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "application/x-x509-ca-cert", answer.Header.Get("Content-Type"))
	require.Empty(t, answer.Header.Get("Strict-Transport-Security"), "it would lock people out of a host whose CA they have not installed")
	block, rest := pem.Decode([]byte(installed))
	require.NotNil(t, block)
	require.Empty(t, rest, "the key stays")
	ca, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.True(t, ca.IsCA)
	require.Contains(t, server.stdout.String(), "/ca.crt\nIts SHA-256 fingerprint: ")

	// The set-up link counts on other machines, since they are meant to reach the server; its session only goes back encrypted.
	key := regexp.MustCompile(`#key=(\S+)`).FindStringSubmatch(server.stdout.String())
	require.Len(t, key, 2)
	host := server.url
	in := `{"key":"` + key[1] + `","login":"anna","password":"a long password"}`
	answer, text := call(t, client, "POST", host+"/api/auth/setup", in, "Origin", "http://"+strings.TrimPrefix(host, "https://"))
	require.Equal(t, http.StatusForbidden, answer.StatusCode, "anybody may answer for a page of plain HTTP")
	require.Contains(t, text, "foreign_origin")
	answer, _ = call(t, client, "POST", host+"/api/auth/setup", in, "Origin", host)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	cookie := answer.Header.Get("Set-Cookie")
	for _, word := range []string{"secure", "HttpOnly", "SameSite=Strict"} {
		require.Contains(t, cookie, word)
	}

	plain, _ := call(t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		"GET", strings.Replace(host, "https", "http", 1)+"/queue", "", "Accept", "text/html")
	require.Equal(t, host+"/queue", plain.Header.Get("Location"))
	server.stop(t)

	server = begin(t, "serve", "--data", data, "--listen", "0.0.0.0:0", "--tls", "auto", "--tls-name", "monitor.kowalski.pl")
	_, again := call(t, encrypted(t, data), "GET", server.url+"/ca.crt", "")
	require.Equal(t, installed, again)
	server.stop(t)
	flowwatch(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--tls", "auto", "--tls-name", "other.pl").
		requireLine(t, exitWrong, "does not vouch for other.pl")

	other := serveOn(t, empty(t))
	status, _ := ask(t, other.url, "", "/ca.crt")
	require.Equal(t, http.StatusNotFound, status, "without a local CA there is none")
}

func TestCommandsAskServersOfTLS(t *testing.T) { // not parallel: the environment is the process's
	data := empty(t)
	secret := tokenFor(t, data, "default", "integration,viewer,org_admin,appliance_admin")
	server := begin(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--tls", "auto")
	ca := certificate.CAFile(directory(data).tlsFolder())
	events := file(t, "events.ndjson", eventLine("1", "execution.started")+"\n")
	commands := [][]string{
		{"import", events, "--format", "ndjson"}, {"simulate", "--rate", "50", "--duration", "100ms"},
		{"token", "create", "--org", "default", "--role", "viewer"}, {"backup", "--out", filepath.Join(t.TempDir(), "b.fwb")},
	}
	for _, command := range commands {
		command = append(command, "--server", server.url, "--token", secret)
		flowwatch(t, append(command, "--ca", events)...).requireLine(t, exitWrong, events+" holds no certificate")
		refused := flowwatch(t, command...)
		require.Equal(t, exitWrong, refused.code)
		require.Contains(t, refused.stderr, "name its file with --ca")
		flowwatch(t, append(command, "--ca", ca)...).requireDone(t)
	}
	address := strings.TrimPrefix(server.url, "https://")
	require.Equal(t, "ready\n", flowwatch(t, "healthcheck", "--listen", address, "--tls", "auto", "--data", data).requireDone(t).stdout)
	require.Equal(t, "ready\n", flowwatch(t, "healthcheck", "--server", server.url, "--ca", ca).requireDone(t).stdout)
	flowwatch(t, "healthcheck", "--listen", address).requireLine(t, exitWrong, "use https://")
	t.Setenv("FLOWWATCH_DATA", data) // as in a container
	t.Setenv("FLOWWATCH_TLS", "auto")
	t.Setenv("FLOWWATCH_LISTEN", address)
	flowwatch(t, "healthcheck").requireDone(t)
	flowwatch(t, "import", events, "--format", "ndjson", "--server", server.url, "--token", secret).requireDone(t)
	server.stop(t)
}

// A certificate that somebody else made, for a name that is not the machine's own.
func TestServeTakesACertificateFromFiles(t *testing.T) {
	t.Parallel()
	folder, data := t.TempDir(), empty(t)
	named, err := certificate.ParseNames([]string{"monitor.kowalski.pl"})
	require.NoError(t, err)
	only := func() (certificate.Names, error) { return named, nil }
	local, err := certificate.OpenLocal(certificate.LocalOptions{Folder: folder, Machine: only})
	require.NoError(t, err)
	pair := filepath.Join(folder, "server.pem")
	flags := []string{"--tls-cert", pair, "--tls-key", pair}
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}
	server := begin(t, append(append(serve, "--rate-limit", "0"), flags...)...)
	address := strings.TrimPrefix(server.url, "https://")
	flowwatch(t, append([]string{"healthcheck", "--listen", address}, flags...)...).requireDone(t)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(local.CA()))
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: "monitor.kowalski.pl", MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	server.stop(t)

	flowwatch(t, append(serve, "--tls-cert", pair)...).requireLine(t, exitUsage, "--tls-cert and --tls-key belong together")
	flowwatch(t, append(append(serve, "--tls", "auto"), flags...)...).requireLine(t, exitUsage, "exclude each other")
	flowwatch(t, append(serve, "--tls-name", "x")...).requireLine(t, exitUsage, "--tls-name needs --tls auto")
	flowwatch(t, append(serve, "--tls", "auto", "--tls-name", "*")...).requireLine(t, exitUsage, "neither a DNS name nor an address")
	flowwatch(t, append(serve, "--tls-cert", pair+"x", "--tls-key", pair)...).requireLine(t, exitWrong, "read the certificate", pair+"x")
}

// secureFrame is what the test looks at of a live frame.
type secureFrame struct {
	Event string
	Data  struct {
		Success bool
		Status  string
	}
}

// Live updates over TLS, with real clients of both kinds; the server goes on its way within its time though both are open.
func TestLiveUpdatesComeOverTLS(t *testing.T) {
	t.Parallel()
	data := empty(t)
	secret := tokenFor(t, data, "default", "integration,viewer")
	server := begin(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--tls", "auto")
	client := encrypted(t, data)
	trust, err := certificate.Trust(certificate.CAFile(directory(data).tlsFolder()))
	require.NoError(t, err)

	dialer := websocket.Dialer{TLSClientConfig: trust, Subprotocols: []string{"flowwatch.v1"}, HandshakeTimeout: testStartLimit}
	socket, answer, err := dialer.DialContext(t.Context(), "wss"+strings.TrimPrefix(server.url, "https")+"/api/monitoring/ws",
		http.Header{"Origin": {server.url}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
	defer socket.Close()
	require.NoError(t, answer.Body.Close())
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(testStartLimit)))
	next := func(event string) (f secureFrame) {
		t.Helper()
		for f.Event != event {
			f = secureFrame{}
			require.NoError(t, socket.ReadJSON(&f))
		}
		return f
	}
	next("hello")
	require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"event":"auth","data":{"token":"`+secret+`"}}`)))
	require.True(t, next("ack").Data.Success)
	require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(`{"id":2,"event":"subscribe","data":{"type":"execution_updates"}}`)))
	require.True(t, next("ack").Data.Success)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.url+"/api/monitoring/stream?type=execution_updates", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+secret)
	stream, err := client.Do(request)
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	require.True(t, lines.Scan())

	posted, text := call(t, client, "POST", server.url+"/api/ingest/events", eventLine("1", "execution.started"), "Authorization", "Bearer "+secret)
	require.Equal(t, http.StatusOK, posted.StatusCode, text)
	var receipt api.IngestReceipt
	require.NoError(t, json.Unmarshal([]byte(text), &receipt))
	require.Equal(t, 1, receipt.Accepted)
	require.Equal(t, "running", next("execution:update").Data.Status)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	require.Contains(t, lines.Text(), `"status":"running"`)
	server.stop(t)
	next("goaway")
	_, _, err = socket.ReadMessage()
	require.True(t, websocket.IsCloseError(err, websocket.CloseServiceRestart), "%v", err)
}

// The demo's office reports to a server of TLS too.
func TestDemoPlaysOverTLS(t *testing.T) {
	t.Parallel()
	data := empty(t)
	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0", "--tls", "auto")
	require.True(t, strings.HasPrefix(demo.url, "https://"))
	answer, _ := call(t, encrypted(t, data), "GET", demo.url+"/readyz", "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	demo.stop(t)
}

// A client that never ends its handshake takes no place from others.
func TestSilentClientsOfTLSAreLeftBehind(t *testing.T) {
	t.Parallel()
	data := empty(t)
	server := begin(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--tls", "auto")
	for range 50 {
		silent, err := net.Dial("tcp", strings.TrimPrefix(server.url, "https://"))
		require.NoError(t, err)
		defer silent.Close()
	}
	answer, _ := call(t, encrypted(t, data), "GET", server.url+"/healthz", "")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	info, err := os.Stat(filepath.Join(data, "tls", "ca.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
