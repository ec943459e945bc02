package api

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// fullDiskEnv makes the test binary the process whose files cannot grow: the
// limit is of a whole process.
const fullDiskEnv = "FLOWWATCH_API_FULL_DISK"

// A full disk is told to who writes, and nothing of it is stored; reads and
// live connections go on, and writes do when there is room again.
func TestFullDiskIsToldAndEverythingElseGoesOn(t *testing.T) {
	t.Parallel()
	if os.Getenv(fullDiskEnv) == "" {
		binary, err := os.Executable()
		require.NoError(t, err)
		child := exec.Command(binary, "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
		child.Env = append(os.Environ(), fullDiskEnv+"=1")
		out, err := child.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	a := newAppliance(t)
	f, _ := a.subscribed("execution_updates")
	a.post(testSecret, batch(event("execution.started", "before")))
	size := a.fileSize()
	limitFiles(t, size+4<<20)
	stored, refused, got := a.fill()
	requireProblem(t, got, http.StatusServiceUnavailable, "storage_full")
	require.Regexp(t, `^[1-9]\d*$`, got.header.Get("Retry-After"))
	require.Eventually(t, func() bool { // the last pages may still take an event
		more, _, _ := a.fill()
		stored = append(stored, more...)
		ready := a.send("GET", "/readyz", "", nil)
		return ready.status == http.StatusServiceUnavailable && strings.Contains(string(ready.body), "storage full")
	}, answerLimit, time.Millisecond)
	require.Equal(t, http.StatusOK, a.send("GET", "/healthz", "", nil).status)
	requireProblem(t, a.send("GET", "/api/monitoring/executions/"+refused, testSecret, nil), http.StatusNotFound, "not_found")
	for _, id := range append(stored, "before") {
		require.Equal(t, "running", a.status(id).Status)
	}
	marked := a.mark()
	f.must("ping", nil)
	f.must("get:execution:status", map[string]string{"executionId": "before"})

	limitFiles(t, size+256<<20)
	require.Eventually(t, func() bool {
		return a.send("POST", ingestPath, testSecret, bigEvent(refused)).status == http.StatusOK
	}, answerLimit, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, a.send("GET", "/readyz", "", nil).status)
	f.await("the frame", func(got *frame) bool { return got.Data.ExecutionID == refused })
	requireRising(t, f.seen)
	a.restart()
	for _, id := range append(stored, refused) {
		require.Equal(t, "running", a.status(id).Status)
	}
	require.Len(t, get[FilingPage](a, marksPath+"?limit=100", testSecret).Items, marked)
}

const marksPath = "/api/monitoring/deadlines/zus-20/2026-11/filed"

// mark marks clients' obligations as met until a mark is refused, and requires
// that those are there which were not refused, and no others.
func (a *appliance) mark() (stored int) {
	a.t.Helper()
	for n := range 100 {
		body := `{"clientRef":"K-` + strconv.Itoa(n) + `","upo":"` + strings.Repeat("x", upoRunesMax) + `"}`
		if got := a.send("POST", marksPath, testSecret, []byte(body)); got.status != http.StatusOK {
			requireProblem(a.t, got, http.StatusServiceUnavailable, "storage_full")
			break
		}
		stored++
	}
	require.Len(a.t, get[FilingPage](a, marksPath+"?limit=100", testSecret).Items, stored)
	return stored
}

// fill starts executions until one is refused, and returns their ids and how it
// was refused.
func (a *appliance) fill() (stored []string, refused string, got answer) {
	a.t.Helper()
	for range 200 {
		id := uuid.NewString()
		if got = a.send("POST", ingestPath, testSecret, bigEvent(id)); got.status != http.StatusOK {
			return stored, id, got
		}
		stored = append(stored, id)
	}
	require.Fail(a.t, "the disk was never full")
	return nil, "", got
}

// bigEvent starts an execution with a step whose input cannot be packed.
func bigEvent(id string) []byte {
	noise := make([]byte, 100<<10)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	return []byte(batch(event("step.started", id, `,"stepId":"s","input":"`+hex.EncodeToString(noise)+`"`)))
}

func (a *appliance) fileSize() int64 {
	a.t.Helper()
	info, err := os.Stat(a.path)
	require.NoError(a.t, err)
	return info.Size()
}

// limitFiles bounds the size of every file that this process writes.
func limitFiles(t *testing.T, bytes int64) {
	t.Helper()
	var l syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l))
	l.Cur = uint64(bytes)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l))
}
