package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const webhookCrashRounds = 3

// eventReceiver takes outgoing events one by one, and outlives the process that sends them.
type eventReceiver struct {
	*httptest.Server
	mu     sync.Mutex // guards all below
	events []string   // ids of executions, as they came
}

func newEventReceiver(t *testing.T) *eventReceiver {
	l := &eventReceiver{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var all []struct{ Subject string }
		if err := json.Unmarshal(text, &all); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, one := range all {
			l.events = append(l.events, one.Subject)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *eventReceiver) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.events...)
}

// TestCrashTellsWebhooksEachEvent kills the process under load. After each kill every answered event is told, in order; what is told twice are the events of
// one message a kill at most.
func TestCrashTellsWebhooksEachEvent(t *testing.T) {
	t.Parallel()
	receiver := newEventReceiver(t)
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"), "--webhook-allow", "127.0.0.1")
	server.start(t)
	status, _, answer, err := server.do(http.MethodPost, "/api/admin/webhooks", childSecret,
		[]byte(fmt.Sprintf(`{"name":"ERP","url":%q,"events":["execution.started"],"batch":true}`, receiver.URL)))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, "%s", answer)
	answered, next := []int{}, 0
	for range webhookCrashRounds {
		var fault error
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				body := fmt.Sprintf(`{"type":"execution.started","executionId":"run-%d","workflowId":"w"}`, next)
				status, _, answer, err := server.do(http.MethodPost, "/api/ingest/events", childSecret, []byte(body))
				next++
				if err != nil {
					return // it is there or it is not
				}
				if status != http.StatusOK {
					fault = fmt.Errorf("answer %d %s", status, answer)
					return
				}
				answered = append(answered, next-1)
			}
		}()
		<-time.After(150*time.Millisecond + rand.N(300*time.Millisecond))
		server.kill()
		<-done
		require.NoError(t, fault)
		server.check(t)
		server.start(t)
	}
	require.NotEmpty(t, answered)
	last := fmt.Sprint("run-", answered[len(answered)-1])
	require.Eventually(t, func() bool {
		all := receiver.all()
		for i := len(all) - 1; i >= 0; i-- {
			if all[i] == last {
				return true
			}
		}
		return false
	}, 30*time.Second, 20*time.Millisecond, "%s", server.output)
	told, back, before := map[int]bool{}, 0, -1
	for _, id := range receiver.all() {
		n, err := strconv.Atoi(id[len("run-"):])
		require.NoError(t, err)
		if n <= before {
			back++
			require.True(t, told[n], "%s comes after run-%d", id, before)
		}
		told[n], before = true, n
	}
	for _, n := range answered {
		require.True(t, told[n], "run-%d was answered", n)
	}
	require.LessOrEqual(t, back, webhookCrashRounds, "a kill repeats one message at most")
	t.Logf("%d events answered, %d told, %d messages repeated", len(answered), len(receiver.all()), back)
	server.stop(t)
	server.check(t)
}
