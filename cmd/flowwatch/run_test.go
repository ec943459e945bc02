package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	testStartLimit = 20 * time.Second
	testPollEvery  = 5 * time.Millisecond
)

// result is what a command left.
type result struct {
	code           int
	stdout, stderr string
}

// flowwatch runs the program in this process, to its end.
func flowwatch(t *testing.T, args ...string) result {
	t.Helper()
	return flowwatchReading(t, "", args...)
}

// flowwatchReading is flowwatch with something on its standard input.
func flowwatchReading(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// require that a command went well.
func (r result) requireDone(t *testing.T) result {
	t.Helper()
	require.Equal(t, exitDone, r.code, "%s%s", r.stdout, r.stderr)
	return r
}

// requireLine requires the exit code and that standard error is one line of the program with all the given words in it.
func (r result) requireLine(t *testing.T, code int, words ...string) {
	t.Helper()
	require.Equal(t, code, r.code, "%s%s", r.stdout, r.stderr)
	require.Regexp(t, `\Aflowwatch: [^\n]+\n\z`, r.stderr)
	for _, word := range words {
		require.Contains(t, r.stderr, word)
	}
}

// output is what a running command prints, safe to read meanwhile.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// running is a command that goes on until it is stopped: serve or demo, in this process.
type running struct {
	url            string
	stdout, stderr output
	cancel         context.CancelFunc
	ended          chan int
}

var servedURL = regexp.MustCompile(`(https?://[^/]+)/(?:login|setup)`)

// begin starts a command and waits for the link that it prints.
func begin(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{cancel: cancel, ended: make(chan int, 1)}
	go func() { r.ended <- run(ctx, args, nil, &r.stdout, &r.stderr) }()
	t.Cleanup(func() {
		cancel()
		if r.ended != nil {
			<-r.ended
		}
	})
	require.Eventually(t, func() bool {
		found := servedURL.FindStringSubmatch(r.stdout.String())
		if found == nil {
			return false
		}
		r.url = found[1]
		return true
	}, testStartLimit, testPollEvery, "%s", &r.stderr)
	return r
}

// serveOn is `serve` on a data directory, at any port.
func serveOn(t *testing.T, data string, flags ...string) *running {
	t.Helper()
	return begin(t, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--rate-limit", "0"}, flags...)...)
}

// stop ends a command as a signal does, and requires that it was content.
func (r *running) stop(t *testing.T) {
	t.Helper()
	r.cancel()
	require.Equal(t, exitDone, <-r.ended, "%s", &r.stderr)
	r.ended = nil
}

// tokenFor makes a token on a directory that nobody uses.
func tokenFor(t *testing.T, data, organization, roles string) string {
	t.Helper()
	made := flowwatch(t, "token", "create", "--org", organization, "--role", roles, "--data", data).requireDone(t)
	return strings.TrimSpace(made.stdout)
}

// read gets a path with a token; any status but 200 is an error of the test.
func read(t *testing.T, server, token, path string, into any) {
	t.Helper()
	status, body := ask(t, server, token, path)
	require.Equal(t, http.StatusOK, status, "%s: %s", path, body)
	require.NoError(t, json.Unmarshal(body, into))
}

func ask(t *testing.T, server, token, path string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+path, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, body
}

// send sends a JSON body without a token.
func send(t *testing.T, method, url, body string) (int, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode, answer.Header
}

// counts is the number of executions by status.
func counts(t *testing.T, server, token string) map[string]int {
	t.Helper()
	var page struct{ CountsByStatus map[string]int }
	read(t, server, token, "/api/monitoring/executions?limit=1", &page)
	return page.CountsByStatus
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// empty is a path where there is nothing yet.
func empty(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

// file writes a file of the test and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// newer makes a directory look as if a later version of the program had written it: the layout number follows its key in the file.
func newer(t *testing.T, database string) {
	t.Helper()
	content, err := os.ReadFile(database)
	require.NoError(t, err)
	key := []byte("layout\x00\x00\x00")
	require.Positive(t, bytes.Count(content, key))
	for at := 0; ; {
		found := bytes.Index(content[at:], key)
		if found < 0 {
			break
		}
		at += found + len(key)
		content[at] = 99
	}
	require.NoError(t, os.WriteFile(database, content, 0o600))
}
