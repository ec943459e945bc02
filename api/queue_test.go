package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
)

// S22 to S24, T5, B-43, B-44, AC5.1: the queue's numbers are right at once.
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
	require.Equal(t, map[string]int64{"HIGH": 8, "NORMAL": 20, "LOW": 5}, q.PendingByPriority)
}

// queue reads the queue.
func (a *appliance) queue() engine.QueueStatus {
	a.t.Helper()
	return get[engine.QueueStatus](a, "/api/monitoring/queue", testSecret)
}

// B-47: the one that waits longest is named, until it starts.
func TestOldestOfTheQueueIsNamed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.Nil(t, a.queue().OldestExecution)
	a.post(testSecret, batch(
		event("execution.queued", "old", `,"workflowName":"JPK_V7M","timestamp":"`+ago(time.Hour)+`"`),
		event("execution.queued", "new", `,"timestamp":"`+ago(time.Minute)+`"`)))
	q := a.queue()
	require.Equal(t, "old", q.OldestExecution.ExecutionID)
	require.Equal(t, "JPK_V7M", q.OldestExecution.WorkflowName)
	require.InDelta(t, 3600, q.OldestExecution.AgeSeconds, 2)
	require.Equal(t, q.OldestMessageAge, q.OldestExecution.AgeSeconds)
	a.post(testSecret, batch(event("execution.started", "old")))
	require.Equal(t, "new", a.queue().OldestExecution.ExecutionID)
	a.post(testSecret, batch(event("execution.cancelled", "new")))
	require.Zero(t, a.queue().OldestMessageAge)
	require.Nil(t, a.queue().OldestExecution)
}

// S25, B-45: the average wait is of all that started in the last hour, however
// they stand; those that still wait have a number of their own.
func TestAverageWaitIsOfWhatStartedInTheLastHour(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	require.Zero(t, a.queue().AverageWaitSeconds)
	require.Zero(t, a.queue().WaitSampleSize)
	require.EqualValues(t, 100, a.queue().WarnDepth)
	require.Nil(t, a.queue().CurrentAverageWaitSeconds)
	waited := func(id string, started, wait time.Duration) []string {
		return []string{event("execution.queued", id, `,"timestamp":"`+ago(started+wait)+`"`), event("execution.started", id, `,"timestamp":"`+ago(started)+`"`)}
	}
	a.post(testSecret, batch(append(append(waited("running", time.Minute, 10*time.Second), waited("failed", 2*time.Minute, 20*time.Second)...),
		event("execution.failed", "failed"))...))
	a.post(testSecret, batch(waited("long-ago", 2*time.Hour, 1000*time.Second)...))
	require.EqualValues(t, 15, a.queue().AverageWaitSeconds)
	require.EqualValues(t, 2, a.queue().WaitSampleSize)
	a.post(testSecret, batch(
		event("execution.queued", "a", `,"timestamp":"`+ago(30*time.Second)+`"`), event("execution.queued", "b", `,"timestamp":"`+ago(90*time.Second)+`"`)))
	require.InDelta(t, 60, *a.queue().CurrentAverageWaitSeconds, 2)
	require.EqualValues(t, 15, a.queue().AverageWaitSeconds)
}

// S26, B-46, AC5.2b: what finished in the last minute is the rate, that of the
// last 15 minutes says when the queue will be empty.
func TestRateOfTheQueueSaysWhenItIsEmpty(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.queued", "p-1"), event("execution.queued", "p-2"), event("execution.queued", "p-3")))
	require.Nil(t, a.queue().EstimatedClearanceSeconds, "nothing is known yet")
	var events []string
	for i, d := range []time.Duration{5, 10, 15, 20, 100, 200, 300, 3600} { // seconds ago
		kind := []string{"execution.completed", "execution.failed"}[i%2]
		events = append(events, event(kind, fmt.Sprint("e-", i), `,"timestamp":"`+ago(d*time.Second)+`"`))
	}
	a.post(testSecret, batch(events...))
	q := a.queue()
	require.EqualValues(t, 4, q.ProcessingRatePerMinute)
	require.InDelta(t, 7.0/15, q.ProcessingRate15m, 0.01)
	require.InDelta(t, 3/(7.0/15)*60, *q.EstimatedClearanceSeconds, 1)
}

// AC5.2a, B-50: more than 100 make a warning, which goes at 90.
func TestLongQueueWarns(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	of := func(kind string, from, to int) {
		var events []string
		for i := from; i < to; i++ {
			events = append(events, event(kind, fmt.Sprint("e-", i)))
		}
		a.post(testSecret, batch(events...))
	}
	of("execution.queued", 0, 100)
	require.Nil(t, a.queue().Warning)
	of("execution.queued", 100, 101)
	q := a.queue()
	require.InDelta(t, 101, q.Warning.Value, 0)
	require.InDelta(t, 100, q.Warning.Threshold, 0)
	require.NotEmpty(t, q.Warning.Code)
	of("execution.started", 0, 10)
	require.NotNil(t, a.queue().Warning, "91 wait")
	of("execution.started", 10, 11)
	require.Nil(t, a.queue().Warning)
}

// B-44: words of engines become one of three priorities and are kept.
func TestPrioritiesOfEnginesAreOneOfThree(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	want := map[string]string{"critical": "HIGH", "HIGH": "HIGH", "LOW": "LOW", "NORMAL": "NORMAL", "whatever": "NORMAL"}
	for word := range want {
		a.post(testSecret, batch(event("execution.queued", "e-"+word, `,"priority":"`+word+`"`)))
	}
	a.post(testSecret, batch(event("execution.queued", "none")))
	for word, priority := range want {
		require.Equal(t, priority, a.status("e-"+word).Priority, word)
	}
	require.Equal(t, "whatever", *a.status("e-whatever").EnginePriority)
	require.Equal(t, map[string]int64{"HIGH": 2, "NORMAL": 3, "LOW": 1}, a.queue().PendingByPriority)
}
