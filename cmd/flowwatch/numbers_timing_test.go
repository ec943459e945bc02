package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"go.etcd.io/bbolt" //nolint:depguard // counts the pages of the file that was written, which nothing in the program needs to know
)

// measureNumbers holds the numbers of a month against the peers of issue 3, in its shape, and what they take on the disk and in memory.
func measureNumbers(t *testing.T, binary string, table *figures) {
	p := openPractice(t, binary)
	table.add(figure{
		name: "ingest with series written, 100 a request, 10 clients", value: p.Rate, unit: perSecond, target: 45_000, atLeast: true,
		peer: 30_000, peerIs: "PostgreSQL 30 k/s, without series",
		note: fmt.Sprintf("%d runs of %d events and %d points, when the data set was made", p.Executions, practiceEvents, practicePoints),
	})
	server := newChild(t, binary, p.dir)
	server.start(t)
	<-time.After(2 * time.Second)
	before := server.memory(t, "RssAnon")
	p.measureReads(t, server, table)
	table.add(figure{
		name: "anonymous memory after the queries", value: mib(server.memory(t, "RssAnon")), unit: mebibytes, target: 120,
		note: fmt.Sprintf("%.1f MiB before; what reads keep ready is part of it", mib(before)),
	})
	server.stop(t)
	p.measureDisk(t, table)
	measureQueue(t, binary, table)
}

// span is a new range of nearly all 30 days: both ends move by milliseconds within an hour, so that no answer can be given twice.
func (p *practice) span(random *rand.Rand) string {
	from, to := random.Int64N(int64(time.Hour)), random.Int64N(int64(time.Hour))
	query := url.Values{}
	query.Set("start", p.Began.Add(time.Duration(from)).UTC().Format(time.RFC3339Nano))
	query.Set("end", p.Ended.Add(-time.Duration(to)).UTC().Format(time.RFC3339Nano))
	return query.Encode()
}

// measureReads asks one office after another.
func (p *practice) measureReads(t *testing.T, server *child, table *figures) {
	t.Helper()
	random := rand.New(rand.NewPCG(4, 4))
	const workflow = "/api/monitoring/workflows/flow-0"
	runs := int(practiceShare*float64(p.Executions/practiceOffices) + 1e-6)
	cases := []struct {
		name     string
		requests int
		target   float64
		peer     float64
		peerIs   string
		archive  bool
		path     func() string
	}{
		{
			name: fmt.Sprintf("workflow metrics, 30 days, exact percentiles of %d runs", runs), requests: 2000, target: 0.6, peer: 5.7,
			peerIs: "PostgreSQL 325 ms as the seed asks, one SQL 16 ms, Prometheus 30 ms, VictoriaMetrics 5.7 ms",
			path:   func() string { return workflow + "/metrics?" + p.span(random) },
		}, {
			name: fmt.Sprintf("organisation's trend by day, 30 days, %d runs", p.Executions/practiceOffices), requests: 2000, target: 0.6, peer: 3.6,
			peerIs: "PostgreSQL 126 ms, Prometheus 34 ms, VictoriaMetrics 3.6 ms (average only)",
			path:   func() string { return "/api/monitoring/trend?" + p.span(random) },
		}, {
			name: "workflow's trend by day, 30 days, with degradation", requests: 1000,
			path: func() string { return workflow + "/trend?" + p.span(random) },
		}, {
			name: fmt.Sprintf("bottlenecks, 30 days of %d runs and the 30 before", runs), requests: 100,
			path: func() string { return workflow + "/bottlenecks?" + p.span(random) },
		}, {
			name: "measured values by hour, 30 days, a workflow", requests: 500,
			path: func() string {
				return "/api/monitoring/metrics?metricTypes=execution.duration_ms&aggregation=avg&interval=1h&workflowId=flow-0&" + p.span(random)
			},
		}, {
			name: fmt.Sprintf("workflow metrics, exact percentiles of %d runs", p.Executions), requests: 300, target: 10, archive: true,
			path: func() string { return workflow + "/metrics?" + p.span(random) },
		},
	}
	for _, c := range cases {
		times, size := timeReads(t, server, c.requests, func(n int) (path, token string) {
			if c.archive {
				return c.path(), p.Archive
			}
			return c.path(), p.Offices[n%len(p.Offices)]
		})
		table.add(figure{
			name: c.name, value: ms(quantile(times, 0.5)), unit: millis, target: c.target, peer: c.peer, peerIs: c.peerIs,
			note: fmt.Sprintf("p95 %.2f ms, %d bytes, each request at a new range", ms(quantile(times, 0.95)), size),
		})
	}
}

// timeReads asks one question after another over one connection, after a few that do not count, and returns their times and the bytes of the last answer.
func timeReads(t *testing.T, server *child, requests int, next func(n int) (path, token string)) (times []time.Duration, size int) {
	t.Helper()
	const warm = 50
	client := &fasthttp.HostClient{Addr: server.address, MaxConns: 1}
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	for n := range warm + requests {
		path, token := next(n)
		request.SetRequestURI("http://" + server.address + path)
		request.Header.Set("Authorization", "Bearer "+token)
		began := time.Now()
		require.NoError(t, client.Do(request, response))
		took := time.Since(began)
		require.Equal(t, fasthttp.StatusOK, response.StatusCode(), "%s", response.Body())
		if n >= warm {
			times = append(times, took)
		}
		size = len(response.Body())
	}
	return times, size
}

// measureDisk adds up what the points take, each copy: entries and what is kept about them in the database, its free pages in proportion, and segments.
func (p *practice) measureDisk(t *testing.T, table *figures) {
	t.Helper()
	var entryPages, otherPages, used, free int64
	db, err := bbolt.Open(filepath.Join(p.dir, "flowwatch.db"), 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bbolt.Tx) error {
		free = tx.Size()
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			s := b.Stats()
			size := int64(s.BranchAlloc + s.LeafAlloc)
			used += size
			switch {
			case string(name) == "tsdb_entries":
				entryPages += size
			case strings.HasPrefix(string(name), "tsdb_"):
				otherPages += size
			}
			return nil
		})
	}))
	require.NoError(t, db.Close())
	free -= used
	points := float64(p.Executions * (practicePoints + archivePoints))
	segments := float64(directorySize(t, filepath.Join(p.dir, "segments"))) / points
	entries, rest := float64(entryPages)/points, float64(otherPages)/points
	unused := float64(free) * (entries + rest) / float64(used)
	table.add(figure{
		name: "disk a point, all copies", value: entries + rest + unused + segments, unit: bytesEach, target: pointBytesMax,
		note: fmt.Sprintf("entries %.1f, days, chunks and catalogue %.1f, their share of free pages %.1f, segments %.1f B; %.0f points",
			entries, rest, unused, segments, points),
	})
}

// measureQueue asks for the queue while ten thousand executions wait, beside the cheapest question there is.
func measureQueue(t *testing.T, binary string, table *figures) {
	const pending, batch, requests = 10_000, 100, 4_000
	server := newChild(t, binary, filepath.Join(benchDir(t), "queue"))
	server.start(t)
	defer server.stop(t)
	engine := newEngineClient(server.address, childSecret)
	for n := 0; n < pending; n += batch {
		body := []byte{'['}
		for i := range batch {
			body = fmt.Appendf(body, `{"type":"execution.queued","executionId":"q-%d","workflowId":"flow-%d","timestamp":%q},`,
				n+i, i%practiceFlows, time.Now().Add(-time.Duration(n+i)*time.Second).UTC().Format(time.RFC3339Nano))
		}
		body[len(body)-1] = ']'
		require.NoError(t, engine.post(body, batch))
	}
	var status struct{ PendingCount int }
	require.NoError(t, server.get("/api/monitoring/queue", childSecret, &status))
	require.Equal(t, pending, status.PendingCount)
	<-time.After(2 * time.Second) // let the checkpoint pass
	bare, _ := timeReads(t, server, requests, func(int) (string, string) { return "/healthz", childSecret })
	used := processor(t, server.cmd.Process.Pid)
	times, _ := timeReads(t, server, requests, func(int) (string, string) { return "/api/monitoring/queue", childSecret })
	work := ms(processor(t, server.cmd.Process.Pid)-used) / requests
	table.add(figure{
		name: fmt.Sprintf("queue status with %d pending", pending), value: ms(quantile(times, 0.5)), unit: millis, target: 0.2, peer: 3.2, peerIs: "PostgreSQL 3.2-4.8 ms",
		note: fmt.Sprintf("p95 %.2f ms, of the processor %.2f ms; GET /healthz p50 %.2f ms", ms(quantile(times, 0.95)), work, ms(quantile(bare, 0.5))),
	})
}
