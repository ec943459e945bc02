package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/kv"
)

const testSecret = "the-secret-of-a-test-appliance-0001"

// appliance is a real server on a real database and a real socket.
type appliance struct {
	t       *testing.T
	path    string // of the database
	options Options
	db      *kv.DB
	engine  *engine.Engine
	server  *Server
	served  chan error
	watch   string // process
	backups engine.BackupSchedule
	allow   []string // where webhooks may be sent to
	narrow  bool     // sockets hold little, so that who does not read is felt soon
	url     string
	client  *http.Client
}

func newAppliance(t *testing.T, change ...func(*Options)) *appliance {
	t.Helper()
	a := &appliance{
		t: t, path: filepath.Join(t.TempDir(), "flowwatch.db"), options: Options{Version: "test"},
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}},
	}
	for _, fn := range change {
		fn(&a.options)
	}
	a.start()
	t.Cleanup(a.stop)
	return a
}

// start opens the database and serves it at a new address.
func (a *appliance) start() {
	a.t.Helper()
	log := a.options.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(a.t, err)
	url := "http://" + ln.Addr().String()
	a.url = url
	a.db, err = kv.Open(a.path, kv.Options{})
	require.NoError(a.t, err)
	a.engine, err = engine.Open(engine.Options{DB: a.db, Logger: log, WatchProcess: a.watch, Version: "test", Backups: a.backups, WebhookAllow: a.allow,
		Address: func() string { return url }})
	require.NoError(a.t, err)
	_, err = a.engine.Access().Bootstrap(testSecret)
	require.NoError(a.t, err)
	options := a.options
	options.Engine, options.Logger = a.engine, log
	a.server, err = New(options)
	require.NoError(a.t, err)
	if a.narrow {
		ln = narrowListener{ln}
	}
	server, served := a.server, make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	a.served = served
}

const narrowBytes = 16 << 10

// narrowListener gives its connections as little room as the kernel allows.
type narrowListener struct{ net.Listener }

func (l narrowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(narrowBytes)
	}
	return conn, err
}

// newNarrowAppliance is one whose sockets hold little.
func newNarrowAppliance(t *testing.T, change ...func(*Options)) *appliance {
	t.Helper()
	a := newAppliance(t, change...)
	a.narrow = true
	a.restart()
	return a
}

// stop ends the server as the program does, and requires that what it leaves
// behind is whole.
func (a *appliance) stop() {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(a.t, a.server.Shutdown(ctx))
	require.NoError(a.t, <-a.served)
	require.NoError(a.t, a.engine.Close())
	require.NoError(a.t, a.db.Check(func(problem string) { a.t.Error(problem) }))
	require.NoError(a.t, a.db.Close())
}

// restart closes everything and opens it again on the same directory.
func (a *appliance) restart() {
	a.t.Helper()
	a.stop()
	a.start()
}

// token makes a token with the roles, in the organisation of that name or in
// default when it is "".
func (a *appliance) token(organization string, roles ...access.Role) string {
	a.t.Helper()
	if organization == "" {
		organization = "default"
	}
	o, err := a.engine.Access().EnsureOrganization(organization)
	require.NoError(a.t, err)
	_, secret, err := a.engine.Access().CreateToken(audit.System(), access.TokenInput{Name: "test", OrganizationID: o.ID, Roles: roles})
	require.NoError(a.t, err)
	return secret
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes one request; headers are pairs of name and value.
func (a *appliance) send(method, path, token string, body []byte, headers ...string) answer {
	a.t.Helper()
	r, err := http.NewRequest(method, a.url+path, bytes.NewReader(body))
	require.NoError(a.t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	response, err := a.client.Do(r)
	require.NoError(a.t, err, "%s %.200s", method, path)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	return answer{response.StatusCode, response.Header, read}
}

// post sends events and requires that they are accepted.
func (a *appliance) post(token, body string) IngestReceipt {
	a.t.Helper()
	got := a.send("POST", ingestPath, token, []byte(body))
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	return decoded[IngestReceipt](a.t, got)
}

// get reads path and requires that it is there.
func get[T any](a *appliance, path, token string) T {
	a.t.Helper()
	got := a.send("GET", path, token, nil)
	require.Equal(a.t, http.StatusOK, got.status, "%s: %s", path, got.body)
	return decoded[T](a.t, got)
}

func decoded[T any](t *testing.T, got answer) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(got.body, &v), "%s", got.body)
	return v
}

// requireProblem requires an error as RFC 9457 has it (B-109).
func requireProblem(t *testing.T, got answer, status int, code string) Problem {
	t.Helper()
	require.Equal(t, status, got.status, "%s", got.body)
	require.Equal(t, problemType, got.header.Get("Content-Type"))
	p := decoded[Problem](t, got)
	require.Equal(t, status, p.Status)
	require.Equal(t, code, p.Code, "%s", got.body)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.NotNil(t, p.Errors)
	return p
}
