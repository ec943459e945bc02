package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// What meta says is what the server does: each limit is driven to it and beyond.
func TestMetaSaysTheLimitsThatAreEnforced(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	limits := get[Meta](a, "/api/monitoring/meta", testSecret).Limits
	limit := func(name string) int {
		t.Helper()
		require.Positive(t, limits[name], name)
		return limits[name]
	}
	ingested := func(body string) answer { return a.send("POST", ingestPath, testSecret, []byte(body)) }

	most := limit("eventsPerRequest")
	line := func(i int) string { return event("execution.started", "e-"+strconv.Itoa(i)) }
	lines := make([]string, most+1)
	for i := range lines {
		lines[i] = line(i)
	}
	require.Equal(t, most, a.post(testSecret, batch(lines[:most]...)).Accepted)
	require.Equal(t, http.StatusRequestEntityTooLarge, ingested(batch(lines...)).status)
	room := limit("bodyBytes") - len(batch(line(0)))
	require.Equal(t, http.StatusOK, ingested(batch(line(0))+strings.Repeat(" ", room)).status)
	require.Equal(t, http.StatusRequestEntityTooLarge, ingested(batch(line(0))+strings.Repeat(" ", room+1)).status)

	tagged := func(n, runes int) answer {
		tag := make([]string, n)
		for i := range tag {
			tag[i] = fmt.Sprintf("%q", strings.Repeat("ż", runes-3)+fmt.Sprintf("%03d", i))
		}
		return ingested(batch(event("execution.started", "tagged", `,"tags":[`+strings.Join(tag, ",")+`]`)))
	}
	tags, runes := limit("tagsPerExecution"), limit("tagRunes")
	require.Equal(t, http.StatusOK, tagged(tags, runes).status)
	require.Equal(t, http.StatusUnprocessableEntity, tagged(tags+1, runes).status)
	require.Equal(t, http.StatusUnprocessableEntity, tagged(tags, runes+1).status)

	page := func(n int) int {
		return a.send("GET", fmt.Sprintf("/api/monitoring/executions?limit=%d", n), testSecret, nil).status
	}
	require.Equal(t, http.StatusOK, page(limit("pageLimit")))
	require.Equal(t, http.StatusUnprocessableEntity, page(limit("pageLimit")+1))
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions", testSecret).Items, limit("pageLimitDefault"))

	header := func(size int) int {
		return a.send("GET", "/healthz", "", nil, "X-Long", strings.Repeat("x", size)).status
	}
	require.Equal(t, http.StatusOK, header(limit("headerBytes")-1000))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, header(limit("headerBytes")))

	named := func(size int) answer {
		name := bytes.Repeat([]byte(" "), size-len(`{"name":""}`)-1)
		return a.send("POST", "/api/admin/organizations", testSecret, append([]byte(`{"name":"x`), append(name, `"}`...)...))
	}
	require.Equal(t, http.StatusCreated, a.send("POST", "/api/admin/organizations", testSecret, []byte(`{"name":"x"}`)).status)
	require.NotEqual(t, http.StatusRequestEntityTooLarge, named(limit("bodyBytesOther")).status)
	require.Equal(t, http.StatusRequestEntityTooLarge, named(limit("bodyBytesOther")+1).status)

	short := func(n int) answer {
		body := fmt.Sprintf(`{"login":"anna","roles":["viewer"],"password":%q}`, strings.Repeat("ą", n))
		return a.send("POST", usersPath, testSecret, []byte(body))
	}
	require.Equal(t, http.StatusUnprocessableEntity, short(limit("passwordRunesMin")-1).status)
	require.Equal(t, http.StatusCreated, short(limit("passwordRunesMin")).status)
}

// The limits of connections, and that those which --rate-limit 0 lifts are told as 0: none.
func TestMetaSaysTheLimitsOfLiveConnections(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	secret := a.token("", access.Viewer)
	limits := get[Meta](a, "/api/monitoring/meta", secret).Limits
	require.Equal(t, 5000, limits["authTimeoutMs"])
	streams := limits["liveConnectionsPerToken"]
	require.Positive(t, streams)
	open := func() int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/api/monitoring/stream", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+secret)
		got, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
		require.NoError(t, err)
		t.Cleanup(func() { _ = got.Body.Close() })
		return got.StatusCode
	}
	for range streams {
		require.Equal(t, http.StatusOK, open())
	}
	require.Equal(t, http.StatusTooManyRequests, open())

	hello := a.connect().had("hello").Data
	require.Equal(t, limits["authTimeoutMs"], hello.AuthTimeoutMs)
	require.Equal(t, limits["heartbeatMs"], hello.HeartbeatMs)

	lifted := newAppliance(t)
	none := get[Meta](lifted, "/api/monitoring/meta", testSecret).Limits
	for _, name := range []string{"requestsPerSecond", "requestsBurst", "liveConnectionsPerToken", "liveConnectionsPerUser", "handshakesPerSecond", "authFailuresPerSecond"} {
		require.Positive(t, limits[name], name)
		value, told := none[name]
		require.True(t, told, name)
		require.Zero(t, value, name)
	}
}

// No name is told by two packages: one of them would hide the other's.
func TestLimitsHaveOneHomeEach(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	told := map[string]bool{}
	for _, part := range a.server.limitParts() {
		for name := range part {
			require.False(t, told[name], name)
			told[name] = true
		}
	}
	require.Len(t, a.server.limits(), len(told))
}
