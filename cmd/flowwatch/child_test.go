package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	childStartLimit = 30 * time.Second
	childStopLimit  = 15 * time.Second
	childSecret     = "the-secret-of-a-test-appliance-0001"
)

// child is the built binary as a process of its own on one data directory. It is what an operator runs, so kills, signals, limits and
// memory are the real ones. Not safe for concurrent Start, Stop and Kill; requests may come from anywhere while it runs.
type child struct {
	binary, data, address string
	flags                 []string
	cmd                   *exec.Cmd
	output                *tail
	client                *http.Client
}

// tail keeps what a process printed, for the message of a test that went wrong.
type tail struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.b.String()
	return s[max(0, len(s)-4000):]
}

// buildBinary builds the program as it is released and returns its path.
func buildBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flowwatch")
	build := exec.Command("go", "build", "-trimpath", "-tags", "timetzdata", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// newChild prepares a process on data; nothing runs yet. Its rate limits are off, since every caller comes from one address.
func newChild(t *testing.T, binary, data string, flags ...string) *child {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	c := &child{
		binary: binary, data: data, address: address, output: &tail{},
		flags: append([]string{"serve", "--data", data, "--listen", address, "--rate-limit", "0"}, flags...),
		client: &http.Client{
			Timeout:   20 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: 256},
		},
	}
	t.Cleanup(func() { c.kill() })
	return c
}

// start runs the process and waits until it is ready; it returns the time from exec to the first good answer.
func (c *child) start(t *testing.T) time.Duration {
	t.Helper()
	c.cmd = exec.Command(c.binary, c.flags...)
	c.cmd.Env = append(os.Environ(), "FLOWWATCH_BOOTSTRAP_TOKEN="+childSecret)
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	began := time.Now()
	require.NoError(t, c.cmd.Start())
	for time.Since(began) < childStartLimit {
		if c.ready() {
			return time.Since(began)
		}
		<-time.After(time.Millisecond) // another process: there is no event to wait for
	}
	require.Fail(t, "the process never became ready", "%s", c.output)
	return 0
}

// ready says whether the process answers /readyz with 200. It dials anew each time: a kept connection belongs to a process that is gone.
func (c *child) ready() bool {
	conn, err := net.DialTimeout("tcp", c.address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err = io.WriteString(conn, "GET /readyz HTTP/1.1\r\nHost: flowwatch\r\nConnection: close\r\n\r\n"); err != nil {
		return false
	}
	status := make([]byte, len("HTTP/1.1 200"))
	_, err = io.ReadFull(conn, status)
	return err == nil && string(status) == "HTTP/1.1 200"
}

// kill ends the process as a power cut would: no handler of its own runs.
func (c *child) kill() {
	if c.cmd != nil && c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
	c.client.CloseIdleConnections()
}

// stop ends the process as an operator would and requires that it left with 0 in time.
func (c *child) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	gone := make(chan error, 1)
	go func() { gone <- c.cmd.Wait() }()
	select {
	case err := <-gone:
		require.NoError(t, err, "%s", c.output)
	case <-time.After(childStopLimit):
		_ = c.cmd.Process.Kill()
		<-gone
		require.Fail(t, "SIGTERM did not end the process in time", "%s", c.output)
	}
	c.client.CloseIdleConnections()
}

// check runs `flowwatch check` on the directory of a process that is down, and requires that all is well.
func (c *child) check(t *testing.T) {
	t.Helper()
	out, err := exec.Command(c.binary, "check", "--data", c.data).CombinedOutput()
	require.NoError(t, err, "%s", out)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Contains(t, lines[len(lines)-1], "ok", "%s", out)
}

// createToken makes an organisation and a token for it from the command line; the process must be down.
func (c *child) createToken(t *testing.T, organization, roles string) string {
	t.Helper()
	var complaint bytes.Buffer
	cmd := exec.Command(c.binary, "token", "create", "--org", organization, "--role", roles, "--data", c.data)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	require.NoError(t, err, "%s", complaint.String())
	return strings.TrimSpace(string(out))
}

// do sends one request with a token and returns status, header and body.
func (c *child) do(method, path, token string, body []byte) (int, http.Header, []byte, error) {
	request, err := http.NewRequest(method, "http://"+c.address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, answer, err
}

// get reads path into v; any status but 200 is an error that quotes the answer.
func (c *child) get(path, token string, v any) error {
	status, _, body, err := c.do(http.MethodGet, path, token, nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, status, body)
	}
	return json.Unmarshal(body, v)
}

// memory reads one line of the process's status, in bytes: VmRSS, RssAnon, RssFile.
func (c *child) memory(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		var kib int64
		if rest, found := strings.CutPrefix(line, name+":"); found {
			_, err = fmt.Sscan(rest, &kib)
			require.NoError(t, err)
			return kib << 10
		}
	}
	require.Fail(t, "no such line in the process's status", name)
	return 0
}
