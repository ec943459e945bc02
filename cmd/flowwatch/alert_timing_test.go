package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const (
	benchRules     = 500 // of an organisation, which is the most
	benchWorkflows = 50
)

// measureAlerts measures what rules cost, how soon an alert is seen, and how few messages a storm makes.
func measureAlerts(t *testing.T, binary string, table *figures) {
	measureRules(t, binary, table)
	measureThird(t, binary, table)
	measureStorm(t, binary, table)
}

// alertServer starts a server that may send to this machine, with an organisation for each token.
func alertServer(t *testing.T, binary, name string, organizations int) (server *child, tokens []string) {
	t.Helper()
	server = newChild(t, binary, filepath.Join(benchDir(t), name), "--webhook-allow", "127.0.0.1")
	for i := range organizations {
		tokens = append(tokens, server.createToken(t, fmt.Sprint("office-", i), "integration,viewer,workflow_admin"))
	}
	server.start(t)
	return server, tokens
}

func (c *child) rule(t *testing.T, token, body string) {
	t.Helper()
	status, _, answer, err := c.do(http.MethodPost, "/api/monitoring/alerts", token, []byte(body))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, "%s", answer)
}

// know declares workflows by a run each.
func (c *child) know(t *testing.T, token, prefix string, n int) {
	t.Helper()
	for i := range n {
		id := fmt.Sprint(prefix, i)
		status, _, answer, err := c.do(http.MethodPut, "/api/ingest/workflows/"+id, token, []byte(`{"name":"`+id+`"}`))
		require.NoError(t, err)
		require.Less(t, status, 300, "%s", answer)
	}
}

// benchRule is rule n of an organisation: ten of each workflow, of the types that watch runs.
func benchRule(n int) string {
	condition, kind := "", ""
	switch n / benchWorkflows {
	case 0:
		kind = "execution_failed"
	case 1:
		kind, condition = "consecutive_failures", `{"consecutiveCount":3}`
	case 2:
		kind, condition = "high_error_rate", `{"metric":"errorRate","operator":"gt","threshold":50}`
	case 3:
		kind, condition = "slow_execution", `{"metric":"duration","operator":"gt","threshold":1,"unit":"h"}`
	case 4:
		kind, condition = "execution_timeout", `{"metric":"duration","operator":"gt","threshold":1,"unit":"h"}`
	default:
		kind, condition = "custom", fmt.Sprintf(`{"metric":"meta.balance","operator":"gt","threshold":%d}`, 1000+n)
	}
	return fmt.Sprintf(`{"workflowId":"wf-%d","alertType":%q,"alertName":"Rule %d","conditions":[%s],"notificationChannels":[{"type":"in_app","config":{}}]}`,
		n%benchWorkflows, kind, n, condition)
}

// goodRun appends the eight events of one good run.
func goodRun(dst []byte, n int, at time.Time) []byte {
	for i, kind := range []string{
		"execution.started", "step.started", "step.completed", "step.started", "step.completed", "step.started", "step.completed", "execution.completed",
	} {
		if len(dst) > 0 {
			dst = append(dst, ',')
		}
		step := ""
		if strings.HasPrefix(kind, "step") {
			step = fmt.Sprintf(`"stepId":"s-%d",`, i/2)
		}
		dst = fmt.Appendf(dst, `{"eventId":"r%d-%d","type":%q,%s"executionId":"run-%d","workflowId":"wf-%d","clientRef":"K-%d","timestamp":%q,"metadata":{"balance":%d}}`,
			n, i, kind, step, n, n%benchWorkflows, n%200, at.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), n%900)
	}
	return dst
}

// measureRules compares a steady 1,000 events a second with 1,000 rules and with none.
func measureRules(t *testing.T, binary string, table *figures) {
	const seconds, runsEach = 20, 50 // of 8 events, 5 requests a second for each of two organisations: 2 × 5 × 12.5 × 8 = 1,000
	var used [2]float64
	for k, rules := range []int{0, benchRules} {
		server, tokens := alertServer(t, binary, "rules", 2)
		for _, token := range tokens {
			server.know(t, token, "wf-", benchWorkflows)
			for n := range rules {
				server.rule(t, token, benchRule(n))
			}
		}
		before, began := processor(t, server.cmd.Process.Pid), time.Now()
		var wait sync.WaitGroup
		var failed [2]error
		for o, token := range tokens {
			wait.Go(func() {
				engine, run := newEngineClient(server.address, token), 0
				for tick := range seconds * 5 / 4 { // a request of 50 runs every 0.8 s is 500 events a second
					<-time.After(time.Until(began.Add(time.Duration(tick) * 800 * time.Millisecond)))
					var body []byte
					for range runsEach {
						body = goodRun(body, run, time.Now().UTC())
						run++
					}
					if failed[o] = engine.post(append(append([]byte{'['}, body...), ']'), runsEach*8); failed[o] != nil {
						return
					}
				}
			})
		}
		wait.Wait()
		require.NoError(t, failed[0])
		require.NoError(t, failed[1])
		<-time.After(time.Until(began.Add(seconds * time.Second)))
		used[k] = (processor(t, server.cmd.Process.Pid) - before).Seconds()
		server.stop(t)
	}
	share := (used[1] - used[0]) / seconds * 1000
	table.add(figure{
		name: "processor of 1,000 rules at 1,000 events/s, each second", value: share, unit: millis, target: 50,
		note: fmt.Sprintf("%.2f s with rules, %.2f s without, of %d s: %.1f %% of a core", used[1], used[0], seconds, share/10),
	})
}

// alertFrames connects to the alerts of a token's organisation, and calls fn with each frame.
func alertFrames(t *testing.T, server *child, token, topic string, fn func(frame []byte)) {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial("ws://"+server.address+"/api/monitoring/ws", nil)
	require.NoError(t, err)
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	for _, message := range []string{
		fmt.Sprintf(`{"id":1,"event":"auth","data":{"token":%q}}`, token), fmt.Sprintf(`{"id":2,"event":"subscribe","data":{"type":%q}}`, topic),
	} {
		require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte(message)))
		for ack := false; !ack; {
			_, frame, err := conn.ReadMessage()
			require.NoError(t, err)
			require.NotContains(t, string(frame), `"event":"error"`)
			ack = bytes.Contains(frame, []byte(`"event":"ack"`))
		}
	}
	go func() {
		for {
			_, frame, err := conn.ReadMessage()
			if err != nil {
				return
			}
			fn(frame)
		}
	}()
}

// measureThird is the time from the answer to the third failure in a row to the frame of its alert (AC6.2a: at once).
func measureThird(t *testing.T, binary string, table *figures) {
	const workflows = 200
	server, tokens := alertServer(t, binary, "third", 1)
	server.rule(t, tokens[0], `{"alertType":"consecutive_failures","alertName":"In a row","conditions":[{"consecutiveCount":3}],"notificationChannels":[{"type":"in_app","config":{}}]}`)
	began := time.Now()
	arrived := make([]atomic.Int64, workflows)
	alertFrames(t, server, tokens[0], "alerts", func(frame []byte) {
		_, rest, found := bytes.Cut(frame, []byte(`"workflowId":"third-`))
		if end := bytes.IndexByte(rest, '"'); found && end > 0 && bytes.Contains(frame, []byte(`alert:triggered`)) {
			if n, err := strconv.Atoi(string(rest[:end])); err == nil {
				arrived[n].CompareAndSwap(0, int64(time.Since(began)))
			}
		}
	})
	engine, times := newEngineClient(server.address, tokens[0]), make([]time.Duration, 0, workflows)
	for n := range workflows {
		answered := time.Duration(0)
		for i := range 3 {
			require.NoError(t, engine.post(fmt.Appendf(nil, `{"type":"execution.failed","executionId":"third-%d-%d","workflowId":"third-%d","error":"it broke"}`, n, i, n), 1))
			answered = time.Since(began)
		}
		require.Eventually(t, func() bool { return arrived[n].Load() != 0 }, 10*time.Second, 200*time.Microsecond)
		times = append(times, max(0, time.Duration(arrived[n].Load())-answered))
	}
	server.stop(t)
	table.add(figure{
		name: "third failure answered to alert's frame p99", value: ms(quantile(times, 0.99)), unit: millis, target: 1000,
		note: fmt.Sprintf("p50 %.2f ms, %d alerts", ms(quantile(times, 0.5)), workflows),
	})
}

// measureStorm sends 10,000 failures in ten seconds, of 50 workflows with a rule for all, beside which live updates go on.
func measureStorm(t *testing.T, binary string, table *figures) {
	const rate, seconds = 1000, 10
	hook := newReceiver(t)
	server, tokens := alertServer(t, binary, "storm", 1)
	server.rule(t, tokens[0], `{"alertType":"execution_failed","alertName":"Failed","notificationChannels":[{"type":"webhook","config":{"url":"`+hook.URL+`"}}]}`)
	audience := newAudience(t, server, tokens[0], 10, 20*seconds)
	began := time.Now()
	var wait sync.WaitGroup
	var failed error
	wait.Go(func() {
		engine := newEngineClient(server.address, tokens[0])
		for tick := range seconds * 20 {
			<-time.After(time.Until(began.Add(time.Duration(tick) * 50 * time.Millisecond)))
			events := make([]string, rate/20)
			for i := range events {
				n := tick*len(events) + i
				events[i] = fmt.Sprintf(`{"type":"execution.failed","executionId":"storm-%d","workflowId":"wf-%d","error":"the gateway answers 503"}`, n, n%benchWorkflows)
			}
			if failed = engine.post([]byte("["+strings.Join(events, ",")+"]"), len(events)); failed != nil {
				return
			}
		}
	})
	audience.publish(t, server, tokens[0], 20)
	wait.Wait()
	require.NoError(t, failed)
	p50, p99 := audience.result(t)
	<-time.After(time.Until(began.Add(62 * time.Second)))
	var page struct{ Items []struct{ ID string } }
	require.NoError(t, server.get("/api/monitoring/alert-history?limit=100", tokens[0], &page))
	server.stop(t)
	require.Len(t, page.Items, benchWorkflows)
	table.add(figure{
		name: "messages of a storm of 10,000 failures, first minute", value: float64(len(hook.all())), unit: pieces, target: 2,
		note: fmt.Sprintf("%d alerts, one group", len(page.Items)),
	})
	table.add(figure{
		name: "answer to frame p99 beside the storm", value: ms(p99), unit: millis, target: 50, note: fmt.Sprintf("p50 %.2f ms, 10 sockets", ms(p50)),
	})
}
