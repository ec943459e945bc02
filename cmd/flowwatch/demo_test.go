package main

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/engine"
)

func TestDemoLooksAliveAtOnce(t *testing.T) {
	t.Parallel()
	data := empty(t)
	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0")
	demo.stop(t) // the link is printed when there is something to see
	token := tokenFor(t, data, "default", "workflow_admin,integration")
	server := serveOn(t, data)
	seen := counts(t, server.url, token)
	require.Greater(t, seen["completed"], 300, "a past of two days")
	require.Greater(t, seen["failed"], 5)
	require.Zero(t, seen["running"]+seen["waiting"]+seen["pending"], "the office has ended what was open")
	require.Greater(t, seen["cancelled"], 5)

	var workflows struct{ Items []struct{ WorkflowID string } }
	read(t, server.url, token, "/api/monitoring/workflows", &workflows)
	require.Len(t, workflows.Items, 8)
	var failed struct{ Items []api.ExecutionSummary }
	read(t, server.url, token, "/api/monitoring/executions?status=failed&limit=1", &failed)
	require.NotEmpty(t, *failed.Items[0].Error)
	server.stop(t)
	flowwatch(t, "check", "--data", data).requireDone(t)
}

// AC4.1, B-89: the demo's engine measures itself and acknowledges what it is asked.
func TestTheEngineOfTheDemoMeasuresAndAnswers(t *testing.T) {
	t.Parallel()
	data := empty(t)
	token := tokenFor(t, data, "default", "workflow_admin")
	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0")
	var measured api.SeriesAnswer
	require.Eventually(t, func() bool {
		read(t, demo.url, token, "/api/monitoring/system/metrics", &measured)
		for _, s := range measured.Series {
			if s.Metric == "cpu.usage_percent" && s.Labels["source"] == "engine" {
				return true
			}
		}
		return false
	}, 15*time.Second, 50*time.Millisecond)

	var active api.ExecutionPage
	read(t, demo.url, token, "/api/monitoring/executions/active?limit=100", &active)
	require.NotEmpty(t, active.Items)
	client, err := newClient(demo.url, token, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	asked := ""
	for _, x := range active.Items { // one that has not ended meanwhile
		if asked == "" && client.post(t.Context(), "/api/monitoring/queue/executions/"+x.ExecutionID+"/priority", api.PriorityInput{Priority: "HIGH"}, nil) == nil {
			asked = x.ExecutionID
		}
	}
	var x api.ExecutionStatus
	require.Eventually(t, func() bool {
		read(t, demo.url, token, "/api/monitoring/executions/"+asked, &x)
		return x.PriorityRequest.State != engine.PriorityRequested
	}, 30*time.Second, 50*time.Millisecond)
	demo.stop(t)
}

// Part 4.7: the demo has a deadline that somebody stands for, marked as invented, and a queued run that it raises.
func TestTheDemoShowsADeadlineThatRaises(t *testing.T) {
	t.Parallel()
	data := empty(t)
	token := tokenFor(t, data, "default", "viewer")
	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0")
	var next api.QueuedPage
	raised := func() *api.QueuedItem {
		read(t, demo.url, token, "/api/monitoring/queue/next?limit=100", &next)
		for i := range next.Items {
			if x := &next.Items[i]; x.Boost != nil {
				return x
			}
		}
		return nil
	}
	require.Eventually(t, func() bool { return raised() != nil }, 90*time.Second, 50*time.Millisecond) // several passes over the queue
	x := raised()
	require.Equal(t, demoRule, x.Boost.Rule)
	require.Contains(t, *x.BoostReason, "(demo)")
	require.Contains(t, x.Tags, "demo")
	require.Eventually(t, func() bool { // asked, and taken by the invented engine
		x := raised()
		return x != nil && x.PriorityRequest != nil && x.PriorityRequest.State == engine.PriorityAcknowledged && x.Priority == "HIGH"
	}, 90*time.Second, 50*time.Millisecond)

	var due api.DeadlinePage
	read(t, demo.url, token, "/api/monitoring/deadlines", &due)
	confirmed := 0
	for _, item := range due.Items {
		if item.Confirmed {
			confirmed++
			require.Equal(t, []string{demoRule, "DEMO"}, []string{item.Rule, item.Category})
			require.Positive(t, item.Runs.Running)
		}
	}
	require.Equal(t, 1, confirmed, "nobody confirms the law in a demo")
	demo.stop(t)
}

func TestDemoGoesOnWhereItWasKilled(t *testing.T) {
	t.Parallel()
	data := empty(t)
	begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0").stop(t)
	token := tokenFor(t, data, "default", "viewer,integration")
	server := serveOn(t, data)
	open := file(t, "open.ndjson", strings.Replace(eventLine("1", "execution.started"), `"workflowId"`, `"tags":["demo"],"workflowId"`, 1))
	flowwatch(t, "import", open, "--format", "ndjson", "--server", server.url, "--token", token).requireDone(t)
	before := total(counts(t, server.url, token))
	server.stop(t)

	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0")
	now := counts(t, demo.url, token)
	require.Less(t, total(now)-before, before/4, "the past is not played twice")
	require.Positive(t, now["running"]+now["waiting"], "something is under way")
	var x api.ExecutionStatus
	read(t, demo.url, token, "/api/monitoring/executions/run-1", &x)
	require.Equal(t, "cancelled", x.Status, "what an earlier office left open")
	demo.stop(t)
}

func TestDemoTakesTheNextPortAndSaysSo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	demo := begin(t, "demo", "--data", empty(t), "--listen", taken.Addr().String())
	require.NotEqual(t, "http://"+taken.Addr().String(), demo.url)
	require.Contains(t, demo.stderr.String(), "the demo has the next free port")
	demo.stop(t)
}

func TestDemoWithoutADirectoryLeavesNothing(t *testing.T) { // not parallel: the environment is the process's
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("FLOWWATCH_DATA", filepath.Join(temporary, "of serve"))
	demo := begin(t, "demo", "--listen", "127.0.0.1:0")
	entries, err := os.ReadDir(temporary)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.True(t, strings.HasPrefix(entries[0].Name(), "flowwatch-demo-"))
	demo.stop(t)
	entries, err = os.ReadDir(temporary)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestPastIsPlayedOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f := func(newest time.Time, from, busy time.Duration) {
		t.Helper()
		gotFrom, gotBusy := past(newest, now)
		require.Equal(t, from, now.Sub(gotFrom))
		require.Equal(t, busy, now.Sub(gotBusy))
	}
	f(time.Time{}, demoHistory, demoBusy)
	f(now.Add(-100*time.Hour), demoHistory, demoBusy)
	f(now.Add(-10*time.Hour), 10*time.Hour, demoBusy)
	f(now.Add(-10*time.Minute), 10*time.Minute, 10*time.Minute)
	f(now.Add(-time.Second), demoLeast, demoLeast)
	f(now.Add(time.Hour), demoLeast, demoLeast)
}

func TestSimulateSendsAtTheRateAndEndsWhatItBegan(t *testing.T) {
	t.Parallel()
	server, token := importer(t)
	began := time.Now()
	done := flowwatch(t, "simulate", "--rate", "400", "--duration", "2s", "--server", server.url, "--token", token).requireDone(t)
	require.Less(t, time.Since(began), 10*time.Second)
	require.Regexp(t, `^\d+ events of \d+ executions sent\n$`, done.stdout)
	seen := counts(t, server.url, token)
	require.Greater(t, total(seen), 100)
	require.Zero(t, seen["running"]+seen["waiting"]+seen["pending"], "%v", seen)
}

func TestSimulateNeedsAServerThatTakesEvents(t *testing.T) {
	t.Parallel()
	server, _ := importer(t)
	simulate := func(token string) result {
		return flowwatch(t, "simulate", "--duration", "1s", "--server", server.url, "--token", token)
	}
	simulate("fw_wrong").requireLine(t, exitWrong, "does not know the token")
	server.stop(t)
	simulate("fw_wrong").requireLine(t, exitWrong, "no server answers")
}
