package channel

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/notify"
)

// Who answers leads the reader nowhere else, gives it no more than it wants, and learns nothing of the office but that it asks.
func TestReadingStaysWhereItIsSent(t *testing.T) {
	t.Parallel()
	var inside atomic.Int64
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	t.Cleanup(secret.Close)
	var headers http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers = r.Header
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, secret.URL, http.StatusFound)
		case "/large":
			fmt.Fprint(w, strings.Repeat("x", 101))
		default:
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			fmt.Fprint(w, "up 1")
		}
	}))
	t.Cleanup(server.Close)
	g := NewGetter(allowed(t, "127.0.0.1"))
	get := func(path string) (string, error) {
		text, err := g.Get(t.Context(), server.URL+path, "text/plain", 100)
		return string(text), err
	}
	_, err := get("/moved?token=tajne")
	require.ErrorContains(t, err, "redirects are not followed")
	require.NotContains(t, err.Error(), "tajne")
	require.Zero(t, inside.Load())
	_, err = get("/large")
	require.ErrorContains(t, err, "larger than 100 bytes")
	for range 2 {
		text, err := get("/")
		require.NoError(t, err)
		require.Equal(t, "up 1", text)
		require.Empty(t, headers["Cookie"])
		require.Equal(t, []string{"Flowwatch"}, headers["User-Agent"])
		require.Empty(t, headers["Authorization"])
	}
	server.Close()
	_, err = get("/?token=tajne")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "tajne")
}

// A name that was public when it was set, and is inside when it is dialled, is not reached.
func TestReadingLooksWhenItDials(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	resolver, _ := nameServer(t, "127.0.0.1")
	var none *Allow
	require.Empty(t, none.CheckURL("http://rebind.example:"+port+"/"))
	g := &Getter{newPoster(Options{}, none.guard(resolver)).client}
	_, err := g.Get(t.Context(), "http://rebind.example:"+port+"/", "text/plain", 100)
	var failure *notify.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, notify.Misconfigured, failure.Class)
	require.ErrorContains(t, err, "--webhook-allow")
	require.Zero(t, reached.Load())
}
