package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// measureNumbers times metrics and trends over the history's 30 days, each request at a new range of nearly all of it.
func (h *history) measureNumbers(t *testing.T, server *child, table *figures) {
	t.Helper()
	const others = "PostgreSQL 325 ms as the seed asks, one SQL 16 ms, Prometheus 30 ms, VictoriaMetrics 5.7 ms"
	random, now := rand.New(rand.NewPCG(4, 4)), time.Now()
	span := func() string {
		from, to := random.Int64N(int64(time.Hour)), random.Int64N(int64(time.Minute))
		query := url.Values{}
		query.Set("start", now.Add(-historyDays*24*time.Hour+time.Duration(from)).UTC().Format(time.RFC3339Nano))
		query.Set("end", now.Add(-time.Duration(to)).UTC().Format(time.RFC3339Nano))
		return query.Encode()
	}
	flow := func() string {
		return fmt.Sprintf("/api/monitoring/workflows/invoice-processing-%d", random.IntN(officeFlows))
	}
	cases := []struct {
		name     string
		requests int
		target   float64
		peer     float64
		peerIs   string
		path     func() string
	}{
		{"workflow metrics, 30 days, exact percentiles", 400, 0.6, 5.7, others, func() string { return flow() + "/metrics?" + span() }},
		{"workflow trend by day, 30 days, with degradation", 400, 0, 3.6, "VictoriaMetrics 3.6 ms (average only)", func() string { return flow() + "/trend?" + span() }},
		{"organisation's trend by day, 30 days", 400, 0.6, 3.6, "PostgreSQL 126 ms, Prometheus 34 ms, VictoriaMetrics 3.6 ms (average only)",
			func() string { return "/api/monitoring/trend?" + span() }},
		{"measured values by hour, 30 days, a workflow", 200, 0, 0, "", func() string {
			return "/api/monitoring/metrics?metricTypes=execution.duration_ms&aggregation=avg&interval=1h&" + span() + fmt.Sprintf("&workflowId=invoice-processing-%d", random.IntN(officeFlows))
		}},
	}
	client := &fasthttp.HostClient{Addr: server.address, MaxConns: 1}
	for _, c := range cases {
		times := make([]time.Duration, 0, c.requests)
		size := 0
		for i := range c.requests + 20 {
			request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			request.SetRequestURI("http://" + server.address + c.path())
			request.Header.Set("Authorization", "Bearer "+childSecret)
			began := time.Now()
			require.NoError(t, client.Do(request, response))
			took := time.Since(began)
			require.Equal(t, fasthttp.StatusOK, response.StatusCode(), "%s", response.Body())
			if size = len(response.Body()); i >= 20 {
				times = append(times, took)
			}
		}
		table.add(figure{
			name: c.name, value: ms(quantile(times, 0.5)), unit: millis, target: c.target, peer: c.peer, peerIs: c.peerIs,
			note: fmt.Sprintf("p99 %.2f ms, %d bytes, %d executions in all", ms(quantile(times, 0.99)), size, h.executions),
		})
	}
}
