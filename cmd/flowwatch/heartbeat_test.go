package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/engine"
)

// A dead man's switch hears the appliance while it works; when it cannot be reached, health says so, and the log once.
func TestHeartbeatIsHeardWhileAllIsWell(t *testing.T) {
	t.Parallel()
	var heard, answer atomic.Int64
	answer.Store(http.StatusOK)
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ping/secret-key" {
			t.Errorf("a redirect was followed to %s", r.URL)
		}
		heard.Add(1)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(answer.Load()))
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
	}))
	defer outside.Close()
	data := empty(t)
	token := tokenFor(t, data, "default", "viewer")
	operator := tokenFor(t, data, "default", "appliance_admin")
	server := serveOn(t, data, "--heartbeat", outside.URL+"/ping/secret-key", "--heartbeat-every", "20ms")
	beats := func(n int64) {
		t.Helper()
		from := heard.Load()
		require.Eventually(t, func() bool { return heard.Load() >= from+n }, testStartLimit, testPollEvery)
	}
	codes := func() (all []string) {
		t.Helper()
		var health engine.SystemHealth
		read(t, server.url, token, "/api/monitoring/system/health", &health)
		for _, w := range health.Warnings {
			if w.Code == "heartbeat_unheard" {
				require.NotEmpty(t, w.Message)
				require.Contains(t, health.Reasons, w.Message)
				require.NotEqual(t, "green", health.Status)
				all = append(all, w.Code)
			}
		}
		return all
	}
	beats(3)
	require.Empty(t, codes())
	state := func() (h api.Heartbeat) {
		t.Helper()
		read(t, server.url, operator, "/api/admin/heartbeat", &h)
		return h
	}
	require.True(t, state().Enabled)
	require.EqualValues(t, 20, state().EveryMs)
	require.Equal(t, strings.TrimPrefix(outside.URL, "http://"), *state().Host)
	require.Eventually(t, func() bool { return state().HeardAt.Present() }, testStartLimit, testPollEvery)
	for _, status := range []int64{http.StatusInternalServerError, http.StatusFound} {
		answer.Store(status)
		beats(5)
		require.Len(t, codes(), 1)
		require.Positive(t, state().Failures)
		answer.Store(http.StatusNoContent)
		require.Eventually(t, func() bool { return len(codes()) == 0 }, testStartLimit, testPollEvery)
	}
	require.Equal(t, 2, strings.Count(server.stderr.String(), "the heartbeat was not heard"))
	outside.CloseClientConnections()
	outside.Close()
	require.Eventually(t, func() bool { return len(codes()) == 1 }, testStartLimit, testPollEvery)
	server.stop(t)
	require.Equal(t, 3, strings.Count(server.stderr.String(), "the heartbeat was not heard"))
	require.NotContains(t, server.stderr.String(), "secret-key", "who knows the address can keep the alarm silent")
	for _, wrong := range []string{"hc.example.com", "ftp://hc.example.com", "http://"} {
		flowwatch(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--heartbeat", wrong).requireLine(t, exitUsage, "--heartbeat is not an address")
	}
}

// An appliance that answers but does not work is silent, which is what raises the alarm.
func TestAnIllApplianceSendsNoHeartbeat(t *testing.T) {
	t.Parallel()
	var heard atomic.Int64
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer outside.Close()
	var ill error
	var log bytes.Buffer
	h := newHeartbeat(outside.URL, func(context.Context) error { return ill }, func(int) {}, slog.New(slog.NewTextHandler(&log, nil)))
	h.beat(t.Context())
	require.EqualValues(t, 1, heard.Load())
	ill = errors.New("the writer does not answer")
	h.beat(t.Context())
	h.beat(t.Context())
	require.EqualValues(t, 1, heard.Load())
	require.Equal(t, 1, strings.Count(log.String(), "the writer does not answer"))
	ill = nil
	h.beat(t.Context())
	require.EqualValues(t, 2, heard.Load())
}
