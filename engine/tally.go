package engine

import (
	"container/heap"
	"encoding/binary"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// contribution is what one execution adds to the counters. Counters are the
// sum of contributions; a change takes the old one out and puts the new one in,
// so no order or repetition of events can make them drift.
type contribution struct {
	counted                      bool
	workflowID                   string
	id                           string
	status                       execution.Status
	priority                     execution.Priority
	queuedAt, startedAt, endedAt execution.Instant
}

func contributionOf(s *execution.Summary) contribution {
	return contribution{
		counted: true, workflowID: s.WorkflowID, id: s.ExecutionID, status: s.Status, priority: s.Priority,
		queuedAt: waitingSince(s), startedAt: s.StartedAt, endedAt: s.CompletedAt,
	}
}

// waitingSince is when an execution began to wait for its start.
func waitingSince(s *execution.Summary) execution.Instant {
	if s.QueuedAt.Present() || s.Status != execution.Pending {
		return s.QueuedAt
	}
	return s.FirstSeenAt
}

// statusCounts holds a number for each of the six statuses.
type statusCounts [6]int64

// tally counts executions by workflow and status. It is persisted beside the
// documents: what it says on disk is exactly what the documents there add up to.
type tally struct {
	byWorkflow map[string]*statusCounts
	total      statusCounts
}

func newTally() *tally { return &tally{byWorkflow: map[string]*statusCounts{}} }

func (c *tally) add(k *contribution, n int64) {
	if !k.counted {
		return
	}
	w := c.byWorkflow[k.workflowID]
	if w == nil {
		w = &statusCounts{}
		c.byWorkflow[k.workflowID] = w
	}
	w[k.status] += n
	c.total[k.status] += n
}

func (c *tally) of(workflowID string) statusCounts {
	if workflowID == "" {
		return c.total
	}
	if w := c.byWorkflow[workflowID]; w != nil {
		return *w
	}
	return statusCounts{}
}

// counter is one workflow's stored counts.
type counter struct {
	workflowID string
	counts     statusCounts
}

var counters = kv.NewCollection("counters", kv.Spec[counter]{
	Version: 1,
	Key:     func(dst []byte, c *counter) []byte { return append(dst, c.workflowID...) },
	Encode: func(dst []byte, c *counter) []byte {
		for _, n := range c.counts {
			dst = binary.AppendVarint(dst, n)
		}
		return dst
	},
	Decode: func(_ uint8, key, data []byte) (*counter, error) {
		c := &counter{workflowID: string(key)}
		for i := range c.counts {
			v, n := binary.Varint(data)
			if n <= 0 {
				return nil, fmt.Errorf("counter: truncated")
			}
			c.counts[i], data = v, data[n:]
		}
		return c, nil
	},
})

// waiter is one pending execution in the queue's heap.
type waiter struct {
	since execution.Instant
	id    string
}

// waiters is a heap, oldest first; entries that no longer wait are dropped
// when they come to the top.
type waiters []waiter

func (w waiters) Len() int { return len(w) }
func (w waiters) Less(i, j int) bool {
	return w[i].since < w[j].since || w[i].since == w[j].since && w[i].id < w[j].id
}
func (w waiters) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push and Pop implement heap.Interface.
func (w *waiters) Push(v any) {
	next, ok := v.(waiter)
	if !ok {
		panic(fmt.Sprintf("BUG: a %T among the waiters", v))
	}
	*w = append(*w, next)
}

func (w *waiters) Pop() any {
	old := *w
	v := old[len(old)-1]
	*w = old[:len(old)-1]
	return v
}

var _ heap.Interface = (*waiters)(nil)
