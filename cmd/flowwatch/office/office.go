// Package office invents what the workflow engines of an accounting office report: invoices, closings, payments, returns, with
// their failures, retries, waits and queues. Clients, numbers and amounts are made up; the numbers have right check digits, so that
// masking has something to do, and belong to nobody.
//
// It is pure: the same seed and the same calls give the same events. Times come from the caller.
package office

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"flowwatch/api/ingest"
)

// Tag marks every execution of an invented office.
const Tag = "demo"

// Version is the version of all invented workflows.
const Version = "2026.11.3"

// timeFormat is RFC 3339 to the millisecond, in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Office plans whole executions ahead and gives out their events when they are due. Not safe for concurrent use.
type Office struct {
	random *rand.Rand
	pace   float64
	due    agenda
	active map[string]*run
	order  int // of events, so that equal times keep their order
}

// run is one execution that is not finished: what it still has to report.
type run struct {
	id, workflowID string
	left           int // events not given out yet
	begun          bool
	forgotten      bool
}

// New seeds an office. pace scales all durations; 1 is an execution of about a minute.
func New(seed uint64, pace float64) *Office {
	return &Office{random: rand.New(rand.NewPCG(seed, seed^0x0ff1ce)), pace: pace, active: map[string]*run{}}
}

// Open plans an execution that an engine queues at the given time.
func (o *Office) Open(at time.Time) {
	o.add(o.newPlan(at, o.pick()))
}

// Hold plans an execution of a workflow that waits in the queue for that long, with the priority NORMAL.
func (o *Office) Hold(at time.Time, workflowID string, wait time.Duration) {
	i := slices.IndexFunc(flows, func(f flow) bool { return f.id == workflowID })
	if i < 0 {
		panic("BUG: the office has no workflow " + workflowID)
	}
	p := o.newPlan(at, &flows[i])
	p.delay(wait)
	p.events[0].event.Priority = "NORMAL"
	o.add(p)
}

// add puts a plan's events on the agenda, and those of the second try that may follow it.
func (o *Office) add(p *plan) {
	for p != nil {
		r := &run{id: p.id, workflowID: p.flow.id, left: len(p.events)}
		o.active[p.id] = r
		for i, e := range p.events {
			e.event.EventID = strconv.Itoa(i + 1)
			o.order++
			heap.Push(&o.due, entry{at: e.at, order: o.order, run: r, event: e.event})
		}
		p = p.again
	}
}

// Take gives out up to limit events that have happened by now, in the order of time.
func (o *Office) Take(now time.Time, limit int) []ingest.Event {
	var taken []ingest.Event
	for len(taken) < limit && len(o.due) > 0 && !o.due[0].at.After(now) {
		next, ok := heap.Pop(&o.due).(entry)
		if !ok {
			panic("BUG: the agenda holds something else than entries")
		}
		r := next.run
		if r.forgotten {
			continue
		}
		r.begun = true
		if r.left--; r.left == 0 {
			delete(o.active, r.id)
		}
		taken = append(taken, next.event)
	}
	return taken
}

// Active is the number of executions that have events to come.
func (o *Office) Active() int { return len(o.active) }

// Leave cancels whatever has begun and forgets the rest: the office is empty after it.
func (o *Office) Leave(now time.Time) []ingest.Event {
	var ends []ingest.Event
	for id, r := range o.active {
		r.forgotten = true
		delete(o.active, id)
		if r.begun {
			ends = append(ends, Abandoned(id, r.workflowID, now))
		}
	}
	o.due = nil
	return ends
}

// Abandoned is the end of an execution whose office is gone.
func Abandoned(executionID, workflowID string, now time.Time) ingest.Event {
	return ingest.Event{
		EventID: "abandoned", Type: "execution.cancelled", ExecutionID: executionID, WorkflowID: workflowID,
		Timestamp: now.UTC().Format(timeFormat), Error: text("Pokaz zakończony: biuro zamknięte"),
	}
}

// Next is when the execution after one at the given time comes, with the given time between them on average.
func (o *Office) Next(at time.Time, every time.Duration) time.Time {
	return at.Add(time.Millisecond + time.Duration(o.random.ExpFloat64()*float64(every)))
}

// Hours, in UTC, and how often something comes in on quiet days.
const (
	opensAt    = 6
	closesAt   = 16
	dayEvery   = 3 * time.Minute
	nightEvery = 12 * time.Minute // batches run at night and on Sundays too
)

// NextQuiet is Next for the past: by day, by night, at the weekend.
func (o *Office) NextQuiet(at time.Time) time.Time {
	at = at.UTC()
	weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
	if hour := at.Hour(); !weekend && hour >= opensAt && hour < closesAt {
		return o.Next(at, dayEvery)
	}
	return o.Next(at, nightEvery)
}

// entry is one event on the agenda.
type entry struct {
	at    time.Time
	order int
	run   *run
	event ingest.Event
}

// agenda is a heap of events, the next one on top.
type agenda []entry

// Len is the number of events.
func (a agenda) Len() int { return len(a) }

// Less puts what happens first on top.
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].order < a[j].order
}

// Swap changes the places of two events.
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is container/heap's.
func (a *agenda) Push(x any) {
	if e, ok := x.(entry); ok {
		*a = append(*a, e)
	}
}

// Pop is container/heap's.
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = entry{}
	*a = old[:len(old)-1]
	return last
}
