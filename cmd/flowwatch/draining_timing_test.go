package main_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measureDraining compares ingestion of a server that has 100,000 rows in its outbox with that of one that has none: in turns, while the other stands still,
// so that both have the same noise. The runs that come in are good ones and the rule is there in both: what is compared is the sending alone.
func measureDraining(t *testing.T, binary string, table *figures) {
	const workflows, channels, rounds = 5_000, 20, 20
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close()) // nobody answers until the outbox is full
	targets := make([]string, channels)
	for i := range targets {
		targets[i] = fmt.Sprintf(`{"type":"webhook","config":{"url":"http://%s/%d"}}`, address, i)
	}
	var pair pairOfServers
	for i, name := range []string{"draining", "idle"} {
		pair[i].child, pair[i].tokens = alertServer(t, binary, name, 1)
		pair[i].rule(t, pair[i].tokens[0], `{"alertType":"execution_failed","alertName":"Failed","notificationChannels":[`+strings.Join(targets, ",")+`]}`)
	}
	engine := newEngineClient(pair[0].address, pair[0].tokens[0])
	for from := 0; from < workflows; from += 100 {
		events := make([]string, 100)
		for i := range events {
			events[i] = fmt.Sprintf(`{"type":"execution.failed","executionId":"drain-%d","workflowId":"drain-%d","error":"it broke"}`, from+i, from+i)
		}
		require.NoError(t, engine.post([]byte("["+strings.Join(events, ",")+"]"), len(events)))
	}
	waiting := pair.compare(t, rounds)
	listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	var received atomic.Int64
	first := make(chan struct{})
	receiver := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if received.Add(1) == 1 {
			close(first)
		}
	})}
	go func() { _ = receiver.Serve(listener) }()
	defer receiver.Close()
	select {
	case <-first:
	case <-time.After(2 * time.Minute):
		require.Fail(t, "nothing was sent")
	}
	during := pair.compare(t, rounds)
	for _, s := range pair {
		s.stop(t)
		s.check(t)
	}
	table.add(figure{
		name: "ingest while 100,000 messages wait, of that without", value: waiting.share, unit: percent, target: 95, atLeast: true,
		note: "nobody answers; " + waiting.note,
	})
	table.add(figure{
		name: "ingest while 100,000 messages are sent, of that without", value: during.share, unit: percent, target: 95, atLeast: true,
		note: fmt.Sprintf("%d requests received meanwhile; %s", received.Load(), during.note),
	})
}

// pairOfServers are two that are compared: the one in question, then the other.
type pairOfServers [2]struct {
	*child
	tokens []string
	rounds int // that it was loaded for
}

type comparison struct {
	share float64 // of all rounds together: the first one's rate in percent of the other's
	note  string
}

// compare loads the two in turns; the one that is not loaded stands still.
func (p *pairOfServers) compare(t *testing.T, rounds int) comparison {
	t.Helper()
	var shares []float64
	var sums, used [2]float64
	for round := range rounds {
		var rates [2]float64
		for k := range p {
			i := (round + k) % 2
			require.NoError(t, p[1-i].cmd.Process.Signal(syscall.SIGSTOP))
			p[i].rounds++
			run := goodLoad(p[i].rounds).run(t, p[i].child, p[i].tokens)
			require.NoError(t, p[1-i].cmd.Process.Signal(syscall.SIGCONT))
			rates[i] = run.rate
			sums[i] += run.rate / float64(rounds) / 1000
			used[i] += run.server / run.rate * 1e6 / float64(rounds)
		}
		shares = append(shares, rates[0]/rates[1]*100)
	}
	slices.Sort(shares)
	return comparison{
		share: sums[0] / sums[1] * 100,
		note: fmt.Sprintf("%.1f of %.1f k/s, rounds from %.0f to %.0f %%; processor of an event %.1f of %.1f µs",
			sums[0], sums[1], shares[0], shares[rounds-1], used[0], used[1]),
	}
}

// goodLoad is of runs that all end well, others in each round.
func goodLoad(round int) load {
	const clients, runs, requests = 8, 12, 150
	return load{clients, 8 * runs, requests, func(client, request int) []byte {
		body := make([]byte, 0, 300*8*runs)
		for i := range runs {
			body = goodRun(body, ((round*clients+client)*requests+request)*runs+i, time.Now().UTC())
		}
		return append(append([]byte{'['}, body...), ']')
	}}
}
