package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// engineClient is one engine's connection. Bodies are made ahead of time, so that what is measured is the server.
type engineClient struct {
	http     fasthttp.HostClient
	request  fasthttp.Request
	response fasthttp.Response
}

func newEngineClient(address, token string) *engineClient {
	c := &engineClient{http: fasthttp.HostClient{Addr: address, MaxConns: 1, MaxResponseBodySize: 1 << 20}}
	c.request.SetRequestURI("http://" + address + "/api/ingest/events")
	c.request.Header.SetMethod("POST")
	c.request.Header.SetContentType("application/json")
	c.request.Header.Set("Authorization", "Bearer "+token)
	return c
}

// post sends one body and requires that all its events are taken as new.
func (c *engineClient) post(body []byte, events int) error {
	c.request.SetBodyRaw(body)
	if err := c.http.Do(&c.request, &c.response); err != nil {
		return err
	}
	var receipt struct{ Accepted, Duplicates int }
	if err := json.Unmarshal(c.response.Body(), &receipt); err != nil {
		return fmt.Errorf("answer %q: %w", c.response.Body(), err)
	}
	if c.response.StatusCode() != fasthttp.StatusOK || receipt.Accepted != events || receipt.Duplicates != 0 {
		return fmt.Errorf("%d events: answer %d %s", events, c.response.StatusCode(), c.response.Body())
	}
	return nil
}

// load is one way to write: how many engines, of how many organisations, how many events a request, how many requests an engine.
type load struct {
	clients, perRequest, requests int
	body                          func(client, request int) []byte // of perRequest events; nil: what offices write, failures among it
}

// measureIngest writes in five ways to a fresh server each, client and server on the same machine.
func measureIngest(t *testing.T, binary string, table *figures) {
	const sketch = "PostgreSQL 30 k/s; sketch over HTTP 83-110 k/s"
	cases := []struct {
		name          string
		load          load
		organizations int
		target, peer  float64
		peerIs        string
	}{
		{"durable ingest, 100 a request, 8 clients", load{8, 100, 700, nil}, 1, 60_000, 30_000, sketch},
		{"durable ingest, 100 a request, 16 clients", load{16, 100, 350, nil}, 1, 60_000, 30_000, sketch},
		{"the same, five organisations, 8 clients", load{8, 100, 700, nil}, 5, 60_000, 30_000, sketch},
		{"the same, five organisations, 16 clients", load{16, 100, 350, nil}, 5, 60_000, 30_000, sketch},
		{"one event a request, 64 clients", load{64, 1, 2_000, nil}, 1, 15_000, 6_000, "PostgreSQL 3.5-6 k/s (16 clients)"},
		{"one event a request, 1 client", load{1, 1, 8_000, nil}, 1, 1_800, 2_200, "PostgreSQL 0.9-2.2 k/s"},
	}
	for _, c := range cases {
		server := newChild(t, binary, filepath.Join(benchDir(t), "ingest"))
		var tokens []string
		for i := range c.organizations {
			tokens = append(tokens, server.createToken(t, fmt.Sprintf("office-%d", i), "integration,viewer"))
		}
		server.start(t)
		run := c.load.run(t, server, tokens)
		server.stop(t)
		server.check(t)
		table.add(figure{
			name: c.name, value: run.rate, unit: perSecond, target: c.target, atLeast: true, peer: c.peer, peerIs: c.peerIs,
			note: fmt.Sprintf("%d B an event; answer p50 %.1f p99 %.1f ms; processor: server %.2f, client %.2f",
				run.eventBytes, ms(quantile(run.answers, 0.5)), ms(quantile(run.answers, 0.99)), run.server, run.client),
		})
	}
}

type loadResult struct {
	rate           float64 // events a second
	eventBytes     int
	answers        []time.Duration
	server, client float64 // processors used on average
}

// run prepares all bodies, then lets all clients write them at once. The first twentieth is not timed.
func (l load) run(t *testing.T, server *child, tokens []string) loadResult {
	t.Helper()
	bodies := make([][][]byte, l.clients)
	size := 0
	for i := range bodies {
		o := newOffice(uint64(1+i), time.Now)
		for k := range l.requests {
			var body []byte
			if l.body != nil {
				body = l.body(i, k)
			} else {
				body = o.appendBatch(make([]byte, 0, 400*l.perRequest), l.perRequest)
			}
			size += len(body)
			bodies[i] = append(bodies[i], body)
		}
	}
	clients := make([]*engineClient, l.clients)
	for i := range clients {
		clients[i] = newEngineClient(server.address, tokens[i%len(tokens)])
	}
	warm := l.requests / 20
	l.write(t, clients, bodies, 0, warm)
	began := time.Now()
	serverUsed, clientUsed := processor(t, server.cmd.Process.Pid), processor(t, os.Getpid())
	answers := l.write(t, clients, bodies, warm, l.requests)
	took := time.Since(began)
	serverUsed, clientUsed = processor(t, server.cmd.Process.Pid)-serverUsed, processor(t, os.Getpid())-clientUsed
	events := l.clients * l.perRequest * (l.requests - warm)
	return loadResult{
		rate: float64(events) / took.Seconds(), eventBytes: size / (l.clients * l.perRequest * l.requests), answers: answers,
		server: serverUsed.Seconds() / took.Seconds(), client: clientUsed.Seconds() / took.Seconds(),
	}
}

func (l load) write(t *testing.T, clients []*engineClient, bodies [][][]byte, from, to int) []time.Duration {
	t.Helper()
	var wait sync.WaitGroup
	answers := make([][]time.Duration, len(clients))
	errs := make([]error, len(clients))
	for i, c := range clients {
		wait.Go(func() {
			answers[i] = make([]time.Duration, 0, to-from)
			for _, body := range bodies[i][from:to] {
				began := time.Now()
				if errs[i] = c.post(body, l.perRequest); errs[i] != nil {
					return
				}
				answers[i] = append(answers[i], time.Since(began))
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return slices.Concat(answers...)
}
