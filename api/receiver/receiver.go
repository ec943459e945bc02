// Package receiver remembers in memory what came in lately: for each organisation and door how much was taken and refused since the start, and the last
// events with what became of them. It keeps names, ids and reasons, never what an event carries. Nothing of it survives a restart.
package receiver

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"flowwatch/engine/execution"
)

// KeptMax is how many events a door keeps of those that it took, and as many of those that it refused: a storm of the ones never hides the others.
const KeptMax = 20

// Outcome is what became of an event.
type Outcome uint8

// The outcomes.
const (
	Accepted Outcome = iota
	Duplicate
	Refused
)

var outcomeNames = [...]string{"accepted", "duplicate", "refused"}

// String is the outcome's name on the wire.
func (o Outcome) String() string { return outcomeNames[o] }

// Whole is the Index of what is about a request and not about an event in it.
const Whole = -1

// Event is one event, or a request that was refused whole. What is not known of it is "".
type Event struct {
	At                   execution.Instant
	Source               string // the name of the token, or of the script
	Outcome              Outcome
	Index                int // in its request, from 0; Whole
	Type                 string
	WorkflowID, Workflow string
	ExecutionID, StepID  string
	Code, Message        string // why it was refused
}

// Counts are numbers of events since the start. Requests counts those that were refused whole.
type Counts struct {
	Accepted, Duplicates, Ignored, Refused, Requests uint64
}

// Book has the doors of all organisations. The zero Book is ready; it is safe for concurrent use.
type Book struct {
	mu    sync.RWMutex // guards doors
	doors map[place]*Door
}

type place struct{ organizationID, door string }

// Of is the organisation's side of a door.
func (b *Book) Of(organizationID, door string) *Door {
	at := place{organizationID, door}
	b.mu.RLock()
	d := b.doors[at]
	b.mu.RUnlock()
	if d != nil {
		return d
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.doors == nil {
		b.doors = map[place]*Door{}
	}
	if b.doors[at] == nil {
		b.doors[at] = new(Door)
	}
	return b.doors[at]
}

// Door is what came in at one door for one organisation. It is safe for concurrent use.
type Door struct {
	accepted, duplicates, ignored, refused, requests atomic.Uint64

	mu             sync.Mutex // guards the rest
	taken, refusal ring
	next           Event // while it is filled
}

// Count adds to the numbers.
func (d *Door) Count(c Counts) {
	d.accepted.Add(c.Accepted)
	d.duplicates.Add(c.Duplicates)
	d.ignored.Add(c.Ignored)
	d.refused.Add(c.Refused)
	d.requests.Add(c.Requests)
}

// Keep remembers the last of n events that one request brought. fill is asked for KeptMax of them at most, each empty but for its Index; it must not wait.
func (d *Door) Keep(n int, fill func(e *Event)) {
	if n == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := max(0, n-KeptMax); i < n; i++ {
		d.next = Event{Index: i}
		if fill(&d.next); d.next.Outcome == Refused {
			d.refusal.add(&d.next)
		} else {
			d.taken.add(&d.next)
		}
	}
}

// View is the numbers and the events that are kept, newest first.
func (d *Door) View() (Counts, []Event) {
	c := Counts{
		Accepted: d.accepted.Load(), Duplicates: d.duplicates.Load(), Ignored: d.ignored.Load(), Refused: d.refused.Load(), Requests: d.requests.Load(),
	}
	d.mu.Lock()
	all := append(d.taken.all(), d.refusal.all()...)
	d.mu.Unlock()
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(b.At, a.At) })
	return c, all
}

// ring keeps the last KeptMax events.
type ring struct {
	events [KeptMax]Event
	added  int
}

func (r *ring) add(e *Event) {
	r.events[r.added%KeptMax] = *e
	r.added++
}

// all is what is kept, newest first.
func (r *ring) all() []Event {
	out := make([]Event, 0, 2*KeptMax)
	for i := r.added - 1; i >= max(0, r.added-KeptMax); i-- {
		out = append(out, r.events[i%KeptMax])
	}
	return out
}
