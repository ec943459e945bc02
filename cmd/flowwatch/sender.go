package main

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// sendersMax is how many requests are under way at a time: while the server syncs one, the next arrives.
const sendersMax = 2

// sender gathers events into requests and sends them beside whoever makes them. add and end are called by one goroutine.
type sender struct {
	client *client
	group  *errgroup.Group
	ctx    context.Context
	next   batch

	mu    sync.Mutex // guards tally
	tally tally
}

// batch is one request: a line an event, and where each came from.
type batch struct {
	body    []byte
	origins []int
}

// tally is what the server has answered so far. Refused counts the events that it, or we, did not take; reason is about the first.
type tally struct {
	accepted, duplicates, refused int
	old                           int // accepted, and older than the organisation keeps
	origin                        int // of the first refused event
	reason                        string
}

// events is the number of all that were dealt with.
func (t *tally) events() int { return t.accepted + t.duplicates + t.refused }

func newSender(ctx context.Context, client *client) *sender {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sendersMax)
	return &sender{client: client, group: group, ctx: ctx}
}

// add takes one event, which it copies, from a line of a file. It waits while enough is under way. After an error there is nothing more to
// add; end says why.
func (s *sender) add(event []byte, origin int) error {
	if len(s.next.origins) == batchEventsMax || len(s.next.body)+len(event) >= batchBytesMax {
		s.flush()
	}
	s.next.body = append(append(s.next.body, event...), '\n')
	s.next.origins = append(s.next.origins, origin)
	return s.ctx.Err()
}

// refuse counts an event that no server would take.
func (s *sender) refuse(origin int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.refuse(origin, reason)
}

func (t *tally) refuse(origin int, reason string) {
	if t.refused == 0 || origin < t.origin {
		t.origin, t.reason = origin, reason
	}
	t.refused++
}

func (s *sender) flush() {
	b := s.next
	s.next = batch{}
	if len(b.origins) > 0 {
		s.group.Go(func() error { return s.send(b) })
	}
}

func (s *sender) send(b batch) error {
	receipt, err := s.client.sendEvents(s.ctx, b.body, linesMedia)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.accepted += receipt.Accepted
	s.tally.duplicates += receipt.Duplicates
	s.tally.old += receipt.OlderThanRetention
	for _, r := range receipt.Rejected {
		if r.Index < 0 || r.Index >= len(b.origins) {
			return fmt.Errorf("the server refused event %d of a request of %d", r.Index, len(b.origins))
		}
		s.tally.refuse(b.origins[r.Index], r.Code+": "+r.Message)
	}
	return nil
}

// sofar is the tally while sending goes on.
func (s *sender) sofar() tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}

// end sends what is left, waits, and returns what the server said to all of it, or why sending stopped.
func (s *sender) end() (tally, error) {
	if s.ctx.Err() == nil {
		s.flush()
	}
	err := s.group.Wait()
	return s.sofar(), err
}
