package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// logTo has an appliance log everything there.
func logTo(log *lockedBuffer) func(*Options) {
	return func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

// SEC4, B-69, W13: what executions carry is in no log, whatever goes wrong.
func TestLogHoldsNothingOfWhatExecutionsCarry(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	a := newAppliance(t, logTo(&log))
	const personal = "44051401359 PL61109010140000071219812874 jan.kowalski@example.com"
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	a.post(testSecret, batch(
		event("step.failed", "e", `,"stepId":"s","stepName":"`+personal+`","input":"`+personal+`","error":{"message":"`+personal+`","stack":"`+personal+`"}`),
		event("execution.failed", "e", `,"workflowName":"`+personal+`","clientRef":"`+personal+`","tags":["`+personal[:60]+
			`"],"metadata":{"x":"`+personal+`"},"error":"`+personal+`"`)))
	f.take("execution:update")
	for _, path := range []string{
		"/executions?q=44051401359", "/search?q=44051401359", "/search?limit=0&q=44051401359", "/executions/44051401359", "/executions/e", "/executions/e/steps/s", "/workflows", "/queue",
		"/stream?type=44051401359",
	} {
		a.send("GET", "/api/monitoring"+path, testSecret, nil)
	}
	for _, body := range []string{personal, `{"type":"` + personal + `"}`, `[{"executionId":"` + personal + `"}]`} {
		a.send("POST", ingestPath, testSecret, []byte(body))
	}
	f.raw(`{"event":"` + personal + `"}`)
	f.take("error")
	f.raw(personal)
	f.closed(4400)
	a.gone()
	require.Contains(t, log.String(), "live connection closed")
	for _, word := range append(strings.Fields(personal), testSecret) {
		require.NotContains(t, log.String(), word)
	}
}

// Nothing of the server runs on after its shutdown. It runs alone, as it looks
// at the whole process.
func TestNothingRunsOnAfterAShutdown(t *testing.T) { //nolint:paralleltest // it looks at all goroutines
	a := newAppliance(t)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	left := a.follow(testSecret)
	require.NoError(t, left.conn.Close())
	a.connect()
	s := a.sse("/api/monitoring/stream", testSecret)
	a.post(testSecret, batch(event("execution.started", "e")))
	require.Equal(t, http.StatusOK, a.send("POST", "/api/admin/backup", testSecret, nil).status)
	a.stop()
	f.closed(1012)
	s.ended()
	var running bytes.Buffer
	require.Eventually(t, func() bool {
		running.Reset()
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(&running, 1))
		for _, part := range []string{"api.(*connection)", "api.(*socket)", "api.(*stream)", "api.(*Server)", "flowwatch/engine", "flowwatch/kv"} {
			if strings.Contains(running.String(), part) {
				return false
			}
		}
		return true
	}, answerLimit, 10*time.Millisecond)
	a.start() // for the clean-up
}
