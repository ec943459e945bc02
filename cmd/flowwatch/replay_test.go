package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
)

const monthEndInstance = "wfformat/testdata/month-end.json"

func TestImportOfAWfFormatInstanceIsItsExecutionWithStepsAndTimes(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	done := sendLog(t, server, token, "wfformat", zipped(t, monthEndInstance), "--workflow", "month-end").requireDone(t)
	require.Equal(t, "1 execution, 10 events: 10 accepted, 0 duplicates, 0 refused\n", done.stdout)
	require.Contains(t, done.stderr, "left out: 1 task of which nothing was recorded\n")
	require.Contains(t, done.stderr, "left out: 35s that the run took beyond its tasks")

	var page api.ExecutionPage
	read(t, server.url, token, "/api/monitoring/executions?workflowId=month-end", &page)
	require.Len(t, page.Items, 1)
	var x api.ExecutionStatus
	read(t, server.url, token, "/api/monitoring/executions/"+page.Items[0].ExecutionID, &x)
	require.Equal(t, "completed", x.Status)
	require.Equal(t, "zamknięcie-miesiąca", x.WorkflowName)
	require.EqualValues(t, 60250, *x.Duration)
	require.Contains(t, string(x.Metadata), `"coreCount":8`)
	var steps []string
	for _, s := range x.Steps {
		ran := "–"
		if s.Duration != nil {
			ran = fmt.Sprint(*s.Duration)
		}
		steps = append(steps, s.Name+" "+s.Status+" "+ran+" after "+strings.Join(s.DependsOn, "+"))
	}
	require.Equal(t, []string{
		"read invoices completed 12500 after ", "odczyt wyciągów completed 3000 after ",
		"ledger completed 30125 after invoices_ID01+wyciagi_ID02.32538e9f2c012d8c", "vat completed 250 after ledger_ID03",
		"never run pending – after ledger_ID03",
	}, steps)
	var step api.StepDetail
	read(t, server.url, token, "/api/monitoring/executions/"+x.ExecutionID+"/steps/ledger_ID03", &step)
	require.InDelta(t, 100, *step.MemoryUsageMb, 0)
	require.EqualValues(t, 89000, *step.InputSizeBytes)
	require.Contains(t, string(step.Input), `"office-2"`)

	again := sendLog(t, server, token, "wfformat", monthEndInstance, "--workflow", "month-end").requireDone(t)
	require.Equal(t, "1 execution, 10 events: 0 accepted, 10 duplicates, 0 refused\n", again.stdout)
	sendLog(t, server, token, "wfformat", file(t, "x.json", "{}")).requireLine(t, exitWrong, "x.json", "this is no WfFormat 1.5 instance")
}

// played is the execution that a replay made, when it was begun at the earliest at the given time.
func requirePlayed(t *testing.T, server *running, token, id string, since time.Time, duration time.Duration) api.ExecutionStatus {
	t.Helper()
	var x api.ExecutionStatus
	read(t, server.url, token, "/api/monitoring/executions/"+id, &x)
	require.Equal(t, "completed", x.Status)
	require.InDelta(t, duration.Milliseconds(), *x.Duration, 2)
	require.False(t, x.StartedAt.Time().Before(since), "it happens now")
	require.False(t, x.CompletedAt.Time().After(time.Now()), "nothing was sent before it happened")
	return x
}

func TestReplayHappensNowAndAsManyTimesFaster(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	since := time.Now().Truncate(time.Millisecond)
	done := sendLog(t, server, token, "xes", returnsLog, "--workflow", "returns", "--speed", "2e8").requireDone(t)
	require.Equal(t, "4 executions, 23 events: 23 accepted, 0 duplicates, 0 refused\n", done.stdout)
	require.Equal(t, map[string]int{"pending": 0, "running": 0, "waiting": 0, "completed": 3, "failed": 0, "cancelled": 1}, counts(t, server.url, token))

	sendLog(t, server, token, "wfformat", monthEndInstance, "--workflow", "month-end", "--prefix", "now-", "--speed", "300").requireDone(t)
	x := requirePlayed(t, server, token, "now-pazdziernik.83642266f5522d1b", since, 60250*time.Millisecond/300)
	require.InDelta(t, 100, *x.Steps[2].Duration, 2)

	lines := []string{
		`{"type":"execution.started","executionId":"r","workflowId":"w","timestamp":"2026-11-24T08:00:00Z","eventId":"e1","deadline":"2026-11-24T09:00:00+00:00"}`,
		`{"type":"execution.completed","executionId":"r","workflowId":"w","timestamp":"2026-11-24T10:00:00+02:00","eventId":"e3"}`,
		`{"type":"step.completed","executionId":"r","workflowId":"w","stepId":"s","durationMs":1000,"timestamp":"2026-11-24T08:00:01Z"}`, `{broken`,
	}
	lines[1] = strings.Replace(lines[1], "10:00:00+02:00", "10:00:04+02:00", 1)
	log := file(t, "events.ndjson", strings.Join(lines, "\n"))
	for _, prefix := range []string{"", "again-"} {
		done = sendLog(t, server, token, "ndjson", log, "--speed", "20", "--prefix", prefix)
		done.requireLine(t, exitWrong, "1 event of "+log+" refused, the first at line 4: malformed")
		require.Equal(t, "4 events: 3 accepted, 0 duplicates, 1 refused\n", done.stdout)
		x = requirePlayed(t, server, token, prefix+"r", since, 200*time.Millisecond)
		require.EqualValues(t, 50, *x.Steps[0].Duration)
		require.InDelta(t, time.Hour.Milliseconds()/20, x.Deadline.Time().Sub(x.StartedAt.Time()).Milliseconds(), 1)
	}
}

// TestReplaySendsWhatHappensWhenItHappens stops a replay in its middle by a signal: what had happened by then is there, and nothing else.
func TestReplaySendsWhatHappensWhenItHappens(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr output
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"import", monthEndInstance, "--format", "wfformat", "--prefix", "", "--speed", "1", "--server", server.url, "--token", token},
			nil, &stdout, &stderr)
	}()
	var x api.ExecutionStatus
	require.Eventually(t, func() bool {
		status, _ := ask(t, server.url, token, "/api/monitoring/executions/pazdziernik.83642266f5522d1b")
		return status == http.StatusOK
	}, testStartLimit, testPollEvery)
	read(t, server.url, token, "/api/monitoring/executions/pazdziernik.83642266f5522d1b", &x)
	require.Equal(t, "running", x.Status)
	stop()
	require.Equal(t, exitWrong, <-ended)
	require.Contains(t, stderr.String(), "stopped after ")
	require.Contains(t, stderr.String(), "of 10; what had begun by then stays open")
	require.False(t, slices.ContainsFunc(x.Steps, func(s api.StepSummary) bool { return s.Status == "completed" }))
}
