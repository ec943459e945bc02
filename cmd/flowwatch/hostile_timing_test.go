package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	hostileDuration  = time.Minute
	goodPause        = 50 * time.Millisecond
	goodOpenEvery    = 100  // executions of which one stays running
	goodAnswerTarget = 1000 // milliseconds: what is reported is seen within a second, whoever else is there
)

// measureHostile has an office work beside all kinds of attacks, for FLOWWATCH_BENCH_HOSTILE (default 1m). It fails when a request of the
// office does, when an attack gets what it should not, and when anything that was answered is missing afterwards or after a restart.
func measureHostile(t *testing.T, binary string, table *figures) {
	lasting := hostileDuration
	if text := os.Getenv("FLOWWATCH_BENCH_HOSTILE"); text != "" {
		var err error
		lasting, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	server := newChild(t, binary, filepath.Join(benchDir(t), "hostile"), "--rate-limit", "500")
	office, rogue := server.createToken(t, "office", "integration,viewer"), server.createToken(t, "rogue", "integration,viewer")
	server.start(t)
	status, _, answer, err := server.do(http.MethodPost, "/api/admin/users", childSecret, []byte(`{"login":"anna","roles":["viewer"],"password":"hasło na próbę"}`))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, "%s", answer)
	before := openFiles(t, server)

	// The end is no deadline: dialers would take it for their own.
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(lasting, cancel).Stop()
	defer cancel()
	good, bad := &goodOffice{server: server, token: office}, newAssault(t, server, rogue)
	live := newFollower("ws://"+server.address+"/api/monitoring/ws", office)
	following, unfollow := context.WithCancel(t.Context())
	var wait, followed sync.WaitGroup
	t.Cleanup(func() { unfollow(); followed.Wait() })
	followed.Go(func() { live.run(following) })
	for _, part := range []func(context.Context){good.write, good.read, bad.run} {
		wait.Go(func() { part(ctx) })
	}
	var seen watch
	seen.over(ctx, t, server, lasting)
	wait.Wait()
	good.figures(lasting, table)
	bad.figures(table)
	table.add(figure{name: "peak memory (VmHWM) under attack", value: mib(server.memory(t, "VmHWM")), unit: mebibytes,
		note: "VmRSS at each eighth of the time: " + strings.Join(seen.memory, ", ")})
	table.add(figure{name: "longest standstill of the measuring process", value: ms(seen.still), unit: millis, note: "the machine's, not the server's"})

	require.Empty(t, good.failures)
	require.Empty(t, bad.wrong)
	require.Eventually(t, func() bool { return live.caughtUp(server) }, 15*time.Second, 20*time.Millisecond, "the live client never saw the last state: %s", live)
	live.requireNoProblems(t)
	unfollow()
	followed.Wait()
	server.client.CloseIdleConnections()
	require.Eventually(t, func() bool { return openFiles(t, server) <= before }, attackAnswerLimit, 100*time.Millisecond, "connections of attackers are left")
	good.requireAllStored(t)
	server.stop(t)
	server.check(t)
	server.start(t)
	good.requireAllStored(t)
	server.stop(t)
}

// watch is what is seen of the server's memory, and of how busy the machine is.
type watch struct {
	memory []string      // in MiB at each eighth of the time, so that what grows shows
	still  time.Duration // the longest time for which this process itself did not run
}

func (w *watch) over(ctx context.Context, t *testing.T, server *child, lasting time.Duration) {
	t.Helper()
	const every = 10 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	began := time.Now()
	for last := began; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		w.still, last = max(w.still, now.Sub(last)-every), now
		if now.Sub(began) >= time.Duration(len(w.memory)+1)*lasting/8 {
			w.memory = append(w.memory, fmt.Sprintf("%.0f", mib(server.memory(t, "VmRSS"))))
		}
	}
}

func openFiles(t *testing.T, server *child) int {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", server.cmd.Process.Pid))
	require.NoError(t, err)
	return len(open)
}

// goodOffice writes an execution a request, good-0 and on, and reads what it wrote. Its fields are read when both are done.
type goodOffice struct {
	server        *child
	token         string
	answered      atomic.Int64 // executions
	writes, reads []time.Duration
	mu            sync.Mutex // guards failures
	failures      []string
}

// every does once every goodPause until ctx ends, and times what went well.
func (g *goodOffice) every(ctx context.Context, times *[]time.Duration, once func(n int) error) {
	tick := time.NewTicker(goodPause)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		began := time.Now()
		if err := once(n); err != nil {
			g.mu.Lock()
			g.failures = append(g.failures, err.Error())
			g.mu.Unlock()
			continue
		}
		*times = append(*times, time.Since(began))
	}
}

func goodID(n int) string  { return "good-" + strconv.Itoa(n) }
func goodStays(n int) bool { return n%goodOpenEvery == goodOpenEvery-1 }
func goodState(n int) string {
	if goodStays(n) {
		return "running"
	}
	return "completed"
}

func (g *goodOffice) write(ctx context.Context) {
	g.every(ctx, &g.writes, func(int) error {
		n := int(g.answered.Load())
		types := []string{"execution.started", "step.started", "step.completed", "execution.completed"}
		if goodStays(n) {
			types = types[:2]
		}
		events := make([]map[string]any, len(types))
		now := time.Now().UTC()
		for i, kind := range types {
			events[i] = map[string]any{"eventId": goodID(n) + "-" + strconv.Itoa(i), "type": kind, "executionId": goodID(n), "workflowId": "good",
				"timestamp": now.Add(time.Duration(i) * time.Millisecond).Format(time.RFC3339Nano)}
			if strings.HasPrefix(kind, "step.") {
				events[i]["stepId"] = "only"
			}
		}
		body, err := json.Marshal(events)
		if err != nil {
			return err
		}
		status, _, answer, err := g.server.do(http.MethodPost, "/api/ingest/events", g.token, body)
		if err != nil {
			return err
		}
		var receipt struct{ Accepted int }
		if err := json.Unmarshal(answer, &receipt); err != nil || status != http.StatusOK || receipt.Accepted != len(events) {
			return fmt.Errorf("%s: %d %s", goodID(n), status, answer)
		}
		g.answered.Add(1)
		return nil
	})
}

func (g *goodOffice) read(ctx context.Context) {
	paths := []string{"/api/monitoring/executions?limit=25", "/api/monitoring/queue", "/api/monitoring/executions/active", "/api/monitoring/workflows/good/metrics"}
	g.every(ctx, &g.reads, func(n int) error {
		if last := int(g.answered.Load()) - 1; last >= 0 && n%2 == 0 {
			var shown struct{ Status string }
			if err := g.server.get("/api/monitoring/executions/"+goodID(last), g.token, &shown); err != nil {
				return err
			}
			if shown.Status != goodState(last) {
				return errors.New(goodID(last) + " is " + shown.Status)
			}
			return nil
		}
		if g.answered.Load() == 0 {
			return nil // the workflow is not known yet
		}
		return g.server.get(paths[n/2%len(paths)], g.token, new(any))
	})
}

// requireAllStored compares the list with what was answered: every execution once, in its state.
func (g *goodOffice) requireAllStored(t *testing.T) {
	t.Helper()
	stored := map[string]string{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ ExecutionID, Status string }
			NextCursor string
		}
		require.NoError(t, g.server.get("/api/monitoring/executions?limit=100&cursor="+cursor, g.token, &page))
		for _, x := range page.Items {
			require.NotContains(t, stored, x.ExecutionID)
			stored[x.ExecutionID] = x.Status
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	answered := int(g.answered.Load())
	require.Len(t, stored, answered)
	for n := range answered {
		require.Equal(t, goodState(n), stored[goodID(n)], goodID(n))
	}
}

func (g *goodOffice) figures(lasting time.Duration, table *figures) {
	table.add(figure{name: fmt.Sprintf("good requests beside attacks for %s", lasting), value: float64(len(g.writes) + len(g.reads)), unit: pieces,
		note: fmt.Sprintf("%d failed; %d executions", len(g.failures), g.answered.Load())})
	for _, kind := range []struct {
		name  string
		times []time.Duration
	}{{"writes", g.writes}, {"reads", g.reads}} {
		table.add(figure{name: "p99 of good " + kind.name + " beside attacks", value: ms(quantile(kind.times, 0.99)), unit: millis, target: goodAnswerTarget,
			note: fmt.Sprintf("p50 %.2f ms, worst %.0f ms of %d", ms(quantile(kind.times, 0.5)), ms(quantile(kind.times, 1)), len(kind.times))})
	}
}

func (a *assault) figures(table *figures) {
	for _, name := range slices.Sorted(maps.Keys(a.endings)) {
		total, ends := 0, []string{}
		for _, status := range slices.Sorted(maps.Keys(a.endings[name])) {
			total += a.endings[name][status]
			ends = append(ends, fmt.Sprintf("%d: %d", status, a.endings[name][status]))
		}
		table.add(figure{name: "attacks: " + name, value: float64(total), unit: pieces, note: strings.Join(ends, ", ")})
	}
}
