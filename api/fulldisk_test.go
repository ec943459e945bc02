package api

import (
	"encoding/hex"
	"fmt"
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

// ownProcess runs the test in a process of its own, and reports whether this is it: there files may be limited.
func ownProcess(t *testing.T, limit time.Duration) bool {
	t.Helper()
	if os.Getenv(fullDiskEnv) != "" {
		signal.Ignore(syscall.SIGXFSZ)
		return true
	}
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(binary, "-test.run=^"+t.Name()+"$", "-test.timeout="+limit.String())
	child.Env = append(os.Environ(), fullDiskEnv+"=1")
	out, err := child.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return false
}

// A full disk is told to who writes, and nothing of it is stored; reads and
// live connections go on, and writes do when there is room again.
func TestFullDiskIsToldAndEverythingElseGoesOn(t *testing.T) {
	t.Parallel()
	if !ownProcess(t, time.Minute) {
		return
	}
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
	require.Equal(t, "red", a.health().Status, "B-102: nothing can be stored")
	requireProblem(t, a.send("POST", samplesPath, testSecret, []byte(wideSamples())), http.StatusServiceUnavailable, "storage_full")
	require.NotContains(t, string(a.send("GET", "/api/monitoring/system/metrics", testSecret, nil).body), "wide", "nothing of it was taken")
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
	require.Equal(t, http.StatusOK, a.send("POST", samplesPath, testSecret, []byte(wideSamples())).status)
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

// wideSamples are of series with long names, which need many pages.
func wideSamples() string {
	tags := make([]string, 16)
	for i := range tags {
		tags[i] = fmt.Sprintf(`"tag_%d":%q`, i, strings.Repeat("x", 64))
	}
	texts := make([]string, 450)
	for i := range texts {
		texts[i] = sample(fmt.Sprint("wide.", i), i, `,"tags":{`+strings.Join(tags, ",")+`}`)
	}
	return batch(texts...)
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
