package main_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measureTimelines times the timeline of one run after another, each beside the last completed runs of its workflow.
func measureTimelines(t *testing.T, binary string, table *figures) {
	server := newChild(t, binary, filepath.Join(benchDir(t), "timelines"))
	server.start(t)
	defer server.stop(t)
	for _, c := range []struct {
		steps, runs, rounds int
		target              float64
		of                  float64 // the quantile that is held against the target
	}{{12, 60, 10, 0, 0.5}, {300, 60, 10, 2, 0.5}, {20_000, 8, 10, 100, 0.95}} {
		workflow := fmt.Sprintf("of-%d-steps", c.steps)
		engine := newEngineClient(server.address, childSecret)
		for run := range c.runs {
			writeLongRun(t, engine, workflow, run, c.steps)
		}
		var first time.Duration
		times := make([]time.Duration, 0, c.runs*c.rounds)
		var before time.Duration
		for n := range c.runs * c.rounds {
			began := time.Now()
			status, _, body, err := server.do(http.MethodGet,
				fmt.Sprintf("/api/monitoring/executions/%s-%d/timeline", workflow, n%c.runs), childSecret, nil)
			took := time.Since(began)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, c.steps, strings.Count(string(body), `"stepId"`))
			switch n {
			case 0:
				first = took
			case c.runs - 1: // by now all runs were read once
				before = processor(t, server.cmd.Process.Pid)
			}
			times = append(times, took)
		}
		work := ms(processor(t, server.cmd.Process.Pid)-before) / float64(c.runs*(c.rounds-1))
		table.add(figure{
			name: fmt.Sprintf("timeline of %d steps over HTTP, p%.0f", c.steps, 100*c.of), value: ms(quantile(times, c.of)), unit: millis, target: c.target,
			note: fmt.Sprintf("p50 %.2f ms, p95 %.2f ms, %.2f ms of the processor; the first, that reads the other runs, %.1f ms",
				ms(quantile(times, 0.5)), ms(quantile(times, 0.95)), work, ms(first)),
		})
	}
	table.add(figure{name: "anonymous memory after the timelines", value: mib(server.memory(t, "RssAnon")), unit: mebibytes, target: 120})
}

// writeLongRun reports a completed run of n steps, eight at a time, each after the one eight before it.
func writeLongRun(t *testing.T, engine *engineClient, workflow string, run, n int) {
	t.Helper()
	const wide, eventsMax = 8, 2_000
	begun := time.Now().Add(-time.Duration(1000-run) * time.Minute).Truncate(time.Millisecond)
	line := func(kind string, after int, more string) string {
		at := begun.Add(time.Duration(after) * time.Millisecond).UTC().Format(time.RFC3339Nano)
		return fmt.Sprintf(`{"type":%q,"executionId":"%s-%d","workflowId":%q,"timestamp":%q%s}`, kind, workflow, run, workflow, at, more)
	}
	plan := make([]string, n)
	events := make([]string, 0, 2*n+2)
	for i := range n {
		depends := ""
		if i >= wide {
			depends = fmt.Sprintf(`,"dependsOn":["s%d"]`, i-wide)
		}
		plan[i] = fmt.Sprintf(`{"stepId":"s%d"%s}`, i, depends)
		step, from := fmt.Sprintf(`,"stepId":"s%d"`, i), i/wide*100+i%wide
		events = append(events, line("step.started", from, step), line("step.completed", from+60+(i+run)%30, step))
	}
	events = append([]string{line("execution.started", 0, `,"steps":[`+strings.Join(plan, ",")+`]`)}, events...)
	events = append(events, line("execution.completed", n/wide*100+100, ""))
	for len(events) > 0 {
		batch := events[:min(len(events), eventsMax)]
		events = events[len(batch):]
		require.NoError(t, engine.post([]byte("["+strings.Join(batch, ",")+"]"), len(batch)))
	}
}
