package engine

import (
	"container/heap"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limited is the same organisation through a handle that shows executions of
// the clients only (B-81). An execution of another client, or of none, is one
// that does not exist, in lists, counts, single reads, live updates and changes
// alike; what holds for other clients does not exist either. Numbers about
// workflows, the queue and the machine stay those of the whole organisation.
// No clients are no limit.
func (t *Tenant) Limited(clients []string) *Tenant {
	if len(clients) == 0 {
		return t.entire
	}
	return &Tenant{organization: t.organization, clients: execution.OnlyClients(clients)}
}

// sees reports whether the handle shows what is the client's; "" names none.
func (t *Tenant) sees(clientRef string) bool { return t.clients.Include(clientRef) }

var errUnknownClient = fault.New(fault.NotFound, "not_found", "no such client")

// oldestExaminedMax bounds how many queued executions are looked at for the
// oldest one of some clients.
const oldestExaminedMax = 10_000

// oldestOf is the execution that waits longest of those that pass, "" when none
// does among the oldestExaminedMax that wait longest.
func (q *queueState) oldestOf(passes func(id string) bool) (string, execution.Instant) {
	next := placeHeap{of: q.oldest}
	if len(q.oldest) > 0 {
		next.places = []int{0}
	}
	for examined := 0; len(next.places) > 0 && examined < oldestExaminedMax; examined++ {
		place, _ := heap.Pop(&next).(int)
		w := q.oldest[place]
		if since, waits := q.members[w.id]; waits && since == w.since && passes(w.id) {
			return w.id, w.since
		}
		for child := 2*place + 1; child <= 2*place+2 && child < len(q.oldest); child++ {
			heap.Push(&next, child)
		}
	}
	return "", execution.NoInstant
}

// placeHeap orders places of a heap by what is there, so that it can be read
// in order without being changed.
type placeHeap struct {
	of     waiters
	places []int
}

func (h *placeHeap) Len() int           { return len(h.places) }
func (h *placeHeap) Less(i, j int) bool { return h.of.Less(h.places[i], h.places[j]) }
func (h *placeHeap) Swap(i, j int)      { h.places[i], h.places[j] = h.places[j], h.places[i] }

// Push and Pop implement heap.Interface.
func (h *placeHeap) Push(v any) {
	if place, ok := v.(int); ok {
		h.places = append(h.places, place)
	}
}

func (h *placeHeap) Pop() any {
	last := h.places[len(h.places)-1]
	h.places = h.places[:len(h.places)-1]
	return last
}

var _ heap.Interface = (*placeHeap)(nil)

// oldestSeen is the execution of the handle's clients that waits longest, nil
// when none does. The caller holds view.
func (t *Tenant) oldestSeen(nowMs int64) *OldestExecution {
	var id string
	var since execution.Instant
	if t.clients.All() {
		id, since = t.queue.first()
	} else {
		id, since = t.queue.oldestOf(func(id string) bool {
			l := t.shown[id]
			return l != nil && t.sees(l.ClientRef)
		})
	}
	if id == "" {
		return nil
	}
	oldest := &OldestExecution{ExecutionID: id, QueuedAt: since, AgeSeconds: max(0, (nowMs-since.Ms())/1000)}
	if l := t.shown[id]; l != nil {
		oldest.WorkflowID, oldest.WorkflowName = l.WorkflowID, t.nameOf(&l.Summary)
	}
	return oldest
}

// shownTo is the status as who sees only some clients gets it: another's
// execution is not named.
func (s QueueStatus) shownTo(t *Tenant) QueueStatus {
	if o := s.OldestExecution; o != nil && !t.clients.All() && !t.Knows("", o.ExecutionID) {
		s.OldestExecution = nil
	}
	return s
}
