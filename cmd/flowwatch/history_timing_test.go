package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	executionsDefault = 1_000_000
	historyDays       = 30
	historyClients    = 8

	executionBytesMax = 1300              // without its points
	executionPoints   = 4 + 3*officeSteps // how it ended and how long it took, twice; of a step duration, CPU and memory
	pointBytesMax     = 45
)

// history is a data directory with very many finished executions, made through the ingest route and kept between runs.
type history struct {
	dir        string
	executions int
	rate       float64 // events a second while it was made; 0 = found made
}

// measureHistory measures reads, start, memory and disk with a long history.
func measureHistory(t *testing.T, binary string, table *figures) {
	h := openHistory(t, binary)
	if h.rate > 0 {
		table.add(figure{
			name: "sustained ingest of the history", value: h.rate, unit: perSecond, target: 60_000, atLeast: true, peer: 30_000, peerIs: "PostgreSQL 30 k/s",
			note: fmt.Sprintf("%d executions of %d events; the client writes its bodies meanwhile", h.executions, officeEvents),
		})
	}
	var starts []time.Duration
	var server *child
	for range 5 {
		if server != nil {
			server.stop(t)
		}
		server = newChild(t, binary, h.dir)
		starts = append(starts, server.start(t))
	}
	<-time.After(2 * time.Second)
	anonymous := server.memory(t, "RssAnon")
	h.requireComplete(t, server)
	h.measureLists(t, server, table)
	after := server.memory(t, "RssAnon")
	server.stop(t)
	size := directorySize(t, h.dir)
	table.add(figure{
		name: fmt.Sprintf("start with %d executions", h.executions), value: ms(median(starts)), unit: millis, target: 300,
		peer: 98, peerIs: "VictoriaMetrics 98 ms, Prometheus 670 ms",
	})
	table.add(figure{
		name: "anonymous memory after that start", value: mib(anonymous), unit: mebibytes, target: 120,
		note: fmt.Sprintf("%.1f MiB after the reads above", mib(after)),
	})
	table.add(figure{
		name: "disk an execution of 8 steps", value: float64(size) / float64(h.executions), unit: bytesEach,
		target: executionBytesMax + executionPoints*pointBytesMax, peer: 2400, peerIs: "PostgreSQL 2.4 kB, without series",
		note: fmt.Sprintf("whole data directory; target %d B and %d points of %d B", executionBytesMax, executionPoints, pointBytesMax),
	})
}

// benchExecutions is how many executions a big data set has.
func benchExecutions(t *testing.T, multipleOf int) int {
	t.Helper()
	text := os.Getenv("FLOWWATCH_BENCH_EXECUTIONS")
	if text == "" {
		return executionsDefault
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.Zero(t, n%multipleOf, "a multiple of %d", multipleOf)
	return n
}

// openHistory finds the data set of an earlier run or makes it.
func openHistory(t *testing.T, binary string) history {
	t.Helper()
	h := history{executions: benchExecutions(t, historyClients*officeBeside)}
	parent := os.Getenv("FLOWWATCH_BENCH_DIR")
	if parent == "" {
		parent = benchDir(t)
	}
	h.dir = filepath.Join(parent, "history-"+strconv.Itoa(h.executions))
	made := h.dir + ".made"
	if _, err := os.Stat(made); err == nil {
		return h
	}
	require.NoError(t, os.RemoveAll(h.dir))
	server := newChild(t, binary, h.dir)
	server.start(t)
	h.write(t, server)
	server.stop(t)
	server.check(t)
	require.NoError(t, os.WriteFile(made, nil, 0o600))
	return h
}

// write reports all executions, spread evenly over the last days in rising order, as an office's engines would have.
func (h *history) write(t *testing.T, server *child) {
	t.Helper()
	var wait sync.WaitGroup
	errs := make([]error, historyClients)
	now := time.Now()
	gap := historyDays * 24 * time.Hour / time.Duration(h.executions/historyClients)
	for i := range historyClients {
		wait.Go(func() {
			next := now.Add(-historyDays*24*time.Hour + time.Duration(i)*gap/historyClients)
			o := newOffice(uint64(1000+i), func() time.Time { next = next.Add(gap); return next })
			engine := newEngineClient(server.address, childSecret)
			total := h.executions / historyClients * officeEvents
			body := make([]byte, 0, 512<<10)
			for sent := 0; sent < total && errs[i] == nil; sent += 100 {
				n := min(100, total-sent)
				body = o.appendBatch(body[:0], n)
				errs[i] = engine.post(body, n)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	h.rate = float64(h.executions*officeEvents) / time.Since(now).Seconds()
}

// requireComplete requires that the server counts every execution as finished.
func (h *history) requireComplete(t *testing.T, server *child) {
	t.Helper()
	var page struct{ CountsByStatus map[string]int }
	require.NoError(t, server.get("/api/monitoring/executions?limit=1", childSecret, &page))
	finished := page.CountsByStatus["completed"] + page.CountsByStatus["failed"] + page.CountsByStatus["cancelled"]
	require.Equal(t, h.executions, finished, "%v", page.CountsByStatus)
}

// measureLists times pages of the list, each with another value of its filter, and every page's followers by cursor.
func (h *history) measureLists(t *testing.T, server *child, table *figures) {
	t.Helper()
	const postgres = "PostgreSQL 0.2-5 ms"
	random := rand.New(rand.NewPCG(1, 2))
	at := func(n int) string {
		return time.Now().Add(-time.Duration(n) * time.Minute).UTC().Format(time.RFC3339)
	}
	cases := []struct {
		name   string
		pages  int
		target float64
		query  func() url.Values
	}{
		{"newest", 400, 2, func() url.Values { return url.Values{} }},
		{"by time", 400, 2, func() url.Values {
			end := random.IntN(historyDays * 24 * 60)
			return url.Values{"from": {at(end + 600)}, "to": {at(end)}}
		}},
		{"by workflow", 400, 2, func() url.Values {
			return url.Values{"workflowId": {fmt.Sprintf("invoice-processing-%d", random.IntN(officeFlows))}}
		}},
		{"by client", 400, 2, func() url.Values { return url.Values{"clientRef": {officeRef(random.IntN(officeRefs))}} }},
		{"by status failed", 400, 2, func() url.Values { return url.Values{"status": {"failed"}} }},
		{"by status cancelled (1 in 200)", 400, 2, func() url.Values { return url.Values{"status": {"cancelled"}} }},
		{"by text that nothing has (20,000 candidates)", 60, 50, func() url.Values {
			return url.Values{"q": {"nothing-has-this-" + strconv.Itoa(random.IntN(1000))}}
		}},
	}
	for _, c := range cases {
		times := make([]time.Duration, 0, c.pages)
		for len(times) < c.pages {
			query, cursor := c.query(), ""
			query.Set("counts", "false")
			for range 5 {
				query.Set("cursor", cursor)
				took, next := timePage(t, server, query)
				times = append(times, took)
				if cursor = next; cursor == "" {
					break
				}
			}
		}
		table.add(figure{
			name: "list page p95, " + c.name, value: ms(quantile(times, 0.95)), unit: millis, target: c.target, peer: 5, peerIs: postgres,
			note: fmt.Sprintf("p50 %.2f ms, %d pages", ms(quantile(times, 0.5)), len(times)),
		})
	}
}

func timePage(t *testing.T, server *child, query url.Values) (time.Duration, string) {
	t.Helper()
	if query.Get("cursor") == "" {
		query.Del("cursor")
	}
	began := time.Now()
	var page struct{ NextCursor string }
	err := server.get("/api/monitoring/executions?"+query.Encode(), childSecret, &page)
	took := time.Since(began)
	require.NoError(t, err)
	return took, page.NextCursor
}

// directorySize is what the files of a directory take on the disk.
func directorySize(t *testing.T, dir string) (size int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	return size
}
