package api

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"flowwatch/engine/access"
	"flowwatch/engine/fault"
)

func TestEveryKindOfErrorHasAStatus(t *testing.T) {
	t.Parallel()
	require.Len(t, statuses, int(fault.Unavailable)+1)
	for kind, status := range statuses {
		require.GreaterOrEqual(t, status, 400, "kind %d", kind)
	}
}

// B-109: whatever goes wrong, wherever, is a problem document.
func TestEveryErrorIsAProblemInTheOrderOfChecks(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	viewer, engine := a.token("", access.Viewer), a.token("", access.Integration)
	for _, c := range []struct {
		name, method, path, token, body string
		status                          int
		code                            string
	}{
		{"no token", "GET", "/api/monitoring/queue", "", "", 401, "unauthorized"},
		{"wrong token", "GET", "/api/monitoring/queue", "fw_x", "", 401, "unauthorized"},
		{"no token, unknown route", "GET", "/api/nothing", "", "", 401, "unauthorized"},
		{"no token, wrong method", "PATCH", "/api/monitoring/queue", "", "", 401, "unauthorized"},
		{"no token, huge body", "POST", ingestPath, "", strings.Repeat(" ", 1<<20), 401, "unauthorized"},
		{"token in the query", "GET", "/api/monitoring/queue?token=" + testSecret + "&access_token=" + testSecret, "", "", 401, "unauthorized"},
		{"viewer writes nonsense", "POST", ingestPath, viewer, "{", 403, "forbidden"},
		{"viewer writes a huge body", "POST", ingestPath, viewer, strings.Repeat(" ", 20<<20), 403, "forbidden"},
		{"engine reads", "GET", "/api/monitoring/executions", engine, "", 403, "forbidden"},
		{"viewer makes tokens", "POST", "/api/admin/tokens", viewer, "{}", 403, "forbidden"},
		{"viewer copies", "POST", "/api/admin/backup", viewer, "", 403, "forbidden"},
		{"unknown route", "GET", "/api/nothing", viewer, "", 404, "not_found"},
		{"unknown route below the api", "GET", "/api", viewer, "", 404, "not_found"},
		{"unknown execution", "GET", "/api/monitoring/executions/x", viewer, "", 404, "not_found"},
		{"no id", "GET", "/api/monitoring/executions/a%2Fb", viewer, "", 404, "not_found"},
		{"no id in characters", "GET", "/api/monitoring/executions/%C5%BC", viewer, "", 404, "not_found"},
		{"no id of a workflow, and nonsense", "PUT", "/api/ingest/workflows/a%20b", engine, "{", 404, "not_found"},
		{"wrong method", "DELETE", "/api/monitoring/executions/x", viewer, "", 405, "method_not_allowed"},
		{"wrong method without right", "GET", ingestPath, viewer, "", 405, "method_not_allowed"},
		{"unheard method", "BREW", "/api/monitoring/queue", viewer, "", 405, "method_not_allowed"},
		{"huge body", "POST", ingestPath, engine, strings.Repeat(" ", 9<<20), 413, "body_too_large"},
		{"body beyond reading", "POST", ingestPath, engine, strings.Repeat(" ", 20<<20), 413, "body_too_large"},
		{"nonsense", "POST", ingestPath, engine, "{", 400, "malformed_json"},
		{"nonsense about a workflow", "PUT", "/api/ingest/workflows/w", engine, "{", 400, "malformed_json"},
		{"wrong type", "PUT", "/api/ingest/workflows/w", engine, `{"name":5}`, 422, "invalid_field"},
		{"malformed query", "GET", "/api/monitoring/executions?q=%zz", viewer, "", 400, "malformed_query"},
		{"query that is not UTF-8", "GET", "/api/monitoring/executions?q=%ff", viewer, "", 400, "not_utf8"},
		{"long header", "GET", "/" + strings.Repeat("x", 8<<10), viewer, "", 431, "request_header_fields_too_large"},
		{"no page", "GET", "/", "", "", 404, "not_found"},
	} {
		got := a.send(c.method, c.path, c.token, []byte(c.body))
		require.NotPanics(t, func() { requireProblem(t, got, c.status, c.code) }, c.name)
		switch got.status {
		case http.StatusMethodNotAllowed:
			if c.method != "BREW" {
				require.NotEmpty(t, got.header.Get("Allow"), c.name)
			}
		case http.StatusUnauthorized:
			require.NotEmpty(t, got.header.Get("WWW-Authenticate"), c.name)
		}
	}
}

func TestDetailIsPolishUnlessEnglishIsPreferred(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for header, english := range map[string]bool{
		"": false, "pl": false, "de": false, "en": true, "en-GB,en;q=0.9,pl;q=0.5": true, "pl-PL,pl;q=0.9,en;q=0.8": false, "en;q=0.1,pl;q=0.2": false,
	} {
		got := requireProblem(t, a.send("GET", "/api/auth/me", "", nil, "Accept-Language", header), 401, "unauthorized")
		if english {
			require.Equal(t, "no valid token or session", got.Detail, header)
		} else {
			require.Equal(t, "Brak ważnego tokenu lub sesji.", got.Detail, header)
		}
	}
}

func TestBadQueriesSayWhichFieldIsWrong(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=101": "limit", "limit=x": "limit", "status=foo": "status", "status=running&status=done": "status",
		"priority=high": "priority", "from=yesterday": "from", "to=2026-11-23": "to", "start=2026-11-23T10:00:00": "start",
		"from=2026-11-23T10:00:00Z&to=2026-11-23T09:00:00Z": "to", "cursor=%21": "cursor", "workflowId=a%2Fb": "workflowId",
		"sort=name": "sort", "minDurationMs=-1": "minDurationMs", "maxDurationMs=1.5": "maxDurationMs", "counts=maybe": "counts",
		"q=a%00b": "q", "clientRef=" + strings.Repeat("x", 256): "clientRef",
	} {
		got := requireProblem(t, a.send("GET", "/api/monitoring/executions?"+query, testSecret, nil), 422, "invalid_field")
		require.NotEmpty(t, got.Errors, query)
		require.Equal(t, "query."+field, got.Errors[0].Location, query)
	}
	requireProblem(t, a.send("GET", "/api/monitoring/executions/active?limit=101", testSecret, nil), 422, "invalid_field")
}

// A client that sends nonsense instead of HTTP, or more than is read, gets a problem too, and can send to the end before it reads.
func TestBrokenHTTPIsAProblem(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	flood := strings.Repeat("x", 16<<20)
	for _, c := range []struct{ name, sent, status string }{
		{"nonsense", "GARBAGE\r\n\r\n", "400 Bad Request"},
		{"much nonsense", "GARBAGE\r\n\r\n" + flood, "400 Bad Request"},
		{"large header", "GET /" + flood + " HTTP/1.1\r\nHost: x\r\n\r\n", "431 Request Header Fields Too Large"},
		{"large header and body", "POST /" + flood + " HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\n" + flood, "431 Request Header Fields Too Large"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, c.sent)
		require.NoError(t, err, c.name)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		got, err := io.ReadAll(conn)
		require.NoError(t, err, c.name)
		require.Contains(t, string(got), "HTTP/1.1 "+c.status, c.name)
		require.Contains(t, string(got), problemType, c.name)
	}
}

func TestTheEndOfAHeaderIsSeenAcrossReads(t *testing.T) {
	t.Parallel()
	read, err := io.ReadAll(&headerRest{conn: iotest.OneByteReader(strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody"))})
	require.NoError(t, err)
	require.Equal(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", string(read))
}

func TestPanicBecomesAProblemWithAnID(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	c := a.server.app.AcquireCtx(&fasthttp.RequestCtx{})
	defer a.server.app.ReleaseCtx(c)
	r := route{method: "GET", path: "/boom", public: true, handle: func(*Server, *call) error { panic("boom") }}
	require.NoError(t, a.server.guard(&r)(c))
	require.Equal(t, http.StatusInternalServerError, c.Response().StatusCode())
	require.Contains(t, string(c.Response().Body()), `"instance":"urn:uuid:`)
	require.NotContains(t, string(c.Response().Body()), "boom")
}

// Fiber uses the context of a request again for the next one of its connection; what was derived from it may still be looking at it then.
func TestWorkOfARequestEndsWithTheServerAndNotWithItsConnection(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	c := a.server.app.AcquireCtx(&fasthttp.RequestCtx{})
	var derived context.Context
	r := route{method: "GET", path: "/derived", public: true, handle: func(_ *Server, k *call) error {
		require.NotSame(t, k.Ctx.Context(), k.Context())
		var cancel context.CancelFunc
		derived, cancel = context.WithCancel(k.Context())
		t.Cleanup(cancel)
		return nil
	}}
	require.NoError(t, a.server.guard(&r)(c))
	a.server.app.ReleaseCtx(c)
	require.NoError(t, derived.Err())
	require.NoError(t, a.server.Shutdown(t.Context()))
	require.ErrorIs(t, derived.Err(), context.Canceled)
}
