package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
)

// S22 to S25, T5: the queue's numbers are right at once.
func TestQueueCountsByPriorityAndKnowsTheOldest(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	empty := get[engine.QueueStatus](a, "/api/monitoring/queue", testSecret)
	require.Equal(t, map[string]int64{"HIGH": 0, "NORMAL": 0, "LOW": 0}, empty.PendingByPriority)
	require.Zero(t, empty.OldestMessageAge)
	var events []string
	for priority, n := range map[string]int{"HIGH": 10, "NORMAL": 20, "LOW": 5} {
		for i := range n {
			age := time.Duration(i) * time.Second
			if priority == "LOW" && i == 0 {
				age = 120 * time.Second
			}
			events = append(events, fmt.Sprintf(`"type":"execution.queued","executionId":"%s-%d","workflowId":"w","priority":%q,"timestamp":%q`,
				priority, i, priority, ago(age)))
		}
	}
	a.post(testSecret, batch(events...))
	q := get[engine.QueueStatus](a, "/api/monitoring/queue", testSecret)
	require.EqualValues(t, 35, q.PendingCount)
	require.Equal(t, map[string]int64{"HIGH": 10, "NORMAL": 20, "LOW": 5}, q.PendingByPriority)
	require.InDelta(t, 120, q.OldestMessageAge, 1)
	require.Equal(t, "LOW-0", q.OldestExecution.ExecutionID)

	a.post(testSecret, batch(
		`"type":"execution.started","executionId":"HIGH-0","workflowId":"w"`, `"type":"execution.started","executionId":"HIGH-1","workflowId":"w"`))
	q = get[engine.QueueStatus](a, "/api/monitoring/queue", testSecret)
	require.EqualValues(t, 33, q.PendingCount)
	require.EqualValues(t, 2, q.ProcessingCount)
}
