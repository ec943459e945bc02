package api

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// A thousand clients that never end their bodies hold up nobody: an engine's events are taken meanwhile, at once.
func TestSlowBodiesDoNotHoldUpIngestion(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	const clients = 1000
	address := strings.TrimPrefix(a.url, "http://")
	head := func(i int) string {
		who, path, size := "", ingestPath, "Content-Length: 60000\r\n"
		switch i % 4 {
		case 0:
			who = "Authorization: Bearer " + testSecret + "\r\n"
		case 1:
			who, size = "Authorization: Bearer "+testSecret+"\r\n", "Transfer-Encoding: chunked\r\n"
		case 2:
			path = "/api/auth/login"
		}
		return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + who + size + "\r\n"
	}
	slow := make([]net.Conn, clients)
	for i := range slow {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, head(i))
		require.NoError(t, err)
		slow[i] = conn
	}
	drip := func(piece string) (open int) {
		for _, conn := range slow {
			if _, err := io.WriteString(conn, piece); err == nil {
				open++
			}
		}
		return open
	}
	drip("1\r\n[\r\n")
	for i := range 20 {
		require.Equal(t, 1, a.post(testSecret, batch(event("execution.started", fmt.Sprint("e-", i)))).Accepted)
		require.Positive(t, drip("1\r\n \r\n"), "they are still at it")
	}
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions", testSecret).Items, 20)
}

// heapHeld is how much memory is held by what is in use.
func heapHeld() int64 {
	runtime.GC()
	runtime.GC() // pools keep what they hold for one more
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Who sends slowly holds no more memory than what they may send, however large the bodies were that engines sent before on the same server: buffers
// of large bodies are not used again for small ones.
func TestSlowBodiesHoldNoLargeBuffers(t *testing.T) { // not parallel: it looks at the memory of the process
	a := newAppliance(t)
	const clients, large = 40, 4 << 20
	body := []byte(batch(event("execution.started", "e")) + strings.Repeat(" ", large))
	before := heapHeld()
	for range clients {
		require.Equal(t, http.StatusOK, a.send("POST", ingestPath, testSecret, body, "Connection", "close").status)
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "POST "+ingestPath+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n[")
		require.NoError(t, err)
	}
	require.Equal(t, http.StatusOK, a.send("GET", "/healthz", "", nil).status)
	require.Less(t, heapHeld()-before, int64(clients*large/4))
}

// Who announces a large body and sends little of it holds no more memory than what came allows, and holds up nobody.
func TestAnnouncedBodiesHoldNoMemory(t *testing.T) { // not parallel: it looks at the memory of the process
	a := newAppliance(t)
	const clients, announced = 100, 8 << 20
	large := batch(event("execution.started", "e")) + strings.Repeat(" ", 4<<20)
	require.Equal(t, http.StatusOK, a.send("POST", ingestPath, testSecret, []byte(large)).status)
	before := heapHeld()
	for i := range clients {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		size := fmt.Sprintf("Content-Length: %d\r\n\r\n", announced)
		if i%5 == 0 {
			size = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", announced)
		}
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s%s",
			ingestPath, testSecret, size, strings.Repeat(" ", []int{0, 1, 10 << 10, 20 << 10}[i%4]))
		require.NoError(t, err)
	}
	for range 10 {
		require.Equal(t, http.StatusOK, a.send("POST", ingestPath, testSecret, []byte(large)).status)
		require.Equal(t, http.StatusOK, a.send("GET", "/healthz", "", nil).status)
	}
	require.Less(t, heapHeld()-before, int64(clients*announced/20))
}

// Large bodies share a room of memory, and no organisation takes all of it: where it is full they are told to come back; small ones go on.
func TestLargeBodiesShareARoom(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	theirs := a.token("theirs", access.Integration)
	send := func(token string, spaces int) answer {
		return a.send("POST", ingestPath, token, []byte(batch(event("execution.started", "e"))+strings.Repeat(" ", spaces)))
	}
	o, err := a.engine.Access().EnsureOrganization("theirs")
	require.NoError(t, err)
	room := &a.server.bodies
	require.True(t, room.take(o.ID, bodiesOfOfficeMax-1<<20))
	got := send(theirs, 4<<20)
	requireProblem(t, got, 429, "bodies_full")
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, send(theirs, 60<<10).status)
	require.Equal(t, http.StatusOK, send(testSecret, 7<<20).status)
	require.True(t, room.take("another", bodiesOfOfficeMax-1<<20))
	requireProblem(t, send(testSecret, 7<<20), 429, "bodies_full")
	requireProblem(t, send("wrong", 7<<20), 401, "unauthorized")
	require.Equal(t, http.StatusOK, send(testSecret, 60<<10).status)
	room.giveBack("another", bodiesOfOfficeMax-1<<20)
	require.Equal(t, http.StatusOK, send(testSecret, 7<<20).status)
	room.giveBack(o.ID, bodiesOfOfficeMax-1<<20)
	require.Eventually(t, func() bool { // an answer is there before its memory is given back
		room.mu.Lock()
		defer room.mu.Unlock()
		return room.all == 0 && len(room.each) == 0
	}, answerLimit, time.Millisecond)
}

// W1: five hundred sockets that say nothing are gone after the time for signing in, each told why; those signed in stay.
func TestSilentSocketsAreClosedAfterTheTimeForSigningIn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.auth = 2 * time.Second })
	good := a.follow(testSecret)
	var ended sync.WaitGroup
	const clients = 500
	codes := make([]int, clients)
	for i := range clients {
		f := a.connect()
		ended.Go(func() {
			for range f.frames {
			}
			codes[i] = f.code
		})
	}
	require.LessOrEqual(t, a.server.live.count(), clients+1)
	ended.Wait()
	for _, code := range codes {
		require.Equal(t, 4408, code)
	}
	require.Eventually(t, func() bool { return a.server.live.count() == 1 }, answerLimit, time.Millisecond)
	good.must("get:queue:status", map[string]any{})
}

// A token in the address is no token, on any route: addresses stand in logs and histories.
func TestNoRouteTakesATokenFromTheAddress(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, r := range a.server.routes {
		if r.public {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(r.path)
		for _, name := range []string{"token", "access_token", "api_key", "apikey", "key", "auth", "authorization", "flowwatch_session"} {
			for _, value := range []string{testSecret, "Bearer%20" + testSecret} {
				got := a.send(r.method, path+"?"+name+"="+value, "", []byte("{}"))
				require.Equal(t, http.StatusUnauthorized, got.status, "%s %s %s", r.method, path, name)
			}
		}
	}
}

// raw sends a request as it stands, which HTTP libraries would tidy up first.
func (a *appliance) raw(request string) (status int, header http.Header, body string) {
	a.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
	require.NoError(a.t, err)
	defer conn.Close()
	require.NoError(a.t, conn.SetDeadline(time.Now().Add(answerLimit)))
	_, err = io.WriteString(conn, request)
	require.NoError(a.t, err)
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(a.t, err, "%q", request)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	require.NoError(a.t, err)
	return got.StatusCode, got.Header, string(text)
}

// No path leads out of the page's own files, however it is spelled.
func TestPathsLeadNowhereBesideThePage(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) {
		o.UI = fstest.MapFS{"index.html": {Data: []byte("<the page>")}, "assets/app.js": {Data: []byte("<the script>")}}
	})
	for _, path := range []string{
		"/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd",
		"/assets/....//....//etc/passwd", "//etc/passwd", "/assets//etc/passwd", `/assets/\..\..\server.go`, "/assets/%5c..%5c..%5cserver.go",
		"/assets/%00", "/assets/app.js%00.html", "/assets/server.go", "/api/../../etc/passwd", "/./../server.go", "/%252e%252e/server.go", "/assets/.%2e/%2e./server.go",
		"/proc/self/environ", "file:///etc/passwd", "/assets/", "/assets/../api/monitoring/queue",
	} {
		status, _, body := a.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		switch status {
		case http.StatusOK:
			require.Equal(t, "<the page>", body, path)
		case http.StatusNotFound, http.StatusBadRequest, http.StatusUnauthorized:
			require.NotContains(t, body, "root:", path)
		default:
			require.Fail(t, "a strange answer", "%s: %d %s", path, status, body)
		}
	}
}

// What a client says of the server's name is believed nowhere: it is in no answer, and opens nothing.
func TestForgedHostsAreNotReflected(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.UI = fstest.MapFS{"index.html": {Data: []byte("<the page>")}} })
	for _, head := range []string{
		"GET / HTTP/1.1\r\nHost: evil.example", "GET /login HTTP/1.1\r\nHost: evil.example", "GET http://evil.example/ HTTP/1.1\r\nHost: x",
		"GET /api/monitoring/queue HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;for=127.0.0.1",
		"GET /openapi.json HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer " + testSecret,
		"POST /api/admin/organizations HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 12\r\nAuthorization: Bearer " + testSecret,
		"GET /api/monitoring/ws HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nContent-Length: 12",
		"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nOrigin: null\r\nContent-Length: 12",
	} {
		connection := "Connection: close"
		if strings.Contains(head, "Upgrade:") {
			connection = "Connection: Upgrade"
		}
		status, header, body := a.raw(head + "\r\n" + connection + "\r\n\r\n{\"name\":\"n\"}")
		require.NotContains(t, body, "evil.example", head)
		require.NotContains(t, fmt.Sprint(header), "evil.example", head)
		if strings.Contains(head, "Origin:") {
			require.Equal(t, http.StatusForbidden, status, head)
		}
	}
}

// Bodies that unfold to what would fill the memory, or nest as deep as a stack, are refused by every route that takes one, and soon.
func TestBombsAreRefusedByEveryRouteThatTakesABody(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	spaces := append(bytes.Repeat([]byte(" "), 64<<20), "{}"...)
	gz, zs := packed(t, "gzip", spaces), packed(t, "zstd", spaces)
	deep := strings.Repeat("[", 1<<20)
	for _, r := range a.server.routes {
		if r.request == nil || r.method == http.MethodGet {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(r.path)
		for name, bomb := range map[string]struct {
			body    []byte
			headers []string
		}{
			"gzip": {gz, []string{"Content-Encoding", "gzip"}}, "zstd": {zs, []string{"Content-Encoding", "zstd"}},
			"depth":   {[]byte(deep), nil},
			"objects": {[]byte(strings.Repeat(`{"a":`, 200_000)), nil},
			"closed":  {[]byte(`{"name":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"), nil},
			"number":  {[]byte(`{"zzz":1e999999999,"version":1e999999999,"name":1` + strings.Repeat("0", 1<<20) + `}`), nil},
			"keys":    {[]byte(`{"name":"` + strings.Repeat(`\u0000`, 100_000) + `"}`), nil},
		} {
			began := time.Now()
			got := a.send(r.method, path, testSecret, bomb.body, bomb.headers...)
			if name == "keys" && path == "/api/admin/settings" { // a field that settings do not have, small enough to be skipped
				require.Equal(t, http.StatusOK, got.status)
				require.Contains(t, string(got.body), `"version":0`)
				continue
			}
			if path == "/api/monitoring/inbox/read" && got.status == http.StatusOK { // so are those that are no ids of lines
				require.JSONEq(t, `{"marked":0}`, string(got.body))
				continue
			}
			require.True(t, got.status >= 400 && got.status < 500, "%s %s %s: %d %.200s", name, r.method, path, got.status, got.body)
			require.Less(t, time.Since(began), 5*time.Second, "%s %s", name, path)
			if name == "gzip" || name == "zstd" {
				require.NotEqual(t, http.StatusBadRequest, got.status, "it is well formed, and too large")
			}
		}
	}
	require.Equal(t, 1, a.post(testSecret, batch(event("execution.started", "e"))).Accepted)
}
