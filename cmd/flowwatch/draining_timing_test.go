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

// measureDraining compares ingestion of a server that has 100,000 rows in its outbox with that of one whose rows are all told: in turns, while the other
// stands still, so that both have the same noise. Both have the same rule, alerts, rows and workflows, and the runs that come in are good ones: what is
// compared is the waiting and the sending alone, and not what 5,000 workflows and their alerts cost in the store.
func measureDraining(t *testing.T, binary string, table *figures) {
	const rounds = 20
	var late, prompt outboxReceiver
	late.reserve(t) // nobody answers until the outbox is full
	prompt.reserve(t)
	prompt.open(t)
	var pair pairOfServers
	for i, name := range []string{"draining", "told"} {
		pair[i].child, pair[i].tokens = alertServer(t, binary, name, 1)
	}
	prompt.fill(t, pair[1].child, pair[1].tokens[0])
	drained(t, pair[1].child, pair[1].tokens[0])
	late.fill(t, pair[0].child, pair[0].tokens[0]) // the first looks at each row are to be seen, too
	waiting := pair.compare(t, rounds)
	late.open(t)
	select {
	case <-late.first:
	case <-time.After(2 * time.Minute):
		require.Fail(t, "nothing was sent")
	}
	during := pair.compare(t, rounds)
	for _, s := range pair {
		s.stop(t)
		s.check(t)
	}
	table.add(figure{
		name: "ingest while 100,000 messages wait, of that when they have been told", value: waiting.share, unit: percent, target: 95, atLeast: true,
		note: "nobody answers; " + waiting.note,
	})
	table.add(figure{
		name: "ingest while 100,000 messages are sent, of that when they have been told", value: during.share, unit: percent, target: 95, atLeast: true,
		note: fmt.Sprintf("%d requests received meanwhile; %s", late.received.Load(), during.note),
	})
}

// outboxReceiver is the server behind the targets of one rule.
type outboxReceiver struct {
	address  string
	received atomic.Int64
	first    chan struct{} // closed at the first message
}

const outboxWorkflows, outboxTargets = 5_000, 20 // 100,000 rows

// reserve takes an address at which nobody answers yet.
func (r *outboxReceiver) reserve(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r.address, r.first = listener.Addr().String(), make(chan struct{})
	require.NoError(t, listener.Close())
}

func (r *outboxReceiver) open(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", r.address)
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		if r.received.Add(1) == 1 {
			close(r.first)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}

func (r *outboxReceiver) rule() string {
	targets := make([]string, outboxTargets)
	for i := range targets {
		targets[i] = fmt.Sprintf(`{"type":"webhook","config":{"url":"http://%s/%d"}}`, r.address, i)
	}
	return `{"alertType":"execution_failed","alertName":"Failed","notificationChannels":[` + strings.Join(targets, ",") + `]}`
}

// fill has a server fire an alert for each of many workflows, each with a message to each target.
func (r *outboxReceiver) fill(t *testing.T, s *child, token string) {
	t.Helper()
	s.rule(t, token, r.rule())
	engine := newEngineClient(s.address, token)
	for from := 0; from < outboxWorkflows; from += 100 {
		events := make([]string, 100)
		for i := range events {
			events[i] = fmt.Sprintf(`{"type":"execution.failed","executionId":"drain-%d","workflowId":"drain-%d","error":"it broke"}`, from+i, from+i)
		}
		require.NoError(t, engine.post([]byte("["+strings.Join(events, ",")+"]"), len(events)))
	}
}

// drained waits until no message of a server waits any more: about 10 minutes for 100,000.
func drained(t *testing.T, s *child, token string) {
	t.Helper()
	left := func(state string) bool {
		var page struct{ Items []struct{ ID string } }
		return s.get("/api/monitoring/deliveries?limit=1&status="+state, token, &page) != nil || len(page.Items) > 0
	}
	require.Eventually(t, func() bool { return !left("queued") && !left("retrying") && !left("sending") }, 30*time.Minute, time.Second, "%s", s.output)
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
