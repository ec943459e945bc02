package engine

import (
	"container/heap"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
)

// QueueStatus is the queue of an organisation now, in the form of the API.
// Waits are whole seconds, rates executions a minute.
type QueueStatus struct {
	PendingCount              int64            `json:"pendingCount"`
	ProcessingCount           int64            `json:"processingCount"`
	PendingByPriority         map[string]int64 `json:"pendingByPriority"`
	OldestMessageAge          int64            `json:"oldestMessageAge"`
	OldestExecution           *OldestExecution `json:"oldestExecution"`
	AverageWaitSeconds        int64            `json:"averageWaitSeconds"`
	WaitSampleSize            int64            `json:"waitSampleSize"` // executions started in the last hour, that the average is of; 0: it is not known
	CurrentAverageWaitSeconds *int64           `json:"currentAverageWaitSeconds"`
	ProcessingRatePerMinute   int64            `json:"processingRatePerMinute"`
	ProcessingRate15m         float64          `json:"processingRate15m"`
	EstimatedClearanceSeconds *int64           `json:"estimatedClearanceSeconds"`
	Warning                   *Warning         `json:"warning"`
	WarnDepth                 int64            `json:"warnDepth"`   // above which there is a warning
	RaisedCount               int64            `json:"raisedCount"` // executions that deadlines raise, see /queue/next
}

// OldestExecution is the one that waits longest.
type OldestExecution struct {
	ExecutionID  string            `json:"executionId"`
	WorkflowID   string            `json:"workflowId"`
	WorkflowName string            `json:"workflowName"`
	QueuedAt     execution.Instant `json:"queuedAt"`
	AgeSeconds   int64             `json:"ageSeconds"`
}

// The backlog warning comes above the organisation's depth and goes at 90 % of it (B-50).
func queueCalmDepth(warn int64) int64 { return warn * 9 / 10 }

const (
	waitSlotSeconds = 10
	waitSlots       = 3600 / waitSlotSeconds
	endSlots        = 15 * 60
)

// queueState keeps the queue's numbers with each event (B-43): nothing is
// computed from all executions. A slot is a stretch of time; waits are summed
// by when the execution started, ends counted by when it finished.
type queueState struct {
	byPriority [4]int64 // by execution.Priority
	pending    int64
	sinceSumMs int64 // sum of waitingSince in ms
	oldest     waiters
	members    map[string]execution.Instant // pending executions and since when
	waits      [waitSlots]waitSlot
	ends       [endSlots]endSlot
	warned     bool
}

type waitSlot struct{ slot, sumMs, n int64 }
type endSlot struct{ slot, n int64 }

func newQueueState() *queueState {
	return &queueState{members: map[string]execution.Instant{}}
}

// add puts a contribution in (n = 1) or takes it out (n = -1).
func (q *queueState) add(c *contribution, n int64) {
	if !c.counted {
		return
	}
	if c.status == execution.Pending {
		q.addPending(c, n)
	}
	if c.startedAt.Present() && c.queuedAt.Present() {
		slot := c.startedAt.Ms() / (waitSlotSeconds * 1000)
		w := &q.waits[mod(slot, waitSlots)]
		if w.slot < slot {
			*w = waitSlot{slot: slot}
		}
		if w.slot == slot {
			w.n += n
			w.sumMs += n * max(0, c.startedAt.Ms()-c.queuedAt.Ms())
		}
	}
	if c.status.Terminal() && c.endedAt.Present() {
		slot := c.endedAt.Ms() / 1000
		e := &q.ends[mod(slot, endSlots)]
		if e.slot < slot {
			*e = endSlot{slot: slot}
		}
		if e.slot == slot {
			e.n += n
		}
	}
}

func (q *queueState) addPending(c *contribution, n int64) {
	if _, member := q.members[c.id]; member == (n > 0) {
		return // beyond liveMax a pending one may never have been put in
	}
	q.byPriority[c.priority] += n
	q.pending += n
	q.sinceSumMs += n * c.queuedAt.Ms()
	if n < 0 {
		delete(q.members, c.id)
		return
	}
	q.members[c.id] = c.queuedAt
	heap.Push(&q.oldest, waiter{since: c.queuedAt, id: c.id})
	if len(q.oldest) > 64+2*len(q.members) {
		q.sweep()
	}
}

// sweep drops heap entries that no longer wait, so that the heap stays within
// twice the queue.
func (q *queueState) sweep() {
	kept := q.oldest[:0]
	seen := make(map[string]bool, len(q.members))
	for _, w := range q.oldest {
		if since, ok := q.members[w.id]; ok && since == w.since && !seen[w.id] {
			seen[w.id] = true
			kept = append(kept, w)
		}
	}
	q.oldest = kept
	heap.Init(&q.oldest)
}

// first is the execution that waits longest, "" when none does.
func (q *queueState) first() (string, execution.Instant) {
	for len(q.oldest) > 0 {
		w := q.oldest[0]
		if since, ok := q.members[w.id]; ok && since == w.since {
			return w.id, w.since
		}
		heap.Pop(&q.oldest)
	}
	return "", execution.NoInstant
}

// averageWait is the mean wait in ms of the n executions started in the last hour; 0 of none.
func (q *queueState) averageWait(nowMs int64) (ms, n int64) {
	newest := nowMs / (waitSlotSeconds * 1000)
	var sum int64
	for i := range q.waits {
		if w := &q.waits[i]; w.n > 0 && w.slot > newest-waitSlots && w.slot <= newest {
			sum, n = sum+w.sumMs, n+w.n
		}
	}
	return sum / max(1, n), n
}

// ended counts executions finished in the last seconds.
func (q *queueState) ended(nowMs, seconds int64) (n int64) {
	newest := nowMs / 1000
	for i := range q.ends {
		if e := &q.ends[i]; e.slot > newest-seconds && e.slot <= newest {
			n += e.n
		}
	}
	return n
}

// appendWindow and readWindow persist the slots; pending ones are rebuilt.
func (q *queueState) appendWindow(dst []byte) []byte {
	for _, w := range q.waits {
		if w.n != 0 {
			dst = append(dst, 'w')
			dst = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(dst, w.slot), w.sumMs), w.n)
		}
	}
	for _, e := range q.ends {
		if e.n != 0 {
			dst = append(dst, 'e')
			dst = binary.AppendVarint(binary.AppendVarint(dst, e.slot), e.n)
		}
	}
	return dst
}

func (q *queueState) readWindow(data []byte) error {
	next := func() (int64, bool) {
		v, n := binary.Varint(data)
		if n <= 0 {
			return 0, false
		}
		data = data[n:]
		return v, true
	}
	for len(data) > 0 {
		kind := data[0]
		data = data[1:]
		slot, ok1 := next()
		switch kind {
		case 'w':
			sum, ok2 := next()
			n, ok3 := next()
			if !ok1 || !ok2 || !ok3 {
				return fmt.Errorf("queue window: truncated")
			}
			q.waits[mod(slot, waitSlots)] = waitSlot{slot, sum, n}
		case 'e':
			n, ok2 := next()
			if !ok1 || !ok2 {
				return fmt.Errorf("queue window: truncated")
			}
			q.ends[mod(slot, endSlots)] = endSlot{slot, n}
		default:
			return fmt.Errorf("queue window: unknown kind %q", kind)
		}
	}
	return nil
}

func mod(slot, n int64) int64 { return ((slot % n) + n) % n }

// Queue is the queue as of now.
func (t *Tenant) Queue() QueueStatus {
	nowMs := t.engine.now().UnixMilli()
	t.view.Lock() // first may drop heap entries
	defer t.view.Unlock()
	return t.queueStatus(nowMs)
}

func (t *Tenant) queueStatus(nowMs int64) QueueStatus {
	q := t.queue
	s := QueueStatus{
		PendingCount: q.pending, ProcessingCount: t.tally.total[execution.Running],
		PendingByPriority: map[string]int64{
			"HIGH": q.byPriority[execution.High], "LOW": q.byPriority[execution.Low],
			"NORMAL": q.byPriority[execution.Normal] + q.byPriority[execution.PriorityNone],
		},
		ProcessingRatePerMinute: q.ended(nowMs, 60),
		ProcessingRate15m:       math.Round(float64(q.ended(nowMs, endSlots))/15*100) / 100,
	}
	wait, n := q.averageWait(nowMs)
	s.AverageWaitSeconds, s.WaitSampleSize = int64(math.Round(float64(wait)/1000)), n
	if id, since := q.first(); id != "" {
		s.OldestMessageAge = max(0, (nowMs-since.Ms())/1000)
		s.OldestExecution = t.oldestSeen(nowMs)
		mean := max(0, (nowMs-q.sinceSumMs/q.pending)/1000)
		s.CurrentAverageWaitSeconds = &mean
	}
	if rate := float64(q.ended(nowMs, endSlots)) / 15; rate > 0 {
		clearance := int64(math.Round(float64(q.pending) / rate * 60))
		s.EstimatedClearanceSeconds = &clearance
	}
	s.RaisedCount = t.boosts.count(q.members, nowMs)
	depth := t.Settings().Thresholds.QueueWarnDepth
	s.WarnDepth = depth
	q.warned = q.pending > depth || q.warned && q.pending > queueCalmDepth(depth)
	if q.warned {
		s.Warning = newWarning(warnQueue, "", float64(q.pending), float64(depth))
	}
	return s
}

// publishQueue sends the queue's numbers when they differ from the last sent,
// and reports whether its warning came or went. Ages that only grow with the
// clock are not news by themselves.
func (t *Tenant) publishQueue() (warned bool) {
	nowMs := t.engine.now().UnixMilli()
	t.view.Lock()
	s := t.queueStatus(nowMs)
	same := sameQueue(&s, &t.published)
	warned = (s.Warning == nil) != (t.published.Warning == nil)
	t.published = s
	t.view.Unlock()
	if !same {
		t.hub.Publish([]feed.Frame{t.queueFrame(&s)})
	}
	return warned
}

func sameQueue(a, b *QueueStatus) bool {
	return a.PendingCount == b.PendingCount && a.ProcessingCount == b.ProcessingCount &&
		a.PendingByPriority["HIGH"] == b.PendingByPriority["HIGH"] && a.PendingByPriority["LOW"] == b.PendingByPriority["LOW"] &&
		a.ProcessingRatePerMinute == b.ProcessingRatePerMinute && a.AverageWaitSeconds == b.AverageWaitSeconds
}

// queueFrame names the execution that waits longest, to each of those that they see.
func (t *Tenant) queueFrame(s *QueueStatus) feed.Frame {
	v := *s
	return feed.Frame{
		Event: "queue:update", Topic: feed.QueueStatus,
		Data: func(dst []byte) []byte { return appendJSON(dst, v) },
		DataFor: func(dst []byte, clients execution.Clients) []byte {
			seen := &Tenant{organization: t.organization, clients: clients}
			own := v
			t.view.RLock()
			own.OldestExecution = seen.oldestSeen(t.engine.now().UnixMilli())
			t.view.RUnlock()
			return appendJSON(dst, own)
		},
	}
}

// appendJSON appends v's JSON. The values here are the engine's own structs,
// so an error can only be a bug.
func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: marshal %T: %v", v, err))
	}
	return append(dst, b...)
}
