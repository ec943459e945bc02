package engine

import (
	"context"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of the queue before the writer. One organisation may hold half of
// it, so that a storm of one never locks the others out.
const (
	intakeBytesMax       = 64 << 20
	intakeTenantBytesMax = intakeBytesMax / 2
	commitEventsMax      = 5_000
	eventBytes           = 512 // what one event weighs besides its payloads
)

// Receipt answers an ingest request: what it holds is synced to disk.
type Receipt struct {
	Accepted           int
	Duplicates         int
	Rejected           []Rejection
	Seq                uint64 // at least the seq of every frame this request caused
	OlderThanRetention int
	Repeated           []int // the indices of the duplicates
}

// Rejection says why one event of a request was not taken.
type Rejection struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// parcel is an event on its way to the writer: its journal form and its
// payloads are prepared by the caller's goroutine, so that the one writer
// only decides.
type parcel struct {
	event    execution.Event
	encoded  []byte
	payloads []payload
	index    int
}

// request is one caller that waits for its parcels to be durable.
type request struct {
	tenant  *Tenant
	parcels []parcel
	bytes   int
	receipt Receipt
	err     error
	done    chan struct{}
}

// intake is the bounded, fair queue: a line per organisation, served in turn.
type intake struct {
	mu      sync.Mutex // guards everything below
	lines   map[*Tenant]*line
	turn    []*line // lines with waiting requests, next first
	bytes   int
	stopped bool

	wake chan struct{} // 1 slot: something waits
}

type line struct {
	requests []*request
	bytes    int
}

func newIntake() *intake {
	return &intake{lines: map[*Tenant]*line{}, wake: make(chan struct{}, 1)}
}

// put queues the request or says at once why it cannot.
func (q *intake) put(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return fault.New(fault.Unavailable, "stopping", "the server is stopping").After(5 * time.Second)
	}
	l := q.lines[r.tenant]
	if l == nil {
		l = &line{}
		q.lines[r.tenant] = l
	}
	// A request alone is always taken, however large: its size has a limit of its own.
	if l.bytes > 0 && (q.bytes+r.bytes > intakeBytesMax || l.bytes+r.bytes > intakeTenantBytesMax) {
		return fault.New(fault.Exhausted, "queue_full", "the ingest queue is full").After(time.Second)
	}
	if len(l.requests) == 0 {
		q.turn = append(q.turn, l)
	}
	l.requests = append(l.requests, r)
	l.bytes += r.bytes
	q.bytes += r.bytes
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// take removes the next batch: requests in turn, an organisation at a time,
// until commitEventsMax events are together. A larger single request goes alone.
func (q *intake) take(batch []*request) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := 0
	for len(q.turn) > 0 {
		l := q.turn[0]
		r := l.requests[0]
		if events > 0 && events+len(r.parcels) > commitEventsMax {
			break
		}
		batch = append(batch, r)
		events += len(r.parcels)
		l.requests[0] = nil
		l.requests = l.requests[1:]
		l.bytes -= r.bytes
		q.bytes -= r.bytes
		q.turn = q.turn[1:]
		if len(l.requests) > 0 {
			q.turn = append(q.turn, l)
		}
	}
	if len(q.turn) == 0 {
		q.turn = nil
	} else {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return batch
}

// depth is the number of bytes that wait.
func (q *intake) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

func (q *intake) close() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
}

func (q *intake) closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stopped
}

// Ingest hands events to the writer and returns when they are synced to disk.
// Events must be valid (api/ingest sees to that) and have an ID. Duplicates
// are success. Errors: fault.Exhausted when the queue is full and
// fault.StorageFull when nothing could be made durable; both store nothing.
func (t *Tenant) Ingest(ctx context.Context, events []execution.Event) (Receipt, error) {
	if len(events) == 0 {
		return Receipt{Seq: t.Seq()}, nil
	}
	r := t.entire.pack(events)
	if err := t.engine.intake.put(r); err != nil {
		return Receipt{}, err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return Receipt{}, fault.New(fault.Unavailable, "cancelled", "the caller went away").Wrap(ctx.Err())
	}
	t.engine.metrics.ingested(&r.receipt, r.err)
	if r.err == nil {
		t.heard.note(t.engine.now(), r.parcels)
	}
	return r.receipt, r.err
}

// pack does all work on events that needs no state.
func (t *Tenant) pack(events []execution.Event) *request {
	r := &request{tenant: t, parcels: make([]parcel, len(events)), done: make(chan struct{})}
	oldest := t.engine.now().AddDate(0, 0, -executionsDays)
	arena := make([]byte, 0, 160*len(events))
	capture, room := t.newCapture(), !t.engine.storage.captureStopped.Load()
	for i := range events {
		p := &r.parcels[i]
		p.event, p.index = events[i], i
		e := &p.event
		mode := capture.mode(e)
		capture.keepSizes(e, mode)
		r.bytes += eventBytes + len(e.Input) + len(e.Output)
		if e.HasInput {
			p.payloads = append(p.payloads, capture.payload(e, inputPayload, e.Input, mode, room))
		}
		if e.HasOutput {
			p.payloads = append(p.payloads, capture.payload(e, outputPayload, e.Output, mode, room))
		}
		e.Input, e.Output = nil, nil
		capture.hide(e)
		start := len(arena)
		arena = execution.AppendEvent(arena, e)
		p.encoded = arena[start:len(arena):len(arena)]
		if e.Timestamp < execution.At(oldest) {
			r.receipt.OlderThanRetention++
		}
	}
	return r
}

// executionsDays is how long executions are kept by default, in days.
const executionsDays = 2_190
