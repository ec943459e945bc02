package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	alertCrashRounds    = 2
	alertCrashWriters   = 4
	alertCrashWorkflows = 50 // of a writer, a rule each
)

// told is one message that a receiver of webhooks took.
type told struct {
	event, key, record string
	delayed            bool
}

// receiver takes webhooks and outlives the process that sends them.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex // guards told
	told []told
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		text, _ := io.ReadAll(request.Body)
		var body struct {
			Event   string
			Delayed bool
			Alert   struct{ ID string }
		}
		if err := json.Unmarshal(text, &body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.told = append(r.told, told{body.Event, request.Header.Get("Idempotency-Key"), body.Alert.ID, body.Delayed})
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]told(nil), r.told...)
}

// alertRun fails once in each of its workflows and then succeeds: an episode each.
type alertRun struct {
	name     string
	workflow int // that is being worked on
	stages   [alertCrashWorkflows]int
	sent     bool // its next event is on its way, or was when the process ended
	fault    error
}

func (r *alertRun) workflowID(i int) string { return fmt.Sprintf("%s-%d", r.name, i) }

// prepare makes the workflows and their rules, each with an address of its own, so that no two share a digest.
func (r *alertRun) prepare(t *testing.T, server *child, hook string) {
	t.Helper()
	for i := range alertCrashWorkflows {
		id := r.workflowID(i)
		status, _, answer, err := server.do(http.MethodPut, "/api/ingest/workflows/"+id, childSecret, []byte(`{"name":"`+id+`"}`))
		require.NoError(t, err)
		require.Less(t, status, 300, "%s", answer)
		body := fmt.Sprintf(`{"workflowId":%q,"alertType":"execution_failed","alertName":%q,"notificationChannels":[{"type":"webhook","config":{"url":"%s/%s"}}]}`,
			id, "Rule "+id, hook, id)
		status, _, answer, err = server.do(http.MethodPost, "/api/monitoring/alerts", childSecret, []byte(body))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status, "%s", answer)
	}
}

// step sends the next event, once more if it was on its way when the process ended; false when the process is gone or all is done.
func (r *alertRun) step(server *child) bool {
	if r.workflow == alertCrashWorkflows {
		return false
	}
	stage, id := r.stages[r.workflow], r.workflowID(r.workflow)
	kind := []string{"execution.failed", "execution.completed"}[stage]
	body := fmt.Sprintf(`{"eventId":"%s-%d","type":%q,"executionId":"%s-run-%d","workflowId":%q,"error":"it broke"}`, id, stage, kind, id, stage, id)
	again := r.sent
	r.sent = true
	status, _, answer, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, []byte(body))
	if err != nil {
		return false
	}
	var receipt struct{ Accepted, Duplicates int }
	if err := json.Unmarshal(answer, &receipt); err != nil || status != http.StatusOK || receipt.Accepted+receipt.Duplicates != 1 || !again && receipt.Accepted != 1 {
		r.fault = fmt.Errorf("answer %d %s", status, answer)
		return false
	}
	r.sent = false
	if r.stages[r.workflow]++; r.stages[r.workflow] == 2 {
		r.workflow++
	}
	return true
}

// crashRecord is an alert as the server answers it.
type crashRecord struct {
	ID, Status, ResolvedBy string
	Count                  int
	Deliveries             []struct{ Transition, Status string }
}

// verify requires one record for each episode, in the state that its events say.
func (r *alertRun) verify(t *testing.T, server *child) (records []crashRecord) {
	t.Helper()
	for i, stage := range r.stages {
		var page struct{ Items []crashRecord }
		require.NoError(t, server.get("/api/monitoring/alert-history?workflowId="+r.workflowID(i), childSecret, &page))
		if stage == 0 {
			require.Empty(t, page.Items, "nothing of it was answered, or sent")
			continue
		}
		require.Len(t, page.Items, 1, r.workflowID(i))
		require.Equal(t, 1, page.Items[0].Count, "an event that is sent again is not counted again")
		require.Equal(t, map[int]string{1: "active", 2: "resolved"}[stage], page.Items[0].Status)
		records = append(records, page.Items[0])
	}
	return records
}

// TestCrashTellsEachAlert kills the process under a load of failing runs whose rules tell a webhook. After each kill no answered event is lost, there is
// one record an episode, each transition is told, a second time only if the kill fell between sending and noting it, and that something
// is wrong is never said after that it is over. (A9, A13, B-03, api.md 9b)
func TestCrashTellsEachAlert(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t)
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"), "--webhook-allow", "127.0.0.1")
	server.start(t)
	var runs []*alertRun
	for i := range alertCrashWriters {
		runs = append(runs, &alertRun{name: fmt.Sprint("crash-", i)})
		runs[i].prepare(t, server, hook.URL)
	}
	for range alertCrashRounds {
		var wait sync.WaitGroup
		for _, r := range runs {
			wait.Go(func() {
				for r.step(server) {
				}
			})
		}
		<-time.After(150*time.Millisecond + rand.N(300*time.Millisecond))
		server.kill()
		wait.Wait()
		server.check(t)
		server.start(t)
		for _, r := range runs {
			require.NoError(t, r.fault)
			if r.sent { // it is there or it is not: sent again it is there once
				require.True(t, r.step(server), "%v", r.fault)
			}
			r.verify(t, server)
		}
	}
	var records []crashRecord
	const digestWait = time.Minute // what follows the first message of a group is told together, within it (api.md 9)
	require.Eventually(t, func() bool {
		records = nil
		for _, r := range runs {
			records = append(records, r.verify(t, server)...)
		}
		for _, record := range records {
			for _, d := range record.Deliveries {
				if d.Status != "delivered" && d.Status != "superseded" {
					return false
				}
			}
		}
		return true
	}, digestWait+30*time.Second, 2*time.Second, "%s", server.output)
	require.NotEmpty(t, records)
	requireTold(t, records, hook.all())
	server.stop(t)
	server.check(t)
}

// requireTold compares what was received with what is recorded.
func requireTold(t *testing.T, records []crashRecord, all []told) {
	t.Helper()
	times, again, over, heard, repeated := map[string]int{}, map[string]int{}, map[string]bool{}, map[string]map[string]bool{}, 0
	for _, m := range all {
		if times[m.key]++; times[m.key] > 1 {
			repeated++
			again[m.record]++
		}
		require.LessOrEqual(t, again[m.record], alertCrashRounds, "each record has a target of its own, and a target one message on its way")
		require.False(t, m.event == "alert.triggered" && over[m.record], "it is said that something is wrong after that it is over")
		over[m.record] = over[m.record] || m.event == "alert.resolved"
		if heard[m.record] == nil {
			heard[m.record] = map[string]bool{}
		}
		heard[m.record][m.event] = true
		if m.delayed { // it tells the beginning too
			heard[m.record]["alert.triggered"] = true
		}
	}
	for _, r := range records {
		require.True(t, heard[r.ID]["alert.triggered"], "%+v", r)
		require.Equal(t, r.Status == "resolved", heard[r.ID]["alert.resolved"], "%+v", r)
	}
	t.Logf("%d records, %d messages, %d of them repeated", len(records), len(all), repeated)
}
